//! The description of the API.

use axum::http::Method;
use serde_json::Value;

use crate::app::TestApp;

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
            let status = app.call(method.clone(), path.replace(['{', '}'], "")).await.status.as_u16();
            assert!(!matches!(status, 404 | 405), "{method} {path}: {status}");
            let told = operation["responses"].as_object().expect("responses");
            assert!(told.contains_key(&status.to_string()), "{method} {path} answers {status}");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            operations += 1;
        }
    }
    assert_eq!(operations, 24, "the sixteen, and eight beyond them");
}

#[tokio::test]
async fn only_what_needs_no_token_says_so() {
    let description = description().await;
    let mut open = Vec::new();
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for operation in methods.as_object().expect("operations").values() {
            let told = operation["responses"].get("401").is_some();
            let free = operation["security"] == serde_json::json!([])
                || operation["security"] == serde_json::json!([{}]);
            if free {
                open.push(path.as_str());
            }
            assert!(free || told, "{path} needs a token and tells no 401");
        }
    }
    open.sort_unstable();
    assert_eq!(open, ["/api/shopowners/login", "/api/shopowners/register", "/healthz", "/readyz"]);
}
