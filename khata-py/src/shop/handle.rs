//! What the operations of a shop are made with.

use futures::stream;
use khata_core::calendar::Date;
use khata_core::id::CustomerId;
use khata_core::ledger::statement::Statement as CoreStatement;
use khata_core::shop::{DocumentFilter, StatementFilter};
use khata_core::void::Void;
use khata_core::{Error, Shop as Core};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyClass, PyTypeInfo};

use crate::call::{Answer, Call};
use crate::home::{AtHome, Home};
use crate::listing::{self, Pages};
use crate::new::{New, Posted, Ready};
use crate::record::Of;
use crate::{error, form};

/// How often a whole is read again that came by pages, if it changed meanwhile.
const TRIES_MAX: usize = 10;

/// A shop's book.
#[derive(Clone)]
pub(crate) struct ShopHandle {
    shop: AtHome<Core>,
}

impl ShopHandle {
    pub(crate) fn new(home: Home, shop: Core) -> Self {
        Self { shop: AtHome::new(home, shop) }
    }

    pub(super) fn home(&self) -> &Home {
        &self.shop.home
    }

    pub(super) fn core(&self) -> &Core {
        self.shop.get()
    }

    /// A call that reads, and answers with a result.
    pub(super) fn read<T, R, F>(&self, py: Python<'_>, call: impl FnOnce(Core) -> F) -> PyResult<Call<R>>
    where
        R: Of<T> + Answer,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let (runtime, currency) = (self.home().runtime(py)?, self.core().currency());
        let answer = call(self.core().clone());
        Ok(Call::read(runtime, async move { Ok(R::of(answer.await?, currency)) }))
    }

    /// The same of a call that changes the book.
    pub(super) fn write<T, R, F>(&self, py: Python<'_>, call: impl FnOnce(Core) -> F) -> PyResult<Call<R>>
    where
        R: Of<T> + Answer,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let (runtime, currency) = (self.home().runtime(py)?, self.core().currency());
        let answer = call(self.core().clone());
        Ok(Call::write(runtime, async move { Ok(R::of(answer.await?, currency)) }))
    }

    pub(super) fn add<N: New>(
        &self,
        py: Python<'_>,
        fields: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Call<Posted>> {
        let runtime = self.home().runtime(py)?;
        let fields = fields.cloned().unwrap_or_else(|| PyDict::new(py));
        let (shop, ready) = (self.core().clone(), Ready::read::<N>(&fields, self.core())?);
        Ok(Call::write(runtime, async move { ready.post(&shop).await }))
    }

    pub(super) fn void<D>(&self, document: D, py: Python<'_>, fields: VoidFields<'_>) -> PyResult<Void<D>> {
        let (reason, date) = fields;
        let given = PyDict::new(py);
        given.set_item("reason", reason)?;
        given.set_item("date", date)?;
        let form = form::form(Some(&given), self.core().time_zone())?;
        Void::from_form(document, form).map_err(|failed| error::exception(py, &failed))
    }

    pub(super) fn date(
        &self,
        name: &'static str,
        value: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Date>> {
        form::optional_date(name, value, self.core().time_zone())
    }

    pub(super) fn documents(
        &self,
        customer: Option<&Bound<'_, PyAny>>,
        from: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<DocumentFilter> {
        Ok(DocumentFilter {
            customer: customer.map(|id| form::id(id, CustomerId::from_uuid)).transpose()?,
            from: self.date("from", from)?,
            to: self.date("to", to)?,
            ..DocumentFilter::default()
        })
    }

    /// The pages of a list. `next` gives a page, and where the one after it begins.
    pub(super) fn pages<S, T, R, F>(
        &self,
        py: Python<'_>,
        first: S,
        next: impl Fn(Self, S) -> F + Send + 'static,
    ) -> PyResult<Pages>
    where
        S: Send + 'static,
        T: Send + 'static,
        R: Of<T> + PyClass + PyTypeInfo + Answer,
        F: Future<Output = Result<(Vec<T>, Option<S>), Error>> + Send + 'static,
    {
        self.home().runtime(py)?;
        let (shop, currency) = (self.clone(), self.core().currency());
        let stream = stream::try_unfold(Some(first), move |place| {
            let step = place.map(|place| next(shop.clone(), place));
            async move {
                let Some(step) = step else { return Ok(None) };
                let (rows, after) = step.await?;
                let rows: Vec<R> = rows.into_iter().map(|row| R::of(row, currency)).collect();
                Ok(Some((listing::page(rows), after)))
            }
        });
        Ok(Pages {
            stream: Box::pin(stream),
            class: R::type_object(py).unbind(),
            digits: currency.exponent(),
        })
    }
}

/// All of a statement: read by pages, and once more if the account changed meanwhile.
pub(super) async fn whole_statement(
    shop: Core,
    id: CustomerId,
    filter: StatementFilter,
) -> Result<CoreStatement, Error> {
    'again: for _ in 0..TRIES_MAX {
        let mut whole = shop.statement(id, &filter).await?;
        // The last day stays the one that it was, though a day may end meanwhile.
        let filter = StatementFilter { to: Some(whole.to), ..filter.clone() };
        while whole.next.is_some() {
            let page = shop.statement(id, &StatementFilter { after: whole.next, ..filter.clone() }).await?;
            if (page.opening, page.closing) != (whole.opening, whole.closing) {
                continue 'again;
            }
            whole.lines.extend(page.lines);
            whole.next = page.next;
        }
        if whole.lines.last().is_none_or(|line| line.balance == whole.closing) {
            return Ok(whole);
        }
    }
    Err(Error::Overloaded)
}

type VoidFields<'py> = (Bound<'py, PyAny>, Option<Bound<'py, PyAny>>);
