//! Parameters that several operations have, as OpenAPI describes them.

use utoipa::IntoParams;

use super::schema;

/// For requests that create something.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header that is read as such")]
pub(crate) struct IdempotencyKeyHeader {
    /// A name for this request, 1 to 255 visible ASCII characters. The same request sent again under it is not done
    /// again, but answered as the first time.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$"
    )]
    idempotency_key: String,
}

/// For requests that change something.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header that is read as such")]
pub(crate) struct IfMatchHeader {
    /// The `ETag` of the version that the change is based on.
    #[param(rename = "If-Match", required = false)]
    if_match: String,
}

/// For requests that read something.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header that is read as such")]
pub(crate) struct IfNoneMatchHeader {
    /// The `ETag` of the version that the client has.
    #[param(rename = "If-None-Match", required = false)]
    if_none_match: String,
}

/// For lists.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes a query that is read as a form")]
pub(crate) struct PageParams {
    /// At most so many rows.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// Where to go on; it comes out of the `Link` of the page before and brings the other parameters with it.
    cursor: Option<String>,
}

/// For statements.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes a query that is read as a form")]
pub(crate) struct PeriodParams {
    /// The first day; without one, the statement begins with the account.
    from: Option<schema::DateInput>,
    /// The last day; today if absent, or `from` if that is later.
    to: Option<schema::DateInput>,
}

/// For the change feed.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes a query that is read as a form")]
pub(crate) struct EntriesParams {
    /// Only entries with a higher `seq`.
    #[param(minimum = 0, default = 0)]
    after: Option<u64>,
    /// At most so many entries.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// If there is none yet, wait up to so many seconds for one; less if the server gives requests less time.
    #[param(minimum = 0, maximum = 30, default = 0)]
    wait: Option<u16>,
}

/// For exports.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes a query that is read as a form")]
pub(crate) struct ExportParams {
    /// How to write the book.
    #[param(inline)]
    format: ExportFormat,
    /// Which table, of `csv`.
    #[param(inline)]
    table: Option<ExportTable>,
}

#[derive(utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes the library's `Format`")]
enum ExportFormat {
    Json,
    Csv,
    Hledger,
    Beancount,
}

#[derive(utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes the library's `Table`")]
enum ExportTable {
    Customers,
    Entries,
    Invoices,
    Receipts,
    CreditNotes,
    Allocations,
}

/// For lists of customers.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes a query that is read as a form")]
pub(crate) struct CustomersParams {
    /// Only those of whose name, firm or mobile number a word begins with each word of this.
    #[param(max_length = 200)]
    q: Option<String>,
    /// By the last entry, by name, or the largest balance first.
    #[param(inline)]
    sort: Option<Sort>,
    /// Only those in the archive, or only the others.
    archived: Option<bool>,
}

#[derive(utoipa::ToSchema)]
#[schema(rename_all = "lowercase", default = "recent")]
#[expect(dead_code, reason = "it describes the library's `CustomerOrder`")]
enum Sort {
    Recent,
    Name,
    Balance,
}

/// For lists of documents.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes a query that is read as a form")]
pub(crate) struct DocumentsParams {
    /// Only those dated on or after this.
    from: Option<schema::DateInput>,
    /// Only those dated on or before this.
    to: Option<schema::DateInput>,
}
