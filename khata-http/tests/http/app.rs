//! A router over a fresh store, and shops that call it.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::Method;
use khata_core::Khata;
use khata_core::auth::AuthConfig;
use khata_core::calendar::{Clock, Timestamp};
use khata_core::store::{MemoryStore, Store};
use khata_http::Config;
use serde_json::{Value, json};

use crate::bodies;
use crate::call::Call;

/// 2026-11-24, a Tuesday, at 13:46:20 in India.
const START_MILLIS: i64 = 1_795_508_180_000;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// The server.
#[derive(Clone)]
pub(crate) struct TestApp {
    khata: Khata,
    router: Router,
    millis: Arc<AtomicI64>,
    registered: Arc<AtomicU64>,
}

impl TestApp {
    /// Over a store that has no part in what is tested.
    pub(crate) fn over_memory() -> Self {
        Self::over(Arc::new(MemoryStore::default()))
    }

    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        let millis = Arc::new(AtomicI64::new(START_MILLIS));
        let now = Arc::clone(&millis);
        let clock = Clock::new(move || {
            Timestamp::from_millis(now.load(Ordering::SeqCst)).expect("the test stays within the calendar")
        });
        let khata = Khata::builder(store).auth(AuthConfig::cheap_for_tests()).clock(clock).build();
        let router = khata_http::router(khata.clone(), Config::default());
        Self { khata, router, millis, registered: Arc::default() }
    }

    /// Another server over the same book.
    pub(crate) fn with_config(&self, config: Config) -> Self {
        Self { router: khata_http::router(self.khata.clone(), config), ..self.clone() }
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).expect("a test doesn't wait that long");
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) fn call(&self, method: Method, path: impl Display) -> Call {
        Call::new(self.router.clone(), method, &path.to_string())
    }

    pub(crate) fn get(&self, path: impl Display) -> Call {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: impl Display) -> Call {
        self.call(Method::POST, path)
    }

    /// A mobile number that was not given out before.
    pub(crate) fn mobile(&self) -> String {
        format!("+9198765{:05}", self.registered.fetch_add(1, Ordering::SeqCst))
    }

    /// A new shop, logged in.
    pub(crate) async fn shop(&self) -> TestShop {
        let mobile = self.mobile();
        let registration = bodies::registration(&mobile);
        let registered = self.post("/api/shopowners/register").json(&registration).await.expect(201).json();
        let id = registered["shopOwner"]["id"].as_str().expect("an id").to_owned();
        let token = self.log_in(&mobile, PASSWORD).await;
        TestShop { app: self.clone(), id, mobile, token }
    }

    /// Logs in, and gives the token.
    pub(crate) async fn log_in(&self, mobile: &str, password: &str) -> String {
        let credentials = json!({ "mobileNumber": mobile, "password": password });
        let session = self.post("/api/shopowners/login").json(&credentials).await.expect(200).json();
        session["token"].as_str().expect("a token").to_owned()
    }
}

/// A shop whose owner is logged in.
#[derive(Clone)]
pub(crate) struct TestShop {
    pub(crate) app: TestApp,
    pub(crate) id: String,
    pub(crate) mobile: String,
    pub(crate) token: String,
}

impl TestShop {
    pub(crate) fn call(&self, method: Method, path: impl Display) -> Call {
        self.app.call(method, path).bearer(&self.token)
    }

    pub(crate) fn get(&self, path: impl Display) -> Call {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: impl Display) -> Call {
        self.call(Method::POST, path)
    }

    pub(crate) fn put(&self, path: impl Display) -> Call {
        self.call(Method::PUT, path)
    }

    pub(crate) fn delete(&self, path: impl Display) -> Call {
        self.call(Method::DELETE, path)
    }

    /// The same owner with another token.
    pub(crate) async fn on_another_device(&self) -> Self {
        Self { token: self.app.log_in(&self.mobile, PASSWORD).await, ..self.clone() }
    }

    /// Adds a customer with no more than it needs.
    pub(crate) async fn customer(&self, name: &str) -> Value {
        let customer = json!({ "name": name, "mobileNumber": self.app.mobile() });
        self.post("/api/customers/add").json(&customer).await.expect(201).json()
    }

    /// Adds an invoice of 2026-11-24 without tax.
    pub(crate) async fn invoice(&self, customer: &Value, total: i64) -> Value {
        let invoice = bodies::plain_invoice(customer, total);
        self.post("/api/invoices/add").json(&invoice).await.expect(201).json()
    }

    /// Adds a receipt of 2026-11-24 in cash.
    pub(crate) async fn receipt(&self, customer: &Value, amount: i64) -> Value {
        let receipt = bodies::plain_receipt(customer, amount);
        self.post("/api/receipts/add").json(&receipt).await.expect(201).json()
    }

    /// Adds a credit note of 2026-11-24.
    pub(crate) async fn credit_note(&self, invoice: &Value, gross: i64) -> Value {
        let note = bodies::plain_credit_note(invoice, gross);
        self.post("/api/creditnotes/add").json(&note).await.expect(201).json()
    }

    /// Voids the document at that path, today.
    pub(crate) async fn void(&self, path: impl Display) -> Value {
        self.post(format!("{path}/void")).json(&bodies::plain_void()).await.expect(200).json()
    }

    /// What is there now of that customer.
    pub(crate) async fn customer_now(&self, customer: &Value) -> Value {
        self.get(format!("/api/customers/get/{}", id(customer))).await.expect(200).json()
    }

    /// How much there is in the book: customers, archived customers, invoices, receipts.
    pub(crate) async fn census(&self) -> [usize; 4] {
        let lists = [
            "/api/customers/shop?limit=500".to_owned(),
            "/api/customers/shop?limit=500&archived=true".to_owned(),
            "/api/invoices/shop?limit=500".to_owned(),
            format!("/api/receipts/shop/{}?limit=500", self.id),
        ];
        let mut counts = [0; 4];
        for (count, list) in counts.iter_mut().zip(lists) {
            *count = self.get(list).await.expect(200).rows().len();
        }
        counts
    }
}

/// The id of what was answered.
pub(crate) fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}
