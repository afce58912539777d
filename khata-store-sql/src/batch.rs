//! Statements that write, sent together.

use std::borrow::Borrow;
use std::ops::ControlFlow;
use std::sync::Arc;

use khata_core::record::Value;
use khata_core::store::StoreError;

use crate::dialect::{Call, DatabaseRow, Dialect, Given};
use crate::row::{Positions, Reader};
use crate::rows::Written;
use crate::set::{Column, Set};
use crate::statement::Statement;

/// Statements that write, none of them a row that another one writes or looks at. Where the database can, they are sent
/// as one: then they all see what was there before, and foreign keys hold when all are done.
pub(crate) struct Batch<'w, D: Dialect> {
    parts: Vec<Part<'w, D>>,
}

struct Part<'w, D: Dialect> {
    statement: &'w dyn Render<D>,
    columns: &'w [Column],
    values: Vec<Value<'w>>,
    /// How many rows it is to write, if that matters.
    rows: Option<u64>,
}

/// A statement of whatever rows.
trait Render<D>: Send + Sync {
    fn sql(&self) -> &Arc<str>;
    fn render(&self, number: usize) -> String;
}

impl<D: Dialect, S: Set> Render<D> for Statement<S> {
    fn sql(&self) -> &Arc<str> {
        self.sql::<D>()
    }

    fn render(&self, number: usize) -> String {
        self.render::<D>(number)
    }
}

impl<'w, D: Dialect> Batch<'w, D> {
    pub(crate) fn new() -> Self {
        Self { parts: Vec::new() }
    }

    /// Adds or changes these rows. None of them may be about something that isn't there.
    pub(crate) fn put<S: Set + 'w>(&mut self, statement: &'w Statement<S>, rows: &'w [impl Borrow<S>]) {
        self.add(statement, rows, Some(rows.len() as u64));
    }

    /// Deletes what these keys name, if it is there.
    pub(crate) fn delete<S: Set + 'w>(&mut self, statement: &'w Statement<S>, keys: &'w [impl Borrow<S>]) {
        self.add(statement, keys, None);
    }

    /// Nothing is to be done where there is no row.
    fn add<S: Set + 'w>(
        &mut self,
        statement: &'w Statement<S>,
        rows: &'w [impl Borrow<S>],
        written: Option<u64>,
    ) {
        if !rows.is_empty() {
            let columns = statement.columns();
            let values = columns.values(rows.iter().map(Borrow::borrow));
            self.parts.push(Part { statement, columns: columns.as_slice(), values, rows: written });
        }
    }

    /// Carries them out.
    pub(crate) async fn run(self, connection: &mut D::Connection) -> Result<(), StoreError> {
        if self.parts.is_empty() {
            return Ok(());
        }
        if D::WRITES_TOGETHER {
            return self.run_together(connection).await;
        }
        for part in self.parts {
            let given = [Given { columns: part.columns, values: &part.values, whole: false }];
            let call = Call { sql: part.statement.sql(), parameters: &[], given: &given };
            check(part.rows, D::execute(connection, call).await?)?;
        }
        Ok(())
    }

    /// One statement of them all, which tells how many rows each has written.
    async fn run_together(self, connection: &mut D::Connection) -> Result<(), StoreError> {
        let (mut writing, mut counting, mut sets) = (Vec::new(), Vec::new(), Vec::new());
        let mut number = 1;
        for (at, part) in self.parts.iter().enumerate() {
            writing.push(format!("part_{at} AS ({} RETURNING 1)", part.statement.render(number)));
            counting.push(format!("SELECT CAST({at} AS bigint) AS part, count(*) AS rows FROM part_{at}"));
            sets.push(Given { columns: part.columns, values: &part.values, whole: false });
            number += part.columns.len();
        }
        let sql = format!("WITH {} {}", writing.join(", "), counting.join(" UNION ALL ")).into();
        let mut written = Vec::new();
        let mut positions = Positions::default();
        let mut each = |row: &dyn DatabaseRow| {
            written.push(Reader::new(row, &mut positions).record::<Written>()?);
            Ok(ControlFlow::Continue(()))
        };
        D::fetch(connection, Call { sql: &sql, parameters: &[], given: &sets }, &mut each).await?;
        for Written { part, rows } in written {
            let part = usize::try_from(part).ok().and_then(|part| self.parts.get(part));
            check(part.and_then(|part| part.rows), rows)?;
        }
        Ok(())
    }
}

fn check(wanted: Option<u64>, written: u64) -> Result<(), StoreError> {
    match wanted {
        Some(wanted) if wanted != written => {
            Err(StoreError::corrupt("a row that is to be changed is not there"))
        }
        _ => Ok(()),
    }
}
