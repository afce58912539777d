//! Writing of a shop to the target, in order, from its current position.

use super::customers::{Customers, Foreseen};
use super::entries::Entries;
use super::error::{Failure, Obstacle};
use super::part;
use super::profile::Profile;
use super::records::Records;
use crate::counters::Counters;
use crate::customer::Customer;
use crate::documents::Document;
use crate::id::{CustomerId, OwnerId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::ledger::{ChainHash, entry_hash, genesis_hash};
use crate::owner::NO_PASSWORD_HASH;
use crate::store::{Credentials, Head, PasswordWrite, Posted, Store, StoreError};

/// Maximum number of allocations in a batch, which bounds batches of entries with thousands of allocations.
const ALLOCATIONS_MAX: usize = 4096;

/// A shop that is being written.
pub(crate) struct ShopWriter<'a> {
    target: &'a dyn Store,
    owner: OwnerId,
    at: (u64, ChainHash),
}

/// Returns the position before the first entry of a shop.
pub(crate) fn genesis(head: &Head) -> (u64, ChainHash) {
    (0, genesis_hash(head.owner.id, head.owner.currency, head.owner.time_zone))
}

impl<'a> ShopWriter<'a> {
    /// Creates a shop without entries in the target. Its owner can't log in until [`finish`](Self::finish).
    pub(crate) async fn begin(target: &'a dyn Store, head: &Head) -> Result<Self, Failure> {
        let (seq, hash) = genesis(head);
        let counters = Counters::default();
        let empty = Head { seq, hash, recorded_at: head.owner.created_at, counters, ..head.clone() };
        match target.create_owner(&empty, NO_PASSWORD_HASH).await {
            Ok(()) => Ok(Self::resume(target, head.owner.id, (seq, hash))),
            Err(StoreError::Conflict(_)) => Err(Obstacle::OwnerMobileTaken.into()),
            Err(error) => Err(Failure::Target(error)),
        }
    }

    /// Resumes a shop that the target has up to a position.
    pub(crate) fn resume(target: &'a dyn Store, owner: OwnerId, at: (u64, ChainHash)) -> Self {
        Self { target, owner, at }
    }

    /// Returns the `seq` of the last entry in the target.
    pub(crate) fn seq(&self) -> u64 {
        self.at.0
    }

    /// Adds or updates customers. Those whose mobile number still belongs to another customer are returned.
    pub(crate) async fn customers(&self, customers: Vec<Customer>) -> Result<Vec<Customer>, Failure> {
        part::write(self.target, self.owner, Customers(customers)).await
    }

    /// Checks customers without writing. Returns those whose mobile number belongs to another customer, with that customer.
    pub(crate) async fn foresee(
        &self,
        customers: Vec<Customer>,
    ) -> Result<Vec<(CustomerId, CustomerId)>, Failure> {
        part::write(self.target, self.owner, Foreseen(customers)).await
    }

    /// Writes the customers that were returned, as long as that releases numbers for the others.
    pub(crate) async fn left_customers(&self, mut left: Vec<Customer>) -> Result<(), Failure> {
        while let Some(customer) = left.first().map(|customer| customer.id) {
            let before = left.len();
            left = self.customers(left).await?;
            if left.len() == before {
                return Err(Obstacle::CustomerMobileTaken { customer }.into());
            }
        }
        Ok(())
    }

    /// Adds the next entries.
    pub(crate) async fn postings(&mut self, postings: Vec<Posted>) -> Result<(), Failure> {
        for batch in batches(postings) {
            let after = self.at;
            self.at = batch.iter().try_fold(after, |at, posted| link(self.owner, at, posted))?;
            part::write(self.target, self.owner, Entries { owner: self.owner, after, postings: batch })
                .await?;
        }
        Ok(())
    }

    /// Adds idempotency records.
    pub(crate) async fn records(
        &self,
        records: Vec<(IdempotencyKey, IdempotencyRecord)>,
    ) -> Result<(), Failure> {
        part::write(self.target, self.owner, Records { owner: self.owner, records }).await
    }

    /// Updates the profile, and enables the owner's login.
    pub(crate) async fn finish(&self, head: &Head, credentials: &Credentials) -> Result<(), Failure> {
        let Credentials { password_hash, password_version, .. } = credentials.clone();
        let password = PasswordWrite { hash: password_hash.clone(), version: password_version, keep: None };
        let profile = Profile { owner: head.owner.clone(), password: Some(password) };
        part::write(self.target, self.owner, profile).await.map_err(|failure| match failure {
            Failure::Target(StoreError::Conflict(_)) => Obstacle::OwnerMobileTaken.into(),
            other => other,
        })?;
        let known = self.target.credentials(self.owner).await.map_err(Failure::Target)?;
        if known.password_hash == password_hash {
            return Ok(());
        }
        let renewed = self.target.renew_password_hash(self.owner, password_version, &password_hash).await;
        renewed.map_err(|error| match error {
            StoreError::Stale => Obstacle::ProfileAhead.into(),
            other => Failure::Target(other),
        })
    }
}

/// Returns the position of an entry, which must follow a position.
pub(crate) fn link(
    owner: OwnerId,
    (seq, hash): (u64, ChainHash),
    Posted { entry, document, .. }: &Posted,
) -> Result<(u64, ChainHash), Obstacle> {
    let unsound = |what| Err(Obstacle::Unsound { seq: seq + 1, what });
    if (entry.owner, entry.seq) != (owner, seq + 1) {
        return unsound("is missing");
    }
    if entry.hash != entry_hash(hash, entry) {
        return unsound("was changed: its hash doesn't match its contents and the hash before it");
    }
    // The document of a void, say, is that of the voided entry, and was checked there.
    let own = document.as_ref().filter(|_| entry.kind.opens().is_some());
    if own.map(|document| Document::body_hash(&document.body)) != entry.body_hash {
        return unsound("has a document that its hash doesn't cover");
    }
    Ok((entry.seq, entry.hash))
}

/// Splits entries into batches with a bounded number of allocations, unless a single entry exceeds it.
fn batches(postings: Vec<Posted>) -> Vec<Vec<Posted>> {
    let mut batches: Vec<Vec<Posted>> = Vec::new();
    let mut allocations = 0;
    for posted in postings {
        allocations += posted.entry.allocations.len();
        match batches.last_mut() {
            Some(batch) if allocations <= ALLOCATIONS_MAX => batch.push(posted),
            _ => {
                allocations = posted.entry.allocations.len();
                batches.push(vec![posted]);
            }
        }
    }
    batches
}
