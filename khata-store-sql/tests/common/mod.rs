//! What the tests of this crate share.

use std::path::Path;
use std::sync::Arc;

use khata_core::calendar::{Date, TimeZone, Timestamp};
use khata_core::customer::NewCustomer;
use khata_core::id::OwnerId;
use khata_core::ledger::genesis_hash;
use khata_core::money::{Currency, Money};
use khata_core::owner::Owner;
use khata_core::phone::MobileNumber;
use khata_core::store::{Head, Store};
use khata_core::text::Name;
use khata_core::{Khata, Shop};

/// The URL of a database in that file.
pub(crate) fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

pub(crate) fn mobile(number: u64) -> MobileNumber {
    MobileNumber::parse(&(9_000_000_000 + number).to_string()).expect("a mobile number")
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub(crate) fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

pub(crate) fn rupees(rupees: i64) -> Money {
    Money::from_minor(rupees * 100)
}

/// The head of a new shop.
pub(crate) fn head(number: u64) -> Head {
    let id = OwnerId::generate();
    let now = Timestamp::now();
    let owner = Owner {
        id,
        shop_name: name("Sharma General Store"),
        proprietor_name: name("Asha Sharma"),
        mobile: mobile(number),
        gst_number: None,
        state: Some(name("Maharashtra")),
        currency: Currency::INR,
        time_zone: TimeZone::KOLKATA,
        upi_id: None,
        locked_until: None,
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    let hash = genesis_hash(id, owner.currency, owner.time_zone);
    Head { owner, password_version: 1, seq: 0, hash, recorded_at: now }
}

/// The book of a new shop.
pub(crate) async fn shop(store: Arc<dyn Store>, number: u64) -> Shop {
    let head = head(number);
    store.create_owner(&head, "no password").await.expect("a new owner");
    Khata::new(store).shop(head.owner.id).await.expect("the shop")
}

pub(crate) fn customer(number: u64) -> NewCustomer {
    NewCustomer::new(name(&format!("Customer {number}")), mobile(number))
}
