//! Statements: a text for each dialect, and what of core's goes into them.

use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use khata_core::store::StoreError;
use sqlx::error::BoxDynError;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::dialect::{DIALECTS, Dialect, Row};
use crate::error;
use crate::set::{Cells, Columns, Scalar};

/// A statement that takes a set of `S` and yields rows of `R`. Parameters are `$1`, `$2` and so on, those of the set
/// the last. Of its text, what depends on the dialect or on the columns is in braces:
///
/// - `{given}`: the set as a table of that name,
/// - `{columns}`: the set's columns; `{given.*}`: the same, each with `given.` before it,
/// - `{c.*}`: the columns of the rows that are yielded, each with that letter before it,
/// - words in capitals: what only one of the databases has, such as the locking of rows.
#[derive(Debug)]
pub(crate) struct Statement<S = (), R = ()> {
    template: &'static str,
    texts: [OnceLock<Arc<str>>; DIALECTS],
    types: PhantomData<fn() -> (S, R)>,
}

impl<S: Cells, R: Columns> Statement<S, R> {
    pub(crate) const fn new(template: &'static str) -> Self {
        Self { template, texts: [const { OnceLock::new() }; DIALECTS], types: PhantomData }
    }

    /// The text in a dialect.
    pub(crate) fn sql<D: Dialect>(&self) -> SqlStr {
        let text = self.texts[D::INDEX].get_or_init(|| self.render::<D>(self.parameters() + 1).into());
        AssertSqlSafe(text.clone()).into_sql_str()
    }

    /// The text, with parameters of the set from that number on.
    pub(crate) fn render<D: Dialect>(&self, number: usize) -> String {
        let mut text = String::new();
        let mut rest = self.template;
        while let Some((before, (within, after))) =
            rest.split_once('{').and_then(|(before, from)| Some((before, from.split_once('}')?)))
        {
            text.push_str(before);
            match within {
                "given" => text.push_str(&D::given(&S::columns(""), number)),
                "columns" => text.push_str(&names::<S>("")),
                "given.*" => text.push_str(&names::<S>("given.")),
                words if words.starts_with(char::is_uppercase) => {
                    text.push_str(if D::has(words) { words } else { "" });
                }
                table => text.push_str(&names::<R>(table.trim_end_matches('*'))),
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

/// The columns of a row, each with that before it.
fn names<R: Columns>(prefix: &str) -> String {
    let names: Vec<_> = R::columns("").iter().map(|column| format!("{prefix}{}", column.name)).collect();
    names.join(", ")
}

impl<S: Cells, R: Columns> Statement<S, R> {
    /// The statement, to be given its parameters.
    pub(crate) fn query<D: Dialect>(&self) -> Query<D, S, R> {
        Query { sql: self.sql::<D>(), arguments: Ok(D::Arguments::default()), types: PhantomData }
    }

    /// The rows that these keys name. Asks for nothing if there is no key.
    pub(crate) async fn fetch<D: Dialect>(
        &self,
        connection: &mut D::Connection,
        keys: impl IntoIterator<Item = S>,
    ) -> Result<Vec<R>, StoreError>
    where
        R: Row,
    {
        let keys: Vec<S> = keys.into_iter().collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.query::<D>().given(&keys).fetch(connection).await
    }
}

/// A statement with its parameters.
pub(crate) struct Query<D: Dialect, S = (), R = ()> {
    sql: SqlStr,
    arguments: Result<D::Arguments, BoxDynError>,
    types: PhantomData<fn() -> (S, R)>,
}

impl<D: Dialect, S: Cells, R> Query<D, S, R> {
    /// With a further parameter.
    pub(crate) fn bind(self, value: impl Scalar) -> Self {
        self.add(|arguments| D::bind(arguments, value.cell()))
    }

    /// With the set.
    pub(crate) fn given(self, rows: &[S]) -> Self {
        let mut cells = Vec::new();
        rows.iter().for_each(|row| row.cells(&mut cells));
        self.add(|arguments| D::bind_given(arguments, &S::columns(""), &cells))
    }

    fn add(self, bind: impl FnOnce(&mut D::Arguments) -> Result<(), BoxDynError>) -> Self {
        let arguments = self.arguments.and_then(|mut arguments| {
            bind(&mut arguments)?;
            Ok(arguments)
        });
        Self { arguments, ..self }
    }

    pub(crate) async fn fetch(self, connection: &mut D::Connection) -> Result<Vec<R>, StoreError>
    where
        R: Row,
    {
        let arguments = self.arguments.map_err(StoreError::backend)?;
        D::fetch(connection, self.sql, arguments).await.map_err(error::of_statement)
    }

    /// The row that is named, if it is there.
    pub(crate) async fn fetch_optional(self, connection: &mut D::Connection) -> Result<Option<R>, StoreError>
    where
        R: Row,
    {
        Ok(self.fetch(connection).await?.pop())
    }

    /// The one row that there always is.
    pub(crate) async fn fetch_one(self, connection: &mut D::Connection) -> Result<R, StoreError>
    where
        R: Row,
    {
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
        Ok(D::execute(connection, self.sql, arguments).await)
    }
}
