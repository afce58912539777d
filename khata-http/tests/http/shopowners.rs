//! `/api/shopowners`.

use std::time::Duration;

use khata_http::Config;
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, id};
use crate::bodies::{self, with, without};
use crate::over_every_store;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn registering_opens_a_book(app: TestApp) {
    let registration = with(&bodies::registration("098765 43210"), "gstNumber", "27aapfu0939f1zv");
    let reply = app.post("/api/shopowners/register").json(&registration).await.expect(201);
    let owner = reply.json()["shopOwner"].clone();
    assert_eq!(reply.header("location").unwrap(), format!("/api/shopowners/getdetails/{}", id(&owner)));
    let expected = json!({
        "id": owner["id"],
        "shopName": "Ravi Kirana",
        "proprietorName": "Ravi Kumar",
        "mobileNumber": "+919876543210",
        "gstNumber": "27AAPFU0939F1ZV",
        "state": "Maharashtra",
        "currency": "INR",
        "timeZone": "Asia/Kolkata",
        "upiId": "ravi@okaxis",
        "lockedUntil": null,
        "createdAt": "2026-11-24T08:16:20.000Z",
        "updatedAt": "2026-11-24T08:16:20.000Z",
    });
    assert_eq!(reply.json(), json!({ "shopOwner": expected }));
}

async fn a_registration_needs_little(app: TestApp) {
    let mut registration = bodies::registration("9876543210");
    for field in ["state", "currency", "timeZone", "upiId"] {
        registration = without(&registration, field);
    }
    let owner = app.post("/api/shopowners/register").json(&registration).await.expect(201).json();
    let owner = &owner["shopOwner"];
    assert_eq!((&owner["currency"], &owner["timeZone"]), (&json!("INR"), &json!("Asia/Kolkata")));
    for absent in ["gstNumber", "state", "upiId", "lockedUntil"] {
        assert_eq!(owner[absent], Value::Null);
    }
}

async fn a_shop_has_its_own_currency_and_day(app: TestApp) {
    let registration = with(&bodies::registration("9876543210"), "currency", "KWD");
    let registration = with(&registration, "timeZone", "Asia/Kuwait");
    app.post("/api/shopowners/register").json(&registration).await.expect(201);
    let token = app.log_in("9876543210", PASSWORD).await;
    let customer = json!({ "name": "Asha", "mobileNumber": app.mobile(), "openingBalance": 1.234 });
    let customer = app.post("/api/customers/add").bearer(&token).json(&customer).await.expect(201).json();
    assert_eq!(customer["balance"].to_string(), "1.234", "a dinar has 1000 fils");
    // 22:46 in Kuwait, and past midnight in India.
    app.wait(Duration::from_secs(11 * 60 * 60 + 30 * 60));
    let token = app.log_in("9876543210", PASSWORD).await;
    let book = app.get("/api/reports/daybook").bearer(&token).await.expect(200).json();
    assert_eq!(book["date"], "2026-11-24");
}

async fn registering_a_number_twice_is_refused_however_it_is_written(app: TestApp) {
    let first = bodies::registration("98765 43210");
    app.post("/api/shopowners/register").json(&first).await.expect(201);
    let again = bodies::registration("+91-98765-43210");
    app.post("/api/shopowners/register").json(&again).await.expect_problem(409, "mobile_taken");
}

async fn registering_ignores_idempotency_keys(app: TestApp) {
    let registration = bodies::registration("9876543210");
    let call = || app.post("/api/shopowners/register").json(&registration);
    let reply = call().once("the same").await.expect(201);
    assert_eq!(reply.header("idempotent-replayed"), None);
    call().once("the same").await.expect_problem(409, "mobile_taken");
    call().once("not a key").await.expect_problem(409, "mobile_taken");
}

async fn logging_in_gives_a_token_and_a_cookie(app: TestApp) {
    let shop = app.shop().await;
    let credentials = json!({ "mobileNumber": shop.mobile, "password": PASSWORD });
    let reply = app.post("/api/shopowners/login").json(&credentials).await.expect(200);
    let session = reply.json();
    let token = session["token"].as_str().unwrap();
    let cookie = format!("token={token}; HttpOnly; SameSite=Strict; Path=/api; Max-Age=604800");
    let device = session["device"].as_str().unwrap();
    let device =
        format!("device={device}; HttpOnly; SameSite=Strict; Path=/api/shopowners/login; Max-Age=31536000");
    assert_eq!(reply.headers.get_all("set-cookie").iter().collect::<Vec<_>>(), [&cookie, &device]);
    assert_eq!(session["expiresAt"], "2026-12-01T08:16:20.000Z");
    let me = shop.get("/api/shopowners/me").await.expect(200).json();
    assert_eq!(session["shopOwner"], me);
    assert_eq!(session.as_object().unwrap().len(), 4);
    app.get("/api/shopowners/me").bearer(token).await.expect(200);
}

async fn a_login_that_is_wrong_in_any_way_gets_one_answer(app: TestApp) {
    let shop = app.shop().await;
    let mut answers = Vec::new();
    for (mobile, password) in [
        (shop.mobile.as_str(), "wrong password"),
        ("9000000001", PASSWORD),
        ("not a number", PASSWORD),
        (shop.mobile.as_str(), ""),
    ] {
        let credentials = json!({ "mobileNumber": mobile, "password": password });
        let reply = app.post("/api/shopowners/login").json(&credentials).await;
        let reply = reply.expect_problem(401, "wrong_credentials");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"khata\""));
        assert_eq!(reply.header("set-cookie"), None);
        answers.push(without(&reply.json(), "requestId"));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

async fn a_login_has_both_of_its_fields_and_no_other(app: TestApp) {
    let login = |body: Value| app.post("/api/shopowners/login").json(&body);
    login(json!({})).await.expect_faults(&[("mobileNumber", "missing"), ("password", "missing")]);
    let wrong = json!({ "mobileNumber": 9_876_543_210_u64, "password": ["x"], "mobile": "x" });
    let faults = [("mobileNumber", "wrong_type"), ("password", "wrong_type"), ("mobile", "unknown_field")];
    login(wrong).await.expect_faults(&faults);
}

async fn too_many_wrong_passwords_have_to_wait(app: TestApp) {
    let shop = app.shop().await;
    let login = |password: &str| {
        let credentials = json!({ "mobileNumber": shop.mobile, "password": password });
        app.post("/api/shopowners/login").json(&credentials)
    };
    let mut tries = 0;
    let throttled = loop {
        let reply = login("wrong password").await;
        if reply.status != 401 {
            break reply;
        }
        tries += 1;
        assert!(tries < 100, "nobody was throttled");
    };
    let throttled = throttled.expect_problem(429, "too_many_tries");
    let wait: u64 = throttled.header("retry-after").unwrap().parse().unwrap();
    assert!(wait > 0);
    login(PASSWORD).await.expect_problem(429, "too_many_tries");
    app.wait(Duration::from_secs(wait));
    login(PASSWORD).await.expect(200);
}

async fn a_device_that_logged_in_before_does_not_wait_for_the_guesses_of_others(app: TestApp) {
    let shop = app.shop().await;
    let login = |password: &str, device: Option<&str>| {
        let mut credentials = json!({ "mobileNumber": shop.mobile, "password": password });
        if let Some(device) = device {
            credentials["device"] = device.into();
        }
        app.post("/api/shopowners/login").json(&credentials)
    };
    let session = login(PASSWORD, None).await.expect(200).json();
    let device = session["device"].as_str().unwrap();
    while login("a guess", None).await.status == 401 {}
    login(PASSWORD, None).await.expect_problem(429, "too_many_tries");
    login(PASSWORD, Some("made up")).await.expect_problem(429, "too_many_tries");
    login(PASSWORD, Some(session["token"].as_str().unwrap())).await.expect_problem(429, "too_many_tries");
    login(PASSWORD, Some(device)).await.expect(200);
    let cookie = format!("device={device}");
    login(PASSWORD, None).header("cookie", &cookie).await.expect(200);
    login("a guess", Some(device)).await.expect_problem(401, "wrong_credentials");

    shop.post("/api/shopowners/logout-all").await.expect(200);
    login(PASSWORD, Some(device)).await.expect_problem(429, "too_many_tries");
    app.get("/api/shopowners/me").bearer(device).await.expect_problem(401, "invalid_token");
}

async fn registrations_are_counted_by_where_they_come_from(app: TestApp) {
    let taken = app.shop().await.mobile;
    let register = |mobile: &str, peer: &'static str| {
        app.post("/api/shopowners/register").json(&bodies::registration(mobile)).from(peer)
    };
    let mut told = 0;
    let throttled = loop {
        let reply = register(&taken, "203.0.113.7:4711").await;
        if reply.status != 409 {
            break reply;
        }
        told += 1;
        assert!(told < 1_000, "nobody was throttled");
    };
    let throttled = throttled.expect_problem(429, "too_many_tries");
    let wait: u64 = throttled.header("retry-after").unwrap().parse().unwrap();
    register(&app.mobile(), "203.0.113.7:4712").await.expect_problem(429, "too_many_tries");
    register(&app.mobile(), "203.0.113.8:4711").await.expect(201);
    app.wait(Duration::from_secs(wait));
    register(&app.mobile(), "203.0.113.7:4711").await.expect(201);
}

async fn a_password_that_is_easy_to_guess_is_refused(app: TestApp) {
    for weak in ["password", "12345678", "ravi kirana", "9876543210", "RaviKumar1"] {
        let registration = with(&bodies::registration("9876543210"), "password", weak);
        let reply = app.post("/api/shopowners/register").json(&registration).await;
        reply.expect_faults(&[("password", "weak_password")]);
    }
    let shop = app.shop().await;
    let path = format!("/api/shopowners/update/{}", shop.id);
    let update = json!({ "currentPassword": PASSWORD, "password": "ravi kirana" });
    shop.put(&path).json(&update).await.expect_faults(&[("password", "weak_password")]);
    app.log_in(&shop.mobile, PASSWORD).await;
}

async fn a_token_alone_does_not_take_the_shop_away(app: TestApp) {
    let shop = app.shop().await;
    app.wait(Duration::from_secs(5 * 60));
    let path = format!("/api/shopowners/update/{}", shop.id);
    let update = json!({ "mobileNumber": "9123456780" });
    let reply = shop.put(&path).json(&update).await.expect_problem(403, "reauthentication_required");
    assert!(reply.json()["detail"].as_str().unwrap().contains("log in again"), "{}", reply.text());
    shop.post("/api/shopowners/logout-all").await.expect_problem(403, "reauthentication_required");
    shop.get("/api/export?format=json").await.expect_problem(403, "reauthentication_required");
    let harmless = json!({ "shopName": "Kumar Stores", "mobileNumber": shop.mobile });
    shop.put(&path).json(&harmless).await.expect(200);

    let wrong = with(&update, "currentPassword", "a wrong battery");
    shop.put(&path).json(&wrong).await.expect_faults(&[("currentPassword", "wrong_password")]);
    shop.put(&path).json(&with(&update, "currentPassword", PASSWORD)).await.expect(200);
    let confirm = |password: &str| {
        shop.post("/api/shopowners/logout-all").json(&json!({ "currentPassword": password }))
    };
    confirm("a wrong battery").await.expect_faults(&[("currentPassword", "wrong_password")]);
    confirm(PASSWORD).await.expect(200);
    let token = app.log_in("9123456780", PASSWORD).await;
    app.get("/api/export?format=json").bearer(&token).await.expect(200);
}

async fn new_mobile_numbers_are_counted(app: TestApp) {
    let (shop, other) = (app.shop().await, app.shop().await);
    let path = format!("/api/shopowners/update/{}", shop.id);
    let change = |mobile: &str| shop.put(&path).json(&json!({ "mobileNumber": mobile }));
    let mut told = 0;
    let throttled = loop {
        let reply = change(&other.mobile).await;
        if reply.status != 409 {
            break reply;
        }
        told += 1;
        assert!(told < 100, "nobody was throttled");
    };
    let throttled = throttled.expect_problem(429, "too_many_tries");
    let wait: u64 = throttled.header("retry-after").unwrap().parse().unwrap();
    change(&shop.mobile).await.expect(200);
    app.wait(Duration::from_secs(wait));
    change(&app.mobile()).await.expect(200);
}

async fn tries_are_counted_by_where_they_come_from_too(app: TestApp) {
    let guess = |number: u32, peer: &'static str| {
        let credentials = json!({ "mobileNumber": format!("90000{number:05}"), "password": "a guess" });
        app.post("/api/shopowners/login").json(&credentials).from(peer)
    };
    let mut number = 0;
    while guess(number, "203.0.113.7:4711").await.status == 401 {
        number += 1;
        assert!(number < 1_000, "nobody was throttled");
    }
    guess(number, "203.0.113.7:4712").await.expect_problem(429, "too_many_tries");
    guess(number, "[::ffff:203.0.113.7]:4713").await.expect_problem(429, "too_many_tries");
    guess(number, "203.0.113.8:4711").await.expect_problem(401, "wrong_credentials");
}

async fn behind_a_proxy_tries_are_counted_by_who_sent_them(app: TestApp) {
    let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    let app = app.with_config(Config { trusted_proxies, ..Config::default() });
    let guess = |number: u32, sender: &'static str| {
        let credentials = json!({ "mobileNumber": format!("90000{number:05}"), "password": "a guess" });
        let call = app.post("/api/shopowners/login").json(&credentials);
        call.from("10.0.0.1:4711").header("x-forwarded-for", sender)
    };
    let mut number = 0;
    while guess(number, "203.0.113.7").await.status == 401 {
        number += 1;
        assert!(number < 1_000, "nobody was throttled");
    }
    guess(number, "198.51.100.1, 203.0.113.7").await.expect_problem(429, "too_many_tries");
    guess(number, "203.0.113.8").await.expect_problem(401, "wrong_credentials");
}

async fn logging_out_kills_one_token(app: TestApp) {
    let shop = app.shop().await;
    let elsewhere = shop.on_another_device().await;
    let reply = shop.post("/api/shopowners/logout").await.expect(200);
    assert!(reply.json()["message"].is_string());
    let cookie = "token=; HttpOnly; SameSite=Strict; Path=/api; Max-Age=0";
    assert_eq!(reply.header("set-cookie"), Some(cookie));
    assert_eq!(reply.header("clear-site-data"), Some("\"cache\", \"storage\""));
    shop.get("/api/shopowners/me").await.expect_problem(401, "invalid_token");
    shop.post("/api/shopowners/logout").await.expect_problem(401, "invalid_token");
    elsewhere.get("/api/shopowners/me").await.expect(200);
}

async fn logging_out_everywhere_kills_all_tokens(app: TestApp) {
    let shop = app.shop().await;
    let elsewhere = shop.on_another_device().await;
    let other_shop = app.shop().await;
    let reply = shop.post("/api/shopowners/logout-all").await.expect(200);
    assert!(reply.header("set-cookie").unwrap().starts_with("token=;"));
    assert_eq!(reply.header("clear-site-data"), Some("\"cache\", \"storage\""));
    for dead in [&shop, &elsewhere] {
        dead.get("/api/shopowners/me").await.expect_problem(401, "invalid_token");
    }
    other_shop.get("/api/shopowners/me").await.expect(200);
    shop.on_another_device().await.get("/api/shopowners/me").await.expect(200);
}

async fn a_token_ends_by_itself(app: TestApp) {
    let shop = app.shop().await;
    app.wait(7 * DAY - Duration::from_secs(1));
    shop.get("/api/shopowners/me").await.expect(200);
    app.wait(Duration::from_secs(1));
    shop.get("/api/shopowners/me").await.expect_problem(401, "invalid_token");
}

async fn the_profile_is_found_by_its_id_and_as_me(app: TestApp) {
    let shop = app.shop().await;
    let by_id = shop.get(format!("/api/shopowners/getdetails/{}", shop.id)).await.expect(200);
    let me = shop.get("/api/shopowners/me").await.expect(200);
    assert_eq!(by_id.json(), me.json());
    assert_eq!(by_id.header("etag"), me.header("etag"));
    let in_capitals = shop.id.to_uppercase();
    shop.get(format!("/api/shopowners/getdetails/{in_capitals}")).await.expect(200);
}

async fn every_field_of_the_profile_can_be_changed(app: TestApp) {
    let shop = app.shop().await;
    let before = shop.get("/api/shopowners/me").await.expect(200).json();
    app.wait(DAY);
    let path = format!("/api/shopowners/update/{}", shop.id);
    let update = json!({
        "shopName": "Kumar Stores",
        "proprietorName": "Sunita Kumar",
        "mobileNumber": "9123456780",
        "gstNumber": "27AAPFU0939F1ZV",
        "state": "Gujarat",
        "upiId": "kumar@ybl",
        "lockedUntil": "31/03/2026",
    });
    let given = with(&update, "currentPassword", PASSWORD);
    let after = shop.put(&path).json(&given).await.expect(200).json();
    let mut expected = before;
    for (field, value) in update.as_object().unwrap() {
        expected[field] = value.clone();
    }
    expected["mobileNumber"] = "+919123456780".into();
    expected["lockedUntil"] = "2026-03-31".into();
    expected["updatedAt"] = "2026-11-25T08:16:20.000Z".into();
    assert_eq!(after, expected);
    assert_eq!(shop.get("/api/shopowners/me").await.expect(200).json(), expected);
    app.log_in("9123456780", PASSWORD).await;
}

async fn null_clears_what_may_be_absent(app: TestApp) {
    let shop = app.shop().await;
    let path = format!("/api/shopowners/update/{}", shop.id);
    let clear = json!({ "gstNumber": null, "state": null, "upiId": null, "lockedUntil": null });
    let cleared = shop.put(&path).json(&clear).await.expect(200).json();
    for field in ["gstNumber", "state", "upiId", "lockedUntil"] {
        assert_eq!(cleared[field], Value::Null);
    }
    let clear = json!({ "shopName": null, "proprietorName": null, "mobileNumber": null, "password": null });
    let fields = ["shopName", "proprietorName", "mobileNumber", "password"];
    shop.put(&path).json(&clear).await.expect_faults(&fields.map(|field| (field, "required")));
    assert_eq!(shop.get("/api/shopowners/me").await.expect(200).json(), cleared);
}

async fn an_empty_update_changes_nothing(app: TestApp) {
    let shop = app.shop().await;
    let before = shop.get("/api/shopowners/me").await.expect(200);
    app.wait(DAY);
    let path = format!("/api/shopowners/update/{}", shop.id);
    let after = shop.put(&path).json(&json!({})).await.expect(200);
    assert_eq!(after.json(), before.json());
    assert_eq!(after.header("etag"), before.header("etag"));
}

async fn what_never_changes_is_no_field_of_an_update(app: TestApp) {
    let shop = app.shop().await;
    let path = format!("/api/shopowners/update/{}", shop.id);
    for (field, value) in [("currency", "USD"), ("timeZone", "UTC"), ("id", "x"), ("createdAt", "x")] {
        shop.put(&path).json(&json!({ field: value })).await.expect_faults(&[(field, "unknown_field")]);
    }
}

async fn a_profile_can_not_take_another_owners_number(app: TestApp) {
    let shop = app.shop().await;
    let other = app.shop().await;
    let path = format!("/api/shopowners/update/{}", shop.id);
    let update = json!({ "mobileNumber": other.mobile, "shopName": "Kumar Stores" });
    shop.put(&path).json(&update).await.expect_problem(409, "mobile_taken");
    let me = shop.get("/api/shopowners/me").await.expect(200).json();
    assert_eq!((&me["mobileNumber"], &me["shopName"]), (&json!(shop.mobile), &json!("Ravi Kirana")));
    shop.put(&path).json(&json!({ "mobileNumber": shop.mobile })).await.expect(200);
}

async fn a_new_password_ends_all_other_sessions(app: TestApp) {
    let shop = app.shop().await;
    let elsewhere = shop.on_another_device().await;
    let path = format!("/api/shopowners/update/{}", shop.id);
    let update = json!({ "currentPassword": PASSWORD, "password": "a better battery" });
    let reply = shop.put(&path).json(&update).await.expect(200);
    assert!(!reply.text().contains("battery"));
    shop.get("/api/shopowners/me").await.expect(200);
    elsewhere.get("/api/shopowners/me").await.expect_problem(401, "invalid_token");
    let old = json!({ "mobileNumber": shop.mobile, "password": PASSWORD });
    app.post("/api/shopowners/login").json(&old).await.expect_problem(401, "wrong_credentials");
    app.log_in(&shop.mobile, "a better battery").await;
}

async fn a_new_password_needs_the_current_one(app: TestApp) {
    let shop = app.shop().await;
    let path = format!("/api/shopowners/update/{}", shop.id);
    let update = json!({ "password": "a better battery", "shopName": "Kumar Stores" });
    shop.put(&path).json(&update).await.expect_faults(&[("currentPassword", "missing")]);
    let update = with(&update, "currentPassword", "a wrong battery");
    shop.put(&path).json(&update).await.expect_faults(&[("currentPassword", "wrong_password")]);
    assert_eq!(shop.get("/api/shopowners/me").await.expect(200).json()["shopName"], "Ravi Kirana");
    app.log_in(&shop.mobile, PASSWORD).await;
}

async fn guessing_the_current_password_is_throttled(app: TestApp) {
    let shop = app.shop().await;
    let path = format!("/api/shopowners/update/{}", shop.id);
    let guess = json!({ "currentPassword": "a guess", "password": "a better battery" });
    let mut tries = 0;
    let throttled = loop {
        let reply = shop.put(&path).json(&guess).await;
        if reply.status != 422 {
            break reply;
        }
        tries += 1;
        assert!(tries < 100, "nobody was throttled");
    };
    throttled.expect_problem(429, "too_many_tries");
}

async fn a_locked_period_takes_no_more_papers(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let path = format!("/api/shopowners/update/{}", shop.id);
    shop.put(&path).json(&json!({ "lockedUntil": "2026-11-24" })).await.expect(200);
    let invoice = bodies::plain_invoice(&customer, 100);
    shop.post("/api/invoices/add").json(&invoice).await.expect_problem(409, "period_locked");
    let receipt = bodies::plain_receipt(&customer, 100);
    shop.post("/api/receipts/add").json(&receipt).await.expect_problem(409, "period_locked");
    let customer = bodies::customer();
    shop.post("/api/customers/add").json(&customer).await.expect_problem(409, "period_locked");
    assert_eq!(shop.census().await, [1, 0, 0, 0]);
    let invoice = with(&invoice, "date", "2026-11-25");
    shop.post("/api/invoices/add").json(&invoice).await.expect(201);
}

over_every_store![
    registering_opens_a_book,
    a_registration_needs_little,
    a_shop_has_its_own_currency_and_day,
    registering_a_number_twice_is_refused_however_it_is_written,
    registering_ignores_idempotency_keys,
    logging_in_gives_a_token_and_a_cookie,
    a_login_that_is_wrong_in_any_way_gets_one_answer,
    a_login_has_both_of_its_fields_and_no_other,
    too_many_wrong_passwords_have_to_wait,
    a_device_that_logged_in_before_does_not_wait_for_the_guesses_of_others,
    registrations_are_counted_by_where_they_come_from,
    a_password_that_is_easy_to_guess_is_refused,
    a_token_alone_does_not_take_the_shop_away,
    new_mobile_numbers_are_counted,
    tries_are_counted_by_where_they_come_from_too,
    behind_a_proxy_tries_are_counted_by_who_sent_them,
    logging_out_kills_one_token,
    logging_out_everywhere_kills_all_tokens,
    a_token_ends_by_itself,
    the_profile_is_found_by_its_id_and_as_me,
    every_field_of_the_profile_can_be_changed,
    null_clears_what_may_be_absent,
    an_empty_update_changes_nothing,
    what_never_changes_is_no_field_of_an_update,
    a_profile_can_not_take_another_owners_number,
    a_new_password_ends_all_other_sessions,
    a_new_password_needs_the_current_one,
    guessing_the_current_password_is_throttled,
    a_locked_period_takes_no_more_papers,
];
