//! `sessions`.

use khata_core::calendar::TimeZone;
use khata_core::id::SessionId;
use khata_core::money::Currency;
use khata_core::store::{LiveSession, Session};
use serde::{Deserialize, Serialize};

use super::{Key, Moment, Row, moment, read};
use crate::error::Unreadable;
use crate::schema::{Collection, SESSIONS};

/// A session, with what never changes about its shop.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionRow {
    #[serde(rename = "_id")]
    key: Key,
    currency: String,
    time_zone: String,
    opened_at: Moment,
    expires_at: Moment,
}

impl Row for SessionRow {
    const COLLECTION: &'static Collection = &SESSIONS;
}

impl SessionRow {
    /// A session of a shop with this currency and time zone.
    pub(crate) fn new(session: &Session, (currency, time_zone): (String, String)) -> Self {
        Self {
            key: (session.owner, session.id).into(),
            currency,
            time_zone,
            opened_at: moment(session.opened_at),
            expires_at: moment(session.expires_at),
        }
    }
}

impl TryFrom<SessionRow> for LiveSession {
    type Error = Unreadable;

    fn try_from(row: SessionRow) -> Result<Self, Unreadable> {
        Ok(Self {
            owner: row.key.owner(),
            id: SessionId::from_uuid(row.key.bits()),
            currency: read("sessions.currency", Currency::parse(&row.currency))?,
            time_zone: read("sessions.timeZone", TimeZone::parse(&row.time_zone))?,
        })
    }
}
