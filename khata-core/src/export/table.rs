//! The tables that a book can be laid out in.

use std::fmt;

use crate::error::Violation;

/// A table of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// The customers, archived ones too, with what they owe now.
    Customers,
    /// All that moved a balance.
    Entries,
    /// The invoices.
    Invoices,
    /// The receipts.
    Receipts,
    /// The credit notes.
    CreditNotes,
    /// Which credit paid which debit.
    Allocations,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 6] = [
        Self::Customers,
        Self::Entries,
        Self::Invoices,
        Self::Receipts,
        Self::CreditNotes,
        Self::Allocations,
    ];

    /// Stable, as it is named in a query and in the name of a file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Entries => "entries",
            Self::Invoices => "invoices",
            Self::Receipts => "receipts",
            Self::CreditNotes => "creditnotes",
            Self::Allocations => "allocations",
        }
    }

    /// The table of that name.
    ///
    /// # Errors
    /// `invalid_table`.
    pub fn parse(name: &str) -> Result<Self, Violation> {
        Self::ALL.into_iter().find(|table| table.as_str() == name).ok_or_else(|| {
            Violation::new(
                "invalid_table",
                format!("must be one of {}", Self::ALL.map(Self::as_str).join(", ")),
            )
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
