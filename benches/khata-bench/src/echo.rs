//! The ceiling: a server that does of creating an invoice what needs no book. It verifies the token, parses the invoice and
//! sends it back.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Router, serve};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// It guards nothing.
const SECRET: &[u8] = b"the secret of a server that keeps none";

/// The end of the 64-bit range of JavaScript's numbers, so that it lasts.
const EXPIRES: u64 = 1 << 53;

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

/// An invoice as it is posted.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Invoice {
    customer_id: String,
    date: String,
    due_date: Option<String>,
    invoice_number: Option<String>,
    gross_amount: f64,
    cgst: Option<f64>,
    sgst: Option<f64>,
    igst: Option<f64>,
    other_charges: Option<f64>,
    round_off: Option<f64>,
    total_amount: f64,
    note: Option<String>,
}

/// What tokens are verified with.
struct Verifier {
    key: DecodingKey,
    validation: Validation,
}

/// A token that the server takes.
///
/// # Errors
/// If it can't be signed.
pub(crate) fn token() -> Result<String, Error> {
    let claims = Claims { sub: "shop".into(), exp: EXPIRES };
    encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET))
        .map_err(|error| Error::Unexpected(format!("signing a token: {error}")))
}

/// Serves on this port of 127.0.0.1, until it is killed.
///
/// # Errors
/// If the port is taken.
pub(crate) fn run(port: u16) -> Result<(), Error> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(Error::io("starting threads"))?.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.map_err(Error::io(address))?;
        serve(listener, router()).await.map_err(Error::io(address))
    })
}

fn router() -> Router {
    let verifier = Verifier { key: DecodingKey::from_secret(SECRET), validation: Validation::default() };
    Router::new().route("/api/invoices/add", post(add)).with_state(Arc::new(verifier))
}

async fn add(State(verifier): State<Arc<Verifier>>, headers: HeaderMap, body: Bytes) -> Response {
    if !verifier.accepts(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match serde_json::from_slice::<Invoice>(&body).and_then(|invoice| serde_json::to_vec(&invoice)) {
        Ok(json) => (StatusCode::CREATED, [(CONTENT_TYPE, "application/json")], json).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

impl Verifier {
    fn accepts(&self, headers: &HeaderMap) -> bool {
        let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer "));
        token.is_some_and(|token| decode::<Claims>(token, &self.key, &self.validation).is_ok())
    }
}
