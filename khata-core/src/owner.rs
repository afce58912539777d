//! The shop owner: who keeps a book, and how the shop presents itself on paper.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::auth::Password;
use crate::calendar::{Date, TimeZone, Timestamp};
use crate::error::Error;
use crate::form::{self, Form, Patch};
use crate::gst::Gstin;
use crate::id::OwnerId;
use crate::money::Currency;
use crate::phone::MobileNumber;
use crate::text::Name;
use crate::upi::UpiId;

/// A shop owner's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The owner, and the shop.
    pub id: OwnerId,
    /// The shop's name.
    pub shop_name: Name,
    /// The owner's name.
    pub proprietor_name: Name,
    /// Unique over all owners.
    pub mobile: MobileNumber,
    /// The shop's GSTIN; a shop that has one must say the tax on every invoice.
    pub gst_number: Option<Gstin>,
    /// The state it lies in.
    pub state: Option<Name>,
    /// The currency of the whole book; it never changes.
    pub currency: Currency,
    /// Where the shop's days begin; it never changes.
    pub time_zone: TimeZone,
    /// Where customers can pay by UPI.
    pub upi_id: Option<UpiId>,
    /// Postings dated on or before this are refused, voids too. The owner may move it either way: it guards against
    /// slips, and when an entry was recorded shows in the ledger all the same.
    pub locked_until: Option<Date>,
    /// When the owner registered.
    pub created_at: Timestamp,
    /// When the profile last changed.
    pub updated_at: Timestamp,
    /// Counts the changes of the profile, from 1.
    pub revision: u64,
}

/// A registration.
#[derive(Debug, Clone)]
pub struct NewOwner {
    /// The shop's name.
    pub shop_name: Name,
    /// The owner's name.
    pub proprietor_name: Name,
    /// Unique over all owners; what the owner logs in with.
    pub mobile: MobileNumber,
    /// What the owner logs in with.
    pub password: Password,
    /// The shop's GSTIN, if it has one.
    pub gst_number: Option<Gstin>,
    /// The state it lies in.
    pub state: Option<Name>,
    /// The currency of the whole book.
    pub currency: Currency,
    /// Where the shop's days begin.
    pub time_zone: TimeZone,
    /// Where customers can pay by UPI.
    pub upi_id: Option<UpiId>,
}

impl NewOwner {
    /// A registration with what is required; the rest is absent, the currency INR, the time zone Asia/Kolkata.
    #[must_use]
    pub fn new(shop_name: Name, proprietor_name: Name, mobile: MobileNumber, password: Password) -> Self {
        Self {
            shop_name,
            proprietor_name,
            mobile,
            password,
            gst_number: None,
            state: None,
            currency: Currency::INR,
            time_zone: TimeZone::KOLKATA,
            upi_id: None,
        }
    }

    /// Reads a registration.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn from_form(mut form: Form) -> Result<Self, Error> {
        let shop_name = form.required("shopName", form::text(Name::parse));
        let proprietor_name = form.required("proprietorName", form::text(Name::parse));
        let mobile = form.required("mobileNumber", form::text(MobileNumber::parse));
        let password = form.required("password", form::text(Password::parse));
        let gst_number = form.optional("gstNumber", form::text(Gstin::parse));
        let state = form.optional("state", form::text(Name::parse));
        let currency = form.optional("currency", form::text(Currency::parse));
        let time_zone = form.optional("timeZone", form::text(TimeZone::parse));
        let upi_id = form.optional("upiId", form::text(UpiId::parse));
        let new = (|| {
            Some(Self {
                shop_name: shop_name?,
                proprietor_name: proprietor_name?,
                mobile: mobile?,
                password: password?,
                gst_number: gst_number?,
                state: state?,
                currency: currency?.unwrap_or(Currency::INR),
                time_zone: time_zone?.unwrap_or(TimeZone::KOLKATA),
                upi_id: upi_id?,
            })
        })();
        form.finish(new)
    }
}

/// A change of the profile; what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct OwnerUpdate {
    /// The shop's name.
    pub shop_name: Option<Name>,
    /// The owner's name.
    pub proprietor_name: Option<Name>,
    /// The mobile number.
    pub mobile: Option<MobileNumber>,
    /// The shop's GSTIN.
    pub gst_number: Patch<Gstin>,
    /// The state it lies in.
    pub state: Patch<Name>,
    /// Where customers can pay by UPI.
    pub upi_id: Patch<UpiId>,
    /// The lock date.
    pub locked_until: Patch<Date>,
    /// The password; it ends every other session.
    pub password: Option<PasswordChange>,
}

/// A new password, and the proof that whoever sets it knows the old one.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The password as it is.
    pub current: SecretString,
    /// The password as it shall be.
    pub new: Password,
}

impl OwnerUpdate {
    /// Reads a change of the profile.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn from_form(mut form: Form) -> Result<Self, Error> {
        let shop_name = form.settable("shopName", form::text(Name::parse));
        let proprietor_name = form.settable("proprietorName", form::text(Name::parse));
        let mobile = form.settable("mobileNumber", form::text(MobileNumber::parse));
        let gst_number = form.patch("gstNumber", form::text(Gstin::parse));
        let state = form.patch("state", form::text(Name::parse));
        let upi_id = form.patch("upiId", form::text(UpiId::parse));
        let locked_until = form.patch("lockedUntil", form::date);
        let new = form.settable("password", form::text(Password::parse));
        let current = form.settable("currentPassword", form::text(|text| Ok(SecretString::from(text))));
        let password = match (new, current) {
            (Some(Some(new)), Some(Some(current))) => Some(Some(PasswordChange { current, new })),
            (Some(Some(_)), Some(None)) => {
                form.fault("currentPassword", form::missing());
                None
            }
            (Some(None), Some(_)) => Some(None),
            _ => None,
        };
        let update = (|| {
            Some(Self {
                shop_name: shop_name?,
                proprietor_name: proprietor_name?,
                mobile: mobile?,
                gst_number: gst_number?,
                state: state?,
                upi_id: upi_id?,
                locked_until: locked_until?,
                password: password?,
            })
        })();
        form.finish(update)
    }

    /// The profile after the update.
    #[must_use]
    pub fn applied_to(&self, owner: &Owner) -> Owner {
        let mut owner = owner.clone();
        let set = |field: &mut Name, value: &Option<Name>| {
            if let Some(value) = value {
                field.clone_from(value);
            }
        };
        set(&mut owner.shop_name, &self.shop_name);
        set(&mut owner.proprietor_name, &self.proprietor_name);
        if let Some(mobile) = &self.mobile {
            owner.mobile.clone_from(mobile);
        }
        self.gst_number.clone().apply(&mut owner.gst_number);
        self.state.clone().apply(&mut owner.state);
        self.upi_id.clone().apply(&mut owner.upi_id);
        self.locked_until.apply(&mut owner.locked_until);
        owner
    }
}
