//! `counters`.

use khata_core::calendar::FinancialYear;
use khata_core::id::OwnerId;
use khata_core::number::{DocumentKind, Series};
use sqlx::FromRow;
use uuid::Uuid;

use super::{named, read, signed, unsigned};
use crate::error::Unreadable;

row! {
    /// The last number that a series gave out.
    #[derive(Debug, FromRow)]
    pub(crate) struct CounterRow {
        owner_id: Uuid,
        kind: String,
        year: i64,
        last: i64,
    }
}

impl From<&(OwnerId, Series, u64)> for CounterRow {
    fn from((owner, series, last): &(OwnerId, Series, u64)) -> Self {
        Self {
            owner_id: owner.uuid(),
            kind: series.kind.to_string(),
            year: series.year.start_year().into(),
            last: signed(*last),
        }
    }
}

impl TryFrom<CounterRow> for ((OwnerId, Series), u64) {
    type Error = Unreadable;

    fn try_from(row: CounterRow) -> Result<Self, Unreadable> {
        let owner = OwnerId::from_uuid(row.owner_id);
        Ok(((owner, series(&row.kind, row.year)?), unsigned("counters.last", row.last)?))
    }
}

/// A series by its kind's name and the year that it starts in.
pub(super) fn series(kind: &str, year: i64) -> Result<Series, Unreadable> {
    Ok(Series {
        kind: named("kind", DocumentKind::parse_str(kind))?,
        year: FinancialYear::from_start_year(read("year", u16::try_from(year))?),
    })
}
