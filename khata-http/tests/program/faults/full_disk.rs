//! A file system that becomes full: a refusal that says when to try again, no damage, and all is well when there is
//! room again.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::database::{Database, OPTIONS, SECRET, assert_sound};
use super::load::Shop;
use super::over;
use crate::client::Client;
use crate::process::{PROGRAM, Process};

/// How large the file system is: room for a book, its log and some pages.
const MEBIBYTES: usize = 16;

/// Mounts it, says so, and keeps it for as long as nobody closes its standard input.
const MOUNT: &str = r#"mount -t tmpfs -o size="$1"m tmpfs "$2" && echo mounted && exec cat"#;

#[tokio::test]
async fn the_disk_becomes_full_under_sqlite() {
    over("sqlite", Database::sqlite, |_| full()).await;
}

async fn full() {
    let disk = Disk::mount();
    let server = disk.serve();
    let shop = Shop::open(&server).await;
    let load = shop.load(&[&server], 0);
    load.acknowledged(20).await;
    disk.fill();
    load.refused(8).await;
    let client = Client::of(&server);
    assert_eq!(client.status("/healthz").await, reqwest::StatusCode::OK);
    disk.make_room();
    load.acknowledged(20).await;

    // Once more, and this time the program ends while there is no room.
    disk.fill();
    load.refused(8).await;
    server.kill();
    let mut postings = load.end().await;
    disk.make_room();
    let server = disk.serve();
    shop.settle(&server, &mut postings).await;
    shop.assert_kept(&server, &postings).await;
    assert_sound(&disk.run(&["verify"]).ended(), postings.len());
}

/// A small file system that only this process and its children see. It goes when it goes out of scope.
#[derive(Debug)]
struct Disk {
    folder: TempDir,
    keeper: Child,
    /// The options that enter its namespaces.
    entry: &'static [&'static str],
}

impl Disk {
    fn mount() -> Self {
        let folder = TempDir::new().unwrap();
        // Whoever is not root may do so only in a user namespace, and where there are none, only root.
        let ways: [(&str, &[&str]); 2] =
            [("-rm", &["--user", "--preserve-credentials", "--mount"]), ("-m", &["--mount"])];
        for (namespaces, entry) in ways {
            let mut keeper = Command::new("unshare")
                .args([namespaces, "sh", "-c", MOUNT, "mount", &MEBIBYTES.to_string()])
                .arg(folder.path())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("unshare, of util-linux, is there");
            let mut line = String::new();
            BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
            if line == "mounted\n" {
                return Self { folder, keeper, entry };
            }
            keeper.wait().unwrap();
        }
        panic!(
            "a file system of its own can't be mounted: allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, \
             or kernel.apparmor_restrict_unprivileged_userns=0), or run the tests as root"
        );
    }

    /// Starts the program where it sees the file system.
    fn run(&self, arguments: &[&str]) -> Process {
        let mut command = Command::new("nsenter");
        command.args(self.entry.iter().copied()).arg(format!("--target={}", self.keeper.id()));
        let database = format!("sqlite://{}/khata.db", self.folder.path().display());
        command.arg(PROGRAM).args(arguments).args(["--database", &database]);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/bin").env(SECRET.0, SECRET.1);
        Process::start(command)
    }

    fn serve(&self) -> Process {
        let process = self.run(&[&["--bind", "127.0.0.1:0"][..], &OPTIONS].concat());
        process.wait_until_it_listens();
        process
    }

    /// The file that takes up the room, as it is seen from outside.
    fn ballast(&self) -> PathBuf {
        let inside = self.folder.path().join("ballast");
        let inside = inside.strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", self.keeper.id())).join(inside)
    }

    /// Leaves no room.
    fn fill(&self) {
        let mut ballast = fs::File::create(self.ballast()).unwrap();
        while ballast.write_all(&[0; 4096]).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
