//! A database that is away, and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use khata_core::calendar::{Date, Timestamp};
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, ItemId, OwnerId, SessionId};
use khata_core::ledger::{Entry, Item, Outcome};
use khata_core::number::DocumentKind;
use khata_core::phone::MobileNumber;
use khata_core::store::{
    BookRepository, Credentials, CustomerRepository, CustomerSelection, DocumentRepository,
    DocumentSelection, EntryRepository, Head, Job, LiveSession, MemoryStore, OwnerRepository, Paper, Session,
    SessionRepository, Standing, StoreError, Throttle, ThrottleKey, ThrottleRepository,
};

use crate::app::TestApp;
use crate::bodies;

/// A store that can go away.
#[derive(Debug, Default)]
struct Outage {
    store: MemoryStore,
    away: AtomicBool,
}

impl Outage {
    fn reached(&self) -> Result<&MemoryStore, StoreError> {
        match self.away.load(Ordering::SeqCst) {
            true => Err(StoreError::unavailable("the secret address db.internal:27017 can't be reached")),
            false => Ok(&self.store),
        }
    }
}

macro_rules! pass_on {
    ($($repository:ident { $($method:ident($($name:ident: $of:ty),*) -> $answer:ty;)+ })+) => {$(
        #[async_trait]
        impl $repository for Outage {
            $(async fn $method(&self, $($name: $of),*) -> Result<$answer, StoreError> {
                self.reached()?.$method($($name),*).await
            })+
        }
    )+};
}

pass_on! {
    BookRepository {
        transact(job: &dyn Job, deadline: Instant) -> Vec<Outcome>;
        ping() -> ();
    }
    OwnerRepository {
        create_owner(head: &Head, password_hash: &str) -> ();
        head(owner: OwnerId) -> Head;
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
        clear_throttle(key: &ThrottleKey) -> ();
    }
    CustomerRepository {
        customer(owner: OwnerId, id: CustomerId) -> Customer;
        customers(owner: OwnerId, selection: &CustomerSelection) -> Vec<Customer>;
    }
    DocumentRepository {
        document(owner: OwnerId, kind: DocumentKind, id: ItemId) -> Paper;
        documents(owner: OwnerId, kind: DocumentKind, selection: &DocumentSelection) -> Vec<Paper>;
    }
    EntryRepository {
        entries(owner: OwnerId, after: u64, limit: u32) -> Vec<Entry>;
        items(owner: OwnerId, after: u64, limit: u32) -> Vec<Item>;
        standing(owner: OwnerId, customer: CustomerId, as_of: Date) -> Standing;
    }
}

#[tokio::test]
async fn while_the_database_is_away_clients_are_told_to_come_back() {
    let store = Arc::new(Outage::default());
    let app = TestApp::over(store.clone(), None);
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;

    store.away.store(true, Ordering::SeqCst);
    let invoice = bodies::plain_invoice(&customer, 5);
    let login = serde_json::json!({ "mobileNumber": shop.mobile, "password": "correct horse battery" });
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

    store.away.store(false, Ordering::SeqCst);
    app.get("/readyz").await.expect(200);
    let posted = shop.post("/api/invoices/add").json(&invoice).await.expect(201).json();
    assert_eq!(posted["seq"], 1);
    assert_eq!(shop.census().await, [1, 0, 1, 0]);
}
