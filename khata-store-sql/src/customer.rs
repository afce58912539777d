//! Reading customers: see [`CustomerRepository`].

use async_trait::async_trait;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::store::{CustomerCursor, CustomerOrder, CustomerRepository, CustomerSelection, StoreError};
use uuid::Uuid;

use crate::dialect::Dialect;
use crate::rows::{RarestWord, WordRange};
use crate::statement::{Query, Statement};
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> CustomerRepository for SqlStore<D> {
    async fn customer(&self, owner: OwnerId, id: CustomerId) -> Result<Customer, StoreError> {
        let query = queries::CUSTOMER.query::<D>().bind(&owner).bind(&id);
        query.fetch_optional(&mut *self.reader().await?).await?.ok_or(StoreError::NotFound)
    }

    async fn customers(
        &self,
        owner: OwnerId,
        selection: &CustomerSelection,
    ) -> Result<Vec<Customer>, StoreError> {
        let words: Vec<_> = selection.words.iter().map(|word| WordRange::beginning_with(word)).collect();
        let mut connection = self.reader().await?;
        let rarest = match &words[..] {
            [] => None,
            words => {
                let query = queries::RAREST_WORD.query::<D>().bind(&owner).given(words);
                Some(query.fetch_one(&mut connection).await?)
            }
        };
        let statement = statement_for(selection.order, rarest.as_ref());
        let query = statement.query::<D>().bind(&owner).bind(&selection.archived);
        let query = bind_place(query, selection).bind(&selection.limit);
        let query = match &rarest {
            None => query,
            Some(rarest) if rarest.is_rare() => {
                query.bind(&rarest.range.first).bind(&rarest.range.until).given(&words)
            }
            Some(_) => query.given(&words),
        };
        query.fetch(&mut connection).await
    }

    async fn all_customers(
        &self,
        owner: OwnerId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>, StoreError> {
        let query = queries::CUSTOMERS_AFTER
            .query::<D>()
            .bind(&owner)
            .bind(&after.map_or(Uuid::nil(), CustomerId::uuid))
            .bind(&limit);
        query.fetch(&mut *self.reader().await?).await
    }
}

fn statement_for(
    order: CustomerOrder,
    rarest: Option<&RarestWord>,
) -> &'static Statement<WordRange, Customer> {
    match (order, rarest.map(RarestWord::is_rare)) {
        (CustomerOrder::Recent, None) => &queries::CUSTOMERS_BY_LAST_ENTRY,
        (CustomerOrder::Recent, Some(false)) => &queries::CUSTOMERS_FOUND_BY_LAST_ENTRY,
        (CustomerOrder::Recent, Some(true)) => &queries::CUSTOMERS_AMONG_FEW_BY_LAST_ENTRY,
        (CustomerOrder::Name, None) => &queries::CUSTOMERS_BY_NAME,
        (CustomerOrder::Name, Some(false)) => &queries::CUSTOMERS_FOUND_BY_NAME,
        (CustomerOrder::Name, Some(true)) => &queries::CUSTOMERS_AMONG_FEW_BY_NAME,
        (CustomerOrder::Balance, None) => &queries::CUSTOMERS_BY_BALANCE,
        (CustomerOrder::Balance, Some(false)) => &queries::CUSTOMERS_FOUND_BY_BALANCE,
        (CustomerOrder::Balance, Some(true)) => &queries::CUSTOMERS_AMONG_FEW_BY_BALANCE,
    }
}

type CustomersQuery<D> = Query<'static, D, WordRange, Customer>;

/// The place to go on from. Without one it is the place before all: no customer has an id of zeros or of ones only.
fn bind_place<D: Dialect>(query: CustomersQuery<D>, selection: &CustomerSelection) -> CustomersQuery<D> {
    match (&selection.after, selection.order) {
        (Some(CustomerCursor::Recent { last_seq, id }), _) => query.bind(last_seq).bind(id),
        (Some(CustomerCursor::Name { name_key, id }), _) => query.bind(name_key).bind(id),
        (Some(CustomerCursor::Balance { balance, id }), _) => query.bind(balance).bind(id),
        (None, CustomerOrder::Recent | CustomerOrder::Balance) => query.bind(&u64::MAX).bind(&Uuid::max()),
        (None, CustomerOrder::Name) => query.bind_text("").bind(&Uuid::nil()),
    }
}
