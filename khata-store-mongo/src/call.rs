//! Calls that have no deadline of their own. The driver waits for a server that hangs as long as the connection lasts.

use std::time::{Duration, Instant};

use khata_core::store::StoreError;
use tokio::time::timeout;

/// The longest that a call may take.
const TIME_MAX: Duration = Duration::from_secs(15);

/// When a transaction that is begun now must be over.
pub(crate) fn deadline() -> Instant {
    Instant::now() + TIME_MAX
}

/// A call that reads.
pub(crate) async fn read<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout(TIME_MAX, call).await.unwrap_or_else(|late| Err(StoreError::unavailable(late)))
}

/// A call that writes, in one command.
pub(crate) async fn write<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout(TIME_MAX, call).await.unwrap_or_else(|late| Err(StoreError::in_doubt(late)))
}
