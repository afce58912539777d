//! `/api/entries`: the change feed.

use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderValue;
use khata_core::error::{Error, Violation};
use khata_core::form::{self, Form};
use khata_core::ledger::Entry;
use khata_core::page::Limit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::query::Query;
use crate::wire::parameter::EntriesParams;
use crate::wire::{Shown, WireList};

pub(super) fn guarded() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(entries))
}

/// The longest that a client may ask to wait, in seconds.
const WAIT_SECONDS_MAX: u64 = 30;

type ShownEntry = Shown<Entry>;

/// Follow the change feed
///
/// Returns every entry once, in the order of recording. Begin with `after=0` and continue with the last `seq` that you
/// have stored, so that nothing is missed or repeated, even across restarts. With `wait`, an empty response is delayed
/// until an entry is posted or the time is up.
#[utoipa::path(
    get, path = "/api/entries", tag = "entries",
    operation_id = "list_entries",
    params(EntriesParams),
    responses((status = 200, body = [ShownEntry], headers(("Link" = String))))
)]
async fn entries(State(app): State<App>, Caller(shop): Caller, query: Query) -> Result<Answer, Problem> {
    let Asked { after, limit, wait } = asked(query.form())?;
    // Else a request that was asked to wait would be given up as one that hangs.
    let patience = wait.min(app.config.request_timeout * 4 / 5);
    let page = shop.entries_to_come(after, limit, patience).await?;
    let link = page.next.map(|after| {
        let link = format!("</api/entries?after={after}&limit={}>; rel=\"next\"", limit.get());
        HeaderValue::from_str(&link).expect("digits are ASCII")
    });
    Ok(Answer::ok(&WireList(&page.items, shop.currency())).next_page(link))
}

struct Asked {
    after: u64,
    limit: Limit,
    wait: Duration,
}

fn asked(mut form: Form) -> Result<Asked, Error> {
    let after = form.optional("after", form::text(seq));
    let limit = form.optional("limit", form::text(Limit::parse));
    let wait = form.optional("wait", form::text(wait));
    let asked = (|| {
        Some(Asked {
            after: after?.unwrap_or_default(),
            limit: limit?.unwrap_or_default(),
            wait: wait?.unwrap_or_default(),
        })
    })();
    form.finish(asked)
}

/// The largest number that databases count to.
const SEQ_MAX: u64 = i64::MAX as u64;

fn seq(text: &str) -> Result<u64, Violation> {
    let seq = whole_number(text).filter(|seq| *seq <= SEQ_MAX);
    let fault = || {
        Violation::new("invalid_seq", format!("must be the `seq` of an entry, or 0, and at most {SEQ_MAX}"))
    };
    seq.ok_or_else(fault)
}

fn wait(text: &str) -> Result<Duration, Violation> {
    let seconds = whole_number(text).filter(|seconds| *seconds <= WAIT_SECONDS_MAX);
    let fault =
        || Violation::new("invalid_wait", format!("must be a number of seconds up to {WAIT_SECONDS_MAX}"));
    seconds.map(Duration::from_secs).ok_or_else(fault)
}

/// Digits only: `parse` alone takes a plus sign too.
fn whole_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}
