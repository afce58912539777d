//! One request and its answer.

use std::fmt::Debug;
use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::pin::Pin;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// A request in the making; awaiting it sends it.
pub(crate) struct Call {
    router: Router,
    request: Builder,
    body: Body,
    what: String,
}

impl Call {
    pub(crate) fn new(router: Router, method: Method, path: &str) -> Self {
        let what = format!("{method} {path}");
        Self { router, request: Request::builder().method(method).uri(path), body: Body::empty(), what }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn cookie(self, token: &str) -> Self {
        self.header("cookie", &format!("token={token}"))
    }

    /// The same request, under that key.
    pub(crate) fn once(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// As if it came from there.
    pub(crate) fn from(mut self, peer: &str) -> Self {
        let peer: SocketAddr = peer.parse().expect("an address");
        self.request = self.request.extension(ConnectInfo(peer));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.json_text(&body.to_string())
    }

    pub(crate) fn json_text(self, body: &str) -> Self {
        self.header("content-type", "application/json").body(body.to_owned())
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }
}

impl Call {
    /// Sends it, and gives the answer before its body has come.
    pub(crate) async fn begun(self) -> Response<Body> {
        let request = self.request.body(self.body).expect("the request is well-formed");
        self.router.oneshot(request).await.unwrap_or_else(|never| match never {})
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { router, request, body, what } = self;
        let request = request.body(body).expect("the request is well-formed");
        Box::pin(async move {
            let response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("the body comes").to_bytes();
            Reply { status: parts.status, headers: parts.headers, body, what }
        })
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    what: String,
}

impl Reply {
    /// Insists on a status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.what, self.text());
        self
    }

    /// Insists on a problem with that status and code.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.what);
        let problem = reply.json();
        assert_eq!(problem["code"], code, "{}: {problem}", reply.what);
        assert_eq!(problem["status"], status, "{}", reply.what);
        assert_eq!(problem["type"], "about:blank", "{}", reply.what);
        assert_eq!(problem["requestId"].as_str(), reply.header("x-request-id"), "{}", reply.what);
        reply
    }

    /// Insists on a 422 with exactly these faults, by field and code.
    #[track_caller]
    pub(crate) fn expect_faults<F: Debug + AsRef<str>>(self, faults: &[(F, &str)]) -> Self {
        let reply = self.expect_problem(422, "invalid");
        let mut told = reply.faults();
        let mut expected: Vec<_> =
            faults.iter().map(|(field, code)| (field.as_ref().to_owned(), (*code).to_owned())).collect();
        told.sort();
        expected.sort();
        assert_eq!(told, expected, "{}", reply.what);
        reply
    }

    /// The faults of a 422 by field and code, in their order.
    pub(crate) fn faults(&self) -> Vec<(String, String)> {
        let problem = self.json();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let faults = problem["errors"].as_array().expect("a list of faults");
        faults.iter().map(|fault| (text(&fault["field"]), text(&fault["code"]))).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header of ASCII"))
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("a body of text")
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.what, self.text()))
    }

    /// The rows of a list.
    pub(crate) fn rows(&self) -> Vec<Value> {
        self.json().as_array().expect("a list").clone()
    }

    /// That field of every row of a list.
    pub(crate) fn column(&self, field: &str) -> Vec<Value> {
        self.rows().iter().map(|row| row[field].clone()).collect()
    }

    /// Where the next page is.
    pub(crate) fn next_page(&self) -> Option<&str> {
        self.header("link")?.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")
    }
}
