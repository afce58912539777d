//! The ceiling: a server that does of creating an invoice what needs no book. It verifies the token, parses the invoice and
//! sends it back.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Router, serve};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

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

/// A token that the server takes: a JSON Web Token signed with HS256.
///
/// # Errors
/// If it can't be signed.
pub(crate) fn token() -> Result<String, Error> {
    let claims = serde_json::to_string(&Claims { sub: "shop".into(), exp: EXPIRES });
    let claims = claims.map_err(|error| Error::Unexpected(format!("signing a token: {error}")))?;
    let signed = [r#"{"alg":"HS256","typ":"JWT"}"#, &claims].map(|part| BASE64.encode(part)).join(".");
    let signature = BASE64.encode(mac(&signed).finalize().into_bytes());
    Ok(format!("{signed}.{signature}"))
}

fn mac(signed: &str) -> Hmac<Sha256> {
    let mac = Hmac::new_from_slice(SECRET).expect("a secret may have any length");
    mac.chain_update(signed)
}

/// The claims of a token, if its signature is right.
fn claims(token: &str) -> Option<Claims> {
    let (signed, signature) = token.rsplit_once('.')?;
    mac(signed).verify_slice(&BASE64.decode(signature).ok()?).ok()?;
    let (_, claims) = signed.split_once('.')?;
    serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()
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
    Router::new().route("/api/invoices/add", post(add))
}

async fn add(headers: HeaderMap, body: Bytes) -> Response {
    if !is_accepted(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match serde_json::from_slice::<Invoice>(&body).and_then(|invoice| serde_json::to_vec(&invoice)) {
        Ok(json) => (StatusCode::CREATED, [(CONTENT_TYPE, "application/json")], json).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn is_accepted(headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer "));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    token.and_then(claims).is_some_and(|claims| now < claims.exp)
}
