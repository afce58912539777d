//! Whether sessions are live: many questions, few look-ups.

use std::collections::{BTreeSet, HashMap};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::oneshot;

use crate::id::{OwnerId, SessionId};
use crate::store::{LiveSession, Store, StoreError};

/// The most questions that one look-up answers.
const MOST_PER_LOOK_UP: usize = 1024;

type Key = (OwnerId, SessionId);
type Answer = Result<Option<LiveSession>, StoreError>;

/// Asks the store which sessions are live. One look-up is under way at a time; who comes meanwhile shares the next.
///
/// So a check costs a share of a round trip, and never shows an answer that is older than the question.
#[derive(Debug, Clone)]
pub(super) struct Liveness {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Arc<dyn Store>,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    running: bool,
    waiting: Vec<Question>,
}

#[derive(Debug)]
struct Question {
    key: Key,
    answer: oneshot::Sender<Answer>,
}

impl Liveness {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { inner: Arc::new(Inner { store, queue: Mutex::default() }) }
    }

    /// The session, if it is live. The look-up is begun after the call.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn find(&self, owner: OwnerId, session: SessionId) -> Answer {
        let (answer, answered) = oneshot::channel();
        let idle = {
            let mut queue = self.inner.queue();
            queue.waiting.push(Question { key: (owner, session), answer });
            !mem::replace(&mut queue.running, true)
        };
        if idle {
            // On its own task, so that it goes on for the others if this caller goes away.
            tokio::spawn(LookUps { inner: Arc::clone(&self.inner), finished: false }.run());
        }
        answered.await.unwrap_or_else(|_| Err(StoreError::backend("the look-up of sessions was broken off")))
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("nothing panics while it holds the queue")
    }
}

/// The one who asks the store, until no question is left.
struct LookUps {
    inner: Arc<Inner>,
    finished: bool,
}

impl LookUps {
    async fn run(mut self) {
        while let Some(questions) = self.next() {
            let keys: BTreeSet<_> = questions.iter().map(|question| question.key).collect();
            let keys: Vec<_> = keys.into_iter().collect();
            let found = self.inner.store.live_sessions(&keys).await.map(|live| {
                live.into_iter().map(|live| ((live.owner, live.id), live)).collect::<HashMap<_, _>>()
            });
            for question in questions {
                let answer =
                    found.as_ref().map(|live| live.get(&question.key).copied()).map_err(Clone::clone);
                // Whoever went away meanwhile doesn't want it.
                let _ = question.answer.send(answer);
            }
        }
    }

    /// The questions to ask next. If there is none, this is the end: the next caller starts anew.
    fn next(&mut self) -> Option<Vec<Question>> {
        let mut queue = self.inner.queue();
        queue.waiting.retain(|question| !question.answer.is_closed());
        let next = queue.waiting.len().min(MOST_PER_LOOK_UP);
        if next == 0 {
            queue.running = false;
            self.finished = true;
            return None;
        }
        Some(queue.waiting.drain(..next).collect())
    }
}

impl Drop for LookUps {
    /// If the store panicked, or the runtime ended: those who wait must not wait forever, nor those who come.
    fn drop(&mut self) {
        if !self.finished {
            let mut queue = self.inner.queue();
            queue.running = false;
            queue.waiting.clear();
        }
    }
}
