//! Mobile numbers: many forms of input, one normal form.

use std::fmt;

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, Type};

use crate::error::Violation;
use crate::text::serde_as_text;

/// A mobile number in E.164 form: `+919876543210`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MobileNumber(String);

serde_as_text!(MobileNumber, MobileNumber::from_e164);

impl MobileNumber {
    /// Maximum number of characters of the input. No number needs more, however it is spaced.
    pub const CHARACTERS_MAX: usize = 40;

    /// Parses a mobile number as written in India (`9876543210`, `098765 43210`, `+91-98765-43210`), or with another country
    /// code.
    ///
    /// # Errors
    /// `invalid_mobile_number`, also for a valid number that is not that of a mobile phone.
    ///
    /// ```
    /// use khata_core::phone::MobileNumber;
    ///
    /// assert_eq!(MobileNumber::parse("098765 43210").unwrap().as_str(), "+919876543210");
    /// assert!(MobileNumber::parse("022 2345 6789").is_err(), "a landline");
    /// ```
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let dialled = bare(text.trim()).ok_or_else(invalid)?;
        // The rules of India must not be applied after an explicit country code.
        let region = (!dialled.starts_with('+')).then_some(phonenumber::country::IN);
        let number = phonenumber::parse(region, &dialled).map_err(|_| invalid())?;
        let mobile = matches!(number.number_type(&DATABASE), Type::Mobile | Type::FixedLineOrMobile);
        if number.is_valid() && mobile {
            Ok(Self(number.format().mode(Mode::E164).to_string()))
        } else {
            Err(invalid())
        }
    }

    /// Parses a recorded number in E.164 form. Only the form is checked: numbering plans change, and recorded numbers must
    /// stay readable.
    ///
    /// # Errors
    /// `invalid_mobile_number`.
    pub fn from_e164(text: &str) -> Result<Self, Violation> {
        let digits = text.strip_prefix('+').ok_or_else(invalid)?;
        let sound = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if sound { Ok(Self(text.to_owned())) } else { Err(invalid()) }
    }

    /// Returns the number in E.164 form, with the `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the digits without the country code, or with it if the country code no longer exists.
    #[must_use]
    pub fn national_digits(&self) -> String {
        if let Some(digits) = self.0.strip_prefix(INDIA) {
            return digits.to_owned();
        }
        match phonenumber::parse(None, &self.0) {
            Ok(number) => number.national().to_string(),
            Err(_) => self.0[1..].to_owned(),
        }
    }
}

impl fmt::Display for MobileNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const INDIA: &str = "+91";

/// Removes the spacing from a number, and keeps a leading `+`. Returns `None` if the text has any other character, such as
/// letters or an extension, which the parser would interpret or ignore.
fn bare(text: &str) -> Option<String> {
    if text.len() > MobileNumber::CHARACTERS_MAX {
        return None;
    }
    let (plus, rest) = text.strip_prefix('+').map_or(("", text), |rest| ("+", rest));
    let is_spacing = |c: char| " -.()/".contains(c);
    if !rest.chars().all(|c| c.is_ascii_digit() || is_spacing(c)) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    // The parser would take the 91 of 9123456789 for a country code.
    let indian = (plus.is_empty()).then(|| digits.strip_prefix('0').unwrap_or(&digits));
    match indian {
        Some(digits) if digits.len() == 10 && digits.starts_with(['6', '7', '8', '9']) => {
            Some(format!("{INDIA}{digits}"))
        }
        _ => Some(format!("{plus}{digits}")),
    }
}

fn invalid() -> Violation {
    Violation::new("invalid_mobile_number", "must be a mobile number, with +country code if it is not Indian")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_number_however_it_is_written() {
        for text in [
            "9876543210",
            "09876543210",
            "+91 98765 43210",
            "+919876543210",
            "919876543210",
            "00919876543210",
            "98765-43210",
            "(98765) 432 10",
            "  +91-98765.43210\n",
            "+91 (0) 9876543210",
        ] {
            assert_eq!(MobileNumber::parse(text).unwrap().as_str(), "+919876543210", "{text}");
        }
    }

    #[test]
    fn a_number_may_begin_as_the_country_code_does() {
        for text in ["9123456789", "09123456789", "91234 56789", "919123456789", "+919123456789"] {
            assert_eq!(MobileNumber::parse(text).unwrap().as_str(), "+919123456789", "{text}");
        }
        let number = MobileNumber::parse("9191919191").unwrap();
        assert_eq!((number.as_str(), number.national_digits().as_str()), ("+919191919191", "9191919191"));
    }

    #[test]
    fn numbers_of_elsewhere_need_their_country_code() {
        for (text, e164, national) in [
            ("+44 7911 123456", "+447911123456", "7911123456"),
            ("0044 7911 123456", "+447911123456", "7911123456"),
            ("+1 201-555-0123", "+12015550123", "2015550123"),
            ("+977 984-1234567", "+9779841234567", "9841234567"),
            ("+971 50 123 4567", "+971501234567", "501234567"),
            ("+39 312 345 6789", "+393123456789", "3123456789"),
        ] {
            let number = MobileNumber::parse(text).unwrap();
            assert_eq!((number.as_str(), number.national_digits().as_str()), (e164, national), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let long = format!("9876543210{}", " ".repeat(31) + "0");
        for text in [
            "",
            "+",
            "-",
            "0",
            "12345",
            "5876543210",
            "987654321",
            "98765432101",
            "+91 022 2345 6789",
            "1800 123 4567",
            "+44 20 7946 0958",
            "9876543210 ext 5",
            "9876543210x5",
            "tel:9876543210",
            "98765ABCDE",
            "९८७६५४३२१०",
            "９８７６５４３２１０",
            "98765\u{0}43210",
            "98765\n43210",
            "98765+43210",
            "++919876543210",
            "9876543210, 9876543211",
            "+999 12345678",
            &long,
        ] {
            assert_eq!(MobileNumber::parse(text).unwrap_err().code, "invalid_mobile_number", "{text:?}");
        }
    }

    #[test]
    fn what_is_recorded_stays_readable() {
        let number = MobileNumber::parse("9876543210").unwrap();
        assert_eq!(serde_json::to_string(&number).unwrap(), "\"+919876543210\"");
        assert_eq!(serde_json::from_str::<MobileNumber>("\"+919876543210\"").unwrap(), number);
        let retired = MobileNumber::from_e164("+999123456789").unwrap();
        assert_eq!(retired.national_digits(), "999123456789");
        for text in
            ["", "+", "9876543210", "+0123456789", "+91 9876543210", "+123456", "+1234567890123456", "+91९"]
        {
            assert_eq!(MobileNumber::from_e164(text).unwrap_err().code, "invalid_mobile_number", "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9 ()./x;=a-z]{0,40}|.{0,20}") {
            let _ = MobileNumber::parse(&text);
        }

        #[test]
        fn a_number_reads_back(text in "\\+?[0-9]{6,16}") {
            if let Ok(number) = MobileNumber::parse(&text) {
                prop_assert_eq!(MobileNumber::parse(number.as_str()), Ok(number.clone()));
                prop_assert_eq!(MobileNumber::from_e164(number.as_str()), Ok(number.clone()));
                prop_assert!(number.as_str().ends_with(&number.national_digits()));
            }
        }

        #[test]
        fn ten_digits_are_indian(text in "[6-9][0-9]{9}") {
            if let Ok(number) = MobileNumber::parse(&text) {
                prop_assert_eq!(number.as_str(), format!("+91{text}"));
                prop_assert_eq!(number.national_digits(), text);
            }
        }
    }
}
