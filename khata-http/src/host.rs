//! The host that a request is for, as its client knows it.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::Authority;

use crate::config::PublicUrl;

/// Ends of names that nobody can register in the public DNS: RFC 6761, RFC 6762, and ICANN's resolution of 2024 on
/// `.internal`.
const PRIVATE_DOMAINS: [&str; 3] = [".localhost", ".local", ".internal"];

/// Whether only those who run the server, or its network, can have given it the name that a request is for. Any site can
/// point a name of its own here and have a visitor's browser read what it answers to that visitor (DNS rebinding).
pub(crate) fn is_own(request: &Request, public_url: Option<&PublicUrl>) -> bool {
    let authority = match request.headers().get(HOST) {
        Some(host) => Authority::try_from(host.as_bytes()).ok(),
        // As HTTP/2 has it. Without either it is no browser.
        None => match request.uri().authority() {
            Some(authority) => Some(authority.clone()),
            None => return true,
        },
    };
    let Some(host) = authority.map(|authority| authority.host().to_ascii_lowercase()) else { return false };
    let is_address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    // A name of one word is one of the network, such as that of a container.
    let is_private = !host.contains('.') || PRIVATE_DOMAINS.iter().any(|domain| host.ends_with(domain));
    is_address || is_private || public_url.is_some_and(|url| url.host() == host)
}
