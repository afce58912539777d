//! Sessions: the rows behind the tokens, so that a logout holds at once, everywhere.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::calendar::{TimeZone, Timestamp};
use crate::id::{OwnerId, SessionId};
use crate::money::Currency;
use crate::record::Record;

/// A login that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
#[record(internal, table = "sessions")]
pub struct Session {
    /// Whose.
    #[field(column = "owner_id")]
    pub owner: OwnerId,
    /// Its id, the token's `sid`.
    pub id: SessionId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When its token expires.
    pub expires_at: Timestamp,
}

/// A session that was found live, with what never changes about its shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
#[record(internal, table = "sessions")]
pub struct LiveSession {
    /// Whose.
    #[field(column = "owner_id")]
    pub owner: OwnerId,
    /// The session.
    pub id: SessionId,
    /// The shop's currency.
    pub currency: Currency,
    /// The shop's time zone.
    pub time_zone: TimeZone,
}

/// The sessions of owners.
#[async_trait]
pub trait SessionRepository: fmt::Debug + Send + Sync + 'static {
    /// Adds a session, if the owner's password still has the version that was verified; removes the owner's sessions
    /// whose time was up when it was opened.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if the password has another version by now or there is no such owner; nothing is written.
    async fn open_session(&self, session: &Session, password_version: u64) -> Result<(), StoreError>;

    /// Those of these sessions that were opened, by that owner, and have not ended, in any order. It sees every end
    /// that was answered before it was called, and takes one statement however many are asked for. It does not look
    /// at the time: that is the token's to say.
    ///
    /// # Errors
    /// Those of the database only.
    async fn live_sessions(&self, sessions: &[(OwnerId, SessionId)]) -> Result<Vec<LiveSession>, StoreError>;

    /// Ends a session. One that isn't there has ended already.
    ///
    /// # Errors
    /// Those of the database only.
    async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError>;

    /// Ends every session of an owner.
    ///
    /// # Errors
    /// Those of the database only.
    async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError>;
}
