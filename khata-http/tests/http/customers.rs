//! `/api/customers`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies::{self, with, without};
use crate::over_every_store;

async fn add(shop: &TestShop, body: Value) -> Value {
    shop.post("/api/customers/add").json(&body).await.expect(201).json()
}

async fn adding_a_customer_answers_with_all_of_it(app: TestApp) {
    let shop = app.shop().await;
    let reply = shop.post("/api/customers/add").json(&bodies::customer()).await.expect(201);
    let customer = reply.json();
    let path = format!("/api/customers/get/{}", id(&customer));
    assert_eq!(reply.header("location"), Some(path.as_str()));
    let expected = json!({
        "id": customer["id"],
        "shopOwnerId": shop.id,
        "name": "Asha Patil",
        "firmName": "Asha Traders",
        "mobileNumber": "+919123456789",
        "alternateMobile": "+919811100077",
        "email": "asha@example.com",
        "address": "12, M G Road\nPune",
        "notes": "Pays on the 5th",
        "tags": ["Wholesale", "Market Road"],
        "city": "Pune",
        "state": "Maharashtra",
        "gstNumber": "27AAPFU0939F1ZV",
        "creditLimit": 50000,
        "balance": 250.5,
        "postDated": { "debit": 0, "credit": 0 },
        "bouncedCheques": 0,
        "archivedAt": null,
        "createdAt": "2026-11-24T08:16:20.000Z",
        "updatedAt": "2026-11-24T08:16:20.000Z",
    });
    assert_eq!(customer, expected);
    let got = shop.get(path).await.expect(200);
    assert_eq!(got.json(), expected);
    assert_eq!(got.header("etag"), reply.header("etag"));
}

async fn a_customer_needs_no_more_than_a_name(app: TestApp) {
    let shop = app.shop().await;
    let customer = add(&shop, json!({ "name": " Asha ", "city": null })).await;
    assert_eq!((&customer["name"], &customer["balance"]), (&json!("Asha"), &json!(0)));
    for absent in [
        "firmName",
        "mobileNumber",
        "tags",
        "alternateMobile",
        "email",
        "address",
        "notes",
        "city",
        "state",
        "gstNumber",
        "creditLimit",
        "archivedAt",
    ] {
        assert_eq!(customer[absent], Value::Null);
    }
}

async fn a_number_belongs_to_one_customer_of_a_shop(app: TestApp) {
    let shop = app.shop().await;
    let first = add(&shop, json!({ "name": "Asha", "mobileNumber": "9123456789" })).await;
    let again = json!({ "name": "Usha", "mobileNumber": "+91 91234 56789" });
    let told = shop.post("/api/customers/add").json(&again).await.expect_problem(409, "mobile_taken").json();
    assert_eq!((&told["customerId"], &told["archived"]), (&first["id"], &json!(false)));
    archive(&shop, &first).await;
    let told = shop.post("/api/customers/add").json(&again).await.expect_problem(409, "mobile_taken").json();
    assert_eq!((&told["customerId"], &told["archived"]), (&first["id"], &json!(true)));
    add(&app.shop().await, again).await;
}

/// Gives a customer entries that cancel out, and takes it off the list.
async fn archive(shop: &TestShop, customer: &Value) {
    shop.invoice(customer, 100).await;
    shop.receipt(customer, 100).await;
    shop.delete(format!("/api/customers/delete/{}", id(customer))).await.expect(200);
}

async fn an_opening_balance_may_be_of_either_sign(app: TestApp) {
    let shop = app.shop().await;
    let body = with(&bodies::customer(), "openingBalance", "-99.90");
    let customer = add(&shop, body).await;
    assert_eq!(customer["balance"], json!(-99.9));
    shop.invoice(&customer, 100).await;
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(0.1));
}

async fn the_list_is_found_in_three_orders(app: TestApp) {
    let shop = app.shop().await;
    let [bina, asha, chand] =
        [shop.customer("Bina").await, shop.customer("asha").await, shop.customer("Chand").await];
    shop.invoice(&bina, 10).await;
    shop.invoice(&asha, 30).await;
    shop.receipt(&chand, 5).await;
    shop.invoice(&bina, 10).await;
    for (query, names) in [
        ("", ["Bina", "Chand", "asha"]),
        ("?sort=recent", ["Bina", "Chand", "asha"]),
        ("?sort=name", ["asha", "Bina", "Chand"]),
        ("?sort=balance", ["asha", "Bina", "Chand"]),
    ] {
        let list = shop.get(format!("/api/customers/shop{query}")).await.expect(200);
        assert_eq!(list.column("name"), names, "{query}");
        assert_eq!(list.header("etag"), None);
        assert_eq!(list.header("link"), None);
    }
}

async fn the_list_is_searched_by_the_beginnings_of_words(app: TestApp) {
    let shop = app.shop().await;
    add(&shop, bodies::customer()).await;
    add(&shop, json!({ "name": "आशा पाटील", "mobileNumber": "9000000001" })).await;
    for (query, names) in [
        ("ash", vec!["Asha Patil"]),
        ("PAT+as", vec!["Asha Patil"]),
        ("trad", vec!["Asha Patil"]),
        ("91234", vec!["Asha Patil"]),
        ("%2B919123456789", vec!["Asha Patil"]),
        ("%E0%A4%AA%E0%A4%BE", vec!["आशा पाटील"]),
        ("sha", vec![]),
        ("ash+nobody", vec![]),
        ("", vec!["आशा पाटील", "Asha Patil"]),
    ] {
        let found = shop.get(format!("/api/customers/shop?q={query}")).await.expect(200);
        let mut found = found.column("name");
        let mut expected: Vec<Value> = names.into_iter().map(Value::from).collect();
        found.sort_by_key(Value::to_string);
        expected.sort_by_key(Value::to_string);
        assert_eq!(found, expected, "{query}");
    }
}

async fn a_search_may_be_as_long_as_a_name(app: TestApp) {
    let shop = app.shop().await;
    let longest = "x".repeat(200);
    add(&shop, json!({ "name": longest, "mobileNumber": "9000000001" })).await;
    let search = |text: &str| shop.get(format!("/api/customers/shop?q={text}"));
    assert_eq!(search(&longest).await.expect(200).column("name"), [longest.as_str()]);
    search(&format!("{longest}x")).await.expect_faults(&[("q", "too_long")]);
}

async fn a_list_asks_for_what_it_knows(app: TestApp) {
    let shop = app.shop().await;
    for (query, faults) in [
        ("sort=newest", vec![("sort", "invalid_sort")]),
        ("archived=1&limit=0", vec![("archived", "invalid_boolean"), ("limit", "invalid_limit")]),
        ("limit=501", vec![("limit", "invalid_limit")]),
        ("limit=ten&page=2", vec![("limit", "invalid_limit"), ("page", "unknown_field")]),
        ("q=a&q=b", vec![("q", "repeated")]),
        ("cursor=x", vec![("cursor", "invalid_cursor")]),
    ] {
        shop.get(format!("/api/customers/shop?{query}")).await.expect_faults(&faults);
    }
}

async fn what_is_not_said_stays_as_it_is(app: TestApp) {
    let shop = app.shop().await;
    let before = add(&shop, bodies::customer()).await;
    let path = format!("/api/customers/update/{}", id(&before));
    app.wait(Duration::from_secs(60));
    let after =
        shop.put(&path).json(&json!({ "city": "Nashik", "creditLimit": null })).await.expect(200).json();
    let expected = with(&with(&before, "city", "Nashik"), "creditLimit", Value::Null);
    assert_eq!(after, with(&expected, "updatedAt", "2026-11-24T08:17:20.000Z"));
    assert_eq!(shop.customer_now(&before).await, after);
}

async fn every_field_of_a_customer_can_be_changed(app: TestApp) {
    let shop = app.shop().await;
    let before = shop.customer("Asha").await;
    let path = format!("/api/customers/update/{}", id(&before));
    let update = without(&without(&bodies::customer(), "openingBalance"), "openingDate");
    let after = shop.put(&path).json(&update).await.expect(200).json();
    for (field, value) in update.as_object().unwrap() {
        let expected = match field.as_str() {
            "mobileNumber" => &json!("+919123456789"),
            "alternateMobile" => &json!("+919811100077"),
            _ => value,
        };
        assert_eq!(&after[field], expected, "{field}");
    }
    for number in ["91234", "98111"] {
        let found = shop.get(format!("/api/customers/shop?q={number}")).await.expect(200);
        assert_eq!(found.column("name"), ["Asha Patil"], "{number}");
    }
    assert_eq!(shop.get("/api/customers/shop?q=98765").await.expect(200).rows(), Vec::<Value>::new());
}

async fn an_update_without_fields_changes_nothing(app: TestApp) {
    let shop = app.shop().await;
    let added = shop.post("/api/customers/add").json(&bodies::customer()).await.expect(201);
    let path = format!("/api/customers/update/{}", id(&added.json()));
    app.wait(Duration::from_secs(60));
    let updated = shop.put(&path).json(&json!({})).await.expect(200);
    assert_eq!(updated.json(), added.json());
    assert_eq!(updated.header("etag"), added.header("etag"));
}

async fn an_update_clears_no_field_that_must_be_there(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let path = format!("/api/customers/update/{}", id(&customer));
    let update = json!({ "name": null, "openingBalance": 5, "balance": 0 });
    shop.put(&path).json(&update).await.expect_faults(&[
        ("name", "required"),
        ("openingBalance", "unknown_field"),
        ("balance", "unknown_field"),
    ]);
    assert_eq!(shop.customer_now(&customer).await, customer);
}

async fn an_update_can_not_take_another_customers_number(app: TestApp) {
    let shop = app.shop().await;
    let [asha, bina] = [shop.customer("Asha").await, shop.customer("Bina").await];
    let path = format!("/api/customers/update/{}", id(&asha));
    let update = json!({ "mobileNumber": bina["mobileNumber"], "name": "Usha" });
    shop.put(&path).json(&update).await.expect_problem(409, "mobile_taken");
    assert_eq!(shop.customer_now(&asha).await, asha);
    shop.put(&path).json(&json!({ "mobileNumber": asha["mobileNumber"] })).await.expect(200);
}

async fn a_customer_without_entries_is_deleted(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let reply = shop.delete(format!("/api/customers/delete/{}", id(&customer))).await.expect(200);
    assert!(reply.json()["message"].is_string());
    shop.get(format!("/api/customers/get/{}", id(&customer))).await.expect_problem(404, "not_found");
    shop.delete(format!("/api/customers/delete/{}", id(&customer))).await.expect_problem(404, "not_found");
    assert_eq!(shop.census().await, [0, 0, 0, 0]);
    let again = json!({ "name": "Asha", "mobileNumber": customer["mobileNumber"] });
    add(&shop, again).await;
}

async fn a_customer_with_entries_is_archived_and_can_come_back(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    archive(&shop, &customer).await;
    assert_eq!(shop.census().await, [0, 1, 1, 1]);
    let archived = shop.customer_now(&customer).await;
    assert_eq!(archived["archivedAt"], "2026-11-24T08:16:20.000Z");
    let invoices = format!("/api/invoices/customer/{}", id(&customer));
    assert_eq!(shop.get(invoices).await.expect(200).rows().len(), 1);
    let invoice = bodies::plain_invoice(&customer, 100);
    shop.post("/api/invoices/add").json(&invoice).await.expect_faults(&[("customerId", "archived")]);

    let restore = format!("/api/customers/{}/restore", id(&customer));
    let restored = shop.post(&restore).once("any key").await.expect(200);
    assert_eq!(restored.json()["archivedAt"], Value::Null);
    assert_eq!(shop.customer_now(&customer).await, restored.json());
    assert_eq!(shop.census().await, [1, 0, 1, 1]);
    let again = shop.post(&restore).await.expect(200);
    assert_eq!((again.json(), again.header("etag")), (restored.json(), restored.header("etag")));
    shop.invoice(&customer, 100).await;
}

async fn a_customer_with_a_balance_stays(app: TestApp) {
    let shop = app.shop().await;
    let [owing, owed] = [shop.customer("Asha").await, shop.customer("Bina").await];
    shop.invoice(&owing, 100).await;
    shop.receipt(&owed, 100).await;
    for customer in [owing, owed] {
        let path = format!("/api/customers/delete/{}", id(&customer));
        shop.delete(&path).await.expect_problem(409, "balance_outstanding");
    }
    assert_eq!(shop.census().await, [2, 0, 1, 1]);
}

async fn customers_are_listed_by_tag(app: TestApp) {
    let shop = app.shop().await;
    let asha = add(&shop, json!({ "name": "Asha", "tags": ["Wholesale", "Market Road"] })).await;
    add(&shop, json!({ "name": "Bina", "tags": ["Retail"] })).await;
    add(&shop, json!({ "name": "Wholesale Mart", "tags": [] })).await;
    let found = shop.get("/api/customers/shop?tag=wholesale").await.expect(200).json();
    assert_eq!(found, json!([asha]));
    let none: [Value; 0] = [];
    assert_eq!(shop.get("/api/customers/shop?tag=road").await.expect(200).json(), json!(none));
    let too_long = format!("/api/customers/shop?tag={}", "x".repeat(41));
    shop.get(too_long).await.expect_faults(&[("tag", "too_long")]);
}

over_every_store![
    customers_are_listed_by_tag,
    adding_a_customer_answers_with_all_of_it,
    a_customer_needs_no_more_than_a_name,
    a_number_belongs_to_one_customer_of_a_shop,
    an_opening_balance_may_be_of_either_sign,
    the_list_is_found_in_three_orders,
    the_list_is_searched_by_the_beginnings_of_words,
    a_search_may_be_as_long_as_a_name,
    a_list_asks_for_what_it_knows,
    what_is_not_said_stays_as_it_is,
    every_field_of_a_customer_can_be_changed,
    an_update_without_fields_changes_nothing,
    an_update_clears_no_field_that_must_be_there,
    an_update_can_not_take_another_customers_number,
    a_customer_without_entries_is_deleted,
    a_customer_with_entries_is_archived_and_can_come_back,
    a_customer_with_a_balance_stays,
];
