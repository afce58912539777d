//! Copies of the profile, and of the password if it is later.

use std::collections::BTreeMap;

use super::error::Obstacle;
use super::part::{Part, nothing};
use crate::ledger::numbering;
use crate::number::Series;
use crate::numbering::{NumberPattern, Numberings};
use crate::owner::Owner;
use crate::store::{Head, Keys, OwnerWrite, PasswordWrite, Rows, Step, Writes};

/// The owner as it should be in the target.
pub(super) struct Profile {
    pub(super) owner: Owner,
    pub(super) password: Option<PasswordWrite>,
}

impl Part for Profile {
    type Left = ();

    fn decide(&self, seen: &Rows) -> Result<(Step, ()), Obstacle> {
        let Self { owner, password } = self;
        let Some(head) = seen.heads.get(&owner.id) else { return Err(Obstacle::Disturbed) };
        let password = password.clone().filter(|password| password.version > head.password_version);
        if head.owner == *owner && password.is_none() {
            return Ok((nothing(), ()));
        }
        if head.owner != *owner && head.owner.revision >= owner.revision {
            return Err(Obstacle::ProfileAhead);
        }
        let renumbered = renumbered(&head.owner, owner);
        if seen.loads == 0 && !renumbered.is_empty() {
            let highest_numbers = renumbered.into_values().map(|pattern| (owner.id, pattern)).collect();
            return Ok((Step::Load(Keys { highest_numbers, ..Keys::default() }), ()));
        }
        let mut counters = head.counters.clone();
        for series in renumbered.keys() {
            counters = numbering::renumbered(owner, &counters, *series, seen);
        }
        let changed = (counters != head.counters).then(|| Head { counters, ..head.clone() });
        let writes = Writes {
            heads: changed.into_iter().collect(),
            owners: vec![OwnerWrite { owner: owner.clone(), password }],
            ..Writes::default()
        };
        Ok((Step::Write(Box::new(writes)), ()))
    }
}

/// Returns what numbers look like of each series whose numbering was set since: its documents were counted by the other.
fn renumbered(before: &Owner, now: &Owner) -> BTreeMap<Series, NumberPattern> {
    let numberings = now.numberings.iter().flat_map(Numberings::iter);
    let changed = numberings.filter(|(series, numbering)| before.numbering(*series) != Some(*numbering));
    changed.map(|(series, numbering)| (series, numbering.pattern(series))).collect()
}
