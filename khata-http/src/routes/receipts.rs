//! What becomes of receipts and credit notes only: a cheque bounces, a credit is allocated otherwise.

use axum::routing::post;
use khata_core::bounce::{Bounce, BounceTerms};
use khata_core::credit_note::CreditNote;
use khata_core::documents::DocumentType;
use khata_core::id::{CreditNoteId, ItemId, ReceiptId};
use khata_core::reallocation::{Reallocation, ReallocationTerms};
use khata_core::receipt::Receipt;
use khata_core::record::FormType;
use khata_core::shop::Operation as ShopOperation;
use utoipa_axum::router::OpenApiRouter;

use super::documents::{Asked, DRY_RUN};
use crate::answer::Answer;
use crate::app::App;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::idempotency::KeyHeader;
use crate::operation::Operation;
use crate::path::PathId;
use crate::problem::Problem;
use crate::query::Query;
use crate::wire::parameter::IdempotencyKeyHeader;

pub(super) fn guarded() -> OpenApiRouter<App> {
    let tag = Receipt::KIND.plural();
    let bounce_route = Operation::post(format!("/api/{tag}/{{id}}/bounce"))
        .named(tag, "bounce_receipt".to_owned(), "Bounce a cheque".to_owned())
        .about(
            "The receipt of a cheque that the bank did not pay is reversed: what it had paid is owed again, by the old due \
             dates. A charge is added by a debit note of the same transaction.",
        )
        .id("id", None)
        .flag(DRY_RUN.0, DRY_RUN.1)
        .params::<IdempotencyKeyHeader>()
        .body::<BounceTerms>()
        .answers::<Receipt>("200", &["ETag"])
        .refuses("`not_a_cheque`, `already_void`, `period_locked`");
    OpenApiRouter::default()
        .routes(bounce_route.by(post(bounce)))
        .routes(allocate_route::<Receipt>("a receipt").by(post(allocate::<Receipt, ReceiptId>)))
        .routes(allocate_route::<CreditNote>("a credit note").by(post(allocate::<CreditNote, CreditNoteId>)))
}

fn allocate_route<D: DocumentType>(one: &str) -> Operation {
    let (name, tag) = (D::KIND.as_str(), D::KIND.plural());
    Operation::post(format!("/api/{tag}/{{id}}/allocate"))
        .named(tag, format!("allocate_{name}"), format!("Allocate {one} otherwise"))
        .about(
            "From a day on, it pays these debits first in place of what it paid, then the oldest due ones. What it paid \
             before that day stays as it was.",
        )
        .id("id", None)
        .flag(DRY_RUN.0, DRY_RUN.1)
        .params::<IdempotencyKeyHeader>()
        .body::<ReallocationTerms>()
        .answers::<D>("200", &["ETag"])
        .refuses("`already_void`, `period_locked`")
}

async fn bounce(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    key: KeyHeader,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let receipt: ReceiptId = id.read()?;
    let asked = Asked { query, key, body };
    asked.about(&shop, receipt, move |terms: BounceTerms| Bounce { receipt, terms }).await
}

async fn allocate<D, Id>(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    key: KeyHeader,
    body: JsonBody,
) -> Result<Answer, Problem>
where
    D: DocumentType<Id = Id>,
    Id: FormType + Into<ItemId> + Copy + Send,
    Reallocation<Id>: ShopOperation<Output = D> + Send,
{
    let credit: Id = id.read()?;
    let asked = Asked { query, key, body };
    asked.about(&shop, credit, move |terms: ReallocationTerms| Reallocation { credit, terms }).await
}
