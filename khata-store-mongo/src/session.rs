//! Sessions: see [`SessionRepository`].

use std::time::Instant;

use async_trait::async_trait;
use bson::{Document, doc};
use khata_core::id::{OwnerId, SessionId};
use khata_core::store::{LiveSession, Session, SessionRepository, StoreError};

use crate::command::Statement;
use crate::error::of_write;
use crate::filter::{by_id, of_owner, one, owner as id_of};
use crate::row::{Key, OwnerChange, OwnerRow, SessionRow, bound, moment};
use crate::schema::{OWNERS, SESSIONS};
use crate::unit::{Unit, in_time};
use crate::{MongoStore, again, call, command};

#[async_trait]
impl SessionRepository for MongoStore {
    async fn open_session(&self, session: &Session, password_version: u64) -> Result<(), StoreError> {
        let deadline = call::deadline();
        again::until(deadline, || async move {
            let opened = in_time(deadline, self.prepare_session(session, password_version, deadline)).await?;
            opened.commit(deadline).await
        })
        .await
    }

    async fn live_sessions(&self, sessions: &[(OwnerId, SessionId)]) -> Result<Vec<LiveSession>, StoreError> {
        let found = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            unit.find_all::<SessionRow>(by_id(sessions.iter().copied().map(Key::from))).await
        };
        let rows = call::read(found).await?;
        Ok(rows.into_iter().map(LiveSession::try_from).collect::<Result<_, _>>()?)
    }

    async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError> {
        self.end(one((owner, session))).await
    }

    async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError> {
        self.end(of_owner(owner, "id", None)).await
    }
}

impl MongoStore {
    /// All but the commit of a session's opening. It takes the lock of the shop, or a change of the password that goes
    /// on at the same time would not meet it.
    async fn prepare_session(
        &self,
        session: &Session,
        password_version: u64,
        deadline: Instant,
    ) -> Result<Unit, StoreError> {
        let same = doc! { "_id": id_of(session.owner), "password.version": bound(password_version) };
        let first = command::update(&OWNERS, &[Statement::change(same, OwnerChange::locking())])?;
        let (mut unit, reply) = Unit::begin(&self.database, first, deadline).await?;
        if command::written(&OWNERS, &reply)? == 0 {
            return Err(StoreError::Stale);
        }
        let shop: OwnerRow = unit.find_one(doc! { "_id": id_of(session.owner) }).await?;
        let mut expired = of_owner(session.owner, "id", None);
        expired.insert("expiresAt", doc! { "$lte": moment(session.opened_at) });
        unit.delete(&SESSIONS, Some(expired)).await?;
        unit.insert([SessionRow::new(session, shop.lasting())]).await?;
        Ok(unit)
    }

    async fn end(&self, filter: Document) -> Result<(), StoreError> {
        let sessions = self.database.collection::<Document>(SESSIONS.name);
        call::write(async { sessions.delete_many(filter).await.map(drop).map_err(of_write) }).await
    }
}
