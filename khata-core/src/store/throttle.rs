//! Counting failed logins, over all processes.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::calendar::Timestamp;
use crate::record::{FieldType, Record, TextFormat, Type, Typed, Unreadable, Value};

/// What tries are counted by, as a text that says which (`mobile:+919876543210`, `peer:192.0.2.1`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThrottleKey(String);

impl ThrottleKey {
    /// The key of this sort with this value.
    #[must_use]
    pub fn new(sort: &str, value: &str) -> Self {
        Self(format!("{sort}:{value}"))
    }

    /// The key as a text.
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

/// The tries counted by one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
#[record(internal, table = "throttles")]
pub struct Throttle {
    /// Tries that have not succeeded.
    pub tries: u32,
    /// No further try before this.
    pub blocked_until: Timestamp,
    /// Forgotten from then on.
    pub expires_at: Timestamp,
    /// Changes with every write; 1 for the first.
    pub revision: u64,
}

/// The counts. The next state is computed in core; a store compares and sets.
#[async_trait]
pub trait ThrottleRepository: fmt::Debug + Send + Sync + 'static {
    /// The counts of these keys, in any order; a key without a row has none. One statement.
    ///
    /// # Errors
    /// Those of the database only.
    async fn throttles(&self, keys: &[ThrottleKey]) -> Result<Vec<(ThrottleKey, Throttle)>, StoreError>;

    /// Puts a count, if the row's revision is the one before `throttle.revision` (no row counts as revision 0).
    /// Removes other rows that expired before `now`.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it is not; nothing is written. Of many that put the same revision at once, exactly one
    /// succeeds.
    async fn put_throttle(
        &self,
        key: &ThrottleKey,
        throttle: &Throttle,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Forgets the count of a key; none there is success.
    ///
    /// # Errors
    /// Those of the database only.
    async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError>;
}
