//! The `khata` program as its users meet it: a real process, its files, its signals, and HTTP over a real socket.

mod client;
mod copy;
mod demo;
mod export;
// They are for all stores alike.
#[cfg(all(feature = "postgres", feature = "mongo"))]
mod faults;
mod help;
mod import;
mod import_customers;
mod process;
mod readers;
mod readme;
mod refusals;
mod serving;
mod stopping;
mod verify;
