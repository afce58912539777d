//! The documents: that each is the one its entry covers, is found by what it says, and bears a number of its own.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::fault::{FaultKind, Faults, Place};
use crate::calendar::Date;
use crate::counters::Counters;
use crate::documents::{Document, Face};
use crate::id::InvoiceId;
use crate::ledger::{Item, ItemKind};
use crate::number::{DocumentKind, NumberKey, Series};
use crate::store::Posted;

/// The numbers of every document, and nothing else of them.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    /// A number has at most 16 characters, none of which is zero, so the bits of a `u128` are the number itself.
    numbers: HashSet<(Series, u128)>,
    /// The highest automatic number of each series that bears documents; 0 for none.
    last: BTreeMap<Series, u64>,
}

/// What is to be known of an item beyond its entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) due: Date,
    /// The invoice that it is on, of a credit note.
    pub(crate) invoice: Option<InvoiceId>,
}

impl Terms {
    /// Whether the store's item is as they say.
    pub(super) fn fit(self, item: &Item) -> bool {
        (self.due, self.invoice) == (item.due, item.invoice)
    }
}

impl Documents {
    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.numbers.len() as u64
    }

    /// Takes the document of an entry that opened an item; what it says of the item, if it can be told.
    pub(super) fn add(&mut self, posted: &Posted, faults: &mut Faults) -> Option<Terms> {
        let terms = match (posted.entry.kind.opens().and_then(ItemKind::document), &posted.document) {
            (None, None) if posted.entry.body_hash.is_none() => {
                Ok(Terms { due: posted.entry.date, invoice: None })
            }
            (Some(kind), Some(document)) => self.read(kind, posted, document, faults),
            (Some(_), None) => Err("its document is missing"),
            (None, _) => Err("it has a document, and is of a kind that has none"),
        };
        terms.map_err(|why| faults.note(FaultKind::Document, Place::Entry(posted.entry.seq), why)).ok()
    }

    #[cfg(feature = "import")]
    /// The same, with the first fault as a clause.
    pub(crate) fn check(&mut self, posted: &Posted) -> Result<Terms, String> {
        let mut faults = Faults::default();
        let terms = self.add(posted, &mut faults);
        match faults.into_vec().into_iter().next() {
            Some(fault) => Err(fault.detail),
            None => Ok(terms.expect("where it can't be told, a fault is noted")),
        }
    }

    fn read(
        &mut self,
        kind: DocumentKind,
        posted: &Posted,
        document: &Document,
        faults: &mut Faults,
    ) -> Result<Terms, &'static str> {
        let entry = &posted.entry;
        let place = || Place::Entry(entry.seq);
        if entry.body_hash != Some(Document::body_hash(&document.body)) {
            faults.note(FaultKind::Body, place(), "its document was changed: its hash covers another text");
        }
        let series = Series::of(kind, entry.date);
        let number = document.key.number().bytes().fold(0, |bits, byte| bits << 8 | u128::from(byte));
        if !self.numbers.insert((document.key.series(), number)) {
            let detail = format!("its number {} is that of a document before it", document.key.number());
            faults.note(FaultKind::Number, place(), detail);
        }
        let written = Face::of(document).map_err(|_| "its document can't be read")?;
        let position = series.position(&written.number).unwrap_or_default();
        let last = self.last.entry(series).or_default();
        *last = position.max(*last);
        let found_by = (document.id, document.customer, document.date, document.seq, document.recorded_at);
        if found_by != (entry.item, entry.customer, entry.date, entry.seq, entry.recorded_at) {
            return Err("its document is found by another customer, date or time than it has");
        }
        if document.key != NumberKey::new(series, &written.number) {
            return Err("its document is found by another number than is written on it");
        }
        if written.date != entry.date || written.total.or(written.amount) != Some(posted.item.amount) {
            return Err("its document has another date or amount written on it");
        }
        Ok(Terms { due: written.due_date.unwrap_or(entry.date), invoice: written.invoice })
    }

    /// The counters are where the documents left them, and there are no others.
    pub(super) fn check_counters(&self, counters: &Counters, faults: &mut Faults) {
        let series: BTreeSet<_> = self.last.keys().copied().chain(counters.series()).collect();
        for series in series {
            let (told, is) = (counters.last(series), self.last.get(&series).copied().unwrap_or_default());
            if told != is {
                let detail = format!("the counter stands at {told}, and the last automatic number is {is}");
                faults.note(FaultKind::Counter, Place::Series(series), detail);
            }
        }
    }
}
