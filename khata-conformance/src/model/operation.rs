//! What random books ask of a shop, and of the model of its book.

/// What is asked of a book. People and invoices are meant by their place among those that were ever added. `Register`
/// says whether the shop has a GSTIN from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    Add {
        mobile: Option<u32>,
        opening: i64,
        opened: i64,
        limit: Option<i64>,
    },
    Update {
        who: usize,
        mobile: Option<Option<u32>>,
        limit: Option<Option<i64>>,
    },
    Remove {
        who: usize,
    },
    Restore {
        who: usize,
    },
    Lock {
        until: Option<i64>,
    },
    Register {
        gstin: bool,
    },
    Invoice {
        who: usize,
        document: DocumentInput,
        due: Option<i64>,
        taxed: bool,
        over_limit: bool,
    },
    Receipt {
        who: usize,
        document: DocumentInput,
        pays: Vec<(usize, i64)>,
        cheque: bool,
    },
    /// On none, on one, or on several, then of each as much as the document says.
    CreditNote {
        who: usize,
        on: Vec<usize>,
        document: DocumentInput,
    },
    DebitNote {
        who: usize,
        document: DocumentInput,
        on: Option<usize>,
    },
    Refund {
        who: usize,
        document: DocumentInput,
    },
    WriteOff {
        who: usize,
        document: DocumentInput,
        pays: Vec<(usize, i64)>,
    },
    /// In place of the one that there is.
    Opening {
        who: usize,
        owed: bool,
        document: DocumentInput,
    },
    Void {
        what: usize,
        date: Option<i64>,
        key: Option<u8>,
    },
    Bounce {
        what: usize,
        date: i64,
        charge: Option<i64>,
        key: Option<u8>,
    },
    Reallocate {
        what: usize,
        date: Option<i64>,
        pays: Vec<(usize, i64)>,
        key: Option<u8>,
    },
}

impl Operation {
    /// Whether it was given a key, so that it is not done again.
    pub(crate) fn has_key(&self) -> bool {
        self.key().is_some()
    }

    pub(super) fn key(&self) -> Option<u8> {
        match self {
            Self::Invoice { document, .. }
            | Self::Receipt { document, .. }
            | Self::CreditNote { document, .. }
            | Self::DebitNote { document, .. }
            | Self::Refund { document, .. }
            | Self::WriteOff { document, .. }
            | Self::Opening { document, .. } => document.key,
            Self::Void { key, .. } | Self::Bounce { key, .. } | Self::Reallocate { key, .. } => *key,
            _ => None,
        }
    }
}

/// What every document has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentInput {
    pub(crate) date: i64,
    pub(crate) amount: i64,
    pub(crate) number: Option<&'static str>,
    pub(crate) key: Option<u8>,
}
