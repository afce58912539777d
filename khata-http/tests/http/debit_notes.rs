//! `/api/debitnotes`.

use serde_json::{Value, json};

use crate::app::{TestApp, id};
use crate::bodies::{self, with};
use crate::over_every_store;

async fn adding_a_debit_note_answers_with_all_of_it(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 100).await;
    let receipt = shop.receipt(&customer, 130).await;
    let body = json!({
        "customerId": id(&customer), "invoiceId": id(&invoice), "date": "24/11/2026", "dueDate": "2026-12-24",
        "grossAmount": 50, "cgst": 4.5, "sgst": 4.5, "otherCharges": 1, "roundOff": -0.1, "totalAmount": 59.9,
        "debitNoteNumber": "D-1", "note": "The price had risen",
    });
    let reply = shop.post("/api/debitnotes/add").json(&body).await.expect(201);
    let note = reply.json();
    let path = format!("/api/debitnotes/{}", id(&note));
    assert_eq!(reply.header("location"), Some(path.as_str()));
    let expected = json!({
        "id": note["id"],
        "shopOwnerId": shop.id,
        "customerId": customer["id"],
        "invoiceId": invoice["id"],
        "invoiceNumber": invoice["invoiceNumber"],
        "invoiceDate": "2026-11-24",
        "debitNoteNumber": "D-1",
        "date": "2026-11-24",
        "day": "Tuesday",
        "dueDate": "2026-12-24",
        "grossAmount": 50,
        "cgst": 4.5,
        "sgst": 4.5,
        "igst": null,
        "otherCharges": 1,
        "roundOff": -0.1,
        "totalAmount": 59.9,
        "allocations": [bodies::paid_by("receiptId", &receipt["id"], 30)],
        "outstandingAmount": 29.9,
        "status": "partial",
        "note": "The price had risen",
        "seq": 3,
        "createdAt": "2026-11-24T08:16:20.000Z",
        "updatedAt": "2026-11-24T08:16:20.000Z",
    });
    assert_eq!(note, expected);
    assert_eq!(shop.get(path).await.expect(200).json(), expected);
}

async fn it_needs_no_invoice_and_can_be_paid_by_name(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    shop.invoice(&customer, 100).await;
    let fee = bodies::plain_debit_note(&customer, 5);
    let fee = shop.post("/api/debitnotes/add").json(&fee).await.expect(201).json();
    assert_eq!((&fee["invoiceId"], &fee["debitNoteNumber"]), (&Value::Null, &json!("DBN/2026-27/0001")));
    let receipt = bodies::plain_receipt(&customer, 5);
    let named = with(&receipt, "allocations", json!([{ "debitNoteId": id(&fee), "amount": 5 }]));
    let receipt = shop.post("/api/receipts/add").json(&named).await.expect(201).json();
    let paid = with(&bodies::paid(&Value::Null, 5), "debitNoteId", fee["id"].clone());
    assert_eq!(receipt["allocations"], json!([paid]));
    let listed = shop.get("/api/debitnotes/shop?status=paid").await.expect(200).json();
    assert_eq!(listed[0]["id"], fee["id"]);
}

over_every_store![adding_a_debit_note_answers_with_all_of_it, it_needs_no_invoice_and_can_be_paid_by_name];
