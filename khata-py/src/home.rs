//! The process and the open book that a handle belongs to.

use std::mem;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use tokio::runtime::Runtime;

use crate::error;

/// What every handle on an open book shares.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    runtime: &'static Runtime,
    pid: u32,
    closed: Arc<AtomicBool>,
}

impl Home {
    pub(crate) fn new(runtime: &'static Runtime) -> Self {
        Self { runtime, pid: process::id(), closed: Arc::default() }
    }

    /// The runtime, if the book can be used: by this process, and still.
    pub(crate) fn runtime(&self, py: Python<'_>) -> PyResult<&'static Runtime> {
        if self.is_elsewhere() {
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
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.pid != process::id()
    }
}

/// Something of an open book that a process that was forked off must leave alone, even when it drops it: its connections
/// are the parent's.
#[derive(Debug, Clone)]
pub(crate) struct AtHome<T> {
    pub(crate) home: Home,
    thing: Option<T>,
}

impl<T> AtHome<T> {
    pub(crate) fn new(home: Home, thing: T) -> Self {
        Self { home, thing: Some(thing) }
    }

    pub(crate) fn get(&self) -> &T {
        self.thing.as_ref().expect("it is taken out only to be dropped")
    }
}

impl<T> Drop for AtHome<T> {
    fn drop(&mut self) {
        if self.home.is_elsewhere() {
            mem::forget(self.thing.take());
        }
    }
}
