//! How a collection is described: the one source of its validator, of its indexes, and of its documentation.

use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document, doc};
use khata_core::record::{self, Description, Range, Typed};

/// A collection.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) name: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "only the documentation has it"))]
    pub(crate) about: &'static str,
    /// The record that its documents keep.
    pub(crate) record: Option<&'static Description>,
    /// Fields that the record does not have.
    pub(crate) extra: &'static [Field],
    /// Fields that stand together; the first group is the `_id`.
    pub(crate) groups: &'static [Group],
    /// Documents within its documents, which come last.
    pub(crate) nested: &'static [Nested],
    /// Indexes beside the one on `_id`.
    pub(crate) indexes: &'static [Index],
}

/// Fields that are looked up together: a document within the document, in one order, so that it is compared as one
/// value. A single field stands for itself, under the name of the group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [&'static str],
    #[cfg_attr(not(test), expect(dead_code, reason = "only the documentation has it"))]
    pub(crate) about: &'static str,
}

/// A document within the documents of a collection, or a list of such.
#[derive(Debug)]
pub(crate) struct Nested {
    pub(crate) name: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "only the documentation has it"))]
    pub(crate) about: &'static str,
    /// The record that it keeps.
    pub(crate) record: Option<&'static Description>,
    /// Fields of the record that the document around it says already.
    pub(crate) without: &'static [&'static str],
    /// Fields that the record does not have.
    pub(crate) extra: &'static [Field],
    /// Whether it is a list; otherwise it is one document, or null.
    pub(crate) many: bool,
}

/// A field that every document of its collection has; an optional one without a value is null.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) ty: Type,
    pub(crate) optional: bool,
    #[cfg_attr(not(test), expect(dead_code, reason = "only the documentation has it"))]
    pub(crate) about: &'static str,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    /// A single value.
    Value(record::Type),
    /// Whole numbers by name, by name.
    Counts,
    /// A list of ids.
    Ids,
}

/// A part of a document.
pub(crate) enum Part {
    /// A field, under this name.
    Field(&'static str, Field),
    /// A group of several fields.
    Group(&'static Group, Vec<Field>),
    /// A document within, or a list of such.
    Nested(&'static Nested, Vec<Field>),
}

/// An index, ascending in each of its keys; for a list in descending order it is read backwards.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) name: &'static str,
    pub(crate) keys: &'static [&'static str],
    pub(crate) unique: bool,
    /// Only documents where this field is not null.
    pub(crate) not_null: Option<(&'static str, Least)>,
}

/// The least value of a type. Whatever is above it, or is compared with a value above it, is no null: so the server sees
/// that an index without nulls has all that a filter asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Least {
    Text,
    Document,
    Bytes,
}

impl Least {
    fn value(self) -> Bson {
        match self {
            Self::Text => "".into(),
            Self::Document => Document::new().into(),
            Self::Bytes => Binary { subtype: BinarySubtype::Generic, bytes: Vec::new() }.into(),
        }
    }
}

impl Collection {
    /// The group that a field is in.
    pub(crate) fn group_of(&self, field: &str) -> Option<&'static Group> {
        self.groups.iter().find(|group| group.fields.contains(&field))
    }

    /// The parts of its documents, in order.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let mut fields = Vec::new();
        if let Some(record) = self.record {
            record.for_each(&mut |field| fields.extend(Field::of_record(field)));
        }
        fields.extend(self.extra);
        let named = |name: &&str| {
            let field = fields.iter().find(|field| field.name == *name);
            *field.expect("a group is made of fields of its collection")
        };
        let groups = self.groups.iter().map(|group| match group.fields {
            [name] => Part::Field(group.name, named(name)),
            names => Part::Group(group, names.iter().map(named).collect()),
        });
        let alone = fields.iter().filter(|field| self.group_of(field.name).is_none());
        let nested = self.nested.iter().map(|nested| Part::Nested(nested, nested.fields()));
        groups.chain(alone.map(|field| Part::Field(field.name, *field))).chain(nested).collect()
    }

    /// The documents within its documents that have this name.
    pub(crate) fn nested(&self, name: &str) -> &'static Nested {
        let nested = self.nested.iter().find(|nested| nested.name == name);
        nested.expect("only what a collection has is looked for in it")
    }

    /// What the server checks each document by. It is short, and leaves what the fields mean to the documentation: for each
    /// document that a transaction writes, and each index of it, the server reads the description of the collection anew.
    pub(crate) fn validator(&self) -> Document {
        let parts = self.parts();
        let schema = object(parts.iter().map(|part| match part {
            Part::Field(name, field) => (*name, field.schema()),
            Part::Group(group, fields) => (group.name, object_of(fields)),
            Part::Nested(nested, fields) if nested.many => {
                (nested.name, doc! { "bsonType": "array", "items": object_of(fields) })
            }
            Part::Nested(nested, fields) => {
                let mut schema = object_of(fields);
                schema.insert("bsonType", ["object", "null"].as_slice());
                (nested.name, schema)
            }
        }));
        doc! { "$jsonSchema": schema }
    }
}

impl Nested {
    /// Its fields, in order.
    pub(crate) fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        if let Some(record) = self.record {
            record.for_each(&mut |field| fields.extend(Field::of_record(field)));
        }
        fields.retain(|field| !self.without.contains(&field.name));
        fields.extend(self.extra);
        fields
    }
}

fn object_of(fields: &[Field]) -> Document {
    object(fields.iter().map(|field| (field.name, field.schema())))
}

/// The schema of a document that has these fields and no others.
fn object(fields: impl Iterator<Item = (&'static str, Document)>) -> Document {
    let (mut required, mut properties) = (Vec::new(), Document::new());
    for (name, schema) in fields {
        required.push(name);
        properties.insert(name, schema);
    }
    doc! { "bsonType": "object", "required": required, "additionalProperties": false, "properties": properties }
}

impl Field {
    pub(crate) const fn new<T: Typed>(name: &'static str, about: &'static str) -> Self {
        Self::of(Type::Value(T::TYPE), name, about)
    }

    pub(crate) const fn of(ty: Type, name: &'static str, about: &'static str) -> Self {
        Self { name, ty, optional: false, about }
    }

    pub(crate) const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// The field that keeps a field of a record. A list is nested.
    fn of_record(field: &'static record::Field) -> Option<Self> {
        let &record::Field { column: name, ty, optional, doc: about, .. } = field;
        let is_list = matches!(ty, record::Type::List(..));
        (!is_list).then_some(Self { name, ty: Type::Value(ty), optional, about })
    }

    fn schema(&self) -> Document {
        let mut schema = self.ty.schema();
        if self.optional {
            // `bsonType` may name several; no field with an `enum` is optional.
            if let Some(kind) = schema.remove("bsonType") {
                schema.insert("bsonType", vec![kind, Bson::from("null")]);
            }
        }
        schema
    }

    /// What the field means, without the links to Rust that the documentation of a record may have.
    #[cfg(test)]
    pub(crate) fn description(&self) -> String {
        let (mut plain, mut rest) = (String::new(), self.about);
        while let Some((before, (name, after))) =
            rest.split_once("[`").and_then(|(before, link)| Some((before, link.split_once("`]")?)))
        {
            plain.extend([before, "`", name, "`"]);
            let target = after.strip_prefix('(').and_then(|target| target.split_once(')'));
            rest = target.map_or(after, |(_, after)| after);
        }
        plain + rest
    }
}

impl Type {
    fn schema(self) -> Document {
        match self {
            Self::Value(value) => value_schema(value),
            Self::Counts => {
                let counts = doc! {
                    "bsonType": "object", "additionalProperties": value_schema(record::Type::Integer),
                };
                doc! { "bsonType": "object", "additionalProperties": counts }
            }
            Self::Ids => doc! { "bsonType": "array", "items": { "bsonType": "binData" } },
        }
    }
}

fn value_schema(ty: record::Type) -> Document {
    match ty {
        record::Type::Id | record::Type::Hash => doc! { "bsonType": "binData" },
        record::Type::Integer | record::Type::Money(Range::ZeroOrMore) => {
            doc! { "bsonType": "long", "minimum": 0_i64 }
        }
        record::Type::Money(Range::Positive) => doc! { "bsonType": "long", "minimum": 1_i64 },
        record::Type::Money(Range::Any) => doc! { "bsonType": "long" },
        record::Type::Flag => doc! { "bsonType": "bool" },
        record::Type::Text(_) => doc! { "bsonType": "string" },
        record::Type::Choice(choice) => doc! { "enum": choice.names },
        record::Type::Date => doc! { "bsonType": "string", "minLength": 10, "maxLength": 10 },
        record::Type::Time => doc! { "bsonType": "date" },
        record::Type::Texts => {
            doc! { "bsonType": "array", "uniqueItems": true, "items": { "bsonType": "string" } }
        }
        record::Type::Record(_) | record::Type::List(..) | record::Type::Flatten(_) => {
            unreachable!("these are not single values")
        }
    }
}

impl Index {
    pub(crate) const fn new(name: &'static str, keys: &'static [&'static str]) -> Self {
        Self { name, keys, unique: false, not_null: None }
    }

    pub(crate) const fn unique(name: &'static str, keys: &'static [&'static str]) -> Self {
        Self { unique: true, ..Self::new(name, keys) }
    }

    pub(crate) const fn not_null(self, field: &'static str, least: Least) -> Self {
        Self { not_null: Some((field, least)), ..self }
    }

    /// Its keys, ascending (1) or descending (-1).
    pub(crate) fn order(&self, direction: i32) -> Document {
        self.keys.iter().map(|key| ((*key).to_owned(), direction.into())).collect()
    }

    /// The document that it is created by.
    pub(crate) fn specification(&self) -> Document {
        let mut specification = doc! { "name": self.name, "key": self.order(1), "unique": self.unique };
        if let Some((field, least)) = self.not_null {
            specification.insert("partialFilterExpression", doc! { field: { "$gt": least.value() } });
        }
        specification
    }
}
