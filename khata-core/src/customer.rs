//! Customers, who take goods on credit.

use std::cmp::Reverse;
use std::ops::Deref;

use crate::calendar::{Date, Timestamp};
use crate::email::Email;
use crate::error::{Error, Violation};
use crate::gst::Gstin;
use crate::id::{CustomerId, OwnerId};
use crate::ledger::{PostDated, PostDatedDays, Totals};
use crate::money::Money;
use crate::phone::MobileNumber;
use crate::record::{self, Input, Record, choice};
use crate::search;
use crate::store::StoreError;
use crate::tags::Tags;
use crate::text::{Name, Note};

/// A customer of a shop, as stores keep it: with sums of all recorded entries, whatever their dates. What it amounts to
/// on a day is a [`CustomerView`].
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
    pub mobile: Option<MobileNumber>,
    /// Another mobile number, which need not be unique.
    #[field(name = "alternateMobile", update)]
    pub alternate_mobile: Option<MobileNumber>,
    /// Email address.
    #[field(name = "email", update)]
    pub email: Option<Email>,
    /// Postal address.
    #[field(name = "address", update)]
    pub address: Option<Note>,
    /// Notes about the customer, for the shop alone.
    #[field(name = "notes", update)]
    pub notes: Option<Note>,
    /// Tags, by which the shop groups its customers; none if there are none.
    #[field(name = "tags", update)]
    pub tags: Option<Tags>,
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
    /// Sums of the post-dated entries by day; none if there are none. Days that have come since the last entry may still be
    /// among them.
    #[field(name = "postDatedDays", column = "post_dated", internal, derived)]
    pub post_dated: Option<PostDatedDays>,
    /// Number of the customer's cheques that bounced.
    #[field(name = "bouncedCheques", derived)]
    pub bounced_cheques: u64,
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
    /// Returns the sums of the entries that are dated after a day, not before the one on which the last was recorded.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a sum is out of range, which can't happen in a sound book.
    pub fn post_dated_on(&self, day: Date) -> Result<PostDated, StoreError> {
        let later = self.post_dated.as_ref().map_or(Some(PostDated::default()), |days| days.after(day));
        later.ok_or_else(out_of_range)
    }

    /// Returns the amount that the customer owes at the end of a day, not before the one on which the last entry was
    /// recorded; negative if the shop owes.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a sum is out of range, which can't happen in a sound book.
    pub fn balance_on(&self, day: Date) -> Result<Money, StoreError> {
        let later = self.post_dated_on(day)?.net();
        later.and_then(|later| self.totals.balance.checked_sub(later)).ok_or_else(out_of_range)
    }

    /// Returns whether the customer owes nothing and is owed nothing, on a day and by post-dated entries.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a sum is out of range, which can't happen in a sound book.
    pub fn is_settled_on(&self, day: Date) -> Result<bool, StoreError> {
        Ok(self.balance_on(day)?.is_zero() && self.post_dated_on(day)?.is_zero())
    }

    /// Returns the customer as it stands on a day, not before the one on which the last entry was recorded.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a sum is out of range, which can't happen in a sound book.
    pub fn on(self, day: Date) -> Result<CustomerView, StoreError> {
        let (balance, post_dated) = (self.balance_on(day)?, self.post_dated_on(day)?);
        let days_to_come = self.post_dated.as_ref().map_or(0, |days| days.count_after(day));
        Ok(CustomerView { customer: self, balance, post_dated, days_to_come })
    }

    /// Returns the customer's cursor in a list of a given order, of the recorded balance in that of balances.
    #[must_use]
    pub fn cursor(&self, order: CustomerOrder) -> CustomerCursor {
        match order {
            CustomerOrder::Recent => CustomerCursor::Recent { last_seq: self.last_seq, id: self.id },
            CustomerOrder::Name => CustomerCursor::Name { name_key: self.name_key(), id: self.id },
            CustomerOrder::Balance => CustomerCursor::Balance { balance: self.totals.balance, id: self.id },
        }
    }

    /// Returns the sort key of the name.
    #[must_use]
    pub fn name_key(&self) -> String {
        search::sort_key(self.name.as_str())
    }

    /// Returns the search words of the customer.
    #[must_use]
    pub fn search_words(&self) -> Vec<String> {
        let names = [Some(&self.name), self.firm_name.as_ref()].into_iter().flatten().map(Name::as_str);
        let tags = self.tags.as_ref().map(Tags::as_slice).unwrap_or_default();
        let mut words = search::words(names.chain(tags.iter().map(String::as_str)));
        let numbers = [&self.mobile, &self.alternate_mobile].into_iter().flatten();
        let tags = self.tags.iter().flat_map(Tags::iter);
        for word in numbers.flat_map(search::mobile_words).chain(tags.map(|tag| search::tag_word(&tag))) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }
}

fn out_of_range() -> StoreError {
    StoreError::corrupt("a sum of a customer is out of range")
}

/// A customer as it stands on a day: what shops show. The particulars are those of the [`Customer`], to which it
/// dereferences; it can't be written, so that no figure of a day is taken for a recorded one.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(name = "Customer")]
#[non_exhaustive]
pub struct CustomerView {
    /// The particulars.
    #[field(flatten)]
    customer: Customer,
    /// Balance of the day: positive if the customer owes, negative if the shop does. Post-dated entries are not included.
    #[field(name = "balance")]
    pub balance: Money,
    /// Sums of the post-dated entries, which count from their dates on.
    #[field(name = "postDated", record)]
    pub post_dated: PostDated,
    /// Number of days after the day for which there are post-dated entries.
    #[field(skip)]
    pub days_to_come: usize,
}

impl Deref for CustomerView {
    type Target = Customer;

    fn deref(&self) -> &Customer {
        &self.customer
    }
}

impl CustomerView {
    /// Returns the amount that the customer owes, negative if the shop owes.
    #[must_use]
    pub fn balance(&self) -> Money {
        self.balance
    }

    /// Returns the customer's cursor in a list of a given order.
    #[must_use]
    pub fn cursor(&self, order: CustomerOrder) -> CustomerCursor {
        match order {
            CustomerOrder::Balance => CustomerCursor::Balance { balance: self.balance, id: self.id },
            CustomerOrder::Recent | CustomerOrder::Name => self.customer.cursor(order),
        }
    }
}

/// Merges customers into the order of balances, and leaves out those up to a position. Those with post-dated entries may
/// come in any place.
pub(crate) fn by_balance(
    mut customers: Vec<CustomerView>,
    after: Option<&CustomerCursor>,
) -> Vec<CustomerView> {
    if let Some(CustomerCursor::Balance { balance, id }) = after {
        customers.retain(|customer| (customer.balance, customer.id) < (*balance, *id));
    }
    customers.sort_by_key(|customer| Reverse((customer.balance, customer.id)));
    customers
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
    #[field(name = "mobileNumber", setter = parse)]
    pub mobile: Option<MobileNumber>,
    /// Name of the customer's firm.
    #[field(name = "firmName", setter = parse)]
    pub firm_name: Option<Name>,
    /// Another mobile number, which need not be unique.
    #[field(name = "alternateMobile", setter = parse)]
    pub alternate_mobile: Option<MobileNumber>,
    /// Email address.
    #[field(name = "email", setter = parse)]
    pub email: Option<Email>,
    /// Postal address.
    #[field(name = "address", setter = parse)]
    pub address: Option<Note>,
    /// Notes about the customer, for the shop alone.
    #[field(name = "notes", setter = parse)]
    pub notes: Option<Note>,
    /// Tags, by which the shop groups its customers.
    #[field(name = "tags", setter)]
    pub tags: Option<Tags>,
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
        Ok(Self { mobile: Some(record::parse(mobile, "mobileNumber")?), ..Self::without_mobile(name)? })
    }

    /// Creates a customer without a mobile number from a name, as a typed value or as a text to parse.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it can't be parsed.
    pub fn without_mobile<N>(name: N) -> Result<Self, Error>
    where
        N: TryInto<Name, Error: Into<Violation>>,
    {
        Ok(Self {
            name: record::parse(name, "name")?,
            mobile: None,
            firm_name: None,
            alternate_mobile: None,
            email: None,
            address: None,
            notes: None,
            tags: None,
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
