//! One span for each request, and its id on the answer.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use tracing::field::Empty;

use crate::app::App;
use crate::problem;
use crate::request_id::{RequestId, X_REQUEST_ID};

/// Runs a request in its span. The span holds the route and not the path as it came, which a client may have put
/// anything into.
pub(crate) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = RequestId::generate();
    let started = Instant::now();
    let route = route(&request);
    let method = request.method();
    let span =
        tracing::info_span!("request", request_id = %id, %method, route, status = Empty, latency_ms = Empty);
    let response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| {
        span.record("status", response.status().as_u16());
        span.record("latency_ms", u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        let is_told = app.failures.tell(&response);
        let mut response = problem::finish(response, id);
        response.headers_mut().insert(X_REQUEST_ID, id.header());
        if is_told {
            tracing::info!("answered");
        } else {
            tracing::debug!("answered");
        }
        response
    })
}

/// The template of a request's path, or the one word for all paths that there are not.
pub(crate) fn route(request: &Request) -> &str {
    request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str)
}
