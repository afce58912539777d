//! Versions: `ETag`, `If-None-Match`, `If-Match`.

use serde_json::json;

use crate::app::{TestApp, id};
use crate::over_every_store;

async fn what_a_client_has_is_not_sent_again(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 100).await;
    let receipt = shop.receipt(&customer, 40).await;
    for path in [
        "/api/shopowners/me".to_owned(),
        format!("/api/shopowners/getdetails/{}", shop.id),
        format!("/api/customers/get/{}", id(&customer)),
        format!("/api/customers/{}/balance", id(&customer)),
        format!("/api/customers/{}/balance/explain", id(&customer)),
        format!("/api/invoices/{}", id(&invoice)),
        format!("/api/invoices/{}/explain", id(&invoice)),
        format!("/api/receipts/{}", id(&receipt)),
        format!("/api/creditnotes/{}", id(&shop.credit_note(&invoice, 10).await)),
    ] {
        let first = shop.get(&path).await.expect(200);
        let tag = first.header("etag").expect("a tag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
        for same in [tag.clone(), format!("\"x\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
            let again = shop.get(&path).header("if-none-match", &same).await.expect(304);
            assert_eq!(again.header("etag"), Some(tag.as_str()));
            assert_eq!((again.body.len(), again.header("content-type")), (0, None));
            assert!(again.header("x-request-id").is_some());
        }
        for other in ["\"x\"", "x", "", "\"o0\""] {
            let again = shop.get(&path).header("if-none-match", other).await.expect(200);
            assert_eq!(again.body, first.body);
        }
    }
}

async fn a_version_changes_whenever_the_answer_does(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 100).await;
    let paths = [
        format!("/api/customers/get/{}", id(&customer)),
        format!("/api/customers/{}/balance", id(&customer)),
        format!("/api/invoices/{}", id(&invoice)),
    ];
    let mut before = Vec::new();
    for path in &paths {
        let reply = shop.get(path).await.expect(200);
        before.push((reply.json(), reply.header("etag").unwrap().to_owned()));
    }
    shop.receipt(&customer, 40).await;
    for (path, (body, tag)) in paths.iter().zip(before) {
        let reply = shop.get(path).header("if-none-match", &tag).await.expect(200);
        assert_ne!(reply.json(), body, "{path}");
        assert_ne!(reply.header("etag"), Some(tag.as_str()), "{path}");
    }
}

async fn a_change_may_insist_on_the_version_it_is_based_on(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    for (read, write, field) in [
        ("/api/shopowners/me".to_owned(), format!("/api/shopowners/update/{}", shop.id), "shopName"),
        (
            format!("/api/customers/get/{}", id(&customer)),
            format!("/api/customers/update/{}", id(&customer)),
            "name",
        ),
    ] {
        let first = shop.get(&read).await.expect(200).header("etag").unwrap().to_owned();
        let change = |name: &str| shop.put(&write).json(&json!({ field: name }));
        let changed = change("Second").header("if-match", &first).await.expect(200);
        let second = changed.header("etag").unwrap().to_owned();
        assert_ne!(second, first);
        for stale in [first.as_str(), "\"x\"", "x", "", &format!("W/{second}")] {
            change("Third").header("if-match", stale).await.expect_problem(412, "stale");
        }
        let now = shop.get(&read).await.expect(200);
        assert_eq!((now.json()[field].as_str(), now.header("etag")), (Some("Second"), Some(second.as_str())));
        change("Third").header("if-match", &format!("{first}, {second}")).await.expect(200);
        change("Fourth").header("if-match", "*").await.expect(200);
        change("Fifth").await.expect(200);
    }
}

async fn a_deletion_may_insist_too(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let path = format!("/api/customers/get/{}", id(&customer));
    let first = shop.get(&path).await.expect(200).header("etag").unwrap().to_owned();
    let update = format!("/api/customers/update/{}", id(&customer));
    let changed = shop.put(update).json(&json!({ "name": "Usha" })).await.expect(200);
    let delete = || shop.delete(format!("/api/customers/delete/{}", id(&customer)));
    delete().header("if-match", &first).await.expect_problem(412, "stale");
    shop.get(&path).await.expect(200);
    delete().header("if-match", changed.header("etag").unwrap()).await.expect(200);
    delete().header("if-match", "*").await.expect_problem(404, "not_found");
}

over_every_store![
    what_a_client_has_is_not_sent_again,
    a_version_changes_whenever_the_answer_does,
    a_change_may_insist_on_the_version_it_is_based_on,
    a_deletion_may_insist_too,
];
