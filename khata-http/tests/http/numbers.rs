//! `/api/shopowners/numbers`.

use axum::http::Method;
use serde_json::json;

use crate::app::TestApp;
use crate::input::{bad, document_number, knows_no_other, refuses, texts};
use crate::over_every_store;

const PATH: &str = "/api/shopowners/numbers";

async fn numbers_go_on_after_those_of_the_old_book(app: TestApp) {
    let shop = app.shop().await;
    let numbers = shop.get(PATH).await.expect(200).json();
    assert_eq!(numbers[0], json!({ "kind": "invoice", "year": 2026, "next": "INV/2026-27/0001" }));
    assert_eq!(numbers.as_array().unwrap().len(), 7, "one of each kind");
    let set = json!({ "kind": "invoice", "after": "15422" });
    let answer = shop.put(PATH).json(&set).await.expect(200).json();
    assert_eq!(answer, json!({ "kind": "invoice", "year": 2026, "next": "15423" }));
    let customer = shop.customer("Asha").await;
    assert_eq!(shop.invoice(&customer, 5).await["invoiceNumber"], "15423");
    assert_eq!(shop.get(PATH).await.expect(200).json()[0]["next"], "15424");
    let later = json!({ "kind": "receipt", "year": 2027, "next": "R-001" });
    shop.put(PATH).json(&later).await.expect(200);
    let numbers = shop.get(PATH).await.expect(200).json();
    assert_eq!(numbers[2], later, "in the order of kinds, then of years");
}

async fn a_number_that_is_used_is_refused(app: TestApp) {
    let shop = app.shop().await;
    shop.invoice(&shop.customer("Asha").await, 5).await;
    let used = json!({ "kind": "invoice", "next": "inv/2026-27/0001" });
    shop.put(PATH).json(&used).await.expect_faults(&[("next", "number_used")]);
    shop.put(PATH).json(&json!({ "kind": "invoice", "after": "INV/2026-27/0001" })).await.expect(200);
}

async fn bad_input_is_told_field_by_field(app: TestApp) {
    let shop = app.shop().await;
    let body = json!({ "kind": "invoice", "year": 2026, "next": "A/01" });
    let mut numbers = document_number();
    numbers.extend(bad(&[(r#""A/""#, "no_position"), (r#""A/00""#, "no_position")]));
    let years = bad(&[
        ("true", "wrong_type"),
        ("2026.5", "invalid_year"),
        ("1800", "invalid_year"),
        (r#""x""#, "invalid_year"),
    ]);
    let kinds = texts(&[(r#""""#, "invalid_kind"), (r#""bill""#, "invalid_kind")]);
    refuses(&shop, Method::PUT, PATH, &body, vec![("kind", kinds), ("year", years), ("next", numbers)]).await;
    shop.put(PATH).json(&json!({ "next": "A/01" })).await.expect_faults(&[("kind", "missing")]);
    shop.put(PATH).json(&json!({ "kind": "invoice" })).await.expect_faults(&[("next", "missing")]);
    let both = json!({ "kind": "invoice", "next": "A/01", "after": "A/02" });
    shop.put(PATH).json(&both).await.expect_faults(&[("after", "exclusive")]);
    let last = json!({ "kind": "invoice", "after": "9999999999999999" });
    shop.put(PATH).json(&last).await.expect_faults(&[("after", "series_exhausted")]);
    knows_no_other(&shop, Method::PUT, PATH, &body, &["prefix", "width"]).await;
}

over_every_store![
    numbers_go_on_after_those_of_the_old_book,
    a_number_that_is_used_is_refused,
    bad_input_is_told_field_by_field,
];
