//! The program is killed under load, again and again: what it acknowledged is there, and what is sent again is done
//! once.

use super::database::Database;
use super::load::Shop;
use super::over;

const ROUNDS: usize = 10;

#[tokio::test]
async fn the_program_is_killed_over_sqlite() {
    over("sqlite", Database::sqlite, killed).await;
}

#[tokio::test]
async fn the_program_is_killed_over_postgres() {
    over("postgres", Database::postgres, killed).await;
}

#[tokio::test]
async fn the_program_is_killed_over_mongo() {
    over("mongo", Database::mongo, killed).await;
}

async fn killed(database: Database) {
    let mut server = database.serve();
    let shop = Shop::open(&server).await;
    let mut postings = Vec::new();
    for round in 0..ROUNDS {
        let load = shop.load(&[&server], round);
        // Not always at the same place of a batch.
        load.acknowledged(10 + 3 * round).await;
        server.kill();
        let mut sent = load.end().await;
        server = database.serve();
        shop.settle(&server, &mut sent).await;
        postings.append(&mut sent);
        database.assert_sound(postings.len());
    }
    shop.assert_kept(&server, &postings).await;
}
