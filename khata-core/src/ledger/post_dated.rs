//! Post-dated entries of a customer: those that are dated after today. They are recorded, and count from their day on.

use std::fmt::Write as _;

use crate::calendar::Date;
use crate::money::Money;
use crate::record::{FieldType, Record, TextFormat, Type, Typed, Unreadable, Value};

/// Maximum number of days for which a customer can have post-dated entries.
pub const POST_DATED_DAYS_MAX: usize = 366;

/// Sums of the entries that are dated after a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Record)]
pub struct PostDated {
    /// Sum of the debits.
    #[field(name = "debit")]
    pub debit: Money,
    /// Sum of the credits, without its sign.
    #[field(name = "credit")]
    pub credit: Money,
}

impl PostDated {
    /// Returns whether there is nothing on either side.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.debit.is_zero() && self.credit.is_zero()
    }

    /// Returns the amount that the entries add to the balance, or `None` on overflow.
    #[must_use]
    pub fn net(self) -> Option<Money> {
        self.debit.checked_sub(self.credit)
    }

    /// Adds a signed amount, a credit if it is negative. Returns `None` on overflow.
    #[must_use]
    pub fn plus(self, amount: Money) -> Option<Self> {
        if amount.is_negative() {
            Some(Self { credit: self.credit.checked_sub(amount)?, ..self })
        } else {
            Some(Self { debit: self.debit.checked_add(amount)?, ..self })
        }
    }

    /// Adds the sums of two. Returns `None` on overflow.
    pub(crate) fn and(self, other: Self) -> Option<Self> {
        Some(Self {
            debit: self.debit.checked_add(other.debit)?,
            credit: self.credit.checked_add(other.credit)?,
        })
    }
}

/// Sums of a customer's entries by day, as far as they were dated after the day on which the last entry was recorded. There
/// is at least one day.
///
/// Stores keep it as one text, days in descending order, so that it begins with the last of them: `date:debit:credit`
/// for each, in minor units, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostDatedDays {
    /// Last day first.
    days: Vec<(Date, PostDated)>,
    text: String,
}

/// The day or the amounts of an entry can't be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfRange;

impl PostDatedDays {
    fn new(days: Vec<(Date, PostDated)>) -> Option<Self> {
        let mut text = String::new();
        for (day, PostDated { debit, credit }) in &days {
            let comma = if text.is_empty() { "" } else { "," };
            write!(text, "{comma}{day}:{}:{}", debit.minor(), credit.minor())
                .expect("a text takes what is written");
        }
        (!days.is_empty()).then_some(Self { days, text })
    }

    /// Adds an entry that is recorded on a day, and drops the days that have come by then. An allocation, which adds nothing,
    /// takes no day.
    ///
    /// # Errors
    /// [`OutOfRange`] if a sum over all days would be.
    pub(crate) fn with(
        before: Option<&Self>,
        today: Date,
        date: Date,
        amount: Money,
    ) -> Result<Option<Self>, OutOfRange> {
        if before.is_none() && date <= today {
            return Ok(None);
        }
        let mut days = before.map_or_else(Vec::new, |before| before.days.clone());
        days.retain(|(day, _)| *day > today);
        if date > today && !amount.is_zero() {
            let at = days.partition_point(|(day, _)| *day > date);
            if days.get(at).is_none_or(|(day, _)| *day != date) {
                days.insert(at, (date, PostDated::default()));
            }
            days[at].1 = days[at].1.plus(amount).ok_or(OutOfRange)?;
        }
        total(&days).ok_or(OutOfRange)?;
        Ok(Self::new(days))
    }

    /// Returns the text that stores keep.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the number of days after a day.
    #[must_use]
    pub fn count_after(&self, day: Date) -> usize {
        self.days.iter().take_while(|(later, _)| *later > day).count()
    }

    /// Returns the last day.
    #[must_use]
    pub fn until(&self) -> Date {
        self.days.first().map_or(Date::MIN, |(day, _)| *day)
    }

    /// Returns the sums of the entries that are dated after a day, or `None` on overflow, which can't happen in a sound
    /// book.
    #[must_use]
    pub fn after(&self, day: Date) -> Option<PostDated> {
        total(&self.days[..self.count_after(day)])
    }

    fn parse(text: &str) -> Option<Self> {
        let amount =
            |text: &str| text.parse().ok().map(Money::from_minor).filter(|money| !money.is_negative());
        let day = |text: &str| {
            let mut parts = text.split(':');
            let (day, debit, credit) = (parts.next()?, parts.next()?, parts.next()?);
            let sums = PostDated { debit: amount(debit)?, credit: amount(credit)? };
            let day = Date::parse(day).ok()?;
            (parts.next().is_none() && !sums.is_zero()).then_some((day, sums))
        };
        let days = text.split(',').map(day).collect::<Option<Vec<_>>>()?;
        // Only its own form, so that texts compare as their days do.
        Self::new(days).filter(|read| read.days.is_sorted_by(|one, next| one.0 > next.0) && read.text == text)
    }
}

fn total(days: &[(Date, PostDated)]) -> Option<PostDated> {
    days.iter().try_fold(PostDated::default(), |sum, (_, sums)| sum.and(*sums))
}

const DAYS: TextFormat = TextFormat::new(
    "PostDatedDays",
    "Sums of post-dated entries by day, last day first.",
    "2026-12-15:0:10000",
);

impl Typed for PostDatedDays {
    const TYPE: Type = Type::Text(&DAYS);
}

impl FieldType for PostDatedDays {
    fn value(&self) -> Value<'_> {
        Value::Text(&self.text)
    }

    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        match value {
            Value::Text(text) => Self::parse(text).ok_or_else(|| Unreadable::new("are no days with sums")),
            _ => Err(Unreadable::wrong_type()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn paise(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    /// The days after these entries were recorded on a day.
    fn recorded(today: &str, entries: &[(&str, i64)]) -> Option<PostDatedDays> {
        entries.iter().fold(None, |days: Option<PostDatedDays>, (date, amount)| {
            PostDatedDays::with(days.as_ref(), day(today), day(date), paise(*amount)).unwrap()
        })
    }

    #[test]
    fn entries_of_today_and_before_leave_nothing() {
        assert_eq!(recorded("2026-11-29", &[("2026-11-29", 5), ("2026-11-01", -5)]), None);
    }

    #[test]
    fn later_entries_are_added_up_by_day_and_side() {
        let entries = [
            ("2026-12-15", -100),
            ("2027-03-01", 7),
            ("2026-12-15", 30),
            ("2026-11-30", 1),
            ("2026-12-15", -1),
        ];
        let days = recorded("2026-11-29", &entries).unwrap();
        assert_eq!(days.value(), Value::Text("2027-03-01:7:0,2026-12-15:30:101,2026-11-30:1:0"));
        assert_eq!(days.until(), day("2027-03-01"));
        let after = |on| days.after(day(on)).unwrap();
        let sums = |debit, credit| PostDated { debit: paise(debit), credit: paise(credit) };
        assert_eq!(after("2026-11-29"), sums(38, 101));
        assert_eq!(after("2026-11-30"), sums(37, 101));
        assert_eq!(after("2026-12-15"), sums(7, 0));
        assert_eq!(after("2027-03-01"), sums(0, 0));
        assert_eq!((days.count_after(day("2026-11-30")), days.count_after(day("2027-03-01"))), (2, 0));
    }

    #[test]
    fn days_that_have_come_are_dropped_with_the_next_entry() {
        let days = recorded("2026-11-29", &[("2026-12-15", -100), ("2027-03-01", 7)]);
        let next = |today, date| PostDatedDays::with(days.as_ref(), day(today), day(date), paise(1)).unwrap();
        assert_eq!(next("2026-12-15", "2026-12-15").unwrap().value(), Value::Text("2027-03-01:7:0"));
        assert_eq!(next("2027-03-01", "2026-12-15"), None);
    }

    #[test]
    fn sums_over_all_days_stay_in_the_range() {
        let most = PostDatedDays::with(None, day("2026-11-29"), day("2026-12-01"), paise(i64::MAX)).unwrap();
        let more = |amount| {
            PostDatedDays::with(most.as_ref(), day("2026-11-29"), day("2026-12-02"), paise(amount)).map(drop)
        };
        assert_eq!(more(1), Err(OutOfRange));
        assert_eq!(more(-1), Ok(()));
    }

    #[test]
    fn only_its_own_form_is_read() {
        let read = |text| PostDatedDays::from_value(Value::Text(text));
        let text = "2027-03-01:7:0,2026-12-15:30:101";
        assert_eq!(read(text).unwrap().value(), Value::Text(text));
        for bad in [
            "",
            "2026-12-15",
            "2026-12-15:0:0",
            "2026-12-15:-1:0",
            "2026-12-15:1:0:0",
            "15/12/2026:1:0",
            "2026-12-15:01:0",
            "2026-12-15:1:0,",
            "2026-12-15:1:0,2026-12-15:1:0",
            "2026-12-15:1:0,2027-03-01:7:0",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
