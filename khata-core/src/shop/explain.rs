//! Explanations of balances and documents.

use super::Shop;
use crate::calendar::Date;
use crate::error::Error;
use crate::id::{CustomerId, ItemId};
use crate::ledger::explain::{ExplainedItem, Explanation, Traces, open_items};
use crate::ledger::{Side, views};
use crate::money::Money;
use crate::number::DocumentKind;
use crate::page::Limit;
use crate::store::StoreError;

impl Shop {
    /// Explains a customer's balance of a day, today by default: at most `limit` of the open items that it consists of,
    /// with their allocations.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn explain_balance(
        &self,
        id: CustomerId,
        as_of: Option<Date>,
        limit: Limit,
    ) -> Result<Explanation, Error> {
        let as_of = as_of.unwrap_or_else(|| self.today());
        let standing = self.read(self.khata.store.standing(self.id(), id, as_of)).await?;
        let open = open_items(&standing, as_of)?;
        let shown = &open[..open.len().min(limit.get() as usize)];
        let ids: Vec<_> = shown.iter().map(|(item, _)| item.id).collect();
        let traces = self.traces(&ids).await?;
        // Entries that were posted after the standing was read are left out.
        let seq = standing.customer.last_seq;
        let items =
            shown.iter().map(|(item, open)| traces.explain(item.id, *open, seq, as_of, self.currency()));
        let sum = |side| {
            let of_side = open.iter().filter(|(item, _)| item.side == side);
            Money::checked_sum(of_side.map(|(_, open)| *open)).ok_or_else(views::out_of_range)
        };
        let explanation = Explanation {
            customer: id,
            as_of,
            balance: views::balance(&standing, as_of)?.balance,
            owed: sum(Side::Debit)?,
            on_account: sum(Side::Credit)?,
            items: items.collect::<Result<_, StoreError>>()?,
            more: (open.len() - shown.len()) as u64,
            sentences: Vec::new(),
        };
        Ok(explanation.in_words(&standing.customer.name, self.currency()))
    }

    /// Explains a document as it stands today: its allocations and its open amount.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a document of another kind.
    pub async fn explain_document(&self, kind: DocumentKind, id: ItemId) -> Result<ExplainedItem, Error> {
        let traces = self.traces(&[id]).await?;
        let trace = traces
            .find(id)
            .filter(|trace| trace.document.as_ref().is_some_and(|document| document.kind() == kind));
        let (trace, today) = (trace.ok_or(Error::NotFound)?, self.today());
        let open = trace.item.on(today, &trace.allocations)?.open;
        Ok(traces.explain(id, open, u64::MAX, today, self.currency())?)
    }

    /// Reads the traces of items and of those that they are allocated to.
    async fn traces(&self, items: &[ItemId]) -> Result<Traces, Error> {
        let mut traces = Traces::default();
        traces.add(self.read(self.khata.store.traces(self.id(), items)).await?);
        let missing = traces.missing();
        if !missing.is_empty() {
            traces.add(self.read(self.khata.store.traces(self.id(), &missing)).await?);
        }
        Ok(traces)
    }
}
