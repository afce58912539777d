//! The tables that a book can be laid out in.

use std::fmt;

use crate::error::Violation;
use crate::number::DocumentKind;

/// A table of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Customers, archived ones too, with what they owe now.
    Customers,
    /// All that moved a balance.
    Entries,
    /// Documents of a kind.
    Documents(DocumentKind),
    /// Which credit paid which debit.
    Allocations,
}

impl Table {
    /// Every table.
    pub fn all() -> impl Iterator<Item = Self> {
        let documents = DocumentKind::ALL.iter().copied().map(Self::Documents);
        [Self::Customers, Self::Entries].into_iter().chain(documents).chain([Self::Allocations])
    }

    /// Stable, as it is named in a query and in the name of a file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Entries => "entries",
            Self::Documents(kind) => kind.plural(),
            Self::Allocations => "allocations",
        }
    }

    /// The table of that name.
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
