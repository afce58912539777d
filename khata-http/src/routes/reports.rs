//! `/api/reports`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use khata_core::calendar::Date;
use khata_core::csv::{Cell, Csv};
use khata_core::error::Error;
use khata_core::form::{self, Form};
use khata_core::ledger::ageing::{Ageing, CustomerAgeing};
use khata_core::ledger::daybook::DayBook;
use khata_core::ledger::summary::Summary;
use khata_core::money::Currency;
use khata_core::page::Limit;
use khata_core::record::Record as _;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accept::Accept;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::auth::Caller;
use crate::conditional::IfNoneMatch;
use crate::problem::Problem;
use crate::query::{Query, as_of};
use crate::wire::parameter::{IfNoneMatchHeader, PageParams};
use crate::wire::{Shown, Wire, schema};

pub(super) fn guarded() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(summary)).routes(routes!(ageing)).routes(routes!(day_book))
}

type ShownSummary = Shown<Summary>;
type ShownAgeing = Shown<Ageing>;
type ShownDayBook = Shown<DayBook>;

/// Get a summary of the shop
#[utoipa::path(
    get, path = "/api/reports/summary", tag = "reports",
    operation_id = "get_summary",
    params(IfNoneMatchHeader),
    responses((status = 200, body = ShownSummary))
)]
async fn summary(Caller(shop): Caller, query: Query, if_none_match: IfNoneMatch) -> Result<Answer, Problem> {
    query.none()?;
    let summary = shop.summary().await?;
    Ok(Answer::ok(&Wire(&summary, shop.currency())).unless_same(&if_none_match))
}

/// Get the ageing report
///
/// Counts what was effective by the end of the day, by document date. `Accept: text/csv` returns CSV.
#[utoipa::path(
    get, path = "/api/reports/ageing", tag = "reports",
    operation_id = "get_ageing",
    params(("asOf" = Option<schema::DateInput>, Query, description = "Date. Defaults to today")),
    responses((
        status = 200,
        content((ShownAgeing = "application/json"), (String = "text/csv"))
    ))
)]
async fn ageing(Caller(shop): Caller, query: Query, accept: Accept) -> Result<Response, Problem> {
    let ageing = shop.ageing(as_of(query.form())?).await?;
    if accept.csv {
        let name = format!("ageing-{}.csv", ageing.as_of);
        return Ok(answer::csv(&name, ageing_csv(&ageing, shop.currency())));
    }
    Ok(Answer::ok(&Wire(&ageing, shop.currency())).by_accept().into_response())
}

/// A row for each customer, and one for the total.
fn ageing_csv(ageing: &Ageing, currency: Currency) -> Vec<u8> {
    let mut csv = Csv::of(CustomerAgeing::DESCRIPTION);
    for customer in &ageing.customers {
        csv.record(customer, currency);
    }
    let nobody = [Cell::empty(), Cell::plain("Total")];
    csv.row(nobody.into_iter().chain(Csv::cells(&ageing.total, currency)));
    csv.finish()
}

/// Get the day book
///
/// Entries dated on one day. Every page has the totals of the whole day.
#[utoipa::path(
    get, path = "/api/reports/daybook", tag = "reports",
    operation_id = "get_day_book",
    params(
        ("date" = Option<schema::DateInput>, Query, description = "Date. Defaults to today"),
        PageParams,
    ),
    responses((status = 200, body = ShownDayBook, headers(("Link" = String))))
)]
async fn day_book(State(app): State<App>, Caller(shop): Caller, query: Query) -> Result<Answer, Problem> {
    let list = app.list(shop.id(), "/api/reports/daybook");
    let asked = list.asked::<Place>(query);
    let (date, limit) = day(asked.form)?;
    let (date, after) = match asked.place {
        Some(place) => (Some(place.date), place.after),
        None => (date, 0),
    };
    let book = shop.day_book(date, after, limit).await?;
    let link = book.next.map(|after| list.next(asked.params, Place { date: book.date, after }));
    Ok(Answer::ok(&Wire(&book, shop.currency())).next_page(link))
}

/// A place in a day's book in a cursor: a page after midnight belongs to the same day.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    date: Date,
    after: u64,
}

fn day(mut form: Form) -> Result<(Option<Date>, Limit), Error> {
    let date = form.optional("date", form::date);
    let limit = form.optional("limit", form::text(Limit::parse));
    form.finish((|| Some((date?, limit?.unwrap_or_default())))())
}
