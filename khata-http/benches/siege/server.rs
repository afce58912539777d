//! The server under siege.

use std::error::Error;
use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The owner of the shop that `khata demo` makes.
pub(crate) const DEMO_MOBILE: &str = "9000012345";
pub(crate) const DEMO_PASSWORD: &str = "try-khata";

/// How many customers the demo's shop has; each has some tens of documents.
const CUSTOMERS: &str = "2000";

/// A folder with a book.
#[derive(Debug)]
pub(crate) struct Book(TempDir);

impl Book {
    /// Fills a book with a demo shop.
    pub(crate) fn fill() -> Result<Self, Box<dyn Error>> {
        let folder = TempDir::new()?;
        let filled = khata(folder.path(), &["demo", "--customers", CUSTOMERS]).status()?;
        if filled.success() { Ok(Self(folder)) } else { Err("the demo can't be made".into()) }
    }

    fn copy(&self) -> io::Result<TempDir> {
        let copy = TempDir::new()?;
        for file in fs::read_dir(self.0.path())? {
            let file = file?;
            fs::copy(file.path(), copy.path().join(file.file_name()))?;
        }
        Ok(copy)
    }
}

fn khata(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_khata"));
    command.args(arguments).env_clear().current_dir(folder).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// A running server. It is killed when it goes out of scope.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Server {
    /// Serves a copy of a book.
    pub(crate) fn start(book: &Book) -> Result<Self, Box<dyn Error>> {
        let folder = book.copy()?;
        let mut process = khata(folder.path(), &["--bind", "127.0.0.1:0"]).spawn()?;
        let stdout = BufReader::new(process.stdout.take().ok_or("its output is piped")?);
        let mut lines = stdout.lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.split_once("listens on http://")?.1.parse().ok());
        // It ends with its folder if it never said.
        let address = address.ok_or("the server doesn't start");
        Ok(Self { process, address: address?, _folder: folder })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Logs in, and gives the token.
    pub(crate) async fn log_in(&self, mobile: &str, password: &str) -> Result<String, Box<dyn Error>> {
        let credentials = json!({ "mobileNumber": mobile, "password": password });
        let client = reqwest::Client::builder().no_proxy().build()?;
        let answer = client.post(self.url("/api/shopowners/login")).json(&credentials).send().await?;
        let session: Value = answer.error_for_status()?.json().await?;
        Ok(session["token"].as_str().ok_or("a login has a token")?.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
