//! Updates of an owner's profile. They are jobs, since postings read the lock date and the GSTIN under the same lock.

use super::{Answer, Done, Outcome};
use crate::calendar::Timestamp;
use crate::error::Error;
use crate::id::OwnerId;
use crate::owner::OwnerUpdate;
use crate::store::{Head, Job, OwnerWrite, PasswordWrite, Rows, Step, Writes};

/// An update of a profile, and of the password if one is given.
#[derive(Debug)]
pub(crate) struct ProfileJob {
    shop: [OwnerId; 1],
    update: OwnerUpdate,
    password: Option<PasswordWrite>,
    expected: Option<u64>,
    now: Timestamp,
}

impl ProfileJob {
    /// Creates an update of an owner's profile. `password` is the verified form of `update.password`; `expected` is the
    /// expected revision, if the update depends on it.
    #[must_use]
    pub(crate) fn new(
        owner: OwnerId,
        update: OwnerUpdate,
        password: Option<PasswordWrite>,
        expected: Option<u64>,
        now: Timestamp,
    ) -> Self {
        Self { shop: [owner], update, password, expected, now }
    }

    fn change(&self, head: &Head) -> Result<Option<OwnerWrite>, Error> {
        if self.expected.is_some_and(|expected| expected != head.owner.revision) {
            return Err(Error::Stale);
        }
        if self.password.as_ref().is_some_and(|new| new.version != head.password_version + 1) {
            return Err(Error::invalid("currentPassword", "wrong_password", "is not the current password"));
        }
        let mut owner = self.update.profile.applied_to(&head.owner);
        if owner == head.owner && self.password.is_none() {
            return Ok(None);
        }
        owner.revision += 1;
        owner.updated_at = self.now.max(owner.updated_at);
        Ok(Some(OwnerWrite { owner, password: self.password.clone() }))
    }
}

impl Job for ProfileJob {
    fn shops(&self) -> &[OwnerId] {
        &self.shop
    }

    fn decide(&self, seen: &Rows) -> Step {
        let mut writes = Writes::default();
        let outcome: Outcome = match seen.heads.get(&self.shop[0]) {
            None => Err(Error::NotFound),
            Some(head) => self.change(head).map(|change| {
                let owner = change.as_ref().map_or(&head.owner, |change| &change.owner).clone();
                writes.owners.extend(change);
                Done { answer: Answer::Owner(Box::new(owner)), replayed: false }
            }),
        };
        writes.outcomes.push(outcome);
        Step::Write(Box::new(writes))
    }
}
