//! Export as JSON lines.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::layout::{Layout, Part};
use super::line::{End, EntryLine, Header, Line, RecordLine, RequestLine, VERSION};
use crate::customer::Customer;
use crate::error::Error;
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::ledger::ChainHash;
use crate::owner::Owner;
use crate::store::{Head, Posted};

/// The layout of JSON lines, with the totals for the last line.
#[derive(Debug)]
pub(super) struct JsonLines {
    digest: Sha256,
    shop: RecordLine<Owner>,
    end: End,
}

impl JsonLines {
    pub(super) fn new(head: &Head) -> Self {
        let end = End {
            seq: head.seq,
            hash: head.hash,
            recorded_at: head.recorded_at,
            customers: 0,
            requests: 0,
            sha256: ChainHash([0; 32]),
        };
        Self { digest: Sha256::new(), shop: RecordLine(Box::new(head.owner.clone())), end }
    }

    fn write(&mut self, lines: impl IntoIterator<Item = Line>, out: &mut Vec<u8>) {
        let from = out.len();
        lines.into_iter().for_each(|line| append(&line, out));
        self.digest.update(&out[from..]);
    }
}

fn append(line: &impl Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(&mut *out, line).expect("plain values always have a JSON form");
    out.push(b'\n');
}

impl Layout for JsonLines {
    fn parts(&self) -> &'static [Part] {
        &[Part::Customers, Part::Postings, Part::Requests]
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        let header = Header { format: Header::FORMAT.into(), version: VERSION };
        let shop = self.shop.clone();
        self.write([Line::Khata(header), Line::Shop(shop)], out);
    }

    fn customers(&mut self, page: &[Customer], out: &mut Vec<u8>) -> Result<(), Error> {
        self.end.customers += page.len() as u64;
        self.write(page.iter().map(|customer| Line::Customer(RecordLine(Box::new(customer.clone())))), out);
        Ok(())
    }

    fn postings(&mut self, page: &[Posted], out: &mut Vec<u8>) -> Result<(), Error> {
        self.write(page.iter().map(|posted| Line::Entry(Box::new(EntryLine::from(posted)))), out);
        Ok(())
    }

    fn requests(&mut self, page: &[(IdempotencyKey, IdempotencyRecord)], out: &mut Vec<u8>) {
        self.end.requests += page.len() as u64;
        self.write(page.iter().map(|request| Line::Request(RequestLine::from(request))), out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        let sha256 = ChainHash(std::mem::take(&mut self.digest).finalize().into());
        append(&Line::End(End { sha256, ..self.end.clone() }), out);
    }
}
