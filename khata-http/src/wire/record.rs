//! The schemas of records and inputs, made from their descriptions.

use std::borrow::Cow;
use std::marker::PhantomData;

use khata_core::record::{
    Choice, Description, Field, Input, InputDescription, InputField, InputType, Range, Record, TextFormat,
    Type, Typed, Visibility,
};
use serde_json::json;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, RefBuilder, SchemaType, Type as JsonType,
};
use utoipa::openapi::{KnownFormat, Ref, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use super::money::Amount;
use super::schema::{
    AmountInput, Date, DateInput, Hash, Id, PositiveAmountInput, SignedAmountInput, Timestamp,
};

/// Schemas by name.
pub(crate) type Components = Vec<(String, RefOr<Schema>)>;

/// Has the schema of a record, as answers show it.
#[derive(Debug)]
pub(crate) struct Shown<R>(PhantomData<R>);

/// Has the schema of an input, as requests are read.
#[derive(Debug)]
pub(crate) struct Read<I>(PhantomData<I>);

impl<R: Record> PartialSchema for Shown<R> {
    fn schema() -> RefOr<Schema> {
        record(R::DESCRIPTION).into()
    }
}

impl<R: Record> ToSchema for Shown<R> {
    fn name() -> Cow<'static, str> {
        R::DESCRIPTION.name.into()
    }

    fn schemas(schemas: &mut Components) {
        components_of_record(R::DESCRIPTION, schemas);
    }
}

impl<I: Input> PartialSchema for Read<I> {
    fn schema() -> RefOr<Schema> {
        input(I::DESCRIPTION).into()
    }
}

impl<I: Input> ToSchema for Read<I> {
    fn name() -> Cow<'static, str> {
        match I::DESCRIPTION.name {
            // What the API has called these from the first.
            "NewOwner" => "Registration",
            "OwnerUpdate" => "ShopOwnerUpdate",
            "VoidTerms" => "Void",
            name => name,
        }
        .into()
    }

    fn schemas(schemas: &mut Components) {
        components_of_input(I::DESCRIPTION, schemas);
    }
}

/// Has the schema of an enumeration.
#[derive(Debug)]
pub(crate) struct ChoiceSchema<T>(PhantomData<T>);

impl<T: Typed> PartialSchema for ChoiceSchema<T> {
    fn schema() -> RefOr<Schema> {
        choice(names::<T>()).into()
    }
}

impl<T: Typed> ToSchema for ChoiceSchema<T> {
    fn name() -> Cow<'static, str> {
        names::<T>().name.into()
    }
}

fn names<T: Typed>() -> &'static Choice {
    match T::TYPE {
        Type::Choice(choice) => choice,
        _ => unreachable!("only enumerations are described so"),
    }
}

/// Has the schema of a text, as requests may write it.
#[derive(Debug)]
pub(crate) struct TextSchema<T>(PhantomData<T>);

impl<T: Typed> PartialSchema for TextSchema<T> {
    fn schema() -> RefOr<Schema> {
        text(asked::<T>()).into()
    }
}

impl<T: Typed> ToSchema for TextSchema<T> {
    fn name() -> Cow<'static, str> {
        asked::<T>().name.into()
    }
}

fn asked<T: Typed>() -> &'static TextFormat {
    match T::TYPE {
        Type::Text(format) => format.in_requests(),
        _ => unreachable!("only texts are described so"),
    }
}

/// The schema of a type under its name.
pub(crate) fn reference<T: ToSchema>(components: &mut Components) -> Ref {
    components.push((T::name().into_owned(), T::schema()));
    T::schemas(components);
    Ref::from_schema_name(T::name())
}

fn public_fields(record: &Description) -> impl Iterator<Item = &'static Field> {
    record.all_fields().into_iter().filter(|field| field.visibility == Visibility::Public)
}

fn record(record: &Description) -> Schema {
    let object = ObjectBuilder::new().description(Some(record.doc));
    let object = public_fields(record).fold(object, |object, field| {
        let property = match field.ty {
            Type::List(row, _) => array(row.name, field.doc).into(),
            ty => property(ty, Direction::Answer, field.optional, field.doc),
        };
        object.property(field.name, property).required(field.name)
    });
    object.into()
}

fn input(input: &InputDescription) -> Schema {
    let object = ObjectBuilder::new()
        .description(Some(input.doc))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    let object = input.all_fields().into_iter().fold(object, |object, field| {
        let object = object.property(field.name, input_property(field));
        if field.required { object.required(field.name) } else { object }
    });
    object.into()
}

fn input_property(field: &InputField) -> RefOr<Schema> {
    match field.ty {
        InputType::Value(ty) => property(ty, Direction::Request, field.nullable, field.doc),
        InputType::List(row, most) => array(row.name, field.doc)
            .max_items(Some(most))
            .schema_type(json_type(JsonType::Array, field.nullable))
            .into(),
        InputType::Flatten(_) => unreachable!("parts are in their places already"),
    }
}

fn array(row: &str, doc: &str) -> ArrayBuilder {
    ArrayBuilder::new().items(Ref::from_schema_name(row)).description(Some(doc))
}

fn json_type(ty: JsonType, nullable: bool) -> SchemaType {
    if nullable { SchemaType::from_iter([ty, JsonType::Null]) } else { ty.into() }
}

/// Which way a value goes: requests are read more leniently than answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Request,
    Answer,
}

fn property(ty: Type, direction: Direction, nullable: bool, doc: &str) -> RefOr<Schema> {
    let Some((name, _)) = component(ty, direction) else { return plain(ty, nullable, doc).into() };
    let reference = RefBuilder::new().ref_location_from_schema_name(name).description(Some(doc));
    if nullable {
        let null = ObjectBuilder::new().schema_type(JsonType::Null);
        OneOfBuilder::new().item(reference).item(null).into()
    } else {
        reference.build().into()
    }
}

/// The schema of a type that has no name.
fn plain(ty: Type, nullable: bool, doc: &str) -> Schema {
    let of = |ty| ObjectBuilder::new().schema_type(json_type(ty, nullable)).description(Some(doc));
    match ty {
        Type::Integer => of(JsonType::Integer).format(known(KnownFormat::Int64)).minimum(Some(0)).into(),
        Type::Flag => of(JsonType::Boolean).into(),
        Type::Texts => ArrayBuilder::new()
            .schema_type(json_type(JsonType::Array, nullable))
            .items(utoipa::openapi::Object::with_type(JsonType::String))
            .description(Some(doc))
            .into(),
        _ => of(JsonType::String).into(),
    }
}

/// The name and the schema of a type that has one.
fn component(ty: Type, direction: Direction) -> Option<(Cow<'static, str>, RefOr<Schema>)> {
    fn named<T: ToSchema>() -> Option<(Cow<'static, str>, RefOr<Schema>)> {
        Some((T::name(), T::schema()))
    }
    match (ty, direction) {
        (Type::Id, _) => named::<Id>(),
        (Type::Time, _) => named::<Timestamp>(),
        (Type::Hash, _) => named::<Hash>(),
        (Type::Date, Direction::Answer) => named::<Date>(),
        (Type::Date, Direction::Request) => named::<DateInput>(),
        (Type::Money(_), Direction::Answer) => named::<Amount>(),
        (Type::Money(Range::Any), Direction::Request) => named::<SignedAmountInput>(),
        (Type::Money(Range::ZeroOrMore), Direction::Request) => named::<AmountInput>(),
        (Type::Money(Range::Positive), Direction::Request) => named::<PositiveAmountInput>(),
        (Type::Text(format), _) if !format.example.is_empty() => {
            let format = if direction == Direction::Request { format.in_requests() } else { format };
            Some((format.name.into(), text(format).into()))
        }
        (Type::Choice(names), _) => Some((names.name.into(), choice(names).into())),
        (Type::Record(within), _) => Some((within.name.into(), record(within).into())),
        _ => None,
    }
}

fn text(format: &TextFormat) -> Schema {
    ObjectBuilder::new()
        .schema_type(JsonType::String)
        .description(Some(format.doc))
        .examples([json!(format.example)])
        .format(known(KnownFormat::Password).filter(|_| format.secret))
        .min_length(format.characters_min)
        .max_length(format.characters_max)
        .pattern(format.pattern)
        .into()
}

fn choice(choice: &Choice) -> Schema {
    ObjectBuilder::new()
        .schema_type(JsonType::String)
        .description(Some(choice.doc))
        .enum_values(Some(choice.names.iter().copied()))
        .into()
}

fn known(format: KnownFormat) -> Option<SchemaFormat> {
    Some(SchemaFormat::KnownFormat(format))
}

/// Adds what the schema of a record refers to.
fn components_of_record(of: &Description, components: &mut Components) {
    for field in public_fields(of) {
        match field.ty {
            Type::Record(within) | Type::List(within, _) => {
                components.push((within.name.to_owned(), record(within).into()));
                components_of_record(within, components);
            }
            ty => components.extend(component(ty, Direction::Answer).map(owned)),
        }
    }
}

/// Adds what the schema of an input refers to.
fn components_of_input(of: &InputDescription, components: &mut Components) {
    for field in of.all_fields() {
        match field.ty {
            InputType::List(row, _) => {
                components.push((row.name.to_owned(), input(row).into()));
                components_of_input(row, components);
            }
            InputType::Value(ty) => components.extend(component(ty, Direction::Request).map(owned)),
            InputType::Flatten(_) => {}
        }
    }
}

fn owned((name, schema): (Cow<'static, str>, RefOr<Schema>)) -> (String, RefOr<Schema>) {
    (name.into_owned(), schema)
}
