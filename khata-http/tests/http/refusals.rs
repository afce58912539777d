//! What could go wrong with a ledger and doesn't: each mistake has an error of its own, and nothing is written.

use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies::{self, with};
use crate::over_every_store;

/// How many entries there are, and what the last one's hash is.
async fn end_of(shop: &TestShop) -> (usize, Value) {
    let entries = shop.get("/api/entries?limit=500").await.expect(200).rows();
    (entries.len(), entries.last().map_or(Value::Null, |entry| entry["hash"].clone()))
}

async fn periods_and_days_that_can_not_be(app: TestApp) {
    let shop = app.shop().await;
    let asha = shop.customer("Asha").await;
    let customer = id(&asha);
    for (path, field, code) in [
        (format!("customers/{customer}/statement?from=2026-11-02&to=2026-11-01"), "from", "from_after_to"),
        ("invoices/shop?from=2026-11-02&to=2026-11-01".to_owned(), "from", "from_after_to"),
        (format!("receipts/customer/{customer}?from=2026-11-02&to=2026-11-01"), "from", "from_after_to"),
        (format!("customers/{customer}/balance?asOf=9999-12-31"), "asOf", "date_out_of_range"),
        ("reports/ageing?asOf=9999-12-31".to_owned(), "asOf", "date_out_of_range"),
        ("reports/daybook?date=9999-12-31".to_owned(), "date", "date_out_of_range"),
        (format!("customers/{customer}/statement?to=9999-12-31"), "to", "date_out_of_range"),
    ] {
        shop.get(format!("/api/{path}")).await.expect_faults(&[(field, code)]);
    }
}

async fn allocations_voids_and_credit_notes_that_go_too_far(app: TestApp) {
    let shop = app.shop().await;
    let (asha, bina) = (shop.customer("Asha").await, shop.customer("Bina").await);
    let invoice = shop.invoice(&asha, 100).await;
    let hers = shop.invoice(&bina, 100).await;
    let void = shop.invoice(&asha, 50).await;
    shop.void(format!("/api/invoices/{}", id(&void))).await;
    let before = end_of(&shop).await;

    let row = |invoice: &Value, amount: i64| json!({ "invoiceId": id(invoice), "amount": amount });
    for (allocations, field, code) in [
        (json!([row(&invoice, 101)]), "allocations/0/amount", "beyond_open"),
        (json!([row(&invoice, 90), row(&hers, 20)]), "allocations/1/invoiceId", "other_customer"),
        (json!([row(&void, 1)]), "allocations/0/invoiceId", "void"),
    ] {
        let receipt = with(&bodies::plain_receipt(&asha, 200), "allocations", allocations);
        shop.post("/api/receipts/add").json(&receipt).await.expect_faults(&[(field, code)]);
    }
    let small = with(&bodies::plain_receipt(&asha, 20), "allocations", json!([row(&invoice, 21)]));
    let reply = shop.post("/api/receipts/add").json(&small).await;
    reply.expect_faults(&[("allocations", "over_allocated")]);

    let again = shop.post(format!("/api/invoices/{}/void", id(&void))).json(&bodies::plain_void());
    again.await.expect_problem(409, "already_void");
    let entries = shop.get("/api/entries").await.expect(200).rows();
    let reversal = entries.iter().find(|entry| entry["kind"] == "void").unwrap();
    for kind in ["invoices", "receipts", "creditnotes"] {
        let void = shop.post(format!("/api/{kind}/{}/void", id(reversal))).json(&bodies::plain_void());
        void.await.expect_problem(404, "not_found");
    }

    let beyond = bodies::plain_credit_note(&invoice, 101);
    let reply = shop.post("/api/creditnotes/add").json(&beyond).await;
    assert!(reply.faults().iter().any(|(_, code)| code == "beyond_invoice"), "{}", reply.text());
    let reply = shop.post("/api/creditnotes/add").json(&bodies::plain_credit_note(&void, 1)).await;
    reply.expect_problem(422, "invalid");
    assert_eq!(end_of(&shop).await, before, "nothing was written");
}

over_every_store![periods_and_days_that_can_not_be, allocations_voids_and_credit_notes_that_go_too_far,];
