//! Statements that write, sent together.

use std::borrow::Borrow;

use khata_core::store::StoreError;
use sqlx::error::BoxDynError;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::dialect::Dialect;
use crate::error::of_statement;
use crate::row::Row;
use crate::rows::Written;
use crate::set::Set;
use crate::statement::Statement;

/// Statements that write, none of them a row that another one writes or looks at. Where the database can, they are sent
/// as one: then they all see what was there before, and foreign keys hold when all are done.
pub(crate) struct Batch<D: Dialect> {
    parts: Vec<Part>,
    /// Of each part, or of all of them together.
    arguments: Vec<D::Arguments>,
    bound: Result<(), BoxDynError>,
    /// How many parameters there are together.
    parameters: usize,
}

struct Part {
    sql: SqlStr,
    /// How many rows it is to write, if that matters.
    rows: Option<u64>,
}

impl<D: Dialect> Batch<D> {
    pub(crate) fn new() -> Self {
        Self { parts: Vec::new(), arguments: Vec::new(), bound: Ok(()), parameters: 0 }
    }

    /// Adds or changes these rows. None of them may be about something that isn't there.
    pub(crate) fn put<S: Set>(&mut self, statement: &Statement<S>, rows: impl IntoIterator<Item: Borrow<S>>) {
        let rows: Vec<_> = rows.into_iter().collect();
        self.add(statement, &rows, Some(rows.len() as u64));
    }

    /// Deletes what these keys name, if it is there.
    pub(crate) fn delete<S: Set>(
        &mut self,
        statement: &Statement<S>,
        keys: impl IntoIterator<Item: Borrow<S>>,
    ) {
        let keys: Vec<_> = keys.into_iter().collect();
        self.add(statement, &keys, None);
    }

    /// Nothing is to be done where there is no row.
    fn add<S: Set>(&mut self, statement: &Statement<S>, rows: &[impl Borrow<S>], written: Option<u64>) {
        if rows.is_empty() {
            return;
        }
        if self.arguments.is_empty() || !D::WRITES_TOGETHER {
            self.arguments.push(D::Arguments::default());
            self.parameters = 0;
        }
        let columns = statement.columns();
        let values = columns.values(rows.iter().map(Borrow::borrow));
        let sql = match self.parameters {
            0 => statement.sql::<D>(),
            others => AssertSqlSafe(statement.render::<D>(others + 1)).into_sql_str(),
        };
        self.parts.push(Part { sql, rows: written });
        self.parameters += columns.as_slice().len();
        if let (Ok(()), Some(arguments)) = (&self.bound, self.arguments.last_mut()) {
            self.bound = D::bind_given(arguments, columns.as_slice(), &values);
        }
    }

    /// Carries them out.
    pub(crate) async fn run(self, connection: &mut D::Connection) -> Result<(), StoreError> {
        self.bound.map_err(StoreError::backend)?;
        if !D::WRITES_TOGETHER {
            for (part, arguments) in self.parts.into_iter().zip(self.arguments) {
                let written = D::execute(connection, part.sql, arguments).await.map_err(of_statement)?;
                check(part.rows, written)?;
            }
            return Ok(());
        }
        for arguments in self.arguments {
            let rows = D::fetch(connection, together(&self.parts), arguments).await;
            for row in rows.map_err(of_statement)? {
                let Written { part, rows } = Written::read::<D>(&row)?;
                let part = usize::try_from(part).ok().and_then(|part| self.parts.get(part));
                check(part.and_then(|part| part.rows), rows)?;
            }
        }
        Ok(())
    }
}

/// One statement of them all, which tells how many rows each has written.
fn together(parts: &[Part]) -> SqlStr {
    let writing: Vec<_> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| format!("part_{at} AS ({} RETURNING 1)", part.sql.as_str()))
        .collect();
    let counting: Vec<_> = (0..parts.len())
        .map(|at| format!("SELECT CAST({at} AS bigint) AS part, count(*) AS rows FROM part_{at}"))
        .collect();
    let sql = format!("WITH {} {}", writing.join(", "), counting.join(" UNION ALL "));
    AssertSqlSafe(sql).into_sql_str()
}

fn check(wanted: Option<u64>, written: u64) -> Result<(), StoreError> {
    match wanted {
        Some(wanted) if wanted != written => {
            Err(StoreError::corrupt("a row that is to be changed is not there"))
        }
        _ => Ok(()),
    }
}
