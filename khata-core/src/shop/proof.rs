//! Verification of a book, and its signed head.

use super::Shop;
use crate::error::Error;
use crate::ledger::genesis_hash;
use crate::verify::{self, SignedHead, Verified};

impl Shop {
    /// Verifies the book by recomputing it from its entries. See [`verify`](mod@crate::verify).
    ///
    /// # Errors
    /// [`Error::Store`] if the database fails. Rows that can't be parsed are reported as faults instead.
    pub async fn verify(&self) -> Result<Verified, Error> {
        let (store, timeout) = (&*self.khata.store, self.khata.write_timeout);
        Ok(verify::verify(store, self.id(), timeout, verify::PAGE).await?)
    }

    /// Returns the signed head of the book, to be kept elsewhere.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn signed_head(&self) -> Result<SignedHead, Error> {
        Ok(SignedHead::sign(&self.read(self.khata.store.head(self.id())).await?, &self.khata.keys))
    }

    /// Returns whether a [verified](Self::verify) book continues from a head. The signature of the head is checked by
    /// [`SignedHead::is_signed_by`].
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn goes_on_from(&self, head: &SignedHead) -> Result<bool, Error> {
        if head.shop != self.id() {
            return Ok(false);
        }
        let Some(before) = head.seq.checked_sub(1) else {
            return Ok(head.hash == genesis_hash(self.id(), self.currency(), self.time_zone()));
        };
        let entries = self.read(self.khata.store.entries(self.id(), before, 1)).await?;
        Ok(entries.first().is_some_and(|entry| (entry.seq, entry.hash) == (head.seq, head.hash)))
    }
}
