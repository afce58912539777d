//! Opening a database. Before anything is written, it is checked that the server supports transactions, and that the
//! database is Khata's.

use std::time::Duration;

use bson::{Document, doc};
use mongodb::Client;
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{
    Acknowledgment, ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use tokio::time::timeout;

use crate::MongoStore;
use crate::error::Reason;
use crate::known_heads::KnownHeads;
use crate::schema::{self, Empty, Judgement};

/// The database, where the URL names none.
const DATABASE: &str = "khata";

/// Timeout of looking for a server that takes commands, unless the URL has one.
const SELECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// Timeout of the write concern of a write without a transaction.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Timeout of closing, for operations under way.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// Version of the wire protocol of MongoDB 6.0.
const WIRE_VERSION_MIN: i32 = 17;

/// Error of opening a database. No message repeats the URL, which may have a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is not the URL of a MongoDB database.
    #[error(
        "that is not the URL of a MongoDB database{reason}; write mongodb://HOST:27017/khata?replicaSet=rs0, with \
         USER:PASSWORD@ before the host if there are any, and in them %40 for @, %3A for :, %2F for / and %3F for ?"
    )]
    Url {
        /// The reason, unless it could repeat a password.
        reason: String,
    },
    /// No server takes commands.
    #[error(
        "no MongoDB server that takes commands is found at {servers}; check that it runs, and that this is its address"
    )]
    Unreachable {
        /// Addresses of the servers.
        servers: String,
        /// Error of the driver.
        source: Reason,
    },
    /// The server does not support transactions: it is not a member of a replica set.
    #[error(
        "the MongoDB server at {servers} stands alone, and changing a book takes a replica set, of which one node will \
         do; start it with `mongod --replSet rs0` beside its other options, and type `rs.initiate()` in mongosh, once"
    )]
    Standalone {
        /// Addresses of the servers.
        servers: String,
    },
    /// The server's replica set is not initiated.
    #[error(
        "the replica set of the MongoDB server at {servers} is not made yet; type `rs.initiate()` in mongosh, once"
    )]
    NotInitiated {
        /// Addresses of the servers.
        servers: String,
    },
    /// The URL names another replica set than the server is a member of.
    #[error(
        "the replica set of the MongoDB server at {servers} is called `{name}`; write replicaSet={name} in the URL"
    )]
    OtherReplicaSet {
        /// Addresses of the servers.
        servers: String,
        /// Name of its replica set.
        name: String,
    },
    /// The server is older than MongoDB 6.0.
    #[error("the MongoDB server at {servers} is older than 6.0; update it")]
    TooOld {
        /// Addresses of the servers.
        servers: String,
    },
    /// The user of the URL is unknown, has another password, or has no access to the database.
    #[error(
        "MongoDB refuses the user of the URL; check its name, its password, and that it may read and write the database"
    )]
    Denied {
        /// Error of the server.
        source: Reason,
    },
    /// The database is another program's. Nothing was changed.
    #[error("the database `{database}` is another program's; name another one in the URL's path")]
    NotKhata {
        /// Name of the database.
        database: String,
    },
    /// The database is empty or does not exist.
    #[error(
        "there is no book in the database `{database}` at {servers}; check the host and the path of the URL"
    )]
    NoBook {
        /// Name of the database.
        database: String,
        /// Addresses of the servers.
        servers: String,
    },
    /// A newer version of Khata wrote the database. Nothing was changed.
    #[error(
        "the database `{database}` was written by a newer version of Khata (schema {found}, this one knows {known}); \
         update this program"
    )]
    Newer {
        /// Name of the database.
        database: String,
        /// Version of its schema.
        found: i64,
        /// Newest version that is supported.
        known: i64,
    },
    /// A version of Khata from before the first release wrote the database, in collections that this one can't read. Nothing
    /// was changed.
    #[error(
        "the database `{database}` was written by an older version of Khata (schema {found}, this one knows {known}), \
         whose books this one can't read; export them with that version and import them into a new database"
    )]
    Older {
        /// Name of the database.
        database: String,
        /// Version of its schema.
        found: i64,
        /// The version that is supported.
        known: i64,
    },
    /// Any other error of MongoDB.
    #[error("the database `{database}` can't be opened")]
    Database {
        /// Name of the database.
        database: String,
        /// Error of the server or the driver.
        source: Reason,
    },
}

impl MongoStore {
    /// Opens a database by its URL, such as `mongodb://localhost:27017/khata?replicaSet=rs0`, and creates it if it does not
    /// exist.
    ///
    /// The path names the database, `khata` if it is empty.
    ///
    /// # Errors
    /// [`OpenError`], in one line that says what to do. A database of another program or of a newer version of Khata is not
    /// changed.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::connect(options(url).await?, Empty::IsFilled).await
    }

    /// Opens a database that exists.
    ///
    /// # Errors
    /// [`OpenError::NoBook`] if it is empty or does not exist; otherwise as for [`open`](Self::open).
    pub async fn open_existing(url: &str) -> Result<Self, OpenError> {
        Self::connect(options(url).await?, Empty::IsRefused).await
    }

    /// Closes the connections, after operations under way have ended or timed out.
    pub async fn close(&self) {
        let client = self.database.client();
        if timeout(CLOSE_TIMEOUT, client.clone().shutdown()).await.is_err() {
            client.clone().shutdown().immediate(true).await;
        }
    }

    /// Opens the database that these options name.
    pub(crate) async fn connect(mut options: ClientOptions, empty: Empty) -> Result<Self, OpenError> {
        let servers = options.hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        make_safe(&mut options);
        let name = options.default_database.clone().unwrap_or_else(|| DATABASE.to_owned());
        let client =
            Client::with_options(options.clone()).map_err(|source| failed(&servers, &name, source))?;
        let hello = match hello(&client).await {
            Err(error) if matches!(*error.kind, ErrorKind::ServerSelection { .. }) => {
                return Err(diagnose(options, servers, error).await);
            }
            answer => answer.map_err(|source| failed(&servers, &name, source))?,
        };
        judge(&hello, &servers)?;
        let database = client.database(&name);
        match schema::set_up(&database, empty).await.map_err(|source| failed(&servers, &name, source))? {
            Judgement::Ready => Ok(Self { database, heads: KnownHeads::default() }),
            Judgement::Empty => Err(OpenError::NoBook { database: name, servers }),
            Judgement::NotKhata => Err(OpenError::NotKhata { database: name }),
            Judgement::Older(found) => {
                Err(OpenError::Older { database: name, found, known: schema::VERSION })
            }
            Judgement::Newer(found) => {
                Err(OpenError::Newer { database: name, found, known: schema::VERSION })
            }
        }
    }
}

/// Parses a URL. The driver's own message about a URL may repeat a part of it.
async fn options(url: &str) -> Result<ClientOptions, OpenError> {
    ClientOptions::parse(url).await.map_err(|error| match error.kind.as_ref() {
        ErrorKind::DnsResolve { .. } => {
            OpenError::Unreachable { servers: host(url).to_owned(), source: Reason(error) }
        }
        _ if url.contains('@') => OpenError::Url { reason: String::new() },
        kind => OpenError::Url { reason: format!(" ({kind})") },
    })
}

/// The host of a URL, which is what follows a password if there is one.
fn host(url: &str) -> &str {
    let host = url.rsplit_once('@').or_else(|| url.split_once("://")).map_or(url, |(_, host)| host);
    host.split(['/', '?']).next().unwrap_or_default()
}

/// Replaces options of the URL by those that the store guarantees.
fn make_safe(options: &mut ClientOptions) {
    options.app_name.get_or_insert_with(|| DATABASE.to_owned());
    options.server_selection_timeout.get_or_insert(SELECTION_TIMEOUT);
    // Of what a majority of the servers has. In a session for snapshots, the driver would let another level stand.
    options.read_concern = Some(ReadConcern::snapshot());
    options.write_concern = Some(durable(WRITE_TIMEOUT));
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    options.retry_writes = Some(true);
}

/// Acknowledged by a majority of the servers, from their journals.
pub(crate) fn durable(within: Duration) -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(within).build()
}

/// Asks a server what it is.
async fn hello(client: &Client) -> Result<Document, Error> {
    client.database("admin").run_command(doc! { "hello": 1 }).await
}

/// Checks that a server supports transactions, and every command that is used.
fn judge(hello: &Document, servers: &str) -> Result<(), OpenError> {
    let servers = || servers.to_owned();
    let of_cluster =
        hello.contains_key("setName") || hello.get_str("msg").is_ok_and(|kind| kind == "isdbgrid");
    if hello.get_bool("isreplicaset").unwrap_or(false) {
        Err(OpenError::NotInitiated { servers: servers() })
    } else if !of_cluster {
        Err(OpenError::Standalone { servers: servers() })
    } else if hello.get_i32("maxWireVersion").unwrap_or_default() < WIRE_VERSION_MIN {
        Err(OpenError::TooOld { servers: servers() })
    } else {
        Ok(())
    }
}

/// Finds out why no server takes commands: asks one of them directly, which answers whatever it is.
async fn diagnose(mut options: ClientOptions, servers: String, source: Error) -> OpenError {
    options.hosts.truncate(1);
    options.direct_connection = Some(true);
    let named = options.repl_set_name.take();
    let answer = match Client::with_options(options) {
        Ok(client) => {
            let answer = hello(&client).await;
            client.shutdown().immediate(true).await;
            answer
        }
        Err(error) => Err(error),
    };
    let unreachable = |servers| OpenError::Unreachable { servers, source: Reason(source) };
    let Ok(hello) = answer else { return unreachable(servers) };
    match (judge(&hello, &servers), named, hello.get_str("setName")) {
        (Err(reason), ..) => reason,
        (Ok(()), Some(named), Ok(name)) if named != name => {
            OpenError::OtherReplicaSet { servers, name: name.to_owned() }
        }
        _ => unreachable(servers),
    }
}

/// Not allowed to: https://www.mongodb.com/docs/v6.0/reference/error-codes/.
const UNAUTHORIZED: [i32; 2] = [13, 18];

fn failed(servers: &str, database: &str, source: Error) -> OpenError {
    match source.kind.as_ref() {
        ErrorKind::Authentication { .. } => OpenError::Denied { source: Reason(source) },
        ErrorKind::Command(cause) if UNAUTHORIZED.contains(&cause.code) => {
            OpenError::Denied { source: Reason(source) }
        }
        ErrorKind::ServerSelection { .. } | ErrorKind::Io(_) => {
            OpenError::Unreachable { servers: servers.to_owned(), source: Reason(source) }
        }
        _ => OpenError::Database { database: database.to_owned(), source: Reason(source) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_transactions_is_refused() {
        let of_cluster = doc! { "setName": "rs0", "maxWireVersion": 17 };
        assert!(judge(&of_cluster, "h").is_ok());
        assert!(judge(&doc! { "msg": "isdbgrid", "maxWireVersion": 25 }, "h").is_ok());
        let old = doc! { "setName": "rs0", "maxWireVersion": 13 };
        assert!(matches!(judge(&old, "h"), Err(OpenError::TooOld { .. })));
        let alone = judge(&doc! { "maxWireVersion": 17 }, "h:1").unwrap_err();
        assert!(matches!(alone, OpenError::Standalone { .. }));
        for words in ["h:1", "mongod --replSet rs0", "rs.initiate()"] {
            assert!(alone.to_string().contains(words), "{alone}");
        }
        let waiting = doc! { "isreplicaset": true, "maxWireVersion": 17 };
        assert!(matches!(judge(&waiting, "h"), Err(OpenError::NotInitiated { .. })));
    }

    #[test]
    fn a_host_is_told_without_what_stands_before_it() {
        for (url, host) in [
            ("mongodb+srv://h.example/khata", "h.example"),
            ("mongodb+srv://u:secret@h.example/khata?a=b", "h.example"),
            ("mongodb+srv://u:sec@ret?@h.example?a=b", "h.example"),
            ("mongodb+srv://", ""),
        ] {
            assert_eq!(super::host(url), host);
        }
    }

    #[test]
    fn options_of_the_url_do_not_weaken_the_guarantees() {
        let mut options = ClientOptions::builder()
            .write_concern(WriteConcern::builder().w(Acknowledgment::Nodes(1)).journal(false).build())
            .read_concern(ReadConcern::local())
            .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Nearest { options: None }))
            .build();
        make_safe(&mut options);
        assert_eq!(options.write_concern, Some(durable(WRITE_TIMEOUT)));
        assert_eq!(options.read_concern, Some(ReadConcern::snapshot()));
        assert_eq!(
            options.selection_criteria,
            Some(SelectionCriteria::ReadPreference(ReadPreference::Primary))
        );
    }
}
