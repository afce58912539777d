//! The places of connections: how many there are, in all and for one client, and who gives one up when they run short.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How many connections may be open.
#[derive(Debug, Clone)]
pub(super) struct Shares {
    /// Maximum number of connections.
    pub(super) connections_max: usize,
    /// Maximum number of connections of one address, which in IPv6 is a network of 64 bits: a client chooses the rest.
    pub(super) connections_per_address_max: usize,
    /// Networks whose addresses have no share of their own, since many clients are behind each.
    pub(super) exempt: Vec<IpNet>,
}

/// The places of all connections.
#[derive(Debug)]
pub(super) struct Places {
    shares: Shares,
    open: Mutex<Open>,
    since: Instant,
}

#[derive(Debug, Default)]
struct Open {
    connections: HashMap<u64, Occupied>,
    of_address: HashMap<IpAddr, usize>,
    next_id: u64,
}

#[derive(Debug)]
struct Occupied {
    /// None if it has no share of its own.
    address: Option<IpAddr>,
    state: Arc<State>,
}

impl Places {
    /// Creates the places.
    pub(super) fn new(shares: Shares) -> Arc<Self> {
        Arc::new(Self { shares, open: Mutex::default(), since: Instant::now() })
    }

    /// Returns the number of open connections.
    pub(super) fn occupied(&self) -> usize {
        self.open().connections.len()
    }

    /// Takes a place for a connection from there. If there is none left, the connection that has been idle for longest
    /// gives its place up; if the address has had its share, one of its own does.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let mut open = self.open();
        let address = self.address(peer);
        let of_address =
            address.and_then(|address| open.of_address.get(&address)).copied().unwrap_or_default();
        if of_address >= self.shares.connections_per_address_max {
            open.give_up_one(|occupied| occupied.address == address)?;
        } else if open.connections.len() >= self.shares.connections_max {
            open.give_up_one(|_| true)?;
        }
        let state = Arc::new(State::idle(self.now()));
        let id = open.occupy(Occupied { address, state: state.clone() });
        Some(Place { places: self.clone(), id, state })
    }

    /// By which its connections are counted, if they are.
    fn address(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        if self.shares.exempt.iter().any(|network| network.contains(&peer)) {
            return None;
        }
        Some(match peer {
            IpAddr::V4(_) => peer,
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A time that is neither [`State::BUSY`] nor [`State::GIVEN_UP`].
    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX).clamp(1, u64::MAX - 1)
    }
}

impl Open {
    fn occupy(&mut self, occupied: Occupied) -> u64 {
        if let Some(address) = occupied.address {
            *self.of_address.entry(address).or_default() += 1;
        }
        let id = self.next_id;
        self.next_id += 1;
        self.connections.insert(id, occupied);
        id
    }

    fn vacate(&mut self, id: u64) {
        let Some(Occupied { address: Some(address), .. }) = self.connections.remove(&id) else {
            return;
        };
        if let Some(count) = self.of_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.of_address.remove(&address);
            }
        }
    }

    /// Has the one of these that has been idle for longest give up its place.
    fn give_up_one(&mut self, among: impl Fn(&Occupied) -> bool) -> Option<()> {
        loop {
            let candidates = self.connections.iter().filter(|(_, occupied)| among(occupied));
            let idle = candidates.filter_map(|(id, occupied)| Some((occupied.state.idle_since()?, *id)));
            let (_, id) = idle.min()?;
            // A request may have come meanwhile.
            if self.connections[&id].state.give_up() {
                self.vacate(id);
                return Some(());
            }
        }
    }
}

/// The place of one connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    id: u64,
    state: Arc<State>,
}

impl Place {
    /// Returns the state of the connection.
    pub(super) fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Begins a request, until the result is dropped. There is none if the place was given up.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Busy> {
        self.state.begin().then(|| Busy(self.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.open().vacate(self.id);
    }
}

/// A request under way on a connection. Its connection keeps its place meanwhile.
#[derive(Debug)]
pub(super) struct Busy(Arc<Place>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.state.end(self.0.places.now());
    }
}

/// What a connection does.
#[derive(Debug)]
pub(super) struct State {
    /// Since when it is idle, or one of the constants.
    idle_since: AtomicU64,
    /// Whether the system has no room for what the client hasn't taken yet.
    stalled: AtomicBool,
    moved: Notify,
    given_up: Notify,
}

impl State {
    const BUSY: u64 = 0;
    const GIVEN_UP: u64 = u64::MAX;

    fn idle(now: u64) -> Self {
        Self {
            idle_since: AtomicU64::new(now),
            stalled: AtomicBool::new(false),
            moved: Notify::new(),
            given_up: Notify::new(),
        }
    }

    fn idle_since(&self) -> Option<u64> {
        let since = self.idle_since.load(Ordering::Acquire);
        let is_idle = since != Self::BUSY && since != Self::GIVEN_UP && !self.is_stalled();
        is_idle.then_some(since)
    }

    /// Whether it was idle, and gives up its place.
    fn give_up(&self) -> bool {
        let given_up = self.idle_since().is_some_and(|since| self.turn(since, Self::GIVEN_UP));
        if given_up {
            self.given_up.notify_one();
        }
        given_up
    }

    fn begin(&self) -> bool {
        let since = self.idle_since.load(Ordering::Acquire);
        since != Self::GIVEN_UP && self.turn(since, Self::BUSY)
    }

    fn end(&self, now: u64) {
        self.turn(Self::BUSY, now);
    }

    fn turn(&self, from: u64, to: u64) -> bool {
        self.idle_since.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Waits until the connection has to give up its place.
    pub(super) async fn given_up(&self) {
        self.given_up.notified().await;
    }

    /// Notes whether the client leaves no room for more.
    pub(super) fn set_stalled(&self, stalled: bool) {
        self.stalled.store(stalled, Ordering::Release);
        if !stalled {
            self.moved.notify_waiters();
        }
    }

    /// Whether the client leaves no room for more.
    pub(super) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Acquire)
    }

    /// Waits until the client has taken enough to be sent more. It must be called by the task that writes, which can't
    /// note anything between the look and the wait.
    pub(super) async fn flowing(&self) {
        while self.is_stalled() {
            self.moved.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(connections_max: usize, connections_per_address_max: usize) -> Arc<Places> {
        let exempt = vec!["10.0.0.0/8".parse().unwrap()];
        Places::new(Shares { connections_max, connections_per_address_max, exempt })
    }

    fn take(places: &Arc<Places>, peer: &str) -> Option<Arc<Place>> {
        places.take(peer.parse().unwrap()).map(Arc::new)
    }

    fn is_given_up(place: &Place) -> bool {
        place.state.idle_since.load(Ordering::Acquire) == State::GIVEN_UP
    }

    #[test]
    fn the_one_idle_for_longest_gives_up_its_place() {
        let places = places(3, 3);
        let connections = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|peer| take(&places, peer).unwrap());
        // It was opened first, and has been idle for less long than the second.
        drop(connections[0].begin().unwrap());
        let _fourth = take(&places, "192.0.2.4").unwrap();
        assert_eq!(connections.each_ref().map(|place| is_given_up(place)), [false, true, false]);
        assert_eq!(places.occupied(), 3);
        // To drop it frees no place a second time.
        drop(connections);
        assert_eq!(places.occupied(), 1);
    }

    #[test]
    fn who_is_busy_or_has_not_taken_its_response_keeps_its_place() {
        let places = places(2, 2);
        let [busy, slow] = ["192.0.2.1", "192.0.2.2"].map(|peer| take(&places, peer).unwrap());
        let request = busy.begin().unwrap();
        slow.state.set_stalled(true);
        assert!(take(&places, "192.0.2.3").is_none());
        slow.state.set_stalled(false);
        assert!(take(&places, "192.0.2.3").is_some());
        assert!(is_given_up(&slow) && slow.begin().is_none());
        drop(request);
        assert!(!is_given_up(&busy));
    }

    #[test]
    fn an_address_has_its_share_and_takes_from_its_own() {
        let places = places(9, 2);
        for (own, same, other) in [
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8::1", "2001:db8::ffff:0:0:1", "2001:db8:0:1::1"),
        ] {
            let other = take(&places, other).unwrap();
            let own = [own, same].map(|peer| take(&places, peer).unwrap());
            let _third = take(&places, same).unwrap();
            assert!(is_given_up(&own[0]) && !is_given_up(&own[1]) && !is_given_up(&other));
            let _busy = (own[1].begin().unwrap(), _third.begin().unwrap());
            assert!(take(&places, same).is_none());
        }
        assert_eq!((places.occupied(), places.open().of_address.len()), (0, 0));
    }

    #[test]
    fn proxies_have_no_share() {
        let places = places(4, 1);
        let connections = [(); 4].map(|()| take(&places, "10.0.0.1").unwrap());
        assert!(connections.iter().all(|place| !is_given_up(place)));
    }
}
