//! Export as an hledger journal (<https://hledger.org/hledger.html>).

use std::io::Write as _;

use super::journal::{Account, Journal, Transaction};
use super::layout::{Layout, Part};
use crate::customer::Customer;
use crate::error::Error;
use crate::money::{Currency, Money};
use crate::store::{Head, Posted};
use crate::text::Name;

/// Why writing can't fail.
const TO_MEMORY: &str = "writing to memory doesn't fail";

#[derive(Debug)]
pub(super) struct Hledger {
    shop: Name,
    currency: Currency,
    journal: Journal,
}

impl Hledger {
    pub(super) fn new(head: &Head) -> Self {
        let owner = &head.owner;
        Self { shop: owner.shop_name.clone(), currency: owner.currency, journal: Journal::default() }
    }

    fn transaction(&self, transaction: &Transaction, out: &mut Vec<u8>) {
        let Transaction { seq, date, title, number, party, note, legs } = transaction;
        let code = number.as_ref().map(|number| format!("({number}) ")).unwrap_or_default();
        writeln!(out, "{date} * {code}{title} | {}  ; seq:{seq}", description(party)).expect(TO_MEMORY);
        if let Some(note) = note {
            writeln!(out, "    ; note:{}", tag(note)).expect(TO_MEMORY);
        }
        for (account, amount) in legs {
            writeln!(out, "    {account}  {}", self.amount(*amount)).expect(TO_MEMORY);
        }
        out.push(b'\n');
    }

    fn amount(&self, amount: Money) -> String {
        format!("{} {}", self.currency.format(amount), self.currency)
    }
}

impl Layout for Hledger {
    fn parts(&self) -> &'static [Part] {
        &[Part::Customers, Part::Postings]
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        writeln!(out, "; The book of {}, written by Khata.\n", tag(self.shop.as_str())).expect(TO_MEMORY);
        // Without this directive, hledger would guess whether 1.000 is one or a thousand. The number itself is arbitrary.
        let point = if self.currency.exponent() == 0 { "." } else { "" };
        let sample = format!("{}{point} {}", self.currency.format(Money::ZERO), self.currency);
        writeln!(out, "decimal-mark .\ncommodity {sample}\n").expect(TO_MEMORY);
        for account in Account::COMMON {
            writeln!(out, "account {account}").expect(TO_MEMORY);
        }
    }

    fn customers(&mut self, page: &[Customer], out: &mut Vec<u8>) -> Result<(), Error> {
        for customer in page {
            let account = Account::Receivable(customer.id);
            writeln!(out, "account {account}  ; name:{}", tag(customer.name.as_str())).expect(TO_MEMORY);
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
        // On a day, hledger applies transactions in the order of the file.
        let Some(date) = self.journal.last() else { return };
        for (customer, balance) in self.journal.balances() {
            let (account, zero) = (Account::Receivable(customer), self.amount(Money::ZERO));
            let balance = self.amount(balance);
            writeln!(out, "{date} * Balance\n    {account}  {zero} = {balance}\n").expect(TO_MEMORY);
        }
    }
}

/// Escapes a text for the first line of a transaction, where `;` begins a comment.
fn description(text: &str) -> String {
    text.replace(';', ",")
}

/// Escapes a text for the value of a tag in a comment, where a comma ends the value and another tag could follow.
fn tag(text: &str) -> String {
    text.replace(',', ";").replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out_of_its_place() {
        assert_eq!(description("Ravi; type:X"), "Ravi, type:X");
        assert_eq!(tag("Ravi, type:X\n2026-01-01 x"), "Ravi; type:X 2026-01-01 x");
    }
}
