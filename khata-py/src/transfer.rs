//! Whole books to and from files, and customers out of one, with somebody told how far it is.

mod customers;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use ::khata::Place;
use ::khata::output::{Existing, OutputFile};
use futures::future::poll_fn;
use khata_core::auth::Password;
use khata_core::export::{Format, Table};
use khata_core::import::{self, BadRow, BookFile, Standing};
use khata_core::transfer;
use khata_core::{Error, Khata, Shop};
use pyo3::prelude::*;

pub(crate) use customers::{Columns, Customers, Source};

use crate::call::Answer;
use crate::record::own::Imported;
use crate::{error, runtime};

/// How many bytes of a file are read at once.
const BUFFER_BYTES: usize = 1 << 20;

/// How many bad rows the message of a refusal tells. Its `errors` are all.
const ROWS_TOLD_MAX: usize = 5;

/// A function of Python's that is told how many of how many are done.
pub(crate) struct Progress {
    callback: Option<Py<PyAny>>,
    /// What it raised: the end of the work.
    raised: Arc<Mutex<Option<PyErr>>>,
    done: u64,
    total: u64,
}

impl Progress {
    pub(crate) fn new(callback: Option<Py<PyAny>>) -> Self {
        Self { callback, raised: Arc::default(), done: 0, total: 0 }
    }

    /// False if it raised something.
    fn tell(&mut self, done: u64) -> bool {
        self.done = done;
        let Some(callback) = &self.callback else { return true };
        let told = runtime::attached(|py| callback.call1(py, (self.done, self.total)).map(drop));
        if let Some(Err(raised)) = told {
            *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(raised);
            return false;
        }
        true
    }
}

fn taken(raised: &Mutex<Option<PyErr>>) -> Option<PyErr> {
    raised.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Why it was not done.
pub(crate) enum Failure {
    Core(Error),
    File(io::Error),
    Book(import::Error),
    /// Of so many rows, these are bad.
    Rows {
        rows: usize,
        bad: Vec<BadRow>,
    },
    Python(PyErr),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

/// What came of it.
pub(crate) struct Outcome<T>(pub(crate) Result<T, Failure>);

impl<T: Answer> Answer for Outcome<T> {
    fn into_answer(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.0 {
            Ok(answer) => answer.into_answer(py),
            Err(failure) => Err(failure.exception(py)),
        }
    }
}

impl Failure {
    fn exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Core(failed) | Self::Book(import::Error::Password(failed)) => error::exception(py, &failed),
            Self::File(failed) => PyErr::from(failed),
            Self::Python(raised) => raised,
            Self::Rows { rows, bad } => bad_rows(py, rows, bad),
            Self::Book(import::Error::Line { line, fault }) => {
                let fault = Error::invalid(format!("line/{line}"), "invalid_line", fault.to_string());
                error::exception(py, &fault)
            }
            Self::Book(import::Error::Transfer(ref failed @ transfer::Error::Shop { .. })) => {
                error::failure(py, "Conflict", "import_hindered", failed)
            }
            Self::Book(failed) => error::failure(py, "KhataError", "import_failed", &failed),
        }
    }
}

fn bad_rows(py: Python<'_>, rows: usize, bad: Vec<BadRow>) -> PyErr {
    let told = bad.iter().take(ROWS_TOLD_MAX).flat_map(|row| {
        row.faults.iter().map(|fault| format!("line {}, {}: {}", row.line, fault.field, fault.message))
    });
    let more = match bad.len().saturating_sub(ROWS_TOLD_MAX) {
        0 => String::new(),
        more => format!("; and {more} rows more"),
    };
    let (count, told) = (bad.len(), told.collect::<Vec<_>>().join("; "));
    let message = format!("{count} of {rows} rows can't be imported, so nothing was written: {told}{more}");
    let faults = bad.into_iter().flat_map(|BadRow { line, faults }| {
        faults
            .into_iter()
            .map(move |fault| (format!("line/{line}/{}", fault.field), fault.code, fault.message))
    });
    error::invalid(py, &message, "invalid_rows", faults.collect())
}

/// A file to export to, which must not be there unless it is to be replaced.
pub(crate) fn output(place: &Place, path: &Path, replace: bool) -> Result<OutputFile, Failure> {
    let existing = if replace { Existing::Replace } else { Existing::Keep };
    place.output(path, existing).map_err(|error| Failure::File(error.into()))
}

/// Writes the whole book into a file. How many entries it has.
pub(crate) async fn export(
    shop: Shop,
    file: Result<OutputFile, Failure>,
    format: Format,
    mut progress: Progress,
) -> Result<u64, Failure> {
    let mut file = file?;
    let mut export = shop.export(format).await?;
    progress.total = export.seq();
    while let Some(chunk) = export.next_chunk().await? {
        file.write_all(&chunk)?;
        progress.tell(export.written());
        if let Some(raised) = taken(&progress.raised) {
            return Err(Failure::Python(raised));
        }
    }
    file.finish().map_err(io::Error::from)?;
    Ok(export.seq())
}

/// A file of a folder for each table.
pub(crate) fn outputs(
    place: &Place,
    folder: &Path,
    replace: bool,
) -> Result<BTreeMap<Table, OutputFile>, Failure> {
    fs::create_dir_all(folder)?;
    let file = |table| Ok((table, output(place, &folder.join(Format::Csv(table).file_name()), replace)?));
    Table::all().map(file).collect()
}

/// Writes every table of the book. The files get their names one after the other, when all are whole.
pub(crate) async fn export_tables(
    shop: Shop,
    files: Result<BTreeMap<Table, OutputFile>, Failure>,
    mut progress: Progress,
) -> Result<u64, Failure> {
    let mut files = files?;
    let mut export = shop.export_tables().await?;
    progress.total = export.seq();
    while let Some((table, chunk)) = export.next_chunk().await? {
        files.get_mut(&table).expect("each table has its file").write_all(&chunk)?;
        if progress.done < export.written() {
            progress.tell(export.written());
        }
        if let Some(raised) = taken(&progress.raised) {
            return Err(Failure::Python(raised));
        }
    }
    files.into_values().try_for_each(OutputFile::finish).map_err(io::Error::from)?;
    Ok(export.seq())
}

/// Checks a book that was exported, and writes it into the database, or what is missing of it there; or says what it would
/// write.
pub(crate) async fn import(
    khata: Khata,
    path: PathBuf,
    password: Password,
    dry_run: bool,
    mut progress: Progress,
) -> Result<Imported, Failure> {
    let read = move || {
        let file = File::open(&path)?;
        BookFile::check(BufReader::with_capacity(BUFFER_BYTES, file)).map_err(Failure::Book)
    };
    let read = tokio::task::spawn_blocking(read).await;
    let mut book = read.map_err(|_| Error::Internal("the check of a file was abandoned".into()))??;
    progress.total = book.entries();
    let raised = progress.raised.clone();
    let mut report = |entries| {
        progress.tell(progress.done + entries);
    };
    let done = if dry_run {
        let before = khata.standing_of(&mut book).await.map_err(Failure::Book)?;
        import::Imported { before, password_set: matches!(before, Standing::Absent) }
    } else {
        let mut importing = Box::pin(khata.import(&mut book, &password, &mut report));
        let or_raised = poll_fn(|context| {
            let done = importing.as_mut().poll(context).map_err(Failure::Book);
            taken(&raised).map_or(done, |raised| Poll::Ready(Err(Failure::Python(raised))))
        });
        or_raised.await?
    };
    let before = match done.before {
        Standing::Absent => 0,
        Standing::Has(entries) | Standing::GoneOn(entries) => entries,
    };
    Ok(Imported {
        shop: book.owner().id,
        entries: book.entries(),
        added: book.entries().saturating_sub(before),
        customers: book.customers(),
        password_set: done.password_set,
    })
}
