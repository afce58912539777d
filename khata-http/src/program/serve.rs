//! `khata serve`: puts the parts together, and serves until it is told to stop.

use std::env;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use khata_core::Khata;
use khata_http::{Config, CursorKey, PublicUrl, Rates};
use khata_open::{Database, OpenError, Place};
use tokio::net::TcpListener;
use tracing_subscriber::util::TryInitError;

use super::args::ServeArgs;
use super::connection::Patience;
use super::places::Shares;
use super::server::{self, End, Limits};
use super::signing_key::{self, Origin};
use super::{logging, open_files, print, signals};

/// How long a change may wait for the database, unless requests have less than twice that.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a client may take to say what it wants. The bound holds for the pause between two requests too, so it is
/// longer than proxies usually keep a connection for another request (nginx: 60 seconds): else they would now and then
/// send one into a connection that is just being closed.
const HEAD_TIME_MAX: Duration = Duration::from_secs(75);

/// How long a client may take nothing of a response.
const TAKE_TIME_MAX: Duration = Duration::from_secs(30);

/// How long an answer may take to reach its client, once there is one, when stopping.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(5);

/// Why it doesn't serve.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The port is taken.
    #[error(
        "another program listens on {address} already; stop it, or choose another port: --bind {}",
        other_port(address)
    )]
    InUse {
        /// Where.
        address: SocketAddr,
    },
    /// It can't listen there for another reason.
    #[error("can't listen on {address}; choose another address or port with --bind")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The signing key.
    #[error(transparent)]
    SigningKey(#[from] signing_key::Error),
    /// The log.
    #[error("the log can't be initialised")]
    Log(#[from] TryInitError),
    /// The system.
    #[error("the operating system refused an operation")]
    System(#[from] io::Error),
    /// It stopped before all was done.
    #[error(
        "stopped with {0} connections still open; what they were not answered may or may not have been done"
    )]
    CutOff(usize),
}

fn other_port(address: &SocketAddr) -> SocketAddr {
    let port = address.port().checked_add(1).unwrap_or(0);
    SocketAddr::new(address.ip(), port)
}

/// Serves.
///
/// # Errors
/// [`Error`].
pub(super) async fn run(args: ServeArgs) -> Result<(), Error> {
    // First of all, so that nothing is made or opened for a second server that was started by mistake.
    let listener = listen(args.bind)?;
    let _log = logging::init(args.log.clone())?;
    let database = Database::open(&args.database.url).await?;
    let served = serve(&args, listener, &database).await;
    // What was cut off would be waited for, which is just what shall not be.
    if !matches!(served, Err(Error::CutOff(_))) {
        database.close().await;
    }
    served
}

async fn serve(args: &ServeArgs, listener: TcpListener, database: &Database) -> Result<(), Error> {
    let address = listener.local_addr()?;
    let (keys, origin) = signing_key::load(database.place(), |name| env::var_os(name))?;
    let request_timeout = Duration::from_secs(args.request_timeout_seconds.into());
    let config = Config {
        secure_cookie: args.public_url.as_ref().map_or(!address.ip().is_loopback(), PublicUrl::is_https),
        public_url: args.public_url.clone(),
        trusted_proxies: args.trusted_proxies.clone(),
        metrics_from: args.metrics_from.clone(),
        cors_origins: args.cors_origins.clone(),
        docs: !args.no_docs,
        rates: rates(args),
        cursor_key: CursorKey::of(&keys),
        request_timeout,
        ..Config::default()
    };
    let khata = Khata::builder(database.store())
        .keys(keys)
        .auth(args.auth())
        .write_timeout(WRITE_TIMEOUT.min(request_timeout / 2))
        .build();
    let limits = Limits {
        patience: Patience { head_time_max: HEAD_TIME_MAX, take_time_max: TAKE_TIME_MAX },
        shares: shares(args),
        stop_time_max: request_timeout + ANSWER_TIME_MAX,
    };
    let mut stop = signals::listen()?;
    announce(address, args, database, &origin);
    let router = khata_http::router(khata.clone(), config);
    // Who waits for something to happen is not what stopping should wait for.
    let stopping = || khata.stop_waiting();
    match server::serve(listener, router, limits, &mut stop, stopping).await {
        End::Finished => tracing::info!("stopped"),
        End::CutOff(connections) => return Err(Error::CutOff(connections)),
    }
    Ok(())
}

/// How much a shop may ask for; 0 stands for no limit.
fn rates(args: &ServeArgs) -> Rates {
    Rates {
        requests: NonZeroU32::new(args.shop_requests),
        writes: NonZeroU32::new(args.shop_writes),
        bytes: NonZeroU32::new(args.shop_mib * 1024 * 1024),
    }
}

/// How many connections there may be, as asked for and as there is room for.
fn shares(args: &ServeArgs) -> Shares {
    let asked = usize::try_from(args.connections).unwrap_or(usize::MAX);
    let room = open_files::connections_max();
    if room < asked {
        tracing::warn!(
            asked,
            connections = room,
            "the limit of open files leaves room for fewer connections; raise it (ulimit -n)"
        );
    }
    let connections_max = asked.min(room);
    let per_address = args.connections_per_address.map(|max| usize::try_from(max).unwrap_or(usize::MAX));
    Shares {
        connections_max,
        connections_per_address_max: per_address.unwrap_or(connections_max.div_ceil(4)),
        exempt: args.trusted_proxies.clone(),
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    server::bind(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => Error::InUse { address },
        _ => Error::Bind { address, source },
    })
}

/// Tells people where things are, and the log that it began.
fn announce(address: SocketAddr, args: &ServeArgs, database: &Database, origin: &Origin) {
    let public_url = args.public_url.as_ref();
    let version = env!("CARGO_PKG_VERSION");
    let place = database.place();
    tracing::info!(version, %address, database = %place, key = origin.as_str(), "khata started");
    let base = match public_url {
        Some(url) => url.to_string(),
        // All addresses of the machine are none that a browser could go to.
        None if address.ip().is_unspecified() => format!("http://localhost:{}", address.port()),
        None => format!("http://{address}"),
    };
    let kept = match place {
        Place::Memory => "in memory; it is lost on exit".to_owned(),
        place => place.to_string(),
    };
    let key = match origin {
        Origin::File(path) => path.display().to_string(),
        Origin::Environment => "from the environment".to_owned(),
        Origin::Ephemeral => "generated for this run; all sessions end on exit".to_owned(),
    };
    print(&format!("Khata {version} listens on http://{address}"));
    if !args.no_docs {
        print(&format!("  Documentation  {base}/docs"));
    }
    print(&format!("  Database       {kept}"));
    print(&format!("  Signing key    {key}"));
    if public_url.is_none() && !address.ip().is_loopback() {
        print("  The session cookie is restricted to https; without https, set --public-url http://…");
    }
    print("Ctrl-C stops it.");
}
