//! Writing of a part of a shop in one transaction.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::{Failure, Obstacle};
use crate::id::OwnerId;
use crate::store::{Job, Rows, Step, Store, StoreError, Writes};

/// Maximum time of a transaction, in which one with an unknown outcome is sent again.
const TIME_MAX: Duration = Duration::from_secs(120);
const RESEND_DELAY: Duration = Duration::from_millis(200);

/// A part of a shop. It is pure and restartable like a [`Job`], and idempotent.
pub(super) trait Part: Send + Sync {
    /// Result in addition to the rows.
    type Left: Default + Send;

    /// Returns the next step, and the result if it is a write.
    fn decide(&self, seen: &Rows) -> Result<(Step, Self::Left), Obstacle>;
}

/// Writes a part of a shop atomically.
pub(super) async fn write<P: Part>(target: &dyn Store, owner: OwnerId, part: P) -> Result<P::Left, Failure> {
    let job = PartJob { shop: [owner], part, decided: Mutex::new(Ok(P::Left::default())) };
    let deadline = Instant::now() + TIME_MAX;
    loop {
        match target.transact(&job, deadline).await {
            Ok(_) => return job.into_decided().map_err(Failure::Obstacle),
            Err(StoreError::InDoubt { .. }) if Instant::now() + RESEND_DELAY < deadline => {
                tokio::time::sleep(RESEND_DELAY).await;
            }
            Err(error) => return Err(Failure::Target(error)),
        }
    }
}

struct PartJob<P: Part> {
    shop: [OwnerId; 1],
    part: P,
    /// Result of the last call of `decide`, which is the one that counts.
    decided: Mutex<Result<P::Left, Obstacle>>,
}

impl<P: Part> PartJob<P> {
    fn decided(&self) -> MutexGuard<'_, Result<P::Left, Obstacle>> {
        self.decided.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_decided(self) -> Result<P::Left, Obstacle> {
        self.decided.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Part> Job for PartJob<P> {
    fn shops(&self) -> &[OwnerId] {
        &self.shop
    }

    fn decide(&self, seen: &Rows) -> Step {
        let (step, decided) = match self.part.decide(seen) {
            Ok((step, left)) => (step, Ok(left)),
            Err(obstacle) => (nothing(), Err(obstacle)),
        };
        *self.decided() = decided;
        step
    }
}

/// Returns a step that writes nothing.
pub(super) fn nothing() -> Step {
    Step::Write(Box::<Writes>::default())
}
