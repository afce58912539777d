//! Every statement, in one place.
//!
//! # The budget
//! A transaction of [`transact`](khata_core::store::BookRepository::transact) costs `BEGIN`, the heads, one statement
//! for each kind of key that is asked for (entries: four, and one if none is found), one for each kind of row that is
//! written (customers put: three; deleted: two; passwords: two), and `COMMIT`, however many keys or rows there are. A
//! kind without any costs nothing. A test counts them.
//!
//! # Two dialects, one text
//! A text is the same for SQLite and PostgreSQL but for what it has in braces: see [`Statement`]. Whoever changes a
//! statement changes it for both.
//!
//! A limit is a parameter plus zero: where it is a plain one, SQLite prepares the statement anew each time, in case
//! another plan is better for the value.

/// Statements, and a list of them for the tests.
macro_rules! statements {
    ($list:ident: $($(#[$doc:meta])* $name:ident: $type:ty = $template:expr;)+) => {
        $($(#[$doc])* pub(crate) static $name: $type = Statement::new($template);)+

        #[cfg(test)]
        pub(super) fn $list<D: crate::dialect::Dialect>() -> Vec<(&'static str, sqlx::SqlStr)> {
            vec![$((stringify!($name), $name.sql::<D>())),+]
        }
    };
}

mod customer;
mod document;
mod ledger;
mod owner;

pub(crate) use customer::*;
pub(crate) use document::*;
pub(crate) use ledger::*;
pub(crate) use owner::*;

use crate::statement::Statement;

/// A sign of life.
pub(crate) static PING: Statement = Statement::new("SELECT 1");

/// Every statement by its name, but that.
#[cfg(test)]
fn all<D: crate::dialect::Dialect>() -> Vec<(&'static str, sqlx::SqlStr)> {
    [of_customers::<D>(), of_documents::<D>(), of_ledgers::<D>(), of_owners::<D>()].concat()
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use sqlx::{AssertSqlSafe, Sqlite};

    use super::*;
    use crate::SqliteStore;

    /// Those that are about all that a shop has of a kind, of which it has few.
    const WHOLE_SHOP: [&str; 3] = ["DELETE_EXPIRED_SESSIONS", "DELETE_SESSIONS", "DELETE_OTHER_SESSIONS"];

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

    #[tokio::test]
    async fn no_statement_reads_more_than_it_needs() {
        let store = SqliteStore::open("sqlite::memory:").await.unwrap();
        for (name, sql) in all::<Sqlite>() {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", sql.as_str()));
            let steps: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(explain).fetch_all(&store.writer).await.unwrap();
            let plan: Vec<String> = steps.into_iter().map(|(.., step)| step).collect();
            let whole_shop = WHOLE_SHOP.contains(&name);
            assert!(whole_shop || !plan.iter().any(|step| reads_all(step, &plan)), "{name}\n{plan:#?}");
        }
    }
}
