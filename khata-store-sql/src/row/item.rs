//! `items`.

use khata_core::id::{CustomerId, InvoiceId, ItemId, OwnerId};
use khata_core::ledger::{Item, ItemKind, Side};
use sqlx::FromRow;
use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

use super::{date, money, named, signed, time, unsigned};
use crate::error::Unreadable;

row! {
    /// An open item.
    #[derive(Debug, FromRow)]
    pub(crate) struct ItemRow {
        owner_id: Uuid,
        id: Uuid,
        customer_id: Uuid,
        kind: String,
        side: String,
        amount: i64,
        open: i64,
        invoice_id: Option<Uuid>,
        credited: i64,
        date: NaiveDate,
        due: NaiveDate,
        free_from: NaiveDate,
        seq: i64,
        void: bool,
        updated_at: i64,
    }
}

impl From<&Item> for ItemRow {
    fn from(item: &Item) -> Self {
        Self {
            owner_id: item.owner.uuid(),
            id: item.id.uuid(),
            customer_id: item.customer.uuid(),
            kind: item.kind.as_str().to_owned(),
            side: item.side.as_str().to_owned(),
            amount: item.amount.minor(),
            open: item.open.minor(),
            invoice_id: item.invoice.map(InvoiceId::uuid),
            credited: item.credited.minor(),
            date: item.date.naive(),
            due: item.due.naive(),
            free_from: item.free_from.naive(),
            seq: signed(item.seq),
            void: item.void,
            updated_at: item.updated_at.millis(),
        }
    }
}

impl TryFrom<ItemRow> for Item {
    type Error = Unreadable;

    fn try_from(row: ItemRow) -> Result<Self, Unreadable> {
        Ok(Self {
            owner: OwnerId::from_uuid(row.owner_id),
            id: ItemId::from_uuid(row.id),
            customer: CustomerId::from_uuid(row.customer_id),
            kind: named("items.kind", ItemKind::from_name(&row.kind))?,
            side: named("items.side", Side::from_name(&row.side))?,
            amount: money(row.amount),
            open: money(row.open),
            invoice: row.invoice_id.map(InvoiceId::from_uuid),
            credited: money(row.credited),
            date: date("items.date", row.date)?,
            due: date("items.due", row.due)?,
            free_from: date("items.free_from", row.free_from)?,
            seq: unsigned("items.seq", row.seq)?,
            void: row.void,
            updated_at: time("items.updated_at", row.updated_at)?,
        })
    }
}

row! {
    /// What changes of an item.
    pub(crate) struct ItemChangeRow {
        owner_id: Uuid,
        id: Uuid,
        open: i64,
        credited: i64,
        free_from: NaiveDate,
        void: bool,
        updated_at: i64,
    }
}

impl From<&Item> for ItemChangeRow {
    fn from(item: &Item) -> Self {
        Self {
            owner_id: item.owner.uuid(),
            id: item.id.uuid(),
            open: item.open.minor(),
            credited: item.credited.minor(),
            free_from: item.free_from.naive(),
            void: item.void,
            updated_at: item.updated_at.millis(),
        }
    }
}
