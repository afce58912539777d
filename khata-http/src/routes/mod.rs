//! The routes. A handler takes a request apart in the order of the checks, calls one method of the library, and
//! answers.

mod credit_notes;
mod customers;
mod documents;
mod entries;
mod explain;
mod export;
mod invoices;
mod receipts;
mod reports;
mod service;
mod shopowners;
mod statement;

use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::auth;

/// What is under `/api`, but for what may wait.
pub(crate) fn api(app: &App) -> OpenApiRouter<App> {
    let guarded = OpenApiRouter::default()
        .merge(shopowners::guarded())
        .merge(customers::guarded())
        .merge(invoices::guarded())
        .merge(receipts::guarded())
        .merge(credit_notes::guarded())
        .merge(explain::guarded())
        .merge(statement::guarded())
        .merge(reports::guarded())
        .merge(export::guarded())
        .route_layer(from_fn_with_state(app.clone(), auth::authenticate));
    shopowners::open().merge(guarded)
}

/// What may keep a request waiting for something to happen.
pub(crate) fn waiting(app: &App) -> OpenApiRouter<App> {
    entries::guarded().route_layer(from_fn_with_state(app.clone(), auth::authenticate))
}

pub(crate) use service::service;
