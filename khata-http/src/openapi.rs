//! The description of the API: derived from the handlers and their types, completed here by what all of them have in
//! common.

use axum::http::StatusCode;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, Header, OpenApi, Ref, RefOr, Response, ResponseBuilder, SecurityRequirement,
};
use utoipa::{OpenApi as _, ToSchema};

use crate::config::Authentication;
use crate::routes;
use crate::wire::problem::{FieldProblem, ProblemBody};

const ABOUT: &str = "A shop's credit book: who owes what.

Amounts are exact numbers in the shop's currency, dates are `YYYY-MM-DD`, ids are UUIDs. Data of other shops is \
reported as not found. Unknown and repeated fields and parameters are errors. Every response has `X-Request-Id`.";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Khata", description = ABOUT),
    components(schemas(ProblemBody<'_>, FieldProblem<'_>)),
    tags(
        (name = "shopowners", description = "Registration, sessions and the profile"),
        (name = "customers", description = "Customers who buy on credit"),
        (name = "reports", description = "Summary, ageing report and day book"),
        (name = "entries", description = "Change feed of the ledger"),
        (name = "export", description = "Export of the whole book"),
        (name = "service", description = "Health and metrics of the server"),
    )
)]
struct Base;

/// A description without operations.
pub(crate) fn base(authentication: Authentication) -> OpenApi {
    let mut api = Base::openapi();
    let tags = api.tags.get_or_insert_default();
    let customers = tags.iter().position(|tag| tag.name == "customers").map_or(0, |at| at + 1);
    tags.splice(customers..customers, routes::documents::tags());
    match authentication {
        Authentication::Tokens => add_security(&mut api),
        // How the app around it authenticates is not known here.
        Authentication::External => {}
    }
    api
}

fn add_security(api: &mut OpenApi) {
    let bearer = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let cookie = ApiKey::Cookie(ApiKeyValue::new("token"));
    let components = api.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    let scopes: [&str; 0] = [];
    api.security =
        Some(vec![SecurityRequirement::new("bearer", scopes), SecurityRequirement::new("cookie", scopes)]);
}

/// Adds to each operation what follows from its shape: the answers that all of its kind can give, and their headers.
pub(crate) fn complete(api: &mut OpenApi, authentication: Authentication) {
    for (path, item) in &mut api.paths.paths {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            add_failures(path, operation, authentication);
            add_versions(operation);
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    complete_response(status, response, authentication);
                }
            }
        }
    }
}

fn add_failures(path: &str, operation: &mut Operation, authentication: Authentication) {
    let in_api = path.starts_with("/api/");
    let guarded = operation.security.is_none();
    let has_body = operation.request_body.is_some();
    let keyed = has_parameter(operation, "Idempotency-Key");
    let unreadable = match keyed {
        true => "`invalid_json`, `incomplete_body`, `invalid_idempotency_key`",
        false => "`invalid_json`, `incomplete_body`",
    };
    let invalid = if keyed { "`invalid`, `idempotency_mismatch`" } else { "`invalid`" };
    let by_token = authentication == Authentication::Tokens;
    let unauthenticated = if by_token { "`missing_token`, `invalid_token`" } else { "`unauthenticated`" };
    let applies = [
        (has_body, "400", unreadable),
        (guarded, "401", unauthenticated),
        (guarded && by_token, "403", "`csrf`"),
        (path.contains('{'), "404", "`not_found`"),
        (has_parameter(operation, "If-Match"), "412", "`stale`"),
        (has_body, "413", "`body_too_large`"),
        (has_body, "415", "`unsupported_media_type`"),
        (in_api && guarded, "429", "`rate_limited`, `too_many_at_once`"),
        (in_api, "422", invalid),
        (in_api, "500", "`internal`"),
        (in_api, "503", "`store_unavailable`, `overloaded`, `outcome_unknown`"),
    ];
    if !by_token {
        // Whom the app has authenticated needs not prove more.
        operation.responses.responses.remove("403");
    }
    for (_, status, codes) in applies.into_iter().filter(|(applies, ..)| *applies) {
        match operation.responses.responses.get_mut(status) {
            // An operation may have reasons of its own to put a client off.
            Some(RefOr::T(own)) if status == "429" => {
                own.description = format!("{}, {codes}", own.description);
            }
            Some(_) => {}
            None => {
                let response = ResponseBuilder::new().description(codes).build();
                operation.responses.responses.insert(status.to_owned(), response.into());
            }
        }
    }
    if in_api && guarded {
        for (name, description) in [
            ("RateLimit", "Rate that the shop has exceeded, and when it may go on"),
            ("RateLimit-Policy", "What the rate allows"),
        ] {
            add_header(operation.responses.responses.get_mut("429"), name, description);
        }
    }
}

fn add_versions(operation: &mut Operation) {
    let read = has_parameter(operation, "If-None-Match");
    let keyed = has_parameter(operation, "Idempotency-Key");
    let responses = &mut operation.responses.responses;
    if read {
        let not_modified = ResponseBuilder::new().description("The client already has this version");
        responses.insert("304".to_owned(), not_modified.build().into());
        for status in ["200", "304"] {
            add_header(responses.get_mut(status), "ETag", "Version of the resource");
        }
    }
    if keyed {
        for status in ["200", "201"] {
            add_header(
                responses.get_mut(status),
                "Idempotent-Replayed",
                "`true` if an earlier response is repeated",
            );
        }
    }
}

fn has_parameter(operation: &Operation, name: &str) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == name))
}

/// Failures are problems; waiting is said in a header; and OpenAPI wants a description of everything.
fn complete_response(status: &str, response: &mut Response, authentication: Authentication) {
    if status.starts_with(['4', '5']) {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build();
        response.content.insert("application/problem+json".to_owned(), problem.into());
    }
    if status == "401" && authentication == Authentication::Tokens {
        response.headers.insert("WWW-Authenticate".to_owned(), header("Challenge for a bearer token"));
    }
    if matches!(status, "429" | "503") {
        response
            .headers
            .insert("Retry-After".to_owned(), header("Number of seconds to wait before retrying"));
    }
    if response.description.is_empty() {
        let status = StatusCode::from_bytes(status.as_bytes()).ok();
        let words = status.and_then(|status| status.canonical_reason()).unwrap_or_default();
        response.description = words.to_owned();
    }
}

fn add_header(response: Option<&mut RefOr<Response>>, name: &str, description: &str) {
    if let Some(RefOr::T(response)) = response {
        response.headers.insert(name.to_owned(), header(description));
    }
}

fn header(description: &str) -> RefOr<Header> {
    let text = utoipa::schema!(String);
    HeaderBuilder::new().schema(Some(text)).description(Some(description)).build().into()
}
