//! The description of the API.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Map, Value, json};

use crate::app::{TestApp, id};
use crate::bodies;
use crate::call::Reply;

async fn description() -> Value {
    TestApp::over_memory().get("/openapi.json").await.expect(200).json()
}

/// The document is a promise: a change of it shows in review.
#[tokio::test]
async fn the_document_is_the_reviewed_one() {
    insta::assert_json_snapshot!("openapi", description().await);
}

#[tokio::test]
async fn every_operation_that_is_described_is_there_and_has_its_problems() {
    let app = TestApp::over_memory();
    let description = description().await;
    let paths = description["paths"].as_object().expect("paths");
    let mut operations = 0;
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("operations") {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let call = app.call(method.clone(), path.replace(['{', '}'], "")).from("127.0.0.1:4711");
            let status = call.await.status.as_u16();
            assert!(!matches!(status, 404 | 405), "{method} {path}: {status}");
            let told = operation["responses"].as_object().expect("responses");
            assert!(told.contains_key(&status.to_string()), "{method} {path} answers {status}");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            for (status, response) in told {
                let described = response["description"].as_str().is_some_and(|text| !text.is_empty());
                assert!(described, "{method} {path}: {status} has no description");
            }
            operations += 1;
        }
    }
    assert_eq!(operations, 72, "the sixteen, and fifty-six beyond them");
}

#[tokio::test]
async fn only_what_needs_no_token_says_so() {
    let description = description().await;
    let mut open = Vec::new();
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for operation in methods.as_object().expect("operations").values() {
            let told = operation["responses"].get("401").is_some();
            let free = operation["security"] == json!([]) || operation["security"] == json!([{}]);
            if free {
                open.push(path.as_str());
            }
            assert!(free || told, "{path} needs a token and tells no 401");
        }
    }
    open.sort_unstable();
    let expected = ["/api/shopowners/login", "/api/shopowners/register", "/healthz", "/metrics", "/readyz"];
    assert_eq!(open, expected);
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let description = description().await;
    let mut values = vec![&description];
    while let Some(value) = values.pop() {
        match value {
            Value::Array(rows) => values.extend(rows),
            Value::Object(fields) => {
                if let Some(Value::String(target)) = fields.get("$ref") {
                    let pointer = target.strip_prefix('#').expect("within the document");
                    assert!(description.pointer(pointer).is_some(), "{target}");
                }
                values.extend(fields.values());
            }
            _ => {}
        }
    }
}

fn schema<'a>(description: &'a Value, name: &str) -> &'a Map<String, Value> {
    description["components"]["schemas"][name].as_object().expect(name)
}

fn names(fields: &Map<String, Value>) -> BTreeSet<String> {
    fields.keys().cloned().collect()
}

/// The fields that must be there.
fn required(schema: &Map<String, Value>) -> BTreeSet<String> {
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    names.map(|name| name.as_str().expect("a name").to_owned()).collect()
}

fn is_nullable(property: &Value) -> bool {
    let null = Value::from("null");
    let one_of = property["oneOf"].as_array().is_some_and(|of| of.iter().any(|of| of["type"] == null));
    one_of || property["type"].as_array().is_some_and(|of| of.contains(&null))
}

/// The fields with a fault of that code.
fn faulty(reply: &Reply, code: &str) -> BTreeSet<String> {
    reply.faults().into_iter().filter(|fault| fault.1 == code).map(|fault| fault.0).collect()
}

#[tokio::test]
async fn requests_are_described_as_they_are_read() {
    let description = description().await;
    let shop = TestApp::over_memory().shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 500).await;
    let login = json!({ "mobileNumber": "", "password": "" });
    for (method, path, name, body) in [
        (Method::POST, "/api/shopowners/register", "Registration", bodies::registration("9000000001")),
        (Method::POST, "/api/shopowners/login", "Credentials", login),
        (Method::PUT, &format!("/api/shopowners/update/{}", shop.id), "ShopOwnerUpdate", json!({})),
        (Method::POST, "/api/customers/add", "NewCustomer", bodies::customer()),
        (Method::PUT, &format!("/api/customers/update/{}", id(&customer)), "CustomerUpdate", json!({})),
        (Method::POST, "/api/invoices/add", "NewInvoice", bodies::invoice(&customer)),
        (Method::POST, "/api/receipts/add", "NewReceipt", bodies::receipt(&customer, &invoice)),
        (Method::POST, "/api/creditnotes/add", "NewCreditNote", bodies::credit_note(&invoice)),
        (Method::POST, &format!("/api/invoices/{}/void", id(&invoice)), "Void", bodies::void()),
    ] {
        let schema = schema(&description, name);
        assert_eq!(schema["additionalProperties"], false, "{name}");
        let properties = schema["properties"].as_object().expect("properties");
        assert!(names(body.as_object().expect("an object")).is_subset(&names(properties)), "{name}");

        let nulls = properties.keys().map(|field| (field.clone(), Value::Null)).collect();
        let reply = shop.call(method.clone(), path).json(&Value::Object(nulls)).await;
        let reply = reply.expect_problem(422, "invalid");
        assert_eq!(faulty(&reply, "unknown_field"), BTreeSet::new(), "{name}");
        let refuses_null = properties.iter().filter(|(_, property)| !is_nullable(property));
        let refuses_null: BTreeSet<_> = refuses_null.map(|(field, _)| field.clone()).collect();
        if method == Method::POST {
            let mut missing = faulty(&reply, "missing");
            if name == "NewCreditNote" {
                // It takes a customer, an invoice or several, and no schema of fields says that one of them is required.
                assert!(missing.remove("invoiceId"), "{name}");
            }
            assert_eq!(missing, required(schema), "{name}");
            assert_eq!(refuses_null, required(schema), "{name}");
        } else {
            assert_eq!(faulty(&reply, "required"), refuses_null, "{name}");
            assert_eq!(required(schema), BTreeSet::new(), "{name}");
        }
    }
}

#[tokio::test]
async fn answers_are_described_as_they_are() {
    let description = description().await;
    let shop = TestApp::over_memory().shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 500).await;
    let receipt = shop.receipt(&customer, 400).await;
    let note = shop.credit_note(&invoice, 100).await;
    let other = shop.customer("Bina").await;
    shop.invoice(&other, 100).await;
    shop.receipt(&other, 40).await;
    let paid = shop.get(format!("/api/invoices/{}", id(&invoice))).await.expect(200).json();
    let explained =
        shop.get(format!("/api/customers/{}/balance/explain", id(&other))).await.expect(200).json();
    let get = async |path: &str| shop.get(path).await.expect(200).json();
    let statement = get(&format!("/api/customers/{}/statement", id(&customer))).await;
    let entries = get("/api/entries").await;
    shop.invoice(&customer, 40).await;
    let (summary, ageing) = (get("/api/reports/summary").await, get("/api/reports/ageing").await);
    let day_book = get("/api/reports/daybook").await;
    for (name, answer) in [
        ("Explanation", explained),
        ("StatementEntry", statement["entries"][0].clone()),
        ("Statement", statement),
        ("EntryAllocation", entries[1]["allocations"][0].clone()),
        ("Entry", entries[0].clone()),
        ("Debtor", summary["topDebtors"][0].clone()),
        ("Summary", summary),
        ("AgeingBuckets", ageing["total"].clone()),
        ("Ageing", ageing),
        ("DayEntry", day_book["entries"][0].clone()),
        ("KindTotal", day_book["totals"]["byKind"][0].clone()),
        ("PaymentTotal", day_book["totals"]["byPaymentType"][0].clone()),
        ("DayTotals", day_book["totals"].clone()),
        ("DayBook", day_book),
        ("ShopOwner", shop.get("/api/shopowners/me").await.expect(200).json()),
        ("Balance", shop.get(format!("/api/customers/{}/balance", id(&customer))).await.expect(200).json()),
        ("PaidBy", paid["allocations"][0].clone()),
        ("Paid", receipt["allocations"][0].clone()),
        ("Customer", customer),
        ("Invoice", invoice),
        ("Receipt", receipt),
        ("CreditNote", note),
    ] {
        let schema = schema(&description, name);
        let fields = names(answer.as_object().expect("an object"));
        assert_eq!(fields, names(schema["properties"].as_object().expect("properties")), "{name}");
        assert_eq!(fields, required(schema), "{name}");
    }
}
