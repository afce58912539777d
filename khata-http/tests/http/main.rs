//! What a client sees, over every store.

mod app;
mod bodies;
mod call;
mod scrape;
mod stores;

mod balance;
mod browser;
mod cheques;
mod conditional;
mod credit_notes;
mod customers;
mod debit_notes;
mod entries;
mod explain;
mod export;
mod fields;
mod idempotency;
mod input;
mod invoices;
mod limits;
mod logs;
mod metrics;
mod mounting;
mod numbers;
mod openapi;
mod openings;
mod order;
mod outages;
mod paging;
mod previews;
mod problems;
mod reallocations;
mod receipts;
mod refunds;
mod refusals;
mod reports;
mod service;
mod shopowners;
mod statement;
mod tenancy;
mod transport;
mod voids;
mod write_offs;

/// Makes each case a test of its own over each store.
macro_rules! over_every_store {
    ($($case:ident),+ $(,)?) => {
        mod over_memory {
            $(#[tokio::test]
            async fn $case() {
                crate::stores::memory(super::$case).await;
            })+
        }

        #[cfg(feature = "sqlite")]
        mod over_sqlite {
            $(#[tokio::test]
            async fn $case() {
                crate::stores::sqlite(super::$case).await;
            })+
        }

        #[cfg(feature = "postgres")]
        mod over_postgres {
            $(#[tokio::test]
            async fn $case() {
                crate::stores::postgres(super::$case).await;
            })+
        }

        #[cfg(feature = "mongo")]
        mod over_mongo {
            $(#[tokio::test]
            async fn $case() {
                crate::stores::mongo(super::$case).await;
            })+
        }
    };
}
use over_every_store;
