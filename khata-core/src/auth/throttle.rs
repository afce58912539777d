//! Slowing down those who guess: after some free tries each one costs a longer wait.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use crate::calendar::Timestamp;
use crate::error::Error;
use crate::id::OwnerId;
use crate::phone::MobileNumber;
use crate::store::{Store, StoreError, Throttle, ThrottleKey};

/// How often to compare and set. Whoever loses that race so often has seen as many tries counted by others, which by
/// then should have ended in a block.
const MOST_ATTEMPTS: u32 = 64;

/// How many tries are free, and how the waits grow after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleLimits {
    /// So many tries go without a wait.
    pub free: u32,
    /// The wait after the last free try; each further try doubles it.
    pub first_wait: Duration,
    /// No wait is longer.
    pub longest_wait: Duration,
    /// Without a try for so long, all are forgotten.
    pub quiet: Duration,
}

/// The limits by what tries are counted by.
///
/// Somebody who knows a mobile number can keep its owner waiting, up to `longest_wait` at a time. That is the price of
/// a limit that holds against many addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleConfig {
    /// For one mobile number, and for one owner's current password when it is to be changed.
    pub per_mobile: ThrottleLimits,
    /// For one peer: an IPv4 address, or the /64 of an IPv6 address. Many may share one, so it is wider.
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

/// The count with one more try, or how long to wait before there may be one; then the try doesn't count.
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

/// The count without the try that was counted as `counted`, since it succeeded. A block goes with it if nobody was
/// counted since, for then it is of that try's making.
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

/// What tries of a peer are counted by. Whoever has an IPv6 address has its whole /64.
fn peer_key(peer: IpAddr) -> ThrottleKey {
    match peer.to_canonical() {
        IpAddr::V4(address) => ThrottleKey::new("peer", &address.to_string()),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
            ThrottleKey::new("peer", &format!("{network}/64"))
        }
    }
}

/// Counts tries, over all processes.
#[derive(Debug, Clone)]
pub(super) struct Throttles {
    store: Arc<dyn Store>,
    config: ThrottleConfig,
}

/// A try that was counted, to be settled if it succeeds.
#[derive(Debug)]
pub(super) struct Try {
    own: ThrottleKey,
    peer: Option<(ThrottleKey, Throttle)>,
}

impl Throttles {
    pub(super) fn new(store: Arc<dyn Store>, config: ThrottleConfig) -> Self {
        Self { store, config }
    }

    /// Counts a try to log in.
    ///
    /// # Errors
    /// [`Error::Throttled`]: it must wait, and doesn't count. Those of the store.
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

    /// Counts a try at the current password of an owner who is logged in.
    ///
    /// # Errors
    /// As [`count_login`](Self::count_login).
    pub(super) async fn count_password_change(&self, now: Timestamp, owner: OwnerId) -> Result<Try, Error> {
        let own = ThrottleKey::new("password", &owner.to_string());
        self.count(now, &[(own.clone(), self.config.per_mobile)]).await?;
        Ok(Try { own, peer: None })
    }

    /// Forgets all tries at this password, but gives the peer only this one back: it may be guessing others.
    ///
    /// A failure is logged and no more, since the success stands.
    pub(super) async fn succeeded(&self, now: Timestamp, counted: Try) {
        let mut settled = self.store.clear_throttle(&counted.own).await.map_err(Error::from);
        if let Some((key, counted)) = &counted.peer {
            let given_back = |found| Ok(given_back(now, counted, found));
            settled = settled.and(self.update(now, key, Some(*counted), given_back).await.map(drop));
        }
        if let Err(error) = settled {
            tracing::warn!(%error, "failed to settle the count of tries");
        }
    }

    /// Counts one try under each of the keys; under none if any of them is blocked.
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

    /// Compares and sets, anew from what is there whenever another process came first.
    async fn update(
        &self,
        now: Timestamp,
        key: &ThrottleKey,
        mut found: Option<Throttle>,
        change: impl Fn(Option<Throttle>) -> Result<Throttle, Error>,
    ) -> Result<Throttle, Error> {
        for _ in 0..MOST_ATTEMPTS {
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
