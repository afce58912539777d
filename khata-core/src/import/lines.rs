//! Reading of a file line by line.

use std::io::{BufRead, Read as _};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::error::{Error, LineFault};
use crate::customer::Customer;
use crate::documents::Document;
use crate::export::line::{EntryLine, Header, Line, RecordLine, VERSION};
use crate::id::OwnerId;
use crate::ledger::{Allocation, ChainHash, Entry};

/// Maximum length of a line in bytes: an entry may have thousands of allocations.
const LENGTH_MAX: u64 = 64 * 1024 * 1024;

/// A reader of the lines of a book.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: R,
    number: u64,
    text: Vec<u8>,
    /// Digest of the lines before the last one that was read.
    digest: Sha256,
    put_back: Option<Line>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, number: 0, text: Vec::new(), digest: Sha256::new(), put_back: None }
    }

    /// Reads the first line, and checks that it begins a book in the supported version.
    pub(super) fn begin(&mut self) -> Result<(), Error> {
        #[derive(Deserialize)]
        struct First {
            khata: Header,
        }
        let first = self.read()?.then(|| serde_json::from_slice::<First>(&self.text).ok()).flatten();
        match first.map(|first| first.khata) {
            Some(header) if header.format != Header::FORMAT => Err(self.wrong(LineFault::NotABook)),
            Some(Header { version: VERSION, .. }) => Ok(()),
            Some(Header { version: found, .. }) => {
                Err(self.wrong(LineFault::Version { found, readable: VERSION }))
            }
            None => Err(self.wrong(LineFault::NotABook)),
        }
    }

    /// Reads the next line.
    pub(super) fn next(&mut self) -> Result<Line, Error> {
        if let Some(line) = self.put_back.take() {
            return Ok(line);
        }
        if !self.read()? {
            return Err(self.wrong(LineFault::CutShort));
        }
        serde_json::from_slice(&self.text).map_err(|error| {
            let whole = self.text.ends_with(b"\n");
            self.wrong(if whole { LineFault::Unreadable(error.to_string()) } else { LineFault::CutShort })
        })
    }

    /// Puts the last line back, to be returned again.
    pub(super) fn put_back(&mut self, line: Line) {
        self.put_back = Some(line);
    }

    /// Checks that no line follows.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        if self.read()? { Err(self.wrong(LineFault::AfterTheEnd)) } else { Ok(()) }
    }

    /// Returns the SHA-256 of the lines before the last one that was read.
    pub(super) fn digest(&self) -> ChainHash {
        ChainHash(self.digest.clone().finalize().into())
    }

    /// Creates an error about the last line that was read.
    pub(super) fn wrong(&self, fault: LineFault) -> Error {
        Error::Line { line: self.number, fault }
    }

    /// Reads a line. Returns whether there was one.
    fn read(&mut self) -> Result<bool, Error> {
        self.digest.update(&self.text);
        self.text.clear();
        self.number += 1;
        let length = (&mut self.reader).take(LENGTH_MAX).read_until(b'\n', &mut self.text)?;
        if length as u64 == LENGTH_MAX && !self.text.ends_with(b"\n") {
            return Err(self.wrong(LineFault::TooLong(LENGTH_MAX)));
        }
        Ok(length > 0)
    }
}

impl RecordLine<Customer> {
    /// Returns the customer before the first entry.
    pub(crate) fn of(self, owner: OwnerId) -> Customer {
        Customer { owner, ..*self.0 }
    }
}

impl EntryLine {
    /// Returns the `seq` of the entry.
    pub(crate) fn seq(&self) -> u64 {
        self.entry.seq
    }

    /// Returns the entry and the body of its document.
    pub(crate) fn of(self, owner: OwnerId) -> (Entry, Option<String>) {
        let Self { mut entry, document } = self;
        let (seq, customer) = (entry.seq, entry.customer);
        entry.owner = owner;
        entry.body_hash = document.as_deref().map(Document::body_hash);
        for (ordinal, row) in (0..).zip(&mut entry.allocations) {
            *row = Allocation { owner, seq, ordinal, customer, ..row.clone() };
        }
        (entry, document)
    }
}
