//! `/api/receipts/{id}/allocate`, `/api/creditnotes/{id}/allocate`.

use axum::http::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies;
use crate::input::{bad, date, knows_no_other, positive_amount, refuses, some_id};
use crate::over_every_store;

async fn book(shop: &TestShop) -> ([Value; 2], Value) {
    let customer = shop.customer("Asha").await;
    let invoices = [shop.invoice(&customer, 100).await, shop.invoice(&customer, 100).await];
    let receipt = shop.receipt(&customer, 100).await;
    (invoices, receipt)
}

fn pays(invoice: &Value, amount: i64) -> Value {
    json!({ "allocations": [{ "invoiceId": id(invoice), "amount": amount }] })
}

async fn a_receipt_is_allocated_otherwise(app: TestApp) {
    let shop = app.shop().await;
    let ([first, second], receipt) = book(&shop).await;
    assert_eq!(receipt["allocations"], json!([bodies::paid(&first, 100)]));
    let path = format!("/api/receipts/{}/allocate", id(&receipt));
    let body = pays(&second, 60);
    let dry = shop.post(format!("{path}?dryRun=true")).json(&body).await.expect(200).json();
    let moved = [bodies::paid(&first, 40), bodies::paid(&second, 60)];
    assert_eq!(dry["allocations"], json!(moved));
    let reply = shop.post(&path).header("idempotency-key", "a").json(&body).await.expect(200);
    assert_eq!(reply.json()["allocations"], json!(moved));
    let again = shop.post(&path).header("idempotency-key", "a").json(&body).await.expect(200);
    assert_eq!((again.header("idempotent-replayed"), again.json()), (Some("true"), reply.json()));
    let read = shop.get(format!("/api/receipts/{}", id(&receipt))).await.expect(200);
    assert_eq!(read.json(), reply.json());
    let invoice = shop.get(format!("/api/invoices/{}", id(&first))).await.expect(200).json();
    assert_eq!(invoice["outstandingAmount"], json!(60));
    let entries = shop.get("/api/entries?after=3").await.expect(200).json();
    assert_eq!((&entries[0]["kind"], &entries[0]["amount"]), (&json!("allocation"), &json!(0)));
}

async fn a_credit_note_is_allocated_otherwise(app: TestApp) {
    let shop = app.shop().await;
    let ([first, second], receipt) = book(&shop).await;
    let note = shop.credit_note(&second, 30).await;
    shop.post(format!("/api/receipts/{}/allocate", id(&receipt))).json(&pays(&second, 70)).await.expect(200);
    let path = format!("/api/creditnotes/{}/allocate", id(&note));
    let moved = shop.post(&path).json(&pays(&first, 30)).await.expect(200).json();
    assert_eq!(moved["allocations"], json!([bodies::paid(&first, 30)]));
    let wrong_kind = format!("/api/receipts/{}/allocate", id(&note));
    shop.post(wrong_kind).json(&json!({})).await.expect_problem(404, "not_found");
    shop.void(format!("/api/creditnotes/{}", id(&note))).await;
    shop.post(&path).json(&json!({})).await.expect_problem(409, "already_void");
}

async fn bad_input_is_told_field_by_field(app: TestApp) {
    let shop = app.shop().await;
    let ([first, second], receipt) = book(&shop).await;
    let path = format!("/api/receipts/{}/allocate", id(&receipt));
    let mut body = pays(&second, 60);
    body["date"] = json!("2026-11-24");
    let mut dates = date();
    dates.extend(bad(&[(r#""2026-11-23""#, "too_early")]));
    let fields = vec![
        ("date", dates),
        ("allocations", bad(&[("5", "wrong_type"), ("{}", "wrong_type")])),
        ("allocations/0/invoiceId", some_id()),
        ("allocations/0/amount", positive_amount()),
    ];
    refuses(&shop, Method::POST, &path, &body, fields).await;
    knows_no_other(&shop, Method::POST, &path, &body, &["id", "amount", "status"]).await;
    let rows = json!({ "allocations": [
        { "invoiceId": id(&first), "amount": 60 }, { "invoiceId": id(&second), "amount": 41 },
    ] });
    shop.post(&path).json(&rows).await.expect_faults(&[("allocations", "over_allocated")]);
}

over_every_store![
    a_receipt_is_allocated_otherwise,
    a_credit_note_is_allocated_otherwise,
    bad_input_is_told_field_by_field,
];
