//! The order of the checks: where several things are wrong with a request, which of them is told.

use axum::http::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies;
use crate::over_every_store;

const UNKNOWN: &str = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

/// Every operation that needs a token, with ids that name nothing.
fn guarded() -> Vec<(Method, String)> {
    [
        (Method::POST, "/api/shopowners/logout"),
        (Method::POST, "/api/shopowners/logout-all"),
        (Method::PUT, "/api/shopowners/update/{id}"),
        (Method::GET, "/api/shopowners/getdetails/{id}"),
        (Method::GET, "/api/shopowners/me"),
        (Method::POST, "/api/customers/add"),
        (Method::GET, "/api/customers/shop"),
        (Method::GET, "/api/customers/get/{id}"),
        (Method::PUT, "/api/customers/update/{id}"),
        (Method::DELETE, "/api/customers/delete/{id}"),
        (Method::POST, "/api/customers/{id}/restore"),
        (Method::GET, "/api/customers/{id}/balance"),
        (Method::GET, "/api/customers/{id}/balance/explain"),
        (Method::GET, "/api/customers/{id}/statement"),
        (Method::POST, "/api/invoices/add"),
        (Method::GET, "/api/invoices/customer/{id}"),
        (Method::GET, "/api/invoices/shop"),
        (Method::GET, "/api/invoices/{id}"),
        (Method::POST, "/api/invoices/{id}/void"),
        (Method::GET, "/api/invoices/{id}/explain"),
        (Method::POST, "/api/receipts/add"),
        (Method::GET, "/api/receipts/customer/{id}"),
        (Method::GET, "/api/receipts/shop/{id}"),
        (Method::GET, "/api/receipts/{id}"),
        (Method::POST, "/api/receipts/{id}/void"),
        (Method::GET, "/api/receipts/{id}/explain"),
        (Method::POST, "/api/creditnotes/add"),
        (Method::GET, "/api/creditnotes/customer/{id}"),
        (Method::GET, "/api/creditnotes/shop"),
        (Method::GET, "/api/creditnotes/{id}"),
        (Method::POST, "/api/creditnotes/{id}/void"),
        (Method::GET, "/api/creditnotes/{id}/explain"),
        (Method::GET, "/api/reports/summary"),
        (Method::GET, "/api/reports/ageing"),
        (Method::GET, "/api/reports/daybook"),
        (Method::GET, "/api/entries"),
    ]
    .map(|(method, path)| (method, path.replace("{id}", UNKNOWN)))
    .into()
}

async fn a_path_comes_before_a_method_and_that_before_a_token(app: TestApp) {
    for path in
        ["/", "/api", "/api/", "/api/customers", "/api/customers/add/", "/api/Customers/add", "/nowhere"]
    {
        let reply = app.call(Method::PATCH, path).body("{").await.expect_problem(404, "no_such_path");
        assert_eq!(reply.header("allow"), None);
    }
    for (method, path) in guarded() {
        let reply = app.call(Method::PATCH, &path).body("{").await.expect_problem(405, "method_not_allowed");
        let allowed = reply.header("allow").unwrap();
        assert!(allowed.split(',').any(|allowed| allowed == method.as_str()), "{path}: {allowed}");
    }
}

async fn a_token_comes_before_all_that_is_in_a_request(app: TestApp) {
    let too_large = " ".repeat(1024 * 1024 + 1);
    for (method, path) in guarded() {
        let call = |path: &str| app.call(method.clone(), path).body(too_large.clone());
        let path = format!("{path}?x=1");
        let reply = call(&path).await.expect_problem(401, "missing_token");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"khata\""));
        for wrong in ["", "x", "a.b.c"] {
            let reply = call(&path).bearer(wrong).await.expect_problem(401, "invalid_token");
            let challenge = "Bearer realm=\"khata\", error=\"invalid_token\"";
            assert_eq!(reply.header("www-authenticate"), Some(challenge));
        }
        call(&path)
            .cookie("a.b.c")
            .header("origin", "http://evil")
            .await
            .expect_problem(401, "invalid_token");
    }
}

async fn another_site_comes_before_the_size_of_a_body(app: TestApp) {
    let shop = app.shop().await;
    let too_large = " ".repeat(1024 * 1024 + 1);
    for (method, path) in guarded() {
        let call = app.call(method, path).cookie(&shop.token).header("origin", "http://evil.example");
        call.body(too_large.clone()).await.expect_problem(403, "csrf");
    }
    shop.get("/api/shopowners/me").await.expect(200);
}

/// Every operation with a body: its method, path, and whether the path names something.
async fn writes(shop: &TestShop) -> Vec<(Method, String, bool)> {
    let customer = shop.customer("Asha").await;
    let [invoice, receipt] = [shop.invoice(&customer, 9).await, shop.receipt(&customer, 9).await];
    let note = shop.credit_note(&invoice, 9).await;
    vec![
        (Method::POST, "/api/shopowners/register".to_owned(), true),
        (Method::POST, "/api/shopowners/login".to_owned(), true),
        (Method::PUT, format!("/api/shopowners/update/{}", shop.id), true),
        (Method::PUT, format!("/api/shopowners/update/{UNKNOWN}"), false),
        (Method::POST, "/api/customers/add".to_owned(), true),
        (Method::PUT, format!("/api/customers/update/{}", id(&customer)), true),
        (Method::PUT, format!("/api/customers/update/{UNKNOWN}"), false),
        (Method::POST, "/api/invoices/add".to_owned(), true),
        (Method::POST, "/api/receipts/add".to_owned(), true),
        (Method::POST, "/api/creditnotes/add".to_owned(), true),
        (Method::POST, format!("/api/invoices/{}/void", id(&invoice)), true),
        (Method::POST, format!("/api/invoices/{UNKNOWN}/void"), false),
        (Method::POST, format!("/api/receipts/{}/void", id(&receipt)), true),
        (Method::POST, format!("/api/receipts/{UNKNOWN}/void"), false),
        (Method::POST, format!("/api/creditnotes/{}/void", id(&note)), true),
        (Method::POST, format!("/api/creditnotes/{UNKNOWN}/void"), false),
    ]
}

async fn the_size_of_a_body_comes_before_its_type(app: TestApp) {
    let shop = app.shop().await;
    for (method, path, _) in writes(&shop).await {
        let call = |bytes: usize| shop.call(method.clone(), &path).body(" ".repeat(bytes));
        call(1024 * 1024 + 1).await.expect_problem(413, "body_too_large");
        call(1024 * 1024).await.expect_problem(415, "unsupported_media_type");
    }
}

async fn the_type_of_a_body_comes_before_the_id_in_the_path(app: TestApp) {
    let shop = app.shop().await;
    for (method, path, _) in writes(&shop).await {
        for media_type in
            ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
        {
            let call = shop.call(method.clone(), &path).header("content-type", media_type).body("{");
            call.await.expect_problem(415, "unsupported_media_type");
        }
        shop.call(method, &path).body("{}").await.expect_problem(415, "unsupported_media_type");
    }
}

async fn the_id_in_a_path_comes_before_the_version_and_the_body(app: TestApp) {
    let shop = app.shop().await;
    for (method, path, found) in writes(&shop).await {
        let call =
            |path: &str| shop.call(method.clone(), path).header("if-match", "\"stale\"").json_text("{");
        let path = format!("{path}?x=1");
        match (found, method == Method::PUT) {
            (false, _) => call(&path).await.expect_problem(404, "not_found"),
            (true, true) => call(&path).await.expect_problem(412, "stale"),
            (true, false) => call(&path).await.expect_problem(400, "invalid_json"),
        };
    }
}

async fn the_id_in_a_path_comes_before_the_query(app: TestApp) {
    let shop = app.shop().await;
    for (method, path) in guarded() {
        if path.contains(UNKNOWN) && method != Method::PUT {
            let body = if path.ends_with("/void") { "{}" } else { "" };
            let call = |query: &str| shop.call(method.clone(), format!("{path}?{query}")).json_text(body);
            call("x=1&x=2").await.expect_problem(404, "not_found");
            call("from=2026-11-02&to=2026-11-01").await.expect_problem(404, "not_found");
        }
    }
}

async fn a_stale_version_comes_before_the_query(app: TestApp) {
    let shop = app.shop().await;
    let path = format!("/api/customers/delete/{}?x=1", id(&shop.customer("Asha").await));
    shop.delete(&path).header("if-match", "\"c0\"").await.expect_problem(412, "stale");
    shop.delete(&path).await.expect_faults(&[("x", "unknown_field")]);
}

async fn an_unreadable_body_or_key_comes_before_faults(app: TestApp) {
    let shop = app.shop().await;
    let void = format!("/api/invoices/{}/void?x=1", id(&shop.invoice(&shop.customer("Asha").await, 9).await));
    let adding = ["customers", "invoices", "receipts", "creditnotes"].map(|of| format!("/api/{of}/add?x=1"));
    for path in adding.iter().chain([&void]) {
        shop.post(path).json_text("{\"x\":NaN}").await.expect_problem(400, "invalid_json");
        shop.post(path).once("no key").json_text("{}").await.expect_problem(400, "invalid_idempotency_key");
    }
}

async fn faults_come_before_a_replay_and_that_before_a_conflict(app: TestApp) {
    let shop = app.shop().await;
    let body = bodies::customer();
    let add =
        |query: &str, body: &Value| shop.post(format!("/api/customers/add{query}")).once("k").json(body);
    let first = add("", &body).await.expect(201);
    add("?x=1", &body).await.expect_faults(&[("x", "unknown_field")]);
    add("", &json!({})).await.expect_faults(&[("name", "missing")]);
    let again = add("", &body).await.expect(201);
    assert_eq!(again.body, first.body);
    shop.post("/api/customers/add").json(&body).await.expect_problem(409, "mobile_taken");
}

over_every_store![
    a_path_comes_before_a_method_and_that_before_a_token,
    a_token_comes_before_all_that_is_in_a_request,
    another_site_comes_before_the_size_of_a_body,
    the_size_of_a_body_comes_before_its_type,
    the_type_of_a_body_comes_before_the_id_in_the_path,
    the_id_in_a_path_comes_before_the_version_and_the_body,
    the_id_in_a_path_comes_before_the_query,
    a_stale_version_comes_before_the_query,
    an_unreadable_body_or_key_comes_before_faults,
    faults_come_before_a_replay_and_that_before_a_conflict,
];
