//! Explaining balances and documents.

use serde_json::{Value, json};

use crate::app::{TestApp, id};
use crate::bodies::{self, with};
use crate::over_every_store;

async fn a_balance_is_explained_by_what_is_open(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.post("/api/customers/add").json(&bodies::customer()).await.expect(201).json();
    let invoice = shop.post("/api/invoices/add").json(&bodies::invoice(&customer)).await.expect(201).json();
    let paying = with(&bodies::plain_receipt(&customer, 300), "receiptNumber", "R-1");
    let receipt = shop.post("/api/receipts/add").json(&paying).await.expect(201).json();
    let path = format!("/api/customers/{}/balance/explain", id(&customer));
    let told = shop.get(&path).await.expect(200).json();
    let expected = json!({
        "customerId": customer["id"],
        "asOf": "2026-11-24",
        "balance": 1150.5,
        "owedAmount": 1150.5,
        "onAccountAmount": 0,
        "sentences": [
            "At the end of 2026-11-24 Asha Patil owed INR 1150.50.",
            "Invoice B-17 of 2026-11-24 over INR 1200.00: INR 49.50 was paid by receipt R-1 of 2026-11-24; \
             INR 1150.50 is open and due on 2026-12-24.",
        ],
        "items": [{
            "kind": "invoice",
            "documentId": invoice["id"],
            "number": "B-17",
            "date": "2026-11-24",
            "dueDate": "2026-12-24",
            "amount": 1200,
            "openAmount": 1150.5,
            "allocations": [{
                "kind": "receipt",
                "documentId": receipt["id"],
                "number": "R-1",
                "date": "2026-11-24",
                "amount": 49.5,
            }],
            "sentence": "Invoice B-17 of 2026-11-24 over INR 1200.00: INR 49.50 was paid by receipt R-1 of \
                         2026-11-24; INR 1150.50 is open and due on 2026-12-24.",
        }],
        "more": 0,
    });
    assert_eq!(told, expected);

    let before = shop.get(format!("{path}?asOf=01/04/2026")).await.expect(200).json();
    assert_eq!(
        before["sentences"],
        json!([
            "At the end of 2026-04-01 Asha Patil owed INR 250.50.",
            "The opening balance OPB/2026-27/0001 of 2026-04-01 over INR 250.50: INR 250.50 is open and due on 2026-04-01.",
        ])
    );
    let item = ["kind", "number"].map(|field| before["items"][0][field].clone());
    assert_eq!(item, [json!("opening_balance"), json!("OPB/2026-27/0001")]);
}

async fn no_more_is_listed_than_was_asked_for(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let path = format!("/api/customers/{}/balance/explain", id(&customer));
    let nothing = shop.get(&path).await.expect(200).json();
    assert_eq!(nothing["sentences"], json!(["At the end of 2026-11-24 Asha owed nothing."]));
    for _ in 0..3 {
        shop.invoice(&customer, 100).await;
    }
    let told = shop.get(format!("{path}?limit=1")).await.expect(200).json();
    assert_eq!((&told["balance"], &told["more"]), (&json!(300), &json!(2)));
    assert_eq!(told["items"].as_array().unwrap().len(), 1);
    assert_eq!(told["sentences"][2], "2 more items are open.");
    let told = shop.get(format!("{path}?limit=2")).await.expect(200).json();
    assert_eq!(told["sentences"][3], "One more item is open.");
    let faults = [("limit", "invalid_limit"), ("asOf", "invalid_date"), ("to", "unknown_field")];
    shop.get(format!("{path}?limit=0&asOf=x&to=1")).await.expect_faults(&faults);
}

async fn what_is_on_account_is_explained_too(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 100).await;
    shop.receipt(&customer, 130).await;
    let note = shop.credit_note(&invoice, 10).await;
    let path = format!("/api/customers/{}/balance/explain", id(&customer));
    let told = shop.get(path).await.expect(200).json();
    assert_eq!(
        told["sentences"],
        json!([
            "At the end of 2026-11-24 Asha had a credit balance of INR 40.00.",
            "Receipt RCT/2026-27/0001 of 2026-11-24 over INR 130.00: INR 100.00 paid invoice INV/2026-27/0001 of \
         2026-11-24; INR 30.00 is on account.",
            "Credit note CRN/2026-27/0001 of 2026-11-24 over INR 10.00: INR 10.00 is on account.",
        ])
    );
    let explained = shop.get(format!("/api/creditnotes/{}/explain", id(&note))).await.expect(200).json();
    assert_eq!(explained, told["items"][1]);
}

async fn a_document_is_explained_in_a_sentence(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let [one, two] = [shop.invoice(&customer, 100).await, shop.invoice(&customer, 100).await];
    let receipt = shop.receipt(&customer, 150).await;
    shop.credit_note(&one, 30).await;
    let sentence = async |of: &str, document: &Value| {
        let path = format!("/api/{of}/{}/explain", id(document));
        shop.get(path).await.expect(200).json()["sentence"].clone()
    };
    assert_eq!(
        sentence("receipts", &receipt).await,
        "Receipt RCT/2026-27/0001 of 2026-11-24 over INR 150.00: INR 100.00 paid invoice INV/2026-27/0001 of \
         2026-11-24; INR 50.00 paid invoice INV/2026-27/0002 of 2026-11-24."
    );
    assert_eq!(
        sentence("invoices", &two).await,
        "Invoice INV/2026-27/0002 of 2026-11-24 over INR 100.00: INR 50.00 was paid by receipt RCT/2026-27/0001 \
         of 2026-11-24; INR 30.00 was paid by credit note CRN/2026-27/0001 of 2026-11-24; INR 20.00 is open and \
         due on 2026-11-24."
    );
    shop.void(format!("/api/receipts/{}", id(&receipt))).await;
    assert_eq!(
        sentence("receipts", &receipt).await,
        "Receipt RCT/2026-27/0001 of 2026-11-24 over INR 150.00 is void."
    );
    assert_eq!(
        sentence("invoices", &one).await,
        "Invoice INV/2026-27/0001 of 2026-11-24 over INR 100.00: INR 100.00 is open and due on 2026-11-24."
    );
    for (of, wrong) in [("invoices", &receipt), ("receipts", &one), ("creditnotes", &one)] {
        shop.get(format!("/api/{of}/{}/explain", id(wrong))).await.expect_problem(404, "not_found");
    }
    shop.get(format!("/api/invoices/{}/explain?x=1", id(&one)))
        .await
        .expect_faults(&[("x", "unknown_field")]);
}

over_every_store![
    a_balance_is_explained_by_what_is_open,
    no_more_is_listed_than_was_asked_for,
    what_is_on_account_is_explained_too,
    a_document_is_explained_in_a_sentence,
];
