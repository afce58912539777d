//! Exact money: whole minor units (paise for the rupee) of a currency, without floats and without rounding.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::error::Violation;
use crate::text::serde_as_text;

/// An amount in minor units of the shop's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// The amount of zero.
    pub const ZERO: Self = Self(0);

    /// Maximum amount of a document, of either sign: 2⁵³ − 1 minor units, the largest integer that JSON libraries with
    /// binary floats represent exactly.
    pub const DOCUMENT_MAX: Self = Self(9_007_199_254_740_991);

    /// Creates an amount from minor units.
    #[must_use]
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// Returns the number of minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Returns whether the amount is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Returns whether the amount is above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Returns whether the amount is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Adds two amounts. Returns `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Subtracts an amount. Returns `None` on overflow.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Negates the amount. Returns `None` on overflow.
    #[must_use]
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    /// Adds all amounts. Returns `None` if the total overflows; intermediate sums may overflow, so that the order does not
    /// matter.
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let sum: i128 = amounts.into_iter().map(|amount| i128::from(amount.0)).sum();
        i64::try_from(sum).ok().map(Self)
    }
}

/// An ISO 4217 currency with a defined number of minor unit digits, which may be zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

serde_as_text!(Currency, Currency::parse);

impl Default for Currency {
    /// The Indian rupee.
    fn default() -> Self {
        Self::INR
    }
}

impl Currency {
    /// The Indian rupee.
    pub const INR: Self = Self(iso_currency::Currency::INR);

    /// Parses a three-letter code, in either case.
    ///
    /// # Errors
    /// `invalid_currency` if ISO 4217 has no such code, or no minor unit for it (gold, test codes).
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let code = text.trim().to_ascii_uppercase();
        iso_currency::Currency::from_code(&code)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or_else(|| {
                Violation::new("invalid_currency", "must be an ISO 4217 currency code such as INR")
            })
    }

    /// Returns the three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Returns the number of decimal digits of the minor unit: 2 for the rupee, 0 for the yen.
    #[must_use]
    pub fn exponent(self) -> u32 {
        // `parse` accepts only currencies with an exponent.
        self.0.exponent().map_or(0, u32::from)
    }

    /// Returns one major unit: 100 paise for the rupee.
    #[must_use]
    pub fn unit(self) -> Money {
        Money(10_i64.pow(self.exponent()))
    }

    /// Parses the text of a JSON number in major units, which may have an exponent: `1180.5`, `1e2`.
    ///
    /// # Errors
    /// `too_precise`, `too_large` (see [`Money::DOCUMENT_MAX`]), or `invalid_amount` if the text is not a JSON number.
    ///
    /// ```
    /// use khata_core::money::{Currency, Money};
    ///
    /// assert_eq!(Currency::INR.parse_amount("1180.5").unwrap(), Money::from_minor(118_050));
    /// assert_eq!(Currency::INR.parse_amount("0.001").unwrap_err().code, "too_precise");
    /// ```
    pub fn parse_amount(self, text: &str) -> Result<Money, Violation> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent).ok_or_else(invalid_amount)?),
            None => (text, 0),
        };
        let decimal = Decimal::read(mantissa, exponent).ok_or_else(invalid_amount)?;
        if decimal.whole.len() > 1 && decimal.whole.starts_with('0') {
            return Err(invalid_amount());
        }
        self.exactly(&decimal)
    }

    /// Parses plain decimal digits in major units: `-?[0-9]+(\.[0-9]+)?`, ASCII, without white space.
    ///
    /// # Errors
    /// `too_precise`, `too_large` (see [`Money::DOCUMENT_MAX`]), or `invalid_amount` if the text has another form.
    pub fn parse_plain(self, text: &str) -> Result<Money, Violation> {
        let decimal = Decimal::read(text, 0).ok_or_else(invalid_amount)?;
        self.exactly(&decimal)
    }

    /// Formats an amount in major units with all digits of the minor unit: `1180.50`, `-0.05`, `5` for the yen.
    #[must_use]
    pub fn format(self, amount: Money) -> String {
        let sign = if amount.is_negative() { "-" } else { "" };
        let unit = self.unit().0.unsigned_abs();
        let (whole, minor) = (amount.0.unsigned_abs() / unit, amount.0.unsigned_abs() % unit);
        match self.exponent() as usize {
            0 => format!("{sign}{whole}"),
            width => format!("{sign}{whole}.{minor:0width$}"),
        }
    }

    /// Formats an amount in major units without trailing zeros in the fraction, as in JSON output: `1180.5`, `1180`.
    #[must_use]
    pub fn format_short(self, amount: Money) -> String {
        let mut text = String::new();
        self.push_short(amount, &mut text);
        text
    }

    /// Appends an amount as [`format_short`](Self::format_short) formats it.
    pub fn push_short(self, amount: Money, text: &mut String) {
        let unit = self.unit().0.unsigned_abs();
        let (whole, minor) = (amount.0.unsigned_abs() / unit, amount.0.unsigned_abs() % unit);
        let sign = if amount.is_negative() { "-" } else { "" };
        write!(text, "{sign}{whole}").expect("a string takes everything");
        if minor > 0 {
            let width = self.exponent() as usize;
            write!(text, ".{minor:0width$}").expect("a string takes everything");
            text.truncate(text.trim_end_matches('0').len());
        }
    }

    /// Converts a decimal number exactly, if it has no more digits than the currency and is within the limit of a document.
    fn exactly(self, decimal: &Decimal<'_>) -> Result<Money, Violation> {
        let digits: Vec<u8> = decimal.significant_digits().collect();
        if digits.is_empty() {
            return Ok(Money::ZERO);
        }
        let zeros_after = decimal.exponent_of_last_digit().saturating_add(i64::from(self.exponent()));
        if zeros_after < 0 {
            return Err(self.too_precise());
        }
        // Decided by counting digits, so that neither `1e400` nor a megabyte of digits is ever evaluated.
        let minor = usize::try_from(zeros_after)
            .ok()
            .filter(|zeros| zeros.saturating_add(digits.len()) <= DOCUMENT_MAX_DIGITS)
            .map(|zeros| {
                let digits = digits.iter().copied().chain(std::iter::repeat_n(b'0', zeros));
                digits.fold(0, |minor, digit| minor * 10 + i64::from(digit - b'0'))
            })
            .filter(|minor| *minor <= Money::DOCUMENT_MAX.0)
            .ok_or_else(|| self.too_large())?;
        Ok(Money(if decimal.negative { -minor } else { minor }))
    }

    fn too_precise(self) -> Violation {
        let message = match self.exponent() {
            0 => format!("must be whole: {} has no smaller unit", self.code()),
            most => format!("must have at most {most} digits after the point"),
        };
        Violation::new("too_precise", message)
    }

    fn too_large(self) -> Violation {
        let most = self.format(Money::DOCUMENT_MAX);
        Violation::new("too_large", format!("must lie between -{most} and {most}"))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The number of digits of [`Money::DOCUMENT_MAX`]; any number with that many digits fits an `i64`.
const DOCUMENT_MAX_DIGITS: usize = 16;

/// The parts of a decimal number as written.
struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i64,
}

impl<'a> Decimal<'a> {
    fn read(text: &'a str, exponent: i64) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let sound = is_digits(whole) && fraction.is_none_or(is_digits);
        sound.then_some(Self { negative, whole, fraction: fraction.unwrap_or_default(), exponent })
    }

    fn digits(&self) -> impl DoubleEndedIterator<Item = u8> {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    /// Returns the digits without leading and trailing zeros.
    fn significant_digits(&self) -> impl Iterator<Item = u8> {
        let count = self.whole.len() + self.fraction.len() - self.trailing_zeros();
        self.digits().take(count).skip_while(|digit| *digit == b'0')
    }

    /// Returns the power of ten of the last significant digit.
    fn exponent_of_last_digit(&self) -> i64 {
        let places = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.exponent
            .saturating_sub(places(self.fraction.len()))
            .saturating_add(places(self.trailing_zeros()))
    }

    fn trailing_zeros(&self) -> usize {
        self.digits().rev().take_while(|digit| *digit == b'0').count()
    }
}

/// Parses the exponent of a JSON number, clamped to a range that no text is long enough to compensate.
fn read_exponent(text: &str) -> Option<i64> {
    const FAR: i64 = i64::MAX / 4;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let size = is_digits(digits).then(|| digits.parse().map_or(FAR, |size: i64| size.min(FAR)))?;
    Some(if negative { -size } else { size })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn invalid_amount() -> Violation {
    Violation::new("invalid_amount", "must be a plain decimal number such as 1180.50")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn inr(text: &str) -> Result<i64, &'static str> {
        Currency::INR.parse_amount(text).map(Money::minor).map_err(|fault| fault.code)
    }

    fn plain(text: &str) -> Result<i64, &'static str> {
        Currency::INR.parse_plain(text).map(Money::minor).map_err(|fault| fault.code)
    }

    #[test]
    fn json_numbers_are_read_exactly() {
        for (text, minor) in [
            ("0", 0),
            ("-0", 0),
            ("-0.00", 0),
            ("1180.50", 118_050),
            ("1180.5", 118_050),
            ("1180.500000", 118_050),
            ("0.1", 10),
            ("-0.05", -5),
            ("1e2", 10_000),
            ("1E+2", 10_000),
            ("12.345e1", 12_345),
            ("12345e-2", 12_345),
            ("1234500e-4", 12_345),
            ("0.0000001e7", 100),
            ("0e999999999999999999999", 0),
            ("0.00e-999999999999999999999", 0),
            ("90071992547409.91", 9_007_199_254_740_991),
            ("-90071992547409.91", -9_007_199_254_740_991),
            ("9007199254740991e-2", 9_007_199_254_740_991),
        ] {
            assert_eq!(inr(text), Ok(minor), "{text}");
        }
    }

    #[test]
    fn json_numbers_that_do_not_fit_are_refused() {
        for (text, code) in [
            ("0.001", "too_precise"),
            ("1180.505", "too_precise"),
            ("1e-3", "too_precise"),
            ("1e-400", "too_precise"),
            ("1e-999999999999999999999", "too_precise"),
            ("90071992547409.92", "too_large"),
            ("-90071992547409.92", "too_large"),
            ("1e14", "too_large"),
            ("1e400", "too_large"),
            ("-1e999999999999999999999", "too_large"),
            ("100000000000000000000000", "too_large"),
        ] {
            assert_eq!(inr(text), Err(code), "{text}");
        }
    }

    #[test]
    fn other_text_is_no_amount() {
        for text in [
            "", "-", "+1", ".5", "5.", "1.e2", "1e", "1e+", "1e2.5", "1e2e3", "01", "00", "-01.5", "0x10",
            "1_000", "1,000", " 1", "1 ", "--1", "1.2.3", "NaN", "Infinity", "१२", "１２", "₹5",
        ] {
            assert_eq!(inr(text), Err("invalid_amount"), "{text:?}");
        }
    }

    #[test]
    fn plain_digits_allow_leading_zeros_but_no_exponent() {
        assert_eq!(plain("007.50"), Ok(750));
        assert_eq!(plain("-12"), Ok(-1_200));
        assert_eq!(plain("0.005"), Err("too_precise"));
        assert_eq!(plain("99999999999999999999"), Err("too_large"));
        for text in ["1e2", "1E2", "+1", "", "-", ".5", "5.", " 5", "5\n", "٥"] {
            assert_eq!(plain(text), Err("invalid_amount"), "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_no_slower_than_its_length() {
        let zeros = "0".repeat(1_000_000);
        assert_eq!(inr(&format!("0.{zeros}1e1000001")), Ok(100));
        assert_eq!(inr(&format!("1{zeros}e-1000000")), Ok(100));
        assert_eq!(inr(&format!("1.{zeros}")), Ok(100));
        assert_eq!(inr(&format!("1{zeros}")), Err("too_large"));
        assert_eq!(inr(&format!("0.{zeros}1")), Err("too_precise"));
    }

    #[test]
    fn amounts_are_written_in_full_and_short() {
        for (code, minor, full, short) in [
            ("INR", 118_050, "1180.50", "1180.5"),
            ("INR", 118_000, "1180.00", "1180"),
            ("INR", 10_000, "100.00", "100"),
            ("INR", -5, "-0.05", "-0.05"),
            ("INR", 0, "0.00", "0"),
            ("INR", i64::MIN, "-92233720368547758.08", "-92233720368547758.08"),
            ("INR", i64::MAX, "92233720368547758.07", "92233720368547758.07"),
            ("JPY", 5, "5", "5"),
            ("JPY", 500, "500", "500"),
            ("JPY", i64::MIN, "-9223372036854775808", "-9223372036854775808"),
            ("KWD", -1_050, "-1.050", "-1.05"),
        ] {
            let currency = currency(code);
            assert_eq!(currency.format(Money::from_minor(minor)), full);
            assert_eq!(currency.format_short(Money::from_minor(minor)), short);
        }
    }

    #[test]
    fn currencies_are_known_by_their_code() {
        assert_eq!(currency("inr"), Currency::INR);
        assert_eq!(Currency::INR.code(), "INR");
        assert_eq!(Currency::INR.unit().minor(), 100);
        assert_eq!(currency("JPY").unit().minor(), 1);
        assert_eq!(currency("KWD").exponent(), 3);
        for code in ["", "RS", "INRR", "₹", "XXX", "XAU", "XTS"] {
            assert_eq!(Currency::parse(code).unwrap_err().code, "invalid_currency", "{code}");
        }
        assert_eq!(serde_json::to_string(&Currency::INR).unwrap(), "\"INR\"");
        assert_eq!(serde_json::from_str::<Currency>("\"USD\"").unwrap().code(), "USD");
        assert!(serde_json::from_str::<Currency>("\"ZZZ\"").is_err());
    }

    #[test]
    fn sums_overflow_only_in_the_end() {
        let (most, one) = (Money::from_minor(i64::MAX), Money::from_minor(1));
        assert_eq!(most.checked_add(one), None);
        assert_eq!(Money::from_minor(i64::MIN).checked_neg(), None);
        assert_eq!(Money::from_minor(i64::MIN).checked_sub(one), None);
        assert_eq!(Money::checked_sum([most, one, one.checked_neg().unwrap()]), Some(most));
        assert_eq!(Money::checked_sum([most, one]), None);
        assert_eq!(Money::checked_sum([]), Some(Money::ZERO));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            minor in -9_007_199_254_740_991_i64..=9_007_199_254_740_991,
            code in prop::sample::select(vec!["JPY", "INR", "KWD", "CLF"]),
        ) {
            let (currency, amount) = (currency(code), Money::from_minor(minor));
            for text in [currency.format(amount), currency.format_short(amount)] {
                prop_assert_eq!(currency.parse_amount(&text), Ok(amount));
                prop_assert_eq!(currency.parse_plain(&text), Ok(amount));
            }
        }

        #[test]
        fn moving_the_point_changes_nothing(minor in -1_000_000_i64..=1_000_000, shift in 0_usize..40) {
            let zeros = "0".repeat(shift);
            prop_assert_eq!(inr(&format!("{minor}{zeros}e-{}", shift + 2)), Ok(minor));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9eE.]{0,40}|.{0,20}") {
            let _ = Currency::INR.parse_amount(&text);
            let _ = Currency::INR.parse_plain(&text);
        }
    }
}
