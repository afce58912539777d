//! Changes of books: core decides, the store loads rows and applies writes.

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
use crate::ledger::{Allocation, Entry, Item, Outcome, PostDatedDays, Side, Totals};
use crate::money::Money;
use crate::number::{DocumentNumber, NumberKey};
use crate::numbering::NumberPattern;
use crate::owner::Owner;
use crate::phone::MobileNumber;
use crate::record::Record;

/// The writer of books. Nothing else changes a book.
#[async_trait]
pub trait BookRepository: fmt::Debug + Send + Sync + 'static {
    /// Carries out a job in one transaction.
    ///
    /// - It calls [`Job::decide`] with the heads of [`Job::shops`] and the rows of [`Job::keys`], if there are any, loads the
    ///   requested rows and calls it again with all rows loaded so far, until it returns [`Step::Write`].
    /// - It locks these heads, in ascending order, so that the writes are decided on rows of these shops that no process
    ///   has changed since: it locks them before they are read, or with its first write, if it restarts when anything was
    ///   written since. All reads see a single point in time, also for a job that writes nothing.
    /// - It applies all of the [`Writes`] or, if it returns an error other than [`StoreError::InDoubt`], none of them.
    /// - It returns [`Writes::outcomes`], unchanged and in order, and only once they are durable: a job that starts
    ///   afterwards sees them, in every process.
    /// - After a conflict with another transaction it restarts from the beginning, so `decide` may be called more often.
    /// - The number of round trips to the database doesn't depend on the number of keys or rows of a kind.
    ///
    /// # Errors
    /// - [`StoreError::NotFound`]: one of the shops doesn't exist.
    /// - [`StoreError::Conflict`]: the new mobile number of an owner belongs to another owner.
    /// - [`StoreError::Corrupt`]: a row to be written breaks any other unique rule, which is impossible under the lock.
    /// - [`StoreError::Unavailable`]: the database can't be reached, or the deadline passed before the commit was sent.
    /// - [`StoreError::InDoubt`]: the commit was sent and its outcome is unknown. The job may be sent again.
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError>;

    /// Returns the recommended number of concurrent transactions of different shops in a process: one, if the database
    /// allows only one writer at a time. It never changes.
    fn lanes(&self) -> NonZeroUsize;

    /// Returns the recommended number of concurrent jobs of the same shops in a process: more than one, if the store carries
    /// out a job while it waits for the one before to become durable. It never changes. A store that returns more than one
    /// carries out jobs in the order in which their futures are first polled.
    fn depth(&self) -> NonZeroUsize {
        NonZeroUsize::MIN
    }

    /// Checks in one round trip that the database responds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it doesn't.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// A change of one or more books. It is pure and restartable: the same rows lead to the same step.
pub trait Job: Send + Sync {
    /// Returns the shops whose heads are locked, ascending and distinct.
    fn shops(&self) -> &[OwnerId];

    /// Returns the keys of rows to load together with the heads, before the first decision: the first of the loads. Without
    /// any, the first decision is on the heads alone.
    fn keys(&self) -> Keys {
        Keys::default()
    }

    /// Returns the next step, given all rows loaded so far. There are at most three loads.
    fn decide(&self, seen: &Rows) -> Step;
}

/// The next step of a job.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a step is taken apart at once, and a box would cost each batch an allocation more"
)]
pub enum Step {
    /// Load these rows in the same transaction.
    Load(Keys),
    /// Write these rows and commit.
    Write(Box<Writes>),
}

/// Keys of the rows to load. They are distinct; a key without a row loads nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Customers by id, including archived ones.
    pub customers: Vec<(OwnerId, CustomerId)>,
    /// Mobile numbers, of which the holder's id is loaded, including archived customers.
    pub mobiles: Vec<(OwnerId, MobileNumber)>,
    /// Entries by id, each with its allocations, item and document, to detect replays.
    pub entries: Vec<(OwnerId, EntryId)>,
    /// Idempotency records.
    pub idempotency: Vec<(OwnerId, IdempotencyKey)>,
    /// Items by id.
    pub items: Vec<(OwnerId, ItemId)>,
    /// Items by id, of which every allocation from or to them is loaded.
    pub allocations: Vec<(OwnerId, ItemId)>,
    /// Open items in payment order.
    pub open_items: Vec<(OwnerId, OpenItemsKey)>,
    /// Document numbers, of which the document's id is loaded.
    pub numbers: Vec<(OwnerId, NumberKey)>,
    /// Patterns of document numbers, of which the highest number is loaded: that with the most digits, and of those the last
    /// one bytewise.
    pub highest_numbers: Vec<(OwnerId, NumberPattern)>,
}

impl Keys {
    /// Returns whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Open items of a customer on one side, by (due date, `seq`): the first ones whose open amounts add up to `up_to`, or all
/// of them. (The due date of a credit is its date.) There is one key per customer and side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Record)]
#[record(internal)]
pub struct OpenItemsKey {
    /// The customer.
    #[field(column = "customer_id")]
    pub customer: CustomerId,
    /// Debits or credits.
    pub side: Side,
    /// Sum to reach, above zero.
    pub up_to: Money,
}

/// All rows loaded in a transaction so far. The store adds rows; the job reads them.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Number of loads so far.
    pub loads: u32,
    /// Heads of the job's shops.
    pub heads: BTreeMap<OwnerId, Head>,
    /// Customers by [`Keys::customers`].
    pub customers: BTreeMap<(OwnerId, CustomerId), Customer>,
    /// Holders of mobile numbers by [`Keys::mobiles`].
    pub mobiles: BTreeMap<(OwnerId, MobileNumber), CustomerId>,
    /// Entries by [`Keys::entries`].
    pub entries: BTreeMap<(OwnerId, EntryId), Posted>,
    /// Idempotency records by [`Keys::idempotency`].
    pub idempotency: BTreeMap<(OwnerId, IdempotencyKey), IdempotencyRecord>,
    /// Items by [`Keys::items`] and [`Keys::open_items`].
    pub items: BTreeMap<(OwnerId, ItemId), Item>,
    /// Allocations by [`Keys::allocations`], for each item by (`seq`, `ordinal`). An item without allocations has no row.
    pub allocations: BTreeMap<(OwnerId, ItemId), Vec<Allocation>>,
    /// Documents by [`Keys::numbers`].
    pub numbers: BTreeMap<(OwnerId, NumberKey), ItemId>,
    /// Highest numbers, in upper case, by [`Keys::highest_numbers`].
    pub highest_numbers: BTreeMap<(OwnerId, NumberPattern), DocumentNumber>,
}

/// A posted entry with its allocations, the current state of the item that it opened or is about, and the document of the
/// item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The entry.
    pub entry: Entry,
    /// Current state of the item. A void, a bounce and an allocation open none; this is the one that they are about.
    pub item: Item,
    /// Document of the item. An entry that opens no item has no document itself, and no `body_hash`.
    pub document: Option<Document>,
}

/// The rows that a job writes: final values, never deltas, one row per key. No unique rule is broken between the old rows
/// and the new ones, in whatever order they are written, if deletions come first.
#[derive(Debug, Clone, Default)]
pub struct Writes {
    /// Changed heads. Their `owner` and `password_version` are unchanged: those change by `owners`.
    pub heads: Vec<Head>,
    /// Changed profiles and passwords.
    pub owners: Vec<OwnerWrite>,
    /// New and changed customers, as whole rows.
    pub customers: Vec<CustomerWrite>,
    /// Customers to delete, with their search words and the idempotency records of which they are the subject.
    pub deleted_customers: Vec<(OwnerId, CustomerId)>,
    /// Customers of whom only totals changed; disjoint from `customers`.
    pub balances: Vec<BalanceWrite>,
    /// New entries, each with its new allocations.
    pub entries: Vec<Entry>,
    /// New documents.
    pub documents: Vec<Document>,
    /// New idempotency records.
    pub idempotency: Vec<(OwnerId, IdempotencyKey, IdempotencyRecord)>,
    /// New and changed items. A new item comes with the entry that opens it and has the same id. Of an existing item only
    /// `open`, `credited`, `free_from`, `voided_on`, `bounced`, `pending_until` and `updated_at` may differ.
    pub items: Vec<Item>,
    /// Outcomes of the job, in the order of its parts.
    pub outcomes: Vec<Outcome>,
}

impl Writes {
    /// Returns whether there are no rows to write.
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

    /// Returns the new items and the changed items.
    #[must_use]
    pub fn new_and_changed_items(&self) -> (Vec<&Item>, Vec<&Item>) {
        let opening: HashSet<_> = self.entries.iter().map(|entry| (entry.owner, entry.id.into())).collect();
        self.items.iter().partition(|item| opening.contains(&(item.owner, item.id)))
    }
}

/// A changed profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerWrite {
    /// The whole profile.
    pub owner: Owner,
    /// The new password, if it changes.
    pub password: Option<PasswordWrite>,
}

/// A new password. It ends every session of the owner except one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordWrite {
    /// Hash of the password, as a PHC string.
    pub hash: String,
    /// Version of the password: one more than the last.
    pub version: u64,
    /// The session that stays open.
    pub keep: Option<SessionId>,
}

/// A customer with the search words and the sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerWrite {
    /// The customer.
    pub customer: Customer,
    /// Search words, distinct. They replace the previous ones.
    pub words: Vec<String>,
    /// Sort key of the name, compared bytewise.
    pub name_key: String,
}

impl CustomerWrite {
    /// Creates the row of a customer.
    #[must_use]
    pub fn new(customer: Customer) -> Self {
        Self { words: customer.search_words(), name_key: customer.name_key(), customer }
    }
}

/// A change of a customer's totals.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(internal, table = "customers")]
pub struct BalanceWrite {
    /// The shop.
    #[field(column = "owner_id")]
    pub owner: OwnerId,
    /// The customer.
    #[field(column = "id")]
    pub customer: CustomerId,
    /// Totals of the customer.
    #[field(flatten)]
    pub totals: Totals,
    /// Sums of the post-dated entries by day.
    pub post_dated: Option<PostDatedDays>,
    /// Number of the customer's cheques that bounced.
    pub bounced_cheques: u64,
    /// `seq` of the customer's last entry.
    pub last_seq: u64,
    /// Revision of the customer.
    pub revision: u64,
}
