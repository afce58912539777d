//! Reading customers: see [`CustomerRepository`].

use std::collections::HashMap;

use async_trait::async_trait;
use bson::{Bson, Document, Uuid, doc};
use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::search::WORD_CHARACTERS_MAX;
use khata_core::store::{CustomerCursor, CustomerOrder, CustomerRepository, CustomerSelection, StoreError};
use mongodb::options::{FindOptions, Hint};

use crate::filter::{bound, by_id, key, of_owner, one, owner as id_of};
use crate::row::{CustomerName, Fields};
use crate::schema::{
    CUSTOMER_NAMES, CUSTOMERS_BY_BALANCE, CUSTOMERS_BY_LAST_ENTRY, CUSTOMERS_BY_NAME, CUSTOMERS_POST_DATED,
    Index,
};
use crate::transaction::{Transaction, by_key};
use crate::{MongoStore, call};

/// Number of uses of a word that is common, so that the rest need not be counted.
const USES_MANY: i64 = 100;

/// Number of pages of customers that are looked up and sorted rather than met on the way through the list.
const PAGES_FEW: i64 = 3;

#[async_trait]
impl CustomerRepository for MongoStore {
    async fn customer(&self, owner: OwnerId, id: CustomerId) -> Result<Customer, StoreError> {
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            transaction.find_one(one(owner, id)).await
        };
        call::read(read).await
    }

    async fn customers(
        &self,
        owner: OwnerId,
        selection: &CustomerSelection,
    ) -> Result<Vec<Customer>, StoreError> {
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let words = rarest_first(&mut transaction, owner, &selection.words).await?;
            let mut listed = match selection.order {
                CustomerOrder::Name => by_name(&mut transaction, owner, selection, &words).await,
                _ if words.is_empty() => {
                    let (filter, options) = query(owner, selection, &words);
                    transaction.find(filter, options).await
                }
                _ => by_words(&mut transaction, owner, selection, &words).await,
            }?;
            if let Some(day) = apart_after(selection) {
                let archived = selection.archived.into();
                listed.extend(post_dated(&mut transaction, owner, archived, day, &words).await?);
            }
            Ok(listed)
        };
        call::read(read).await
    }

    async fn all_customers(
        &self,
        owner: OwnerId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>, StoreError> {
        let beyond = of_owner(owner, "id", after.map(|id| Uuid::from(id.uuid()).into()));
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            transaction.find(beyond, by_key(limit)).await
        };
        call::read(read).await
    }
}

/// The day after which customers with entries are apart from the list.
fn apart_after(selection: &CustomerSelection) -> Option<Date> {
    selection.post_dated_after.filter(|_| selection.order == CustomerOrder::Balance)
}

/// What the post-dated sums are above of those customers who have entries dated after a day: the text begins with the last
/// day, and goes on with less than this.
pub(crate) fn dated_after(day: Date) -> String {
    format!("{day}~")
}

/// Every customer of a part of the archive with entries dated after a day, and with these words.
pub(crate) async fn post_dated(
    transaction: &mut Transaction,
    owner: OwnerId,
    archived: Bson,
    day: Date,
    words: &[&str],
) -> Result<Vec<Customer>, StoreError> {
    let mut all: Vec<_> = words.iter().map(|word| beginning_with(word)).collect();
    all.push(doc! {
        "_id.owner_id": id_of(owner), "archived": archived, "post_dated": { "$gt": dated_after(day) },
    });
    let hint = Hint::Name(CUSTOMERS_POST_DATED.name.to_owned());
    transaction.find(doc! { "$and": all }, FindOptions::builder().hint(hint).build()).await
}

/// The customers of a selection in the order of their names, which are in a collection of their own.
async fn by_name(
    transaction: &mut Transaction,
    owner: OwnerId,
    selection: &CustomerSelection,
    words: &[&str],
) -> Result<Vec<Customer>, StoreError> {
    let (filter, mut options) = query(owner, selection, words);
    options.projection = Some(doc! { "_id": 1 });
    let names: Vec<CustomerName> = transaction.find(filter, options).await?;
    let ids = by_id(names.iter().map(|CustomerName(id)| key((owner, *id))));
    let found: Vec<Customer> = transaction.find_all(ids).await?;
    let mut found: HashMap<_, _> = found.into_iter().map(|customer| (customer.id, customer)).collect();
    let customers = names.into_iter().map(|CustomerName(id)| {
        found.remove(&id).ok_or_else(|| StoreError::corrupt("the name of a customer who is not there"))
    });
    customers.collect()
}

/// The customers of a selection with words, in an order that entries change. If few have the words, they are looked up and
/// sorted; if many have them, they are met soon on the way through the list.
async fn by_words(
    transaction: &mut Transaction,
    owner: OwnerId,
    selection: &CustomerSelection,
    words: &[&str],
) -> Result<Vec<Customer>, StoreError> {
    let few = i64::from(selection.limit).saturating_mul(PAGES_FEW);
    let mut with_words: Vec<_> = words.iter().map(|word| beginning_with(word)).collect();
    with_words.push(doc! { "_id.owner_id": id_of(owner), "archived": selection.archived });
    let some = FindOptions::builder().projection(doc! { "_id": 1 }).limit(few.saturating_add(1)).build();
    let names: Vec<CustomerName> = transaction.find(doc! { "$and": with_words }, some).await?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let (mut filter, mut options) = query(owner, selection, words);
    if i64::try_from(names.len()).is_ok_and(|count| count <= few) {
        filter.extend(by_id(names.iter().map(|CustomerName(id)| key((owner, *id)))).unwrap_or_default());
        options.hint = Some(Hint::Name("_id_".to_owned()));
    } else {
        options.hint = Some(Hint::Name(Order::of(selection.order).index.name.to_owned()));
    }
    transaction.find(filter, options).await
}

/// The words, rarest first: of several, the server looks up only the first.
async fn rarest_first<'a>(
    transaction: &mut Transaction,
    owner: OwnerId,
    words: &'a [String],
) -> Result<Vec<&'a str>, StoreError> {
    let mut words: Vec<_> = words.iter().map(|word| (0, word.as_str())).collect();
    if words.len() > 1 {
        let uses = (0..).zip(&words).flat_map(|(at, (_, word))| uses(owner, at, word, at == 0)).collect();
        let read = |fields: &mut Fields<'_>| Ok((fields.get("_id")?, fields.get("uses")?));
        let counted: HashMap<u64, u64> =
            transaction.aggregate(&CUSTOMER_NAMES, uses, read).await?.into_iter().collect();
        for (at, (uses, _)) in (0..).zip(&mut words) {
            *uses = counted.get(&at).copied().unwrap_or_default();
        }
        words.sort_by_key(|(uses, _)| *uses);
    }
    Ok(words.into_iter().map(|(_, word)| word).collect())
}

/// The pipeline that counts the customers who have a word that begins with this one, as far as [`USES_MANY`].
fn uses(owner: OwnerId, at: i64, word: &str, first: bool) -> Vec<Document> {
    let mut with_word = beginning_with(word);
    with_word.insert("_id.owner_id", id_of(owner));
    let counted = vec![
        doc! { "$match": with_word },
        doc! { "$limit": USES_MANY },
        doc! { "$group": { "_id": { "$literal": at }, "uses": { "$sum": 1_i64 } } },
    ];
    if first {
        counted
    } else {
        vec![doc! { "$unionWith": { "coll": CUSTOMER_NAMES.name, "pipeline": counted } }]
    }
}

/// A list without words is a piece of an index, from one key to another. With words, by name, the server tries at each
/// query whether it is quicker to go through the list or to look up a word: that depends on how rare it is.
fn query(owner: OwnerId, selection: &CustomerSelection, words: &[&str]) -> (Document, FindOptions) {
    let order = Order::of(selection.order);
    let mut options = FindOptions::builder()
        .sort(order.index.order(order.direction))
        .limit(i64::from(selection.limit))
        .build();
    let of_list = doc! { "_id.owner_id": id_of(owner), "archived": selection.archived };
    let place = selection.after.as_ref().map(Place::of);
    let others =
        apart_after(selection).map(|day| doc! { "post_dated": { "$not": { "$gt": dated_after(day) } } });
    if words.is_empty() {
        let (first, end) = order.piece(&of_list, place);
        options.hint = Some(Hint::Name(order.index.name.to_owned()));
        (options.min, options.max) = (Some(first), Some(end));
        return (others.unwrap_or_default(), options);
    }
    let mut all: Vec<_> = words.iter().map(|word| beginning_with(word)).collect();
    all.push(of_list);
    all.extend(place.map(|place| order.beyond(place)));
    all.extend(others);
    (doc! { "$and": all }, options)
}

/// The customers who have a word that begins with this one. Bytes of UTF-8 sort as the characters do, and after the word
/// itself none can have so many of the last character.
fn beginning_with(word: &str) -> Document {
    let last = char::MAX.to_string().repeat(WORD_CHARACTERS_MAX);
    doc! { "words": { "$elemMatch": { "$gte": word, "$lt": format!("{word}{last}") } } }
}

/// An order that customers are listed in.
struct Order {
    index: Index,
    direction: i32,
    /// What it is by, before the id.
    field: &'static str,
}

/// A place in an order.
struct Place {
    value: Bson,
    id: CustomerId,
}

impl Place {
    fn of(position: &CustomerCursor) -> Self {
        let (value, id) = match position {
            CustomerCursor::Recent { last_seq, id } => (bound(*last_seq).into(), *id),
            CustomerCursor::Name { name_key, id } => (name_key.into(), *id),
            CustomerCursor::Balance { balance, id } => (balance.minor().into(), *id),
        };
        Self { value, id }
    }
}

impl Order {
    fn of(order: CustomerOrder) -> Self {
        match order {
            CustomerOrder::Recent => {
                Self { index: CUSTOMERS_BY_LAST_ENTRY, direction: -1, field: "last_seq" }
            }
            CustomerOrder::Name => Self { index: CUSTOMERS_BY_NAME, direction: 1, field: "name_key" },
            CustomerOrder::Balance => Self { index: CUSTOMERS_BY_BALANCE, direction: -1, field: "balance" },
        }
    }

    /// The piece of the index that is left of a list after a place: its first key, and the key before which it ends.
    fn piece(&self, of_list: &Document, place: Option<Place>) -> (Document, Document) {
        let key = |value: Bson, id: Bson| {
            let mut key = of_list.clone();
            key.extend(doc! { self.field: value, "_id.id": id });
            key
        };
        let (first, end) = (key(Bson::MinKey, Bson::MinKey), key(Bson::MaxKey, Bson::MaxKey));
        match place {
            None => (first, end),
            // The index is read backwards, and its end does not belong to the piece.
            Some(Place { value, id }) if self.direction < 0 => {
                (first, key(value, Uuid::from(id.uuid()).into()))
            }
            // Its first key does.
            Some(Place { value, id }) => (key(value, after(id)), end),
        }
    }

    /// The customers after a place. The first condition is what an index can begin with.
    fn beyond(&self, Place { value, id }: Place) -> Document {
        let (up_to, beyond) = if self.direction < 0 { ("$lte", "$lt") } else { ("$gte", "$gt") };
        doc! {
            self.field: { up_to: value.clone() },
            "$or": [{ self.field: { beyond: value } }, { "_id.id": { beyond: Uuid::from(id.uuid()) } }],
        }
    }
}

/// The least that comes after an id.
fn after(id: CustomerId) -> Bson {
    match id.uuid().as_u128().checked_add(1) {
        Some(next) => Uuid::from(uuid::Uuid::from_u128(next)).into(),
        None => Bson::MaxKey,
    }
}
