//! What a collection is described with: the one source of its validator, of its indexes, and of its documentation.

use bson::{Bson, Document, doc};

/// A collection.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) fields: &'static [Field],
    /// Beside the one on `_id`.
    pub(crate) indexes: &'static [Index],
}

/// A field that every document of its collection has; one that may be without a value is null then.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) of: Type,
    pub(crate) optional: bool,
    pub(crate) about: &'static str,
}

/// What a field can hold.
#[derive(Debug)]
pub(crate) enum Type {
    /// A UUID, as binary of subtype 4.
    Uuid,
    /// A text.
    Text,
    /// One of these texts.
    Name(&'static [&'static str]),
    /// A day of the calendar as a text, `YYYY-MM-DD`.
    Day,
    /// A moment, in whole milliseconds.
    Time,
    /// Minor units of the shop's currency.
    Money,
    /// A whole number, at least this.
    Count(i64),
    /// Yes or no.
    Flag,
    /// A SHA-256, as binary of 32 bytes.
    Hash,
    /// Texts, each once.
    Texts,
    /// By name and by name in that, whole numbers from 0.
    Counts,
    /// These fields, in this order.
    Fields(&'static [Field]),
}

/// An index, ascending in each of its keys; for a list in descending order it is read backwards.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) name: &'static str,
    pub(crate) keys: &'static [&'static str],
    pub(crate) unique: bool,
    /// Only documents where this number is above zero.
    pub(crate) above_zero: Option<&'static str>,
}

impl Field {
    pub(crate) const fn new(name: &'static str, of: Type, about: &'static str) -> Self {
        Self { name, of, optional: false, about }
    }

    pub(crate) const fn optional(name: &'static str, of: Type, about: &'static str) -> Self {
        Self { name, of, optional: true, about }
    }

    fn schema(&self) -> Document {
        let mut schema = self.of.schema();
        if self.optional {
            // `bsonType` may name several; none of the types that are ever optional is told by anything else.
            if let Some(kind) = schema.remove("bsonType") {
                schema.insert("bsonType", vec![kind, Bson::from("null")]);
            }
        }
        schema.insert("description", self.about);
        schema
    }
}

impl Type {
    fn schema(&self) -> Document {
        match self {
            Self::Uuid | Self::Hash => doc! { "bsonType": "binData" },
            Self::Text => doc! { "bsonType": "string" },
            Self::Name(names) => doc! { "enum": names.to_vec() },
            Self::Day => doc! { "bsonType": "string", "minLength": 10, "maxLength": 10 },
            Self::Time => doc! { "bsonType": "date" },
            Self::Money => doc! { "bsonType": "long" },
            Self::Count(least) => doc! { "bsonType": "long", "minimum": *least },
            Self::Flag => doc! { "bsonType": "bool" },
            Self::Texts => {
                doc! { "bsonType": "array", "uniqueItems": true, "items": { "bsonType": "string" } }
            }
            Self::Counts => {
                let counts = doc! { "bsonType": "object", "additionalProperties": Self::Count(0).schema() };
                doc! { "bsonType": "object", "additionalProperties": counts }
            }
            Self::Fields(fields) => object(fields),
        }
    }
}

/// The schema of a document that has these fields and no others.
fn object(fields: &[Field]) -> Document {
    let properties: Document =
        fields.iter().map(|field| (field.name.to_owned(), field.schema().into())).collect();
    let required: Vec<_> = fields.iter().map(|field| field.name).collect();
    doc! { "bsonType": "object", "required": required, "additionalProperties": false, "properties": properties }
}

impl Collection {
    /// What the server checks each document by.
    pub(crate) fn validator(&self) -> Document {
        let mut schema = object(self.fields);
        schema.insert("description", self.about);
        doc! { "$jsonSchema": schema }
    }
}

impl Index {
    pub(crate) const fn new(name: &'static str, keys: &'static [&'static str]) -> Self {
        Self { name, keys, unique: false, above_zero: None }
    }

    pub(crate) const fn unique(name: &'static str, keys: &'static [&'static str]) -> Self {
        Self { unique: true, ..Self::new(name, keys) }
    }

    /// Its keys, ascending (1) or descending (-1), as the server wants them.
    pub(crate) fn order(&self, direction: i32) -> Document {
        self.keys.iter().map(|key| ((*key).to_owned(), direction.into())).collect()
    }

    /// What it is created by.
    pub(crate) fn specification(&self) -> Document {
        let mut specification = doc! { "name": self.name, "key": self.order(1), "unique": self.unique };
        if let Some(field) = self.above_zero {
            specification.insert("partialFilterExpression", doc! { field: { "$gt": 0_i64 } });
        }
        specification
    }
}
