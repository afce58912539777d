//! `khata verify`: proves that books are sound, and that they are what they were.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use khata_core::Khata;
use khata_core::auth::KeyRing;
use khata_core::id::OwnerId;
use khata_core::store::Head;
use khata_core::verify::SignedHead;
use khata_open::{Database, OpenError};

use super::args::VerifyArgs;
use super::shops::{self, Choice};
use super::{head, print};

/// Why it proves nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The shop.
    #[error(transparent)]
    Shops(#[from] shops::Error),
    /// The key that heads are signed with.
    #[error(transparent)]
    Key(#[from] head::Error),
    /// The book.
    #[error("the book can't be read")]
    Book(#[from] khata_core::Error),
    /// The file with heads can't be read.
    #[error("{} can't be read", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} holds no signed heads; they are what `khata head` prints, one a line", .path.display())]
    NoHeads {
        /// Which.
        path: PathBuf,
    },
    /// There are faults.
    #[error("{unsound} of {books} books are not sound")]
    Unsound {
        /// How many with faults.
        unsound: usize,
        /// How many in all.
        books: usize,
    },
}

/// Verifies each book, and tells of it as soon as that is done.
///
/// # Errors
/// [`Error`].
pub(super) async fn run(args: &VerifyArgs) -> Result<(), Error> {
    let known = args.head.as_deref().map(read).transpose()?;
    let database = Database::open_existing(&args.books.url).await?;
    let verified = match &known {
        None => verify(&database, &args.shop, &Known::default()).await,
        Some(known) => verify_known(&database, known).await,
    };
    database.close().await;
    match verified? {
        Told { unsound: 0, .. } => Ok(()),
        Told { unsound, books } => Err(Error::Unsound { unsound, books }),
    }
}

/// Heads that were kept, by their shops.
type Known = BTreeMap<OwnerId, Vec<SignedHead>>;

/// What was found.
#[derive(Debug, Default)]
struct Told {
    unsound: usize,
    books: usize,
}

fn read(path: &Path) -> Result<Known, Error> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|source| Error::File { path: path.to_owned(), source })?;
    let mut known = Known::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let head: SignedHead =
            serde_json::from_str(line).map_err(|_| Error::NoHeads { path: path.to_owned() })?;
        known.entry(head.shop).or_default().push(head);
    }
    if known.is_empty() { Err(Error::NoHeads { path: path.to_owned() }) } else { Ok(known) }
}

/// Verifies the books that the heads are of. One whose shop is not there is the worst of faults.
async fn verify_known(database: &Database, known: &Known) -> Result<Told, Error> {
    let mut told = Told::default();
    for shop in known.keys() {
        let told_of = match verify(database, &Choice::Id(*shop), known).await {
            Err(Error::Shops(shops::Error::Unknown(place))) => {
                print(&format!("shop {shop}: not sound: a head of it was kept, and it is not in {place}"));
                Told { unsound: 1, books: 1 }
            }
            verified => verified?,
        };
        told = Told { unsound: told.unsound + told_of.unsound, books: told.books + told_of.books };
    }
    Ok(told)
}

async fn verify(database: &Database, choice: &Choice, known: &Known) -> Result<Told, Error> {
    let khata = Khata::new(database.store());
    let keys = if known.is_empty() { None } else { Some(head::keys(database)?) };
    let heads = choice.of(&*database.store(), database.place()).await?;
    let mut told = Told { unsound: 0, books: heads.len() };
    for Head { owner, .. } in heads {
        let shop = khata.shop(owner.id).await?;
        let verified = shop.verify().await?;
        print(&format!("{} ({}): {verified}", owner.shop_name, owner.id));
        let mut is_sound = verified.is_sound();
        let kept = known.get(&owner.id).into_iter().flatten();
        for (head, keys) in kept.filter_map(|head| Some((head, keys.as_ref()?))) {
            let (goes_on, line) = held_against(&shop, head, keys).await?;
            print(&line);
            is_sound &= goes_on;
        }
        told.unsound += usize::from(!is_sound);
    }
    Ok(told)
}

/// Whether a book goes on from a head that was kept, and what to say of it.
async fn held_against(
    shop: &khata_core::Shop,
    head: &SignedHead,
    keys: &KeyRing,
) -> Result<(bool, String), Error> {
    let SignedHead { seq, recorded_at, .. } = head;
    let kept = format!("the head kept at entry {seq} of {recorded_at}");
    if !head.is_signed_by(keys) {
        return Ok((false, format!("{kept} is not signed with this database's key: it proves nothing")));
    }
    Ok(if shop.goes_on_from(head).await? {
        (true, format!("{kept} is in the chain: nothing up to it was changed"))
    } else {
        (false, format!("{kept} is not in the chain: the book was rewritten or cut short"))
    })
}
