//! What makes up a balance, and what paid what, in words.

use khata_core::Shop;
use khata_core::calendar::Date;
use khata_core::error::Error;
use khata_core::form::{self, Form};
use khata_core::id::{CustomerId, ItemId};
use khata_core::number::DocumentKind;
use khata_core::page::Limit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::path_first;
use crate::answer::Answer;
use crate::app::App;
use crate::auth::Caller;
use crate::conditional::IfNoneMatch;
use crate::path::PathId;
use crate::problem::Problem;
use crate::query::Query;
use crate::wire::explain::{ExplainedItem, Explanation};
use crate::wire::parameter::IfNoneMatchHeader;
use crate::wire::schema;

pub(super) fn guarded() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(balance))
        .routes(routes!(invoice))
        .routes(routes!(receipt))
        .routes(routes!(credit_note))
}

/// Explain a customer's balance
///
/// Lists the open documents that make up the balance with their allocations, and describes them in sentences.
#[utoipa::path(
    get, path = "/api/customers/{id}/balance/explain", tag = "customers",
    operation_id = "explain_balance",
    params(
        ("id" = schema::Id, Path),
        ("asOf" = Option<schema::DateInput>, Query, description = "Date. Defaults to today"),
        ("limit" = Option<u16>, Query, description = "Maximum number of items to return",
            minimum = 1, maximum = 500),
        IfNoneMatchHeader,
    ),
    responses((status = 200, body = Explanation))
)]
async fn balance(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    let id = id.read(CustomerId::parse)?;
    let (as_of, limit) = path_first(&shop, Some(id), asked(query.form())).await?;
    let explanation = shop.explain_balance(id, as_of, limit).await?;
    Ok(Answer::ok(&Explanation::new(&explanation, shop.currency())).unless_same(&if_none_match))
}

fn asked(mut form: Form) -> Result<(Option<Date>, Limit), Error> {
    let as_of = form.optional("asOf", form::date);
    let limit = form.optional("limit", form::text(Limit::parse));
    form.finish(as_of.zip(limit.map(Option::unwrap_or_default)))
}

/// Explain an invoice
///
/// Lists the allocations that paid it and the outstanding amount, and describes them in sentences.
#[utoipa::path(
    get, path = "/api/invoices/{id}/explain", tag = "invoices",
    operation_id = "explain_invoice",
    params(("id" = schema::Id, Path), IfNoneMatchHeader),
    responses((status = 200, body = ExplainedItem))
)]
async fn invoice(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    document(&shop, DocumentKind::Invoice, id.read(ItemId::parse)?, query, &if_none_match).await
}

/// Explain a receipt
///
/// Lists its allocations and the unapplied amount, and describes them in sentences.
#[utoipa::path(
    get, path = "/api/receipts/{id}/explain", tag = "receipts",
    operation_id = "explain_receipt",
    params(("id" = schema::Id, Path), IfNoneMatchHeader),
    responses((status = 200, body = ExplainedItem))
)]
async fn receipt(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    document(&shop, DocumentKind::Receipt, id.read(ItemId::parse)?, query, &if_none_match).await
}

/// Explain a credit note
///
/// Lists its allocations and the unapplied amount, and describes them in sentences.
#[utoipa::path(
    get, path = "/api/creditnotes/{id}/explain", tag = "creditnotes",
    operation_id = "explain_credit_note",
    params(("id" = schema::Id, Path), IfNoneMatchHeader),
    responses((status = 200, body = ExplainedItem))
)]
async fn credit_note(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    document(&shop, DocumentKind::CreditNote, id.read(ItemId::parse)?, query, &if_none_match).await
}

async fn document(
    shop: &Shop,
    kind: DocumentKind,
    id: ItemId,
    query: Query,
    if_none_match: &IfNoneMatch,
) -> Result<Answer, Problem> {
    let explained = shop.explain_document(kind, id).await?;
    query.none()?;
    Ok(Answer::ok(&ExplainedItem::new(&explained, shop.currency())).unless_same(if_none_match))
}
