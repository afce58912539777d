//! Compares what a shop lists and sums up with the model of its book.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use khata_core::customer::CustomerOrder;
use khata_core::error::Error;
use khata_core::id::{CustomerId, ItemId};
use khata_core::invoice::InvoiceStatus;
use khata_core::page::Limit;
use khata_core::shop::{CustomerFilter, DocumentFilter};

use super::ModelRunner;
use super::compare::minor;
use crate::invariants::Violation;
use crate::model::What;

/// Rows of a page.
const PAGE: u16 = 3;

impl ModelRunner {
    /// The lists by balance and by status, and the summary, are those of the model today. They are looked at now and then.
    pub(super) async fn compare_lists(&self) -> Result<(), Violation> {
        if !self.turn.is_multiple_of(8) {
            return Ok(());
        }
        for archived in [false, true] {
            let told = match self.by_balance(archived).await {
                Ok(told) => told,
                Err(error) => differ!("customers can't be listed: {error:?}"),
            };
            let is = self.owing(|who| self.model.people[who].archived == archived);
            if told != is {
                differ!("the order by balance (archived: {archived}) is {told:?}, and should be {is:?}");
            }
        }
        let statuses = InvoiceStatus::ALL;
        let status = statuses[self.turn as usize / 8 % statuses.len()];
        let told = match self.by_status(status).await {
            Ok(told) => told,
            Err(error) => differ!("invoices can't be listed: {error:?}"),
        };
        let of_status =
            |at: &usize| self.model.items[*at].what == What::Invoice && self.expected(*at).status == status;
        let is = (0..self.model.items.len()).rev().filter(of_status).filter_map(|at| self.documents[at]);
        let is: Vec<_> = is.collect();
        if told != is {
            differ!("the invoices that are {status} are {told:?}, and should be {is:?}");
        }
        self.compare_summary().await
    }

    async fn by_balance(&self, archived: bool) -> Result<Vec<(i64, CustomerId)>, Error> {
        let limit = Limit::new(PAGE).expect("it is a limit");
        let order = CustomerOrder::Balance;
        let mut filter = CustomerFilter { archived, order, limit, ..CustomerFilter::default() };
        let mut listed = Vec::new();
        loop {
            let page = self.shops[0].customers(&filter).await?;
            listed.extend(page.items.iter().map(|customer| (customer.balance().minor(), customer.id)));
            filter.after = page.next;
            if filter.after.is_none() {
                return Ok(listed);
            }
        }
    }

    async fn by_status(&self, status: InvoiceStatus) -> Result<Vec<ItemId>, Error> {
        let limit = Limit::new(PAGE).expect("it is a limit");
        let mut filter = DocumentFilter { status: Some(status), limit, ..DocumentFilter::default() };
        let mut listed = Vec::new();
        loop {
            let page = self.shops[0].invoices(&filter).await?;
            listed.extend(page.items.iter().map(|invoice| ItemId::from(invoice.id)));
            filter.before = page.next;
            if filter.before.is_none() {
                return Ok(listed);
            }
        }
    }

    /// The people that count with what they owe today, who owes most first.
    fn owing(&self, counts: impl Fn(usize) -> bool) -> Vec<(i64, CustomerId)> {
        let people = self.customers.iter().enumerate();
        let people = people.filter(|(who, _)| !self.model.people[*who].deleted && counts(*who));
        let mut owing: Vec<_> = people.map(|(who, id)| (self.standing(who).0, *id)).collect();
        owing.sort_by_key(|row| Reverse(*row));
        owing
    }

    async fn compare_summary(&self) -> Result<(), Violation> {
        let summary = match self.shops[1].summary().await {
            Ok(summary) => summary,
            Err(error) => differ!("there is no summary: {error:?}"),
        };
        let debtors = summary.top_debtors.iter().map(|row| (row.balance.minor(), row.customer));
        let told = BTreeMap::from([
            ("receivable", summary.receivable.minor()),
            ("advances", summary.advances.minor()),
            ("overdue", summary.overdue.minor()),
            ("debits later", minor(summary.post_dated).0),
            ("credits later", minor(summary.post_dated).1),
        ]);
        let all = self.owing(|_| true);
        let people = || 0..self.model.people.len();
        let is = BTreeMap::from([
            ("receivable", all.iter().map(|row| row.0.max(0)).sum()),
            ("advances", all.iter().map(|row| (-row.0).max(0)).sum()),
            ("overdue", people().map(|who| self.model.balance_on(who, self.model.today).overdue).sum()),
            ("debits later", people().map(|who| self.standing(who).1.0).sum()),
            ("credits later", people().map(|who| self.standing(who).1.1).sum()),
        ]);
        let (debtors, owing): (Vec<_>, Vec<_>) =
            (debtors.collect(), all.into_iter().filter(|row| row.0 > 0).take(10).collect());
        if told != is || debtors != owing {
            differ!("the summary is {told:?} of {debtors:?}, and should be {is:?} of {owing:?}");
        }
        Ok(())
    }
}
