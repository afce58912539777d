//! Timeouts of calls without a deadline of their own. The driver waits for a server that hangs as long as the connection
//! lasts.

use std::time::{Duration, Instant};

use khata_core::store::StoreError;
use tokio::time::timeout;

/// Maximum duration of a call.
const TIME_MAX: Duration = Duration::from_secs(15);

/// The deadline of a transaction that is begun now.
pub(crate) fn deadline() -> Instant {
    Instant::now() + TIME_MAX
}

/// Awaits a call that reads.
pub(crate) async fn read<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout(TIME_MAX, call).await.unwrap_or_else(|late| Err(StoreError::unavailable(late)))
}

/// Awaits a call that writes, in one command.
pub(crate) async fn write<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout(TIME_MAX, call).await.unwrap_or_else(|late| Err(StoreError::in_doubt(late)))
}
