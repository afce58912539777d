//! Owners, sessions and throttles.

use async_trait::async_trait;

use super::MemoryStore;
use super::state::{Book, above};
use crate::calendar::Timestamp;
use crate::id::{OwnerId, SessionId};
use crate::phone::MobileNumber;
use crate::store::{
    Credentials, Head, LiveSession, OwnerRepository, Session, SessionRepository, StoreError, Throttle,
    ThrottleKey, ThrottleRepository, UniqueRule,
};

#[async_trait]
impl OwnerRepository for MemoryStore {
    async fn create_owner(&self, head: &Head, password_hash: &str) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.owner_by_mobile(&head.owner.mobile).is_some() {
            return Err(StoreError::Conflict(UniqueRule::OwnerMobile));
        }
        if state.books.contains_key(&head.owner.id) {
            return Err(StoreError::corrupt("two owners have one id"));
        }
        state.books.insert(head.owner.id, Book::new(head.clone(), password_hash));
        Ok(())
    }

    async fn head(&self, owner: OwnerId) -> Result<Head, StoreError> {
        Ok(self.lock().book(owner)?.head.clone())
    }

    async fn owners(&self, after: Option<OwnerId>, limit: u32) -> Result<Vec<Head>, StoreError> {
        let state = self.lock();
        let heads = above(&state.books, after.as_ref()).map(|(_, book)| book.head.clone());
        Ok(heads.take(limit as usize).collect())
    }

    async fn credentials_by_mobile(&self, mobile: &MobileNumber) -> Result<Credentials, StoreError> {
        self.lock().owner_by_mobile(mobile).map(Book::credentials).ok_or(StoreError::NotFound)
    }

    async fn credentials(&self, owner: OwnerId) -> Result<Credentials, StoreError> {
        Ok(self.lock().book(owner)?.credentials())
    }

    async fn renew_password_hash(&self, owner: OwnerId, version: u64, hash: &str) -> Result<(), StoreError> {
        let mut state = self.lock();
        let book = state.books.get_mut(&owner).filter(|book| book.head.password_version == version);
        hash.clone_into(&mut book.ok_or(StoreError::Stale)?.password_hash);
        Ok(())
    }
}

#[async_trait]
impl SessionRepository for MemoryStore {
    async fn open_session(&self, session: &Session, password_version: u64) -> Result<(), StoreError> {
        let mut state = self.lock();
        let book = state.books.get_mut(&session.owner);
        let book =
            book.filter(|book| book.head.password_version == password_version).ok_or(StoreError::Stale)?;
        book.sessions.retain(|_, old| old.expires_at > session.opened_at);
        book.sessions.insert(session.id, *session);
        Ok(())
    }

    async fn live_sessions(&self, sessions: &[(OwnerId, SessionId)]) -> Result<Vec<LiveSession>, StoreError> {
        let state = self.lock();
        let live = sessions.iter().filter_map(|(owner, id)| {
            let book = state.books.get(owner)?;
            let session = book.sessions.get(id)?;
            let profile = &book.head.owner;
            let (currency, time_zone) = (profile.currency, profile.time_zone);
            Some(LiveSession { owner: *owner, id: session.id, currency, time_zone })
        });
        Ok(live.collect())
    }

    fn is_local(&self) -> bool {
        true
    }

    async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError> {
        if let Some(book) = self.lock().books.get_mut(&owner) {
            book.sessions.remove(&session);
        }
        Ok(())
    }

    async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError> {
        if let Some(book) = self.lock().books.get_mut(&owner) {
            book.sessions.clear();
            book.head.password_version += 1;
        }
        Ok(())
    }
}

#[async_trait]
impl ThrottleRepository for MemoryStore {
    async fn throttles(&self, keys: &[ThrottleKey]) -> Result<Vec<(ThrottleKey, Throttle)>, StoreError> {
        let state = self.lock();
        let rows = keys.iter().filter_map(|key| Some((key.clone(), *state.throttles.get(key)?)));
        Ok(rows.collect())
    }

    async fn put_throttle(
        &self,
        key: &ThrottleKey,
        throttle: &Throttle,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let stale = self.put_throttles(&[(key.clone(), *throttle)], now).await?;
        if stale.is_empty() { Ok(()) } else { Err(StoreError::Stale) }
    }

    async fn put_throttles(
        &self,
        counts: &[(ThrottleKey, Throttle)],
        now: Timestamp,
    ) -> Result<Vec<ThrottleKey>, StoreError> {
        let throttles = &mut self.lock().throttles;
        let revision = |key| throttles.get(key).map_or(0, |known: &Throttle| known.revision);
        let (next, stale): (Vec<_>, Vec<_>) =
            counts.iter().partition(|(key, count)| revision(key).checked_add(1) == Some(count.revision));
        if !next.is_empty() {
            throttles.retain(|_, other| other.expires_at >= now);
        }
        throttles.extend(next.into_iter().cloned());
        Ok(stale.into_iter().map(|(key, _)| key.clone()).collect())
    }

    async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError> {
        self.lock().throttles.remove(key);
        Ok(())
    }
}
