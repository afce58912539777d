//! What a case works with: the store, and how to send it jobs made by hand.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use khata_core::auth::{AuthConfig, KeyRing, Password};
use khata_core::calendar::{Clock, Date, TimeZone, Timestamp};
use khata_core::counters::Counters;
use khata_core::customer::NewCustomer;
use khata_core::error::Error;
use khata_core::id::OwnerId;
use khata_core::khata::Khata;
use khata_core::ledger::{Credited, Outcome, PostDatedDays, genesis_hash};
use khata_core::money::{Currency, Money};
use khata_core::owner::{NewOwner, Owner};
use khata_core::phone::MobileNumber;
use khata_core::record::{FieldType as _, Value};
use khata_core::shop::Shop;
use khata_core::store::{Head, Job, Keys, Rows, Step, Store, StoreError, Writes};
use khata_core::text::Name;

use super::invariants;
use super::row_builder::RowBuilder;

/// How many do the same at once in a race.
pub(super) const RACERS: u32 = 32;

/// The password of every owner made here.
pub(super) const PASSWORD: &str = "correct horse battery";

/// A fresh store, and what a case needs around it.
#[derive(Clone)]
pub(super) struct TestContext {
    pub(super) store: Arc<dyn Store>,
    /// Another handle on the same database, as another process has it.
    pub(super) other: Arc<dyn Store>,
    keys: KeyRing,
    millis: Arc<AtomicI64>,
}

impl TestContext {
    pub(super) fn new(store: Arc<dyn Store>, other: Arc<dyn Store>) -> Self {
        let millis = Arc::new(AtomicI64::new(moment(0).millis()));
        Self { store, other, keys: KeyRing::generate(), millis }
    }

    /// A clock that goes on by a millisecond each time it is looked at, so that every run sees the same times.
    pub(super) fn clock(&self) -> Clock {
        let millis = self.millis.clone();
        Clock::new(move || {
            let now = millis.fetch_add(1, Ordering::Relaxed);
            Timestamp::from_millis(now).expect("it starts far from the end of time")
        })
    }

    /// Lets time pass.
    pub(super) fn wait(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).expect("a test doesn't wait that long");
        self.millis.fetch_add(millis, Ordering::Relaxed);
    }

    /// Lets so many days pass.
    pub(super) fn wait_days(&self, days: i64) {
        let days = u64::try_from(days).expect("time doesn't run backwards");
        self.wait(Duration::from_secs(days * 24 * 60 * 60));
    }

    /// Begins the time anew, for a shop that is still to be registered.
    pub(super) fn rewind(&self) {
        self.millis.store(moment(0).millis(), Ordering::Relaxed);
    }

    /// The book of many shops over this store.
    pub(super) fn khata(&self) -> Khata {
        self.khata_over(self.store.clone())
    }

    /// The same as another process has it, with the same keys.
    pub(super) fn other_khata(&self) -> Khata {
        self.khata_over(self.other.clone())
    }

    pub(super) fn khata_over(&self, store: Arc<dyn Store>) -> Khata {
        Khata::builder(store)
            .auth(AuthConfig::cheap_for_tests())
            .keys(self.keys.clone())
            .clock(self.clock())
            .write_timeout(Duration::from_secs(60))
            .build()
    }

    /// A shop, with the owner of that number.
    pub(super) async fn shop(&self, n: u32) -> Shop {
        let owner = self.khata().register(new_owner(n)).await.expect("nobody has the mobile number");
        self.khata().shop(owner.id).await.expect("the owner was just registered")
    }

    /// The same shop as another process sees it.
    pub(super) async fn shop_elsewhere(&self, shop: &Shop) -> Shop {
        self.other_khata().shop(shop.id()).await.expect("the shop is there")
    }

    /// Panics unless the book of the shop is sound, as another process reads it.
    pub(super) async fn assert_sound(&self, shop: &Shop) {
        invariants::check(&*self.other, shop.id()).await.unwrap_or_else(|violation| panic!("{violation}"));
    }

    /// Rows to write for a new shop, whose owner has that number.
    pub(super) async fn row_builder(&self, n: u32) -> RowBuilder {
        let head = head(n);
        self.store.create_owner(&head, "$argon2id$made$by$hand").await.expect("nobody has the mobile number");
        RowBuilder::new(head)
    }
}

/// A job that is a function.
pub(super) struct JobFn<F> {
    shops: Vec<OwnerId>,
    keys: Keys,
    decide: F,
}

impl<F: Fn(&Rows) -> Step + Send + Sync> JobFn<F> {
    pub(super) fn new(shops: impl IntoIterator<Item = OwnerId>, decide: F) -> Self {
        let mut shops: Vec<_> = shops.into_iter().collect();
        shops.sort_unstable();
        shops.dedup();
        Self { shops, keys: Keys::default(), decide }
    }

    /// The same job with keys that it names beforehand.
    pub(super) fn keys(self, keys: Keys) -> Self {
        Self { keys, ..self }
    }

    pub(super) async fn send(&self, store: &dyn Store) -> Result<Vec<Outcome>, StoreError> {
        store.transact(self, soon()).await
    }
}

impl<F: Fn(&Rows) -> Step + Send + Sync> Job for JobFn<F> {
    fn shops(&self) -> &[OwnerId] {
        &self.shops
    }

    fn keys(&self) -> Keys {
        self.keys.clone()
    }

    fn decide(&self, seen: &Rows) -> Step {
        (self.decide)(seen)
    }
}

/// The deadline of jobs that have time enough.
pub(super) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(120)
}

/// Writes these rows, whatever is there.
pub(super) async fn write(store: &dyn Store, owner: OwnerId, writes: Writes) -> Result<(), StoreError> {
    let job = JobFn::new([owner], move |_: &Rows| Step::Write(Box::new(writes.clone())));
    job.send(store).await.map(drop)
}

/// The rows that a job of these shops gets for these keys.
pub(super) async fn load(store: &dyn Store, shops: &[OwnerId], keys: Keys) -> Rows {
    let seen = Mutex::new(Rows::default());
    let job = JobFn::new(shops.iter().copied(), |rows: &Rows| {
        if rows.loads == 0 {
            return Step::Load(keys.clone());
        }
        seen.lock().unwrap_or_else(PoisonError::into_inner).clone_from(rows);
        Step::Write(Box::default())
    });
    job.send(store).await.expect("rows can be loaded");
    seen.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What each of them comes to, all started at once, each as a task of its own.
pub(super) async fn at_once<T, R>(racers: impl IntoIterator<Item = R>) -> Vec<T>
where
    T: Send + 'static,
    R: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = racers.into_iter().map(tokio::spawn).collect();
    let mut ends = Vec::new();
    for task in tasks {
        ends.push(task.await.expect("a racer answers with what it finds, and does not panic"));
    }
    ends
}

/// An error of that shape, and no other.
macro_rules! assert_fails {
    ($result:expr, $pattern:pat) => {{
        let result = $result;
        assert!(matches!(result, Err($pattern)), "instead of {}: {result:?}", stringify!($pattern));
    }};
}
pub(super) use assert_fails;

/// The fields of a refusal, and why.
pub(super) fn faults<T: fmt::Debug>(result: Result<T, Error>) -> Vec<(String, &'static str)> {
    match result {
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| (fault.field, fault.code)).collect(),
        other => panic!("{other:?}"),
    }
}

/// One field of a refusal, and why.
pub(super) fn fault(field: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(field.to_owned(), code)]
}

/// The mobile number of that number.
pub(super) fn mobile(n: u32) -> MobileNumber {
    MobileNumber::parse(&format!("98{n:08}")).expect("Indian mobile numbers start with 98")
}

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).expect("it is a name")
}

/// A value with some of its fields set.
pub(super) fn with<T>(mut value: T, set: impl FnOnce(&mut T)) -> T {
    set(&mut value);
    value
}

/// A customer of that name, with the mobile number of that number.
pub(super) fn new_customer(called: &str, n: u32) -> NewCustomer {
    NewCustomer::new(called, mobile(n)).expect("it is a name")
}

/// A customer with the mobile number of that number, if any, and a balance of so many paise from before the book.
pub(super) fn opened_customer(n: Option<u32>, opening: i64, opened: i64) -> NewCustomer {
    let new = NewCustomer::without_mobile("Customer").expect("it is a name");
    let new = with(new, |new| new.mobile = n.map(mobile));
    new.opening_balance(paise(opening)).opening_date(day(opened))
}

pub(super) fn new_owner(n: u32) -> NewOwner {
    let password = Password::parse(PASSWORD).expect("it is long enough");
    NewOwner::new(name(&format!("Shop {n}")), name(&format!("Owner {n}")), mobile(n), password)
        .expect("all are values")
}

/// The head of a new shop, with every part of the profile absent that may be.
pub(super) fn head(n: u32) -> Head {
    let owner = Owner {
        id: OwnerId::generate(),
        shop_name: name(&format!("Shop {n}")),
        proprietor_name: name(&format!("Owner {n}")),
        mobile: mobile(n),
        gst_number: None,
        state: None,
        currency: Currency::INR,
        time_zone: TimeZone::KOLKATA,
        upi_id: None,
        locked_until: None,
        numberings: None,
        created_at: moment(0),
        updated_at: moment(0),
        revision: 1,
    };
    let hash = genesis_hash(owner.id, owner.currency, owner.time_zone);
    Head { owner, password_version: 1, seq: 0, hash, recorded_at: moment(0), counters: Counters::default() }
}

/// So many days after 1 April 2026.
pub(super) fn day(n: i64) -> Date {
    let first = Date::from_ymd(2026, 4, 1).expect("the calendar has this day");
    first.plus_days(n).expect("it lies in the range")
}

/// So many milliseconds after a moment of 24 November 2026.
pub(super) fn moment(n: i64) -> Timestamp {
    Timestamp::from_millis(1_795_508_180_123 + n).expect("it lies in the range")
}

/// The day of [`moment`] 0.
pub(super) const TODAY: i64 = 237;

/// Sums of post-dated entries, in the text that stores keep.
pub(super) fn post_dated(text: &str) -> Option<PostDatedDays> {
    Some(PostDatedDays::from_value(Value::Text(text)).expect("it is such a text"))
}

/// What is credited of an item, as stores keep it.
pub(super) fn credited(text: &str) -> Option<Credited> {
    Some(Credited::from_value(Value::Text(text)).expect("it is such a text"))
}

pub(super) fn paise(minor: i64) -> Money {
    Money::from_minor(minor)
}
