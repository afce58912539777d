//! `customers`, and `customer_words` by which they are found.

use khata_core::calendar::Timestamp;
use khata_core::customer::Customer;
use khata_core::gst::Gstin;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::ledger::Totals;
use khata_core::money::Money;
use khata_core::phone::MobileNumber;
use khata_core::store::{BalanceWrite, CustomerWrite};
use khata_core::text::Name;
use sqlx::FromRow;
use uuid::Uuid;

use super::{money, read, read_option, signed, time, unsigned};
use crate::error::Unreadable;

row! {
    /// A customer.
    #[derive(Debug, FromRow)]
    pub(crate) struct CustomerRow {
        owner_id: Uuid,
        id: Uuid,
        name: String,
        firm_name: Option<String>,
        mobile: String,
        city: Option<String>,
        state: Option<String>,
        gst_number: Option<String>,
        credit_limit: Option<i64>,
        balance: i64,
        invoiced: i64,
        received: i64,
        archived_at: Option<i64>,
        created_at: i64,
        updated_at: i64,
        revision: i64,
        last_seq: i64,
    }
}

impl From<&Customer> for CustomerRow {
    fn from(customer: &Customer) -> Self {
        Self {
            owner_id: customer.owner.uuid(),
            id: customer.id.uuid(),
            name: customer.name.to_string(),
            firm_name: customer.firm_name.as_ref().map(ToString::to_string),
            mobile: customer.mobile.to_string(),
            city: customer.city.as_ref().map(ToString::to_string),
            state: customer.state.as_ref().map(ToString::to_string),
            gst_number: customer.gst_number.as_ref().map(ToString::to_string),
            credit_limit: customer.credit_limit.map(Money::minor),
            balance: customer.totals.balance.minor(),
            invoiced: customer.totals.invoiced.minor(),
            received: customer.totals.received.minor(),
            archived_at: customer.archived_at.map(Timestamp::millis),
            created_at: customer.created_at.millis(),
            updated_at: customer.updated_at.millis(),
            revision: signed(customer.revision),
            last_seq: signed(customer.last_seq),
        }
    }
}

impl TryFrom<CustomerRow> for Customer {
    type Error = Unreadable;

    fn try_from(row: CustomerRow) -> Result<Self, Unreadable> {
        Ok(Self {
            id: CustomerId::from_uuid(row.id),
            owner: OwnerId::from_uuid(row.owner_id),
            name: read("customers.name", Name::parse(&row.name))?,
            firm_name: read_option("customers.firm_name", row.firm_name, Name::parse)?,
            mobile: read("customers.mobile", MobileNumber::from_e164(&row.mobile))?,
            city: read_option("customers.city", row.city, Name::parse)?,
            state: read_option("customers.state", row.state, Name::parse)?,
            gst_number: read_option("customers.gst_number", row.gst_number, Gstin::parse)?,
            credit_limit: row.credit_limit.map(money),
            totals: Totals {
                balance: money(row.balance),
                invoiced: money(row.invoiced),
                received: money(row.received),
            },
            archived_at: row.archived_at.map(|millis| time("customers.archived_at", millis)).transpose()?,
            created_at: time("customers.created_at", row.created_at)?,
            updated_at: time("customers.updated_at", row.updated_at)?,
            revision: unsigned("customers.revision", row.revision)?,
            last_seq: unsigned("customers.last_seq", row.last_seq)?,
        })
    }
}

row! {
    /// Whose mobile number it is.
    #[derive(FromRow)]
    pub(crate) struct HolderRow {
        owner_id: Uuid,
        mobile: String,
        id: Uuid,
    }
}

impl TryFrom<HolderRow> for ((OwnerId, MobileNumber), CustomerId) {
    type Error = Unreadable;

    fn try_from(row: HolderRow) -> Result<Self, Unreadable> {
        let mobile = read("customers.mobile", MobileNumber::from_e164(&row.mobile))?;
        Ok(((OwnerId::from_uuid(row.owner_id), mobile), CustomerId::from_uuid(row.id)))
    }
}

row! {
    /// A customer to be put, with what it is sorted by.
    #[derive(Debug)]
    pub(crate) struct CustomerPutRow<'a> {
        row: CustomerRow,
        name_key: &'a str,
    }
}

impl<'a> From<&'a CustomerWrite> for CustomerPutRow<'a> {
    fn from(write: &'a CustomerWrite) -> Self {
        Self { row: CustomerRow::from(&write.customer), name_key: &write.name_key }
    }
}

row! {
    /// A word of a customer.
    #[derive(Debug)]
    pub(crate) struct WordRow<'a> {
        owner_id: Uuid,
        word: &'a str,
        customer_id: Uuid,
    }
}

impl<'a> WordRow<'a> {
    /// Every word of a customer.
    pub(crate) fn all(write: &'a CustomerWrite) -> impl Iterator<Item = Self> {
        let (owner_id, customer_id) = (write.customer.owner.uuid(), write.customer.id.uuid());
        write.words.iter().map(move |word| Self { owner_id, word, customer_id })
    }
}

row! {
    /// A range of words, and how many there are in it.
    #[derive(FromRow)]
    pub(crate) struct RarestRow {
        pub(crate) first: String,
        pub(crate) until: String,
        uses: i64,
    }
}

impl RarestRow {
    /// Whether it is better to look at everybody who has such a word than at everybody in turn. No more than a thousand
    /// are counted.
    pub(crate) fn is_rare(&self) -> bool {
        self.uses < 1000
    }
}

row! {
    /// The ledger's part of a customer.
    #[derive(Debug)]
    pub(crate) struct BalanceRow {
        owner_id: Uuid,
        id: Uuid,
        balance: i64,
        invoiced: i64,
        received: i64,
        last_seq: i64,
        revision: i64,
    }
}

impl From<&BalanceWrite> for BalanceRow {
    fn from(write: &BalanceWrite) -> Self {
        Self {
            owner_id: write.owner.uuid(),
            id: write.customer.uuid(),
            balance: write.totals.balance.minor(),
            invoiced: write.totals.invoiced.minor(),
            received: write.totals.received.minor(),
            last_seq: signed(write.last_seq),
            revision: signed(write.revision),
        }
    }
}
