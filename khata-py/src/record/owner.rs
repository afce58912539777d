//! The shop owner, and a login.

use khata_core::auth;
use khata_core::calendar::{Date, Timestamp};
use khata_core::money::Currency;
use khata_core::owner::Owner;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::{Of, record};
use crate::field::Secret;

record! {
    /// A shop owner's profile.
    ShopOwner {
        /// The owner, and the shop.
        id: Uuid,
        /// The shop's name.
        shop_name: String,
        /// The owner's name.
        proprietor_name: String,
        /// In international form; unique over all owners.
        mobile_number: String,
        /// The shop's GSTIN; a shop that has one must say the tax on every invoice.
        gst_number: Option<String>,
        /// The state that it lies in.
        state: Option<String>,
        /// The currency of the whole book, as ISO 4217 has it.
        currency: String,
        /// Where the shop's days begin.
        time_zone: String,
        /// Where customers can pay by UPI.
        upi_id: Option<String>,
        /// Postings dated on or before this are refused.
        locked_until: Option<Date>,
        /// When the owner registered.
        created_at: Timestamp,
        /// When the profile last changed.
        updated_at: Timestamp,
        /// Changes with the profile: what `update_profile` takes as `revision`.
        revision: u64,
    }
}

impl Of<Owner> for ShopOwner {
    fn of(owner: Owner, _currency: Currency) -> Self {
        Self {
            id: owner.id.uuid(),
            shop_name: owner.shop_name.to_string(),
            proprietor_name: owner.proprietor_name.to_string(),
            mobile_number: owner.mobile.to_string(),
            gst_number: owner.gst_number.map(|gstin| gstin.to_string()),
            state: owner.state.map(|state| state.to_string()),
            currency: owner.currency.to_string(),
            time_zone: owner.time_zone.name().to_owned(),
            upi_id: owner.upi_id.map(|id| id.to_string()),
            locked_until: owner.locked_until,
            created_at: owner.created_at,
            updated_at: owner.updated_at,
            revision: owner.revision,
        }
    }
}

record! {
    /// An open session.
    Login {
        /// Who logged in.
        shop_owner: ShopOwner,
        /// What `authenticate` takes. Whoever has it can act as the owner.
        token: Secret,
        /// When the token expires.
        expires_at: Timestamp,
        /// The session that it stands for.
        session_id: Uuid,
    }
}

impl From<auth::Login> for Login {
    fn from(login: auth::Login) -> Self {
        let currency = login.owner.currency;
        Self {
            shop_owner: ShopOwner::of(login.owner, currency),
            token: Secret(login.token.expose_secret().to_owned()),
            expires_at: login.expires_at,
            session_id: login.session.uuid(),
        }
    }
}
