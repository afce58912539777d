//! The command line and the environment.

mod export;
mod import;

use std::env;
use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::Resettable;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use khata_core::auth::{AuthConfig, ThrottleConfig};
use khata_http::PublicUrl;
use tracing_subscriber::filter::{LevelFilter, Targets};

pub(super) use self::export::{ExportArgs, ExportFormat};
pub(super) use self::import::ImportArgs;
use super::shops::Choice;

/// In lines of at most 80 characters, which clap leaves as they are in any usual terminal.
const AFTER_HELP: &str = "\
Databases:
  sqlite://khata.db, sqlite:///var/lib/khata/khata.db
      SQLite file, for one machine
  postgres://user:password@host:5432/khata
      PostgreSQL, for any number of processes; if built with the feature postgres
  mongodb://user:password@host:27017/khata?replicaSet=rs0
      MongoDB, for any number of processes; if built with the feature mongo
  Pass a URL with a password in KHATA_DATABASE_URL, since other users of the
  machine can read command lines.

Signing key:
  Tokens are signed with a key. Whoever has it can log in as anybody. For an
  SQLite file, the first start creates the key in a file beside it
  (khata.db.key). A secret in the environment replaces that file; there is no
  option for it. A database on a server requires one, since all processes that
  serve the database must have the same key.

  KHATA_JWT_SECRET      secret of at least 32 bytes; the same in every process
                        that serves the database
  KHATA_JWT_SECRET_OLD  previous secret; tokens signed with it stay valid

Examples:
  khata
      serve ./khata.db on http://127.0.0.1:5000
  khata demo && khata
      create a demo shop, and serve it
  khata --database sqlite::memory: --log debug
      serve a database in memory, which is lost on exit
  khata --database sqlite:///var/lib/khata/khata.db --bind 0.0.0.0:5000 \\
        --public-url https://khata.example
      serve other machines, behind a proxy that terminates TLS";

const AFTER_COPY_HELP: &str = "\
Both are URLs, as for --database of khata. Pass a URL with a password in the
variable, since other users of the machine can read command lines.

What is copied:
  Shops with their passwords, customers, entries, documents, and the responses
  to requests with an idempotency key. Sessions are not: everybody logs in
  again.

Verification:
  When everything is copied, both databases are read from the first entry on,
  each hash is recomputed, and each row is compared. The exit code is 0 if they
  are equal; otherwise it is 1 and the first difference is printed.

The command can be interrupted at any time. Run again, it continues, and later
copies what is new. So a book can be moved while it is served: copy it, stop its
server, copy what is new, and start a server on the copy. Nobody can log in to a
shop in TO until it is copied completely.

A shop that was changed in TO is never overwritten: it is rejected, as is one
whose owner's mobile number belongs to another owner there.

Examples:
  khata copy sqlite://khata.db sqlite:///backup/khata.db
  khata copy sqlite://khata.db 'mongodb://localhost:27017/khata?replicaSet=rs0'";

const AFTER_VERIFY_HELP: &str = "\
What is verified:
  The hash chain of the entries: each hash covers its entry and all previous
  ones. From the entries, everything else: every balance, the open amount, text
  and number of every document, and the stored responses to requests. The first
  fault of each kind is printed with its entry. The book may be in use.

  Details of customers and of the shop, and sessions, are not part of the chain.

Exit code:
  0 if all books are sound, otherwise 1.

The chain alone does not reveal that a whole book was rewritten or cut short. A
head that is kept elsewhere does:
  khata head >> heads.txt
  khata verify --head heads.txt";

/// Khata: a shop's credit book over HTTP. Without a command, the same as khata serve
#[derive(Debug, Parser)]
#[command(
    name = "khata",
    version,
    after_help = AFTER_HELP,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve the book over HTTP (default)
    Serve(ServeArgs),
    /// Create a demo shop with customers and a year of invoices and receipts
    Demo(DemoArgs),
    /// Copy every shop of a database to another, and verify that they are equal
    #[command(after_help = AFTER_COPY_HELP)]
    Copy(CopyArgs),
    /// Export a shop's whole book as JSON Lines, CSV, or a journal for hledger or Beancount
    #[command(after_help = export::AFTER_HELP)]
    Export(ExportArgs),
    /// Import an exported book, or customers from a CSV file
    #[command(after_help = import::AFTER_HELP)]
    Import(ImportArgs),
    /// Verify that books are sound by recomputing them from their entries
    #[command(after_help = AFTER_VERIFY_HELP)]
    Verify(VerifyArgs),
    /// Print signed heads of books, to keep elsewhere and verify the books against
    Head(HeadArgs),
}

/// Where the book is.
#[derive(Debug, Args)]
pub(super) struct DatabaseArg {
    /// Database URL. A missing database is created; sqlite::memory: is lost on exit
    #[arg(
        long = "database",
        value_name = "URL",
        env = "KHATA_DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite://khata.db"
    )]
    pub(super) url: String,
}

/// How to serve.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) database: DatabaseArg,
    /// Address and port to listen on. 0.0.0.0 and `[::]` are all addresses of the machine, port 0 is any free port
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        env = "KHATA_BIND",
        hide_env_values = true,
        default_value = "127.0.0.1:5000",
        value_parser = address
    )]
    pub(super) bind: SocketAddr,
    /// URL of the server for browsers, if it is behind a proxy. The session cookie is restricted to https if this is
    /// https, or if it is not set and --bind is reachable from other machines
    #[arg(long, value_name = "URL", env = "KHATA_PUBLIC_URL", hide_env_values = true)]
    pub(super) public_url: Option<PublicUrl>,
    /// Addresses or networks of proxies whose X-Forwarded-For header is trusted. Without it, all clients behind a proxy
    /// share one limit of failed logins
    #[arg(
        long,
        value_name = "ADDRESS[/BITS]",
        env = "KHATA_TRUSTED_PROXIES",
        hide_env_values = true,
        value_delimiter = ',',
        value_parser = network
    )]
    pub(super) trusted_proxies: Vec<IpNet>,
    /// Addresses or networks of clients that may read /metrics. Others get a 404, as do requests that a proxy which is
    /// not trusted has forwarded, and those for a host name other than --public-url's that others could point here: one
    /// with a dot, unless it ends with .local, .internal or .localhost
    #[arg(
        long,
        value_name = "ADDRESS[/BITS]",
        env = "KHATA_METRICS_FROM",
        hide_env_values = true,
        value_delimiter = ',',
        default_value = "127.0.0.0/8,::1",
        value_parser = network
    )]
    pub(super) metrics_from: Vec<IpNet>,
    /// Lifetime of a session in hours
    #[arg(
        long,
        value_name = "HOURS",
        env = "KHATA_TOKEN_HOURS",
        hide_env_values = true,
        default_value_t = 168,
        value_parser = clap::value_parser!(u32).range(1..=8760)
    )]
    pub(super) token_hours: u32,
    /// Number of registrations from one address after which each further one must wait, first for a minute and at most
    /// for an hour
    #[arg(
        long,
        value_name = "N",
        env = "KHATA_REGISTRATIONS_PER_ADDRESS",
        hide_env_values = true,
        default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub(super) registrations_per_address: u32,
    /// Timeout of a request in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        env = "KHATA_REQUEST_TIMEOUT_SECONDS",
        hide_env_values = true,
        default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(1..=3600)
    )]
    pub(super) request_timeout_seconds: u32,
    /// Other sites whose scripts may call the API from browsers (CORS), such as https://app.example. They send the token
    /// themselves; the session cookie stays with the server's own site
    #[arg(
        long,
        value_name = "URL",
        env = "KHATA_CORS_ORIGINS",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub(super) cors_origins: Vec<PublicUrl>,
    /// Do not serve the description of the API at /docs and /openapi.json
    #[arg(
        long,
        env = "KHATA_NO_DOCS",
        hide_env_values = true,
        value_parser = clap::builder::BoolishValueParser::new()
    )]
    pub(super) no_docs: bool,
    /// Maximum number of requests of a shop in a minute, 0 for no limit. The limits of shops are counted by each process
    /// alone
    #[arg(
        long,
        value_name = "N",
        env = "KHATA_SHOP_REQUESTS",
        hide_env_values = true,
        default_value_t = 1_200_000
    )]
    pub(super) shop_requests: u32,
    /// Maximum number of requests of a shop that write in a minute, 0 for no limit
    #[arg(
        long,
        value_name = "N",
        env = "KHATA_SHOP_WRITES",
        hide_env_values = true,
        default_value_t = 600_000
    )]
    pub(super) shop_writes: u32,
    /// Maximum number of MiB that a shop may send in a minute, 0 for no limit
    #[arg(
        long,
        value_name = "MIB",
        env = "KHATA_SHOP_MIB",
        hide_env_values = true,
        default_value_t = 4095,
        value_parser = clap::value_parser!(u32).range(0..=4095)
    )]
    pub(super) shop_mib: u32,
    /// Maximum number of connections. When there are no more, the one that has been idle for longest is closed for the
    /// next. The limit of open files is raised as far as the system allows; if it leaves room for fewer, there are fewer
    #[arg(
        long,
        value_name = "N",
        env = "KHATA_CONNECTIONS",
        hide_env_values = true,
        default_value_t = 4096,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    pub(super) connections: u32,
    /// Maximum number of connections from one address (in IPv6, one /64 network). By default a quarter of all. It does not
    /// apply to trusted proxies
    #[arg(
        long,
        value_name = "N",
        env = "KHATA_CONNECTIONS_PER_ADDRESS",
        hide_env_values = true,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    pub(super) connections_per_address: Option<u32>,
    #[command(flatten)]
    pub(super) log: LogArgs,
}

impl ServeArgs {
    /// The configuration of logins and tokens.
    pub(super) fn auth(&self) -> AuthConfig {
        let mut tries = ThrottleConfig::default();
        tries.registrations.free = self.registrations_per_address;
        let token_life = Duration::from_secs(u64::from(self.token_hours) * 60 * 60);
        AuthConfig { token_life, tries, ..AuthConfig::default() }
    }
}

/// What to log, and how.
#[derive(Debug, Clone, Args)]
pub(super) struct LogArgs {
    /// Level of the log on standard error: off, error, warn, info, debug or trace; also by module, as in
    /// warn,khata_core=debug
    #[arg(
        long = "log",
        value_name = "FILTER",
        env = "KHATA_LOG",
        hide_env_values = true,
        default_value = "info",
        value_parser = filter
    )]
    pub(super) filter: Targets,
    /// Format of the log
    #[arg(
        long = "log-format",
        value_name = "FORMAT",
        env = "KHATA_LOG_FORMAT",
        hide_env_values = true,
        default_value = "text"
    )]
    pub(super) format: LogFormat,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    // No doc comments, which clap would print: for people, and an object a line.
    Text,
    Json,
}

/// How to fill a book.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    pub(super) database: DatabaseArg,
    /// Number of customers
    #[arg(
        long,
        value_name = "N",
        default_value_t = 300,
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    pub(super) customers: u32,
}

/// What to copy where.
#[derive(Debug, Args)]
pub(super) struct CopyArgs {
    /// Database to copy from; it is not changed
    #[arg(value_name = "FROM", env = "KHATA_COPY_FROM", hide_env_values = true)]
    pub(super) from: String,
    /// Database to copy to, created if missing; other shops in it are not changed
    #[arg(value_name = "TO", env = "KHATA_COPY_TO", hide_env_values = true)]
    pub(super) to: String,
    /// Print nothing but errors
    #[arg(long)]
    pub(super) quiet: bool,
}

/// Where the books are; nothing is made.
#[derive(Debug, Args)]
pub(super) struct BooksArg {
    /// Database URL
    #[arg(
        long = "database",
        value_name = "URL",
        env = "KHATA_DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite://khata.db"
    )]
    pub(super) url: String,
}

/// What to verify.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    pub(super) books: BooksArg,
    /// Shop, by its id or its owner's mobile number, or all
    #[arg(long, value_name = "SHOP", default_value = "all", value_parser = Choice::parse)]
    pub(super) shop: Choice,
    /// File of heads. Verifies their shops, and that each book continues from its head
    #[arg(long, value_name = "FILE", conflicts_with = "shop")]
    pub(super) head: Option<PathBuf>,
}

/// Whose head to print.
#[derive(Debug, Args)]
pub(super) struct HeadArgs {
    #[command(flatten)]
    pub(super) books: BooksArg,
    /// Shop, by its id or its owner's mobile number, or all
    #[arg(long, value_name = "SHOP", default_value = "all", value_parser = Choice::parse)]
    pub(super) shop: Choice,
}

/// Reads the command line; whoever asks for help gets it here, and whoever mistypes is told so.
pub(super) fn read() -> Command {
    let is_empty = |name: &OsStr| env::var_os(name).is_some_and(|value| value.is_empty());
    let matches = without_empty_variables(Arguments::command(), is_empty).get_matches();
    match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments.command.unwrap_or(Command::Serve(arguments.serve)),
        Err(error) => error.exit(),
    }
}

/// Compose files and unit files easily set a variable to nothing where they mean not to set it.
fn without_empty_variables(command: clap::Command, is_empty: fn(&OsStr) -> bool) -> clap::Command {
    command
        .mut_args(|arg| match arg.get_env() {
            Some(name) if is_empty(name) => arg.env(Resettable::Reset),
            _ => arg,
        })
        .mut_subcommands(|command| without_empty_variables(command, is_empty))
}

fn network(text: &str) -> Result<IpNet, &'static str> {
    let network = text.parse().or_else(|_| text.parse().map(|address: IpAddr| IpNet::from(address)));
    network.map_err(|_| "must be an IP address or a network, such as 10.0.0.1 or 10.0.0.0/8")
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "must be an IP address and a port, such as 127.0.0.1:5000 or [::]:5000")
}

/// [`Targets`] takes every single word for a module; one that is no level can only be a typing mistake.
fn filter(text: &str) -> Result<Targets, String> {
    let is_level = |word: &str| !word.is_empty() && word.parse::<LevelFilter>().is_ok();
    if let Some(word) = text.split(',').map(str::trim).find(|word| !word.contains('=') && !is_level(word)) {
        return Err(format!("`{word}` is not a level: off, error, warn, info, debug or trace"));
    }
    text.parse().map_err(|_| "must be levels, or modules and levels, as in warn,khata_core=debug".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, clap::Error> {
        let arguments = Arguments::try_parse_from(line.split(' '))?;
        Ok(arguments.command.unwrap_or(Command::Serve(arguments.serve)))
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_serves() {
        for line in ["khata --bind [::1]:80", "khata serve --bind [::1]:80"] {
            let Ok(Command::Serve(args)) = parse(line) else { panic!("{line}") };
            assert_eq!(args.bind, "[::1]:80".parse().unwrap());
        }
        assert!(parse("khata --bind [::1]:80 demo").is_err());
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for line in [
            "khata --bind localhost",
            "khata --token-hours 0",
            "khata --registrations-per-address 0",
            "khata --request-timeout-seconds 0",
            "khata --public-url khata.example",
            "khata --connections 0",
            "khata --cors-origins *",
            "khata --cors-origins https://app.example/path",
            "khata --shop-mib 4096",
            "khata --connections-per-address 0",
            "khata demo --customers 0",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_filter_is_levels_with_or_without_a_module() {
        for text in ["info", "WARN", "off", "warn,khata_core=debug", "khata_http=trace, info"] {
            assert!(filter(text).is_ok(), "{text}");
        }
        for text in ["", "loud", "info,loud", "khata_core=loud"] {
            assert!(filter(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_empty_variable_is_as_absent() {
        let names = |command: &clap::Command| {
            let envs = command.get_arguments().filter_map(|arg| arg.get_env());
            envs.map(OsStr::to_owned).collect::<Vec<_>>()
        };
        let command = without_empty_variables(Arguments::command(), |name| name == "KHATA_BIND");
        let serve = command.find_subcommand("serve").unwrap();
        for command in [&command, serve] {
            assert!(!names(command).contains(&"KHATA_BIND".into()));
            assert!(names(command).contains(&"KHATA_LOG".into()));
        }
    }
}
