//! `/api/invoices`.

use axum::extract::State;
use khata_core::Shop;
use khata_core::error::Error;
use khata_core::form::{self, Form};
use khata_core::id::{CustomerId, InvoiceId};
use khata_core::invoice::{Invoice, InvoiceStatus, NewInvoice};
use khata_core::page::Page;
use khata_core::shop::DocumentFilter;
use khata_core::void::Void;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{self, path_first};
use crate::answer::{self, Answer};
use crate::app::App;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::conditional::{ETag, IfNoneMatch};
use crate::idempotency::{KeyHeader, once};
use crate::path::PathId;
use crate::problem::Problem;
use crate::query::{Query, boolean, both};
use crate::wire::invoice::{InvoiceWithAllocations, Status};
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

/// Add an invoice
///
/// Credit on the customer's account is applied to it immediately.
#[utoipa::path(
    post, path = "/api/invoices/add", tag = "invoices",
    operation_id = "add_invoice",
    params(
        ("overLimit" = Option<bool>, Query,
            description = "Whether the invoice may exceed the customer's credit limit. Defaults to `false`"),
        IdempotencyKeyHeader,
    ),
    request_body = wire::invoice::NewInvoice,
    responses(
        (status = 201, body = wire::invoice::Invoice, headers(("Location" = String), ("ETag" = String))),
        (status = 409, description = "`number_taken`, `credit_limit_exceeded`, `period_locked`"),
    )
)]
async fn add(Caller(shop): Caller, query: Query, key: KeyHeader, body: JsonBody) -> Result<Answer, Problem> {
    let key = key.key()?;
    let form = body.form()?;
    let over_limit = over_limit(query.form());
    let new = NewInvoice::from_form(form, shop.currency(), matches!(over_limit, Ok(true)));
    let (_, new) = both(over_limit, new)?;
    let added = once(&shop, key, new, Shop::add_invoice).await?;
    let path = format!("/api/invoices/{}", added.value.id);
    let tag =
        ETag::of_bytes(&answer::json(&InvoiceWithAllocations::new(added.value.clone(), shop.currency())));
    let body = wire::invoice::Invoice::new(added.value, shop.currency());
    Ok(Answer::created(&path, &body).version(&tag).replayed(added.replayed))
}

/// List a customer's invoices
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/invoices/customer/{customerId}", tag = "invoices",
    operation_id = "list_invoices_of_customer",
    params(
        ("customerId" = schema::Id, Path),
        DocumentsParams,
        ("status" = Option<Status>, Query, description = "Payment status to return"),
        PageParams,
    ),
    responses((status = 200, body = [wire::invoice::Invoice], headers(("Link" = String))))
)]
async fn list_of_customer(
    State(app): State<App>,
    Caller(shop): Caller,
    id: PathId,
    query: Query,
) -> Result<Answer, Problem> {
    let customer = id.read(CustomerId::parse)?;
    list(&app, &shop, format!("/api/invoices/customer/{customer}"), Some(customer), query).await
}

/// List the shop's invoices
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/invoices/shop", tag = "invoices",
    operation_id = "list_invoices",
    params(
        DocumentsParams,
        ("status" = Option<Status>, Query, description = "Payment status to return"),
        PageParams,
    ),
    responses((status = 200, body = [wire::invoice::Invoice], headers(("Link" = String))))
)]
async fn list_of_shop(State(app): State<App>, Caller(shop): Caller, query: Query) -> Result<Answer, Problem> {
    list(&app, &shop, "/api/invoices/shop".to_owned(), None, query).await
}

/// Get an invoice
///
/// Includes the allocations that paid it.
#[utoipa::path(
    get, path = "/api/invoices/{id}", tag = "invoices",
    operation_id = "get_invoice",
    params(("id" = schema::Id, Path), IfNoneMatchHeader),
    responses((status = 200, body = InvoiceWithAllocations))
)]
async fn get(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    let invoice = shop.invoice(id.read(InvoiceId::parse)?).await?;
    query.none()?;
    Ok(Answer::ok(&InvoiceWithAllocations::new(invoice, shop.currency())).unless_same(&if_none_match))
}

/// Void an invoice
///
/// From the date of the void, the invoice is no longer owed. The payments allocated to it are reallocated immediately.
#[utoipa::path(
    post, path = "/api/invoices/{id}/void", tag = "invoices",
    operation_id = "void_invoice",
    params(("id" = schema::Id, Path), IdempotencyKeyHeader),
    request_body = wire::void::Void,
    responses(
        (status = 200, body = InvoiceWithAllocations, headers(("ETag" = String))),
        (status = 409, description = "`already_void`, `has_credit_notes`, `period_locked`"),
    )
)]
async fn void(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    key: KeyHeader,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let id = shop.invoice(id.read(InvoiceId::parse)?).await?.id;
    let key = key.key()?;
    let form = body.form()?;
    let ((), void) = both(query.none(), Void::from_form(id, form))?;
    let voided = once(&shop, key, void, Shop::void_invoice).await?;
    let body = InvoiceWithAllocations::new(voided.value, shop.currency());
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
    let page = page(shop, filter(asked.form, customer, asked.place)).await;
    let page = path_first(shop, customer, page).await?;
    let link = page.next.map(|place| list.next(asked.params, place));
    let invoice = |invoice| wire::invoice::Invoice::new(invoice, shop.currency());
    let invoices: Vec<_> = page.items.into_iter().map(invoice).collect();
    Ok(Answer::ok(&invoices).next_page(link))
}

async fn page(shop: &Shop, filter: Result<DocumentFilter, Error>) -> Result<Page<Invoice, u64>, Error> {
    shop.invoices(&filter?).await
}

fn filter(
    mut form: Form,
    customer: Option<CustomerId>,
    before: Option<u64>,
) -> Result<DocumentFilter, Error> {
    let status = form.optional("status", form::text(InvoiceStatus::parse)).flatten();
    let filter = documents::filter(form, customer, before)?;
    Ok(DocumentFilter { status, ..filter })
}

fn over_limit(mut form: Form) -> Result<bool, Error> {
    let over_limit = form.optional("overLimit", form::text(boolean));
    form.finish(over_limit.map(Option::unwrap_or_default))
}
