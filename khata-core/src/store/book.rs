//! Changing a book: core decides, the store loads and applies.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::num::NonZeroUsize;
use std::time::Instant;

use async_trait::async_trait;

use super::{Head, StoreError};
use crate::customer::Customer;
use crate::documents::Document;
use crate::id::{CustomerId, EntryId, ItemId, OwnerId, SessionId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::ledger::{Allocation, Entry, Item, Outcome, Side, Totals};
use crate::money::Money;
use crate::number::NumberKey;
use crate::owner::Owner;
use crate::phone::MobileNumber;
use crate::record::Record;

/// The writer. There is no other way to change a book.
#[async_trait]
pub trait BookRepository: fmt::Debug + Send + Sync + 'static {
    /// Carries out a job in one transaction.
    ///
    /// - It calls [`Job::decide`] with the heads of [`Job::shops`], loads what it asks for and calls it again with all
    ///   that was loaded so far, until it yields [`Step::Write`].
    /// - It locks these heads, in ascending order, so that what it writes was decided on rows of these shops that nobody
    ///   has changed since, in this process or another: before they are read, or with its first write, if it begins again
    ///   where anything was written since. All that it reads is of one moment, also for a job that writes nothing.
    /// - It applies all of the [`Writes`] or, whenever it answers with an error but [`StoreError::InDoubt`], none.
    /// - It answers with [`Writes::outcomes`], unchanged and in order, and only when they are durable: a job that
    ///   starts after that sees them, in every process.
    /// - A conflict with another transaction starts it again from the beginning; `decide` may so be called more often.
    /// - It costs the same number of statements however many keys or rows of a kind there are.
    ///
    /// # Errors
    /// - [`StoreError::NotFound`]: one of the shops isn't there.
    /// - [`StoreError::Conflict`]: an owner's new mobile number is another owner's.
    /// - [`StoreError::Corrupt`]: a row to be written breaks any other unique rule, which under the lock can't be.
    /// - [`StoreError::Unavailable`]: the database is away, or the deadline passed before the commit was sent.
    /// - [`StoreError::InDoubt`]: the commit was sent and its fate is unknown. The job may be sent again.
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError>;

    /// How many transactions of different shops one process does well to have under way at once: one, where the
    /// database lets only one write at a time. It never changes.
    fn lanes(&self) -> NonZeroUsize;

    /// Asks the database for a sign of life, in one round trip.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is none.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// A change of one or more books. Pure and restartable: the same rows give the same step.
pub trait Job: Send + Sync {
    /// The shops whose heads to lock, ascending and distinct.
    fn shops(&self) -> &[OwnerId];

    /// The next step, given all that has been loaded; at most three loads.
    fn decide(&self, seen: &Rows) -> Step;
}

/// What a job wants next.
#[derive(Debug)]
pub enum Step {
    /// These rows, in the same transaction.
    Load(Keys),
    /// To write these rows, commit, and be done.
    Write(Box<Writes>),
}

/// The rows a job asks for. Keys are distinct; one that names nothing loads nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Customers by id, archived ones too.
    pub customers: Vec<(OwnerId, CustomerId)>,
    /// Customers by mobile number, archived ones too; what is loaded is whose number it is.
    pub mobiles: Vec<(OwnerId, MobileNumber)>,
    /// Entries by id, each with what it caused: for telling a replay.
    pub entries: Vec<(OwnerId, EntryId)>,
    /// Idempotency records.
    pub idempotency: Vec<(OwnerId, IdempotencyKey)>,
    /// Items by id.
    pub items: Vec<(OwnerId, ItemId)>,
    /// Items by id, for every allocation from or to them.
    pub allocations: Vec<(OwnerId, ItemId)>,
    /// Open items in payment order.
    pub open_items: Vec<(OwnerId, OpenItemsKey)>,
    /// Document numbers; what is loaded is whose number it is.
    pub numbers: Vec<(OwnerId, NumberKey)>,
}

/// Items of a customer on one side with something open, by (due date, `seq`): so many that what is open adds up to
/// `up_to`, or all. (A credit's due date is its date.) For one customer and side there is one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Record)]
#[record(internal)]
pub struct OpenItemsKey {
    /// Whose items.
    #[field(column = "customer_id")]
    pub customer: CustomerId,
    /// Debits or credits.
    pub side: Side,
    /// The sum to reach; above zero.
    pub up_to: Money,
}

/// All that was loaded in a transaction so far. A store adds to it; a job reads it.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// How many times the job has been given what it asked for.
    pub loads: u32,
    /// The heads of the job's shops.
    pub heads: BTreeMap<OwnerId, Head>,
    /// By [`Keys::customers`].
    pub customers: BTreeMap<(OwnerId, CustomerId), Customer>,
    /// By [`Keys::mobiles`].
    pub mobiles: BTreeMap<(OwnerId, MobileNumber), CustomerId>,
    /// By [`Keys::entries`].
    pub entries: BTreeMap<(OwnerId, EntryId), Posted>,
    /// By [`Keys::idempotency`].
    pub idempotency: BTreeMap<(OwnerId, IdempotencyKey), IdempotencyRecord>,
    /// By [`Keys::items`] and [`Keys::open_items`].
    pub items: BTreeMap<(OwnerId, ItemId), Item>,
    /// By [`Keys::allocations`], each item's by (`seq`, `ordinal`); one without any has no row.
    pub allocations: BTreeMap<(OwnerId, ItemId), Vec<Allocation>>,
    /// By [`Keys::numbers`].
    pub numbers: BTreeMap<(OwnerId, NumberKey), ItemId>,
}

/// An entry that is in the book, with its allocations, the item that it opened or voided as that is now, and the
/// item's paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The entry.
    pub entry: Entry,
    /// The item as it is now. A void opens none: it is the one that the void reversed.
    pub item: Item,
    /// The item's paper; an opening balance has none. With a void it is the paper that was voided: the void itself has
    /// none, and its entry no `body_hash`.
    pub document: Option<Document>,
}

/// The rows a job writes: final values, never deltas, one row per key. No unique rule is broken on the way from the
/// old rows to the new ones, in whatever order they are written, if deletions come first.
#[derive(Debug, Clone, Default)]
pub struct Writes {
    /// Heads that moved on. Of a head, `owner` and `password_version` stay as they are: they change by `owners`.
    pub heads: Vec<Head>,
    /// Profiles and passwords.
    pub owners: Vec<OwnerWrite>,
    /// Customers, put whole.
    pub customers: Vec<CustomerWrite>,
    /// Customers to delete, with their search words and the idempotency records whose subject they are.
    pub deleted_customers: Vec<(OwnerId, CustomerId)>,
    /// Customers of which only the ledger's part changed; disjoint from `customers`.
    pub balances: Vec<BalanceWrite>,
    /// New entries, each with its new allocations.
    pub entries: Vec<Entry>,
    /// New documents.
    pub documents: Vec<Document>,
    /// New idempotency records.
    pub idempotency: Vec<(OwnerId, IdempotencyKey, IdempotencyRecord)>,
    /// Items, put: a new one comes with the entry that opens it, whose id it has; of one that is there already, only
    /// `open`, `credited`, `free_from`, `void` and `updated_at` may differ.
    pub items: Vec<Item>,
    /// What the job answers, in the order of its parts.
    pub outcomes: Vec<Outcome>,
}

impl Writes {
    /// Whether there is no row to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
            && self.owners.is_empty()
            && self.customers.is_empty()
            && self.deleted_customers.is_empty()
            && self.balances.is_empty()
            && self.entries.is_empty()
            && self.documents.is_empty()
            && self.idempotency.is_empty()
            && self.items.is_empty()
    }

    /// The items that are new, and those that change.
    #[must_use]
    pub fn new_and_changed_items(&self) -> (Vec<&Item>, Vec<&Item>) {
        let opening: HashSet<_> = self.entries.iter().map(|entry| (entry.owner, entry.id.into())).collect();
        self.items.iter().partition(|item| opening.contains(&(item.owner, item.id)))
    }
}

/// A changed profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerWrite {
    /// The profile, whole.
    pub owner: Owner,
    /// The new password, if it changes too.
    pub password: Option<PasswordWrite>,
}

/// A new password. Every session of the owner but one ends with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordWrite {
    /// The hash, as a PHC string.
    pub hash: String,
    /// Its version: one more than the last.
    pub version: u64,
    /// The session that goes on.
    pub keep: Option<SessionId>,
}

/// A customer, with what the store needs to find and sort it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerWrite {
    /// The customer.
    pub customer: Customer,
    /// The words by which it is found, distinct; they replace those that were there.
    pub words: Vec<String>,
    /// What it is sorted by, bytewise, where customers are sorted by name.
    pub name_key: String,
}

impl CustomerWrite {
    /// The row of that customer.
    #[must_use]
    pub fn new(customer: Customer) -> Self {
        Self { words: customer.search_words(), name_key: customer.name_key(), customer }
    }
}

/// The ledger's part of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(internal, table = "customers")]
pub struct BalanceWrite {
    /// The shop.
    #[field(column = "owner_id")]
    pub owner: OwnerId,
    /// The customer.
    #[field(column = "id")]
    pub customer: CustomerId,
    /// The sums.
    #[field(flatten)]
    pub totals: Totals,
    /// The `seq` of the customer's last entry.
    pub last_seq: u64,
    /// The customer's revision.
    pub revision: u64,
}
