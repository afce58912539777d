//! PostgreSQL: a set is an array for each of its columns.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use khata_core::calendar::{Date, Timestamp};
use khata_core::ledger::Outcome;
use khata_core::money::Money;
use khata_core::record::{Type, Value};
use khata_core::store::{Job, Step, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow};
use sqlx::types::chrono::NaiveDate;
use sqlx::{Arguments as _, AssertSqlSafe, Column as _, Row as _, SqlSafeStr as _, SqlStr, Transaction};
use tokio::time::{sleep, timeout_at};

use super::{Call, DatabaseRow, Dialect, EachRow, Extent, Given, ValueError, Work};
use crate::error::postgres::{is_conflict, of_commit, of_statement};
use crate::set::{Column, ColumnType, integer, text_of};
use crate::{load, write};

/// How much longer than its time a session may have a transaction and be idle.
const IDLE_GRACE: Duration = Duration::from_secs(2);

/// How long a change may take that has no deadline: a lock may be waited for.
const CHANGE_TIME_MAX: Duration = Duration::from_secs(10);

/// How long to wait before a transaction that met another one is begun again.
const PAUSE: Duration = Duration::from_millis(5);

/// How long to wait after the deadline for a commit that was sent before it: doubt costs more.
const COMMIT_GRACE: Duration = Duration::from_secs(2);

/// Begins a transaction all of whose statements see one moment.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// PostgreSQL.
#[derive(Debug)]
pub enum Postgres {}

/// Connections to a PostgreSQL database.
#[derive(Debug)]
pub struct Pools {
    pub(crate) writers: PgPool,
    pub(crate) readers: PgPool,
}

impl Pools {
    async fn reader(&self) -> Result<PoolConnection<sqlx::Postgres>, StoreError> {
        self.readers.acquire().await.map_err(of_statement)
    }

    /// A transaction to write by several statements, to be done within that time.
    async fn begin(&self, time: Duration) -> Result<Transaction<'static, sqlx::Postgres>, StoreError> {
        self.writers.begin_with(begin(time)).await.map_err(of_statement)
    }

    /// One transaction. Dropped before the commit is sent, at the deadline or by the caller, it is rolled back.
    async fn attempt(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        let prepared = timeout_at(deadline.into(), self.prepare(job, deadline)).await;
        let (transaction, outcomes) = prepared.unwrap_or_else(|_| Err(late()))?;
        let lost = |_| StoreError::in_doubt("the commit was not answered in time");
        let answer = timeout_at((deadline + COMMIT_GRACE).into(), transaction.commit()).await;
        answer.map_err(lost)?.map_err(of_commit)?;
        Ok(outcomes)
    }

    /// All but the commit.
    async fn prepare(
        &self,
        job: &dyn Job,
        deadline: Instant,
    ) -> Result<(Transaction<'static, sqlx::Postgres>, Vec<Outcome>), StoreError> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late());
        }
        let mut transaction = self.begin(left).await?;
        let outcomes = carry_out(&mut transaction, job).await?;
        Ok((transaction, outcomes))
    }
}

fn late() -> StoreError {
    StoreError::unavailable("the deadline passed before the commit could be sent")
}

/// When the time is up, the server gives up too, whoever is gone by then: a statement that still waits for a lock,
/// and a little later a session that holds one while nobody asks anything of it. Whoever is still there has undone
/// the transaction by then, and keeps the session.
/// Each statement sees what is committed when it begins, so those after the one that locked the heads see all that
/// was done under an earlier lock.
fn begin(time: Duration) -> SqlStr {
    let millis = |time: Duration| time.as_millis().clamp(1, i32::MAX.unsigned_abs().into());
    AssertSqlSafe(format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = {}; \
         SET LOCAL idle_in_transaction_session_timeout = {}",
        millis(time),
        millis(time.saturating_add(IDLE_GRACE))
    ))
    .into_sql_str()
}

impl Dialect for Postgres {
    const INDEX: usize = 1;

    /// So that the server has work while a batch is thought about. With more, the batches get small, and cost more for each
    /// posting.
    const LANES: NonZeroUsize = NonZeroUsize::new(2).unwrap();

    /// A second one would wait for the lock of the first.
    const DEPTH: NonZeroUsize = NonZeroUsize::MIN;

    const WRITES_TOGETHER: bool = true;

    const STREAMS: bool = false;

    const IS_LOCAL: bool = false;

    type Database = Pools;

    type Connection = PgConnection;

    fn parameter(number: usize) -> String {
        format!("${number}")
    }

    /// Rows are locked; every join is left in its order (see how a session is set up).
    fn has(words: &str) -> bool {
        words.starts_with("FOR ")
    }

    fn given(columns: &[Column], number: usize) -> Option<String> {
        Some(Self::given_whole(columns, number))
    }

    fn given_whole(columns: &[Column], number: usize) -> String {
        let parameter = |(at, column): (usize, &Column)| match column.ty {
            ColumnType::Id => format!("${}::uuid[]", number + at),
            ColumnType::Integer => format!("${}::bigint[]", number + at),
            ColumnType::Flag => format!("${}::boolean[]", number + at),
            ColumnType::Text => format!("${}::text[]", number + at),
            ColumnType::Date => format!("${}::date[]", number + at),
            ColumnType::Hash => format!("${}::bytea[]", number + at),
        };
        let parameters: Vec<_> = columns.iter().enumerate().map(parameter).collect();
        let names: Vec<_> = columns.iter().map(|column| column.name).collect();
        format!("unnest({}) AS given ({})", parameters.join(", "), names.join(", "))
    }

    async fn fetch(
        connection: &mut PgConnection,
        call: Call<'_>,
        each: &mut EachRow<'_>,
    ) -> Result<(), StoreError> {
        let query = sqlx::query_with(text(call.sql), arguments(&call)?);
        for row in query.fetch_all(connection).await.map_err(of_statement)? {
            // They are all there already.
            _ = each(&row)?;
        }
        Ok(())
    }

    async fn execute(connection: &mut PgConnection, call: Call<'_>) -> Result<u64, StoreError> {
        let query = sqlx::query_with(text(call.sql), arguments(&call)?);
        Ok(query.execute(connection).await.map_err(of_statement)?.rows_affected())
    }

    async fn read<T: Send + 'static>(
        pools: &Pools,
        snapshot: bool,
        work: Work<Self, T>,
    ) -> Result<T, StoreError> {
        if snapshot {
            let mut transaction = pools.readers.begin_with(SNAPSHOT).await.map_err(of_statement)?;
            work(&mut transaction).await
        } else {
            work(&mut *pools.reader().await?).await
        }
    }

    /// The server tells of nothing else than what is on the disk.
    async fn glance<T: Send + 'static>(
        pools: &Pools,
        _: Extent,
        work: Work<Self, T>,
    ) -> Result<T, StoreError> {
        Self::read(pools, false, work).await
    }

    async fn change<T: Send + 'static>(pools: &Pools, work: Work<Self, T>) -> Result<T, StoreError> {
        let mut transaction = pools.begin(CHANGE_TIME_MAX).await?;
        let done = work(&mut transaction).await?;
        transaction.commit().await.map_err(of_commit)?;
        Ok(done)
    }

    async fn transact(pools: &Pools, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        loop {
            match pools.attempt(job, deadline).await {
                // The next attempt is where the deadline ends this.
                Err(failure) if is_conflict(&failure) => sleep(PAUSE).await,
                answer => return answer,
            }
        }
    }

    async fn close(pools: &Pools) {
        pools.readers.close().await;
        pools.writers.close().await;
    }
}

/// Loads what the job asks for, and writes what it decides, in a transaction.
async fn carry_out(connection: &mut PgConnection, job: &dyn Job) -> Result<Vec<Outcome>, StoreError> {
    let mut rows = load::first::<Postgres>(connection, job.shops(), &job.keys()).await?;
    loop {
        match job.decide(&rows) {
            Step::Load(keys) => load::load::<Postgres>(connection, &keys, &mut rows).await?,
            Step::Write(writes) => {
                write::apply::<Postgres>(connection, &writes).await?;
                return Ok(writes.outcomes);
            }
        }
    }
}

fn text(sql: &Arc<str>) -> SqlStr {
    AssertSqlSafe(sql.clone()).into_sql_str()
}

fn arguments(call: &Call<'_>) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    let bound = call.parameters.iter().try_for_each(|value| bind(&mut arguments, *value));
    let bound = bound.and_then(|()| call.given.iter().try_for_each(|set| bind_set(&mut arguments, set)));
    bound.map_err(StoreError::backend)?;
    Ok(arguments)
}

fn bind(arguments: &mut PgArguments, value: Value<'_>) -> Result<(), ValueError> {
    match value {
        Value::Null => Err("no single value".into()),
        Value::Id(id) => arguments.add(id),
        Value::Integer(_) | Value::Money(_) | Value::Time(_) => arguments.add(integer(value)),
        Value::Flag(flag) => arguments.add(flag),
        Value::Text(_) | Value::Texts(_) => arguments.add(text_of(value)),
        Value::Date(date) => arguments.add(date.naive()),
        Value::Hash(hash) => arguments.add(hash.as_slice()),
    }
}

fn bind_set(arguments: &mut PgArguments, set: &Given<'_>) -> Result<(), ValueError> {
    /// The values of a column, which are all of one type.
    macro_rules! array {
        ($values:expr, $pattern:pat => $value:expr) => {
            $values.map(|value| if let $pattern = *value { Some($value) } else { None }).collect::<Vec<_>>()
        };
    }
    for (at, column) in set.columns.iter().enumerate() {
        let values = set.values.iter().skip(at).step_by(set.columns.len());
        match column.ty {
            ColumnType::Id => arguments.add(array!(values, Value::Id(id) => id)),
            ColumnType::Integer => arguments.add(values.copied().map(integer).collect::<Vec<_>>()),
            ColumnType::Flag => arguments.add(array!(values, Value::Flag(flag) => flag)),
            ColumnType::Text => arguments.add(values.copied().map(text_of).collect::<Vec<_>>()),
            ColumnType::Date => arguments.add(array!(values, Value::Date(date) => date.naive())),
            ColumnType::Hash => arguments.add(array!(values, Value::Hash(hash) => hash.as_slice())),
        }?;
    }
    Ok(())
}

impl DatabaseRow for PgRow {
    fn position(&self, column: &str) -> Option<usize> {
        self.columns().iter().position(|candidate| candidate.name() == column)
    }

    fn value(&self, position: usize, ty: Type) -> Result<Value<'_>, ValueError> {
        let integer = || self.try_get::<Option<i64>, _>(position);
        let value = match ty {
            Type::Id => self.try_get::<Option<_>, _>(position)?.map(Value::Id),
            Type::Integer => integer()?.map(u64::try_from).transpose()?.map(Value::Integer),
            Type::Money(_) => integer()?.map(|minor| Value::Money(Money::from_minor(minor))),
            Type::Time => match integer()? {
                Some(millis) => {
                    Some(Value::Time(Timestamp::from_millis(millis).ok_or("a time out of range")?))
                }
                None => None,
            },
            Type::Flag => self.try_get::<Option<_>, _>(position)?.map(Value::Flag),
            Type::Text(_) | Type::Choice(_) | Type::Texts => {
                self.try_get::<Option<_>, _>(position)?.map(Value::Text)
            }
            Type::Date => {
                let date = self.try_get::<Option<NaiveDate>, _>(position)?;
                date.map(Date::from_naive).transpose()?.map(Value::Date)
            }
            Type::Hash => {
                let bytes = self.try_get::<Option<&[u8]>, _>(position)?;
                bytes.map(TryInto::try_into).transpose()?.map(Value::Hash)
            }
            Type::Record(_) | Type::List(..) | Type::Flatten(_) => {
                return Err("no single value".into());
            }
        };
        Ok(value.unwrap_or(Value::Null))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_outlives_the_time_in_which_its_transaction_is_undone() {
        let begin = begin(Duration::from_secs(10));
        assert!(begin.as_str().contains("statement_timeout = 10000;"), "{}", begin.as_str());
        assert!(
            begin.as_str().ends_with("idle_in_transaction_session_timeout = 12000"),
            "{}",
            begin.as_str()
        );
    }
}
