//! `/api/invoices`, `/api/receipts`, `/api/creditnotes` and so on: the same routes for every kind of document.

use axum::extract::State;
use axum::routing::{get, post};
use khata_core::Shop;
use khata_core::credit_note::CreditNote;
use khata_core::debit_note::DebitNote;
use khata_core::documents::DocumentType;
use khata_core::error::Error;
use khata_core::form;
use khata_core::id::{
    CreditNoteId, CustomerId, DebitNoteId, InvoiceId, OpeningBalanceId, OwnerId, ReceiptId, RefundId,
    WriteOffId,
};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::{Invoice, InvoiceStatus};
use khata_core::ledger::ItemKind;
use khata_core::ledger::explain::ExplainedItem;
use khata_core::opening_balance::OpeningBalance;
use khata_core::page::{Limit, Page};
use khata_core::receipt::Receipt;
use khata_core::record::Input;
use khata_core::refund::Refund;
use khata_core::shop::{DocumentFilter, Operation as ShopOperation};
use khata_core::void::{Void, VoidTerms};
use khata_core::write_off::WriteOff;
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa_axum::router::OpenApiRouter;

use crate::answer::Answer;
use crate::app::App;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::conditional::IfNoneMatch;
use crate::idempotency::KeyHeader;
use crate::operation::Operation;
use crate::path::PathId;
use crate::problem::Problem;
use crate::query::{Query, boolean, both};
use crate::wire::parameter::{DocumentsParams, IdempotencyKeyHeader, IfNoneMatchHeader, PageParams};
use crate::wire::{ChoiceSchema, Wire, WireList};

pub(super) fn guarded() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(routes::<Invoice>())
        .merge(routes::<Receipt>())
        .merge(routes::<CreditNote>())
        .merge(routes::<DebitNote>())
        .merge(routes::<Refund>())
        .merge(routes::<WriteOff>())
        .merge(routes::<OpeningBalance>())
}

/// The tags of the routes, each with what the documents are.
pub(crate) fn tags() -> [Tag; 7] {
    [
        tag::<Invoice>(),
        tag::<Receipt>(),
        tag::<CreditNote>(),
        tag::<DebitNote>(),
        tag::<Refund>(),
        tag::<WriteOff>(),
        tag::<OpeningBalance>(),
    ]
}

fn tag<D: Routed>() -> Tag {
    TagBuilder::new().name(D::KIND.plural()).description(Some(D::ROUTES.are)).build()
}

/// A kind of document, and what its routes have of their own. Its tag is the segment of its paths.
trait Routed: DocumentType<New: ShopOperation<Output = Self>> {
    /// What voids one.
    type Void: From<Void<Self::Id>> + ShopOperation<Output = Self> + Send;

    /// What the routes have of their own.
    const ROUTES: Routes<Self>;
}

struct Routes<D: DocumentType> {
    /// What they are.
    are: &'static str,
    /// One of them, in words.
    one: &'static str,
    /// What adding one does.
    adds: &'static str,
    add_refusals: &'static str,
    /// What voiding one does.
    voids: &'static str,
    void_refusals: &'static str,
    /// What an explanation of one lists.
    explains: &'static str,
    /// Sets whether one to add may exceed the customer's credit limit, if it can.
    set_over_limit: Option<fn(&mut D::New, bool)>,
    /// Whether lists can be filtered by payment status.
    has_status: bool,
    /// Whether the path of the shop's list names the shop.
    names_shop: bool,
}

impl Routed for Invoice {
    type Void = Void<InvoiceId>;

    const ROUTES: Routes<Self> = Routes {
        are: "Sales on credit",
        one: "an invoice",
        adds: "Credit on the customer's account is applied to it immediately.",
        add_refusals: "`number_taken`, `credit_limit_exceeded`, `period_locked`",
        voids: "From the date of the void, the invoice is no longer owed. The payments allocated to it are \
                reallocated immediately.",
        void_refusals: "`already_void`, `has_credit_notes`, `period_locked`",
        explains: "Lists the allocations that paid it and the outstanding amount, and describes them in sentences.",
        set_over_limit: Some(|new, over_limit| new.over_limit = over_limit),
        has_status: true,
        names_shop: false,
    };
}

impl Routed for Receipt {
    type Void = Void<ReceiptId>;

    const ROUTES: Routes<Self> = Routes {
        are: "Payments received",
        one: "a receipt",
        adds: "Applied to the given allocations first, then to the oldest due invoices. The remainder stays on \
               account.",
        add_refusals: "`number_taken`, `period_locked`",
        voids: "From the date of the void, its allocations are reversed. Other credit on account is applied in its \
                place.",
        void_refusals: "`already_void`, `period_locked`",
        explains: "Lists its allocations and the unapplied amount, and describes them in sentences.",
        set_over_limit: None,
        has_status: false,
        names_shop: true,
    };
}

impl Routed for CreditNote {
    type Void = Void<CreditNoteId>;

    const ROUTES: Routes<Self> = Routes {
        are: "Returns and price reductions",
        one: "a credit note",
        adds: "On an invoice, on several, or on none of a customer. Applied to its invoices first, then to the oldest due \
               invoices. The remainder stays on account.",
        add_refusals: "`number_taken`, `period_locked`",
        voids: "From the date of the void, its allocations are reversed. Other credit on account is applied in its \
                place.",
        void_refusals: "`already_void`, `period_locked`",
        explains: "Lists its allocations and the unapplied amount, and describes them in sentences.",
        set_over_limit: None,
        has_status: false,
        names_shop: false,
    };
}

impl Routed for DebitNote {
    type Void = Void<DebitNoteId>;

    const ROUTES: Routes<Self> = Routes {
        are: "Late fees, price increases and other charges",
        one: "a debit note",
        adds: "More that is owed, on an invoice or by itself. Credit on the customer's account is applied to it \
               immediately.",
        add_refusals: "`number_taken`, `period_locked`",
        voids: "From the date of the void, the debit note is no longer owed. The payments allocated to it are \
                reallocated immediately.",
        void_refusals: "`already_void`, `period_locked`",
        explains: "Lists the allocations that paid it and the outstanding amount, and describes them in sentences.",
        set_over_limit: None,
        has_status: true,
        names_shop: false,
    };
}

impl Routed for Refund {
    type Void = Void<RefundId>;

    const ROUTES: Routes<Self> = Routes {
        are: "Payments given back",
        one: "a refund",
        adds: "Takes credit on account, the oldest first. More than is on account is a 422 with `beyond_on_account`.",
        add_refusals: "`number_taken`, `period_locked`",
        voids: "From the date of the void, what was given back is on account again.",
        void_refusals: "`already_void`, `period_locked`",
        explains: "Lists the credits that it gave back, and describes them in sentences.",
        set_over_limit: None,
        has_status: false,
        names_shop: false,
    };
}

impl Routed for WriteOff {
    type Void = Void<WriteOffId>;

    const ROUTES: Routes<Self> = Routes {
        are: "Settlements and bad debts",
        one: "a write-off",
        adds: "Closes the debits of the given allocations first, then the oldest due ones. It is neither a sale nor a \
               receipt. More than is owed is a 422 with `beyond_owed`.",
        add_refusals: "`number_taken`, `period_locked`",
        voids: "From the date of the void, what it closed is owed again.",
        void_refusals: "`already_void`, `period_locked`",
        explains: "Lists the debits that it closed, and describes them in sentences.",
        set_over_limit: None,
        has_status: false,
        names_shop: false,
    };
}

impl Routed for OpeningBalance {
    type Void = Void<OpeningBalanceId>;

    const ROUTES: Routes<Self> = Routes {
        are: "Balances from before the book began",
        one: "an opening balance",
        adds: "Of a customer who has none. If the customer owed, credit on account is applied to it immediately; if the shop \
               did, it is applied to the oldest due invoices.",
        add_refusals: "`has_opening_balance`, `number_taken`, `period_locked`",
        voids: "From the date of the void, it is neither owed nor on account. Another one can be added.",
        void_refusals: "`already_void`, `period_locked`",
        explains: "Lists its allocations and the open amount, and describes them in sentences.",
        set_over_limit: None,
        has_status: false,
        names_shop: false,
    };
}

pub(super) const DRY_RUN: (&str, &str) = (
    "dryRun",
    "Whether only to answer what would come of it, with 200, and to post nothing. Defaults to `false`",
);

fn routes<D: Routed>() -> OpenApiRouter<App> {
    let Routes { one, adds, add_refusals, voids, void_refusals, explains, .. } = D::ROUTES;
    let (name, tag) = (D::KIND.as_str(), D::KIND.plural());
    let add_route = Operation::post(format!("/api/{tag}/add"))
        .named(tag, format!("add_{name}"), format!("Add {one}"))
        .about(adds);
    let add_route = match D::ROUTES.set_over_limit {
        None => add_route,
        Some(_) => add_route.flag(
            "overLimit",
            "Whether the invoice may exceed the customer's credit limit. Defaults to `false`",
        ),
    };
    let add_route = add_route
        .flag(DRY_RUN.0, DRY_RUN.1)
        .params::<IdempotencyKeyHeader>()
        .body::<D::New>()
        .answers::<D>("201", &["Location", "ETag"])
        .refuses(add_refusals);
    let get_route = Operation::get(format!("/api/{tag}/{{id}}"))
        .named(tag, format!("get_{name}"), format!("Get {one}"))
        .id("id", None)
        .params::<IfNoneMatchHeader>()
        .answers::<D>("200", &[]);
    let void_route = Operation::post(format!("/api/{tag}/{{id}}/void"))
        .named(tag, format!("void_{name}"), format!("Void {one}"))
        .about(voids)
        .id("id", None)
        .flag(DRY_RUN.0, DRY_RUN.1)
        .params::<IdempotencyKeyHeader>()
        .body::<VoidTerms>()
        .answers::<D>("200", &["ETag"])
        .refuses(void_refusals);
    let explain_route = Operation::get(format!("/api/{tag}/{{id}}/explain"))
        .named(tag, format!("explain_{name}"), format!("Explain {one}"))
        .about(explains)
        .id("id", None)
        .params::<IfNoneMatchHeader>()
        .answers::<ExplainedItem>("200", &[]);
    OpenApiRouter::default()
        .routes(add_route.by(post(add::<D>)))
        .merge(lists::<D>())
        .routes(get_route.by(get(get_one::<D>)))
        .routes(void_route.by(post(void::<D>)))
        .routes(explain_route.by(get(explain::<D>)))
}

fn lists<D: Routed>() -> OpenApiRouter<App> {
    let (name, tag) = (D::KIND.as_str(), D::KIND.plural());
    let words = ItemKind::from(D::KIND).in_words();
    let filtered = |list: Operation| {
        let list = list.about("Newest first.").params::<DocumentsParams>();
        let list = match D::ROUTES.has_status {
            true => list.query::<ChoiceSchema<InvoiceStatus>>("status", "Payment status to return"),
            false => list,
        };
        list.params::<PageParams>().lists::<D>()
    };
    let of_customer = Operation::get(format!("/api/{tag}/customer/{{customerId}}"))
        .named(tag, format!("list_{name}s_of_customer"), format!("List a customer's {words}s"))
        .id("customerId", None);
    let of_shop = match D::ROUTES.names_shop {
        true => Operation::get(format!("/api/{tag}/shop/{{shopOwnerId}}"))
            .id("shopOwnerId", Some("Id of the authenticated shop owner")),
        false => Operation::get(format!("/api/{tag}/shop")),
    };
    let of_shop = of_shop.named(tag, format!("list_{name}s"), format!("List the shop's {words}s"));
    OpenApiRouter::default()
        .routes(filtered(of_customer).by(get(list_of_customer::<D>)))
        .routes(filtered(of_shop).by(get(list_of_shop::<D>)))
}

async fn add<D: Routed>(
    Caller(shop): Caller,
    query: Query,
    key: KeyHeader,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let key = key.key()?;
    let form = body.form()?;
    let (flags, mut new) = both(Flags::read::<D>(query), D::New::from_form(form, shop.currency()))?;
    if let Some(set) = D::ROUTES.set_over_limit {
        set(&mut new, flags.over_limit);
    }
    if flags.dry_run {
        return Ok(Answer::ok(&Wire(&shop.preview(new).await?, shop.currency())));
    }
    let added = shop.perform(new, key).await?;
    let path = format!("/api/{}/{}", D::KIND.plural(), added.value.id());
    let body = Wire(&added.value, shop.currency());
    Ok(Answer::created(&path, &body).version_by_body().replayed(added.replayed))
}

/// What the query of a posting says.
struct Flags {
    over_limit: bool,
    dry_run: bool,
}

impl Flags {
    fn read<D: Routed>(query: Query) -> Result<Self, Error> {
        let mut form = query.form();
        let over_limit = match D::ROUTES.set_over_limit {
            Some(_) => form.optional("overLimit", form::text(boolean)),
            None => Some(None),
        };
        let dry_run = form.optional(DRY_RUN.0, form::text(boolean));
        let flags = over_limit.zip(dry_run).map(|(over_limit, dry_run)| Self {
            over_limit: over_limit.unwrap_or_default(),
            dry_run: dry_run.unwrap_or_default(),
        });
        form.finish(flags)
    }
}

pub(super) fn dry_run(query: Query) -> Result<bool, Error> {
    let mut form = query.form();
    let dry_run = form.optional(DRY_RUN.0, form::text(boolean));
    form.finish(dry_run.map(Option::unwrap_or_default))
}

async fn list_of_customer<D: Routed>(
    State(app): State<App>,
    Caller(shop): Caller,
    id: PathId,
    query: Query,
) -> Result<Answer, Problem> {
    let customer: CustomerId = id.read()?;
    let path = format!("/api/{}/customer/{customer}", D::KIND.plural());
    list::<D>(&app, &shop, path, Some(customer), query).await
}

async fn list_of_shop<D: Routed>(
    State(app): State<App>,
    Caller(shop): Caller,
    id: PathId,
    query: Query,
) -> Result<Answer, Problem> {
    let path = format!("/api/{}/shop", D::KIND.plural());
    if !D::ROUTES.names_shop {
        return list::<D>(&app, &shop, path, None, query).await;
    }
    let owner: OwnerId = id.read()?;
    if owner != shop.id() {
        return Err(Error::NotFound.into());
    }
    list::<D>(&app, &shop, format!("{path}/{owner}"), None, query).await
}

async fn list<D: Routed>(
    app: &App,
    shop: &Shop,
    path: String,
    customer: Option<CustomerId>,
    query: Query,
) -> Result<Answer, Problem> {
    let list = app.list(shop.id(), path);
    let asked = list.asked::<u64>(query);
    let page = page::<D>(shop, filter::<D>(asked.form, customer, asked.place)).await;
    let page = path_first(shop, customer, page).await?;
    let link = page.next.map(|place| list.next(asked.params, place));
    Ok(Answer::ok(&WireList(&page.items, shop.currency())).next_page(link))
}

async fn page<D: Routed>(shop: &Shop, filter: Result<DocumentFilter, Error>) -> Result<Page<D, u64>, Error> {
    shop.documents(&filter?).await
}

/// Reads the filters. `before` is the place in a cursor.
fn filter<D: Routed>(
    mut form: form::Form,
    customer: Option<CustomerId>,
    before: Option<u64>,
) -> Result<DocumentFilter, Error> {
    let status = match D::ROUTES.has_status {
        true => form.optional("status", form::text(InvoiceStatus::parse)),
        false => Some(None),
    };
    let from = form.optional("from", form::date);
    let to = form.optional("to", form::date);
    let limit = form.optional("limit", form::text(Limit::parse));
    let filter = (|| {
        let (from, to, limit) = (from?, to?, limit?.unwrap_or_default());
        Some(DocumentFilter { customer, from, to, status: status?, before, limit })
    })();
    form.finish(filter)
}

async fn get_one<D: Routed>(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    let document: D = shop.document(id.read()?).await?;
    query.none()?;
    Ok(Answer::ok(&Wire(&document, shop.currency())).unless_same(&if_none_match))
}

async fn void<D: Routed>(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    key: KeyHeader,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let document: D::Id = id.read()?;
    let asked = Asked { query, key, body };
    asked.about(&shop, document, move |terms: VoidTerms| D::Void::from(Void { document, terms })).await
}

/// A request for something that becomes of a document.
pub(super) struct Asked {
    pub(super) query: Query,
    pub(super) key: KeyHeader,
    pub(super) body: JsonBody,
}

impl Asked {
    /// Reads the body, and performs the operation, or previews it.
    pub(super) async fn about<D, T, O>(
        self,
        shop: &Shop,
        document: D::Id,
        operation: impl FnOnce(T) -> O + Send,
    ) -> Result<Answer, Problem>
    where
        D: DocumentType,
        T: Input + Send,
        O: ShopOperation<Output = D> + Send,
    {
        let (key, dry_run, terms) = match self.read::<T>(shop) {
            Ok(asked) => asked,
            Err(problem) => return Err(missing::<D>(shop, document).await.unwrap_or(problem)),
        };
        let operation = operation(terms);
        if dry_run {
            return Ok(Answer::ok(&Wire(&shop.preview(operation).await?, shop.currency())));
        }
        match shop.perform(operation, key).await {
            Ok(done) => {
                let body = Wire(&done.value, shop.currency());
                Ok(Answer::ok(&body).version_by_body().replayed(done.replayed))
            }
            Err(error @ Error::IdempotencyMismatch) => {
                Err(missing::<D>(shop, document).await.unwrap_or_else(|| error.into()))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn read<T: Input>(self, shop: &Shop) -> Result<(Option<IdempotencyKey>, bool, T), Problem> {
        let key = self.key.key()?;
        let form = self.body.form()?;
        let (dry_run, terms) = both(dry_run(self.query), T::from_form(form, shop.currency()))?;
        Ok((key, dry_run, terms))
    }
}

/// The problem with the document in the path, which comes before what is wrong with the rest of a request.
async fn missing<D: DocumentType>(shop: &Shop, id: D::Id) -> Option<Problem> {
    shop.document::<D>(id).await.err().map(Problem::from)
}

async fn explain<D: Routed>(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    let id: D::Id = id.read()?;
    let explained = shop.explain_document(D::KIND, id.into()).await?;
    query.none()?;
    Ok(Answer::ok(&Wire(&explained, shop.currency())).unless_same(&if_none_match))
}

/// The result, unless the query is wrong and the customer in the path isn't there: that comes first.
pub(super) async fn path_first<T>(
    shop: &Shop,
    customer: Option<CustomerId>,
    result: Result<T, Error>,
) -> Result<T, Error> {
    if let (Err(Error::Invalid(_)), Some(customer)) = (&result, customer) {
        shop.customer(customer).await?;
    }
    result
}
