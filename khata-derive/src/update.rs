//! The struct of a partial update, made from the fields of a record that can be updated.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Ident};

use crate::attribute::Described;
use crate::input;

pub(crate) fn expand(input: &DeriveInput, name: &Ident, fields: &[Described<'_>]) -> TokenStream {
    let record = &input.ident;
    let fields: Vec<_> = fields.iter().filter(|field| field.update).collect();
    let structure = structure(record, name, &fields);
    let reading = reading(name, &fields);
    let apply = fields.iter().map(|field| {
        let ident = field.ident;
        if field.optional() {
            quote!(self.#ident.clone().apply(&mut record.#ident);)
        } else {
            quote!(if let ::core::option::Option::Some(value) = &self.#ident { record.#ident.clone_from(value); })
        }
    });
    quote! {
        #structure
        #reading

        impl #name {
            /// The record after the update.
            #[must_use]
            pub fn applied_to(&self, record: &#record) -> #record {
                let mut record = ::core::clone::Clone::clone(record);
                #(#apply)*
                record
            }
        }
    }
}

fn structure(record: &Ident, name: &Ident, fields: &[&Described<'_>]) -> TokenStream {
    let about = format!("A partial update of a [`{record}`]. A field that is not set stays as it is.");
    let declared = fields.iter().map(|field| {
        let (ident, inner, doc) = (field.ident, field.inner(), &field.doc);
        if field.optional() {
            quote!(#[doc = #doc] pub #ident: ::khata_core::form::Patch<#inner>)
        } else {
            quote!(#[doc = #doc] pub #ident: ::core::option::Option<#inner>)
        }
    });
    quote! {
        #[doc = #about]
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct #name { #(#declared),* }
    }
}

fn reading(name: &Ident, fields: &[&Described<'_>]) -> TokenStream {
    let title = name.to_string();
    let about = "A partial update. A field that is absent stays as it is; `null` clears an optional one.";
    let described = fields.iter().map(|field| input::describe(field, true));
    let reads = fields.iter().map(|field| {
        let (ident, wire, rule) = (field.ident, field.wire(), input::rule(field));
        let method = if field.optional() { quote!(patch) } else { quote!(settable) };
        quote!(let #ident = form.#method(#wire, |raw| ::khata_core::record::read(raw, in_currency, #rule));)
    });
    let idents: Vec<_> = fields.iter().map(|field| field.ident).collect();
    let checks = fields.iter().map(|field| {
        let (ident, wire, rule) = (field.ident, field.wire(), input::rule(field));
        let value = if field.optional() { quote!(self.#ident.set()) } else { quote!(self.#ident.as_ref()) };
        quote!(violations.extend(#value.and_then(|value| ::khata_core::record::check(value, #rule)).map(|found| found.at(#wire)));)
    });
    quote! {
        impl ::khata_core::record::Input for #name {
            const DESCRIPTION: &'static ::khata_core::record::InputDescription =
                &::khata_core::record::InputDescription { name: #title, doc: #about, fields: &[#(#described),*] };

            fn read(
                form: &mut ::khata_core::form::Form,
                in_currency: ::khata_core::money::Currency,
            ) -> ::core::option::Option<Self> {
                #(#reads)*
                ::core::option::Option::Some(Self { #(#idents: #idents?),* })
            }

            fn violations(
                &self,
                _in_currency: ::khata_core::money::Currency,
            ) -> ::std::vec::Vec<::khata_core::error::FieldError> {
                let mut violations = ::std::vec::Vec::new();
                #(#checks)*
                violations
            }
        }
    }
}
