//! What most programs use: `use khata::prelude::*;`

pub use khata_core::auth::Password;
pub use khata_core::calendar::Date;
pub use khata_core::customer::NewCustomer;
pub use khata_core::idempotency::IdempotencyKey;
pub use khata_core::invoice::NewInvoice;
pub use khata_core::money::Money;
pub use khata_core::owner::NewOwner;
pub use khata_core::page::Limit;
pub use khata_core::phone::MobileNumber;
pub use khata_core::receipt::{NewReceipt, PaymentType};
pub use khata_core::shop::{CustomerFilter, DocumentFilter, StatementFilter};
pub use khata_core::text::Name;
pub use khata_core::{Khata, Shop};
