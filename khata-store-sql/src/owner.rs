//! Owners: see [`OwnerRepository`].

use async_trait::async_trait;
use khata_core::id::OwnerId;
use khata_core::phone::MobileNumber;
use khata_core::store::{Credentials, Head, OwnerRepository, StoreError};
use uuid::Uuid;

use crate::error::of_statement;
use crate::row::{CredentialsRow, HeadRow, NewOwnerRow, bound};
use crate::{SqliteStore, queries, statement};

#[async_trait]
impl OwnerRepository for SqliteStore {
    async fn create_owner(&self, head: &Head, password_hash: &str) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await.map_err(of_statement)?;
        let row = NewOwnerRow { head: head.into(), password_hash };
        statement::put(&mut connection, queries::INSERT_OWNERS, [row]).await
    }

    async fn head(&self, owner: OwnerId) -> Result<Head, StoreError> {
        let row: Option<HeadRow> = sqlx::query_as(queries::HEAD)
            .bind(owner.uuid())
            .fetch_optional(&self.readers)
            .await
            .map_err(of_statement)?;
        Ok(row.ok_or(StoreError::NotFound)?.try_into()?)
    }

    async fn owners(&self, after: Option<OwnerId>, limit: u32) -> Result<Vec<Head>, StoreError> {
        let rows: Vec<HeadRow> = sqlx::query_as(queries::HEADS_AFTER)
            .bind(after.map_or(Uuid::nil(), OwnerId::uuid))
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(of_statement)?;
        Ok(rows.into_iter().map(Head::try_from).collect::<Result<_, _>>()?)
    }

    async fn credentials_by_mobile(&self, mobile: &MobileNumber) -> Result<Credentials, StoreError> {
        let row: Option<CredentialsRow> = sqlx::query_as(queries::CREDENTIALS_BY_MOBILE)
            .bind(mobile.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(of_statement)?;
        Ok(row.ok_or(StoreError::NotFound)?.try_into()?)
    }

    async fn credentials(&self, owner: OwnerId) -> Result<Credentials, StoreError> {
        let row: Option<CredentialsRow> = sqlx::query_as(queries::CREDENTIALS)
            .bind(owner.uuid())
            .fetch_optional(&self.readers)
            .await
            .map_err(of_statement)?;
        Ok(row.ok_or(StoreError::NotFound)?.try_into()?)
    }

    async fn renew_password_hash(&self, owner: OwnerId, version: u64, hash: &str) -> Result<(), StoreError> {
        let done = sqlx::query(queries::RENEW_PASSWORD_HASH)
            .bind(owner.uuid())
            .bind(bound(version))
            .bind(hash)
            .execute(&self.writer)
            .await
            .map_err(of_statement)?;
        if done.rows_affected() == 0 { Err(StoreError::Stale) } else { Ok(()) }
    }
}
