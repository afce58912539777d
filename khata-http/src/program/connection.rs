//! One connection: its requests one after the other, and its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONNECTION, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Request, Response, Version};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tower::Service as _;

use super::places::{Busy, Place};
use super::refusal::{BAD_HOST, TOO_MANY_CONNECTIONS};
use super::socket::Socket;

/// Maximum size in bytes of a request's head, and of what is buffered of a response.
const BUFFER_MAX: usize = 64 * 1024;

/// How long a client whose connection ends may take to send more of its request, and how long in all, while it reads its
/// response.
const LINGER_STEP_MAX: Duration = Duration::from_secs(2);
const LINGER_TIME_MAX: Duration = Duration::from_secs(10);

/// How long clients may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Maximum time to send the head of the first request, or of the next one after a response.
    pub(super) head_time_max: Duration,
    /// Maximum time to take nothing of a response.
    pub(super) take_time_max: Duration,
}

/// Serves a connection until its client closes it, is too slow, or has to give up its place; once `stopping` changes, until
/// the request under way is answered.
pub(super) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    patience: Patience,
    place: Place,
    mut stopping: watch::Receiver<()>,
) {
    // A response is written at once and whole: there is nothing to wait for.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection can't be set up");
    }
    let state = place.state().clone();
    let door = Arc::new(Door { peer, place: Arc::new(place), closes: AtomicBool::new(false) });
    let socket = Socket::new(stream, state.clone(), patience.take_time_max);
    let service = service_fn(|request| door.clone().answer(router.clone(), request));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head_time_max)
        .max_buf_size(BUFFER_MAX)
        .serve_connection(TokioIo::new(socket), service);
    let mut stops = false;
    let ended = loop {
        tokio::select! {
            biased;
            () = state.given_up() => return,
            _ = stopping.changed(), if !stops => {
                stops = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            ended = &mut connection => break ended,
        }
    };
    let mut lingers = door.closes.load(Ordering::Acquire);
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
        lingers |= error.is_parse();
    }
    if lingers {
        let stream = connection.into_parts().io.into_inner().into_stream();
        tokio::select! {
            () = state.given_up() => {}
            _ = timeout(LINGER_TIME_MAX, linger(stream, LINGER_STEP_MAX)) => {}
        }
    }
}

/// Closes a connection so that its client can read what it was sent. What the client still sends is read and thrown away,
/// until it pauses for that long: to close a connection with bytes unread resets it, and the client may lose the response.
pub(super) async fn linger(mut stream: TcpStream, step_time_max: Duration) {
    let mut thrown_away = [0; 4096];
    if stream.shutdown().await.is_ok() {
        while let Ok(Ok(1..)) = timeout(step_time_max, stream.read(&mut thrown_away)).await {}
    }
}

/// What the requests of a connection pass.
#[derive(Debug)]
struct Door {
    peer: SocketAddr,
    place: Arc<Place>,
    /// Whether the last response ends the connection.
    closes: AtomicBool,
}

impl Door {
    async fn answer(
        self: Arc<Self>,
        router: Router,
        request: Request<Incoming>,
    ) -> Result<Response<Responding>, Infallible> {
        // Who doesn't take their responses shall not have more requests carried out.
        self.place.state().flowing().await;
        let busy = self.place.begin();
        let response = match busy {
            None => TOO_MANY_CONNECTIONS.response(),
            Some(_) if !names_one_host(request.version(), request.headers()) => BAD_HOST.response(),
            Some(_) => forward(router, self.peer, request).await,
        };
        if response.headers().get(CONNECTION).is_some_and(|option| option == "close") {
            self.closes.store(true, Ordering::Release);
        }
        Ok(response.map(|body| Responding { body, _busy: busy }))
    }
}

/// Hands a request to the router, with the address that it came from.
pub(super) async fn forward(
    mut router: Router,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Response<Body> {
    request.extensions_mut().insert(ConnectInfo(peer));
    router.call(request).await.unwrap_or_else(|never| match never {})
}

/// Whether a request has the one `Host` that it must have: RFC 9112, section 3.2.
fn names_one_host(version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => version < Version::HTTP_11,
        (Some(host), None) => host.is_empty() || Authority::try_from(host.as_bytes()).is_ok(),
        (Some(_), Some(_)) => false,
    }
}

/// The body of a response. Its connection is busy until it is handed over.
#[derive(Debug)]
struct Responding {
    body: Body,
    _busy: Option<Busy>,
}

impl http_body::Body for Responding {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_request_names_one_host() {
        for (version, hosts, is_sound) in [
            (Version::HTTP_11, &["khata.example"][..], true),
            (Version::HTTP_11, &["127.0.0.1:5000"], true),
            (Version::HTTP_11, &["[::1]:5000"], true),
            (Version::HTTP_11, &[""], true),
            (Version::HTTP_11, &[], false),
            (Version::HTTP_11, &["a", "a"], false),
            (Version::HTTP_11, &["a b"], false),
            (Version::HTTP_11, &["a/b"], false),
            (Version::HTTP_10, &[], true),
            (Version::HTTP_10, &["a", "b"], false),
        ] {
            let hosts: HeaderMap = hosts.iter().map(|host| (HOST, HeaderValue::from_static(host))).collect();
            assert_eq!(names_one_host(version, &hosts), is_sound, "{version:?} {hosts:?}");
        }
    }
}
