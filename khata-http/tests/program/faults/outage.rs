//! The database server is killed under load, and started again: meanwhile there are refusals that say when to try
//! again, and then it goes on by itself.

use reqwest::StatusCode;

use super::database::Database;
use super::load::Shop;
use super::over;
use crate::client::Client;

#[tokio::test]
async fn postgres_is_away_for_a_while() {
    over("postgres", Database::postgres, away).await;
}

#[tokio::test]
async fn mongo_is_away_for_a_while() {
    over("mongo", Database::mongo, away).await;
}

async fn away(mut database: Database) {
    let server = database.serve();
    let shop = Shop::open(&server).await;
    let load = shop.load(&[&server], 0);
    for _ in 0..2 {
        load.acknowledged(20).await;
        database.servers().iter_mut().for_each(super::server::Server::kill);
        load.refused(4).await;
        let client = Client::of(&server);
        assert_eq!(client.status("/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(client.status("/healthz").await, StatusCode::OK);
        database.servers().iter_mut().for_each(super::server::Server::start);
    }
    load.acknowledged(20).await;
    let mut postings = load.end().await;
    shop.settle(&server, &mut postings).await;
    shop.assert_kept(&server, &postings).await;
    database.assert_sound(postings.len());
}
