//! Search words of customers. A store keeps them as computed here and compares bytes, so that a search has the same result
//! on all stores.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::phone::MobileNumber;
use crate::text::Tag;

/// Maximum number of words that a customer's texts are indexed under.
pub const WORDS_MAX: usize = 32;

/// Maximum number of characters of a word, in the index and in a query. Further characters are ignored.
pub const WORD_CHARACTERS_MAX: usize = 32;

/// Maximum number of words of a query. Further words are ignored.
pub const QUERY_WORDS_MAX: usize = 8;

/// Returns the search words of some texts: distinct, sorted, and folded so that case, accents and the script of digits are
/// ignored.
#[must_use]
pub fn words<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    distinct(texts.into_iter().flat_map(split), WORDS_MAX)
}

/// Returns the search words of a mobile number: the digits in E.164 form, and the national digits.
#[must_use]
pub fn mobile_words(number: &MobileNumber) -> [String; 2] {
    [number.as_str().trim_start_matches('+').to_owned(), number.national_digits()]
}

/// Returns the word that customers with a tag are found by. No query has such a word, since it begins with a symbol.
#[must_use]
pub fn tag_word(tag: &Tag) -> String {
    format!("#{}#", sort_key(tag.as_str()))
}

/// Returns the words of a query. A customer matches if each of them is a prefix of one of the customer's words; an empty
/// query matches every customer.
#[must_use]
pub fn query_words(query: &str) -> Vec<String> {
    match dialled(query) {
        Some(digits) => vec![digits],
        None => distinct(split(query), QUERY_WORDS_MAX),
    }
}

/// Returns the sort key of a name, to be compared bytewise. It is folded like search words, so that case and accents are
/// ignored.
#[must_use]
pub fn sort_key(name: &str) -> String {
    fold(name).collect()
}

/// Returns the first distinct words, sorted.
fn distinct(words: impl IntoIterator<Item = String>, most: usize) -> Vec<String> {
    let mut distinct = Vec::new();
    for word in words {
        if distinct.len() == most {
            break;
        }
        if !distinct.contains(&word) {
            distinct.push(word);
        }
    }
    distinct.sort_unstable();
    distinct
}

/// Splits a text into folded and truncated words, in order.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut count = 0;
    for c in fold(text) {
        if is_separator(c) {
            words.push(std::mem::take(&mut word));
            count = 0;
        } else if count < WORD_CHARACTERS_MAX {
            word.push(c);
            count += 1;
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Folds a text for compatibility caseless matching (The Unicode Standard, D146), removes marks that are often left out in
/// writing, and converts digits to ASCII.
fn fold(text: &str) -> impl Iterator<Item = char> {
    let compatible = text.nfd().default_case_fold().nfkd().default_case_fold().nfkd();
    compatible.filter(|c| !is_left_out(*c)).map(ascii_digit)
}

/// Returns whether a character is removed: nuktas (7), Hebrew and Arabic points (10–35), and accents (200 and above).
/// Vowel signs and viramas of Indian scripts have other classes and stay, since words differ by them. Format characters,
/// such as joiners, are invisible.
fn is_left_out(c: char) -> bool {
    matches!(canonical_combining_class(c), 7 | 10..=35 | 200..)
        || c.general_category() == GeneralCategory::Format
}

fn is_separator(c: char) -> bool {
    c.is_control()
        || matches!(
            c.general_category_group(),
            GeneralCategoryGroup::Separator
                | GeneralCategoryGroup::Punctuation
                | GeneralCategoryGroup::Symbol
        )
}

/// Converts a decimal digit of any script to ASCII. Unicode encodes the ten of a script in order and side by side (The Unicode
/// Standard, section 4.6), so a digit's value is its distance from the start of its run.
fn ascii_digit(c: char) -> char {
    if c.is_ascii() || !is_digit(c) {
        return c;
    }
    let before = (0..u32::from(c)).rev().map_while(char::from_u32).take_while(|c| is_digit(*c)).count();
    char::from(b"0123456789"[before % 10])
}

fn is_digit(c: char) -> bool {
    c.general_category() == GeneralCategory::DecimalNumber
}

/// Returns the digits of a query that is a mobile number, or a large part of one, with any spacing. Split into words it
/// would not match.
fn dialled(query: &str) -> Option<String> {
    /// Minimum number of digits. Fewer may be part of a name (`24 x 7`).
    const DIGITS_MIN: usize = 6;
    let query: String = fold(query.trim()).take(MobileNumber::CHARACTERS_MAX + 1).collect();
    let digits: String = query.chars().filter(char::is_ascii_digit).collect();
    let spaced = query.chars().all(|c| c.is_ascii_digit() || " +-.()/".contains(c));
    if !spaced || digits.len() < DIGITS_MIN || query.len() > MobileNumber::CHARACTERS_MAX {
        return None;
    }
    match MobileNumber::parse(&query) {
        // The search word that the digits end with: with digits before it, such as a trunk prefix, nothing would match.
        Ok(number) => mobile_words(&number).into_iter().find(|word| digits.ends_with(word.as_str())),
        Err(_) => Some(digits),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Vec<String> {
        words([text])
    }

    #[test]
    fn case_and_accents_do_not_count() {
        assert_eq!(of("José ÉCLAIR"), ["eclair", "jose"]);
        assert_eq!(of("Jose\u{301}"), of("JOSÉ"));
        assert_eq!(of("Straße STRASSE"), ["strasse"]);
        assert_eq!(of("ΣΊΣΥΦΟΣ"), of("σίσυφος"));
        assert_eq!(of("İstanbul"), ["istanbul"]);
        assert_eq!(of("ﬁne ＡＢＣ Å"), ["a", "abc", "fine"]);
    }

    #[test]
    fn vowel_signs_of_indian_scripts_stay() {
        assert_eq!(of("किराना"), ["किराना"]);
        assert_ne!(of("किराना"), of("करना"));
        assert_eq!(of("श्री गणेश"), ["गणेश", "श्री"]);
        assert_eq!(of("தமிழ் கடை"), ["கடை", "தமிழ்"]);
        assert_eq!(of("দোকান").len(), 1);
        assert_eq!(of("దుకాణం"), ["దుకాణం"]);
    }

    #[test]
    fn nuktas_points_and_joiners_do_not_count() {
        assert_eq!(of("ज़मीन"), of("जमीन"));
        assert_eq!(of("क\u{94d}\u{200d}ष क\u{94d}\u{200c}ष"), of("क्ष"));
        assert_eq!(of("دُکَان"), of("دکان"));
        assert_eq!(of("آدم"), of("ادم"));
        assert_eq!(of("شׁ שָׁלוֹם").len(), 2);
        assert_eq!(of("שָׁלוֹם"), of("שלום"));
    }

    #[test]
    fn digits_of_any_script_are_ascii() {
        assert_eq!(of("দোকান ২৪"), of("দোকান 24"));
        assert_eq!(of("०१२३४५६७८९"), ["0123456789"]);
        assert_eq!(of("۰۱۲۳۴۵۶۷۸۹"), ["0123456789"]);
        assert_eq!(of("٠١٢٣٤٥٦٧٨٩"), ["0123456789"]);
        assert_eq!(of("௦௧௨௩௪௫௬௭௮௯"), ["0123456789"]);
        assert_eq!(of("𝟎𝟗 𝟘𝟡 ９²"), ["09", "92"]);
        for zero in ['०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '٠', '۰', '\u{1e950}', '\u{1fbf0}']
        {
            for value in 0..10 {
                let digit = char::from_u32(u32::from(zero) + value).unwrap();
                assert_eq!(of(&digit.to_string()), [value.to_string()], "{digit}");
            }
        }
    }

    #[test]
    fn words_end_at_space_punctuation_and_symbols() {
        assert_eq!(of("M/s. Ravi & Sons (Pvt.)"), ["m", "pvt", "ravi", "s", "sons"]);
        assert_eq!(
            of("D'Souza–Pinto_and\tco\u{a0}x\u{3000}y।z"),
            ["and", "co", "d", "pinto", "souza", "x", "y", "z"]
        );
        assert_eq!(of("a₹b😀c+d\u{0}e"), ["a", "b", "c", "d", "e"]);
        assert_eq!(of(" — … ₹ "), Vec::<String>::new());
        assert_eq!(words(["Ravi Kumar", "Kumar Stores", ""]), ["kumar", "ravi", "stores"]);
    }

    #[test]
    fn words_are_limited() {
        let many: String = (0..100).map(|n| format!("w{n:02} ")).collect();
        assert_eq!(of(&many).len(), WORDS_MAX);
        assert_eq!(of(&many)[31], "w31");
        assert_eq!(query_words(&many).len(), QUERY_WORDS_MAX);
        assert_eq!(of(&"क".repeat(50)), ["क".repeat(32)]);
        assert_eq!(query_words(&"x".repeat(50)), ["x".repeat(32)]);
    }

    #[test]
    fn what_is_exactly_at_a_limit_counts_and_one_more_does_not() {
        let text = |count: usize| (0..count).map(|n| format!("w{n:02} ")).collect::<String>();
        assert_eq!(of(&text(WORDS_MAX)).len(), WORDS_MAX);
        assert_eq!(of(&text(WORDS_MAX + 1)), of(&text(WORDS_MAX)));
        assert_eq!(query_words(&text(QUERY_WORDS_MAX)).len(), QUERY_WORDS_MAX);
        assert_eq!(query_words(&text(QUERY_WORDS_MAX + 1)), query_words(&text(QUERY_WORDS_MAX)));
        assert_eq!(
            of(&format!("{0}w00", text(WORDS_MAX))),
            of(&text(WORDS_MAX)),
            "a repeated word is no other"
        );

        let word = |characters: usize| "क".repeat(characters);
        for words in [of, query_words] {
            assert_eq!(words(&word(WORD_CHARACTERS_MAX)), [word(WORD_CHARACTERS_MAX)]);
            assert_eq!(words(&word(WORD_CHARACTERS_MAX + 1)), [word(WORD_CHARACTERS_MAX)]);
            assert_eq!(words(&word(WORD_CHARACTERS_MAX - 1)), [word(WORD_CHARACTERS_MAX - 1)]);
        }
    }

    #[test]
    fn a_mobile_number_as_long_as_may_be_is_dialled_and_a_longer_one_is_words() {
        let spaced = |characters: usize| format!("98765{}43210", " ".repeat(characters - 10));
        assert_eq!(query_words(&spaced(MobileNumber::CHARACTERS_MAX)), ["9876543210"]);
        assert_eq!(query_words(&spaced(MobileNumber::CHARACTERS_MAX + 1)), ["43210", "98765"]);
    }

    #[test]
    fn mobile_numbers_are_found_with_and_without_country_code() {
        let number = MobileNumber::parse("9876543210").unwrap();
        assert_eq!(mobile_words(&number), ["919876543210", "9876543210"]);
        for query in [
            "9876543210",
            "09876543210",
            "+91 98765 43210",
            "98765 43210",
            "98765-432",
            "919876543210",
            "987654",
            "98765",
            "+91 9876",
            "९८७६५४३२१०",
            "+९१ ९८७६५ ४३२१०",
        ] {
            let wanted = query_words(query);
            let words = mobile_words(&number);
            assert!(
                wanted.iter().all(|wanted| words.iter().any(|word| word.starts_with(wanted))),
                "{wanted:?}"
            );
        }
    }

    #[test]
    fn queries_fold_as_names_do() {
        assert_eq!(query_words("  RAVI  kumar ravi "), ["kumar", "ravi"]);
        assert_eq!(query_words("24 x 7"), ["24", "7", "x"]);
        assert_eq!(query_words("Ravi 9876543210"), ["9876543210", "ravi"]);
        assert_eq!(query_words(""), Vec::<String>::new());
        assert_eq!(query_words("%_*"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn a_word_is_found_by_any_of_its_beginnings(text in "\\PC{0,40}") {
            for word in of(&text) {
                prop_assert_eq!(of(&word), [word.clone()]);
                prop_assert!((1..=WORD_CHARACTERS_MAX).contains(&word.chars().count()));
            }
        }

        #[test]
        fn composed_and_decomposed_are_alike(text in "\\PC{0,40}") {
            let decomposed: String = text.nfd().collect();
            let composed: String = text.nfc().collect();
            prop_assert_eq!(of(&decomposed), of(&composed));
        }

        #[test]
        fn no_query_makes_it_panic(query in "[-+0-9 ()०-९]{0,50}|.{0,50}") {
            prop_assert!(query_words(&query).len() <= QUERY_WORDS_MAX);
        }
    }
}
