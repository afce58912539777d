//! Attempts, also of several processes at once, over the rows that they share.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::task::noop_waker;
use proptest::prelude::*;
use tokio::task::{JoinSet, yield_now};

use super::super::*;
use super::{LIMITS, at};
use crate::store::StoreError;

const CONFIG: ThrottleConfig = ThrottleConfig {
    per_mobile: LIMITS,
    per_peer: ThrottleLimits { free: 5, ..LIMITS },
    overall: ThrottleLimits { free: 100, ..LIMITS },
    registrations: LIMITS,
    number_changes: LIMITS,
};

fn mobile() -> MobileNumber {
    MobileNumber::parse("9876543210").unwrap()
}

/// Keeps rows, and lets others in between a read and a write.
#[derive(Debug, Default)]
struct Rows {
    rows: Mutex<HashMap<ThrottleKey, Throttle>>,
    away: AtomicBool,
    never_first: AtomicBool,
    writes: Mutex<Vec<&'static str>>,
}

impl Rows {
    fn tries(&self, key: &str) -> u32 {
        let rows = self.rows.lock().unwrap();
        rows.iter().find(|(row, _)| row.as_str() == key).map_or(0, |(_, throttle)| throttle.tries)
    }

    async fn enter(&self) -> Result<(), StoreError> {
        yield_now().await;
        let away = self.away.load(Ordering::SeqCst);
        if away { Err(StoreError::unavailable("away")) } else { Ok(()) }
    }

    fn writes(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.writes.lock().unwrap())
    }

    fn put(&self, key: &ThrottleKey, throttle: &Throttle) -> Result<(), StoreError> {
        let mut rows = self.rows.lock().unwrap();
        let revision = rows.get(key).map_or(0, |row| row.revision);
        if throttle.revision != revision + 1 || self.never_first.load(Ordering::SeqCst) {
            return Err(StoreError::Stale);
        }
        rows.insert(key.clone(), *throttle);
        Ok(())
    }
}

#[async_trait]
impl ThrottleRepository for Rows {
    async fn throttles(&self, keys: &[ThrottleKey]) -> Result<Vec<(ThrottleKey, Throttle)>, StoreError> {
        self.enter().await?;
        let rows = self.rows.lock().unwrap();
        Ok(keys.iter().filter_map(|key| Some((key.clone(), *rows.get(key)?))).collect())
    }

    async fn put_throttle(
        &self,
        key: &ThrottleKey,
        throttle: &Throttle,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        self.enter().await?;
        self.put(key, throttle)
    }

    async fn put_throttles(
        &self,
        counts: &[(ThrottleKey, Throttle)],
        _now: Timestamp,
    ) -> Result<Vec<ThrottleKey>, StoreError> {
        self.writes.lock().unwrap().push("put");
        let mut stale = Vec::new();
        for (key, throttle) in counts {
            self.enter().await?;
            if self.put(key, throttle).is_err() {
                stale.push(key.clone());
            }
        }
        Ok(stale)
    }

    async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError> {
        self.writes.lock().unwrap().push("clear");
        self.enter().await?;
        self.rows.lock().unwrap().remove(key);
        Ok(())
    }
}

const MOBILE: &str = "mobile:+919876543210";
const PEER: &str = "peer:192.0.2.1";

fn peer() -> Option<IpAddr> {
    Some("192.0.2.1".parse().unwrap())
}

/// A process, with a clock that the test sets.
#[derive(Debug, Clone)]
struct Process {
    throttles: Throttles,
    millis: Arc<AtomicI64>,
}

impl Process {
    fn over(rows: &Arc<Rows>) -> Self {
        let millis = Arc::new(AtomicI64::new(0));
        let clock = Arc::clone(&millis);
        let clock = Clock::new(move || at(clock.load(Ordering::SeqCst)));
        Self { throttles: Throttles::new(rows.clone(), CONFIG, clock), millis }
    }

    fn set(&self, millis: i64) {
        self.millis.store(millis, Ordering::SeqCst);
    }

    async fn begin(&self) -> Result<Try, Error> {
        let begun = self.throttles.begin_login(&mobile(), Origin::Elsewhere(peer()), no_place).await;
        begun.map(|((), attempt)| attempt)
    }

    /// A whole attempt with a wrong password.
    async fn guess(&self) -> Result<(), Error> {
        let mut attempt = self.begin().await?;
        yield_now().await;
        attempt.answerable().await?;
        attempt.failed().await
    }

    /// A whole attempt with the right password.
    async fn login(&self) -> Result<(), Error> {
        let mut attempt = self.begin().await?;
        yield_now().await;
        attempt.answerable().await?;
        attempt.succeeded().await;
        Ok(())
    }
}

/// Without a line to wait in.
fn no_place() -> Result<(), Error> {
    Ok(())
}

fn setup() -> (Arc<Rows>, Process) {
    let rows = Arc::new(Rows::default());
    (rows.clone(), Process::over(&rows))
}

fn is_throttled(outcome: &Result<(), Error>) -> bool {
    matches!(outcome, Err(Error::Throttled { .. }))
}

#[tokio::test]
async fn each_wrong_login_counts_by_mobile_number_and_peer() {
    let (rows, process) = setup();
    for _ in 0..3 {
        process.guess().await.unwrap();
    }
    assert_eq!((rows.tries(MOBILE), rows.tries(PEER)), (3, 3));
    let other = MobileNumber::parse("9876543211").unwrap();
    let begun = process.throttles.begin_login(&other, Origin::Elsewhere(None), no_place).await;
    begun.unwrap().1.failed().await.unwrap();
    assert_eq!((rows.tries(MOBILE), rows.tries(PEER)), (3, 3));
}

#[tokio::test]
async fn a_blocked_login_says_how_long_and_counts_nowhere() {
    let (rows, process) = setup();
    for _ in 0..3 {
        process.guess().await.unwrap();
    }
    process.set(400);
    let error = process.begin().await.unwrap_err();
    assert!(matches!(error, Error::Throttled { retry_after } if retry_after == Duration::from_millis(600)));
    assert_eq!((rows.tries(MOBILE), rows.tries(PEER)), (3, 3));
    process.set(1000);
    process.begin().await.unwrap();
}

#[tokio::test]
async fn many_at_once_get_no_more_than_the_free_tries() {
    let (rows, process) = setup();
    let mut logins = JoinSet::new();
    for _ in 0..50 {
        let process = process.clone();
        logins.spawn(async move { process.guess().await });
    }
    let outcomes = logins.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    assert_eq!(outcomes.iter().filter(|outcome| is_throttled(outcome)).count(), 47);
    assert_eq!((rows.tries(MOBILE), rows.tries(PEER)), (3, 3));
    assert_eq!(process.throttles.in_flight.len(), 0);
}

#[tokio::test]
async fn many_at_once_in_several_processes_get_no_more_answers_than_the_free_tries() {
    let rows = Arc::new(Rows::default());
    let processes: Vec<_> = (0..4).map(|_| Process::over(&rows)).collect();
    let mut logins = JoinSet::new();
    for n in 0..60 {
        let process = processes[n % 4].clone();
        logins.spawn(async move { process.guess().await });
    }
    let outcomes = logins.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    assert_eq!(outcomes.iter().filter(|outcome| is_throttled(outcome)).count(), 57);
    assert_eq!(rows.tries(MOBILE), 3);
}

#[tokio::test]
async fn no_more_are_checked_at_a_time_than_may_fail_before_a_wait() {
    let (rows, process) = setup();
    process.guess().await.unwrap();
    let checked = [process.begin().await.unwrap(), process.begin().await.unwrap()];
    let mut third = Box::pin(process.begin());
    for _ in 0..10 {
        assert!(futures::poll!(third.as_mut()).is_pending());
        yield_now().await;
    }
    for attempt in checked {
        attempt.failed().await.unwrap();
    }
    assert!(matches!(third.await, Err(Error::Throttled { .. })), "both were wrong");
    assert_eq!(rows.tries(MOBILE), 3);
}

#[tokio::test]
async fn a_right_password_is_refused_if_the_tries_were_used_up_while_it_was_checked() {
    let rows = Arc::new(Rows::default());
    let [here, there] = [Process::over(&rows), Process::over(&rows)];
    let mut right = here.begin().await.unwrap();
    for _ in 0..3 {
        there.guess().await.unwrap();
    }
    assert!(is_throttled(&right.answerable().await));
    drop(right);
    yield_now().await;
    assert_eq!(rows.tries(MOBILE), 3, "it is not counted, as if it had come after them");
    here.set(1000);
    here.login().await.unwrap();
}

#[tokio::test]
async fn right_logins_at_once_all_succeed_in_every_process_and_write_nothing() {
    let rows = Arc::new(Rows::default());
    let processes = [Process::over(&rows), Process::over(&rows)];
    let mut logins = JoinSet::new();
    for n in 0..100 {
        let process = processes[n % 2].clone();
        // Whichever clock is ahead.
        process.set(i64::try_from(n % 7).unwrap());
        logins.spawn(async move { process.login().await });
    }
    for outcome in logins.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(rows.writes(), [""; 0]);
    assert_eq!(processes.map(|process| process.throttles.in_flight.len()), [0, 0]);
}

#[tokio::test]
async fn right_logins_at_once_all_succeed_also_after_a_wait() {
    let (rows, process) = setup();
    for _ in 0..3 {
        process.guess().await.unwrap();
    }
    process.set(1000);
    let mut logins = JoinSet::new();
    for _ in 0..20 {
        let process = process.clone();
        logins.spawn(async move { process.login().await });
    }
    for outcome in logins.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(rows.tries(MOBILE), 0);
}

#[tokio::test]
async fn a_wrong_login_is_one_write_and_a_right_one_clears_only_what_is_there() {
    let (rows, process) = setup();
    process.guess().await.unwrap();
    assert_eq!(rows.writes(), ["put"]);
    process.login().await.unwrap();
    assert_eq!(rows.writes(), ["clear"]);
    process.login().await.unwrap();
    assert_eq!(rows.writes(), [""; 0]);
}

#[tokio::test]
async fn a_success_forgets_the_mobiles_tries_and_none_of_the_peers() {
    let (rows, process) = setup();
    process.guess().await.unwrap();
    process.login().await.unwrap();
    assert_eq!((rows.tries(MOBILE), rows.tries(PEER)), (0, 1));
}

#[tokio::test]
async fn successes_never_block_a_peer() {
    let (rows, process) = setup();
    for _ in 0..100 {
        process.login().await.unwrap();
    }
    assert_eq!(rows.tries(PEER), 0);
}

#[tokio::test]
async fn an_attempt_that_is_given_up_counts_once_wherever_it_stops() {
    // Until it is counted it waits six times: for two reads, for the check between them, and for the count by each key.
    for steps in 1..=6 {
        let (rows, process) = setup();
        let mut guess = Box::pin(process.guess());
        for _ in 0..steps {
            assert!(futures::poll!(guess.as_mut()).is_pending());
        }
        drop(guess);
        for _ in 0..20 {
            yield_now().await;
        }
        let begun = steps > 1;
        assert_eq!((rows.tries(MOBILE), rows.tries(PEER)), (begun.into(), begun.into()), "{steps}");
        assert_eq!(process.throttles.in_flight.len(), 0, "{steps}");
    }
}

#[tokio::test]
async fn tries_at_a_current_password_have_a_count_of_their_own() {
    let (rows, process) = setup();
    let owner = OwnerId::generate();
    let begin = |owner| process.throttles.begin_confirmation(owner, no_place);
    for _ in 0..3 {
        begin(owner).await.unwrap().1.failed().await.unwrap();
    }
    let error = begin(owner).await.unwrap_err();
    assert!(matches!(error, Error::Throttled { .. }));
    begin(OwnerId::generate()).await.unwrap();
    process.throttles.begin_login(&mobile(), Origin::Elsewhere(None), no_place).await.unwrap();
    assert_eq!(rows.tries(&format!("password:{owner}")), 3);
}

#[tokio::test]
async fn without_the_store_no_try_is_allowed_or_answered_but_a_success_stands() {
    let (rows, process) = setup();
    process.guess().await.unwrap();
    let mut success = process.begin().await.unwrap();
    success.answerable().await.unwrap();
    let mut right = process.begin().await.unwrap();
    let wrong = process.throttles.begin_confirmation(OwnerId::generate(), no_place).await.unwrap().1;
    rows.away.store(true, Ordering::SeqCst);
    success.succeeded().await;
    let unavailable =
        |error: &Error| assert!(matches!(error, Error::Store(StoreError::Unavailable { .. })), "{error:?}");
    unavailable(&right.answerable().await.unwrap_err());
    unavailable(&wrong.failed().await.unwrap_err());
    unavailable(&process.begin().await.unwrap_err());
}

#[tokio::test]
async fn whoever_always_loses_the_race_is_turned_away() {
    let (rows, process) = setup();
    rows.never_first.store(true, Ordering::SeqCst);
    let error = process.guess().await.unwrap_err();
    assert!(matches!(error, Error::Overloaded));
}

/// Polls the attempts in the order of the schedule and then in turn, until all are answered.
fn interleaved(
    attempts: Vec<BoxFuture<'_, Result<(), Error>>>,
    schedule: &[usize],
) -> Vec<Result<(), Error>> {
    let count = attempts.len();
    let mut running: Vec<_> = attempts.into_iter().map(Some).collect();
    let mut answers: Vec<_> = (0..count).map(|_| None).collect();
    let steps_max = count * count * 100;
    let in_turn = (0..steps_max).map(|step| step % count);
    for one in schedule.iter().map(|one| one % count).chain(in_turn) {
        let Some(attempt) = &mut running[one] else { continue };
        if let Poll::Ready(answer) = attempt.as_mut().poll(&mut Context::from_waker(&noop_waker())) {
            answers[one] = Some(answer);
            running[one] = None;
        }
    }
    answers.into_iter().map(|answer| answer.expect("nobody waits for ever")).collect()
}

/// Attempts in several processes, right and wrong ones, and the order in which they go on.
fn attempts(wrong_max: usize) -> impl Strategy<Value = (Vec<(usize, bool)>, Vec<usize>)> {
    let right = prop::collection::vec((0_usize..3, Just(true)), 0..10);
    let wrong = prop::collection::vec((0_usize..3, Just(false)), 0..=wrong_max);
    let both = (right, wrong).prop_map(|(right, wrong)| [right, wrong].concat()).prop_shuffle();
    let both = both.prop_filter("there are some", |both| !both.is_empty());
    (both, prop::collection::vec(0_usize..100, 0..300))
}

fn run(rows: &Arc<Rows>, attempts: &[(usize, bool)], schedule: &[usize]) -> Vec<Result<(), Error>> {
    let processes: Vec<_> = (0..3).map(|_| Process::over(rows)).collect();
    // Their clocks differ by less than a wait.
    for (process, millis) in processes.iter().zip([0, 300, 600]) {
        process.set(millis);
    }
    let futures = attempts.iter().map(|(process, right)| -> BoxFuture<'_, _> {
        let process = &processes[*process];
        if *right { Box::pin(process.login()) } else { Box::pin(process.guess()) }
    });
    let answers = interleaved(futures.collect(), schedule);
    for process in &processes {
        assert_eq!(process.throttles.in_flight.len(), 0);
    }
    answers
}

proptest! {
    /// However they overlap, in whichever processes, nobody is refused before the free tries are used up.
    #[test]
    fn nobody_is_refused_while_fewer_are_wrong_than_are_free((attempts, schedule) in attempts(2)) {
        let rows = Arc::new(Rows::default());
        for answer in run(&rows, &attempts, &schedule) {
            prop_assert!(answer.is_ok(), "{:?}", answer);
        }
        let wrong = attempts.iter().filter(|(_, right)| !right).count();
        prop_assert_eq!(rows.tries(PEER) as usize, wrong, "each counts exactly once");
    }

    /// However they overlap, in whichever processes, no more guesses are answered than the free ones.
    #[test]
    fn no_more_wrong_ones_are_answered_than_are_free((attempts, schedule) in attempts(12)) {
        let guesses: Vec<_> = attempts.into_iter().filter(|(_, right)| !right).collect();
        prop_assume!(!guesses.is_empty());
        let rows = Arc::new(Rows::default());
        let answers = run(&rows, &guesses, &schedule);
        let answered = answers.iter().filter(|answer| answer.is_ok()).count();
        prop_assert_eq!(answered, guesses.len().min(3));
        prop_assert_eq!(answers.iter().filter(|answer| is_throttled(answer)).count(), guesses.len() - answered);
        prop_assert_eq!(rows.tries(MOBILE) as usize, answered, "each counts exactly once");
    }
}

#[tokio::test]
async fn a_device_has_a_count_of_its_own_and_no_other() {
    let (rows, process) = setup();
    let device = DeviceId::generate();
    let mobile = mobile();
    let begin = || process.throttles.begin_login(&mobile, Origin::Device(device), no_place);
    for _ in 0..3 {
        begin().await.unwrap().1.failed().await.unwrap();
    }
    assert!(matches!(begin().await, Err(Error::Throttled { .. })));
    assert_eq!((rows.tries(MOBILE), rows.tries(PEER), rows.tries("all:logins")), (0, 0, 0));
    assert_eq!(rows.tries(&format!("device:{device}")), 3);
    process.begin().await.unwrap();
}

#[tokio::test]
async fn what_is_throttled_takes_no_place() {
    let (_, process) = setup();
    for _ in 0..3 {
        process.guess().await.unwrap();
    }
    let place = || -> Result<(), Error> { panic!("it must not take a place") };
    let refused = process.throttles.begin_login(&mobile(), Origin::Elsewhere(peer()), place).await;
    assert!(matches!(refused, Err(Error::Throttled { .. })));
    process.set(1000);
    let full = || Err::<(), _>(Error::Overloaded);
    let refused = process.throttles.begin_login(&mobile(), Origin::Elsewhere(peer()), full).await;
    assert!(matches!(refused, Err(Error::Overloaded)));
    assert_eq!(process.throttles.in_flight.len(), 0);
}

#[tokio::test]
async fn registrations_count_by_peer_and_new_numbers_by_owner() {
    let (rows, process) = setup();
    let (peer, owner) = (peer().unwrap(), OwnerId::generate());
    for _ in 0..3 {
        process.throttles.count_registration(peer).await.unwrap();
        process.throttles.count_number_change(owner).await.unwrap();
    }
    let waits =
        |outcome| matches!(outcome, Err(Error::Throttled { retry_after }) if retry_after.as_secs() == 1);
    assert!(waits(process.throttles.count_registration(peer).await));
    assert!(waits(process.throttles.count_number_change(owner).await));
    assert_eq!((rows.tries("register:192.0.2.1"), rows.tries(&format!("number:{owner}"))), (3, 3));
    process.throttles.count_registration("192.0.2.2".parse().unwrap()).await.unwrap();
    process.throttles.count_number_change(OwnerId::generate()).await.unwrap();
    process.begin().await.unwrap();
}
