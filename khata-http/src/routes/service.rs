//! For those who run the server.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::app::App;
use crate::problem::Problem;
use crate::query::Query;

pub(crate) fn service() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(health)).routes(routes!(readiness))
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    #[schema(examples("ok"))]
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// Tell whether the process runs
///
/// It asks nobody else, so restarting the process is the right answer to its silence.
#[utoipa::path(get, path = "/healthz", tag = "service", security(()), responses((status = 200, body = Health)))]
async fn health(query: Query) -> Result<Answer, Problem> {
    query.none()?;
    Ok(Answer::ok(&OK))
}

/// Tell whether requests can be served
///
/// It asks the database for a sign of life; without one, send requests to another process for now.
#[utoipa::path(
    get, path = "/readyz", tag = "service", security(()),
    responses((status = 200, body = Health), (status = 503, description = "`store_unavailable`"))
)]
async fn readiness(State(app): State<App>, query: Query) -> Result<Answer, Problem> {
    query.none()?;
    app.khata.ping().await?;
    Ok(Answer::ok(&OK))
}
