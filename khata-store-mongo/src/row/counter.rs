//! `counters`.

use khata_core::calendar::FinancialYear;
use khata_core::id::OwnerId;
use khata_core::number::{DocumentKind, Series};
use serde::{Deserialize, Serialize};

use super::{Row, SeriesKey, named, read, signed, unsigned};
use crate::error::Unreadable;
use crate::schema::{COUNTERS, Collection};

/// The last number that a series gave out.
#[derive(Debug, Deserialize)]
pub(crate) struct CounterRow {
    #[serde(rename = "_id")]
    key: SeriesKey,
    last: i64,
}

impl Row for CounterRow {
    const COLLECTION: &'static Collection = &COUNTERS;
}

impl TryFrom<CounterRow> for ((OwnerId, Series), u64) {
    type Error = Unreadable;

    fn try_from(row: CounterRow) -> Result<Self, Unreadable> {
        let owner = OwnerId::from_uuid(row.key.owner_id.into());
        Ok(((owner, series(&row.key.kind, row.key.year)?), unsigned("counters.last", row.last)?))
    }
}

/// A counter, set to this.
#[derive(Debug, Serialize)]
pub(crate) struct CounterChange {
    last: i64,
}

impl CounterChange {
    pub(crate) fn to(last: u64) -> Self {
        Self { last: signed(last) }
    }
}

/// A series by its kind's name and the year that it starts in.
pub(super) fn series(kind: &str, year: i64) -> Result<Series, Unreadable> {
    Ok(Series {
        kind: named("kind", DocumentKind::parse_str(kind))?,
        year: FinancialYear::from_start_year(read("year", u16::try_from(year))?),
    })
}
