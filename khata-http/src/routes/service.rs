//! For those who run the server.

use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::app::App;
use crate::host;
use crate::metrics;
use crate::other_method;
use crate::peer;
use crate::problem::Problem;
use crate::query::Query;

/// The state of the server.
pub(crate) fn health() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(liveness)).routes(routes!(readiness))
}

/// The metrics, for the networks that may read them.
pub(crate) fn metrics(app: &App) -> OpenApiRouter<App> {
    // To those who may not read it there is nothing here for other methods either, so they are guarded with it.
    let (schemas, paths, _) = routes!(figures);
    OpenApiRouter::default()
        .routes((schemas, paths, any(other_than_get).get(figures)))
        .layer(from_fn_with_state(app.clone(), only_from_where_it_may_be_read))
}

/// State of the server.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    #[schema(examples("ok"))]
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// Check that the process runs
///
/// Checks nothing but the process itself. If it does not respond, restart the process.
#[utoipa::path(
    get, path = "/healthz", tag = "service", security(()),
    operation_id = "health",
    responses((status = 200, body = Health))
)]
async fn liveness(query: Query) -> Result<Answer, Problem> {
    query.none()?;
    Ok(Answer::ok(&OK))
}

/// Check that requests can be served
///
/// Checks that the database responds. If it does not, route requests to another process.
#[utoipa::path(
    get, path = "/readyz", tag = "service", security(()),
    responses((status = 200, body = Health), (status = 503, description = "`store_unavailable`"))
)]
async fn readiness(State(app): State<App>, query: Query) -> Result<Answer, Problem> {
    query.none()?;
    app.khata.ping().await?;
    Ok(Answer::ok(&OK))
}

/// Get metrics in the Prometheus text format
///
/// Counts and durations of requests, without any data of a shop. Clients outside the allowed networks, by default
/// the machine itself, get a 404, as do requests for a host name that others can point to the server.
#[utoipa::path(
    get, path = "/metrics", tag = "service", security(()),
    responses(
        (status = 200, body = String, content_type = "text/plain; version=0.0.4; charset=utf-8"),
        (status = 404, description = "`no_such_path`")
    )
)]
async fn figures(State(app): State<App>, query: Query) -> Result<Response, Problem> {
    query.none()?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE)),
        // A cache would tell them to anybody.
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, app.metrics.text()).into_response())
}

/// With `Allow` of its own: the router's would stand on the 404 of the guard as well.
async fn other_than_get(method: Method) -> Response {
    ([(ALLOW, HeaderValue::from_static("GET,HEAD"))], other_method(method).await).into_response()
}

/// How busy a business is is nobody else's concern, and others learn no more than of any unknown path. Who is unknown
/// is one of the others.
async fn only_from_where_it_may_be_read(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let client = peer::beyond_doubt(request.extensions(), request.headers(), &app.config.trusted_proxies);
    let may_read = |client| app.config.metrics_from.iter().any(|network| network.contains(&client));
    let is_own_name = host::is_own(&request, app.config.public_url.as_ref());
    if is_own_name && client.is_some_and(may_read) {
        Ok(next.run(request).await)
    } else {
        Err(Problem::no_such_path())
    }
}
