//! Customers and documents to add: read from keyword arguments, posted, and answered; one by one, or many together.

use futures::StreamExt as _;
use futures::future::BoxFuture;
use khata_core::customer::NewCustomer as CoreNewCustomer;
use khata_core::documents;
use khata_core::idempotency::IdempotencyKey;
use khata_core::record::Input;
use khata_core::shop::Operation;
use khata_core::{Error, Shop};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::call::Answer;
use crate::error;
use crate::form::Fields;
use crate::record::{Row, Shown};

/// Maximum number of postings of `add_many` under way at once: twice as many as a batch holds, so that the next one fills
/// while one is being written.
const UNDER_WAY_MAX: usize = 512;

/// An input that adds something.
pub(crate) trait New: Input + Operation<Output: Shown + Send> + Send + 'static {
    /// Whether there is an argument `over_limit`.
    const LIMITED: bool = false;

    /// With that argument.
    #[must_use]
    fn with_over_limit(self, _over_limit: bool) -> Self {
        self
    }
}

impl New for CoreNewCustomer {}
impl New for documents::NewReceipt {}
impl New for documents::NewCreditNote {}
impl New for documents::NewDebitNote {}
impl New for documents::NewRefund {}
impl New for documents::NewWriteOff {}
impl New for documents::NewOpeningBalance {}
impl New for documents::NewInvoice {
    const LIMITED: bool = true;

    fn with_over_limit(self, over_limit: bool) -> Self {
        self.over_limit(over_limit)
    }
}

/// Makes the classes of inputs for `add_many`.
macro_rules! classes {
    ($( $(#[doc = $doc:literal])+ $class:ident: $new:ty; )+) => {
        $(
            $(#[doc = $doc])+
            #[pyclass(frozen, module = "khata")]
            pub(crate) struct $class { fields: Py<PyDict> }

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

        /// Reads an instance of one of these classes.
        fn ready(value: &Bound<'_, PyAny>, shop: &Shop) -> PyResult<Ready> {
            $(
                if let Ok(new) = value.cast::<$class>() {
                    return Ready::read_all::<$new>(&new.get().fields.bind(value.py()).copy()?, shop);
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

classes! {
    /// Arguments of `add_customer`, for `add_many`.
    NewCustomer: CoreNewCustomer;
    /// Arguments of `add_invoice`, for `add_many`.
    NewInvoice: documents::NewInvoice;
    /// Arguments of `add_receipt`, for `add_many`.
    NewReceipt: documents::NewReceipt;
    /// Arguments of `add_credit_note`, for `add_many`.
    NewCreditNote: documents::NewCreditNote;
    /// Arguments of `add_debit_note`, for `add_many`.
    NewDebitNote: documents::NewDebitNote;
    /// Arguments of `add_refund`, for `add_many`.
    NewRefund: documents::NewRefund;
    /// Arguments of `add_write_off`, for `add_many`.
    NewWriteOff: documents::NewWriteOff;
    /// Arguments of `add_opening_balance`, for `add_many`.
    NewOpeningBalance: documents::NewOpeningBalance;
}

/// What is asked of a posting besides its fields.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options<'a> {
    /// Whether it may take the customer over the credit limit.
    pub(crate) over_limit: bool,
    /// Whether only to answer what would come of it.
    pub(crate) dry_run: bool,
    /// Its idempotency key.
    pub(crate) key: Option<&'a str>,
}

/// The key that was given, if any.
pub(crate) fn key(py: Python<'_>, text: Option<&str>) -> PyResult<Option<IdempotencyKey>> {
    let key = text.map(IdempotencyKey::parse).transpose();
    key.map_err(|violation| error::exception(py, &Error::Invalid(vec![violation.at("idempotencyKey")])))
}

/// A posting that was read, and is valid in itself.
pub(crate) struct Ready(Box<dyn FnOnce(Shop) -> BoxFuture<'static, Result<Row, Error>> + Send>);

impl Ready {
    /// Reads it from keyword arguments.
    pub(crate) fn read<N: New>(
        py: Python<'_>,
        fields: Fields<'_, '_, N>,
        options: Options<'_>,
        shop: &Shop,
    ) -> PyResult<Self> {
        let Options { over_limit, dry_run, key } = options;
        let key = self::key(py, key)?;
        let new = fields.read(py, shop.time_zone(), shop.currency())?.with_over_limit(over_limit);
        Ok(Self(Box::new(move |shop| {
            Box::pin(async move {
                let made = match dry_run {
                    true => shop.preview(new).await?,
                    false => shop.perform(new, key).await?.value,
                };
                Ok(Row::new(&made, shop.currency()))
            })
        })))
    }

    /// The same, where all arguments are among the fields, which are used up.
    fn read_all<N: New>(fields: &Bound<'_, PyDict>, shop: &Shop) -> PyResult<Self> {
        let taken =
            |name| fields.get_item(name)?.map(|value| fields.del_item(name).map(|()| value)).transpose();
        let key: Option<String> = taken("idempotency_key")?.map(|key| key.extract()).transpose()?.flatten();
        let over_limit = if N::LIMITED { taken("over_limit")? } else { None };
        let over_limit = over_limit.map(|given| given.extract()).transpose()?.unwrap_or(false);
        let options = Options { over_limit, dry_run: false, key: key.as_deref() };
        Self::read::<N>(fields.py(), Fields::new(Some(fields)), options, shop)
    }

    /// Posts it; under its key, once.
    pub(crate) fn post(self, shop: Shop) -> BoxFuture<'static, Result<Row, Error>> {
        (self.0)(shop)
    }
}

/// Many postings, each valid in itself.
pub(crate) struct Many {
    ready: Vec<Ready>,
    return_exceptions: bool,
}

/// The outcome of each, in their order.
pub(crate) struct ManyPosted(Vec<Result<Row, Error>>, bool);

impl Many {
    /// Reads them all. If one is wrong in itself, none of them is posted.
    pub(crate) fn read(items: &Bound<'_, PyAny>, shop: &Shop, return_exceptions: bool) -> PyResult<Self> {
        let item = |(at, item): (usize, PyResult<Bound<'_, PyAny>>)| {
            ready(&item?, shop).map_err(|failed| with_index(items.py(), failed, at))
        };
        let ready = items.try_iter()?.enumerate().map(item).collect::<PyResult<_>>()?;
        Ok(Self { ready, return_exceptions })
    }

    /// Posts them in their order. After one that fails no more are begun, unless failures are returned as well.
    pub(crate) async fn post(self, shop: Shop) -> ManyPosted {
        let go_on = self.return_exceptions;
        let posting = futures::stream::iter(self.ready).map(|ready| ready.post(shop.clone()));
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
                Ok(posted) => answers.append(posted.instance(py)?)?,
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
