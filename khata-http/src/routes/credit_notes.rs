//! `/api/creditnotes`.

use axum::extract::State;
use khata_core::Shop;
use khata_core::credit_note::{CreditNote, NewCreditNote};
use khata_core::error::Error;
use khata_core::id::{CreditNoteId, CustomerId};
use khata_core::page::Page;
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

/// Add a credit note
///
/// Applied to its invoice first, then to the oldest due invoices. The remainder stays on account.
#[utoipa::path(
    post, path = "/api/creditnotes/add", tag = "creditnotes",
    operation_id = "add_credit_note",
    params(IdempotencyKeyHeader),
    request_body = wire::credit_note::NewCreditNote,
    responses(
        (status = 201, body = wire::credit_note::CreditNote, headers(("Location" = String), ("ETag" = String))),
        (status = 409, description = "`number_taken`, `period_locked`"),
    )
)]
async fn add(Caller(shop): Caller, query: Query, key: KeyHeader, body: JsonBody) -> Result<Answer, Problem> {
    let key = key.key()?;
    let form = body.form()?;
    let ((), new) = both(query.none(), NewCreditNote::from_form(form, shop.currency()))?;
    let added = once(&shop, key, new, Shop::add_credit_note).await?;
    let path = format!("/api/creditnotes/{}", added.value.id);
    let body = wire::credit_note::CreditNote::new(added.value, shop.currency());
    Ok(Answer::created(&path, &body).version_by_body().replayed(added.replayed))
}

/// List a customer's credit notes
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/creditnotes/customer/{customerId}", tag = "creditnotes",
    operation_id = "list_credit_notes_of_customer",
    params(("customerId" = schema::Id, Path), DocumentsParams, PageParams),
    responses((status = 200, body = [wire::credit_note::CreditNote], headers(("Link" = String))))
)]
async fn list_of_customer(
    State(app): State<App>,
    Caller(shop): Caller,
    id: PathId,
    query: Query,
) -> Result<Answer, Problem> {
    let customer = id.read(CustomerId::parse)?;
    list(&app, &shop, format!("/api/creditnotes/customer/{customer}"), Some(customer), query).await
}

/// List the shop's credit notes
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/creditnotes/shop", tag = "creditnotes",
    operation_id = "list_credit_notes",
    params(DocumentsParams, PageParams),
    responses((status = 200, body = [wire::credit_note::CreditNote], headers(("Link" = String))))
)]
async fn list_of_shop(State(app): State<App>, Caller(shop): Caller, query: Query) -> Result<Answer, Problem> {
    list(&app, &shop, "/api/creditnotes/shop".to_owned(), None, query).await
}

/// Get a credit note
#[utoipa::path(
    get, path = "/api/creditnotes/{id}", tag = "creditnotes",
    operation_id = "get_credit_note",
    params(("id" = schema::Id, Path), IfNoneMatchHeader),
    responses((status = 200, body = wire::credit_note::CreditNote))
)]
async fn get(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    let note = shop.credit_note(id.read(CreditNoteId::parse)?).await?;
    query.none()?;
    Ok(Answer::ok(&wire::credit_note::CreditNote::new(note, shop.currency())).unless_same(&if_none_match))
}

/// Void a credit note
///
/// From the date of the void, its allocations are reversed. Other credit on account is applied in its place.
#[utoipa::path(
    post, path = "/api/creditnotes/{id}/void", tag = "creditnotes",
    operation_id = "void_credit_note",
    params(("id" = schema::Id, Path), IdempotencyKeyHeader),
    request_body = wire::void::Void,
    responses(
        (status = 200, body = wire::credit_note::CreditNote, headers(("ETag" = String))),
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
    let id = shop.credit_note(id.read(CreditNoteId::parse)?).await?.id;
    let key = key.key()?;
    let form = body.form()?;
    let ((), void) = both(query.none(), Void::from_form(id, form))?;
    let voided = once(&shop, key, void, Shop::void_credit_note).await?;
    let body = wire::credit_note::CreditNote::new(voided.value, shop.currency());
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
    let note = |note| wire::credit_note::CreditNote::new(note, shop.currency());
    let notes: Vec<_> = page.items.into_iter().map(note).collect();
    Ok(Answer::ok(&notes).next_page(link))
}

async fn page(shop: &Shop, filter: Result<DocumentFilter, Error>) -> Result<Page<CreditNote, u64>, Error> {
    shop.credit_notes(&filter?).await
}
