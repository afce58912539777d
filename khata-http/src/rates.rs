//! How much a shop may ask for in a minute.
//!
//! A shop has a bucket for each of what is counted, full at first, that fills up again evenly within a minute (GCRA). The
//! buckets are in the memory of the process: with several processes, a shop has as many. What is refused says so by
//! `RateLimit` and `RateLimit-Policy`, as in
//! [draft-ietf-httpapi-ratelimit-headers-10](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10).

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use khata_core::Shop;
use khata_core::id::OwnerId;

use crate::app::App;
use crate::body::BYTES_MAX;
use crate::config::Rates;
use crate::problem::{Problem, whole_seconds};

pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// After how many takings a bucket forgets the shops whose share is full again.
const TAKINGS: u32 = 4096;

/// Refuses the requests of a shop beyond its rates. Routes behind it must be behind authentication.
pub(crate) async fn limit(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Some(shop) = request.extensions().get::<Shop>()
        && let Err(refusal) = app.rates.take(shop.id(), &request)
    {
        return refusal.into_response();
    }
    next.run(request).await
}

/// The buckets of what is limited.
#[derive(Debug)]
pub(crate) struct Buckets {
    requests: Option<Bucket>,
    writes: Option<Bucket>,
    bytes: Option<Bucket>,
}

impl Buckets {
    /// Creates full buckets.
    pub(crate) fn new(rates: &Rates) -> Self {
        Self {
            requests: rates.requests.map(|size| Bucket::new("requests", "requests", size)),
            writes: rates.writes.map(|size| Bucket::new("writes", "requests", size)),
            bytes: rates.bytes.map(|size| Bucket::new("bytes", "content-bytes", size)),
        }
    }

    fn take(&self, owner: OwnerId, request: &Request) -> Result<(), Refusal<'_>> {
        take(self.requests.as_ref(), owner, 1)?;
        if !request.method().is_safe() {
            take(self.writes.as_ref(), owner, 1)?;
        }
        // A body that doesn't say how long it is counts as the longest that there may be.
        let bytes = request.body().size_hint().exact().unwrap_or(BYTES_MAX as u64);
        take(self.bytes.as_ref(), owner, u32::try_from(bytes).unwrap_or(u32::MAX))
    }
}

fn take(bucket: Option<&Bucket>, owner: OwnerId, count: u32) -> Result<(), Refusal<'_>> {
    match (bucket, NonZeroU32::new(count)) {
        (Some(bucket), Some(count)) => bucket.take(owner, count),
        _ => Ok(()),
    }
}

#[derive(Debug)]
struct Bucket {
    name: &'static str,
    /// A quota unit of the draft.
    unit: &'static str,
    size: NonZeroU32,
    shops: DefaultKeyedRateLimiter<OwnerId>,
    takings: AtomicU32,
}

impl Bucket {
    fn new(name: &'static str, unit: &'static str, size: NonZeroU32) -> Self {
        let shops = RateLimiter::keyed(Quota::per_minute(size));
        Self { name, unit, size, shops, takings: AtomicU32::new(0) }
    }

    fn take(&self, owner: OwnerId, count: NonZeroU32) -> Result<(), Refusal<'_>> {
        if self.takings.fetch_add(1, Ordering::Relaxed) % TAKINGS == TAKINGS - 1 {
            self.shops.retain_recent();
        }
        // More than a bucket holds would never be let in.
        let taken = self.shops.check_key_n(&owner, count.min(self.size));
        let Ok(Err(too_early)) = taken else { return Ok(()) };
        let wait = too_early.wait_time_from(DefaultClock::default().now());
        Err(Refusal { bucket: self, wait })
    }
}

/// A bucket that hasn't enough, and for how long.
struct Refusal<'b> {
    bucket: &'b Bucket,
    wait: Duration,
}

impl IntoResponse for Refusal<'_> {
    fn into_response(self) -> Response {
        let Bucket { name, unit, size, .. } = self.bucket;
        let seconds = whole_seconds(self.wait).max(1);
        let detail = format!(
            "The shop has had the {size} {name} that it may have in a minute; try again after the time in `Retry-After`."
        );
        let mut response =
            Problem::too_many_requests("rate_limited", detail, Duration::from_secs(seconds)).into_response();
        let header = |text: String| HeaderValue::from_str(&text).expect("names and digits are ASCII");
        let headers = response.headers_mut();
        headers.insert(RATE_LIMIT_POLICY, header(format!("\"{name}\";q={size};qu=\"{unit}\";w=60")));
        headers.insert(RATE_LIMIT, header(format!("\"{name}\";r=0;t={seconds}")));
        response
    }
}
