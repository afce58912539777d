//! `#[derive(Record)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, LitStr, Result};

use crate::attribute::{Container, Described, doc};
use crate::update;

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let container = Container::read(input, "record")?;
    let mut fields = Described::all(input, container.internal)?;
    fields.retain(|field| !field.skip);
    let record = record(input, &container, &fields);
    let stored = container.table.as_ref().map(|table| {
        let (name, build) = (&input.ident, build(&fields));
        quote! {
            impl ::khata_core::record::Stored for #name {
                const TABLE: &'static str = #table;

                fn build<S: ::khata_core::record::Source>(
                    source: &mut S,
                ) -> ::core::result::Result<Self, S::Error> {
                    ::core::result::Result::Ok(#build)
                }
            }
        }
    });
    let update = container.update.as_ref().map(|name| update::expand(input, name, &fields));
    Ok(quote!(#record #stored #update))
}

fn record(input: &DeriveInput, container: &Container, fields: &[Described<'_>]) -> TokenStream {
    let (name, doc) = (&input.ident, doc(&input.attrs));
    let title = container.name.as_ref().map_or_else(|| name.to_string(), LitStr::value);
    let described = fields.iter().map(field);
    let visits = fields.iter().enumerate().map(|(at, field)| visit(at, field));
    quote! {
        impl ::khata_core::record::Record for #name {
            const DESCRIPTION: &'static ::khata_core::record::Description = &::khata_core::record::Description {
                name: #title,
                doc: #doc,
                fields: &[#(#described),*],
            };

            fn visit<'r, V: ::khata_core::record::Visitor<'r>>(
                &'r self,
                visitor: &mut V,
            ) -> ::core::result::Result<(), V::Error> {
                #(#visits)*
                ::core::result::Result::Ok(())
            }
        }
    }
}

/// The description of a field.
fn field(field: &Described<'_>) -> TokenStream {
    let (name, column, doc, ty) = (field.wire(), field.column(), &field.doc, field.ty);
    let (inner, row) = (field.inner(), field.row());
    let of = if field.flatten {
        quote!(::khata_core::record::Type::Flatten(<#ty as ::khata_core::record::Record>::DESCRIPTION))
    } else if field.list {
        quote!(::khata_core::record::Type::List(<#row as ::khata_core::record::Record>::DESCRIPTION, usize::MAX))
    } else if field.record {
        quote!(::khata_core::record::Type::Record(<#inner as ::khata_core::record::Record>::DESCRIPTION))
    } else {
        field.value_type()
    };
    let optional = field.optional();
    let visibility = if field.internal {
        quote!(Internal)
    } else if field.programs {
        quote!(Programs)
    } else {
        quote!(Public)
    };
    let derived = field.derived;
    quote! {
        ::khata_core::record::Field {
            name: #name,
            column: #column,
            ty: #of,
            optional: #optional,
            doc: #doc,
            visibility: ::khata_core::record::Visibility::#visibility,
            derived: #derived,
        }
    }
}

fn visit(at: usize, field: &Described<'_>) -> TokenStream {
    let ident = field.ident;
    let description = quote!(&<Self as ::khata_core::record::Record>::DESCRIPTION.fields[#at]);
    if field.flatten {
        quote!(::khata_core::record::Record::visit(&self.#ident, visitor)?;)
    } else if field.list {
        quote!(visitor.list(#description, &self.#ident)?;)
    } else if field.record && field.optional() {
        quote!(visitor.record(#description, self.#ident.as_ref())?;)
    } else if field.record {
        quote!(visitor.record(#description, ::core::option::Option::Some(&self.#ident))?;)
    } else {
        quote!(visitor.value(#description, ::khata_core::record::FieldType::value(&self.#ident))?;)
    }
}

/// The record, read field by field in the order of their description.
fn build(fields: &[Described<'_>]) -> TokenStream {
    let reads = fields.iter().enumerate().map(|(at, field)| {
        let (ident, ty) = (field.ident, field.ty);
        let description = quote!(&<Self as ::khata_core::record::Record>::DESCRIPTION.fields[#at]);
        if field.flatten {
            quote!(#ident: <#ty as ::khata_core::record::Stored>::build(source)?)
        } else if field.list {
            quote!(#ident: source.list(#description)?)
        } else {
            quote!(#ident: source.value(#description)?)
        }
    });
    quote!(Self { #(#reads),* })
}
