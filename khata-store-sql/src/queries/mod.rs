//! Every statement, in one place.
//!
//! # The budget
//! A transaction of [`transact`](khata_core::store::BookRepository::transact) costs `BEGIN`, the heads, one statement
//! for each kind of key that is asked for (entries: four, and one if none is found), one for each kind of row that is
//! written (customers put: three; deleted: two; passwords: two; items: one for those that are new, and one for those that
//! change), and `COMMIT`. A kind without any costs nothing. To PostgreSQL, each goes once, however many keys or rows there are;
//! all that write are sent as one, but for deletions and profiles, which go before (see [`Batch`](crate::batch::Batch)). On
//! SQLite, where nothing is sent, most run once for each key or row. A test counts them for each.
//!
//! # Two dialects, one text
//! A text is the same for SQLite and PostgreSQL but for what it has in braces: see [`Statement`]. Whoever changes a
//! statement changes it for both.
//!
//! A limit is a parameter plus zero: where it is a plain one, SQLite prepares the statement anew each time, in case
//! another plan is better for the value, unless its connection is told to keep one plan, as those of the store are.

/// Statements, and a list of them for the tests.
macro_rules! statements {
    ($list:ident: $($(#[$doc:meta])* $name:ident: $type:ty = $template:expr;)+) => {
        $($(#[$doc])* pub(crate) static $name: $type = Statement::new($template);)+

        #[cfg(test)]
        pub(super) fn $list<D: crate::dialect::Dialect>() -> Vec<(&'static str, std::sync::Arc<str>)> {
            vec![$((stringify!($name), $name.sql::<D>().clone())),+]
        }
    };
}

mod customer;
mod document;
mod ledger;
mod owner;
mod report;

pub(crate) use customer::*;
pub(crate) use document::*;
pub(crate) use ledger::*;
pub(crate) use owner::*;
pub(crate) use report::*;

use crate::statement::Statement;

/// A sign of life.
pub(crate) static PING: Statement = Statement::new("SELECT 1");

/// Every statement by its name, but that.
#[cfg(test)]
fn all<D: crate::dialect::Dialect>() -> Vec<(&'static str, std::sync::Arc<str>)> {
    [of_customers::<D>(), of_documents::<D>(), of_ledgers::<D>(), of_owners::<D>(), of_reports::<D>()]
        .concat()
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use crate::SqliteStore;
    use crate::dialect::Sqlite;

    /// Those that are about all that a shop has of a kind, of which it has few.
    const WHOLE_SHOP: [&str; 4] =
        ["INSERT_OWNERS", "DELETE_EXPIRED_SESSIONS", "DELETE_SESSIONS", "DELETE_OTHER_SESSIONS"];

    /// Whether a step of a plan reads a whole table, or all that a shop has in it.
    fn reads_all(step: &str, plan: &[String]) -> bool {
        let made_on_the_way = |name: &str| {
            plan.iter()
                .any(|step| [format!("CO-ROUTINE {name}"), format!("MATERIALIZE {name}")].contains(step))
        };
        match step.strip_prefix("SCAN ") {
            None => step.ends_with("(owner_id=?)"),
            Some("CONSTANT ROW") => false,
            Some(scanned) if scanned.contains("VIRTUAL TABLE") => false,
            Some(scanned) => !made_on_the_way(scanned),
        }
    }

    async fn plan(store: &SqliteStore, sql: &str) -> Vec<String> {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let steps = store.read(move |connection| {
            Box::pin(async move {
                let mut statement = connection.prepare(&explain).unwrap();
                let mut steps = statement.raw_query();
                let mut plan = Vec::new();
                while let Some(step) = steps.next().unwrap() {
                    plan.push(step.get_unwrap(3));
                }
                Ok(plan)
            })
        });
        steps.await.unwrap()
    }

    #[tokio::test]
    async fn no_statement_reads_more_than_it_needs() {
        let store = SqliteStore::open("sqlite::memory:").await.unwrap();
        let reports = of_reports::<Sqlite>().len();
        let all = all::<Sqlite>();
        for (name, sql) in &all[..all.len() - reports] {
            let plan = plan(&store, sql).await;
            let whole_shop = WHOLE_SHOP.contains(name);
            assert!(whole_shop || !plan.iter().any(|step| reads_all(step, &plan)), "{name}\n{plan:#?}");
        }
    }

    #[tokio::test]
    async fn a_report_reads_all_customers_and_open_items_and_no_more() {
        let store = SqliteStore::open("sqlite::memory:").await.unwrap();
        for (name, sql) in of_reports::<Sqlite>() {
            let plan = plan(&store, sql.as_ref()).await;
            let gone_through =
                |step: &str| step.starts_with("SEARCH c ") || step.contains(" INDEX items_open ");
            let too_much = plan.iter().find(|step| reads_all(step, &plan) && !gone_through(step));
            assert_eq!(too_much, None, "{name}\n{plan:#?}");
        }
    }

    #[tokio::test]
    async fn the_sums_of_an_account_are_read_from_an_index_alone() {
        let store = SqliteStore::open("sqlite::memory:").await.unwrap();
        for sql in [ACCOUNT_SUMS.sql::<Sqlite>(), ACCOUNTS.sql::<Sqlite>()] {
            let plan = plan(&store, sql.as_ref()).await;
            let covered = |step: &&String| step.starts_with("SEARCH e USING COVERING INDEX ");
            assert_eq!(plan.iter().filter(covered).count(), 1, "{sql}\n{plan:#?}");
        }
    }
}

#[cfg(all(test, feature = "postgres", feature = "conformance"))]
mod tests_on_postgres {
    use khata_conformance::servers;
    use sqlx::{AssertSqlSafe, PgConnection};

    use super::*;
    use crate::PostgresStore;
    use crate::conformance::PostgresFixture;
    use crate::dialect::Postgres;

    /// Those that are about all that a shop has of a kind, of which it has few.
    const WHOLE_SHOP: [&str; 3] = ["DELETE_EXPIRED_SESSIONS", "DELETE_SESSIONS", "DELETE_OTHER_SESSIONS"];

    /// The plan that every connection of the store makes, whatever the parameters are.
    async fn plan(connection: &mut PgConnection, sql: &str) -> Vec<String> {
        let numbers = sql.split('$').skip(1).filter_map(|after| {
            let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            after[..digits].parse().ok()
        });
        let nulls = vec!["NULL"; numbers.max().unwrap_or(0)].join(", ");
        let prepare = format!("DEALLOCATE ALL; PREPARE statement AS {sql}");
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE statement ({nulls})");
        let lines: Vec<(String,)> =
            sqlx::query_as(AssertSqlSafe(explain)).persistent(false).fetch_all(connection).await.unwrap();
        lines.into_iter().map(|(line,)| line).collect()
    }

    /// What of a plan reads a whole table, or all that a shop has in it.
    fn reads_all(plan: &[String]) -> Option<&String> {
        let scans = plan.iter().enumerate().find(|(at, line)| {
            let by_index = line.contains("Index Scan") || line.contains("Index Only Scan");
            let named = plan.get(at + 1).is_some_and(|next| next.contains("Index Cond: "));
            line.contains("Seq Scan") || by_index && !named
        });
        let of_a_shop = |line: &&String| {
            line.contains("Index Cond: ") && line.contains("owner_id = ") && !line.contains(" AND ")
        };
        scans.map(|(_, line)| line).or_else(|| plan.iter().find(of_a_shop))
    }

    #[tokio::test]
    async fn no_statement_reads_more_than_it_needs_in_a_database_without_statistics() {
        if !servers::is_wanted("postgres") {
            return;
        }
        let fresh = PostgresFixture.fresh_url().await;
        let store = PostgresStore::open(fresh.as_str()).await.unwrap();
        let mut connection = store.database.readers.acquire().await.unwrap();
        let reports = of_reports::<Postgres>().len();
        let all = all::<Postgres>();
        let mut found = String::new();
        for (name, sql) in &all[..all.len() - reports] {
            let plan = plan(&mut connection, sql.as_ref()).await;
            if !WHOLE_SHOP.contains(name) && reads_all(&plan).is_some() {
                found += &format!("{name}\n{}\n", plan.join("\n"));
            }
        }
        assert_eq!(found, "");
        drop(connection);
        store.close().await;
        fresh.delete().await;
    }

    #[tokio::test]
    async fn no_statement_is_shared_out_however_large_the_server_takes_a_table_for() {
        if !servers::is_wanted("postgres") {
            return;
        }
        let fresh = PostgresFixture.fresh_url().await;
        let store = PostgresStore::open(fresh.as_str()).await.unwrap();
        let mut connection = store.database.readers.acquire().await.unwrap();
        let tempting = "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
            SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0";
        sqlx::raw_sql(tempting).execute(&mut *connection).await.unwrap();
        for (name, sql) in all::<Postgres>() {
            let plan = plan(&mut connection, sql.as_ref()).await;
            assert!(!plan.iter().any(|line| line.contains("Gather")), "{name}\n{plan:#?}");
        }
        drop(connection);
        store.close().await;
        fresh.delete().await;
    }
}
