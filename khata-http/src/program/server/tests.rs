//! A server, and clients that are slow, greedy, early or late.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use futures::stream;
use khata_core::Khata;
use khata_core::auth::{AuthConfig, Client};
use khata_core::owner::NewOwner;
use khata_core::store::MemoryStore;
use khata_http::Config;
use khata_open::Database;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
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
        .route("/echo", post(|body: Bytes| async move { body }))
        .route("/healthz", get(|| async { "well" }));
    start_with(limits, router).await
}

async fn start_with(limits: Limits, router: Router) -> Server {
    let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, mut stopped) = mpsc::channel(2);
    let end = tokio::spawn(async move { serve(listener, router, limits, &mut stopped, || {}).await });
    Server { address, stop, end }
}

const LONG: Duration = Duration::from_secs(3600);

fn limits() -> Limits {
    limits_with(8, 8)
}

fn limits_with(connections_max: usize, connections_per_address_max: usize) -> Limits {
    Limits {
        patience: Patience { head_time_max: LONG, take_time_max: LONG },
        shares: Shares { connections_max, connections_per_address_max, exempt: Vec::new() },
        stop_time_max: LONG,
    }
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
    let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
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
    let serving =
        tokio::spawn(
            async move { serve(listener, router, limits(), &mut stopped, || over.notify_one()).await },
        );
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
    let server = start(Limits {
        patience: Patience { head_time_max: Duration::from_secs(10), take_time_max: LONG },
        ..limits()
    })
    .await;
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
    let server = start(limits_with(1, 1)).await;
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
    let server = start(limits_with(1, 1)).await;
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
    let server = start(limits_with(1, 1)).await;
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
    let server = start(limits_with(1, 1)).await;
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

#[tokio::test]
async fn when_places_run_short_the_connection_idle_for_longest_is_closed() {
    let server = start(limits_with(2, 2)).await;
    let mut busy = half_a_request(&server).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    for _ in 0..3 {
        let mut next = TcpStream::connect(server.address).await.unwrap();
        next.write_all(GET).await.unwrap();
        assert!(read_until(&mut next, "\r\n").await.starts_with("HTTP/1.1 200 OK"));
        assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
        idle = TcpStream::connect(server.address).await.unwrap();
    }
    busy.write_all(b"late").await.unwrap();
    assert!(read_until(&mut busy, "late").await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn an_address_with_its_share_of_connections_leaves_places_to_others() {
    let server = start(limits_with(9, 2)).await;
    let _busy = [half_a_request(&server).await, half_a_request(&server).await];
    let mut third = TcpStream::connect(server.address).await.unwrap();
    third.write_all(GET).await.unwrap();
    refused(third).await;
    // All of 127.0.0.0/8 is this machine.
    let other = TcpSocket::new_v4().unwrap();
    other.bind((Ipv4Addr::new(127, 0, 0, 2), 0).into()).unwrap();
    let mut other = other.connect(server.address).await.unwrap();
    other.write_all(GET).await.unwrap();
    assert!(read_until(&mut other, "\r\n").await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn how_the_server_is_is_told_where_there_is_no_place() {
    let server = start(limits_with(1, 1)).await;
    let _first = half_a_request(&server).await;
    let mut probe = TcpStream::connect(server.address).await.unwrap();
    probe.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    probe.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("well"), "{answer}");
}

#[tokio::test]
async fn a_request_without_its_one_host_is_refused() {
    let server = start(limits()).await;
    for hosts in ["", "host: a\r\nhost: a\r\n"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(format!("GET /peer HTTP/1.1\r\n{hosts}\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        assert!(answer.contains("connection: close\r\n") && answer.contains("\"invalid_host\""), "{answer}");
    }
}

/// Says when it is dropped.
struct Dropped(mpsc::UnboundedSender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

fn impatient() -> Limits {
    let patience = Patience { head_time_max: LONG, take_time_max: Duration::from_secs(30) };
    Limits { patience, ..limits() }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_of_a_response_is_dropped() {
    let (dropped, mut drops) = mpsc::unbounded_channel();
    let endless = move || {
        let state = Dropped(dropped.clone());
        let chunks = stream::repeat_with(move || {
            let _state = &state;
            Ok::<_, io::Error>(Bytes::from_static(&[b'x'; 4096]))
        });
        async { Body::from_stream(chunks) }
    };
    let server = start_with(impatient(), Router::new().route("/endless", get(endless))).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    drops.recv().await.unwrap();
    // What the system has kept can be read, and no more comes.
    let mut kept = Vec::new();
    let _ = stream.read_to_end(&mut kept).await;
    assert!(kept.starts_with(b"HTTP/1.1 200 OK"));
}

#[tokio::test(start_paused = true)]
async fn requests_of_a_client_that_takes_no_responses_are_not_carried_out() {
    const REQUESTS: usize = 10_000;
    let carried_out = Arc::new(AtomicUsize::new(0));
    let count = carried_out.clone();
    let counted = move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { "x" }
    };
    let server = start_with(impatient(), Router::new().route("/counted", get(counted))).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let requests = "GET /counted HTTP/1.1\r\nhost: x\r\n\r\n".repeat(REQUESTS);
    // More than the system keeps: the server must take them, or drop the connection.
    for _ in 0..100 {
        if stream.write_all(requests.as_bytes()).await.is_err() {
            let carried_out = carried_out.load(Ordering::SeqCst);
            assert!((1..REQUESTS).contains(&carried_out), "{carried_out}");
            return;
        }
    }
    panic!("the server has carried out {} requests", carried_out.load(Ordering::SeqCst));
}

fn khata(config: Config) -> Router {
    khata_http::router(Khata::new(Arc::new(MemoryStore::default())), config)
}

/// The status of a response, the value of its `connection`, and its body.
async fn read_answer(stream: &mut TcpStream) -> (u16, Option<String>, String) {
    let head = read_until(stream, "\r\n\r\n").await;
    let value = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned)
    };
    let mut body = vec![0; value("content-length").unwrap().parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    (head[9..12].parse().unwrap(), value("connection"), String::from_utf8(body).unwrap())
}

#[tokio::test]
async fn a_body_that_comes_after_its_answer_was_made_leaves_the_connection_sound() {
    let full = Config { concurrency_limit: 0, ..Config::default() };
    let json = "content-type: application/json\r\n";
    for (config, request, headers, status) in [
        (Config::default(), "POST /api/customers/add", json, 401),
        (Config::default(), "PUT /api/nothing", json, 404),
        (Config::default(), "DELETE /api/customers/add", json, 405),
        (Config::default(), "POST /api/shopowners/login", "content-type: text/plain\r\n", 415),
        (Config::default(), "GET /healthz", "", 200),
        (full, "POST /api/shopowners/login", json, 503),
    ] {
        let server = start_with(limits(), khata(config)).await;
        for (length, body) in [
            (format!("content-length: {}", 300_000), "x".repeat(300_000)),
            (
                "transfer-encoding: chunked".to_owned(),
                format!("493e0\r\n{}\r\n0\r\n\r\n", "x".repeat(300_000)),
            ),
        ] {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            for _ in 0..2 {
                let head = format!("{request} HTTP/1.1\r\nhost: x\r\n{headers}{length}\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
                // For the server to answer the head alone, if it does.
                sleep(Duration::from_millis(20)).await;
                stream.write_all(body.as_bytes()).await.unwrap();
                let (answered, connection, text) = read_answer(&mut stream).await;
                assert_eq!((answered, connection), (status, None), "{request} {length}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn it_does_so_while_the_database_is_away_too() {
    let database = Database::open("sqlite::memory:").await.unwrap();
    let khata = Khata::builder(database.store()).auth(AuthConfig::cheap_for_tests()).build();
    let new = NewOwner::new("Ravi Kirana", "Ravi", "9876543210", "lantern under the staircase").unwrap();
    let mobile = khata.register(new).await.unwrap().mobile;
    let password = SecretString::from("lantern under the staircase");
    let login = khata.login(&mobile, &password, &Client::default()).await.unwrap();
    database.close().await;

    let server = start_with(limits(), khata_http::router(khata, Config::default())).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let head = format!(
        "POST /api/customers/add HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 2\r\n\r\n",
        login.token.expose_secret()
    );
    for _ in 0..2 {
        stream.write_all(head.as_bytes()).await.unwrap();
        sleep(Duration::from_millis(20)).await;
        stream.write_all(b"{}").await.unwrap();
        let (answered, connection, text) = read_answer(&mut stream).await;
        assert_eq!((answered, connection), (503, None), "{text}");
        assert!(text.contains("\"store_unavailable\""), "{text}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_ends_the_connection_and_the_answer_says_so() {
    let server = start_with(limits(), khata(Config::default())).await;
    let large = "x".repeat(3 * 1024 * 1024);
    for (request, length, body, status) in [
        ("POST /api/customers/add", format!("content-length: {}", large.len()), large.clone(), 401),
        ("POST /api/shopowners/login", format!("content-length: {}", large.len()), large.clone(), 413),
        (
            "POST /api/shopowners/login",
            "transfer-encoding: chunked".to_owned(),
            format!("300000\r\n{large}"),
            413,
        ),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let head =
            format!("{request} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{length}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        // All of it can be sent, and the answer be read after that.
        stream.write_all(body.as_bytes()).await.unwrap();
        let (answered, connection, text) = read_answer(&mut stream).await;
        assert_eq!((answered, connection.as_deref()), (status, Some("close")), "{text}");
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = start_with(limits(), khata(Config::default())).await;
    for expects in ["", "expect: 100-continue\r\n"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let head =
            format!("POST /api/customers/add HTTP/1.1\r\nhost: x\r\n{expects}content-length: 9\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let (answered, connection, text) = read_answer(&mut stream).await;
        assert_eq!((answered, connection.as_deref()), (401, Some("close")), "{text}");
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    }
}
