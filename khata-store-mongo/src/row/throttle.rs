//! `throttles`.

use khata_core::store::{Throttle, ThrottleKey};
use serde::{Deserialize, Serialize};

use super::{Moment, Row, moment, read, signed, time, unsigned};
use crate::error::Unreadable;
use crate::schema::{Collection, THROTTLES};

/// The tries counted by one key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThrottleRow {
    #[serde(rename = "_id")]
    pub(crate) key: String,
    tries: i64,
    blocked_until: Moment,
    expires_at: Moment,
    revision: i64,
}

impl Row for ThrottleRow {
    const COLLECTION: &'static Collection = &THROTTLES;
}

impl From<(&ThrottleKey, &Throttle)> for ThrottleRow {
    fn from((key, throttle): (&ThrottleKey, &Throttle)) -> Self {
        Self {
            key: key.as_str().to_owned(),
            tries: throttle.tries.into(),
            blocked_until: moment(throttle.blocked_until),
            expires_at: moment(throttle.expires_at),
            revision: signed(throttle.revision),
        }
    }
}

impl TryFrom<ThrottleRow> for Throttle {
    type Error = Unreadable;

    fn try_from(row: ThrottleRow) -> Result<Self, Unreadable> {
        Ok(Self {
            tries: read("throttles.tries", u32::try_from(row.tries))?,
            blocked_until: time("throttles.blockedUntil", row.blocked_until)?,
            expires_at: time("throttles.expiresAt", row.expires_at)?,
            revision: unsigned("throttles.revision", row.revision)?,
        })
    }
}
