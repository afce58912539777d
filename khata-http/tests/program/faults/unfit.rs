//! MongoDB servers that can't hold a book, and what to type so that they can.

use khata_conformance::servers;
use tempfile::TempDir;

use super::server::Server;
use crate::process::run;
use crate::refusals::refusal;

#[test]
fn a_mongo_that_stands_alone_is_refused() {
    if servers::is_wanted("mongo") {
        let line = refused(&Server::mongo_alone());
        assert!(line.contains("stands alone"), "{line}");
        assert!(line.contains("`mongod --replSet rs0`") && line.contains("`rs.initiate()`"), "{line}");
    }
}

#[test]
fn a_mongo_whose_replica_set_is_not_made_yet_is_refused() {
    if servers::is_wanted("mongo") {
        let line = refused(&Server::mongo());
        assert!(line.contains("is not made yet") && line.contains("`rs.initiate()`"), "{line}");
    }
}

/// What the program says of the server, which it names.
fn refused(server: &Server) -> String {
    let url = format!("mongodb://{}/khata", server.host());
    let ended = run(TempDir::new().unwrap().path(), &["--database", &url, "--bind", "127.0.0.1:0"]);
    let line = refusal(&ended).to_owned();
    assert!(line.contains(&server.host()), "{line}");
    line
}
