//! What the operations of a shop are made with.

use ::khata::Place;
use futures::stream;
use khata_core::calendar::Date;
use khata_core::documents::{DocumentType, Void};
use khata_core::id::CustomerId;
use khata_core::ledger::statement::Statement;
use khata_core::page::Limit;
use khata_core::record::Input;
use khata_core::shop::{DocumentFilter, Operation, StatementFilter};
use khata_core::{Error, Shop as Core};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use secrecy::SecretString;

use crate::call::{Answer, Call, FromCore};
use crate::fork::{ForkGuard, Guarded};
use crate::form::{self, Fields};
use crate::listing::{self, Pages};
use crate::new::{self, New, Options, Ready};
use crate::record::{Row, Shown};

/// Maximum number of times that a report of several pages is read, if it changes meanwhile.
const TRIES_MAX: usize = 10;

/// A shop's book.
#[derive(Clone)]
pub(crate) struct ShopHandle {
    shop: Guarded<Core>,
    /// Where the database is.
    place: Place,
}

impl ShopHandle {
    pub(crate) fn new(guard: ForkGuard, place: Place, shop: Core) -> Self {
        Self { shop: Guarded::new(guard, shop), place }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn guard(&self) -> &ForkGuard {
        &self.shop.guard
    }

    pub(super) fn core(&self) -> &Core {
        self.shop.get()
    }

    /// A call that reads, and answers with a result.
    pub(super) fn read<T, R, F>(&self, py: Python<'_>, call: impl FnOnce(Core) -> F) -> PyResult<Call<R>>
    where
        R: FromCore<T> + Answer,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let (runtime, currency) = (self.guard().runtime(py)?, self.core().currency());
        let answer = call(self.core().clone());
        Ok(Call::read(runtime, async move { Ok(R::from_core(answer.await?, currency)) }))
    }

    /// The same of a call that changes the book.
    pub(super) fn write<T, R, F>(&self, py: Python<'_>, call: impl FnOnce(Core) -> F) -> PyResult<Call<R>>
    where
        R: FromCore<T> + Answer,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let (runtime, currency) = (self.guard().runtime(py)?, self.core().currency());
        let answer = call(self.core().clone());
        Ok(Call::write(runtime, async move { Ok(R::from_core(answer.await?, currency)) }))
    }

    /// The shop for an owner who has proved anew who they are.
    pub(super) fn reauthenticated(&self, py: Python<'_>, current_password: String) -> PyResult<Call<Self>> {
        let (guard, place, shop) = (self.guard().clone(), self.place.clone(), self.core().clone());
        Ok(Call::write(self.guard().runtime(py)?, async move {
            let shop = shop.reauthenticate(&SecretString::from(current_password)).await?;
            Ok(Self::new(guard, place, shop))
        }))
    }

    /// Reads an input from keyword arguments.
    pub(super) fn input<N: Input>(&self, py: Python<'_>, fields: Fields<'_, '_, N>) -> PyResult<N> {
        fields.read(py, self.core().time_zone(), self.core().currency())
    }

    /// Adds what keyword arguments say.
    pub(super) fn add<N: New>(
        &self,
        py: Python<'_>,
        fields: Fields<'_, '_, N>,
        options: Options<'_>,
    ) -> PyResult<Call<Row>> {
        let (runtime, shop) = (self.guard().runtime(py)?, self.core().clone());
        let ready = Ready::read(py, fields, options, &shop)?;
        Ok(Call::write(runtime, ready.post(shop)))
    }

    /// Gets a document.
    pub(super) fn document<D: DocumentType + Shown>(
        &self,
        py: Python<'_>,
        document: &Bound<'_, PyAny>,
    ) -> PyResult<Call<Row>> {
        let id = form::id(document)?;
        self.read(py, move |shop| async move { shop.document::<D>(id).await })
    }

    /// Voids a document.
    pub(super) fn void<D>(
        &self,
        py: Python<'_>,
        document: &Bound<'_, PyAny>,
        (reason, date): (Bound<'_, PyAny>, Option<Bound<'_, PyAny>>),
        options: Options<'_>,
    ) -> PyResult<Call<Row>>
    where
        D: DocumentType + Shown,
        Void<D::Id>: Operation<Output = D> + Send + 'static,
    {
        let given = PyDict::new(py);
        given.set_item("reason", reason)?;
        given.set_item("date", date)?;
        let void = Void { document: form::id(document)?, terms: self.input(py, Fields::new(Some(&given)))? };
        self.perform(py, void, options)
    }

    /// Performs an operation, or previews it.
    pub(super) fn perform<O>(
        &self,
        py: Python<'_>,
        operation: O,
        Options { dry_run, key, .. }: Options<'_>,
    ) -> PyResult<Call<Row>>
    where
        O: Operation<Output: Shown + Send> + Send + 'static,
    {
        let key = new::key(py, key)?;
        self.write(py, move |shop| async move {
            match dry_run {
                true => shop.preview(operation).await,
                false => shop.perform(operation, key).await.map(|done| done.value),
            }
        })
    }

    /// Lists documents, newest first.
    pub(super) fn documents<D: DocumentType + Shown>(
        &self,
        py: Python<'_>,
        filter: DocumentFilter,
    ) -> PyResult<Pages> {
        self.pages(py, DocumentFilter { limit: Limit::MAX, ..filter }, |shop, filter| async move {
            let page = shop.core().documents::<D>(&filter).await?;
            let next = page.next.map(|before| DocumentFilter { before: Some(before), ..filter });
            Ok((page.items, next))
        })
    }

    pub(super) fn date(
        &self,
        name: &'static str,
        value: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Date>> {
        form::optional_date(name, value, self.core().time_zone())
    }

    pub(super) fn filter(
        &self,
        customer: Option<&Bound<'_, PyAny>>,
        from: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<DocumentFilter> {
        Ok(DocumentFilter {
            customer: customer.map(form::id).transpose()?,
            from: self.date("from", from)?,
            to: self.date("to", to)?,
            ..DocumentFilter::default()
        })
    }

    /// The pages of a list. `next` gives a page, and where the one after it begins.
    pub(super) fn pages<S, T, F>(
        &self,
        py: Python<'_>,
        first: S,
        next: impl Fn(Self, S) -> F + Send + 'static,
    ) -> PyResult<Pages>
    where
        S: Send + 'static,
        T: Shown + Send + 'static,
        F: Future<Output = Result<(Vec<T>, Option<S>), Error>> + Send + 'static,
    {
        self.guard().runtime(py)?;
        let (shop, currency) = (self.clone(), self.core().currency());
        let stream = stream::try_unfold(Some(first), move |place| {
            let step = place.map(|place| next(shop.clone(), place));
            async move {
                let Some(step) = step else { return Ok(None) };
                let (rows, after) = step.await?;
                let rows: Vec<_> = rows.iter().map(|row| Row::new(row, currency)).collect();
                Ok(Some((listing::page(rows), after)))
            }
        });
        Ok(Pages { stream: Box::pin(stream), class: T::class(py), digits: currency.exponent() })
    }
}

/// All of a statement: read by pages, and once more if the account changed meanwhile.
pub(super) async fn whole_statement(
    shop: Core,
    id: CustomerId,
    filter: StatementFilter,
) -> Result<Statement, Error> {
    'again: for _ in 0..TRIES_MAX {
        let mut whole = shop.statement(id, &filter).await?;
        // The last day stays the one that it was, though a day may end meanwhile.
        let filter = StatementFilter { to: Some(whole.to), ..filter.clone() };
        while whole.next.is_some() {
            let page = shop.statement(id, &StatementFilter { after: whole.next, ..filter.clone() }).await?;
            if (page.opening, page.closing) != (whole.opening, whole.closing) {
                continue 'again;
            }
            whole.entries.extend(page.entries);
            whole.next = page.next;
        }
        if whole.entries.last().is_none_or(|line| line.balance == whole.closing) {
            return Ok(whole);
        }
    }
    Err(Error::Overloaded)
}
