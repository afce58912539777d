//! [`SessionRepository`](khata_core::store::SessionRepository).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use khata_core::calendar::{TimeZone, Timestamp};
use khata_core::id::{OwnerId, SessionId};
use khata_core::money::Currency;
use khata_core::store::{Head, OwnerWrite, PasswordWrite, Rows, Session, Step, Store, StoreError, Writes};

use super::context::{JobFn, TestContext, assert_fails, at_once, head, moment, write};
use super::suite;

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
    the_end_of_all_sessions_advances_the_version_of_the_password,
    opening_removes_what_had_expired_by_then,
    no_session_opens_with_another_password_version,
    a_new_password_ends_every_session_but_one,
    a_new_password_that_keeps_none_ends_every_session,
    no_session_outlives_a_password_change_it_raced_with,
}

fn session(owner: OwnerId) -> Session {
    Session { owner, id: SessionId::generate(), opened_at: moment(0), expires_at: moment(1_000) }
}

async fn owner(context: &TestContext, n: u32) -> Head {
    let head = head(n);
    context.store.create_owner(&head, "hash").await.unwrap();
    head
}

async fn opened(context: &TestContext, owner: OwnerId) -> Session {
    let session = session(owner);
    context.store.open_session(&session, 1).await.unwrap();
    session
}

async fn live(store: &dyn Store, sessions: &[Session]) -> BTreeSet<SessionId> {
    let keys: Vec<_> = sessions.iter().map(|session| (session.owner, session.id)).collect();
    store.live_sessions(&keys).await.unwrap().into_iter().map(|live| live.id).collect()
}

fn ids(sessions: &[Session]) -> BTreeSet<SessionId> {
    sessions.iter().map(|session| session.id).collect()
}

async fn change_password(context: &TestContext, head: &Head, version: u64, keep: Option<SessionId>) {
    let password = Some(PasswordWrite { hash: "new".into(), version, keep });
    let owners = vec![OwnerWrite { owner: head.owner.clone(), password }];
    write(&*context.store, head.owner.id, Writes { owners, ..Writes::default() }).await.unwrap();
}

async fn a_session_that_was_opened_is_live(context: TestContext) {
    let head = owner(&context, 1).await;
    let open = opened(&context, head.owner.id).await;
    let never = session(head.owner.id);
    assert_eq!(live(&*context.store, &[open, never]).await, ids(&[open]));
    assert_eq!(live(&*context.other, &[open, never]).await, ids(&[open]), "as another process sees it");
    assert_eq!(live(&*context.store, &[]).await, ids(&[]));
}

async fn a_live_session_brings_what_never_changes_of_its_shop(context: TestContext) {
    let mut head = head(1);
    head.owner.currency = Currency::parse("JPY").unwrap();
    head.owner.time_zone = TimeZone::parse("Asia/Tokyo").unwrap();
    context.store.create_owner(&head, "hash").await.unwrap();
    let open = opened(&context, head.owner.id).await;
    let found = context.store.live_sessions(&[(open.owner, open.id)]).await.unwrap();
    let [found] = found.as_slice() else { panic!("one session, and not {found:?}") };
    assert_eq!((found.owner, found.id), (open.owner, open.id));
    assert_eq!((found.currency, found.time_zone), (head.owner.currency, head.owner.time_zone));
}

async fn many_are_asked_for_at_once(context: TestContext) {
    let (one, two) = (owner(&context, 1).await.owner.id, owner(&context, 2).await.owner.id);
    let (mut open, mut asked) = (Vec::new(), Vec::new());
    for n in 0..60 {
        let owner = if n % 2 == 0 { one } else { two };
        open.push(opened(&context, owner).await);
        asked.extend([session(owner); 9]);
    }
    asked.extend(open.clone());
    assert_eq!(live(&*context.store, &asked).await, ids(&open));
}

async fn a_session_is_live_for_its_owner_only(context: TestContext) {
    let (one, two) = (owner(&context, 1).await.owner.id, owner(&context, 2).await.owner.id);
    let open = opened(&context, one).await;
    let stolen = Session { owner: two, ..open };
    assert_eq!(live(&*context.store, &[stolen]).await, ids(&[]));

    context.store.end_session(two, open.id).await.unwrap();
    context.store.end_sessions(two).await.unwrap();
    assert_eq!(live(&*context.store, &[open]).await, ids(&[open]), "another owner can't end it");
}

async fn the_time_is_not_looked_at(context: TestContext) {
    let owner = owner(&context, 1).await.owner.id;
    let (opened_at, expires_at) = (Timestamp::MIN, Timestamp::MIN);
    let past = Session { opened_at, expires_at, ..session(owner) };
    context.store.open_session(&past, 1).await.unwrap();
    assert_eq!(live(&*context.store, &[past]).await, ids(&[past]));
}

async fn an_ended_session_is_not_live(context: TestContext) {
    let owner = owner(&context, 1).await.owner.id;
    let (ended, other) = (opened(&context, owner).await, opened(&context, owner).await);
    context.store.end_session(owner, ended.id).await.unwrap();
    assert_eq!(live(&*context.store, &[ended, other]).await, ids(&[other]));
}

async fn an_end_holds_at_once_everywhere(context: TestContext) {
    let owner = owner(&context, 1).await.owner.id;
    for n in 0..50 {
        let open = opened(&context, owner).await;
        assert_eq!(live(&*context.other, &[open]).await, ids(&[open]), "round {n}");
        context.store.end_session(owner, open.id).await.unwrap();
        assert_eq!(live(&*context.other, &[open]).await, ids(&[]), "round {n}");
    }
}

async fn to_end_a_session_that_is_not_there_is_success(context: TestContext) {
    let owner = owner(&context, 1).await.owner.id;
    let ended = opened(&context, owner).await;
    for _ in 0..2 {
        context.store.end_session(owner, ended.id).await.unwrap();
    }
    let nobody = OwnerId::generate();
    context.store.end_session(nobody, SessionId::generate()).await.unwrap();
    context.store.end_sessions(nobody).await.unwrap();
}

async fn all_sessions_of_an_owner_end_together(context: TestContext) {
    let (one, two) = (owner(&context, 1).await.owner.id, owner(&context, 2).await.owner.id);
    let sessions = [opened(&context, one).await, opened(&context, one).await, opened(&context, two).await];
    context.store.end_sessions(one).await.unwrap();
    assert_eq!(live(&*context.other, &sessions).await, ids(&sessions[2..]));
}

async fn the_end_of_all_sessions_advances_the_version_of_the_password(context: TestContext) {
    let (head, other) = (owner(&context, 1).await, owner(&context, 2).await);
    // Both processes know the head from before.
    assert_eq!(version_seen_by_a_change(&*context.other, &head).await, 1);
    assert_eq!(version_seen_by_a_change(&*context.store, &head).await, 1);
    context.store.end_sessions(head.owner.id).await.unwrap();

    let session = session(head.owner.id);
    assert_fails!(context.other.open_session(&session, 1).await, StoreError::Stale);
    context.other.open_session(&session, 2).await.unwrap();
    for store in [&context.store, &context.other] {
        let found = store.credentials(head.owner.id).await.unwrap();
        assert_eq!((found.password_hash.as_str(), found.password_version), ("hash", 2));
        assert_eq!(store.head(head.owner.id).await.unwrap().password_version, 2);
        assert_eq!(version_seen_by_a_change(&**store, &head).await, 2);
    }
    assert_eq!(context.store.head(other.owner.id).await.unwrap().password_version, 1);
}

async fn version_seen_by_a_change(store: &dyn Store, head: &Head) -> u64 {
    let owner = head.owner.id;
    let seen = AtomicU64::new(0);
    let job = JobFn::new([owner], |rows: &Rows| {
        seen.store(rows.heads[&owner].password_version, Ordering::SeqCst);
        let owners = vec![OwnerWrite { owner: head.owner.clone(), password: None }];
        Step::Write(Box::new(Writes { owners, ..Writes::default() }))
    });
    job.send(store).await.unwrap();
    seen.into_inner()
}

async fn opening_removes_what_had_expired_by_then(context: TestContext) {
    let (one, two) = (owner(&context, 1).await.owner.id, owner(&context, 2).await.owner.id);
    let old = [opened(&context, one).await, opened(&context, two).await];
    let just_live = Session { expires_at: moment(1_001), ..session(one) };
    context.store.open_session(&just_live, 1).await.unwrap();
    let next = Session { opened_at: moment(1_000), expires_at: moment(2_000), ..session(one) };
    context.store.open_session(&next, 1).await.unwrap();

    let all = [old[0], old[1], just_live, next];
    let left = live(&*context.store, &all).await;
    assert_eq!(left, ids(&all[1..]), "of that owner only, and only what had expired");
}

async fn no_session_opens_with_another_password_version(context: TestContext) {
    let head = owner(&context, 1).await;
    let old = opened(&context, head.owner.id).await;
    let late = Session { opened_at: moment(5_000), ..session(head.owner.id) };
    for version in [0, 2] {
        assert_fails!(context.store.open_session(&late, version).await, StoreError::Stale);
    }
    assert_eq!(live(&*context.store, &[old, late]).await, ids(&[old]), "nothing is written or removed");

    change_password(&context, &head, 2, None).await;
    assert_fails!(context.store.open_session(&late, 1).await, StoreError::Stale);
    context.store.open_session(&late, 2).await.unwrap();
    assert_eq!(live(&*context.store, &[late]).await, ids(&[late]));
    assert_fails!(context.store.open_session(&session(OwnerId::generate()), 1).await, StoreError::Stale);
}

async fn a_new_password_ends_every_session_but_one(context: TestContext) {
    let (head, other) = (owner(&context, 1).await, owner(&context, 2).await);
    let mine = [opened(&context, head.owner.id).await, opened(&context, head.owner.id).await];
    let theirs = opened(&context, other.owner.id).await;
    change_password(&context, &head, 2, Some(mine[1].id)).await;
    assert_eq!(live(&*context.other, &[mine[0], mine[1], theirs]).await, ids(&[mine[1], theirs]));

    let found = context.store.credentials(head.owner.id).await.unwrap();
    assert_eq!((found.password_hash.as_str(), found.password_version), ("new", 2));
    assert_eq!(context.store.head(head.owner.id).await.unwrap().password_version, 2);
}

async fn a_new_password_that_keeps_none_ends_every_session(context: TestContext) {
    let head = owner(&context, 1).await;
    let sessions = [opened(&context, head.owner.id).await, opened(&context, head.owner.id).await];
    let renamed = Writes {
        owners: vec![OwnerWrite { owner: head.owner.clone(), password: None }],
        ..Writes::default()
    };
    write(&*context.store, head.owner.id, renamed).await.unwrap();
    assert_eq!(live(&*context.store, &sessions).await, ids(&sessions), "a profile alone ends none");
    change_password(&context, &head, 2, None).await;
    assert_eq!(live(&*context.store, &sessions).await, ids(&[]));
}

async fn no_session_outlives_a_password_change_it_raced_with(context: TestContext) {
    let head = owner(&context, 1).await;
    for version in 1..=8 {
        let sessions: Vec<_> = (0..8).map(|_| session(head.owner.id)).collect();
        let mut logins = Vec::new();
        for session in sessions.clone() {
            let store = context.other.clone();
            logins.push(async move { store.open_session(&session, version).await.is_ok() });
        }
        let logins = tokio::spawn(at_once(logins));
        change_password(&context, &head, version + 1, None).await;
        logins.await.expect("logins end");
        assert_eq!(live(&*context.store, &sessions).await, ids(&[]), "password {version}");
    }
}
