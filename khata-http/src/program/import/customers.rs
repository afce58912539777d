//! Customers from elsewhere, into a shop that is there.

use std::fs::File;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use khata_core::customer::CustomerView;
use khata_core::import::{BadRow, Column, CustomerPlan, CustomerTable, TableError};
use khata_core::{Khata, Shop};
use khata_open::{Database, OpenError};

use crate::program::args::ImportArgs;
use crate::program::{print, progress, shops, signals};

/// Why no customers, or not all, were imported.
#[derive(Debug, thiserror::Error)]
pub(in crate::program) enum Error {
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The shop.
    #[error(transparent)]
    Shops(#[from] shops::Error),
    /// The file.
    #[error("{} can't be opened", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is no table of customers.
    #[error("{}: {source}{}", .path.display(), advice(.source))]
    Table {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: TableError,
    },
    /// Some rows are bad.
    #[error(
        "{bad} of {rows} rows can't be imported, so nothing was written; mend them, or leave them out with --skip-bad"
    )]
    Bad {
        /// How many.
        bad: usize,
        /// How many there are.
        rows: u64,
    },
    /// The book.
    #[error("the customers can't be added; those that were stay, and the same command adds the rest")]
    Book(#[from] khata_core::Error),
    /// It was stopped.
    #[error("interrupted; the same command adds the rest")]
    Stopped,
    /// The system.
    #[error("the operating system refused an operation")]
    System(#[source] io::Error),
}

/// How to say which column is which.
fn advice(error: &TableError) -> String {
    match error {
        TableError::Missing { column } | TableError::Twice { column, .. } => {
            format!(", as in --map {}='its header'", column.as_str())
        }
        _ => String::new(),
    }
}

/// Checks a table, adds the customers who are new, and tells how it went.
///
/// # Errors
/// [`Error`].
pub(super) async fn run(args: &ImportArgs, path: &Path) -> Result<(), Error> {
    let file = File::open(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    let database = Database::open_existing(&args.database.url).await?;
    let mut stop = signals::listen().map_err(Error::System)?;
    let done = tokio::select! {
        done = import(&database, args, path, file) => done,
        _ = stop.recv() => Err(Error::Stopped),
    };
    database.close().await;
    let told = done?;
    if !args.quiet {
        print(&told);
    }
    Ok(())
}

/// What to say of it.
async fn import(database: &Database, args: &ImportArgs, path: &Path, file: File) -> Result<String, Error> {
    let head = args.shop.only(&*database.store(), database.place()).await?;
    let shop = Khata::new(database.store()).shop(head.owner.id).await?;
    let table = CustomerTable::read(file, shop.currency(), &args.map);
    let table = table.map_err(|source| Error::Table { path: path.to_owned(), source })?;
    let (rows, unused) = (table.rows.len() as u64, table.headers.unused().join(", "));
    let plan = shop.plan_customers(table).await?;
    if !(unused.is_empty() || args.quiet) {
        warn(&format!("columns that are not imported: {unused}"));
    }
    plan.bad.iter().for_each(tell);
    let (new, known, bad) = (plan.new.len(), plan.known, plan.bad.len());
    if bad > 0 && !args.skip_bad {
        return Err(Error::Bad { bad, rows });
    }
    let found = format!("{known} are there already, {bad} of {rows} rows are left out");
    if args.dry_run {
        return Ok(format!("{new} customers would be added; {found}\nNothing was written: it is a dry run."));
    }
    add(&shop, plan, args).await?;
    Ok(format!("Added {new} customers to {} ({}); {found}", head.owner.shop_name, head.owner.id))
}

async fn add(shop: &Shop, plan: CustomerPlan, args: &ImportArgs) -> Result<(), Error> {
    let bar = if args.quiet { ProgressBar::hidden() } else { progress::bar("adding", plan.new.len() as u64) };
    let mut report = |_: &CustomerView| {
        bar.inc(1);
        ControlFlow::Continue(())
    };
    let added = shop.add_customers(plan, &mut report).await;
    bar.finish_and_clear();
    Ok(added?)
}

/// Each fault on a line of its own.
fn tell(row: &BadRow) {
    for fault in &row.faults {
        warn(&format!("line {}: {fault}", row.line));
    }
}

/// Says something on standard error. That it may be closed is no reason to stop.
fn warn(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A column and its header, as in `name=Party`.
pub(in crate::program) fn mapped(text: &str) -> Result<(Column, String), String> {
    let (column, header) = text.split_once('=').ok_or("must be a column and its header, as in name=Party")?;
    let column = Column::parse(column).map_err(|fault| format!("the column {}", fault.message))?;
    Ok((column, header.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_names_a_column_and_its_header() {
        assert_eq!(mapped("name=Party = A"), Ok((Column::Name, "Party = A".to_owned())));
        assert!(mapped("name").is_err());
        assert!(mapped("nmae=Party").unwrap_err().contains("mobileNumber"));
    }
}
