//! The lines of a book as JSON lines, as they are written and read: see [`export`](super).

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, TimeZone, Timestamp};
use crate::customer::Customer;
use crate::documents::Document;
use crate::gst::Gstin;
use crate::id::{ActorId, CustomerId, EntryId, ItemId, OwnerId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::ledger::{Allocation, ChainHash, Entry, EntryKind, ItemKind, Totals};
use crate::money::{Currency, Money};
use crate::owner::Owner;
use crate::phone::MobileNumber;
use crate::store::Posted;
use crate::text::{Name, Note};
use crate::upi::UpiId;

/// The version of the format.
pub(crate) const VERSION: u32 = 1;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Line {
    Khata(Header),
    Shop(Box<ShopLine>),
    Customer(Box<CustomerLine>),
    Entry(Box<EntryLine>),
    Request(RequestLine),
    End(End),
}

/// That it is a book, and in which version of the format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) format: String,
    pub(crate) version: u32,
}

impl Header {
    /// What the format is called.
    pub(crate) const FORMAT: &'static str = "khata-book";
}

/// The profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ShopLine {
    id: OwnerId,
    shop_name: Name,
    proprietor_name: Name,
    mobile_number: MobileNumber,
    gst_number: Option<Gstin>,
    state: Option<Name>,
    currency: Currency,
    time_zone: TimeZone,
    upi_id: Option<UpiId>,
    locked_until: Option<Date>,
    created_at: Timestamp,
    updated_at: Timestamp,
    revision: u64,
}

impl From<&Owner> for ShopLine {
    fn from(owner: &Owner) -> Self {
        let owner = owner.clone();
        Self {
            id: owner.id,
            shop_name: owner.shop_name,
            proprietor_name: owner.proprietor_name,
            mobile_number: owner.mobile,
            gst_number: owner.gst_number,
            state: owner.state,
            currency: owner.currency,
            time_zone: owner.time_zone,
            upi_id: owner.upi_id,
            locked_until: owner.locked_until,
            created_at: owner.created_at,
            updated_at: owner.updated_at,
            revision: owner.revision,
        }
    }
}

impl From<ShopLine> for Owner {
    fn from(line: ShopLine) -> Self {
        Self {
            id: line.id,
            shop_name: line.shop_name,
            proprietor_name: line.proprietor_name,
            mobile: line.mobile_number,
            gst_number: line.gst_number,
            state: line.state,
            currency: line.currency,
            time_zone: line.time_zone,
            upi_id: line.upi_id,
            locked_until: line.locked_until,
            created_at: line.created_at,
            updated_at: line.updated_at,
            revision: line.revision,
        }
    }
}

/// A customer's particulars; the sums follow from the entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CustomerLine {
    pub(crate) id: CustomerId,
    name: Name,
    firm_name: Option<Name>,
    mobile_number: MobileNumber,
    city: Option<Name>,
    state: Option<Name>,
    gst_number: Option<Gstin>,
    credit_limit: Option<Money>,
    archived_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    revision: u64,
}

impl From<&Customer> for CustomerLine {
    fn from(customer: &Customer) -> Self {
        let customer = customer.clone();
        Self {
            id: customer.id,
            name: customer.name,
            firm_name: customer.firm_name,
            mobile_number: customer.mobile,
            city: customer.city,
            state: customer.state,
            gst_number: customer.gst_number,
            credit_limit: customer.credit_limit,
            archived_at: customer.archived_at,
            created_at: customer.created_at,
            updated_at: customer.updated_at,
            revision: customer.revision,
        }
    }
}

impl CustomerLine {
    /// The customer before the first entry.
    pub(crate) fn of(self, owner: OwnerId) -> Customer {
        Customer {
            id: self.id,
            owner,
            name: self.name,
            firm_name: self.firm_name,
            mobile: self.mobile_number,
            city: self.city,
            state: self.state,
            gst_number: self.gst_number,
            credit_limit: self.credit_limit,
            totals: Totals::default(),
            archived_at: self.archived_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
            revision: self.revision,
            last_seq: 0,
        }
    }
}

/// An entry, with its own paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EntryLine {
    pub(crate) seq: u64,
    id: EntryId,
    actor_id: ActorId,
    kind: EntryKind,
    customer_id: CustomerId,
    item_id: ItemId,
    date: Date,
    recorded_at: Timestamp,
    amount: Money,
    reason: Option<Note>,
    /// The document's body, to the byte.
    document: Option<String>,
    allocations: Vec<AllocationLine>,
    hash: ChainHash,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AllocationLine {
    debit_id: ItemId,
    debit_kind: ItemKind,
    credit_id: ItemId,
    credit_kind: ItemKind,
    amount: Money,
    effective_date: Date,
}

impl From<&Posted> for EntryLine {
    fn from(Posted { entry, document, .. }: &Posted) -> Self {
        // A void comes with the paper of what it voids, which is there already.
        let own = document.as_ref().filter(|_| entry.kind != EntryKind::Void);
        Self {
            seq: entry.seq,
            id: entry.id,
            actor_id: entry.actor,
            kind: entry.kind,
            customer_id: entry.customer,
            item_id: entry.item,
            date: entry.date,
            recorded_at: entry.recorded_at,
            amount: entry.amount,
            reason: entry.reason.clone(),
            document: own.map(|document| document.body.clone()),
            allocations: entry.allocations.iter().map(AllocationLine::from).collect(),
            hash: entry.hash,
        }
    }
}

impl From<&Allocation> for AllocationLine {
    fn from(row: &Allocation) -> Self {
        Self {
            debit_id: row.debit,
            debit_kind: row.debit_kind,
            credit_id: row.credit,
            credit_kind: row.credit_kind,
            amount: row.amount,
            effective_date: row.effective,
        }
    }
}

impl EntryLine {
    /// The entry, and the body of its paper.
    pub(crate) fn of(self, owner: OwnerId) -> (Entry, Option<String>) {
        let Self { seq, customer_id: customer, .. } = self;
        let allocation = |(ordinal, row): (u32, AllocationLine)| Allocation {
            owner,
            seq,
            ordinal,
            customer,
            debit: row.debit_id,
            debit_kind: row.debit_kind,
            credit: row.credit_id,
            credit_kind: row.credit_kind,
            amount: row.amount,
            effective: row.effective_date,
        };
        let entry = Entry {
            owner,
            seq,
            id: self.id,
            actor: self.actor_id,
            kind: self.kind,
            customer,
            item: self.item_id,
            date: self.date,
            recorded_at: self.recorded_at,
            amount: self.amount,
            reason: self.reason,
            body_hash: self.document.as_deref().map(Document::body_hash),
            allocations: (0..).zip(self.allocations).map(allocation).collect(),
            hash: self.hash,
        };
        (entry, self.document)
    }
}

/// An answer that is remembered under an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RequestLine {
    pub(crate) key: IdempotencyKey,
    /// SHA-256 of the request, in the form that core gives it.
    fingerprint: ChainHash,
    /// The document or customer that came of it.
    subject_id: ItemId,
    /// JSON, to the byte.
    answer: String,
}

impl From<&(IdempotencyKey, IdempotencyRecord)> for RequestLine {
    fn from((key, record): &(IdempotencyKey, IdempotencyRecord)) -> Self {
        Self {
            key: key.clone(),
            fingerprint: ChainHash(record.fingerprint),
            subject_id: record.subject,
            answer: record.answer.clone(),
        }
    }
}

impl From<RequestLine> for (IdempotencyKey, IdempotencyRecord) {
    fn from(line: RequestLine) -> Self {
        let RequestLine { key, fingerprint: ChainHash(fingerprint), subject_id: subject, answer } = line;
        (key, IdempotencyRecord { fingerprint, subject, answer })
    }
}

/// That the book ends here, and what there should be of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct End {
    pub(crate) seq: u64,
    pub(crate) hash: ChainHash,
    pub(crate) recorded_at: Timestamp,
    pub(crate) customers: u64,
    pub(crate) requests: u64,
    /// Of all the lines before, with their line breaks.
    pub(crate) sha256: ChainHash,
}
