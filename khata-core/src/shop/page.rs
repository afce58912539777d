//! Pagination by key, never by offset: rows that keep their position are neither repeated nor missed while others move.

use crate::error::Violation;

/// Maximum number of items to return, from 1 to 500.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit(u16);

impl Limit {
    /// Maximum limit.
    pub const MAX: Self = Self(500);

    /// Creates a limit from a number of rows.
    ///
    /// # Errors
    /// `invalid_limit`.
    pub fn new(rows: u16) -> Result<Self, Violation> {
        if (1..=Self::MAX.0).contains(&rows) { Ok(Self(rows)) } else { Err(Self::fault()) }
    }

    /// Parses a number of rows in decimal digits.
    ///
    /// # Errors
    /// `invalid_limit`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).ok_or_else(Self::fault).and_then(Self::new)
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.into()
    }

    /// Returns the limit for a query of the store: one more row shows that there is another page.
    pub(crate) fn one_more(self) -> u32 {
        self.get() + 1
    }

    fn fault() -> Violation {
        Violation::new("invalid_limit", "must be a number from 1 to 500")
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(100)
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, P> {
    /// Items of this page.
    pub items: Vec<T>,
    /// Position after which the next page begins, if there is one.
    pub next: Option<P>,
}

impl<T, P> Page<T, P> {
    /// Creates a page of the first `limit` rows. If there are more, the next page begins after the last of them.
    pub(crate) fn cut(mut items: Vec<T>, limit: Limit, place: impl FnOnce(&T) -> P) -> Self {
        let most = limit.get() as usize;
        let more = items.len() > most;
        items.truncate(most);
        let next = items.last().filter(|_| more).map(place);
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_plain_number_from_1_to_500() {
        for bad in ["", "0", "501", "-1", "+5", "1.0", "1e2", "٣", " 5", "99999999999"] {
            assert_eq!(Limit::parse(bad).unwrap_err().code, "invalid_limit", "{bad:?}");
        }
        assert_eq!(Limit::parse("500").unwrap(), Limit::MAX);
    }

    #[test]
    fn a_page_has_a_next_one_only_if_there_is_more() {
        let limit = Limit::new(2).unwrap();
        assert_eq!(Page::cut(vec![1, 2], limit, |last| *last).next, None);
        assert_eq!(Page::cut(vec![1, 2, 3], limit, |last| *last), Page { items: vec![1, 2], next: Some(2) });
    }
}
