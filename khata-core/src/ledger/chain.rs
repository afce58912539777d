//! The hash chain: what makes a changed book show.
//!
//! # Encoding, version 1
//! An auditor needs nothing but SHA-256 and this page. A *field* is its length in bytes as a big-endian `u32`,
//! followed by the bytes. Integers are big-endian two's complement in the width named; texts are UTF-8; ids are their
//! 16 bytes; dates are `YYYY-MM-DD`; times are milliseconds since 1970 as `i64`; what is absent is a field of length 0.
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
use crate::id::OwnerId;
use crate::money::Currency;

const VERSION: u8 = 1;

/// A link of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainHash(pub [u8; 32]);

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

/// The hash before a shop's first entry.
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

/// The hash of an entry that follows one with hash `previous`; its own `hash` is not looked at.
#[must_use]
pub fn entry_hash(previous: ChainHash, entry: &Entry) -> ChainHash {
    let mut hasher = Sha256::new();
    hasher.update(previous.0);
    hasher.update(entry_bytes(entry));
    ChainHash(hasher.finalize().into())
}

/// The canonical bytes of an entry.
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
