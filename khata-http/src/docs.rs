//! The description of the API, for programs at `/openapi.json` and for people at `/docs`.

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::problem::Problem;

const DESCRIPTION_PATH: &str = "/openapi.json";

/// Both. The pages are part of the program and load nothing from elsewhere.
pub(crate) fn router(api: &OpenApi) -> Router {
    let json = Bytes::from(api.to_json().expect("the description of the API is JSON"));
    let description = move || async move { ([(CONTENT_TYPE, "application/json")], json) };
    let pages = Router::from(SwaggerUi::new("/docs").config(Config::from(DESCRIPTION_PATH)));
    Router::new().route(DESCRIPTION_PATH, get(description)).merge(pages.layer(map_response(or_no_such_path)))
}

/// The pages answer for a file that isn't there with a bare status.
async fn or_no_such_path(response: Response) -> Response {
    match response.status() {
        StatusCode::NOT_FOUND => Problem::no_such_path().into_response(),
        _ => response,
    }
}
