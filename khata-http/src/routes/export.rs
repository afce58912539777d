//! `/api/export`: the whole book as text.

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::stream;
use khata_core::error::Error;
use khata_core::export::{Export, Format};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::query::Query;
use crate::wire::parameter::ExportParams;

pub(super) fn guarded() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(export))
}

/// Export the whole book
///
/// Includes everything up to the last entry at the start of the response. `json` is JSON Lines with the whole book except
/// passwords and sessions, and can be imported again. If the export fails midway, the connection is closed before the end
/// of the body. It needs a login within the last 5 minutes.
#[utoipa::path(
    get, path = "/api/export", tag = "export",
    operation_id = "export_book",
    params(ExportParams),
    responses(
        (
            status = 200,
            content((String = "application/jsonl"), (String = "text/csv"), (String = "text/plain")),
            headers(("Content-Disposition" = String))
        ),
        (status = 403, description = "`csrf`, or `reauthentication_required`"),
    )
)]
async fn export(Caller(shop): Caller, query: Query) -> Result<Response, Problem> {
    let format = Format::from_form(query.form())?;
    let mut export = shop.export(format).await?;
    // The first rows are read before the answer begins: what is wrong can still be told.
    let first = first(&mut export).await?;
    let chunks = stream::try_unfold((Some(first), export), |(first, mut export)| async {
        let chunk = match first {
            Some(first) => Some(first),
            None => next(&mut export).await?,
        };
        Ok::<_, Error>(chunk.map(|chunk| (chunk, (None, export))))
    });
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", format.file_name()));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(format.media_type())),
        (CONTENT_DISPOSITION, disposition.expect("the name is ASCII")),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

/// What is made of the head, and of the first page of rows.
async fn first(export: &mut Export) -> Result<Bytes, Error> {
    let mut bytes = export.next_chunk().await?.unwrap_or_default();
    bytes.extend(export.next_chunk().await?.unwrap_or_default());
    Ok(bytes.into())
}

async fn next(export: &mut Export) -> Result<Option<Bytes>, Error> {
    let chunk = export.next_chunk().await;
    Ok(chunk.inspect_err(|error| tracing::warn!(%error, "an export is broken off"))?.map(Bytes::from))
}
