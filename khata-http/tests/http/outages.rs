//! What goes wrong behind the router: a database that is away, fails or hangs, a defect, too much at once.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use async_trait::async_trait;
use http_body_util::BodyExt;
use khata_core::calendar::{Date, Timestamp};
use khata_core::customer::Customer;
use khata_core::documents::StoredDocument;
use khata_core::id::{CustomerId, ItemId, OwnerId, SessionId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::{Entry, Outcome};
use khata_core::number::DocumentKind;
use khata_core::phone::MobileNumber;
use khata_core::store::{
    BookRepository, Credentials, CustomerRepository, CustomerSelection, DayLine, DocumentRepository,
    DocumentSelection, EntryRepository, Extract, ExtractSelection, Head, Job, LiveSession, MemoryStore,
    Outstanding, Overview, OwnerRepository, Posted, ReportRepository, Session, SessionRepository, Standing,
    StoreError, Throttle, ThrottleKey, ThrottleRepository, Trace,
};
use khata_http::Config;
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::app::{PASSWORD, TestApp, TestShop};
use crate::bodies;
use crate::call::{Call, Reply};
use crate::problems;
use crate::scrape::Scrape;

/// What a store does instead of its work.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    Away,
    InDoubt,
    Failed,
    Corrupt,
    /// Until the trouble is over.
    Hangs,
    /// The same of one method alone.
    HangsIn(&'static str),
    Panics,
}

/// A store that can be put in trouble, and out of it.
#[derive(Debug, Default)]
struct Troubled {
    store: MemoryStore,
    trouble: Mutex<Option<Trouble>>,
    over: Notify,
    /// The methods that were called, without those of the book.
    calls: Mutex<Vec<&'static str>>,
}

impl Troubled {
    fn set(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().expect("no test panics with the lock") = trouble;
        self.over.notify_waiters();
    }

    fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().expect("no test panics with the lock"))
    }

    async fn reached(&self, method: &str) -> Result<&MemoryStore, StoreError> {
        const WHY: &str = "the secret address db.internal:27017";
        let trouble = *self.trouble.lock().expect("no test panics with the lock");
        match trouble {
            None => Ok(&self.store),
            Some(Trouble::HangsIn(other)) if other != method => Ok(&self.store),
            Some(Trouble::Away) => Err(StoreError::unavailable(WHY)),
            Some(Trouble::InDoubt) => Err(StoreError::in_doubt(WHY)),
            Some(Trouble::Failed) => Err(StoreError::backend(WHY)),
            Some(Trouble::Corrupt) => Err(StoreError::corrupt(WHY)),
            Some(Trouble::Hangs | Trouble::HangsIn(_)) => {
                self.over.notified().await;
                Ok(&self.store)
            }
            Some(Trouble::Panics) => panic!("{WHY}"),
        }
    }
}

macro_rules! pass_on {
    ($($repository:ident { $($method:ident($($name:ident: $of:ty),*) -> $answer:ty;)+ })+) => {$(
        #[async_trait]
        impl $repository for Troubled {
            $(async fn $method(&self, $($name: $of),*) -> Result<$answer, StoreError> {
                self.calls.lock().expect("no test panics with the lock").push(stringify!($method));
                self.reached(stringify!($method)).await?.$method($($name),*).await
            })+
        }
    )+};
}

#[async_trait]
impl BookRepository for Troubled {
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        self.reached("transact").await?.transact(job, deadline).await
    }

    fn lanes(&self) -> NonZeroUsize {
        self.store.lanes()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.reached("ping").await?.ping().await
    }
}

pass_on! {
    OwnerRepository {
        create_owner(head: &Head, password_hash: &str) -> ();
        head(owner: OwnerId) -> Head;
        owners(after: Option<OwnerId>, limit: u32) -> Vec<Head>;
        credentials_by_mobile(mobile: &MobileNumber) -> Credentials;
        credentials(owner: OwnerId) -> Credentials;
        renew_password_hash(owner: OwnerId, version: u64, hash: &str) -> ();
    }
    SessionRepository {
        open_session(session: &Session, password_version: u64) -> ();
        live_sessions(sessions: &[(OwnerId, SessionId)]) -> Vec<LiveSession>;
        end_session(owner: OwnerId, session: SessionId) -> ();
        end_sessions(owner: OwnerId) -> ();
    }
    ThrottleRepository {
        throttles(keys: &[ThrottleKey]) -> Vec<(ThrottleKey, Throttle)>;
        put_throttle(key: &ThrottleKey, throttle: &Throttle, now: Timestamp) -> ();
        put_throttles(counts: &[(ThrottleKey, Throttle)], now: Timestamp) -> Vec<ThrottleKey>;
        clear_throttle(key: &ThrottleKey) -> ();
    }
    CustomerRepository {
        customer(owner: OwnerId, id: CustomerId) -> Customer;
        customers(owner: OwnerId, selection: &CustomerSelection) -> Vec<Customer>;
        all_customers(owner: OwnerId, after: Option<CustomerId>, limit: u32) -> Vec<Customer>;
    }
    DocumentRepository {
        document(owner: OwnerId, kind: DocumentKind, id: ItemId) -> StoredDocument;
        documents(owner: OwnerId, kind: DocumentKind, selection: &DocumentSelection) -> Vec<StoredDocument>;
    }
    EntryRepository {
        entries(owner: OwnerId, after: u64, limit: u32) -> Vec<Entry>;
        postings(owner: OwnerId, after: u64, limit: u32) -> Vec<Posted>;
        idempotency_records(owner: OwnerId, after: Option<&IdempotencyKey>, limit: u32)
            -> Vec<(IdempotencyKey, IdempotencyRecord)>;
        standing(owner: OwnerId, customer: CustomerId, as_of: Date) -> Standing;
        traces(owner: OwnerId, items: &[ItemId]) -> Vec<Trace>;
    }
    ReportRepository {
        extract(owner: OwnerId, customer: CustomerId, selection: &ExtractSelection) -> Extract;
        day(owner: OwnerId, date: Date, after: u64, limit: u32) -> Vec<DayLine>;
        outstanding(owner: OwnerId, as_of: Date) -> Outstanding;
        overview(owner: OwnerId, day: Date, debtors: u32) -> Overview;
    }
}

async fn troubled_shop() -> (Arc<Troubled>, TestShop) {
    let store = Arc::new(Troubled::default());
    let shop = TestApp::over(store.clone()).shop().await;
    (store, shop)
}

fn registration(app: &TestApp) -> Call {
    app.post("/api/shopowners/register").json(&bodies::registration("9000000001"))
}

#[tokio::test]
async fn while_the_database_is_away_clients_are_told_to_come_back() {
    let (store, shop) = troubled_shop().await;
    let app = &shop.app;
    let customer = shop.customer("Asha").await;

    store.set(Some(Trouble::Away));
    let invoice = bodies::plain_invoice(&customer, 5);
    let login = json!({ "mobileNumber": shop.mobile, "password": PASSWORD });
    for call in [
        shop.get("/api/shopowners/me"),
        shop.post("/api/invoices/add").json(&invoice),
        app.post("/api/shopowners/login").json(&login),
        app.get("/readyz"),
    ] {
        let reply = call.await.expect_problem(503, "store_unavailable");
        assert_eq!(reply.header("retry-after"), Some("1"));
        assert!(!reply.text().contains("secret"), "{}", reply.text());
    }
    app.get("/healthz").await.expect(200);

    store.set(None);
    app.get("/readyz").await.expect(200);
    let posted = shop.post("/api/invoices/add").json(&invoice).await.expect(201).json();
    assert_eq!(posted["seq"], 1);
    assert_eq!(shop.census().await, [1, 0, 1, 0]);
}

/// What logins cost the writer that postings need.
#[tokio::test]
async fn a_right_login_writes_its_session_only_and_a_wrong_one_its_count_at_once() {
    const READS: [&str; 3] = ["throttles", "credentials_by_mobile", "throttles"];
    let (store, shop) = troubled_shop().await;
    let login = async |password: &str| {
        let credentials = json!({ "mobileNumber": shop.mobile, "password": password });
        store.calls();
        shop.app
            .post("/api/shopowners/login")
            .json(&credentials)
            .from("203.0.113.7:4711")
            .await
            .status
            .as_u16()
    };
    for _ in 0..2 {
        assert_eq!(login(PASSWORD).await, 200);
        assert_eq!(store.calls(), [&READS[..], &["open_session", "head"]].concat());
    }
    assert_eq!(login("not the password").await, 401);
    assert_eq!(store.calls(), [&READS[..], &["put_throttles"]].concat());
    assert_eq!(login(PASSWORD).await, 200);
    assert_eq!(store.calls(), [&READS[..], &["open_session", "head", "clear_throttle"]].concat());
}

#[tokio::test]
async fn an_export_that_fails_half_way_is_broken_off() {
    let (store, shop) = troubled_shop().await;
    let customer = shop.customer("Asha").await;
    shop.invoice(&customer, 5).await;
    // As CSV so small a book is there before the answer begins.
    for format in ["json", "hledger", "beancount"] {
        let answer = shop.get(format!("/api/export?format={format}")).begun().await;
        assert_eq!(answer.status(), 200);
        store.set(Some(Trouble::Away));
        assert!(answer.into_body().collect().await.is_err(), "{format}: else it would be taken for whole");
        shop.get(format!("/api/export?format={format}")).await.expect_problem(503, "store_unavailable");
        store.set(None);
    }
}

#[tokio::test]
async fn of_an_unknown_outcome_clients_are_told_so() {
    let (store, shop) = troubled_shop().await;
    store.set(Some(Trouble::InDoubt));
    let reply = registration(&shop.app).await.expect_problem(503, "outcome_unknown");
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert!(!reply.text().contains("secret"), "{}", reply.text());
}

#[tokio::test]
async fn a_defect_is_told_without_its_inside() {
    let (store, shop) = troubled_shop().await;
    for trouble in [Trouble::Failed, Trouble::Corrupt, Trouble::Panics] {
        store.set(Some(trouble));
        for call in [registration(&shop.app), shop.app.get("/readyz")] {
            let reply = call.await.expect_problem(500, "internal");
            assert!(!reply.text().contains("secret"), "{}", reply.text());
            assert_eq!(reply.header("retry-after"), None);
        }
    }
    store.set(None);
    shop.get("/api/customers/shop").await.expect(200);
}

#[tokio::test]
async fn the_bodies_about_trouble_are_the_reviewed_ones() {
    let (store, mut shop) = troubled_shop().await;
    let mut told = serde_json::Map::new();
    for (trouble, name) in [
        (Trouble::Away, "store unavailable"),
        (Trouble::InDoubt, "outcome unknown"),
        (Trouble::Failed, "internal"),
    ] {
        store.set(Some(trouble));
        told.insert(name.to_owned(), problems::body(&registration(&shop.app).await));
    }
    shop.app = shop.app.with_config(Config { concurrency_limit: 0, ..Config::default() });
    told.insert("overloaded".to_owned(), problems::body(&shop.get("/api/customers/shop").await));
    insta::assert_json_snapshot!("problems_of_trouble", told);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let (store, shop) = troubled_shop().await;
    // From here on nothing but time passes; a hash, which is computed beside the runtime, takes its own.
    tokio::time::pause();
    store.set(Some(Trouble::Hangs));
    // Of who is asking it is heard first, and that takes less time than a request may.
    let read = shop.get("/api/customers/shop").await.expect_problem(503, "store_unavailable");
    let write = registration(&shop.app).await.expect_problem(503, "outcome_unknown");
    let readiness = shop.app.get("/readyz").await.expect_problem(503, "overloaded");
    for reply in [read, write, readiness] {
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
}

#[tokio::test]
async fn what_there_is_no_place_for_is_turned_away_at_once() {
    let (store, mut shop) = troubled_shop().await;
    shop.app = shop.app.with_config(Config { concurrency_limit: 1, ..Config::default() });
    store.set(Some(Trouble::Hangs));
    let hanging = tokio::spawn(shop.get("/api/customers/shop").into_future());
    tokio::task::yield_now().await;
    let reply = shop.get("/api/customers/shop").await.expect_problem(503, "overloaded");
    assert_eq!(reply.header("retry-after"), Some("1"));
    shop.app.get("/healthz").await.expect(200);

    store.set(None);
    hanging.await.expect("the call ends").expect(200);
    for _ in 0..3 {
        shop.get("/api/customers/shop").await.expect(200);
    }
}

/// Asks for that so many times, and waits until each request is as far as it comes.
async fn ask(shop: &TestShop, path: &str, times: usize) -> Vec<JoinHandle<Reply>> {
    let asked = (0..times).map(|_| tokio::spawn(shop.get(path).into_future())).collect();
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    asked
}

#[tokio::test]
async fn a_shop_that_asks_for_many_reports_keeps_no_other_from_its_reads() {
    let (store, greedy) = troubled_shop().await;
    let modest = greedy.app.shop().await;
    let count = |method: &str| store.calls().into_iter().filter(|call| *call == method).count();
    store.set(Some(Trouble::HangsIn("outstanding")));
    store.calls();
    let asked = ask(&greedy, "/api/reports/ageing", 40).await;
    assert_eq!(count("outstanding"), 2, "two at once, and the others wait");
    let (refused, waiting): (Vec<_>, Vec<_>) = asked.into_iter().partition(JoinHandle::is_finished);
    assert_eq!((refused.len(), waiting.len()), (8, 32));
    for reply in refused {
        assert_eq!(reply.await.unwrap().expect_problem(503, "overloaded").header("retry-after"), Some("1"));
    }
    for path in ["/api/shopowners/me", "/api/customers/shop"] {
        modest.get(path).await.expect(200);
        greedy.get(path).await.expect(200);
    }
    modest.on_another_device().await;
    modest.app.get("/readyz").await.expect(200);
    store.calls();
    let report = ask(&modest, "/api/reports/ageing", 1).await;
    assert_eq!(count("outstanding"), 1, "it is not behind those of another shop");

    store.set(None);
    for reply in waiting.into_iter().chain(report) {
        reply.await.unwrap().expect(200);
    }
}

#[tokio::test]
async fn a_shop_that_reads_much_at_once_waits_for_itself() {
    let (store, greedy) = troubled_shop().await;
    let modest = greedy.app.shop().await;
    let count = |method: &str| store.calls().into_iter().filter(|call| *call == method).count();
    store.set(Some(Trouble::HangsIn("customers")));
    store.calls();
    let asked = ask(&greedy, "/api/customers/shop", 40).await;
    assert_eq!(count("customers"), 4);
    let other = ask(&modest, "/api/customers/shop", 1).await;
    assert_eq!(count("customers"), 1);
    store.set(None);
    for reply in asked.into_iter().chain(other) {
        reply.await.unwrap().expect(200);
    }
}

#[tokio::test]
async fn what_is_under_way_is_counted_for_as_long_as_somebody_waits_for_it() {
    let (store, shop) = troubled_shop().await;
    // The reading is one too.
    let in_flight = async || Scrape::of(&shop.app).await.value("khata_http_requests_in_flight", &[]);
    store.set(Some(Trouble::Hangs));
    let [answered, given_up] = [0; 2].map(|_| tokio::spawn(shop.app.get("/readyz").into_future()));
    tokio::task::yield_now().await;
    assert_eq!(in_flight().await, 3.0);
    given_up.abort();
    assert!(given_up.await.is_err());
    assert_eq!(in_flight().await, 2.0);
    store.set(None);
    answered.await.expect("the call ends").expect(200);
    assert_eq!(in_flight().await, 1.0);
    let answered = [("method", "GET"), ("route", "/readyz"), ("status", "200")];
    assert_eq!(Scrape::of(&shop.app).await.value("khata_http_requests_total", &answered), 1.0);
}

#[tokio::test]
async fn what_goes_wrong_is_counted_as_it_was_answered() {
    let (store, mut shop) = troubled_shop().await;
    store.set(Some(Trouble::Panics));
    shop.app.get("/readyz").await.expect(500);
    store.set(Some(Trouble::Away));
    shop.app.get("/readyz").await.expect(503);
    let scrape = Scrape::of(&shop.app).await;
    for status in ["500", "503"] {
        let failed = [("method", "GET"), ("route", "/readyz"), ("status", status)];
        assert_eq!(scrape.value("khata_http_requests_total", &failed), 1.0);
    }
    assert_eq!(scrape.value("khata_http_requests_in_flight", &[]), 1.0);

    // Figures are wanted most where there is no place for anything else.
    shop.app = shop.app.with_config(Config { concurrency_limit: 0, ..Config::default() });
    shop.get("/api/customers/shop").await.expect(503);
    let refused = [("method", "GET"), ("route", "/api/customers/shop"), ("status", "503")];
    assert_eq!(Scrape::of(&shop.app).await.value("khata_http_requests_total", &refused), 1.0);
}
