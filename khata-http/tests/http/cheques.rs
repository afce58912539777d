//! `/api/receipts/{id}/bounce`.

use axum::http::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies;
use crate::input::{bad, date, free_text, knows_no_other, one_line, positive_amount, refuses, requires};
use crate::over_every_store;

fn cheque(customer: &Value) -> Value {
    json!({
        "customerId": id(customer), "date": "2026-11-20", "amount": 100, "paymentType": "Cheque",
        "chequeNumber": "000123", "chequeBank": "State Bank", "chequeDate": "19/11/2026",
    })
}

async fn given(shop: &TestShop) -> (Value, Value) {
    let customer = shop.customer("Asha").await;
    shop.invoice(&customer, 100).await;
    let receipt = shop.post("/api/receipts/add").json(&cheque(&customer)).await.expect(201).json();
    (customer, receipt)
}

async fn a_cheque_bounces_with_a_charge(app: TestApp) {
    let shop = app.shop().await;
    let (customer, receipt) = given(&shop).await;
    let told = (&receipt["chequeNumber"], &receipt["chequeBank"], &receipt["chequeDate"]);
    assert_eq!(told, (&json!("000123"), &json!("State Bank"), &json!("2026-11-19")));
    let path = format!("/api/receipts/{}/bounce", id(&receipt));
    let body = json!({ "date": "2026-11-24", "reason": "Funds insufficient", "charge": 50 });
    let dry = shop.post(format!("{path}?dryRun=true")).json(&body).await.expect(200).json();
    assert_eq!(dry["status"], "bounced");
    assert_eq!(shop.customer_now(&customer).await["bouncedCheques"], json!(0));
    let reply = shop.post(&path).header("idempotency-key", "b").json(&body).await.expect(200);
    let bounced = reply.json();
    assert_eq!((&bounced["status"], &bounced["unappliedAmount"]), (&json!("bounced"), &json!(0)));
    let again = shop.post(&path).header("idempotency-key", "b").json(&body).await.expect(200);
    assert_eq!((again.header("idempotent-replayed"), again.json()), (Some("true"), bounced));
    let explained = shop.get(format!("/api/receipts/{}/explain", id(&receipt))).await.expect(200).json();
    let sentence = "Receipt RCT/2026-27/0001 of 2026-11-20 over INR 100.00 has bounced.";
    assert_eq!(explained["sentence"], sentence);
    let now = shop.customer_now(&customer).await;
    assert_eq!((&now["balance"], &now["bouncedCheques"]), (&json!(150), &json!(1)));
    let notes = shop.get("/api/debitnotes/shop").await.expect(200).json();
    assert_eq!((&notes[0]["totalAmount"], &notes[0]["date"]), (&json!(50), &json!("2026-11-24")));
    let entries = shop.get("/api/entries?after=2").await.expect(200).json();
    assert_eq!([&entries[0]["kind"], &entries[1]["kind"]], ["bounce", "debit_note"]);
    shop.post(&path).json(&body).await.expect_problem(409, "already_void");
}

async fn what_is_no_cheque_does_not_bounce(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let cash = shop.receipt(&customer, 10).await;
    let body = json!({ "date": "2026-11-24", "reason": "?" });
    let path = format!("/api/receipts/{}/bounce", id(&cash));
    shop.post(&path).json(&body).await.expect_problem(409, "not_a_cheque");
    let with_number = bodies::with(&bodies::plain_receipt(&customer, 5), "chequeNumber", "1");
    shop.post("/api/receipts/add")
        .json(&with_number)
        .await
        .expect_faults(&[("chequeNumber", "not_a_cheque")]);
    let unknown = "/api/receipts/0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b/bounce";
    shop.post(unknown).json(&json!({})).await.expect_problem(404, "not_found");
}

async fn bad_input_is_told_field_by_field(app: TestApp) {
    let shop = app.shop().await;
    let (customer, receipt) = given(&shop).await;
    let path = format!("/api/receipts/{}/bounce", id(&receipt));
    let body = json!({ "date": "2026-11-24", "reason": "?" });
    let mut dates = date();
    dates.extend(bad(&[(r#""2026-11-19""#, "too_early"), (r#""2026-11-25""#, "in_future")]));
    let fields = vec![("date", dates), ("reason", free_text(2_000)), ("charge", positive_amount())];
    refuses(&shop, Method::POST, &path, &body, fields).await;
    requires(&shop, &path, &body, &["date", "reason"]).await;
    knows_no_other(&shop, Method::POST, &path, &body, &["id", "status", "amount"]).await;
    let fields = vec![("chequeNumber", one_line()), ("chequeBank", one_line()), ("chequeDate", date())];
    refuses(&shop, Method::POST, "/api/receipts/add", &cheque(&customer), fields).await;
}

over_every_store![
    a_cheque_bounces_with_a_charge,
    what_is_no_cheque_does_not_bounce,
    bad_input_is_told_field_by_field,
];
