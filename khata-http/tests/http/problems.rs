//! What a client is told when something goes wrong, word by word: the bodies are a promise, so a change of one shows in
//! review.

use std::num::NonZeroU32;

use khata_http::{Config, Rates};
use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies;
use crate::call::{Call, Reply};

/// The body of a problem, without what differs each time.
pub(crate) fn body(reply: &Reply) -> Value {
    let mut problem = reply.json();
    for (field, told) in [
        ("requestId", "[a request's id]"),
        ("customerId", "[the customer]"),
        ("documentId", "[the document]"),
    ] {
        if let Some(id) = problem.get_mut(field) {
            *id = json!(told);
        }
    }
    problem
}

async fn problem(call: Call) -> Value {
    body(&call.await)
}

fn named<const N: usize>(told: [(&str, Value); N]) -> Value {
    told.into_iter().map(|(name, problem)| (name.to_owned(), problem)).collect()
}

#[tokio::test]
async fn the_bodies_are_the_reviewed_ones() {
    let app = TestApp::over_memory();
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    shop.invoice(&customer, 100).await;
    let mut numbered = bodies::plain_invoice(&customer, 5);
    numbered["invoiceNumber"] = json!("inv/2026-27/0001");
    let wrong_login = json!({ "mobileNumber": shop.mobile, "password": "not the password" });
    let faulty =
        json!({ "customerId": "17", "date": "31/02/2026", "amount": 1.005, "paymentType": "gold", "x": 1 });
    let mut wrong_total = bodies::plain_invoice(&customer, 5);
    wrong_total["totalAmount"] = json!(6);
    let delete = format!("/api/customers/delete/{}", id(&customer));
    let same_mobile = json!({ "name": "Ravi", "mobileNumber": customer["mobileNumber"] });
    let voided = format!("/api/invoices/{}", id(&shop.invoice(&customer, 1).await));
    let void_again = shop.post(format!("{voided}/void")).json(&bodies::plain_void());
    shop.void(&voided).await;
    let credited = shop.invoice(&customer, 10).await;
    shop.credit_note(&credited, 1).await;
    let void_credited =
        shop.post(format!("/api/invoices/{}/void", id(&credited))).json(&bodies::plain_void());
    let void_too_early = json!({ "reason": "Wrong customer", "date": "2026-11-23" });
    let void_too_early = shop.post(format!("/api/invoices/{}/void", id(&credited))).json(&void_too_early);
    let beyond = shop.post("/api/creditnotes/add").json(&bodies::plain_credit_note(&credited, 10));
    shop.post("/api/receipts/add").once("k").json(&bodies::plain_receipt(&customer, 1)).await.expect(201);

    let told = [
        ("no such path", problem(app.get("/api/nothing")).await),
        ("method not allowed", problem(app.get("/api/customers/add")).await),
        ("missing token", problem(app.get("/api/shopowners/me")).await),
        ("invalid token", problem(app.get("/api/shopowners/me").bearer("x")).await),
        ("wrong credentials", problem(app.post("/api/shopowners/login").json(&wrong_login)).await),
        ("csrf", problem(app.post("/api/shopowners/logout").cookie(&shop.token)).await),
        ("unsupported media type", problem(shop.post("/api/customers/add").body("x")).await),
        ("not found", problem(shop.get("/api/customers/get/17")).await),
        ("stale", problem(shop.delete(&delete).header("if-match", "\"old\"")).await),
        ("invalid json", problem(shop.post("/api/customers/add").json_text("{")).await),
        ("faults", problem(shop.post("/api/receipts/add").json(&faulty)).await),
        ("wrong total", problem(shop.post("/api/invoices/add").json(&wrong_total)).await),
        ("parameters", problem(shop.get("/api/customers/shop?limit=0&srot=name&limit=1")).await),
        (
            "mismatch",
            problem(shop.post("/api/receipts/add").once("k").json(&bodies::plain_receipt(&customer, 2)))
                .await,
        ),
        ("mobile taken", problem(shop.post("/api/customers/add").json(&same_mobile)).await),
        ("number taken", problem(shop.post("/api/invoices/add").json(&numbered)).await),
        ("balance outstanding", problem(shop.delete(&delete)).await),
        ("already void", problem(void_again).await),
        ("has credit notes", problem(void_credited).await),
        ("void too early", problem(void_too_early).await),
        ("credit note beyond its invoice", problem(beyond).await),
    ];
    insta::assert_json_snapshot!("problems", named(told));
}

#[tokio::test]
async fn the_bodies_about_limits_are_the_reviewed_ones() {
    let app = TestApp::over_memory();
    let shop = app.shop().await;
    let limited = json!({ "name": "Asha", "mobileNumber": app.mobile(), "creditLimit": 10 });
    let limited = shop.post("/api/customers/add").json(&limited).await.expect(201).json();
    let profile = format!("/api/shopowners/update/{}", shop.id);
    shop.put(profile).json(&json!({ "lockedUntil": "2026-11-01" })).await.expect(200);
    let mut locked = bodies::plain_invoice(&limited, 5);
    locked["date"] = json!("2026-11-01");
    let guess = json!({ "mobileNumber": app.mobile(), "password": "a guess" });
    let too_many = loop {
        let reply = app.post("/api/shopowners/login").json(&guess).await;
        if reply.status != 401 {
            break body(&reply);
        }
    };

    let invoice = |invoice: &Value| shop.post("/api/invoices/add").json(invoice);
    let rates = Rates { requests: NonZeroU32::new(1), ..Rates::UNLIMITED };
    let slow = TestShop { app: app.with_config(Config { rates, ..Config::default() }), ..shop.clone() };
    slow.get("/api/shopowners/me").await.expect(200);

    let told = [
        ("rate limited", problem(slow.get("/api/shopowners/me")).await),
        ("credit limit exceeded", problem(invoice(&bodies::plain_invoice(&limited, 11))).await),
        ("period locked", problem(invoice(&locked)).await),
        ("too many tries", too_many),
        ("body too large", problem(shop.post("/api/customers/add").json_text(&" ".repeat(1 << 21))).await),
        ("invalid idempotency key", problem(invoice(&locked).once("no key")).await),
    ];
    insta::assert_json_snapshot!("problems_of_limits", named(told));
}
