//! Throttling of password attempts: after a number of free attempts, each further one requires a longer wait.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use crate::calendar::Timestamp;
use crate::error::Error;
use crate::id::OwnerId;
use crate::phone::MobileNumber;
use crate::store::{StoreError, Throttle, ThrottleKey, ThrottleRepository};

/// Maximum number of compare-and-set attempts. Each one that fails means that another attempt was counted, which should
/// have led to a block by then.
const ATTEMPTS_MAX: u32 = 64;

/// Number of free attempts and growth of the waits after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleLimits {
    /// Number of attempts without a wait.
    pub free: u32,
    /// Wait after the last free attempt. Each further attempt doubles it.
    pub first_wait: Duration,
    /// Maximum wait.
    pub longest_wait: Duration,
    /// Time without an attempt after which the count is reset.
    pub quiet: Duration,
}

/// Limits on attempts per mobile number and per peer.
///
/// Anybody who knows a mobile number can delay the logins of its owner by up to `longest_wait` at a time. This is the
/// price of a limit that also holds against attempts from many addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleConfig {
    /// Limits per mobile number, and per owner for the current password when it is changed.
    pub per_mobile: ThrottleLimits,
    /// Limits per peer: an IPv4 address, or the /64 of an IPv6 address. They are wider, since many clients may share an
    /// address.
    pub per_peer: ThrottleLimits,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        let per_mobile = ThrottleLimits {
            free: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(15 * 60),
            quiet: Duration::from_secs(60 * 60),
        };
        Self { per_mobile, per_peer: ThrottleLimits { free: 20, ..per_mobile } }
    }
}

/// Returns the count with one more attempt, or the time to wait if no attempt is allowed yet; that attempt is not
/// counted.
fn next(now: Timestamp, before: Option<Throttle>, limits: &ThrottleLimits) -> Result<Throttle, Duration> {
    let remembered = before.filter(|before| now < before.expires_at);
    if let Some(before) = remembered
        && now < before.blocked_until
    {
        return Err(before.blocked_until.since(now));
    }
    let tries = remembered.map_or(0, |before| before.tries).saturating_add(1);
    let blocked_until = now.plus(wait_after(tries, limits));
    Ok(Throttle {
        tries,
        blocked_until,
        expires_at: now.plus(limits.quiet).max(blocked_until),
        revision: before.map_or(0, |before| before.revision) + 1,
    })
}

/// Returns the count without the attempt that was counted as `counted`, since it succeeded. The block is lifted too if no
/// other attempt was counted since: then that attempt caused it.
fn given_back(now: Timestamp, counted: &Throttle, found: Option<Throttle>) -> Throttle {
    let Some(found) = found else {
        return Throttle { tries: 0, blocked_until: now, expires_at: now, revision: 1 };
    };
    let own = found.revision == counted.revision;
    Throttle {
        tries: found.tries.saturating_sub(1),
        blocked_until: if own { now } else { found.blocked_until },
        expires_at: found.expires_at,
        revision: found.revision + 1,
    }
}

fn wait_after(tries: u32, limits: &ThrottleLimits) -> Duration {
    let Some(doublings) = tries.checked_sub(limits.free) else { return Duration::ZERO };
    let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
    limits.first_wait.saturating_mul(factor).min(limits.longest_wait)
}

/// Returns the key that attempts of a peer are counted by. A client with an IPv6 address controls its whole /64.
fn peer_key(peer: IpAddr) -> ThrottleKey {
    match peer.to_canonical() {
        IpAddr::V4(address) => ThrottleKey::new("peer", &address.to_string()),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
            ThrottleKey::new("peer", &format!("{network}/64"))
        }
    }
}

/// Counts attempts across all processes.
#[derive(Debug, Clone)]
pub(super) struct Throttles {
    store: Arc<dyn ThrottleRepository>,
    config: ThrottleConfig,
}

/// A counted attempt, to be settled if it succeeds.
#[derive(Debug)]
pub(super) struct Try {
    own: ThrottleKey,
    peer: Option<(ThrottleKey, Throttle)>,
}

impl Throttles {
    pub(super) fn new(store: Arc<dyn ThrottleRepository>, config: ThrottleConfig) -> Self {
        Self { store, config }
    }

    /// Counts an attempt to log in.
    ///
    /// # Errors
    /// [`Error::Throttled`] if the attempt must wait; it is not counted. [`Error::Store`].
    pub(super) async fn count_login(
        &self,
        now: Timestamp,
        mobile: &MobileNumber,
        peer: Option<IpAddr>,
    ) -> Result<Try, Error> {
        let own = ThrottleKey::new("mobile", mobile.as_str());
        let peer = peer.map(peer_key);
        let mut keys = vec![(own.clone(), self.config.per_mobile)];
        keys.extend(peer.clone().map(|peer| (peer, self.config.per_peer)));
        let counted = self.count(now, &keys).await?;
        Ok(Try { own, peer: peer.zip(counted.get(1).copied()) })
    }

    /// Counts an attempt to confirm the current password of an owner who is logged in.
    ///
    /// # Errors
    /// The same as [`count_login`](Self::count_login).
    pub(super) async fn count_password_change(&self, now: Timestamp, owner: OwnerId) -> Result<Try, Error> {
        let own = ThrottleKey::new("password", &owner.to_string());
        self.count(now, &[(own.clone(), self.config.per_mobile)]).await?;
        Ok(Try { own, peer: None })
    }

    /// Resets the count of the password, and takes only this attempt off the count of the peer, which may be guessing
    /// other passwords.
    ///
    /// A failure is only logged, since the login has succeeded.
    pub(super) async fn succeeded(&self, now: Timestamp, counted: Try) {
        let mut settled = self.store.clear_throttle(&counted.own).await.map_err(Error::from);
        if let Some((key, counted)) = &counted.peer {
            let given_back = |found| Ok(given_back(now, counted, found));
            settled = settled.and(self.update(now, key, Some(*counted), given_back).await.map(drop));
        }
        if let Err(error) = settled {
            tracing::warn!(%error, "failed to settle the count of attempts");
        }
    }

    /// Counts an attempt under each of the keys, or under none if any of them is blocked.
    async fn count(
        &self,
        now: Timestamp,
        keys: &[(ThrottleKey, ThrottleLimits)],
    ) -> Result<Vec<Throttle>, Error> {
        let names: Vec<_> = keys.iter().map(|(key, _)| key.clone()).collect();
        let found: HashMap<_, _> = self.store.throttles(&names).await?.into_iter().collect();
        let found = |key| found.get(key).copied();
        let blocked = keys.iter().filter_map(|(key, limits)| next(now, found(key), limits).err());
        if let Some(retry_after) = blocked.max() {
            return Err(Error::Throttled { retry_after });
        }
        let mut counted = Vec::with_capacity(keys.len());
        for (key, limits) in keys {
            let next =
                |found| next(now, found, limits).map_err(|retry_after| Error::Throttled { retry_after });
            counted.push(self.update(now, key, found(key), next).await?);
        }
        Ok(counted)
    }

    /// Updates a count by compare-and-set, and retries with the stored count if another process was faster.
    async fn update(
        &self,
        now: Timestamp,
        key: &ThrottleKey,
        mut found: Option<Throttle>,
        change: impl Fn(Option<Throttle>) -> Result<Throttle, Error>,
    ) -> Result<Throttle, Error> {
        for _ in 0..ATTEMPTS_MAX {
            let changed = change(found)?;
            match self.store.put_throttle(key, &changed, now).await {
                Ok(()) => return Ok(changed),
                Err(StoreError::Stale) => {}
                Err(error) => return Err(error.into()),
            }
            found = self.store.throttles(slice::from_ref(key)).await?.pop().map(|(_, throttle)| throttle);
        }
        Err(Error::Overloaded)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use async_trait::async_trait;
    use proptest::prelude::*;
    use tokio::task::{JoinSet, yield_now};

    use super::*;

    const LIMITS: ThrottleLimits = ThrottleLimits {
        free: 3,
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(10),
        quiet: Duration::from_secs(60),
    };

    const CONFIG: ThrottleConfig =
        ThrottleConfig { per_mobile: LIMITS, per_peer: ThrottleLimits { free: 5, ..LIMITS } };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + millis).unwrap()
    }

    fn mobile() -> MobileNumber {
        MobileNumber::parse("9876543210").unwrap()
    }

    fn tried(times: u32, now: Timestamp) -> Option<Throttle> {
        (0..times).fold(None, |before, _| {
            let unblocked = before.map(|before| Throttle { blocked_until: now, ..before });
            Some(next(now, unblocked, &LIMITS).unwrap())
        })
    }

    #[test]
    fn free_tries_go_without_a_wait_and_each_one_after_doubles_it() {
        let waits = (1..=9).map(|times| next(at(0), tried(times, at(0)), &LIMITS).err());
        let seconds: Vec<_> = waits.map(|wait| wait.map_or(0, |wait| wait.as_secs())).collect();
        assert_eq!(seconds, [0, 0, 1, 2, 4, 8, 10, 10, 10]);
    }

    #[test]
    fn a_block_ends_at_its_time() {
        let three = tried(3, at(0));
        assert_eq!(next(at(999), three, &LIMITS), Err(Duration::from_millis(1)));
        let fourth = next(at(1000), three, &LIMITS).unwrap();
        assert_eq!((fourth.tries, fourth.blocked_until, fourth.revision), (4, at(3000), 4));
    }

    #[test]
    fn a_quiet_time_makes_all_forgotten_but_the_revision() {
        let three = tried(3, at(0));
        assert_eq!(next(at(59_999), three, &LIMITS).unwrap().tries, 4);
        let anew = next(at(60_000), three, &LIMITS).unwrap();
        assert_eq!((anew.tries, anew.blocked_until, anew.revision), (1, at(60_000), 4));
    }

    #[test]
    fn a_wait_that_is_longer_than_the_quiet_time_is_not_forgotten_before_its_end() {
        let longest_wait = Duration::from_secs(30);
        let limits = ThrottleLimits { longest_wait, quiet: Duration::from_secs(5), ..LIMITS };
        // The waits are 0, 0, 1, 2, 4, and then 8 seconds.
        let (mut counted, mut now) = (None, at(0));
        for _ in 0..5 {
            let more = next(now, counted, &limits).unwrap();
            (counted, now) = (Some(more), more.blocked_until);
        }
        let sixth = next(now, counted, &limits).unwrap();
        let end = now.plus(Duration::from_secs(8));
        assert_eq!((sixth.tries, sixth.blocked_until, sixth.expires_at), (6, end, end));
        let after_quiet = now.plus(Duration::from_secs(6));
        assert_eq!(next(after_quiet, Some(sixth), &limits), Err(Duration::from_secs(2)));
        let anew = next(end, Some(sixth), &limits).unwrap();
        assert_eq!((anew.tries, anew.blocked_until), (1, end), "the wait was quiet long enough");
    }

    #[test]
    fn the_highest_counts_do_not_overflow() {
        let most = Throttle { tries: u32::MAX, blocked_until: at(0), expires_at: at(1), revision: 7 };
        let next = next(at(0), Some(most), &LIMITS).unwrap();
        assert_eq!((next.tries, next.blocked_until), (u32::MAX, at(10_000)));
    }

    #[test]
    fn a_success_gives_back_its_try_and_the_block_that_it_caused() {
        let third = tried(3, at(0)).unwrap();
        let back = given_back(at(5), &third, Some(third));
        assert_eq!((back.tries, back.blocked_until, back.revision), (2, at(5), 4));

        let fourth = next(at(1000), Some(third), &LIMITS).unwrap();
        let back = given_back(at(1005), &third, Some(fourth));
        assert_eq!((back.tries, back.blocked_until, back.revision), (3, fourth.blocked_until, 5));

        assert_eq!(given_back(at(5), &third, None).tries, 0);
    }

    #[test]
    fn a_peer_is_an_ipv4_address_or_the_64_of_an_ipv6_address() {
        let key = |peer: &str| peer_key(peer.parse().unwrap()).as_str().to_owned();
        assert_eq!(key("192.0.2.1"), "peer:192.0.2.1");
        assert_eq!(key("::ffff:192.0.2.1"), "peer:192.0.2.1");
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "peer:2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:2::"), "peer:2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:3::1"), "peer:2001:db8:1:3::/64");
    }

    proptest! {
        /// Whatever the rhythm, whoever keeps trying gets no more tries than the free ones and one for each wait.
        #[test]
        fn no_rhythm_gets_more_tries_than_the_waits_allow(gaps in prop::collection::vec(0_i64..20_000, 1..200)) {
            let mut now = at(0);
            let mut state: Option<Throttle> = None;
            let mut waited = Duration::ZERO;
            for gap in gaps {
                let later = now.plus(Duration::from_millis(gap.unsigned_abs()));
                waited += later.since(now);
                now = later;
                match next(now, state, &LIMITS) {
                    Ok(counted) => {
                        let before = state.map_or((0, 0), |before| (before.tries, before.revision));
                        prop_assert_eq!((counted.tries, counted.revision), (before.0 + 1, before.1 + 1));
                        prop_assert!(counted.blocked_until >= now && counted.expires_at >= counted.blocked_until);
                        prop_assert!(counted.blocked_until.since(now) <= LIMITS.longest_wait);
                        prop_assert_eq!(counted.blocked_until == now, counted.tries < LIMITS.free);
                        state = Some(counted);
                    }
                    Err(wait) => {
                        prop_assert!(wait > Duration::ZERO && wait <= LIMITS.longest_wait);
                        prop_assert!(next(now.plus(wait), state, &LIMITS).is_ok(), "the wait is as long as it says");
                    }
                }
            }
            let tries = state.map_or(0, |state| state.tries);
            let owed: Duration = (1..tries).map(|tries| wait_after(tries, &LIMITS)).sum();
            prop_assert!(owed <= waited, "{} tries after {:?}", tries, waited);
        }
    }

    /// Keeps rows, and lets others in between a read and a write.
    #[derive(Debug, Default)]
    struct Rows {
        rows: Mutex<HashMap<ThrottleKey, Throttle>>,
        away: AtomicBool,
        never_first: AtomicBool,
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
            let mut rows = self.rows.lock().unwrap();
            let revision = rows.get(key).map_or(0, |row| row.revision);
            if throttle.revision != revision + 1 || self.never_first.load(Ordering::SeqCst) {
                return Err(StoreError::Stale);
            }
            rows.insert(key.clone(), *throttle);
            Ok(())
        }

        async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError> {
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

    fn setup() -> (Arc<Rows>, Throttles) {
        let rows = Arc::new(Rows::default());
        (rows.clone(), Throttles::new(rows, CONFIG))
    }

    #[tokio::test]
    async fn each_login_counts_by_mobile_number_and_peer() {
        let (rows, throttles) = setup();
        for _ in 0..3 {
            throttles.count_login(at(0), &mobile(), peer()).await.unwrap();
        }
        assert_eq!((rows.tries(MOBILE), rows.tries(PEER)), (3, 3));
        throttles.count_login(at(0), &MobileNumber::parse("9876543211").unwrap(), None).await.unwrap();
        assert_eq!((rows.tries(MOBILE), rows.tries(PEER)), (3, 3));
    }

    #[tokio::test]
    async fn a_blocked_login_says_how_long_and_counts_nowhere() {
        let (rows, throttles) = setup();
        for _ in 0..3 {
            throttles.count_login(at(0), &mobile(), peer()).await.unwrap();
        }
        let error = throttles.count_login(at(400), &mobile(), peer()).await.unwrap_err();
        assert!(
            matches!(error, Error::Throttled { retry_after } if retry_after == Duration::from_millis(600))
        );
        assert_eq!((rows.tries(MOBILE), rows.tries(PEER)), (3, 3));
        throttles.count_login(at(1000), &mobile(), peer()).await.unwrap();
    }

    #[tokio::test]
    async fn many_at_once_get_no_more_than_the_free_tries() {
        let (rows, throttles) = setup();
        let mut logins = JoinSet::new();
        for _ in 0..50 {
            let throttles = throttles.clone();
            logins.spawn(async move { throttles.count_login(at(0), &mobile(), peer()).await });
        }
        let outcomes = logins.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
        let blocked = |outcome: &&Result<Try, Error>| matches!(outcome, Err(Error::Throttled { .. }));
        assert_eq!(outcomes.iter().filter(blocked).count(), 47);
        assert_eq!(rows.tries(MOBILE), 3);
    }

    #[tokio::test]
    async fn a_success_forgets_the_mobiles_tries_and_gives_the_peer_one_back() {
        let (rows, throttles) = setup();
        throttles.count_login(at(0), &mobile(), peer()).await.unwrap();
        let counted = throttles.count_login(at(0), &mobile(), peer()).await.unwrap();
        throttles.succeeded(at(1), counted).await;
        assert_eq!((rows.tries(MOBILE), rows.tries(PEER)), (0, 1));
    }

    #[tokio::test]
    async fn successes_never_block_a_peer() {
        let (_, throttles) = setup();
        for _ in 0..100 {
            let counted = throttles.count_login(at(0), &mobile(), peer()).await.unwrap();
            throttles.succeeded(at(0), counted).await;
        }
    }

    #[tokio::test]
    async fn tries_at_a_current_password_have_a_count_of_their_own() {
        let (rows, throttles) = setup();
        let owner = OwnerId::generate();
        for _ in 0..3 {
            throttles.count_password_change(at(0), owner).await.unwrap();
        }
        let error = throttles.count_password_change(at(0), owner).await.unwrap_err();
        assert!(matches!(error, Error::Throttled { .. }));
        throttles.count_password_change(at(0), OwnerId::generate()).await.unwrap();
        throttles.count_login(at(0), &mobile(), None).await.unwrap();
        assert_eq!(rows.tries(&format!("password:{owner}")), 3);
    }

    #[tokio::test]
    async fn without_the_store_no_try_is_allowed_but_a_success_stands() {
        let (rows, throttles) = setup();
        let counted = throttles.count_login(at(0), &mobile(), peer()).await.unwrap();
        rows.away.store(true, Ordering::SeqCst);
        throttles.succeeded(at(0), counted).await;
        let error = throttles.count_login(at(0), &mobile(), peer()).await.unwrap_err();
        assert!(matches!(error, Error::Store(StoreError::Unavailable { .. })));
    }

    #[tokio::test]
    async fn whoever_always_loses_the_race_is_turned_away() {
        let (rows, throttles) = setup();
        rows.never_first.store(true, Ordering::SeqCst);
        let error = throttles.count_login(at(0), &mobile(), peer()).await.unwrap_err();
        assert!(matches!(error, Error::Overloaded));
    }
}
