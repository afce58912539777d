//! `/api/invoices`.

use serde_json::{Value, json};

use crate::app::{TestApp, id};
use crate::bodies::{self, with, without};
use crate::over_every_store;

async fn adding_an_invoice_answers_with_all_of_it(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let reply = shop.post("/api/invoices/add").json(&bodies::invoice(&customer)).await.expect(201);
    let invoice = reply.json();
    let path = format!("/api/invoices/{}", id(&invoice));
    assert_eq!(reply.header("location"), Some(path.as_str()));
    let expected = json!({
        "id": invoice["id"],
        "shopOwnerId": shop.id,
        "customerId": customer["id"],
        "invoiceNumber": "B-17",
        "date": "2026-11-24",
        "day": "Tuesday",
        "dueDate": "2026-12-24",
        "grossAmount": 1000,
        "cgst": 90.01,
        "sgst": 90,
        "igst": null,
        "otherCharges": 20.4,
        "roundOff": -0.41,
        "totalAmount": 1200,
        "outstandingAmount": 1200,
        "status": "unpaid",
        "note": "Two bags of rice\n25 kg each",
        "allocations": [],
        "seq": 1,
        "createdAt": "2026-11-24T08:16:20.000Z",
        "updatedAt": "2026-11-24T08:16:20.000Z",
    });
    assert_eq!(invoice, expected);
    let got = shop.get(path).await.expect(200);
    assert_eq!(got.body, reply.body);
    assert_eq!(got.header("etag"), reply.header("etag"));
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(1200));
}

async fn an_invoice_needs_little(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 100).await;
    assert_eq!(invoice["invoiceNumber"], "INV/2026-27/0001");
    for zero in ["otherCharges", "roundOff"] {
        assert_eq!(invoice[zero], json!(0));
    }
    for absent in ["dueDate", "cgst", "sgst", "igst", "note"] {
        assert_eq!(invoice[absent], Value::Null);
    }
    assert_eq!(shop.invoice(&customer, 100).await["invoiceNumber"], "INV/2026-27/0002");
}

async fn a_date_may_be_written_as_in_india(app: TestApp) {
    let shop = app.shop().await;
    let body = with(&bodies::plain_invoice(&shop.customer("Asha").await, 1), "date", "01/04/2027");
    let invoice = shop.post("/api/invoices/add").json(&body).await.expect(201).json();
    assert_eq!((&invoice["date"], &invoice["day"]), (&json!("2027-04-01"), &json!("Thursday")));
    assert_eq!(invoice["invoiceNumber"], "INV/2027-28/0001");
}

async fn amounts_are_exact_however_they_are_written(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let body = bodies::plain_invoice(&customer, 1);
    for (written, answered) in [
        ("1180.50", "1180.5"),
        ("\"1180.50\"", "1180.5"),
        ("11805e-1", "1180.5"),
        ("1e2", "100"),
        ("0.1", "0.1"),
        ("\"007.10\"", "7.1"),
        ("90071992547409.91", "90071992547409.91"),
    ] {
        let text = bodies::text_with(&body, "grossAmount", written);
        let text = text.replace("\"totalAmount\":1", &format!("\"totalAmount\":{written}"));
        let reply = shop.post("/api/invoices/add").json_text(&text).await.expect(201);
        assert!(
            reply.text().contains(&format!("\"totalAmount\":{answered},")),
            "{written}: {}",
            reply.text()
        );
    }
}

async fn a_number_is_used_once_in_a_year(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let numbered = |number: &str| with(&bodies::plain_invoice(&customer, 100), "invoiceNumber", number);
    let first = shop.post("/api/invoices/add").json(&numbered("b/17")).await.expect(201).json();
    let again = || shop.post("/api/invoices/add").json(&numbered("B/17"));
    let taken = again().await.expect_problem(409, "number_taken").json();
    assert_eq!((&taken["documentId"], &taken["void"]), (&first["id"], &json!(false)));
    shop.void(format!("/api/invoices/{}", id(&first))).await;
    assert_eq!(again().await.expect_problem(409, "number_taken").json()["void"], true);
    let next_year = with(&numbered("B/17"), "date", "2027-04-01");
    shop.post("/api/invoices/add").json(&next_year).await.expect(201);
    shop.post("/api/invoices/add").json(&numbered("INV/2026-27/0007")).await.expect(201);
    assert_eq!(shop.invoice(&customer, 100).await["invoiceNumber"], "INV/2026-27/0008");
}

async fn tax_is_two_halves_or_one_whole(app: TestApp) {
    let shop = app.shop().await;
    let base = bodies::plain_invoice(&shop.customer("Asha").await, 100);
    for (taxes, total, faults) in [
        (json!({ "cgst": 9, "sgst": 9 }), 118.0, vec![]),
        (json!({ "cgst": 9.01, "sgst": 9 }), 118.01, vec![]),
        (json!({ "igst": 18 }), 118.0, vec![]),
        (json!({ "igst": 0 }), 100.0, vec![]),
        (json!({ "igst": 18, "cgst": null }), 118.0, vec![]),
        (json!({ "cgst": 9 }), 109.0, vec![("sgst", "missing")]),
        (json!({ "sgst": 9 }), 109.0, vec![("cgst", "missing")]),
        (json!({ "cgst": 9, "sgst": 9, "igst": 0 }), 118.0, vec![("igst", "tax_exclusive")]),
        (json!({ "cgst": 9, "sgst": 9.02 }), 118.02, vec![("sgst", "tax_unequal")]),
    ] {
        let mut body = with(&base, "totalAmount", total);
        for (field, value) in taxes.as_object().unwrap() {
            body[field] = value.clone();
        }
        let reply = shop.post("/api/invoices/add").json(&body).await;
        if faults.is_empty() {
            let invoice = reply.expect(201).json();
            assert_eq!(invoice["totalAmount"].as_f64(), Some(total), "{taxes}");
        } else {
            reply.expect_faults(&faults);
        }
    }
}

async fn a_shop_with_a_gstin_says_its_tax(app: TestApp) {
    let shop = app.shop().await;
    let path = format!("/api/shopowners/update/{}", shop.id);
    shop.put(path).json(&json!({ "gstNumber": "27AAPFU0939F1ZV" })).await.expect(200);
    let body = bodies::plain_invoice(&shop.customer("Asha").await, 100);
    let reply = shop.post("/api/invoices/add").json(&body).await.expect_problem(422, "invalid");
    assert_eq!(reply.faults()[0].1, "tax_required");
    shop.post("/api/invoices/add").json(&with(&body, "igst", 0)).await.expect(201);
}

async fn the_total_must_be_the_sum_of_its_parts(app: TestApp) {
    let shop = app.shop().await;
    let body = with(&bodies::invoice(&shop.customer("Asha").await), "totalAmount", 1200.01);
    let reply = shop.post("/api/invoices/add").json(&body).await;
    let reply = reply.expect_faults(&[("totalAmount", "wrong_total")]);
    let message = reply.json()["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("1200.01") && message.contains("1200.00"), "{message}");
}

async fn rules_between_fields_are_told_together(app: TestApp) {
    let shop = app.shop().await;
    let mut body = bodies::invoice(&shop.customer("Asha").await);
    body["dueDate"] = "2026-11-23".into();
    body["roundOff"] = (-1).into();
    body["sgst"] = 95.into();
    let faults =
        [("dueDate", "due_before_date"), ("roundOff", "round_off_too_large"), ("sgst", "tax_unequal")];
    shop.post("/api/invoices/add").json(&body).await.expect_faults(&faults);
    assert_eq!(shop.census().await, [1, 0, 0, 0]);
}

async fn a_customer_may_go_over_the_limit_only_if_that_is_said(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let path = format!("/api/customers/update/{}", id(&customer));
    shop.put(path).json(&json!({ "creditLimit": 100 })).await.expect(200);
    shop.invoice(&customer, 100).await;
    let body = bodies::plain_invoice(&customer, 1);
    for query in ["", "?overLimit=false"] {
        let path = format!("/api/invoices/add{query}");
        let told = shop.post(path).json(&body).await.expect_problem(409, "credit_limit_exceeded").json();
        assert_eq!(json!([told["limit"], told["balance"], told["over"]]), json!([100, 100, 1]));
    }
    shop.post("/api/invoices/add?overLimit=true").json(&body).await.expect(201);
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(101));
}

async fn faults_of_query_and_body_are_told_together(app: TestApp) {
    let shop = app.shop().await;
    let body = without(&bodies::plain_invoice(&shop.customer("Asha").await, 1), "date");
    let path = "/api/invoices/add?overLimit=yes&over=1";
    let faults = [("overLimit", "invalid_boolean"), ("over", "unknown_field"), ("date", "missing")];
    shop.post(path).json(&body).await.expect_faults(&faults);
}

async fn a_customer_in_a_body_must_be_the_shops(app: TestApp) {
    let (shop, other) = (app.shop().await, app.shop().await);
    let theirs = other.customer("Asha").await;
    let mut answers = Vec::new();
    for customer in [id(&theirs), "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "17", ""] {
        let body = with(&bodies::plain_invoice(&theirs, 1), "customerId", customer);
        let reply = shop.post("/api/invoices/add").json(&body).await;
        answers.push(reply.expect_faults(&[("customerId", "not_found")]).json()["errors"].clone());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

async fn money_on_account_pays_at_once(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let receipt = shop.receipt(&customer, 30).await;
    let invoice = shop.invoice(&customer, 100).await;
    assert_eq!((&invoice["status"], &invoice["outstandingAmount"]), (&json!("partial"), &json!(70)));
    let got = shop.get(format!("/api/invoices/{}", id(&invoice))).await.expect(200).json();
    assert_eq!(got["allocations"], json!([bodies::paid_by("receiptId", &receipt["id"], 30)]));
    let paid = shop.invoice(&shop.customer("Bina").await, 5).await;
    assert_eq!(paid["status"], "unpaid");
}

async fn an_opening_balance_pays_too(app: TestApp) {
    let shop = app.shop().await;
    let customer = with(&bodies::customer(), "openingBalance", -40);
    let customer = shop.post("/api/customers/add").json(&customer).await.expect(201).json();
    let opening = shop.get("/api/openings/shop").await.expect(200).json()[0].clone();
    let invoice = shop.invoice(&customer, 40).await;
    assert_eq!(invoice["status"], "paid");
    let got = shop.get(format!("/api/invoices/{}", id(&invoice))).await.expect(200).json();
    assert_eq!(got["allocations"], json!([bodies::paid_by("openingBalanceId", &opening["id"], 40)]));
}

async fn lists_are_newest_first_and_filtered(app: TestApp) {
    let shop = app.shop().await;
    let [asha, bina] = [shop.customer("Asha").await, shop.customer("Bina").await];
    let mut add = Vec::new();
    for (customer, number, date) in [
        (&asha, "1", "2026-11-01"),
        (&bina, "2", "2026-11-02"),
        (&asha, "3", "2026-10-31"),
        (&asha, "4", "2026-11-24"),
    ] {
        let body = with(&bodies::plain_invoice(customer, 10), "invoiceNumber", number);
        add.push(with(&body, "date", date));
    }
    for body in add {
        shop.post("/api/invoices/add").json(&body).await.expect(201);
    }
    shop.receipt(&asha, 15).await;
    let of_asha = format!("/api/invoices/customer/{}", id(&asha));
    for (path, numbers) in [
        ("/api/invoices/shop".to_owned(), vec!["4", "3", "2", "1"]),
        ("/api/invoices/shop?from=2026-11-01&to=02/11/2026".to_owned(), vec!["2", "1"]),
        ("/api/invoices/shop?status=paid".to_owned(), vec!["3"]),
        ("/api/invoices/shop?status=partial".to_owned(), vec!["1"]),
        ("/api/invoices/shop?status=void".to_owned(), vec![]),
        (of_asha.clone(), vec!["4", "3", "1"]),
        (format!("{of_asha}?status=unpaid"), vec!["4"]),
        (format!("{of_asha}?from=2026-11-02"), vec!["4"]),
        (format!("/api/invoices/customer/{}?status=paid", id(&bina)), vec![]),
    ] {
        let list = shop.get(&path).await.expect(200);
        assert_eq!(list.column("invoiceNumber"), numbers, "{path}");
        assert_eq!(list.header("etag"), None);
    }
}

async fn a_list_asks_for_what_it_knows(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    for path in ["/api/invoices/shop".to_owned(), format!("/api/invoices/customer/{}", id(&customer))] {
        for (query, faults) in [
            ("status=open", vec![("status", "invalid_status")]),
            ("from=31/02/2026&to=x", vec![("from", "invalid_date"), ("to", "invalid_date")]),
            ("from=1899-12-31", vec![("from", "date_out_of_range")]),
            ("from=2026-11-02&to=2026-11-01", vec![("from", "from_after_to")]),
            ("limit=0&customerId=x", vec![("limit", "invalid_limit"), ("customerId", "unknown_field")]),
        ] {
            shop.get(format!("{path}?{query}")).await.expect_faults(&faults);
        }
    }
}

over_every_store![
    adding_an_invoice_answers_with_all_of_it,
    an_invoice_needs_little,
    a_date_may_be_written_as_in_india,
    amounts_are_exact_however_they_are_written,
    a_number_is_used_once_in_a_year,
    tax_is_two_halves_or_one_whole,
    a_shop_with_a_gstin_says_its_tax,
    the_total_must_be_the_sum_of_its_parts,
    rules_between_fields_are_told_together,
    a_customer_may_go_over_the_limit_only_if_that_is_said,
    faults_of_query_and_body_are_told_together,
    a_customer_in_a_body_must_be_the_shops,
    money_on_account_pays_at_once,
    an_opening_balance_pays_too,
    lists_are_newest_first_and_filtered,
    a_list_asks_for_what_it_knows,
];
