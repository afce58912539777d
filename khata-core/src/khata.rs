//! The entry point for programs that embed Khata.

use std::sync::Arc;
use std::time::Duration;

use crate::auth::{AuthConfig, AuthService};
use crate::calendar::Clock;
use crate::engine::notifier::Notifier;
use crate::engine::poster::Poster;
use crate::engine::shares::{self, Shares};
use crate::error::Error;
use crate::id::OwnerId;
use crate::keys::KeyRing;
use crate::owner::{NewOwner, Owner};
use crate::shop::{Opened, Shop};
use crate::store::Store;

/// The books of many shops in one store. It registers owners, authenticates them, and opens their [`Shop`]s.
///
/// It is cheap to clone, and has no state that must be preserved: any number of processes may use the same database.
#[derive(Debug, Clone)]
pub struct Khata {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) auth: AuthService,
    pub(crate) keys: KeyRing,
    pub(crate) poster: Poster,
    pub(crate) notifier: Arc<Notifier>,
    /// Shares of short reads, and of those that may read much of a book.
    pub(crate) reads: Arc<Shares>,
    pub(crate) reports: Arc<Shares>,
    pub(crate) clock: Clock,
    pub(crate) write_timeout: Duration,
}

/// A builder of a [`Khata`].
#[derive(Debug)]
pub struct Builder {
    store: Arc<dyn Store>,
    keys: KeyRing,
    pub(crate) auth: AuthConfig,
    clock: Clock,
    write_timeout: Duration,
}

impl Builder {
    /// Sets the keys that sign tokens and heads of books. By default a key is generated, so that tokens become invalid when
    /// the process ends.
    #[must_use]
    pub fn keys(mut self, keys: KeyRing) -> Self {
        self.keys = keys;
        self
    }

    /// Sets the clock. The default is the system clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the maximum time that a change waits for the database. The default is 10 seconds.
    #[must_use]
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// Builds the [`Khata`].
    #[must_use]
    pub fn build(self) -> Khata {
        let auth = AuthService::new(self.store.clone(), self.auth, self.keys.clone(), self.clock.clone());
        let notifier = Arc::new(Notifier::default());
        let poster = Poster::new(self.store.clone(), self.clock.clone(), notifier.clone());
        let Self { store, keys, clock, write_timeout, .. } = self;
        let inner = Inner {
            store,
            auth,
            keys,
            poster,
            notifier,
            reads: Shares::new(shares::READS),
            reports: Shares::new(shares::REPORTS),
            clock,
            write_timeout,
        };
        Khata { inner: Arc::new(inner) }
    }
}

impl Khata {
    /// Creates a [`Khata`] over a store, with default settings.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self::builder(store).build()
    }

    /// Creates a builder of a [`Khata`] over a store.
    #[must_use]
    pub fn builder(store: Arc<dyn Store>) -> Builder {
        Builder {
            store,
            keys: KeyRing::generate(),
            auth: AuthConfig::default(),
            clock: Clock::system(),
            write_timeout: Duration::from_secs(10),
        }
    }

    /// Registers a shop owner with an empty book.
    ///
    /// # Errors
    /// [`Error::Refused`] with `MobileTaken` if another owner has the mobile number; [`Error::Overloaded`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), khata_core::Error> {
    /// use std::sync::Arc;
    /// use khata_core::{Khata, owner::NewOwner, store::MemoryStore};
    ///
    /// let khata = Khata::new(Arc::new(MemoryStore::new()));
    /// // The program authenticates owners itself; with the feature `auth`, `NewOwner::new` takes a password too.
    /// let new = NewOwner::without_password("Sharma Kirana", "Asha Sharma", "98765 43210")?;
    /// let owner = khata.register(new).await?;
    /// assert_eq!(owner.mobile.as_str(), "+919876543210");
    /// let shop = khata.shop(owner.id).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn register(&self, new: NewOwner) -> Result<Owner, Error> {
        let password_hash = self.inner.auth.hash_of(&new).await?;
        let head = new.into_head(self.inner.clock.now());
        self.inner.store.create_owner(&head, &password_hash).await?;
        Ok(head.owner)
    }

    /// Opens a shop without a token, for programs that authenticate callers themselves.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such owner.
    pub async fn shop(&self, owner: OwnerId) -> Result<Shop, Error> {
        let owner = self.inner.store.head(owner).await?.owner;
        let opened =
            Opened { owner: owner.id, session: None, currency: owner.currency, time_zone: owner.time_zone };
        Ok(Shop::new(self.inner.clone(), opened))
    }

    /// Ends all waits for entries ([`Shop::entries_to_come`]) and prevents new ones, before the process shuts down.
    pub fn stop_waiting(&self) {
        self.inner.notifier.close();
    }

    /// Checks that the database responds.
    ///
    /// # Errors
    /// [`Error::Store`] if it doesn't.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.inner.store.ping().await?)
    }

    /// Returns the clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }
}
