//! The routes. A handler takes a request apart in the order of the checks, calls one method of the library, and
//! answers.

mod customers;
pub(crate) mod documents;
mod entries;
mod explain;
mod export;
mod receipts;
mod reports;
mod service;
mod shopowners;
mod statement;

use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::config::Authentication;
use crate::fairness::{self, Share};
use crate::{auth, rates};

/// What is under `/api`, but for what may wait.
pub(crate) fn api(app: &App, share: Share) -> OpenApiRouter<App> {
    let guarded = OpenApiRouter::default()
        .merge(shopowners::profile())
        .merge(customers::guarded())
        .merge(documents::guarded())
        .merge(receipts::guarded())
        .merge(explain::guarded())
        .merge(statement::guarded())
        .merge(reports::guarded())
        .merge(export::guarded());
    match app.config.authentication {
        Authentication::Tokens => {
            shopowners::open().merge(authenticated(app, share, guarded.merge(shopowners::sessions())))
        }
        Authentication::External => authenticated(app, share, guarded),
    }
}

/// What may keep a request waiting for something to happen.
pub(crate) fn waiting(app: &App, share: Share) -> OpenApiRouter<App> {
    authenticated(app, share, entries::guarded())
}

/// Routes of which each shop has a share, once it is known which shop it is.
fn authenticated(app: &App, share: Share, routes: OpenApiRouter<App>) -> OpenApiRouter<App> {
    let routes = routes
        .route_layer(from_fn_with_state(share, fairness::share))
        .route_layer(from_fn_with_state(app.clone(), rates::limit));
    match app.config.authentication {
        Authentication::Tokens => routes.route_layer(from_fn_with_state(app.clone(), auth::authenticate)),
        Authentication::External => routes,
    }
}

pub(crate) use service::{health, metrics};
