//! The real hledger and Beancount read what is exported, and find the same balances.
//!
//! `cargo xtask test` gets them; `KHATA_TEST_HLEDGER` names the one and `KHATA_TEST_BEANCOUNT` the folder that Python
//! finds the other in.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::Client;
use super::copy::told;
use super::process::{Process, run};

const HOW: &str = "`cargo xtask test` gets it and says where it is";

/// Prints each account's balance, or what is wrong.
const SUMS: &str = "\
import collections, sys
from beancount import loader
from beancount.core import data
entries, errors, _ = loader.load_file(sys.argv[1])
for error in errors:
    print(error, file=sys.stderr)
sums = collections.defaultdict(int)
for entry in entries:
    if isinstance(entry, data.Transaction):
        for posting in entry.postings:
            sums[posting.account] += posting.units.number
for account, amount in sums.items():
    print(f'{account},{amount}')
sys.exit(1 if errors else 0)
";

/// Balances in minor units, by account; those that are zero are left out.
type Balances = BTreeMap<String, i64>;

fn read(output: &str) -> Balances {
    let row = |line: &str| {
        let (account, amount) = line.split_once(',').unwrap();
        let amount = amount.strip_suffix(" INR").unwrap_or(amount);
        let (whole, minor) = amount.split_once('.').unwrap_or((amount, "00"));
        (account.to_owned(), format!("{whole}{minor:0<2}").parse().unwrap())
    };
    let rows: Balances = output.lines().map(row).collect();
    rows.into_iter().filter(|(_, amount)| *amount != 0).collect()
}

fn output_of(command: &mut Command) -> String {
    let what = format!("{command:?}");
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}; {HOW}"));
    let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{what}: {stderr}{stdout}; if it isn't there: {HOW}");
    stdout
}

/// What hledger makes of a journal, checked as strictly as it can.
fn by_hledger(journal: &Path) -> Balances {
    let hledger = || {
        let mut command = Command::new(env::var_os("KHATA_TEST_HLEDGER").unwrap_or_else(|| "hledger".into()));
        command.arg("-f").arg(journal).env("LANG", "C.UTF-8");
        command
    };
    output_of(hledger().args(["check", "--strict"]));
    let balance = ["balance", "--flat", "--no-total", "--layout=bare", "--output-format=csv"];
    let output = output_of(hledger().args(balance));
    let rows = output.lines().skip(1).map(|line| line.replace('"', ""));
    let rows = rows.map(|line| {
        let [account, _, amount] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        format!("{account},{amount}\n")
    });
    read(&rows.collect::<String>())
}

/// What Beancount makes of a file.
fn by_beancount(file: &Path) -> Balances {
    let mut python = Command::new("python3");
    python.args(["-c", SUMS]).arg(file);
    if let Some(folder) = env::var_os("KHATA_TEST_BEANCOUNT") {
        python.env("PYTHONPATH", folder);
    }
    read(&output_of(&mut python))
}

/// What the server says that each customer owes, by the account of their name.
async fn by_khata(client: &Client) -> Balances {
    let mut balances = Balances::new();
    for archived in ["", "&archived=true"] {
        let customers = client.get(&format!("/api/customers/shop?limit=500{archived}")).await;
        for customer in customers.as_array().unwrap() {
            let balance = customer["balance"].to_string();
            let (whole, minor) = balance.split_once('.').unwrap_or((&balance, ""));
            let account = format!("Assets:Receivable:C-{}", customer["id"].as_str().unwrap());
            balances.insert(account, format!("{whole}{minor:0<2}").parse().unwrap());
        }
    }
    balances.retain(|_, amount| *amount != 0);
    balances
}

/// Exports the book, and compares all three.
async fn agree(folder: &TempDir, client: &Client) -> Balances {
    let [hledger, beancount] =
        [("hledger", "khata.journal"), ("beancount", "khata.beancount")].map(|(format, file)| {
            told(&run(folder.path(), &["export", "--format", format, "--output", file]));
            folder.path().join(file)
        });
    let (hledger, beancount) = (by_hledger(&hledger), by_beancount(&beancount));
    assert_eq!(hledger, beancount);
    let mut receivable = hledger.clone();
    receivable.retain(|account, _| account.starts_with("Assets:Receivable:"));
    assert_eq!(receivable, by_khata(client).await);
    hledger
}

#[tokio::test]
async fn they_agree_on_the_demo() {
    let folder = TempDir::new().unwrap();
    assert_eq!(run(folder.path(), &["demo", "--customers", "60"]).code, Some(0));
    let server = Process::serve(folder.path(), &[]);
    let mut client = Client::of(&server);
    client.login("9000012345", "apni-dukaan-ka-khata").await;
    assert!(agree(&folder, &client).await.len() > 20);
}

/// One of every kind, and names and notes that would break out of a journal if they could.
#[tokio::test]
async fn they_agree_on_every_kind_of_entry() {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &[]);
    let client = Client::registered(&server).await;
    let post =
        async |path: &str, body: Value| client.post(&format!("/api/{path}"), body, StatusCode::CREATED).await;
    let names =
        ["; \"Asha\" \\", "रमेश, type:X", "2026-01-01 * x", "* (a) | b", "[2026-01-01] date:2026-01-02"];
    for (at, name) in (0..).zip(names) {
        let customer = json!({
            "name": name, "mobileNumber": format!("987650000{at}"),
            "openingBalance": 70 - 50 * at, "openingDate": "2026-04-01"
        });
        let customer = post("customers/add", customer).await;
        let invoice = json!({
            "customerId": customer["id"], "date": "2026-11-02", "grossAmount": 1000, "cgst": 90, "sgst": 90.01,
            "otherCharges": 20, "roundOff": -0.01, "totalAmount": 1200, "note": format!("{name}\n{name}")
        });
        let invoices = [post("invoices/add", invoice.clone()).await, post("invoices/add", invoice).await];
        let note = json!({ "invoiceId": invoices[0]["id"], "date": "2026-11-03", "grossAmount": 100 });
        let notes = [post("creditnotes/add", note.clone()).await, post("creditnotes/add", note).await];
        for (kind, document) in [("invoices", &invoices[1]), ("creditnotes", &notes[1])] {
            let path = format!("/api/{kind}/{}/void", document["id"].as_str().unwrap());
            client.post(&path, json!({ "reason": name }), StatusCode::OK).await;
        }
        for (amount, kind) in (1..).zip(["cash", "upi", "card", "bank", "cheque", "other"]) {
            let receipt = json!({
                "customerId": customer["id"], "date": "2026-11-20", "amount": amount, "paymentType": kind,
                "note": name
            });
            let receipt = post("receipts/add", receipt).await;
            let becomes = match kind {
                "card" => Some(("void", json!({ "reason": "mistyped" }))),
                "cheque" => Some(("bounce", json!({ "date": "2026-11-21", "reason": name, "charge": 7 }))),
                "other" => Some(("allocate", json!({ "allocations": [] }))),
                _ => None,
            };
            if let Some((what, body)) = becomes {
                let path = format!("/api/receipts/{}/{what}", receipt["id"].as_str().unwrap());
                client.post(&path, body, StatusCode::OK).await;
            }
        }
    }
    let balances = agree(&folder, &client).await;
    let of = |account: &str| balances.get(account).copied().unwrap_or_default();
    assert_eq!((of("Assets:Cash"), of("Assets:Card"), of("Assets:Other")), (500, 0, 3000));
    assert_eq!(of("Assets:Cheque"), 0);
    assert_eq!(of("Income:Sales"), -5 * (90_000 + 700));
    assert_eq!(of("Liabilities:GST:CGST"), -5 * 8_100);
    assert_eq!(of("Equity:Opening-Balances"), -(7000 + 2000 - 3000 - 8000 - 13000));
    assert_eq!(balances.values().sum::<i64>(), 0);
}
