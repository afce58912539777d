//! What is to be added: read of keyword arguments, posted, and answered; one by one, or many together.

use futures::StreamExt as _;
use khata_core::form::Form;
use khata_core::idempotency::IdempotencyKey;
use khata_core::money::Currency;
use khata_core::shop::Operation;
use khata_core::{Error, Shop, credit_note, customer, invoice, receipt};
use pyo3::IntoPyObjectExt as _;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::call::Answer;
use crate::record::{self, Of as _};
use crate::{error, form};

/// How many postings of `add_many` may wait at once: twice as many as a batch holds, so that the next one fills while one
/// is on its way.
const UNDER_WAY_MAX: usize = 512;

/// A class of what is to be added.
pub(crate) trait New {
    /// Reads one. `over_limit` may be said of invoices only.
    fn read(form: Form, currency: Currency, over_limit: bool) -> Result<Posting, Error>;
    /// Whether `over_limit` may be said.
    const LIMITED: bool;
}

macro_rules! postings {
    ($( $(#[doc = $doc:literal])+ $class:ident($new:ty) => $made:ident($entity:ty), $add:ident, $limited:literal, $read:expr; )+) => {
        /// Something to be posted, valid in itself.
        pub(crate) enum Posting { $( $made(Box<$new>), )+ }

        /// What came of it, in the shop's currency.
        pub(crate) enum Posted { $( $made(Box<$entity>, Currency), )+ }

        impl Posting {
            /// Posts it; under a key, once.
            pub(crate) async fn post(self, shop: &Shop, key: Option<IdempotencyKey>) -> Result<Posted, Error> {
                match self {
                    $( Self::$made(new) => {
                        let made = once(shop, key, *new, |shop, new| shop.$add(new)).await?;
                        Ok(Posted::$made(Box::new(made), shop.currency()))
                    } )+
                }
            }
        }

        impl Answer for Posted {
            fn into_answer(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                match self {
                    $( Self::$made(made, currency) => record::$made::of(*made, currency).into_py_any(py), )+
                }
            }
        }

        $(
            $(#[doc = $doc])+
            #[pyclass(frozen, module = "khata")]
            pub(crate) struct $class { fields: Py<PyDict> }

            impl New for $class {
                const LIMITED: bool = $limited;

                fn read(form: Form, currency: Currency, over_limit: bool) -> Result<Posting, Error> {
                    let read: fn(Form, Currency, bool) -> Result<$new, Error> = $read;
                    read(form, currency, over_limit).map(|new| Posting::$made(Box::new(new)))
                }
            }

            #[pymethods]
            impl $class {
                #[new]
                #[pyo3(signature = (**fields))]
                fn new(py: Python<'_>, fields: Option<Bound<'_, PyDict>>) -> Self {
                    Self { fields: fields.unwrap_or_else(|| PyDict::new(py)).unbind() }
                }

                fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                    let fields = self.fields.bind(py).iter();
                    let shown = fields.map(|(name, value)| Ok(format!("{}={}", name.str()?, value.repr()?)));
                    Ok(format!("{}({})", stringify!($class), shown.collect::<PyResult<Vec<_>>>()?.join(", ")))
                }
            }
        )+

        /// What a value of one of these classes is to post.
        fn of_value(value: &Bound<'_, PyAny>, shop: &Shop) -> PyResult<Ready> {
            $(
                if let Ok(new) = value.cast::<$class>() {
                    return Ready::read::<$class>(&new.get().fields.bind(value.py()).copy()?, shop);
                }
            )+
            let known = [$(stringify!($class)),+].join(", ");
            let given = value.get_type().qualname()?;
            Err(PyTypeError::new_err(format!("must be one of {known}; not {given}")))
        }

        /// Adds the classes to the module.
        pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $( module.add_class::<$class>()?; )+
            Ok(())
        }
    };
}

postings! {
    /// A customer to be added: what `add_customer` takes.
    NewCustomer(customer::NewCustomer) => Customer(customer::Customer), add_customer, false,
        |form, currency, _| customer::NewCustomer::from_form(form, currency);
    /// An invoice to be added: what `add_invoice` takes.
    NewInvoice(invoice::NewInvoice) => Invoice(invoice::Invoice), add_invoice, true,
        invoice::NewInvoice::from_form;
    /// A receipt to be added: what `add_receipt` takes.
    NewReceipt(receipt::NewReceipt) => Receipt(receipt::Receipt), add_receipt, false,
        |form, currency, _| receipt::NewReceipt::from_form(form, currency);
    /// A credit note to be added: what `add_credit_note` takes.
    NewCreditNote(credit_note::NewCreditNote) => CreditNote(credit_note::CreditNote), add_credit_note, false,
        |form, currency, _| credit_note::NewCreditNote::from_form(form, currency);
}

/// Does an operation under its key, or as `plain` says where there is none.
pub(crate) async fn once<'a, O, F>(
    shop: &'a Shop,
    key: Option<IdempotencyKey>,
    operation: O,
    plain: impl FnOnce(&'a Shop, O) -> F,
) -> Result<O::Output, Error>
where
    O: Operation,
    F: Future<Output = Result<O::Output, Error>>,
{
    match key {
        Some(key) => Ok(shop.once(key, operation).await?.value),
        None => plain(shop, operation).await,
    }
}

/// The key that was said, if any.
pub(crate) fn key(py: Python<'_>, text: Option<&str>) -> PyResult<Option<IdempotencyKey>> {
    let key = text.map(IdempotencyKey::parse).transpose();
    key.map_err(|fault| error::exception(py, &Error::Invalid(vec![fault.at("idempotencyKey")])))
}

/// A posting with its key.
pub(crate) struct Ready {
    posting: Posting,
    key: Option<IdempotencyKey>,
}

impl Ready {
    /// Reads it of keyword arguments, which are used up.
    pub(crate) fn read<N: New>(fields: &Bound<'_, PyDict>, shop: &Shop) -> PyResult<Self> {
        let py = fields.py();
        let taken =
            |name| fields.get_item(name)?.map(|value| fields.del_item(name).map(|()| value)).transpose();
        let text: Option<String> = taken("idempotency_key")?.map(|key| key.extract()).transpose()?.flatten();
        let over_limit = if N::LIMITED { taken("over_limit")? } else { None };
        let over_limit = over_limit.map(|said| said.extract()).transpose()?.unwrap_or(false);
        let key = key(py, text.as_deref())?;
        let form = form::form(Some(fields), shop.time_zone())?;
        let posting =
            N::read(form, shop.currency(), over_limit).map_err(|failed| error::exception(py, &failed))?;
        Ok(Self { posting, key })
    }

    pub(crate) async fn post(self, shop: &Shop) -> Result<Posted, Error> {
        self.posting.post(shop, self.key).await
    }
}

/// Many postings, each valid in itself.
pub(crate) struct Many {
    ready: Vec<Ready>,
    return_exceptions: bool,
}

/// What came of each, in their order.
pub(crate) struct ManyPosted(Vec<Result<Posted, Error>>, bool);

impl Many {
    /// Reads them all. If one is wrong in itself, none of them is posted.
    pub(crate) fn read(items: &Bound<'_, PyAny>, shop: &Shop, return_exceptions: bool) -> PyResult<Self> {
        let item = |(at, item): (usize, PyResult<Bound<'_, PyAny>>)| {
            of_value(&item?, shop).map_err(|failed| with_index(items.py(), failed, at))
        };
        let ready = items.try_iter()?.enumerate().map(item).collect::<PyResult<_>>()?;
        Ok(Self { ready, return_exceptions })
    }

    /// Posts them in their order. After one that fails no more are begun, unless failures are returned as well.
    pub(crate) async fn post(self, shop: Shop) -> ManyPosted {
        let shop = &shop;
        let go_on = self.return_exceptions;
        let posting = futures::stream::iter(self.ready).map(|ready| ready.post(shop));
        let mut outcomes = posting.buffered(UNDER_WAY_MAX);
        let mut posted = Vec::new();
        while let Some(outcome) = outcomes.next().await {
            let failed = outcome.is_err();
            posted.push(outcome);
            if failed && !go_on {
                break;
            }
        }
        ManyPosted(posted, go_on)
    }
}

impl Answer for ManyPosted {
    fn into_answer(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let Self(outcomes, return_exceptions) = self;
        let answers = PyList::empty(py);
        for (at, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Ok(posted) => answers.append(posted.into_answer(py)?)?,
                Err(failed) => {
                    let raised = with_index(py, error::exception(py, &failed), at);
                    if !return_exceptions {
                        return Err(raised);
                    }
                    answers.append(raised.into_value(py))?;
                }
            }
        }
        Ok(answers.into_any().unbind())
    }
}

/// Says which of many it was.
fn with_index(py: Python<'_>, raised: PyErr, at: usize) -> PyErr {
    // An exception of Python's own has no such attribute, and goes as it is if it can't take one.
    let _ = raised.value(py).setattr("index", at);
    raised
}
