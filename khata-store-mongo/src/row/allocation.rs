//! `allocations`.

use bson::{Bson, doc};
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::ledger::{Allocation, ItemKind};
use serde::{Deserialize, Serialize};

use super::{Id, Row, date, money, named, read, signed, unsigned};
use crate::error::Unreadable;
use crate::schema::{ALLOCATIONS, Collection};

/// A place in the ledger: an entry, and an allocation of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ordinal {
    owner_id: Id,
    seq: i64,
    ordinal: i64,
}

impl Ordinal {
    /// What comes before every allocation of this entry.
    pub(crate) fn first_of(owner: OwnerId, seq: i64) -> Bson {
        doc! { "ownerId": Id::from(owner.uuid()), "seq": seq, "ordinal": Bson::MinKey }.into()
    }

    /// What comes after every allocation of this entry.
    pub(crate) fn last_of(owner: OwnerId, seq: i64) -> Bson {
        doc! { "ownerId": Id::from(owner.uuid()), "seq": seq, "ordinal": Bson::MaxKey }.into()
    }
}

/// A part of a credit item that pays a part of a debit item.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AllocationRow {
    #[serde(rename = "_id")]
    key: Ordinal,
    customer_id: Id,
    debit: Id,
    debit_kind: String,
    credit: Id,
    credit_kind: String,
    amount: i64,
    effective: String,
}

impl Row for AllocationRow {
    const COLLECTION: &'static Collection = &ALLOCATIONS;
}

impl From<&Allocation> for AllocationRow {
    fn from(allocation: &Allocation) -> Self {
        Self {
            key: Ordinal {
                owner_id: allocation.owner.uuid().into(),
                seq: signed(allocation.seq),
                ordinal: allocation.ordinal.into(),
            },
            customer_id: allocation.customer.uuid().into(),
            debit: allocation.debit.uuid().into(),
            debit_kind: allocation.debit_kind.as_str().to_owned(),
            credit: allocation.credit.uuid().into(),
            credit_kind: allocation.credit_kind.as_str().to_owned(),
            amount: allocation.amount.minor(),
            effective: allocation.effective.to_string(),
        }
    }
}

impl TryFrom<AllocationRow> for Allocation {
    type Error = Unreadable;

    fn try_from(row: AllocationRow) -> Result<Self, Unreadable> {
        Ok(Self {
            owner: OwnerId::from_uuid(row.key.owner_id.into()),
            seq: unsigned("allocations._id.seq", row.key.seq)?,
            ordinal: read("allocations._id.ordinal", u32::try_from(row.key.ordinal))?,
            customer: CustomerId::from_uuid(row.customer_id.into()),
            debit: ItemId::from_uuid(row.debit.into()),
            debit_kind: named("allocations.debitKind", ItemKind::from_name(&row.debit_kind))?,
            credit: ItemId::from_uuid(row.credit.into()),
            credit_kind: named("allocations.creditKind", ItemKind::from_name(&row.credit_kind))?,
            amount: money(row.amount),
            effective: date("allocations.effective", &row.effective)?,
        })
    }
}
