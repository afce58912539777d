//! What every handler has at hand.

use std::sync::Arc;

use khata_core::Khata;
use khata_core::id::OwnerId;

use crate::config::Config;
use crate::cursor::List;
use crate::metrics::Metrics;

/// The book, the settings and the figures, cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) khata: Khata,
    pub(crate) config: Arc<Config>,
    pub(crate) metrics: Metrics,
}

impl App {
    /// The list of that shop at that path.
    pub(crate) fn list(&self, owner: OwnerId, path: impl Into<String>) -> List<'_> {
        List { key: &self.config.cursor_key, owner, path: path.into() }
    }
}
