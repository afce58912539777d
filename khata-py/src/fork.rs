//! Guards what belongs to an open book in processes that are forked off.

use std::mem;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use tokio::runtime::Runtime;

use crate::error;

/// The process that opened a book, and whether the book was closed: shared by every handle on it.
#[derive(Debug, Clone)]
pub(crate) struct ForkGuard {
    runtime: &'static Runtime,
    pid: u32,
    closed: Arc<AtomicBool>,
}

impl ForkGuard {
    pub(crate) fn new(runtime: &'static Runtime) -> Self {
        Self { runtime, pid: process::id(), closed: Arc::default() }
    }

    /// The runtime, if the book can be used: by this process, and still.
    pub(crate) fn runtime(&self, py: Python<'_>) -> PyResult<&'static Runtime> {
        if self.is_forked() {
            let why = "this book was opened before the process forked; connections can't be shared between processes, \
                       so open it again in each";
            return Err(error::refusal(py, "forked", why));
        }
        if self.is_closed() {
            return Err(error::refusal(py, "closed", "this book was closed"));
        }
        Ok(self.runtime)
    }

    /// Closes it; false if it was already.
    pub(crate) fn close(&self) -> bool {
        !self.closed.swap(true, Ordering::SeqCst)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Whether another process opened it, from which this one was forked off.
    pub(crate) fn is_forked(&self) -> bool {
        self.pid != process::id()
    }
}

/// A value of an open book. A process that was forked off leaves it alone, even when it drops it: its connections are
/// the parent's.
#[derive(Debug, Clone)]
pub(crate) struct Guarded<T> {
    pub(crate) guard: ForkGuard,
    value: Option<T>,
}

impl<T> Guarded<T> {
    pub(crate) fn new(guard: ForkGuard, value: T) -> Self {
        Self { guard, value: Some(value) }
    }

    pub(crate) fn get(&self) -> &T {
        self.value.as_ref().expect("it is taken out only to be dropped")
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        if self.guard.is_forked() {
            mem::forget(self.value.take());
        }
    }
}
