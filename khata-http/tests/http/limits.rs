//! How much of the server one shop may have, so that others find their places.

use std::future::IntoFuture;
use std::num::NonZeroU32;

use axum::body::{Body, Bytes};
use axum::http::Method;
use futures::stream;
use khata_http::{Config, Rates};
use tokio::task::yield_now;

use crate::app::{TestApp, TestShop};
use crate::bodies;

fn app(rates: Rates) -> TestApp {
    TestApp::over_memory().with_config(Config { rates, ..Config::default() })
}

fn at_most(count: u32) -> Option<NonZeroU32> {
    NonZeroU32::new(count)
}

#[tokio::test]
async fn a_shop_has_so_many_requests_a_minute_and_others_have_their_own() {
    let app = app(Rates { requests: at_most(3), ..Rates::UNLIMITED });
    let [greedy, modest] = [app.shop().await, app.shop().await];
    for _ in 0..3 {
        greedy.get("/api/shopowners/me").await.expect(200);
    }
    // Whatever it is, also the feed.
    for path in ["/api/shopowners/me", "/api/entries"] {
        let refused = greedy.get(path).await.expect_problem(429, "rate_limited");
        // A third of a minute, or a moment less.
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=20).contains(&wait), "{wait}");
        assert_eq!(refused.header("ratelimit-policy"), Some("\"requests\";q=3;qu=\"requests\";w=60"));
        assert_eq!(refused.header("ratelimit"), Some(format!("\"requests\";r=0;t={wait}").as_str()));
    }
    modest.get("/api/shopowners/me").await.expect(200);
    // A new login of the same shop has no new share.
    greedy.on_another_device().await.get("/api/shopowners/me").await.expect_problem(429, "rate_limited");
}

#[tokio::test]
async fn writes_are_limited_apart() {
    let shop = app(Rates { writes: at_most(2), ..Rates::UNLIMITED }).shop().await;
    let add = || shop.post("/api/customers/add").json(&bodies::customer());
    add().await.expect(201);
    // What fails is one too.
    add().await.expect_problem(409, "mobile_taken");
    let refused = add().await.expect_problem(429, "rate_limited");
    assert_eq!(refused.header("ratelimit-policy"), Some("\"writes\";q=2;qu=\"requests\";w=60"));
    shop.get("/api/customers/shop").await.expect(200);
}

#[tokio::test]
async fn bytes_are_limited_whether_or_not_a_body_says_how_many_it_has() {
    let rates = Rates { bytes: at_most(1024 * 1024), ..Rates::UNLIMITED };
    let unnamed = || {
        let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{}"))]);
        Body::from_stream(chunks)
    };
    for body in [Body::from(vec![b' '; 1024 * 1024]), unnamed()] {
        let shop = app(rates).shop().await;
        let add = |body: Body| {
            let call = shop.call(Method::POST, "/api/customers/add");
            call.header("content-type", "application/json").body(body)
        };
        assert_ne!(add(body).await.status, 429);
        // It is a minute until there is room for as much again.
        let refused = add(Body::from(vec![b' '; 1024 * 1024])).await.expect_problem(429, "rate_limited");
        let policy = "\"bytes\";q=1048576;qu=\"content-bytes\";w=60";
        assert_eq!(refused.header("ratelimit-policy"), Some(policy));
        shop.get("/api/customers/shop").await.expect(200);
    }
}

#[tokio::test]
async fn without_limits_nothing_is_refused() {
    let shop = app(Rates::UNLIMITED).shop().await;
    for _ in 0..100 {
        shop.get("/api/shopowners/me").await.expect(200);
    }
}

/// Starts to wait for an entry.
async fn wait(shop: &TestShop) -> tokio::task::JoinHandle<crate::call::Reply> {
    let waiting = tokio::spawn(shop.get("/api/entries?wait=30").into_future());
    // Until it waits, or is refused.
    for _ in 0..20 {
        yield_now().await;
    }
    waiting
}

#[tokio::test]
async fn a_shop_that_waits_for_entries_on_many_devices_leaves_places_to_others() {
    // Of 64 requests 16 may wait, of a shop 2.
    let app = TestApp::over_memory().with_config(Config { concurrency_limit: 64, ..Config::default() });
    let [greedy, modest] = [app.shop().await, app.shop().await];
    let waiting = [wait(&greedy).await, wait(&greedy).await];
    let refused = greedy.get("/api/entries?wait=30").await.expect_problem(429, "too_many_at_once");
    assert_eq!(refused.header("retry-after"), Some("1"));
    let other = wait(&modest).await;
    assert!(!other.is_finished() && waiting.iter().all(|waiting| !waiting.is_finished()));
    greedy.get("/api/customers/shop").await.expect(200);

    for (shop, answers) in [(&greedy, waiting.into_iter().collect()), (&modest, vec![other])] {
        let customer = shop.customer("Asha").await;
        shop.invoice(&customer, 1).await;
        for answer in answers {
            assert_eq!(answer.await.unwrap().expect(200).rows().len(), 1);
        }
    }
    wait(&greedy).await.abort();
    greedy.get("/api/entries").await.expect(200);
}
