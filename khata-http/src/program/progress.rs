//! How far a long command has got.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error. Nothing is drawn where that is not a terminal.
pub(super) fn bar(what: &'static str, length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:10} {wide_bar} {human_pos}/{human_len}")
        .expect("the template is valid");
    ProgressBar::new(length).with_style(style).with_message(what)
}
