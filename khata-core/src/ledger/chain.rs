//! The hash chain, which makes changes of a book detectable.
//!
//! # Encoding, version 1
//! An auditor needs only SHA-256 and this page. A *field* is its length in bytes as a big-endian `u32`,
//! followed by the bytes. Integers are big-endian two's complement in the width named; texts are UTF-8; ids are their
//! 16 bytes; dates are `YYYY-MM-DD`; times are milliseconds since 1970 as `i64`; an absent value is a field of length 0.
//!
//! The hash of an entry is `SHA-256(hash of the entry before ‖ fields)`, the fields being, in this order: the version
//! (`u8`, 1), owner, `seq` (`u64`), entry id, actor, kind (its stable name), customer, item, effective date, recorded
//! time, signed amount in minor units (`i64`), reason, SHA-256 of the document body, the number of allocations (`u32`),
//! and for each of them ordinal (`u32`), debit item, credit item, amount (`i64`), effective date.
//!
//! Before the first entry stands the genesis hash: `SHA-256` of the fields `khata` (text), version (`u8`, 1), owner,
//! currency (its ISO 4217 code), time zone (its IANA name).

use std::fmt;

use sha2::{Digest, Sha256};

use super::Entry;
use crate::calendar::TimeZone;
use crate::error::Violation;
use crate::id::OwnerId;
use crate::money::Currency;
use crate::text::serde_as_text;

const VERSION: u8 = 1;

/// A hash of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainHash(pub [u8; 32]);

serde_as_text!(ChainHash, ChainHash::parse);

impl ChainHash {
    /// Parses 64 hexadecimal digits.
    ///
    /// # Errors
    /// `invalid_hash`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let fault = || Violation::new("invalid_hash", "must be 64 hexadecimal digits");
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(fault());
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| fault())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| fault())?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Computes the genesis hash, which precedes a shop's first entry.
#[must_use]
pub fn genesis_hash(owner: OwnerId, currency: Currency, time_zone: TimeZone) -> ChainHash {
    let mut fields = Fields::default();
    fields.put(b"khata");
    fields.put(&[VERSION]);
    fields.put(owner.uuid().as_bytes());
    fields.put(currency.code().as_bytes());
    fields.put(time_zone.name().as_bytes());
    ChainHash(Sha256::digest(&fields.0).into())
}

/// Computes the hash of an entry after one with the hash `previous`. The entry's own `hash` is ignored.
#[must_use]
pub fn entry_hash(previous: ChainHash, entry: &Entry) -> ChainHash {
    let mut hasher = Sha256::new();
    hasher.update(previous.0);
    hasher.update(entry_bytes(entry));
    ChainHash(hasher.finalize().into())
}

/// Returns the canonical encoding of an entry.
#[must_use]
pub fn entry_bytes(entry: &Entry) -> Vec<u8> {
    let mut fields = Fields::default();
    fields.put(&[VERSION]);
    fields.put(entry.owner.uuid().as_bytes());
    fields.put(&entry.seq.to_be_bytes());
    fields.put(entry.id.uuid().as_bytes());
    fields.put(entry.actor.uuid().as_bytes());
    fields.put(entry.kind.as_str().as_bytes());
    fields.put(entry.customer.uuid().as_bytes());
    fields.put(entry.item.uuid().as_bytes());
    fields.put(entry.date.to_string().as_bytes());
    fields.put(&entry.recorded_at.millis().to_be_bytes());
    fields.put(&entry.amount.minor().to_be_bytes());
    fields.put(entry.reason.as_ref().map_or("", |reason| reason.as_str()).as_bytes());
    fields.put(entry.body_hash.as_ref().map_or(&[][..], |hash| &hash[..]));
    fields.put_u32(entry.allocations.len());
    for row in &entry.allocations {
        fields.put(&row.ordinal.to_be_bytes());
        fields.put(row.debit.uuid().as_bytes());
        fields.put(row.credit.uuid().as_bytes());
        fields.put(&row.amount.minor().to_be_bytes());
        fields.put(row.effective.to_string().as_bytes());
    }
    fields.0
}

#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend(length(bytes.len()));
        self.0.extend(bytes);
    }

    fn put_u32(&mut self, number: usize) {
        self.put(&length(number));
    }
}

fn length(number: usize) -> [u8; 4] {
    u32::try_from(number).expect("texts, bodies and allocations are limited far below 4 GiB").to_be_bytes()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::calendar::{Date, Timestamp};
    use crate::id::{CustomerId, EntryId, ItemId};
    use crate::ledger::{Allocation, EntryKind, ItemKind};
    use crate::money::Money;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn genesis() -> ChainHash {
        genesis_hash(OwnerId::from_uuid(id(1)), Currency::INR, TimeZone::KOLKATA)
    }

    fn receipt() -> Entry {
        let owner = OwnerId::from_uuid(id(1));
        Entry {
            owner,
            seq: 7,
            id: EntryId::from_uuid(id(2)),
            actor: owner.into(),
            kind: EntryKind::Receipt,
            customer: CustomerId::from_uuid(id(3)),
            item: ItemId::from_uuid(id(2)),
            date: Date::parse("2026-11-24").unwrap(),
            recorded_at: Timestamp::from_millis(1_764_000_000_123).unwrap(),
            amount: Money::from_minor(-50_000),
            reason: None,
            body_hash: Some(Sha256::digest(b"{}").into()),
            allocations: vec![Allocation {
                owner,
                seq: 7,
                ordinal: 0,
                customer: CustomerId::from_uuid(id(3)),
                debit: ItemId::from_uuid(id(4)),
                debit_kind: ItemKind::Invoice,
                credit: ItemId::from_uuid(id(2)),
                credit_kind: ItemKind::Receipt,
                amount: Money::from_minor(30_000),
                effective: Date::parse("2026-11-25").unwrap(),
            }],
            hash: ChainHash([0; 32]),
        }
    }

    /// Its void: a reason and no body, and a reversal.
    fn void() -> Entry {
        let receipt = receipt();
        let date = Date::parse("2026-11-26").unwrap();
        let mut reversal = receipt.allocations[0].clone();
        (reversal.seq, reversal.amount, reversal.effective) = (8, Money::from_minor(-30_000), date);
        Entry {
            seq: 8,
            id: EntryId::from_uuid(id(5)),
            kind: EntryKind::Void,
            date,
            recorded_at: Timestamp::from_millis(1_764_000_000_124).unwrap(),
            amount: Money::from_minor(50_000),
            reason: Some(crate::text::Note::parse("Cheque bounced — जी").unwrap()),
            body_hash: None,
            allocations: vec![reversal],
            ..receipt
        }
    }

    /// All were computed from the page above with Python's `hashlib` and `struct`, not with this code. If they change,
    /// books that are out there no longer verify.
    #[test]
    fn the_encoding_is_the_documented_one() {
        let first = "3909add90191776423085fad02abc0a7abb1570895e55d8165a1d1d1019fab8d";
        assert_eq!(genesis().to_string(), first);
        let second = "d27a4abc27c89bcc89bcae05b358303a81df3aeb8dde74aef0fa308b4fdc1ec6";
        let after_receipt = entry_hash(genesis(), &receipt());
        assert_eq!(after_receipt.to_string(), second);
        let third = "a1f18369fe41b126c020e9c51fd627df9b4dbb776436505da79f33884a1b9d40";
        assert_eq!(entry_hash(after_receipt, &void()).to_string(), third);
    }

    #[test]
    fn a_hash_is_read_as_it_is_written() {
        assert_eq!(ChainHash::parse(&genesis().to_string()), Ok(genesis()));
        for bad in ["", "39", &"g".repeat(64), &"+1".repeat(32), &"₹".repeat(21)] {
            assert_eq!(ChainHash::parse(bad).unwrap_err().code, "invalid_hash", "{bad}");
        }
    }

    #[test]
    fn every_part_of_an_entry_is_covered() {
        let changes: [fn(&mut Entry); 16] = [
            |entry| entry.owner = OwnerId::from_uuid(id(9)),
            |entry| entry.seq = 9,
            |entry| entry.id = EntryId::from_uuid(id(9)),
            |entry| entry.actor = OwnerId::from_uuid(id(9)).into(),
            |entry| entry.kind = EntryKind::CreditNote,
            |entry| entry.customer = CustomerId::from_uuid(id(9)),
            |entry| entry.item = ItemId::from_uuid(id(9)),
            |entry| entry.date = Date::MIN,
            |entry| entry.recorded_at = Timestamp::MIN,
            |entry| entry.amount = Money::ZERO,
            |entry| entry.reason = Some(crate::text::Note::parse("why").unwrap()),
            |entry| entry.body_hash = None,
            |entry| entry.allocations.clear(),
            |entry| entry.allocations[0].debit = ItemId::from_uuid(id(9)),
            |entry| entry.allocations[0].amount = Money::ZERO,
            |entry| entry.allocations[0].effective = Date::MIN,
        ];
        let hash = entry_hash(genesis(), &receipt());
        for (at, change) in changes.into_iter().enumerate() {
            let mut entry = receipt();
            change(&mut entry);
            assert_ne!(entry_hash(genesis(), &entry), hash, "change {at}");
        }
    }
}
