//! Characters that nobody sees, by which a text can look like another one. What programs insert without being asked is
//! dropped; what turns the direction of text, or stands for nothing at all, is refused.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

use crate::error::Violation;

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// First character of the scripts that join letters: before it are Latin, Greek, Cyrillic and Armenian.
const FIRST_JOINED: char = '\u{590}';

/// Canonical combining class of the signs that kill a vowel, after which a joiner chooses the form of the letter.
const VIRAMA: u8 = 9;

/// Returns a text without the invisible characters that programs insert.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_inserted(c) || is_joiner(c)) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    // Composed, since that is what a joiner stands between in the end.
    let mut rest = text.nfc().filter(|c| !is_inserted(*c)).peekable();
    while let Some(c) = rest.next() {
        if !is_joiner(c) || joins(kept.chars().next_back(), rest.peek().copied()) {
            kept.push(c);
        }
    }
    Cow::Owned(kept)
}

/// Checks that nothing invisible is left in a text but joiners.
///
/// # Errors
/// `invisible_character`.
pub(super) fn checked(text: String) -> Result<String, Violation> {
    match text.chars().find(|c| !c.is_ascii() && is_refused(*c)) {
        None => Ok(text),
        Some(found) => {
            let message = format!(
                "must not contain the invisible character U+{:04X}; type the text anew",
                u32::from(found)
            );
            Err(Violation::new("invisible_character", message))
        }
    }
}

/// Zero-width spaces, soft hyphens and marks of direction, which text editors, phones and web pages leave in what is
/// copied.
fn is_inserted(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}')
}

fn is_joiner(c: char) -> bool {
    matches!(c, ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER)
}

/// Whether a joiner between these characters changes what is seen, in the spirit of RFC 5892, appendix A.1 and A.2: after a
/// virama, between letters of a script that joins them, and between pictures.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    if canonical_combining_class(before) == VIRAMA {
        return true;
    }
    let Some(after) = after else { return false };
    let is_joined = |c: char| {
        let group = c.general_category_group();
        c >= FIRST_JOINED && matches!(group, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark)
    };
    let is_picture = |c: char| {
        matches!(c.general_category(), GeneralCategory::OtherSymbol | GeneralCategory::ModifierSymbol)
    };
    (is_joined(before) && is_joined(after))
        || ((is_picture(before) || before == '\u{fe0f}') && is_picture(after))
}

/// Returns whether a character is invisible, and nothing that a script needs. Of category Format, only those are visible
/// which stand before the digits that they enclose. Fillers and blanks are letters and symbols by category.
fn is_refused(c: char) -> bool {
    let is_visible = matches!(
        c,
        '\u{600}'..='\u{605}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{110bd}'
            | '\u{110cd}'
    );
    let is_blank = matches!(
        c,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{ffa0}'
    );
    let is_format = c.general_category() == GeneralCategory::Format;
    is_blank || (is_format && !is_visible && !is_joiner(c))
}
