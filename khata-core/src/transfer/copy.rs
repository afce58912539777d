//! Copies of all shops from one store to another.

use super::error::{Error, Failure, Obstacle, Place};
use super::proof;
use super::writer::{ShopWriter, genesis};
use crate::id::OwnerId;
use crate::ledger::ChainHash;
use crate::store::{Head, Store, StoreError};

/// Number of rows to read and write at once.
const PAGE: u32 = 500;

/// Maximum number of rounds of copying entries that the source added meanwhile.
const ROUNDS_MAX: u32 = 4;

/// Progress of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Copying begins.
    Copying {
        /// Number of shops to check.
        shops: u64,
        /// Number of entries that the target doesn't have.
        entries: u64,
    },
    /// Everything is copied; the comparison begins.
    Proving {
        /// Number of entries to compare.
        entries: u64,
    },
    /// This number of further entries was copied or compared.
    Entries(u64),
}

/// Totals that were found to be the same in both stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// Number of shops.
    pub shops: u64,
    /// Number of customers, including archived ones.
    pub customers: u64,
    /// Number of entries.
    pub entries: u64,
    /// Number of documents.
    pub documents: u64,
    /// Number of idempotency records.
    pub records: u64,
}

/// Copies every shop of `from` into `to`, and verifies that both have the same data. Other shops in `to` are left alone. See
/// [`transfer`](super) for details.
///
/// A copy that was interrupted, by dropping it or by a crash, continues when it is called again.
///
/// # Errors
/// [`Error`]. As far as the heads show it, a shop that can't be copied is reported before anything is written.
pub async fn copy(
    from: &dyn Store,
    to: &dyn Store,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<Copied, Error> {
    copy_in_pages(from, to, PAGE, report).await
}

/// Copies like [`copy`], with a given number of rows at once.
pub async fn copy_in_pages(
    from: &dyn Store,
    to: &dyn Store,
    page: u32,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<Copied, Error> {
    let mut copied = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let plans = plan(from, to, page).await?;
        let (shops, entries) = (plans.len() as u64, plans.iter().map(Plan::missing).sum());
        report(Progress::Copying { shops, entries });
        for plan in &plans {
            copy_shop(from, to, plan, page, report).await.map_err(|failure| failure.of(&plan.head.owner))?;
        }
        copied = plans.into_iter().map(|plan| plan.head).collect();
        if heads(from, page).await? == copied {
            break;
        }
    }
    // The heads as they were copied: if the source has changed since, the comparison reports it.
    proof::prove(from, to, &copied, page, report).await
}

/// A shop of the source, with the state of its copy in the target.
struct Plan {
    head: Head,
    /// Position in the target, or none if the target doesn't have the shop.
    at: Option<(u64, ChainHash)>,
}

impl Plan {
    fn missing(&self) -> u64 {
        self.head.seq - self.at.map_or(0, |(seq, _)| seq)
    }
}

async fn plan(from: &dyn Store, to: &dyn Store, page: u32) -> Result<Vec<Plan>, Error> {
    let mut plans = Vec::new();
    for head in heads(from, page).await? {
        let at = examine(from, to, &head).await.map_err(|failure| failure.of(&head.owner))?;
        plans.push(Plan { head, at });
    }
    Ok(plans)
}

/// Returns the heads of all shops of a store.
async fn heads(store: &dyn Store, page: u32) -> Result<Vec<Head>, Error> {
    let mut heads: Vec<Head> = Vec::new();
    loop {
        let after = heads.last().map(|head| head.owner.id);
        let read = store.owners(after, page).await;
        let read = read.map_err(|source| Error::Store { place: Place::Source, source })?;
        if read.is_empty() {
            return Ok(heads);
        }
        heads.extend(read);
    }
}

/// Returns the position of a shop in the target, if the target has the beginning of the book.
async fn examine(from: &dyn Store, to: &dyn Store, head: &Head) -> Result<Option<(u64, ChainHash)>, Failure> {
    let owner = head.owner.id;
    match to.credentials_by_mobile(&head.owner.mobile).await {
        Ok(holder) if holder.owner != owner => return Err(Obstacle::OwnerMobileTaken.into()),
        Ok(_) | Err(StoreError::NotFound) => {}
        Err(error) => return Err(Failure::Target(error)),
    }
    let there = match to.head(owner).await {
        Err(StoreError::NotFound) => return Ok(None),
        read => read.map_err(Failure::Target)?,
    };
    if there.seq > head.seq {
        return Err(Obstacle::Ahead { in_target: there.seq, in_source: head.seq }.into());
    }
    if hash_at(from, head, there.seq).await? != Some(there.hash) {
        return Err(Obstacle::Diverged { seq: there.seq }.into());
    }
    let versions = |head: &Head| (head.owner.revision, head.password_version);
    let (known, expected) = (versions(&there), versions(head));
    if known.0 > expected.0 || known.1 > expected.1 {
        return Err(Obstacle::ProfileAhead.into());
    }
    Ok(Some((there.seq, there.hash)))
}

/// Returns the hash of an entry of the source.
async fn hash_at(from: &dyn Store, head: &Head, seq: u64) -> Result<Option<ChainHash>, Failure> {
    match seq.checked_sub(1) {
        None => Ok(Some(genesis(head).1)),
        Some(before) => {
            let entries = from.entries(head.owner.id, before, 1).await.map_err(Failure::Source)?;
            Ok(entries.first().filter(|entry| entry.seq == seq).map(|entry| entry.hash))
        }
    }
}

async fn copy_shop(
    from: &dyn Store,
    to: &dyn Store,
    plan: &Plan,
    page: u32,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), Failure> {
    let owner = plan.head.owner.id;
    let mut writer = match plan.at {
        None => ShopWriter::begin(to, &plan.head).await?,
        Some(at) => ShopWriter::resume(to, owner, at),
    };
    copy_customers(from, &writer, owner, page).await?;
    copy_postings(from, &mut writer, &plan.head, page, report).await?;
    copy_records(from, &writer, owner, page).await?;
    let credentials = from.credentials(owner).await.map_err(Failure::Source)?;
    writer.finish(&plan.head, &credentials).await
}

async fn copy_customers(
    from: &dyn Store,
    writer: &ShopWriter<'_>,
    owner: OwnerId,
    page: u32,
) -> Result<(), Failure> {
    let (mut after, mut left) = (None, Vec::new());
    loop {
        let customers = from.all_customers(owner, after, page).await.map_err(Failure::Source)?;
        let Some(last) = customers.last() else { break };
        after = Some(last.id);
        left.extend(writer.customers(customers).await?);
    }
    writer.left_customers(left).await
}

/// Copies entries up to the head. The customers of later entries may not be copied yet.
async fn copy_postings(
    from: &dyn Store,
    writer: &mut ShopWriter<'_>,
    head: &Head,
    page: u32,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), Failure> {
    let read = async |after: u64| {
        let limit = u32::try_from(head.seq - after).unwrap_or(u32::MAX).min(page);
        from.postings(head.owner.id, after, limit).await.map_err(Failure::Source)
    };
    let mut next = read(writer.seq()).await?;
    while let Some(last) = next.last().map(|posted| posted.entry.seq) {
        let count = next.len() as u64;
        let (written, read) = futures::join!(writer.postings(next), read(last));
        written?;
        next = read?;
        report(Progress::Entries(count));
    }
    if writer.seq() < head.seq {
        return Err(Obstacle::Unsound { seq: writer.seq() + 1, what: "is missing" }.into());
    }
    Ok(())
}

async fn copy_records(
    from: &dyn Store,
    writer: &ShopWriter<'_>,
    owner: OwnerId,
    page: u32,
) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let read = from.idempotency_records(owner, after.as_ref(), page).await;
        let records = read.map_err(Failure::Source)?;
        let Some((last, _)) = records.last() else { return Ok(()) };
        after = Some(last.clone());
        writer.records(records).await?;
    }
}
