//! `Idempotency-Key`.

use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies::{self, with};
use crate::over_every_store;

/// The operations that take a key, each with a sound body.
async fn operations(shop: &TestShop) -> Vec<(String, Value)> {
    let customer = shop.customer("Asha").await;
    let [invoice, wrong] = [shop.invoice(&customer, 400).await, shop.invoice(&customer, 400).await];
    let receipt = shop.receipt(&customer, 5).await;
    let note = shop.credit_note(&invoice, 5).await;
    let void = |of: &str, document: &Value| (format!("/api/{of}/{}/void", id(document)), bodies::void());
    vec![
        ("/api/customers/add".to_owned(), bodies::customer()),
        ("/api/invoices/add".to_owned(), bodies::invoice(&customer)),
        ("/api/receipts/add".to_owned(), bodies::receipt(&customer, &invoice)),
        ("/api/creditnotes/add".to_owned(), bodies::plain_credit_note(&invoice, 5)),
        void("invoices", &wrong),
        void("receipts", &receipt),
        void("creditnotes", &note),
    ]
}

async fn a_request_sent_again_is_answered_as_the_first_time(app: TestApp) {
    let shop = app.shop().await;
    for (path, body) in operations(&shop).await {
        let status = if path.ends_with("/void") { 200 } else { 201 };
        let first = shop.post(&path).once(&path).json(&body).await.expect(status);
        assert_eq!(first.header("idempotent-replayed"), None);
        let before = shop.census().await;
        for key in [path.clone(), format!("\"{path}\"")] {
            let again = shop.post(&path).once(&key).json(&body).await.expect(status);
            assert_eq!(again.header("idempotent-replayed"), Some("true"));
            assert_eq!(again.body, first.body);
            for same in ["location", "etag", "content-type"] {
                assert_eq!(again.header(same), first.header(same), "{path}: {same}");
            }
        }
        assert_eq!(shop.census().await, before);
    }
}

async fn the_first_answer_outlives_changes(app: TestApp) {
    let shop = app.shop().await;
    let customer = json!({ "name": "Asha", "mobileNumber": "9000000001" });
    let added = shop.post("/api/customers/add").once("c").json(&customer).await.expect(201);
    let invoice = bodies::plain_invoice(&added.json(), 100);
    let invoiced = shop.post("/api/invoices/add").once("i").json(&invoice).await.expect(201);
    shop.receipt(&added.json(), 100).await;
    let update = format!("/api/customers/update/{}", id(&added.json()));
    shop.put(update).json(&json!({ "name": "Usha" })).await.expect(200);
    let again = shop.post("/api/customers/add").once("c").json(&customer).await.expect(201);
    assert_eq!(again.body, added.body);
    let again = shop.post("/api/invoices/add").once("i").json(&invoice).await.expect(201);
    assert_eq!(again.body, invoiced.body);
}

async fn requests_are_compared_by_what_they_mean(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let customer = id(&customer);
    let first =
        format!(r#"{{"customerId":"{customer}","date":"2026-11-24","grossAmount":100,"totalAmount":100}}"#);
    let reply = shop.post("/api/invoices/add").once("k").json_text(&first).await.expect(201);
    let same = format!(
        r#" {{ "totalAmount": "100.00", "grossAmount": 1e2, "date": "24/11/2026", "otherCharges": 0, "note": null,
               "customer\u0049d": "{}" }} "#,
        customer.to_uppercase()
    );
    let again = shop.post("/api/invoices/add?overLimit=false").once("k").json_text(&same).await.expect(201);
    assert_eq!(again.body, reply.body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
}

async fn another_request_under_the_same_key_is_refused(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = bodies::plain_invoice(&customer, 100);
    shop.post("/api/invoices/add").once("k").json(&invoice).await.expect(201);
    let before = shop.census().await;
    for (path, body) in [
        ("/api/invoices/add", bodies::plain_invoice(&customer, 101)),
        ("/api/invoices/add", with(&invoice, "igst", 0)),
        ("/api/invoices/add", with(&invoice, "note", "x")),
        ("/api/invoices/add?overLimit=true", invoice.clone()),
        ("/api/receipts/add", bodies::plain_receipt(&customer, 100)),
        ("/api/customers/add", bodies::customer()),
    ] {
        let reply = shop.post(path).once("k").json(&body).await.expect_problem(422, "idempotency_mismatch");
        assert_eq!(reply.faults(), [("Idempotency-Key".to_owned(), "idempotency_mismatch".to_owned())]);
    }
    assert_eq!(shop.census().await, before);
}

async fn a_failure_is_not_kept(app: TestApp) {
    let shop = app.shop().await;
    let taken = shop.customer("Asha").await;
    let body = json!({ "name": "Bina", "mobileNumber": taken["mobileNumber"] });
    shop.post("/api/customers/add").once("k").json(&body).await.expect_problem(409, "mobile_taken");
    shop.post("/api/customers/add").once("k").json(&json!({})).await.expect(422);
    shop.delete(format!("/api/customers/delete/{}", id(&taken))).await.expect(200);
    let reply = shop.post("/api/customers/add").once("k").json(&body).await.expect(201);
    assert_eq!(reply.header("idempotent-replayed"), None);
}

async fn of_requests_at_the_same_time_one_is_done(app: TestApp) {
    let shop = app.shop().await;
    let body = bodies::plain_invoice(&shop.customer("Asha").await, 100);
    let calls =
        (0..8).map(|_| tokio::spawn(shop.post("/api/invoices/add").once("k").json(&body).into_future()));
    let mut replies = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        replies.push(call.await.unwrap().expect(201));
    }
    let done = replies.iter().filter(|reply| reply.header("idempotent-replayed").is_none());
    assert_eq!(done.count(), 1);
    assert!(replies.iter().all(|reply| reply.body == replies[0].body));
    assert_eq!(shop.census().await, [1, 0, 1, 0]);
}

async fn a_key_must_be_well_formed(app: TestApp) {
    let shop = app.shop().await;
    let long = "x".repeat(256);
    for (path, body) in operations(&shop).await {
        for wrong in ["", "\"\"", "a b", "a\tb", &long] {
            let reply = shop.post(&path).once(wrong).json(&body).await;
            reply.expect_problem(400, "invalid_idempotency_key");
        }
        let twice = shop.post(&path).once("a").once("b").json(&body).await;
        twice.expect_problem(400, "invalid_idempotency_key");
        shop.post(&path).once(&"x".repeat(255)).json(&body).await.status.is_success();
    }
}

async fn a_key_lasts_as_long_as_what_came_of_it(app: TestApp) {
    let shop = app.shop().await;
    let body = with(&bodies::customer(), "openingBalance", 0);
    let first = shop.post("/api/customers/add").once("k").json(&body).await.expect(201).json();
    shop.delete(format!("/api/customers/delete/{}", id(&first))).await.expect(200);
    let second = shop.post("/api/customers/add").once("k").json(&body).await.expect(201);
    assert_eq!(second.header("idempotent-replayed"), None);
    assert_ne!(id(&second.json()), id(&first));
}

over_every_store![
    a_request_sent_again_is_answered_as_the_first_time,
    the_first_answer_outlives_changes,
    requests_are_compared_by_what_they_mean,
    another_request_under_the_same_key_is_refused,
    a_failure_is_not_kept,
    of_requests_at_the_same_time_one_is_done,
    a_key_must_be_well_formed,
    a_key_lasts_as_long_as_what_came_of_it,
];
