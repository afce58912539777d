//! Sessions: see [`SessionRepository`].

use async_trait::async_trait;
use khata_core::id::{OwnerId, SessionId};
use khata_core::store::{LiveSession, Session, SessionRepository, StoreError};

use crate::dialect::{Dialect, Extent};
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> SessionRepository for SqlStore<D> {
    async fn open_session(&self, session: &Session, password_version: u64) -> Result<(), StoreError> {
        let session = *session;
        self.change(move |connection| {
            Box::pin(async move {
                // First, since it waits for whoever changes the password, and nobody should wait for it meanwhile.
                let row = [session];
                let insert = queries::INSERT_SESSION.query().bind(&password_version).given(&row);
                if insert.execute::<D>(connection).await? == 0 {
                    return Err(StoreError::Stale);
                }
                let delete = queries::DELETE_EXPIRED_SESSIONS.query();
                let delete = delete.bind(&session.owner).bind(&session.opened_at).bind(&session.id);
                delete.execute::<D>(connection).await.map(drop)
            })
        })
        .await
    }

    async fn live_sessions(&self, sessions: &[(OwnerId, SessionId)]) -> Result<Vec<LiveSession>, StoreError> {
        let sessions = sessions.to_vec();
        // A session that is undone with a failing machine was never told to anybody, nor its end.
        self.glance(Extent::Committed, move |connection| {
            Box::pin(async move { queries::LIVE_SESSIONS.fetch::<D>(connection, &sessions).await })
        })
        .await
    }

    fn is_local(&self) -> bool {
        D::IS_LOCAL
    }

    async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError> {
        self.change(move |connection| {
            Box::pin(async move {
                let delete = queries::DELETE_SESSION.query().bind(&owner).bind(&session);
                delete.execute::<D>(connection).await.map(drop)
            })
        })
        .await
    }

    async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError> {
        self.change(move |connection| {
            Box::pin(async move {
                // First, as for a session that is opened: no login is verified by the earlier version from here on.
                queries::ADVANCE_PASSWORD_VERSION.query().bind(&owner).execute::<D>(connection).await?;
                queries::DELETE_SESSIONS.query().bind(&owner).execute::<D>(connection).await.map(drop)
            })
        })
        .await
    }
}
