//! The attributes of structs and fields.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, Ident, Lit, LitInt, LitStr, Meta,
    Path, Result, Type,
};

/// What `#[record(...)]` or `#[input(...)]` says of a struct.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) name: Option<LitStr>,
    pub(crate) table: Option<LitStr>,
    pub(crate) update: Option<Ident>,
    pub(crate) rules: Option<Path>,
    pub(crate) internal: bool,
}

impl Container {
    pub(crate) fn read(input: &DeriveInput, attribute: &str) -> Result<Self> {
        let mut container = Self::default();
        for attribute in input.attrs.iter().filter(|found| found.path().is_ident(attribute)) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("name") {
                    container.name = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("table") {
                    container.table = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("update") {
                    container.update = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("rules") {
                    container.rules = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("internal") {
                    container.internal = true;
                } else {
                    return Err(meta.error("unknown option"));
                }
                Ok(())
            })?;
        }
        Ok(container)
    }
}

/// How a builder method takes its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setter {
    Value,
    Parse,
}

/// A field, and what `#[field(...)]` says of it.
pub(crate) struct Described<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) doc: String,
    pub(crate) name: Option<LitStr>,
    pub(crate) column: Option<LitStr>,
    pub(crate) flatten: bool,
    pub(crate) record: bool,
    pub(crate) list: bool,
    pub(crate) list_max: Option<LitInt>,
    pub(crate) internal: bool,
    pub(crate) programs: bool,
    pub(crate) derived: bool,
    pub(crate) update: bool,
    pub(crate) range: Option<Ident>,
    pub(crate) default: bool,
    pub(crate) secret: bool,
    pub(crate) query: bool,
    pub(crate) skip: bool,
    pub(crate) setter: Option<Setter>,
}

impl<'a> Described<'a> {
    /// The fields of a struct that has names for them. `internal` if all of it is.
    pub(crate) fn all(input: &'a DeriveInput, internal: bool) -> Result<Vec<Self>> {
        match &input.data {
            Data::Struct(data) if matches!(data.fields, Fields::Named(_)) => {
                data.fields.iter().map(|field| Self::read(field, internal)).collect()
            }
            _ => Err(Error::new(input.span(), "only structs with named fields can be described")),
        }
    }

    fn read(field: &'a Field, internal: bool) -> Result<Self> {
        let ident = field.ident.as_ref().expect("the fields have names");
        let mut described = Self {
            ident,
            ty: &field.ty,
            doc: doc(&field.attrs),
            name: internal.then(|| LitStr::new(&ident.to_string(), ident.span())),
            column: None,
            flatten: false,
            record: false,
            list: false,
            list_max: None,
            internal,
            programs: false,
            derived: false,
            update: false,
            range: None,
            default: false,
            secret: false,
            query: false,
            skip: false,
            setter: None,
        };
        for attribute in field.attrs.iter().filter(|found| found.path().is_ident("field")) {
            attribute.parse_nested_meta(|meta| {
                let Some(option) = meta.path.get_ident().map(ToString::to_string) else {
                    return Err(meta.error("unknown option"));
                };
                match option.as_str() {
                    "name" => described.name = Some(meta.value()?.parse()?),
                    "column" => described.column = Some(meta.value()?.parse()?),
                    "range" => described.range = Some(meta.value()?.parse()?),
                    "flatten" => described.flatten = true,
                    "record" => described.record = true,
                    "internal" => described.internal = true,
                    "programs" => described.programs = true,
                    "derived" => described.derived = true,
                    "update" => described.update = true,
                    "default" => described.default = true,
                    "secret" => described.secret = true,
                    "query" => described.query = true,
                    "skip" => described.skip = true,
                    "list" => {
                        described.list = true;
                        if meta.input.peek(syn::Token![=]) {
                            described.list_max = Some(meta.value()?.parse()?);
                        }
                    }
                    "setter" => {
                        described.setter = Some(Setter::Value);
                        if meta.input.peek(syn::Token![=]) {
                            let how: Ident = meta.value()?.parse()?;
                            if how != "parse" {
                                return Err(Error::new(how.span(), "only `parse` is known"));
                            }
                            described.setter = Some(Setter::Parse);
                        }
                    }
                    _ => return Err(meta.error("unknown option")),
                }
                Ok(())
            })?;
        }
        if described.name.is_none() && !described.flatten && !described.skip {
            return Err(Error::new(
                ident.span(),
                "the name on the wire is missing: #[field(name = \"...\")]",
            ));
        }
        Ok(described)
    }

    /// The name on the wire, of a field that is not flattened.
    pub(crate) fn wire(&self) -> String {
        self.name.as_ref().map(LitStr::value).unwrap_or_default()
    }

    /// The name in stores.
    pub(crate) fn column(&self) -> String {
        self.column.as_ref().map_or_else(|| snake_case(&self.wire()), LitStr::value)
    }

    /// The type of its values, without the `Option` if it is one.
    pub(crate) fn inner(&self) -> &Type {
        argument_of(self.ty, "Option").unwrap_or(self.ty)
    }

    pub(crate) fn optional(&self) -> bool {
        argument_of(self.ty, "Option").is_some()
    }

    /// The type of the rows of a list.
    pub(crate) fn row(&self) -> &Type {
        argument_of(self.ty, "Vec").unwrap_or(self.ty)
    }

    /// The `khata_core::record::Type` of a single value.
    pub(crate) fn value_type(&self) -> TokenStream {
        let ty = self.ty;
        match &self.range {
            Some(range) => {
                let range = Ident::new(&pascal_case(&range.to_string()), range.span());
                quote!(::khata_core::record::Type::Money(::khata_core::record::Range::#range))
            }
            None => quote!(<#ty as ::khata_core::record::Typed>::TYPE),
        }
    }
}

/// The doc comment, its lines joined.
pub(crate) fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// `T` of `Option<T>`, if `of` is `Option`.
fn argument_of<'a>(ty: &'a Type, of: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == of)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        syn::GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// `mobileNumber` as `mobile_number`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// `zero_or_more` as `ZeroOrMore`.
fn pascal_case(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut characters = word.chars();
        let first = characters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(characters).collect::<String>()
    });
    words.collect()
}
