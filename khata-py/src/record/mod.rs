//! Results: immutable records with attributes, `repr`, equality, hash, pickling and `asdict()`, all of them made of the
//! descriptions of core's records.

mod amount;
mod class;
pub(crate) mod own;
mod row;
mod tables;

use khata_core::documents;
use khata_core::ledger::{self, ageing, daybook, explain, statement, summary};
use khata_core::record::Record as CoreRecord;
use khata_core::{customer, numbering, owner};
use pyo3::PyTypeInfo as _;
use pyo3::prelude::*;
use pyo3::types::PyType;

pub(crate) use amount::decimal_type;
use class::{Class, Record};
pub(crate) use class::{class_name, classes, register};
pub(crate) use row::Row;

/// A record that has a class of Python's.
pub(crate) trait Shown: CoreRecord {
    /// Its class.
    fn class(py: Python<'_>) -> Py<PyType>;
}

/// Declares the class of each record.
macro_rules! classes {
    ($($class:ident: $record:ty;)+) => {
        $(
            #[pyclass(frozen, extends = Record, module = "khata")]
            pub(crate) struct $class;

            impl Shown for $record {
                fn class(py: Python<'_>) -> Py<PyType> {
                    $class::type_object(py).unbind()
                }
            }
        )+

        static CLASSES: &[Class] = &[$(Class {
            name: stringify!($class),
            description: <$record as CoreRecord>::DESCRIPTION,
            type_object: |py| Ok($class::type_object(py)),
            instance: |py, row| Ok(Py::new(py, ($class, Record(row)))?.into_any()),
        },)+ own::FIELD_ERROR];
    };
}

classes! {
    Ageing: ageing::Ageing;
    AgeingTotal: ageing::AgeingBuckets;
    BadRow: own::BadRow;
    Balance: ledger::Balance;
    CreditNote: documents::CreditNote;
    CreditedInvoice: documents::CreditedInvoice;
    Customer: customer::CustomerView;
    CustomerAgeing: ageing::CustomerAgeing;
    DayBook: daybook::DayBook;
    DayEntry: daybook::DayEntry;
    DayTotals: daybook::DayTotals;
    DebitNote: documents::DebitNote;
    Debtor: summary::Debtor;
    Entry: ledger::Entry;
    EntryAllocation: ledger::Allocation;
    ExplainedAllocation: explain::ExplainedAllocation;
    ExplainedItem: explain::ExplainedItem;
    Explanation: explain::Explanation;
    Fault: own::Fault;
    Imported: own::Imported;
    ImportedCustomers: own::ImportedCustomers;
    Invoice: documents::Invoice;
    KindTotal: daybook::KindTotal;
    Login: own::Login;
    NumberSeries: numbering::NumberSeries;
    OpeningBalance: documents::OpeningBalance;
    Paid: documents::Paid;
    PaidBy: documents::PaidBy;
    PaymentTotal: daybook::PaymentTotal;
    PostDated: ledger::PostDated;
    Receipt: documents::Receipt;
    Refund: documents::Refund;
    ShopOwner: owner::Owner;
    SignedHead: own::SignedHead;
    Statement: statement::Statement;
    StatementEntry: statement::StatementEntry;
    Summary: summary::Summary;
    Verified: own::Verified;
    WriteOff: documents::WriteOff;
}
