//! Attempts whose password is being checked in this process.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::store::ThrottleKey;

/// A key, and how many attempts by it may be checked concurrently.
pub(super) type Room = (ThrottleKey, u32);

/// Bounds how many passwords are checked concurrently by each key. Whoever finds no room waits instead of being refused:
/// nobody knows yet whether the attempts before it are wrong.
///
/// It holds only keys with attempts that are checked or wait, and the hasher's queue bounds those.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    lanes: Mutex<HashMap<ThrottleKey, Lane>>,
}

/// The attempts of one key.
#[derive(Debug, Default)]
struct Lane {
    running: u32,
    /// Number of turns, of which those in the queue have not been called.
    turns: u32,
    queue: VecDeque<oneshot::Sender<()>>,
}

impl Lane {
    fn call_next(&mut self) {
        while let Some(next) = self.queue.pop_front() {
            // It fails if the one who waited is gone.
            if next.send(()).is_ok() {
                return;
            }
        }
    }
}

impl InFlight {
    /// Waits until there seems to be room under every key, behind those who came before. [`enter`](Self::enter) takes the
    /// room. Whoever finds none there after all waits again with the turn, and keeps its place.
    pub(super) async fn turn(self: &Arc<Self>, rooms: &[Room], mut turn: Option<Turn>) -> Option<Turn> {
        while let Some(called) = self.queue_up(rooms, &mut turn) {
            // The sender is never dropped before it sent: its lane stays while there are turns.
            let _ = called.await;
        }
        turn
    }

    /// Takes room under every key, or under none if there is none under one of them.
    pub(super) fn enter(self: &Arc<Self>, rooms: &[Room]) -> Option<Running> {
        let mut lanes = self.lock();
        if rooms.iter().any(|(key, room)| lanes.get(key).is_some_and(|lane| lane.running >= *room)) {
            return None;
        }
        for (key, _) in rooms {
            lanes.entry(key.clone()).or_default().running += 1;
        }
        let keys = rooms.iter().map(|(key, _)| key.clone()).collect();
        Some(Running { in_flight: Arc::clone(self), keys })
    }

    /// Queues up under the first key without room, and returns the call to wait for, or nothing if there is room.
    fn queue_up(self: &Arc<Self>, rooms: &[Room], turn: &mut Option<Turn>) -> Option<oneshot::Receiver<()>> {
        let (call, called) = oneshot::channel();
        let mut lanes = self.lock();
        let newcomer = turn.is_none();
        let (key, _) = rooms.iter().find(|(key, room)| {
            let full = |lane: &Lane| lane.running >= *room || newcomer && lane.turns > 0;
            lanes.get(key).is_some_and(full)
        })?;
        let lane = lanes.get_mut(key)?;
        if turn.as_ref().is_some_and(|turn| turn.key == *key) {
            lane.queue.push_front(call);
        } else {
            lane.queue.push_back(call);
            lane.turns += 1;
            drop(lanes);
            // A turn under another key passes to the next one there.
            *turn = Some(Turn { in_flight: Arc::clone(self), key: key.clone() });
        }
        Some(called)
    }

    /// Changes a lane, calls the next one in it, and removes it if nobody is left.
    fn leave(&self, key: &ThrottleKey, change: impl FnOnce(&mut Lane)) {
        let mut lanes = self.lock();
        let Some(lane) = lanes.get_mut(key) else { return };
        change(lane);
        lane.call_next();
        if (lane.running, lane.turns) == (0, 0) {
            lanes.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ThrottleKey, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of keys that have attempts.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }
}

/// A place in the queue of a key. When it is dropped, for whatever reason, the next one is called.
#[derive(Debug)]
pub(super) struct Turn {
    in_flight: Arc<InFlight>,
    key: ThrottleKey,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.in_flight.leave(&self.key, |lane| lane.turns -= 1);
    }
}

/// Room that an attempt takes under its keys until it is dropped.
#[derive(Debug)]
pub(super) struct Running {
    in_flight: Arc<InFlight>,
    keys: Vec<ThrottleKey>,
}

impl Drop for Running {
    fn drop(&mut self) {
        for key in &self.keys {
            self.in_flight.leave(key, |lane| lane.running -= 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use futures::future::BoxFuture;

    use super::*;

    fn key(name: &str) -> ThrottleKey {
        ThrottleKey::new("mobile", name)
    }

    fn rooms(names: &[&str], room: u32) -> Vec<Room> {
        names.iter().map(|name| (key(name), room)).collect()
    }

    fn wait<'a>(in_flight: &Arc<InFlight>, rooms: &'a [Room]) -> BoxFuture<'a, Option<Turn>> {
        let in_flight = Arc::clone(in_flight);
        async move { in_flight.turn(rooms, None).await }.boxed()
    }

    #[test]
    fn so_many_run_by_a_key_and_no_more() {
        let in_flight = Arc::new(InFlight::default());
        let [one, two] = [rooms(&["1", "2"], 2), rooms(&["2"], 2)];
        let first = in_flight.enter(&one).unwrap();
        let second = in_flight.enter(&two).unwrap();
        assert!(in_flight.enter(&one).is_none(), "the second key has no room");
        let third = in_flight.enter(&rooms(&["1"], 2)).expect("and the first key was not taken for it");
        drop((first, second, third));
        assert_eq!(in_flight.len(), 0, "nothing is kept of those who left");
    }

    #[test]
    fn those_who_wait_go_in_the_order_in_which_they_came() {
        let in_flight = Arc::new(InFlight::default());
        let rooms = rooms(&["1"], 1);
        let running = in_flight.enter(&rooms).unwrap();
        let [mut first, mut second] = [wait(&in_flight, &rooms), wait(&in_flight, &rooms)];
        assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        drop(running);
        assert!((&mut second).now_or_never().is_none(), "the first one is called first");
        let mut newcomer = wait(&in_flight, &rooms);
        assert!((&mut newcomer).now_or_never().is_none(), "and nobody overtakes");

        let turn = first.now_or_never().unwrap();
        let running = in_flight.enter(&rooms).unwrap();
        drop(turn);
        assert!((&mut second).now_or_never().is_none(), "it was called, and there is no room");
        drop(running);
        drop(second.now_or_never().unwrap());
        drop(newcomer.now_or_never().unwrap());
        assert_eq!(in_flight.len(), 0);
    }

    #[test]
    fn who_goes_away_leaves_its_turn_to_the_next() {
        let in_flight = Arc::new(InFlight::default());
        let rooms = rooms(&["1"], 1);
        let running = in_flight.enter(&rooms).unwrap();
        let mut waiting: Vec<_> = (0..4).map(|_| wait(&in_flight, &rooms)).collect();
        for one in &mut waiting {
            assert!(one.now_or_never().is_none());
        }
        drop(waiting.remove(0));
        drop(running);
        drop(waiting.remove(0));
        drop(waiting.remove(0).now_or_never().expect("the one before it was called, and is gone"));
        drop(waiting.remove(0).now_or_never().expect("and this one after it"));
        assert_eq!(in_flight.len(), 0);
    }

    #[test]
    fn who_waits_under_one_key_goes_on_to_wait_under_the_other() {
        let in_flight = Arc::new(InFlight::default());
        let (own, peer, both) = (rooms(&["own"], 1), rooms(&["peer"], 1), rooms(&["own", "peer"], 1));
        let running = (in_flight.enter(&own).unwrap(), in_flight.enter(&peer).unwrap());
        let [mut first, mut other] = [wait(&in_flight, &both), wait(&in_flight, &own)];
        assert!((&mut first).now_or_never().is_none() && (&mut other).now_or_never().is_none());
        drop(running.0);
        assert!((&mut first).now_or_never().is_none(), "it waits for the peer now");
        drop(other.now_or_never().expect("and left its own key to the next"));
        drop(running.1);
        drop(first.now_or_never().unwrap());
        assert_eq!(in_flight.len(), 0);
    }

    #[test]
    fn who_finds_less_room_than_it_seemed_waits_again_at_the_same_place() {
        let in_flight = Arc::new(InFlight::default());
        let running: Vec<_> = (0..2).map(|_| in_flight.enter(&rooms(&["1"], 2)).unwrap()).collect();
        let (much, little) = (rooms(&["1"], 2), rooms(&["1"], 1));
        let [mut first, mut second] = [wait(&in_flight, &much), wait(&in_flight, &much)];
        assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        let mut running = running.into_iter();
        drop(running.next());
        let turn = first.now_or_never().unwrap();
        let mut again = in_flight.turn(&little, turn).boxed();
        assert!((&mut again).now_or_never().is_none());
        drop(running.next());
        assert!((&mut second).now_or_never().is_none(), "the first one is still before it");
        drop(again.now_or_never().unwrap());
        drop(second.now_or_never().unwrap());
        assert_eq!(in_flight.len(), 0);
    }
}
