//! What is logged of a request, and what never is.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use crate::app::{PASSWORD, TestApp, id};
use crate::bodies;

/// A log that can be read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no writer panics").clone()).expect("a log of text")
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer panics").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_log_tells_of_each_request_and_of_nothing_in_it() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // For the whole process: whether a place logs is decided once for all threads, so one with a subscriber of its own
    // would miss what another thread came to first. What other tests log must not hold a secret either.
    tracing::subscriber::set_global_default(subscriber).expect("no other test sets one");

    let app = TestApp::over_memory();
    let shop = app.shop().await;
    let added =
        shop.post("/api/customers/add").once("the-key").json(&bodies::customer()).await.expect(201).json();
    let read = shop.get(format!("/api/customers/get/{}", id(&added))).await.expect(200);
    app.get("/api/customers/shop?q=Whispered").cookie(&shop.token).await.expect(200);
    app.get("/api/Mistyped-Path?q=Whispered").await.expect(404);
    let wrong = json!({ "mobileNumber": shop.mobile, "password": "a wrong battery" });
    app.post("/api/shopowners/login").json(&wrong).await.expect(401);
    let change = json!({ "currentPassword": PASSWORD, "password": "a better battery" });
    shop.put(format!("/api/shopowners/update/{}", shop.id)).json(&change).await.expect(200);
    shop.post("/api/customers/add").json_text("{\"name\": Whispered").await.expect(400);

    let log = log.text();
    let request_id = read.header("x-request-id").expect("an id");
    let line = log.lines().find(|line| line.contains(request_id)).expect("a line for the request");
    for told in ["GET", "/api/customers/get/{id}", "status=200", "latency_ms=", "INFO"] {
        assert!(line.contains(told), "{told}: {line}");
    }
    let signature = shop.token.rsplit('.').next().expect("a part");
    let mobile = shop.mobile.trim_start_matches("+91");
    for secret in
        ["battery", signature, "the-key", "Whispered", "Mistyped-Path", "Asha", "9123456789", mobile]
    {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
