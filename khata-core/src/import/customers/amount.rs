//! Amounts in the formats of other programs.

/// Converts an amount to plain digits: without a currency sign, grouping and spaces. Credits, marked with `Cr` or brackets,
/// become negative. Other texts stay as they are, to be rejected by the parser of amounts.
pub(super) fn plain(text: &str) -> String {
    let bare = text.trim().trim_start_matches("Rs.").trim_start_matches(['₹', '$', '€', '£']).trim();
    let (bare, in_brackets) = match bare.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inside) => (inside, true),
        None => (bare, false),
    };
    let end = |letters: &str| {
        let at = bare.len().checked_sub(2)?;
        let (amount, end) = bare.split_at_checked(at)?;
        end.eq_ignore_ascii_case(letters).then_some(amount)
    };
    let (bare, is_credit) = match (end("dr"), end("cr")) {
        (Some(amount), _) => (amount, false),
        (None, Some(amount)) => (amount, true),
        (None, None) => (bare, false),
    };
    let digits: String = bare.chars().filter(|c| !matches!(c, ',' | ' ' | '\u{a0}')).collect();
    if in_brackets || is_credit { format!("-{digits}") } else { digits }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn amounts_are_read_as_they_are_written() {
        for (text, read) in [
            ("1180.5", "1180.5"),
            (" ₹ 1,18,050.50 ", "118050.50"),
            ("Rs. 500", "500"),
            ("500.00 Dr", "500.00"),
            ("500 CR", "-500"),
            ("(1,500)", "-1500"),
            ("-20", "-20"),
            ("", ""),
            ("five", "five"),
            ("-5 Cr", "--5"),
        ] {
            assert_eq!(plain(text), read, "{text}");
        }
    }
}
