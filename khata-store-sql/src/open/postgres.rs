//! Opening a schema of a PostgreSQL database, under a lock: several processes may open an empty one at once.

use std::str::FromStr;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, FromRow};
use tokio::time::timeout;

use super::OpenError;
use crate::PostgresStore;
use crate::dialect::Pools;

/// The schema, step by step. A database that has had `n` of them is at version `n`, which each records by itself.
const MIGRATIONS: [&str; 1] = [include_str!("../../migrations/postgres/0001_book.sql")];

/// The first number of the lock under which migrations run: `Khta`. The second tells schemas apart.
const MIGRATION_LOCK: i32 = 0x4b68_7461;

/// How many connections write: one for each batch that is in flight at once; beside these there are logins and the like.
const WRITERS: u32 = 8;

/// How many connections read.
const READERS: u32 = 8;

/// How long to wait for a connection.
const ACQUIRE_TIME_MAX: Duration = Duration::from_secs(5);

/// How long to wait for a connection that comes back to be of use again.
const RELEASE_TIME_MAX: Duration = Duration::from_secs(30);

/// A connection that was idle for so long is asked for a sign of life before it is used: the server may have gone.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// The options that a URL may have. sqlx would warn of others in the log, with their values, and go on without them: without
/// the encryption that was asked for, if that is what was misspelt.
const URL_OPTIONS: [&str; 17] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// How every session is set up, so that a statement has one plan, whatever the server knows of the tables by then: by
/// index. A table that was empty when a statement was planned may be large before the server looks at it again.
const SETTINGS: [(&str, &str); 13] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_material", "off"),
    ("join_collapse_limit", "1"),
    // Of two indexes the one that leads to fewer rows, however few there are yet.
    ("cpu_tuple_cost", "1"),
    ("cpu_index_tuple_cost", "1"),
    ("jit", "off"),
    // A page of rows comes sooner from one process than others are started to help it.
    ("max_parallel_workers_per_gather", "0"),
    // A process that hangs must not keep a shop locked, and nobody waits for ever.
    ("idle_in_transaction_session_timeout", "30s"),
    ("statement_timeout", "30s"),
];

impl PostgresStore {
    /// Opens `postgres://user:password@host:5432/database`. The book is in the first schema of the search path, which
    /// `?options=-csearch_path%3Dname` sets; it must be there. Its tables are made if it is empty; older ones are
    /// brought up to date. TLS is used if the server has it; `?sslmode=verify-full` insists on it and on the host's name.
    ///
    /// # Errors
    /// [`OpenError`], in one line that says what to do, without the password. A schema that isn't of this or an older
    /// version of Khata is left as it was.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_at(&Place::parse(url)?, Empty::IsFilled).await
    }

    /// The same, of a schema that has a book.
    ///
    /// # Errors
    /// [`OpenError::NoBook`] if it has none; otherwise as for [`open`](Self::open).
    pub async fn open_existing(url: &str) -> Result<Self, OpenError> {
        Self::open_at(&Place::parse(url)?, Empty::IsRefused).await
    }

    async fn open_at(place: &Place, empty: Empty) -> Result<Self, OpenError> {
        let mut connection = place.options.connect().await.map_err(|source| place.failed(source))?;
        migrate(&mut connection, place, empty).await?;
        connection.close().await.map_err(|source| place.failed(source))?;
        let options = place.options.clone().options(SETTINGS);
        let pools = Pools { writers: pool_of(WRITERS, &options), readers: pool_of(READERS, &options) };
        Ok(Self { database: pools })
    }
}

/// The first option of a URL that there isn't, without its value.
fn unknown_option(url: &str) -> Option<String> {
    let (_, query) = url.split('#').next()?.split_once('?')?;
    let mut names = query.split('&').map(|option| option.split('=').next().unwrap_or_default());
    // `options[search_path]` sets one of the server's.
    let is_known = |name: &str| name.is_empty() || name.starts_with("options") || URL_OPTIONS.contains(&name);
    names.find(|name| !is_known(name)).map(str::to_owned)
}

/// What becomes of a schema without anything in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    IsFilled,
    IsRefused,
}

/// Where a book is to be found.
struct Place {
    options: PgConnectOptions,
}

impl Place {
    fn parse(url: &str) -> Result<Self, OpenError> {
        let refused = || OpenError::Url {
            kind: "a PostgreSQL database",
            examples: "postgres://user:password@localhost:5432/khata",
        };
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(refused());
        }
        if let Some(option) = unknown_option(url) {
            return Err(OpenError::UnknownOption { option });
        }
        let options = PgConnectOptions::from_str(url).map_err(|_| refused())?;
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("khata"),
        };
        Ok(Self { options })
    }

    fn server(&self) -> String {
        match self.options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.options.get_host(), self.options.get_port()),
        }
    }

    fn database(&self) -> String {
        let name = self.options.get_database().unwrap_or_else(|| self.options.get_username());
        format!("{name} at {}", self.server())
    }

    fn unfit(&self, reason: &'static str) -> OpenError {
        OpenError::Unfit { database: self.database(), reason }
    }

    fn failed(&self, source: sqlx::Error) -> OpenError {
        let server = self.server();
        let code = source.as_database_error().and_then(DatabaseError::code).unwrap_or_default().into_owned();
        match (&source, &*code) {
            (sqlx::Error::Io(_), _) => OpenError::Unreachable { server, source: source.into() },
            (_, "28000" | "28P01") => OpenError::Denied {
                server,
                user: self.options.get_username().to_owned(),
                source: source.into(),
            },
            (_, "3D000") => OpenError::Missing { server, missing: "DATABASE" },
            (_, "42501") => {
                self.unfit("the user may not make tables in it; GRANT CREATE ON its SCHEMA to the user")
            }
            (_, "25006") => self.unfit("it is read-only; name the primary server"),
            _ => OpenError::Server { database: self.database(), source: source.into() },
        }
    }
}

/// What a database says of itself, and of the schema that is first in the search path.
#[derive(FromRow)]
struct Marks {
    server_version: i32,
    encoding: String,
    schema: Option<String>,
    /// Tables and the like in it, those of extensions apart.
    relations: i64,
    is_khata: bool,
}

impl Marks {
    async fn read(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        sqlx::query_as(
            "SELECT
                current_setting('server_version_num')::integer AS server_version,
                getdatabaseencoding()::text AS encoding,
                current_schema()::text AS schema,
                (
                    SELECT count(*) FROM pg_class c
                    WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
                        AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
                        AND NOT EXISTS (
                            SELECT FROM pg_depend d
                            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                        )
                ) AS relations,
                to_regclass(quote_ident(current_schema()) || '.khata_schema') IS NOT NULL AS is_khata",
        )
        .fetch_one(connection)
        .await
    }

    /// How many of the migrations it has had: none if it is empty.
    async fn version(&self, connection: &mut PgConnection, place: &Place) -> Result<usize, OpenError> {
        if self.server_version < 130_000 {
            return Err(place.unfit("the server is too old; Khata needs PostgreSQL 13 or later"));
        }
        if self.encoding != "UTF8" {
            return Err(place.unfit("its encoding can't hold every name; make one with ENCODING 'UTF8'"));
        }
        if self.schema.is_none() {
            return Err(OpenError::Missing { server: place.database(), missing: "SCHEMA" });
        }
        match (self.is_khata, self.relations) {
            (false, 0) => return Ok(0),
            (false, _) => return Err(OpenError::NotKhata { database: place.database() }),
            (true, _) => {}
        }
        let found: i64 = sqlx::query_scalar("SELECT version FROM khata_schema")
            .fetch_one(connection)
            .await
            .map_err(|source| place.failed(source))?;
        match usize::try_from(found) {
            Ok(version) if version <= MIGRATIONS.len() => Ok(version),
            _ => Err(OpenError::Newer { database: place.database(), found, known: MIGRATIONS.len() }),
        }
    }
}

/// Brings the schema up to date. One that is so already is not written to, and not locked.
async fn migrate(connection: &mut PgConnection, place: &Place, empty: Empty) -> Result<(), OpenError> {
    let failed = |source| place.failed(source);
    let marks = Marks::read(connection).await.map_err(failed)?;
    match marks.version(connection, place).await? {
        version if version == MIGRATIONS.len() => return Ok(()),
        0 if empty == Empty::IsRefused => return Err(OpenError::NoBook { database: place.database() }),
        _ => {}
    }
    let mut transaction = connection.begin().await.map_err(failed)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1, hashtext($2))")
        .bind(MIGRATION_LOCK)
        .bind(&marks.schema)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    let marks = Marks::read(&mut transaction).await.map_err(failed)?;
    let version = marks.version(&mut transaction, place).await?;
    for migration in &MIGRATIONS[version..] {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

/// A pool of at most so many connections, made as they are wanted.
fn pool_of(connections: u32, options: &PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIME_MAX)
        .test_before_acquire(false)
        .before_acquire(|connection, meta: PoolConnectionMetadata| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        // A rollback that was still to be done is done then. A line that has gone silent is given up.
        .after_release(|connection, _| {
            Box::pin(async move {
                let answer = timeout(RELEASE_TIME_MAX, connection.ping()).await;
                answer.map_err(|late| sqlx::Error::Io(late.into()))??;
                Ok(true)
            })
        })
        .connect_lazy_with(options.clone())
}
