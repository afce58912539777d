//! Open items, each with what it is found by.

use bson::raw::cstr;
use bson::{RawBson, RawDocumentBuf};
use khata_core::id::{CustomerId, OwnerId};
use khata_core::invoice::InvoiceStatus;
use khata_core::ledger::{Item, Side};
use khata_core::record::{FieldType as _, Stored as _};

use super::{Fields, Row, append, document_of, empty};
use crate::error::UnreadableField;
use crate::schema::{Collection, ITEMS};

impl Row for Item {
    const COLLECTION: &'static Collection = &ITEMS;

    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        let item = Self::build(fields)?;
        let status: InvoiceStatus = fields.get("status")?;
        if status != item.status() {
            return Err(fields.unreadable("status", "not what its other fields amount to"));
        }
        let account = fields.nested("account")?.map(|mut account| {
            Ok((
                account.get::<OwnerId>("owner_id")?,
                account.get::<CustomerId>("customer_id")?,
                account.get::<Side>("side")?,
            ))
        });
        let open = item.open.is_positive().then_some((item.owner, item.customer, item.side));
        if account.transpose()? != open {
            return Err(fields.unreadable("account", "not where the item is open"));
        }
        Ok(item)
    }
}

/// The document of an item.
pub(crate) fn item_document(item: &Item) -> RawDocumentBuf {
    let mut document = document_of(item);
    append(&mut document, "status", item.status().value());
    document.append(cstr!("account"), account(item));
    document
}

/// The fields of an item that change.
pub(crate) fn item_changes(item: &Item) -> RawDocumentBuf {
    let mut changes = empty();
    for (name, value) in [
        ("open", item.open.value()),
        ("credited", item.credited.value()),
        ("free_from", item.free_from.value()),
        ("voided_on", item.voided_on.value()),
        ("bounced", item.bounced.value()),
        ("pending_until", item.pending_until.value()),
        ("updated_at", item.updated_at.value()),
        ("status", item.status().value()),
    ] {
        append(&mut changes, name, value);
    }
    changes.append(cstr!("account"), account(item));
    changes
}

fn account(item: &Item) -> RawBson {
    if !item.open.is_positive() {
        return RawBson::Null;
    }
    let mut account = RawDocumentBuf::new();
    append(&mut account, "owner_id", item.owner.value());
    append(&mut account, "customer_id", item.customer.value());
    append(&mut account, "side", item.side.value());
    account.into()
}
