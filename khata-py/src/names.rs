//! The names of fields and their documentation, as Python has them: `gross_amount` for `grossAmount`.

/// A place in an input: `allocations/1/invoice_id` for `allocations/1/invoiceId`. The one that is a keyword of Python's
/// is written `from_`.
pub(crate) fn place(wire: &str) -> String {
    let mut python = String::with_capacity(wire.len() + 4);
    let mut before = None;
    for character in wire.chars() {
        let begins_number =
            character.is_ascii_digit() && before.is_some_and(|before: char| before.is_ascii_lowercase());
        if character.is_ascii_uppercase() || begins_number {
            python.push('_');
        }
        python.push(character.to_ascii_lowercase());
        before = Some(character);
    }
    if python == "from" { "from_".to_owned() } else { python }
}

/// The name on the wire of a keyword argument.
pub(crate) fn wire(python: &str) -> String {
    let mut parts = python.split('_');
    let mut wire = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        wire.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        wire.push_str(letters.as_str());
    }
    wire
}

/// Documentation that names fields, without the links of Rust's.
pub(crate) fn doc(rust: &str) -> String {
    let mut parts = rust.split('`');
    let mut python = parts.next().unwrap_or_default().to_owned();
    while let Some(code) = parts.next() {
        let is_link = python.ends_with('[');
        if is_link {
            python.pop();
        }
        let is_field = code.starts_with(|first: char| first.is_ascii_lowercase())
            && code.chars().all(|character| character.is_ascii_alphanumeric());
        python.push('`');
        python.push_str(&if is_field { place(code) } else { code.to_owned() });
        python.push('`');
        let text = parts.next().unwrap_or_default();
        python.push_str(if is_link { after_link(text) } else { text });
    }
    python
}

/// What follows a link's text: `](target)`, or `]`.
fn after_link(text: &str) -> &str {
    let text = text.strip_prefix(']').unwrap_or(text);
    text.strip_prefix('(').and_then(|target| target.split_once(')')).map_or(text, |(_, after)| after)
}
