//! Reading customers: see [`CustomerRepository`].

use async_trait::async_trait;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::search::WORD_CHARACTERS_MAX;
use khata_core::store::{CustomerOrder, CustomerPosition, CustomerRepository, CustomerSelection, StoreError};
use sqlx::Sqlite;
use sqlx::query::QueryAs;
use sqlx::sqlite::SqliteArguments;
use uuid::Uuid;

use crate::error::of_statement;
use crate::row::{CustomerRow, bound};
use crate::{SqliteStore, queries, statement};

#[async_trait]
impl CustomerRepository for SqliteStore {
    async fn customer(&self, owner: OwnerId, id: CustomerId) -> Result<Customer, StoreError> {
        let row: Option<CustomerRow> = sqlx::query_as(queries::CUSTOMER)
            .bind(owner.uuid())
            .bind(id.uuid())
            .fetch_optional(&self.readers)
            .await
            .map_err(of_statement)?;
        Ok(row.ok_or(StoreError::NotFound)?.try_into()?)
    }

    async fn customers(
        &self,
        owner: OwnerId,
        selection: &CustomerSelection,
    ) -> Result<Vec<Customer>, StoreError> {
        let words: Vec<_> = selection.words.iter().map(|word| beginning_with(word)).collect();
        let query = sqlx::query_as(statement_for(selection.order, !words.is_empty()));
        let query = query.bind(owner.uuid()).bind(selection.archived);
        let query = bind_place(query, selection).bind(selection.limit).bind(statement::json(&words)?);
        let rows: Vec<CustomerRow> = query.fetch_all(&self.readers).await.map_err(of_statement)?;
        Ok(rows.into_iter().map(Customer::try_from).collect::<Result<_, _>>()?)
    }

    async fn all_customers(
        &self,
        owner: OwnerId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>, StoreError> {
        let rows: Vec<CustomerRow> = sqlx::query_as(queries::CUSTOMERS_AFTER)
            .bind(owner.uuid())
            .bind(after.map_or(Uuid::nil(), CustomerId::uuid))
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(of_statement)?;
        Ok(rows.into_iter().map(Customer::try_from).collect::<Result<_, _>>()?)
    }
}

fn statement_for(order: CustomerOrder, found_by_words: bool) -> &'static str {
    match (order, found_by_words) {
        (CustomerOrder::Recent, false) => queries::CUSTOMERS_BY_LAST_ENTRY,
        (CustomerOrder::Recent, true) => queries::CUSTOMERS_FOUND_BY_LAST_ENTRY,
        (CustomerOrder::Name, false) => queries::CUSTOMERS_BY_NAME,
        (CustomerOrder::Name, true) => queries::CUSTOMERS_FOUND_BY_NAME,
        (CustomerOrder::Balance, false) => queries::CUSTOMERS_BY_BALANCE,
        (CustomerOrder::Balance, true) => queries::CUSTOMERS_FOUND_BY_BALANCE,
    }
}

type Query = QueryAs<'static, Sqlite, CustomerRow, SqliteArguments>;

/// The place to go on from. Without one it is the place before all: no customer has an id of zeros or of ones only.
fn bind_place(query: Query, selection: &CustomerSelection) -> Query {
    match (&selection.after, selection.order) {
        (Some(CustomerPosition::Recent { last_seq, id }), _) => query.bind(bound(*last_seq)).bind(id.uuid()),
        (Some(CustomerPosition::Name { name_key, id }), _) => query.bind(name_key.clone()).bind(id.uuid()),
        (Some(CustomerPosition::Balance { balance, id }), _) => query.bind(balance.minor()).bind(id.uuid()),
        (None, CustomerOrder::Recent | CustomerOrder::Balance) => query.bind(i64::MAX).bind(Uuid::max()),
        (None, CustomerOrder::Name) => query.bind("").bind(Uuid::nil()),
    }
}

/// The range of the words that begin with this one, its end excluded. Bytes of UTF-8 sort as the characters do, and
/// after the word itself none can have so many of the last character.
fn beginning_with(word: &str) -> (String, String) {
    let last = char::MAX.to_string().repeat(WORD_CHARACTERS_MAX);
    (word.to_owned(), format!("{word}{last}"))
}
