//! Proving that a book is sound, and that it is the one it was.

use super::Shop;
use crate::error::Error;
use crate::ledger::genesis_hash;
use crate::verify::{self, SignedHead, Verified};

impl Shop {
    /// Recomputes the book from its entries: see [`verify`](mod@crate::verify).
    ///
    /// # Errors
    /// Those of the store only, but for what it can't read of the book: that is a fault found.
    pub async fn verify(&self) -> Result<Verified, Error> {
        let (store, timeout) = (&*self.khata.store, self.khata.write_timeout);
        Ok(verify::verify(store, self.id(), timeout, verify::PAGE).await?)
    }

    /// How far the book has got, signed, to be kept elsewhere.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn signed_head(&self) -> Result<SignedHead, Error> {
        Ok(SignedHead::sign(&self.khata.store.head(self.id()).await?, self.khata.auth.keys()))
    }

    /// Whether the book, which has been [verified](Self::verify), still goes on from that head. Whether the head is
    /// genuine is for [`SignedHead::is_signed_by`] to say.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn goes_on_from(&self, head: &SignedHead) -> Result<bool, Error> {
        if head.shop != self.id() {
            return Ok(false);
        }
        let Some(before) = head.seq.checked_sub(1) else {
            return Ok(head.hash == genesis_hash(self.id(), self.currency(), self.time_zone()));
        };
        let entries = self.khata.store.entries(self.id(), before, 1).await?;
        Ok(entries.first().is_some_and(|entry| (entry.seq, entry.hash) == (head.seq, head.hash)))
    }
}
