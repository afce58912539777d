//! Throttling of attempts: after a number of them, each further one requires a longer wait.
//!
//! - **A known device has a count of its own.** Guesses from elsewhere keep no owner out who logs in on a device where they
//!   have logged in before ([`Origin`]).
//! - **Of logins, only failures count.** An attempt is compared with the counts before its password is checked, and again before it is
//!   answered: what was blocked meanwhile, by whichever process, is refused without telling whether the password was
//!   right. So nobody gets more answers than the waits allow, however many attempts overlap.
//! - **Attempts that overlap don't refuse each other.** A process checks only as many at a time as may fail before a wait
//!   ([`InFlight`]); further ones wait for the outcome of those.
//! - **A failure is counted before it is answered**, in one write; it is counted too if the client leaves meanwhile. A
//!   success with no failure before it writes nothing.
//! - **What tells whether a mobile number is taken counts always**: registrations by peer, changes of number by owner.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;

use super::in_flight::{InFlight, Room, Running};
use crate::calendar::{Clock, Timestamp};
use crate::error::Error;
use crate::id::{DeviceId, OwnerId};
use crate::phone::MobileNumber;
use crate::store::{Throttle, ThrottleKey, ThrottleRepository};

/// Maximum number of compare-and-set attempts. Each one that fails means that another failure was counted, which should
/// have led to a block by then.
const ATTEMPTS_MAX: u32 = 64;

/// Number of failures that are free, and growth of the waits after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleLimits {
    /// Number of failures that lead to the first wait. So many attempts may be checked concurrently.
    pub free: u32,
    /// Wait after the last free failure. Each further failure doubles it.
    pub first_wait: Duration,
    /// Maximum wait.
    pub longest_wait: Duration,
    /// Time without a failure after which the count is reset.
    pub quiet: Duration,
}

/// Limits on attempts.
///
/// Anybody who knows a mobile number can delay the logins of its owner by up to `longest_wait` at a time, on devices where
/// the owner has not logged in before. This is the price of a limit that also holds against attempts from many addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleConfig {
    /// Limits on failed logins per mobile number, per device of an owner, and per owner for the current password where it
    /// is asked for.
    pub per_mobile: ThrottleLimits,
    /// Limits on failed logins per peer: an IPv4 address, or the /64 of an IPv6 address. They are wider, since many clients
    /// may share an address.
    pub per_peer: ThrottleLimits,
    /// Limits on failed logins of all peers at all mobile numbers together, on devices that are not known. They hold
    /// against guesses at many numbers from many addresses. The waits are short, since they concern everybody.
    pub overall: ThrottleLimits,
    /// Limits on registrations per peer, whether they succeed or not.
    pub registrations: ThrottleLimits,
    /// Limits on changes of the mobile number per owner, whether they succeed or not.
    pub number_changes: ThrottleLimits,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        let per_mobile = ThrottleLimits {
            free: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(15 * 60),
            quiet: Duration::from_secs(60 * 60),
        };
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        let number_changes =
            ThrottleLimits { first_wait: minutes(1), longest_wait: minutes(60), ..per_mobile };
        Self {
            per_mobile,
            per_peer: ThrottleLimits { free: 20, ..per_mobile },
            overall: ThrottleLimits {
                free: 500,
                first_wait: Duration::from_millis(250),
                longest_wait: Duration::from_secs(2),
                quiet: minutes(10),
            },
            registrations: ThrottleLimits { free: 100, ..number_changes },
            number_changes,
        }
    }
}

/// Returns the count as far as it is still valid.
fn remembered(now: Timestamp, found: Option<Throttle>) -> Option<Throttle> {
    found.filter(|found| now < found.expires_at)
}

/// Returns the time to wait if no attempt is allowed yet.
///
/// While failures are free nothing is compared with `blocked_until`, which is then the time of the last one: on another
/// process's clock, or for an attempt that overlapped it, that time may not have come yet.
fn wait_now(now: Timestamp, found: Option<Throttle>, limits: &ThrottleLimits) -> Option<Duration> {
    let counted = remembered(now, found).filter(|counted| counted.tries >= limits.free)?;
    (now < counted.blocked_until).then(|| counted.blocked_until.since(now))
}

/// Returns how many attempts may be checked concurrently: as many as may fail before a wait, and one after a wait.
fn room(now: Timestamp, found: Option<Throttle>, limits: &ThrottleLimits) -> u32 {
    let tries = remembered(now, found).map_or(0, |counted| counted.tries);
    limits.free.saturating_sub(tries).max(1)
}

/// Returns the count with one more failure, or the time to wait if no attempt is allowed yet; that attempt is not counted.
fn next(now: Timestamp, before: Option<Throttle>, limits: &ThrottleLimits) -> Result<Throttle, Duration> {
    if let Some(wait) = wait_now(now, before, limits) {
        return Err(wait);
    }
    let tries = remembered(now, before).map_or(0, |before| before.tries).saturating_add(1);
    let blocked_until = now.plus(wait_after(tries, limits));
    Ok(Throttle {
        tries,
        blocked_until,
        expires_at: now.plus(limits.quiet).max(blocked_until),
        revision: before.map_or(0, |before| before.revision) + 1,
    })
}

fn wait_after(tries: u32, limits: &ThrottleLimits) -> Duration {
    let Some(doublings) = tries.checked_sub(limits.free) else { return Duration::ZERO };
    let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
    limits.first_wait.saturating_mul(factor).min(limits.longest_wait)
}

/// Returns the key that attempts of a sort are counted by for a peer. A client with an IPv6 address controls its whole /64.
fn peer_key(sort: &str, peer: IpAddr) -> ThrottleKey {
    match peer.to_canonical() {
        IpAddr::V4(address) => ThrottleKey::new(sort, &address.to_string()),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
            ThrottleKey::new(sort, &format!("{network}/64"))
        }
    }
}

/// Where a login comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A device that the owner of the mobile number has logged in on.
    Device(DeviceId),
    /// Anywhere else.
    Elsewhere(Option<IpAddr>),
}

/// Counts failed attempts across all processes.
#[derive(Debug, Clone)]
pub(super) struct Throttles {
    store: Arc<dyn ThrottleRepository>,
    config: ThrottleConfig,
    clock: Clock,
    in_flight: Arc<InFlight>,
}

/// The keys of an attempt, the one of the password first.
type Keys = Vec<(ThrottleKey, ThrottleLimits)>;

/// Counts as they were found.
type Counts = HashMap<ThrottleKey, Throttle>;

/// An attempt whose password may be checked. One that is dropped before its outcome is known counts as a failure.
#[derive(Debug)]
pub(super) struct Try {
    throttles: Throttles,
    keys: Keys,
    found: Counts,
    /// What it takes until it is settled.
    running: Option<Running>,
}

impl Throttles {
    pub(super) fn new(store: Arc<dyn ThrottleRepository>, config: ThrottleConfig, clock: Clock) -> Self {
        Self { store, config, clock, in_flight: Arc::default() }
    }

    /// Begins an attempt to log in. What must wait by the counts is refused before it takes a place to wait in.
    ///
    /// # Errors
    /// [`Error::Throttled`] if the attempt must wait; it is not counted. [`Error::Store`], and those of `place`.
    pub(super) async fn begin_login<P>(
        &self,
        mobile: &MobileNumber,
        origin: Origin,
        place: impl FnOnce() -> Result<P, Error>,
    ) -> Result<(P, Try), Error> {
        let ThrottleConfig { per_mobile, per_peer, overall, .. } = self.config;
        let keys = match origin {
            Origin::Device(device) => vec![(ThrottleKey::new("device", &device.to_string()), per_mobile)],
            Origin::Elsewhere(peer) => {
                let own = (ThrottleKey::new("mobile", mobile.as_str()), per_mobile);
                let peer = peer.map(|peer| (peer_key("peer", peer), per_peer));
                let all = (ThrottleKey::new("all", "logins"), overall);
                [own].into_iter().chain(peer).chain([all]).collect()
            }
        };
        self.begin(keys, place).await
    }

    /// Begins an attempt to confirm the current password of an owner who is logged in.
    ///
    /// # Errors
    /// The same as [`begin_login`](Self::begin_login).
    pub(super) async fn begin_confirmation<P>(
        &self,
        owner: OwnerId,
        place: impl FnOnce() -> Result<P, Error>,
    ) -> Result<(P, Try), Error> {
        let own = ThrottleKey::new("password", &owner.to_string());
        self.begin(vec![(own, self.config.per_mobile)], place).await
    }

    /// Counts a registration, before it is known whether it succeeds.
    ///
    /// # Errors
    /// [`Error::Throttled`] if it must wait; it is not counted. [`Error::Store`], [`Error::Overloaded`].
    pub(super) async fn count_registration(&self, peer: IpAddr) -> Result<(), Error> {
        self.count_attempt(peer_key("register", peer), self.config.registrations).await
    }

    /// Counts a change of an owner's mobile number, before it is known whether it succeeds.
    ///
    /// # Errors
    /// The same as [`count_registration`](Self::count_registration).
    pub(super) async fn count_number_change(&self, owner: OwnerId) -> Result<(), Error> {
        self.count_attempt(ThrottleKey::new("number", &owner.to_string()), self.config.number_changes).await
    }

    async fn count_attempt(&self, key: ThrottleKey, limits: ThrottleLimits) -> Result<(), Error> {
        let keys = vec![(key, limits)];
        let found = self.counts(&keys).await?;
        self.count(keys, found).await
    }

    /// Takes a place, and waits for room. What must wait by the counts is refused, before that and after.
    async fn begin<P>(
        &self,
        keys: Keys,
        place: impl FnOnce() -> Result<P, Error>,
    ) -> Result<(P, Try), Error> {
        let mut found = self.allowed(&keys).await?;
        let place = place()?;
        let mut turn = None;
        loop {
            turn = self.in_flight.turn(&self.rooms(&keys, &found), turn).await;
            // Those before have failed or succeeded meanwhile.
            if turn.is_some() {
                found = self.allowed(&keys).await?;
            }
            if let Some(running) = self.in_flight.enter(&self.rooms(&keys, &found)) {
                return Ok((place, Try { throttles: self.clone(), keys, found, running: Some(running) }));
            }
        }
    }

    fn rooms(&self, keys: &Keys, found: &Counts) -> Vec<Room> {
        let now = self.clock.now();
        keys.iter().map(|(key, limits)| (key.clone(), room(now, found.get(key).copied(), limits))).collect()
    }

    /// Returns the counts of keys, unless any of them is blocked.
    async fn allowed(&self, keys: &Keys) -> Result<Counts, Error> {
        let found = self.counts(keys).await?;
        let now = self.clock.now();
        let wait = |(key, limits): &(_, _)| wait_now(now, found.get(key).copied(), limits);
        match keys.iter().filter_map(wait).max() {
            Some(retry_after) => Err(Error::Throttled { retry_after }),
            None => Ok(found),
        }
    }

    async fn counts(&self, keys: &Keys) -> Result<Counts, Error> {
        let names: Vec<_> = keys.iter().map(|(key, _)| key.clone()).collect();
        Ok(self.store.throttles(&names).await?.into_iter().collect())
    }

    /// Counts a failure under each of the keys by compare-and-set, and again with the stored counts under those where
    /// another process was faster.
    async fn count(&self, mut keys: Keys, mut found: Counts) -> Result<(), Error> {
        for _ in 0..ATTEMPTS_MAX {
            let now = self.clock.now();
            let counted = keys.iter().map(|(key, limits)| {
                let next = next(now, found.get(key).copied(), limits);
                next.map(|next| (key.clone(), next)).map_err(|retry_after| Error::Throttled { retry_after })
            });
            let counted: Vec<_> = counted.collect::<Result<_, _>>()?;
            let stale = self.store.put_throttles(&counted, now).await?;
            if stale.is_empty() {
                return Ok(());
            }
            keys.retain(|(key, _)| stale.contains(key));
            found = self.counts(&keys).await?;
        }
        Err(Error::Overloaded)
    }
}

impl Try {
    /// Checks that the attempt may still be answered, once it is known whether the password is right: other processes may
    /// have counted failures meanwhile. Both outcomes take the same way up to here, so that their time tells nothing.
    ///
    /// # Errors
    /// [`Error::Throttled`] if it may not; it is not counted. [`Error::Store`].
    pub(super) async fn answerable(&mut self) -> Result<(), Error> {
        match self.throttles.allowed(&self.keys).await {
            Ok(found) => {
                self.found = found;
                Ok(())
            }
            Err(error) => {
                if matches!(error, Error::Throttled { .. }) {
                    self.running = None;
                }
                Err(error)
            }
        }
    }

    /// Counts the failure, exactly once even if the caller goes away.
    ///
    /// # Errors
    /// [`Error::Throttled`] if another process counted a failure just before, and this attempt must wait; then it counts
    /// under none of the keys that are blocked. [`Error::Store`], [`Error::Overloaded`].
    pub(super) async fn failed(mut self) -> Result<(), Error> {
        match self.counting() {
            Some(counting) => Finishing::new(counting).await,
            None => Ok(()),
        }
    }

    /// Forgets the failures of the password. Those of the peer stay, which may be guessing other passwords.
    ///
    /// An error is only logged, since the login has succeeded.
    pub(super) async fn succeeded(mut self) {
        let _until_done = self.running.take();
        let own = self.keys.first().filter(|(key, _)| self.found.contains_key(key));
        if let Some((key, _)) = own
            && let Err(error) = self.throttles.store.clear_throttle(key).await
        {
            tracing::warn!(%error, "failed to clear the count of attempts");
        }
    }

    /// The count of the failure, unless the attempt is settled.
    fn counting(&mut self) -> Option<Counting> {
        let running = self.running.take()?;
        let (throttles, keys) = (self.throttles.clone(), std::mem::take(&mut self.keys));
        let found = std::mem::take(&mut self.found);
        Some(Box::pin(async move {
            let _until_done = running;
            throttles.count(keys, found).await
        }))
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        if let Some(counting) = self.counting() {
            drop(Finishing::new(counting));
        }
    }
}

/// The count of a failure under way.
type Counting = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// Goes on in the background if it is dropped before its end.
struct Finishing(Option<Counting>);

impl Finishing {
    fn new(counting: Counting) -> Self {
        Self(Some(counting))
    }
}

impl Future for Finishing {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let counting = self.0.as_mut().expect("it is not polled after its end");
        let end = counting.as_mut().poll(context);
        if end.is_ready() {
            self.0 = None;
        }
        end
    }
}

impl Drop for Finishing {
    fn drop(&mut self) {
        let Some(counting) = self.0.take() else { return };
        // What runs on a runtime is dropped on it. Elsewhere nothing could go on.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async {
            match counting.await {
                Ok(()) | Err(Error::Throttled { .. }) => {}
                Err(error) => tracing::warn!(%error, "failed to count an attempt that was given up"),
            }
        });
    }
}

#[cfg(test)]
mod tests;
