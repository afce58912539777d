//! `sessions`.

use khata_core::calendar::TimeZone;
use khata_core::id::{OwnerId, SessionId};
use khata_core::money::Currency;
use khata_core::store::LiveSession;
use sqlx::FromRow;
use uuid::Uuid;

use super::read;
use crate::error::Unreadable;

row! {
    /// A session, with what never changes about its shop.
    #[derive(Debug, FromRow)]
    pub(crate) struct LiveSessionRow {
        owner_id: Uuid,
        id: Uuid,
        currency: String,
        time_zone: String,
    }
}

impl TryFrom<LiveSessionRow> for LiveSession {
    type Error = Unreadable;

    fn try_from(row: LiveSessionRow) -> Result<Self, Unreadable> {
        Ok(Self {
            owner: OwnerId::from_uuid(row.owner_id),
            id: SessionId::from_uuid(row.id),
            currency: read("owners.currency", Currency::parse(&row.currency))?,
            time_zone: read("owners.time_zone", TimeZone::parse(&row.time_zone))?,
        })
    }
}
