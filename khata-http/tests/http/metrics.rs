//! The figures at `/metrics`: what is counted, what they are told apart by, and who may read them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use khata_core::Khata;
use khata_core::store::MemoryStore;
use khata_http::{Config, PublicUrl};
use serde_json::json;

use crate::app::{TestApp, id};
use crate::call::{Call, Reply};
use crate::over_every_store;
use crate::problems;
use crate::scrape::Scrape;

const REQUESTS: &str = "khata_http_requests_total";

async fn requests_are_counted_by_method_route_and_status(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    for _ in 0..2 {
        shop.get(format!("/api/customers/get/{}", id(&customer))).await.expect(200);
    }
    shop.get("/api/customers/get/17").await.expect(404);
    app.get("/api/customers/get/17").await.expect(401);
    shop.call(Method::HEAD, "/api/customers/shop?q=Asha").await.expect(200);
    let wrong = json!({ "mobileNumber": shop.mobile, "password": "a wrong battery" });
    app.post("/api/shopowners/login").json(&wrong).await.expect(401);
    app.get("/readyz").await.expect(200);
    app.get(format!("/api/{}", shop.mobile)).await.expect(404);
    app.post(format!("/{}", shop.id)).await.expect(404);
    app.post("/readyz").await.expect(405);
    app.get("/docs/swagger-ui.css").await.expect(200);
    app.get("/metrics").await.expect(404);

    let scrape = Scrape::of(&app).await;
    let expected = BTreeMap::from([
        (("POST", "/api/shopowners/register", "201"), 1.0),
        (("POST", "/api/shopowners/login", "200"), 1.0),
        (("POST", "/api/shopowners/login", "401"), 1.0),
        (("POST", "/api/customers/add", "201"), 1.0),
        (("GET", "/api/customers/get/{id}", "200"), 2.0),
        (("GET", "/api/customers/get/{id}", "404"), 1.0),
        (("GET", "/api/customers/get/{id}", "401"), 1.0),
        (("HEAD", "/api/customers/shop", "200"), 1.0),
        (("GET", "/readyz", "200"), 1.0),
        (("POST", "/readyz", "405"), 1.0),
        (("GET", "none", "404"), 1.0),
        (("POST", "none", "404"), 1.0),
        (("GET", "/docs/{*rest}", "200"), 1.0),
        (("GET", "/metrics", "404"), 1.0),
    ]);
    assert_eq!(scrape.requests(), expected);
    // That one was counted once it was answered.
    let of_itself = [("method", "GET"), ("route", "/metrics"), ("status", "200")];
    assert_eq!(Scrape::of(&app).await.value(REQUESTS, &of_itself), 1.0);
}

async fn each_request_has_a_duration(app: TestApp) {
    let shop = app.shop().await;
    for path in ["/api/customers/get/17", "/api/customers/get/18"] {
        shop.get(path).await.expect(404);
    }
    let scrape = Scrape::of(&app).await;
    let operation = [("method", "GET"), ("route", "/api/customers/get/{id}")];
    assert_eq!(scrape.value("khata_http_request_duration_seconds_count", &operation), 2.0);
    assert!(scrape.value("khata_http_request_duration_seconds_sum", &operation) > 0.0);
}

async fn the_figures_have_types_and_the_version(app: TestApp) {
    app.get("/healthz").await.expect(200);
    let scrape = Scrape::of(&app).await;
    let types: Vec<_> = scrape.types.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
    let expected = [
        ("khata_build_info", "gauge"),
        ("khata_http_request_duration_seconds", "histogram"),
        ("khata_http_requests_in_flight", "gauge"),
        ("khata_http_requests_total", "counter"),
    ];
    assert_eq!(types, expected);
    assert_eq!(scrape.value("khata_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), 1.0);
    // Itself.
    assert_eq!(scrape.value("khata_http_requests_in_flight", &[]), 1.0);
}

async fn whatever_clients_send_the_labels_are_few_and_say_nothing_of_it(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    for word in ["BREW", "Asha", "get"] {
        app.call(word.parse().unwrap(), "/healthz").await.expect(405);
    }
    for path in
        ["/Asha", "/api/customers/get/Asha/", "/metrics/", "/%22%7D%0A", "/api/customers/get/%22%7D%0A"]
    {
        shop.get(path).await.expect(404);
    }
    shop.get(format!("/api/customers/{}/balance?asOf=2026-11-24", id(&customer))).await.expect(200);
    let scrape = Scrape::of(&app).await;
    let others = [("method", "other"), ("route", "/healthz"), ("status", "405")];
    assert_eq!(scrape.value(REQUESTS, &others), 3.0);
    let unknown = [("method", "GET"), ("route", "none"), ("status", "404")];
    assert_eq!(scrape.value(REQUESTS, &unknown), 4.0);

    let description = app.get("/openapi.json").await.expect(200).json();
    let routes: BTreeSet<_> =
        description["paths"].as_object().unwrap().keys().map(String::as_str).chain(["none"]).collect();
    for (method, route, status) in scrape.requests().into_keys() {
        assert!(["GET", "POST", "other"].contains(&method), "{method}");
        assert!(routes.contains(route), "{route}");
        assert!(status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit()), "{status}");
    }
    for secret in ["Asha", id(&customer), &shop.id, &shop.mobile, "2026"] {
        assert!(scrape.label_values().iter().all(|value| !value.contains(secret)), "{secret}: {scrape:?}");
    }
}

async fn it_is_read_like_the_paths_beside_it(app: TestApp) {
    let from_here = |call: Call| call.from("[::1]:4711");
    let get = from_here(app.get("/metrics")).await.expect(200);
    assert_eq!(get.header("cache-control"), Some("no-store"));
    let head = from_here(app.call(Method::HEAD, "/metrics")).await.expect(200);
    assert_eq!(head.body.len(), 0);
    assert_eq!(head.header("content-type"), get.header("content-type"));
    let options = from_here(app.call(Method::OPTIONS, "/metrics")).await.expect(204);
    assert_eq!(options.header("allow"), Some("GET,HEAD"));
    from_here(app.post("/metrics")).await.expect_problem(405, "method_not_allowed");
    from_here(app.get("/metrics?x=1")).await.expect_faults(&[("x", "unknown_field")]);
    // Once there is much of it.
    for path in ["/healthz", "/readyz", "/docs/", "/openapi.json"] {
        app.get(path).await.expect(200);
    }
    let packed = from_here(app.get("/metrics").header("accept-encoding", "gzip")).await.expect(200);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
}

async fn to_everybody_else_there_is_no_such_path(app: TestApp) {
    let shop = app.shop().await;
    for method in [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS] {
        let unknown = app.call(method.clone(), "/nothing").await.expect(404);
        for call in [
            // Where it comes from is not known.
            app.call(method.clone(), "/metrics"),
            app.call(method.clone(), "/metrics").from("203.0.113.7:4711"),
            app.call(method.clone(), "/metrics").from("[2001:db8::7]:4711"),
            shop.call(method.clone(), "/metrics?x=1").from("10.0.0.1:4711"),
        ] {
            let reply = call.await.expect(404);
            if method != Method::HEAD {
                assert_eq!(problems::body(&reply), problems::body(&unknown));
            }
            let names = |reply: &Reply| reply.headers.keys().cloned().collect::<HashSet<_>>();
            assert_eq!(names(&reply), names(&unknown));
        }
    }
}

async fn a_proxy_that_is_not_trusted_lends_nobody_its_address(app: TestApp) {
    let through =
        |header: &str, value: &str| app.get("/metrics").from("127.0.0.1:4711").header(header, value);
    for (header, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-for", ""),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("via", "1.1 proxy"),
    ] {
        through(header, value).await.expect_problem(404, "no_such_path");
    }
    through("x-prometheus-scrape-timeout-seconds", "10").await.expect(200);
}

async fn through_a_trusted_proxy_it_is_who_sent_it_that_counts(app: TestApp) {
    let networks = |text: &[&str]| text.iter().map(|network| network.parse().unwrap()).collect();
    let app = app.with_config(Config {
        trusted_proxies: networks(&["127.0.0.1/32", "10.0.0.0/8"]),
        metrics_from: networks(&["192.0.2.0/24", "2001:db8::/32"]),
        ..Config::default()
    });
    let metrics = |peer: &str| app.get("/metrics").from(peer);
    let through = |senders: &str| metrics("127.0.0.1:4711").header("x-forwarded-for", senders);
    for call in [
        metrics("192.0.2.7:4711"),
        metrics("[::ffff:192.0.2.7]:4711"),
        metrics("[2001:db8::7]:4711"),
        through("192.0.2.7"),
        through("192.0.2.7, 10.0.0.2"),
    ] {
        call.await.expect(200);
    }
    for call in [
        // The default is no longer one of them.
        metrics("127.0.0.1:4711"),
        metrics("192.0.3.7:4711"),
        metrics("192.0.2.7:4711").header("x-forwarded-for", "192.0.2.7"),
        through("203.0.113.7"),
        through("192.0.2.7, 203.0.113.7"),
        through("203.0.113.7, 192.0.2.7"),
        through("unknown"),
        through("192.0.2.7").header("forwarded", "for=203.0.113.7"),
    ] {
        call.await.expect_problem(404, "no_such_path");
    }
}

async fn a_name_that_others_can_point_here_is_refused(app: TestApp) {
    let public_url = Some(PublicUrl::parse("https://khata.example").unwrap());
    let app = app.with_config(Config { public_url, ..Config::default() });
    let read = |host: &str| app.get("/metrics").from("127.0.0.1:4711").header("host", host);
    for own in [
        "127.0.0.1:5000",
        "10.0.0.7",
        "[::1]:5000",
        "localhost:5000",
        "LOCALHOST",
        "khata:5000",
        "khata.local",
        "khata.shop.svc.cluster.local:5000",
        "books.internal",
        "khata.example",
        "KHATA.example:443",
    ] {
        read(own).await.expect(200);
    }
    for foreign in
        ["evil.example", "evil.example:5000", "khata.example.evil.example", "127.0.0.1.evil.example", ""]
    {
        read(foreign).await.expect_problem(404, "no_such_path");
    }
}

async fn a_router_counts_its_own_requests_only(app: TestApp) {
    app.get("/healthz").await.expect(200);
    let other = app.with_config(Config::default());
    assert_eq!(Scrape::of(&other).await.requests(), BTreeMap::new());
    let once = BTreeMap::from([(("GET", "/healthz", "200"), 1.0)]);
    assert_eq!(Scrape::of(&app).await.requests(), once);
}

over_every_store![
    requests_are_counted_by_method_route_and_status,
    each_request_has_a_duration,
    the_figures_have_types_and_the_version,
    whatever_clients_send_the_labels_are_few_and_say_nothing_of_it,
    it_is_read_like_the_paths_beside_it,
    to_everybody_else_there_is_no_such_path,
    a_proxy_that_is_not_trusted_lends_nobody_its_address,
    through_a_trusted_proxy_it_is_who_sent_it_that_counts,
    a_name_that_others_can_point_here_is_refused,
    a_router_counts_its_own_requests_only,
];

/// Where the router is mounted must not open it.
#[tokio::test]
async fn mounted_elsewhere_it_is_guarded_too() {
    let khata = Khata::new(Arc::new(MemoryStore::default()));
    let router = Router::new().nest("/book", khata_http::router(khata, Config::default()));
    let metrics = |peer| Call::new(router.clone(), Method::GET, "/book/metrics").from(peer);
    metrics("203.0.113.7:4711").await.expect_problem(404, "no_such_path");
    metrics("127.0.0.1:4711").await.expect(200);
}
