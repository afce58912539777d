//! Batched lookups of live sessions.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::batching::{self, Batches, Work};
use crate::error::Error;
use crate::id::{OwnerId, SessionId};
use crate::store::{LiveSession, SessionRepository, StoreError};

/// Maximum number of sessions in one lookup.
const PER_LOOK_UP_MAX: usize = 1024;
/// Maximum duration of a lookup. Other requests wait for the next one meanwhile.
const LOOK_UP_TIME_MAX: Duration = Duration::from_secs(10);

type Key = (OwnerId, SessionId);

/// Looks up whether sessions are live. Where that takes a round trip, one lookup runs at a time; requests that arrive
/// meanwhile share the next.
///
/// A check costs a share of a round trip, and its result is never older than the request.
#[derive(Debug, Clone)]
pub(super) struct Liveness {
    batches: Arc<Batches<LookUp>>,
}

/// Runs a lookup for each batch of requests.
#[derive(Debug)]
struct LookUp {
    store: Arc<dyn SessionRepository>,
}

type Question = batching::Waiting<LookUp>;

impl Liveness {
    pub(super) fn new(store: Arc<dyn SessionRepository>) -> Self {
        Self { batches: Batches::new(LookUp { store }, NonZero::<usize>::MIN, NonZero::<usize>::MIN) }
    }

    /// Returns the session if it is live. The lookup starts after the call.
    ///
    /// # Errors
    /// [`Error::Store`], and [`Error::Overloaded`] if too many requests wait.
    pub(super) async fn find(
        &self,
        owner: OwnerId,
        session: SessionId,
    ) -> Result<Option<LiveSession>, Error> {
        let look_up = self.batches.work();
        if look_up.store.is_local() {
            return Ok(look_up.look_up(&[(owner, session)]).await?.remove(&(owner, session)));
        }
        let answer = self.batches.send(0, (owner, session))?;
        let broken_off = |_| StoreError::backend("the lookup of sessions was cancelled");
        Ok(answer.await.map_err(broken_off)??)
    }
}

impl Work for LookUp {
    type Request = Key;
    type Reply = Result<Option<LiveSession>, StoreError>;

    fn next_batch(&self, waiting: &mut VecDeque<Question>) -> Vec<Question> {
        waiting.retain(|question| !question.is_abandoned());
        waiting.drain(..waiting.len().min(PER_LOOK_UP_MAX)).collect()
    }

    async fn carry_out(&self, questions: Vec<Question>) {
        let keys: BTreeSet<_> = questions.iter().map(|question| question.request).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let found = self.look_up(&keys).await;
        for question in questions {
            let answer = found.as_ref().map(|live| live.get(&question.request).copied());
            question.reply(answer.map_err(Clone::clone));
        }
    }
}

impl LookUp {
    async fn look_up(&self, keys: &[Key]) -> Result<HashMap<Key, LiveSession>, StoreError> {
        let live = tokio::time::timeout(LOOK_UP_TIME_MAX, self.store.live_sessions(keys))
            .await
            .map_err(|_| StoreError::unavailable("the lookup of sessions timed out"))??;
        Ok(live.into_iter().map(|live| ((live.owner, live.id), live)).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::panic;
    use std::sync::Mutex;

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
        gate.lets.add_permits(2);
        assert!(first.await.unwrap().is_err());
        assert!(second.await.unwrap().is_err());

        let third = ask(&liveness, keys[0]).await;
        gate.until_asked(3).await;
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
    async fn a_look_up_answers_so_many_questions_and_no_more() {
        let key = keys(1)[0];
        let gate = Gate::of(&[key]);
        let liveness = Liveness::new(gate.clone());
        let mut askers = vec![ask(&liveness, key).await];
        gate.until_asked(1).await;
        for key in keys(PER_LOOK_UP_MAX + 1) {
            askers.push(ask(&liveness, key).await);
        }
        gate.lets.add_permits(3);
        for asker in askers {
            asker.await.unwrap().unwrap();
        }
        let asked: Vec<_> = gate.asked().iter().map(Vec::len).collect();
        assert_eq!(asked, [1, PER_LOOK_UP_MAX, 1]);
    }
}
