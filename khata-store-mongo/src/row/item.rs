//! `items`.

use bson::{Bson, Document, doc};
use khata_core::id::{CustomerId, InvoiceId, ItemId, OwnerId};
use khata_core::ledger::{Item, ItemKind, Side};
use serde::{Deserialize, Serialize};

use super::{Id, Key, Moment, Row, date, moment, money, named, signed, time, unsigned};
use crate::error::Unreadable;
use crate::schema::{Collection, ITEMS};

/// One side of a customer's account: what open items are found by. Like an `_id`, it is one value, so that many are
/// looked for at once, and its fields have one order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountSide {
    owner_id: Id,
    customer_id: Id,
    side: String,
}

impl AccountSide {
    pub(crate) fn new(owner: OwnerId, customer: CustomerId, side: Side) -> Self {
        Self {
            owner_id: owner.uuid().into(),
            customer_id: customer.uuid().into(),
            side: side.as_str().to_owned(),
        }
    }

    /// Which are those of a shop.
    pub(crate) fn of_shop(owner: OwnerId) -> Document {
        let end = |customer: Bson| doc! { "ownerId": Id::from(owner.uuid()), "customerId": customer };
        doc! { "$gt": end(Bson::MinKey), "$lt": end(Bson::MaxKey) }
    }

    /// Which are the two of a customer.
    pub(crate) fn of_customer(owner: OwnerId, customer: CustomerId) -> Document {
        let both = [Side::Debit, Side::Credit].map(|side| Bson::from(Self::new(owner, customer, side)));
        doc! { "$in": both.to_vec() }
    }
}

impl From<AccountSide> for Bson {
    fn from(account: AccountSide) -> Self {
        doc! { "ownerId": account.owner_id, "customerId": account.customer_id, "side": account.side }.into()
    }
}

/// An open item.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ItemRow {
    #[serde(rename = "_id")]
    pub(crate) key: Key,
    account: AccountSide,
    kind: String,
    amount: i64,
    open: i64,
    invoice_id: Option<Id>,
    credited: i64,
    date: String,
    due: String,
    free_from: String,
    seq: i64,
    void: bool,
    updated_at: Moment,
    status: String,
}

impl Row for ItemRow {
    const COLLECTION: &'static Collection = &ITEMS;
}

impl From<&Item> for ItemRow {
    fn from(item: &Item) -> Self {
        Self {
            key: (item.owner, item.id).into(),
            account: AccountSide::new(item.owner, item.customer, item.side),
            kind: item.kind.as_str().to_owned(),
            amount: item.amount.minor(),
            open: item.open.minor(),
            invoice_id: item.invoice.map(|invoice| invoice.uuid().into()),
            credited: item.credited.minor(),
            date: item.date.to_string(),
            due: item.due.to_string(),
            free_from: item.free_from.to_string(),
            seq: signed(item.seq),
            void: item.void,
            updated_at: moment(item.updated_at),
            status: item.status().as_str().to_owned(),
        }
    }
}

impl TryFrom<ItemRow> for Item {
    type Error = Unreadable;

    fn try_from(row: ItemRow) -> Result<Self, Unreadable> {
        let item = Self {
            owner: row.key.owner(),
            id: ItemId::from_uuid(row.key.bits()),
            customer: CustomerId::from_uuid(row.account.customer_id.into()),
            kind: named("items.kind", ItemKind::from_name(&row.kind))?,
            side: named("items.account.side", Side::from_name(&row.account.side))?,
            amount: money(row.amount),
            open: money(row.open),
            invoice: row.invoice_id.map(|invoice| InvoiceId::from_uuid(invoice.into())),
            credited: money(row.credited),
            date: date("items.date", &row.date)?,
            due: date("items.due", &row.due)?,
            free_from: date("items.freeFrom", &row.free_from)?,
            seq: unsigned("items.seq", row.seq)?,
            void: row.void,
            updated_at: time("items.updatedAt", row.updated_at)?,
        };
        if item.status().as_str() != row.status {
            return Err(Unreadable::new("items.status", "not what its other fields amount to"));
        }
        if row.account.owner_id != row.key.owner_id {
            return Err(Unreadable::new("items.account.ownerId", "not the shop that the item is of"));
        }
        Ok(item)
    }
}

/// What changes of an item, changed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ItemChange {
    open: i64,
    credited: i64,
    free_from: String,
    void: bool,
    updated_at: Moment,
    status: &'static str,
}

impl From<&Item> for ItemChange {
    fn from(item: &Item) -> Self {
        Self {
            open: item.open.minor(),
            credited: item.credited.minor(),
            free_from: item.free_from.to_string(),
            void: item.void,
            updated_at: moment(item.updated_at),
            status: item.status().as_str(),
        }
    }
}
