//! Fields that are alike are not taken for each other. That a document shows each amount under its own name is told where
//! it is added: no two of [`bodies`] are equal.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{TestApp, id};
use crate::bodies;
use crate::over_every_store;

async fn a_record_tells_when_it_was_made_and_when_it_was_changed(app: TestApp) {
    let shop = app.shop().await;
    let add = async |path: &str, body: Value| shop.post(path).json(&body).await.expect(201).json();
    let customer = add("/api/customers/add", bodies::customer()).await;
    let invoice = add("/api/invoices/add", bodies::invoice(&customer)).await;
    let receipt = add("/api/receipts/add", bodies::receipt(&customer, &invoice)).await;
    let note = add("/api/creditnotes/add", bodies::credit_note(&invoice)).await;

    app.wait(Duration::from_secs(60));
    shop.put(format!("/api/shopowners/update/{}", shop.id))
        .json(&json!({ "state": "Goa" }))
        .await
        .expect(200);
    let customer = format!("/api/customers/update/{}", id(&customer));
    shop.put(customer.clone()).json(&json!({ "city": "Panaji" })).await.expect(200);
    for (kind, document) in [("receipts", &receipt), ("creditnotes", &note)] {
        shop.void(format!("/api/{kind}/{}", id(document))).await;
    }
    app.wait(Duration::from_secs(60));
    for path in [
        "/api/shopowners/me".to_owned(),
        customer.replace("update", "get"),
        format!("/api/invoices/{}", id(&invoice)),
        format!("/api/receipts/{}", id(&receipt)),
        format!("/api/creditnotes/{}", id(&note)),
    ] {
        let record = shop.get(&path).await.expect(200).json();
        let times = (&record["createdAt"], &record["updatedAt"]);
        assert_eq!(times, (&json!("2026-11-24T08:16:20.000Z"), &json!("2026-11-24T08:17:20.000Z")), "{path}");
    }
}

over_every_store![a_record_tells_when_it_was_made_and_when_it_was_changed];
