//! Document numbers: at most 16 characters, consecutive, unique in a financial year (CGST Rules 2017, rules 46 and 53).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, FinancialYear};
use crate::error::Violation;
use crate::form::{self, Raw};
use crate::money::Currency;
use crate::record::{FormType, Record, choice};
use crate::text::serde_as_text;

choice! {
    /// Kind of a document that bears a number.
    pub enum DocumentKind: "invalid_kind" {
        /// Goods given on credit.
        Invoice = "invoice",
        /// Money received.
        Receipt = "receipt",
        /// Goods taken back, or a price lowered later.
        CreditNote = "credit_note",
        /// More owed than was billed: a price raised later, a late fee.
        DebitNote = "debit_note",
        /// Money given back.
        Refund = "refund",
        /// An amount that is given up.
        WriteOff = "write_off",
        /// A balance from before the book began.
        OpeningBalance = "opening_balance",
    }
}

impl FormType for DocumentKind {
    fn from_raw(raw: &Raw, _: Currency) -> Result<Self, Violation> {
        form::text(Self::parse)(raw)
    }
}

impl DocumentKind {
    /// Returns the plural, as used in paths and table names.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Invoice => "invoices",
            Self::Receipt => "receipts",
            Self::CreditNote => "creditnotes",
            Self::DebitNote => "debitnotes",
            Self::Refund => "refunds",
            Self::WriteOff => "writeoffs",
            Self::OpeningBalance => "openings",
        }
    }

    /// Returns the prefix of automatic numbers.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Invoice => "INV",
            Self::Receipt => "RCT",
            Self::CreditNote => "CRN",
            Self::DebitNote => "DBN",
            Self::Refund => "RFD",
            Self::WriteOff => "WOF",
            Self::OpeningBalance => "OPB",
        }
    }
}

/// A document number as written: 1 to 16 ASCII letters, digits, hyphens and slashes. Numbers are compared without case by
/// their [`NumberKey`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentNumber(String);

serde_as_text!(DocumentNumber, DocumentNumber::parse);

impl DocumentNumber {
    /// Maximum number of characters that the law allows.
    pub const CHARACTERS_MAX: usize = 16;

    /// Parses a number, and keeps its case.
    ///
    /// # Errors
    /// `invalid_document_number`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let sound = (1..=Self::CHARACTERS_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-/".contains(&byte));
        if sound {
            Ok(Self(text.to_owned()))
        } else {
            let message = format!("must be 1 to {} ASCII letters, digits, - and /", Self::CHARACTERS_MAX);
            Err(Violation::new("invalid_document_number", message))
        }
    }

    /// Returns the number as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A number series: the documents of one kind and financial year of a shop. Numbers are unique in a series, and automatic
/// numbers are consecutive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Record)]
#[record(table = "documents")]
pub struct Series {
    /// Kind of the documents.
    #[field(name = "kind")]
    pub kind: DocumentKind,
    /// Financial year of the dates on the documents, by the year in which it starts.
    #[field(name = "year")]
    pub year: FinancialYear,
}

impl Series {
    /// Returns the series of a document.
    #[must_use]
    pub fn of(kind: DocumentKind, date: Date) -> Self {
        Self { kind, year: FinancialYear::of(date) }
    }

    /// Creates a series from the stable name of a document kind and the start of a financial year.
    ///
    /// # Errors
    /// `invalid_series`.
    pub fn from_parts(kind: &str, start_year: i64) -> Result<Self, Violation> {
        let kind = DocumentKind::from_name(kind);
        let year = u16::try_from(start_year).ok().map(FinancialYear::from_start_year);
        let series = kind.zip(year).map(|(kind, year)| Self { kind, year });
        series.ok_or_else(|| Violation::new("invalid_series", "must be a document kind and a year"))
    }

    /// Returns the automatic number at a position, counted from 1. The year is shortened as the position grows, so that 16
    /// characters suffice for 9,999,999 documents. Returns `None` beyond that.
    #[must_use]
    pub fn number(self, position: u64) -> Option<DocumentNumber> {
        let Self { kind, year } = self;
        let prefix = kind.prefix();
        let text = match position {
            0 => return None,
            1..=9_999 => format!("{prefix}/{year}/{position:04}"),
            10_000..=999_999 => format!("{prefix}/{}/{position}", year.short()),
            _ => format!("{prefix}/{}/{position}", year.compact()),
        };
        DocumentNumber::parse(&text).ok()
    }

    /// Returns the position of an automatic number, compared without case, or `None` if it is not one.
    #[must_use]
    pub fn position(self, number: &DocumentNumber) -> Option<u64> {
        let (_, digits) = number.0.rsplit_once('/')?;
        let position = digits.parse().ok()?;
        let automatic = self.number(position)?;
        automatic.0.eq_ignore_ascii_case(&number.0).then_some(position)
    }
}

/// The unique key of a document number: its series and the number without case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Record)]
#[record(table = "documents")]
pub struct NumberKey {
    /// Series that the number is unique in.
    #[field(flatten)]
    series: Series,
    /// Number in upper case.
    #[field(name = "number")]
    number: DocumentNumber,
}

impl NumberKey {
    /// Creates the key of a number in a series.
    #[must_use]
    pub fn new(series: Series, number: &DocumentNumber) -> Self {
        Self { series, number: DocumentNumber(number.0.to_ascii_uppercase()) }
    }

    /// Returns the series.
    #[must_use]
    pub const fn series(&self) -> Series {
        self.series
    }

    /// Returns the number in upper case, as a document number.
    #[must_use]
    pub const fn document_number(&self) -> &DocumentNumber {
        &self.number
    }

    /// Returns the number in upper case.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INVOICES: Series =
        Series { kind: DocumentKind::Invoice, year: FinancialYear::from_start_year(2026) };

    fn number(text: &str) -> DocumentNumber {
        DocumentNumber::parse(text).unwrap()
    }

    #[test]
    fn numbers_are_kept_as_written() {
        for text in ["1", "a", "-", "/", "inv/2026-27/0001", "A-b/C-9", "////////////////"] {
            assert_eq!(number(text).as_str(), text);
        }
        for text in ["", " 1", "1 ", "A_1", "A.1", "नं१", "INV/2026-27/00001", "A\n"] {
            assert_eq!(DocumentNumber::parse(text).unwrap_err().code, "invalid_document_number", "{text}");
        }
    }

    #[test]
    fn automatic_numbers_make_room_by_a_shorter_year() {
        for (position, text) in [
            (1, "INV/2026-27/0001"),
            (9_999, "INV/2026-27/9999"),
            (10_000, "INV/26-27/10000"),
            (999_999, "INV/26-27/999999"),
            (1_000_000, "INV/2627/1000000"),
            (9_999_999, "INV/2627/9999999"),
        ] {
            assert_eq!(INVOICES.number(position), Some(number(text)));
            assert_eq!(INVOICES.position(&number(text)), Some(position));
            assert_eq!(INVOICES.position(&number(&text.to_lowercase())), Some(position));
        }
        assert_eq!(INVOICES.number(0), None);
        assert_eq!(INVOICES.number(10_000_000), None);
        assert_eq!(INVOICES.number(u64::MAX), None);
        let odd_year = Series { year: FinancialYear::from_start_year(u16::MAX), ..INVOICES };
        assert_eq!(odd_year.number(1), None);
    }

    #[test]
    fn each_kind_has_its_prefix() {
        let year = FinancialYear::from_start_year(1999);
        for (kind, text) in [
            (DocumentKind::Invoice, "INV/1999-00/0007"),
            (DocumentKind::Receipt, "RCT/1999-00/0007"),
            (DocumentKind::CreditNote, "CRN/1999-00/0007"),
            (DocumentKind::DebitNote, "DBN/1999-00/0007"),
            (DocumentKind::Refund, "RFD/1999-00/0007"),
            (DocumentKind::WriteOff, "WOF/1999-00/0007"),
        ] {
            assert_eq!(Series { kind, year }.number(7), Some(number(text)));
            assert_eq!(DocumentKind::from_name(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
        }
        assert_eq!(DocumentKind::from_name("bill"), None);
    }

    #[test]
    fn only_the_automatic_form_has_a_position() {
        for text in [
            "INV/2026-27/0000",
            "INV/2026-27/1",
            "INV/2026-27/001",
            "INV/2025-26/0001",
            "RCT/2026-27/0001",
            "INV/26-27/0001",
            "INV/26-27/09999",
            "INV/26-27/1",
            "INV/2627/999999",
            "INV/2627/1",
            "INV-2026-27/0001",
            "0001",
            "INV",
            "/",
            "INV/2026-27/",
            "X/INV/26-27/1",
        ] {
            assert_eq!(INVOICES.position(&number(text)), None, "{text}");
        }
    }

    #[test]
    fn case_does_not_count_in_a_key() {
        let key = NumberKey::new(INVOICES, &number("ab/1"));
        assert_eq!(key, NumberKey::new(INVOICES, &number("AB/1")));
        assert_ne!(key, NumberKey::new(INVOICES, &number("AB-1")));
        assert_eq!((key.series(), key.number()), (INVOICES, "AB/1"));
        assert_eq!(INVOICES.position(key.document_number()), None);
        let key = NumberKey::new(INVOICES, &number("inv/2026-27/0007"));
        assert_eq!(INVOICES.position(key.document_number()), Some(7));
    }

    #[test]
    fn serde_checks_what_it_reads() {
        assert_eq!(serde_json::to_string(&number("a/1")).unwrap(), "\"a/1\"");
        assert!(serde_json::from_str::<DocumentNumber>("\"a 1\"").is_err());
        let text = serde_json::to_string(&INVOICES).unwrap();
        assert_eq!(text, r#"{"kind":"invoice","year":2026}"#);
        assert_eq!(serde_json::from_str::<Series>(&text).unwrap(), INVOICES);
    }

    proptest! {
        #[test]
        fn a_position_reads_back(position in 1_u64..=9_999_999, year in 1899_u16..=2199) {
            let series = Series { kind: DocumentKind::Receipt, year: FinancialYear::from_start_year(year) };
            let number = series.number(position).unwrap();
            prop_assert_eq!(series.position(&number), Some(position));
            prop_assert!(number.as_str().len() <= DocumentNumber::CHARACTERS_MAX);
        }

        #[test]
        fn a_position_has_one_number(text in "(INV|inv)/(2026-27|26-27|2627)/[0-9]{1,7}") {
            if let Ok(number) = DocumentNumber::parse(&text)
                && let Some(position) = INVOICES.position(&number)
            {
                let automatic = INVOICES.number(position).unwrap();
                prop_assert_eq!(automatic.as_str(), text.to_uppercase());
            }
        }
    }
}
