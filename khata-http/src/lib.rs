//! Khata over HTTP: an [`axum`] router over a [`Khata`], to serve by itself or as a part of your own app.
//!
//! # Serving it
//!
//! ```
//! use std::net::SocketAddr;
//! use std::sync::Arc;
//!
//! use khata_core::Khata;
//! use khata_core::store::MemoryStore;
//! use khata_http::Config;
//!
//! # async fn serve() -> std::io::Result<()> {
//! let khata = Khata::new(Arc::new(MemoryStore::default()));
//! let app = khata_http::router(khata, Config::default());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:5000").await?;
//! // With the peer's address, failed logins are also limited by where they come from.
//! axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
//! # }
//! ```
//!
//! The API is described at `/docs` and `/openapi.json`.
//!
//! # Mounting it in your own app
//!
//! Nest the router under any path. With [`Authentication::External`], requests are authenticated by your app, which
//! inserts the [`Shop`](khata_core::Shop) into their extensions:
//!
//! ```
//! use axum::extract::{Request, State};
//! use axum::http::StatusCode;
//! use axum::middleware::{self, Next};
//! use axum::response::Response;
//! use axum::{Router, routing::get};
//! use khata_core::{Khata, id::OwnerId};
//! use khata_http::{Authentication, Config};
//!
//! fn app(khata: Khata) -> Router {
//!     let config = Config { authentication: Authentication::External, metrics: false, ..Config::default() };
//!     let router = khata_http::router(khata.clone(), config);
//!     Router::new()
//!         .route("/", get(|| async { "Welcome" }))
//!         .nest("/khata", router.layer(middleware::from_fn_with_state(khata, authenticate)))
//! }
//!
//! async fn authenticate(State(khata): State<Khata>, mut request: Request, next: Next) -> Result<Response, StatusCode> {
//!     // As your app's own middleware has left it.
//!     let owner = request.extensions().get::<OwnerId>().copied().ok_or(StatusCode::UNAUTHORIZED)?;
//!     let shop = khata.shop(owner).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
//!     request.extensions_mut().insert(shop);
//!     Ok(next.run(request).await)
//! }
//! # app(Khata::new(std::sync::Arc::new(khata_core::store::MemoryStore::default())));
//! ```
//!
//! # Where things are
//! - [`Config`]: the settings.
//! - `routes/`: the handlers, a file for each noun. A handler takes a request apart in the order of the checks, calls
//!   one method of [`Shop`](khata_core::Shop), and answers.
//! - `wire/`: the types of the responses, and the description of requests.
//! - `problem.rs`: the one place that maps an error to a response.
//! - `mount.rs`: how paths in responses follow the path that the router is nested under.
//! - `remainder.rs`: what becomes of a body that was not read.
//! - `observe.rs` and `metrics.rs`: logs and metrics of requests.
//! - `rates.rs` and `fairness.rs`: how much of the server a shop may have.
//! - What requests are taken apart with: `path`, `query`, `body` and `json`, `auth`, `conditional`, `idempotency`,
//!   `cursor`, `accept`.

mod accept;
mod answer;
mod app;
mod auth;
mod body;
mod conditional;
mod config;
mod cors;
mod cursor;
mod device;
mod docs;
mod failure_log;
mod fairness;
mod headers;
mod host;
mod idempotency;
mod json;
mod limits;
mod metrics;
mod mount;
mod observe;
mod openapi;
mod operation;
mod path;
mod peer;
mod problem;
mod query;
mod rates;
mod remainder;
mod request_id;
mod routes;
mod wire;

use axum::Router;
use axum::http::header::ETAG;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use khata_core::Khata;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
pub use crate::config::{Authentication, Config, CursorKey, InvalidPublicUrl, PublicUrl, Rates};
use crate::fairness::Share;
use crate::problem::Problem;

/// Creates a router over the books of a database.
///
/// Nested under a path of your own app, it follows that path in the links to further pages, in locations, in the path of
/// its cookie and in the description of its API. It has a fallback, which answers unknown paths with a problem: call
/// [`Router::reset_fallback`] on it to merge it into an app with a fallback of its own.
///
/// The address of a client is taken from axum's [`ConnectInfo<SocketAddr>`](axum::extract::ConnectInfo), if the server
/// was started with it. Without it, all requests for `/metrics` are answered with a 404. The metrics are those of this
/// router alone.
pub fn router(khata: Khata, config: Config) -> Router {
    let timeout = config.request_timeout;
    let docs = config.docs;
    let cors_origins = config.cors_origins.clone();
    let app = App::new(khata, config);
    let (routes, description) = routes(&app).with_state(app.clone()).split_for_parts();
    let docs = if docs { docs::router(description) } else { Router::new() };
    let router = routes.merge(docs).fallback(no_such_path).method_not_allowed_fallback(other_method);
    let router = limits::timeout(router, timeout)
        .layer(CatchPanicLayer::custom(limits::panicked))
        .layer(CompressionLayer::new().compress_when(worth_compressing()));
    cors::allow(router, &cors_origins)
        .layer(from_fn_with_state(app.clone(), observe::observe))
        .layer(from_fn_with_state(app.clone(), metrics::count))
        .layer(from_fn_with_state(app, headers::complete))
        .layer(from_fn(remainder::discard))
}

/// The parts that are wanted, with their description.
fn routes(app: &App) -> OpenApiRouter<App> {
    let Config { authentication, concurrency_limit, health, metrics, .. } = app.config;
    // The limit is the API's own, since health and metrics are wanted under load too. Requests that wait for an entry
    // have one of their own, and take nothing away from the others.
    let share = |limit: usize, part: usize| Share::of(limit.div_ceil(part));
    let api = limits::concurrency_limit(routes::api(app, share(concurrency_limit, 2)), concurrency_limit);
    let waiting_limit = concurrency_limit.div_ceil(4);
    let waiting = routes::waiting(app, share(waiting_limit, 8));
    let waiting = limits::concurrency_limit(waiting, waiting_limit);
    let mut routes = OpenApiRouter::with_openapi(openapi::base(authentication)).merge(api).merge(waiting);
    if health {
        routes = routes.merge(routes::health());
    }
    if metrics {
        routes = routes.merge(routes::metrics(app));
    }
    openapi::complete(routes.get_openapi_mut(), authentication);
    routes
}

async fn no_such_path() -> Problem {
    Problem::no_such_path()
}

/// For paths that exist; the router adds `Allow`.
pub(crate) async fn other_method(method: Method) -> Response {
    match method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => Problem::method_not_allowed().into_response(),
    }
}

/// A strong `ETag` stands for the very bytes, so what has one is left alone; it is small anyway.
fn worth_compressing() -> impl Predicate {
    let unversioned = |_, _, headers: &HeaderMap, _: &_| !headers.contains_key(ETAG);
    SizeAbove::new(1024).and(NotForContentType::IMAGES).and(unversioned)
}
