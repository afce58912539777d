//! Reading customers: see [`CustomerRepository`].

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::money::Money;
use khata_core::store::{CustomerCursor, CustomerOrder, CustomerRepository, CustomerSelection, StoreError};
use uuid::Uuid;

use crate::dialect::{Dialect, Extent};
use crate::rows::{WordRange, WordUses};
use crate::statement::{Query, Statement};
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> CustomerRepository for SqlStore<D> {
    async fn customer(&self, owner: OwnerId, id: CustomerId) -> Result<Customer, StoreError> {
        let found = self.glance(Extent::Durable, move |connection| {
            Box::pin(async move {
                queries::CUSTOMER.query().bind(&owner).bind(&id).fetch_optional::<D>(connection).await
            })
        });
        found.await?.ok_or(StoreError::NotFound)
    }

    async fn customers(
        &self,
        owner: OwnerId,
        selection: &CustomerSelection,
    ) -> Result<Vec<Customer>, StoreError> {
        let selection = selection.clone();
        self.read(move |connection| {
            Box::pin(async move { customers::<D>(connection, owner, &selection).await })
        })
        .await
    }

    async fn all_customers(
        &self,
        owner: OwnerId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>, StoreError> {
        let after = after.map_or(Uuid::nil(), CustomerId::uuid);
        self.read(move |connection| {
            Box::pin(async move {
                let query = queries::CUSTOMERS_AFTER.query().bind(&owner).bind(&after).bind(&limit);
                query.fetch::<D>(connection).await
            })
        })
        .await
    }
}

async fn customers<D: Dialect>(
    connection: &mut D::Connection,
    owner: OwnerId,
    selection: &CustomerSelection,
) -> Result<Vec<Customer>, StoreError> {
    let words: Vec<_> = selection.words.iter().map(|word| WordRange::beginning_with(word)).collect();
    let rarest = match &words[..] {
        [] => None,
        words => {
            let query = queries::WORD_USES.query().bind(&owner).given(words);
            query.fetch::<D>(connection).await?.into_iter().min_by_key(|word| word.uses)
        }
    };
    let place = Place::of(selection);
    let statement = statement_for(selection.order, rarest.as_ref());
    let query = place.bind(statement.query().bind(&owner).bind(&selection.archived)).bind(&selection.limit);
    // Nobody has entries dated after the last day.
    let post_dated_after = selection.post_dated_after.unwrap_or(Date::MAX).to_string();
    let query = match selection.order {
        CustomerOrder::Balance => query.bind_text(&post_dated_after),
        CustomerOrder::Recent | CustomerOrder::Name => query,
    };
    let query = match &rarest {
        None => query,
        Some(rarest) if rarest.is_rare() => {
            query.bind(&rarest.range.first).bind(&rarest.range.until).given(&words)
        }
        Some(_) => query.given(&words),
    };
    query.fetch::<D>(connection).await
}

fn statement_for(order: CustomerOrder, rarest: Option<&WordUses>) -> &'static Statement<WordRange, Customer> {
    match (order, rarest.map(WordUses::is_rare)) {
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

/// The place to go on from. Without one it is the place before all: no customer has an id of zeros or of ones only.
enum Place<'s> {
    LastEntry(u64, Uuid),
    Name(&'s str, Uuid),
    Balance(Money, Uuid),
}

impl<'s> Place<'s> {
    fn of(selection: &'s CustomerSelection) -> Self {
        match (&selection.after, selection.order) {
            (Some(CustomerCursor::Recent { last_seq, id }), _) => Self::LastEntry(*last_seq, id.uuid()),
            (Some(CustomerCursor::Name { name_key, id }), _) => Self::Name(name_key, id.uuid()),
            (Some(CustomerCursor::Balance { balance, id }), _) => Self::Balance(*balance, id.uuid()),
            (None, CustomerOrder::Recent | CustomerOrder::Balance) => Self::LastEntry(u64::MAX, Uuid::max()),
            (None, CustomerOrder::Name) => Self::Name("", Uuid::nil()),
        }
    }

    fn bind(&'s self, query: CustomersQuery<'s>) -> CustomersQuery<'s> {
        match self {
            Self::LastEntry(seq, id) => query.bind(seq).bind(id),
            Self::Name(name, id) => query.bind_text(name).bind(id),
            Self::Balance(balance, id) => query.bind(balance).bind(id),
        }
    }
}

type CustomersQuery<'s> = Query<'s, WordRange, Customer>;
