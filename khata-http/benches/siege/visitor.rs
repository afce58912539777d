//! Somebody who only wants to see their own book.

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::json;

use super::server::Server;

/// How long the visitor waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

const MOBILE: &str = "9123456780";
const PASSWORD: &str = "a modest visitor's";

/// A modest shop.
#[derive(Debug)]
pub(crate) struct Visitor {
    client: Client,
    url: String,
    token: String,
}

/// What the visitor has seen.
#[derive(Debug, Default)]
pub(crate) struct Visit {
    /// How long each answer took.
    answered: Vec<Duration>,
    failed: usize,
}

impl Visitor {
    /// Opens a shop, and logs in.
    pub(crate) async fn register(server: &Server) -> Result<Self, Box<dyn Error>> {
        let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let shop = json!({
            "shopName": "Modest Stores", "proprietorName": "Meera", "mobileNumber": MOBILE, "password": PASSWORD,
        });
        let registered = client.post(server.url("/api/shopowners/register")).json(&shop).send().await?;
        registered.error_for_status()?;
        let token = server.log_in(MOBILE, PASSWORD).await?;
        Ok(Self { client, url: server.url("/api/shopowners/me"), token })
    }

    /// Asks again and again.
    pub(crate) async fn visit(&mut self, time: Duration) -> Visit {
        let mut visit = Visit::default();
        let since = Instant::now();
        while since.elapsed() < time {
            let asked = Instant::now();
            match self.ask().await {
                Ok(()) => visit.answered.push(asked.elapsed()),
                Err(_) => visit.failed += 1,
            }
        }
        visit.answered.sort_unstable();
        visit
    }

    /// Reads the whole answer.
    async fn ask(&self) -> reqwest::Result<()> {
        let answer = self.client.get(&self.url).bearer_auth(&self.token).send().await?;
        answer.error_for_status()?.bytes().await.map(drop)
    }
}

impl Visit {
    /// The time within which so many of a hundred answers came.
    fn percentile(&self, of_hundred: usize) -> Duration {
        let place = (self.answered.len() * of_hundred).div_ceil(100).saturating_sub(1);
        self.answered.get(place).copied().unwrap_or_default()
    }
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99] = [50, 99].map(|of_hundred| format!("{:.2?}", self.percentile(of_hundred)));
        write!(f, "{:>9} {:>7} {p50:>10} {p99:>10}", self.answered.len(), self.failed)
    }
}
