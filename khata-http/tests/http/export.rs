//! `/api/export`.

use axum::http::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies::{self, with};
use crate::call::Reply;
use crate::over_every_store;

/// A shop with a paper of every kind, one void, and texts that mean something to spreadsheets and journals.
async fn trade(shop: &TestShop) -> Value {
    let customer = json!({
        "name": "=1+1; \"Asha\", note:x", "mobileNumber": shop.app.mobile(),
        "openingBalance": -20, "openingDate": "2026-04-01"
    });
    let asha = shop.post("/api/customers/add").json(&customer).await.expect(201).json();
    let invoice = shop.post("/api/invoices/add").json(&bodies::invoice(&asha)).await.expect(201).json();
    let receipt = with(&bodies::plain_receipt(&asha, 60), "note", "@SUM(A1)\n2026-01-01 x");
    shop.post("/api/receipts/add").json(&receipt).await.expect(201);
    shop.credit_note(&invoice, 10).await;
    let void = shop.invoice(&asha, 300).await;
    shop.void(format!("/api/invoices/{}", id(&void))).await;
    asha
}

async fn export(shop: &TestShop, query: &str, media_type: &str, file: &str) -> Reply {
    let reply = shop.get(format!("/api/export?{query}")).await.expect(200);
    assert_eq!(reply.header("content-type"), Some(media_type));
    let disposition = format!("attachment; filename=\"{file}\"");
    assert_eq!(reply.header("content-disposition"), Some(&*disposition));
    reply
}

async fn as_json_it_is_the_whole_book(app: TestApp) {
    let shop = app.shop().await;
    trade(&shop).await;
    trade(&app.shop().await).await;
    let reply = export(&shop, "format=json", "application/jsonl", "khata.jsonl").await;
    let lines: Vec<Value> = reply.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().flat_map(|line| line.as_object().unwrap().keys()).collect();
    let entries = ["entry"; 6];
    let expected = [&["khata", "shop", "customer"][..], &entries, &["end"]].concat();
    assert_eq!(kinds, expected, "and nothing of the other shop");
    assert_eq!(lines[0], json!({ "khata": { "format": "khata-book", "version": 1 } }));
    assert_eq!(lines[1]["shop"]["id"], shop.id);
    let feed = shop.get("/api/entries").await.expect(200).rows();
    for (line, entry) in lines[3..9].iter().zip(&feed) {
        assert_eq!(line["entry"]["hash"], entry["hash"]);
        assert_eq!(line["entry"]["document"].is_string(), entry["bodyHash"].is_string());
    }
    assert_eq!(lines[9]["end"]["hash"], feed[5]["hash"]);
    assert!(!reply.text().contains("argon2"), "a file holds no password");
}

fn csv(reply: &Reply) -> Vec<Vec<String>> {
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(&*reply.body);
    rows.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
}

async fn as_csv_it_is_a_table(app: TestApp) {
    let shop = app.shop().await;
    let asha = trade(&shop).await;
    let media_type = "text/csv; charset=utf-8; header=present";
    for (table, rows) in [
        ("customers", 1),
        ("entries", 6),
        ("invoices", 2),
        ("receipts", 1),
        ("creditnotes", 1),
        ("allocations", 3),
    ] {
        let query = format!("format=csv&table={table}");
        let csv = csv(&export(&shop, &query, media_type, &format!("{table}.csv")).await);
        assert_eq!(csv.len(), rows + 1, "{table}: {csv:?}");
        let cell = |row: usize, name: &str| {
            let column = csv[0].iter().position(|column| column == name).unwrap();
            csv[row][column].clone()
        };
        match table {
            "customers" => {
                assert_eq!(cell(1, "name"), "'=1+1; \"Asha\", note:x");
                assert_eq!(cell(1, "id"), id(&asha));
                assert_eq!(cell(1, "balance"), "1108.20");
            }
            "receipts" => assert_eq!(cell(1, "note"), "'@SUM(A1)\n2026-01-01 x"),
            "invoices" => assert_eq!((&*cell(1, "status"), &*cell(2, "status")), ("partial", "void")),
            _ => {}
        }
    }
}

async fn as_a_journal_it_balances(app: TestApp) {
    let shop = app.shop().await;
    let asha = trade(&shop).await;
    let text = "text/plain; charset=utf-8";
    let hledger = export(&shop, "format=hledger", text, "khata.journal").await;
    let beancount = export(&shop, "format=beancount", text, "khata.beancount").await;
    let account = format!("Assets:Receivable:C-{}", id(&asha));
    for reply in [&hledger, &beancount] {
        let legs = reply.text().lines().filter_map(|line| {
            let (account, amount) = line.strip_prefix(' ')?.trim().split_once("  ")?;
            let amount = amount.strip_suffix(" INR")?;
            Some((account.to_owned(), amount.replace('.', "").parse::<i64>().ok()?))
        });
        let legs: Vec<_> = legs.collect();
        assert_eq!(legs.iter().map(|(_, amount)| amount).sum::<i64>(), 0);
        let owed: i64 = legs.iter().filter(|(name, _)| *name == account).map(|(_, amount)| amount).sum();
        let balance = shop.customer_now(&asha).await["balance"].as_f64().unwrap();
        assert_eq!(format!("{owed}"), format!("{:.0}", balance * 100.0));
        assert!(reply.text().lines().all(|line| !line.starts_with("2026-01-01")), "{}", reply.text());
    }
}

async fn what_is_wrong_is_told(app: TestApp) {
    let shop = app.shop().await;
    for (query, faults) in [
        ("", vec![("format", "missing")]),
        ("?format=xml", vec![("format", "invalid_format")]),
        ("?format=csv", vec![("table", "missing")]),
        ("?format=csv&table=sessions", vec![("table", "invalid_table")]),
        ("?format=json&table=entries", vec![("table", "only_for_csv")]),
        (
            "?format=pdf&table=x&from=2026-01-01",
            vec![("format", "invalid_format"), ("table", "invalid_table"), ("from", "unknown_field")],
        ),
        ("?format=csv&format=json", vec![("format", "repeated")]),
    ] {
        shop.get(format!("/api/export{query}")).await.expect_faults(&faults);
    }
    app.get("/api/export?format=json").await.expect_problem(401, "missing_token");
    shop.call(Method::HEAD, "/api/export?format=json").await.expect(200);
}

over_every_store![
    as_json_it_is_the_whole_book,
    as_csv_it_is_a_table,
    as_a_journal_it_balances,
    what_is_wrong_is_told,
];
