//! Bodies that can't be read, methods, and the headers that every response has.

use axum::body::{Body, Bytes};
use axum::http::Method;
use futures::stream;

use crate::app::{TestApp, id};
use crate::bodies;
use crate::over_every_store;

async fn what_is_not_json_is_unreadable(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let update = format!("/api/customers/update/{}", id(&customer));
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let wide = format!("{{\"name\":[{}1]}}", "1,".repeat(20_000));
    let unreadable: [&[u8]; 13] = [
        b"",
        b" \n",
        b"{",
        b"name=Asha",
        b"{\"name\":\"Asha\",}",
        b"{\"name\":NaN}",
        b"{\"name\":Infinity}",
        b"{\"name\":\"Asha\",\"name\":\"Asha\"}",
        b"{\"name\":\"a\",\"n\\u0061me\":\"b\"}",
        b"{\"name\":\"\xff\"}",
        b"{\"name\":\"\\ud800\"}",
        deep.as_bytes(),
        wide.as_bytes(),
    ];
    for (method, path) in [
        (Method::POST, "/api/shopowners/register"),
        (Method::POST, "/api/shopowners/login"),
        (Method::POST, "/api/customers/add"),
        (Method::PUT, &update),
        (Method::POST, "/api/invoices/add"),
        (Method::POST, "/api/receipts/add"),
    ] {
        for body in unreadable {
            let call = shop.call(method.clone(), path).header("content-type", "application/json");
            call.body(body.to_vec()).await.expect_problem(400, "invalid_json");
        }
        for readable in ["[]", "1", "null", "\"x\"", "[{}]"] {
            let reply = shop.call(method.clone(), path).json_text(readable).await;
            reply.expect_faults(&[("", "wrong_type")]);
        }
        shop.call(method, path).await.expect_problem(400, "invalid_json");
    }
    assert_eq!(shop.census().await, [1, 0, 0, 0]);
}

async fn a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(app: TestApp) {
    let shop = app.shop().await;
    let call = || shop.post("/api/customers/add").header("content-type", "application/json");
    call().header("content-length", "1048577").body("{}").await.expect_problem(413, "body_too_large");
    let chunk = Bytes::from_static(&[b' '; 65_536]);
    let chunks = |count: usize| {
        let chunk = chunk.clone();
        Body::from_stream(stream::iter((0..count).map(move |_| Ok::<_, std::io::Error>(chunk.clone()))))
    };
    call().body(chunks(17)).await.expect_problem(413, "body_too_large");
    call().body(chunks(16)).await.expect_problem(400, "invalid_json");
}

async fn a_body_that_breaks_off_is_unreadable(app: TestApp) {
    let shop = app.shop().await;
    let parts = [Ok(Bytes::from_static(b"{\"name\":")), Err(std::io::Error::other("gone"))];
    let call = shop.post("/api/customers/add").header("content-type", "application/json");
    call.body(Body::from_stream(stream::iter(parts))).await.expect_problem(400, "incomplete_body");
}

async fn a_charset_may_be_named(app: TestApp) {
    let shop = app.shop().await;
    let call = shop.post("/api/customers/add").header("content-type", "application/json; charset=UTF-8");
    call.body(bodies::customer().to_string()).await.expect(201);
}

async fn a_packed_body_is_not_unpacked(app: TestApp) {
    let shop = app.shop().await;
    let call = shop.post("/api/customers/add").header("content-encoding", "gzip");
    call.json(&bodies::customer()).await.expect_problem(415, "unsupported_media_type");
}

async fn every_response_has_the_same_headers(app: TestApp) {
    let shop = app.shop().await;
    let calls = [
        (shop.get("/api/shopowners/me"), true),
        (app.get("/api/shopowners/me"), true),
        (app.get("/api/nothing"), true),
        (app.get("/api"), true),
        (app.call(Method::OPTIONS, "/api/customers/add"), true),
        (shop.post("/api/customers/add").body("x"), true),
        (app.get("/healthz"), false),
        (app.get("/nothing"), false),
        (app.get("/apis"), false),
        (app.get("/docs/"), false),
    ];
    let mut ids = Vec::new();
    for (call, private) in calls {
        let reply = call.header("x-request-id", "theirs").await;
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(reply.header("cache-control"), private.then_some("no-store"));
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
        let id = reply.header("x-request-id").unwrap().to_owned();
        assert_eq!(id.len(), 36, "{id}");
        ids.push(id);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 10);
}

async fn head_is_get_without_a_body(app: TestApp) {
    let shop = app.shop().await;
    for path in ["/api/shopowners/me", "/api/customers/shop"] {
        let get = shop.get(path).await.expect(200);
        let head = shop.call(Method::HEAD, path).await.expect(200);
        assert_eq!(head.body.len(), 0);
        for same in ["content-type", "content-length", "etag"] {
            assert_eq!(head.header(same), get.header(same), "{path}: {same}");
        }
    }
    app.call(Method::HEAD, "/api/shopowners/me").await.status.is_client_error();
    shop.call(Method::HEAD, "/api/customers/add").await.expect(405);
}

async fn options_tells_the_methods(app: TestApp) {
    for (path, allowed) in [
        ("/api/shopowners/login", vec!["POST"]),
        ("/api/customers/shop", vec!["GET", "HEAD"]),
        ("/api/customers/delete/17", vec!["DELETE"]),
        ("/healthz", vec!["GET", "HEAD"]),
        ("/openapi.json", vec!["GET", "HEAD"]),
    ] {
        let reply = app.call(Method::OPTIONS, path).await.expect(204);
        let told: Vec<_> = reply.header("allow").unwrap().split(',').map(str::trim).collect();
        assert_eq!(told, allowed, "{path}");
        assert_eq!(reply.body.len(), 0);
    }
    app.call(Method::OPTIONS, "/api/nothing").await.expect_problem(404, "no_such_path");
}

async fn long_lists_are_packed_and_versions_are_not(app: TestApp) {
    let shop = app.shop().await;
    let mut customer = shop.customer("Asha").await;
    for _ in 0..9 {
        customer = shop.customer("Asha").await;
    }
    let packed = |path: &str| shop.get(path).header("accept-encoding", "gzip, br");
    let list = packed("/api/customers/shop").await.expect(200);
    assert_eq!(list.header("content-encoding"), Some("gzip"));
    assert_eq!(&list.body[..2], [0x1f, 0x8b]);
    let one = packed(&format!("/api/customers/get/{}", id(&customer))).await.expect(200);
    assert_eq!(one.header("content-encoding"), None);
    let plain = shop.get("/api/customers/shop").await.expect(200);
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.rows().len(), 10);
}

over_every_store![
    what_is_not_json_is_unreadable,
    a_body_that_is_too_large_is_refused_whether_or_not_it_says_so,
    a_body_that_breaks_off_is_unreadable,
    a_charset_may_be_named,
    a_packed_body_is_not_unpacked,
    every_response_has_the_same_headers,
    head_is_get_without_a_body,
    options_tells_the_methods,
    long_lists_are_packed_and_versions_are_not,
];
