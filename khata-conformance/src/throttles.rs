//! [`ThrottleRepository`](khata_core::store::ThrottleRepository).

use khata_core::calendar::Timestamp;
use khata_core::store::{StoreError, Throttle, ThrottleKey};

use super::context::{RACERS, TestContext, assert_fails, at_once, moment};
use super::suite;

suite! {
    a_count_that_was_put_comes_back,
    many_keys_are_asked_for_at_once,
    a_key_without_a_row_has_no_count,
    a_count_is_put_after_the_revision_before_it_only,
    of_many_that_put_one_revision_one_succeeds,
    other_counts_that_expired_are_removed,
    a_stale_count_removes_nothing,
    several_counts_are_put_at_once,
    of_several_counts_the_stale_ones_are_named_and_not_written,
    of_several_counts_that_expired_none_is_removed_before_it_is_compared,
    a_cleared_count_starts_anew,
    to_clear_what_is_not_there_is_success,
}

fn key(n: u32) -> ThrottleKey {
    ThrottleKey::new("mobile", &format!("+9198{n:08}"))
}

fn throttle(revision: u64) -> Throttle {
    let tries = u32::try_from(revision).expect("there are few");
    Throttle { tries, blocked_until: moment(100), expires_at: moment(1_000), revision }
}

async fn found(context: &TestContext, keys: &[ThrottleKey]) -> Vec<(ThrottleKey, Throttle)> {
    let mut found = context.other.throttles(keys).await.unwrap();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}

async fn a_count_that_was_put_comes_back(context: TestContext) {
    let extreme =
        Throttle { tries: u32::MAX, blocked_until: Timestamp::MAX, expires_at: Timestamp::MAX, revision: 1 };
    context.store.put_throttle(&key(1), &extreme, moment(0)).await.unwrap();
    assert_eq!(found(&context, &[key(1)]).await, [(key(1), extreme)]);

    let next = Throttle { revision: 2, tries: 0, ..throttle(1) };
    context.store.put_throttle(&key(1), &next, moment(0)).await.unwrap();
    assert_eq!(found(&context, &[key(1)]).await, [(key(1), next)]);
}

async fn many_keys_are_asked_for_at_once(context: TestContext) {
    let peer = ThrottleKey::new("peer", "2001:db8::1");
    for key in [&key(1), &key(2), &peer] {
        context.store.put_throttle(key, &throttle(1), moment(0)).await.unwrap();
    }
    let expected = [(key(1), throttle(1)), (peer.clone(), throttle(1))];
    assert_eq!(found(&context, &[peer, key(3), key(1)]).await, expected);
}

async fn a_key_without_a_row_has_no_count(context: TestContext) {
    context.store.put_throttle(&key(1), &throttle(1), moment(0)).await.unwrap();
    let near = [ThrottleKey::new("peer", key(1).as_str()), ThrottleKey::new("mobile", ""), key(2)];
    assert_eq!(found(&context, &near).await, []);
    assert_eq!(found(&context, &[]).await, []);
}

async fn a_count_is_put_after_the_revision_before_it_only(context: TestContext) {
    for wrong in [2, 3] {
        assert_fails!(
            context.store.put_throttle(&key(1), &throttle(wrong), moment(0)).await,
            StoreError::Stale
        );
    }
    assert_eq!(found(&context, &[key(1)]).await, [], "no row counts as revision 0");
    for revision in 1..=3 {
        context.store.put_throttle(&key(1), &throttle(revision), moment(0)).await.unwrap();
    }
    for wrong in [1, 2, 3, 5] {
        assert_fails!(
            context.store.put_throttle(&key(1), &throttle(wrong), moment(0)).await,
            StoreError::Stale
        );
    }
    assert_eq!(found(&context, &[key(1)]).await, [(key(1), throttle(3))], "nothing is written");
}

async fn of_many_that_put_one_revision_one_succeeds(context: TestContext) {
    for revision in 1..=3 {
        let racers = (0..RACERS).map(|n| {
            let store = if n % 2 == 0 { context.store.clone() } else { context.other.clone() };
            let mine = Throttle { tries: n, ..throttle(revision) };
            async move { (mine, store.put_throttle(&key(1), &mine, moment(0)).await) }
        });
        let mut winners = Vec::new();
        for (mine, end) in at_once(racers).await {
            match end {
                Ok(()) => winners.push((key(1), mine)),
                Err(error) => assert!(matches!(error, StoreError::Stale), "stale, and not: {error:?}"),
            }
        }
        assert_eq!(winners.len(), 1, "exactly one succeeds at revision {revision}");
        assert_eq!(found(&context, &[key(1)]).await, winners);
    }
}

async fn other_counts_that_expired_are_removed(context: TestContext) {
    for n in 1..=3 {
        let expires_at = moment(i64::from(n) * 1_000);
        let throttle = Throttle { expires_at, ..throttle(1) };
        context.store.put_throttle(&key(n), &throttle, moment(0)).await.unwrap();
    }
    let written = Throttle { expires_at: moment(5), ..throttle(1) };
    context.store.put_throttle(&key(4), &written, moment(2_001)).await.unwrap();
    let left = found(&context, &[key(1), key(2), key(3), key(4)]).await;
    assert_eq!(left.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>(), [key(3), key(4)]);
}

async fn a_stale_count_removes_nothing(context: TestContext) {
    context.store.put_throttle(&key(1), &throttle(1), moment(0)).await.unwrap();
    let refused = context.store.put_throttle(&key(2), &throttle(9), moment(9_000)).await;
    assert_fails!(refused, StoreError::Stale);
    assert_eq!(found(&context, &[key(1), key(2)]).await, [(key(1), throttle(1))]);
}

async fn several_counts_are_put_at_once(context: TestContext) {
    assert_eq!(context.store.put_throttles(&[], moment(0)).await.unwrap(), []);
    for revision in 1..=2 {
        let counts = [(key(1), throttle(revision)), (key(2), throttle(revision))];
        assert_eq!(context.store.put_throttles(&counts, moment(0)).await.unwrap(), []);
        assert_eq!(found(&context, &[key(1), key(2)]).await, counts);
    }
}

async fn of_several_counts_the_stale_ones_are_named_and_not_written(context: TestContext) {
    context.store.put_throttle(&key(2), &throttle(1), moment(0)).await.unwrap();
    let counts = [(key(1), throttle(1)), (key(2), throttle(1)), (key(3), throttle(2)), (key(4), throttle(1))];
    let mut stale = context.store.put_throttles(&counts, moment(0)).await.unwrap();
    stale.sort();
    assert_eq!(stale, [key(2), key(3)]);
    let written = [key(1), key(2), key(4)].map(|key| (key, throttle(1)));
    assert_eq!(found(&context, &[key(1), key(2), key(3), key(4)]).await, written);
}

async fn of_several_counts_that_expired_none_is_removed_before_it_is_compared(context: TestContext) {
    for n in 1..=3 {
        context.store.put_throttle(&key(n), &throttle(1), moment(0)).await.unwrap();
    }
    let renewed = Throttle { expires_at: moment(9_000), ..throttle(2) };
    let counts = [(key(1), renewed), (key(2), renewed)];
    assert_eq!(context.store.put_throttles(&counts, moment(2_000)).await.unwrap(), []);
    assert_eq!(found(&context, &[key(1), key(2), key(3)]).await, counts, "the third one expired");
}

async fn a_cleared_count_starts_anew(context: TestContext) {
    for n in [1, 2] {
        context.store.put_throttle(&key(n), &throttle(1), moment(0)).await.unwrap();
    }
    context.store.clear_throttle(&key(1)).await.unwrap();
    assert_eq!(found(&context, &[key(1), key(2)]).await, [(key(2), throttle(1))], "of that key only");
    assert_fails!(context.store.put_throttle(&key(1), &throttle(2), moment(0)).await, StoreError::Stale);
    context.store.put_throttle(&key(1), &throttle(1), moment(0)).await.unwrap();
}

async fn to_clear_what_is_not_there_is_success(context: TestContext) {
    context.store.clear_throttle(&key(1)).await.unwrap();
}
