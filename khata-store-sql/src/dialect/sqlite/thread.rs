//! Threads that have a connection each, and do what they are sent.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use khata_core::store::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

/// What is done with a connection.
type Task = Box<dyn FnOnce(&mut Connection, Queue<'_>) + Send>;

enum Message {
    Task(Task),
    /// Ends the thread that gets it.
    Stop,
}

/// What waits behind the task that is being done.
#[derive(Clone, Copy)]
pub(super) struct Queue<'q>(&'q Receiver<Message>);

impl Queue<'_> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// Threads that take their tasks from one queue.
#[derive(Debug)]
pub(super) struct Threads {
    queue: Sender<Message>,
    count: usize,
    /// Each ends with its connection closed, and drops its sender.
    ended: tokio::sync::Mutex<Vec<oneshot::Receiver<()>>>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Task(_) => "Task",
            Self::Stop => "Stop",
        })
    }
}

impl Threads {
    /// A thread for each of the connections.
    pub(super) fn new(name: &str, connections: Vec<Connection>) -> std::io::Result<Self> {
        let (queue, tasks) = unbounded();
        let count = connections.len();
        let mut ended = Vec::with_capacity(count);
        for connection in connections {
            let (end, has_ended) = oneshot::channel();
            let tasks = tasks.clone();
            thread::Builder::new().name(name.into()).spawn(move || serve(connection, &tasks, end))?;
            ended.push(has_ended);
        }
        Ok(Self { queue, count, ended: tokio::sync::Mutex::new(ended) })
    }

    /// Has one of them do that.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if they are closed.
    pub(super) fn send(
        &self,
        task: impl FnOnce(&mut Connection, Queue<'_>) + Send + 'static,
    ) -> Result<(), StoreError> {
        self.queue.send(Message::Task(Box::new(task))).map_err(|_| closed())
    }

    /// Waits for what was sent before, and ends them.
    pub(super) async fn close(&self) {
        let mut ended = self.ended.lock().await;
        for _ in 0..self.count {
            // Those that have ended already take none.
            _ = self.queue.send(Message::Stop);
        }
        for end in ended.drain(..) {
            _ = end.await;
        }
    }
}

pub(super) fn closed() -> StoreError {
    StoreError::unavailable("the database is closed")
}

/// Does what is sent until nobody can send any more. A panic is the end of its task only.
fn serve(mut connection: Connection, tasks: &Receiver<Message>, end: oneshot::Sender<()>) {
    while let Ok(Message::Task(task)) = tasks.recv() {
        _ = catch_unwind(AssertUnwindSafe(|| task(&mut connection, Queue(tasks))));
        if !connection.is_autocommit() {
            _ = connection.execute_batch("ROLLBACK");
        }
    }
    drop(connection);
    drop(end);
}
