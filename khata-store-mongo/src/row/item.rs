//! `items`.

use bson::{DateTime, Uuid};
use khata_core::id::{CustomerId, InvoiceId, ItemId};
use khata_core::ledger::{Item, ItemKind, Side};
use serde::{Deserialize, Serialize};

use super::{Key, Row, date, moment, money, named, signed, time, unsigned};
use crate::error::Unreadable;
use crate::schema::{Collection, ITEMS};

/// An open item.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ItemRow {
    #[serde(rename = "_id")]
    pub(crate) key: Key,
    customer_id: Uuid,
    kind: String,
    side: String,
    amount: i64,
    open: i64,
    invoice_id: Option<Uuid>,
    credited: i64,
    date: String,
    due: String,
    free_from: String,
    seq: i64,
    void: bool,
    updated_at: DateTime,
    status: String,
}

impl Row for ItemRow {
    const COLLECTION: &'static Collection = &ITEMS;
}

impl From<&Item> for ItemRow {
    fn from(item: &Item) -> Self {
        Self {
            key: (item.owner, item.id).into(),
            customer_id: item.customer.uuid().into(),
            kind: item.kind.as_str().to_owned(),
            side: item.side.as_str().to_owned(),
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
            customer: CustomerId::from_uuid(row.customer_id.into()),
            kind: named("items.kind", ItemKind::from_name(&row.kind))?,
            side: named("items.side", Side::from_name(&row.side))?,
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
        if item.status().as_str() == row.status {
            Ok(item)
        } else {
            Err(Unreadable::new("items.status", "not what its other fields amount to"))
        }
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
    updated_at: DateTime,
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
