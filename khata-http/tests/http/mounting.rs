//! The router as a part of somebody's own app.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use khata_core::Khata;
use khata_core::auth::AuthConfig;
use khata_core::owner::NewOwner;
use khata_core::store::MemoryStore;
use khata_http::{Authentication, Config};
use serde_json::{Value, json};

use crate::app::PASSWORD;
use crate::bodies;
use crate::call::{Call, Reply};

const MOBILE: &str = "+919876500000";

fn khata() -> Khata {
    Khata::builder(Arc::new(MemoryStore::default())).auth(AuthConfig::cheap_for_tests()).build()
}

fn app() -> Router {
    let fallback = || async { (StatusCode::NOT_FOUND, "the app's own") };
    Router::new().route("/about", get(|| async { "about" })).fallback(fallback)
}

fn call(app: &Router, method: Method, path: &str) -> Call {
    Call::new(app.clone(), method, path)
}

async fn get_json(app: &Router, path: &str) -> Value {
    call(app, Method::GET, path).await.expect(200).json()
}

async fn log_in(app: &Router, prefix: &str) -> Reply {
    let registration = bodies::registration(MOBILE);
    let path = format!("{prefix}/api/shopowners/register");
    let registered = call(app, Method::POST, &path).json(&registration).await.expect(201);
    let expected = format!("{prefix}/api/shopowners/getdetails/");
    assert!(registered.header("location").unwrap().starts_with(&expected));
    let credentials = json!({ "mobileNumber": MOBILE, "password": PASSWORD });
    call(app, Method::POST, &format!("{prefix}/api/shopowners/login")).json(&credentials).await.expect(200)
}

fn cookie_path(reply: &Reply) -> &str {
    let mut attributes = reply.header("set-cookie").expect("a cookie").split("; ");
    attributes.find_map(|attribute| attribute.strip_prefix("Path=")).expect("a path")
}

#[tokio::test]
async fn nested_it_follows_its_path() {
    let app = app().nest("/books/{shelf}", khata_http::router(khata(), Config::default()));
    let login = log_in(&app, "/books/7").await;
    assert_eq!(cookie_path(&login), "/books/7/api");
    let token = login.json()["token"].as_str().unwrap().to_owned();
    let profile =
        format!("/books/7/api/shopowners/getdetails/{}", login.json()["shopOwner"]["id"].as_str().unwrap());
    call(&app, Method::GET, &profile).bearer(&token).await.expect(200);
    let logout = call(&app, Method::POST, "/books/7/api/shopowners/logout").bearer(&token).await.expect(200);
    assert_eq!(cookie_path(&logout), "/books/7/api");

    let me = call(&app, Method::GET, "/books/7/api/shopowners/me").await.expect_problem(401, "missing_token");
    assert_eq!(me.header("cache-control"), Some("no-store"));
    call(&app, Method::GET, "/books/7/nothing").await.expect_problem(404, "no_such_path");
    assert_eq!(call(&app, Method::GET, "/nothing").await.text(), "the app's own");
    assert_eq!(call(&app, Method::GET, "/about").await.text(), "about");
}

#[tokio::test]
async fn nested_its_pages_and_its_description_follow_too() {
    let router = khata_http::router(khata(), Config::default());
    let nested = app().nest("/books/{shelf}", router.clone());
    let docs = call(&nested, Method::GET, "/books/7/docs").await.expect(303);
    assert_eq!(docs.header("location"), Some("/books/7/docs/"));
    call(&nested, Method::GET, "/books/7/docs/").await.expect(200);
    let start = call(&nested, Method::GET, "/books/7/docs/swagger-initializer.js").await.expect(200);
    assert!(start.text().contains("\"../openapi.json\""), "{}", start.text());

    let mut description = get_json(&nested, "/books/7/openapi.json").await;
    let servers = description.as_object_mut().unwrap().remove("servers");
    assert_eq!(servers, Some(json!([{ "url": "/books/7" }])));
    assert_eq!(description, get_json(&router, "/openapi.json").await);
}

#[tokio::test]
async fn merged_it_leaves_unknown_paths_to_the_app() {
    let router = khata_http::router(khata(), Config::default()).reset_fallback();
    for app in [app().merge(router.clone()), router.merge(app())] {
        for unknown in ["/nothing", "/api/nothing"] {
            assert_eq!(call(&app, Method::GET, unknown).await.expect(404).text(), "the app's own");
        }
        assert_eq!(call(&app, Method::GET, "/about").await.text(), "about");
        call(&app, Method::GET, "/healthz").await.expect(200);
        call(&app, Method::GET, "/api/shopowners/login").await.expect_problem(405, "method_not_allowed");
    }
}

#[tokio::test]
async fn each_part_can_be_left_out() {
    let parts = [
        (Config { docs: false, ..Config::default() }, &["/docs", "/docs/", "/openapi.json"][..]),
        (Config { health: false, ..Config::default() }, &["/healthz", "/readyz"]),
        (Config { metrics: false, ..Config::default() }, &["/metrics"]),
    ];
    let paths: Vec<_> = parts.iter().flat_map(|(_, paths)| *paths).collect();
    for (config, absent) in parts.clone() {
        let app = khata_http::router(khata(), config);
        for path in &paths {
            let reply = call(&app, Method::GET, path).from("127.0.0.1:4711").await;
            assert_eq!(reply.status == 404, absent.contains(path), "{path}: {}", reply.status);
        }
        if !absent.contains(&"/openapi.json") {
            let description = get_json(&app, "/openapi.json").await;
            assert!(absent.iter().all(|path| description["paths"].get(*path).is_none()), "{absent:?}");
        }
    }
}

#[tokio::test]
async fn the_apps_own_authentication_stands_in_for_tokens() {
    let khata = khata();
    let new = NewOwner::new("Ravi Kirana", "Ravi Kirana", MOBILE, PASSWORD).unwrap();
    let owner = khata.register(new).await.unwrap();
    let shop = khata.shop(owner.id).await.unwrap();
    let config = Config { authentication: Authentication::External, ..Config::default() };
    let router = khata_http::router(khata, config);

    for path in ["/api/shopowners/me", "/api/customers/shop", "/api/entries"] {
        let reply = call(&router, Method::GET, path).bearer("a.b.c").await;
        let reply = reply.expect_problem(401, "unauthenticated");
        assert_eq!(reply.header("www-authenticate"), None);
    }
    let app = router.layer(from_fn(move |mut request: Request, next: Next| {
        request.extensions_mut().insert(shop.clone());
        next.run(request)
    }));
    assert_eq!(get_json(&app, "/api/shopowners/me").await["id"], owner.id.to_string());
    assert_eq!(get_json(&app, "/api/entries").await, json!([]));
    let add =
        call(&app, Method::POST, "/api/customers/add").cookie("x").header("origin", "https://shop.example");
    add.json(&bodies::customer()).await.expect(201);
    for path in ["register", "login", "logout", "logout-all"] {
        let path = format!("/api/shopowners/{path}");
        call(&app, Method::POST, &path).await.expect_problem(404, "no_such_path");
    }

    let description = get_json(&app, "/openapi.json").await;
    assert!(description.get("security").is_none());
    assert!(description["components"].get("securitySchemes").is_none());
    let responses = &description["paths"]["/api/customers/add"]["post"]["responses"];
    assert_eq!(responses["401"]["description"], "`unauthenticated`");
    assert!(responses["401"].get("headers").is_none());
    assert!(responses.get("403").is_none());
}
