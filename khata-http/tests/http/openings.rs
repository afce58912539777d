//! `/api/openings`, and `/api/customers/{id}/opening`.

use axum::http::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies;
use crate::input::{
    bad, date, document_number, free_text, knows_no_other, refuses, requires, signed_amount, some_id,
};
use crate::over_every_store;

async fn opened(shop: &TestShop, amount: i64) -> Value {
    let body = json!({ "name": "Ravi", "openingBalance": amount, "openingDate": "2026-04-01" });
    shop.post("/api/customers/add").json(&body).await.expect(201).json()
}

async fn it_is_listed_read_explained_and_voided(app: TestApp) {
    let shop = app.shop().await;
    let customer = opened(&shop, -250).await;
    let invoice = shop.invoice(&customer, 100).await;
    let listed = shop.get("/api/openings/shop").await.expect(200).json();
    let opening = listed[0].clone();
    let expected = json!({
        "id": opening["id"],
        "shopOwnerId": shop.id,
        "customerId": customer["id"],
        "openingNumber": "OPB/2026-27/0001",
        "date": "2026-04-01",
        "day": "Wednesday",
        "amount": -250,
        "paidBy": [],
        "allocations": [bodies::paid(&invoice, 100)],
        "outstandingAmount": 0,
        "unappliedAmount": 150,
        "status": "recorded",
        "note": null,
        "seq": 1,
        "createdAt": "2026-11-24T08:16:20.000Z",
        "updatedAt": "2026-11-24T08:16:20.000Z",
    });
    assert_eq!(listed, json!([expected]));
    let of_customer = format!("/api/openings/customer/{}", id(&customer));
    assert_eq!(shop.get(of_customer).await.expect(200).json(), listed);
    let path = format!("/api/openings/{}", id(&opening));
    assert_eq!(shop.get(&path).await.expect(200).json(), expected);
    let explained = shop.get(format!("{path}/explain")).await.expect(200).json();
    assert_eq!((&explained["kind"], &explained["openAmount"]), (&json!("opening_balance"), &json!(150)));
    let voided = shop.post(format!("{path}/void")).json(&bodies::void()).await.expect(200).json();
    assert_eq!((&voided["status"], &voided["unappliedAmount"]), (&json!("void"), &json!(0)));
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(100));
}

async fn another_takes_its_place(app: TestApp) {
    let shop = app.shop().await;
    let customer = opened(&shop, 5000).await;
    let path = format!("/api/customers/{}/opening", id(&customer));
    let body = json!({ "amount": 500, "date": "01/04/2026", "note": "A zero too many" });
    let dry = shop.post(format!("{path}?dryRun=true")).json(&body).await.expect(200).json();
    assert_eq!((&dry["amount"], &dry["openingNumber"]), (&json!(500), &json!("OPB/2026-27/0002")));
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(5000));
    let key = |call: crate::call::Call| call.header("idempotency-key", "once");
    let reply = key(shop.post(&path)).json(&body).await.expect(201);
    let opening = reply.json();
    assert_eq!(reply.header("location"), Some(format!("/api/openings/{}", id(&opening)).as_str()));
    assert_eq!((&opening["outstandingAmount"], &opening["note"]), (&json!(500), &json!("A zero too many")));
    let again = key(shop.post(&path)).json(&body).await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), again.json()), (Some("true"), opening));
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(500));
    let unknown = "/api/customers/0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b/opening";
    shop.post(unknown).json(&body).await.expect_problem(404, "not_found");
}

async fn a_second_one_is_refused(app: TestApp) {
    let shop = app.shop().await;
    let customer = opened(&shop, 10).await;
    let body = json!({ "customerId": id(&customer), "date": "2026-04-01", "amount": 5 });
    shop.post("/api/openings/add").json(&body).await.expect_problem(409, "has_opening_balance");
    let path = format!("/api/customers/{}/opening", id(&customer));
    shop.post(&path)
        .json(&json!({ "amount": 5, "date": "2026-04-01", "openingNumber": "opb/2026-27/0001" }))
        .await
        .expect_problem(409, "number_taken");
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(10));
}

async fn bad_input_is_told_field_by_field(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let mut amounts = signed_amount();
    amounts.extend(bad(&[("0", "zero"), (r#""0.00""#, "zero")]));
    let body = json!({ "customerId": id(&customer), "date": "2026-04-01", "amount": 5 });
    let fields = || {
        vec![
            ("date", date()),
            ("amount", amounts.clone()),
            ("openingNumber", document_number()),
            ("note", free_text(2_000)),
        ]
    };
    let add = "/api/openings/add";
    refuses(&shop, Method::POST, add, &body, fields()).await;
    refuses(&shop, Method::POST, add, &body, vec![("customerId", some_id())]).await;
    requires(&shop, add, &body, &["customerId", "date", "amount"]).await;
    knows_no_other(&shop, Method::POST, add, &body, &["id", "status", "unappliedAmount"]).await;
    let replace = format!("/api/customers/{}/opening", id(&customer));
    let body = bodies::without(&body, "customerId");
    refuses(&shop, Method::POST, &replace, &body, fields()).await;
    requires(&shop, &replace, &body, &["date", "amount"]).await;
    knows_no_other(&shop, Method::POST, &replace, &body, &["customerId", "status"]).await;
    shop.post(add).json(&bodies::with(&body, "customerId", id(&customer))).await.expect(201);
}

over_every_store![
    it_is_listed_read_explained_and_voided,
    another_takes_its_place,
    a_second_one_is_refused,
    bad_input_is_told_field_by_field,
];
