//! `khata export`: a shop's whole book as text.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use khata_core::Khata;
use khata_core::export::{Export, Format, Table, TablesExport};
use khata_open::output::{Existing, OutputError, OutputFile};
use khata_open::{Database, OpenError, Place};

use super::args::{ExportArgs, ExportFormat};
use super::{print, progress, shops, signals};

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The shop.
    #[error(transparent)]
    Shops(#[from] shops::Error),
    /// A table of what has none.
    #[error("--table is only valid with --format csv")]
    TableWithoutCsv,
    /// Several tables to standard output.
    #[error("a book has several tables; choose one with --table, or a folder for all with --output")]
    NoFolder,
    /// The book.
    #[error("the book can't be read")]
    Book(#[from] khata_core::Error),
    /// A file that is there already.
    #[error("{0}; --force replaces it")]
    Exists(#[source] OutputError),
    /// Another file.
    #[error(transparent)]
    Output(OutputError),
    /// The folder of the files.
    #[error("{} can't be created", .path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Standard output.
    #[error("standard output can't be written to")]
    Stdout(#[source] io::Error),
    /// It was stopped.
    #[error("interrupted; no file was written")]
    Stopped,
    /// The system.
    #[error("the operating system refused an operation")]
    System(#[source] io::Error),
}

impl From<OutputError> for Error {
    fn from(error: OutputError) -> Self {
        match error {
            OutputError::Exists { .. } => Self::Exists(error),
            other => Self::Output(other),
        }
    }
}

/// Exports one shop, and tells where to.
///
/// # Errors
/// [`Error`].
pub(super) async fn run(args: &ExportArgs) -> Result<(), Error> {
    let target = Target::of(args)?;
    let database = Database::open_existing(&args.books.url).await?;
    let mut stop = signals::listen().map_err(Error::System)?;
    let told = tokio::select! {
        told = export(&database, args, target) => told,
        _ = stop.recv() => Err(Error::Stopped),
    };
    database.close().await;
    match told? {
        Some(told) if !args.quiet => print(&told),
        _ => {}
    }
    Ok(())
}

/// What is to be written, and where.
enum Target<'a> {
    Stdout(Format),
    File(Format, &'a Path),
    /// Every table, each a file in the folder.
    Folder(&'a Path),
}

impl<'a> Target<'a> {
    fn of(args: &'a ExportArgs) -> Result<Self, Error> {
        let format = match (args.format, args.table) {
            (ExportFormat::Csv, Some(table)) => Format::Csv(table),
            (ExportFormat::Csv, None) => {
                return args.output.as_deref().map(Self::Folder).ok_or(Error::NoFolder);
            }
            (_, Some(_)) => return Err(Error::TableWithoutCsv),
            (ExportFormat::Json, None) => Format::JsonLines,
            (ExportFormat::Hledger, None) => Format::Hledger,
            (ExportFormat::Beancount, None) => Format::Beancount,
        };
        Ok(args.output.as_deref().map_or(Self::Stdout(format), |path| Self::File(format, path)))
    }
}

/// What to say of it; nothing where the book itself goes to standard output.
async fn export(database: &Database, args: &ExportArgs, target: Target<'_>) -> Result<Option<String>, Error> {
    let head = args.shop.only(&*database.store(), database.place()).await?;
    let shop = Khata::new(database.store()).shop(head.owner.id).await?;
    let entries = match target {
        Target::Stdout(format) => {
            print_out(shop.export(format).await?).await?;
            return Ok(None);
        }
        Target::File(format, path) => {
            let file = database.place().output(path, existing(args))?;
            write_file(shop.export(format).await?, args, file).await?
        }
        Target::Folder(path) => {
            let files = files(database.place(), path, existing(args))?;
            write_files(shop.export_tables().await?, args, files).await?
        }
    };
    let output = args.output.as_deref().unwrap_or(Path::new("")).display();
    let (shop, id) = (head.owner.shop_name, head.owner.id);
    Ok(Some(format!("Exported {shop} ({id}) to {output}: {entries} entries")))
}

fn existing(args: &ExportArgs) -> Existing {
    if args.force { Existing::Replace } else { Existing::Keep }
}

async fn write_file(mut export: Export, args: &ExportArgs, mut file: OutputFile) -> Result<u64, Error> {
    let bar = bar(args, export.seq());
    while let Some(chunk) = export.next_chunk().await? {
        file.write_all(&chunk).map_err(|source| file.failed(source))?;
        bar.set_position(export.written());
    }
    bar.finish_and_clear();
    file.finish()?;
    Ok(export.seq())
}

async fn print_out(mut export: Export) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    while let Some(chunk) = export.next_chunk().await? {
        out.write_all(&chunk).map_err(Error::Stdout)?;
    }
    out.flush().map_err(Error::Stdout)
}

/// A file for each table, in the folder.
fn files(place: &Place, folder: &Path, existing: Existing) -> Result<BTreeMap<Table, OutputFile>, Error> {
    fs::create_dir_all(folder).map_err(|source| Error::Folder { path: folder.to_owned(), source })?;
    let file = |table| {
        let path = folder.join(Format::Csv(table).file_name());
        Ok((table, place.output(&path, existing)?))
    };
    Table::all().map(file).collect()
}

/// Writes every table. The files get their names one after the other, when all are whole.
async fn write_files(
    mut export: TablesExport,
    args: &ExportArgs,
    mut files: BTreeMap<Table, OutputFile>,
) -> Result<u64, Error> {
    let bar = bar(args, export.seq());
    while let Some((table, chunk)) = export.next_chunk().await? {
        let file = files.get_mut(&table).expect("every table has a file");
        file.write_all(&chunk).map_err(|source| file.failed(source))?;
        bar.set_position(export.written());
    }
    bar.finish_and_clear();
    files.into_values().try_for_each(OutputFile::finish)?;
    Ok(export.seq())
}

fn bar(args: &ExportArgs, entries: u64) -> ProgressBar {
    if args.quiet { ProgressBar::hidden() } else { progress::bar("exporting", entries) }
}
