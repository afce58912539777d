//! `/api/customers/{id}/statement`.

use axum::http::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies::{self, with};
use crate::call::Reply;
use crate::over_every_store;

/// A customer with an opening balance who bought and paid, posted in another order than that of the dates.
async fn trade(shop: &TestShop) -> Value {
    let customer = json!({
        "name": "Asha", "mobileNumber": shop.app.mobile(), "openingBalance": 50.5, "openingDate": "2026-04-01",
    });
    let asha = shop.post("/api/customers/add").json(&customer).await.expect(201).json();
    for (date, total) in [("2026-06-20", 30), ("2026-05-01", 100), ("2026-06-20", 7)] {
        let invoice = with(&bodies::plain_invoice(&asha, total), "date", date);
        shop.post("/api/invoices/add").json(&with(&invoice, "note", "=1+1")).await.expect(201);
    }
    let receipt = with(&bodies::plain_receipt(&asha, 120), "date", "2026-06-10");
    shop.post("/api/receipts/add").json(&receipt).await.expect(201);
    asha
}

fn path(customer: &Value, query: &str) -> String {
    format!("/api/customers/{}/statement{query}", id(customer))
}

async fn a_statement_runs_from_its_opening_to_its_closing_balance(app: TestApp) {
    let shop = app.shop().await;
    let asha = trade(&shop).await;
    let reply = shop.get(path(&asha, "?from=01/05/2026&to=2026-06-10")).await.expect(200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("vary"), Some("accept"));
    let statement = reply.json();
    let documents: Vec<_> =
        statement["entries"].as_array().unwrap().iter().map(|row| row["documentId"].clone()).collect();
    let expected = json!({
        "customer": shop.customer_now(&asha).await,
        "from": "2026-05-01",
        "to": "2026-06-10",
        "openingBalance": 50.5,
        "entries": [
            { "seq": 3, "date": "2026-05-01", "kind": "invoice", "number": "INV/2026-27/0002",
              "documentId": documents[0], "debit": 100, "credit": 0, "balance": 150.5, "note": "=1+1" },
            { "seq": 5, "date": "2026-06-10", "kind": "receipt", "number": "RCT/2026-27/0001",
              "documentId": documents[1], "debit": 0, "credit": 120, "balance": 30.5, "note": null },
        ],
        "closingBalance": 30.5,
    });
    assert_eq!(statement, expected);
    let [invoice, receipt] = [&documents[0], &documents[1]].map(|id| id.as_str().unwrap().to_owned());
    assert_eq!(shop.get(format!("/api/invoices/{invoice}")).await.expect(200).json()["seq"], 3);
    assert_eq!(shop.get(format!("/api/receipts/{receipt}")).await.expect(200).json()["seq"], 5);
}

async fn without_a_period_it_is_all_up_to_today(app: TestApp) {
    let shop = app.shop().await;
    let asha = trade(&shop).await;
    let tomorrow = with(&bodies::plain_invoice(&asha, 1_000), "date", "2026-11-25");
    shop.post("/api/invoices/add").json(&tomorrow).await.expect(201);
    let all = shop.get(path(&asha, "")).await.expect(200).json();
    let ends = json!([all["from"], all["to"], all["openingBalance"], all["closingBalance"]]);
    assert_eq!(ends, json!([null, "2026-11-24", 0, 67.5]));
    let opening = &all["entries"][0];
    let shown = json!([opening["kind"], opening["number"], opening["debit"]]);
    assert_eq!(shown, json!(["opening_balance", "OPB/2026-27/0001", 50.5]));
    let document = format!("/api/openings/{}", opening["documentId"].as_str().unwrap());
    assert_eq!(shop.get(document).await.expect(200).json()["amount"], 50.5);
    let later = shop.get(path(&asha, "?from=2026-11-25")).await.expect(200).json();
    assert_eq!(json!([later["to"], later["closingBalance"]]), json!(["2026-11-25", 1_067.5]));
}

/// The pages, by the balances that they run through.
async fn follow(shop: &TestShop, path: String) -> Vec<Vec<Value>> {
    let (mut pages, mut next) = (Vec::new(), Some(path));
    while let Some(path) = next {
        let page = shop.get(path).await.expect(200);
        let statement = page.json();
        let ends = json!([statement["openingBalance"], statement["closingBalance"]]);
        assert_eq!(ends, json!([0, 67.5]), "on every page those of the period");
        let entries = statement["entries"].as_array().unwrap();
        pages.push(entries.iter().map(|row| row["balance"].clone()).collect());
        next = page.next_page().map(ToOwned::to_owned);
        assert!(pages.len() < 9, "the pages don't end");
    }
    pages
}

async fn a_long_one_comes_in_pages(app: TestApp) {
    let shop = app.shop().await;
    let asha = trade(&shop).await;
    let pages = follow(&shop, path(&asha, "?limit=2")).await;
    assert_eq!(json!(pages), json!([[50.5, 150.5], [30.5, 60.5], [67.5]]));
    let pages = follow(&shop, path(&asha, "?limit=5&to=2026-12-31")).await;
    assert_eq!(pages.len(), 1);
}

async fn a_page_after_midnight_belongs_to_the_same_period(app: TestApp) {
    let shop = app.shop().await;
    let asha = trade(&shop).await;
    let first = shop.get(path(&asha, "?limit=4")).await.expect(200);
    app.wait(std::time::Duration::from_secs(11 * 60 * 60));
    let receipt = with(&bodies::plain_receipt(&asha, 5), "date", "2026-11-25");
    shop.post("/api/receipts/add").json(&receipt).await.expect(201);
    let last = shop.get(first.next_page().unwrap()).await.expect(200).json();
    assert_eq!(json!([last["to"], last["closingBalance"]]), json!(["2026-11-24", 67.5]));
    assert_eq!(last["entries"].as_array().unwrap().len(), 1);
}

async fn a_cursor_belongs_to_its_customer_and_period(app: TestApp) {
    let shop = app.shop().await;
    let (asha, bina) = (trade(&shop).await, trade(&shop).await);
    let first = shop.get(path(&asha, "?limit=1&to=2026-06-30")).await.expect(200);
    let cursor = first.next_page().unwrap().split_once("?cursor=").unwrap().1.to_owned();
    let elsewhere = shop.get(path(&bina, &format!("?cursor={cursor}"))).await;
    elsewhere.expect_faults(&[("cursor", "invalid_cursor")]);
    let other = shop.get(path(&asha, &format!("?cursor={cursor}&to=2026-07-01"))).await;
    other.expect_faults(&[("to", "differs_from_cursor")]);
    shop.get(path(&asha, &format!("?cursor={cursor}&to=2026-06-30"))).await.expect(200);
}

async fn what_is_wrong_is_told(app: TestApp) {
    let shop = app.shop().await;
    let asha = trade(&shop).await;
    for (query, faults) in [
        ("?from=2026-06-02&to=2026-06-01", vec![("from", "from_after_to")]),
        (
            "?from=2026-06-31&to=x&limit=0",
            vec![("from", "invalid_date"), ("to", "invalid_date"), ("limit", "invalid_limit")],
        ),
        ("?asOf=2026-06-01", vec![("asOf", "unknown_field")]),
        ("?to=2026-06-01&to=2026-06-01", vec![("to", "repeated")]),
    ] {
        shop.get(path(&asha, query)).await.expect_faults(&faults);
        shop.get(path(&asha, query)).header("accept", "text/csv").await.expect_faults(&faults);
    }
    let unknown = json!({ "id": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b" });
    shop.get(path(&unknown, "?from=x")).await.expect_problem(404, "not_found");
    for query in ["", "?from=2026-11-02&to=2026-11-01"] {
        let call = shop.get(path(&unknown, query)).header("accept", "text/csv");
        call.await.expect_problem(404, "not_found");
    }
    shop.call(Method::HEAD, path(&asha, "")).await.expect(200);
}

async fn an_archived_customer_has_one_too(app: TestApp) {
    let shop = app.shop().await;
    let asha = trade(&shop).await;
    shop.post("/api/receipts/add")
        .json(&with(&bodies::plain_receipt(&asha, 0), "amount", 67.5))
        .await
        .expect(201);
    shop.delete(format!("/api/customers/delete/{}", id(&asha))).await.expect(200);
    let statement = shop.get(path(&asha, "")).await.expect(200).json();
    assert_eq!(statement["closingBalance"], 0);
    assert!(statement["customer"]["archivedAt"].is_string());
}

fn csv(reply: &Reply) -> Vec<Vec<String>> {
    assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert!(reply.text().ends_with("\r\n"));
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(&*reply.body);
    rows.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
}

async fn as_csv_it_comes_whole(app: TestApp) {
    let shop = app.shop().await;
    let asha = trade(&shop).await;
    let reply = shop.get(path(&asha, "?from=2026-04-02&to=2026-06-10&limit=1")).header("accept", "text/csv");
    let reply = reply.await.expect(200);
    assert_eq!((reply.next_page(), reply.header("vary")), (None, Some("accept")));
    let name = format!("attachment; filename=\"statement-{}-2026-06-10.csv\"", id(&asha));
    assert_eq!(reply.header("content-disposition"), Some(&*name));
    let rows = csv(&reply);
    let columns = ["seq", "date", "kind", "number", "documentId", "debit", "credit", "balance", "note"];
    assert_eq!(rows[0], columns);
    let row = |at: usize| [0, 1, 2, 3, 5, 6, 7, 8].map(|column: usize| rows[at][column].as_str());
    assert_eq!(row(1), ["", "2026-04-02", "opening", "", "", "", "50.50", ""]);
    let invoice = ["3", "2026-05-01", "invoice", "INV/2026-27/0002", "100.00", "0.00", "150.50", "'=1+1"];
    assert_eq!(row(2), invoice, "what looks like a formula is none");
    let receipt = ["5", "2026-06-10", "receipt", "RCT/2026-27/0001", "0.00", "120.00", "30.50", ""];
    assert_eq!(row(3), receipt);
    assert_eq!(row(4), ["", "2026-06-10", "closing", "", "", "", "30.50", ""]);
    assert_eq!(rows.len(), 5);
}

async fn a_long_one_as_csv_adds_up(app: TestApp) {
    let shop = app.shop().await;
    let asha = shop.customer("Asha").await;
    for n in 1..=520 {
        if n % 2 == 0 {
            shop.receipt(&asha, n).await
        } else {
            shop.invoice(&asha, n).await
        };
    }
    let rows = csv(&shop.get(path(&asha, "")).header("accept", "text/csv").await.expect(200));
    assert_eq!(rows.len(), 523);
    let seqs: Vec<_> = rows[2..522].iter().map(|row| row[0].parse::<u32>().unwrap()).collect();
    assert_eq!(seqs, (1..=520).collect::<Vec<_>>());
    assert_eq!((&*rows[521][7], &*rows[522][7]), ("-260.00", "-260.00"));
    let none = csv(&shop.get(path(&asha, "?to=2026-01-01")).header("accept", "text/csv").await.expect(200));
    assert_eq!((none.len(), &*none[1][7], &*none[2][7]), (3, "0.00", "0.00"));
}

over_every_store![
    a_statement_runs_from_its_opening_to_its_closing_balance,
    without_a_period_it_is_all_up_to_today,
    a_long_one_comes_in_pages,
    a_page_after_midnight_belongs_to_the_same_period,
    a_cursor_belongs_to_its_customer_and_period,
    what_is_wrong_is_told,
    an_archived_customer_has_one_too,
    as_csv_it_comes_whole,
    a_long_one_as_csv_adds_up,
];
