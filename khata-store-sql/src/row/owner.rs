//! `owners`: the profile, the password, and the head of the ledger.

use khata_core::calendar::{Date, TimeZone};
use khata_core::gst::Gstin;
use khata_core::id::{OwnerId, SessionId};
use khata_core::ledger::ChainHash;
use khata_core::money::Currency;
use khata_core::owner::Owner;
use khata_core::phone::MobileNumber;
use khata_core::store::{Credentials, Head, OwnerWrite};
use khata_core::text::Name;
use khata_core::upi::UpiId;
use sqlx::FromRow;
use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

use super::hash::Hash;
use super::{date, read, read_option, signed, time, unsigned};
use crate::error::Unreadable;

row! {
    /// A profile.
    #[derive(Debug, FromRow)]
    pub(crate) struct OwnerRow {
        id: Uuid,
        shop_name: String,
        proprietor_name: String,
        mobile: String,
        gst_number: Option<String>,
        state: Option<String>,
        currency: String,
        time_zone: String,
        upi_id: Option<String>,
        locked_until: Option<NaiveDate>,
        created_at: i64,
        updated_at: i64,
        revision: i64,
    }
}

impl From<&Owner> for OwnerRow {
    fn from(owner: &Owner) -> Self {
        Self {
            id: owner.id.uuid(),
            shop_name: owner.shop_name.to_string(),
            proprietor_name: owner.proprietor_name.to_string(),
            mobile: owner.mobile.to_string(),
            gst_number: owner.gst_number.as_ref().map(ToString::to_string),
            state: owner.state.as_ref().map(ToString::to_string),
            currency: owner.currency.code().to_owned(),
            time_zone: owner.time_zone.name().to_owned(),
            upi_id: owner.upi_id.as_ref().map(ToString::to_string),
            locked_until: owner.locked_until.map(Date::naive),
            created_at: owner.created_at.millis(),
            updated_at: owner.updated_at.millis(),
            revision: signed(owner.revision),
        }
    }
}

impl TryFrom<OwnerRow> for Owner {
    type Error = Unreadable;

    fn try_from(row: OwnerRow) -> Result<Self, Unreadable> {
        Ok(Self {
            id: OwnerId::from_uuid(row.id),
            shop_name: read("owners.shop_name", Name::parse(&row.shop_name))?,
            proprietor_name: read("owners.proprietor_name", Name::parse(&row.proprietor_name))?,
            mobile: read("owners.mobile", MobileNumber::from_e164(&row.mobile))?,
            gst_number: read_option("owners.gst_number", row.gst_number, Gstin::parse)?,
            state: read_option("owners.state", row.state, Name::parse)?,
            currency: read("owners.currency", Currency::parse(&row.currency))?,
            time_zone: read("owners.time_zone", TimeZone::parse(&row.time_zone))?,
            upi_id: read_option("owners.upi_id", row.upi_id, UpiId::parse)?,
            locked_until: row.locked_until.map(|day| date("owners.locked_until", day)).transpose()?,
            created_at: time("owners.created_at", row.created_at)?,
            updated_at: time("owners.updated_at", row.updated_at)?,
            revision: unsigned("owners.revision", row.revision)?,
        })
    }
}

row! {
    /// All but the password's hash. The profile changes by itself, and the head without it.
    #[derive(Debug, FromRow)]
    pub(crate) struct HeadRow {
        #[sqlx(flatten)]
        owner: OwnerRow,
        password_version: i64,
        seq: i64,
        hash: Hash,
        recorded_at: i64,
        counters: String,
    }
}

impl From<&Head> for HeadRow {
    fn from(head: &Head) -> Self {
        Self {
            owner: OwnerRow::from(&head.owner),
            password_version: signed(head.password_version),
            seq: signed(head.seq),
            hash: head.hash.0.into(),
            recorded_at: head.recorded_at.millis(),
            counters: counters(head),
        }
    }
}

impl TryFrom<HeadRow> for Head {
    type Error = Unreadable;

    fn try_from(row: HeadRow) -> Result<Self, Unreadable> {
        Ok(Self {
            owner: row.owner.try_into()?,
            password_version: unsigned("owners.password_version", row.password_version)?,
            seq: unsigned("owners.seq", row.seq)?,
            hash: ChainHash(row.hash.bytes("owners.hash")?),
            recorded_at: time("owners.recorded_at", row.recorded_at)?,
            counters: read("owners.counters", serde_json::from_str(&row.counters))?,
        })
    }
}

fn counters(head: &Head) -> String {
    serde_json::to_string(&head.counters).expect("its keys are texts")
}

row! {
    /// How far a ledger has got.
    #[derive(Debug)]
    pub(crate) struct ChainRow {
        id: Uuid,
        seq: i64,
        hash: Hash,
        recorded_at: i64,
        counters: String,
    }
}

impl From<&Head> for ChainRow {
    fn from(head: &Head) -> Self {
        Self {
            id: head.owner.id.uuid(),
            seq: signed(head.seq),
            hash: head.hash.0.into(),
            recorded_at: head.recorded_at.millis(),
            counters: counters(head),
        }
    }
}

row! {
    /// A new owner: everything.
    pub(crate) struct NewOwnerRow<'a> {
        pub(crate) head: HeadRow,
        pub(crate) password_hash: &'a str,
    }
}

row! {
    /// A new password.
    pub(crate) struct PasswordRow<'a> {
        owner_id: Uuid,
        hash: &'a str,
        version: i64,
        keep: Option<Uuid>,
    }
}

impl<'a> PasswordRow<'a> {
    pub(crate) fn of(write: &'a OwnerWrite) -> Option<Self> {
        write.password.as_ref().map(|password| Self {
            owner_id: write.owner.id.uuid(),
            hash: &password.hash,
            version: signed(password.version),
            keep: password.keep.map(SessionId::uuid),
        })
    }
}

row! {
    /// What a login is checked against.
    #[derive(FromRow)]
    pub(crate) struct CredentialsRow {
        id: Uuid,
        password_hash: String,
        password_version: i64,
    }
}

impl TryFrom<CredentialsRow> for Credentials {
    type Error = Unreadable;

    fn try_from(row: CredentialsRow) -> Result<Self, Unreadable> {
        Ok(Self {
            owner: OwnerId::from_uuid(row.id),
            password_hash: row.password_hash,
            password_version: unsigned("owners.password_version", row.password_version)?,
        })
    }
}
