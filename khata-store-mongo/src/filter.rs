//! Filters for many keys at once.

use std::collections::BTreeMap;

use bson::{Bson, Document, Uuid, doc};
use khata_core::id::{CustomerId, OwnerId};
use khata_core::ledger::Side;
use khata_core::record::FieldType;

use crate::row::to_bson;

/// The `_id` of what a shop has under this id.
pub(crate) fn key<T: FieldType>((owner, id): (OwnerId, T)) -> Bson {
    doc! { "owner_id": to_bson(&owner), "id": to_bson(&id) }.into()
}

/// The documents of a collection that have one of these `_id`s; `None` if there is none.
pub(crate) fn by_id<K: Into<Bson>>(ids: impl IntoIterator<Item = K>) -> Option<Document> {
    let ids: Vec<Bson> = ids.into_iter().map(Into::into).collect();
    if ids.is_empty() { None } else { Some(doc! { "_id": { "$in": ids } }) }
}

/// The document of a shop with this id.
pub(crate) fn one<T: FieldType>(owner: OwnerId, id: T) -> Document {
    doc! { "_id": key((owner, id)) }
}

/// An owner's id, for a filter.
pub(crate) fn owner(owner: OwnerId) -> Uuid {
    owner.uuid().into()
}

/// The documents of these shops in `owners`.
pub(crate) fn shops(shops: &[OwnerId]) -> Document {
    doc! { "_id": { "$in": shops.iter().copied().map(owner).collect::<Vec<_>>() } }
}

/// A number that fields are compared with. One too large for a field is larger than any in it.
pub(crate) fn bound(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The documents that match one of these filters; `None` if there is no filter.
pub(crate) fn any_of(mut filters: Vec<Document>) -> Option<Document> {
    if filters.len() > 1 { Some(doc! { "$or": filters }) } else { filters.pop() }
}

/// The documents that have, within each group, one of these values in this field; `of_group` is what the documents of a
/// group have in common.
pub(crate) fn grouped<G: Ord, V: Into<Bson>>(
    field: &str,
    values: impl IntoIterator<Item = (G, V)>,
    of_group: impl Fn(&G) -> Document,
) -> Option<Document> {
    let mut groups: BTreeMap<G, Vec<Bson>> = BTreeMap::new();
    for (group, value) in values {
        groups.entry(group).or_default().push(value.into());
    }
    let filters = groups.into_iter().map(|(group, values)| {
        let mut filter = of_group(&group);
        filter.insert(field, doc! { "$in": values });
        filter
    });
    any_of(filters.collect())
}

/// A shop's documents, by a range of their `_id`s, which begin with the owner: those after `after` in the `part` that
/// comes second, or all.
pub(crate) fn of_owner(owner: OwnerId, part: &str, after: Option<Bson>) -> Document {
    let end = |value: Bson| doc! { "owner_id": Uuid::from(owner.uuid()), part: value };
    doc! { "_id": { "$gt": end(after.unwrap_or(Bson::MinKey)), "$lt": end(Bson::MaxKey) } }
}

/// One side of a customer's account: what open items are found by. Like an `_id`, it is one value, so that many are
/// looked for at once.
pub(crate) fn account(owner: OwnerId, customer: CustomerId, side: Side) -> Bson {
    let (owner, customer) = (to_bson(&owner), to_bson(&customer));
    doc! { "owner_id": owner, "customer_id": customer, "side": side.as_str() }.into()
}

/// The accounts of all customers of a shop.
pub(crate) fn accounts_of_shop(owner: OwnerId) -> Document {
    let end = |customer: Bson| doc! { "owner_id": to_bson(&owner), "customer_id": customer };
    doc! { "$gt": end(Bson::MinKey), "$lt": end(Bson::MaxKey) }
}
