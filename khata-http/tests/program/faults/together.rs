//! Two programs on one database: they post to the same shops at once, and one holds to what the other was told.

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
    let shops = [Shop::open(&one).await, Shop::open_as(&other, "9876500000").await];
    let loads = [shops[0].load(&[&one, &other], 0), shops[1].load(&[&other, &one], 0)];
    let mut documents = 0;
    for load in &loads {
        load.acknowledged(200).await;
    }
    for (shop, load) in shops.iter().zip(loads) {
        // A deadlock would be the end of one of the two.
        load.assert_never_refused();
        let mut postings = load.end().await;
        shop.settle(&other, &mut postings).await;
        postings.extend(shop.assert_done_once([&one, &other], 1).await);
        shop.assert_kept(&other, &postings).await;
        documents += postings.len();
    }
    database.assert_sound(documents);

    let token = login(&one).await;
    let there = Client::with_token(&other, &token);
    assert_eq!(there.status("/api/shopowners/me").await, StatusCode::OK);
    Client::with_token(&one, &token).post("/api/shopowners/logout", json!({}), StatusCode::OK).await;
    assert_eq!(there.status("/api/shopowners/me").await, StatusCode::UNAUTHORIZED);
}
