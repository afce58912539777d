//! Letting scripts of other sites call the API (CORS).

use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_MATCH,
    IF_NONE_MATCH, LINK, LOCATION, RETRY_AFTER,
};
use axum::http::{HeaderValue, Method};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tower::{Layer as _, ServiceExt as _};
use tower_http::cors::CorsLayer;

use crate::config::PublicUrl;
use crate::idempotency::{IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED};
use crate::rates::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::request_id::X_REQUEST_ID;

/// How long a browser may remember what it was allowed.
const AGE_MAX: Duration = Duration::from_secs(600);

/// Allows scripts of these sites, and of no others, what a client with a token needs.
pub(crate) fn allow(router: Router, origins: &[PublicUrl]) -> Router {
    if origins.is_empty() { router } else { router.layer(from_fn_with_state(layer(origins), answer)) }
}

fn layer(origins: &[PublicUrl]) -> CorsLayer {
    let origins = origins.iter().map(|origin| {
        HeaderValue::from_str(&origin.to_string()).expect("a scheme and an authority are ASCII")
    });
    CorsLayer::new()
        .allow_origin(origins.collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([ACCEPT, AUTHORIZATION, CONTENT_TYPE, IDEMPOTENCY_KEY, IF_MATCH, IF_NONE_MATCH])
        .expose_headers([
            CONTENT_DISPOSITION,
            ETAG,
            IDEMPOTENT_REPLAYED,
            LINK,
            LOCATION,
            RATE_LIMIT,
            RATE_LIMIT_POLICY,
            RETRY_AFTER,
            X_REQUEST_ID,
        ])
        .max_age(AGE_MAX)
}

/// Answers a browser that asks what a script may send, and tells it what the script may see.
async fn answer(State(cors): State<CorsLayer>, request: Request, next: Next) -> Response {
    // Whoever else sends OPTIONS wants to know the methods.
    let asks_for_methods =
        request.method() == Method::OPTIONS && !request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if asks_for_methods {
        return next.run(request).await;
    }
    cors.layer(next).oneshot(request).await.unwrap_or_else(|never| match never {})
}
