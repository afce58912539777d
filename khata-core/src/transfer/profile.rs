//! Copies of the profile, and of the password if it is later.

use super::error::Obstacle;
use super::part::{Part, nothing};
use crate::owner::Owner;
use crate::store::{OwnerWrite, PasswordWrite, Rows, Step, Writes};

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
        let owners = vec![OwnerWrite { owner: owner.clone(), password }];
        Ok((Step::Write(Box::new(Writes { owners, ..Writes::default() })), ()))
    }
}
