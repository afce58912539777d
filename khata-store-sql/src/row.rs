//! Rows as databases yield them. A record is read by what its description says; what else there is says in
//! [`rows`](crate::rows) how it is read.
//!
//! Values are read by the constructors that parse what comes in at a door, so what core gets is valid by construction.

use khata_core::record::{Field, FieldType, Source, Stored};

use crate::dialect::{DatabaseRow, ValueError};
use crate::error::Unreadable;
use crate::set::{Columns, Set};

/// What a statement yields.
pub(crate) trait Row: Sized + Send {
    /// The names of its columns, table by table.
    fn columns() -> Vec<Vec<&'static str>>;

    /// Reads a row.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable>;
}

/// Where there is nothing.
impl Row for () {
    fn columns() -> Vec<Vec<&'static str>> {
        Vec::new()
    }

    fn read(_: &mut Reader<'_>) -> Result<Self, Unreadable> {
        Ok(())
    }
}

/// Rows of two tables, joined. A column that both have is in the row once: it is the same in both.
impl<A: Row, B: Row> Row for (A, B) {
    fn columns() -> Vec<Vec<&'static str>> {
        [A::columns(), B::columns()].concat()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        Ok((A::read(reader)?, B::read(reader)?))
    }
}

/// The names of the columns of a set, which are those of one table.
pub(crate) fn columns_of<S: Set>() -> Vec<Vec<&'static str>> {
    vec![Columns::of::<S>(|_| true).as_slice().iter().map(|column| column.name).collect()]
}

/// The positions of the columns that the rows of a statement are read by. They are looked up for the first row; each
/// row is read in the same order.
#[derive(Debug, Default)]
pub(crate) struct Positions(Vec<usize>);

/// Reads the columns of a row.
pub(crate) struct Reader<'r> {
    row: &'r dyn DatabaseRow,
    positions: &'r mut Vec<usize>,
    /// How many columns were read.
    at: usize,
    table: &'static str,
}

impl<'r> Reader<'r> {
    /// Reads a row of a statement.
    pub(crate) fn new(row: &'r dyn DatabaseRow, positions: &'r mut Positions) -> Self {
        Self { row, positions: &mut positions.0, at: 0, table: "" }
    }

    /// The same, of the columns of that table.
    pub(crate) fn of(&mut self, table: &'static str) -> &mut Self {
        self.table = table;
        self
    }

    /// Reads a record.
    pub(crate) fn record<R: Stored>(&mut self) -> Result<R, Unreadable> {
        R::build(self.of(R::TABLE))
    }

    /// Reads the value of a column.
    pub(crate) fn get<T: FieldType>(&mut self, column: &'static str) -> Result<T, Unreadable> {
        let position = match self.positions.get(self.at) {
            Some(position) => *position,
            None => {
                let found = self.row.position(column);
                let position = found.ok_or_else(|| self.unreadable(column, "there is no such column"))?;
                self.positions.push(position);
                position
            }
        };
        debug_assert_eq!(self.row.position(column), Some(position), "rows are read in one order: {column}");
        self.at += 1;
        let value = self.row.value(position, T::TYPE).map_err(|error| self.unreadable(column, error))?;
        T::from_value(value).map_err(|error| self.unreadable(column, error))
    }

    /// The error of a column.
    pub(crate) fn unreadable(&self, column: &'static str, source: impl Into<ValueError>) -> Unreadable {
        Unreadable::new(self.table, column, source)
    }
}

impl Source for Reader<'_> {
    type Error = Unreadable;

    fn value<T: FieldType>(&mut self, field: &'static Field) -> Result<T, Unreadable> {
        self.get(field.column)
    }

    /// They are rows of another table.
    fn list<R: Stored>(&mut self, _: &'static Field) -> Result<Vec<R>, Unreadable> {
        Ok(Vec::new())
    }
}
