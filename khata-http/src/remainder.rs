//! The remainder of a request's body: what was not read of it when the request was answered.
//!
//! A request may be answered before its body is read, for example because it has no token. On a connection that is kept
//! (HTTP/1.1), the remainder stands before the next request. Many clients send the body in a packet of its own, so it may
//! not even have arrived. It is read and thrown away within bounds; beyond them the response says that the connection ends.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, Version};
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::body::BYTES_MAX;

/// Maximum time that the remainder may take to arrive.
const TIME_MAX: Duration = Duration::from_secs(5);

/// Throws away what a handler leaves of a body, or has the connection end after the response.
pub(crate) async fn discard(request: Request, next: Next) -> Response {
    // Streams of HTTP/2 don't stand in each other's way.
    if request.body().is_end_stream() || request.version() >= Version::HTTP_2 {
        return next.run(request).await;
    }
    let asks_first = request.headers().contains_key(EXPECT);
    let left = Arc::default();
    let request = request.map(|body| Body::new(Lent::new(body, &left)));
    let mut response = next.run(request).await;
    let lent = left.lock().unwrap_or_else(PoisonError::into_inner).take();
    // A client that asks whether it should send its body at all now knows that it shouldn't.
    let discarded = match lent {
        Some(lent) => !(asks_first && lent.bytes_read == 0) && lent.discard().await,
        None => true,
    };
    if !discarded {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A body with what is known of how far it was read.
#[derive(Debug, Default)]
struct Reading {
    body: Body,
    bytes_read: u64,
    is_over: bool,
}

impl Reading {
    /// Reads the rest of it, and returns whether that succeeded within the bounds.
    async fn discard(mut self) -> bool {
        const MAX: u64 = BYTES_MAX as u64;
        // What is announced to be too long is not waited for.
        if self.bytes_read.saturating_add(self.body.size_hint().lower()) > MAX {
            return false;
        }
        let to_the_end = async {
            while !self.is_over && !self.body.is_end_stream() {
                match self.body.frame().await {
                    Some(Ok(frame)) => self.count(&frame),
                    Some(Err(_)) => return false,
                    None => self.is_over = true,
                }
                if self.bytes_read > MAX {
                    return false;
                }
            }
            true
        };
        timeout(TIME_MAX, to_the_end).await.unwrap_or(false)
    }

    fn count(&mut self, frame: &Frame<Bytes>) {
        self.bytes_read += frame.data_ref().map_or(0, |data| data.len() as u64);
    }
}

/// A body that comes back when it is dropped.
#[derive(Debug)]
struct Lent {
    reading: Reading,
    left: Arc<Mutex<Option<Reading>>>,
}

impl Lent {
    fn new(body: Body, left: &Arc<Mutex<Option<Reading>>>) -> Self {
        Self { reading: Reading { body, ..Reading::default() }, left: Arc::clone(left) }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.reading.body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => self.reading.count(frame),
            Poll::Ready(_) => self.reading.is_over = true,
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.reading.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.reading.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let reading = std::mem::take(&mut self.reading);
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(reading);
    }
}
