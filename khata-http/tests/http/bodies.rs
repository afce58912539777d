//! Bodies of requests that are sound, to send or to spoil.

use serde_json::{Value, json};

use crate::app::{PASSWORD, id};

/// With all fields.
pub(crate) fn registration(mobile: &str) -> Value {
    json!({
        "shopName": "Ravi Kirana",
        "proprietorName": "Ravi Kumar",
        "mobileNumber": mobile,
        "password": PASSWORD,
        "state": "Maharashtra",
        "currency": "INR",
        "timeZone": "Asia/Kolkata",
        "upiId": "ravi@okaxis",
    })
}

/// With all fields.
pub(crate) fn customer() -> Value {
    json!({
        "name": "Asha Patil",
        "firmName": "Asha Traders",
        "mobileNumber": "091234 56789",
        "alternateMobile": "98111 00077",
        "email": "asha@example.com",
        "address": "12, M G Road\nPune",
        "notes": "Pays on the 5th",
        "tags": ["Wholesale", "Market Road"],
        "city": "Pune",
        "state": "Maharashtra",
        "gstNumber": "27AAPFU0939F1ZV",
        "openingBalance": 250.5,
        "openingDate": "01/04/2026",
        "creditLimit": 50000,
    })
}

/// With all fields but `igst`, which excludes others.
pub(crate) fn invoice(customer: &Value) -> Value {
    json!({
        "customerId": id(customer),
        "invoiceNumber": "B-17",
        "date": "2026-11-24",
        "dueDate": "2026-12-24",
        "grossAmount": 1000,
        "cgst": 90.01,
        "sgst": "90.00",
        "otherCharges": 20.4,
        "roundOff": -0.41,
        "totalAmount": 1200,
        "note": "Two bags of rice\n25 kg each",
    })
}

/// With all fields.
pub(crate) fn receipt(customer: &Value, invoice: &Value) -> Value {
    json!({
        "customerId": id(customer),
        "receiptNumber": "R-17",
        "date": "24/11/2026",
        "amount": 500,
        "paymentType": "UPI",
        "reference": "UTR 423456789012",
        "allocations": [{ "invoiceId": id(invoice), "amount": 300 }],
        "note": "By his son",
    })
}

/// With all fields but `igst`, on an invoice of [`invoice`].
pub(crate) fn credit_note(invoice: &Value) -> Value {
    json!({
        "invoiceId": id(invoice),
        "creditNoteNumber": "C-17",
        "date": "24/11/2026",
        "grossAmount": 500,
        "cgst": 45.01,
        "sgst": "45.00",
        "otherCharges": 10.2,
        "roundOff": -0.21,
        "totalAmount": 600,
        "note": "One bag returned",
    })
}

/// With all fields.
pub(crate) fn void() -> Value {
    json!({ "reason": "Wrong customer", "date": "24/11/2026" })
}

/// How a credit or a refund shows that it paid an amount of an invoice.
pub(crate) fn paid(invoice: &Value, amount: i64) -> Value {
    json!({
        "invoiceId": invoice["id"], "debitNoteId": null, "refundId": null, "openingBalanceId": null, "amount": amount,
    })
}

/// How a debit shows that it was paid by a document of a kind, whose field is named.
pub(crate) fn paid_by(field: &str, document: &Value, amount: i64) -> Value {
    let nobody = json!({
        "receiptId": null, "creditNoteId": null, "writeOffId": null, "openingBalanceId": null, "amount": amount,
    });
    with(&nobody, field, document.clone())
}

/// With no more than it needs.
pub(crate) fn plain_refund(customer: &Value, amount: i64) -> Value {
    json!({ "customerId": id(customer), "date": "2026-11-24", "amount": amount, "paymentType": "cash" })
}

/// With no more than it needs.
pub(crate) fn plain_write_off(customer: &Value, amount: i64) -> Value {
    json!({ "customerId": id(customer), "date": "2026-11-24", "amount": amount, "reason": "Small change" })
}

/// With no more than it needs.
pub(crate) fn plain_debit_note(customer: &Value, amount: i64) -> Value {
    json!({ "customerId": id(customer), "date": "2026-11-24", "grossAmount": amount, "totalAmount": amount })
}

/// With no more than it needs.
pub(crate) fn plain_credit_note(invoice: &Value, gross: i64) -> Value {
    json!({ "invoiceId": id(invoice), "date": "2026-11-24", "grossAmount": gross })
}

/// With no more than it needs.
pub(crate) fn plain_void() -> Value {
    json!({ "reason": "Wrong customer" })
}

/// With no more than it needs.
pub(crate) fn plain_invoice(customer: &Value, total: i64) -> Value {
    json!({ "customerId": id(customer), "date": "2026-11-24", "grossAmount": total, "totalAmount": total })
}

/// With no more than it needs.
pub(crate) fn plain_receipt(customer: &Value, amount: i64) -> Value {
    json!({ "customerId": id(customer), "date": "2026-11-24", "amount": amount, "paymentType": "cash" })
}

/// The same with one more or another field.
pub(crate) fn with(body: &Value, field: &str, value: impl Into<Value>) -> Value {
    let mut body = body.clone();
    body[field] = value.into();
    body
}

/// The same without a field.
pub(crate) fn without(body: &Value, field: &str) -> Value {
    let mut body = body.clone();
    body.as_object_mut().expect("an object").remove(field);
    body
}

/// The JSON text of a body in which a field, named by a JSON Pointer without its leading slash, has a value given as
/// JSON text, which may be one that no program can hold.
pub(crate) fn text_with(body: &Value, field: &str, value: &str) -> String {
    const MARK: &str = "the value goes here";
    let mut body = body.clone();
    match body.pointer_mut(&format!("/{field}")) {
        Some(place) => *place = MARK.into(),
        None => body[field] = MARK.into(),
    }
    body.to_string().replace(&format!("\"{MARK}\""), value)
}
