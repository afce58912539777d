//! Answering a client before its request comes to the router: no place for its connection, or no sound head.
//!
//! A connection that is left in the kernel's queue looks to its client like a server that hangs. One that is just closed
//! looks like a defect, and its client can't know that it should try again later.

use std::convert::Infallible;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::connection::{forward, linger};

/// Maximum number of refused connections that are open. Further ones get the answer too, but nobody waits for them to read
/// it.
pub(super) const REFUSALS_MAX: usize = 64;

/// Maximum time that a refused client has to send the beginning of its request, and then to read the answer.
const STEP_TIME_MAX: Duration = Duration::from_millis(500);

/// Maximum time to answer how the server is.
const HEALTH_TIME_MAX: Duration = Duration::from_secs(5);

/// Minimum time between two lines of the log about refused connections.
const LOG_PAUSE: Duration = Duration::from_secs(1);

/// What is answered even where there is no place: who looks after the server must tell one that is full from one that hangs.
const HEALTH: [&[u8]; 4] = [b"GET /healthz ", b"HEAD /healthz ", b"GET /readyz ", b"HEAD /readyz "];

/// 503: the server is full, or the client's address has all the connections that it may have.
pub(super) const TOO_MANY_CONNECTIONS: Refusal = Refusal {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "overloaded",
    detail: "The server has too many connections; nothing was written. Try again shortly.",
    retry_after_seconds: Some("1"),
};

/// 400: RFC 9112, section 3.2.
pub(super) const BAD_HOST: Refusal = Refusal {
    status: StatusCode::BAD_REQUEST,
    code: "invalid_host",
    detail: "The request must have one `Host` header, with the host and port that it is for.",
    retry_after_seconds: None,
};

/// A problem (RFC 9457), as every other error has one, after which the connection ends.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    detail: &'static str,
    retry_after_seconds: Option<&'static str>,
}

impl Refusal {
    /// Returns it as a response.
    pub(super) fn response(&self) -> Response<Body> {
        let (headers, body) = self.headers_and_body();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }

    /// Returns it as it goes over the connection.
    fn text(&self) -> String {
        let (headers, body) = self.headers_and_body();
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}\r\n", value.to_str().expect("it is ASCII")))
            .collect();
        format!("HTTP/1.1 {}\r\n{lines}\r\n{body}", self.status)
    }

    fn headers_and_body(&self) -> (HeaderMap, String) {
        let id = Uuid::now_v7().to_string();
        let body = serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
            "requestId": id,
        })
        .to_string();
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/problem+json")),
            (CONTENT_LENGTH, body.len().into()),
            (CONNECTION, HeaderValue::from_static("close")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (HeaderName::from_static("x-request-id"), HeaderValue::from_str(&id).expect("an id is ASCII")),
        ]);
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        (headers, body)
    }
}

/// Refuses connections, each for a bounded time and a bounded number of them at once.
#[derive(Debug)]
pub(super) struct Refusals {
    places: Arc<Semaphore>,
    router: Router,
    told_at: Option<Instant>,
    /// How many were refused since then.
    untold: u64,
}

impl Refusals {
    /// Creates the places for refusals under way. `router` is asked how the server is.
    pub(super) fn new(router: Router) -> Self {
        Self { places: Arc::new(Semaphore::new(REFUSALS_MAX)), router, told_at: None, untold: 0 }
    }

    /// Answers a connection with 503 and closes it, unless it only asks how the server is. It doesn't wait.
    pub(super) fn refuse(&mut self, stream: TcpStream, peer: SocketAddr) {
        self.tell(peer);
        match self.places.clone().try_acquire_owned() {
            Ok(place) => {
                let router = self.router.clone();
                tokio::spawn(async move {
                    close_with(&TOO_MANY_CONNECTIONS, stream, peer, router).await;
                    drop(place);
                });
            }
            Err(_) => {
                if let Err(error) = close_at_once_with(&TOO_MANY_CONNECTIONS, stream) {
                    tracing::debug!(%error, "a refused connection ended badly");
                }
            }
        }
    }

    /// Once a second, and not for each: whoever floods the server should not flood its log.
    fn tell(&mut self, peer: SocketAddr) {
        self.untold += 1;
        if self.told_at.is_none_or(|told_at| told_at.elapsed() >= LOG_PAUSE) {
            tracing::warn!(refused = self.untold, last = %peer, "too many connections; refusing more");
            (self.told_at, self.untold) = (Some(Instant::now()), 0);
        }
    }
}

/// Sends the answer without waiting: the buffer of a new connection has room for it. What came of the request is read, so
/// that the connection is not reset; what comes later may do that, and most systems let the client read the answer first.
fn close_at_once_with(refusal: &Refusal, stream: TcpStream) -> io::Result<()> {
    // The runtime would only call it writable after it waited for that once.
    let mut stream = stream.into_std()?;
    stream.write_all(refusal.text().as_bytes())?;
    match stream.read(&mut [0; 4096]) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(()),
    }
}

/// Sends the answer and closes the connection so that the client can read it. The answer waits for the beginning of the
/// request, since some clients take an answer before it for a defect.
async fn close_with(refusal: &Refusal, mut stream: TcpStream, peer: SocketAddr, router: Router) {
    let mut start = [0; 16];
    // Who sends nothing in time is answered all the same.
    let length = timeout(STEP_TIME_MAX, stream.peek(&mut start)).await.ok().and_then(Result::ok);
    let start = &start[..length.unwrap_or_default()];
    if HEALTH.iter().any(|request| start.starts_with(request)) {
        let _ = timeout(HEALTH_TIME_MAX, answer_once(stream, peer, router)).await;
        return;
    }
    let written = timeout(STEP_TIME_MAX, stream.write_all(refusal.text().as_bytes())).await;
    if let Ok(Ok(())) = written {
        let _ = timeout(STEP_TIME_MAX, linger(stream, STEP_TIME_MAX)).await;
    }
}

/// Lets the router answer one request.
async fn answer_once(stream: TcpStream, peer: SocketAddr, router: Router) {
    let service = service_fn(|request| {
        let answer = forward(router.clone(), peer, request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(STEP_TIME_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended badly");
    }
}
