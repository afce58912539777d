//! Reading customers: see [`CustomerRepository`].

use async_trait::async_trait;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::store::{CustomerCursor, CustomerOrder, CustomerRepository, CustomerSelection, StoreError};
use uuid::Uuid;

use crate::dialect::Dialect;
use crate::row::{CustomerRow, RarestRow, WordRange, bound};
use crate::statement::{Query, Statement};
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> CustomerRepository for SqlStore<D> {
    async fn customer(&self, owner: OwnerId, id: CustomerId) -> Result<Customer, StoreError> {
        let query = queries::CUSTOMER.query::<D>().bind(owner.uuid()).bind(id.uuid());
        let row = query.fetch_optional(&mut *self.reader().await?).await?;
        Ok(row.ok_or(StoreError::NotFound)?.try_into()?)
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
                let query = queries::RAREST_WORD.query::<D>().bind(owner.uuid()).given(words);
                Some(query.fetch_one(&mut connection).await?)
            }
        };
        let statement = statement_for(selection.order, rarest.as_ref());
        let query = statement.query::<D>().bind(owner.uuid()).bind(selection.archived);
        let query = bind_place(query, selection).bind(i64::from(selection.limit));
        let query = match &rarest {
            None => query,
            Some(range) if range.is_rare() => query.bind(&*range.first).bind(&*range.until).given(&words),
            Some(_) => query.given(&words),
        };
        let rows = query.fetch(&mut connection).await?;
        Ok(rows.into_iter().map(Customer::try_from).collect::<Result<_, _>>()?)
    }

    async fn all_customers(
        &self,
        owner: OwnerId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>, StoreError> {
        let query = queries::CUSTOMERS_AFTER
            .query::<D>()
            .bind(owner.uuid())
            .bind(after.map_or(Uuid::nil(), CustomerId::uuid))
            .bind(i64::from(limit));
        let rows = query.fetch(&mut *self.reader().await?).await?;
        Ok(rows.into_iter().map(Customer::try_from).collect::<Result<_, _>>()?)
    }
}

fn statement_for(
    order: CustomerOrder,
    rarest: Option<&RarestRow>,
) -> &'static Statement<WordRange, CustomerRow> {
    match (order, rarest.map(RarestRow::is_rare)) {
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

type CustomersQuery<D> = Query<D, WordRange, CustomerRow>;

/// The place to go on from. Without one it is the place before all: no customer has an id of zeros or of ones only.
fn bind_place<D: Dialect>(query: CustomersQuery<D>, selection: &CustomerSelection) -> CustomersQuery<D> {
    match (&selection.after, selection.order) {
        (Some(CustomerCursor::Recent { last_seq, id }), _) => query.bind(bound(*last_seq)).bind(id.uuid()),
        (Some(CustomerCursor::Name { name_key, id }), _) => query.bind(name_key.as_str()).bind(id.uuid()),
        (Some(CustomerCursor::Balance { balance, id }), _) => query.bind(balance.minor()).bind(id.uuid()),
        (None, CustomerOrder::Recent | CustomerOrder::Balance) => query.bind(i64::MAX).bind(Uuid::max()),
        (None, CustomerOrder::Name) => query.bind("").bind(Uuid::nil()),
    }
}
