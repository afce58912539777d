//! `khata copy`: every shop of one database into another.

use std::io;
use std::time::Instant;

use indicatif::ProgressBar;
use khata_core::store::StoreError;
use khata_core::transfer::{self, Copied, Obstacle, Progress};
use khata_open::{Database, OpenError, Place};

use super::args::CopyArgs;
use super::{print, progress, signals};

/// Why the two databases are not the same.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The one to read.
    #[error("FROM: {0}")]
    From(#[source] OpenError),
    /// The one to write.
    #[error("TO: {0}")]
    To(#[source] OpenError),
    /// One that is kept nowhere.
    #[error("a database in memory is lost on exit; use a file, such as sqlite://khata.db")]
    InMemory,
    /// Both are one.
    #[error("FROM and TO are the same database; choose another one to copy {place} to")]
    Same {
        /// Which.
        place: Place,
    },
    /// The one to read can't be read.
    #[error("FROM ({place}) can't be read")]
    Unreadable {
        /// Which.
        place: Place,
        /// Why not.
        source: StoreError,
    },
    /// The one to read has nothing.
    #[error("FROM ({place}) has no shop, so nothing was copied; check its name")]
    Empty {
        /// Which.
        place: Place,
    },
    /// It was stopped.
    #[error("interrupted; the same command continues from here")]
    Stopped,
    /// The system.
    #[error("the operating system refused an operation")]
    System(#[from] io::Error),
    /// The copy.
    #[error("{error}; {}", advice(error))]
    Transfer {
        /// What is wrong.
        #[from]
        error: transfer::Error,
    },
}

/// What to do about it.
fn advice(error: &transfer::Error) -> &'static str {
    match error {
        transfer::Error::Shop { obstacle, .. } => match obstacle {
            Obstacle::Changed | Obstacle::Disturbed => {
                "stop what writes to it and run the command again, which copies what is new"
            }
            Obstacle::Differs { .. } => {
                "if anything writes to either database, stop it and run the command again; if not, copy into a database \
                 without this shop"
            }
            Obstacle::Unsound { .. } => "what was copied of it stays; khata verify tells more of the source",
            Obstacle::Ahead { .. } => {
                "nothing of it was changed; were FROM and TO meant the other way round?"
            }
            _ => "what the target has of it stays as it is; copy into a database without this shop",
        },
        _ => "the same command continues from here",
    }
}

/// Copies, and tells what is the same in both.
///
/// # Errors
/// [`Error`].
pub(super) async fn run(args: &CopyArgs) -> Result<(), Error> {
    let from = Database::open_existing(&args.from).await.map_err(Error::From)?;
    let told = between(&from, args).await;
    from.close().await;
    let told = told?;
    if !args.quiet {
        print(&told);
    }
    Ok(())
}

/// Opens the target only when there is something to copy into it.
async fn between(from: &Database, args: &CopyArgs) -> Result<String, Error> {
    let place = || from.place().clone();
    let shops = from.store().owners(None, 1).await;
    if shops.map_err(|source| Error::Unreadable { place: place(), source })?.is_empty() {
        return Err(Error::Empty { place: place() });
    }
    let to = Database::open(&args.to).await.map_err(Error::To)?;
    let told = match (from.place(), to.place()) {
        (_, Place::Memory) => Err(Error::InMemory),
        (from, to) if args.from == args.to || is_same(from, to) => Err(Error::Same { place: place() }),
        _ => copied(from, &to, args).await,
    };
    to.close().await;
    told
}

/// Whether both are one file. Two URLs of one database on a server are not seen through; to copy a database into itself
/// does no harm.
fn is_same(one: &Place, other: &Place) -> bool {
    let real = |place: &Place| place.file().and_then(|file| file.canonicalize().ok());
    real(one).is_some_and(|file| real(other) == Some(file))
}

async fn copied(from: &Database, to: &Database, args: &CopyArgs) -> Result<String, Error> {
    let (source, target) = (from.store(), to.store());
    let mut bar = ProgressBar::hidden();
    let mut report = |progress| match progress {
        Progress::Entries(entries) => bar.inc(entries),
        _ if args.quiet => {}
        Progress::Copying { entries, .. } => replace(&mut bar, "copying", entries),
        Progress::Proving { entries } => replace(&mut bar, "comparing", entries),
    };
    let since = Instant::now();
    let mut stop = signals::listen()?;
    let copied = tokio::select! {
        copied = transfer::copy(&*source, &*target, &mut report) => copied.map_err(Error::from),
        _ = stop.recv() => Err(Error::Stopped),
    };
    bar.finish_and_clear();
    let Copied { shops, customers, entries, documents, records } = copied?;
    let millis = since.elapsed().as_millis();
    Ok(format!(
        "Copied {from} to {to} in {millis} ms, and compared every row: both have the same\n  \
         {shops} shops, {customers} customers, {entries} entries, {documents} documents, {records} answers to \
         requests with a key\n\
         Logins are not copied: everybody logs in again.",
        from = from.place(),
        to = to.place(),
    ))
}

fn replace(bar: &mut ProgressBar, what: &'static str, length: u64) {
    bar.finish_and_clear();
    *bar = progress::bar(what, length);
}
