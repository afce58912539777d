//! The cookie, and what keeps other sites from using it.

use axum::http::Method;
use khata_http::{Config, PublicUrl};
use serde_json::json;

use crate::app::{PASSWORD, TestApp, id};
use crate::bodies;
use crate::call::Call;
use crate::over_every_store;

async fn a_cookie_lets_a_browser_in(app: TestApp) {
    let shop = app.shop().await;
    app.get("/api/shopowners/me").cookie(&shop.token).await.expect(200);
    app.post("/api/customers/add").cookie(&shop.token).json(&bodies::customer()).await.expect(201);
    let both = |call: Call| call.header("cookie", &format!("theme=dark; token={}", shop.token));
    both(app.get("/api/shopowners/me")).await.expect(200);
    both(app.get("/api/shopowners/me").bearer("a.b.c")).await.expect_problem(401, "invalid_token");
    app.get("/api/shopowners/me").bearer(&shop.token).cookie("a.b.c").await.expect(200);
}

async fn another_site_may_not_use_the_cookie(app: TestApp) {
    let shop = app.shop().await;
    let from = |origin: &str| {
        let call = app.get("/api/shopowners/me").cookie(&shop.token).header("host", "127.0.0.1:5000");
        call.header("origin", origin)
    };
    from("http://127.0.0.1:5000").await.expect(200);
    for foreign in ["http://evil.example", "http://127.0.0.1:3000", "http://localhost:5000", "null", ""] {
        from(foreign).await.expect_problem(403, "csrf");
        from(foreign).bearer(&shop.token).await.expect(200);
    }
}

async fn with_a_public_url_only_that_is_our_site(app: TestApp) {
    let public_url = Some(PublicUrl::parse("https://khata.example").unwrap());
    let app = app.with_config(Config { public_url, secure_cookie: true, ..Config::default() });
    let shop = app.shop().await;
    let from = |origin: &str| {
        app.get("/api/shopowners/me")
            .cookie(&shop.token)
            .header("host", "khata.example")
            .header("origin", origin)
    };
    from("https://khata.example").await.expect(200);
    for foreign in ["http://khata.example", "https://khata.example:8443", "https://shop.khata.example"] {
        from(foreign).await.expect_problem(403, "csrf");
    }
    let credentials = json!({ "mobileNumber": shop.mobile, "password": PASSWORD });
    let reply = app.post("/api/shopowners/login").json(&credentials).await.expect(200);
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.split("; ").any(|attribute| attribute == "Secure"), "{cookie}");
}

async fn a_write_that_a_form_could_send_must_say_where_it_comes_from(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let call = |method: Method, path: String| {
        app.call(method, path).cookie(&shop.token).header("host", "127.0.0.1:5000")
    };
    for (method, path) in [
        (Method::POST, format!("/api/customers/{}/restore", id(&customer))),
        (Method::PUT, format!("/api/customers/update/{}", id(&customer))),
        (Method::DELETE, format!("/api/customers/delete/{}", id(&customer))),
        (Method::POST, "/api/shopowners/logout-all".to_owned()),
        (Method::POST, "/api/shopowners/logout".to_owned()),
    ] {
        call(method.clone(), path.clone()).await.expect_problem(403, "csrf");
        let form = call(method, path).header("content-type", "text/plain").body("{}");
        form.await.expect_problem(403, "csrf");
    }
    assert_eq!(shop.census().await, [1, 0, 0, 0]);
    let logout = call(Method::POST, "/api/shopowners/logout".to_owned());
    logout.header("origin", "http://127.0.0.1:5000").await.expect(200);
    app.get("/api/shopowners/me").cookie(&shop.token).await.expect_problem(401, "invalid_token");
}

over_every_store![
    a_cookie_lets_a_browser_in,
    another_site_may_not_use_the_cookie,
    with_a_public_url_only_that_is_our_site,
    a_write_that_a_form_could_send_must_say_where_it_comes_from,
];
