//! Derive macros of Khata.
//!
//! A record (what is stored and shown) and an input (what is read from a request) are each described once: by the
//! fields of their struct. The derived code is plain: a constant that describes the fields, and functions that visit
//! them in order. Stores, the HTTP API, exports and the Python package are written over that description, so that none
//! of them lists the fields again.
//!
//! Names on the wire are always explicit, so that renaming a Rust field can't change the API. The documentation of a
//! field is its doc comment.
//!
//! The expansions of a small record, its update and a small input are reviewed snapshots under `src/snapshots`.

mod attribute;
mod input;
mod record;
#[cfg(test)]
mod tests;
mod update;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `khata_core::record::Record` for a struct, and `Stored` if it has a table.
///
/// On the struct: `#[record(table = "customers")]` names the table or collection that stores keep it in;
/// `internal` says that only stores see the record, so that its fields need no names on the wire and their columns have
/// the names of the fields; `name = "ShopOwner"` is its name in schemas and in Python, if it isn't the struct's;
/// `update = CustomerUpdate` also makes the struct of a partial update, from the fields marked `update`.
///
/// On each field, `#[field(...)]`:
/// - `name = "mobileNumber"`: the name on the wire. Required, except with `flatten`.
/// - `column = "owner_id"`: the name in stores, if it isn't the wire name in `snake_case`.
/// - `flatten`: the fields of this field, which is a record itself, stand in its place.
/// - `record`, `list`: the field is a record, an optional record or a list of records. Stores keep lists elsewhere.
/// - `internal`: only stores see it. `programs`: programs see it, but the HTTP API does not.
/// - `derived`: it follows from the rest of the book, so exports leave it out.
/// - `skip`: it is not a field of the record. One with a table can't have such a field.
/// - `update`: a partial update can set it and, if it is optional, clear it.
/// - `range = zero_or_more | positive`: which amounts it can hold, which an update is held to.
#[proc_macro_derive(Record, attributes(record, field))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    record::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Implements `khata_core::record::Input` for a struct: reading it from a form with all violations at once, checking
/// one that was made by hand by the same rules, and visiting what was given.
///
/// On the struct: `#[input(rules = path)]` names the function of the rules between fields,
/// `fn(&NameParts<'_>, Currency) -> Vec<Option<FieldError>>`; the macro makes `NameParts`, which has each field that
/// could be read.
///
/// On each field, `#[field(...)]`:
/// - `name = "dueDate"`: the name in requests. Required, except with `flatten`.
/// - `flatten`: the field reads several fields of the form (`khata_core::record::InputPart`).
/// - `list = 500`: a list of inputs, of at most so many.
/// - `range = zero_or_more | positive`: which amounts are allowed.
/// - `default`: the default value if it is absent. Of an optional field, the default value is the same as absent.
/// - `secret`: it is never shown, so the input can't be told from another one.
/// - `query`: the caller sets it from elsewhere (a query parameter); it is not in the form.
/// - `setter`: also makes a builder method of the field's name; `setter = parse` one that takes whatever parses.
#[proc_macro_derive(Input, attributes(input, field))]
pub fn derive_input(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    input::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
