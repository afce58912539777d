//! SQLite: a set is gone through row by row, by a statement that stays prepared. Nothing is sent anywhere, so that many
//! short calls cost less than one for which the set is packed and unpacked again.

mod call;
mod checkpoint;
mod connections;
mod durability;
#[cfg(test)]
mod statement_count;
mod thread;

use std::num::NonZeroUsize;
use std::time::Instant;

use khata_core::ledger::Outcome;
use khata_core::store::{Job, StoreError};

use super::{Call, Dialect, EachRow, Extent, Work};
use crate::set::Column;

pub(crate) use connections::Connections;

/// SQLite.
#[derive(Debug)]
pub enum Sqlite {}

impl Dialect for Sqlite {
    const INDEX: usize = 0;

    /// There is one lock for all that write.
    const LANES: NonZeroUsize = NonZeroUsize::MIN;

    /// One is carried out while the one before is on its way to the disk.
    const DEPTH: NonZeroUsize = NonZeroUsize::new(2).unwrap();

    const WRITES_TOGETHER: bool = false;

    const STREAMS: bool = true;

    const IS_LOCAL: bool = true;

    type Database = Connections;

    type Connection = rusqlite::Connection;

    fn parameter(number: usize) -> String {
        format!("?{number}")
    }

    /// A `CROSS JOIN` is left in its order. Locks are those of the whole database.
    fn has(words: &str) -> bool {
        words == "CROSS"
    }

    fn given(_: &[Column], _: usize) -> Option<String> {
        None
    }

    fn given_whole(columns: &[Column], number: usize) -> String {
        let value = |(at, column): (usize, &Column)| format!("value ->> {at} AS {}", column.name);
        let values: Vec<_> = columns.iter().enumerate().map(value).collect();
        format!("(SELECT {} FROM json_each(?{number})) AS given", values.join(", "))
    }

    async fn fetch(
        connection: &mut rusqlite::Connection,
        call: Call<'_>,
        each: &mut EachRow<'_>,
    ) -> Result<(), StoreError> {
        call::fetch(connection, call, each)
    }

    async fn execute(connection: &mut rusqlite::Connection, call: Call<'_>) -> Result<u64, StoreError> {
        call::execute(connection, call)
    }

    async fn read<T: Send + 'static>(
        connections: &Connections,
        snapshot: bool,
        work: Work<Self, T>,
    ) -> Result<T, StoreError> {
        connections.read(snapshot, work).await
    }

    async fn glance<T: Send + 'static>(
        connections: &Connections,
        extent: Extent,
        work: Work<Self, T>,
    ) -> Result<T, StoreError> {
        connections.glance(extent, work).await
    }

    async fn change<T: Send + 'static>(
        connections: &Connections,
        work: Work<Self, T>,
    ) -> Result<T, StoreError> {
        connections.change(work).await
    }

    async fn transact(
        connections: &Connections,
        job: &dyn Job,
        deadline: Instant,
    ) -> Result<Vec<Outcome>, StoreError> {
        connections.transact(job, deadline).await
    }

    async fn close(connections: &Connections) {
        connections.close().await;
    }
}
