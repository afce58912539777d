//! Export as a Beancount file (<https://beancount.github.io/docs/beancount_language_syntax.html>).

use std::io::Write as _;

use super::journal::{Account, Journal, Transaction};
use super::layout::{Layout, Part};
use crate::calendar::Date;
use crate::customer::Customer;
use crate::error::Error;
use crate::money::Currency;
use crate::store::{Head, Posted};
use crate::text::Name;

/// Why writing can't fail.
const TO_MEMORY: &str = "writing to memory doesn't fail";

#[derive(Debug)]
pub(super) struct Beancount {
    shop: Name,
    currency: Currency,
    journal: Journal,
}

impl Beancount {
    pub(super) fn new(head: &Head) -> Self {
        let owner = &head.owner;
        Self { shop: owner.shop_name.clone(), currency: owner.currency, journal: Journal::default() }
    }

    /// Opens an account, from the earliest date of a book, since documents may have any date.
    fn open(&self, account: Account, out: &mut Vec<u8>) {
        writeln!(out, "{} open {account} {}", Date::MIN, self.currency).expect(TO_MEMORY);
    }

    fn transaction(&self, transaction: &Transaction, out: &mut Vec<u8>) {
        let Transaction { seq, date, title, number, party, note, legs } = transaction;
        let number = number.as_ref().map(|number| format!(" {number}")).unwrap_or_default();
        writeln!(out, "{date} * {} \"{title}{number}\"", quoted(party)).expect(TO_MEMORY);
        writeln!(out, "  seq: {seq}").expect(TO_MEMORY);
        if let Some(note) = note {
            writeln!(out, "  note: {}", quoted(note)).expect(TO_MEMORY);
        }
        for (account, amount) in legs {
            writeln!(out, "  {account}  {} {}", self.currency.format(*amount), self.currency)
                .expect(TO_MEMORY);
        }
        out.push(b'\n');
    }
}

impl Layout for Beancount {
    fn parts(&self) -> &'static [Part] {
        &[Part::Customers, Part::Postings]
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        writeln!(out, "option \"title\" {}", quoted(self.shop.as_str())).expect(TO_MEMORY);
        writeln!(out, "option \"operating_currency\" \"{}\"\n", self.currency).expect(TO_MEMORY);
        Account::COMMON.into_iter().for_each(|account| self.open(account, out));
    }

    fn customers(&mut self, page: &[Customer], out: &mut Vec<u8>) -> Result<(), Error> {
        for customer in page {
            self.open(Account::Receivable(customer.id), out);
            writeln!(out, "  name: {}", quoted(customer.name.as_str())).expect(TO_MEMORY);
        }
        self.journal.add(page);
        Ok(())
    }

    fn postings(&mut self, page: &[Posted], out: &mut Vec<u8>) -> Result<(), Error> {
        for posted in page {
            if posted.entry.seq == 1 {
                out.push(b'\n');
            }
            // What only allocates moves nothing.
            if !posted.entry.amount.is_zero() {
                let transaction = self.journal.transaction(posted)?;
                self.transaction(&transaction, out);
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        // A Beancount assertion is about the start of a day. `~ 0` sets the tolerance, which is a minor unit by default.
        let Some(date) = self.journal.last().and_then(|last| last.naive().succ_opt()) else { return };
        for (customer, balance) in self.journal.balances() {
            let (account, balance) = (Account::Receivable(customer), self.currency.format(balance));
            writeln!(out, "{date} balance {account}  {balance} ~ 0 {}", self.currency).expect(TO_MEMORY);
        }
    }
}

/// Quotes a string, in which only two characters need an escape. It is put on one line, since Beancount takes a string of
/// several lines for an unterminated one.
fn quoted(text: &str) -> String {
    let text = text.replace(['\n', '\t'], " ");
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out_of_its_quotes() {
        assert_eq!(quoted("Ravi \"R\\\"\nKumar"), r#""Ravi \"R\\\" Kumar""#);
    }
}
