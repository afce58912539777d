//! `allocations`.

use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::ledger::{Allocation, Entry, ItemKind};
use sqlx::FromRow;
use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

use super::key::SeqKey;
use super::{date, money, named, read, signed, unsigned};
use crate::error::Unreadable;

row! {
    /// A part of a credit item that pays a part of a debit item.
    #[derive(Debug, FromRow)]
    pub(crate) struct AllocationRow {
        owner_id: Uuid,
        seq: i64,
        ordinal: i64,
        customer_id: Uuid,
        debit: Uuid,
        debit_kind: String,
        credit: Uuid,
        credit_kind: String,
        amount: i64,
        date: NaiveDate,
        effective: NaiveDate,
    }
}

impl AllocationRow {
    /// Those that the entry caused, each with the entry's date.
    pub(crate) fn all(entry: &Entry) -> impl Iterator<Item = Self> + '_ {
        entry.allocations.iter().map(|allocation| Self {
            owner_id: allocation.owner.uuid(),
            seq: signed(allocation.seq),
            ordinal: allocation.ordinal.into(),
            customer_id: allocation.customer.uuid(),
            debit: allocation.debit.uuid(),
            debit_kind: allocation.debit_kind.as_str().to_owned(),
            credit: allocation.credit.uuid(),
            credit_kind: allocation.credit_kind.as_str().to_owned(),
            amount: allocation.amount.minor(),
            date: entry.date.naive(),
            effective: allocation.effective.naive(),
        })
    }

    /// The entry that caused it.
    pub(crate) fn entry(&self) -> SeqKey {
        SeqKey { owner_id: self.owner_id, seq: self.seq }
    }

    /// The entry's allocation: as it is read where the entry is at hand, to see that its copy of the date is one.
    pub(crate) fn of(self, entry: &Entry) -> Result<Allocation, Unreadable> {
        if self.date != entry.date.naive() {
            return Err(Unreadable::new("allocations.date", "not that of the entry"));
        }
        self.try_into()
    }
}

impl TryFrom<AllocationRow> for Allocation {
    type Error = Unreadable;

    fn try_from(row: AllocationRow) -> Result<Self, Unreadable> {
        Ok(Self {
            owner: OwnerId::from_uuid(row.owner_id),
            seq: unsigned("allocations.seq", row.seq)?,
            ordinal: read("allocations.ordinal", u32::try_from(row.ordinal))?,
            customer: CustomerId::from_uuid(row.customer_id),
            debit: ItemId::from_uuid(row.debit),
            debit_kind: named("allocations.debit_kind", ItemKind::from_name(&row.debit_kind))?,
            credit: ItemId::from_uuid(row.credit),
            credit_kind: named("allocations.credit_kind", ItemKind::from_name(&row.credit_kind))?,
            amount: money(row.amount),
            effective: date("allocations.effective", row.effective)?,
        })
    }
}
