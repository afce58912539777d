//! Sessions of tokens, by which a logout takes effect at once in every process.

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
    /// The owner.
    #[field(column = "owner_id")]
    pub owner: OwnerId,
    /// The session, which is the `sid` claim of the token.
    pub id: SessionId,
    /// Time at which it was opened.
    pub opened_at: Timestamp,
    /// Time at which its token expires.
    pub expires_at: Timestamp,
}

/// A live session, with the immutable settings of its shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
#[record(internal, table = "sessions")]
pub struct LiveSession {
    /// The owner.
    #[field(column = "owner_id")]
    pub owner: OwnerId,
    /// The session.
    pub id: SessionId,
    /// Currency of the shop.
    pub currency: Currency,
    /// Time zone of the shop.
    pub time_zone: TimeZone,
}

/// The sessions of owners.
#[async_trait]
pub trait SessionRepository: fmt::Debug + Send + Sync + 'static {
    /// Adds a session, if the owner's password still has the version that was verified. Removes the owner's sessions that
    /// had expired when it was opened.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if the password has another version or the owner doesn't exist; nothing is written.
    async fn open_session(&self, session: &Session, password_version: u64) -> Result<(), StoreError>;

    /// Returns those of the sessions that were opened by the given owner and have not ended, in any order. It sees every end
    /// that was confirmed before the call, and takes one statement for any number of sessions. It ignores their expiry,
    /// which is checked by the token.
    ///
    /// # Errors
    /// Only errors of the database.
    async fn live_sessions(&self, sessions: &[(OwnerId, SessionId)]) -> Result<Vec<LiveSession>, StoreError>;

    /// Returns whether [`live_sessions`](Self::live_sessions) takes no round trip, so that there is nothing to gain from
    /// looking up several sessions together. It never changes.
    fn is_local(&self) -> bool {
        false
    }

    /// Ends a session. A session that doesn't exist has already ended.
    ///
    /// # Errors
    /// Only errors of the database.
    async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError>;

    /// Ends every session of an owner, and advances the version of the owner's password in the same transaction: what was
    /// verified or given out for the earlier version is worth nothing from then on. It succeeds if there is no such owner.
    ///
    /// # Errors
    /// Only errors of the database.
    async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError>;
}
