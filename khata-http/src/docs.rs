//! The description of the API, for programs at `/openapi.json` and for people at `/docs`.

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

const DESCRIPTION_PATH: &str = "/openapi.json";

/// Both. The pages are part of the program and load nothing from elsewhere.
pub(crate) fn router(api: &OpenApi) -> Router {
    let json = Bytes::from(api.to_json().expect("the description of the API is JSON"));
    let description = move || async move { ([(CONTENT_TYPE, "application/json")], json) };
    let pages = SwaggerUi::new("/docs").config(Config::from(DESCRIPTION_PATH));
    Router::new().route(DESCRIPTION_PATH, get(description)).merge(pages)
}
