//! The front door for programs that embed Khata.

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

/// A book of many shops over one store, cheap to clone. It opens a [`Shop`] to those who may.
///
/// It holds no state that matters: any number of processes may have one over the same database.
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

/// How to set up a [`Khata`].
#[derive(Debug)]
pub struct Builder {
    store: Arc<dyn Store>,
    keys: KeyRing,
    auth: AuthConfig,
    clock: Clock,
    write_timeout: Duration,
}

impl Builder {
    /// Signs tokens with these keys. Without, with one made now: then tokens end with the process.
    #[must_use]
    pub fn keys(mut self, keys: KeyRing) -> Self {
        self.keys = keys;
        self
    }

    /// How logins and tokens are dealt with.
    #[must_use]
    pub fn auth(mut self, auth: AuthConfig) -> Self {
        self.auth = auth;
        self
    }

    /// Takes the time from this clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How long a change may wait for the database; 10 seconds if not said.
    #[must_use]
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// The book.
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
    /// A book over this store, with default settings.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self::builder(store).build()
    }

    /// A book over this store, to be set up.
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

    /// Adds a shop owner, with an empty book.
    ///
    /// # Errors
    /// [`Error::Refused`] with `MobileTaken`.
    pub async fn register(&self, new: NewOwner) -> Result<Owner, Error> {
        self.inner.auth.register(new).await
    }

    /// Opens a session for whoever knows the password. `peer` is where the try came from, to count tries by.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`], whatever is wrong, and after the same time; [`Error::Throttled`].
    pub async fn login(
        &self,
        mobile: &MobileNumber,
        password: &SecretString,
        peer: Option<IpAddr>,
    ) -> Result<Login, Error> {
        self.inner.auth.login(mobile, password, peer).await
    }

    /// Opens the book of the session that a token stands for.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if it is malformed, forged or expired, or its session has ended, here or elsewhere.
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

    /// Opens a book without a token: for programs that know by themselves who is asking.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn shop(&self, owner: OwnerId) -> Result<Shop, Error> {
        let owner = self.inner.store.head(owner).await?.owner;
        let opened =
            Opened { owner: owner.id, session: None, currency: owner.currency, time_zone: owner.time_zone };
        Ok(Shop::new(self.inner.clone(), opened))
    }

    /// Lets go those who wait for entries ([`Shop::entries_to_come`]), and lets nobody wait any more: for a process
    /// that is about to stop.
    pub fn stop_waiting(&self) {
        self.inner.notifier.close();
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`Error::Store`] if there is none.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.inner.store.ping().await?)
    }

    /// The time by this book's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }
}
