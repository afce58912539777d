//! No request takes for ever, not too many at once, and none takes the process down.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use khata_core::error::Error;
use tokio::sync::Semaphore;

use crate::problem::Problem;

/// Turns requests away that there is no place for. Waiting would only make all of them slow.
pub(crate) async fn admit(
    State(places): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let _place = places.try_acquire().map_err(|_| Error::Overloaded)?;
    Ok(next.run(request).await)
}

/// Gives up on requests that take too long.
pub(crate) async fn hurry(
    State(timeout): State<Duration>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let write = !request.method().is_safe();
    tokio::time::timeout(timeout, next.run(request)).await.map_err(|_| Problem::timeout(write))
}

/// What is answered where a handler panicked.
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let message = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    Problem::from(Error::Internal(format!("a handler panicked: {message}"))).into_response()
}
