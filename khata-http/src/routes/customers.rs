//! `/api/customers`.

use axum::extract::State;
use khata_core::customer::{
    CustomerCursor, CustomerOrder, CustomerUpdate, CustomerView, NewCustomer, Removal,
};
use khata_core::error::{Error, Violation};
use khata_core::form::{self, Form};
use khata_core::id::CustomerId;
use khata_core::ledger::Balance;
use khata_core::money::{Currency, Money};
use khata_core::opening_balance::{NewOpeningBalance, OpeningBalance, OpeningTerms};
use khata_core::page::Limit;
use khata_core::record::Input as _;
use khata_core::shop::CustomerFilter;
use khata_core::text::{Name, Tag};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{DRY_RUN, dry_run, path_first};
use crate::answer::Answer;
use crate::app::App;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::conditional::{ETag, IfMatch, IfNoneMatch};
use crate::idempotency::KeyHeader;
use crate::path::PathId;
use crate::problem::Problem;
use crate::query::{Query, as_of, boolean, both};
use crate::wire::parameter::{
    CustomersParams, IdempotencyKeyHeader, IfMatchHeader, IfNoneMatchHeader, PageParams,
};
use crate::wire::{Message, Read, Shown, Wire, WireList, schema};

pub(super) fn guarded() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(add))
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(update))
        .routes(routes!(delete))
        .routes(routes!(restore))
        .routes(routes!(balance))
        .routes(routes!(replace_opening))
}

// For the attributes, which take a type with parameters for several.
type ShownCustomer = Shown<CustomerView>;
type ShownBalance = Shown<Balance>;
type ReadCustomer = Read<NewCustomer>;
type ReadUpdate = Read<CustomerUpdate>;
type ReadOpening = Read<OpeningTerms>;
type ShownOpening = Shown<OpeningBalance>;

/// Add a customer
#[utoipa::path(
    post, path = "/api/customers/add", tag = "customers",
    operation_id = "add_customer",
    params(IdempotencyKeyHeader),
    request_body = ReadCustomer,
    responses(
        (status = 201, body = ShownCustomer, headers(("Location" = String), ("ETag" = String))),
        (status = 409, description = "`mobile_taken`, `period_locked`"),
    )
)]
async fn add(Caller(shop): Caller, query: Query, key: KeyHeader, body: JsonBody) -> Result<Answer, Problem> {
    let key = key.key()?;
    let form = body.form()?;
    let ((), new) = both(query.none(), NewCustomer::from_form(form, shop.currency()))?;
    let added = shop.perform(new, key).await?;
    let path = format!("/api/customers/get/{}", added.value.id);
    let tag = ETag::of_customer(&added.value);
    let body = Wire(&added.value, shop.currency());
    Ok(Answer::created(&path, &body).version(&tag).replayed(added.replayed))
}

/// List customers
#[utoipa::path(
    get, path = "/api/customers/shop", tag = "customers",
    operation_id = "list_customers",
    params(CustomersParams, PageParams),
    responses((status = 200, body = [ShownCustomer], headers(("Link" = String))))
)]
async fn list(State(app): State<App>, Caller(shop): Caller, query: Query) -> Result<Answer, Problem> {
    let list = app.list(shop.id(), "/api/customers/shop");
    let asked = list.asked::<Place>(query);
    let page = shop.customers(&filter(asked.form, asked.place)?).await?;
    let link = page.next.map(|place| list.next(asked.params, Place::from(place)));
    Ok(Answer::ok(&WireList(&page.items, shop.currency())).next_page(link))
}

/// Get a customer
#[utoipa::path(
    get, path = "/api/customers/get/{id}", tag = "customers",
    operation_id = "get_customer",
    params(("id" = schema::Id, Path), IfNoneMatchHeader),
    responses((status = 200, body = ShownCustomer))
)]
async fn get(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    let customer = shop.customer(id.read::<CustomerId>()?).await?;
    query.none()?;
    let tag = ETag::of_customer(&customer);
    Ok(Answer::ok(&Wire(&customer, shop.currency())).unless(&if_none_match, &tag))
}

/// Update a customer
#[utoipa::path(
    put, path = "/api/customers/update/{id}", tag = "customers",
    operation_id = "update_customer",
    params(("id" = schema::Id, Path), IfMatchHeader),
    request_body = ReadUpdate,
    responses(
        (status = 200, body = ShownCustomer, headers(("ETag" = String))),
        (status = 409, description = "`mobile_taken`"),
    )
)]
async fn update(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_match: IfMatch,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let customer = shop.customer(id.read::<CustomerId>()?).await?;
    let expected = if_match.expectation(&ETag::of_customer(&customer), customer.revision)?;
    let form = body.form()?;
    let ((), update) = both(query.none(), CustomerUpdate::from_form(form, shop.currency()))?;
    let customer = shop.update_customer(customer.id, update, expected).await?;
    Ok(changed(&customer, shop.currency()))
}

/// Delete or archive a customer
///
/// A customer without entries is deleted. A customer with entries and a zero balance is archived and keeps its documents.
#[utoipa::path(
    delete, path = "/api/customers/delete/{id}", tag = "customers",
    operation_id = "delete_customer",
    params(("id" = schema::Id, Path), IfMatchHeader),
    responses(
        (status = 200, body = Message),
        (status = 409, description = "`balance_outstanding`"),
    )
)]
async fn delete(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_match: IfMatch,
) -> Result<Answer, Problem> {
    let customer = shop.customer(id.read::<CustomerId>()?).await?;
    let expected = if_match.expectation(&ETag::of_customer(&customer), customer.revision)?;
    query.none()?;
    let message = match shop.remove_customer(customer.id, expected).await? {
        Removal::Deleted => "The customer is deleted.",
        Removal::Archived => "The customer is in the archive.",
    };
    Ok(Answer::ok(&Message { message }))
}

/// Restore an archived customer
#[utoipa::path(
    post, path = "/api/customers/{id}/restore", tag = "customers",
    operation_id = "restore_customer",
    params(("id" = schema::Id, Path)),
    responses((status = 200, body = ShownCustomer, headers(("ETag" = String))))
)]
async fn restore(Caller(shop): Caller, id: PathId, query: Query) -> Result<Answer, Problem> {
    let customer = shop.customer(id.read::<CustomerId>()?).await?;
    query.none()?;
    let customer = shop.restore_customer(customer.id).await?;
    Ok(changed(&customer, shop.currency()))
}

/// Replace a customer's opening balance
///
/// The one that there is becomes void from its date on, or from the first possible date after, and this one is added. It has
/// the routes of a document under `/api/openings`.
#[utoipa::path(
    post, path = "/api/customers/{id}/opening", tag = "customers",
    operation_id = "replace_opening_balance",
    params(
        ("id" = schema::Id, Path),
        ("dryRun" = Option<bool>, Query, description = DRY_RUN.1),
        IdempotencyKeyHeader,
    ),
    request_body = ReadOpening,
    responses(
        (status = 201, body = ShownOpening, headers(("Location" = String), ("ETag" = String))),
        (status = 409, description = "`number_taken`, `period_locked`"),
    )
)]
async fn replace_opening(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    key: KeyHeader,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let customer = shop.customer(id.read::<CustomerId>()?).await?.id;
    let key = key.key()?;
    let form = body.form()?;
    let (dry_run, terms) = both(dry_run(query), OpeningTerms::from_form(form, shop.currency()))?;
    let new = NewOpeningBalance::of(customer, terms);
    if dry_run {
        let replaced = shop.replacing_opening(new).await?;
        return Ok(Answer::ok(&Wire(&shop.preview(replaced).await?, shop.currency())));
    }
    let added = shop.replace_opening_balance(new, key).await?;
    let path = format!("/api/openings/{}", added.value.id);
    let body = Wire(&added.value, shop.currency());
    Ok(Answer::created(&path, &body).version_by_body().replayed(added.replayed))
}

/// Get a customer's balance
#[utoipa::path(
    get, path = "/api/customers/{id}/balance", tag = "customers",
    operation_id = "get_balance",
    params(
        ("id" = schema::Id, Path),
        ("asOf" = Option<schema::DateInput>, Query, description = "Date. Defaults to today"),
        IfNoneMatchHeader,
    ),
    responses((status = 200, body = ShownBalance))
)]
async fn balance(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    let id = id.read::<CustomerId>()?;
    let as_of = path_first(&shop, Some(id), as_of(query.form())).await?;
    let balance = shop.balance(id, as_of).await?;
    Ok(Answer::ok(&Wire(&balance, shop.currency())).unless_same(&if_none_match))
}

fn changed(customer: &CustomerView, currency: Currency) -> Answer {
    let tag = ETag::of_customer(customer);
    Answer::ok(&Wire(customer, currency)).version(&tag)
}

fn filter(mut form: Form, place: Option<Place>) -> Result<CustomerFilter, Error> {
    let search = form.optional("q", form::text(search));
    let tag = form.optional("tag", form::text(Tag::parse));
    let order = form.optional("sort", form::text(CustomerOrder::parse));
    let archived = form.optional("archived", form::text(boolean));
    let limit = form.optional("limit", form::text(Limit::parse));
    let filter = (|| {
        Some(CustomerFilter {
            search: search?,
            tag: tag?,
            archived: archived?.unwrap_or_default(),
            order: order?.unwrap_or_default(),
            after: place.map(CustomerCursor::from),
            limit: limit?.unwrap_or_default(),
        })
    })();
    form.finish(filter)
}

/// The most characters to search for: as many as a name may have.
const SEARCH_CHARACTERS_MAX: usize = Name::CHARACTERS_MAX;

fn search(text: &str) -> Result<String, Violation> {
    if text.chars().nth(SEARCH_CHARACTERS_MAX).is_some() {
        return Err(Violation::new(
            "too_long",
            format!("must have at most {SEARCH_CHARACTERS_MAX} characters"),
        ));
    }
    Ok(text.to_owned())
}

/// [`CustomerCursor`] in a cursor.
#[derive(Debug, Serialize, Deserialize)]
enum Place {
    Recent(u64, CustomerId),
    Name(String, CustomerId),
    Balance(Money, CustomerId),
}

impl From<CustomerCursor> for Place {
    fn from(position: CustomerCursor) -> Self {
        match position {
            CustomerCursor::Recent { last_seq, id } => Self::Recent(last_seq, id),
            CustomerCursor::Name { name_key, id } => Self::Name(name_key, id),
            CustomerCursor::Balance { balance, id } => Self::Balance(balance, id),
        }
    }
}

impl From<Place> for CustomerCursor {
    fn from(place: Place) -> Self {
        match place {
            Place::Recent(last_seq, id) => Self::Recent { last_seq, id },
            Place::Name(name_key, id) => Self::Name { name_key, id },
            Place::Balance(balance, id) => Self::Balance { balance, id },
        }
    }
}
