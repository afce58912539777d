//! The entry point for programs that embed Khata.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::auth::{AuthConfig, AuthService, KeyRing, Login};
use crate::calendar::Clock;
use crate::engine::notifier::Notifier;
use crate::engine::poster::Poster;
use crate::error::Error;
use crate::id::OwnerId;
use crate::owner::{NewOwner, Owner};
use crate::phone::MobileNumber;
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
    pub(crate) poster: Poster,
    pub(crate) notifier: Arc<Notifier>,
    pub(crate) clock: Clock,
    pub(crate) write_timeout: Duration,
}

/// A builder of a [`Khata`].
#[derive(Debug)]
pub struct Builder {
    store: Arc<dyn Store>,
    keys: KeyRing,
    auth: AuthConfig,
    clock: Clock,
    write_timeout: Duration,
}

impl Builder {
    /// Sets the keys that sign tokens. By default a key is generated, so that tokens become invalid when the process ends.
    #[must_use]
    pub fn keys(mut self, keys: KeyRing) -> Self {
        self.keys = keys;
        self
    }

    /// Sets the configuration of logins and tokens.
    #[must_use]
    pub fn auth(mut self, auth: AuthConfig) -> Self {
        self.auth = auth;
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
        let auth = AuthService::new(self.store.clone(), self.auth, self.keys, self.clock.clone());
        let notifier = Arc::new(Notifier::default());
        let poster = Poster::new(self.store.clone(), self.clock.clone(), notifier.clone());
        let Self { store, clock, write_timeout, .. } = self;
        Khata { inner: Arc::new(Inner { store, auth, poster, notifier, clock, write_timeout }) }
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
    /// let new = NewOwner::new("Sharma Kirana", "Asha Sharma", "98765 43210", "correct horse battery")?;
    /// let owner = khata.register(new).await?;
    /// assert_eq!(owner.mobile.as_str(), "+919876543210");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn register(&self, new: NewOwner) -> Result<Owner, Error> {
        self.inner.auth.register(new).await
    }

    /// Verifies a mobile number and a password, and opens a session. Attempts are also counted by `peer`, the address of
    /// the client.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`] if the mobile number is unknown or the password is wrong, after the same time in both
    /// cases; [`Error::Throttled`] after too many failed attempts; [`Error::Overloaded`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), khata_core::Error> {
    /// # use std::sync::Arc;
    /// # use khata_core::{Khata, owner::NewOwner, store::MemoryStore};
    /// use secrecy::{ExposeSecret, SecretString};
    ///
    /// # let khata = Khata::new(Arc::new(MemoryStore::new()));
    /// # let new = NewOwner::new("Sharma Kirana", "Asha Sharma", "98765 43210", "correct horse battery")?;
    /// # let owner = khata.register(new).await?;
    /// let password = SecretString::from("correct horse battery");
    /// let login = khata.login(&owner.mobile, &password, None).await?;
    /// let shop = khata.authenticate(login.token.expose_secret()).await?;
    /// assert_eq!(shop.id(), owner.id);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn login(
        &self,
        mobile: &MobileNumber,
        password: &SecretString,
        peer: Option<IpAddr>,
    ) -> Result<Login, Error> {
        self.inner.auth.login(mobile, password, peer).await
    }

    /// Opens the shop of the session that a token belongs to. See [`login`](Self::login) for an example.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if the token is malformed, forged or expired, or its session has ended in any process.
    pub async fn authenticate(&self, token: &str) -> Result<Shop, Error> {
        let live = self.inner.auth.authenticate(token).await?;
        let opened = Opened {
            owner: live.owner,
            session: Some(live.id),
            currency: live.currency,
            time_zone: live.time_zone,
        };
        Ok(Shop::new(self.inner.clone(), opened))
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
