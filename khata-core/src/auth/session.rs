//! Whether sessions are live: many questions, few look-ups.

use std::collections::{BTreeSet, HashMap};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::error::Error;
use crate::id::{OwnerId, SessionId};
use crate::store::{LiveSession, SessionRepository, StoreError};

/// The most questions that one look-up answers.
const PER_LOOK_UP_MAX: usize = 1024;
/// The most questions that may wait; more are refused, so that a flood can't use up the memory.
const WAITING_MAX: usize = 16_384;
/// The longest that a look-up may take: while it is under way, everybody else waits for the next.
const LOOK_UP_TIME_MAX: Duration = Duration::from_secs(10);

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
    store: Arc<dyn SessionRepository>,
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
    pub(super) fn new(store: Arc<dyn SessionRepository>) -> Self {
        Self { inner: Arc::new(Inner { store, queue: Mutex::default() }) }
    }

    /// The session, if it is live. The look-up is begun after the call.
    ///
    /// # Errors
    /// Those of the store, and [`Error::Overloaded`].
    pub(super) async fn find(
        &self,
        owner: OwnerId,
        session: SessionId,
    ) -> Result<Option<LiveSession>, Error> {
        let (answer, answered) = oneshot::channel();
        let idle = {
            let mut queue = self.inner.queue();
            if queue.waiting.len() >= WAITING_MAX {
                return Err(Error::Overloaded);
            }
            queue.waiting.push(Question { key: (owner, session), answer });
            !mem::replace(&mut queue.running, true)
        };
        if idle {
            // On its own task, so that it goes on for the others if this caller goes away.
            tokio::spawn(LookUps { inner: Arc::clone(&self.inner), finished: false }.run());
        }
        let broken_off = |_| StoreError::backend("the look-up of sessions was broken off");
        Ok(answered.await.map_err(broken_off)??)
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("nothing panics while it holds the queue")
    }

    async fn look_up(&self, keys: &[Key]) -> Result<HashMap<Key, LiveSession>, StoreError> {
        let live = tokio::time::timeout(LOOK_UP_TIME_MAX, self.store.live_sessions(keys))
            .await
            .map_err(|_| StoreError::unavailable("the look-up of sessions took too long"))??;
        Ok(live.into_iter().map(|live| ((live.owner, live.id), live)).collect())
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
            let found = self.inner.look_up(&keys).await;
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
        let next = queue.waiting.len().min(PER_LOOK_UP_MAX);
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::panic;

    use async_trait::async_trait;
    use tokio::sync::Semaphore;
    use tokio::task::{JoinHandle, yield_now};

    use super::*;
    use crate::calendar::TimeZone;
    use crate::money::Currency;
    use crate::store::Session;

    /// Notes each look-up, sees what is live then, and answers when it is let.
    #[derive(Debug)]
    struct Gate {
        live: Mutex<HashSet<Key>>,
        asked: Mutex<Vec<Vec<Key>>>,
        lets: Semaphore,
        fails: Mutex<Option<fn() -> StoreError>>,
    }

    impl Gate {
        fn of(live: &[Key]) -> Arc<Self> {
            Arc::new(Self {
                live: Mutex::new(live.iter().copied().collect()),
                asked: Mutex::default(),
                lets: Semaphore::new(0),
                fails: Mutex::default(),
            })
        }

        async fn until_asked(&self, times: usize) {
            while self.asked.lock().unwrap().len() < times {
                yield_now().await;
            }
        }

        fn asked(&self) -> Vec<Vec<Key>> {
            self.asked.lock().unwrap().clone()
        }
    }

    #[async_trait]
    impl SessionRepository for Gate {
        async fn open_session(&self, session: &Session, _password_version: u64) -> Result<(), StoreError> {
            self.live.lock().unwrap().insert((session.owner, session.id));
            Ok(())
        }

        async fn live_sessions(&self, keys: &[Key]) -> Result<Vec<LiveSession>, StoreError> {
            self.asked.lock().unwrap().push(keys.to_vec());
            let live: Vec<_> = {
                let live = self.live.lock().unwrap();
                keys.iter().filter(|key| live.contains(key)).map(|(owner, id)| of(*owner, *id)).collect()
            };
            self.lets.acquire().await.unwrap().forget();
            let failure = *self.fails.lock().unwrap();
            failure.map_or(Ok(live), |failure| Err(failure()))
        }

        async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError> {
            self.live.lock().unwrap().remove(&(owner, session));
            Ok(())
        }

        async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError> {
            self.live.lock().unwrap().retain(|key| key.0 != owner);
            Ok(())
        }
    }

    fn of(owner: OwnerId, id: SessionId) -> LiveSession {
        LiveSession { owner, id, currency: Currency::INR, time_zone: TimeZone::KOLKATA }
    }

    fn keys(count: usize) -> Vec<Key> {
        (0..count).map(|_| (OwnerId::generate(), SessionId::generate())).collect()
    }

    type Asker = JoinHandle<Result<Option<LiveSession>, Error>>;

    /// Asks on a task of its own, and returns when the question waits or is being looked up.
    async fn ask(liveness: &Liveness, key: Key) -> Asker {
        let asker = liveness.clone();
        let asking = tokio::spawn(async move { asker.find(key.0, key.1).await });
        yield_now().await;
        asking
    }

    #[tokio::test]
    async fn what_is_live_is_found_and_nothing_else() {
        let keys = keys(2);
        let gate = Gate::of(&keys[..1]);
        gate.lets.add_permits(3);
        let liveness = Liveness::new(gate);
        let (owner, session) = keys[0];
        assert_eq!(liveness.find(owner, session).await.unwrap(), Some(of(owner, session)));
        assert_eq!(liveness.find(keys[1].0, keys[1].1).await.unwrap(), None);
        assert_eq!(liveness.find(keys[1].0, session).await.unwrap(), None, "it is another owner's");
    }

    #[tokio::test]
    async fn who_comes_during_a_look_up_shares_the_next() {
        let keys = keys(10);
        let gate = Gate::of(&keys);
        let liveness = Liveness::new(gate.clone());
        let mut askers = vec![ask(&liveness, keys[0]).await];
        gate.until_asked(1).await;
        for round in 0..100 {
            askers.push(ask(&liveness, keys[round % keys.len()]).await);
        }
        gate.lets.add_permits(2);
        for asker in askers {
            assert!(asker.await.unwrap().unwrap().is_some());
        }
        let asked = gate.asked();
        assert_eq!(asked.len(), 2, "101 questions, two look-ups");
        assert_eq!(asked[1], keys, "each session once");
    }

    #[tokio::test]
    async fn an_answer_is_never_older_than_its_question() {
        let key = keys(1)[0];
        let gate = Gate::of(&[key]);
        let liveness = Liveness::new(gate.clone());
        let before = ask(&liveness, key).await;
        gate.until_asked(1).await;
        gate.end_session(key.0, key.1).await.unwrap();
        let after = ask(&liveness, key).await;
        gate.lets.add_permits(2);
        assert!(before.await.unwrap().unwrap().is_some());
        assert!(after.await.unwrap().unwrap().is_none(), "the session had ended before this was asked");
    }

    #[tokio::test]
    async fn a_caller_who_goes_away_takes_nobody_along() {
        let keys = keys(3);
        let gate = Gate::of(&keys);
        let liveness = Liveness::new(gate.clone());
        let first = ask(&liveness, keys[0]).await;
        gate.until_asked(1).await;
        let second = ask(&liveness, keys[1]).await;
        let third = ask(&liveness, keys[2]).await;
        first.abort();
        second.abort();
        assert!(first.await.is_err() && second.await.is_err());
        gate.lets.add_permits(2);
        assert!(third.await.unwrap().unwrap().is_some());
        assert_eq!(gate.asked()[1], [keys[2]], "nobody wants to know of the second any more");
    }

    #[tokio::test]
    async fn a_failure_reaches_all_who_shared_it_and_no_one_after() {
        let key = keys(1)[0];
        let gate = Gate::of(&[key]);
        *gate.fails.lock().unwrap() = Some(|| StoreError::unavailable("away"));
        let liveness = Liveness::new(gate.clone());
        let askers = [ask(&liveness, key).await, ask(&liveness, key).await, ask(&liveness, key).await];
        gate.lets.add_permits(2);
        for asker in askers {
            let error = asker.await.unwrap().unwrap_err();
            assert!(matches!(error, Error::Store(StoreError::Unavailable { .. })), "{error:?}");
        }
        *gate.fails.lock().unwrap() = None;
        gate.lets.add_permits(1);
        assert!(liveness.find(key.0, key.1).await.unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_up_that_never_ends_is_given_up_and_the_next_one_begun() {
        let key = keys(1)[0];
        let gate = Gate::of(&[key]);
        let liveness = Liveness::new(gate.clone());
        let first = ask(&liveness, key).await;
        gate.until_asked(1).await;
        let second = ask(&liveness, key).await;
        let error = first.await.unwrap().unwrap_err();
        assert!(matches!(error, Error::Store(StoreError::Unavailable { .. })), "{error:?}");
        gate.lets.add_permits(1);
        assert!(second.await.unwrap().unwrap().is_some());
    }

    #[tokio::test]
    async fn a_store_that_panics_leaves_nobody_waiting() {
        let keys = keys(2);
        let gate = Gate::of(&keys);
        *gate.fails.lock().unwrap() = Some(|| panic::panic_any("a defect of the store"));
        let liveness = Liveness::new(gate.clone());
        let first = ask(&liveness, keys[0]).await;
        gate.until_asked(1).await;
        let second = ask(&liveness, keys[1]).await;
        gate.lets.add_permits(1);
        assert!(first.await.unwrap().is_err());
        assert!(second.await.unwrap().is_err());

        let third = ask(&liveness, keys[0]).await;
        gate.until_asked(2).await;
        *gate.fails.lock().unwrap() = None;
        gate.lets.add_permits(1);
        assert!(third.await.unwrap().unwrap().is_some());
    }

    #[test]
    fn it_outlives_the_runtime_that_it_was_used_on() {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let key = keys(1)[0];
        let gate = Gate::of(&[key]);
        let liveness = Liveness::new(gate.clone());
        let first = runtime();
        first.block_on(async {
            ask(&liveness, key).await;
            gate.until_asked(1).await;
        });
        drop(first);
        gate.lets.add_permits(1);
        assert!(runtime().block_on(liveness.find(key.0, key.1)).unwrap().is_some());
    }

    #[tokio::test]
    async fn a_look_up_and_the_queue_have_their_limits() {
        let key = keys(1)[0];
        let gate = Gate::of(&[key]);
        let liveness = Liveness::new(gate.clone());
        let mut askers = vec![ask(&liveness, key).await];
        gate.until_asked(1).await;
        for key in keys(WAITING_MAX) {
            let asker = liveness.clone();
            askers.push(tokio::spawn(async move { asker.find(key.0, key.1).await }));
        }
        while liveness.inner.queue().waiting.len() < WAITING_MAX {
            yield_now().await;
        }
        assert!(matches!(liveness.find(key.0, key.1).await, Err(Error::Overloaded)));

        gate.lets.add_permits(1 + WAITING_MAX / PER_LOOK_UP_MAX);
        for asker in askers {
            asker.await.unwrap().unwrap();
        }
        assert!(gate.asked().iter().all(|keys| keys.len() <= PER_LOOK_UP_MAX));
    }
}
