//! `/api/reports`.

use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies::{self, with};
use crate::over_every_store;

async fn bought(shop: &TestShop, customer: &Value, date: &str, due: &str, total: i64) -> Value {
    let invoice = with(&with(&bodies::plain_invoice(customer, total), "date", date), "dueDate", due);
    shop.post("/api/invoices/add").json(&invoice).await.expect(201).json()
}

async fn paid(shop: &TestShop, customer: &Value, date: &str, how: &str, amount: i64) -> Value {
    let receipt = with(&with(&bodies::plain_receipt(customer, amount), "date", date), "paymentType", how);
    shop.post("/api/receipts/add").json(&receipt).await.expect(201).json()
}

/// Asha owes 100 of September, 40 of October and 7 that are not due; Bina has paid 25 in advance.
async fn trade(shop: &TestShop) -> (Value, Value) {
    let (asha, bina) = (shop.customer("Asha").await, shop.customer("-Bina").await);
    bought(shop, &asha, "2026-09-01", "2026-09-10", 150).await;
    bought(shop, &asha, "2026-10-01", "2026-10-30", 40).await;
    paid(shop, &asha, "2026-10-05", "upi", 50).await;
    bought(shop, &asha, "2026-11-24", "2026-12-24", 7).await;
    paid(shop, &bina, "2026-11-24", "cash", 25).await;
    (asha, bina)
}

async fn a_summary_is_the_shop_today(app: TestApp) {
    let shop = app.shop().await;
    let (asha, _) = trade(&shop).await;
    let reply = shop.get("/api/reports/summary").await.expect(200);
    let expected = json!({
        "customers": 2,
        "receivable": 147,
        "advances": 25,
        "invoicedToday": 7,
        "receivedToday": 25,
        "overdue": 140,
        "postDated": { "debit": 0, "credit": 0 },
        "topDebtors": [{ "customerId": id(&asha), "name": "Asha", "balance": 147 }],
    });
    assert_eq!(reply.json(), expected);
    let again = shop.get("/api/reports/summary").header("if-none-match", reply.header("etag").unwrap());
    assert_eq!(again.await.expect(304).text(), "");
    let empty = app.shop().await.get("/api/reports/summary").await.expect(200).json();
    assert_eq!(json!([empty["customers"], empty["receivable"], empty["topDebtors"]]), json!([0, 0, []]));
}

async fn a_summary_names_at_most_ten_debtors(app: TestApp) {
    let shop = app.shop().await;
    for n in 1..=12 {
        let customer = shop.customer(&format!("Customer {n}")).await;
        shop.invoice(&customer, n * 10).await;
    }
    let summary = shop.get("/api/reports/summary").await.expect(200).json();
    let balances: Vec<_> =
        summary["topDebtors"].as_array().unwrap().iter().map(|row| row["balance"].clone()).collect();
    assert_eq!(json!(balances), json!([120, 110, 100, 90, 80, 70, 60, 50, 40, 30]));
}

/// The columns of a row in their order, without whose they are.
fn buckets(row: &Value) -> Value {
    let columns =
        ["notDue", "days1To30", "days31To60", "days61To90", "days91To120", "over120", "unapplied", "balance"];
    columns.map(|column| row[column].clone()).into_iter().collect()
}

async fn the_ageing_is_as_of_a_day(app: TestApp) {
    let shop = app.shop().await;
    let (asha, bina) = trade(&shop).await;
    let ageing = shop.get("/api/reports/ageing").await.expect(200).json();
    let columns = |of: &Value, columns: [i64; 8]| {
        let [not_due, a, b, c, d, over, unapplied, balance] = columns;
        json!({
            "customerId": id(of), "name": of["name"], "notDue": not_due, "days1To30": a, "days31To60": b,
            "days61To90": c, "days91To120": d, "over120": over, "unapplied": unapplied, "balance": balance,
        })
    };
    assert_eq!(ageing["asOf"], "2026-11-24");
    let rows = [columns(&bina, [0, 0, 0, 0, 0, 0, -25, -25]), columns(&asha, [7, 40, 0, 100, 0, 0, 0, 147])];
    assert_eq!(ageing["customers"], json!(rows), "by name");
    assert_eq!(buckets(&ageing["total"]), json!([7, 40, 0, 100, 0, 0, -25, 122]));

    for (as_of, total) in [
        ("2026-08-31", json!([0, 0, 0, 0, 0, 0, 0, 0])),
        ("2026-09-10", json!([150, 0, 0, 0, 0, 0, 0, 150])),
        ("04/10/2026", json!([40, 150, 0, 0, 0, 0, 0, 190])),
        ("2026-10-05", json!([40, 100, 0, 0, 0, 0, 0, 140])),
        ("2027-02-28", json!([0, 0, 0, 7, 0, 140, -25, 122])),
    ] {
        let ageing = shop.get(format!("/api/reports/ageing?asOf={as_of}")).await.expect(200).json();
        assert_eq!(buckets(&ageing["total"]), total, "{as_of}");
    }
    bought(&shop, &asha, "2026-08-01", "2026-08-01", 1_000).await;
    let backdated = shop.get("/api/reports/ageing?asOf=2026-08-31").await.expect(200).json();
    assert_eq!(buckets(&backdated["total"]), json!([0, 1_000, 0, 0, 0, 0, 0, 1_000]));
}

async fn the_ageing_comes_as_csv_too(app: TestApp) {
    let shop = app.shop().await;
    let (asha, bina) = trade(&shop).await;
    let reply = shop.get("/api/reports/ageing").header("accept", "text/csv").await.expect(200);
    assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(reply.header("content-disposition"), Some("attachment; filename=\"ageing-2026-11-24.csv\""));
    let expected = [
        "customerId,name,notDue,days1To30,days31To60,days61To90,days91To120,over120,unapplied,balance"
            .to_owned(),
        format!("{},'-Bina,0.00,0.00,0.00,0.00,0.00,0.00,-25.00,-25.00", id(&bina)),
        format!("{},Asha,7.00,40.00,0.00,100.00,0.00,0.00,0.00,147.00", id(&asha)),
        ",Total,7.00,40.00,0.00,100.00,0.00,0.00,-25.00,122.00\r\n".to_owned(),
    ];
    assert_eq!(reply.text(), expected.join("\r\n"));
}

async fn a_day_book_is_what_is_dated_on_a_day(app: TestApp) {
    let shop = app.shop().await;
    let (asha, bina) = trade(&shop).await;
    let book = shop.get("/api/reports/daybook").await.expect(200).json();
    let documents: Vec<_> =
        book["entries"].as_array().unwrap().iter().map(|row| row["documentId"].clone()).collect();
    let expected = json!({
        "date": "2026-11-24",
        "entries": [
            { "seq": 4, "kind": "invoice", "number": "INV/2026-27/0003", "documentId": documents[0],
              "customerId": id(&asha), "customerName": "Asha", "paymentType": null, "debit": 7, "credit": 0,
              "note": null },
            { "seq": 5, "kind": "receipt", "number": "RCT/2026-27/0002", "documentId": documents[1],
              "customerId": id(&bina), "customerName": "-Bina", "paymentType": "cash", "debit": 0, "credit": 25,
              "note": null },
        ],
        "totals": {
            "debit": 7,
            "credit": 25,
            "byKind": [
                { "kind": "invoice", "count": 1, "debit": 7, "credit": 0 },
                { "kind": "receipt", "count": 1, "debit": 0, "credit": 25 },
            ],
            "byPaymentType": [{ "paymentType": "cash", "amount": 25 }],
        },
    });
    assert_eq!(book, expected);
    let none = shop.get("/api/reports/daybook?date=02/10/2026").await.expect(200).json();
    assert_eq!(json!([none["date"], none["entries"]]), json!(["2026-10-02", []]));
    let other = shop.get("/api/reports/daybook?date=2026-10-05").await.expect(200).json();
    assert_eq!(other["totals"]["byPaymentType"], json!([{ "paymentType": "upi", "amount": 50 }]));
}

async fn a_busy_day_comes_in_pages(app: TestApp) {
    let shop = app.shop().await;
    let asha = shop.customer("Asha").await;
    for n in 1..=5 {
        shop.invoice(&asha, n).await;
    }
    let (mut seqs, mut next) = (Vec::new(), Some("/api/reports/daybook?limit=2".to_owned()));
    while let Some(path) = next {
        let page = shop.get(path).await.expect(200);
        let book = page.json();
        assert_eq!(json!([book["date"], book["totals"]["debit"]]), json!(["2026-11-24", 15]));
        seqs.push(
            book["entries"].as_array().unwrap().iter().map(|row| row["seq"].clone()).collect::<Vec<_>>(),
        );
        next = page.next_page().map(ToOwned::to_owned);
        app.wait(std::time::Duration::from_secs(8 * 60 * 60));
    }
    assert_eq!(json!(seqs), json!([[1, 2], [3, 4], [5]]), "of the same day, though it has ended");
}

async fn what_is_wrong_is_told(app: TestApp) {
    let shop = app.shop().await;
    for (path, faults) in [
        ("summary?date=2026-11-24", vec![("date", "unknown_field")]),
        ("ageing?asOf=2026-02-30", vec![("asOf", "invalid_date")]),
        ("ageing?date=2026-02-28", vec![("date", "unknown_field")]),
        ("daybook?date=yesterday&limit=501", vec![("date", "invalid_date"), ("limit", "invalid_limit")]),
        ("daybook?cursor=x", vec![("cursor", "invalid_cursor")]),
    ] {
        shop.get(format!("/api/reports/{path}")).await.expect_faults(&faults);
    }
}

over_every_store![
    a_summary_is_the_shop_today,
    a_summary_names_at_most_ten_debtors,
    the_ageing_is_as_of_a_day,
    the_ageing_comes_as_csv_too,
    a_day_book_is_what_is_dated_on_a_day,
    a_busy_day_comes_in_pages,
    what_is_wrong_is_told,
];
