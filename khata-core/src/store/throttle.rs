//! Counts of failed attempts, across all processes.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::calendar::Timestamp;
use crate::record::{FieldType, Record, TextFormat, Type, Typed, Unreadable, Value};

/// A key that attempts are counted by, with its type as a prefix (`mobile:+919876543210`, `peer:192.0.2.1`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThrottleKey(String);

impl ThrottleKey {
    /// Creates a key from a type and a value.
    #[must_use]
    pub fn new(sort: &str, value: &str) -> Self {
        Self(format!("{sort}:{value}"))
    }

    /// Returns the key as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Typed for ThrottleKey {
    const TYPE: Type =
        Type::Text(&TextFormat::new("ThrottleKey", "What tries are counted by.", "peer:192.0.2.1"));
}

impl FieldType for ThrottleKey {
    fn value(&self) -> Value<'_> {
        Value::Text(&self.0)
    }

    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        String::from_value(value).map(Self)
    }
}

/// The count of attempts of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
#[record(internal, table = "throttles")]
pub struct Throttle {
    /// Number of attempts that failed, or were given up before their outcome was known.
    pub tries: u32,
    /// Time before which no further attempt is allowed.
    pub blocked_until: Timestamp,
    /// Time from which the count is void.
    pub expires_at: Timestamp,
    /// Revision, which increases by 1 with every write; 1 for the first.
    pub revision: u64,
}

/// Counts of failed attempts. Core computes the next state; the store compares and sets.
///
/// A count is visible to every process before the call that writes it returns, and as durable as a posting: an attempt is
/// answered only after its failure is counted, so that neither another process nor a restart forgets a block. An attempt
/// that succeeds with no failure before it is never written, so that logins don't take turns with postings.
#[async_trait]
pub trait ThrottleRepository: fmt::Debug + Send + Sync + 'static {
    /// Gets the counts of keys, in any order, in one statement. A key without a row is left out.
    ///
    /// # Errors
    /// Only errors of the database.
    async fn throttles(&self, keys: &[ThrottleKey]) -> Result<Vec<(ThrottleKey, Throttle)>, StoreError>;

    /// Writes a count, if the revision of the row precedes `throttle.revision` (a missing row has revision 0). Removes other
    /// rows that expired before `now`.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it doesn't; nothing is written. Of concurrent writes of one revision, exactly one succeeds.
    async fn put_throttle(
        &self,
        key: &ThrottleKey,
        throttle: &Throttle,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Writes several counts of distinct keys, each as [`put_throttle`](Self::put_throttle) does, and returns the keys that
    /// were stale: of these nothing is written. Rows of the keys given are not removed as expired.
    ///
    /// A store should do it in one transaction: it is one wrong login, counted by mobile number and by peer. By default the
    /// counts are written one after the other.
    ///
    /// # Errors
    /// Only errors of the database. Then some of the counts may be written.
    async fn put_throttles(
        &self,
        counts: &[(ThrottleKey, Throttle)],
        now: Timestamp,
    ) -> Result<Vec<ThrottleKey>, StoreError> {
        let mut stale = Vec::new();
        for (position, (key, throttle)) in counts.iter().enumerate() {
            // Only the last one removes what expired: no earlier one may remove a row that is still to be compared.
            let now = if position + 1 == counts.len() { now } else { Timestamp::MIN };
            match self.put_throttle(key, throttle, now).await {
                Ok(()) => {}
                Err(StoreError::Stale) => stale.push(key.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok(stale)
    }

    /// Removes the count of a key. It succeeds if there is no count.
    ///
    /// # Errors
    /// Only errors of the database.
    async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError>;
}
