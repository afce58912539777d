//! Dates, timestamps, time zones and financial years.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};

use crate::error::Violation;
use crate::record::choice;
use crate::text::serde_as_text;

/// A calendar date from 1900-01-01 to 2199-12-31, as written on a document.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(NaiveDate);

serde_as_text!(Date, Date::parse_iso);

choice! {
    /// A day of the week.
    pub enum Weekday {
        /// Monday.
        Monday = "Monday",
        /// Tuesday.
        Tuesday = "Tuesday",
        /// Wednesday.
        Wednesday = "Wednesday",
        /// Thursday.
        Thursday = "Thursday",
        /// Friday.
        Friday = "Friday",
        /// Saturday.
        Saturday = "Saturday",
        /// Sunday.
        Sunday = "Sunday",
    }
}

impl Date {
    /// The earliest date.
    pub const MIN: Self = Self(NaiveDate::from_ymd_opt(1900, 1, 1).unwrap());

    /// The latest date.
    pub const MAX: Self = Self(NaiveDate::from_ymd_opt(2199, 12, 31).unwrap());

    /// Parses a date in the form `YYYY-MM-DD` or `DD/MM/YYYY`, with all digits.
    ///
    /// # Errors
    /// `invalid_date`, or `date_out_of_range`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        match *text.as_bytes() {
            [d1, d2, b'/', m1, m2, b'/', y1, y2, y3, y4] => {
                Self::from_digits([y1, y2, y3, y4], [m1, m2], [d1, d2])
            }
            _ => Self::parse_iso(text),
        }
    }

    /// Creates a date from a year, a month (from 1) and a day of the month (from 1).
    ///
    /// # Errors
    /// `invalid_date` if the calendar has no such day, or `date_out_of_range`.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Result<Self, Violation> {
        NaiveDate::from_ymd_opt(year, month, day).ok_or_else(invalid_date).and_then(Self::from_naive)
    }

    /// Creates a date from a chrono date.
    ///
    /// # Errors
    /// `date_out_of_range`.
    pub fn from_naive(date: NaiveDate) -> Result<Self, Violation> {
        if (Self::MIN.0..=Self::MAX.0).contains(&date) {
            Ok(Self(date))
        } else {
            let message = format!("must lie between {} and {}", Self::MIN, Self::MAX);
            Err(Violation::new("date_out_of_range", message))
        }
    }

    /// Returns the date as a chrono date.
    #[must_use]
    pub const fn naive(self) -> NaiveDate {
        self.0
    }

    /// Returns the day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        Weekday::ALL[self.0.weekday().num_days_from_monday() as usize]
    }

    /// Returns the number of days from another date to this one, negative if this one is earlier.
    #[must_use]
    pub fn days_since(self, other: Self) -> i64 {
        self.0.signed_duration_since(other.0).num_days()
    }

    /// Adds a number of days, which may be negative. Returns `None` if the result is out of range.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Option<Self> {
        let date = self.0.checked_add_signed(TimeDelta::try_days(days)?)?;
        Self::from_naive(date).ok()
    }

    /// Parses the form `YYYY-MM-DD` only.
    fn parse_iso(text: &str) -> Result<Self, Violation> {
        match *text.as_bytes() {
            [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => {
                Self::from_digits([y1, y2, y3, y4], [m1, m2], [d1, d2])
            }
            _ => Err(invalid_date()),
        }
    }

    fn from_digits(year: [u8; 4], month: [u8; 2], day: [u8; 2]) -> Result<Self, Violation> {
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_u16, |number, digit| {
                digit.is_ascii_digit().then(|| number * 10 + u16::from(digit - b'0'))
            })
        };
        match (number(&year), number(&month), number(&day)) {
            (Some(year), Some(month), Some(day)) => Self::from_ymd(year.into(), month.into(), day.into()),
            _ => Err(invalid_date()),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"0000-00-00";
        put_date(&mut text, self.0);
        f.write_str(ascii(&text))
    }
}

/// Puts a date of four digits of a year into the places of its digits.
fn put_date(text: &mut [u8; 10], date: NaiveDate) {
    put(&mut text[..4], date.year().unsigned_abs());
    put(&mut text[5..7], date.month());
    put(&mut text[8..], date.day());
}

/// Puts the last digits of a number into these places, with zeros before them. The formatter of the standard library takes
/// several times as long, and lists are full of dates and times.
fn put(places: &mut [u8], number: u32) {
    let mut left = number;
    for place in places.iter_mut().rev() {
        *place = b"0123456789"[(left % 10) as usize];
        left /= 10;
    }
}

fn ascii(text: &[u8]) -> &str {
    str::from_utf8(text).expect("digits and signs are ASCII")
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn invalid_date() -> Violation {
    Violation::new("invalid_date", "must be a day of the calendar, as YYYY-MM-DD or DD/MM/YYYY")
}

/// A point in time with millisecond precision (the precision of MongoDB), in the years 0 to 9999 (the range of RFC 3339).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(DateTime<Utc>);

serde_as_text!(Timestamp, Timestamp::parse);

impl Timestamp {
    /// The earliest timestamp: 0000-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(DateTime::from_timestamp_millis(-62_167_219_200_000).unwrap());

    /// The latest timestamp: 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(DateTime::from_timestamp_millis(253_402_300_799_999).unwrap());

    /// Returns the current time of the system clock. Code under test uses a [`Clock`] instead.
    #[must_use]
    pub fn now() -> Self {
        Self::from_datetime(Utc::now())
    }

    /// Creates a timestamp from milliseconds since 1970-01-01T00:00:00Z. Returns `None` if it is out of range.
    #[must_use]
    pub fn from_millis(millis: i64) -> Option<Self> {
        DateTime::from_timestamp_millis(millis)
            .map(Self)
            .filter(|moment| (Self::MIN..=Self::MAX).contains(moment))
    }

    /// Returns the milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// Creates a timestamp from a chrono time, truncated to milliseconds and clamped to the range.
    #[must_use]
    pub fn from_datetime(moment: DateTime<Utc>) -> Self {
        let end = if moment < Self::MIN.0 { Self::MIN } else { Self::MAX };
        Self::from_millis(moment.timestamp_millis()).unwrap_or(end)
    }

    /// Returns the timestamp as a chrono time.
    #[must_use]
    pub const fn datetime(self) -> DateTime<Utc> {
        self.0
    }

    /// Adds a duration, truncated to milliseconds. The result is at most [`MAX`](Self::MAX).
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.millis().saturating_add(millis)).unwrap_or(Self::MAX)
    }

    /// Returns the duration since another timestamp, or zero if this one is earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.millis() - earlier.millis()).unwrap_or(0))
    }

    /// Parses an RFC 3339 time.
    ///
    /// # Errors
    /// `invalid_timestamp`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .and_then(|moment| Self::from_millis(moment.timestamp_millis()))
            .ok_or_else(|| {
                Violation::new(
                    "invalid_timestamp",
                    "must be an RFC 3339 time such as 2026-11-24T08:16:20.123Z",
                )
            })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let (date, time) = text.split_first_chunk_mut().expect("it begins with the date");
        put_date(date, self.0.date_naive());
        put(&mut time[1..3], self.0.hour());
        put(&mut time[4..6], self.0.minute());
        put(&mut time[7..9], self.0.second());
        put(&mut time[10..13], self.0.timestamp_subsec_millis());
        f.write_str(ascii(&text))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A time zone of the IANA database. It decides on which date a shop is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeZone(chrono_tz::Tz);

serde_as_text!(TimeZone, TimeZone::parse);

impl Default for TimeZone {
    /// Asia/Kolkata.
    fn default() -> Self {
        Self::KOLKATA
    }
}

impl TimeZone {
    /// The time zone of India.
    pub const KOLKATA: Self = Self(chrono_tz::Tz::Asia__Kolkata);

    /// Parses a name of the IANA database, case-sensitively. Former names such as `Asia/Calcutta` are accepted.
    ///
    /// # Errors
    /// `invalid_time_zone`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        text.parse().map(Self).map_err(|_| {
            Violation::new(
                "invalid_time_zone",
                "must be a time zone of the IANA database such as Asia/Kolkata",
            )
        })
    }

    /// Returns the name in the IANA database.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Returns the date in this time zone at a point in time, clamped to the range of [`Date`].
    #[must_use]
    pub fn date_of(self, moment: Timestamp) -> Date {
        let date = moment.0.with_timezone(&self.0).date_naive();
        Date(date.clamp(Date::MIN.0, Date::MAX.0))
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An Indian financial year, from 1 April to 31 March, named by the year in which it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FinancialYear(u16);

impl FinancialYear {
    /// Returns the financial year of a date.
    #[must_use]
    pub fn of(date: Date) -> Self {
        let year = u16::try_from(date.0.year()).expect("a date lies between 1900 and 2199");
        Self(if date.0.month() >= 4 { year } else { year - 1 })
    }

    /// Returns the financial year that starts in April of a year.
    #[must_use]
    pub const fn from_start_year(year: u16) -> Self {
        Self(year)
    }

    /// Returns the year in which it starts.
    #[must_use]
    pub const fn start_year(self) -> u16 {
        self.0
    }

    /// Formats the years without the century: `26-27`.
    #[must_use]
    pub fn short(self) -> String {
        let (start, end) = self.last_digits();
        format!("{start:02}-{end:02}")
    }

    /// Formats the years without the century and the hyphen: `2627`.
    #[must_use]
    pub fn compact(self) -> String {
        let (start, end) = self.last_digits();
        format!("{start:02}{end:02}")
    }

    fn last_digits(self) -> (u16, u16) {
        let start = self.0 % 100;
        (start, (start + 1) % 100)
    }
}

impl fmt::Display for FinancialYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.0, self.last_digits().1)
    }
}

/// Source of the current time: the system, or a function in tests.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// Returns the system clock.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Timestamp::now)
    }

    /// Creates a clock that calls a function.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn moment(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn dates_are_read_in_two_forms() {
        assert_eq!(date("2026-11-24").to_string(), "2026-11-24");
        assert_eq!(date("24/11/2026"), date("2026-11-24"));
        assert_eq!(date("1900-01-01"), Date::MIN);
        assert_eq!(date("31/12/2199"), Date::MAX);
        assert_eq!(date("2024-02-29"), Date::from_ymd(2024, 2, 29).unwrap());
    }

    #[test]
    fn other_texts_are_no_dates() {
        for text in [
            "",
            "2026-02-29",
            "31/02/2026",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "2026-1-01",
            "1/1/2026",
            "01-02-2026",
            "2026/02/01",
            "24/11-2026",
            "2026-11-24 ",
            " 2026-11-24",
            "2026-11-24T00:00:00Z",
            "+026-11-24",
            "-026-11-24",
            "20261124",
            "२०२६-११-२४",
            "1900-02-29",
            "0000-13-01",
            "24/11/26",
        ] {
            assert_eq!(Date::parse(text).unwrap_err().code, "invalid_date", "{text}");
        }
        for text in ["1899-12-31", "2200-01-01", "0000-01-01", "01/01/9999"] {
            assert_eq!(Date::parse(text).unwrap_err().code, "date_out_of_range", "{text}");
        }
        assert_eq!(Date::from_ymd(2200, 1, 1).unwrap_err().code, "date_out_of_range");
        assert_eq!(Date::from_ymd(2026, 2, 29).unwrap_err().code, "invalid_date");
    }

    #[test]
    fn days_are_counted_and_named() {
        assert_eq!(date("2026-11-24").weekday(), Weekday::Tuesday);
        assert_eq!(date("2026-11-29").weekday(), Weekday::Sunday);
        assert_eq!(date("2024-03-01").days_since(date("2024-02-28")), 2);
        assert_eq!(date("2024-02-28").days_since(date("2024-03-01")), -2);
        assert_eq!(date("2026-12-31").plus_days(1), Some(date("2027-01-01")));
        assert_eq!(date("2027-01-01").plus_days(-1), Some(date("2026-12-31")));
        assert_eq!(Date::MAX.plus_days(1), None);
        assert_eq!(Date::MIN.plus_days(-1), None);
        assert_eq!(Date::MIN.plus_days(i64::MAX), None);
        assert_eq!(Date::MIN.plus_days(i64::MIN), None);
    }

    #[test]
    fn a_date_is_stored_in_one_form_only() {
        assert_eq!(serde_json::to_string(&date("24/11/2026")).unwrap(), "\"2026-11-24\"");
        assert_eq!(serde_json::from_str::<Date>("\"2026-11-24\"").unwrap(), date("2026-11-24"));
        for text in ["\"24/11/2026\"", "\"1899-12-31\"", "\"2026-02-29\"", "20261124"] {
            assert!(serde_json::from_str::<Date>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_have_milliseconds() {
        let text = "2026-11-24T08:16:20.123Z";
        assert_eq!(moment(text).to_string(), text);
        assert_eq!(moment("2026-11-24T13:46:20.123999+05:30").to_string(), text);
        assert_eq!(moment("2026-11-24T08:16:20Z").to_string(), "2026-11-24T08:16:20.000Z");
        assert_eq!(Timestamp::from_millis(-1).unwrap().to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::now().datetime().timestamp_subsec_nanos() % 1_000_000, 0);
        assert_eq!(serde_json::to_string(&moment(text)).unwrap(), format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Timestamp>(&format!("\"{text}\"")).unwrap(), moment(text));
        for text in ["", "2026-11-24", "2026-11-24T08:16:20", "yesterday"] {
            assert_eq!(Timestamp::parse(text).unwrap_err().code, "invalid_timestamp", "{text}");
        }
    }

    #[test]
    fn moments_end_where_rfc_3339_does() {
        assert_eq!(Timestamp::MIN.to_string(), "0000-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(Timestamp::MAX.millis() + 1), None);
        assert_eq!(Timestamp::from_millis(Timestamp::MIN.millis() - 1), None);
        assert_eq!(Timestamp::from_millis(i64::MAX), None);
        assert_eq!(Timestamp::from_datetime(DateTime::<Utc>::MAX_UTC), Timestamp::MAX);
        assert_eq!(Timestamp::from_datetime(DateTime::<Utc>::MIN_UTC), Timestamp::MIN);
        assert_eq!(Timestamp::MAX.plus(Duration::from_millis(1)), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.plus(Duration::MAX), Timestamp::MAX);
        let start = moment("2026-11-24T08:16:20.123Z");
        assert_eq!(start.plus(Duration::from_secs(60)).since(start), Duration::from_secs(60));
        assert_eq!(start.since(start.plus(Duration::from_secs(60))), Duration::ZERO);
    }

    #[test]
    fn the_shop_decides_which_day_it_is() {
        let late = moment("2027-03-31T20:00:00Z");
        assert_eq!(TimeZone::KOLKATA.date_of(late), date("2027-04-01"));
        assert_eq!(TimeZone::parse("America/New_York").unwrap().date_of(late), date("2027-03-31"));
        assert_eq!(FinancialYear::of(TimeZone::KOLKATA.date_of(late)).to_string(), "2027-28");
        assert_eq!(TimeZone::KOLKATA.date_of(moment("2026-03-31T18:29:59.999Z")), date("2026-03-31"));
        assert_eq!(TimeZone::KOLKATA.date_of(moment("2026-03-31T18:30:00Z")), date("2026-04-01"));
        assert_eq!(TimeZone::KOLKATA.date_of(Timestamp::MIN), Date::MIN);
        assert_eq!(TimeZone::KOLKATA.date_of(Timestamp::MAX), Date::MAX);
    }

    #[test]
    fn time_zones_are_known_by_their_name() {
        assert_eq!(TimeZone::parse("Asia/Kolkata").unwrap(), TimeZone::KOLKATA);
        assert_eq!(TimeZone::KOLKATA.name(), "Asia/Kolkata");
        assert_eq!(TimeZone::parse("Asia/Calcutta").unwrap().name(), "Asia/Calcutta");
        for text in ["", "IST", "Asia/Nowhere", "+05:30", " Asia/Kolkata"] {
            assert_eq!(TimeZone::parse(text).unwrap_err().code, "invalid_time_zone", "{text}");
        }
        assert_eq!(serde_json::to_string(&TimeZone::KOLKATA).unwrap(), "\"Asia/Kolkata\"");
        assert_eq!(serde_json::from_str::<TimeZone>("\"Asia/Kolkata\"").unwrap(), TimeZone::KOLKATA);
    }

    #[test]
    fn financial_years_start_in_april() {
        for (day, year) in [
            ("2026-03-31", "2025-26"),
            ("2026-04-01", "2026-27"),
            ("2027-03-31", "2026-27"),
            ("2000-01-01", "1999-00"),
            ("1900-01-01", "1899-00"),
            ("2199-12-31", "2199-00"),
        ] {
            assert_eq!(FinancialYear::of(date(day)).to_string(), year);
        }
        let year = FinancialYear::from_start_year(2026);
        assert_eq!((year.short().as_str(), year.compact().as_str()), ("26-27", "2627"));
        assert_eq!(FinancialYear::from_start_year(1999).short(), "99-00");
        assert_eq!(FinancialYear::from_start_year(2008).compact(), "0809");
        assert_eq!(serde_json::to_string(&year).unwrap(), "2026");
    }

    #[test]
    fn a_clock_can_be_set() {
        let noon = moment("2026-11-24T06:30:00Z");
        assert_eq!(Clock::new(move || noon).now(), noon);
        let before = Timestamp::now();
        assert!(Clock::system().now() >= before);
        assert_eq!(format!("{:?}", Clock::system()), "Clock { .. }");
    }

    proptest! {
        #[test]
        fn dates_read_back(days in 0_i64..=109_572) {
            let day = Date::MIN.plus_days(days).unwrap();
            prop_assert_eq!(Date::parse(&day.to_string()), Ok(day));
            prop_assert_eq!(Date::parse(&day.naive().format("%d/%m/%Y").to_string()), Ok(day));
            prop_assert_eq!(day.days_since(Date::MIN), days);
        }

        #[test]
        fn moments_read_back(millis in -62_167_219_200_000_i64..=253_402_300_799_999) {
            let moment = Timestamp::from_millis(millis).unwrap();
            prop_assert_eq!(moment.millis(), millis);
            prop_assert_eq!(Timestamp::parse(&moment.to_string()), Ok(moment));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9/-]{10}|.{0,12}") {
            let _ = Date::parse(&text);
        }
    }
}
