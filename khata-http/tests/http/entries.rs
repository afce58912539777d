//! `/api/entries`.

use std::time::Duration;

use khata_http::Config;
use serde_json::{Value, json};
use tokio::task::yield_now;

use crate::app::{TestApp, TestShop, id};
use crate::over_every_store;

async fn an_entry_tells_all_that_its_hash_covers(app: TestApp) {
    let shop = app.shop().await;
    let asha = shop.customer("Asha").await;
    let invoice = shop.invoice(&asha, 100).await;
    let receipt = shop.receipt(&asha, 60).await;
    let entries = shop.get("/api/entries").await.expect(200).rows();
    let hash = |value: &Value| {
        let text = value.as_str().unwrap();
        assert!(text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
        value.clone()
    };
    let entry = |at: usize, of: &Value, kind: &str, amount: i64, allocations: Value| {
        json!({
            "seq": at + 1,
            "id": id(of),
            "shopOwnerId": shop.id,
            "actorId": shop.id,
            "kind": kind,
            "customerId": id(&asha),
            "itemId": id(of),
            "date": "2026-11-24",
            "recordedAt": of["createdAt"],
            "amount": amount,
            "reason": null,
            "bodyHash": hash(&entries[at]["bodyHash"]),
            "allocations": allocations,
            "hash": hash(&entries[at]["hash"]),
        })
    };
    let paid = json!([{
        "debitId": id(&invoice), "debitKind": "invoice", "creditId": id(&receipt), "creditKind": "receipt",
        "amount": 60, "effectiveDate": "2026-11-24",
    }]);
    let expected = [entry(0, &invoice, "invoice", 100, json!([])), entry(1, &receipt, "receipt", -60, paid)];
    assert_eq!(entries, expected);
    assert_ne!(entries[0]["hash"], entries[1]["hash"]);
}

async fn who_follows_it_sees_every_entry_once(app: TestApp) {
    let shop = app.shop().await;
    let asha = shop.customer("Asha").await;
    for n in 1..=5 {
        shop.invoice(&asha, n).await;
    }
    let mut seen = Vec::new();
    let mut next = Some("/api/entries?limit=2".to_owned());
    while let Some(path) = next {
        let page = shop.get(path).await.expect(200);
        seen.extend(page.column("seq"));
        next = page.next_page().map(ToOwned::to_owned);
    }
    assert_eq!(json!(seen), json!([1, 2, 3, 4, 5]));
    let full = shop.get("/api/entries?after=3&limit=2").await.expect(200);
    assert_eq!((json!(full.column("seq")), full.next_page()), (json!([4, 5]), None));
    let none = shop.get("/api/entries?after=5").await.expect(200);
    assert_eq!((none.rows(), none.next_page()), (vec![], None));
    assert_eq!(
        shop.get(format!("/api/entries?after={}", i64::MAX)).await.expect(200).rows(),
        [] as [Value; 0]
    );
}

async fn who_waits_is_answered_when_something_is_posted(app: TestApp) {
    let shop = app.shop().await;
    let asha = shop.customer("Asha").await;
    let waiting = tokio::spawn(shop.get("/api/entries?wait=20").into_future());
    yield_now().await;
    shop.invoice(&asha, 100).await;
    let reply = waiting.await.unwrap().expect(200);
    assert_eq!(json!(reply.column("seq")), json!([1]));
    let there = shop.get("/api/entries?after=0&wait=30").await.expect(200);
    assert_eq!(json!(there.column("seq")), json!([1]), "without waiting");
}

async fn waiting_ends_with_the_time_and_with_the_session(app: TestApp) {
    let shop = app.shop().await;
    assert_eq!(shop.get("/api/entries?wait=1").await.expect(200).rows(), [] as [Value; 0]);
    let other = shop.on_another_device().await;
    let waiting = tokio::spawn(other.get("/api/entries?wait=20").into_future());
    yield_now().await;
    let asha = shop.customer("Asha").await;
    other.post("/api/shopowners/logout").await.expect(200);
    shop.invoice(&asha, 100).await;
    let reply = waiting.await.unwrap();
    assert!(reply.status == 401, "what came after the logout is not for that token: {}", reply.text());
}

async fn who_waits_takes_no_place_from_others(app: TestApp) {
    let shop = app.with_config(Config { concurrency_limit: 1, ..Config::default() }).shop().await;
    let asha = shop.customer("Asha").await;
    let waiting = tokio::spawn(shop.get("/api/entries?wait=20").into_future());
    yield_now().await;
    shop.invoice(&asha, 100).await;
    assert_eq!(waiting.await.unwrap().expect(200).rows().len(), 1);
}

async fn waiting_ends_before_the_server_gives_a_request_up(app: TestApp) {
    let config = Config { request_timeout: Duration::from_secs(3), ..Config::default() };
    let shop = app.shop().await;
    let hurried = TestShop { app: app.with_config(config), ..shop };
    assert_eq!(hurried.get("/api/entries?wait=30").await.expect(200).rows(), [] as [Value; 0]);
}

async fn what_is_wrong_is_told(app: TestApp) {
    let shop = app.shop().await;
    for (query, faults) in [
        ("?after=-1", vec![("after", "invalid_seq")]),
        ("?after=+1", vec![("after", "invalid_seq")]),
        ("?after=9223372036854775808", vec![("after", "invalid_seq")]),
        ("?after=18446744073709551616", vec![("after", "invalid_seq")]),
        ("?wait=31&limit=0", vec![("wait", "invalid_wait"), ("limit", "invalid_limit")]),
        ("?wait=1.5", vec![("wait", "invalid_wait")]),
        ("?before=1", vec![("before", "unknown_field")]),
        ("?after=1&after=1", vec![("after", "repeated")]),
    ] {
        shop.get(format!("/api/entries{query}")).await.expect_faults(&faults);
    }
}

over_every_store![
    an_entry_tells_all_that_its_hash_covers,
    who_follows_it_sees_every_entry_once,
    who_waits_is_answered_when_something_is_posted,
    waiting_ends_with_the_time_and_with_the_session,
    who_waits_takes_no_place_from_others,
    waiting_ends_before_the_server_gives_a_request_up,
    what_is_wrong_is_told,
];
