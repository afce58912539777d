//! The columns of what is more than a record, or less: keys, words, heads, sums.

use std::collections::HashMap;

use khata_core::calendar::{Date, FinancialYear};
use khata_core::customer::Customer;
use khata_core::documents::Document;
use khata_core::id::{CustomerId, EntryId, ItemId, OwnerId, SessionId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::{Allocation, Entry, Item, Side};
use khata_core::money::Money;
use khata_core::number::{DocumentNumber, NumberKey};
use khata_core::numbering::NumberPattern;
use khata_core::owner::Owner;
use khata_core::phone::MobileNumber;
use khata_core::record::{Record, Stored};
use khata_core::search::WORD_CHARACTERS_MAX;
use khata_core::store::{
    Account, BalanceWrite, Credentials, CustomerWrite, DaySum, Head, LiveSession, OpenItemsKey, OpenSum,
    OwnerWrite, PasswordWrite, Session, StoreError, Throttle, ThrottleKey, Writes,
};
use khata_core::text::Name;
use uuid::Uuid;

use crate::error::Unreadable;
use crate::row::{Reader, Row, columns_of};
use crate::set::{Cells, Set};

/// Records whose columns are those of a table, or of a sum over its rows.
macro_rules! records {
    ($($record:ty),+ $(,)?) => {$(
        impl Set for $record {
            fn show<'r>(row: Option<&'r Self>, cells: &mut Cells<'r, '_>) {
                cells.fields(row);
            }
        }

        impl Row for $record {
            fn columns() -> Vec<Vec<&'static str>> {
                columns_of::<Self>()
            }

            fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
                reader.record()
            }
        }
    )+};
}

records! {
    Account, Allocation, BalanceWrite, Balances, Credentials, Customer, CustomerName, DatedAllocation, DaySum, Document,
    Entry, HighestNumber, Item, LiveSession, OpenSum, Overdue, Owner, PeriodSums, Session, WordRange, WordUses, Written,
}

/// Keys of one column.
macro_rules! single_keys {
    ($($key:ty: $column:literal;)+) => {$(
        impl Set for $key {
            fn show<'r>(row: Option<&'r Self>, cells: &mut Cells<'r, '_>) {
                cells.column($column, row);
            }
        }
    )+};
}

single_keys! {
    OwnerId: "id";
    ThrottleKey: "key";
}

/// Keys of several columns, some with the columns of a record after them.
macro_rules! keys {
    ($(($($column:ident: $key:ty),+) $(+ $record:ident: $fields:ty)?;)+) => {$(
        impl Set for ($($key,)+ $($fields,)?) {
            fn show<'r>(row: Option<&'r Self>, cells: &mut Cells<'r, '_>) {
                let ($($column,)+ $($record,)?) = match row {
                    Some(($($column,)+ $($record,)?)) => ($(Some($column),)+ $(Some($record),)?),
                    None => ($(None::<&$key>,)+ $(None::<&$fields>,)?),
                };
                $(cells.column(stringify!($column), $column);)+
                $(cells.fields($record);)?
            }
        }
    )+};
}

keys! {
    (owner_id: OwnerId, id: CustomerId);
    (owner_id: OwnerId, id: EntryId);
    (owner_id: OwnerId, id: ItemId);
    (owner_id: OwnerId, id: SessionId);
    (owner_id: OwnerId, mobile_number: MobileNumber);
    (owner_id: OwnerId, key: IdempotencyKey);
    (owner_id: OwnerId, key: IdempotencyKey) + record: IdempotencyRecord;
    (owner_id: OwnerId) + number: NumberKey;
    (owner_id: OwnerId) + items: OpenItemsKey;
    (owner_id: OwnerId) + pattern: NumberPattern;
    (key: ThrottleKey) + throttle: Throttle;
}

impl Row for (OwnerId, IdempotencyKey, IdempotencyRecord) {
    fn columns() -> Vec<Vec<&'static str>> {
        columns_of::<Self>()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let reader = reader.of(IdempotencyRecord::TABLE);
        Ok((reader.get("owner_id")?, reader.get("key")?, reader.record()?))
    }
}

impl Row for (ThrottleKey, Throttle) {
    fn columns() -> Vec<Vec<&'static str>> {
        columns_of::<Self>()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        Ok((reader.of(Throttle::TABLE).get("key")?, reader.record()?))
    }
}

/// A head, with its counters as the column has them.
pub(crate) struct HeadRow<'w> {
    head: &'w Head,
    counters: String,
}

impl<'w> From<&'w Head> for HeadRow<'w> {
    fn from(head: &'w Head) -> Self {
        let counters = serde_json::to_string(&head.counters).expect("its keys are texts");
        Self { head, counters }
    }
}

impl Set for HeadRow<'_> {
    fn show<'r>(row: Option<&'r Self>, cells: &mut Cells<'r, '_>) {
        let head = row.map(|row| row.head);
        cells.fields(head.map(|head| &head.owner));
        cells.column("password_version", head.map(|head| &head.password_version));
        cells.column("seq", head.map(|head| &head.seq));
        cells.column("hash", head.map(|head| &head.hash));
        cells.column("recorded_at", head.map(|head| &head.recorded_at));
        cells.column("counters", row.map(|row| &row.counters));
    }
}

impl Row for Head {
    fn columns() -> Vec<Vec<&'static str>> {
        columns_of::<HeadRow<'_>>()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let counters: String = reader.of(Owner::TABLE).get("counters")?;
        Ok(Self {
            owner: reader.record()?,
            password_version: reader.get("password_version")?,
            seq: reader.get("seq")?,
            hash: reader.get("hash")?,
            recorded_at: reader.get("recorded_at")?,
            counters: serde_json::from_str(&counters)
                .map_err(|error| reader.unreadable("counters", error))?,
        })
    }
}

/// A new owner.
pub(crate) struct NewOwner<'w> {
    pub(crate) head: HeadRow<'w>,
    pub(crate) password_hash: &'w str,
}

impl Set for NewOwner<'_> {
    fn show<'r>(row: Option<&'r Self>, cells: &mut Cells<'r, '_>) {
        HeadRow::show(row.map(|row| &row.head), cells);
        cells.text("password_hash", row.map(|row| row.password_hash));
    }
}

/// A new password, and the session that goes on. Without one it has an id of zeros, which no session has.
pub(crate) struct NewPassword<'w> {
    owner: OwnerId,
    password: &'w PasswordWrite,
    keep: SessionId,
}

impl<'w> NewPassword<'w> {
    pub(crate) fn of(write: &'w OwnerWrite) -> Option<Self> {
        write.password.as_ref().map(|password| {
            let keep = password.keep.unwrap_or(SessionId::from_uuid(Uuid::nil()));
            Self { owner: write.owner.id, password, keep }
        })
    }
}

impl Set for NewPassword<'_> {
    fn show<'r>(row: Option<&'r Self>, cells: &mut Cells<'r, '_>) {
        cells.column("owner_id", row.map(|row| &row.owner));
        cells.column("hash", row.map(|row| &row.password.hash));
        cells.column("version", row.map(|row| &row.password.version));
        cells.column("keep", row.map(|row| &row.keep));
    }
}

/// A customer, with what it is sorted by.
impl Set for CustomerWrite {
    fn show<'r>(row: Option<&'r Self>, cells: &mut Cells<'r, '_>) {
        cells.fields(row.map(|row| &row.customer));
        cells.column("name_key", row.map(|row| &row.name_key));
    }
}

/// A word of a customer.
pub(crate) struct Word<'w> {
    customer: &'w Customer,
    word: &'w str,
}

impl<'w> Word<'w> {
    /// Every word of a customer.
    pub(crate) fn all(write: &'w CustomerWrite) -> impl Iterator<Item = Self> {
        write.words.iter().map(|word| Self { customer: &write.customer, word })
    }
}

impl Set for Word<'_> {
    fn show<'r>(row: Option<&'r Self>, cells: &mut Cells<'r, '_>) {
        cells.column("owner_id", row.map(|row| &row.customer.owner));
        cells.text("word", row.map(|row| row.word));
        cells.column("customer_id", row.map(|row| &row.customer.id));
    }
}

/// The words that begin with one: from it on, the end excluded.
#[derive(Record)]
#[record(internal, table = "customer_words")]
pub(crate) struct WordRange {
    pub(crate) first: String,
    pub(crate) until: String,
}

impl WordRange {
    /// Bytes of UTF-8 sort as the characters do, and after the word itself none can have so many of the last character.
    pub(crate) fn beginning_with(word: &str) -> Self {
        let last = char::MAX.to_string().repeat(WORD_CHARACTERS_MAX);
        Self { first: word.to_owned(), until: format!("{word}{last}") }
    }
}

/// A range of words, and how many there are in it.
#[derive(Record)]
#[record(internal, table = "customer_words")]
pub(crate) struct WordUses {
    #[field(flatten)]
    pub(crate) range: WordRange,
    pub(crate) uses: u64,
}

impl WordUses {
    /// Whether it is better to look at everybody who has such a word than at everybody in turn. No more than a thousand
    /// are counted.
    pub(crate) fn is_rare(&self) -> bool {
        self.uses < 1000
    }
}

/// The highest number of a pattern; none if no document has one.
#[derive(Record)]
#[record(internal, table = "documents")]
pub(crate) struct HighestNumber {
    pub(crate) owner_id: OwnerId,
    #[field(flatten)]
    pub(crate) pattern: NumberPattern,
    pub(crate) number: Option<DocumentNumber>,
}

/// An entry, with the document that it posted.
pub(crate) struct EntryRow<'w> {
    entry: &'w Entry,
    document: Option<(FinancialYear, &'w Document)>,
}

impl<'w> EntryRow<'w> {
    /// The new entries of a job, each with its document.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a document is not that of a new entry, since what both have is written once.
    pub(crate) fn all(writes: &'w Writes) -> Result<Vec<Self>, StoreError> {
        let of_entry = |document: &'w Document| ((document.owner, document.seq), document);
        let mut documents: HashMap<_, _> = writes.documents.iter().map(of_entry).collect();
        if documents.len() != writes.documents.len() {
            return Err(StoreError::corrupt("an entry with two documents"));
        }
        let row = |entry: &'w Entry| {
            let document = documents.remove(&(entry.owner, entry.seq));
            if document.is_some_and(|document| !is_of(document, entry)) {
                return Err(StoreError::corrupt("a document that is not that of its entry"));
            }
            Ok(Self { entry, document: document.map(|document| (document.key.series().year, document)) })
        };
        let rows = writes.entries.iter().map(row).collect::<Result<_, _>>()?;
        if documents.is_empty() { Ok(rows) } else { Err(StoreError::corrupt("a document without its entry")) }
    }
}

/// Whether what an entry and its document both have is the same.
fn is_of(document: &Document, entry: &Entry) -> bool {
    let of_document = (document.id, document.customer, document.date, document.recorded_at);
    let of_entry = (ItemId::from(entry.id), entry.customer, entry.date, entry.recorded_at);
    of_document == of_entry && document.kind().as_str() == entry.kind.as_str()
}

impl Set for EntryRow<'_> {
    fn show<'r>(row: Option<&'r Self>, cells: &mut Cells<'r, '_>) {
        cells.fields(row.map(|row| row.entry));
        let document = row.map(|row| row.document.as_ref());
        cells.optional("year", document.map(|document| document.map(|(year, _)| year)));
        let text = |text: fn(&'r Document) -> &'r str| {
            document.map(|document| document.map(|(_, document)| text(document)))
        };
        cells.optional_text("number", text(|document| document.key.number()));
        cells.optional_text("body", text(|document| &document.body));
    }
}

/// An allocation, with copies of what its entry says.
#[derive(Record)]
#[record(internal, table = "allocations")]
pub(crate) struct DatedAllocation {
    #[field(flatten)]
    pub(crate) allocation: Allocation,
    date: Date,
    own: Option<Side>,
}

impl DatedAllocation {
    /// Those that the entry caused.
    pub(crate) fn all(entry: &Entry) -> impl Iterator<Item = Self> + '_ {
        let row = |allocation: &Allocation| {
            let allocation = allocation.clone();
            Self { date: entry.date, own: own_side(entry, &allocation), allocation }
        };
        entry.allocations.iter().map(row)
    }

    /// The entry's allocation: as it is read where the entry is at hand, to see that its copies are such.
    pub(crate) fn of(self, entry: &Entry) -> Result<Allocation, Unreadable> {
        if self.date != entry.date {
            return Err(Unreadable::new(Self::TABLE, "date", "not that of the entry"));
        }
        if self.own != own_side(entry, &self.allocation) {
            return Err(Unreadable::new(Self::TABLE, "own", "not the side of the entry's item"));
        }
        Ok(self.allocation)
    }
}

/// The side of an allocation that is the item which the entry itself opened.
fn own_side(entry: &Entry, allocation: &Allocation) -> Option<Side> {
    let opened = ItemId::from(entry.id);
    match opened {
        _ if allocation.debit == opened => Some(Side::Debit),
        _ if allocation.credit == opened => Some(Side::Credit),
        _ => None,
    }
}

/// What a customer is called.
#[derive(Record)]
#[record(internal, table = "customers")]
pub(crate) struct CustomerName {
    pub(crate) customer_name: Name,
}

/// The sums of an account: before a period, in it up to a place, and in all of it.
#[derive(Record)]
#[record(internal, table = "entries")]
pub(crate) struct PeriodSums {
    pub(crate) before: Money,
    pub(crate) passed: Money,
    pub(crate) within: Money,
}

/// How much is overdue.
#[derive(Record)]
#[record(internal, table = "items")]
pub(crate) struct Overdue {
    pub(crate) amount: Money,
}

/// How many customers there are, and what they owe and are owed.
#[derive(Record)]
#[record(internal, table = "customers")]
pub(crate) struct Balances {
    pub(crate) customers: u64,
    pub(crate) receivable: Money,
    pub(crate) advances: Money,
}

/// How many rows a part of a batch wrote.
#[derive(Record)]
#[record(internal, table = "parts")]
pub(crate) struct Written {
    pub(crate) part: u64,
    pub(crate) rows: u64,
}
