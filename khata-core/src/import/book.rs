//! Writing of a checked book.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Ready;
use std::io::{BufRead, Seek};

use super::check::{self, Checked};
use super::error::Error;
use super::lines::Lines;
#[cfg(feature = "auth")]
use crate::auth::Password;
use crate::counters::Counters;
use crate::customer::Customer;
use crate::export::line::Line;
use crate::id::{CustomerId, OwnerId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::khata::Khata;
use crate::ledger::ChainHash;
use crate::owner::{NO_PASSWORD_HASH, Owner};
use crate::store::{Head, Store, StoreError};
use crate::transfer::writer::{ShopWriter, genesis};
use crate::transfer::{Failure, Obstacle};

/// Number of rows to write at once.
const PAGE: usize = 500;

/// A file with a book that was checked completely.
#[derive(Debug)]
pub struct BookFile<R> {
    reader: R,
    checked: Checked,
}

/// State of a book in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The database doesn't have the shop.
    Absent,
    /// The database has this number of entries from the beginning.
    Has(u64),
    /// The database has the whole book and further entries, this number in total. There is nothing to import.
    GoneOn(u64),
}

/// The result of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// State of the book in the database before the import.
    pub before: Standing,
    /// Whether the given password was set, which it is unless the owner already had one.
    pub password_set: bool,
}

impl<R: BufRead + Seek + Send> BookFile<R> {
    /// Reads a whole file and checks every line. Nothing is written. It keeps some hundred bytes per entry and customer in
    /// memory.
    ///
    /// # Errors
    /// [`Error::File`] if the file can't be read; [`Error::Line`] with the first invalid line.
    pub fn check(mut reader: R) -> Result<Self, Error> {
        reader.rewind()?;
        let checked = check::check(&mut reader)?;
        Ok(Self { reader, checked })
    }

    /// Returns the owner of the book.
    pub fn owner(&self) -> &Owner {
        &self.checked.owner
    }

    /// Returns the number of entries.
    pub fn entries(&self) -> u64 {
        self.checked.end.seq
    }

    /// Returns the number of customers.
    pub fn customers(&self) -> u64 {
        self.checked.end.customers
    }

    fn head(&self) -> Head {
        let Checked { owner, end, .. } = &self.checked;
        Head {
            owner: owner.clone(),
            password_version: 1,
            seq: end.seq,
            hash: end.hash,
            recorded_at: end.recorded_at,
            counters: Counters::default(),
        }
    }

    /// Returns a writer of the shop, of which the store has the entries up to `seq`.
    fn resumed<'s>(&self, store: &'s dyn Store, seq: u64) -> Result<ShopWriter<'s>, Error> {
        let Checked { owner, .. } = &self.checked;
        let hash = self.checked.hash_at(seq);
        let hash = hash.ok_or_else(|| Failure::from(Obstacle::Disturbed).of(owner))?;
        Ok(ShopWriter::resume(store, owner.id, (seq, hash)))
    }

    /// Writes the missing part of the book.
    async fn write(
        &mut self,
        writer: &mut ShopWriter<'_>,
        report: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(), Error> {
        let mut lines = lines_of_customers(&mut self.reader)?;
        let checked = &self.checked;
        let failed = |failure: Failure| failure.of(&checked.owner);
        write_customers(&mut lines, writer, checked).await?;
        let there = writer.seq();
        pass(&mut lines, |line| matches!(line, Line::Entry(entry) if entry.seq() <= there))?;
        loop {
            let entries = page(&mut lines, |line| match line {
                Line::Entry(line) => Ok(line),
                other => Err(other),
            })?;
            let postings = entries.into_iter().map(|line| checked.posted(*line));
            let postings = postings.collect::<Result<Vec<_>, _>>().map_err(|fault| lines.wrong(fault))?;
            if postings.is_empty() {
                break;
            }
            let count = postings.len() as u64;
            writer.postings(postings).await.map_err(failed)?;
            report(count);
        }
        write_requests(&mut lines, writer, checked).await
    }

    /// Checks that the customers can be written. A mobile number that another customer has in the database is no obstacle if
    /// the book gives that customer another available number.
    async fn foresee_customers(&mut self, writer: &ShopWriter<'_>) -> Result<(), Error> {
        let owner = self.checked.owner.clone();
        let mut waiting = BTreeMap::new();
        let mut lines = lines_of_customers(&mut self.reader)?;
        loop {
            let customers = page_of_customers(&mut lines, owner.id)?;
            if customers.is_empty() {
                break;
            }
            let found = writer.foresee(customers).await.map_err(|failure| failure.of(&owner))?;
            waiting.extend(found);
        }
        let mut staying: BTreeSet<_> = waiting.values().copied().collect();
        let mut lines = lines_of_customers(&mut self.reader)?;
        while !staying.is_empty() {
            let customers = page_of_customers(&mut lines, owner.id)?;
            if customers.is_empty() {
                break;
            }
            staying.retain(|holder| customers.iter().all(|customer| customer.id != *holder));
        }
        match waiting_for_ever(waiting, &staying) {
            Some(customer) => {
                Err(Failure::from(Obstacle::CustomerMobileTaken { customer }).of(&owner).into())
            }
            None => Ok(()),
        }
    }
}

/// Returns the lines from the customers on. The shop before them is already in the head.
fn lines_of_customers<R: BufRead + Seek>(reader: &mut R) -> Result<Lines<&mut R>, Error> {
    reader.rewind()?;
    let mut lines = Lines::new(reader);
    lines.begin()?;
    lines.next()?;
    Ok(lines)
}

/// Returns the first customer who waits for a number that is never released, since its holder keeps it or waits too.
fn waiting_for_ever(
    mut waiting: BTreeMap<CustomerId, CustomerId>,
    staying: &BTreeSet<CustomerId>,
) -> Option<CustomerId> {
    loop {
        let still: BTreeMap<_, _> = waiting
            .iter()
            .filter(|(_, holder)| waiting.contains_key(holder) || staying.contains(holder))
            .map(|(customer, holder)| (*customer, *holder))
            .collect();
        if still.len() == waiting.len() {
            return still.into_keys().next();
        }
        waiting = still;
    }
}

fn page_of_customers(lines: &mut Lines<impl BufRead>, owner: OwnerId) -> Result<Vec<Customer>, Error> {
    page(lines, |line| match line {
        Line::Customer(line) => Ok(line.of(owner)),
        other => Err(other),
    })
}

/// Writes customers. Those whose number still belongs to another customer are written last.
async fn write_customers(
    lines: &mut Lines<impl BufRead + Send>,
    writer: &ShopWriter<'_>,
    checked: &Checked,
) -> Result<(), Error> {
    let failed = |failure: Failure| failure.of(&checked.owner);
    let mut left = Vec::new();
    loop {
        let customers = page_of_customers(lines, checked.owner.id)?;
        if customers.is_empty() {
            return Ok(writer.left_customers(left).await.map_err(failed)?);
        }
        left.extend(writer.customers(customers).await.map_err(failed)?);
    }
}

/// Writes idempotency records. A record whose subject is not in the book is skipped.
async fn write_requests(
    lines: &mut Lines<impl BufRead + Send>,
    writer: &ShopWriter<'_>,
    checked: &Checked,
) -> Result<(), Error> {
    loop {
        let requests = page(lines, |line| match line {
            Line::Request(line) => Ok(<(IdempotencyKey, IdempotencyRecord)>::from(line)),
            other => Err(other),
        })?;
        if requests.is_empty() {
            return Ok(());
        }
        let kept = requests.into_iter().filter(|(_, record)| checked.has(record.subject)).collect();
        writer.records(kept).await.map_err(|failure| failure.of(&checked.owner))?;
    }
}

/// Returns the next rows of a type, or none if there are no more.
fn page<T>(lines: &mut Lines<impl BufRead>, take: impl Fn(Line) -> Result<T, Line>) -> Result<Vec<T>, Error> {
    let mut rows = Vec::new();
    while rows.len() < PAGE {
        match take(lines.next()?) {
            Ok(row) => rows.push(row),
            Err(other) => {
                lines.put_back(other);
                break;
            }
        }
    }
    Ok(rows)
}

/// Skips lines.
fn pass(lines: &mut Lines<impl BufRead>, which: impl Fn(&Line) -> bool) -> Result<(), Error> {
    loop {
        let line = lines.next()?;
        if !which(&line) {
            lines.put_back(line);
            return Ok(());
        }
    }
}

impl Khata {
    /// Determines the state of a book in the database. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Transfer`] if the file can't be imported: see [`import`](Self::import).
    pub async fn standing_of<R: BufRead + Seek + Send>(
        &self,
        book: &mut BookFile<R>,
    ) -> Result<Standing, Error> {
        let store = &*self.inner.store;
        let standing = examine(store, &book.checked).await.map_err(|failure| failure.of(book.owner()))?;
        if let Standing::Has(seq) = standing {
            let writer = book.resumed(store, seq)?;
            book.foresee_customers(&writer).await?;
        }
        Ok(standing)
    }

    /// Imports a book into the database, or the missing part of it. `report` is called with the number of further entries
    /// written. The owner of a new shop gets `password`; an existing owner keeps the current one.
    ///
    /// An import that was interrupted, by dropping it or by a crash, continues when it is called again. Nobody can log in to
    /// a new shop before the import is complete. An owner who was [registered without a
    /// password](crate::owner::NewOwner::without_password) gets `password` too.
    ///
    /// # Errors
    /// [`Error::Transfer`] if the database fails or has conflicting data: another book of the shop, another owner with the
    /// mobile number, or a profile or a customer that was changed later than in the file, which is never overwritten.
    #[cfg(feature = "auth")]
    pub async fn import<R: BufRead + Seek + Send>(
        &self,
        book: &mut BookFile<R>,
        password: &Password,
        report: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Imported, Error> {
        let own = book.owner().own_words();
        let hash = async { self.inner.auth.hash(password, own).await.map_err(Error::Password) };
        self.import_with(book, Some(hash), report).await
    }

    /// Imports a book as `import` does. The owner of a new shop gets no password, and can't log in by one.
    ///
    /// # Errors
    /// [`Error::Transfer`] if the database fails or has conflicting data.
    pub async fn import_without_password<R: BufRead + Seek + Send>(
        &self,
        book: &mut BookFile<R>,
        report: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Imported, Error> {
        self.import_with(book, None::<Ready<_>>, report).await
    }

    /// `hash` is awaited if the owner has no password yet.
    async fn import_with<R: BufRead + Seek + Send>(
        &self,
        book: &mut BookFile<R>,
        hash: Option<impl Future<Output = Result<String, Error>> + Send>,
        report: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Imported, Error> {
        let store = &*self.inner.store;
        let before = self.standing_of(book).await?;
        let (head, owner) = (book.head(), book.owner().clone());
        let of = |failure: Failure| Error::from(failure.of(&owner));
        let mut writer = match before {
            Standing::GoneOn(_) => return Ok(Imported { before, password_set: false }),
            Standing::Absent => ShopWriter::begin(store, &head).await.map_err(of)?,
            Standing::Has(seq) => book.resumed(store, seq)?,
        };
        book.write(&mut writer, report).await?;
        let mut credentials =
            store.credentials(owner.id).await.map_err(|error| of(Failure::Target(error)))?;
        let hash = hash.filter(|_| credentials.password_hash == NO_PASSWORD_HASH);
        let password_set = hash.is_some();
        if let Some(hash) = hash {
            credentials.password_hash = hash.await?;
        }
        writer.finish(&head, &credentials).await.map_err(of)?;
        Ok(Imported { before, password_set })
    }
}

/// Determines the state of a book in the database, if the database has its beginning or continues from its end.
async fn examine(store: &dyn Store, book: &Checked) -> Result<Standing, Failure> {
    let owner = book.owner.id;
    match store.credentials_by_mobile(&book.owner.mobile).await {
        Ok(holder) if holder.owner != owner => return Err(Obstacle::OwnerMobileTaken.into()),
        Ok(_) | Err(StoreError::NotFound) => {}
        Err(error) => return Err(Failure::Target(error)),
    }
    let there = match store.head(owner).await {
        Err(StoreError::NotFound) => return Ok(Standing::Absent),
        read => read.map_err(Failure::Target)?,
    };
    let common = there.seq.min(book.end.seq);
    if hash_there(store, &there, common).await? != book.hash_at(common) {
        return Err(Obstacle::Diverged { seq: common }.into());
    }
    if there.seq > book.end.seq {
        return Ok(Standing::GoneOn(there.seq));
    }
    if there.owner != book.owner && there.owner.revision >= book.owner.revision {
        return Err(Obstacle::ProfileAhead.into());
    }
    Ok(Standing::Has(there.seq))
}

/// Returns the hash of the chain in the database after a number of entries.
async fn hash_there(store: &dyn Store, head: &Head, seq: u64) -> Result<Option<ChainHash>, Failure> {
    match seq.checked_sub(1) {
        None => Ok(Some(genesis(head).1)),
        Some(_) if seq == head.seq => Ok(Some(head.hash)),
        Some(before) => {
            let entries = store.entries(head.owner.id, before, 1).await.map_err(Failure::Target)?;
            Ok(entries.first().filter(|entry| entry.seq == seq).map(|entry| entry.hash))
        }
    }
}
