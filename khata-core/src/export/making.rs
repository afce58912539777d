//! Exports under way.

use std::collections::VecDeque;
use std::sync::Arc;

use super::beancount::Beancount;
use super::hledger::Hledger;
use super::json_lines::JsonLines;
use super::layout::{Layout, Piece};
use super::reader::Reader;
use super::tables::{self, Sheet};
use super::{Format, Table};
use crate::error::Error;
use crate::store::{Head, Store};

/// An export under way, as [`Shop::export`](crate::Shop::export) begins it. What is read is a few pages ahead of
/// what is asked for.
#[derive(Debug)]
pub struct Export {
    reader: Reader,
    layout: Box<dyn Layout>,
    written: u64,
}

impl Export {
    /// The export of the book that stands at this head.
    pub(crate) fn new(store: Arc<dyn Store>, head: Head, format: Format) -> Self {
        let layout: Box<dyn Layout> = match format {
            Format::JsonLines => Box::new(JsonLines::new(&head)),
            Format::Csv(table) => Box::new(Sheet::new(table, head.owner.currency)),
            Format::Hledger => Box::new(Hledger::new(&head)),
            Format::Beancount => Box::new(Beancount::new(&head)),
        };
        Self { reader: Reader::new(store, head, layout.parts()), layout, written: 0 }
    }

    /// The same with so many rows at once.
    #[doc(hidden)]
    #[must_use]
    pub fn in_pages_of(self, page: u32) -> Self {
        Self { reader: self.reader.in_pages_of(page), ..self }
    }

    /// The `seq` of the last entry that is exported: how many there are.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.reader.head().seq
    }

    /// How many entries have been written so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The next bytes; `None` at the end, and from then on. After an error there are only errors: what there is so far is
    /// not a whole export.
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

/// All tables of a book under way, as [`Shop::export_tables`](crate::Shop::export_tables) begins them: the book is read
/// once, a few pages ahead of what is asked for, and all of them are of one moment.
#[derive(Debug)]
pub struct TablesExport {
    reader: Reader,
    sheets: Vec<Sheet>,
    made: VecDeque<(Table, Vec<u8>)>,
    written: u64,
}

impl TablesExport {
    /// The tables of the book that stands at this head.
    pub(crate) fn new(store: Arc<dyn Store>, head: Head) -> Self {
        let sheets = Table::all().map(|table| Sheet::new(table, head.owner.currency)).collect();
        let reader = Reader::new(store, head, tables::PARTS);
        Self { reader, sheets, made: VecDeque::new(), written: 0 }
    }

    /// The same with so many rows at once.
    #[doc(hidden)]
    #[must_use]
    pub fn in_pages_of(self, page: u32) -> Self {
        Self { reader: self.reader.in_pages_of(page), ..self }
    }

    /// The `seq` of the last entry that is exported: how many there are.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.reader.head().seq
    }

    /// How many entries have been read so far, and written to every table that they belong in.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The next bytes of one of the tables; each table has some. `None` at the end, and from then on. After an error there
    /// are only errors: what there is so far is not a whole export.
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
        Piece::Postings(page) => page.len() as u64,
        _ => 0,
    }
}
