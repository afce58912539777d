//! The waits of one count.

mod attempts;

use proptest::prelude::*;

use super::*;

const LIMITS: ThrottleLimits = ThrottleLimits {
    free: 3,
    first_wait: Duration::from_secs(1),
    longest_wait: Duration::from_secs(10),
    quiet: Duration::from_secs(60),
};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + millis).unwrap()
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
fn the_time_of_a_free_failure_is_compared_with_nothing() {
    for times in 0..3 {
        let later = tried(times, at(1000));
        let overlapping = next(at(0), later, &LIMITS).unwrap();
        assert_eq!((overlapping.tries, wait_now(at(0), later, &LIMITS)), (times + 1, None));
    }
    assert_eq!(wait_now(at(0), tried(3, at(1000)), &LIMITS), Some(Duration::from_secs(2)));
}

#[test]
fn as_many_may_be_checked_at_a_time_as_may_fail_before_a_wait() {
    let rooms: Vec<_> = (0..=5).map(|times| room(at(0), tried(times, at(0)), &LIMITS)).collect();
    assert_eq!(rooms, [3, 2, 1, 1, 1, 1]);
    assert_eq!(room(at(60_000), tried(3, at(0)), &LIMITS), 3, "forgotten");
}

#[test]
fn a_peer_is_an_ipv4_address_or_the_64_of_an_ipv6_address() {
    let key = |peer: &str| peer_key("peer", peer.parse().unwrap()).as_str().to_owned();
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
