//! Results: immutable, typed, and made of what core answers. `record!` gives each what Python expects
//! of a value: attributes, `repr`, equality, hash, pickling, and `asdict()`.

mod customer;
mod document;
mod entry;
mod explain;
mod owner;
mod proof;
mod report;
mod transfer;

pub(crate) use customer::{Balance, Customer};
pub(crate) use document::{CreditNote, Invoice, Paid, PaidBy, Receipt};
pub(crate) use entry::{Entry, EntryAllocation};
pub(crate) use explain::{ExplainedAllocation, ExplainedItem, Explanation};
pub(crate) use owner::{Login, ShopOwner};
pub(crate) use proof::{Fault, SignedHead, Verified};
pub(crate) use report::{
    Ageing, AgeingTotal, CustomerAgeing, DayBook, DayEntry, DayTotals, Debtor, KindTotal, PaymentTotal,
    Statement, StatementEntry, Summary,
};
pub(crate) use transfer::{BadRow, Imported, ImportedCustomers};

use khata_core::money::Currency;
use pyo3::prelude::*;
use pyo3::types::PyModule;

/// Made of what core answers, in the shop's currency.
pub(crate) trait Of<T> {
    fn of(value: T, currency: Currency) -> Self;
}

/// What is made already stays as it is.
impl<T: crate::call::Answer> Of<T> for T {
    fn of(value: T, _currency: Currency) -> Self {
        value
    }
}

impl Of<()> for crate::call::Nothing {
    fn of((): (), _currency: Currency) -> Self {
        Self
    }
}

macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        $name:ident { $( $(#[doc = $field_doc:literal])+ $field:ident: $type:ty, )+ }
        $({ $($method:tt)+ })?
    ) => {
        $(#[doc = $doc])+
        #[pyo3::pyclass(frozen, module = "khata")]
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub(crate) struct $name { $( pub(crate) $field: $type, )+ }

        #[pyo3::pymethods]
        impl $name {
            $(
                $(#[doc = $field_doc])+
                #[getter]
                fn $field<'py>(&self, py: pyo3::Python<'py>) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                    crate::field::Field::to_py(&self.$field, py)
                }
            )+

            /// It all as a dict, of built-in types down to the last.
            fn asdict<'py>(&self, py: pyo3::Python<'py>) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                crate::field::Field::to_plain(self, py)
            }

            /// The fields, and what a table's column of each holds.
            #[classattr]
            fn _columns() -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($field), <$type as crate::field::Field>::COLUMN)),+]
            }

            /// Makes one of all its fields, in order.
            #[staticmethod]
            fn _make(fields: Vec<pyo3::Bound<'_, pyo3::PyAny>>) -> pyo3::PyResult<Self> {
                let mut fields = fields.iter();
                Ok(Self { $( $field: crate::record::next_field(&mut fields)?, )+ })
            }

            fn __reduce__<'py>(
                slf: &pyo3::Bound<'py, Self>,
            ) -> pyo3::PyResult<(pyo3::Bound<'py, pyo3::PyAny>, (Vec<pyo3::Bound<'py, pyo3::PyAny>>,))> {
                let make = pyo3::types::PyAnyMethods::getattr(slf.as_any(), "_make")?;
                let (py, this) = (slf.py(), slf.get());
                Ok((make, (vec![$( crate::field::Field::to_py(&this.$field, py)? ),+],)))
            }

            fn __repr__(&self, py: pyo3::Python<'_>) -> pyo3::PyResult<String> {
                let fields = [$((stringify!($field), crate::field::Field::repr(&self.$field, py)?)),+];
                let fields = fields.map(|(name, value)| format!("{name}={value}"));
                Ok(format!("{}({})", stringify!($name), fields.join(", ")))
            }

            fn __eq__(&self, other: &pyo3::Bound<'_, pyo3::PyAny>) -> bool {
                other.cast::<Self>().is_ok_and(|other| other.get() == self)
            }

            fn __hash__(&self) -> u64 {
                let mut hasher = std::hash::DefaultHasher::new();
                std::hash::Hash::hash(self, &mut hasher);
                std::hash::Hasher::finish(&hasher)
            }

            $($($method)+)?
        }

        impl crate::field::Field for $name {
            const COLUMN: &'static str = "record";

            fn to_py<'py>(&self, py: pyo3::Python<'py>) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                pyo3::Bound::new(py, self.clone()).map(pyo3::Bound::into_any)
            }

            fn from_py(value: &pyo3::Bound<'_, pyo3::PyAny>) -> pyo3::PyResult<Self> {
                Ok(value.cast::<Self>()?.get().clone())
            }

            fn to_plain<'py>(&self, py: pyo3::Python<'py>) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                let fields = pyo3::types::PyDict::new(py);
                $(
                    let field = crate::field::Field::to_plain(&self.$field, py)?;
                    pyo3::types::PyDictMethods::set_item(&fields, stringify!($field), field)?;
                )+
                Ok(fields.into_any())
            }
        }
    };
}

use record;

/// The next of the values that a result is made of.
fn next_field<'a, 'py: 'a, F: crate::field::Field>(
    values: &mut impl Iterator<Item = &'a Bound<'py, PyAny>>,
) -> PyResult<F> {
    let missing = || pyo3::exceptions::PyTypeError::new_err("a field is missing");
    F::from_py(values.next().ok_or_else(missing)?)
}

/// Adds the classes of results to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    macro_rules! add {
        ($($class:ident),+ $(,)?) => { $( module.add_class::<$class>()?; )+ };
    }
    add!(
        Ageing,
        AgeingTotal,
        BadRow,
        Balance,
        CreditNote,
        Customer,
        CustomerAgeing,
        DayBook,
        DayEntry,
        DayTotals,
        Debtor,
        Entry,
        EntryAllocation,
        ExplainedAllocation,
        ExplainedItem,
        Explanation,
        Fault,
        Imported,
        ImportedCustomers,
        Invoice,
        KindTotal,
        Login,
        Paid,
        PaidBy,
        PaymentTotal,
        Receipt,
        ShopOwner,
        SignedHead,
        Statement,
        StatementEntry,
        Summary,
        Verified,
    );
    Ok(())
}
