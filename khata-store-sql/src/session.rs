//! Sessions: see [`SessionRepository`].

use async_trait::async_trait;
use khata_core::id::{OwnerId, SessionId};
use khata_core::store::{LiveSession, Session, SessionRepository, StoreError};

use crate::error::{of_commit, of_statement};
use crate::row::{LiveSessionRow, bound};
use crate::{SqliteStore, queries, statement};

#[async_trait]
impl SessionRepository for SqliteStore {
    async fn open_session(&self, session: &Session, password_version: u64) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(queries::DELETE_EXPIRED_SESSIONS)
            .bind(session.owner.uuid())
            .bind(session.opened_at.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_statement)?;
        let opened = sqlx::query(queries::INSERT_SESSION)
            .bind(session.owner.uuid())
            .bind(session.id.uuid())
            .bind(session.opened_at.millis())
            .bind(session.expires_at.millis())
            .bind(bound(password_version))
            .execute(&mut *transaction)
            .await
            .map_err(of_statement)?;
        if opened.rows_affected() == 0 {
            return Err(StoreError::Stale);
        }
        transaction.commit().await.map_err(of_commit)
    }

    async fn live_sessions(&self, sessions: &[(OwnerId, SessionId)]) -> Result<Vec<LiveSession>, StoreError> {
        let mut connection = self.readers.acquire().await.map_err(of_statement)?;
        let rows =
            statement::fetch::<LiveSessionRow, _>(&mut connection, queries::LIVE_SESSIONS, sessions).await?;
        Ok(rows.into_iter().map(LiveSession::try_from).collect::<Result<_, _>>()?)
    }

    async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError> {
        let ended = sqlx::query(queries::DELETE_SESSION)
            .bind(owner.uuid())
            .bind(session.uuid())
            .execute(&self.writer)
            .await;
        ended.map(drop).map_err(of_statement)
    }

    async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError> {
        let ended = sqlx::query(queries::DELETE_SESSIONS).bind(owner.uuid()).execute(&self.writer).await;
        ended.map(drop).map_err(of_statement)
    }
}
