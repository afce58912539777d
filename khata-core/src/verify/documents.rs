//! Verification of documents: each matches its entry and its lookup fields, and has a unique number.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::fault::{FaultKind, Faults, Place};
use crate::calendar::Date;
use crate::documents::{Document, Face};
use crate::id::{InvoiceId, ItemId};
use crate::ledger::{CreditedAmounts, Item, ItemKind};
use crate::number::{DocumentKind, NumberKey, Series};
use crate::owner::Owner;
use crate::store::{Head, Posted};

/// The numbers of all documents.
#[derive(Debug)]
pub(crate) struct Documents {
    /// Numbers as `u128`: a number has at most 16 characters, none of which is zero.
    numbers: HashSet<(Series, u128)>,
    /// Highest automatic number of each series with documents, or 0 if there is none.
    last: BTreeMap<Series, u64>,
    /// By whose numberings numbers are automatic ones.
    owner: Owner,
}

/// The parts of an item that don't follow from its entry.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) due: Date,
    /// The invoice of a credit note, if it is on a single one.
    pub(crate) invoice: Option<InvoiceId>,
    /// The invoices that a credit note credits, and by which amounts.
    pub(crate) credits: Vec<(ItemId, CreditedAmounts)>,
}

impl Terms {
    /// Returns whether a stored item matches the terms.
    pub(super) fn fit(&self, item: &Item) -> bool {
        (self.due, self.invoice) == (item.due, item.invoice)
    }
}

impl Documents {
    /// Creates the numbers of no documents of an owner.
    pub(crate) fn of(owner: &Owner) -> Self {
        Self { numbers: HashSet::new(), last: BTreeMap::new(), owner: owner.clone() }
    }

    /// Returns the number of documents.
    pub(super) fn count(&self) -> u64 {
        self.numbers.len() as u64
    }

    /// Adds the document of an entry that opened an item. Returns the terms of the item, if they can be determined.
    pub(super) fn add(&mut self, posted: &Posted, faults: &mut Faults) -> Option<Terms> {
        let terms = match (posted.entry.kind.opens().and_then(ItemKind::document), &posted.document) {
            // Opening balances had no documents once.
            (Some(DocumentKind::OpeningBalance), None) if posted.entry.body_hash.is_none() => {
                Ok(Terms { due: posted.entry.date, invoice: None, credits: Vec::new() })
            }
            (Some(kind), Some(document)) => self.read(kind, posted, document, faults),
            (Some(_), None) => Err("its document is missing"),
            (None, _) => Err("it has a document, but its kind has none"),
        };
        terms.map_err(|why| faults.note(FaultKind::Document, Place::Entry(posted.entry.seq), why)).ok()
    }

    /// Adds the document like [`add`](Self::add), and returns the first fault as a clause.
    #[cfg(feature = "import")]
    pub(crate) fn check(&mut self, posted: &Posted) -> Result<Terms, String> {
        let mut faults = Faults::default();
        let terms = self.add(posted, &mut faults);
        match faults.into_vec().into_iter().next() {
            Some(fault) => Err(fault.detail),
            None => Ok(terms.expect("if the terms can't be determined, a fault is noted")),
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
            faults.note(FaultKind::Body, place(), "its document was changed: its hash doesn't match");
        }
        let series = Series::of(kind, entry.date);
        let number = document.key.number().bytes().fold(0, |bits, byte| bits << 8 | u128::from(byte));
        if !self.numbers.insert((document.key.series(), number)) {
            let detail = format!("its number {} is already used by another document", document.key.number());
            faults.note(FaultKind::Number, place(), detail);
        }
        let written = Face::of(document).map_err(|_| "its document can't be parsed")?;
        let position = self.owner.position(&NumberKey::new(series, &written.number)).unwrap_or_default();
        let last = self.last.entry(series).or_default();
        *last = position.max(*last);
        let found_by = (document.id, document.customer, document.date, document.seq, document.recorded_at);
        if found_by != (entry.item, entry.customer, entry.date, entry.seq, entry.recorded_at) {
            return Err("its document has lookup fields with another customer, date or time");
        }
        if document.key != NumberKey::new(series, &written.number) {
            return Err("its document has a lookup field with another number");
        }
        if written.date != entry.date || written.total.or(written.amount) != Some(posted.item.amount) {
            return Err("its document states another date or amount");
        }
        // A debit note names its invoice too, but is an item of its own.
        let invoice = written.invoice.filter(|_| kind == DocumentKind::CreditNote);
        let credits = document.credits().map_err(|_| "its document can't be parsed")?;
        let credited =
            credits.iter().try_fold(CreditedAmounts::default(), |sum, (_, amounts)| sum.plus(*amounts));
        if !credits.is_empty() && credited.and_then(CreditedAmounts::total) != Some(posted.item.amount) {
            return Err("its document credits other amounts than its own");
        }
        Ok(Terms { due: written.due_date.unwrap_or(entry.date), invoice, credits })
    }

    /// Checks that the counters of a head match the documents, and that there are no others. Those of a series whose
    /// numbering was set meanwhile can't be told.
    pub(super) fn check_counters(&self, head: &Head, faults: &mut Faults) {
        let all: BTreeSet<_> = self.last.keys().copied().chain(head.counters.series()).collect();
        let known = |series: &Series| head.owner.numbering(*series) == self.owner.numbering(*series);
        for series in all.into_iter().filter(known) {
            let (stored, computed) =
                (head.counters.last(series), self.last.get(&series).copied().unwrap_or_default());
            if stored != computed {
                let detail =
                    format!("the counter is at {stored}, but the last automatic number is {computed}");
                faults.note(FaultKind::Counter, Place::Series(series), detail);
            }
        }
    }
}
