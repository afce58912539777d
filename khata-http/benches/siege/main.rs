//! What one shop's reads take while another shop, or somebody without one, does what harms a server most.
//!
//! A server of its own is started over an SQLite file that `khata demo` has filled with a greedy shop's book. A modest shop
//! asks for its profile over one connection, one request at a time: first undisturbed, then during each attack, for a few
//! seconds each. The table says how many were answered, how many weren't, and how long the answers took.
//!
//! `cargo bench -p khata-http --bench siege`. It needs nothing else, and attacks nothing but the server that it has started,
//! over the loopback. Attackers and server share the machine: compare rows, not machines.

mod attacks;
mod server;
mod visitor;

use std::time::Duration;

use self::attacks::Attack;
use self::server::{Book, Server};
use self::visitor::Visitor;

/// How long each attack goes on.
const ATTACK_TIME: Duration = Duration::from_secs(5);

/// How long an attack goes on before it is measured what it does.
const RUN_UP: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo runs every bench to test it, without this word.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let book = Book::fill()?;
    println!("{:<20} {:>9} {:>7} {:>10} {:>10}", "", "answered", "failed", "p50", "p99");
    for attack in Attack::ALL {
        // Each meets a server that no other has left its marks on.
        let server = Server::start(&book)?;
        let greedy = server.log_in(server::DEMO_MOBILE, server::DEMO_PASSWORD).await?;
        let mut visitor = Visitor::register(&server).await?;
        let attackers = attack.begin(&server, &greedy);
        tokio::time::sleep(RUN_UP).await;
        let visit = visitor.visit(ATTACK_TIME).await;
        drop(attackers);
        println!("{:<20} {visit}", attack.name());
    }
    Ok(())
}
