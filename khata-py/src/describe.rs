//! Descriptions of classes and arguments, for the signatures that Python shows and the stubs that are generated.

use std::collections::BTreeMap;

use khata_core::calendar::TimeZone;
use khata_core::documents::DocumentView;
use khata_core::export::Table;
use khata_core::import::Column;
use khata_core::money::Currency;
use khata_core::number::DocumentKind;
use khata_core::record::{Choice, Field, InputDescription, InputField, InputType, Type, Typed};
use pyo3::prelude::*;

use crate::khata::KhataHandle;
use crate::names;
use crate::record::{class_name, classes};
use crate::shop::ShopHandle;

/// Everything that is described.
#[derive(IntoPyObject)]
pub(crate) struct Descriptions {
    /// Classes of results.
    records: Vec<Described>,
    /// Inputs, and those that are rows of them.
    inputs: Vec<Described>,
    /// Methods that take the fields of an input, with its name.
    methods: Vec<(&'static str, &'static str)>,
    /// Kinds of documents, with the names of their classes.
    documents: Vec<(&'static str, &'static str)>,
    /// Names of each choice.
    choices: BTreeMap<&'static str, Vec<String>>,
}

/// A class or an input.
#[derive(IntoPyObject)]
struct Described {
    name: &'static str,
    doc: String,
    members: Vec<Member>,
}

/// An attribute or an argument.
#[derive(IntoPyObject)]
struct Member {
    name: String,
    annotation: String,
    /// The default value as Python writes it; none of an argument that is required.
    default: Option<String>,
    doc: String,
}

/// Describes the module.
#[pyfunction]
pub(crate) fn _describe() -> Descriptions {
    let mut choices = BTreeMap::from([
        ("CustomerColumn", Column::NAMES.iter().map(|name| names::place(name)).collect()),
        ("ExportTable", Table::all().map(|table| table.as_str().to_owned()).collect()),
    ]);
    note_choice(&mut choices, DocumentKind::TYPE);
    let records = classes().map(|(name, doc, fields)| {
        let attribute = |field: &Field| {
            note_choice(&mut choices, field.ty);
            Member {
                annotation: of_attribute(field),
                default: None,
                doc: names::doc(field.doc),
                name: names::place(field.name),
            }
        };
        Described { name, doc: names::doc(doc), members: fields.into_iter().map(attribute).collect() }
    });
    let records = records.collect();
    let mut inputs = Vec::new();
    let methods = || KhataHandle::INPUTS.iter().chain(ShopHandle::INPUTS);
    methods().for_each(|(_, input)| describe_input(input, &mut inputs, &mut choices));
    let methods = methods().map(|(method, input)| (*method, input.name)).collect();
    let class = |kind: &DocumentKind| (kind.as_str(), class_name(DocumentView::description(*kind)));
    let documents = DocumentKind::ALL.iter().map(class).collect();
    Descriptions { records, inputs, methods, documents, choices }
}

type Choices = BTreeMap<&'static str, Vec<String>>;

fn note_choice(choices: &mut Choices, ty: Type) {
    if let Type::Choice(Choice { name, names, .. }) = ty {
        choices.insert(name, names.iter().map(|name| (*name).to_owned()).collect());
    }
}

fn describe_input(input: &'static InputDescription, inputs: &mut Vec<Described>, choices: &mut Choices) {
    let fields = input.all_fields();
    let is_update = fields.iter().all(|field| !field.required);
    for field in &fields {
        match field.ty {
            InputType::Value(ty) => note_choice(choices, ty),
            InputType::List(row, _) => describe_input(row, inputs, choices),
            InputType::Flatten(_) => {}
        }
    }
    let member = |field: &&InputField| Member {
        name: names::place(field.name),
        annotation: of_argument(field),
        default: default(field, is_update),
        doc: names::doc(field.doc),
    };
    let mut members: Vec<_> = fields.iter().map(member).collect();
    members.sort_by_key(|member| member.default.is_some());
    inputs.push(Described { name: input.name, doc: names::doc(input.doc), members });
}

/// The type of an attribute.
fn of_attribute(field: &Field) -> String {
    let one = match field.ty {
        Type::Id => "UUID".to_owned(),
        Type::Integer => "int".to_owned(),
        Type::Money(_) => "Decimal".to_owned(),
        Type::Flag => "bool".to_owned(),
        Type::Text(_) | Type::Hash => "str".to_owned(),
        Type::Choice(choice) => choice.name.to_owned(),
        Type::Date => "_date".to_owned(),
        Type::Time => "datetime".to_owned(),
        Type::Texts => "tuple[str, ...]".to_owned(),
        Type::Record(record) | Type::Flatten(record) => class_name(record).to_owned(),
        Type::List(record, _) => format!("tuple[{}, ...]", class_name(record)),
    };
    if field.optional { one + " | None" } else { one }
}

/// The type of an argument.
fn of_argument(field: &InputField) -> String {
    let one = match field.ty {
        InputType::Value(Type::Id) => "Id".to_owned(),
        InputType::Value(Type::Money(_)) => "Amount".to_owned(),
        InputType::Value(Type::Flag) => "bool".to_owned(),
        InputType::Value(Type::Integer) => "int".to_owned(),
        InputType::Value(Type::Date) => "Day".to_owned(),
        InputType::Value(Type::Choice(choice)) => choice.name.to_owned(),
        InputType::Value(Type::Texts) => "Sequence[str]".to_owned(),
        InputType::Value(_) | InputType::Flatten(_) => "str".to_owned(),
        InputType::List(row, _) => format!("Sequence[{}]", row_name(row.name)),
    };
    if field.nullable && own_default(field).is_none() { one + " | None" } else { one }
}

/// The type of the rows of an input: `Allocation` of `NewAllocation`.
fn row_name(input: &str) -> &str {
    input.strip_prefix("New").unwrap_or(input)
}

fn default(field: &InputField, is_update: bool) -> Option<String> {
    match (field.required, is_update) {
        (true, _) => None,
        (false, true) => Some("...".to_owned()),
        (false, false) => Some(own_default(field).unwrap_or_else(|| "None".to_owned())),
    }
}

/// A default value that is not just absent.
fn own_default(field: &InputField) -> Option<String> {
    let is_of = |ty: Type| match (field.ty, ty) {
        (InputType::Value(Type::Text(one)), Type::Text(other)) => one.name == other.name,
        _ => false,
    };
    match field.required {
        false if is_of(Currency::TYPE) => Some(format!("{:?}", Currency::default().code())),
        false if is_of(TimeZone::TYPE) => Some(format!("{:?}", TimeZone::default().name())),
        _ => None,
    }
}
