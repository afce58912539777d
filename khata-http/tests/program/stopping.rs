//! Stopping: what was accepted is finished, and there is a way to have it at once.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use tempfile::TempDir;

use super::client::{MOBILE, registration};
use super::process::{Process, wait_for};

/// A registration that the server has begun to read, as its "100 Continue" proves, and the rest of it.
fn half_a_registration(server: &Process) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let body = registration(MOBILE).to_string();
    let head = format!(
        "POST /api/shopowners/register HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        server.address(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, *b"HTTP/1.1 100 Continue\r\n\r\n");
    (stream, body)
}

#[test]
fn a_request_under_way_is_finished() {
    for signal in ["TERM", "INT"] {
        let folder = TempDir::new().unwrap();
        let server = Process::serve(folder.path(), &[]);
        let (mut stream, rest) = half_a_registration(&server);
        server.signal(signal);
        server.wait_for_log("stopping");
        wait_for("the port to close", || TcpStream::connect(server.address()).err());

        stream.write_all(rest.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
        let ended = server.ended();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
}

#[test]
fn a_second_signal_stops_it_at_once() {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &[]);
    let _unfinished = half_a_registration(&server);
    server.signal("TERM");
    server.wait_for_log("stopping");
    server.signal("TERM");
    let ended = server.ended();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("stopped with 1 connections still open"), "{}", ended.stderr);
}
