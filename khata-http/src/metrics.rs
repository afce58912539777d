//! Metrics of requests, for those who run the server. Labels have low cardinality, whatever clients send, and never
//! contain shop data.

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::{EncodeLabelSet, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::app::App;
use crate::observe;

pub(crate) use prometheus_text::CONTENT_TYPE;

/// Upper bounds in seconds: from a read of one row to the time that a request may take.
const DURATION_BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The figures of one router.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Outcome, Counter>,
    durations: Family<Operation, Histogram>,
    in_flight: Gauge,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    method: &'static str,
    route: String,
}

/// What was asked for, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    method: &'static str,
    route: String,
    status: u16,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let requests = Family::default();
        let durations: Family<_, _> = Family::new_with_constructor(|| Histogram::new(DURATION_BUCKETS));
        let in_flight = Gauge::default();
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        let mut registry = Registry::with_prefix("khata");
        registry.register("build", "Version of the server", build);
        registry.register("http_requests_in_flight", "Requests that are being processed", in_flight.clone());
        registry.register("http_requests", "Requests that were processed", requests.clone());
        let help = "Time to the start of the response in seconds";
        registry.register("http_request_duration_seconds", help, durations.clone());
        Self { registry, requests, durations, in_flight }
    }

    /// All of them, as Prometheus reads them.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry).expect("writing to a string doesn't fail");
        text
    }

    fn answered(&self, operation: Operation, status: StatusCode, duration: Duration) {
        self.durations.get_or_create(&operation).observe(duration.as_secs_f64());
        let Operation { method, route } = operation;
        self.requests.get_or_create(&Outcome { method, route, status: status.as_u16() }).inc();
    }
}

impl Operation {
    fn of(request: &Request) -> Self {
        Self { method: method(request.method()), route: observe::route(request).to_owned() }
    }
}

/// A client may send any word for a method; those that HTTP doesn't define are one.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "other",
    }
}

/// Counts a request. One whose client hangs up before the answer has no status, and is counted only while it is there.
pub(crate) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let metrics = &app.metrics;
    let _in_flight = InFlight::begin(&metrics.in_flight);
    let operation = Operation::of(&request);
    let started = Instant::now();
    let response = next.run(request).await;
    metrics.answered(operation, response.status(), started.elapsed());
    response
}

/// Counts as one for as long as it lives, so that a request which is dropped halfway is not counted for ever.
struct InFlight(Gauge);

impl InFlight {
    fn begin(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
