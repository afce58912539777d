//! A book that was exported, into a database.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use khata_core::Khata;
use khata_core::auth::Password;
use khata_core::import::{self, BookFile, Imported, Standing};
use khata_core::transfer::{self, Obstacle};
use khata_open::{Database, OpenError, Place};

use crate::program::args::ImportArgs;
use crate::program::{print, progress, signals};

/// Why nothing, or not all, was imported.
#[derive(Debug, thiserror::Error)]
pub(in crate::program) enum Error {
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// It would be gone at once.
    #[error(
        "what is in memory is gone when the program ends; name a file, such as --database sqlite://khata.db"
    )]
    InMemory,
    /// The file.
    #[error("{} can't be opened", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What is in the file.
    #[error("{}: {source}; nothing was written", .path.display())]
    Book {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: import::Error,
    },
    /// The database has something else, or fails.
    #[error("{source}; {}", advice(source))]
    Import {
        /// How.
        source: import::Error,
    },
    /// The password.
    #[error("the password on standard input {0}")]
    Password(String),
    /// It was stopped.
    #[error("interrupted; the same command continues from here")]
    Stopped,
    /// The system.
    #[error("the operating system refused an operation")]
    System(#[source] io::Error),
}

/// What to do about it.
fn advice(error: &import::Error) -> &'static str {
    match error {
        import::Error::Transfer(transfer::Error::Shop { obstacle: Obstacle::Disturbed, .. }) => {
            "stop what writes to it, and run the command again, which continues from here"
        }
        import::Error::Transfer(transfer::Error::Shop { .. }) => {
            "what the database has of it stays as it is; import into a database without this shop"
        }
        _ => "what was written stays, and the same command continues from here",
    }
}

/// Checks a book, writes it, and tells how it went.
///
/// # Errors
/// [`Error`].
pub(super) async fn run(args: &ImportArgs, file: &Path) -> Result<(), Error> {
    let mut book = read(file)?;
    if args.dry_run {
        return dry_run(args, &mut book).await;
    }
    let password = NewPassword::of(args)?;
    let database = Database::open(&args.database.url).await?;
    let done = match database.place() {
        Place::Memory => Err(Error::InMemory),
        _ => write(&database, args, &mut book, &password).await,
    };
    database.close().await;
    let done = done?;
    if !args.quiet {
        print(&told(&book, &done, database.place()));
    }
    if let (true, NewPassword { made_up: Some(text), .. }) = (done.password_set, &password) {
        print(&format!("{} logs in with the password {text}; it should be changed.", book.owner().mobile));
    }
    Ok(())
}

type Book = BookFile<BufReader<File>>;

fn read(path: &Path) -> Result<Book, Error> {
    let file = File::open(path);
    let path = || path.to_owned();
    let file = file.map_err(|source| Error::File { path: path(), source })?;
    BookFile::check(BufReader::with_capacity(1 << 20, file))
        .map_err(|source| Error::Book { path: path(), source })
}

async fn dry_run(args: &ImportArgs, book: &mut Book) -> Result<(), Error> {
    let database = match Database::open_existing(&args.database.url).await {
        Err(error) if error.is_missing() => None,
        opened => Some(opened?),
    };
    let standing = match &database {
        None => Ok(Standing::Absent),
        Some(database) => {
            Khata::new(database.store()).standing_of(book).await.map_err(|source| Error::Import { source })
        }
    };
    if let Some(database) = &database {
        database.close().await;
    }
    let (owner, entries) = (book.owner(), book.entries());
    let what = match standing? {
        Standing::Absent => format!("the shop is new here; all {entries} entries would be written"),
        Standing::Has(there) => {
            format!("{there} of {entries} entries are here; {} would be written", entries - there)
        }
        Standing::GoneOn(there) => {
            format!(
                "all {entries} entries are here, and the book goes on to {there}; nothing would be written"
            )
        }
    };
    let (shop, id, customers) = (&owner.shop_name, owner.id, book.customers());
    print(&format!("{shop} ({id}), {customers} customers: {what}\nNothing was written: it is a dry run."));
    Ok(())
}

async fn write(
    database: &Database,
    args: &ImportArgs,
    book: &mut Book,
    password: &NewPassword,
) -> Result<Imported, Error> {
    let khata = Khata::new(database.store());
    let bar = match args.quiet {
        true => indicatif::ProgressBar::hidden(),
        false => progress::bar("importing", book.entries()),
    };
    let mut report = |entries| bar.inc(entries);
    let mut stop = signals::listen().map_err(Error::System)?;
    let done = tokio::select! {
        done = khata.import(book, &password.password, &mut report) => done.map_err(|source| Error::Import { source }),
        _ = stop.recv() => Err(Error::Stopped),
    };
    bar.finish_and_clear();
    done
}

fn told(book: &Book, done: &Imported, place: &Place) -> String {
    let (owner, entries, customers) = (book.owner(), book.entries(), book.customers());
    let what = match done.before {
        Standing::Absent => format!("{customers} customers, {entries} entries"),
        Standing::Has(there) => format!("{} entries more, {entries} in all", entries - there),
        Standing::GoneOn(there) => {
            format!("nothing, since all of it is there and the book goes on to entry {there}")
        }
    };
    format!("Imported {} ({}) into {place}: {what}", owner.shop_name, owner.id)
}

/// The password of an owner who is new.
struct NewPassword {
    password: Password,
    /// Its text, if nobody knows it yet.
    made_up: Option<String>,
}

impl NewPassword {
    fn of(args: &ImportArgs) -> Result<Self, Error> {
        if !args.password_stdin {
            return Ok(Self::make_up());
        }
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(Error::System)?;
        let text = line.strip_suffix('\n').unwrap_or(&line);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let password = Password::parse(text).map_err(|fault| Error::Password(fault.message))?;
        Ok(Self { password, made_up: None })
    }

    /// 100 bits in 20 characters that are hard to confuse, in groups that are easy to type.
    fn make_up() -> Self {
        const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";
        let mut random = [0; 20];
        getrandom::fill(&mut random).expect("the system has a source of random bytes");
        let letters: Vec<_> = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
        let text = groups.join("-");
        let password = Password::parse(&text).expect("it is long enough, and letters and digits");
        Self { password, made_up: Some(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_made_up_is_never_the_same() {
        let [one, other] = [(); 2].map(|()| NewPassword::make_up().made_up.unwrap());
        assert_ne!(one, other);
        assert_eq!((one.len(), one.matches('-').count()), (23, 3));
    }
}
