//! A MongoDB replica set of three, whose primary is killed under load: another takes over, and nothing that was
//! acknowledged is lost.

use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Document, doc};

use super::database::Database;
use super::load::Shop;
use super::over;
use super::server::REPLICA_SET;

/// How long anything may take on the slowest machine. It only bounds what will not come.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_primary_of_a_replica_set_is_killed() {
    over("mongo", || Database::replica_set(3), failed_over).await;
}

async fn failed_over(mut database: Database) {
    let server = database.serve();
    let shop = Shop::open(&server).await;
    let load = shop.load(&[&server], 0);
    load.acknowledged(40).await;
    let hosts: Vec<_> = database.servers().iter().map(super::server::Server::host).collect();
    let primary = primary(&hosts).await;
    let killed = hosts.iter().position(|host| *host == primary).unwrap();
    database.servers()[killed].kill();
    load.acknowledged(40).await;
    // It comes back with what it had, and has to fit in.
    database.servers()[killed].start();
    load.acknowledged(40).await;
    let mut postings = load.end().await;
    shop.settle(&server, &mut postings).await;
    shop.assert_kept(&server, &postings).await;
    database.assert_sound(postings.len());
}

/// Makes a replica set of these servers, and waits until it has a primary.
pub(super) async fn initiate(hosts: &[String]) {
    let members = (0_i32..).zip(hosts).map(|(id, host)| doc! { "_id": id, "host": host });
    let members: Vec<_> = members.collect();
    let settings = doc! { "electionTimeoutMillis": 1000, "heartbeatIntervalMillis": 200 };
    let set = doc! { "_id": REPLICA_SET, "members": members, "settings": settings };
    run(&hosts[0], doc! { "replSetInitiate": set }).await.expect("a set can be made of these servers");
    primary(hosts).await;
}

/// The server that is the primary now.
async fn primary(hosts: &[String]) -> String {
    let found = async {
        loop {
            for host in hosts {
                let hello = run(host, doc! { "hello": 1 }).await;
                if hello.is_ok_and(|hello| matches!(hello.get_bool("isWritablePrimary"), Ok(true))) {
                    return host.clone();
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("a replica set elects a primary")
}

async fn run(host: &str, command: Document) -> mongodb::error::Result<Document> {
    let url = format!("mongodb://{host}/?directConnection=true&serverSelectionTimeoutMS=1000");
    let client = Client::with_uri_str(url).await?;
    let answer = client.database("admin").run_command(command).await;
    client.shutdown().immediate(true).await;
    answer
}
