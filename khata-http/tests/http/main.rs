//! What a client sees, over every store.

mod app;
mod bodies;
mod call;

mod balance;
mod browser;
mod conditional;
mod customers;
mod entries;
mod idempotency;
mod input;
mod invoices;
mod logs;
mod openapi;
mod order;
mod outages;
mod paging;
mod problems;
mod receipts;
mod reports;
mod service;
mod shopowners;
mod statement;
mod tenancy;
mod transport;

/// Makes each case a test of its own over each store.
macro_rules! over_every_store {
    ($($case:ident),+ $(,)?) => {
        mod over_memory {
            $(#[tokio::test]
            async fn $case() {
                super::$case(crate::app::TestApp::over_memory()).await;
            })+
        }

        #[cfg(feature = "sqlite")]
        mod over_sqlite {
            $(#[tokio::test]
            async fn $case() {
                super::$case(crate::app::TestApp::over_sqlite().await).await;
            })+
        }
    };
}
use over_every_store;
