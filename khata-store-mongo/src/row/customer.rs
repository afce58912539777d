//! `customers`.

use bson::{Document, doc};
use khata_core::customer::Customer;
use khata_core::gst::Gstin;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::ledger::Totals;
use khata_core::money::Money;
use khata_core::phone::MobileNumber;
use khata_core::store::{BalanceWrite, CustomerWrite};
use khata_core::text::Name;
use serde::{Deserialize, Serialize};

use super::{Key, Moment, Row, moment, money, read, read_option, signed, time, unsigned};
use crate::error::Unreadable;
use crate::schema::{CUSTOMERS, Collection};

/// A customer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomerRow {
    #[serde(rename = "_id")]
    pub(crate) key: Key,
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
    archived_at: Option<Moment>,
    created_at: Moment,
    updated_at: Moment,
    revision: i64,
    last_seq: i64,
    // The rest is for finding and sorting, which the server does.
    #[serde(skip_deserializing)]
    archived: bool,
    #[serde(skip_deserializing)]
    name_key: String,
    #[serde(skip_deserializing)]
    words: Vec<String>,
}

impl Row for CustomerRow {
    const COLLECTION: &'static Collection = &CUSTOMERS;
}

impl From<&CustomerWrite> for CustomerRow {
    fn from(write: &CustomerWrite) -> Self {
        let customer = &write.customer;
        Self {
            key: (customer.owner, customer.id).into(),
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
            archived_at: customer.archived_at.map(moment),
            created_at: moment(customer.created_at),
            updated_at: moment(customer.updated_at),
            revision: signed(customer.revision),
            last_seq: signed(customer.last_seq),
            archived: customer.archived_at.is_some(),
            name_key: write.name_key.clone(),
            words: write.words.clone(),
        }
    }
}

impl TryFrom<CustomerRow> for Customer {
    type Error = Unreadable;

    fn try_from(row: CustomerRow) -> Result<Self, Unreadable> {
        Ok(Self {
            id: CustomerId::from_uuid(row.key.bits()),
            owner: row.key.owner(),
            name: read("customers.name", Name::parse(&row.name))?,
            firm_name: read_option("customers.firmName", row.firm_name, Name::parse)?,
            mobile: read("customers.mobile", MobileNumber::from_e164(&row.mobile))?,
            city: read_option("customers.city", row.city, Name::parse)?,
            state: read_option("customers.state", row.state, Name::parse)?,
            gst_number: read_option("customers.gstNumber", row.gst_number, Gstin::parse)?,
            credit_limit: row.credit_limit.map(money),
            totals: Totals {
                balance: money(row.balance),
                invoiced: money(row.invoiced),
                received: money(row.received),
            },
            archived_at: row.archived_at.map(|moment| time("customers.archivedAt", moment)).transpose()?,
            created_at: time("customers.createdAt", row.created_at)?,
            updated_at: time("customers.updatedAt", row.updated_at)?,
            revision: unsigned("customers.revision", row.revision)?,
            last_seq: unsigned("customers.lastSeq", row.last_seq)?,
        })
    }
}

/// The ledger's part of a customer, changed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BalanceChange {
    balance: i64,
    invoiced: i64,
    received: i64,
    last_seq: i64,
    revision: i64,
}

impl From<&BalanceWrite> for BalanceChange {
    fn from(write: &BalanceWrite) -> Self {
        Self {
            balance: write.totals.balance.minor(),
            invoiced: write.totals.invoiced.minor(),
            received: write.totals.received.minor(),
            last_seq: signed(write.last_seq),
            revision: signed(write.revision),
        }
    }
}

/// A mobile number, and whose it is.
#[derive(Debug, Deserialize)]
pub(crate) struct MobileRow {
    #[serde(rename = "_id")]
    key: Key,
    mobile: String,
}

impl Row for MobileRow {
    const COLLECTION: &'static Collection = &CUSTOMERS;
}

impl MobileRow {
    /// What there is of a customer in such a row.
    pub(crate) fn projection() -> Document {
        doc! { "mobile": 1 }
    }
}

impl TryFrom<MobileRow> for ((OwnerId, MobileNumber), CustomerId) {
    type Error = Unreadable;

    fn try_from(row: MobileRow) -> Result<Self, Unreadable> {
        let mobile = read("customers.mobile", MobileNumber::from_e164(&row.mobile))?;
        Ok(((row.key.owner(), mobile), CustomerId::from_uuid(row.key.bits())))
    }
}

/// How many customers have a word, which is told by its place in the question.
#[derive(Debug, Deserialize)]
pub(crate) struct WordUsesRow {
    #[serde(rename = "_id")]
    pub(crate) word: i64,
    pub(crate) uses: i64,
}

impl Row for WordUsesRow {
    const COLLECTION: &'static Collection = &CUSTOMERS;
}
