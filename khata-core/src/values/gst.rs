//! India's goods and services tax (GST): taxpayer numbers, and the tax contained in a price.

use std::fmt;

use crate::error::Violation;
use crate::money::Money;
use crate::record::choice;
use crate::text::serde_as_text;

choice! {
    /// Who a GST identification number belongs to.
    pub enum GstinKind {
        /// A regular taxpayer: state code, PAN, number of the registration, mostly `Z`, check digit.
        Regular = "regular",
        /// A department of a government.
        GovernmentDepartment = "government_department",
        /// A deductor of tax at source, by a TAN or a PAN.
        Deductor = "deductor",
        /// A collector of tax at source, such as an online market.
        Collector = "collector",
        /// An embassy, a body of the United Nations or another holder of a unique identity number (UIN).
        UniqueIdentity = "unique_identity",
        /// A non-resident taxpayer.
        NonResident = "non_resident",
        /// A provider of online services from abroad (OIDAR).
        OnlineServices = "online_services",
    }
}

/// A GST identification number (GSTIN) in upper case, or the unique identity number (UIN) that embassies and the like have
/// in its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gstin(String);

serde_as_text!(Gstin, Gstin::parse);

impl Gstin {
    /// Parses a GSTIN. Letters may have either case; surrounding white space is dropped.
    ///
    /// # Errors
    /// `invalid_gstin` if the form is wrong, `unknown_state_code`, or `wrong_check_digit`.
    ///
    /// ```
    /// use khata_core::gst::Gstin;
    ///
    /// let gstin = Gstin::parse("27aapfu0939f1zv").unwrap();
    /// assert_eq!(gstin.as_str(), "27AAPFU0939F1ZV");
    /// assert_eq!(gstin.state_code(), 27);
    /// assert_eq!(Gstin::parse("27AAPFU0939F1ZA").unwrap_err().code, "wrong_check_digit");
    /// ```
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let text = text.trim().to_ascii_uppercase();
        let bytes: [u8; 15] = text.as_bytes().try_into().map_err(|_| invalid())?;
        kind_of(bytes).ok_or_else(invalid)?;
        if !is_state_code(state_code(bytes)) {
            return Err(Violation::new("unknown_state_code", "must begin with the code of an Indian state"));
        }
        if bytes[14] != check_digit(bytes) {
            return Err(Violation::new(
                "wrong_check_digit",
                "has a wrong check digit: a character is mistyped",
            ));
        }
        Ok(Self(text))
    }

    /// Returns the GSTIN as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the kind of its holder. Only sales to regular taxpayers and government departments are sales to businesses in a
    /// return.
    ///
    /// ```
    /// use khata_core::gst::{Gstin, GstinKind};
    ///
    /// assert_eq!(Gstin::parse("27NSKG13429D1DR").unwrap().kind(), GstinKind::Deductor);
    /// ```
    ///
    /// # Panics
    /// Never: a GSTIN has one of the forms.
    #[must_use]
    pub fn kind(&self) -> GstinKind {
        let bytes = self.0.as_bytes().try_into().ok();
        bytes.and_then(kind_of).expect("a GSTIN has one of the forms")
    }

    /// Returns the code of the state where the taxpayer is registered, such as 27 for Maharashtra.
    #[must_use]
    pub fn state_code(&self) -> u8 {
        // `parse` has checked that the first two characters are digits.
        self.0.bytes().take(2).fold(0, |code, digit| code * 10 + (digit - b'0'))
    }
}

impl fmt::Display for Gstin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Splits the tax in a tax-inclusive price into CGST and SGST. The two add up to the tax exactly: if it is odd, SGST is
/// greater by one minor unit. Returns `None` if the taxable value exceeds the price, or on overflow.
#[must_use]
pub fn split_inclusive(price: Money, taxable: Money) -> Option<(Money, Money)> {
    let tax = price.checked_sub(taxable).filter(|tax| !tax.is_negative())?;
    let central = Money::from_minor(tax.minor() / 2);
    Some((central, tax.checked_sub(central)?))
}

/// Forms of each kind, as the GST network publishes them: `9` is a digit, `a` a letter, `x` either, `1` either but not zero,
/// `z` the sign of a regular taxpayer, and a capital letter stands for itself. The last character is the check digit.
const FORMS: [(GstinKind, &[u8; 15]); 8] = [
    (GstinKind::Regular, b"99aaaaa9999a1zx"),
    (GstinKind::GovernmentDepartment, b"99aaaa99999a9Zx"),
    (GstinKind::Deductor, b"99aaaax9999a1Dx"),
    (GstinKind::Collector, b"99aaaaa9999a1Cx"),
    (GstinKind::UniqueIdentity, b"9999aaa99999UNx"),
    (GstinKind::UniqueIdentity, b"9999aaa99999ONx"),
    (GstinKind::NonResident, b"9999aaa99999NRx"),
    (GstinKind::OnlineServices, b"9999aaa99999OSx"),
];

fn kind_of(bytes: [u8; 15]) -> Option<GstinKind> {
    let is_allowed = |byte: u8, sign: u8| match sign {
        b'9' => byte.is_ascii_digit(),
        b'a' => byte.is_ascii_uppercase(),
        b'x' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        b'1' => byte != b'0' && (byte.is_ascii_digit() || byte.is_ascii_uppercase()),
        b'z' => matches!(byte, b'Z' | b'1'..=b'9' | b'A' | b'B' | b'E'..=b'J'),
        sign => byte == sign,
    };
    let fits = |form: &[u8; 15]| bytes.iter().zip(form).all(|(byte, sign)| is_allowed(*byte, *sign));
    FORMS.iter().find(|(_, form)| fits(form)).map(|(kind, _)| *kind)
}

fn state_code(bytes: [u8; 15]) -> u8 {
    (bytes[0] - b'0') * 10 + (bytes[1] - b'0')
}

/// Returns whether a state code is in use. 25 (Daman and Diu, since merged into 26) and 28 (Andhra Pradesh before its
/// division, now 37) occur in old registrations; 96 is abroad, 97 other territory, 99 the centre's jurisdiction.
fn is_state_code(code: u8) -> bool {
    matches!(code, 1..=38 | 96 | 97 | 99)
}

/// Computes the check digit of the first 14 characters.
fn check_digit(bytes: [u8; 15]) -> u8 {
    const DIGITS: [u8; 36] = *b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let value = |byte: u8| usize::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 });
    let sum: usize = bytes[..14]
        .iter()
        .zip([1, 2].into_iter().cycle())
        .map(|(byte, factor)| value(*byte) * factor)
        .map(|product| product / 36 + product % 36)
        .sum();
    DIGITS[(36 - sum % 36) % 36]
}

fn invalid() -> Violation {
    Violation::new("invalid_gstin", "must be a GSTIN of 15 characters such as 27AAPFU0939F1ZV")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> Option<&'static str> {
        Gstin::parse(text).err().map(|fault| fault.code)
    }

    #[test]
    fn valid_numbers_pass() {
        for (text, state) in [
            ("27AAPFU0939F1ZV", 27),
            ("24AAQCA8719H1ZC", 24),
            ("05AAACG2115R1ZN", 5),
            ("29AABCR1718E1ZL", 29),
        ] {
            let gstin = Gstin::parse(text).unwrap();
            assert_eq!((gstin.as_str(), gstin.state_code()), (text, state));
            assert_eq!(Gstin::parse(&format!(" {}\n", text.to_lowercase())).unwrap(), gstin);
        }
    }

    #[test]
    fn each_form_has_its_kind() {
        use GstinKind::{
            Collector, Deductor, GovernmentDepartment, NonResident, OnlineServices, Regular, UniqueIdentity,
        };
        for (text, kind) in [
            ("27AAPFU0939F1ZV", Regular),
            ("27NSKG13429D1DR", Deductor),
            ("27PNEA06819B1DE", Deductor),
            ("27AAPFU0939F1C6", Collector),
        ] {
            assert_eq!(Gstin::parse(text).unwrap().kind(), kind, "{text}");
        }
        // None of these was published whole, so they get the check digit of the algorithm.
        for (start, kind) in [
            ("07DLIG12345A1Z", GovernmentDepartment),
            ("27AAPFU0939F1D", Deductor),
            ("0717USA00023UN", UniqueIdentity),
            ("0718UNO00023ON", UniqueIdentity),
            ("2918GBR00002NR", NonResident),
            ("9917USA29003OS", OnlineServices),
        ] {
            let fits = |digit: &char| code(&format!("{start}{digit}")).is_none();
            let digits: Vec<_> = ('0'..='9').chain('A'..='Z').filter(fits).collect();
            assert_eq!(digits.len(), 1, "{start} has one check digit");
            assert_eq!(Gstin::parse(&format!("{start}{}", digits[0])).unwrap().kind(), kind, "{start}");
        }
    }

    #[test]
    fn mistyped_numbers_are_refused() {
        assert_eq!(code("29AAFCA7488L1Z0"), Some("wrong_check_digit"));
        assert_eq!(code("16DEFPS8555D1Z7"), Some("wrong_check_digit"));
        assert_eq!(code("27AAPFU0939F1ZA"), Some("wrong_check_digit"));
        assert_eq!(code("27AAPFU0993F1ZV"), Some("wrong_check_digit"));
    }

    #[test]
    fn unknown_states_are_refused() {
        for state in ["00", "39", "40", "95", "98"] {
            assert_eq!(code(&format!("{state}AAPFU0939F1ZV")), Some("unknown_state_code"), "{state}");
        }
        for state in ["01", "25", "26", "28", "37", "38", "96", "97", "99"] {
            assert_ne!(code(&format!("{state}AAPFU0939F1ZV")), Some("unknown_state_code"), "{state}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "27AAPFU0939F1Z",
            "27AAPFU0939F1ZVV",
            "A7AAPFU0939F1ZV",
            "27A1PFU0939F1ZV",
            "27AAPFUO939F1ZV",
            "27AAPFU093911ZV",
            "27AAPFU0939F0ZV",
            "27AAPFU0939F1KV",
            "27AAPFU0939F10V",
            "27AAPFU0939F1Z-",
            "27 AAPFU0939F1Z",
            "२७AAPFU0939F1",
            "27AAPFU0939F1é",
        ] {
            assert_eq!(code(text), Some("invalid_gstin"), "{text}");
        }
    }

    #[test]
    fn serde_checks_what_it_reads() {
        let gstin = Gstin::parse("27AAPFU0939F1ZV").unwrap();
        assert_eq!(serde_json::to_string(&gstin).unwrap(), "\"27AAPFU0939F1ZV\"");
        assert_eq!(serde_json::from_str::<Gstin>("\"27AAPFU0939F1ZV\"").unwrap(), gstin);
        assert!(serde_json::from_str::<Gstin>("\"27AAPFU0939F1ZA\"").is_err());
    }

    #[test]
    fn the_tax_within_a_price_is_split_in_two() {
        let split = |price, taxable| {
            split_inclusive(Money::from_minor(price), Money::from_minor(taxable))
                .map(|(central, state)| (central.minor(), state.minor()))
        };
        assert_eq!(split(118_000, 100_000), Some((9_000, 9_000)));
        assert_eq!(split(10_000, 8_475), Some((762, 763)));
        assert_eq!(split(1, 0), Some((0, 1)));
        assert_eq!(split(100, 100), Some((0, 0)));
        assert_eq!(split(100, 101), None);
        assert_eq!(split(i64::MAX, -1), None);
    }

    proptest! {
        #[test]
        fn one_mistyped_character_is_noticed(place in 2_usize..14, byte in "[0-9A-Z]") {
            let mut text = "27AAPFU0939F1ZV".to_owned();
            text.replace_range(place..=place, &byte);
            prop_assert!(text == "27AAPFU0939F1ZV" || Gstin::parse(&text).is_err());
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9A-Z]{15}|.{0,16}") {
            let _ = Gstin::parse(&text);
        }

        #[test]
        fn no_paisa_is_lost(taxable in 0_i64..1_000_000, tax in 0_i64..1_000_000) {
            let (price, taxable) = (Money::from_minor(taxable + tax), Money::from_minor(taxable));
            let (central, state) = split_inclusive(price, taxable).unwrap();
            prop_assert_eq!(Money::checked_sum([taxable, central, state]), Some(price));
            prop_assert!((0..=1).contains(&(state.minor() - central.minor())));
        }
    }
}
