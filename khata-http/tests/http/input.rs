//! Bad input, field by field: each gets a 422 that names it, and nothing is written.

use axum::http::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies::{self, text_with, without};
use crate::over_every_store;

/// Values as JSON text, and the code that each must get.
pub(crate) type Bad = Vec<(String, &'static str)>;

pub(crate) fn bad(values: &[(&str, &'static str)]) -> Bad {
    values.iter().map(|(value, code)| ((*value).to_owned(), *code)).collect()
}

/// What is no text at all, and beside it what is no text of that kind.
pub(crate) fn texts(others: &[(&str, &'static str)]) -> Bad {
    let wrong = ["5", "1.5", "true", "[]", "{}", "[\"x\"]"].map(|value| (value, "wrong_type"));
    bad(&[&wrong, others].concat())
}

pub(crate) fn free_text(characters_max: usize) -> Bad {
    let long = format!("\"{}\"", "क".repeat(characters_max + 1));
    let mut bad = texts(&[
        (r#""""#, "empty"),
        (r#"" \t ""#, "empty"),
        (r#""a\u0000b""#, "control_character"),
        (r#""a\u001bb""#, "control_character"),
        (r#""a\u007fb""#, "control_character"),
        (r#""a\u2028b""#, "control_character"),
    ]);
    bad.push((long, "too_long"));
    bad
}

fn email() -> Bad {
    texts(&[
        (r#""""#, "invalid_email"),
        (r#""ravi""#, "invalid_email"),
        (r#""ravi@localhost""#, "invalid_email"),
    ])
}

pub(crate) fn one_line() -> Bad {
    let mut bad = free_text(200);
    bad.push((r#""a\nb""#.to_owned(), "control_character"));
    bad.push((r#""a\tb""#.to_owned(), "control_character"));
    bad
}

fn tags() -> Bad {
    bad(&[
        ("5", "wrong_type"),
        (r#""wholesale""#, "wrong_type"),
        ("{}", "wrong_type"),
        ("[5]", "wrong_type"),
        (r#"[""]"#, "empty"),
        (r#"["a", "A"]"#, "tag_repeated"),
    ])
}

fn mobile_number() -> Bad {
    let invalid = ["", "12345", "abc", "0201234567", "+9198765432101234", "5876543210"];
    let mut bad = texts(&[]);
    bad.extend(invalid.map(|text| (format!("\"{text}\""), "invalid_mobile_number")));
    bad
}

fn gstin() -> Bad {
    texts(&[
        (r#""""#, "invalid_gstin"),
        (r#""27AAPFU0939F1Z""#, "invalid_gstin"),
        (r#""29AAFCA7488L1Z0""#, "wrong_check_digit"),
    ])
}

pub(crate) fn date() -> Bad {
    texts(&[
        (r#""""#, "invalid_date"),
        (r#""31/02/2026""#, "invalid_date"),
        (r#""2026-02-29""#, "invalid_date"),
        (r#""2026-13-01""#, "invalid_date"),
        (r#""2026-1-1""#, "invalid_date"),
        (r#""24-11-2026""#, "invalid_date"),
        (r#""2026-11-24T00:00:00Z""#, "invalid_date"),
        (r#""1899-12-31""#, "date_out_of_range"),
        (r#""2200-01-01""#, "date_out_of_range"),
    ])
}

pub(crate) fn signed_amount() -> Bad {
    bad(&[
        ("true", "wrong_type"),
        ("[]", "wrong_type"),
        ("{}", "wrong_type"),
        ("1.005", "too_precise"),
        ("1e-3", "too_precise"),
        (r#""1.001""#, "too_precise"),
        ("1e400", "too_large"),
        ("-1e400", "too_large"),
        ("90071992547409.92", "too_large"),
        (r#""90071992547409.92""#, "too_large"),
        (r#""NaN""#, "invalid_amount"),
        (r#""Infinity""#, "invalid_amount"),
        (r#""1e2""#, "invalid_amount"),
        (r#""1,000""#, "invalid_amount"),
        (r#""₹5""#, "invalid_amount"),
        (r#""५""#, "invalid_amount"),
        (r#"" 5""#, "invalid_amount"),
        (r#""""#, "invalid_amount"),
    ])
}

fn amount() -> Bad {
    let mut bad = signed_amount();
    bad.push(("-0.01".to_owned(), "negative"));
    bad.push(("\"-5\"".to_owned(), "negative"));
    bad
}

pub(crate) fn positive_amount() -> Bad {
    let mut bad = signed_amount();
    for value in ["0", "-0.01", "\"0.00\""] {
        bad.push((value.to_owned(), "not_positive"));
    }
    bad
}

pub(crate) fn document_number() -> Bad {
    let invalid = ["", "12345678901234567", "A 1", "A_1", "नं१", "A\\n"];
    let mut bad = texts(&[]);
    bad.extend(invalid.map(|text| (format!("\"{text}\""), "invalid_document_number")));
    bad
}

pub(crate) fn some_id() -> Bad {
    texts(&[
        (r#""""#, "not_found"),
        (r#""17""#, "not_found"),
        (r#""0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b""#, "not_found"),
        (r#""0193a1b2c3d47e5f8a9b0c1d2e3f4a5b""#, "not_found"),
    ])
}

fn password() -> Bad {
    let long = format!("\"{}\"", "x".repeat(129));
    let mut bad = texts(&[(r#""1234567""#, "too_short"), (r#""12345678\u0000""#, "control_character")]);
    bad.push((long, "too_long"));
    bad
}

/// Sends a sound body with each bad value in turn.
pub(crate) async fn refuses(
    shop: &TestShop,
    method: Method,
    path: &str,
    body: &Value,
    fields: Vec<(&str, Bad)>,
) {
    let before = shop.census().await;
    for (field, values) in fields {
        for (value, code) in values {
            let text = text_with(body, field, &value);
            let reply = shop.call(method.clone(), path).json_text(&text).await;
            let reply = reply.expect_problem(422, "invalid");
            assert_eq!(
                reply.faults(),
                [(field.to_owned(), code.to_owned())],
                "{method} {path} {field}: {value}"
            );
        }
    }
    assert_eq!(shop.census().await, before);
}

/// Leaves out each required field in turn, then all of them, and makes each of them null.
pub(crate) async fn requires(shop: &TestShop, path: &str, body: &Value, fields: &[&str]) {
    let before = shop.census().await;
    let mut bare = body.clone();
    for field in fields {
        bare = without(&bare, field);
        let faults = [(*field, "missing")];
        shop.post(path).json(&without(body, field)).await.expect_faults(&faults);
        shop.post(path).json_text(&text_with(body, field, "null")).await.expect_faults(&faults);
    }
    let all: Vec<_> = fields.iter().map(|field| (*field, "missing")).collect();
    shop.post(path).json(&bare).await.expect_faults(&all);
    assert_eq!(shop.census().await, before);
}

/// Sends fields that are the server's to set, or nobody's.
pub(crate) async fn knows_no_other(
    shop: &TestShop,
    method: Method,
    path: &str,
    body: &Value,
    fields: &[&str],
) {
    let mut more = body.clone();
    for field in fields {
        more[field] = Value::Null;
    }
    let faults: Vec<_> = fields.iter().map(|field| (*field, "unknown_field")).collect();
    shop.call(method, path).json(&more).await.expect_faults(&faults);
}

async fn registrations(app: TestApp) {
    let shop = app.shop().await;
    let path = "/api/shopowners/register";
    let body = bodies::registration("9000000001");
    let fields = vec![
        ("shopName", one_line()),
        ("proprietorName", one_line()),
        ("mobileNumber", mobile_number()),
        ("password", password()),
        ("gstNumber", gstin()),
        ("state", one_line()),
        ("currency", texts(&[(r#""""#, "invalid_currency"), (r#""RS""#, "invalid_currency")])),
        ("timeZone", texts(&[(r#""""#, "invalid_time_zone"), (r#""Asia/Poona""#, "invalid_time_zone")])),
        ("upiId", texts(&[(r#""""#, "invalid_upi_id"), (r#""ravi""#, "invalid_upi_id")])),
    ];
    refuses(&shop, Method::POST, path, &body, fields).await;
    requires(&shop, path, &body, &["shopName", "proprietorName", "mobileNumber", "password"]).await;
    let unknown = ["id", "shopOwnerId", "createdAt", "lockedUntil", "shopname", ""];
    knows_no_other(&shop, Method::POST, path, &body, &unknown).await;
    app.post(path).json(&body).await.expect(201);
}

async fn profiles(app: TestApp) {
    let shop = app.shop().await;
    let before = shop.get("/api/shopowners/me").await.expect(200).json();
    let path = format!("/api/shopowners/update/{}", shop.id);
    let body = json!({ "shopName": "Kumar Stores", "currentPassword": crate::app::PASSWORD });
    let fields = vec![
        ("shopName", one_line()),
        ("proprietorName", one_line()),
        ("mobileNumber", mobile_number()),
        ("password", password()),
        ("currentPassword", texts(&[])),
        ("gstNumber", gstin()),
        ("state", one_line()),
        ("upiId", texts(&[(r#""ravi@""#, "invalid_upi_id")])),
        ("lockedUntil", date()),
    ];
    refuses(&shop, Method::PUT, &path, &body, fields).await;
    knows_no_other(&shop, Method::PUT, &path, &body, &["id", "createdAt", "updatedAt", "currency"]).await;
    assert_eq!(shop.get("/api/shopowners/me").await.expect(200).json(), before);
}

async fn new_customers(app: TestApp) {
    let shop = app.shop().await;
    let path = "/api/customers/add";
    let body = bodies::customer();
    let fields = vec![
        ("name", one_line()),
        ("firmName", one_line()),
        ("mobileNumber", mobile_number()),
        ("alternateMobile", mobile_number()),
        ("email", email()),
        ("address", free_text(2_000)),
        ("notes", free_text(2_000)),
        ("tags", tags()),
        ("city", one_line()),
        ("state", one_line()),
        ("gstNumber", gstin()),
        ("openingBalance", signed_amount()),
        ("openingDate", date()),
        ("creditLimit", amount()),
    ];
    refuses(&shop, Method::POST, path, &body, fields).await;
    requires(&shop, path, &body, &["name"]).await;
    let unknown = ["id", "shopOwnerId", "balance", "archivedAt", "createdAt", "Name"];
    knows_no_other(&shop, Method::POST, path, &body, &unknown).await;
    shop.post(path).json(&body).await.expect(201);
}

async fn changed_customers(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let path = format!("/api/customers/update/{}", id(&customer));
    let body = without(&without(&bodies::customer(), "openingBalance"), "openingDate");
    let fields = vec![
        ("name", one_line()),
        ("firmName", one_line()),
        ("mobileNumber", mobile_number()),
        ("alternateMobile", mobile_number()),
        ("email", email()),
        ("address", free_text(2_000)),
        ("notes", free_text(2_000)),
        ("tags", tags()),
        ("city", one_line()),
        ("state", one_line()),
        ("gstNumber", gstin()),
        ("creditLimit", amount()),
    ];
    refuses(&shop, Method::PUT, &path, &body, fields).await;
    knows_no_other(&shop, Method::PUT, &path, &body, &["openingBalance", "openingDate", "balance"]).await;
    assert_eq!(shop.customer_now(&customer).await, customer);
    shop.put(&path).json(&body).await.expect(200);
}

async fn invoices(app: TestApp) {
    let shop = app.shop().await;
    let path = "/api/invoices/add";
    let body = bodies::invoice(&shop.customer("Asha").await);
    let fields = vec![
        ("customerId", some_id()),
        ("invoiceNumber", document_number()),
        ("date", date()),
        ("dueDate", date()),
        ("grossAmount", amount()),
        ("cgst", amount()),
        ("sgst", amount()),
        ("otherCharges", amount()),
        ("roundOff", signed_amount()),
        ("totalAmount", positive_amount()),
        ("note", free_text(2_000)),
    ];
    refuses(&shop, Method::POST, path, &body, fields).await;
    let interstate = without(&without(&body, "cgst"), "sgst");
    let interstate = bodies::with(&interstate, "igst", 180);
    refuses(&shop, Method::POST, path, &interstate, vec![("igst", amount())]).await;
    requires(&shop, path, &body, &["customerId", "date", "grossAmount", "totalAmount"]).await;
    let unknown = ["id", "shopOwnerId", "day", "outstandingAmount", "status", "seq", "overLimit"];
    knows_no_other(&shop, Method::POST, path, &body, &unknown).await;
    shop.post(path).json(&body).await.expect(201);
}

async fn receipts(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 400).await;
    let path = "/api/receipts/add";
    let body = bodies::receipt(&customer, &invoice);
    let fields = vec![
        ("customerId", some_id()),
        ("receiptNumber", document_number()),
        ("date", date()),
        ("amount", positive_amount()),
        ("paymentType", texts(&[(r#""""#, "invalid_payment_type"), (r#""gold""#, "invalid_payment_type")])),
        ("reference", one_line()),
        ("allocations/0/invoiceId", some_id()),
        ("allocations/0/amount", positive_amount()),
        ("note", free_text(2_000)),
    ];
    refuses(&shop, Method::POST, path, &body, fields).await;
    requires(&shop, path, &body, &["customerId", "date", "amount", "paymentType"]).await;
    let unknown = ["id", "shopOwnerId", "day", "unappliedAmount", "status", "invoiceId"];
    knows_no_other(&shop, Method::POST, path, &body, &unknown).await;
    shop.post(path).json(&body).await.expect(201);
}

async fn credit_notes(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.post("/api/invoices/add").json(&bodies::invoice(&customer)).await.expect(201).json();
    let path = "/api/creditnotes/add";
    let body = bodies::credit_note(&invoice);
    let fields = vec![
        ("invoiceId", some_id()),
        ("creditNoteNumber", document_number()),
        ("date", date()),
        ("grossAmount", amount()),
        ("cgst", amount()),
        ("sgst", amount()),
        ("otherCharges", amount()),
        ("roundOff", signed_amount()),
        ("totalAmount", positive_amount()),
        ("note", free_text(2_000)),
    ];
    refuses(&shop, Method::POST, path, &body, fields).await;
    requires(&shop, path, &body, &["invoiceId", "date", "grossAmount"]).await;
    let rows = json!([{ "invoiceId": id(&invoice), "grossAmount": 5, "otherCharges": 1 }]);
    let several =
        bodies::with(&without(&bodies::plain_credit_note(&invoice, 5), "invoiceId"), "invoices", rows);
    let fields = vec![
        ("invoices/0/invoiceId", some_id()),
        ("invoices/0/grossAmount", amount()),
        ("invoices/0/otherCharges", amount()),
    ];
    refuses(&shop, Method::POST, path, &several, fields).await;
    let goodwill = json!({ "customerId": id(&customer), "date": "2026-11-24", "grossAmount": 5 });
    refuses(&shop, Method::POST, path, &goodwill, vec![("customerId", some_id())]).await;
    let unknown = ["id", "shopOwnerId", "invoiceNumber", "unappliedAmount", "status"];
    knows_no_other(&shop, Method::POST, path, &body, &unknown).await;
    shop.post(path).json(&body).await.expect(201);
}

async fn debit_notes(app: TestApp) {
    let shop = app.shop().await;
    let path = "/api/debitnotes/add";
    let body = bodies::plain_debit_note(&shop.customer("Asha").await, 5);
    let fields = vec![
        ("customerId", some_id()),
        ("invoiceId", some_id()),
        ("debitNoteNumber", document_number()),
        ("date", date()),
        ("dueDate", date()),
        ("grossAmount", amount()),
        ("otherCharges", amount()),
        ("roundOff", signed_amount()),
        ("totalAmount", positive_amount()),
        ("note", free_text(2_000)),
    ];
    refuses(&shop, Method::POST, path, &body, fields).await;
    requires(&shop, path, &body, &["customerId", "date", "grossAmount", "totalAmount"]).await;
    let unknown = ["id", "shopOwnerId", "invoiceNumber", "outstandingAmount", "status", "reason"];
    knows_no_other(&shop, Method::POST, path, &body, &unknown).await;
    shop.post(path).json(&body).await.expect(201);
}

async fn refunds(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    shop.receipt(&customer, 50).await;
    let path = "/api/refunds/add";
    let body = bodies::plain_refund(&customer, 5);
    let fields = vec![
        ("customerId", some_id()),
        ("refundNumber", document_number()),
        ("date", date()),
        ("amount", positive_amount()),
        ("paymentType", texts(&[(r#""""#, "invalid_payment_type"), (r#""gold""#, "invalid_payment_type")])),
        ("reference", one_line()),
        ("note", free_text(2_000)),
    ];
    refuses(&shop, Method::POST, path, &body, fields).await;
    requires(&shop, path, &body, &["customerId", "date", "amount", "paymentType"]).await;
    let unknown = ["id", "shopOwnerId", "outstandingAmount", "status", "allocations"];
    knows_no_other(&shop, Method::POST, path, &body, &unknown).await;
    shop.post(path).json(&body).await.expect(201);
}

async fn write_offs(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 50).await;
    let path = "/api/writeoffs/add";
    let rows = json!([{ "invoiceId": id(&invoice), "amount": 5 }]);
    let body = bodies::with(&bodies::plain_write_off(&customer, 5), "allocations", rows);
    let fields = vec![
        ("customerId", some_id()),
        ("writeOffNumber", document_number()),
        ("date", date()),
        ("amount", positive_amount()),
        ("allocations/0/invoiceId", some_id()),
        ("allocations/0/amount", positive_amount()),
        ("reason", free_text(2_000)),
    ];
    refuses(&shop, Method::POST, path, &body, fields).await;
    requires(&shop, path, &body, &["customerId", "date", "amount", "reason"]).await;
    let unknown = ["id", "shopOwnerId", "unappliedAmount", "status", "note", "paymentType"];
    knows_no_other(&shop, Method::POST, path, &body, &unknown).await;
    shop.post(path).json(&body).await.expect(201);
}

async fn voids(app: TestApp) {
    let shop = app.shop().await;
    let invoice = shop.invoice(&shop.customer("Asha").await, 100).await;
    let path = format!("/api/invoices/{}/void", id(&invoice));
    let body = bodies::void();
    let fields = vec![("reason", free_text(2_000)), ("date", date())];
    refuses(&shop, Method::POST, &path, &body, fields).await;
    requires(&shop, &path, &body, &["reason"]).await;
    knows_no_other(&shop, Method::POST, &path, &body, &["id", "invoiceId", "status", "note"]).await;
    shop.post(path).json(&body).await.expect(200);
}

async fn all_faults_are_told_at_once(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let body = json!({
        "customerId": id(&customer),
        "date": "31/02/2026",
        "amount": -1,
        "paymentType": "gold",
        "allocations": [{ "invoiceId": 5 }, "x"],
        "note": "x".repeat(2_001),
        "tip": 1,
        "a/b~c": 1,
    });
    shop.post("/api/receipts/add?x=1").json(&body).await.expect_faults(&[
        ("x", "unknown_field"),
        ("date", "invalid_date"),
        ("amount", "not_positive"),
        ("paymentType", "invalid_payment_type"),
        ("allocations/0/invoiceId", "wrong_type"),
        ("allocations/0/amount", "missing"),
        ("allocations/1", "wrong_type"),
        ("note", "too_long"),
        ("a~1b~0c", "unknown_field"),
        ("tip", "unknown_field"),
    ]);
    assert_eq!(shop.census().await, [1, 0, 0, 0]);
}

over_every_store![
    registrations,
    profiles,
    new_customers,
    changed_customers,
    invoices,
    receipts,
    credit_notes,
    debit_notes,
    refunds,
    write_offs,
    voids,
    all_faults_are_told_at_once,
];
