//! How many requests of one shop run at once, so that others find places too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use khata_core::Shop;
use khata_core::id::OwnerId;

use crate::problem::Problem;

/// How long a shop should wait for one of its own requests to end.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Refuses the requests of a shop beyond its share. Routes behind it must be behind authentication.
pub(crate) async fn share(State(share): State<Share>, request: Request, next: Next) -> Response {
    let Some(owner) = request.extensions().get::<Shop>().map(Shop::id) else {
        return next.run(request).await;
    };
    match share.begin(owner) {
        Some(_running) => next.run(request).await,
        None => {
            let detail = format!(
                "The shop has {} requests of this kind under way; wait for one of them to end.",
                share.0.max
            );
            Problem::too_many_requests("too_many_at_once", detail, RETRY_AFTER).into_response()
        }
    }
}

/// How many requests of a shop may run at once, and how many do. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Share(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    max: usize,
    /// The shops with requests that run.
    running: Mutex<HashMap<OwnerId, usize>>,
}

impl Share {
    /// Creates a share of at most `max` requests of each shop.
    pub(crate) fn of(max: usize) -> Self {
        Self(Arc::new(Parts { max, running: Mutex::default() }))
    }

    /// Counts a request until the result is dropped.
    fn begin(&self, owner: OwnerId) -> Option<Running> {
        let mut running = self.running();
        let count = running.get(&owner).copied().unwrap_or_default();
        if count >= self.0.max {
            return None;
        }
        running.insert(owner, count + 1);
        drop(running);
        Some(Running { share: self.clone(), owner })
    }

    fn running(&self) -> MutexGuard<'_, HashMap<OwnerId, usize>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that runs.
#[derive(Debug)]
struct Running {
    share: Share,
    owner: OwnerId,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut running = self.share.running();
        if let Some(count) = running.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                running.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_shops_own_and_leaves_nothing_behind() {
        let share = Share::of(2);
        let [greedy, modest] = [OwnerId::generate(), OwnerId::generate()];
        let first = [share.begin(greedy).unwrap(), share.begin(greedy).unwrap()];
        assert!(share.begin(greedy).is_none());
        let other = share.begin(modest).unwrap();
        drop(first);
        assert!(share.begin(greedy).is_some());
        drop(other);
        assert!(share.running().is_empty());
    }
}
