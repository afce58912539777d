//! A shop and jobs for it, for a store's own tests: what its statements cost, what becomes of a job that is dropped.

use std::time::{Duration, Instant};

use khata_core::calendar::{Date, TimeZone, Timestamp};
use khata_core::counters::Counters;
use khata_core::customer::NewCustomer;
use khata_core::id::{CustomerId, EntryId, OwnerId};
use khata_core::invoice::NewInvoice;
use khata_core::ledger::genesis_hash;
use khata_core::money::{Currency, Money};
use khata_core::owner::Owner;
use khata_core::phone::MobileNumber;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::store::Head;
use khata_core::testing::PostingJob;
use khata_core::testing::{Command, Posting};
use khata_core::text::Name;

/// The head of a new shop; the number tells it from others.
#[must_use]
pub fn head(number: u64) -> Head {
    let id = OwnerId::generate();
    let now = Timestamp::now();
    let name = |text| Name::parse(text).expect("a name");
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
        numberings: None,
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    let hash = genesis_hash(id, owner.currency, owner.time_zone);
    Head { owner, password_version: 1, seq: 0, hash, recorded_at: now, counters: Counters::default() }
}

fn mobile(number: u64) -> MobileNumber {
    MobileNumber::parse(&(9_000_000_000 + number).to_string()).expect("a mobile number")
}

/// A job that carries out these commands.
#[must_use]
pub fn job(owner: OwnerId, commands: impl IntoIterator<Item = Command>) -> PostingJob {
    batch(commands.into_iter().map(|command| (owner, command)))
}

/// A job that carries out commands of several shops.
#[must_use]
pub fn batch(commands: impl IntoIterator<Item = (OwnerId, Command)>) -> PostingJob {
    let posting = |(owner, command)| Posting { owner, command, key: None, salt: [7; 16] };
    PostingJob::new(commands.into_iter().map(posting).collect(), Timestamp::now())
}

/// A deadline that is not reached.
#[must_use]
pub fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// Adds that customer; the number tells it from others.
#[must_use]
pub fn adding(id: CustomerId, number: u64) -> Command {
    let name = Name::parse(&format!("Customer {number}")).expect("a name");
    let new = Box::new(NewCustomer::new(name, mobile(number)).expect("both are values"));
    Command::AddCustomer { id, opening: EntryId::generate(), new }
}

/// Invoices a customer.
#[must_use]
pub fn invoicing(customer: CustomerId) -> Command {
    let new = NewInvoice::new(customer, date(), Money::from_minor(20_000));
    Command::Post { id: EntryId::generate(), new: Box::new(new.into()) }
}

/// Is paid a part by a customer.
#[must_use]
pub fn receiving(customer: CustomerId) -> Command {
    let new = NewReceipt::new(customer, date(), Money::from_minor(5_000), PaymentType::Cash);
    Command::Post { id: EntryId::generate(), new: Box::new(new.into()) }
}

fn date() -> Date {
    Date::parse("2026-11-24").expect("a date")
}
