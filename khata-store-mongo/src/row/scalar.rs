//! Ids and moments. The driver's own types are read from what they are as extended JSON, with their bytes as base64 and
//! their milliseconds as text, which takes longer than all else that is done with a row.

use bson::spec::BinarySubtype;
use bson::{Bson, DateTime, RawBson};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Id(uuid::Uuid);

impl From<uuid::Uuid> for Id {
    fn from(id: uuid::Uuid) -> Self {
        Self(id)
    }
}

impl From<Id> for uuid::Uuid {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl From<Id> for Bson {
    fn from(id: Id) -> Self {
        bson::Uuid::from(id.0).into()
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        bson::Uuid::from(self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match RawBson::deserialize(deserializer)? {
            RawBson::Binary(binary) if binary.subtype == BinarySubtype::Uuid => {
                uuid::Uuid::from_slice(&binary.bytes).map(Self).map_err(D::Error::custom)
            }
            other => Err(D::Error::custom(format!("a UUID was expected, not {:?}", other.element_type()))),
        }
    }
}

/// A moment, in whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Moment(DateTime);

impl Moment {
    pub(crate) const fn from_millis(millis: i64) -> Self {
        Self(DateTime::from_millis(millis))
    }

    pub(crate) const fn millis(self) -> i64 {
        self.0.timestamp_millis()
    }
}

impl From<Moment> for Bson {
    fn from(moment: Moment) -> Self {
        moment.0.into()
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match RawBson::deserialize(deserializer)? {
            RawBson::DateTime(moment) => Ok(Self(moment)),
            other => Err(D::Error::custom(format!("a date was expected, not {:?}", other.element_type()))),
        }
    }
}
