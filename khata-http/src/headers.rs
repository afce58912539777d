//! The caching of responses.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::Next;
use axum::response::Response;

/// Keeps caches from storing what is under `/api`, which is a shop's own.
pub(crate) async fn no_store(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let private = path == "/api" || path.starts_with("/api/");
    let mut response = next.run(request).await;
    if private {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
