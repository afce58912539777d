//! The routes. A handler takes a request apart in the order of the checks, calls one method of the library, and
//! answers.

mod credit_notes;
mod customers;
mod documents;
mod explain;
mod invoices;
mod receipts;
mod service;
mod shopowners;

use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::auth;

/// What is under `/api`.
pub(crate) fn api(app: &App) -> OpenApiRouter<App> {
    let guarded = OpenApiRouter::default()
        .merge(shopowners::guarded())
        .merge(customers::guarded())
        .merge(invoices::guarded())
        .merge(receipts::guarded())
        .merge(credit_notes::guarded())
        .merge(explain::guarded())
        .route_layer(from_fn_with_state(app.clone(), auth::authenticate));
    shopowners::open().merge(guarded)
}

pub(crate) use service::service;
