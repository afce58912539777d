//! Voiding invoices, receipts and credit notes.

use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies::{self, with, without};
use crate::over_every_store;

/// One of each kind of document, by its path.
async fn documents(shop: &TestShop, customer: &Value) -> [String; 3] {
    let invoice = shop.invoice(customer, 100).await;
    let other = shop.invoice(customer, 100).await;
    let receipt = shop.receipt(customer, 40).await;
    let note = shop.credit_note(&other, 10).await;
    [
        format!("/api/invoices/{}", id(&invoice)),
        format!("/api/receipts/{}", id(&receipt)),
        format!("/api/creditnotes/{}", id(&note)),
    ]
}

async fn a_void_answers_with_the_document_as_it_is_now(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    for path in documents(&shop, &customer).await {
        let before = shop.get(&path).await.expect(200).json();
        let voided = shop.post(format!("{path}/void")).json(&bodies::void()).await.expect(200);
        let now = shop.get(&path).await.expect(200);
        assert_eq!((now.json(), now.header("etag")), (voided.json(), voided.header("etag")), "{path}");
        assert_eq!(voided.header("location"), None);

        let open = if path.contains("invoices") { "outstandingAmount" } else { "unappliedAmount" };
        let changes = [("status", json!("void")), (open, json!(0)), ("allocations", json!([]))];
        let expected = changes.iter().fold(before, |body, (field, value)| with(&body, field, value.clone()));
        assert_eq!(without(&voided.json(), "updatedAt"), without(&expected, "updatedAt"));
    }
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(100), "one invoice is left");
}

async fn a_balance_counts_a_void_from_its_day_on(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 100).await;
    shop.receipt(&customer, 40).await;
    let tomorrow = with(&bodies::void(), "date", "2026-11-25");
    shop.post(format!("/api/invoices/{}/void", id(&invoice))).json(&tomorrow).await.expect(200);
    for (as_of, balance, invoiced, unapplied) in
        [("2026-11-23", 0, 0, 0), ("2026-11-24", 60, 100, 0), ("2026-11-25", -40, 0, 40)]
    {
        let path = format!("/api/customers/{}/balance?asOf={as_of}", id(&customer));
        let told = shop.get(path).await.expect(200).json();
        let told = ["balance", "invoiced", "unapplied"].map(|field| told[field].clone());
        assert_eq!(told, [json!(balance), json!(invoiced), json!(unapplied)], "{as_of}");
    }
}

async fn a_reason_is_required_and_a_date_may_be_given(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    for path in documents(&shop, &customer).await {
        let void = || shop.post(format!("{path}/void"));
        void().json(&json!({})).await.expect_faults(&[("reason", "missing")]);
        void().json(&json!({ "reason": null })).await.expect_faults(&[("reason", "missing")]);
        void().json(&json!({ "reason": " " })).await.expect_faults(&[("reason", "empty")]);
        let long = json!({ "reason": "क".repeat(2_001) });
        void().json(&long).await.expect_faults(&[("reason", "too_long")]);
        let wrong = json!({ "reason": "x", "date": "31/02/2026", "why": 1 });
        void().json(&wrong).await.expect_faults(&[("date", "invalid_date"), ("why", "unknown_field")]);
        let early = json!({ "reason": "x", "date": "2026-11-23" });
        void().json(&early).await.expect_faults(&[("date", "too_early")]);
        let longest = json!({ "reason": "क".repeat(2_000), "date": null });
        void().json(&longest).await.expect(200);
        void().json(&json!({ "reason": "again" })).await.expect_problem(409, "already_void");
        void().json(&early).await.expect_problem(409, "already_void");
    }
}

async fn an_invoice_with_credit_notes_is_not_voided(app: TestApp) {
    let shop = app.shop().await;
    let invoice = shop.invoice(&shop.customer("Asha").await, 100).await;
    let note = shop.credit_note(&invoice, 10).await;
    let path = format!("/api/invoices/{}", id(&invoice));
    let void = || shop.post(format!("{path}/void")).json(&bodies::void());
    void().await.expect_problem(409, "has_credit_notes");
    shop.void(format!("/api/creditnotes/{}", id(&note))).await;
    void().await.expect(200);
}

async fn a_locked_period_takes_no_void(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let documents = documents(&shop, &customer).await;
    let profile = format!("/api/shopowners/update/{}", shop.id);
    shop.put(&profile).json(&json!({ "lockedUntil": "2026-11-25" })).await.expect(200);
    let later = with(&bodies::void(), "date", "2026-11-25");
    for path in &documents {
        for body in [bodies::plain_void(), later.clone()] {
            shop.post(format!("{path}/void")).json(&body).await.expect_problem(409, "period_locked");
        }
    }
    // It may be moved back: it guards against slips, and what is recorded says for itself when that was.
    shop.put(&profile).json(&json!({ "lockedUntil": "2026-11-24" })).await.expect(200);
    for path in documents {
        shop.post(format!("{path}/void")).json(&later).await.expect(200);
    }
}

async fn a_void_brings_an_archived_customer_back(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 100).await;
    shop.receipt(&customer, 100).await;
    shop.delete(format!("/api/customers/delete/{}", id(&customer))).await.expect(200);
    assert_eq!(shop.census().await[..2], [0, 1]);
    shop.void(format!("/api/invoices/{}", id(&invoice))).await;
    assert_eq!(shop.census().await[..2], [1, 0]);
    let now = shop.customer_now(&customer).await;
    assert_eq!((&now["balance"], &now["archivedAt"]), (&json!(-100), &Value::Null));
}

async fn the_number_of_a_void_document_stays_used(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 100).await;
    shop.void(format!("/api/invoices/{}", id(&invoice))).await;
    let again = with(&bodies::plain_invoice(&customer, 5), "invoiceNumber", "inv/2026-27/0001");
    shop.post("/api/invoices/add").json(&again).await.expect_problem(409, "number_taken");
    assert_eq!(shop.invoice(&customer, 5).await["invoiceNumber"], "INV/2026-27/0002");
    let void = shop.get("/api/invoices/shop?status=void").await.expect(200);
    assert_eq!(void.column("id"), [invoice["id"].clone()]);
}

async fn a_document_of_another_kind_is_not_found(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let [invoice, receipt, note] =
        documents(&shop, &customer).await.map(|path| path.rsplit('/').next().unwrap().to_owned());
    for (of, wrong) in [
        ("invoices", &receipt),
        ("invoices", &note),
        ("receipts", &invoice),
        ("receipts", &note),
        ("creditnotes", &invoice),
        ("creditnotes", &receipt),
    ] {
        let path = format!("/api/{of}/{wrong}/void");
        shop.post(path).json(&bodies::plain_void()).await.expect_problem(404, "not_found");
    }
}

over_every_store![
    a_void_answers_with_the_document_as_it_is_now,
    a_balance_counts_a_void_from_its_day_on,
    a_reason_is_required_and_a_date_may_be_given,
    an_invoice_with_credit_notes_is_not_voided,
    a_locked_period_takes_no_void,
    a_void_brings_an_archived_customer_back,
    the_number_of_a_void_document_stays_used,
    a_document_of_another_kind_is_not_found,
];
