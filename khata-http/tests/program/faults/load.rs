//! Those who post, each with a key that tells each of its requests, and what they were answered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client as Http, Response, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::client::{Client, MOBILE, PASSWORD};
use crate::process::Process;

/// How many post at once.
const POSTERS: usize = 4;

/// How long to wait after a refusal, and between two looks at what was done.
const PAUSE: Duration = Duration::from_millis(10);

/// How long anything may take on the slowest machine. It only bounds what will not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A shop with a customer for each of those who post, and one who is logged in.
#[derive(Debug, Clone)]
pub(super) struct Shop {
    http: Http,
    token: String,
    customers: Vec<String>,
}

/// A request, and the answer to it if one came: what was posted.
#[derive(Debug)]
pub(super) struct Posting {
    key: String,
    path: &'static str,
    body: Value,
    answer: Option<Value>,
}

/// Requests that are being sent.
#[derive(Debug)]
pub(super) struct Load {
    posters: Vec<JoinHandle<Vec<Posting>>>,
    told: Arc<Told>,
}

#[derive(Debug, Default)]
struct Told {
    ended: AtomicBool,
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
}

impl Shop {
    /// Registers the shop, and adds its customers.
    pub(super) async fn open(server: &Process) -> Self {
        Self::open_as(server, MOBILE).await
    }

    /// The same with another mobile number.
    pub(super) async fn open_as(server: &Process, mobile: &str) -> Self {
        let client = Client::registered_as(server, mobile).await;
        let mut customers = Vec::new();
        for n in 0..POSTERS {
            let customer = json!({ "name": "Ravi", "mobileNumber": format!("982201234{n}") });
            let customer = client.post("/api/customers/add", customer, StatusCode::CREATED).await;
            customers.push(customer["id"].as_str().unwrap().to_owned());
        }
        let http = Http::builder().no_proxy().build().unwrap();
        Self { http, token: client.token().to_owned(), customers }
    }

    /// Begins to post through these servers, each poster through one after the other. `round` tells the keys from those
    /// of another load.
    pub(super) fn load(&self, servers: &[&Process], round: usize) -> Load {
        let told = Arc::new(Told::default());
        let bases: Vec<_> = servers.iter().map(|server| base(server)).collect();
        let posters = (0..POSTERS).map(|poster| {
            let (shop, bases, told) = (self.clone(), bases.clone(), told.clone());
            tokio::spawn(async move { shop.keep_posting(&bases, poster, round, &told).await })
        });
        Load { posters: posters.collect(), told }
    }

    async fn keep_posting(&self, bases: &[String], poster: usize, round: usize, told: &Told) -> Vec<Posting> {
        let mut postings = Vec::new();
        for n in 0.. {
            if told.ended.load(Ordering::Relaxed) {
                break;
            }
            let mut posting = self.posting(poster, n, round);
            match self.send(&bases[(poster + n) % bases.len()], &posting).await {
                Some(Ok(answer)) => {
                    posting.answer = Some(answer);
                    told.acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                refused => {
                    told.refused.fetch_add(usize::from(refused.is_some()), Ordering::Relaxed);
                    tokio::time::sleep(PAUSE).await;
                }
            }
            postings.push(posting);
        }
        postings
    }

    /// Invoices and receipts of about the same amounts, so that there is always something to allocate.
    fn posting(&self, poster: usize, n: usize, round: usize) -> Posting {
        let (customer, amount) = (&self.customers[poster], 100 + n % 7);
        let (path, body) = if n.is_multiple_of(2) {
            let amounts = json!({ "grossAmount": amount, "totalAmount": amount });
            ("/api/invoices/add", amounts)
        } else {
            ("/api/receipts/add", json!({ "amount": amount, "paymentType": "cash" }))
        };
        let mut body = body;
        body["customerId"] = json!(customer);
        body["date"] = json!("2026-11-20");
        Posting { key: format!("{round}-{poster}-{n}"), path, body, answer: None }
    }

    /// Sends it: the document, the refusal of a server that can't just now, or nothing if the connection ended.
    async fn send(&self, base: &str, posting: &Posting) -> Option<Result<Value, ()>> {
        let request = self.http.post(format!("{base}{}", posting.path)).bearer_auth(&self.token);
        let request = request.header("Idempotency-Key", &posting.key).json(&posting.body);
        let response: Response = request.send().await.ok()?;
        match response.status() {
            StatusCode::CREATED => response.json().await.ok().map(Ok),
            StatusCode::SERVICE_UNAVAILABLE => {
                let wait = response.headers().get(RETRY_AFTER).cloned();
                assert!(wait.is_some(), "a 503 says when to try again: {:?}", response.text().await);
                Some(Err(()))
            }
            status => panic!("{status}: {:?}", response.text().await),
        }
    }

    /// Sends again what was not answered, until all of it is.
    pub(super) async fn settle(&self, server: &Process, postings: &mut [Posting]) {
        let base = base(server);
        for posting in postings.iter_mut().filter(|posting| posting.answer.is_none()) {
            let settled = async {
                loop {
                    if let Some(Ok(answer)) = self.send(&base, posting).await {
                        return answer;
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            };
            let answer = tokio::time::timeout(PATIENCE, settled).await;
            posting.answer = Some(answer.expect("what is sent again is answered at last"));
        }
    }

    /// Sends each of the same requests twice at once, to one server and the other: both give the same document.
    pub(super) async fn assert_done_once(&self, servers: [&Process; 2], round: usize) -> Vec<Posting> {
        let bases = servers.map(base);
        let mut postings = Vec::new();
        for n in 0..20 {
            let mut posting = self.posting(n % POSTERS, n, round);
            let (one, other) = tokio::join!(self.send(&bases[0], &posting), self.send(&bases[1], &posting));
            let [one, other] = [one, other].map(|answer| answer.unwrap().unwrap());
            assert_eq!(one["id"], other["id"], "{}", posting.key);
            posting.answer = Some(one);
            postings.push(posting);
        }
        postings
    }

    /// Each document that was acknowledged is there and none twice, and automatic numbers have no gap.
    pub(super) async fn assert_kept(&self, server: &Process, postings: &[Posting]) {
        let client = Client::with_token(server, &self.token);
        for (path, number) in [("/api/invoices", "invoiceNumber"), ("/api/receipts", "receiptNumber")] {
            let answers = postings.iter().filter(|posting| posting.path.starts_with(path));
            let answers: Vec<_> = answers.map(|posting| posting.answer.as_ref().unwrap()).collect();
            for answer in &answers {
                let id = answer["id"].as_str().unwrap();
                assert_eq!(client.get(&format!("{path}/{id}")).await[number], answer[number]);
            }
            let numbers: BTreeSet<_> = answers.iter().map(|answer| place(&answer[number])).collect();
            assert!(numbers.iter().copied().eq(1..=answers.len()), "{path}: {numbers:?}");
        }
    }
}

impl Load {
    /// Waits until so many more are acknowledged.
    pub(super) async fn acknowledged(&self, more: usize) {
        self.wait(&self.told.acknowledged, more, "acknowledged").await;
    }

    /// Waits until so many more are refused.
    pub(super) async fn refused(&self, more: usize) {
        self.wait(&self.told.refused, more, "refused").await;
    }

    async fn wait(&self, count: &AtomicUsize, more: usize, what: &str) {
        let until = count.load(Ordering::Relaxed) + more;
        let counted = async {
            while count.load(Ordering::Relaxed) < until {
                // A poster ends by itself only when it panics.
                assert!(!self.posters.iter().any(JoinHandle::is_finished), "a poster has ended");
                tokio::time::sleep(PAUSE).await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, counted).await;
        assert!(in_time.is_ok(), "waited in vain for {more} to be {what}: {:?}", self.told);
    }

    /// Insists that nothing was refused so far.
    pub(super) fn assert_never_refused(&self) {
        assert_eq!(self.told.refused.load(Ordering::Relaxed), 0);
    }

    /// Ends it; what was sent.
    pub(super) async fn end(self) -> Vec<Posting> {
        self.told.ended.store(true, Ordering::Relaxed);
        let mut postings = Vec::new();
        for poster in self.posters {
            postings.extend(poster.await.expect("every answer is one that may be"));
        }
        postings
    }
}

/// The token of one more login.
pub(super) async fn login(server: &Process) -> String {
    let mut client = Client::of(server);
    client.login(MOBILE, PASSWORD).await;
    client.token().to_owned()
}

fn base(server: &Process) -> String {
    format!("http://{}", server.address())
}

/// The position in its series of an automatic number.
fn place(number: &Value) -> usize {
    number.as_str().and_then(|number| number.rsplit_once('/')?.1.parse().ok()).unwrap()
}
