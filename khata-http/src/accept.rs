//! What form an answer should have: `Accept` (RFC 9110, section 12.5.1).

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::http::request::Parts;

/// Whether the client asked for CSV rather than JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accept {
    pub(crate) csv: bool,
}

impl Accept {
    /// CSV must be named and be liked better: JSON is what everybody gets who doesn't mind.
    fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
        let ranges: Vec<_> = lines.flat_map(|line| line.split(',')).filter_map(read_range).collect();
        let csv = weight(&ranges, &["text/csv"]);
        let json = weight(&ranges, &["application/json", "application/*", "*/*"]);
        Self { csv: csv > json }
    }
}

/// How much is liked what the first of these that is named stands for, in thousandths.
fn weight(ranges: &[(String, u16)], names: &[&str]) -> u16 {
    let found = names.iter().find_map(|name| ranges.iter().find(|(range, _)| range == name));
    found.map_or(0, |(_, weight)| *weight)
}

/// A range in lower case with its weight; parameters but `q` are passed over.
fn read_range(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next()?.to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((range, weight.map_or(Some(1000), read_weight)?))
}

/// `0` to `1` with at most three digits after the point.
fn read_weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{fraction:0<3}");
    let sound = fraction.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u16 = digits.parse().ok().filter(|_| sound)?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

impl<S: Sync> FromRequestParts<S> for Accept {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn csv(accept: &'static str) -> bool {
        Accept::of(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))])).csv
    }

    #[test]
    fn csv_is_for_who_likes_it_better() {
        for yes in [
            "text/csv",
            "Text/CSV; charset=utf-8",
            "text/csv, */*;q=0.1",
            "application/json;q=0.5, text/csv;q=0.501",
            "text/csv, application/json;q=0",
        ] {
            assert!(csv(yes), "{yes}");
        }
    }

    #[test]
    fn everybody_else_gets_json() {
        assert!(!Accept::of(&HeaderMap::new()).csv);
        for no in [
            "",
            "*/*",
            "text/*",
            "text/html",
            "application/json",
            "text/csv;q=0",
            "text/csv;q=2",
            "text/csv;q=0.1234",
            "text/csv;q=-1",
            "text/csv, application/json",
            "text/csv;q=0.5, */*",
            "application/json;q=0.5, text/csv;q=0.5, */*;q=0.1",
        ] {
            assert!(!csv(no), "{no}");
        }
    }
}
