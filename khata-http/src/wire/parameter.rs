//! Parameters that several operations have, as OpenAPI describes them.

use utoipa::IntoParams;

use super::schema;

/// For requests that create something.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header that is read as such")]
pub(crate) struct IdempotencyKeyHeader {
    /// Key of this request, 1 to 255 visible ASCII characters. The same request with the same key is not executed again:
    /// the first response is repeated.
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
    /// `ETag` of the version that the change is based on.
    #[param(rename = "If-Match", required = false)]
    if_match: String,
}

/// For requests that read something.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header that is read as such")]
pub(crate) struct IfNoneMatchHeader {
    /// `ETag` of the version that the client has.
    #[param(rename = "If-None-Match", required = false)]
    if_none_match: String,
}

/// For lists.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes a query that is read as a form")]
pub(crate) struct PageParams {
    /// Maximum number of items to return.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// Cursor of the next page, from the `Link` header of the previous one. It includes the other parameters.
    cursor: Option<String>,
}

/// For statements.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes a query that is read as a form")]
pub(crate) struct PeriodParams {
    /// First day of the period. By default, the statement begins with the account.
    from: Option<schema::DateInput>,
    /// Last day of the period. Defaults to today, or to `from` if that is later.
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
    /// Maximum number of entries to return.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// Maximum number of seconds to wait for an entry if there is none yet. The server's request timeout may shorten it.
    #[param(minimum = 0, maximum = 30, default = 0)]
    wait: Option<u16>,
}

/// For exports.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes a query that is read as a form")]
pub(crate) struct ExportParams {
    /// File format.
    #[param(inline)]
    format: ExportFormat,
    /// Table to export. Required with `format=csv`, and only valid with it.
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
    DebitNotes,
    Refunds,
    WriteOffs,
    Allocations,
}

/// For lists of customers.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes a query that is read as a form")]
pub(crate) struct CustomersParams {
    /// Search words. Each must be the beginning of a word of the name, firm name, tags or mobile number.
    #[param(max_length = 200)]
    q: Option<String>,
    /// A tag that the customers have, without regard to case and accents.
    #[param(max_length = 40)]
    tag: Option<String>,
    /// Sort order: latest entry first, by name, or largest balance first.
    #[param(inline)]
    sort: Option<Sort>,
    /// Whether to return archived customers instead of active ones.
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
    /// Earliest document date to return.
    from: Option<schema::DateInput>,
    /// Latest document date to return.
    to: Option<schema::DateInput>,
}
