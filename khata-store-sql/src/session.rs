//! Sessions: see [`SessionRepository`].

use async_trait::async_trait;
use khata_core::id::{OwnerId, SessionId};
use khata_core::store::{LiveSession, Session, SessionRepository, StoreError};

use crate::dialect::Dialect;
use crate::error::of_commit;
use crate::row::{IdKey, bound};
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> SessionRepository for SqlStore<D> {
    async fn open_session(&self, session: &Session, password_version: u64) -> Result<(), StoreError> {
        let mut transaction = self.begin_briefly().await?;
        // First, since it waits for whoever changes the password, and nobody should wait for it meanwhile.
        let insert = queries::INSERT_SESSION
            .query::<D>()
            .bind(session.owner.uuid())
            .bind(session.id.uuid())
            .bind(session.opened_at.millis())
            .bind(session.expires_at.millis())
            .bind(bound(password_version));
        if insert.execute(&mut transaction).await? == 0 {
            return Err(StoreError::Stale);
        }
        let delete = queries::DELETE_EXPIRED_SESSIONS
            .query::<D>()
            .bind(session.owner.uuid())
            .bind(session.opened_at.millis())
            .bind(session.id.uuid());
        delete.execute(&mut transaction).await?;
        transaction.commit().await.map_err(of_commit)
    }

    async fn live_sessions(&self, sessions: &[(OwnerId, SessionId)]) -> Result<Vec<LiveSession>, StoreError> {
        let keys = sessions.iter().map(IdKey::from);
        let rows = queries::LIVE_SESSIONS.fetch::<D>(&mut *self.reader().await?, keys).await?;
        Ok(rows.into_iter().map(LiveSession::try_from).collect::<Result<_, _>>()?)
    }

    async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError> {
        let delete = queries::DELETE_SESSION.query::<D>().bind(owner.uuid()).bind(session.uuid());
        delete.execute_alone(&mut *self.writer().await?).await.map(drop)
    }

    async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError> {
        let delete = queries::DELETE_SESSIONS.query::<D>().bind(owner.uuid());
        delete.execute_alone(&mut *self.writer().await?).await.map(drop)
    }
}
