//! What the headers of every response say.

use axum::extract::{OriginalUri, Request};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::Next;
use axum::response::Response;

use crate::mount;

/// Keeps browsers from guessing types and telling addresses, and caches from storing what is under `/api`, which is a
/// shop's own; and has paths follow the mount.
pub(crate) async fn complete(OriginalUri(original): OriginalUri, request: Request, next: Next) -> Response {
    let mount = mount::path_of_cookie(&original, request.uri());
    let path = request.uri().path();
    let private = path == "/api" || path.starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if private {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if !mount.is_empty() {
        mount::complete(headers, &mount);
    }
    response
}
