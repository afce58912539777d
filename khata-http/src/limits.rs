//! Limits on the time of a request and on how many run at once, and what is answered where a handler panics.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::error_handling::HandleErrorLayer;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use khata_core::error::Error;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::{BoxError, ServiceBuilder};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::problem::Problem;

/// Rejects the requests that exceed the limit: to queue them would only make all of them slow.
pub(crate) fn concurrency_limit(router: OpenApiRouter<App>, limit: usize) -> OpenApiRouter<App> {
    let rejected = |_: BoxError| async { Problem::from(Error::Overloaded) };
    router.layer(
        ServiceBuilder::new()
            .layer(HandleErrorLayer::new(rejected))
            .load_shed()
            .layer(GlobalConcurrencyLimitLayer::new(limit)),
    )
}

/// Answers the requests that take longer with a problem.
pub(crate) fn timeout(router: Router, timeout: Duration) -> Router {
    let timed_out = |method: Method, _: BoxError| async move { Problem::timeout(!method.is_safe()) };
    router.layer(ServiceBuilder::new().layer(HandleErrorLayer::new(timed_out)).timeout(timeout))
}

/// The response to a request whose handler panicked.
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let message = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    Problem::from(Error::Internal(format!("a handler panicked: {message}"))).into_response()
}
