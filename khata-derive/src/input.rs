//! `#[derive(Input)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DeriveInput, Error, Ident, Result};

use crate::attribute::{Container, Described, Setter, doc};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let container = Container::read(input, "input")?;
    let fields = Described::all(input, false)?;
    if let Some(list) = fields.iter().find(|field| field.list && field.list_max.is_none()) {
        let message = "the maximum number of rows is missing: #[field(list = ...)]";
        return Err(Error::new(list.ident.span(), message));
    }
    let parts = container.rules.as_ref().map(|_| parts(&input.ident, &fields));
    let implementation = implementation(input, &container, &fields);
    let visited = visited(&input.ident, &fields);
    let setters = setters(&input.ident, &fields);
    Ok(quote!(#parts #implementation #visited #setters))
}

/// The struct of the fields that could be read, for the rules between them.
fn parts(name: &Ident, fields: &[Described<'_>]) -> TokenStream {
    let (parts, doc) = (parts_name(name), format!("Those fields of a [`{name}`] that could be read."));
    let fields =
        fields.iter().map(|Described { ident, ty, .. }| quote!(#ident: ::core::option::Option<&'a #ty>));
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, Copy)]
        #[expect(dead_code, reason = "rules need only some of the fields")]
        struct #parts<'a> { #(#fields),* }
    }
}

fn parts_name(name: &Ident) -> Ident {
    format_ident!("{name}Parts")
}

fn implementation(input: &DeriveInput, container: &Container, fields: &[Described<'_>]) -> TokenStream {
    let (name, about) = (&input.ident, doc(&input.attrs));
    let title = name.to_string();
    let described = fields.iter().filter(|field| !field.query).map(|field| describe(field, false));
    let reads = fields.iter().map(read);
    let checks = fields.iter().map(check);
    let idents: Vec<_> = fields.iter().map(|field| field.ident).collect();
    let parts = parts_name(name);
    let rules_of_form = container.rules.as_ref().map(|rules| {
        quote! {
            let parts = #parts { #(#idents: #idents.as_ref()),* };
            #rules(&parts, in_currency).into_iter().for_each(|violation| form.check(violation));
        }
    });
    let rules_of_value = container.rules.as_ref().map(|rules| {
        quote! {
            let parts = #parts { #(#idents: ::core::option::Option::Some(&self.#idents)),* };
            violations.extend(#rules(&parts, in_currency).into_iter().flatten());
        }
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
                #rules_of_form
                ::core::option::Option::Some(Self { #(#idents: #idents?),* })
            }

            fn violations(
                &self,
                in_currency: ::khata_core::money::Currency,
            ) -> ::std::vec::Vec<::khata_core::error::FieldError> {
                let _ = in_currency;
                let mut violations = ::std::vec::Vec::new();
                #(#checks)*
                #rules_of_value
                violations
            }
        }
    }
}

/// The description of a field of an input.
pub(crate) fn describe(field: &Described<'_>, of_update: bool) -> TokenStream {
    let (name, doc, ty, row) = (field.wire(), &field.doc, field.ty, field.row());
    let of = if field.flatten {
        quote!(::khata_core::record::InputType::Flatten(<#ty as ::khata_core::record::InputPart>::FIELDS))
    } else if field.list {
        let most = &field.list_max;
        quote!(::khata_core::record::InputType::List(<#row as ::khata_core::record::Input>::DESCRIPTION, #most))
    } else {
        let value = field.value_type();
        quote!(::khata_core::record::InputType::Value(#value))
    };
    let optional = field.optional();
    let required = !(of_update || optional || field.default || field.list || field.flatten);
    let nullable = if of_update { optional } else { !required };
    quote! {
        ::khata_core::record::InputField {
            name: #name, ty: #of, required: #required, nullable: #nullable, doc: #doc,
        }
    }
}

/// The rule of an amount's range, if the field has one.
pub(crate) fn rule(field: &Described<'_>) -> TokenStream {
    let value = field.value_type();
    quote!(#value)
}

fn read(field: &Described<'_>) -> TokenStream {
    let (ident, ty, wire) = (field.ident, field.ty, field.wire());
    let rule = rule(field);
    if field.query {
        return quote!(let #ident = ::core::option::Option::Some(<#ty as ::core::default::Default>::default()););
    }
    if field.flatten {
        return quote!(let #ident = <#ty as ::khata_core::record::InputPart>::read(form, in_currency););
    }
    if field.list {
        let (row, most) = (field.row(), &field.list_max);
        return quote! {
            let #ident = form.list(#wire, #most, |row| <#row as ::khata_core::record::Input>::read(row, in_currency));
        };
    }
    let reader = quote!(|raw| ::khata_core::record::read(raw, in_currency, #rule));
    if field.default && !field.optional() {
        quote!(let #ident = form.optional(#wire, #reader).map(::core::option::Option::unwrap_or_default);)
    } else if field.optional() {
        quote!(let #ident = form.optional(#wire, #reader);)
    } else {
        quote!(let #ident = form.required(#wire, #reader);)
    }
}

fn check(field: &Described<'_>) -> TokenStream {
    let (ident, wire, rule) = (field.ident, field.wire(), rule(field));
    if field.query {
        TokenStream::new()
    } else if field.flatten {
        quote!(violations.extend(::khata_core::record::InputPart::violations(&self.#ident, in_currency));)
    } else if field.list {
        let most = &field.list_max;
        quote!(violations.extend(::khata_core::record::violations_of_list(&self.#ident, #wire, #most, in_currency));)
    } else {
        let value = if field.optional() { quote!(self.#ident.as_ref()) } else { quote!(Some(&self.#ident)) };
        quote! {
            violations.extend(
                #value.and_then(|value| ::khata_core::record::check(value, #rule)).map(|found| found.at(#wire))
            );
        }
    }
}

/// Visits what was given: for telling one request from another. An input with a secret can't be visited.
fn visited(name: &Ident, fields: &[Described<'_>]) -> Option<TokenStream> {
    if fields.iter().any(|field| field.secret) {
        return None;
    }
    let visits = fields.iter().map(|field| {
        let (ident, ty, wire) = (field.ident, field.ty, field.wire());
        if field.flatten {
            quote!(::khata_core::idempotency::Given::given(&self.#ident, request);)
        } else if field.list {
            quote!(request.list(#wire, &self.#ident);)
        } else if field.default && field.optional() {
            let inner = field.inner();
            quote! {
                let given = self.#ident.as_ref().filter(|value| **value != <#inner as ::core::default::Default>::default());
                if let ::core::option::Option::Some(value) = given {
                    request.value(#wire, ::khata_core::record::FieldType::value(value));
                }
            }
        } else if field.default || field.query {
            quote! {
                if self.#ident != <#ty as ::core::default::Default>::default() {
                    request.value(#wire, ::khata_core::record::FieldType::value(&self.#ident));
                }
            }
        } else {
            quote!(request.value(#wire, ::khata_core::record::FieldType::value(&self.#ident));)
        }
    });
    Some(quote! {
        impl ::khata_core::idempotency::Given for #name {
            fn given(&self, request: &mut ::khata_core::idempotency::RequestEncoder) {
                #(#visits)*
            }
        }
    })
}

/// Builder methods of the optional fields.
fn setters(name: &Ident, fields: &[Described<'_>]) -> Option<TokenStream> {
    let methods: Vec<_> = fields.iter().filter_map(|field| Some(setter(field, field.setter?))).collect();
    (!methods.is_empty()).then(|| quote!(impl #name { #(#methods)* }))
}

fn setter(field: &Described<'_>, how: Setter) -> TokenStream {
    let (ident, inner, wire, doc) = (field.ident, field.inner(), field.wire(), &field.doc);
    let value = if field.optional() { quote!(::core::option::Option::Some(value)) } else { quote!(value) };
    match how {
        Setter::Value => quote! {
            #[doc = #doc]
            #[must_use]
            pub fn #ident(mut self, value: #inner) -> Self {
                self.#ident = #value;
                self
            }
        },
        Setter::Parse => quote! {
            #[doc = #doc]
            ///
            /// # Errors
            /// [`Error::Invalid`](::khata_core::Error::Invalid) if it can't be parsed.
            pub fn #ident<T>(mut self, value: T) -> ::core::result::Result<Self, ::khata_core::Error>
            where
                T: ::core::convert::TryInto<#inner>,
                T::Error: ::core::convert::Into<::khata_core::error::Violation>,
            {
                let value = ::khata_core::record::parse(value, #wire)?;
                self.#ident = #value;
                ::core::result::Result::Ok(self)
            }
        },
    }
}
