//! `?dryRun=true`: what would become of a posting.

use serde_json::{Value, json};

use crate::app::{TestApp, id};
use crate::bodies;
use crate::over_every_store;

async fn every_posting_can_be_tried_and_none_is_kept(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 100).await;
    let before = shop.customer_now(&customer).await;
    for (path, body, open) in [
        ("/api/invoices/add".to_owned(), bodies::plain_invoice(&customer, 5), json!(5)),
        ("/api/receipts/add".to_owned(), bodies::plain_receipt(&customer, 100), json!(0)),
        ("/api/creditnotes/add".to_owned(), bodies::plain_credit_note(&invoice, 7), json!(0)),
        ("/api/debitnotes/add".to_owned(), bodies::plain_debit_note(&customer, 5), json!(5)),
        ("/api/writeoffs/add".to_owned(), bodies::plain_write_off(&customer, 5), json!(0)),
        (format!("/api/invoices/{}/void", id(&invoice)), bodies::void(), json!(0)),
    ] {
        let reply = shop.post(format!("{path}?dryRun=true")).json(&body).await.expect(200);
        assert_eq!(reply.header("location"), None, "{path}");
        let told = reply.json();
        let left = told.get("outstandingAmount").or(told.get("unappliedAmount")).unwrap();
        assert_eq!(left, &open, "{path}: {told}");
        assert_eq!(shop.customer_now(&customer).await, before, "{path}");
    }
    assert_eq!(
        shop.get(format!("/api/receipts/shop/{}", shop.id)).await.expect(200).json(),
        Value::Array(Vec::new())
    );
    let first =
        shop.post("/api/receipts/add").json(&bodies::plain_receipt(&customer, 1)).await.expect(201).json();
    assert_eq!(first["receiptNumber"], "RCT/2026-27/0001", "no number is used up");
}

async fn what_would_be_refused_is_refused(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let body = bodies::plain_refund(&customer, 5);
    let beyond = [("amount", "beyond_on_account")];
    shop.post("/api/refunds/add?dryRun=true").json(&body).await.expect_faults(&beyond);
    let wrong = [("dryRun", "invalid_boolean")];
    shop.post("/api/refunds/add?dryRun=maybe").json(&body).await.expect_faults(&wrong);
}

async fn an_idempotency_key_stays_unused(app: TestApp) {
    let shop = app.shop().await;
    let body = bodies::plain_receipt(&shop.customer("Asha").await, 5);
    let post = |path: &str| shop.post(path).once("k-1").json(&body);
    post("/api/receipts/add?dryRun=true").await.expect(200);
    let posted = post("/api/receipts/add?dryRun=false").await.expect(201);
    assert_eq!(posted.header("idempotent-replayed"), None);
}

over_every_store![
    every_posting_can_be_tried_and_none_is_kept,
    what_would_be_refused_is_refused,
    an_idempotency_key_stays_unused,
];
