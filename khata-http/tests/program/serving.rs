//! Serving: what is kept, who is let in, what is told and what is not.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::{Client, MOBILE, PASSWORD};
use super::process::Process;

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_was_answered_outlives_a_kill() {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &[]);
    let client = Client::registered(&server).await;
    let balance = format!("/api/customers/{}/balance", client.trade().await);
    let before = client.get(&balance).await;
    assert_eq!(before["balance"], 680.5);
    let token = client.token().to_owned();
    server.kill();

    let server = Process::serve(folder.path(), &[]);
    assert_eq!(Client::with_token(&server, &token).get(&balance).await, before);
}

#[cfg(unix)]
#[tokio::test]
async fn the_database_and_its_key_are_only_the_users() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &[]);
    Client::registered(&server).await;
    server.signal("TERM");
    assert_eq!(server.ended().code, Some(0));
    assert_eq!(files(folder.path()), ["khata.db", "khata.db.key"]);
    for name in files(folder.path()) {
        let mode = fs::metadata(folder.path().join(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_that_others_can_read_draws_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new().unwrap();
    let warns = || {
        let server = Process::serve(folder.path(), &[]);
        server.signal("TERM");
        let ended = server.ended();
        assert_eq!(ended.code, Some(0));
        ended.stderr.contains("khata.db can be read or changed by other users")
    };
    assert!(!warns());
    for (mode, expected) in [(0o600, false), (0o640, true), (0o604, true), (0o602, true)] {
        fs::set_permissions(folder.path().join("khata.db"), fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(warns(), expected, "{mode:o}");
    }
}

#[tokio::test]
async fn a_new_secret_logs_nobody_out_while_the_old_one_is_there() {
    const FIRST: &str = "the first secret of thirty-two bytes and more";
    const SECOND: &str = "the second secret of thirty-two bytes and more";
    let folder = TempDir::new().unwrap();
    let server = Process::serve_with(folder.path(), &[], &[("KHATA_JWT_SECRET", FIRST)]);
    let token = Client::registered(&server).await.token().to_owned();
    server.kill();

    let both = [("KHATA_JWT_SECRET", SECOND), ("KHATA_JWT_SECRET_OLD", FIRST)];
    let server = Process::serve_with(folder.path(), &[], &both);
    assert_eq!(Client::with_token(&server, &token).status("/api/shopowners/me").await, StatusCode::OK);
    server.kill();

    let server = Process::serve_with(folder.path(), &[], &[("KHATA_JWT_SECRET", SECOND)]);
    assert_eq!(
        Client::with_token(&server, &token).status("/api/shopowners/me").await,
        StatusCode::UNAUTHORIZED
    );
    assert!(!files(folder.path()).contains(&"khata.db.key".to_owned()));
}

/// The path of the next page, as an answer's `Link` has it.
fn next(page: &Response) -> String {
    let link = page.headers()["link"].to_str().unwrap();
    let (path, _) = link.trim_start_matches('<').split_once(">; rel=\"next\"").unwrap();
    path.to_owned()
}

#[tokio::test]
async fn a_list_goes_on_after_a_restart_with_the_same_key_only() {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &[]);
    let client = Client::registered(&server).await;
    for mobile in ["9822012345", "9822012346"] {
        let customer = json!({ "name": "Asha", "mobileNumber": mobile });
        client.post("/api/customers/add", customer, StatusCode::CREATED).await;
    }
    let page = client.answer(Method::GET, "/api/customers/shop?limit=1", None).await;
    let (token, next) = (client.token().to_owned(), next(&page));
    let first: Value = page.json().await.unwrap();
    server.kill();

    let server = Process::serve(folder.path(), &[]);
    let second = Client::with_token(&server, &token).get(&next).await;
    assert_eq!(second.as_array().unwrap().len(), 1);
    assert_ne!(second, first);
    server.kill();

    let secret = [("KHATA_JWT_SECRET", "another secret of thirty-two bytes and more")];
    let server = Process::serve_with(folder.path(), &[], &secret);
    let mut client = Client::of(&server);
    client.login(MOBILE, PASSWORD).await;
    assert_eq!(client.status(&next).await, StatusCode::UNPROCESSABLE_ENTITY);
}

/// For how many seconds the token in a cookie is good.
fn life(cookie: &str) -> i64 {
    let payload = cookie.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
}

#[tokio::test]
async fn a_login_lasts_as_long_and_its_cookie_is_kept_as_safe_as_was_told() {
    let folder = TempDir::new().unwrap();
    let cookie = async |arguments: &[&str]| {
        let arguments = [arguments, &["--database", "sqlite::memory:"]].concat();
        let server = Process::serve(folder.path(), &arguments);
        let login = json!({ "mobileNumber": MOBILE, "password": PASSWORD });
        let client = Client::registered(&server).await;
        let answer = client.answer(Method::POST, "/api/shopowners/login", Some(login)).await;
        answer.headers()["set-cookie"].to_str().unwrap().to_owned()
    };
    let plain = cookie(&[]).await;
    assert_eq!(life(&plain), 7 * 24 * 60 * 60);
    assert!(!plain.contains("Secure"), "{plain}");
    assert_eq!(life(&cookie(&["--token-hours", "2"]).await), 2 * 60 * 60);
    let behind_https = cookie(&["--public-url", "https://khata.example"]).await;
    assert!(behind_https.contains("; Secure;"), "{behind_https}");
    let behind_http = cookie(&["--public-url", "http://khata.example"]).await;
    assert!(!behind_http.contains("Secure"), "{behind_http}");
}

#[tokio::test]
async fn in_memory_nothing_is_kept_and_it_says_so() {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &["--database", "sqlite::memory:"]);
    Client::registered(&server).await.trade().await;
    assert!(server.stdout().contains("lost on exit"), "{}", server.stdout());
    assert!(files(folder.path()).is_empty());
}

#[tokio::test]
async fn an_empty_variable_is_as_absent() {
    let folder = TempDir::new().unwrap();
    let names =
        ["KHATA_DATABASE_URL", "KHATA_PUBLIC_URL", "KHATA_JWT_SECRET", "KHATA_LOG", "KHATA_TOKEN_HOURS"];
    let empty: Vec<_> = names.into_iter().map(|name| (name, "")).collect();
    let _server = Process::serve_with(folder.path(), &[], &empty);
    assert!(files(folder.path()).contains(&"khata.db.key".to_owned()));
}

#[tokio::test]
async fn it_tells_where_it_listens_and_where_to_read_on() {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &[]);
    let docs = format!("http://{}/docs", server.address());
    assert!(server.stdout().contains(&docs), "{}", server.stdout());
    assert_eq!(Client::of(&server).status("/readyz").await, StatusCode::OK);
    assert_eq!(Client::of(&server).status("/docs").await, StatusCode::OK);
}

#[tokio::test]
async fn the_description_can_be_turned_off() {
    let folder = TempDir::new().unwrap();
    for (arguments, environment) in [(&["--no-docs"][..], &[][..]), (&[], &[("KHATA_NO_DOCS", "1")])] {
        let server = Process::serve_with(folder.path(), arguments, environment);
        assert!(!server.stdout().contains("/docs"), "{}", server.stdout());
        for path in ["/docs", "/docs/", "/openapi.json"] {
            assert_eq!(Client::of(&server).status(path).await, StatusCode::NOT_FOUND);
        }
        assert_eq!(Client::of(&server).status("/readyz").await, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_shop_may_have_less_if_it_is_told() {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &["--shop-requests", "2"]);
    let client = Client::registered(&server).await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(client.status("/api/shopowners/me").await);
    }
    assert_eq!(answers, [StatusCode::OK, StatusCode::OK, StatusCode::TOO_MANY_REQUESTS]);
}

#[cfg(unix)]
#[test]
fn there_are_as_many_connections_as_the_system_has_open_files_for() {
    use std::process::Command;

    use super::process::PROGRAM;

    const FEWER: &str = "leaves room for fewer connections; raise it (ulimit -n)";
    let folder = TempDir::new().unwrap();
    let serve = |limit: &str| {
        let mut command = Command::new("sh");
        let serve = format!("ulimit {limit} && exec {PROGRAM} --bind 127.0.0.1:0");
        command.args(["-c", &serve]).env_clear().current_dir(folder.path());
        let server = Process::start(command);
        server.wait_until_it_listens();
        server.wait_for_log("khata started");
        server
    };
    let server = serve("-n 300");
    assert!(server.log().contains(FEWER) && server.log().contains("connections=140"), "{}", server.log());
    drop(server);
    // It raises the limit by itself where it may.
    let server = serve("-Sn 300");
    assert!(!server.log().contains("connections=140"), "{}", server.log());
}

#[tokio::test]
async fn the_figures_are_for_the_machine_itself_or_for_whom_it_was_told() {
    let folder = TempDir::new().unwrap();
    let status = async |arguments: &[&str], environment: &[(&str, &str)]| {
        let arguments = [arguments, &["--database", "sqlite::memory:"]].concat();
        let server = Process::serve_with(folder.path(), &arguments, environment);
        Client::of(&server).status("/metrics").await
    };
    let others = "10.0.0.0/8,2001:db8::/32";
    assert_eq!(status(&[], &[]).await, StatusCode::OK);
    assert_eq!(status(&[], &[("KHATA_METRICS_FROM", "")]).await, StatusCode::OK);
    assert_eq!(status(&[], &[("KHATA_METRICS_FROM", others)]).await, StatusCode::NOT_FOUND);
    assert_eq!(status(&["--metrics-from", others], &[]).await, StatusCode::NOT_FOUND);
    assert_eq!(status(&["--metrics-from", "10.0.0.1,127.0.0.1"], &[]).await, StatusCode::OK);
}

#[test]
fn beyond_this_machine_it_tells_what_browsers_need() {
    let folder = TempDir::new().unwrap();
    let memory = ["--database", "sqlite::memory:", "--bind", "0.0.0.0:0"];
    let server = Process::spawn(folder.path(), &memory, &[]);
    server.wait_until_it_listens();
    let docs = format!("http://localhost:{}/docs", server.address().port());
    assert!(server.stdout().contains(&docs), "{}", server.stdout());
    assert!(server.stdout().contains("--public-url"), "{}", server.stdout());

    let public = [&memory[..], &["--public-url", "https://khata.example"]].concat();
    let server = Process::spawn(folder.path(), &public, &[]);
    server.wait_until_it_listens();
    assert!(server.stdout().contains("https://khata.example/docs"), "{}", server.stdout());
    assert!(!server.stdout().contains("--public-url"), "{}", server.stdout());
}

#[tokio::test]
async fn the_log_holds_no_secret_even_at_its_most_talkative() {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &["--log", "trace"]);
    let client = Client::registered(&server).await;
    client.trade().await;
    let key = fs::read_to_string(folder.path().join("khata.db.key")).unwrap();
    server.signal("TERM");
    let ended = server.ended();
    let (_, signature) = client.token().rsplit_once('.').unwrap();
    assert!(ended.stderr.contains("khata started"), "{}", ended.stderr);
    for output in [ended.stdout, ended.stderr] {
        for secret in [PASSWORD, client.token(), signature, key.trim()] {
            assert!(!output.contains(secret), "{output}");
        }
    }
}

#[tokio::test]
async fn a_log_for_machines_is_an_object_a_line() {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &["--log-format", "json"]);
    Client::registered(&server).await;
    server.signal("TERM");
    let log = server.ended().stderr;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let started = lines.iter().find(|line| line["message"] == "khata started").unwrap();
    assert_eq!(started["version"], env!("CARGO_PKG_VERSION"));
    assert!(lines.len() >= 3, "{log}");
}
