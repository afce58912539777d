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
    assert!(cookie.starts_with("__Host-khata=") && cookie.contains("; Secure; Path=/;"), "{cookie}");
    assert!(!cookie.contains("Domain"), "{cookie}");
    let (cookie, _) = cookie.split_once(';').unwrap();
    let me = || app.get("/api/shopowners/me").header("host", "khata.example");
    me().header("cookie", cookie).await.expect(200);
    // Another host of the domain may have planted the other.
    me().header("cookie", &format!("token=a.b.c; {cookie}")).await.expect(200);
}

async fn over_https_browsers_are_told_to_stay_with_it(app: TestApp) {
    for (url, expected) in [
        (None, None),
        (Some("http://khata.example"), None),
        (Some("https://khata.example"), Some("max-age=31536000")),
    ] {
        let public_url = url.map(|url| PublicUrl::parse(url).unwrap());
        let app = app.with_config(Config { public_url, ..Config::default() });
        for path in ["/docs/", "/api/nothing", "/healthz"] {
            let reply = app.get(path).await;
            assert_eq!(reply.header("strict-transport-security"), expected, "{url:?} {path}");
        }
    }
}

async fn scripts_of_other_sites_may_call_if_their_site_is_named(app: TestApp) {
    let shop = app.shop().await;
    let origin = "https://app.example";
    let cors_origins = vec![PublicUrl::parse(origin).unwrap()];
    let open = app.with_config(Config { cors_origins, ..Config::default() });
    let ask = |app: &TestApp, origin: &str| {
        let call = app.call(Method::OPTIONS, "/api/customers/add").header("origin", origin);
        call.header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type")
    };
    let me = |app: &TestApp, origin: &str| {
        app.get("/api/shopowners/me").bearer(&shop.token).header("origin", origin)
    };
    const ALLOW: &str = "access-control-allow-origin";

    let asked = ask(&open, origin).await.expect(200);
    assert_eq!(asked.header(ALLOW), Some(origin));
    assert!(asked.header("access-control-allow-methods").unwrap().contains("POST"));
    assert!(asked.header("access-control-allow-headers").unwrap().contains("idempotency-key"));
    let read = me(&open, origin).await.expect(200);
    assert_eq!(read.header(ALLOW), Some(origin));
    assert!(read.header("access-control-expose-headers").unwrap().contains("etag"));
    assert!(read.header("vary").unwrap().to_ascii_lowercase().contains("origin"));
    // The cookie stays with the server's own site.
    assert_eq!(read.header("access-control-allow-credentials"), None);
    open.get("/api/shopowners/me").cookie(&shop.token).header("origin", origin).await.expect(403);

    for foreign in ["https://evil.example", "http://app.example", "https://app.example:8443", "null"] {
        assert_eq!(ask(&open, foreign).await.header(ALLOW), None, "{foreign}");
        assert_eq!(me(&open, foreign).await.expect(200).header(ALLOW), None, "{foreign}");
    }
    for reply in [ask(&app, origin).await, me(&app, origin).await] {
        assert_eq!((reply.header(ALLOW), reply.header("vary")), (None, None));
    }
    let options = open.call(Method::OPTIONS, "/api/customers/add").await.expect(204);
    assert_eq!(options.header("allow"), Some("POST"));
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
    over_https_browsers_are_told_to_stay_with_it,
    scripts_of_other_sites_may_call_if_their_site_is_named,
    a_write_that_a_form_could_send_must_say_where_it_comes_from,
];
