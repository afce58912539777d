//! The command line and the environment.

mod export;
mod import;

use std::env;
use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use khata_http::PublicUrl;
use tracing_subscriber::filter::{LevelFilter, Targets};

pub(super) use self::export::{ExportArgs, ExportFormat};
pub(super) use self::import::ImportArgs;
use super::shops::Choice;

/// In lines of at most 80 characters, which clap leaves as they are in any usual terminal.
const AFTER_HELP: &str = "\
Databases:
  sqlite://khata.db, sqlite:///var/lib/khata/khata.db
      a file, for one machine
  postgres://user:password@host:5432/khata
      PostgreSQL, for any number of processes; if built with the feature postgres
  mongodb://user:password@host:27017/khata?replicaSet=rs0
      MongoDB, for any number of processes; if built with the feature mongo
  A URL with a password belongs into KHATA_DATABASE_URL, because other users of
  a machine can read command lines.

Signing key:
  Logins are signed with a key, and whoever has it can log in as anybody. For a
  file, the first start makes one, in a file beside it (khata.db.key). A secret
  in the environment takes its place; there is no option for it. A database on
  a server needs one, since all processes that serve it must have the same.

  KHATA_JWT_SECRET      at least 32 bytes; the same in every process that serves
                        the database
  KHATA_JWT_SECRET_OLD  the one before: logins signed with it stay valid

Examples:
  khata
      serve ./khata.db on http://127.0.0.1:5000
  khata demo && khata
      fill it with a shop to look at, and serve that
  khata --database sqlite::memory: --log debug
      try things, and keep nothing
  khata --database sqlite:///var/lib/khata/khata.db --bind 0.0.0.0:5000 \\
        --public-url https://khata.example
      serve others, behind a proxy that speaks https";

const AFTER_COPY_HELP: &str = "\
Both are URLs, as for --database of khata; the variables are for those that hold
a password, since other users of a machine can read command lines.

What is copied:
  Shops with their passwords, customers, entries and papers, and the answers to
  requests with an idempotency key. Logins are not: everybody logs in again.

How it ends:
  When all is copied, it reads both databases from the first entry on,
  recomputes each hash, and compares each row. Only if all are the same is the
  exit code 0; else it is 1, and the first difference is told.

It may be stopped at any time. The same command then goes on from there, and
later copies what is new. So a book can move while it is served: copy it, stop
its server, copy what is new, and start a server on the copy. Until a shop is
copied whole, nobody can log in to it there.

A shop that was changed in TO is never changed back: it is refused, and so is
one whose owner's mobile number is another owner's there.

Examples:
  khata copy sqlite://khata.db sqlite:///backup/khata.db
  khata copy sqlite://khata.db 'mongodb://localhost:27017/khata?replicaSet=rs0'";

const AFTER_VERIFY_HELP: &str = "\
What is verified:
  The chain of entries: each one's hash covers what it says and all before it.
  From the entries, all the rest: every balance, what is open of every document,
  its text and its number, and what is remembered of requests. The first fault of
  each kind is told, with the entry it is at. The book may be in use meanwhile.

  Particulars of customers and of the shop, and logins, lie outside the chain.

How it ends:
  With 0 if all books are sound, else with 1.

The chain alone can't tell a book from one that was rewritten whole, or that was
cut short. Keep a head elsewhere, and it can:
  khata head >> heads.txt
  khata verify --head heads.txt";

/// Khata: a shop's credit book over HTTP. Without a command, it serves.
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
    /// Serve the book over HTTP; `khata` alone does the same
    Serve(ServeArgs),
    /// Fill a book with a shop to look at: customers, and a year of invoices and receipts
    Demo(DemoArgs),
    /// Copy every shop of a database into another, and prove that both have the same
    #[command(after_help = AFTER_COPY_HELP)]
    Copy(CopyArgs),
    /// Write a shop's whole book as text: JSON lines, CSV, or a journal for hledger or Beancount
    #[command(after_help = export::AFTER_HELP)]
    Export(ExportArgs),
    /// Put a book that was exported, or customers from elsewhere, into a database
    #[command(after_help = import::AFTER_HELP)]
    Import(ImportArgs),
    /// Prove that books are sound, recomputing all of them from their entries
    #[command(after_help = AFTER_VERIFY_HELP)]
    Verify(VerifyArgs),
    /// Print how far books have got, signed, to keep elsewhere and to verify them by
    Head(HeadArgs),
}

/// Where the book is.
#[derive(Debug, Args)]
pub(super) struct DatabaseArg {
    /// The database, made if it isn't there; sqlite::memory: keeps nothing
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
    /// Where to listen; 0.0.0.0 and `[::]` are all addresses of the machine, port 0 is any that is free
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        env = "KHATA_BIND",
        hide_env_values = true,
        default_value = "127.0.0.1:5000",
        value_parser = address
    )]
    pub(super) bind: SocketAddr,
    /// Where browsers find the server, if a proxy stands before it. If it is https, or if there is none and --bind
    /// is beyond this machine, they keep the login cookie over https only
    #[arg(long, value_name = "URL", env = "KHATA_PUBLIC_URL", hide_env_values = true)]
    pub(super) public_url: Option<PublicUrl>,
    /// The proxies before the server, by address or network, whose X-Forwarded-For says where requests come from;
    /// without, all that come through one share one count of failed logins
    #[arg(
        long,
        value_name = "ADDRESS[/BITS]",
        env = "KHATA_TRUSTED_PROXIES",
        hide_env_values = true,
        value_delimiter = ',',
        value_parser = network
    )]
    pub(super) trusted_proxies: Vec<IpNet>,
    /// Who may read /metrics, by address or network; to others there is no such path. What comes through a proxy that
    /// is not trusted, and says so, is never answered
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
    /// How long a login lasts, in hours
    #[arg(
        long,
        value_name = "HOURS",
        env = "KHATA_TOKEN_HOURS",
        hide_env_values = true,
        default_value_t = 168,
        value_parser = clap::value_parser!(u32).range(1..=8760)
    )]
    pub(super) token_hours: u32,
    /// How long a request may take, in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        env = "KHATA_REQUEST_TIMEOUT_SECONDS",
        hide_env_values = true,
        default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(1..=3600)
    )]
    pub(super) request_timeout_seconds: u32,
    #[command(flatten)]
    pub(super) log: LogArgs,
}

/// What to log, and how.
#[derive(Debug, Clone, Args)]
pub(super) struct LogArgs {
    /// What to log, to standard error: off, error, warn, info, debug or trace; also by module, as in
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
    /// How to write it
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
    /// How many customers the shop has
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
    /// The database to copy, which is not changed
    #[arg(value_name = "FROM", env = "KHATA_COPY_FROM", hide_env_values = true)]
    pub(super) from: String,
    /// The database to copy it to, made if it isn't there; other shops that it has stay as they are
    #[arg(value_name = "TO", env = "KHATA_COPY_TO", hide_env_values = true)]
    pub(super) to: String,
    /// Say nothing unless something is wrong
    #[arg(long)]
    pub(super) quiet: bool,
}

/// Where the books are; nothing is made.
#[derive(Debug, Args)]
pub(super) struct BooksArg {
    /// The database
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
    /// One shop, by its id or its owner's mobile number, or all
    #[arg(long, value_name = "SHOP", default_value = "all", value_parser = Choice::parse)]
    pub(super) shop: Choice,
    /// Verify the shops of the heads in this file, and that each book still goes on from its head
    #[arg(long, value_name = "FILE", conflicts_with = "shop")]
    pub(super) head: Option<PathBuf>,
}

/// Whose head to print.
#[derive(Debug, Args)]
pub(super) struct HeadArgs {
    #[command(flatten)]
    pub(super) books: BooksArg,
    /// One shop, by its id or its owner's mobile number, or all
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
            "khata --request-timeout-seconds 0",
            "khata --public-url khata.example",
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
