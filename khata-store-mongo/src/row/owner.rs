//! `owners`: the profile, the password, and the head of the ledger; and `ownerMobiles`.

use khata_core::calendar::TimeZone;
use khata_core::counters::Counters;
use khata_core::gst::Gstin;
use khata_core::id::OwnerId;
use khata_core::ledger::ChainHash;
use khata_core::money::Currency;
use khata_core::owner::Owner;
use khata_core::phone::MobileNumber;
use khata_core::store::{Credentials, Head, OwnerWrite};
use khata_core::text::Name;
use khata_core::upi::UpiId;
use serde::{Deserialize, Serialize};

use super::hash::Hash;
use super::{Id, Moment, Row, date, moment, read, read_option, signed, time, unsigned};
use crate::error::Unreadable;
use crate::schema::{Collection, OWNER_MOBILES, OWNERS};

/// A shop.
#[derive(Serialize, Deserialize)]
pub(crate) struct OwnerRow {
    #[serde(rename = "_id")]
    id: Id,
    lock: i64,
    profile: ProfileRow,
    password: PasswordRow,
    head: HeadRow,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProfileRow {
    shop_name: String,
    proprietor_name: String,
    mobile: String,
    gst_number: Option<String>,
    state: Option<String>,
    currency: String,
    time_zone: String,
    upi_id: Option<String>,
    locked_until: Option<String>,
    created_at: Moment,
    updated_at: Moment,
    revision: i64,
}

#[derive(Serialize, Deserialize)]
struct PasswordRow {
    hash: String,
    version: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeadRow {
    seq: i64,
    hash: Hash,
    recorded_at: Moment,
    counters: Counters,
}

impl Row for OwnerRow {
    const COLLECTION: &'static Collection = &OWNERS;
}

impl OwnerRow {
    /// A new owner.
    pub(crate) fn new(head: &Head, password_hash: &str) -> Self {
        let password = PasswordRow { hash: password_hash.to_owned(), version: signed(head.password_version) };
        Self {
            id: head.owner.id.uuid().into(),
            lock: 0,
            profile: ProfileRow::from(&head.owner),
            password,
            head: HeadRow::from(head),
        }
    }

    fn owner_id(&self) -> OwnerId {
        OwnerId::from_uuid(self.id.into())
    }

    /// What never changes of a shop, as it is kept: its currency and its time zone.
    pub(crate) fn lasting(self) -> (String, String) {
        (self.profile.currency, self.profile.time_zone)
    }
}

impl From<&Owner> for ProfileRow {
    fn from(owner: &Owner) -> Self {
        Self {
            shop_name: owner.shop_name.to_string(),
            proprietor_name: owner.proprietor_name.to_string(),
            mobile: owner.mobile.to_string(),
            gst_number: owner.gst_number.as_ref().map(ToString::to_string),
            state: owner.state.as_ref().map(ToString::to_string),
            currency: owner.currency.code().to_owned(),
            time_zone: owner.time_zone.name().to_owned(),
            upi_id: owner.upi_id.as_ref().map(ToString::to_string),
            locked_until: owner.locked_until.map(|date| date.to_string()),
            created_at: moment(owner.created_at),
            updated_at: moment(owner.updated_at),
            revision: signed(owner.revision),
        }
    }
}

impl ProfileRow {
    fn owner(self, id: OwnerId) -> Result<Owner, Unreadable> {
        Ok(Owner {
            id,
            shop_name: read("owners.profile.shopName", Name::parse(&self.shop_name))?,
            proprietor_name: read("owners.profile.proprietorName", Name::parse(&self.proprietor_name))?,
            mobile: read("owners.profile.mobile", MobileNumber::from_e164(&self.mobile))?,
            gst_number: read_option("owners.profile.gstNumber", self.gst_number, Gstin::parse)?,
            state: read_option("owners.profile.state", self.state, Name::parse)?,
            currency: read("owners.profile.currency", Currency::parse(&self.currency))?,
            time_zone: read("owners.profile.timeZone", TimeZone::parse(&self.time_zone))?,
            upi_id: read_option("owners.profile.upiId", self.upi_id, UpiId::parse)?,
            locked_until: self
                .locked_until
                .map(|day| date("owners.profile.lockedUntil", &day))
                .transpose()?,
            created_at: time("owners.profile.createdAt", self.created_at)?,
            updated_at: time("owners.profile.updatedAt", self.updated_at)?,
            revision: unsigned("owners.profile.revision", self.revision)?,
        })
    }
}

impl From<&Head> for HeadRow {
    fn from(head: &Head) -> Self {
        Self {
            seq: signed(head.seq),
            hash: head.hash.0.into(),
            recorded_at: moment(head.recorded_at),
            counters: head.counters.clone(),
        }
    }
}

impl TryFrom<OwnerRow> for Head {
    type Error = Unreadable;

    fn try_from(row: OwnerRow) -> Result<Self, Unreadable> {
        Ok(Self {
            password_version: unsigned("owners.password.version", row.password.version)?,
            seq: unsigned("owners.head.seq", row.head.seq)?,
            hash: ChainHash(row.head.hash.bytes("owners.head.hash")?),
            recorded_at: time("owners.head.recordedAt", row.head.recorded_at)?,
            counters: row.head.counters,
            owner: row.profile.owner(OwnerId::from_uuid(row.id.into()))?,
        })
    }
}

impl TryFrom<OwnerRow> for Credentials {
    type Error = Unreadable;

    fn try_from(row: OwnerRow) -> Result<Self, Unreadable> {
        Ok(Self {
            owner: row.owner_id(),
            password_version: unsigned("owners.password.version", row.password.version)?,
            password_hash: row.password.hash,
        })
    }
}

/// What a transaction changes of a shop, in one statement.
#[derive(Default, Serialize)]
pub(crate) struct OwnerChange {
    #[serde(rename = "$set")]
    fields: OwnerFields,
    #[serde(rename = "$inc", skip_serializing_if = "Option::is_none")]
    counted: Option<LockCount>,
}

/// Those that change; the others are left.
#[derive(Default, Serialize)]
struct OwnerFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<ProfileRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<PasswordRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<HeadRow>,
}

#[derive(Serialize)]
struct LockCount {
    lock: i64,
}

impl OwnerChange {
    /// The change that takes the lock of the shop: whoever writes to the same document before this transaction ends, or
    /// has done so since it began, meets it.
    pub(crate) fn locking() -> Self {
        Self { counted: Some(LockCount { lock: 1 }), ..Self::default() }
    }

    /// And the head to this.
    pub(crate) fn move_on(&mut self, head: &Head) {
        self.fields.head = Some(head.into());
    }

    /// And what the owner says of the shop to this, with the password if it is a new one.
    pub(crate) fn put(&mut self, write: &OwnerWrite) {
        self.fields.profile = Some((&write.owner).into());
        self.fields.password = write
            .password
            .as_ref()
            .map(|password| PasswordRow { hash: password.hash.clone(), version: signed(password.version) });
    }
}

/// Whose number it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnerMobileRow {
    #[serde(rename = "_id")]
    mobile: String,
    owner_id: Id,
}

impl Row for OwnerMobileRow {
    const COLLECTION: &'static Collection = &OWNER_MOBILES;
}

impl From<&Owner> for OwnerMobileRow {
    fn from(owner: &Owner) -> Self {
        Self { mobile: owner.mobile.to_string(), owner_id: owner.id.uuid().into() }
    }
}

impl OwnerMobileRow {
    pub(crate) fn owner_id(&self) -> Id {
        self.owner_id
    }
}
