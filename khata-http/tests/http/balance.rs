//! `/api/customers/{id}/balance`.

use serde_json::json;

use crate::app::{TestApp, id};
use crate::bodies::{self, with};
use crate::over_every_store;

async fn a_balance_goes_by_the_dates_on_the_papers(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    let invoice = with(&bodies::plain_invoice(&customer, 100), "date", "2026-11-01");
    let invoice = with(&invoice, "dueDate", "2026-11-10");
    shop.post("/api/invoices/add").json(&invoice).await.expect(201);
    shop.receipt(&customer, 130).await;
    let path = format!("/api/customers/{}/balance", id(&customer));
    for (query, balance, received, unapplied, overdue, as_of) in [
        ("", -30, 130, 30, 0, "2026-11-24"),
        ("?asOf=24/11/2026", -30, 130, 30, 0, "2026-11-24"),
        ("?asOf=2026-11-23", 100, 0, 0, 100, "2026-11-23"),
        ("?asOf=2026-11-10", 100, 0, 0, 0, "2026-11-10"),
    ] {
        let expected = json!({
            "balance": balance,
            "opening": 0,
            "invoiced": 100,
            "debited": 0,
            "received": received,
            "credited": 0,
            "refunded": 0,
            "writtenOff": 0,
            "unapplied": unapplied,
            "overdue": overdue,
            "postDated": { "debit": 0, "credit": 130 - received },
            "asOf": as_of,
        });
        assert_eq!(shop.get(format!("{path}{query}")).await.expect(200).json(), expected, "{query}");
    }
    let before = shop.get(format!("{path}?asOf=2026-10-31")).await.expect(200).json();
    assert_eq!((&before["balance"], &before["invoiced"]), (&json!(0), &json!(0)));
}

async fn a_day_must_be_one(app: TestApp) {
    let shop = app.shop().await;
    let path = format!("/api/customers/{}/balance", id(&shop.customer("Asha").await));
    shop.get(format!("{path}?asOf=2026-11-31")).await.expect_faults(&[("asOf", "invalid_date")]);
    shop.get(format!("{path}?asof=2026-11-30")).await.expect_faults(&[("asof", "unknown_field")]);
}

over_every_store![a_balance_goes_by_the_dates_on_the_papers, a_day_must_be_one];
