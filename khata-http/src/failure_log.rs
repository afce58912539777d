//! What is logged of requests that fail.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::response::Response;
use tokio::time::Instant;

use crate::problem::Problem;

/// Minimum time between two lines about the same temporary failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Logs failures. Those of a database that is away, or of a server with too much to do, come by the thousand, and one line
/// for each would fill the disk: there is at most one a second, with their number.
#[derive(Debug, Default)]
pub(crate) struct FailureLog {
    /// By code.
    temporary: Mutex<HashMap<&'static str, Repeated>>,
}

/// A failure that may be repeated.
#[derive(Debug, Default)]
struct Repeated {
    told_at: Option<Instant>,
    /// How often it has been since then, without a line.
    untold: u64,
}

impl FailureLog {
    /// Logs why a response failed, if it did, and returns whether the request is worth a line of its own.
    pub(crate) fn tell(&self, response: &Response) -> bool {
        let Some(problem) = response.extensions().get::<Problem>() else { return true };
        let Some((code, cause)) = problem.cause() else { return true };
        if !problem.is_temporary() {
            tracing::error!(code, %cause, "the request failed");
            return true;
        }
        let Some(count) = self.count(code) else { return false };
        tracing::error!(code, %cause, count, "requests failed");
        true
    }

    /// How many failures a line is to speak of, if there is to be one now.
    fn count(&self, code: &'static str) -> Option<u64> {
        let now = Instant::now();
        let mut temporary = self.temporary.lock().unwrap_or_else(PoisonError::into_inner);
        let repeated = temporary.entry(code).or_default();
        repeated.untold += 1;
        if repeated.told_at.is_some_and(|told_at| now.duration_since(told_at) < PAUSE) {
            return None;
        }
        repeated.told_at = Some(now);
        Some(std::mem::take(&mut repeated.untold))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_told_once_a_second_with_its_number() {
        let log = FailureLog::default();
        assert_eq!([log.count("a"), log.count("a"), log.count("a")], [Some(1), None, None]);
        assert_eq!(log.count("b"), Some(1));
        advance(PAUSE).await;
        assert_eq!([log.count("a"), log.count("a")], [Some(3), None]);
    }
}
