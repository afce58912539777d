//! `khata export`: a shop's whole book as text.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use khata_core::Khata;
use khata_core::export::{Export, Format, Table, TablesExport};
use khata_open::{Database, OpenError};
use tempfile::NamedTempFile;

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
    #[error("interrupted; no file was written")]
    Stopped,
    /// The system.
    #[error("the operating system refused an operation")]
    System(#[source] io::Error),
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
            write(
                shop.export(format).await?,
                &ProgressBar::hidden(),
                &mut io::stdout().lock(),
                Error::Stdout,
            )
            .await?;
            return Ok(None);
        }
        Target::File(format, path) => write_file(shop.export(format).await?, args, path).await?,
        Target::Folder(path) => write_folder(shop.export_tables().await?, args, path).await?,
    };
    let output = args.output.as_deref().unwrap_or(Path::new("")).display();
    let (shop, id) = (head.owner.shop_name, head.owner.id);
    Ok(Some(format!("Exported {shop} ({id}) to {output}: {entries} entries")))
}

async fn write_file(export: Export, args: &ExportArgs, path: &Path) -> Result<u64, Error> {
    let mut file = Unnamed::of(path)?;
    let bar = bar(args, export.seq());
    let failed = |source| Error::File { path: path.to_owned(), source };
    let entries = write(export, &bar, &mut file.file, failed).await?;
    file.name()?;
    Ok(entries)
}

/// How many entries the book has that was written.
async fn write(
    mut export: Export,
    bar: &ProgressBar,
    out: &mut impl Write,
    failed: impl Fn(io::Error) -> Error,
) -> Result<u64, Error> {
    while let Some(chunk) = export.next_chunk().await? {
        out.write_all(&chunk).map_err(&failed)?;
        bar.set_position(export.written());
    }
    out.flush().map_err(&failed)?;
    bar.finish_and_clear();
    Ok(export.seq())
}

/// The same for a file for each table. They get their names one after the other, when all are whole.
async fn write_folder(mut export: TablesExport, args: &ExportArgs, folder: &Path) -> Result<u64, Error> {
    fs::create_dir_all(folder).map_err(|source| Error::File { path: folder.to_owned(), source })?;
    let mut files = BTreeMap::new();
    for table in Table::all() {
        files.insert(table, Unnamed::of(&folder.join(Format::Csv(table).file_name()))?);
    }
    let bar = bar(args, export.seq());
    while let Some((table, chunk)) = export.next_chunk().await? {
        files.get_mut(&table).expect("every table has a file").write(&chunk)?;
        bar.set_position(export.written());
    }
    bar.finish_and_clear();
    files.into_values().try_for_each(Unnamed::name)?;
    Ok(export.seq())
}

fn bar(args: &ExportArgs, entries: u64) -> ProgressBar {
    if args.quiet { ProgressBar::hidden() } else { progress::bar("exporting", entries) }
}

/// A file that is not whole yet.
struct Unnamed {
    file: NamedTempFile,
    path: PathBuf,
}

impl Unnamed {
    /// In the folder that it will be in.
    fn of(path: &Path) -> Result<Self, Error> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = NamedTempFile::new_in(folder);
        let file = file.map_err(|source| Error::File { path: path.to_owned(), source })?;
        Ok(Self { file, path: path.to_owned() })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| Error::File { path: self.path.clone(), source })
    }

    /// Gives it its name when it is on the disk.
    fn name(self) -> Result<(), Error> {
        let Self { file, path } = self;
        let named = file.as_file().sync_all().and_then(|()| Ok(file.persist(&path)?));
        named.map(drop).map_err(|source| Error::File { path, source })
    }
}
