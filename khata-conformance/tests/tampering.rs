//! Tampering with the store in memory, for the tests of verification.

use std::sync::Arc;

use async_trait::async_trait;

use khata_conformance::tampering::{self, Change, Exposed, Row, Value};
use khata_core::calendar::{Date, FinancialYear, TimeZone, Timestamp};
use khata_core::documents::Document;
use khata_core::id::{ActorId, CustomerId, EntryId, InvoiceId, ItemId, OwnerId};
use khata_core::ledger::{
    Allocation, ChainHash, Credited, Entry, EntryKind, Item, ItemKind, PostDatedDays, Side,
};
use khata_core::money::{Currency, Money};
use khata_core::number::{DocumentNumber, NumberKey, Series};
use khata_core::record::{self, FieldType as _};
use khata_core::store::{MemoryStore, Store};
use khata_core::testing::Book;
use khata_core::text::Note;

#[tokio::test]
async fn what_is_altered_behind_its_back_is_found() {
    tampering::check(&Memory(Arc::new(MemoryStore::new()))).await;
}

struct Memory(Arc<MemoryStore>);

#[async_trait]
impl Exposed for Memory {
    fn store(&self) -> Arc<dyn Store> {
        self.0.clone()
    }

    async fn tamper(&self, shop: OwnerId, row: &Row, change: &Change) {
        self.0.tamper(shop, |book| match change {
            Change::Remove => assert!(remove(book, row), "there is no {row:?}"),
            Change::Set(field, value) => set(book, row, field, value.clone()),
        });
    }
}

fn remove(book: &mut Book, row: &Row) -> bool {
    match row {
        Row::Owner | Row::Counter(_) => false,
        Row::Customer(id) => book.customers.remove(id).is_some(),
        Row::Entry(seq) => book.entries.remove(seq).is_some(),
        Row::Allocation(seq, ordinal) => {
            entry(book, *seq).allocations.remove(*ordinal as usize);
            true
        }
        Row::Item(seq) => {
            let id = entry(book, *seq).item;
            book.items.remove(&id).is_some()
        }
        Row::Document(seq) => {
            let id = entry(book, *seq).item;
            book.documents.remove(&id).is_some()
        }
        Row::Request(key) => book.idempotency.remove(key).is_some(),
    }
}

fn set(book: &mut Book, row: &Row, field: &str, value: Value) {
    match row {
        Row::Owner => set_owner(book, field, value),
        Row::Customer(id) => {
            let customer = &mut book.customers.get_mut(id).expect("there is such a customer").customer;
            match field {
                "balance" => customer.totals.balance = money(value),
                "invoiced" => customer.totals.invoiced = money(value),
                "received" => customer.totals.received = money(value),
                "post_dated" => {
                    let days = PostDatedDays::from_value(record::Value::Text(text(value)));
                    customer.post_dated = Some(days.expect("they are days with sums"));
                }
                "last_seq" => customer.last_seq = number(value),
                _ => panic!("{field}"),
            }
        }
        Row::Entry(seq) => set_entry(entry(book, *seq), field, value),
        Row::Allocation(seq, ordinal) => {
            set_allocation(&mut entry(book, *seq).allocations[*ordinal as usize], field, value);
        }
        Row::Item(seq) => {
            let id = entry(book, *seq).item;
            set_item(book.items.get_mut(&id).expect("there is such an item"), field, value);
        }
        Row::Document(seq) => {
            let id = entry(book, *seq).item;
            set_document(book.documents.get_mut(&id).expect("there is such a document"), field, value);
        }
        Row::Counter(series) => book.head.counters.set(*series, number(value)),
        Row::Request(key) => {
            let record = book.idempotency.get_mut(key).expect("there is such a record");
            record.subject = ItemId::from_uuid(id(value));
        }
    }
}

fn set_owner(book: &mut Book, field: &str, value: Value) {
    let head = &mut book.head;
    match field {
        "currency" => head.owner.currency = Currency::parse(text(value)).expect("it is a currency"),
        "time_zone" => head.owner.time_zone = TimeZone::parse(text(value)).expect("it is a time zone"),
        "seq" => head.seq = number(value),
        "hash" => head.hash = ChainHash(hash(value)),
        "recorded_at" => head.recorded_at = time(value),
        _ => panic!("{field}"),
    }
}

fn set_entry(entry: &mut Entry, field: &str, value: Value) {
    match field {
        "id" => entry.id = EntryId::from_uuid(id(value)),
        "actor" => entry.actor = ActorId::from_uuid(id(value)),
        "kind" => entry.kind = EntryKind::from_name(text(value)).expect("it is a kind"),
        "customer" => entry.customer = CustomerId::from_uuid(id(value)),
        "date" => entry.date = date(value),
        "recorded_at" => entry.recorded_at = time(value),
        "amount" => entry.amount = money(value),
        "reason" => entry.reason = Some(Note::parse(text(value)).expect("it is a note")),
        "body_hash" => entry.body_hash = Some(hash(value)),
        "hash" => entry.hash = ChainHash(hash(value)),
        _ => panic!("{field}"),
    }
}

fn set_allocation(row: &mut Allocation, field: &str, value: Value) {
    match field {
        "amount" => row.amount = money(value),
        "effective" => row.effective = date(value),
        "customer" => row.customer = CustomerId::from_uuid(id(value)),
        _ => panic!("{field}"),
    }
}

fn set_item(item: &mut Item, field: &str, value: Value) {
    match field {
        "open" => item.open = money(value),
        "credited" => {
            item.credited =
                Some(Credited::from_value(record::Value::Text(text(value))).expect("it is such a text"));
        }
        "invoice" => item.invoice = Some(InvoiceId::from_uuid(id(value))),
        "voided_on" => item.voided_on = (value != Value::Null).then(|| date(value)),
        "pending_until" => item.pending_until = Some(date(value)),
        "free_from" => item.free_from = date(value),
        "updated_at" => item.updated_at = time(value),
        "customer" => item.customer = CustomerId::from_uuid(id(value)),
        "kind" => {
            let kind = ItemKind::ALL.iter().copied().find(|kind| Value::Text(kind.as_str()) == value);
            item.kind = kind.expect("it is a kind");
        }
        "side" => item.side = Side::from_name(text(value)).expect("it is a side"),
        "amount" => item.amount = money(value),
        "date" => item.date = date(value),
        "due" => item.due = date(value),
        _ => panic!("{field}"),
    }
}

fn set_document(document: &mut Document, field: &str, value: Value) {
    let number_of = |key: &NumberKey| DocumentNumber::parse(key.number()).expect("it is a number");
    match field {
        "body" => text(value).clone_into(&mut document.body),
        "number" => {
            let number = DocumentNumber::parse(text(value)).expect("it is a number");
            document.key = NumberKey::new(document.key.series(), &number);
        }
        "year" => {
            let year = u16::try_from(number(value)).expect("it is a year");
            let series = Series { year: FinancialYear::from_start_year(year), ..document.key.series() };
            document.key = NumberKey::new(series, &number_of(&document.key));
        }
        "date" => document.date = date(value),
        "customer" => document.customer = CustomerId::from_uuid(id(value)),
        "recorded_at" => document.recorded_at = time(value),
        _ => panic!("{field}"),
    }
}

fn entry(book: &mut Book, seq: u64) -> &mut Entry {
    book.entries.get_mut(&seq).expect("there is such an entry")
}

/// What a value is, of the one type that its field has.
macro_rules! values {
    ($($name:ident: $variant:ident -> $type:ty;)+) => {$(
        fn $name(value: Value) -> $type {
            let Value::$variant(value) = value else { panic!("{value:?}") };
            value
        }
    )+};
}

values! {
    id: Id -> uuid::Uuid;
    money: Money -> Money;
    date: Date -> Date;
    time: Time -> Timestamp;
    number: Number -> u64;
    hash: Hash -> [u8; 32];
    text: Text -> &'static str;
}
