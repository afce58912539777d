//! Comparison of the shops of two stores.

use super::copy::{Copied, Progress};
use super::error::{Error, Failure, Obstacle};
use super::writer::{genesis, link};
use crate::customer::Customer;
use crate::store::{Head, Posted, Store, StoreError};

/// Compares all data of shops in two stores, and recomputes their chains.
pub(super) async fn prove(
    from: &dyn Store,
    to: &dyn Store,
    heads: &[Head],
    page: u32,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<Copied, Error> {
    report(Progress::Proving { entries: heads.iter().map(|head| head.seq).sum() });
    let mut copied = Copied::default();
    for head in heads {
        let mut proof = Proof { from, to, head, page, copied: &mut copied };
        let same = proof.shop(report).await;
        same.map_err(|failure| failure.of(&head.owner))?;
    }
    Ok(copied)
}

struct Proof<'a> {
    from: &'a dyn Store,
    to: &'a dyn Store,
    head: &'a Head,
    page: u32,
    copied: &'a mut Copied,
}

impl Proof<'_> {
    async fn shop(&mut self, report: &mut (dyn FnMut(Progress) + Send)) -> Result<(), Failure> {
        let same = self.compare(report).await;
        let now = self.from.head(self.head.owner.id).await.map_err(Failure::Source)?;
        match same {
            Ok(()) | Err(Failure::Obstacle(_)) if now != *self.head => Err(Obstacle::Changed.into()),
            same => same,
        }
    }

    async fn compare(&mut self, report: &mut (dyn FnMut(Progress) + Send)) -> Result<(), Failure> {
        self.owner().await?;
        self.customers().await?;
        self.postings(report).await?;
        self.records().await?;
        self.copied.shops += 1;
        Ok(())
    }

    async fn owner(&self) -> Result<(), Failure> {
        let owner = self.head.owner.id;
        let there = self.to.head(owner).await.map_err(Failure::Target)?;
        let place = |head: &Head| format!("its head at entry {} with hash {}", head.seq, head.hash);
        same(&[(self.head.seq, self.head.hash)], &[(there.seq, there.hash)], |_| place(self.head))?;
        // The counters are not copied, but computed from the documents.
        let there = Head { counters: self.head.counters.clone(), ..there };
        same(&[self.head], &[&there], |_| "its profile".to_owned())?;
        let (credentials, known) = both(self.from.credentials(owner), self.to.credentials(owner)).await?;
        same(&[credentials], &[known], |_| "its password".to_owned())?;
        Ok(())
    }

    async fn customers(&mut self) -> Result<(), Failure> {
        let (owner, page) = (self.head.owner.id, self.page);
        let mut after = None;
        loop {
            let source = self.from.all_customers(owner, after, page);
            let (source, target) = both(source, self.to.all_customers(owner, after, page)).await?;
            same(&source, &target, customer)?;
            let Some(last) = source.last() else { return Ok(()) };
            after = Some(last.id);
            self.copied.customers += source.len() as u64;
        }
    }

    async fn postings(&mut self, report: &mut (dyn FnMut(Progress) + Send)) -> Result<(), Failure> {
        let (owner, page) = (self.head.owner.id, self.page);
        let mut at = genesis(self.head);
        loop {
            let source = self.from.postings(owner, at.0, page);
            let (source, target) = both(source, self.to.postings(owner, at.0, page)).await?;
            at = source.iter().try_fold(at, |at, posted| link(owner, at, posted))?;
            same(&source, &target, posting)?;
            if source.is_empty() {
                break;
            }
            let documents = source.iter().filter(|posted| posted.entry.body_hash.is_some()).count();
            self.copied.documents += documents as u64;
            self.copied.entries += source.len() as u64;
            report(Progress::Entries(source.len() as u64));
        }
        same(&[(self.head.seq, self.head.hash)], &[at], |_| "the end of its chain".to_owned())?;
        Ok(())
    }

    async fn records(&mut self) -> Result<(), Failure> {
        let (owner, page) = (self.head.owner.id, self.page);
        let mut after = None;
        loop {
            let source = self.from.idempotency_records(owner, after.as_ref(), page);
            let (source, target) =
                both(source, self.to.idempotency_records(owner, after.as_ref(), page)).await?;
            same(&source, &target, |(key, _)| format!("the record of idempotency key {key}"))?;
            let Some((last, _)) = source.last() else { return Ok(()) };
            self.copied.records += source.len() as u64;
            after = Some(last.clone());
        }
    }
}

/// Reads from the source and from the target.
async fn both<T>(
    source: impl Future<Output = Result<T, StoreError>>,
    target: impl Future<Output = Result<T, StoreError>>,
) -> Result<(T, T), Failure> {
    let (source, target) = futures::join!(source, target);
    Ok((source.map_err(Failure::Source)?, target.map_err(Failure::Target)?))
}

/// Describes a customer with the totals, which are the most useful part of a difference.
fn customer(customer: &Customer) -> String {
    let Customer { id, name, totals, .. } = customer;
    let [balance, invoiced, received] =
        [totals.balance, totals.invoiced, totals.received].map(crate::money::Money::minor);
    format!(
        "customer {name} ({id}), owing {balance}, invoiced {invoiced}, received {received} in minor units"
    )
}

fn posting(posted: &Posted) -> String {
    format!("entry {}", posted.entry.seq)
}

/// Checks that the rows are the same in both stores, and reports the first difference.
fn same<T: PartialEq>(source: &[T], target: &[T], name: impl Fn(&T) -> String) -> Result<(), Obstacle> {
    let differs = |at: &usize| source.get(*at) != target.get(*at);
    let Some(at) = (0..source.len().max(target.len())).find(differs) else { return Ok(()) };
    let name = |rows: &[T]| rows.get(at).map(&name);
    let what = match (name(source), name(target)) {
        (Some(source), Some(target)) if source == target => format!("{source} is not the same in both"),
        (Some(source), Some(target)) => format!("the source has {source} where the target has {target}"),
        (Some(source), None) => format!("the target lacks {source}"),
        (None, target) => format!("only the target has {}", target.unwrap_or_default()),
    };
    Err(Obstacle::Differs { what })
}
