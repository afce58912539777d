//! Tests of the commands that are sent to the server: their number, and how the server carries them out.

mod command_count;
mod durability;
mod footprint;
mod locking;
mod query_plans;

use std::mem;
use std::sync::{Arc, Mutex};

use bson::Document;
use khata_conformance::servers;
use mongodb::event::EventHandler;
use mongodb::event::command::CommandEvent;
use mongodb::options::ClientOptions;

use crate::MongoStore;
use crate::conformance::{FreshUrl, MongoFixture};
use crate::schema::Empty;

/// A store whose commands are recorded.
struct RecordedStore {
    store: MongoStore,
    commands: Arc<Mutex<Vec<Document>>>,
    url: FreshUrl,
}

impl RecordedStore {
    /// A new store; `None` if MongoDB is left out of the tests.
    async fn new() -> Option<Self> {
        if !servers::is_wanted("mongo") {
            return None;
        }
        let url = MongoFixture.fresh_url();
        let mut options = ClientOptions::parse(url.as_str()).await.unwrap();
        let commands: Arc<Mutex<Vec<Document>>> = Arc::default();
        let seen = commands.clone();
        options.command_event_handler = Some(EventHandler::callback(move |event| {
            if let CommandEvent::Started(started) = event {
                seen.lock().unwrap().push(started.command);
            }
        }));
        let store = MongoStore::connect(options, Empty::IsFilled).await.unwrap();
        Some(Self { store, commands, url })
    }

    /// Takes the commands that were recorded since the last time.
    fn taken(&self) -> Vec<Document> {
        mem::take(&mut *self.commands.lock().unwrap())
    }

    /// Number of transactions that have begun since then.
    fn started(&self) -> usize {
        let commands = self.commands.lock().unwrap();
        commands.iter().filter(|command| command.contains_key("startTransaction")).count()
    }

    async fn end(self) {
        self.store.close().await;
        self.url.delete().await;
    }
}

/// What a command does, and to which collection.
fn name(command: &Document) -> String {
    let (name, target) = command.iter().next().expect("a command has a name");
    target.as_str().map_or(name.clone(), |collection| format!("{name} {collection}"))
}
