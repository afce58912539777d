//! Group commit: concurrent postings in one transaction.
//!
//! A durable commit costs the same for one posting as for a hundred, so postings are carried out in
//! [batches](crate::engine::batching). A dropped caller does not cancel its posting.
//!
//! If the store has several lanes, a batch per lane is in flight, so that the database and this process work at the same
//! time. A shop is always in the same lane, so that its batches don't wait for each other's lock; a store that can do so
//! has the next batch of a lane carried out while the last one becomes durable.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::warn;

use crate::calendar::Clock;
use crate::customer::Removal;
use crate::engine::batching::{self, Batches, Work};
use crate::engine::notifier::Notifier;
use crate::error::Error;
use crate::id::OwnerId;
use crate::idempotency::IdempotencyKey;
use crate::ledger::posting::{PostingJob, PreviewJob};
use crate::ledger::{Answer, Command, Done, Outcome, Posting};
use crate::store::{Job, Store, StoreError};

/// Maximum number of postings of a batch.
const BATCH_POSTINGS_MAX: usize = 256;
/// Approximate maximum size of a batch, in bytes.
const BATCH_BYTES_MAX: usize = 4 << 20;
/// Delay before a job with an unknown outcome is sent again.
const RESEND_DELAY: Duration = Duration::from_millis(50);

/// Posts all changes of books to the store.
#[derive(Debug, Clone)]
pub(crate) struct Poster {
    batches: Arc<Batches<GroupCommit>>,
}

/// A transaction for each batch.
#[derive(Debug)]
struct GroupCommit {
    store: Arc<dyn Store>,
    clock: Clock,
    notifier: Arc<Notifier>,
}

#[derive(Debug)]
struct Request {
    posting: Posting,
    deadline: Instant,
}

type Waiting = batching::Waiting<GroupCommit>;
type Caller = batching::Caller<Outcome>;

impl Poster {
    /// Creates a poster. `notifier` is notified of postings.
    pub(crate) fn new(store: Arc<dyn Store>, clock: Clock, notifier: Arc<Notifier>) -> Self {
        let (lanes, depth) = (store.lanes(), store.depth());
        Self { batches: Batches::new(GroupCommit { store, clock, notifier }, lanes, depth) }
    }

    /// Carries out a command, in a batch with concurrent ones.
    pub(crate) async fn post(
        &self,
        owner: OwnerId,
        command: Command,
        key: Option<IdempotencyKey>,
        deadline: Instant,
    ) -> Outcome {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|source| Error::Internal(format!("no random bytes: {source}")))?;
        let posting = Posting { owner, command, key, salt };
        let outcome = self.batches.send(lane_of(owner), Request { posting, deadline })?;
        outcome.await.unwrap_or_else(|_| Err(Error::Internal("a batch was abandoned".into())))
    }

    /// Returns what would come of a command, and writes nothing.
    pub(crate) async fn preview(&self, owner: OwnerId, command: Command, deadline: Instant) -> Outcome {
        let work = self.batches.work();
        let posting = Posting { owner, command, key: None, salt: [0; 16] };
        let job = PreviewJob::new(posting, work.clock.now());
        let mut outcomes = work.store.transact(&job, deadline).await?;
        outcomes.pop().unwrap_or_else(|| Err(lost_outcome()))
    }

    /// Carries out a change of a profile or of a numbering. It is not sent again if its outcome is unknown, since it can't be
    /// determined afterwards which job changed a password.
    pub(crate) async fn run_alone(&self, job: &dyn Job, deadline: Instant) -> Outcome {
        let mut outcomes = self.batches.work().store.transact(job, deadline).await?;
        outcomes.pop().unwrap_or_else(|| Err(lost_outcome()))
    }
}

/// Returns the lane of a shop, from the last bits of its id, which are random.
fn lane_of(owner: OwnerId) -> usize {
    owner.uuid().as_bytes()[15].into()
}

/// Takes the next batch from the queue. A shop that may set free a mobile number is closed to the rest of the queue,
/// which keeps its order.
fn form_batch(waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let (mut batch, mut passed) = (Vec::new(), VecDeque::new());
    let (mut closed, mut bytes) = (HashSet::new(), 0);
    while let Some(next) = waiting.pop_front() {
        let Request { posting, .. } = &next.request;
        let weight = posting.weight();
        if batch.len() == BATCH_POSTINGS_MAX || (bytes + weight > BATCH_BYTES_MAX && !batch.is_empty()) {
            waiting.push_front(next);
            break;
        }
        if closed.contains(&posting.owner) {
            passed.push_back(next);
            continue;
        }
        if posting.frees_mobile() {
            closed.insert(posting.owner);
        }
        bytes += weight;
        batch.push(next);
    }
    while let Some(next) = passed.pop_back() {
        waiting.push_front(next);
    }
    batch
}

impl Work for GroupCommit {
    type Request = Request;
    type Reply = Outcome;

    fn next_batch(&self, waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
        form_batch(waiting)
    }

    /// Carries out a batch and tells each caller its outcome. If the store fails the batch as a whole, each posting is
    /// tried by itself, so that the one at fault doesn't fail its neighbours.
    async fn carry_out(&self, batch: Vec<Waiting>) {
        let now = Instant::now();
        let (late, batch): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|waiting| waiting.request.deadline <= now);
        for waiting in late {
            waiting.reply(Err(StoreError::unavailable("the queue was too long").into()));
        }
        let Some(deadline) = batch.iter().map(|waiting| waiting.request.deadline).max() else { return };
        let (requests, callers): (Vec<_>, Vec<_>) = batch.into_iter().map(Waiting::into_parts).unzip();
        let (postings, deadlines): (Vec<_>, Vec<_>) =
            requests.into_iter().map(|request| (request.posting, request.deadline)).unzip();
        let mut job = PostingJob::new(postings, self.clock.now());
        match self.transact(&mut job, deadline).await {
            Ok(outcomes) => tell_all(callers, outcomes),
            Err(error) if is_shared(&error) || callers.len() <= 1 => tell_error(callers, &error),
            Err(error) => {
                warn!(%error, postings = callers.len(), "a batch failed; its postings are tried one by one");
                for ((posting, deadline), caller) in
                    job.into_postings().into_iter().zip(deadlines).zip(callers)
                {
                    let mut alone = PostingJob::new(vec![posting], self.clock.now());
                    match self.transact(&mut alone, deadline).await {
                        Ok(outcomes) => tell_all(vec![caller], outcomes),
                        Err(error) => tell_error(vec![caller], &error),
                    }
                }
            }
        }
    }
}

impl GroupCommit {
    /// One transaction; sent again, unchanged, while its fate is unknown and there is time.
    async fn transact(&self, job: &mut PostingJob, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        let mut in_doubt = None;
        loop {
            match self.store.transact(&*job, deadline).await {
                Err(error @ StoreError::InDoubt { .. }) => {
                    warn!(%error, "the fate of a commit is unknown; it is sent again");
                    in_doubt = Some(error);
                    job.mark_sent();
                }
                // That nothing was written is true of the last try only.
                Err(StoreError::Unavailable { source }) => {
                    return Err(in_doubt.unwrap_or(StoreError::Unavailable { source }));
                }
                other => {
                    job.shops().iter().for_each(|shop| self.notifier.notify(*shop));
                    let outcomes = other?;
                    return Ok(if in_doubt.is_some() { of_both_tries(job, outcomes) } else { outcomes });
                }
            }
            if Instant::now() + RESEND_DELAY >= deadline {
                return Err(in_doubt.unwrap_or_else(|| StoreError::in_doubt("the deadline passed")));
            }
            tokio::time::sleep(RESEND_DELAY).await;
        }
    }
}

/// The outcomes of a batch that was sent again. Of a customer who was deleted the first time nothing is left to show it,
/// so that one who isn't there counts as deleted.
fn of_both_tries(job: &PostingJob, mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
    for (posting, outcome) in job.postings().iter().zip(&mut outcomes) {
        let removal = matches!(posting.command, Command::RemoveCustomer { .. });
        if removal && matches!(outcome, Err(Error::NotFound)) {
            *outcome = Ok(Done { answer: Answer::Removal(Removal::Deleted), replayed: false });
        }
    }
    outcomes
}

/// Whether a failure says nothing about the batch, so that trying its parts would be no better.
fn is_shared(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable { .. } | StoreError::InDoubt { .. })
}

fn tell_all(callers: Vec<Caller>, outcomes: Vec<Outcome>) {
    let mut outcomes = outcomes.into_iter();
    for caller in callers {
        caller.reply(outcomes.next().unwrap_or_else(|| Err(lost_outcome())));
    }
}

fn tell_error(callers: Vec<Caller>, error: &StoreError) {
    callers.into_iter().for_each(|caller| caller.reply(Err(error.clone().into())));
}

fn lost_outcome() -> Error {
    StoreError::backend("the store lost an outcome").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer::CustomerUpdate;
    use crate::form::Patch;
    use crate::id::CustomerId;
    use crate::phone::MobileNumber;

    fn waiting(owner: OwnerId, command: Command) -> Waiting {
        let posting = Posting { owner, command, key: None, salt: [0; 16] };
        Waiting::new(Request { posting, deadline: Instant::now() }).0
    }

    fn restore(owner: OwnerId) -> Waiting {
        waiting(owner, Command::RestoreCustomer { id: CustomerId::generate() })
    }

    fn remove(owner: OwnerId) -> Waiting {
        waiting(owner, Command::RemoveCustomer { id: CustomerId::generate(), expected: None })
    }

    fn owners(batch: &[Waiting]) -> Vec<OwnerId> {
        batch.iter().map(|waiting| waiting.request.posting.owner).collect()
    }

    #[test]
    fn a_batch_takes_at_most_256_postings_in_their_order() {
        let shops: Vec<_> = (0..300).map(|_| OwnerId::generate()).collect();
        let mut queue: VecDeque<_> = shops.iter().copied().map(restore).collect();
        assert_eq!(owners(&form_batch(&mut queue)), shops[..256]);
        assert_eq!(owners(&form_batch(&mut queue)), shops[256..]);
        assert!(form_batch(&mut queue).is_empty());
    }

    #[test]
    fn what_frees_a_mobile_number_is_the_last_of_its_shop_in_a_batch() {
        let (a, b) = (OwnerId::generate(), OwnerId::generate());
        let mut queue: VecDeque<_> = [restore(a), remove(a), restore(a), restore(b), remove(a)].into();
        assert_eq!(owners(&form_batch(&mut queue)), [a, a, b]);
        assert_eq!(owners(&form_batch(&mut queue)), [a, a]);

        let mobile = Patch::Set(MobileNumber::parse("9876543210").unwrap());
        let update = |mobile| {
            let update = Box::new(CustomerUpdate { mobile, ..CustomerUpdate::default() });
            let id = CustomerId::generate();
            waiting(a, Command::UpdateCustomer { id, update, expected: None })
        };
        let mut queue: VecDeque<_> =
            [update(Patch::Keep), update(mobile), restore(a), update(Patch::Clear), restore(a)].into();
        assert_eq!([form_batch(&mut queue).len(), form_batch(&mut queue).len()], [2, 2]);
    }
}
