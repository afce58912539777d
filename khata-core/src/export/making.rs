//! Exports in progress.

use std::collections::VecDeque;

use super::beancount::Beancount;
use super::hledger::Hledger;
use super::json_lines::JsonLines;
use super::layout::{Layout, Piece};
use super::reader::{Reader, Source};
use super::tables::{self, Sheet};
use super::{Format, Table};
use crate::error::Error;

/// An export in progress, started by [`Shop::export`](crate::Shop::export). It reads a few pages ahead.
#[derive(Debug)]
pub struct Export {
    reader: Reader,
    layout: Box<dyn Layout>,
    written: u64,
}

impl Export {
    /// Creates an export of a book.
    pub(crate) fn new(source: Source, format: Format) -> Self {
        let head = &source.head;
        let layout: Box<dyn Layout> = match format {
            Format::JsonLines => Box::new(JsonLines::new(head)),
            Format::Csv(table) => Box::new(Sheet::new(table, head.owner.currency, source.today)),
            Format::Hledger => Box::new(Hledger::new(head)),
            Format::Beancount => Box::new(Beancount::new(head)),
        };
        Self { reader: Reader::new(source, layout.parts()), layout, written: 0 }
    }

    /// Sets the number of rows to read at once.
    #[doc(hidden)]
    #[must_use]
    pub fn in_pages_of(self, page: u32) -> Self {
        Self { reader: self.reader.in_pages_of(page), ..self }
    }

    /// Returns the `seq` of the last exported entry, which is the number of entries.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.reader.head().seq
    }

    /// Returns the number of entries written so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Returns the next bytes, or `None` after the end. After an error it returns only errors: the output so far is
    /// incomplete.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn next_chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut out = Vec::new();
        while let Some(piece) = self.reader.next().await? {
            self.layout.take(&piece, &mut out).inspect_err(|_| self.reader.break_off())?;
            self.written += entries_in(&piece);
            if !out.is_empty() {
                return Ok(Some(out));
            }
        }
        Ok(None)
    }
}

/// An export of all tables in progress, started by [`Shop::export_tables`](crate::Shop::export_tables). The book is read
/// once, a few pages ahead, and all tables are of a single point in time.
#[derive(Debug)]
pub struct TablesExport {
    reader: Reader,
    sheets: Vec<Sheet>,
    made: VecDeque<(Table, Vec<u8>)>,
    written: u64,
}

impl TablesExport {
    /// Creates an export of the tables of a book.
    pub(crate) fn new(source: Source) -> Self {
        let sheets =
            Table::all().map(|table| Sheet::new(table, source.head.owner.currency, source.today)).collect();
        let reader = Reader::new(source, tables::PARTS);
        Self { reader, sheets, made: VecDeque::new(), written: 0 }
    }

    /// Sets the number of rows to read at once.
    #[doc(hidden)]
    #[must_use]
    pub fn in_pages_of(self, page: u32) -> Self {
        Self { reader: self.reader.in_pages_of(page), ..self }
    }

    /// Returns the `seq` of the last exported entry, which is the number of entries.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.reader.head().seq
    }

    /// Returns the number of entries written so far to all of their tables.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Returns the next bytes of one of the tables, or `None` after the end. Every table has some bytes. After an error it
    /// returns only errors: the output so far is incomplete.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn next_chunk(&mut self) -> Result<Option<(Table, Vec<u8>)>, Error> {
        while self.made.is_empty() {
            let Some(piece) = self.reader.next().await? else { return Ok(None) };
            for sheet in &mut self.sheets {
                let mut out = Vec::new();
                if let Err(failed) = sheet.take(&piece, &mut out) {
                    self.made.clear();
                    self.reader.break_off();
                    return Err(failed);
                }
                self.made.extend(Some((sheet.table(), out)).filter(|(_, out)| !out.is_empty()));
            }
            self.written += entries_in(&piece);
        }
        Ok(self.made.pop_front())
    }
}

fn entries_in(piece: &Piece) -> u64 {
    match piece {
        Piece::Postings(page, _) => page.len() as u64,
        _ => 0,
    }
}
