//! Two programs on one database: they post to the same shop at once, and one holds to what the other was told.

use reqwest::StatusCode;
use serde_json::json;

use super::database::Database;
use super::load::{Shop, login};
use super::over;
use crate::client::Client;

#[tokio::test]
async fn two_programs_share_a_postgres() {
    over("postgres", Database::postgres, shared).await;
}

#[tokio::test]
async fn two_programs_share_a_mongo() {
    over("mongo", Database::mongo, shared).await;
}

async fn shared(database: Database) {
    let (one, other) = (database.serve(), database.serve());
    let shop = Shop::open(&one).await;
    let load = shop.load(&[&one, &other], 0);
    load.acknowledged(300).await;
    let mut postings = load.end().await;
    shop.settle(&other, &mut postings).await;
    postings.extend(shop.assert_done_once([&one, &other], 1).await);
    shop.assert_kept(&other, &postings).await;
    database.assert_sound(postings.len());

    let token = login(&one).await;
    let there = Client::with_token(&other, &token);
    assert_eq!(there.status("/api/shopowners/me").await, StatusCode::OK);
    Client::with_token(&one, &token).post("/api/shopowners/logout", json!({}), StatusCode::OK).await;
    assert_eq!(there.status("/api/shopowners/me").await, StatusCode::UNAUTHORIZED);
}
