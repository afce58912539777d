//! Batching of concurrent requests.
//!
//! A round trip to the store costs about the same for one request as for a hundred. So requests are queued, and those that
//! arrive while a batch is in flight form the next one. There is no timer, and a single request doesn't wait for others.

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZero;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::poll;
use tokio::sync::oneshot;
use tracing::error;

use crate::error::Error;

/// Maximum number of waiting requests in all lanes together. Further ones are refused, to bound the memory.
const WAITING_MAX: usize = 16_384;

/// How batches are formed and carried out.
pub(crate) trait Work: Sized + fmt::Debug + Send + Sync + 'static {
    /// A request.
    type Request: fmt::Debug + Send;
    /// The reply to a request.
    type Reply: fmt::Debug + Send;

    /// Takes the next batch out of the queue. An empty batch means that the queue is left empty.
    fn next_batch(&self, waiting: &mut VecDeque<Waiting<Self>>) -> Vec<Waiting<Self>>;

    /// Carries out a batch, and replies to each of its requests.
    fn carry_out(&self, batch: Vec<Waiting<Self>>) -> impl Future<Output = ()> + Send;
}

/// A request whose caller waits for a reply.
#[derive(Debug)]
pub(crate) struct Waiting<W: Work> {
    pub(crate) request: W::Request,
    caller: Caller<W::Reply>,
}

/// A caller who waits for a reply.
#[derive(Debug)]
pub(crate) struct Caller<R>(oneshot::Sender<R>);

impl<R> Caller<R> {
    /// Replies to the caller, who may have gone away.
    pub(crate) fn reply(self, reply: R) {
        drop(self.0.send(reply));
    }
}

impl<W: Work> Waiting<W> {
    pub(crate) fn new(request: W::Request) -> (Self, oneshot::Receiver<W::Reply>) {
        let (reply, receiver) = oneshot::channel();
        (Self { request, caller: Caller(reply) }, receiver)
    }

    /// Whether the caller has gone away.
    #[cfg(feature = "auth")]
    pub(crate) fn is_abandoned(&self) -> bool {
        self.caller.0.is_closed()
    }

    pub(crate) fn reply(self, reply: W::Reply) {
        self.caller.reply(reply);
    }

    /// Separates the request from who waits for its reply.
    pub(crate) fn into_parts(self) -> (W::Request, Caller<W::Reply>) {
        (self.request, self.caller)
    }
}

/// The queues of callers. Each lane has a limited number of batches in flight at a time, which begin in the order of their
/// requests.
#[derive(Debug)]
pub(crate) struct Batches<W: Work> {
    work: W,
    lanes: Vec<Mutex<Lane<W>>>,
    /// Held in each lane from the forming of a batch until it has begun.
    turns: Vec<Arc<Turn>>,
    /// Maximum number of batches of a lane in flight.
    depth: usize,
}

type Turn = tokio::sync::Mutex<()>;

#[derive(Debug)]
struct Lane<W: Work> {
    waiting: VecDeque<Waiting<W>>,
    /// Number of [`Service`]s that carry out batches, and will look here again when done.
    services: usize,
}

impl<W: Work> Batches<W> {
    pub(crate) fn new(work: W, lanes: NonZero<usize>, depth: NonZero<usize>) -> Arc<Self> {
        let lane = || Mutex::new(Lane { waiting: VecDeque::new(), services: 0 });
        Arc::new(Self {
            work,
            lanes: (0..lanes.get()).map(|_| lane()).collect(),
            turns: (0..lanes.get()).map(|_| Arc::default()).collect(),
            depth: depth.get(),
        })
    }

    pub(crate) fn work(&self) -> &W {
        &self.work
    }

    /// Puts a request into the next batch of the lane that `number` falls into. The receiver fails if the batch was
    /// abandoned, by a panic or with its runtime.
    ///
    /// # Errors
    /// [`Error::Overloaded`].
    pub(crate) fn send(
        self: &Arc<Self>,
        number: usize,
        request: W::Request,
    ) -> Result<oneshot::Receiver<W::Reply>, Error> {
        let number = number % self.lanes.len();
        let mut lane = self.lane(number);
        if lane.waiting.len() >= WAITING_MAX / self.lanes.len() {
            return Err(Error::Overloaded);
        }
        let (waiting, receiver) = Waiting::new(request);
        lane.waiting.push_back(waiting);
        if lane.services < self.depth {
            lane.services += 1;
            // A task of its own, so that it goes on for the others if this caller goes away.
            tokio::spawn(Service { batches: self.clone(), lane: number, left: false }.run());
        }
        Ok(receiver)
    }

    fn lane(&self, number: usize) -> MutexGuard<'_, Lane<W>> {
        // A panic can't leave a lane half-changed: each change of it is one call.
        self.lanes[number].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries out the batches of a lane until nobody waits.
struct Service<W: Work> {
    batches: Arc<Batches<W>>,
    lane: usize,
    /// Whether it has left the lane to the next caller already.
    left: bool,
}

impl<W: Work> Service<W> {
    async fn run(mut self) {
        loop {
            let turn = self.batches.turns[self.lane].clone().lock_owned().await;
            let Some(batch) = self.next_batch() else { return };
            let batches = self.batches.clone();
            let carry_out = async move {
                let mut work = pin!(batches.work.carry_out(batch));
                let begun = poll!(work.as_mut());
                drop(turn);
                if begun.is_pending() {
                    work.await;
                }
            };
            // A task of its own, so that a panic is the end of this batch only.
            if let Err(source) = tokio::spawn(carry_out).await {
                error!(%source, "a batch was abandoned");
            }
            // Those who were just answered come first: what they ask for next then shares the next batch, instead of
            // waiting out one that whoever was quickest had to itself.
            tokio::task::yield_now().await;
        }
    }

    /// The next batch. Finding none and leaving the lane is one step, so that nobody can come in between and wait for a
    /// service that has gone.
    fn next_batch(&mut self) -> Option<Vec<Waiting<W>>> {
        let mut lane = self.batches.lane(self.lane);
        let batch = self.batches.work.next_batch(&mut lane.waiting);
        self.left = batch.is_empty();
        if self.left {
            lane.services -= 1;
        }
        Some(batch).filter(|batch| !batch.is_empty())
    }
}

impl<W: Work> Drop for Service<W> {
    /// If it is dropped with its runtime, those who wait must not wait for ever, and the next caller starts anew.
    fn drop(&mut self) {
        if !self.left {
            let mut lane = self.batches.lane(self.lane);
            lane.services -= 1;
            lane.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic;

    use tokio::sync::Semaphore;

    use super::*;

    const BATCH_MAX: usize = 3;
    const PANIC: usize = usize::MAX;

    /// Replies to a number with how many were in its batch, when it is let.
    #[derive(Debug)]
    struct Count {
        lets: Semaphore,
        batches: Mutex<Vec<Vec<usize>>>,
    }

    impl Work for Count {
        type Request = usize;
        type Reply = usize;

        fn next_batch(&self, waiting: &mut VecDeque<Waiting<Self>>) -> Vec<Waiting<Self>> {
            waiting.drain(..waiting.len().min(BATCH_MAX)).collect()
        }

        async fn carry_out(&self, batch: Vec<Waiting<Self>>) {
            let numbers: Vec<_> = batch.iter().map(|waiting| waiting.request).collect();
            self.batches.lock().unwrap().push(numbers.clone());
            self.lets.acquire().await.unwrap().forget();
            if numbers.contains(&PANIC) {
                panic::panic_any("a defect of the work");
            }
            for waiting in batch {
                waiting.reply(numbers.len());
            }
        }
    }

    fn batches(lanes: usize, lets: usize) -> Arc<Batches<Count>> {
        let work = Count { lets: Semaphore::new(lets), batches: Mutex::default() };
        Batches::new(work, NonZero::new(lanes).unwrap(), NonZero::<usize>::MIN)
    }

    impl Batches<Count> {
        fn begun(&self) -> Vec<Vec<usize>> {
            self.work.batches.lock().unwrap().clone()
        }

        async fn until_begun(&self, count: usize) {
            while self.begun().len() < count {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn who_comes_while_a_batch_is_in_flight_shares_the_next() {
        let batches = batches(1, 0);
        let first = batches.send(0, 10).unwrap();
        batches.until_begun(1).await;
        let next: Vec<_> = (11..15).map(|number| batches.send(0, number).unwrap()).collect();
        batches.work.lets.add_permits(3);
        assert_eq!(first.await.unwrap(), 1);
        for (reply, size) in next.into_iter().zip([3, 3, 3, 1]) {
            assert_eq!(reply.await.unwrap(), size);
        }
        assert_eq!(batches.begun(), [vec![10], vec![11, 12, 13], vec![14]]);
    }

    #[tokio::test]
    async fn each_lane_has_a_batch_in_flight() {
        let batches = batches(2, 0);
        let replies: Vec<_> = (0..4).map(|number| batches.send(number, number).unwrap()).collect();
        batches.until_begun(2).await;
        assert_eq!(batches.begun(), [[0, 2], [1, 3]]);
        batches.work.lets.add_permits(2);
        for reply in replies {
            assert_eq!(reply.await.unwrap(), 2);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn batches_in_flight_together_begin_in_order() {
        let work = Count { lets: Semaphore::new(Semaphore::MAX_PERMITS), batches: Mutex::default() };
        let batches = Batches::new(work, NonZero::<usize>::MIN, NonZero::new(4).unwrap());
        let replies: Vec<_> = (0..10_000).map(|number| batches.send(0, number).unwrap()).collect();
        for reply in replies {
            reply.await.unwrap();
        }
        assert_eq!(batches.begun().concat(), (0..10_000).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_request_is_carried_out_though_its_caller_goes_away() {
        let batches = batches(1, 2);
        drop(batches.send(0, 1).unwrap());
        batches.until_begun(1).await;
        assert_eq!(batches.send(0, 2).unwrap().await.unwrap(), 1);
        assert_eq!(batches.begun(), [[1], [2]]);
    }

    #[tokio::test]
    async fn a_panic_is_the_end_of_its_batch_only() {
        let batches = batches(1, 0);
        let first = batches.send(0, PANIC).unwrap();
        batches.until_begun(1).await;
        let second = batches.send(0, 1).unwrap();
        batches.work.lets.add_permits(2);
        assert!(first.await.is_err());
        assert_eq!(second.await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_lane_that_is_full_refuses_more() {
        let batches = batches(2, 0);
        let first = batches.send(0, 0).unwrap();
        batches.until_begun(1).await;
        let waiting: Vec<_> = (0..WAITING_MAX / 2).map(|_| batches.send(0, 0).unwrap()).collect();
        assert!(matches!(batches.send(0, 0), Err(Error::Overloaded)));
        let other = batches.send(1, 0).unwrap();

        batches.work.lets.add_permits(WAITING_MAX);
        for reply in [first, other].into_iter().chain(waiting) {
            reply.await.unwrap();
        }
        batches.send(0, 0).unwrap().await.unwrap();
    }

    #[test]
    fn a_runtime_that_ends_leaves_nobody_waiting() {
        let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (batches, first) = (batches(1, 0), runtime());
        let replies = first.block_on(async {
            let flying = batches.send(0, 1).unwrap();
            batches.until_begun(1).await;
            [flying, batches.send(0, 2).unwrap()]
        });
        drop(first);
        batches.work.lets.add_permits(1);
        runtime().block_on(async {
            for reply in replies {
                assert!(reply.await.is_err());
            }
            assert_eq!(batches.send(0, 3).unwrap().await.unwrap(), 1);
        });
    }
}
