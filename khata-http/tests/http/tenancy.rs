//! Two shops: what is the other's does not exist.

use axum::http::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies::{self, without};
use crate::over_every_store;

/// Every operation with an id in its path, for a shop that has one of everything.
async fn operations_on(shop: &TestShop) -> Vec<(Method, String, Option<Value>)> {
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 100).await;
    let receipt = shop.receipt(&customer, 40).await;
    let note = shop.credit_note(&invoice, 10).await;
    let (customer, invoice, receipt, note) = (id(&customer), id(&invoice), id(&receipt), id(&note));
    let void = Some(bodies::plain_void());
    let update = Some(json!({ "state": "Goa" }));
    vec![
        (Method::PUT, format!("/api/shopowners/update/{}", shop.id), update.clone()),
        (Method::GET, format!("/api/shopowners/getdetails/{}", shop.id), None),
        (Method::GET, format!("/api/customers/get/{customer}"), None),
        (Method::PUT, format!("/api/customers/update/{customer}"), update),
        (Method::DELETE, format!("/api/customers/delete/{customer}"), None),
        (Method::POST, format!("/api/customers/{customer}/restore"), None),
        (Method::GET, format!("/api/customers/{customer}/balance"), None),
        (Method::GET, format!("/api/customers/{customer}/balance/explain"), None),
        (Method::GET, format!("/api/invoices/{invoice}/explain"), None),
        (Method::GET, format!("/api/receipts/{receipt}/explain"), None),
        (Method::GET, format!("/api/creditnotes/{note}/explain"), None),
        (Method::GET, format!("/api/customers/{customer}/statement"), None),
        (Method::GET, format!("/api/invoices/customer/{customer}"), None),
        (Method::GET, format!("/api/invoices/{invoice}"), None),
        (Method::GET, format!("/api/receipts/customer/{customer}"), None),
        (Method::GET, format!("/api/receipts/shop/{}", shop.id), None),
        (Method::GET, format!("/api/receipts/{receipt}"), None),
        (Method::GET, format!("/api/creditnotes/customer/{customer}"), None),
        (Method::GET, format!("/api/creditnotes/{note}"), None),
        (Method::POST, format!("/api/invoices/{invoice}/void"), void.clone()),
        (Method::POST, format!("/api/receipts/{receipt}/void"), void.clone()),
        (Method::POST, format!("/api/creditnotes/{note}/void"), void),
    ]
}

/// The answer to an operation, without what differs between any two.
async fn refused(shop: &TestShop, method: &Method, path: &str, body: Option<&Value>) -> Value {
    let call = shop.call(method.clone(), path);
    let call = match body {
        Some(body) => call.json(body),
        None => call,
    };
    without(&call.await.expect_problem(404, "not_found").json(), "requestId")
}

async fn nothing_of_another_shop_exists(app: TestApp) {
    let shops = [app.shop().await, app.shop().await];
    let operations = [operations_on(&shops[0]).await, operations_on(&shops[1]).await];
    let mut answers = Vec::new();
    for (shop, theirs) in [(&shops[0], &operations[1]), (&shops[1], &operations[0])] {
        for (method, path, body) in theirs {
            answers.push(refused(shop, method, path, body.as_ref()).await);
        }
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    for shop in &shops {
        assert_eq!(shop.census().await, [1, 0, 1, 1]);
        assert_eq!(shop.get("/api/shopowners/me").await.expect(200).json()["state"], "Maharashtra");
        let notes = shop.get("/api/creditnotes/shop").await.expect(200);
        assert_eq!(notes.column("status"), ["recorded"]);
    }
}

async fn unknown_and_malformed_ids_get_the_same_answer(app: TestApp) {
    let shop = app.shop().await;
    let other = app.shop().await;
    let theirs = operations_on(&other).await;
    let not_theirs = refused(&shop, &theirs[0].0, &theirs[0].1, theirs[0].2.as_ref()).await;
    let bare = id(&shop.customer("Asha").await).replace('-', "");
    let wrong = ["0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "17", "%20", "%ff", "%00", "x%2Fy", "{id}", &bare];
    for wrong in wrong {
        for (method, path, body) in &theirs {
            let path = path
                .split('/')
                .map(|part| if part.len() == 36 { wrong } else { part })
                .collect::<Vec<_>>()
                .join("/")
                .replace("{id}", "%7Bid%7D");
            assert_eq!(refused(&shop, method, &path, body.as_ref()).await, not_theirs, "{method} {path}");
        }
    }
}

async fn lists_hold_only_the_shops_own(app: TestApp) {
    let (shop, other) = (app.shop().await, app.shop().await);
    operations_on(&other).await;
    assert_eq!(shop.census().await, [0, 0, 0, 0]);
    assert_eq!(shop.get("/api/creditnotes/shop").await.expect(200).rows(), Vec::<Value>::new());
    let found = shop.get("/api/customers/shop?q=asha").await.expect(200);
    assert_eq!(found.rows(), Vec::<Value>::new());
    assert_eq!(shop.get("/api/entries").await.expect(200).rows(), Vec::<Value>::new());
    let [summary, ageing, day_book] =
        ["summary", "ageing", "daybook"].map(|report| format!("/api/reports/{report}"));
    let summary = shop.get(summary).await.expect(200).json();
    assert_eq!(
        json!([summary["customers"], summary["receivable"], summary["topDebtors"]]),
        json!([0, 0, []])
    );
    assert_eq!(shop.get(ageing).await.expect(200).json()["customers"], json!([]));
    assert_eq!(shop.get(day_book).await.expect(200).json()["entries"], json!([]));
}

async fn a_key_belongs_to_its_shop(app: TestApp) {
    let (shop, other) = (app.shop().await, app.shop().await);
    let asha = json!({ "name": "Asha", "mobileNumber": "9000000001" });
    let bina = json!({ "name": "Bina", "mobileNumber": "9000000002" });
    shop.post("/api/customers/add").once("k").json(&asha).await.expect(201);
    let reply = other.post("/api/customers/add").once("k").json(&bina).await.expect(201);
    assert_eq!(reply.json()["name"], "Bina");
    assert_eq!(reply.header("idempotent-replayed"), None);
}

over_every_store![
    nothing_of_another_shop_exists,
    unknown_and_malformed_ids_get_the_same_answer,
    lists_hold_only_the_shops_own,
    a_key_belongs_to_its_shop,
];
