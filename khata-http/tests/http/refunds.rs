//! `/api/refunds`.

use serde_json::{Value, json};

use crate::app::{TestApp, id};
use crate::bodies;
use crate::over_every_store;

async fn adding_a_refund_answers_with_all_of_it(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let receipt = shop.receipt(&customer, 100).await;
    let body = json!({
        "customerId": id(&customer), "date": "24/11/2026", "amount": 30.5, "paymentType": "UPI",
        "refundNumber": "R-1", "reference": "UTR 7", "note": "Too much paid",
    });
    let reply = shop.post("/api/refunds/add").json(&body).await.expect(201);
    let refund = reply.json();
    let path = format!("/api/refunds/{}", id(&refund));
    assert_eq!(reply.header("location"), Some(path.as_str()));
    let mut expected = json!({
        "id": refund["id"],
        "shopOwnerId": shop.id,
        "customerId": customer["id"],
        "refundNumber": "R-1",
        "date": "2026-11-24",
        "day": "Tuesday",
        "amount": 30.5,
        "paymentType": "upi",
        "reference": "UTR 7",
        "note": "Too much paid",
        "allocations": [bodies::paid_by("receiptId", &receipt["id"], 0)],
        "outstandingAmount": 0,
        "status": "recorded",
        "seq": 2,
        "createdAt": "2026-11-24T08:16:20.000Z",
        "updatedAt": "2026-11-24T08:16:20.000Z",
    });
    expected["allocations"][0]["amount"] = json!(30.5);
    assert_eq!(refund, expected);
    assert_eq!(shop.get(path).await.expect(200).json(), expected);
    let paid = shop.get(format!("/api/receipts/{}", id(&receipt))).await.expect(200).json();
    let mut by_refund = bodies::with(&bodies::paid(&Value::Null, 0), "refundId", refund["id"].clone());
    by_refund["amount"] = json!(30.5);
    assert_eq!((&paid["allocations"], &paid["unappliedAmount"]), (&json!([by_refund]), &json!(69.5)));
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(-69.5));
}

async fn no_more_than_is_on_account_is_given_back(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    shop.receipt(&customer, 10).await;
    let body = bodies::plain_refund(&customer, 11);
    let problem = shop.post("/api/refunds/add").json(&body).await.expect_problem(422, "invalid").json();
    let fault = &problem["errors"][0];
    assert_eq!((&fault["field"], &fault["code"]), (&json!("amount"), &json!("beyond_on_account")));
    assert!(fault["message"].as_str().unwrap().contains("10.00"), "{fault}");
}

async fn it_is_listed_explained_and_voided(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    shop.receipt(&customer, 10).await;
    let refund =
        shop.post("/api/refunds/add").json(&bodies::plain_refund(&customer, 4)).await.expect(201).json();
    for path in ["/api/refunds/shop".to_owned(), format!("/api/refunds/customer/{}", id(&customer))] {
        assert_eq!(shop.get(path).await.expect(200).json(), json!([refund]));
    }
    let path = format!("/api/refunds/{}", id(&refund));
    let explained = shop.get(format!("{path}/explain")).await.expect(200).json();
    assert_eq!((&explained["kind"], &explained["amount"]), (&json!("refund"), &json!(4)));
    let voided = shop.post(format!("{path}/void")).json(&bodies::void()).await.expect(200).json();
    assert_eq!((&voided["status"], &voided["allocations"]), (&json!("void"), &json!([])));
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(-10));
    let none: [Value; 0] = [];
    assert_eq!(shop.get("/api/refunds/shop?from=2026-11-25").await.expect(200).json(), json!(none));
}

over_every_store![
    adding_a_refund_answers_with_all_of_it,
    no_more_than_is_on_account_is_given_back,
    it_is_listed_explained_and_voided,
];
