//! `khata export`: a shop's whole book as text.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use khata_core::Khata;
use khata_core::Shop;
use khata_core::export::{Format, Table};
use tempfile::NamedTempFile;

use super::args::{ExportArgs, ExportFormat};
use super::database::{self, Database};
use super::{print, progress, shops, signals};

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The database.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// The shop.
    #[error(transparent)]
    Shops(#[from] shops::Error),
    /// A table of what has none.
    #[error("--table is for --format csv")]
    TableWithoutCsv,
    /// Several tables to standard output.
    #[error("a book is several tables; name one with --table, or a folder for all with --output")]
    NoFolder,
    /// The book.
    #[error("the book can't be read")]
    Book(#[from] khata_core::Error),
    /// A file.
    #[error("{} can't be written", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Standard output.
    #[error("standard output can't be written to")]
    Stdout(#[source] io::Error),
    /// It was stopped.
    #[error("stopped; no file was written")]
    Stopped,
    /// The system.
    #[error("the system refuses")]
    System(#[source] io::Error),
}

/// Exports one shop, and tells where to.
///
/// # Errors
/// [`Error`].
pub(super) async fn run(args: &ExportArgs) -> Result<(), Error> {
    let targets = targets(args)?;
    let database = Database::open_existing(&args.books.url).await?;
    let mut stop = signals::listen().map_err(Error::System)?;
    let told = tokio::select! {
        told = export(&database, args, &targets) => told,
        _ = stop.recv() => Err(Error::Stopped),
    };
    database.close().await;
    match told? {
        Some(told) if !args.quiet => print(&told),
        _ => {}
    }
    Ok(())
}

/// What is to be written, and where; `None` is standard output.
fn targets(args: &ExportArgs) -> Result<Vec<(Format, Option<PathBuf>)>, Error> {
    let format = match (args.format, args.table) {
        (ExportFormat::Csv, Some(table)) => Format::Csv(table),
        (ExportFormat::Csv, None) => {
            let folder = args.output.as_deref().ok_or(Error::NoFolder)?;
            let target = |table| (Format::Csv(table), Some(folder.join(Format::Csv(table).file_name())));
            return Ok(Table::ALL.map(target).into());
        }
        (_, Some(_)) => return Err(Error::TableWithoutCsv),
        (ExportFormat::Json, None) => Format::JsonLines,
        (ExportFormat::Hledger, None) => Format::Hledger,
        (ExportFormat::Beancount, None) => Format::Beancount,
    };
    Ok(vec![(format, args.output.clone())])
}

/// What to say of it; nothing where the book itself goes to standard output.
async fn export(
    database: &Database,
    args: &ExportArgs,
    targets: &[(Format, Option<PathBuf>)],
) -> Result<Option<String>, Error> {
    let head = args.shop.only(&*database.store(), database.place()).await?;
    let shop = Khata::new(database.store()).shop(head.owner.id).await?;
    let mut entries = 0;
    for (format, path) in targets {
        entries = match path {
            None => write(&shop, *format, args, &mut io::stdout().lock(), Error::Stdout).await?,
            Some(path) => write_file(&shop, *format, args, path).await?,
        };
    }
    let output = args.output.as_ref().map(|output| output.display());
    Ok(output.map(|output| {
        format!("Exported {} ({}) to {output}: {entries} entries", head.owner.shop_name, head.owner.id)
    }))
}

/// A file gets its name when it is whole and on the disk.
async fn write_file(shop: &Shop, format: Format, args: &ExportArgs, path: &Path) -> Result<u64, Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if args.table.is_none() && args.format == ExportFormat::Csv {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
    let entries = write(shop, format, args, &mut file, failed).await?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(entries)
}

/// How many entries the book has that was written.
async fn write(
    shop: &Shop,
    format: Format,
    args: &ExportArgs,
    out: &mut impl Write,
    failed: impl Fn(io::Error) -> Error,
) -> Result<u64, Error> {
    let mut export = shop.export(format).await?;
    let bar = if args.quiet || args.output.is_none() {
        indicatif::ProgressBar::hidden()
    } else {
        progress::bar("exporting", export.seq())
    };
    while let Some(chunk) = export.next_chunk().await? {
        out.write_all(&chunk).map_err(&failed)?;
        bar.set_position(export.written());
    }
    out.flush().map_err(&failed)?;
    bar.finish_and_clear();
    Ok(export.seq())
}
