//! Tables of a book.

use std::fmt;

use crate::error::Violation;
use crate::number::DocumentKind;

/// A table of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Customers, including archived ones, with their current balances.
    Customers,
    /// All entries.
    Entries,
    /// Documents of a kind.
    Documents(DocumentKind),
    /// Allocations of credits to debits.
    Allocations,
}

impl Table {
    /// Returns every table.
    pub fn all() -> impl Iterator<Item = Self> {
        let documents = DocumentKind::ALL.iter().copied().map(Self::Documents);
        [Self::Customers, Self::Entries].into_iter().chain(documents).chain([Self::Allocations])
    }

    /// Returns the stable name, as used in queries and file names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Entries => "entries",
            Self::Documents(kind) => kind.plural(),
            Self::Allocations => "allocations",
        }
    }

    /// Parses the name of a table.
    ///
    /// # Errors
    /// `invalid_table`.
    pub fn parse(name: &str) -> Result<Self, Violation> {
        Self::all().find(|table| table.as_str() == name).ok_or_else(|| {
            let names: Vec<_> = Self::all().map(Self::as_str).collect();
            Violation::new("invalid_table", format!("must be one of {}", names.join(", ")))
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
