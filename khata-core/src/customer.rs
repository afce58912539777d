//! The customer: who takes goods now and pays later.

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Timestamp};
use crate::error::Error;
use crate::form::{self, Form, Patch};
use crate::gst::Gstin;
use crate::id::{CustomerId, OwnerId};
use crate::ledger::Totals;
use crate::money::{Currency, Money};
use crate::phone::MobileNumber;
use crate::text::Name;

/// A customer of a shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The customer.
    pub id: CustomerId,
    /// The shop.
    pub owner: OwnerId,
    /// The customer's name.
    pub name: Name,
    /// The firm's name.
    pub firm_name: Option<Name>,
    /// Unique in the shop, archived customers included.
    pub mobile: MobileNumber,
    /// The city.
    pub city: Option<Name>,
    /// The state.
    pub state: Option<Name>,
    /// The customer's GSTIN.
    pub gst_number: Option<Gstin>,
    /// How much the customer may owe.
    pub credit_limit: Option<Money>,
    /// The sums of the customer's entries.
    pub totals: Totals,
    /// Since when the customer is in the archive.
    pub archived_at: Option<Timestamp>,
    /// When the customer was added.
    pub created_at: Timestamp,
    /// When the customer's particulars last changed.
    pub updated_at: Timestamp,
    /// Changes with every change of the row, the balance's included; from 1.
    pub revision: u64,
    /// The `seq` of the customer's last entry; 0 for none.
    pub last_seq: u64,
}

impl Customer {
    /// What the customer owes the shop; negative where the shop owes. It counts all that is recorded.
    #[must_use]
    pub fn balance(&self) -> Money {
        self.totals.balance
    }

    /// The customer's place in a list of that order.
    #[must_use]
    pub fn cursor(&self, order: CustomerOrder) -> CustomerCursor {
        match order {
            CustomerOrder::Recent => CustomerCursor::Recent { last_seq: self.last_seq, id: self.id },
            CustomerOrder::Name => CustomerCursor::Name { name_key: self.name_key(), id: self.id },
            CustomerOrder::Balance => CustomerCursor::Balance { balance: self.balance(), id: self.id },
        }
    }

    /// What the customer is sorted by where customers are sorted by name.
    #[must_use]
    pub fn name_key(&self) -> String {
        crate::search::sort_key(self.name.as_str())
    }

    /// The words that the customer is found by.
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

/// How a list of customers is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CustomerOrder {
    /// Last entry first: by `last_seq`, then id, both descending.
    #[default]
    Recent,
    /// By name: `name_key` bytewise, then id, both ascending.
    Name,
    /// Largest balance first: by balance, then id, both descending.
    Balance,
}

/// A place in an ordered list of customers: that of a customer, though it need not be there any more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CustomerCursor {
    /// In [`CustomerOrder::Recent`].
    Recent {
        /// `seq` of the last entry.
        last_seq: u64,
        /// The customer.
        id: CustomerId,
    },
    /// In [`CustomerOrder::Name`].
    Name {
        /// The sort key.
        name_key: String,
        /// The customer.
        id: CustomerId,
    },
    /// In [`CustomerOrder::Balance`].
    Balance {
        /// The balance.
        balance: Money,
        /// The customer.
        id: CustomerId,
    },
}

impl CustomerCursor {
    /// The order that it is a place in.
    #[must_use]
    pub fn order(&self) -> CustomerOrder {
        match self {
            Self::Recent { .. } => CustomerOrder::Recent,
            Self::Name { .. } => CustomerOrder::Name,
            Self::Balance { .. } => CustomerOrder::Balance,
        }
    }
}

/// A customer to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewCustomer {
    /// The customer's name.
    pub name: Name,
    /// Unique in the shop.
    pub mobile: MobileNumber,
    /// The firm's name.
    pub firm_name: Option<Name>,
    /// The city.
    pub city: Option<Name>,
    /// The state.
    pub state: Option<Name>,
    /// The customer's GSTIN.
    pub gst_number: Option<Gstin>,
    /// What the customer owes from before the book began; negative where the shop owes. Zero is as absent.
    pub opening_balance: Option<Money>,
    /// The opening balance's date; today if absent.
    pub opening_date: Option<Date>,
    /// How much the customer may owe, zero or more.
    pub credit_limit: Option<Money>,
}

impl NewCustomer {
    /// A customer with what is required; the rest is absent.
    #[must_use]
    pub fn new(name: Name, mobile: MobileNumber) -> Self {
        Self {
            name,
            mobile,
            firm_name: None,
            city: None,
            state: None,
            gst_number: None,
            opening_balance: None,
            opening_date: None,
            credit_limit: None,
        }
    }

    /// Reads a customer.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn from_form(mut form: Form, currency: Currency) -> Result<Self, Error> {
        let name = form.required("name", form::text(Name::parse));
        let mobile = form.required("mobileNumber", form::text(MobileNumber::parse));
        let firm_name = form.optional("firmName", form::text(Name::parse));
        let city = form.optional("city", form::text(Name::parse));
        let state = form.optional("state", form::text(Name::parse));
        let gst_number = form.optional("gstNumber", form::text(Gstin::parse));
        let opening_balance = form.optional("openingBalance", form::amount(currency));
        let opening_date = form.optional("openingDate", form::date);
        let credit_limit = form.optional("creditLimit", form::amount_from_zero(currency));
        let new = (|| {
            Some(Self {
                name: name?,
                mobile: mobile?,
                firm_name: firm_name?,
                city: city?,
                state: state?,
                gst_number: gst_number?,
                opening_balance: opening_balance?,
                opening_date: opening_date?,
                credit_limit: credit_limit?,
            })
        })();
        form.finish(new)
    }

    /// The rules between and beyond the types, for callers that made it by hand.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn check(&self) -> Result<(), Error> {
        form::sound([
            self.credit_limit.and_then(form::at_least_zero).map(|fault| fault.at("creditLimit")),
            self.credit_limit.and_then(form::too_large).map(|fault| fault.at("creditLimit")),
            self.opening_balance.and_then(form::too_large).map(|fault| fault.at("openingBalance")),
        ])
    }
}

/// A change of a customer; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerUpdate {
    /// The customer's name.
    pub name: Option<Name>,
    /// The mobile number.
    pub mobile: Option<MobileNumber>,
    /// The firm's name.
    pub firm_name: Patch<Name>,
    /// The city.
    pub city: Patch<Name>,
    /// The state.
    pub state: Patch<Name>,
    /// The customer's GSTIN.
    pub gst_number: Patch<Gstin>,
    /// How much the customer may owe.
    pub credit_limit: Patch<Money>,
}

impl CustomerUpdate {
    /// Reads a change of a customer.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn from_form(mut form: Form, currency: Currency) -> Result<Self, Error> {
        let name = form.settable("name", form::text(Name::parse));
        let mobile = form.settable("mobileNumber", form::text(MobileNumber::parse));
        let firm_name = form.patch("firmName", form::text(Name::parse));
        let city = form.patch("city", form::text(Name::parse));
        let state = form.patch("state", form::text(Name::parse));
        let gst_number = form.patch("gstNumber", form::text(Gstin::parse));
        let credit_limit = form.patch("creditLimit", form::amount_from_zero(currency));
        let update = (|| {
            Some(Self {
                name: name?,
                mobile: mobile?,
                firm_name: firm_name?,
                city: city?,
                state: state?,
                gst_number: gst_number?,
                credit_limit: credit_limit?,
            })
        })();
        form.finish(update)
    }

    /// The rules beyond the types, for callers that made it by hand.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn check(&self) -> Result<(), Error> {
        let Patch::Set(limit) = self.credit_limit else { return Ok(()) };
        form::sound(
            [form::at_least_zero(limit), form::too_large(limit)].map(|f| f.map(|f| f.at("creditLimit"))),
        )
    }

    /// The customer after the update.
    #[must_use]
    pub fn applied_to(&self, customer: &Customer) -> Customer {
        let mut customer = customer.clone();
        if let Some(name) = &self.name {
            customer.name.clone_from(name);
        }
        if let Some(mobile) = &self.mobile {
            customer.mobile.clone_from(mobile);
        }
        self.firm_name.clone().apply(&mut customer.firm_name);
        self.city.clone().apply(&mut customer.city);
        self.state.clone().apply(&mut customer.state);
        self.gst_number.clone().apply(&mut customer.gst_number);
        self.credit_limit.apply(&mut customer.credit_limit);
        customer
    }
}

/// What came of taking a customer off the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Removal {
    /// There was no entry, so nothing is left.
    Deleted,
    /// The customer is in the archive, and the papers stay.
    Archived,
}
