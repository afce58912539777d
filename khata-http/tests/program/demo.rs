//! The demo: a book that can be looked at, and whose numbers add up.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::client::Client;
use super::process::{Process, run};

/// The word after `before` in what the program said.
fn word_after<'a>(text: &'a str, before: &str) -> &'a str {
    text.split_once(before).unwrap().1.split_whitespace().next().unwrap()
}

/// The word before `after`.
fn count_before(text: &str, after: &str) -> usize {
    text.split_once(after).unwrap().0.split_whitespace().next_back().unwrap().parse().unwrap()
}

/// An amount in paise, from how it is written.
fn paise(amount: &Value) -> i64 {
    let text = amount.as_number().unwrap().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{fraction:0<2}").parse().unwrap()
}

/// The sums of a list by customer.
fn sums(list: &[Value], amount: &str) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for paper in list {
        *sums.entry(paper["customerId"].as_str().unwrap().to_owned()).or_default() += paise(&paper[amount]);
    }
    sums
}

async fn list(client: &Client, path: &str) -> Vec<Value> {
    let Value::Array(list) = client.get(&format!("{path}?limit=500")).await else {
        panic!("{path} is no list")
    };
    assert!(list.len() < 500, "{path} has another page");
    list
}

#[tokio::test]
async fn the_book_that_it_fills_adds_up() {
    let folder = TempDir::new().unwrap();
    let ended = run(folder.path(), &["demo", "--customers", "12"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr, "", "no progress is drawn where nobody looks");
    let told = ended.stdout;

    let server = Process::serve(folder.path(), &[]);
    let mut client = Client::of(&server);
    client.login(word_after(&told, "mobile number "), word_after(&told, "and password ")).await;
    let owner = client.get("/api/shopowners/me").await;
    let customers = list(&client, "/api/customers/shop").await;
    let invoices = list(&client, "/api/invoices/shop").await;
    let receipts = list(&client, &format!("/api/receipts/shop/{}", owner["id"].as_str().unwrap())).await;
    assert_eq!(customers.len(), 12);
    assert_eq!(count_before(&told, " invoices"), invoices.len());
    assert_eq!(count_before(&told, " receipts"), receipts.len());

    let (invoiced, received) = (sums(&invoices, "totalAmount"), sums(&receipts, "amount"));
    let mut openings = 0;
    for customer in &customers {
        let id = customer["id"].as_str().unwrap();
        let balance = client.get(&format!("/api/customers/{id}/balance")).await;
        let [now, taken, paid] = ["balance", "invoiced", "received"].map(|field| paise(&balance[field]));
        assert_eq!(taken, invoiced.get(id).copied().unwrap_or(0));
        assert_eq!(paid, received.get(id).copied().unwrap_or(0));
        assert_eq!(now, paise(&customer["balance"]));
        openings += usize::from(now != taken - paid);
    }
    assert_eq!(count_before(&told, " opening balances"), openings);
}

#[tokio::test]
async fn its_invoices_are_a_years_with_their_taxes() {
    let folder = TempDir::new().unwrap();
    assert_eq!(run(folder.path(), &["demo", "--customers", "12"]).code, Some(0));
    let server = Process::serve(folder.path(), &[]);
    let mut client = Client::of(&server);
    client.login("9000012345", "apni-dukaan-ka-khata").await;
    let invoices = list(&client, "/api/invoices/shop").await;
    for invoice in &invoices {
        let taxes =
            ["cgst", "sgst", "igst"].map(|tax| Some(&invoice[tax]).filter(|tax| !tax.is_null()).map(paise));
        assert!(matches!(taxes, [Some(_), Some(_), None] | [None, None, Some(_)]), "{invoice}");
    }
    let dates: Vec<_> = invoices.iter().map(|invoice| invoice["date"].as_str().unwrap()).collect();
    assert!(dates.is_sorted_by(|newer, older| newer >= older), "the numbers follow the dates");
    let months: BTreeSet<_> = dates.iter().map(|date| &date[..7]).collect();
    assert!((12..=13).contains(&months.len()), "{months:?}");
}

#[test]
fn it_fills_a_book_once() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("khata.db");
    assert_eq!(run(folder.path(), &["demo", "--customers", "1"]).code, Some(0));
    let before = fs::read(&path).unwrap();
    let again = run(folder.path(), &["demo", "--customers", "1"]);
    assert_eq!((again.code, again.stdout.as_str()), (Some(1), ""));
    assert!(again.stderr.contains("already, so nothing was changed"), "{}", again.stderr);
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn it_fills_no_book_in_memory() {
    let folder = TempDir::new().unwrap();
    let ended = run(folder.path(), &["demo", "--database", "sqlite::memory:"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("--database sqlite://demo.db"), "{}", ended.stderr);
}
