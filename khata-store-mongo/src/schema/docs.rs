//! `schema.md`, which is this module's documentation, says what the validators and indexes say.

use std::fmt::Write as _;

use super::field::{Field, Type};
use super::{COLLECTIONS, Collection, Index};

const INTRODUCTION: &str = "\
What a database has in it, field by field. The server checks every document by a validator of the same words (`db.getCollectionInfos()` shows it), and takes none that has other fields.

Money is in minor units of the shop's currency, times are BSON dates, days are texts (`2026-11-24`), ids are UUIDs. What has no value is null, never absent.

# Shards
Every document of a shop has its `ownerId`, in `_id` but for `owners`, whose `_id` it is; every unique index begins with it. So `{ \"_id.ownerId\": 1 }` can be the shard key of the collections of a shop (`{ \"_id\": 1 }` of `owners`, and of `ownerMobiles` and `throttles`, which belong to no shop). `khata` has one document. Open items are found by `account`, which begins with the shop but is no shard key: that search goes to all shards.

# What is never changed
Nothing that this crate does changes or deletes an entry, an allocation or a document. A validator can't forbid it to others: whoever may write to the database can change a book. `entries.hash` is how that is found out.
";

#[test]
fn the_documentation_is_that_of_the_validators_and_indexes() {
    let written = include_str!("../schema.md");
    let said = document();
    assert!(written == said, "src/schema.md must be:\n{said}");
}

fn document() -> String {
    let mut text = INTRODUCTION.to_owned();
    for collection in COLLECTIONS {
        describe(&mut text, collection);
    }
    text
}

fn describe(text: &mut String, collection: &Collection) {
    let Collection { name, about, fields, indexes } = collection;
    write!(text, "\n# `{name}`\n{about}\n\n| field | type | what it is |\n| --- | --- | --- |\n").unwrap();
    list(text, "", fields);
    for Index { name, keys, unique, above_zero } in *indexes {
        let unique = if *unique { "unique " } else { "" };
        write!(text, "\n- {unique}index `{name}`: `{}`", keys.join("`, `")).unwrap();
        if let Some(field) = above_zero {
            write!(text, ", where `{field}` is above zero").unwrap();
        }
    }
    if !indexes.is_empty() {
        text.push('\n');
    }
}

fn list(text: &mut String, within: &str, fields: &[Field]) {
    for Field { name, of, optional, about } in fields {
        let null = if *optional { ", or null" } else { "" };
        writeln!(text, "| `{within}{name}` | {}{null} | {about} |", kind(of)).unwrap();
        if let Type::Fields(fields) = of {
            list(text, &format!("{within}{name}."), fields);
        }
    }
}

fn kind(of: &Type) -> String {
    match of {
        Type::Uuid => "UUID".to_owned(),
        Type::Text => "text".to_owned(),
        Type::Name(names) => format!("`{}`", names.join("`, `")),
        Type::Day => "day".to_owned(),
        Type::Time => "date".to_owned(),
        Type::Money => "long: minor units".to_owned(),
        Type::Count(least) => format!("long, at least {least}"),
        Type::Flag => "bool".to_owned(),
        Type::Hash => "binary of 32 bytes".to_owned(),
        Type::Texts => "texts".to_owned(),
        Type::Counts => "document of documents of longs, each at least 0".to_owned(),
        Type::Fields(_) => "document".to_owned(),
    }
}
