//! `/api/writeoffs`.

use serde_json::json;

use crate::app::{TestApp, id};
use crate::bodies::{self, with};
use crate::over_every_store;

async fn adding_a_write_off_answers_with_all_of_it(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let [older, invoice] = [shop.invoice(&customer, 100).await, shop.invoice(&customer, 50).await];
    let body = json!({
        "customerId": id(&customer), "date": "24/11/2026", "amount": 60, "reason": "Settled in full",
        "writeOffNumber": "W-1", "allocations": [{ "invoiceId": id(&invoice), "amount": 50 }],
    });
    let reply = shop.post("/api/writeoffs/add").json(&body).await.expect(201);
    let write_off = reply.json();
    let path = format!("/api/writeoffs/{}", id(&write_off));
    assert_eq!(reply.header("location"), Some(path.as_str()));
    let expected = json!({
        "id": write_off["id"],
        "shopOwnerId": shop.id,
        "customerId": customer["id"],
        "writeOffNumber": "W-1",
        "date": "2026-11-24",
        "day": "Tuesday",
        "amount": 60,
        "reason": "Settled in full",
        "allocations": [bodies::paid(&invoice, 50), bodies::paid(&older, 10)],
        "unappliedAmount": 0,
        "status": "recorded",
        "seq": 3,
        "createdAt": "2026-11-24T08:16:20.000Z",
        "updatedAt": "2026-11-24T08:16:20.000Z",
    });
    assert_eq!(write_off, expected);
    assert_eq!(shop.get(path).await.expect(200).json(), expected);
    let closed = shop.get(format!("/api/invoices/{}", id(&invoice))).await.expect(200).json();
    assert_eq!(closed["allocations"], json!([bodies::paid_by("writeOffId", &write_off["id"], 50)]));
    let balance = shop.get(format!("/api/customers/{}/balance", id(&customer))).await.expect(200).json();
    assert_eq!(json!([balance["balance"], balance["writtenOff"], balance["received"]]), json!([90, 60, 0]));
    let summary = shop.get("/api/reports/summary").await.expect(200).json();
    assert_eq!(summary["receivedToday"], 0, "it is no receipt");
}

async fn no_more_than_is_owed_is_written_off(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = shop.invoice(&customer, 10).await;
    let body = bodies::plain_write_off(&customer, 11);
    let beyond = [("amount", "beyond_owed")];
    shop.post("/api/writeoffs/add").json(&body).await.expect_faults(&beyond);
    let without_reason = with(&bodies::plain_write_off(&customer, 1), "reason", json!(null));
    shop.post("/api/writeoffs/add").json(&without_reason).await.expect_faults(&[("reason", "missing")]);
    let both = json!([{ "invoiceId": id(&invoice), "debitNoteId": id(&invoice), "amount": 1 }]);
    let both = with(&bodies::plain_write_off(&customer, 1), "allocations", both);
    let exclusive = [("allocations/0/debitNoteId", "exclusive")];
    shop.post("/api/writeoffs/add").json(&both).await.expect_faults(&exclusive);
}

over_every_store![adding_a_write_off_answers_with_all_of_it, no_more_than_is_owed_is_written_off];
