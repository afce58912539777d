//! Shop owners: their profile, which is also what documents show of the shop, and registration.

#[cfg(feature = "auth")]
mod password;

#[cfg(feature = "auth")]
pub use password::Passwords;

#[cfg(feature = "auth")]
use crate::auth::Password;
use crate::calendar::{Date, TimeZone, Timestamp};
use crate::counters::Counters;
use crate::error::{Error, Violation};
use crate::gst::Gstin;
use crate::id::OwnerId;
use crate::ledger::genesis_hash;
use crate::money::Currency;
use crate::numbering::Numberings;
use crate::phone::MobileNumber;
use crate::record::{self, Input, Record};
use crate::store::Head;
use crate::text::Name;
use crate::upi::UpiId;

/// The hash of no password: of the default cost, with an output of zeros, which no password is known to have. To find one
/// is as hard as to invert any other hash. The owner can't log in.
pub(crate) const NO_PASSWORD_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

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
    /// Numberings that the shop has set; none if all automatic numbers are the usual ones.
    #[field(name = "numberings", internal)]
    pub numberings: Option<Numberings>,
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
    /// Password to log in with. Without one, the owner can't: the program that embeds Khata authenticates them itself.
    #[cfg(feature = "auth")]
    #[field(flatten, secret)]
    pub password: Option<Password>,
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
    #[cfg(feature = "auth")]
    pub fn new<S, P, M, W>(shop_name: S, proprietor_name: P, mobile: M, password: W) -> Result<Self, Error>
    where
        S: TryInto<Name, Error: Into<Violation>>,
        P: TryInto<Name, Error: Into<Violation>>,
        M: TryInto<MobileNumber, Error: Into<Violation>>,
        W: TryInto<Password, Error: Into<Violation>>,
    {
        let new = Self::without_password(shop_name, proprietor_name, mobile)?;
        Ok(Self { password: Some(record::parse(password, "password")?), ..new })
    }

    /// Creates a registration of an owner who can't log in by a password, for a program that authenticates owners itself
    /// and opens their shops by [`Khata::shop`](crate::Khata::shop).
    ///
    /// # Errors
    /// [`Error::Invalid`] if one of them can't be parsed.
    pub fn without_password<S, P, M>(shop_name: S, proprietor_name: P, mobile: M) -> Result<Self, Error>
    where
        S: TryInto<Name, Error: Into<Violation>>,
        P: TryInto<Name, Error: Into<Violation>>,
        M: TryInto<MobileNumber, Error: Into<Violation>>,
    {
        Ok(Self {
            shop_name: record::parse(shop_name, "shopName")?,
            proprietor_name: record::parse(proprietor_name, "proprietorName")?,
            mobile: record::parse(mobile, "mobileNumber")?,
            #[cfg(feature = "auth")]
            password: None,
            gst_number: None,
            state: None,
            currency: Currency::default(),
            time_zone: TimeZone::default(),
            upi_id: None,
        })
    }

    /// Creates the head of the new shop, whose ledger is empty.
    pub(crate) fn into_head(self, now: Timestamp) -> Head {
        let owner = Owner {
            id: OwnerId::generate(),
            shop_name: self.shop_name,
            proprietor_name: self.proprietor_name,
            mobile: self.mobile,
            gst_number: self.gst_number,
            state: self.state,
            currency: self.currency,
            time_zone: self.time_zone,
            upi_id: self.upi_id,
            locked_until: None,
            numberings: None,
            created_at: now,
            updated_at: now,
            revision: 1,
        };
        let hash = genesis_hash(owner.id, owner.currency, owner.time_zone);
        Head { owner, password_version: 1, seq: 0, hash, recorded_at: now, counters: Counters::default() }
    }
}

/// A change of the profile, and of the password if there is a new one; that ends every other session.
#[derive(Debug, Clone, Default, Input)]
#[non_exhaustive]
pub struct OwnerUpdate {
    /// The change of the profile.
    // Not for requests with an idempotency key, with a password or without.
    #[field(flatten, secret)]
    pub profile: ProfileUpdate,
    /// The current password, and the new one.
    #[cfg(feature = "auth")]
    #[field(flatten, secret)]
    pub passwords: Option<Passwords>,
}
