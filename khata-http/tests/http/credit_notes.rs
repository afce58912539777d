//! `/api/creditnotes`.

use serde_json::{Value, json};

use crate::app::{TestApp, id};
use crate::bodies::{self, with, without};
use crate::over_every_store;

async fn adding_a_credit_note_answers_with_all_of_it(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.post("/api/invoices/add").json(&bodies::invoice(&customer)).await.expect(201).json();
    shop.receipt(&customer, 700).await;
    let reply = shop.post("/api/creditnotes/add").json(&bodies::credit_note(&invoice)).await.expect(201);
    let note = reply.json();
    let path = format!("/api/creditnotes/{}", id(&note));
    assert_eq!(reply.header("location"), Some(path.as_str()));
    let expected = json!({
        "id": note["id"],
        "shopOwnerId": shop.id,
        "customerId": customer["id"],
        "invoiceId": invoice["id"],
        "invoiceNumber": "B-17",
        "invoiceDate": "2026-11-24",
        "invoices": note["invoices"],
        "creditNoteNumber": "C-17",
        "date": "2026-11-24",
        "day": "Tuesday",
        "grossAmount": 500,
        "cgst": 45.01,
        "sgst": 45,
        "igst": null,
        "otherCharges": 10.2,
        "roundOff": -0.21,
        "totalAmount": 600,
        "allocations": [bodies::paid(&invoice, 500)],
        "unappliedAmount": 100,
        "status": "recorded",
        "note": "One bag returned",
        "seq": 3,
        "createdAt": "2026-11-24T08:16:20.000Z",
        "updatedAt": "2026-11-24T08:16:20.000Z",
    });
    assert_eq!(note, expected);
    let got = shop.get(path).await.expect(200);
    assert_eq!(got.json(), expected);
    assert_eq!(got.header("etag"), reply.header("etag"));
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(-100));
    let paid = shop.get(format!("/api/invoices/{}", id(&invoice))).await.expect(200).json();
    assert_eq!((&paid["status"], &paid["outstandingAmount"]), (&json!("paid"), &json!(0)));
    let by = bodies::paid_by("creditNoteId", &note["id"], 500);
    assert_eq!(paid["allocations"][1], by);
}

async fn a_credit_note_needs_little(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let body = without(&without(&bodies::invoice(&customer), "otherCharges"), "roundOff");
    let body = with(&with(&body, "cgst", 90), "totalAmount", 1180);
    let invoice = shop.post("/api/invoices/add").json(&body).await.expect(201).json();
    let note = shop.credit_note(&invoice, 250).await;
    assert_eq!(note["creditNoteNumber"], "CRN/2026-27/0001");
    let told = ["cgst", "sgst", "igst", "totalAmount"].map(|field| note[field].clone());
    assert_eq!(told, [json!(22.5), json!(22.5), Value::Null, json!(295)], "the tax in proportion");
    for zero in ["otherCharges", "roundOff", "unappliedAmount"] {
        assert_eq!(note[zero], json!(0));
    }
    assert_eq!(note["note"], Value::Null);
    assert_eq!(shop.credit_note(&invoice, 250).await["creditNoteNumber"], "CRN/2026-27/0002");
}

async fn its_invoice_says_what_it_may_be(app: TestApp) {
    let (shop, other) = (app.shop().await, app.shop().await);
    let customer = shop.customer("Asha").await;
    let invoice = with(&with(&bodies::invoice(&customer), "cgst", 90), "roundOff", -0.4);
    let invoice = shop.post("/api/invoices/add").json(&invoice).await.expect(201).json();
    let void = shop.invoice(&customer, 9).await;
    shop.void(format!("/api/invoices/{}", id(&void))).await;
    let theirs = other.invoice(&other.customer("Bina").await, 9).await;
    let receipt = shop.receipt(&customer, 5).await;
    let body = bodies::plain_credit_note(&invoice, 500);
    let disproportionate = "tax_disproportionate";
    for (field, value, faults) in [
        ("invoiceId", theirs["id"].clone(), vec![("invoiceId", "not_found")]),
        ("invoiceId", receipt["id"].clone(), vec![("invoiceId", "not_found")]),
        ("invoiceId", void["id"].clone(), vec![("invoiceId", "void")]),
        ("date", json!("2026-11-23"), vec![("date", "before_invoice")]),
        ("grossAmount", json!(1000.01), vec![("grossAmount", "beyond_invoice")]),
        ("otherCharges", json!(700), vec![("totalAmount", "beyond_invoice")]),
        ("grossAmount", json!(0), vec![("totalAmount", "not_positive")]),
        ("totalAmount", json!(500), vec![("totalAmount", "wrong_total")]),
        (
            "igst",
            json!(90),
            vec![("cgst", disproportionate), ("sgst", disproportionate), ("igst", disproportionate)],
        ),
    ] {
        shop.post("/api/creditnotes/add").json(&with(&body, field, value)).await.expect_faults(&faults);
    }
    let halves = with(&with(&body, "cgst", 45.02), "sgst", 45.01);
    shop.post("/api/creditnotes/add").json(&halves).await.expect_faults(&[("cgst", disproportionate)]);
    let halves = with(&with(&body, "cgst", 45.01), "sgst", 45);
    shop.post("/api/creditnotes/add").json(&halves).await.expect(201);
    let rest = bodies::plain_credit_note(&invoice, 600);
    let beyond = [("grossAmount", "beyond_invoice")];
    shop.post("/api/creditnotes/add").json(&rest).await.expect_faults(&beyond);
}

async fn what_the_book_does_not_allow_is_told(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 100).await;
    let body = with(&bodies::plain_credit_note(&invoice, 10), "creditNoteNumber", "c/1");
    shop.post("/api/creditnotes/add").json(&body).await.expect(201);
    let again = with(&body, "creditNoteNumber", "C/1");
    shop.post("/api/creditnotes/add").json(&again).await.expect_problem(409, "number_taken");
    shop.put(format!("/api/shopowners/update/{}", shop.id))
        .json(&json!({ "lockedUntil": "2026-11-24" }))
        .await
        .expect(200);
    let locked = bodies::plain_credit_note(&invoice, 10);
    shop.post("/api/creditnotes/add").json(&locked).await.expect_problem(409, "period_locked");
    let later = with(&locked, "date", "2026-11-25");
    shop.post("/api/creditnotes/add").json(&later).await.expect(201);
}

async fn lists_are_newest_first_and_filtered(app: TestApp) {
    let shop = app.shop().await;
    let [asha, bina] = [shop.customer("Asha").await, shop.customer("Bina").await];
    let [hers, other] = [shop.invoice(&asha, 100).await, shop.invoice(&bina, 100).await];
    for (invoice, number, date) in
        [(&hers, "1", "2026-11-25"), (&other, "2", "2026-11-26"), (&hers, "3", "2026-11-24")]
    {
        let body = with(&bodies::plain_credit_note(invoice, 10), "creditNoteNumber", number);
        shop.post("/api/creditnotes/add").json(&with(&body, "date", date)).await.expect(201);
    }
    let of_asha = format!("/api/creditnotes/customer/{}", id(&asha));
    for (path, numbers) in [
        ("/api/creditnotes/shop".to_owned(), vec!["3", "2", "1"]),
        ("/api/creditnotes/shop?from=2026-11-25&to=26/11/2026".to_owned(), vec!["2", "1"]),
        (of_asha.clone(), vec!["3", "1"]),
        (format!("{of_asha}?to=2026-11-24"), vec!["3"]),
    ] {
        let list = shop.get(&path).await.expect(200);
        assert_eq!(list.column("creditNoteNumber"), numbers, "{path}");
    }
    for (query, faults) in [
        ("status=recorded", vec![("status", "unknown_field")]),
        ("from=2026-11-02&to=2026-11-01", vec![("from", "from_after_to")]),
    ] {
        shop.get(format!("/api/creditnotes/shop?{query}")).await.expect_faults(&faults);
    }
}

over_every_store![
    adding_a_credit_note_answers_with_all_of_it,
    a_credit_note_needs_little,
    its_invoice_says_what_it_may_be,
    what_the_book_does_not_allow_is_told,
    lists_are_newest_first_and_filtered,
];
