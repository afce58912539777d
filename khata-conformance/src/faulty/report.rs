//! The readers for reports, with one fault.

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::store::{
    DayLine, Extract, ExtractSelection, Outstanding, Overview, ReportRepository, StoreError,
};

use super::store::Faulty;
use super::{Fault, Leak};

#[async_trait]
impl ReportRepository for Faulty {
    async fn extract(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        selection: &ExtractSelection,
    ) -> Result<Extract, StoreError> {
        let mut selection = *selection;
        if let Fault::Selection(tamper) = self.fault {
            tamper(&mut selection);
        }
        let mut answer = Err(StoreError::NotFound);
        for owner in self.shops(owner, Leak::Extract) {
            answer = answer.or(self.inner.extract(owner, customer, &selection).await);
        }
        let mut extract = answer?;
        if let Fault::Extract(tamper) = self.fault {
            tamper(&mut extract);
        }
        Ok(extract)
    }

    async fn day(
        &self,
        owner: OwnerId,
        date: Date,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DayLine>, StoreError> {
        let (mut date, mut after, mut limit) = (date, after, limit);
        if let Fault::Day(tamper) = self.fault {
            tamper(&mut date, &mut after, &mut limit);
        }
        let mut lines = Vec::new();
        for owner in self.shops(owner, Leak::Day) {
            lines.extend(self.inner.day(owner, date, after, limit).await?);
        }
        if let Fault::Lines(tamper) = self.fault {
            tamper(&mut lines);
        }
        Ok(lines)
    }

    async fn outstanding(&self, owner: OwnerId, as_of: Date) -> Result<Outstanding, StoreError> {
        let mut as_of = as_of;
        if let Fault::AsOf(tamper) = self.fault {
            tamper(&mut as_of);
        }
        let mut outstanding = Outstanding { accounts: Vec::new(), open: Vec::new() };
        for owner in self.shops(owner, Leak::Outstanding) {
            let found = self.inner.outstanding(owner, as_of).await?;
            outstanding.accounts.extend(found.accounts);
            outstanding.open.extend(found.open);
        }
        if let Fault::Outstanding(tamper) = self.fault {
            tamper(&mut outstanding);
        }
        Ok(outstanding)
    }

    async fn overview(&self, owner: OwnerId, day: Date, debtors: u32) -> Result<Overview, StoreError> {
        let mut overview = self.inner.overview(owner, day, debtors).await?;
        for other in self.shops(owner, Leak::Overview).into_iter().filter(|other| *other != owner) {
            overview.debtors.extend(self.inner.overview(other, day, debtors).await?.debtors);
        }
        if let Fault::Overview(tamper) = self.fault {
            tamper(&mut overview);
        }
        Ok(overview)
    }
}
