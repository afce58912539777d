//! The writer of books.

use std::num::NonZeroUsize;
use std::time::Instant;

use async_trait::async_trait;

use super::{MemoryStore, load, write};
use crate::ledger::Outcome;
use crate::store::{BookRepository, Job, Step, StoreError};

#[async_trait]
impl BookRepository for MemoryStore {
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        let mut state = self.lock();
        let mut rows = load::heads(&state, job)?;
        let first = job.keys();
        if !first.is_empty() {
            load::load(&state, &first, &mut rows)?;
        }
        let writes = loop {
            match job.decide(&rows) {
                Step::Load(keys) => load::load(&state, &keys, &mut rows)?,
                Step::Write(writes) => break writes,
            }
        };
        if Instant::now() >= deadline {
            return Err(StoreError::unavailable("the deadline has passed"));
        }
        write::apply(&mut state, &writes)?;
        Ok(writes.outcomes)
    }

    fn lanes(&self) -> NonZeroUsize {
        NonZeroUsize::MIN
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
