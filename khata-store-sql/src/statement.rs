//! Statements: a text for each dialect, and what of core's goes into them.

use std::borrow::Borrow;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use khata_core::record::{FieldType, Value};
use khata_core::store::StoreError;
use sqlx::error::BoxDynError;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::dialect::{DIALECTS, Dialect};
use crate::error;
use crate::row::Row;
use crate::set::{Columns, Set};

/// The columns that a row is found by, which never change.
const KEYS: [&str; 3] = ["owner_id", "id", "key"];

/// A statement that takes a set of `S` and yields rows of `R`. Parameters are `$1`, `$2` and so on, those of the set
/// the last. Of its text, what depends on the dialect or on the columns is in braces:
///
/// - `{given}`: the set as a table of that name, with those of its columns that the statement uses,
/// - `{columns}`: the set's columns; `{given.*}`: the same, each with `given.` before it,
/// - `{set given}`: the assignments of all of them but the keys, each from the table of that name,
/// - `{c.*}`: the columns of the rows that are yielded, each with that letter before it; of rows that are joined,
///   the first letter stands for the first table, the next for what only the second one has,
/// - words in capitals: what only one of the databases has, such as the locking of rows.
#[derive(Debug)]
pub(crate) struct Statement<S = (), R = ()> {
    template: &'static str,
    columns: OnceLock<Columns>,
    texts: [OnceLock<Arc<str>>; DIALECTS],
    types: PhantomData<fn() -> (S, R)>,
}

impl<S: Set, R: Row> Statement<S, R> {
    pub(crate) const fn new(template: &'static str) -> Self {
        let texts = [const { OnceLock::new() }; DIALECTS];
        Self { template, columns: OnceLock::new(), texts, types: PhantomData }
    }

    /// The columns of the set that it uses.
    pub(crate) fn columns(&self) -> &Columns {
        self.columns.get_or_init(|| {
            let all = ["{columns}", "{given.*}", "{set "].iter().any(|part| self.template.contains(part));
            let named = |name: &str| {
                let mut names = self.template.split("given.").skip(1);
                names.any(|after| {
                    after.split(|c: char| !c.is_ascii_lowercase() && c != '_').next() == Some(name)
                })
            };
            Columns::of::<S>(|name| all || named(name))
        })
    }

    /// The text in a dialect.
    pub(crate) fn sql<D: Dialect>(&self) -> SqlStr {
        let text = self.texts[D::INDEX].get_or_init(|| self.render::<D>(self.parameters() + 1).into());
        AssertSqlSafe(text.clone()).into_sql_str()
    }

    /// The text, with parameters of the set from that number on.
    pub(crate) fn render<D: Dialect>(&self, number: usize) -> String {
        let given = self.columns().as_slice();
        let mut yielded = Yielded::of::<R>();
        let mut text = String::new();
        let mut rest = self.template;
        while let Some((before, (within, after))) =
            rest.split_once('{').and_then(|(before, from)| Some((before, from.split_once('}')?)))
        {
            text.push_str(before);
            let names = || given.iter().map(|column| column.name);
            match within {
                "given" => text.push_str(&D::given(given, number)),
                "columns" => text.push_str(&join(names(), str::to_owned)),
                "given.*" => text.push_str(&join(names(), |name| format!("given.{name}"))),
                words if words.starts_with(char::is_uppercase) => {
                    text.push_str(if D::has(words) { words } else { "" });
                }
                other => match other.strip_prefix("set ") {
                    Some(from) => {
                        let changing = names().filter(|name| !KEYS.contains(name));
                        text.push_str(&join(changing, |name| format!("{name} = {from}.{name}")));
                    }
                    None => text.push_str(&yielded.columns(other.trim_end_matches(".*"))),
                },
            }
            rest = after;
        }
        text + rest
    }

    /// How many parameters there are beside the set's.
    fn parameters(&self) -> usize {
        let numbers = self.template.split('$').skip(1).filter_map(|after| {
            let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            after[..digits].parse().ok()
        });
        numbers.max().unwrap_or(0)
    }
}

/// The columns of the rows that a statement yields.
struct Yielded {
    /// Those of each table that none before it has.
    tables: Vec<Vec<&'static str>>,
    /// The letters of the tables, as far as they were named.
    letters: Vec<&'static str>,
}

impl Yielded {
    fn of<R: Row>() -> Self {
        let mut tables = R::columns();
        for at in 1..tables.len() {
            let (before, from) = tables.split_at_mut(at);
            from[0].retain(|name| !before.iter().any(|table| table.contains(name)));
        }
        Self { tables, letters: Vec::new() }
    }

    /// Those of a table, each with its letter before it.
    fn columns(&mut self, letter: &'static str) -> String {
        let known = self.letters.iter().position(|known| *known == letter);
        let at = known.unwrap_or_else(|| {
            self.letters.push(letter);
            self.letters.len() - 1
        });
        join(self.tables[at].iter().copied(), |name| format!("{letter}.{name}"))
    }
}

fn join<'n>(names: impl Iterator<Item = &'n str>, each: impl Fn(&'n str) -> String) -> String {
    names.map(each).collect::<Vec<_>>().join(", ")
}

impl<S: Set, R: Row> Statement<S, R> {
    /// The statement, to be given its parameters.
    pub(crate) fn query<D: Dialect>(&self) -> Query<'_, D, S, R> {
        Query { statement: self, arguments: Ok(D::Arguments::default()) }
    }

    /// The rows that these keys name. Asks for nothing if there is no key.
    pub(crate) fn fetch<D: Dialect>(
        &self,
        connection: &mut D::Connection,
        keys: impl IntoIterator<Item: Borrow<S>>,
    ) -> impl Future<Output = Result<Vec<R>, StoreError>> + Send {
        let keys: Vec<_> = keys.into_iter().collect();
        let query = (!keys.is_empty()).then(|| self.query::<D>().given(&keys));
        async move {
            match query {
                Some(query) => query.fetch(connection).await,
                None => Ok(Vec::new()),
            }
        }
    }
}

/// A statement with its parameters.
pub(crate) struct Query<'s, D: Dialect, S = (), R = ()> {
    statement: &'s Statement<S, R>,
    arguments: Result<D::Arguments, BoxDynError>,
}

impl<D: Dialect, S: Set, R: Row> Query<'_, D, S, R> {
    /// With a further parameter.
    pub(crate) fn bind(self, value: &impl FieldType) -> Self {
        self.add(|_, arguments| D::bind(arguments, value.value()))
    }

    /// With a further parameter, a text.
    pub(crate) fn bind_text(self, text: &str) -> Self {
        self.add(|_, arguments| D::bind(arguments, Value::Text(text)))
    }

    /// With the set.
    pub(crate) fn given(self, rows: &[impl Borrow<S>]) -> Self {
        self.add(|statement, arguments| {
            let columns = statement.columns();
            D::bind_given(arguments, columns.as_slice(), &columns.values(rows.iter().map(Borrow::borrow)))
        })
    }

    fn add(self, bind: impl FnOnce(&Statement<S, R>, &mut D::Arguments) -> Result<(), BoxDynError>) -> Self {
        let arguments = self.arguments.and_then(|mut arguments| {
            bind(self.statement, &mut arguments)?;
            Ok(arguments)
        });
        Self { arguments, ..self }
    }

    pub(crate) async fn fetch(self, connection: &mut D::Connection) -> Result<Vec<R>, StoreError> {
        let arguments = self.arguments.map_err(StoreError::backend)?;
        let rows = D::fetch(connection, self.statement.sql::<D>(), arguments).await;
        let rows = rows.map_err(error::of_statement)?;
        // Only when all are there: SQLite's rows are allocated by the thread of the connection, and to drop one would
        // hinder that in making the next.
        Ok(rows.iter().map(R::read::<D>).collect::<Result<_, _>>()?)
    }

    /// The row that is named, if it is there.
    pub(crate) async fn fetch_optional(
        self,
        connection: &mut D::Connection,
    ) -> Result<Option<R>, StoreError> {
        Ok(self.fetch(connection).await?.pop())
    }

    /// The one row that there always is.
    pub(crate) async fn fetch_one(self, connection: &mut D::Connection) -> Result<R, StoreError> {
        self.fetch_optional(connection).await?.ok_or_else(|| StoreError::backend("a sum without a row"))
    }

    /// Tells how many rows were written.
    pub(crate) async fn execute(self, connection: &mut D::Connection) -> Result<u64, StoreError> {
        self.run(connection).await?.map_err(error::of_statement)
    }

    /// The same, of a statement that is a transaction of its own.
    pub(crate) async fn execute_alone(self, connection: &mut D::Connection) -> Result<u64, StoreError> {
        self.run(connection).await?.map_err(error::of_commit)
    }

    async fn run(self, connection: &mut D::Connection) -> Result<Result<u64, sqlx::Error>, StoreError> {
        let arguments = self.arguments.map_err(StoreError::backend)?;
        Ok(D::execute(connection, self.statement.sql::<D>(), arguments).await)
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use sqlx::Sqlite;

    use crate::queries;

    #[test]
    fn only_the_columns_that_a_statement_uses_are_given() {
        let columns = queries::UPDATE_ITEMS.columns().as_slice().iter().map(|column| column.name);
        let changing = ["open", "credited", "free_from", "void", "updated_at"];
        assert_eq!(columns.collect::<Vec<_>>(), [&["owner_id", "id"], &changing[..]].concat());
    }

    #[test]
    fn the_keys_of_a_row_are_not_set() {
        let sql = queries::UPDATE_BALANCES.sql::<Sqlite>();
        assert!(sql.as_str().contains(
            "SET balance = given.balance, invoiced = given.invoiced, received = given.received, \
             last_seq = given.last_seq, revision = given.revision FROM"
        ));
    }

    #[test]
    fn a_column_that_two_joined_tables_have_is_read_once() {
        let sql = queries::DOCUMENT.sql::<Sqlite>();
        let columns = "SELECT d.owner_id, d.id, d.customer_id, d.kind, d.year, d.number, d.date, d.seq, d.recorded_at, \
            d.body, i.side, i.amount, i.open, i.invoice_id, i.credited, i.due, i.free_from, i.void, i.updated_at";
        assert!(sql.as_str().contains(columns), "{}", sql.as_str());
    }
}
