//! Statements: a text for each dialect, and what of core's goes into them.

use std::borrow::Borrow;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use khata_core::record::{FieldType, Value};
use khata_core::store::StoreError;

use crate::dialect::{Call, DIALECTS, DatabaseRow, Dialect, Given};
use crate::row::{Positions, Reader, Row};
use crate::set::{Columns, Set};

/// The columns that a row is found by, which never change.
const KEYS: [&str; 3] = ["owner_id", "id", "key"];

/// A statement that takes a set of `S` and yields rows of `R`. Parameters are `$1`, `$2` and so on, those of the set
/// the last. Where a database is asked for all rows of the set at once, they are the table `given`; else the statement is
/// carried out for each of them, and `given.x` is a parameter. Of its text, what depends on the dialect or on the columns is
/// in braces:
///
/// - `{given JOIN}` before a table: it is joined to the set; if it is the only one, with `{ON}` after it,
/// - `{FROM given WHERE}`, `{USING given WHERE}`: the set in a statement that has no other table there,
/// - `{rows}`: the rows of the set, as those to insert,
/// - `{given}`: the set as a table in either case, where it can't be taken row by row,
/// - `{columns}`: the set's columns; `{given.*}`: the same, each with `given.` before it,
/// - `{set given}`: the assignments of all of them but the keys, each from the table of that name,
/// - `{c.*}`: the columns of the rows that are yielded, each with that letter before it; of rows that are joined,
///   the first letter stands for the first table, the next for what only the second one has,
/// - other words in capitals: what only one of the databases has, such as the locking of rows.
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
            let all =
                ["{columns}", "{rows}", "{given.*}", "{set "].iter().any(|part| self.template.contains(part));
            Columns::of::<S>(|name| {
                all || self.template.split("given.").skip(1).any(|after| word(after) == name)
            })
        })
    }

    /// Whether it takes all rows of its set at once in every dialect.
    pub(crate) fn is_whole(&self) -> bool {
        self.template.contains("{given}")
    }

    /// The text in a dialect.
    pub(crate) fn sql<D: Dialect>(&self) -> &Arc<str> {
        self.texts[D::INDEX].get_or_init(|| self.render::<D>(self.parameters() + 1).into())
    }

    /// The text, with parameters of the set from that number on.
    pub(crate) fn render<D: Dialect>(&self, number: usize) -> String {
        let columns = self.columns().as_slice();
        let given = D::given(columns, number);
        let mut yielded = Yielded::of::<R>();
        let mut text = String::new();
        let mut rest = self.template;
        while let Some((before, (within, after))) =
            rest.split_once('{').and_then(|(before, from)| Some((before, from.split_once('}')?)))
        {
            text.push_str(before);
            let names = || columns.iter().map(|column| column.name);
            match (within, &given) {
                ("given", _) => text.push_str(&D::given_whole(columns, number)),
                ("given JOIN", Some(given)) => text.push_str(&format!("{given} JOIN")),
                ("ON", Some(_)) => text.push_str("ON"),
                ("FROM given WHERE", Some(given)) => text.push_str(&format!("FROM {given} WHERE")),
                ("USING given WHERE", Some(given)) => text.push_str(&format!("USING {given} WHERE")),
                ("rows", Some(given)) => {
                    text.push_str(&format!("SELECT {} FROM {given} WHERE true", join(names(), given_column)));
                }
                // A join of several tables needs something to be joined to.
                ("given JOIN", None) if !self.template.contains("{ON}") => text.push_str("(SELECT 1) JOIN"),
                ("given JOIN", None) => {}
                ("ON" | "FROM given WHERE" | "USING given WHERE", None) => text.push_str("WHERE"),
                ("rows", None) => text.push_str(&format!("VALUES ({})", join(names(), given_column))),
                ("columns", _) => text.push_str(&join(names(), str::to_owned)),
                ("given.*", _) => text.push_str(&join(names(), given_column)),
                (words, _) if words.starts_with(char::is_uppercase) => {
                    text.push_str(if D::has(words) { words } else { "" });
                }
                (other, _) => match other.strip_prefix("set ") {
                    Some(from) => {
                        let changing = names().filter(|name| !KEYS.contains(name));
                        text.push_str(&join(changing, |name| format!("{name} = {from}.{name}")));
                    }
                    None => text.push_str(&yielded.columns(other.trim_end_matches(".*"))),
                },
            }
            rest = after;
        }
        text += rest;
        if given.is_none() && !self.is_whole() {
            text = by_row::<D>(&text, &self.columns, number);
        }
        parameters::<D>(&text)
    }

    /// How many parameters there are beside the set's.
    fn parameters(&self) -> usize {
        let numbers = self.template.split('$').skip(1).filter_map(|after| digits(after).parse().ok());
        numbers.max().unwrap_or(0)
    }
}

/// The text with parameters in place of the columns of `given`.
fn by_row<D: Dialect>(text: &str, columns: &OnceLock<Columns>, number: usize) -> String {
    let names = || columns.get().into_iter().flat_map(Columns::as_slice).map(|column| column.name);
    let mut parts = text.split("given.");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = word(part);
        let at =
            names().position(|column| column == name).expect("each column of the set that it uses is one");
        text += &D::parameter(number + at);
        text += &part[name.len()..];
    }
    text
}

/// The text with parameters as the dialect writes them.
fn parameters<D: Dialect>(text: &str) -> String {
    let mut parts = text.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number = digits(part);
        text += &number.parse().map_or_else(|_| "$".to_owned(), D::parameter);
        text += &part[number.len()..];
    }
    text
}

fn given_column(name: &str) -> String {
    format!("given.{name}")
}

/// The name that a text begins with.
fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_lowercase() && c != '_').next().unwrap_or_default()
}

/// The number that a text begins with.
fn digits(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default()
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
    pub(crate) fn query<'q>(&'q self) -> Query<'q, S, R> {
        Query { statement: self, parameters: Vec::new(), given: None }
    }

    /// The rows that these keys name. Asks for nothing if there is no key.
    pub(crate) async fn fetch<D: Dialect>(
        &self,
        connection: &mut D::Connection,
        keys: impl IntoIterator<Item: Borrow<S> + Send + Sync>,
    ) -> Result<Vec<R>, StoreError> {
        let keys: Vec<_> = keys.into_iter().collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.query().given(&keys).fetch::<D>(connection).await
    }
}

/// A statement with its parameters.
pub(crate) struct Query<'q, S = (), R = ()> {
    statement: &'q Statement<S, R>,
    parameters: Vec<Value<'q>>,
    given: Option<Vec<Value<'q>>>,
}

impl<'q, S: Set, R: Row> Query<'q, S, R> {
    /// With a further parameter.
    pub(crate) fn bind(mut self, value: &'q impl FieldType) -> Self {
        self.parameters.push(value.value());
        self
    }

    /// With a further parameter, a text.
    pub(crate) fn bind_text(mut self, text: &'q str) -> Self {
        self.parameters.push(Value::Text(text));
        self
    }

    /// With the set.
    pub(crate) fn given(mut self, rows: &'q [impl Borrow<S>]) -> Self
    where
        S: 'q,
    {
        self.given = Some(self.statement.columns().values(rows.iter().map(Borrow::borrow)));
        self
    }

    pub(crate) async fn fetch<D: Dialect>(
        self,
        connection: &mut D::Connection,
    ) -> Result<Vec<R>, StoreError> {
        self.fetch_until::<D>(connection, |_| false).await
    }

    /// The rows up to the first that is enough, or more.
    pub(crate) async fn fetch_until<D: Dialect>(
        self,
        connection: &mut D::Connection,
        mut is_enough: impl FnMut(&R) -> bool + Send,
    ) -> Result<Vec<R>, StoreError> {
        let (mut rows, mut positions) = (Vec::new(), Positions::default());
        let mut each = |row: &dyn DatabaseRow| {
            let row = R::read(&mut Reader::new(row, &mut positions))?;
            let enough = is_enough(&row);
            rows.push(row);
            Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        };
        let given = self.set();
        D::fetch(connection, self.call::<D>(given.as_slice()), &mut each).await?;
        Ok(rows)
    }

    /// The row that is named, if it is there.
    pub(crate) async fn fetch_optional<D: Dialect>(
        self,
        connection: &mut D::Connection,
    ) -> Result<Option<R>, StoreError> {
        Ok(self.fetch::<D>(connection).await?.pop())
    }

    /// The one row that there always is.
    pub(crate) async fn fetch_one<D: Dialect>(self, connection: &mut D::Connection) -> Result<R, StoreError> {
        self.fetch_optional::<D>(connection).await?.ok_or_else(|| StoreError::backend("a sum without a row"))
    }

    /// Tells how many rows were written.
    pub(crate) async fn execute<D: Dialect>(self, connection: &mut D::Connection) -> Result<u64, StoreError> {
        let given = self.set();
        D::execute(connection, self.call::<D>(given.as_slice())).await
    }

    fn set(&self) -> Option<Given<'_>> {
        let (columns, whole) = (self.statement.columns().as_slice(), self.statement.is_whole());
        self.given.as_ref().map(|values| Given { columns, values, whole })
    }

    fn call<'c, D: Dialect>(&'c self, given: &'c [Given<'c>]) -> Call<'c> {
        Call { sql: self.statement.sql::<D>(), parameters: &self.parameters, given }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use crate::dialect::Sqlite;
    use crate::queries;

    #[test]
    fn only_the_columns_that_a_statement_uses_are_given() {
        let columns = queries::UPDATE_ITEMS.columns().as_slice().iter().map(|column| column.name);
        let changing =
            ["open", "credited", "free_from", "voided_on", "bounced", "pending_until", "updated_at"];
        assert_eq!(columns.collect::<Vec<_>>(), [&["owner_id", "id"], &changing[..]].concat());
    }

    #[test]
    fn the_keys_of_a_row_are_not_set_but_sought() {
        let sql = queries::UPDATE_BALANCES.sql::<Sqlite>();
        let set = "SET balance = ?3, invoiced = ?4, received = ?5, opening = ?6, debited = ?7, credited = ?8, \
            refunded = ?9, written_off = ?10, post_dated = ?11, bounced_cheques = ?12, last_seq = ?13, revision = ?14 WHERE";
        assert!(sql.contains(set), "{sql}");
        assert!(sql.ends_with("customers.owner_id = ?1 AND customers.id = ?2"), "{sql}");
    }

    #[test]
    fn a_column_that_two_joined_tables_have_is_read_once() {
        let sql = queries::DOCUMENT.sql::<Sqlite>();
        let columns = "SELECT d.owner_id, d.id, d.customer_id, d.kind, d.year, d.number, d.date, d.seq, d.recorded_at, \
            d.body, i.side, i.amount, i.open, i.invoice_id, i.credited, i.due, i.free_from, i.voided_on, \
            i.bounced, i.pending_until, i.updated_at";
        assert!(sql.contains(columns), "{}", sql);
    }
}
