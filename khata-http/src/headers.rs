//! What the headers of every response say.

use axum::extract::{OriginalUri, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::config::PublicUrl;
use crate::mount;

pub(crate) const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// What a page may load, by whom it may be shown, and where it may send to: itself, nobody, the server. Swagger UI styles
/// its elements one by one and has images in its style sheet; its scripts are files.
const OF_PAGES: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The same of what is no page, should a browser take it for one.
const OF_DATA: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// A year, for this host alone: what else is on its domain is not known here.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Keeps browsers from guessing types, telling addresses, running foreign scripts and going without TLS, and caches from
/// storing what is under `/api`, which is a shop's own; and has paths follow the mount.
pub(crate) async fn complete(
    State(app): State<App>,
    OriginalUri(original): OriginalUri,
    request: Request,
    next: Next,
) -> Response {
    let mount = mount::path_of_cookie(&original, request.uri());
    let path = request.uri().path();
    let private = path == "/api" || path.starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    name_charset(headers);
    let policy = if is_page(headers) { OF_PAGES } else { OF_DATA };
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    if app.config.public_url.as_ref().is_some_and(PublicUrl::is_https) {
        headers.insert(STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    if private {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if !mount.is_empty() {
        mount::complete(headers, &mount);
        // The rest of the site belongs to the app around.
        headers.remove(CLEAR_SITE_DATA);
    }
    response
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn is_page(headers: &HeaderMap) -> bool {
    content_type(headers).starts_with("text/html")
}

/// All text is UTF-8, which browsers have to be told. JSON is so by definition.
fn name_charset(headers: &mut HeaderMap) {
    let kind = content_type(headers);
    if kind.starts_with("text/") && !kind.contains("charset=") {
        let kind = HeaderValue::from_str(&format!("{kind}; charset=utf-8"));
        headers.insert(CONTENT_TYPE, kind.expect("it was a header before"));
    }
}
