//! Customers out of a table that another program wrote.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use khata_core::customer::CustomerView;
use khata_core::import::{Column, CustomerPlan, CustomerTable, TableError};
use khata_core::money::Currency;
use khata_core::{Error, Shop};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping, PyString};

use super::{Failure, Progress, taken};
use crate::record::own::ImportedCustomers;
use crate::{error, names};

/// Where a table is.
pub(crate) enum Source {
    Path(PathBuf),
    /// What an open file held.
    Read(Vec<u8>),
}

impl Source {
    /// A path, or a file that is open, of texts or of bytes.
    pub(crate) fn of(file: &Bound<'_, PyAny>) -> PyResult<Self> {
        if !file.hasattr("read")? {
            return file.extract().map(Self::Path);
        }
        let held = file.call_method0("read")?;
        if let Ok(text) = held.cast::<PyString>() {
            return Ok(Self::Read(text.to_str()?.into()));
        }
        let bytes = held.cast::<PyBytes>();
        let wrong = |_| PyTypeError::new_err("an open file must give a str or bytes where it is read");
        bytes.map(|bytes| Self::Read(bytes.as_bytes().to_vec())).map_err(wrong)
    }

    fn bytes(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Path(path) => fs::read(path),
            Self::Read(bytes) => Ok(bytes),
        }
    }
}

/// Which header is which column.
pub(crate) struct Columns(Vec<(Column, String)>);

impl Columns {
    pub(crate) fn of(named: Option<&Bound<'_, PyMapping>>) -> PyResult<Self> {
        let Some(named) = named else { return Ok(Self(Vec::new())) };
        let column = |item: Bound<'_, PyAny>| {
            let (name, header): (String, String) = item.extract()?;
            let known = Column::ALL.iter().copied().find(|column| name_of(*column) == name);
            let unknown = || {
                let names: Vec<_> = Column::ALL.iter().map(|column| name_of(*column)).collect();
                let names = names.join(", ");
                let why = format!("{name} is none of {names}");
                error::exception(named.py(), &Error::invalid("columns", "invalid_column", why))
            };
            Ok((known.ok_or_else(unknown)?, header))
        };
        named.items()?.iter().map(column).collect::<PyResult<_>>().map(Self)
    }

    fn read(&self, bytes: &[u8], currency: Currency) -> Result<CustomerTable, Error> {
        CustomerTable::read(bytes, currency, &self.0).map_err(|refused| self.fault(refused))
    }

    /// What is wrong with the table, as a fault of an argument.
    fn fault(&self, refused: TableError) -> Error {
        let of = |column: Column| format!("columns/{}", column.as_str());
        match refused {
            TableError::Missing { column } => {
                Error::invalid(of(column), "missing_column", "no header seems to be it; say which one is")
            }
            TableError::Twice { column, headers: [one, other] } => {
                let why = format!("{one} and {other} both seem to be it; say which one is");
                Error::invalid(of(column), "repeated_column", why)
            }
            TableError::NoSuchHeader { header } => {
                let named = self.0.iter().find(|(_, named)| *named == header);
                let field = named.map_or_else(|| "columns".to_owned(), |(column, _)| of(*column));
                Error::invalid(field, "no_such_header", format!("no column is called {header}"))
            }
            TableError::Unreadable(ref why) => {
                Error::invalid("file", "invalid_table", format!("{refused}: {why}"))
            }
            other => Error::invalid("file", "invalid_table", other.to_string()),
        }
    }
}

fn name_of(column: Column) -> String {
    names::place(column.as_str())
}

/// How customers are to be imported.
pub(crate) struct Customers {
    pub(crate) source: Source,
    pub(crate) columns: Columns,
    pub(crate) skip_bad: bool,
    pub(crate) dry_run: bool,
    pub(crate) progress: Progress,
}

impl Customers {
    /// Checks the whole table, and adds those who are new.
    pub(crate) async fn import(self, shop: Shop) -> Result<ImportedCustomers, Failure> {
        let Self { source, columns, skip_bad, dry_run, progress } = self;
        let currency = shop.currency();
        let read = move || -> Result<_, Failure> { Ok(columns.read(&source.bytes()?, currency)?) };
        let read = tokio::task::spawn_blocking(read).await;
        let table = read.map_err(|_| Error::Internal("the check of a table was abandoned".into()))??;
        let (rows, unused) = (table.rows.len(), table.headers.unused().to_vec());
        let mut plan = shop.plan_customers(table).await?;
        let bad = std::mem::take(&mut plan.bad);
        if !(bad.is_empty() || skip_bad) {
            return Err(Failure::Rows { rows, bad });
        }
        let (added, known) = (plan.new.len() as u64, plan.known);
        if !dry_run {
            add(&shop, plan, progress).await?;
        }
        Ok(ImportedCustomers { added, known, bad: bad.into_iter().map(Into::into).collect(), unused })
    }
}

async fn add(shop: &Shop, plan: CustomerPlan, mut progress: Progress) -> Result<(), Failure> {
    progress.total = plan.new.len() as u64;
    let raised = progress.raised.clone();
    let mut report = |_: &CustomerView| match progress.tell(progress.done + 1) {
        true => ControlFlow::Continue(()),
        false => ControlFlow::Break(()),
    };
    shop.add_customers(plan, &mut report).await?;
    taken(&raised).map_or(Ok(()), |raised| Err(Failure::Python(raised)))
}
