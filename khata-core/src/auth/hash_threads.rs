//! The threads that password hashes are computed on.

use std::array;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

/// Time without work after which a thread ends.
pub(super) const IDLE_TIME_MAX: Duration = Duration::from_secs(10);

/// Priority of the threads, of 0 to 99: on Linux a nice value of about 10, a tenth of the share of other threads where
/// they compete for a core. The lowest one would let any busy program of the machine keep everybody from logging in.
const PRIORITY: u8 = 25;

/// Who waits for a hash. Each has a queue of its own, and they are served in turn: a flood of one keeps out no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// Owners with a token, and those who log in on a device of theirs.
    Known,
    /// Those who log in elsewhere.
    Unknown,
    /// Those who register.
    Registration,
}

impl Line {
    /// Number of lines.
    pub(super) const COUNT: usize = 3;

    /// Position among the lines.
    pub(super) fn index(self) -> usize {
        self as usize
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// A few threads of low priority. One starts when there is work and all others are busy, and ends when there has been none
/// for a while.
#[derive(Clone)]
pub(super) struct HashThreads {
    shared: Arc<Shared>,
}

struct Shared {
    threads_max: usize,
    idle_time_max: Duration,
    /// Called when a thread ends for want of work.
    idle: Box<dyn Fn() + Send + Sync>,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    lines: [VecDeque<Job>; Line::COUNT],
    /// Position of the line that is served next.
    turn: usize,
    threads: usize,
    waiting: usize,
}

impl State {
    /// Takes the first job of the next line that has one.
    fn next(&mut self) -> Option<Job> {
        let turns: [usize; Line::COUNT] = array::from_fn(|step| (self.turn + step) % Line::COUNT);
        let line = turns.into_iter().find(|line| !self.lines[*line].is_empty())?;
        self.turn = (line + 1) % Line::COUNT;
        self.lines[line].pop_front()
    }
}

impl HashThreads {
    /// Creates an empty pool. `idle` is called when a thread ends after `idle_time_max` without work.
    pub(super) fn new(
        threads_max: usize,
        idle_time_max: Duration,
        idle: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let (state, work) = (Mutex::default(), Condvar::new());
        Self { shared: Arc::new(Shared { threads_max, idle_time_max, idle: Box::new(idle), state, work }) }
    }

    /// Queues a job. It is dropped if the system gives no thread to run it.
    pub(super) fn run(&self, line: Line, job: impl FnOnce() + Send + 'static) {
        let mut state = self.shared.lock();
        state.lines[line.index()].push_back(Box::new(job));
        if state.waiting > 0 || state.threads == self.shared.threads_max {
            self.shared.work.notify_one();
            return;
        }
        let shared = Arc::clone(&self.shared);
        match thread::Builder::new().name("khata-hash".into()).spawn(move || shared.serve()) {
            Ok(_) => state.threads += 1,
            Err(error) => {
                tracing::error!(%error, "failed to start a thread for password hashes");
                if state.threads == 0 {
                    state.lines.iter_mut().for_each(VecDeque::clear);
                }
            }
        }
    }
}

impl Shared {
    fn serve(&self) {
        lower_priority();
        while let Some(job) = self.next() {
            // Whoever waits for the job notices by its drop; others must not wait for a thread that is gone.
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                tracing::error!("a password hash panicked");
            }
        }
        (self.idle)();
    }

    /// Waits for the next job. Without one for a while, the thread counts as ended.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.next() {
                return Some(job);
            }
            state.waiting += 1;
            let woken = self.work.wait_timeout(state, self.idle_time_max);
            let (found, timeout) = woken.unwrap_or_else(PoisonError::into_inner);
            state = found;
            state.waiting -= 1;
            if timeout.timed_out() && state.lines.iter().all(VecDeque::is_empty) {
                state.threads -= 1;
                return None;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Requests that are being answered go before those who want a password hashed.
fn lower_priority() {
    let priority = ThreadPriorityValue::try_from(PRIORITY).expect("it is between 0 and 99");
    if let Err(error) = set_current_thread_priority(ThreadPriority::Crossplatform(priority)) {
        tracing::debug!(?error, "the priority of a thread can't be lowered");
    }
}

impl std::fmt::Debug for HashThreads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HashThreads").field("threads_max", &self.shared.threads_max).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    fn threads(threads_max: usize) -> HashThreads {
        HashThreads::new(threads_max, LONG, || ())
    }

    /// Keeps a thread busy until the sender is dropped.
    fn occupy(threads: &HashThreads) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel::<()>();
        let (begin, begun) = mpsc::channel();
        threads.run(Line::Known, move || {
            begin.send(()).unwrap();
            let _ = released.recv();
        });
        begun.recv().unwrap();
        release
    }

    #[test]
    fn a_flood_in_one_line_keeps_no_other_line_waiting() {
        let threads = threads(1);
        let busy = occupy(&threads);
        let (done, order) = mpsc::channel();
        let run = |line, name| {
            let done = done.clone();
            threads.run(line, move || done.send(name).unwrap());
        };
        for name in ["register 1", "register 2", "register 3", "register 4"] {
            run(Line::Registration, name);
        }
        for name in ["login 1", "login 2"] {
            run(Line::Unknown, name);
        }
        run(Line::Known, "owner 1");
        drop((busy, done));
        let order: Vec<_> = order.iter().collect();
        let expected =
            ["login 1", "register 1", "owner 1", "login 2", "register 2", "register 3", "register 4"];
        assert_eq!(order, expected);
    }

    #[test]
    fn no_more_threads_run_than_allowed_and_no_more_start_than_are_needed() {
        let threads = threads(3);
        for _ in 0..20 {
            let (done, end) = mpsc::channel();
            threads.run(Line::Unknown, move || done.send(()).unwrap());
            end.recv().unwrap();
            while threads.shared.lock().waiting == 0 {
                thread::yield_now();
            }
        }
        assert_eq!(threads.shared.lock().threads, 1, "one after the other");
        let busy = [(); 3].map(|()| occupy(&threads));
        let (done, end) = mpsc::channel();
        threads.run(Line::Unknown, move || done.send(()).unwrap());
        assert_eq!(threads.shared.lock().threads, 3);
        assert!(end.try_recv().is_err(), "all threads are busy");
        drop(busy);
        end.recv().unwrap();
    }

    #[test]
    fn threads_end_when_there_is_no_work_and_start_again_when_there_is() {
        let ended = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&ended);
        let idle = move || {
            count.fetch_add(1, Ordering::SeqCst);
        };
        let threads = HashThreads::new(2, Duration::ZERO, idle);
        for round in 1..=3 {
            let (done, end) = mpsc::channel();
            threads.run(Line::Unknown, move || done.send(()).unwrap());
            end.recv().unwrap();
            while ended.load(Ordering::SeqCst) < round {
                thread::yield_now();
            }
        }
        assert_eq!(threads.shared.lock().threads, 0);
    }

    #[test]
    fn a_job_that_panics_takes_no_thread_along() {
        let threads = threads(1);
        threads.run(Line::Unknown, || panic!("on purpose"));
        let (done, end) = mpsc::channel();
        threads.run(Line::Unknown, move || done.send(()).unwrap());
        end.recv().unwrap();
        assert_eq!(threads.shared.lock().threads, 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_threads_have_a_lower_priority_than_others() {
        let nice = || {
            // The 19th field; the second one, a name in parentheses, may contain spaces.
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
            fields.into_iter().nth(16).unwrap().parse::<i32>().unwrap()
        };
        let (done, end) = mpsc::channel();
        threads(1).run(Line::Unknown, move || done.send(nice()).unwrap());
        let lowered = end.recv().unwrap();
        let own = nice();
        assert!(lowered > own, "{lowered}, and {own} of the test");
    }
}
