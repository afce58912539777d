//! What a book must survive: programs and servers that are killed, disks that are full, several programs at once.
//!
//! Each test has a database of its own, on a server of its own where it takes one, and leaves nothing of it. How many
//! answers there must be is counted; how long they take is not, but that they come.

mod database;
mod failover;
#[cfg(target_os = "linux")]
mod full_disk;
mod kill;
mod load;
mod outage;
mod server;
mod together;
mod unfit;

use std::future::Future;

use khata_conformance::servers;
use tokio::sync::Mutex;

use self::database::Database;

/// Each of them loads the whole machine, so they take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// Carries out a test over a fresh database, if that kind is wanted.
async fn over<D, T>(kind: &str, fresh: impl FnOnce() -> D, test: impl FnOnce(Database) -> T)
where
    D: Future<Output = Database>,
    T: Future<Output = ()>,
{
    if servers::is_wanted(kind) {
        let _turn = TURN.lock().await;
        test(fresh().await).await;
    } else {
        println!("not tested over {kind}: {} names others", servers::STORES);
    }
}
