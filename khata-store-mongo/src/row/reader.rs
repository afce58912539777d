//! BSON documents as records, read field by field.

use std::error::Error as StdError;
use std::iter::Peekable;

use bson::raw::{RawBinaryRef, RawBsonRef, RawElement, RawIter};
use bson::spec::BinarySubtype;
use bson::{RawDocument, deserialize_from_slice};
use khata_core::calendar::{Date, Timestamp};
use khata_core::money::Money;
use khata_core::record::{Field, FieldType, Source, Stored, Type, Unreadable, Value};
use serde::Deserialize;
use uuid::Uuid;

use crate::error::UnreadableField;
use crate::schema::Collection;

/// The fields of a document. Each is read by the constructor that parses it in a request, so it is valid.
pub(crate) struct Fields<'a> {
    collection: &'static Collection,
    /// Name of the document, if it is within another one.
    group: Option<&'static str>,
    document: &'a RawDocument,
    /// What has not been read yet. Fields are read in the order in which they are written, if nothing else was done to
    /// the document; then none has to be searched for.
    rest: Peekable<RawIter<'a>>,
}

impl<'a> Fields<'a> {
    /// The fields of a document of this collection.
    pub(crate) fn new(collection: &'static Collection, document: &'a RawDocument) -> Self {
        let mut rest = document.iter_elements();
        // Groups come first, and are looked up there.
        rest.by_ref().take(collection.groups.len()).for_each(drop);
        Self { collection, group: None, document, rest: rest.peekable() }
    }

    /// The fields of a document within this one.
    pub(crate) fn group(&self, name: &'static str) -> Result<Self, UnreadableField> {
        let document = self.document.get(name).map_err(|error| self.unreadable(name, error))?;
        let document = document.and_then(RawBsonRef::as_document);
        let document = document.ok_or_else(|| self.unreadable(name, "is no document"))?;
        Ok(self.within(name, document))
    }

    /// The fields of the document within this one that has this name, unless that is null.
    pub(crate) fn nested(&self, name: &'static str) -> Result<Option<Self>, UnreadableField> {
        match self.document.get(name).map_err(|error| self.unreadable(name, error))? {
            Some(RawBsonRef::Null) => Ok(None),
            Some(RawBsonRef::Document(document)) => Ok(Some(self.within(name, document))),
            _ => Err(self.unreadable(name, "is neither a document nor null")),
        }
    }

    /// The fields of each of the documents of a list within this one.
    pub(crate) fn list(&self, name: &'static str) -> Result<Vec<Self>, UnreadableField> {
        let list = self.document.get_array(name).map_err(|error| self.unreadable(name, error))?;
        let document = |value: Result<RawBsonRef<'a>, _>| {
            let value = value.map_err(|error| self.unreadable(name, error))?;
            let document =
                value.as_document().ok_or_else(|| self.unreadable(name, "has what is no document"))?;
            Ok(self.within(name, document))
        };
        list.into_iter().map(document).collect()
    }

    fn within(&self, name: &'static str, document: &'a RawDocument) -> Self {
        let rest = document.iter_elements().peekable();
        Self { collection: self.collection, group: Some(name), document, rest }
    }

    /// A list of ids; null if it is empty.
    pub(crate) fn ids(&self, name: &'static str) -> Result<Vec<Uuid>, UnreadableField> {
        let id = |value: Result<RawBsonRef<'a>, _>| match value.map_err(Unreadable::new)? {
            RawBsonRef::Binary(RawBinaryRef { subtype: BinarySubtype::Uuid, bytes }) => {
                Uuid::from_slice(bytes).map_err(Unreadable::new)
            }
            _ => Err(Unreadable::wrong_type()),
        };
        let ids = match self.document.get(name) {
            Ok(Some(RawBsonRef::Null)) => Ok(Vec::new()),
            Ok(Some(RawBsonRef::Array(ids))) => ids.into_iter().map(id).collect(),
            Ok(_) => Err(Unreadable::wrong_type()),
            Err(error) => Err(Unreadable::new(error)),
        };
        ids.map_err(|cause| self.unreadable(name, cause))
    }

    /// The value of a field.
    pub(crate) fn get<T: FieldType>(&mut self, name: &'static str) -> Result<T, UnreadableField> {
        self.find(name).and_then(read).map_err(|cause| self.unreadable(name, cause))
    }

    /// A document within this one that is read as a whole.
    pub(crate) fn deserialize<T: Deserialize<'a>>(
        &mut self,
        name: &'static str,
    ) -> Result<T, UnreadableField> {
        let within = self.group(name)?.document;
        deserialize_from_slice(within.as_bytes()).map_err(|cause| self.unreadable(name, cause))
    }

    /// An error about a field.
    pub(crate) fn unreadable(
        &self,
        name: &str,
        cause: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> UnreadableField {
        let collection = self.collection.name;
        let field = match self.group {
            Some(group) => format!("{collection}.{group}.{name}"),
            None => format!("{collection}.{name}"),
        };
        UnreadableField::new(field, cause)
    }

    fn find(&mut self, name: &'static str) -> Result<RawBsonRef<'a>, Unreadable> {
        let is_next = |element: &Result<RawElement<'a>, _>| {
            element.as_ref().is_ok_and(|element| element.key().as_str() == name)
        };
        match self.rest.next_if(is_next) {
            Some(element) => element.and_then(|element| element.value()).map_err(Unreadable::new),
            None => {
                let found = self.document.get(name).map_err(Unreadable::new)?;
                found.ok_or_else(|| Unreadable::new("is missing"))
            }
        }
    }
}

impl Source for Fields<'_> {
    type Error = UnreadableField;

    fn value<T: FieldType>(&mut self, field: &'static Field) -> Result<T, UnreadableField> {
        match self.collection.group_of(field.column) {
            None => self.get(field.column),
            Some(group) if group.fields.len() == 1 => self.get(group.name),
            Some(group) => self.group(group.name)?.get(field.column),
        }
    }

    fn list<R: Stored>(&mut self, _: &'static Field) -> Result<Vec<R>, UnreadableField> {
        Ok(Vec::new())
    }
}

/// A document within another one, and what the one around it says of it.
pub(crate) struct Within<'a, 'g> {
    pub(crate) fields: Fields<'a>,
    pub(crate) given: &'g [(&'static str, Value<'g>)],
}

impl Source for Within<'_, '_> {
    type Error = UnreadableField;

    fn value<T: FieldType>(&mut self, field: &'static Field) -> Result<T, UnreadableField> {
        match self.given.iter().find(|(name, _)| *name == field.column) {
            None => self.fields.get(field.column),
            Some((name, value)) => T::from_value(*value).map_err(|cause| self.fields.unreadable(name, cause)),
        }
    }

    fn list<R: Stored>(&mut self, _: &'static Field) -> Result<Vec<R>, UnreadableField> {
        Ok(Vec::new())
    }
}

fn read<T: FieldType>(bson: RawBsonRef<'_>) -> Result<T, Unreadable> {
    match (T::TYPE, bson) {
        (_, RawBsonRef::Null) => T::from_value(Value::Null),
        (Type::Id, RawBsonRef::Binary(RawBinaryRef { subtype: BinarySubtype::Uuid, bytes })) => {
            T::from_value(Value::Id(Uuid::from_slice(bytes).map_err(Unreadable::new)?))
        }
        (Type::Integer, RawBsonRef::Int64(number)) => {
            T::from_value(Value::Integer(number.try_into().map_err(Unreadable::new)?))
        }
        (Type::Money(_), RawBsonRef::Int64(minor)) => T::from_value(Value::Money(Money::from_minor(minor))),
        (Type::Flag, RawBsonRef::Boolean(flag)) => T::from_value(Value::Flag(flag)),
        (Type::Text(_) | Type::Choice(_), RawBsonRef::String(text)) => T::from_value(Value::Text(text)),
        (Type::Texts, RawBsonRef::Array(texts)) => {
            let text = |text: Result<RawBsonRef<'_>, _>| match text.map_err(Unreadable::new)? {
                RawBsonRef::String(text) => Ok(text.to_owned()),
                _ => Err(Unreadable::wrong_type()),
            };
            T::from_value(Value::Texts(&texts.into_iter().map(text).collect::<Result<Vec<_>, _>>()?))
        }
        (Type::Date, RawBsonRef::String(text)) => T::from_value(Value::Date(Date::parse(text)?)),
        (Type::Time, RawBsonRef::DateTime(time)) => {
            let time = Timestamp::from_millis(time.timestamp_millis());
            T::from_value(Value::Time(time.ok_or_else(|| Unreadable::new("a time out of range"))?))
        }
        (Type::Hash, RawBsonRef::Binary(RawBinaryRef { subtype: BinarySubtype::Generic, bytes })) => {
            T::from_value(Value::Hash(bytes.try_into().map_err(Unreadable::new)?))
        }
        _ => Err(Unreadable::wrong_type()),
    }
}

#[cfg(test)]
mod tests {
    use bson::{Bson, DateTime, RawDocumentBuf, Uuid, doc};
    use khata_core::calendar::Timestamp;
    use khata_core::id::{OwnerId, SessionId};
    use khata_core::store::{LiveSession, Session};

    use super::super::{Row, document_of};
    use super::Fields;
    use crate::schema::SESSIONS;

    fn read<R: Row>(document: &RawDocumentBuf) -> Result<R, String> {
        R::read(&mut Fields::new(R::COLLECTION, document)).map_err(|error| error.to_string())
    }

    fn session() -> Session {
        let time = |millis| Timestamp::from_millis(millis).unwrap();
        let (owner, id) = (OwnerId::generate(), SessionId::generate());
        Session { owner, id, opened_at: time(-7), expires_at: time(1) }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let session = session();
        let document = document_of(&session);
        let id = doc! {
            "owner_id": Uuid::from(session.owner.uuid()), "id": Uuid::from(session.id.uuid()),
        };
        let written = doc! {
            "_id": id, "opened_at": DateTime::from_millis(-7), "expires_at": DateTime::from_millis(1),
        };
        assert_eq!(bson::Document::try_from(&*document).unwrap(), written);
        assert_eq!(read::<Session>(&document).unwrap(), session);
    }

    #[test]
    fn the_order_of_the_fields_does_not_matter() {
        let session = session();
        let written = bson::Document::try_from(&*document_of(&session)).unwrap();
        let fields: Vec<_> = written.into_iter().collect();
        let reversed: bson::Document = fields.into_iter().rev().collect();
        assert_eq!(read::<Session>(&RawDocumentBuf::try_from(&reversed).unwrap()).unwrap(), session);
    }

    #[test]
    fn what_of_a_document_cannot_be_read_is_named() {
        let written = bson::Document::try_from(&*document_of(&session())).unwrap();
        for wrong in [Bson::from("yesterday"), Bson::from(7_i64), Bson::Null] {
            let mut altered = written.clone();
            altered.insert("opened_at", wrong);
            let unreadable = read::<Session>(&RawDocumentBuf::try_from(&altered).unwrap()).unwrap_err();
            assert_eq!(unreadable, format!("`{}.opened_at` can't be read", SESSIONS.name));
        }
        let mut without = written;
        without.get_document_mut("_id").unwrap().remove("id");
        let unreadable = read::<LiveSession>(&RawDocumentBuf::try_from(&without).unwrap()).unwrap_err();
        assert_eq!(unreadable, "`sessions._id.id` can't be read");
    }
}
