//! `throttles`.

use khata_core::store::Throttle;
use sqlx::FromRow;

use super::{read, time, unsigned};
use crate::error::Unreadable;

row! {
    /// The tries counted by one key.
    #[derive(Debug, FromRow)]
    pub(crate) struct ThrottleRow {
        pub(crate) key: String,
        tries: i64,
        blocked_until: i64,
        expires_at: i64,
        revision: i64,
    }
}

impl TryFrom<ThrottleRow> for Throttle {
    type Error = Unreadable;

    fn try_from(row: ThrottleRow) -> Result<Self, Unreadable> {
        Ok(Self {
            tries: read("throttles.tries", u32::try_from(row.tries))?,
            blocked_until: time("throttles.blocked_until", row.blocked_until)?,
            expires_at: time("throttles.expires_at", row.expires_at)?,
            revision: unsigned("throttles.revision", row.revision)?,
        })
    }
}
