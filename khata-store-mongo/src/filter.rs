//! Filters for many keys at once.

use std::collections::BTreeMap;

use bson::{Bson, Document, Uuid, doc};
use khata_core::id::OwnerId;

use crate::row::Key;

/// Which rows of a collection have one of these ids; none if there is no id.
pub(crate) fn by_id<K: Into<Bson>>(ids: impl IntoIterator<Item = K>) -> Option<Document> {
    let ids: Vec<Bson> = ids.into_iter().map(Into::into).collect();
    if ids.is_empty() { None } else { Some(doc! { "_id": { "$in": ids } }) }
}

/// The row of a shop with this id.
pub(crate) fn one(key: impl Into<Key>) -> Document {
    doc! { "_id": key.into() }
}

/// What an owner's id is in a filter.
pub(crate) fn owner(owner: OwnerId) -> Uuid {
    owner.uuid().into()
}

/// Which rows are let through by one of these filters; none if there is no filter.
pub(crate) fn any_of(mut filters: Vec<Document>) -> Option<Document> {
    if filters.len() > 1 { Some(doc! { "$or": filters }) } else { filters.pop() }
}

/// Which rows have, within each group, one of these values in this field; `of_group` is what its rows have in common.
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

/// A shop's rows, by a piece of their `_id`s, which begin with the owner: those after `after` in the `part` that comes
/// second, or all.
pub(crate) fn of_owner(owner: OwnerId, part: &str, after: Option<Bson>) -> Document {
    let end = |value: Bson| doc! { "ownerId": Uuid::from(owner.uuid()), part: value };
    doc! { "_id": { "$gt": end(after.unwrap_or(Bson::MinKey)), "$lt": end(Bson::MaxKey) } }
}
