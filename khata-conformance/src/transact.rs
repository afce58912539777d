//! [`BookRepository::transact`](khata_core::store::BookRepository::transact): how a job is carried out.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use khata_core::customer::Removal;
use khata_core::error::{Error, Refusal};
use khata_core::id::OwnerId;
use khata_core::ledger::{Answer, Done, Outcome};
use khata_core::number::{DocumentKind, Series};
use khata_core::store::{Keys, OwnerWrite, PasswordWrite, Rows, Step, Store, StoreError, UniqueRule, Writes};

use super::context::{JobFn, RACERS, TestContext, assert_fails, at_once, day, mobile, paise, soon, write};
use super::row_builder::{Line, RowBuilder};
use super::suite;

suite! {
    a_job_starts_with_the_heads_of_its_shops,
    what_a_job_names_is_loaded_before_it_is_asked,
    a_job_sees_all_that_was_loaded_so_far,
    a_job_may_load_three_times,
    a_job_may_write_without_loading,
    outcomes_come_back_unchanged_and_in_order,
    what_was_answered_is_seen_everywhere,
    no_other_job_of_a_shop_runs_meanwhile,
    jobs_of_several_shops_do_not_block_each_other_for_ever,
    a_job_of_a_shop_that_is_not_there_is_not_found,
    an_owners_new_number_that_is_taken_is_a_conflict,
    of_many_owners_who_change_to_one_number_one_gets_it,
    a_deadline_that_has_passed_is_unavailable,
    a_deadline_that_passes_behind_another_job_is_unavailable,
    a_job_may_write_to_several_shops,
}

fn series() -> Series {
    Series::of(DocumentKind::Invoice, day(0))
}

async fn a_job_starts_with_the_heads_of_its_shops(context: TestContext) {
    let (mut one, two, three) =
        (context.row_builder(1).await, context.row_builder(2).await, context.row_builder(3).await);
    let customer = one.customer(1);
    one.post(Line::debit(customer, day(0), 100));
    one.commit(&*context.store).await;

    let first = Mutex::new(None);
    let job = JobFn::new([one.owner(), three.owner()], |rows: &Rows| {
        first.lock().unwrap().get_or_insert_with(|| rows.clone());
        Step::Write(Box::default())
    });
    job.send(&*context.store).await.unwrap();
    let first = first.into_inner().unwrap().expect("the job was asked");
    assert_eq!(first.loads, 0);
    let heads = [one.head, three.head].map(|head| (head.owner.id, head));
    assert_eq!(first.heads, heads.into(), "of {:?} nothing was asked", two.owner());
    assert!(first.customers.is_empty() && first.items.is_empty() && first.entries.is_empty());
}

async fn what_a_job_names_is_loaded_before_it_is_asked(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let (one, two) = (builder.customer(1), builder.customer(2));
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    let by_id = |id| Keys { customers: vec![(owner, id)], ..Keys::default() };
    for store in [&context.store, &context.other] {
        let seen = Mutex::new(Vec::new());
        let job = JobFn::new([owner], |rows: &Rows| {
            seen.lock().unwrap().push((rows.loads, rows.heads.len(), rows.customers.len()));
            if rows.loads == 1 { Step::Load(by_id(two)) } else { Step::Write(Box::default()) }
        });
        job.keys(by_id(one)).send(&**store).await.unwrap();
        assert_eq!(seen.into_inner().unwrap(), [(1, 1, 1), (2, 1, 2)]);
    }
}

async fn a_job_sees_all_that_was_loaded_so_far(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let (one, two) = (builder.customer(1), builder.customer(2));
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    let seen = Mutex::new(Vec::new());
    let job = JobFn::new([owner], |rows: &Rows| {
        seen.lock().unwrap().push((rows.loads, rows.customers.len(), rows.mobiles.len(), rows.heads.len()));
        match rows.loads {
            0 => Step::Load(Keys { customers: vec![(owner, one)], ..Keys::default() }),
            1 => Step::Load(Keys {
                customers: vec![(owner, two)],
                mobiles: vec![(owner, mobile(1))],
                ..Keys::default()
            }),
            _ => Step::Write(Box::default()),
        }
    });
    job.send(&*context.store).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [(0, 0, 0, 1), (1, 1, 0, 1), (2, 2, 1, 1)]);
}

async fn a_job_may_load_three_times(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customers: Vec<_> = (1..=3).map(|n| builder.customer(n)).collect();
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    let seen = Mutex::new(0);
    let job = JobFn::new([owner], |rows: &Rows| {
        *seen.lock().unwrap() = rows.customers.len();
        match customers.get(rows.loads as usize) {
            Some(next) => Step::Load(Keys { customers: vec![(owner, *next)], ..Keys::default() }),
            None => Step::Write(Box::default()),
        }
    });
    job.send(&*context.store).await.unwrap();
    assert_eq!(seen.into_inner().unwrap(), 3);
}

async fn a_job_may_write_without_loading(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    builder.customer(1);
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
    write(&*context.store, builder.owner(), Writes::default()).await.expect("nothing can be written");
    builder.assert_written(&*context.store).await;
}

async fn outcomes_come_back_unchanged_and_in_order(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let id = builder.customer(1);
    let customer = Answer::Customer(Box::new(builder.customers[&id].clone().on(day(0)).unwrap()));
    let writes = builder.take();
    let outcomes: Vec<Outcome> = vec![
        Err(Error::Refused(Refusal::AlreadyVoid)),
        Ok(Done { answer: Answer::Removal(Removal::Archived), replayed: false }),
        Err(Error::invalid("customerId", "not_found", "words")),
        Ok(Done { answer: customer, replayed: true }),
        Err(Error::Stale),
        Ok(Done { answer: Answer::Removal(Removal::Deleted), replayed: false }),
    ];
    for rows in [writes, Writes::default()] {
        let writes = Writes { outcomes: outcomes.clone(), ..rows };
        let job = JobFn::new([builder.owner()], |_: &Rows| Step::Write(Box::new(writes.clone())));
        let answered = job.send(&*context.store).await.unwrap();
        assert_eq!(format!("{answered:?}"), format!("{outcomes:?}"));
    }
}

async fn what_was_answered_is_seen_everywhere(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    for n in 1..=20 {
        let (writer, reader) = match n % 2 {
            0 => (&context.store, &context.other),
            _ => (&context.other, &context.store),
        };
        let customer = builder.customer(n);
        builder.post(Line::debit(customer, day(0), 100));
        builder.commit(&**writer).await;
        builder.assert_written(&**reader).await;
    }
}

/// Adds one to a counter of each of these shops.
async fn count_up(store: &dyn Store, shops: Vec<OwnerId>) -> Result<Vec<Outcome>, StoreError> {
    let job = JobFn::new(shops.clone(), |rows: &Rows| {
        let mut heads: Vec<_> = rows.heads.values().cloned().collect();
        for head in &mut heads {
            head.counters.set(series(), head.counters.last(series()) + 1);
        }
        Step::Write(Box::new(Writes { heads, ..Writes::default() }))
    });
    job.send(store).await
}

async fn counted(store: &dyn Store, owner: OwnerId) -> u64 {
    store.head(owner).await.expect("the shop is there").counters.last(series())
}

async fn no_other_job_of_a_shop_runs_meanwhile(context: TestContext) {
    let owner = context.row_builder(1).await.owner();
    let racers = (0..RACERS).map(|n| {
        let store = if n % 2 == 0 { context.store.clone() } else { context.other.clone() };
        async move { count_up(&*store, vec![owner]).await.map(drop) }
    });
    for end in at_once(racers).await {
        end.expect("each of them comes to its turn");
    }
    assert_eq!(counted(&*context.store, owner).await, u64::from(RACERS), "no change was lost");
}

async fn jobs_of_several_shops_do_not_block_each_other_for_ever(context: TestContext) {
    let mut shops = Vec::new();
    for n in 1..=3 {
        shops.push(context.row_builder(n).await.owner());
    }
    let (a, b, c) = (shops[0], shops[1], shops[2]);
    let sets = [vec![a, b], vec![b, c], vec![a, c], vec![a, b, c]];
    let racers = (0..RACERS).map(|n| {
        let store = if n % 2 == 0 { context.store.clone() } else { context.other.clone() };
        let shops = sets[n as usize / 2 % sets.len()].clone();
        async move { count_up(&*store, shops).await.map(drop) }
    });
    for end in at_once(racers).await {
        end.expect("each of them comes to its turn");
    }
    for owner in shops {
        assert_eq!(counted(&*context.store, owner).await, u64::from(RACERS) * 3 / 4, "no change was lost");
    }
}

async fn a_job_of_a_shop_that_is_not_there_is_not_found(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let before = builder.clone();
    builder.customer(1);
    let writes = builder.take();
    for shops in [vec![OwnerId::generate()], vec![builder.owner(), OwnerId::generate()]] {
        let job = JobFn::new(shops, |_: &Rows| Step::Write(Box::new(writes.clone())));
        assert_fails!(job.send(&*context.store).await, StoreError::NotFound);
    }
    before.assert_written(&*context.store).await;
}

async fn an_owners_new_number_that_is_taken_is_a_conflict(context: TestContext) {
    let (mut one, two) = (context.row_builder(1).await, context.row_builder(2).await);
    let before = one.clone();
    one.customer(1);
    let mut owner = one.head.owner.clone();
    owner.mobile = mobile(2);
    let password = Some(PasswordWrite { hash: "new".into(), version: 2, keep: None });
    let writes = Writes { owners: vec![OwnerWrite { owner, password }], ..one.take() };
    let refused = write(&*context.store, one.owner(), writes).await;
    assert_fails!(refused, StoreError::Conflict(UniqueRule::OwnerMobile));

    before.assert_written(&*context.store).await;
    assert_eq!(context.store.credentials_by_mobile(&mobile(1)).await.unwrap().owner, one.owner());
    assert_eq!(context.store.credentials_by_mobile(&mobile(2)).await.unwrap().owner, two.owner());
    let credentials = context.store.credentials(one.owner()).await.unwrap();
    assert_eq!(credentials.password_version, 1, "the password is not changed either");
}

async fn of_many_owners_who_change_to_one_number_one_gets_it(context: TestContext) {
    let mut racers = Vec::new();
    for n in 1..=8 {
        let mut owner = context.row_builder(n).await.head.owner;
        owner.mobile = mobile(100);
        let store = if n % 2 == 0 { context.store.clone() } else { context.other.clone() };
        let owners = vec![OwnerWrite { owner: owner.clone(), password: None }];
        racers.push(async move {
            let writes = Writes { owners, ..Writes::default() };
            (owner.id, write(&*store, owner.id, writes).await)
        });
    }
    let mut winners = Vec::new();
    for (owner, end) in at_once(racers).await {
        match end {
            Ok(()) => winners.push(owner),
            Err(error) => assert!(
                matches!(error, StoreError::Conflict(UniqueRule::OwnerMobile)),
                "the number is taken, and not: {error:?}"
            ),
        }
    }
    assert_eq!(winners.len(), 1, "exactly one gets it");
    let holder = context.store.credentials_by_mobile(&mobile(100)).await.unwrap().owner;
    assert_eq!(holder, winners[0]);
}

async fn a_deadline_that_has_passed_is_unavailable(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let before = builder.clone();
    builder.customer(1);
    let writes = builder.take();
    let job = JobFn::new([builder.owner()], |_: &Rows| Step::Write(Box::new(writes.clone())));
    let now = Instant::now();
    let past = now.checked_sub(Duration::from_secs(1)).unwrap_or(now);
    assert_fails!(context.store.transact(&job, past).await, StoreError::Unavailable { .. });
    before.assert_written(&*context.store).await;
    context.store.transact(&job, soon()).await.expect("in time it is carried out");
    builder.assert_written(&*context.store).await;
}

/// Time for which a job holds the lock after the deadline of another, if that isn't answered before.
const HELD_LONGER: Duration = Duration::from_secs(2);

async fn a_deadline_that_passes_behind_another_job_is_unavailable(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let owner = builder.owner();
    let deadline = Instant::now() + Duration::from_millis(200);
    let (holds, held) = tokio::sync::oneshot::channel();
    builder.customer(1);
    let (writes, holds) = (builder.take(), Mutex::new(Some(holds)));
    let store = context.store.clone();
    let (decided, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (times, other_answered) = (decided.clone(), answered.clone());
    // It has the lock until the other is answered, unless the store waits with it for the writes. A store whose callers
    // wait without looking at the clock answers the other only afterwards.
    let first = tokio::spawn(async move {
        let job = JobFn::new([owner], |_: &Rows| {
            times.fetch_add(1, Ordering::SeqCst);
            holds.lock().unwrap().take().map(|holds| holds.send(()));
            while !other_answered.load(Ordering::SeqCst) && Instant::now() <= deadline + HELD_LONGER {
                std::thread::sleep(Duration::from_millis(10));
            }
            Step::Write(Box::new(writes.clone()))
        });
        job.send(&*store).await.map(drop)
    });
    held.await.expect("the first job is asked what it wants");

    let mut late = builder.clone();
    late.customer(2);
    let writes = late.take();
    let second = JobFn::new([owner], |_: &Rows| Step::Write(Box::new(writes.clone())));
    let answer = context.other.transact(&second, deadline).await;
    answered.store(true, Ordering::SeqCst);
    first.await.expect("it ends").expect("it had time enough");
    if answer.is_ok() {
        // It wrote first, and so the other was begun again.
        assert!(decided.load(Ordering::SeqCst) > 1, "it waited for the lock, and longer than it had time");
        late.assert_written(&*context.store).await;
    } else {
        assert_fails!(answer, StoreError::Unavailable { .. });
        builder.assert_written(&*context.store).await;
    }
}

async fn a_job_may_write_to_several_shops(context: TestContext) {
    let mut builders = Vec::new();
    let mut all = Writes::default();
    for n in 1..=4 {
        let mut builder: RowBuilder = context.row_builder(n).await;
        let customer = builder.customer(1);
        let debit = builder.post(Line::debit(customer, day(1), 100));
        builder.post(Line::credit(customer, day(2), 60, &[(debit.item, 60)]));
        builder.remember("the-same-key", debit.item);
        builder.count(series(), u64::from(n));
        let mut writes = builder.take();
        all.heads.append(&mut writes.heads);
        all.customers.append(&mut writes.customers);
        all.entries.append(&mut writes.entries);
        all.documents.append(&mut writes.documents);
        all.idempotency.append(&mut writes.idempotency);
        all.items.append(&mut writes.items);
        builders.push(builder);
    }
    let job =
        JobFn::new(builders.iter().map(RowBuilder::owner), |_: &Rows| Step::Write(Box::new(all.clone())));
    job.send(&*context.store).await.unwrap();
    for builder in &builders {
        builder.assert_written(&*context.store).await;
        assert_eq!(builder.items.values().map(|item| item.open).max(), Some(paise(40)));
    }
}
