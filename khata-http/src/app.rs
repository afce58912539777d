//! What every handler has at hand.

use std::ops::Deref;
use std::sync::Arc;

use khata_core::Khata;
use khata_core::id::OwnerId;

use crate::config::Config;
use crate::cursor::List;
use crate::failure_log::FailureLog;
use crate::metrics::Metrics;
use crate::rates::Buckets;

/// The book, the settings, the figures and the counts, cheap to clone, which every layer does for every request.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<Parts>);

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) khata: Khata,
    pub(crate) config: Config,
    pub(crate) metrics: Metrics,
    pub(crate) rates: Buckets,
    pub(crate) failures: FailureLog,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub(crate) fn new(khata: Khata, config: Config) -> Self {
        let rates = Buckets::new(&config.rates);
        let (metrics, failures) = (Metrics::new(), FailureLog::default());
        Self(Arc::new(Parts { khata, config, metrics, rates, failures }))
    }

    /// The list of that shop at that path.
    pub(crate) fn list(&self, owner: OwnerId, path: impl Into<String>) -> List<'_> {
        List { key: &self.config.cursor_key, owner, path: path.into() }
    }
}
