//! `/api/customers/{id}/statement`.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures::stream;
use khata_core::Shop;
use khata_core::calendar::Date;
use khata_core::csv::{Cell, Csv};
use khata_core::error::Error;
use khata_core::form::{self, Form};
use khata_core::id::CustomerId;
use khata_core::ledger::statement::{Statement, StatementCursor, StatementEntry};
use khata_core::money::{Currency, Money};
use khata_core::page::Limit;
use khata_core::record::Record as _;
use khata_core::shop::StatementFilter;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::path_first;
use crate::accept::Accept;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::auth::Caller;
use crate::path::PathId;
use crate::problem::Problem;
use crate::query::Query;
use crate::wire::parameter::{PageParams, PeriodParams};
use crate::wire::{Shown, Wire, schema};

pub(super) fn guarded() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(statement))
}

type ShownStatement = Shown<Statement>;

/// Get a customer's statement of account
///
/// Archived customers have one too. Opening and closing balance are those of the whole period on every page.
/// `Accept: text/csv` returns the whole statement as CSV, ignoring `limit` and `cursor`, with the opening balance as the
/// first row and the closing balance as the last.
#[utoipa::path(
    get, path = "/api/customers/{id}/statement", tag = "customers",
    operation_id = "get_statement",
    params(("id" = schema::Id, Path), PeriodParams, PageParams),
    responses((
        status = 200,
        content((ShownStatement = "application/json"), (String = "text/csv")),
        headers(("Link" = String))
    ))
)]
async fn statement(
    State(app): State<App>,
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    accept: Accept,
) -> Result<Response, Problem> {
    let id = id.read::<CustomerId>()?;
    let list = app.list(shop.id(), format!("/api/customers/{id}/statement"));
    let asked = list.asked::<Place>(query);
    let filter = filter(asked.form, asked.place, shop.today());
    let filter = path_first(&shop, Some(id), filter).await?;
    if accept.csv {
        let filter = StatementFilter { after: None, limit: Limit::MAX, ..filter };
        let answer = whole(shop.clone(), id, filter).await;
        return Ok(path_first(&shop, Some(id), answer).await?);
    }
    let to = filter.to;
    let statement = path_first(&shop, Some(id), shop.statement(id, &filter).await).await?;
    let link = statement.next.map(|place| list.next(asked.params, Place::new(place, to)));
    Ok(Answer::ok(&Wire(&statement, shop.currency())).next_page(link).by_accept().into_response())
}

/// A place in a statement in a cursor. It holds the last day too, which is today's if none was asked for: a page
/// after midnight belongs to the same period.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    date: Date,
    seq: u64,
    to: Option<Date>,
}

impl Place {
    fn new(place: StatementCursor, to: Option<Date>) -> Self {
        Self { date: place.date, seq: place.seq, to }
    }
}

fn filter(mut form: Form, place: Option<Place>, today: Date) -> Result<StatementFilter, Error> {
    let from = form.optional("from", form::date);
    let to = form.optional("to", form::date);
    let limit = form.optional("limit", form::text(Limit::parse));
    let filter = (|| {
        let (from, to, limit) = (from?, to?, limit?.unwrap_or_default());
        let to = to.or(place.as_ref().and_then(|place| place.to)).or(Some(today.max(from.unwrap_or(today))));
        let after = place.map(|place| StatementCursor { date: place.date, seq: place.seq });
        Some(StatementFilter { from, to, after, limit })
    })();
    form.finish(filter)
}

/// The whole statement, page by page, so that a long one takes no more memory than a short one.
async fn whole(shop: Shop, id: CustomerId, filter: StatementFilter) -> Result<Response, Error> {
    // The first page is read before the answer begins: what is wrong can still be told.
    let first = shop.statement(id, &filter).await?;
    let name = format!("statement-{id}-{}.csv", first.to);
    let mut csv = Csv::of(StatementEntry::DESCRIPTION);
    balance_row(&mut csv, "opening", first.from, first.opening, shop.currency());
    let end = first.opening;
    let begun = Pages { shop, id, filter, csv: Some(csv), next: Some(Next::Page(Box::new(first))), end };
    let rows = stream::try_unfold(begun, |pages| async {
        let page = pages.go_on().await;
        page.inspect_err(|error| tracing::warn!(%error, "a statement is broken off"))
    });
    Ok(answer::csv(&name, Body::from_stream(rows)))
}

/// A row for the balance at one end of the period.
fn balance_row(csv: &mut Csv, kind: &str, date: Option<Date>, balance: Money, currency: Currency) {
    let cells = Csv::columns(StatementEntry::DESCRIPTION).into_iter().map(|column| match column {
        "date" => date.map_or_else(Cell::empty, Cell::plain),
        "kind" => Cell::plain(kind),
        "balance" => Cell::amount(balance, currency),
        _ => Cell::empty(),
    });
    csv.row(cells);
}

/// A statement that is being written.
struct Pages {
    shop: Shop,
    id: CustomerId,
    filter: StatementFilter,
    csv: Option<Csv>,
    next: Option<Next>,
    /// The balance after the last line so far.
    end: Money,
}

enum Next {
    /// A page that was read.
    Page(Box<Statement>),
    /// The place of one to be read.
    Place(StatementCursor),
}

impl Pages {
    /// The rows of the next page, if there is one.
    async fn go_on(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        let statement = match self.next.take() {
            None => return Ok(None),
            Some(Next::Page(statement)) => *statement,
            Some(Next::Place(place)) => {
                self.filter.after = Some(place);
                self.shop.statement(self.id, &self.filter).await?
            }
        };
        let mut csv = self.csv.take().unwrap_or_default();
        self.join(&statement)?;
        for entry in &statement.entries {
            csv.record(entry, self.shop.currency());
        }
        self.next = statement.next.map(Next::Place);
        if self.next.is_none() {
            let (to, closing) = (Some(statement.to), statement.closing);
            balance_row(&mut csv, "closing", to, closing, self.shop.currency());
        }
        Ok(Some((csv.finish().into(), self)))
    }

    /// A page must go on where the one before ended, or the rows would not add up: something was posted meanwhile that
    /// belongs to what is written already. Then the answer is broken off, and can be asked for again.
    fn join(&mut self, statement: &Statement) -> Result<(), Error> {
        let changed = || Error::Internal("the account changed while its statement was written".into());
        if let (Some(first), Some(last)) = (statement.entries.first(), statement.entries.last()) {
            let added = first.debit.checked_sub(first.credit).ok_or_else(changed)?;
            if self.end.checked_add(added) != Some(first.balance) {
                return Err(changed());
            }
            self.end = last.balance;
        }
        if statement.next.is_none() && self.end != statement.closing {
            return Err(changed());
        }
        Ok(())
    }
}
