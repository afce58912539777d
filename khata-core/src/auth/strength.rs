//! Passwords that are among the first that anybody would guess.

use secrecy::ExposeSecret as _;
use zxcvbn::{Score, zxcvbn};

use super::password::Password;
use crate::error::Violation;
use crate::phone::MobileNumber;
use crate::text::Name;
use crate::upi::UpiId;

/// Minimum score of a password: more than 10^8 guesses, which the waits after failed logins put out of reach.
const SCORE_MIN: Score = Score::Three;

/// Minimum number of characters of a word that is worth a guess.
const WORD_CHARACTERS_MIN: usize = 3;

/// What a shop is known by, and so among the first guesses: its names, mobile number and the like, with their parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnWords(Vec<String>);

impl OwnWords {
    /// Splits what a shop is known by into words.
    pub(crate) fn of(shop: &Name, proprietor: &Name, mobile: &MobileNumber, upi_id: Option<&UpiId>) -> Self {
        let national = mobile.national_digits();
        let texts = ["khata", shop.as_str(), proprietor.as_str(), mobile.as_str(), &national];
        let mut words = Vec::new();
        for text in texts.into_iter().chain(upi_id.map(UpiId::as_str)) {
            let parts = text.split(|c: char| !c.is_alphanumeric());
            words.extend(parts.map(str::to_owned));
            words.push(text.to_owned());
            // A name is also written as one word.
            words.push(text.chars().filter(|c| c.is_alphanumeric()).collect());
        }
        words.retain(|word| word.chars().count() >= WORD_CHARACTERS_MIN);
        Self(words)
    }
}

/// Checks that a password is hard to guess, also for those who know the shop. Of a long one, only the first 100 characters
/// count, so that the time which this takes is bounded.
///
/// # Errors
/// `weak_password`, with advice.
pub(super) fn check(password: &Password, own: &OwnWords) -> Result<(), Violation> {
    let own: Vec<_> = own.0.iter().map(String::as_str).collect();
    let estimate = zxcvbn(password.secret().expose_secret(), &own);
    if estimate.score() >= SCORE_MIN {
        return Ok(());
    }
    let mut message = "must be harder to guess".to_owned();
    if let Some(feedback) = estimate.feedback() {
        let warning = feedback.warning().map(|warning| warning.to_string());
        let suggestions = feedback.suggestions().iter().map(ToString::to_string);
        let advice: Vec<_> = warning.into_iter().chain(suggestions).collect();
        if !advice.is_empty() {
            message.push_str(": ");
            message.push_str(advice.join(" ").trim_end_matches('.'));
        }
    }
    Err(Violation::new("weak_password", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(name_of_shop: &str, proprietor: &str) -> OwnWords {
        let name = |text| Name::parse(text).unwrap();
        let (mobile, upi_id) = (MobileNumber::parse("9876543210"), UpiId::parse("sunita@okaxis"));
        OwnWords::of(&name(name_of_shop), &name(proprietor), &mobile.unwrap(), upi_id.as_ref().ok())
    }

    fn own() -> OwnWords {
        shop("Ravi Kirana", "Sunita Deshmukh")
    }

    fn refused(text: &str) -> Option<Violation> {
        check(&Password::parse(text).unwrap(), &own()).err()
    }

    /// The most common passwords of at least 8 characters, from the list of 10 million by Mark Burnett.
    const COMMON: &str = include_str!("common_passwords.txt");

    #[test]
    fn the_3000_most_common_passwords_are_refused() {
        // OWASP ASVS 5.0, 6.2.4.
        let common: Vec<_> = COMMON.lines().collect();
        assert!(common.len() >= 3000, "{}", common.len());
        let accepted: Vec<_> = common.iter().filter(|text| refused(text).is_none()).collect();
        assert!(accepted.is_empty(), "{accepted:?}");
    }

    #[test]
    fn what_a_shop_is_known_by_is_refused() {
        for text in [
            "Ravi Kirana",
            "ravikirana",
            "RaviKirana1",
            "sunitadeshmukh",
            "Deshmukh12",
            "9876543210",
            "+919876543210",
            "919876543210",
            "khata123",
            "sunita@okaxis",
        ] {
            assert_eq!(refused(text).map(|violation| violation.code), Some("weak_password"), "{text}");
        }
        let stranger = shop("Asha Stores", "Asha Rao");
        assert_eq!(check(&Password::parse("SunitaDeshmukh7").unwrap(), &stranger), Ok(()));
        assert!(refused("SunitaDeshmukh7").is_some());
    }

    #[test]
    fn a_refusal_has_advice() {
        let message = refused("password1").unwrap().message;
        assert!(
            message.starts_with("must be harder to guess: This is a very common password. "),
            "{message}"
        );
        assert!(!message.contains("password1") && !message.ends_with('.'), "{message}");
    }

    #[test]
    fn what_is_hard_to_guess_is_accepted() {
        for text in ["correct horse battery", "मेरी दुकान सबसे अच्छी", "tr0ub4dor-und-so", "x7#kQ9!zVp"]
        {
            assert_eq!(refused(text), None, "{text}");
        }
    }

    #[test]
    fn a_long_password_takes_no_longer_than_its_first_100_characters() {
        let long = "aB3$".repeat(32);
        let text = Password::parse(&long).unwrap();
        let start = Password::parse(&long[..100]).unwrap();
        assert_eq!(check(&text, &own()), check(&start, &own()));
    }
}
