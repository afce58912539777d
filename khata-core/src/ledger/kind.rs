//! Kinds of items and entries. Each kind of document has an item and an entry of its name.

use super::Side;
use crate::number::DocumentKind;
use crate::record::choice;

choice! {
    /// Kind of an item, by the document or entry that opened it.
    pub enum ItemKind {
        /// An invoice: a debit.
        Invoice = "invoice",
        /// A receipt: a credit.
        Receipt = "receipt",
        /// A credit note: a credit.
        CreditNote = "credit_note",
        /// A debit note: a debit.
        DebitNote = "debit_note",
        /// A refund: a debit.
        Refund = "refund",
        /// A write-off: a credit.
        WriteOff = "write_off",
        /// An opening balance, on the side of its sign.
        OpeningBalance = "opening_balance",
    }
}

impl From<DocumentKind> for ItemKind {
    /// Returns the kind of the item that a document opens, which has the same name.
    fn from(kind: DocumentKind) -> Self {
        Self::from_name(kind.as_str()).expect("each kind of document opens an item of its name")
    }
}

impl ItemKind {
    /// Returns the kind of its document.
    #[must_use]
    pub fn document(self) -> Option<DocumentKind> {
        DocumentKind::from_name(self.as_str())
    }

    /// Returns the side of its amount; `None` for an opening balance, which may be on either.
    #[must_use]
    pub fn side(self) -> Option<Side> {
        match self {
            Self::Invoice | Self::DebitNote | Self::Refund => Some(Side::Debit),
            Self::Receipt | Self::CreditNote | Self::WriteOff => Some(Side::Credit),
            Self::OpeningBalance => None,
        }
    }

    /// Returns its name in words, such as `credit note`.
    #[must_use]
    pub fn in_words(self) -> String {
        if self == Self::WriteOff { "write-off".to_owned() } else { self.as_str().replace('_', " ") }
    }
}

choice! {
    /// Kind of a ledger entry. The hash of an entry covers the name.
    pub enum EntryKind {
        /// Goods on credit: a debit.
        Invoice = "invoice",
        /// Money received: a credit.
        Receipt = "receipt",
        /// Goods returned or a price reduced: a credit.
        CreditNote = "credit_note",
        /// More owed than was billed: a debit.
        DebitNote = "debit_note",
        /// Money given back: a debit.
        Refund = "refund",
        /// An amount that is given up: a credit, and no payment.
        WriteOff = "write_off",
        /// A balance from before the book began, of either sign.
        OpeningBalance = "opening_balance",
        /// The reversal of one of these.
        Void = "void",
        /// The reversal of a receipt whose cheque bounced.
        Bounce = "bounce",
        /// A credit pays other debits than before: an entry of no amount.
        Allocation = "allocation",
    }
}

impl From<DocumentKind> for EntryKind {
    /// Returns the kind of the entry of a document.
    fn from(kind: DocumentKind) -> Self {
        ItemKind::from(kind).into()
    }
}

impl From<ItemKind> for EntryKind {
    /// Returns the kind of the entry that opens an item, which has the same name.
    fn from(kind: ItemKind) -> Self {
        Self::from_name(kind.as_str()).expect("each kind of item is opened by an entry of its name")
    }
}

impl EntryKind {
    /// Returns whether it reverses an item.
    #[must_use]
    pub fn reverses(self) -> bool {
        matches!(self, Self::Void | Self::Bounce)
    }

    /// Returns the kind of the item that it opens; `None` for an entry about an item that another one opened.
    #[must_use]
    pub fn opens(self) -> Option<ItemKind> {
        ItemKind::from_name(self.as_str())
    }
}
