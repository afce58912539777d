//! `schema.md`, which is the documentation of this module, says what the validators and indexes say.

use std::fmt::Write as _;

use khata_core::record::{self, Range};

use super::field::{Field, Part, Type};
use super::{COLLECTIONS, Collection, Index};

const INTRODUCTION: &str = "\
The collections of a database, field by field. The server checks every document by a validator that says the same (`db.getCollectionInfos()` shows it), and refuses other fields.

A field has the name that it has in the SQL stores and in Python. Money is in minor units of the shop's currency, times are BSON dates, days are texts (`2026-11-24`), ids are UUIDs. A field without a value is null, never absent.

# Shards
Every document of a shop has its `owner_id`, in `_id` but for `owners` and `heads`, whose `_id` it is; every unique index begins with it. So `{ \"_id.owner_id\": 1 }` can be the shard key of the collections of a shop (`{ \"_id\": 1 }` of `owners` and `heads`, and of `owner_mobiles` and `throttles`, which belong to no shop). `khata` has one document. Open items are found by `account`, which begins with the shop but is no shard key: that search goes to all shards.

# What never changes
Nothing in this crate changes or deletes an entry, with its allocations and its document. A validator can't forbid it to others: whoever may write to the database can change a book. `entries.hash` is how that is found out.

# What a posting writes
An invoice adds an entry and an item, and changes a customer and a head. A receipt that pays an invoice changes the item of that too. What changes is small, or has few indexes: the server goes through all indexes of a document that changes.

| | documents added | changed | B-trees written to | keys added or removed | bytes of the documents |
| --- | --- | --- | --- | --- | --- |
| invoice | 2 | 2 | 15 | 13 | 2,000 |
| receipt that pays an invoice in part | 2 | 3 | 15 | 15 | 2,500 |
| invoice in schema 1 | 3 | 2 | 17 | 14 | 2,300 |
| receipt in schema 1 | 4 | 3 | 22 | 20 | 2,900 |

An idempotency key adds one B-tree and key, `byKey`; in schema 1 it added a document in three B-trees.
";

#[test]
fn the_documentation_is_that_of_the_validators_and_indexes() {
    let written = include_str!("../schema.md");
    let described = document();
    assert!(written == described, "src/schema.md must be:\n{described}");
}

fn document() -> String {
    let mut text = INTRODUCTION.to_owned();
    for collection in COLLECTIONS {
        describe(&mut text, collection);
    }
    text
}

fn describe(text: &mut String, collection: &Collection) {
    let Collection { name, about, indexes, .. } = collection;
    write!(text, "\n# `{name}`\n{about}\n\n| field | type | description |\n| --- | --- | --- |\n").unwrap();
    for part in collection.parts() {
        match part {
            Part::Field(name, field) => row(text, name, &field),
            Part::Group(group, fields) => {
                writeln!(text, "| `{}` | document | {} |", group.name, group.about).unwrap();
                for field in fields {
                    row(text, &format!("{}.{}", group.name, field.name), &field);
                }
            }
            Part::Nested(nested, fields) => {
                let (kind, within) =
                    if nested.many { ("documents", "[]") } else { ("document, or null", "") };
                writeln!(text, "| `{}` | {kind} | {} |", nested.name, nested.about).unwrap();
                for field in fields {
                    row(text, &format!("{}{within}.{}", nested.name, field.name), &field);
                }
            }
        }
    }
    for Index { name, keys, unique, not_null } in *indexes {
        let unique = if *unique { "unique " } else { "" };
        write!(text, "\n- {unique}index `{name}`: `{}`", keys.join("`, `")).unwrap();
        if let Some((field, _)) = not_null {
            write!(text, ", where `{field}` is not null").unwrap();
        }
    }
    if !indexes.is_empty() {
        text.push('\n');
    }
}

fn row(text: &mut String, name: &str, field: &Field) {
    let null = if field.optional { ", or null" } else { "" };
    writeln!(text, "| `{name}` | {}{null} | {} |", kind(field.ty), field.description()).unwrap();
}

fn kind(ty: Type) -> String {
    let ty = match ty {
        Type::Value(ty) => ty,
        Type::Counts => return "document of documents of longs, each at least 0".to_owned(),
        Type::Ids => return "UUIDs".to_owned(),
    };
    let text = match ty {
        record::Type::Id => "UUID",
        record::Type::Integer => "long, at least 0",
        record::Type::Money(Range::Any) => "long: minor units",
        record::Type::Money(Range::ZeroOrMore) => "long: minor units, at least 0",
        record::Type::Money(Range::Positive) => "long: minor units, at least 1",
        record::Type::Flag => "bool",
        record::Type::Text(_) => "text",
        record::Type::Choice(choice) => return format!("`{}`", choice.names.join("`, `")),
        record::Type::Date => "day",
        record::Type::Time => "date",
        record::Type::Hash => "binary of 32 bytes",
        record::Type::Texts => "texts",
        record::Type::Record(_) | record::Type::List(..) | record::Type::Flatten(_) => unreachable!(),
    };
    text.to_owned()
}
