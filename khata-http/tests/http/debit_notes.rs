//! `/api/debitnotes`.

use serde_json::json;

use crate::app::{TestApp, id};
use crate::over_every_store;

async fn a_debit_note_is_owed_until_it_is_paid_or_void(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let body =
        json!({ "customerId": customer["id"], "date": "2026-11-24", "amount": 250.5, "note": "Freight" });
    let note = shop.post("/api/debitnotes/add").json(&body).await.expect(201).json();
    assert_eq!(note["debitNoteNumber"], "DBN/2026-27/0001");
    assert_eq!((&note["outstandingAmount"], &note["status"]), (&json!(250.5), &json!("unpaid")));
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(250.5));

    shop.receipt(&customer, 100).await;
    let path = format!("/api/debitnotes/{}", id(&note));
    let now = shop.get(&path).await.expect(200).json();
    assert_eq!((&now["outstandingAmount"], &now["status"]), (&json!(150.5), &json!("partial")));
    assert_eq!(shop.get(format!("{path}/explain")).await.expect(200).json()["kind"], "debit_note");
    assert_eq!(shop.get("/api/debitnotes/shop").await.expect(200).json(), json!([now]));

    let reason = json!({ "reason": "A mistake" });
    let voided = shop.post(format!("{path}/void")).json(&reason).await.expect(200).json();
    assert_eq!((&voided["outstandingAmount"], &voided["status"]), (&json!(0), &json!("void")));
    assert_eq!(shop.customer_now(&customer).await["balance"], json!(-100));
}

over_every_store![a_debit_note_is_owed_until_it_is_paid_or_void];
