//! The description of the API, for programs at `/openapi.json` and for people at `/docs`.

use std::sync::Arc;

use axum::Router;
use axum::extract::OriginalUri;
use axum::http::Uri;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use utoipa::openapi::{OpenApi, Server};
use utoipa_swagger_ui::Config;

use crate::mount;
use crate::problem::Problem;

/// The description as seen from the pages, so that they find it wherever the router is nested.
const DESCRIPTION_URL: &str = "../openapi.json";

/// Both. The pages are part of the program and load nothing from elsewhere.
pub(crate) fn router(api: OpenApi) -> Router {
    let api = Arc::new(api);
    let description = move |OriginalUri(original): OriginalUri, uri: Uri| {
        let json = describe(&api, mount::path(&original, &uri));
        async { ([(CONTENT_TYPE, "application/json")], json) }
    };
    let pages = get(async |uri: Uri| page(uri.path().trim_start_matches("/docs/")));
    Router::new()
        .route("/openapi.json", get(description))
        .route("/docs", get(async || Redirect::to("/docs/")))
        .route("/docs/", pages.clone())
        .route("/docs/{*rest}", pages)
}

fn describe(api: &OpenApi, mount: &str) -> String {
    let mut api = api.clone();
    api.servers = (!mount.is_empty()).then(|| vec![Server::new(mount)]);
    api.to_json().expect("the description of the API is JSON")
}

fn page(file: &str) -> Result<impl IntoResponse + use<>, Problem> {
    let file = utoipa_swagger_ui::serve(file, Arc::new(Config::from(DESCRIPTION_URL)));
    let file = file.ok().flatten().ok_or_else(Problem::no_such_path)?;
    let packed = file.gzpipped.then_some([(CONTENT_ENCODING, "gzip")]);
    Ok((packed, [(CONTENT_TYPE, file.content_type)], file.bytes))
}
