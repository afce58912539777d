//! Sessions: see [`SessionRepository`].

use std::time::Instant;

use async_trait::async_trait;
use bson::raw::cstr;
use bson::{Document, doc, rawdoc};
use khata_core::id::{OwnerId, SessionId};
use khata_core::owner::Owner;
use khata_core::store::{LiveSession, Session, SessionRepository, StoreError};

use crate::error::of_write;
use crate::filter::{bound, by_id, key, of_owner, one, owner as id_of};
use crate::row::{HeadChange, session_document, to_bson};
use crate::schema::{HEADS, OWNERS, SESSIONS};
use crate::transaction::{Transaction, in_time};
use crate::{MongoStore, call, command, retry};

#[async_trait]
impl SessionRepository for MongoStore {
    async fn open_session(&self, session: &Session, password_version: u64) -> Result<(), StoreError> {
        let deadline = call::deadline();
        retry::until(deadline, || async move {
            let opened = in_time(deadline, self.prepare_session(session, password_version, deadline)).await?;
            opened.commit(deadline).await
        })
        .await
    }

    async fn live_sessions(&self, sessions: &[(OwnerId, SessionId)]) -> Result<Vec<LiveSession>, StoreError> {
        let found = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            transaction.find_all(by_id(sessions.iter().copied().map(key))).await
        };
        call::read(found).await
    }

    async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError> {
        self.end(one(owner, session)).await
    }

    async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError> {
        let deadline = call::deadline();
        retry::until(deadline, || async move {
            match in_time(deadline, self.prepare_end(owner, deadline)).await? {
                Some(ended) => ended.commit(deadline).await,
                None => Ok(()),
            }
        })
        .await?;
        self.heads.forget(&[owner]);
        Ok(())
    }
}

impl MongoStore {
    /// All but the commit of a session's opening. It writes to the shop's document in `owners`, or a change of the password
    /// that goes on at the same time would not meet it.
    async fn prepare_session(
        &self,
        session: &Session,
        password_version: u64,
        deadline: Instant,
    ) -> Result<Transaction, StoreError> {
        let mut same = command::shop(session.owner);
        same.append(cstr!("password_version"), bound(password_version));
        let counting = rawdoc! { "$inc": { "logins": 1_i64 } };
        let first = command::update(&OWNERS, &[command::change(same, counting)]);
        let (mut transaction, reply) = Transaction::begin(&self.database, first, deadline).await?;
        if command::written(&OWNERS, &reply)? == 0 {
            return Err(StoreError::Stale);
        }
        let shop: Owner = transaction.find_one(doc! { "_id": id_of(session.owner) }).await?;
        let mut expired = of_owner(session.owner, "id", None);
        expired.insert("expires_at", doc! { "$lte": to_bson(&session.opened_at) });
        transaction.delete(&SESSIONS, Some(expired)).await?;
        transaction.insert(&SESSIONS, [session_document(session, &shop)]).await?;
        Ok(transaction)
    }

    /// All but the commit of the end of a shop's sessions, unless there is no such shop. It takes the lock of the book, by
    /// which every process knows that the head it has read is not the one with this version of the password.
    async fn prepare_end(
        &self,
        owner: OwnerId,
        deadline: Instant,
    ) -> Result<Option<Transaction>, StoreError> {
        let lock = command::change(command::shop(owner), HeadChange::locking().update());
        let first = command::update(&HEADS, &[lock]);
        let (mut transaction, reply) = Transaction::begin(&self.database, first, deadline).await?;
        if command::written(&HEADS, &reply)? == 0 {
            return Ok(None);
        }
        let advance = rawdoc! { "$inc": { "password_version": 1_i64 } };
        transaction.change(&OWNERS, vec![command::change(command::shop(owner), advance)]).await?;
        transaction.delete(&SESSIONS, Some(of_owner(owner, "id", None))).await?;
        Ok(Some(transaction))
    }

    async fn end(&self, filter: Document) -> Result<(), StoreError> {
        let sessions = self.database.collection::<Document>(SESSIONS.name);
        call::write(async { sessions.delete_many(filter).await.map(drop).map_err(of_write) }).await
    }
}
