//! Shop owners: their profile, which is also what documents show of the shop, and registration.

use secrecy::SecretString;

use crate::auth::Password;
use crate::calendar::{Date, TimeZone, Timestamp};
use crate::error::{Error, FieldError, Violation};
use crate::form::{self, Form};
use crate::gst::Gstin;
use crate::id::OwnerId;
use crate::money::Currency;
use crate::phone::MobileNumber;
use crate::record::{self, Input, InputField, InputPart, InputType, Record, Typed as _};
use crate::text::Name;
use crate::upi::UpiId;

/// Profile of a shop and its owner.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(name = "ShopOwner", table = "owners", update = ProfileUpdate)]
pub struct Owner {
    /// The owner, and the shop.
    #[field(name = "id")]
    pub id: OwnerId,
    /// Name of the shop.
    #[field(name = "shopName", update)]
    pub shop_name: Name,
    /// Name of the owner.
    #[field(name = "proprietorName", update)]
    pub proprietor_name: Name,
    /// Mobile number with which the owner logs in, unique among all owners.
    #[field(name = "mobileNumber", update)]
    pub mobile: MobileNumber,
    /// GSTIN of the shop. Invoices of a shop with a GSTIN must state their tax.
    #[field(name = "gstNumber", update)]
    pub gst_number: Option<Gstin>,
    /// State of the shop.
    #[field(name = "state", update)]
    pub state: Option<Name>,
    /// Currency of the whole book. It never changes.
    #[field(name = "currency")]
    pub currency: Currency,
    /// Time zone of the shop, by which its days begin. It never changes.
    #[field(name = "timeZone")]
    pub time_zone: TimeZone,
    /// UPI id that customers can pay to.
    #[field(name = "upiId", update)]
    pub upi_id: Option<UpiId>,
    /// Lock date: postings dated on or before it are refused, including voids. The owner may move it in either direction: it
    /// prevents mistakes, and the ledger shows in any case when an entry was recorded.
    #[field(name = "lockedUntil", update)]
    pub locked_until: Option<Date>,
    /// Time of the registration.
    #[field(name = "createdAt")]
    pub created_at: Timestamp,
    /// Time of the last change of the profile.
    #[field(name = "updatedAt")]
    pub updated_at: Timestamp,
    /// Version of the profile, from 1. It changes with every change.
    #[field(name = "revision", programs)]
    pub revision: u64,
}

/// A registration.
#[derive(Debug, Clone, Input)]
#[non_exhaustive]
pub struct NewOwner {
    /// Name of the shop.
    #[field(name = "shopName")]
    pub shop_name: Name,
    /// Name of the owner.
    #[field(name = "proprietorName")]
    pub proprietor_name: Name,
    /// Mobile number with which the owner logs in, unique among all owners.
    #[field(name = "mobileNumber")]
    pub mobile: MobileNumber,
    /// Password to log in with.
    #[field(name = "password", secret)]
    pub password: Password,
    /// GSTIN of the shop, if it has one.
    #[field(name = "gstNumber", setter = parse)]
    pub gst_number: Option<Gstin>,
    /// State of the shop.
    #[field(name = "state", setter = parse)]
    pub state: Option<Name>,
    /// Currency of the whole book; INR if absent.
    #[field(name = "currency", default, setter = parse)]
    pub currency: Currency,
    /// Time zone of the shop; Asia/Kolkata if absent.
    #[field(name = "timeZone", default, setter = parse)]
    pub time_zone: TimeZone,
    /// UPI id that customers can pay to.
    #[field(name = "upiId", setter = parse)]
    pub upi_id: Option<UpiId>,
}

impl NewOwner {
    /// Creates a registration from typed values or from texts to parse. The currency is INR and the time zone Asia/Kolkata.
    ///
    /// # Errors
    /// [`Error::Invalid`] if one of them can't be parsed.
    pub fn new<S, P, M, W>(shop_name: S, proprietor_name: P, mobile: M, password: W) -> Result<Self, Error>
    where
        S: TryInto<Name, Error: Into<Violation>>,
        P: TryInto<Name, Error: Into<Violation>>,
        M: TryInto<MobileNumber, Error: Into<Violation>>,
        W: TryInto<Password, Error: Into<Violation>>,
    {
        Ok(Self {
            shop_name: record::parse(shop_name, "shopName")?,
            proprietor_name: record::parse(proprietor_name, "proprietorName")?,
            mobile: record::parse(mobile, "mobileNumber")?,
            password: record::parse(password, "password")?,
            gst_number: None,
            state: None,
            currency: Currency::default(),
            time_zone: TimeZone::default(),
            upi_id: None,
        })
    }
}

/// A change of the profile, and of the password if it is set; that ends every other session.
#[derive(Debug, Clone, Default, Input)]
#[non_exhaustive]
pub struct OwnerUpdate {
    /// The change of the profile.
    #[field(flatten)]
    pub profile: ProfileUpdate,
    /// The change of the password.
    #[field(flatten, secret)]
    pub password: Option<PasswordChange>,
}

/// A new password, with the current one as authorization.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The current password.
    pub current: SecretString,
    /// The new password.
    pub new: Password,
}

impl InputPart for Option<PasswordChange> {
    const FIELDS: &'static [InputField] = &[
        InputField {
            name: "password",
            ty: InputType::Value(Password::TYPE),
            required: false,
            nullable: false,
            doc: "New password. It needs the current one, and ends every other session.",
        },
        InputField {
            name: "currentPassword",
            ty: InputType::Value(String::TYPE),
            required: false,
            nullable: false,
            doc: "Current password.",
        },
    ];

    fn read(form: &mut Form, _: Currency) -> Option<Self> {
        let new = form.settable("password", form::text(Password::parse));
        let current = form.settable("currentPassword", form::text(|text| Ok(SecretString::from(text))));
        match (new?, current) {
            (Some(new), Some(Some(current))) => Some(Some(PasswordChange { current, new })),
            (Some(_), Some(None)) => {
                form.fault("currentPassword", form::missing());
                None
            }
            (None, Some(_)) => Some(None),
            (_, None) => None,
        }
    }

    fn violations(&self, _: Currency) -> Vec<FieldError> {
        Vec::new()
    }
}
