//! Counters of a shop's automatic document numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::number::Series;

/// The last assigned number of each series of a shop. There are few series: one per document kind and financial year.
///
/// Its serialized form is an object of document kinds, each an object of the start years of financial years:
/// `{"invoice":{"2025":118,"2026":41}}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Counters(BTreeMap<Series, u64>);

impl Counters {
    /// Returns the last assigned number of a series, or 0 if there is none.
    #[must_use]
    pub fn last(&self, series: Series) -> u64 {
        self.0.get(&series).copied().unwrap_or_default()
    }

    /// Sets the last assigned number of a series, 0 if there is none.
    pub fn set(&mut self, series: Series, last: u64) {
        if last == 0 {
            self.0.remove(&series);
        } else {
            self.0.insert(series, last);
        }
    }

    /// Returns the series with an assigned number.
    pub fn series(&self) -> impl Iterator<Item = Series> {
        self.0.keys().copied()
    }
}

/// The serialized form, with text keys, since not every format supports others.
#[derive(Clone, Serialize, Deserialize)]
struct Written(BTreeMap<String, BTreeMap<String, u64>>);

impl From<Counters> for Written {
    fn from(counters: Counters) -> Self {
        let mut kinds: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (Series { kind, year }, last) in counters.0 {
            kinds.entry(kind.to_string()).or_default().insert(year.start_year().to_string(), last);
        }
        Self(kinds)
    }
}

impl TryFrom<Written> for Counters {
    type Error = String;

    fn try_from(Written(kinds): Written) -> Result<Self, Self::Error> {
        let mut counters = Self::default();
        for (kind, years) in kinds {
            for (year, last) in years {
                let number = year.parse().ok().filter(|number: &i64| number.to_string() == year);
                let series = number.and_then(|number| Series::from_parts(&kind, number).ok());
                counters.set(series.ok_or_else(|| format!("{kind} of {year} is not a series"))?, last);
            }
        }
        Ok(counters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::FinancialYear;
    use crate::number::DocumentKind;

    #[test]
    fn they_are_written_by_kind_and_year_and_read_again() {
        let series = |kind, year| Series { kind, year: FinancialYear::from_start_year(year) };
        let mut counters = Counters::default();
        counters.set(series(DocumentKind::Receipt, 2026), 3);
        counters.set(series(DocumentKind::Invoice, 2026), 41);
        counters.set(series(DocumentKind::Invoice, 1999), 118);
        let text = serde_json::to_string(&counters).unwrap();
        assert_eq!(text, r#"{"invoice":{"1999":118,"2026":41},"receipt":{"2026":3}}"#);
        assert_eq!(serde_json::from_str::<Counters>(&text).unwrap(), counters);
        assert_eq!(serde_json::from_str::<Counters>("{}").unwrap(), Counters::default());
        assert_eq!(counters.last(series(DocumentKind::Invoice, 1999)), 118);
        assert_eq!(counters.last(series(DocumentKind::CreditNote, 2026)), 0);
    }

    #[test]
    fn what_is_no_series_or_number_is_refused() {
        for text in [
            r#"{"bill":{"2026":1}}"#,
            r#"{"invoice":{"26-27":1}}"#,
            r#"{"invoice":{"+2026":1}}"#,
            r#"{"invoice":{"2026":-1}}"#,
            "[]",
        ] {
            assert!(serde_json::from_str::<Counters>(text).is_err(), "{text}");
        }
    }
}
