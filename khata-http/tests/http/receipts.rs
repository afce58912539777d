//! `/api/receipts`.

use serde_json::{Value, json};

use crate::app::{TestApp, id};
use crate::bodies::{self, with};
use crate::over_every_store;

async fn adding_a_receipt_answers_with_all_of_it(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let older = shop.invoice(&customer, 100).await;
    let invoice = shop.invoice(&customer, 350).await;
    let reply = shop.post("/api/receipts/add").json(&bodies::receipt(&customer, &invoice)).await.expect(201);
    let receipt = reply.json();
    let path = format!("/api/receipts/{}", id(&receipt));
    assert_eq!(reply.header("location"), Some(path.as_str()));
    let expected = json!({
        "id": receipt["id"],
        "shopOwnerId": shop.id,
        "customerId": customer["id"],
        "receiptNumber": "R-17",
        "date": "2026-11-24",
        "day": "Tuesday",
        "amount": 500,
        "paymentType": "upi",
        "reference": "UTR 423456789012",
        "chequeNumber": null,
        "chequeBank": null,
        "chequeDate": null,
        "allocations": receipt["allocations"],
        "unappliedAmount": 50,
        "status": "recorded",
        "note": "By his son",
        "seq": 3,
        "createdAt": "2026-11-24T08:16:20.000Z",
        "updatedAt": "2026-11-24T08:16:20.000Z",
    });
    assert_eq!(receipt, expected);
    let mut allocations = receipt["allocations"].as_array().unwrap().clone();
    allocations.sort_by_key(|row| row["amount"].as_i64());
    assert_eq!(allocations, [bodies::paid(&older, 100), bodies::paid(&invoice, 350)]);
    let got = shop.get(path).await.expect(200);
    assert_eq!(got.json(), expected);
    assert_eq!(got.header("etag"), reply.header("etag"));
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(-50));
}

async fn a_receipt_needs_little(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let receipt = shop.receipt(&customer, 10).await;
    assert_eq!(receipt["receiptNumber"], "RCT/2026-27/0001");
    assert_eq!((&receipt["reference"], &receipt["note"]), (&Value::Null, &Value::Null));
    assert_eq!((&receipt["allocations"], &receipt["unappliedAmount"]), (&json!([]), &json!(10)));
    let body = with(&bodies::plain_receipt(&customer, 10), "allocations", json!([]));
    let body = with(&body, "note", Value::Null);
    shop.post("/api/receipts/add").json(&body).await.expect(201);
}

async fn every_way_of_paying_is_known_in_any_case(app: TestApp) {
    let shop = app.shop().await;
    let body = bodies::plain_receipt(&shop.customer("Asha").await, 10);
    for way in ["cash", "UPI", "Card", "bank", "CHEQUE", "other"] {
        let receipt = shop.post("/api/receipts/add").json(&with(&body, "paymentType", way)).await.expect(201);
        assert_eq!(receipt.json()["paymentType"], way.to_lowercase());
    }
}

async fn an_opening_balance_is_paid_first(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.post("/api/customers/add").json(&bodies::customer()).await.expect(201).json();
    shop.invoice(&customer, 100).await;
    let receipt = shop.receipt(&customer, 250).await;
    let opening = shop.get("/api/openings/shop").await.expect(200).json()[0]["id"].clone();
    let paid = with(&bodies::paid(&Value::Null, 250), "openingBalanceId", opening);
    assert_eq!(receipt["allocations"], json!([paid]));
}

async fn a_number_is_used_once_in_a_year(app: TestApp) {
    let shop = app.shop().await;
    let body = with(&bodies::plain_receipt(&shop.customer("Asha").await, 10), "receiptNumber", "r/1");
    shop.post("/api/receipts/add").json(&body).await.expect(201);
    let again = with(&body, "receiptNumber", "R/1");
    shop.post("/api/receipts/add").json(&again).await.expect_problem(409, "number_taken");
    shop.post("/api/receipts/add").json(&with(&again, "date", "2026-03-31")).await.expect(201);
}

async fn allocations_are_checked_one_by_one(app: TestApp) {
    let shop = app.shop().await;
    let [asha, bina] = [shop.customer("Asha").await, shop.customer("Bina").await];
    let [hers, other] = [shop.invoice(&asha, 100).await, shop.invoice(&bina, 100).await];
    let theirs = {
        let shop = app.shop().await;
        shop.invoice(&shop.customer("Asha").await, 100).await
    };
    let rows = |rows: Value| with(&bodies::plain_receipt(&asha, 150), "allocations", rows);
    let row = |invoice: &str, amount: f64| json!({ "invoiceId": invoice, "amount": amount });
    for (allocations, faults) in [
        (json!([row(id(&hers), 100.01)]), vec![("allocations/0/amount", "beyond_open")]),
        (
            json!([row(id(&hers), 10.0), row(id(&other), 5.0)]),
            vec![("allocations/1/invoiceId", "other_customer")],
        ),
        (json!([row(id(&theirs), 5.0)]), vec![("allocations/0/invoiceId", "not_found")]),
        (json!([row("17", 5.0)]), vec![("allocations/0/invoiceId", "not_found")]),
        (json!([row(id(&hers), 80.0), row(id(&hers), 10.0)]), vec![("allocations/1/invoiceId", "repeated")]),
        (json!([row(id(&hers), 150.01)]), vec![("allocations", "over_allocated")]),
        (
            json!([row(id(&hers), 0.0), 5]),
            vec![("allocations/0/amount", "not_positive"), ("allocations/1", "wrong_type")],
        ),
        (
            json!([{ "invoice": id(&hers) }]),
            vec![
                ("allocations/0/invoiceId", "missing"),
                ("allocations/0/amount", "missing"),
                ("allocations/0/invoice", "unknown_field"),
            ],
        ),
        (json!({}), vec![("allocations", "wrong_type")]),
        (json!(vec![row(id(&hers), 0.1); 501]), vec![("allocations", "too_long")]),
    ] {
        shop.post("/api/receipts/add").json(&rows(allocations)).await.expect_faults(&faults);
    }
    assert_eq!(shop.census().await, [2, 0, 2, 0]);
}

async fn lists_are_newest_first_and_filtered(app: TestApp) {
    let shop = app.shop().await;
    let [asha, bina] = [shop.customer("Asha").await, shop.customer("Bina").await];
    for (customer, number, date) in
        [(&asha, "1", "2026-11-01"), (&bina, "2", "2026-11-02"), (&asha, "3", "2026-10-31")]
    {
        let body = with(&bodies::plain_receipt(customer, 10), "receiptNumber", number);
        shop.post("/api/receipts/add").json(&with(&body, "date", date)).await.expect(201);
    }
    let of_shop = format!("/api/receipts/shop/{}", shop.id);
    let of_asha = format!("/api/receipts/customer/{}", id(&asha));
    for (path, numbers) in [
        (of_shop.clone(), vec!["3", "2", "1"]),
        (format!("{of_shop}?from=2026-11-01&to=02/11/2026"), vec!["2", "1"]),
        (of_asha.clone(), vec!["3", "1"]),
        (format!("{of_asha}?to=2026-10-31"), vec!["3"]),
    ] {
        let list = shop.get(&path).await.expect(200);
        assert_eq!(list.column("receiptNumber"), numbers, "{path}");
        assert_eq!(list.header("etag"), None);
    }
}

async fn a_list_asks_for_what_it_knows(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    for path in
        [format!("/api/receipts/shop/{}", shop.id), format!("/api/receipts/customer/{}", id(&customer))]
    {
        for (query, faults) in [
            ("status=recorded", vec![("status", "unknown_field")]),
            ("from=2026-02-30", vec![("from", "invalid_date")]),
            ("from=2026-11-02&to=2026-11-01", vec![("from", "from_after_to")]),
            ("limit=1000", vec![("limit", "invalid_limit")]),
        ] {
            shop.get(format!("{path}?{query}")).await.expect_faults(&faults);
        }
    }
}

over_every_store![
    adding_a_receipt_answers_with_all_of_it,
    a_receipt_needs_little,
    every_way_of_paying_is_known_in_any_case,
    an_opening_balance_is_paid_first,
    a_number_is_used_once_in_a_year,
    allocations_are_checked_one_by_one,
    lists_are_newest_first_and_filtered,
    a_list_asks_for_what_it_knows,
];
