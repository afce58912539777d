//! [`SessionRepository`](khata_core::store::SessionRepository).

use std::collections::BTreeSet;

use super::bench::{Bench, assert_fails, at_once, head, moment, write};
use super::suite;
use khata_core::calendar::{TimeZone, Timestamp};
use khata_core::id::{OwnerId, SessionId};
use khata_core::money::Currency;
use khata_core::store::{Head, OwnerWrite, PasswordWrite, Session, Store, StoreError, Writes};

suite! {
    a_session_that_was_opened_is_live,
    a_live_session_brings_what_never_changes_of_its_shop,
    many_are_asked_for_at_once,
    a_session_is_live_for_its_owner_only,
    the_time_is_not_looked_at,
    an_ended_session_is_not_live,
    an_end_holds_at_once_everywhere,
    to_end_a_session_that_is_not_there_is_success,
    all_sessions_of_an_owner_end_together,
    opening_removes_what_had_expired_by_then,
    no_session_opens_with_another_password_version,
    a_new_password_ends_every_session_but_one,
    a_new_password_that_keeps_none_ends_every_session,
    no_session_outlives_a_password_change_it_raced_with,
}

fn session(owner: OwnerId) -> Session {
    Session { owner, id: SessionId::generate(), opened_at: moment(0), expires_at: moment(1_000) }
}

async fn owner(bench: &Bench, n: u32) -> Head {
    let head = head(n);
    bench.store.create_owner(&head, "hash").await.unwrap();
    head
}

async fn opened(bench: &Bench, owner: OwnerId) -> Session {
    let session = session(owner);
    bench.store.open_session(&session, 1).await.unwrap();
    session
}

async fn live(store: &dyn Store, sessions: &[Session]) -> BTreeSet<SessionId> {
    let keys: Vec<_> = sessions.iter().map(|session| (session.owner, session.id)).collect();
    store.live_sessions(&keys).await.unwrap().into_iter().map(|live| live.id).collect()
}

fn ids(sessions: &[Session]) -> BTreeSet<SessionId> {
    sessions.iter().map(|session| session.id).collect()
}

async fn change_password(bench: &Bench, head: &Head, version: u64, keep: Option<SessionId>) {
    let password = Some(PasswordWrite { hash: "new".into(), version, keep });
    let owners = vec![OwnerWrite { owner: head.owner.clone(), password }];
    write(&*bench.store, head.owner.id, Writes { owners, ..Writes::default() }).await.unwrap();
}

async fn a_session_that_was_opened_is_live(bench: Bench) {
    let head = owner(&bench, 1).await;
    let open = opened(&bench, head.owner.id).await;
    let never = session(head.owner.id);
    assert_eq!(live(&*bench.store, &[open, never]).await, ids(&[open]));
    assert_eq!(live(&*bench.other, &[open, never]).await, ids(&[open]), "as another process sees it");
    assert_eq!(live(&*bench.store, &[]).await, ids(&[]));
}

async fn a_live_session_brings_what_never_changes_of_its_shop(bench: Bench) {
    let mut head = head(1);
    head.owner.currency = Currency::parse("JPY").unwrap();
    head.owner.time_zone = TimeZone::parse("Asia/Tokyo").unwrap();
    bench.store.create_owner(&head, "hash").await.unwrap();
    let open = opened(&bench, head.owner.id).await;
    let found = bench.store.live_sessions(&[(open.owner, open.id)]).await.unwrap();
    let [found] = found.as_slice() else { panic!("one session, and not {found:?}") };
    assert_eq!((found.owner, found.id), (open.owner, open.id));
    assert_eq!((found.currency, found.time_zone), (head.owner.currency, head.owner.time_zone));
}

async fn many_are_asked_for_at_once(bench: Bench) {
    let (one, two) = (owner(&bench, 1).await.owner.id, owner(&bench, 2).await.owner.id);
    let (mut open, mut asked) = (Vec::new(), Vec::new());
    for n in 0..60 {
        let owner = if n % 2 == 0 { one } else { two };
        open.push(opened(&bench, owner).await);
        asked.extend([session(owner); 9]);
    }
    asked.extend(open.clone());
    assert_eq!(live(&*bench.store, &asked).await, ids(&open));
}

async fn a_session_is_live_for_its_owner_only(bench: Bench) {
    let (one, two) = (owner(&bench, 1).await.owner.id, owner(&bench, 2).await.owner.id);
    let open = opened(&bench, one).await;
    let stolen = Session { owner: two, ..open };
    assert_eq!(live(&*bench.store, &[stolen]).await, ids(&[]));

    bench.store.end_session(two, open.id).await.unwrap();
    bench.store.end_sessions(two).await.unwrap();
    assert_eq!(live(&*bench.store, &[open]).await, ids(&[open]), "another owner can't end it");
}

async fn the_time_is_not_looked_at(bench: Bench) {
    let owner = owner(&bench, 1).await.owner.id;
    let (opened_at, expires_at) = (Timestamp::MIN, Timestamp::MIN);
    let past = Session { opened_at, expires_at, ..session(owner) };
    bench.store.open_session(&past, 1).await.unwrap();
    assert_eq!(live(&*bench.store, &[past]).await, ids(&[past]));
}

async fn an_ended_session_is_not_live(bench: Bench) {
    let owner = owner(&bench, 1).await.owner.id;
    let (ended, other) = (opened(&bench, owner).await, opened(&bench, owner).await);
    bench.store.end_session(owner, ended.id).await.unwrap();
    assert_eq!(live(&*bench.store, &[ended, other]).await, ids(&[other]));
}

async fn an_end_holds_at_once_everywhere(bench: Bench) {
    let owner = owner(&bench, 1).await.owner.id;
    for n in 0..50 {
        let open = opened(&bench, owner).await;
        assert_eq!(live(&*bench.other, &[open]).await, ids(&[open]), "round {n}");
        bench.store.end_session(owner, open.id).await.unwrap();
        assert_eq!(live(&*bench.other, &[open]).await, ids(&[]), "round {n}");
    }
}

async fn to_end_a_session_that_is_not_there_is_success(bench: Bench) {
    let owner = owner(&bench, 1).await.owner.id;
    let ended = opened(&bench, owner).await;
    for _ in 0..2 {
        bench.store.end_session(owner, ended.id).await.unwrap();
    }
    let nobody = OwnerId::generate();
    bench.store.end_session(nobody, SessionId::generate()).await.unwrap();
    bench.store.end_sessions(nobody).await.unwrap();
}

async fn all_sessions_of_an_owner_end_together(bench: Bench) {
    let (one, two) = (owner(&bench, 1).await.owner.id, owner(&bench, 2).await.owner.id);
    let sessions = [opened(&bench, one).await, opened(&bench, one).await, opened(&bench, two).await];
    bench.store.end_sessions(one).await.unwrap();
    assert_eq!(live(&*bench.other, &sessions).await, ids(&sessions[2..]));
}

async fn opening_removes_what_had_expired_by_then(bench: Bench) {
    let (one, two) = (owner(&bench, 1).await.owner.id, owner(&bench, 2).await.owner.id);
    let old = [opened(&bench, one).await, opened(&bench, two).await];
    let just_live = Session { expires_at: moment(1_001), ..session(one) };
    bench.store.open_session(&just_live, 1).await.unwrap();
    let next = Session { opened_at: moment(1_000), expires_at: moment(2_000), ..session(one) };
    bench.store.open_session(&next, 1).await.unwrap();

    let all = [old[0], old[1], just_live, next];
    let left = live(&*bench.store, &all).await;
    assert_eq!(left, ids(&all[1..]), "of that owner only, and only what had expired");
}

async fn no_session_opens_with_another_password_version(bench: Bench) {
    let head = owner(&bench, 1).await;
    let old = opened(&bench, head.owner.id).await;
    let late = Session { opened_at: moment(5_000), ..session(head.owner.id) };
    for version in [0, 2] {
        assert_fails!(bench.store.open_session(&late, version).await, StoreError::Stale);
    }
    assert_eq!(live(&*bench.store, &[old, late]).await, ids(&[old]), "nothing is written or removed");

    change_password(&bench, &head, 2, None).await;
    assert_fails!(bench.store.open_session(&late, 1).await, StoreError::Stale);
    bench.store.open_session(&late, 2).await.unwrap();
    assert_eq!(live(&*bench.store, &[late]).await, ids(&[late]));
    assert_fails!(bench.store.open_session(&session(OwnerId::generate()), 1).await, StoreError::Stale);
}

async fn a_new_password_ends_every_session_but_one(bench: Bench) {
    let (head, other) = (owner(&bench, 1).await, owner(&bench, 2).await);
    let mine = [opened(&bench, head.owner.id).await, opened(&bench, head.owner.id).await];
    let theirs = opened(&bench, other.owner.id).await;
    change_password(&bench, &head, 2, Some(mine[1].id)).await;
    assert_eq!(live(&*bench.other, &[mine[0], mine[1], theirs]).await, ids(&[mine[1], theirs]));

    let found = bench.store.credentials(head.owner.id).await.unwrap();
    assert_eq!((found.password_hash.as_str(), found.password_version), ("new", 2));
    assert_eq!(bench.store.head(head.owner.id).await.unwrap().password_version, 2);
}

async fn a_new_password_that_keeps_none_ends_every_session(bench: Bench) {
    let head = owner(&bench, 1).await;
    let sessions = [opened(&bench, head.owner.id).await, opened(&bench, head.owner.id).await];
    let renamed = Writes {
        owners: vec![OwnerWrite { owner: head.owner.clone(), password: None }],
        ..Writes::default()
    };
    write(&*bench.store, head.owner.id, renamed).await.unwrap();
    assert_eq!(live(&*bench.store, &sessions).await, ids(&sessions), "a profile alone ends none");
    change_password(&bench, &head, 2, None).await;
    assert_eq!(live(&*bench.store, &sessions).await, ids(&[]));
}

async fn no_session_outlives_a_password_change_it_raced_with(bench: Bench) {
    let head = owner(&bench, 1).await;
    for version in 1..=8 {
        let sessions: Vec<_> = (0..8).map(|_| session(head.owner.id)).collect();
        let mut logins = Vec::new();
        for session in sessions.clone() {
            let store = bench.other.clone();
            logins.push(async move { store.open_session(&session, version).await.is_ok() });
        }
        let logins = tokio::spawn(at_once(logins));
        change_password(&bench, &head, version + 1, None).await;
        logins.await.expect("logins end");
        assert_eq!(live(&*bench.store, &sessions).await, ids(&[]), "password {version}");
    }
}
