//! `/api/customers/{id}/balance/explain`: what makes up a balance, in words.

use khata_core::calendar::Date;
use khata_core::error::Error;
use khata_core::form::{self, Form};
use khata_core::id::CustomerId;
use khata_core::ledger::explain::Explanation;
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
use crate::wire::parameter::IfNoneMatchHeader;
use crate::wire::{Shown, Wire, schema};

pub(super) fn guarded() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(balance))
}

type ShownExplanation = Shown<Explanation>;

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
    responses((status = 200, body = ShownExplanation))
)]
async fn balance(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    let id = id.read::<CustomerId>()?;
    let (as_of, limit) = path_first(&shop, Some(id), asked(query.form())).await?;
    let explanation = shop.explain_balance(id, as_of, limit).await?;
    Ok(Answer::ok(&Wire(&explanation, shop.currency())).unless_same(&if_none_match))
}

fn asked(mut form: Form) -> Result<(Option<Date>, Limit), Error> {
    let as_of = form.optional("asOf", form::date);
    let limit = form.optional("limit", form::text(Limit::parse));
    form.finish(as_of.zip(limit.map(Option::unwrap_or_default)))
}
