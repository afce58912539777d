//! Customers, who take goods on credit.

use crate::calendar::{Date, Timestamp};
use crate::error::{Error, Violation};
use crate::gst::Gstin;
use crate::id::{CustomerId, OwnerId};
use crate::ledger::Totals;
use crate::money::Money;
use crate::phone::MobileNumber;
use crate::record::{self, Input, Record, choice};
use crate::text::Name;

/// A customer of a shop.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(table = "customers", update = CustomerUpdate)]
pub struct Customer {
    /// The customer.
    #[field(name = "id")]
    pub id: CustomerId,
    /// The shop.
    #[field(name = "shopOwnerId", column = "owner_id", derived)]
    pub owner: OwnerId,
    /// Name of the customer.
    #[field(name = "name", update)]
    pub name: Name,
    /// Name of the customer's firm.
    #[field(name = "firmName", update)]
    pub firm_name: Option<Name>,
    /// Mobile number, unique in the shop; archived customers count.
    #[field(name = "mobileNumber", update)]
    pub mobile: MobileNumber,
    /// City.
    #[field(name = "city", update)]
    pub city: Option<Name>,
    /// State.
    #[field(name = "state", update)]
    pub state: Option<Name>,
    /// GSTIN of the customer.
    #[field(name = "gstNumber", update)]
    pub gst_number: Option<Gstin>,
    /// Maximum amount that the customer may owe.
    #[field(name = "creditLimit", update, range = zero_or_more)]
    pub credit_limit: Option<Money>,
    /// Sums of the customer's entries.
    #[field(flatten)]
    pub totals: Totals,
    /// Time since which the customer is archived.
    #[field(name = "archivedAt")]
    pub archived_at: Option<Timestamp>,
    /// Time at which the customer was added.
    #[field(name = "createdAt")]
    pub created_at: Timestamp,
    /// Time of the last change of the customer's particulars.
    #[field(name = "updatedAt")]
    pub updated_at: Timestamp,
    /// Version of the customer, from 1. It changes with every change, of the balance too.
    #[field(name = "revision", programs)]
    pub revision: u64,
    /// `seq` of the customer's last entry; 0 if there is none.
    #[field(name = "lastSeq", internal, derived)]
    pub last_seq: u64,
}

impl Customer {
    /// Returns the amount that the customer owes, negative if the shop owes. It includes all recorded entries.
    #[must_use]
    pub fn balance(&self) -> Money {
        self.totals.balance
    }

    /// Returns the customer's cursor in a list of a given order.
    #[must_use]
    pub fn cursor(&self, order: CustomerOrder) -> CustomerCursor {
        match order {
            CustomerOrder::Recent => CustomerCursor::Recent { last_seq: self.last_seq, id: self.id },
            CustomerOrder::Name => CustomerCursor::Name { name_key: self.name_key(), id: self.id },
            CustomerOrder::Balance => CustomerCursor::Balance { balance: self.balance(), id: self.id },
        }
    }

    /// Returns the sort key of the name.
    #[must_use]
    pub fn name_key(&self) -> String {
        crate::search::sort_key(self.name.as_str())
    }

    /// Returns the search words of the customer.
    #[must_use]
    pub fn search_words(&self) -> Vec<String> {
        let names = [Some(&self.name), self.firm_name.as_ref()];
        let mut words = crate::search::words(names.into_iter().flatten().map(Name::as_str));
        for word in crate::search::mobile_words(&self.mobile) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }
}

choice! {
    /// Order of a list of customers.
    #[derive(Default)]
    pub enum CustomerOrder: "invalid_sort" {
        /// Last entry first: by `last_seq`, then id, both descending.
        #[default]
        Recent = "recent",
        /// By name: `name_key` bytewise, then id, both ascending.
        Name = "name",
        /// Largest balance first: by balance, then id, both descending.
        Balance = "balance",
    }
}

/// A position in an ordered list of customers. The customer at the position need not exist any more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CustomerCursor {
    /// Position in [`CustomerOrder::Recent`].
    Recent {
        /// `seq` of the last entry.
        last_seq: u64,
        /// The customer.
        id: CustomerId,
    },
    /// Position in [`CustomerOrder::Name`].
    Name {
        /// The sort key.
        name_key: String,
        /// The customer.
        id: CustomerId,
    },
    /// Position in [`CustomerOrder::Balance`].
    Balance {
        /// The balance.
        balance: Money,
        /// The customer.
        id: CustomerId,
    },
}

impl CustomerCursor {
    /// Returns the order of the list.
    #[must_use]
    pub fn order(&self) -> CustomerOrder {
        match self {
            Self::Recent { .. } => CustomerOrder::Recent,
            Self::Name { .. } => CustomerOrder::Name,
            Self::Balance { .. } => CustomerOrder::Balance,
        }
    }
}

/// A customer to add.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[non_exhaustive]
pub struct NewCustomer {
    /// Name of the customer.
    #[field(name = "name")]
    pub name: Name,
    /// Mobile number, unique in the shop; archived customers count.
    #[field(name = "mobileNumber")]
    pub mobile: MobileNumber,
    /// Name of the customer's firm.
    #[field(name = "firmName", setter = parse)]
    pub firm_name: Option<Name>,
    /// City.
    #[field(name = "city", setter = parse)]
    pub city: Option<Name>,
    /// State.
    #[field(name = "state", setter = parse)]
    pub state: Option<Name>,
    /// GSTIN of the customer.
    #[field(name = "gstNumber", setter = parse)]
    pub gst_number: Option<Gstin>,
    /// Balance from before the book began: positive if the customer owes, negative if the shop does. Zero is the same as
    /// absent.
    #[field(name = "openingBalance", setter, default)]
    pub opening_balance: Option<Money>,
    /// Date of the opening balance; today if absent.
    #[field(name = "openingDate", setter)]
    pub opening_date: Option<Date>,
    /// Maximum amount that the customer may owe.
    #[field(name = "creditLimit", setter, range = zero_or_more)]
    pub credit_limit: Option<Money>,
}

impl NewCustomer {
    /// Creates a customer from a name and a mobile number, as typed values or as texts to parse.
    ///
    /// # Errors
    /// [`Error::Invalid`] if one of them can't be parsed.
    pub fn new<N, M>(name: N, mobile: M) -> Result<Self, Error>
    where
        N: TryInto<Name, Error: Into<Violation>>,
        M: TryInto<MobileNumber, Error: Into<Violation>>,
    {
        Ok(Self {
            name: record::parse(name, "name")?,
            mobile: record::parse(mobile, "mobileNumber")?,
            firm_name: None,
            city: None,
            state: None,
            gst_number: None,
            opening_balance: None,
            opening_date: None,
            credit_limit: None,
        })
    }
}

/// Result of removing a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// The customer had no entries and was deleted.
    Deleted,
    /// The customer was archived, and the documents stay.
    Archived,
}
