//! The expansion of one record, its update and one input, as reviewed snapshots; and what the macros refuse.

use insta::assert_snapshot;
use proc_macro2::TokenStream;
use syn::{DeriveInput, Result, parse_quote};

use crate::{input, record};

/// The expansion as rustfmt would show it.
fn pretty(expanded: Result<TokenStream>) -> String {
    let file = syn::parse2(expanded.unwrap()).expect("the expansion is a list of items");
    prettyplease::unparse(&file)
}

/// The message of what can't be expanded.
fn refusal(expanded: Result<TokenStream>) -> String {
    expanded.expect_err("it is refused").to_string()
}

#[test]
fn a_record_with_a_table() {
    let input: DeriveInput = parse_quote! {
        /// A member of a library.
        #[record(table = "members", name = "LibraryMember")]
        pub struct Member {
            /// The member.
            #[field(name = "id")]
            pub id: MemberId,
            /// The library.
            #[field(name = "libraryId", column = "house_id", derived)]
            pub library: LibraryId,
            /// Number of books that the member has.
            #[field(flatten)]
            pub counts: Counts,
            /// Fines to pay.
            /// They are never negative.
            #[field(name = "finesDue", range = zero_or_more)]
            pub fines: Option<Money>,
            /// Loans.
            #[field(name = "loans", list)]
            pub loans: Vec<Loan>,
            /// Version of the member.
            #[field(name = "revision", programs)]
            pub revision: u64,
            /// Number of the last loan.
            #[field(name = "lastLoan", internal)]
            pub last_loan: u64,
        }
    };
    assert_snapshot!(pretty(record::expand(&input)));
}

#[test]
fn a_record_that_is_only_shown() {
    let input: DeriveInput = parse_quote! {
        /// A shelf and its books.
        pub struct Shelf {
            /// The room, if it has one.
            #[field(name = "room", record)]
            room: Option<Room>,
            /// The newest book.
            #[field(name = "newest", record)]
            newest: Book,
            #[field(skip)]
            cursor: Cursor,
        }
    };
    assert_snapshot!(pretty(record::expand(&input)));
}

#[test]
fn an_update() {
    let input: DeriveInput = parse_quote! {
        #[record(update = MemberUpdate)]
        pub struct Member {
            /// The member.
            #[field(name = "id")]
            pub id: MemberId,
            /// Name of the member.
            #[field(name = "name", update)]
            pub name: Name,
            /// Fines to pay.
            #[field(name = "finesDue", update, range = zero_or_more)]
            pub fines: Option<Money>,
        }
    };
    assert_snapshot!(pretty(record::expand(&input)));
}

#[test]
fn an_input() {
    let input: DeriveInput = parse_quote! {
        /// A loan to add.
        #[input(rules = rules)]
        pub struct NewLoan {
            /// The member.
            #[field(name = "memberId")]
            pub member: MemberId,
            /// Amount that the member leaves as a deposit.
            #[field(name = "deposit", range = positive, default, setter)]
            pub deposit: Money,
            /// Fine that the member still owes.
            #[field(name = "fine", default)]
            pub fine: Option<Money>,
            /// Date on which the books are due.
            #[field(name = "dueDate", setter)]
            pub due_date: Option<Date>,
            /// Text of the librarian.
            #[field(name = "note", setter = parse)]
            pub note: Option<Note>,
            /// The books.
            #[field(name = "books", list = 20)]
            pub books: Vec<NewBook>,
            /// Address to send them to.
            #[field(flatten)]
            pub address: Address,
            /// Whether it may exceed the limit of the member.
            #[field(name = "overLimit", query, setter)]
            pub over_limit: bool,
        }
    };
    assert_snapshot!(pretty(input::expand(&input)));
}

#[test]
fn an_input_with_a_secret_has_no_fingerprint() {
    let input: DeriveInput = parse_quote! {
        /// What a member logs in with.
        pub struct Credentials {
            /// Password.
            #[field(name = "password", secret)]
            pub password: Password,
        }
    };
    assert!(!pretty(input::expand(&input)).contains("Given"));
}

#[test]
fn a_field_without_a_name_is_refused() {
    let input: DeriveInput = parse_quote! {
        struct Member { #[field(update)] name: Name }
    };
    let message = "the name on the wire is missing: #[field(name = \"...\")]";
    assert_eq!(refusal(record::expand(&input)), message);
    assert_eq!(refusal(input::expand(&input)), message);
}

#[test]
fn a_list_in_an_input_has_a_maximum() {
    let input: DeriveInput = parse_quote! {
        struct NewLoan { #[field(name = "books", list)] books: Vec<NewBook> }
    };
    let message = "the maximum number of rows is missing: #[field(list = ...)]";
    assert_eq!(refusal(input::expand(&input)), message);
}

#[test]
fn only_structs_with_named_fields_are_described() {
    let others: [DeriveInput; 4] = [
        parse_quote!(
            enum Member {
                Adult,
                Child,
            }
        ),
        parse_quote!(
            struct Member(#[field(name = "name")] Name);
        ),
        parse_quote!(
            struct Member;
        ),
        parse_quote!(union Member { #[field(name = "id")] id: u64 }),
    ];
    for input in others {
        let message = "only structs with named fields can be described";
        assert_eq!(refusal(record::expand(&input)), message);
        assert_eq!(refusal(input::expand(&input)), message);
    }
}

#[test]
fn an_unknown_option_is_refused() {
    let of_field: DeriveInput = parse_quote! {
        struct Member { #[field(name = "name", columns = "name")] name: Name }
    };
    let by_path: DeriveInput = parse_quote! {
        struct Member { #[field(name = "name", serde::skip)] name: Name }
    };
    let of_struct: DeriveInput = parse_quote! {
        #[record(tables = "members")]
        #[input(rule = rules)]
        struct Member { #[field(name = "name")] name: Name }
    };
    for input in [of_field, by_path, of_struct] {
        assert_eq!(refusal(record::expand(&input)), "unknown option");
        assert_eq!(refusal(input::expand(&input)), "unknown option");
    }
}

#[test]
fn an_unknown_way_to_set_a_field_is_refused() {
    let input: DeriveInput = parse_quote! {
        struct NewMember { #[field(name = "name", setter = copy)] name: Option<Name> }
    };
    assert_eq!(refusal(input::expand(&input)), "only `parse` is known");
}
