//! What lists of invoices, receipts and credit notes have in common.

use khata_core::Shop;
use khata_core::error::Error;
use khata_core::form::{self, Form};
use khata_core::id::CustomerId;
use khata_core::page::Limit;
use khata_core::shop::DocumentFilter;

/// Reads the filters that all documents have. `before` is the place in a cursor.
pub(super) fn filter(
    mut form: Form,
    customer: Option<CustomerId>,
    before: Option<u64>,
) -> Result<DocumentFilter, Error> {
    let from = form.optional("from", form::date);
    let to = form.optional("to", form::date);
    let limit = form.optional("limit", form::text(Limit::parse));
    let filter = (|| {
        let (from, to, limit) = (from?, to?, limit?.unwrap_or_default());
        Some(DocumentFilter { customer, from, to, status: None, before, limit })
    })();
    form.finish(filter)
}

/// The result, unless the query is wrong and the customer in the path isn't there: that comes first.
pub(super) async fn path_first<T>(
    shop: &Shop,
    customer: Option<CustomerId>,
    result: Result<T, Error>,
) -> Result<T, Error> {
    if let (Err(Error::Invalid(_)), Some(customer)) = (&result, customer) {
        shop.customer(customer).await?;
    }
    result
}
