//! `/api/receipts`.

use axum::extract::State;
use khata_core::Shop;
use khata_core::error::Error;
use khata_core::id::{CustomerId, OwnerId, ReceiptId};
use khata_core::page::Page;
use khata_core::receipt::{NewReceipt, Receipt};
use khata_core::shop::DocumentFilter;
use khata_core::void::Void;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{self, path_first};
use crate::answer::Answer;
use crate::app::App;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::conditional::IfNoneMatch;
use crate::idempotency::{KeyHeader, once};
use crate::path::PathId;
use crate::problem::Problem;
use crate::query::{Query, both};
use crate::wire::parameter::{DocumentsParams, IdempotencyKeyHeader, IfNoneMatchHeader, PageParams};
use crate::wire::{self, schema};

pub(super) fn guarded() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(add))
        .routes(routes!(list_of_customer))
        .routes(routes!(list_of_shop))
        .routes(routes!(get))
        .routes(routes!(void))
}

/// Add a receipt
///
/// Applied to the given allocations first, then to the oldest due invoices. The remainder stays on account.
#[utoipa::path(
    post, path = "/api/receipts/add", tag = "receipts",
    operation_id = "add_receipt",
    params(IdempotencyKeyHeader),
    request_body = wire::receipt::NewReceipt,
    responses(
        (status = 201, body = wire::receipt::Receipt, headers(("Location" = String), ("ETag" = String))),
        (status = 409, description = "`number_taken`, `period_locked`"),
    )
)]
async fn add(Caller(shop): Caller, query: Query, key: KeyHeader, body: JsonBody) -> Result<Answer, Problem> {
    let key = key.key()?;
    let form = body.form()?;
    let ((), new) = both(query.none(), NewReceipt::from_form(form, shop.currency()))?;
    let added = once(&shop, key, new, Shop::add_receipt).await?;
    let path = format!("/api/receipts/{}", added.value.id);
    let body = wire::receipt::Receipt::new(added.value, shop.currency());
    Ok(Answer::created(&path, &body).version_by_body().replayed(added.replayed))
}

/// List a customer's receipts
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/receipts/customer/{customerId}", tag = "receipts",
    operation_id = "list_receipts_of_customer",
    params(("customerId" = schema::Id, Path), DocumentsParams, PageParams),
    responses((status = 200, body = [wire::receipt::Receipt], headers(("Link" = String))))
)]
async fn list_of_customer(
    State(app): State<App>,
    Caller(shop): Caller,
    id: PathId,
    query: Query,
) -> Result<Answer, Problem> {
    let customer = id.read(CustomerId::parse)?;
    list(&app, &shop, format!("/api/receipts/customer/{customer}"), Some(customer), query).await
}

/// List the shop's receipts
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/receipts/shop/{shopOwnerId}", tag = "receipts",
    operation_id = "list_receipts",
    params(
        ("shopOwnerId" = schema::Id, Path, description = "Id of the authenticated shop owner"),
        DocumentsParams,
        PageParams,
    ),
    responses((status = 200, body = [wire::receipt::Receipt], headers(("Link" = String))))
)]
async fn list_of_shop(
    State(app): State<App>,
    Caller(shop): Caller,
    id: PathId,
    query: Query,
) -> Result<Answer, Problem> {
    let owner = id.read(OwnerId::parse)?;
    if owner != shop.id() {
        return Err(Error::NotFound.into());
    }
    list(&app, &shop, format!("/api/receipts/shop/{owner}"), None, query).await
}

/// Get a receipt
#[utoipa::path(
    get, path = "/api/receipts/{id}", tag = "receipts",
    operation_id = "get_receipt",
    params(("id" = schema::Id, Path), IfNoneMatchHeader),
    responses((status = 200, body = wire::receipt::Receipt))
)]
async fn get(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    let receipt = shop.receipt(id.read(ReceiptId::parse)?).await?;
    query.none()?;
    Ok(Answer::ok(&wire::receipt::Receipt::new(receipt, shop.currency())).unless_same(&if_none_match))
}

/// Void a receipt
///
/// From the date of the void, its allocations are reversed. Other credit on account is applied in its place.
#[utoipa::path(
    post, path = "/api/receipts/{id}/void", tag = "receipts",
    operation_id = "void_receipt",
    params(("id" = schema::Id, Path), IdempotencyKeyHeader),
    request_body = wire::void::Void,
    responses(
        (status = 200, body = wire::receipt::Receipt, headers(("ETag" = String))),
        (status = 409, description = "`already_void`, `period_locked`"),
    )
)]
async fn void(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    key: KeyHeader,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let id = shop.receipt(id.read(ReceiptId::parse)?).await?.id;
    let key = key.key()?;
    let form = body.form()?;
    let ((), void) = both(query.none(), Void::from_form(id, form))?;
    let voided = once(&shop, key, void, Shop::void_receipt).await?;
    let body = wire::receipt::Receipt::new(voided.value, shop.currency());
    Ok(Answer::ok(&body).version_by_body().replayed(voided.replayed))
}

async fn list(
    app: &App,
    shop: &Shop,
    path: String,
    customer: Option<CustomerId>,
    query: Query,
) -> Result<Answer, Problem> {
    let list = app.list(shop.id(), path);
    let asked = list.asked::<u64>(query);
    let page = page(shop, documents::filter(asked.form, customer, asked.place)).await;
    let page = path_first(shop, customer, page).await?;
    let link = page.next.map(|place| list.next(asked.params, place));
    let receipt = |receipt| wire::receipt::Receipt::new(receipt, shop.currency());
    let receipts: Vec<_> = page.items.into_iter().map(receipt).collect();
    Ok(Answer::ok(&receipts).next_page(link))
}

async fn page(shop: &Shop, filter: Result<DocumentFilter, Error>) -> Result<Page<Receipt, u64>, Error> {
    shop.receipts(&filter?).await
}
