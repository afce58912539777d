//! Reading a file line by line.

use std::io::{BufRead, Read as _};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::error::{Error, LineFault};
use crate::export::line::{Header, Line, VERSION};
use crate::ledger::ChainHash;

/// The longest line, in bytes: an entry may pay for thousands of others.
const LENGTH_MAX: u64 = 64 * 1024 * 1024;

/// The lines of a book, and how far they have been read.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: R,
    number: u64,
    text: Vec<u8>,
    /// Of the lines before the one that was read last.
    digest: Sha256,
    put_back: Option<Line>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, number: 0, text: Vec::new(), digest: Sha256::new(), put_back: None }
    }

    /// Reads the first line: that it is a book, in the version that can be read.
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

    /// The next line.
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

    /// Gives the line again that was read last.
    pub(super) fn put_back(&mut self, line: Line) {
        self.put_back = Some(line);
    }

    /// That nothing follows.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        if self.read()? { Err(self.wrong(LineFault::AfterTheEnd)) } else { Ok(()) }
    }

    /// SHA-256 of the lines before the one that was read last.
    pub(super) fn digest(&self) -> ChainHash {
        ChainHash(self.digest.clone().finalize().into())
    }

    /// The error that this is wrong with the line that was read last.
    pub(super) fn wrong(&self, fault: LineFault) -> Error {
        Error::Line { line: self.number, fault }
    }

    /// Whether there was one more.
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
