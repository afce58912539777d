//! What is beside `/api`.

use serde_json::json;

use crate::app::TestApp;
use crate::over_every_store;

async fn a_server_that_runs_is_healthy_and_ready(app: TestApp) {
    for path in ["/healthz", "/readyz"] {
        let reply = app.get(path).await.expect(200);
        assert_eq!(reply.json(), json!({ "status": "ok" }));
    }
}

async fn the_pages_about_the_api_load_nothing_from_elsewhere(app: TestApp) {
    let reply = app.get("/docs").await.expect(303);
    assert_eq!(reply.header("location"), Some("/docs/"));
    let page = app.get("/docs/").await.expect(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    // Scripts come from files alone.
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("; script-src 'self'; ") && policy.contains("connect-src 'self'"), "{policy}");
    for script in page.text().split("<script").skip(1) {
        let (attributes, rest) = script.split_once('>').unwrap();
        let (inline, _) = rest.split_once("</script>").unwrap();
        assert!(attributes.contains("src=") && inline.trim().is_empty(), "{script}");
    }
    assert!(!page.text().contains("http://") && !page.text().contains("https://"), "{}", page.text());
    for file in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        let reply = app.get(format!("/docs/{file}")).await.expect(200);
        assert!(!reply.body.is_empty());
        assert!(reply.header("content-type").unwrap().ends_with("; charset=utf-8"));
    }
    let start = app.get("/docs/swagger-initializer.js").await.expect(200);
    assert!(start.text().contains("/openapi.json"));
    app.get("/docs/nothing.js").await.expect_problem(404, "no_such_path");
    app.post("/docs/").await.expect_problem(405, "method_not_allowed");
}

async fn unknown_parameters_are_refused(app: TestApp) {
    for path in ["/healthz?x=1", "/readyz?x=1"] {
        app.get(path).await.expect_faults(&[("x", "unknown_field")]);
    }
}

over_every_store![
    a_server_that_runs_is_healthy_and_ready,
    unknown_parameters_are_refused,
    the_pages_about_the_api_load_nothing_from_elsewhere,
];
