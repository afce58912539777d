//! A book inside an axum app of one's own, under a path, behind the app's own login:
//! `cargo run -p examples --bin mount`, and then `curl -H 'x-api-key: asha' localhost:3000/khata/api/customers/shop`.

use std::{collections::HashMap, error::Error, sync::Arc};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::{Router, routing::get};
use khata::http::{self, Authentication, Config};
use khata::id::OwnerId;
use khata::prelude::*;

/// Whose shop an API key opens. An app of your own looks up its sessions here.
#[derive(Clone)]
struct Keys {
    khata: Khata,
    owners: Arc<HashMap<&'static str, OwnerId>>,
}

/// The app: a page and a fallback of its own, and the book under `/khata`.
fn app(keys: Keys) -> Router {
    let config = Config {
        authentication: Authentication::External,
        health: false,
        metrics: false,
        ..Config::default()
    };
    let khata = http::router(keys.khata.clone(), config);
    Router::new()
        .route("/", get(|| async { "Welcome to the shop." }))
        .nest("/khata", khata.layer(from_fn_with_state(keys, authenticate)))
        .fallback(|| async { (StatusCode::NOT_FOUND, "There is no such page.") })
}

/// Puts the shop of whoever calls into the request, where Khata expects it.
async fn authenticate(
    State(keys): State<Keys>,
    mut request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let key = request.headers().get("x-api-key").and_then(|key| key.to_str().ok());
    let owner = key.and_then(|key| keys.owners.get(key)).ok_or(StatusCode::UNAUTHORIZED)?;
    let shop = keys.khata.shop(*owner).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    request.extensions_mut().insert(shop);
    Ok(next.run(request).await)
}

/// A book with one shop, and the key to it.
async fn open() -> Result<Keys, Box<dyn Error>> {
    let khata = khata::open("sqlite::memory:").await?;
    // The app has its own login, so Khata needs no password.
    let new = NewOwner::without_password("Sharma Kirana", "Asha Sharma", "9876543210")?;
    let owner = khata.register(new).await?;
    Ok(Keys { khata, owners: Arc::new(HashMap::from([("asha", owner.id)])) })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/khata/docs", listener.local_addr()?);
    Ok(axum::serve(listener, app(open().await?)).await?)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Method;
    use axum::http::header::{CONTENT_TYPE, LINK, LOCATION};
    use serde_json::{Value, json};
    use tower::ServiceExt as _;

    use super::*;

    async fn call(app: &Router, method: Method, path: &str, key: &str, body: Option<Value>) -> Response {
        let request = Request::builder().method(method).uri(path).header("x-api-key", key);
        let request = request.header(CONTENT_TYPE, "application/json");
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        app.clone().oneshot(request.body(body).unwrap()).await.unwrap()
    }

    async fn json(response: Response) -> Value {
        serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn the_book_lives_under_its_path_beside_the_apps_own_pages() {
        let app = app(open().await.unwrap());
        let get = async |path: &str, key: &str| call(&app, Method::GET, path, key, None).await;

        for customer in [("Ravi", "9123456789"), ("Meena", "9123456780")] {
            let body = json!({ "name": customer.0, "mobileNumber": customer.1 });
            let added = call(&app, Method::POST, "/khata/api/customers/add", "asha", Some(body)).await;
            assert_eq!(added.status(), 201);
            let location = added.headers()[LOCATION].to_str().unwrap();
            assert!(location.starts_with("/khata/api/customers/get/"), "{location}");
            assert_eq!(json(get(location, "asha").await).await["name"], customer.0);
        }
        let page = get("/khata/api/customers/shop?sort=name&limit=1", "asha").await;
        let link = page.headers()[LINK].to_str().unwrap();
        let next = link.strip_prefix('<').unwrap().split_once('>').unwrap().0;
        assert!(next.starts_with("/khata/api/customers/shop?cursor="), "{link}");
        assert_eq!(json(get(next, "asha").await).await[0]["name"], "Ravi");

        let description = json(get("/khata/openapi.json", "asha").await).await;
        assert_eq!(description["servers"], json!([{ "url": "/khata" }]));
        assert!(description["paths"].get("/api/shopowners/login").is_none());

        assert_eq!(get("/khata/api/customers/shop", "ravi").await.status(), 401);
        assert_eq!(get("/khata/metrics", "asha").await.status(), 404);
        assert_eq!(get("/", "").await.status(), 200);
        let fallback = to_bytes(get("/api/customers/shop", "asha").await.into_body(), 100).await.unwrap();
        assert_eq!(fallback, "There is no such page.");
    }
}
