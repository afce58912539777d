//! Retrying a transaction that conflicted with another one.

use std::time::{Duration, Instant};

use khata_core::store::StoreError;
use tokio::time::sleep;

use crate::error::is_transient;

/// Maximum pause before the second attempt. It doubles with every further one.
const PAUSE_FIRST: Duration = Duration::from_millis(2);

/// Maximum pause: about as long as a transaction takes on a server that is busy.
const PAUSE_MAX: Duration = Duration::from_millis(64);

/// Makes attempts until one neither conflicts with another transaction nor loses its server, or the deadline passes.
/// MongoDB lets no transaction wait for another, so each waits by itself, for a random time lest they conflict again.
pub(crate) async fn until<T, F>(deadline: Instant, mut attempt: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut longest = PAUSE_FIRST;
    loop {
        match attempt().await {
            Err(failure) if is_transient(&failure) => {
                let pause = random_below(longest);
                if Instant::now() + pause >= deadline {
                    return Err(failure);
                }
                sleep(pause).await;
                longest = (longest * 2).min(PAUSE_MAX);
            }
            answer => return answer,
        }
    }
}

fn random_below(longest: Duration) -> Duration {
    // Without random bits there is still the next pause, and the one after it.
    let random = getrandom::u32().unwrap_or(u32::MAX);
    longest * (random % 1024) / 1024
}
