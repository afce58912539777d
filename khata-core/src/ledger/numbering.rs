//! Changes of a shop's numbering. They are jobs, as those of the profile are, since postings take numbers under the same
//! lock.

use super::{Answer, Done, Outcome};
use crate::calendar::{FinancialYear, Timestamp};
use crate::counters::Counters;
use crate::error::{Error, Violation};
use crate::id::OwnerId;
use crate::number::{NumberKey, Series};
use crate::numbering::{NewNumbering, NumberSeries, Numbering};
use crate::owner::Owner;
use crate::store::{Head, Job, Keys, OwnerWrite, Rows, Step, Writes};

/// A numbering that a shop sets.
#[derive(Debug)]
pub(crate) struct NumberingJob {
    shop: [OwnerId; 1],
    series: Series,
    numbering: Numbering,
    /// The field that says it.
    field: &'static str,
    now: Timestamp,
}

impl NumberingJob {
    /// Creates the change. The financial year is that of `now` in the shop if none is given.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the number has no position.
    pub(crate) fn new(
        owner: OwnerId,
        new: &NewNumbering,
        this_year: FinancialYear,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let (numbering, field) = new.numbering()?;
        let series = Series { kind: new.kind, year: new.year.unwrap_or(this_year) };
        Ok(Self { shop: [owner], series, numbering, field, now })
    }

    fn change(&self, head: &Head, seen: &Rows) -> Result<(Head, OwnerWrite), Error> {
        let numberings = head.owner.numberings.clone().unwrap_or_default();
        let owner = Owner {
            numberings: Some(numberings.with(self.series, self.numbering.clone())),
            revision: head.owner.revision + 1,
            updated_at: self.now.max(head.owner.updated_at),
            ..head.owner.clone()
        };
        let counters = renumbered(&owner, &head.counters, self.series, seen);
        if counters.last(self.series) >= self.numbering.first() {
            let highest = self.numbering.number(counters.last(self.series));
            let highest = highest.map_or_else(String::new, |number| number.to_string());
            let fault = format!("must go on after {highest}, which is used already");
            return Err(Error::Invalid(vec![Violation::new("number_used", fault).at(self.field)]));
        }
        Ok((Head { counters, ..head.clone() }, OwnerWrite { owner, password: None }))
    }
}

/// Returns the counters with that of a series whose numbering changed to that of the owner. The highest number that looks
/// like it must be loaded.
pub(crate) fn renumbered(owner: &Owner, before: &Counters, series: Series, seen: &Rows) -> Counters {
    let mut counters = before.clone();
    let pattern = owner.numbering(series).map(|numbering| (owner.id, numbering.pattern(series)));
    let highest = pattern.and_then(|pattern| seen.highest_numbers.get(&pattern));
    let last = highest.and_then(|number| owner.position(&NumberKey::new(series, number)));
    counters.set(series, last.unwrap_or_default());
    counters
}

impl Job for NumberingJob {
    fn shops(&self) -> &[OwnerId] {
        &self.shop
    }

    fn keys(&self) -> Keys {
        let highest_numbers = vec![(self.shop[0], self.numbering.pattern(self.series))];
        Keys { highest_numbers, ..Keys::default() }
    }

    fn decide(&self, seen: &Rows) -> Step {
        let mut writes = Writes::default();
        let head = seen.heads.get(&self.shop[0]).ok_or(Error::NotFound);
        let outcome: Outcome = head.and_then(|head| self.change(head, seen)).map(|(head, owner)| {
            let next = next_number(&Head { owner: owner.owner.clone(), ..head.clone() }, self.series);
            writes.heads.push(head);
            writes.owners.push(owner);
            Done { answer: Answer::Numbers(Box::new(next)), replayed: false }
        });
        writes.outcomes.push(outcome);
        Step::Write(Box::new(writes))
    }
}

/// Returns the next automatic number of a series.
pub(crate) fn next_number(head: &Head, series: Series) -> NumberSeries {
    let next = head.last_number(series).checked_add(1);
    let next = next.and_then(|position| head.owner.automatic_number(series, position));
    NumberSeries { kind: series.kind, year: series.year, next }
}
