//! Serving connections, and stopping. It is what `axum::serve` does, and also sets bounds: to the time a client may
//! take to say what it wants, to how many may be connected, and to how long stopping may take.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use tower::Service as _;

use super::refusal::Refusals;

/// The bounds of a server.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    /// How long a connection may take to send the head of its first request, or of the next one after an answer.
    pub(super) head_time_max: Duration,
    /// How many connections may be open; those beyond are answered with 503 and closed.
    pub(super) connections_max: usize,
    /// How long to wait for what is under way when stopping.
    pub(super) stop_time_max: Duration,
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Everything that was accepted was answered.
    Finished,
    /// So many connections were still open when the time was up, or when it was asked a second time to stop.
    CutOff(usize),
}

/// Serves until the first message of `stop`, then accepts no more and finishes what it accepted; the second message, or
/// the time limit, cuts that short. What is cut off is so when the runtime ends. `stopping` is called when it begins to
/// stop.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    stop: &mut mpsc::Receiver<()>,
    stopping: impl FnOnce(),
) -> End {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let (refusals, mut full) = (Refusals::new(), false);
    loop {
        tokio::select! {
            _ = stop.recv() => break,
            (stream, peer) = accept(&listener) => {
                let Ok(place) = places.clone().try_acquire_owned() else {
                    // Once, and not for each: whoever floods the server should not flood its log.
                    if !full {
                        tracing::warn!(limit = limits.connections_max, "too many connections; refusing more");
                    }
                    full = true;
                    refusals.refuse(stream);
                    continue;
                };
                full = false;
                let router = router.clone();
                let (watcher, head_time_max) = (connections.watcher(), limits.head_time_max);
                tokio::spawn(async move {
                    serve_connection(stream, peer, router, watcher, head_time_max).await;
                    drop(place);
                });
            }
        }
    }
    drop(listener);
    stopping();
    let open = || limits.connections_max - places.available_permits();
    tracing::info!(connections = open(), "stopping; signal again to stop immediately");
    tokio::select! {
        finished = timeout(limits.stop_time_max, connections.shutdown()) => match finished {
            Ok(()) => End::Finished,
            Err(_) => End::CutOff(open()),
        },
        _ = stop.recv() => End::CutOff(open()),
    }
}

/// The next connection.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // The client has gone again.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                // Most likely out of file descriptors; to try again at once would only burn time.
                tracing::error!(%error, "a connection can't be accepted");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
    head_time_max: Duration,
) {
    // An answer is written at once and whole: there is nothing to wait for.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection can't be set up");
    }
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_time_max)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended badly");
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::body::Bytes;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::program::refusal::REFUSALS_MAX;

    struct Server {
        address: SocketAddr,
        stop: mpsc::Sender<()>,
        end: JoinHandle<End>,
    }

    async fn start(limits: Limits) -> Server {
        let router = Router::new()
            .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
            .route("/echo", post(|body: Bytes| async move { body }));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, mut stopped) = mpsc::channel(2);
        let end = tokio::spawn(async move { serve(listener, router, &limits, &mut stopped, || {}).await });
        Server { address, stop, end }
    }

    fn limits() -> Limits {
        let long = Duration::from_secs(3600);
        Limits { head_time_max: long, connections_max: 8, stop_time_max: long }
    }

    async fn read_until(stream: &mut TcpStream, end: &str) -> String {
        let mut text = String::new();
        while !text.ends_with(end) {
            text.push(char::from(stream.read_u8().await.unwrap()));
        }
        text
    }

    /// A request of which the server has begun to read the body, as its "100 Continue" proves.
    async fn half_a_request(server: &Server) -> TcpStream {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let head = "POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        assert_eq!(read_until(&mut stream, "\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
        stream
    }

    #[tokio::test]
    async fn a_handler_knows_where_a_request_came_from() {
        let server = start(limits()).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET /peer HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let peer = stream.local_addr().unwrap().to_string();
        assert!(read_until(&mut stream, &peer).await.starts_with("HTTP/1.1 200 OK"));
    }

    #[tokio::test]
    async fn what_was_accepted_is_finished_and_idle_connections_are_closed() {
        let server = start(limits()).await;
        let mut idle = TcpStream::connect(server.address).await.unwrap();
        let mut stream = half_a_request(&server).await;
        server.stop.send(()).await.unwrap();
        assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
        stream.write_all(b"late").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("late"), "{answer}");
        assert_eq!(server.end.await.unwrap(), End::Finished);
        assert!(TcpStream::connect(server.address).await.is_err());
    }

    #[tokio::test]
    async fn who_waits_for_something_to_happen_is_let_go_when_it_stops() {
        let (waiting, mut waits) = mpsc::channel(1);
        let over = Arc::new(Notify::new());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let wait = {
            let over = over.clone();
            move || async move {
                waiting.send(()).await.unwrap();
                over.notified().await;
                "nothing"
            }
        };
        let router = Router::new().route("/wait", get(wait));
        let (stop, mut stopped) = mpsc::channel(2);
        let serving = tokio::spawn(async move {
            serve(listener, router, &limits(), &mut stopped, || over.notify_one()).await
        });
        stream.write_all(b"GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        waits.recv().await.unwrap();
        stop.send(()).await.unwrap();
        assert!(read_until(&mut stream, "nothing").await.starts_with("HTTP/1.1 200 OK"));
        assert_eq!(serving.await.unwrap(), End::Finished);
    }

    #[tokio::test]
    async fn asked_a_second_time_it_stops_at_once() {
        let server = start(limits()).await;
        let _unfinished = half_a_request(&server).await;
        server.stop.send(()).await.unwrap();
        server.stop.send(()).await.unwrap();
        assert_eq!(server.end.await.unwrap(), End::CutOff(1));
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_for_what_is_under_way_only_so_long() {
        let server = start(Limits { stop_time_max: Duration::from_secs(30), ..limits() }).await;
        let _unfinished = half_a_request(&server).await;
        server.stop.send(()).await.unwrap();
        assert_eq!(server.end.await.unwrap(), End::CutOff(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_say_what_it_wants_is_dropped() {
        let server = start(Limits { head_time_max: Duration::from_secs(10), ..limits() }).await;
        for start in ["", "GET /peer HTTP/1.1\r\nhost: "] {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            stream.write_all(start.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
        }
        assert!(!server.end.is_finished());
    }

    async fn refused(mut stream: TcpStream) -> String {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{answer}");
        for line in ["content-type: application/problem+json", "connection: close", "retry-after: 1"] {
            assert!(head.lines().any(|found| found == line), "{answer}");
        }
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{answer}");
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&problem["status"], &problem["code"]), (&503.into(), &"overloaded".into()));
        assert!(head.contains(problem["requestId"].as_str().unwrap()), "{answer}");
        answer
    }

    const GET: &[u8] = b"GET /peer HTTP/1.1\r\nhost: x\r\n\r\n";

    #[tokio::test]
    async fn connections_beyond_the_limit_are_refused_at_once_and_the_next_one_served_again() {
        let server = start(Limits { connections_max: 1, ..limits() }).await;
        let first = half_a_request(&server).await;
        for _ in 0..3 {
            let mut second = TcpStream::connect(server.address).await.unwrap();
            second.write_all(GET).await.unwrap();
            refused(second).await;
        }
        drop(first);
        // The server may not have seen yet that the first one is gone.
        loop {
            let mut next = TcpStream::connect(server.address).await.unwrap();
            next.write_all(GET).await.unwrap();
            if read_until(&mut next, "\r\n").await.starts_with("HTTP/1.1 200 OK") {
                break;
            }
        }
    }

    #[tokio::test]
    async fn a_refused_client_reads_its_answer_whatever_it_sends_meanwhile() {
        let server = start(Limits { connections_max: 1, ..limits() }).await;
        let _first = half_a_request(&server).await;
        let mut large = TcpStream::connect(server.address).await.unwrap();
        large.write_all(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 300000\r\n\r\n").await.unwrap();
        large.write_all(&[b'x'; 300_000]).await.unwrap();
        refused(large).await;
        let silent = TcpStream::connect(server.address).await.unwrap();
        refused(silent).await;
    }

    #[tokio::test]
    async fn a_refused_client_that_neither_sends_nor_closes_is_dropped_soon() {
        let server = start(Limits { connections_max: 1, ..limits() }).await;
        let _first = half_a_request(&server).await;
        let mut stays = TcpStream::connect(server.address).await.unwrap();
        let mut answer = Vec::new();
        stays.read_to_end(&mut answer).await.unwrap();
        // It was closed for writing; that it is closed for reading too shows in a reset of what is sent.
        let dropped = async {
            while stays.write_all(GET).await.is_ok() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(30), dropped).await.unwrap();
    }

    #[tokio::test]
    async fn a_flood_is_refused_to_the_last_one_and_takes_no_places() {
        let server = start(Limits { connections_max: 1, ..limits() }).await;
        let mut first = half_a_request(&server).await;
        // Silent ones, which take all places for refusals.
        let mut silent = Vec::new();
        for _ in 0..REFUSALS_MAX {
            silent.push(TcpStream::connect(server.address).await.unwrap());
        }
        let mut flood = tokio::task::JoinSet::new();
        for _ in 0..200 {
            flood.spawn(async move {
                let mut stream = TcpStream::connect(server.address).await.unwrap();
                // Beyond the places nobody waits for the request, which may meet a closed connection.
                let mut answer = Vec::new();
                let _ = stream.write_all(GET).await;
                let _ = stream.read_to_end(&mut answer).await;
                answer
            });
        }
        let answers = timeout(Duration::from_secs(30), flood.join_all()).await.unwrap();
        for answer in answers {
            assert!(answer.starts_with(b"HTTP/1.1 503 "), "{}", String::from_utf8_lossy(&answer));
        }
        for stream in silent {
            refused(stream).await;
        }
        first.write_all(b"late").await.unwrap();
        assert!(read_until(&mut first, "late").await.starts_with("HTTP/1.1 200 OK"));
    }
}
