//! A client of the server, as anybody would write one.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::process::Process;

pub(crate) const MOBILE: &str = "9876543210";
pub(crate) const PASSWORD: &str = "swordfish-and-chips";

/// A client of one server.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// A client that has not logged in.
    pub(crate) fn of(server: &Process) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { http, base: format!("http://{}", server.address()), token: None }
    }

    /// A client with a token from before.
    pub(crate) fn with_token(server: &Process, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..Self::of(server) }
    }

    /// A client that has registered and logged in.
    pub(crate) async fn registered(server: &Process) -> Self {
        Self::registered_as(server, MOBILE).await
    }

    /// The same with another mobile number.
    pub(crate) async fn registered_as(server: &Process, mobile: &str) -> Self {
        let mut client = Self::of(server);
        client.post("/api/shopowners/register", registration(mobile), StatusCode::CREATED).await;
        client.login(mobile, PASSWORD).await;
        client
    }

    /// Logs in.
    pub(crate) async fn login(&mut self, mobile: &str, password: &str) {
        let body = json!({ "mobileNumber": mobile, "password": password });
        let login = self.post("/api/shopowners/login", body, StatusCode::OK).await;
        self.token = login["token"].as_str().map(str::to_owned);
        assert!(self.token.is_some());
    }

    /// The token of the login.
    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }

    /// Reads something that is there.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// The status of reading something.
    pub(crate) async fn status(&self, path: &str) -> StatusCode {
        self.send(Method::GET, path, None).await.0
    }

    /// Posts, and expects that status.
    pub(crate) async fn post(&self, path: &str, body: Value, expected: StatusCode) -> Value {
        let (status, body) = self.send(Method::POST, path, Some(body)).await;
        assert_eq!(status, expected, "{path}: {body}");
        body
    }

    /// Adds a customer, an invoice of 1,180.50 and a receipt of 500; the customer's id.
    pub(crate) async fn trade(&self) -> String {
        let customer = json!({ "name": "रमेश पाटील", "mobileNumber": "9822012345" });
        let customer = self.post("/api/customers/add", customer, StatusCode::CREATED).await;
        let id = customer["id"].as_str().unwrap().to_owned();
        let invoice = json!({
            "customerId": id, "date": "2026-11-02", "grossAmount": 1180.5, "totalAmount": 1180.5
        });
        self.post("/api/invoices/add", invoice, StatusCode::CREATED).await;
        let receipt = json!({ "customerId": id, "date": "2026-11-20", "amount": 500, "paymentType": "upi" });
        self.post("/api/receipts/add", receipt, StatusCode::CREATED).await;
        id
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let response = self.answer(method, path, body).await;
        (response.status(), response.json().await.unwrap_or(Value::Null))
    }

    /// The answer to a request, with its headers.
    pub(crate) async fn answer(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = &body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }
}

/// The body of a registration.
pub(crate) fn registration(mobile: &str) -> Value {
    json!({
        "shopName": "Patil Stores",
        "proprietorName": "Meera Patil",
        "mobileNumber": mobile,
        "password": PASSWORD,
    })
}
