//! Sessions: see [`SessionRepository`].

use async_trait::async_trait;
use khata_core::id::{OwnerId, SessionId};
use khata_core::store::{LiveSession, Session, SessionRepository, StoreError};

use crate::dialect::Dialect;
use crate::error::of_commit;
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> SessionRepository for SqlStore<D> {
    async fn open_session(&self, session: &Session, password_version: u64) -> Result<(), StoreError> {
        let mut transaction = self.begin_briefly().await?;
        // First, since it waits for whoever changes the password, and nobody should wait for it meanwhile.
        let insert = queries::INSERT_SESSION.query::<D>().bind(&password_version).given(&[*session]);
        if insert.execute(&mut transaction).await? == 0 {
            return Err(StoreError::Stale);
        }
        let delete = queries::DELETE_EXPIRED_SESSIONS
            .query::<D>()
            .bind(&session.owner)
            .bind(&session.opened_at)
            .bind(&session.id);
        delete.execute(&mut transaction).await?;
        transaction.commit().await.map_err(of_commit)
    }

    async fn live_sessions(&self, sessions: &[(OwnerId, SessionId)]) -> Result<Vec<LiveSession>, StoreError> {
        queries::LIVE_SESSIONS.fetch::<D>(&mut *self.reader().await?, sessions).await
    }

    async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError> {
        let delete = queries::DELETE_SESSION.query::<D>().bind(&owner).bind(&session);
        delete.execute_alone(&mut *self.writer().await?).await.map(drop)
    }

    async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError> {
        let delete = queries::DELETE_SESSIONS.query::<D>().bind(&owner);
        delete.execute_alone(&mut *self.writer().await?).await.map(drop)
    }
}
