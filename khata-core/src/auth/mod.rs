//! Who may open a book: passwords, tokens, sessions, and the patience with those who guess.
//!
//! - A password is kept as an Argon2id hash and nothing else ([`Password`], [`HashCost`]).
//! - A token is signed claims that name a session ([`KeyRing`]). The session is a row of the store, so a logout holds
//!   at once, in every process.
//! - Tries are counted before the password is looked at ([`ThrottleConfig`]).
//!
//! Nothing that is secret can be printed.

mod password;
mod session;
#[cfg(test)]
mod tests;
mod throttle;
mod token;

use std::net::IpAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use secrecy::SecretString;

pub use password::{HashCost, Password};
#[cfg(feature = "import")]
pub(crate) use password::{hash_of_no_password, is_hash_of_no_password};
pub use throttle::{ThrottleConfig, ThrottleLimits};
pub use token::KeyRing;

use self::password::{Hasher, Place};
use self::session::Liveness;
use self::throttle::Throttles;
use self::token::Tokens;
use crate::calendar::{Clock, Timestamp};
use crate::counters::Counters;
use crate::error::Error;
use crate::id::{OwnerId, SessionId};
use crate::ledger;
use crate::owner::{NewOwner, Owner, PasswordChange};
use crate::phone::MobileNumber;
use crate::store::{Credentials, Head, LiveSession, PasswordWrite, Session, Store, StoreError};

/// How logins and tokens are dealt with. Processes that serve one database should agree on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthConfig {
    /// The `iss` of tokens.
    pub issuer: String,
    /// The `aud` of tokens.
    pub audience: String,
    /// How long a token lasts after the login, less what is finer than a second.
    pub token_life: Duration,
    /// How many hashes are made at once, each with the memory of its [`HashCost`]; at least 1. Some 64 more for each
    /// may wait; who comes after them is told that the server is busy.
    pub hash_permits: usize,
    /// What a hash costs. When it changes, each owner's hash is renewed at their next login.
    pub hash_cost: HashCost,
    /// How many tries are free, and what further ones cost.
    pub tries: ThrottleConfig,
}

impl Default for AuthConfig {
    /// Tokens last a week: a shop logs in on its own device, and a token that was lost ends with `logout_all`. As many
    /// hashes at once as there are cores, but at most 4.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self {
            issuer: "khata".into(),
            audience: "khata".into(),
            token_life: Duration::from_secs(7 * 24 * 60 * 60),
            hash_permits: cores.min(4),
            hash_cost: HashCost::default(),
            tries: ThrottleConfig::default(),
        }
    }
}

impl AuthConfig {
    /// The default configuration for tests: password hashes are as cheap as can be, and protect nothing.
    #[must_use]
    pub fn cheap_for_tests() -> Self {
        Self { hash_cost: HashCost::CheapForTests, ..Self::default() }
    }
}

/// What a login gives.
#[derive(Debug, Clone)]
pub struct Login {
    /// Who logged in.
    pub owner: Owner,
    /// What to authenticate with from now on.
    pub token: SecretString,
    /// When the token expires, to the second.
    pub expires_at: Timestamp,
    /// The session that it stands for.
    pub session: SessionId,
}

/// Registers owners, and lets them in and out.
#[derive(Debug)]
pub struct AuthService {
    store: Arc<dyn Store>,
    clock: Clock,
    token_life: Duration,
    hasher: Hasher,
    tokens: Tokens,
    liveness: Liveness,
    throttles: Throttles,
}

impl AuthService {
    /// The service over that store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, config: AuthConfig, keys: KeyRing, clock: Clock) -> Self {
        Self {
            clock,
            token_life: config.token_life,
            hasher: Hasher::new(config.hash_cost, config.hash_permits),
            tokens: Tokens::new(keys, config.issuer, config.audience),
            liveness: Liveness::new(store.clone()),
            throttles: Throttles::new(store.clone(), config.tries),
            store,
        }
    }

    /// The keys that tokens are signed with.
    pub(crate) fn keys(&self) -> &KeyRing {
        self.tokens.keys()
    }

    #[cfg(feature = "import")]
    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, Error> {
        let place = self.hasher.reserve()?;
        self.hasher.hash(&place, password.secret()).await
    }

    /// Adds a shop owner, with an empty ledger.
    ///
    /// # Errors
    /// [`Error::Refused`] with `MobileTaken`; [`Error::Overloaded`].
    pub async fn register(&self, new: NewOwner) -> Result<Owner, Error> {
        let place = self.hasher.reserve()?;
        let password_hash = self.hasher.hash(&place, new.password.secret()).await?;
        let head = empty_ledger(new, self.clock.now());
        self.store.create_owner(&head, &password_hash).await?;
        Ok(head.owner)
    }

    /// Opens a session for whoever knows the password. `peer` is where the try came from, to count tries by.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`], whatever is wrong, and after the same time; [`Error::Throttled`],
    /// [`Error::Overloaded`]: the password was not looked at.
    pub async fn login(
        &self,
        mobile: &MobileNumber,
        password: &SecretString,
        peer: Option<IpAddr>,
    ) -> Result<Login, Error> {
        let place = self.hasher.reserve()?;
        let counted = self.throttles.count_login(self.clock.now(), mobile, peer).await?;
        let credentials = self.verified(&place, mobile, password).await?;
        let login = self.open_session(&credentials).await?;
        self.throttles.succeeded(self.clock.now(), counted).await;
        Ok(login)
    }

    /// The session that a token stands for.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if it is malformed, forged or expired, or its session has ended.
    pub async fn authenticate(&self, token: &str) -> Result<LiveSession, Error> {
        let (owner, session) = self.tokens.verify(token, self.clock.now())?;
        self.liveness.find(owner, session).await?.ok_or(Error::InvalidToken)
    }

    /// Whether a session that was live still is.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if it has ended.
    pub async fn still_live(&self, owner: OwnerId, session: SessionId) -> Result<(), Error> {
        self.liveness.find(owner, session).await?.map(drop).ok_or(Error::InvalidToken)
    }

    /// Ends a session; one that has ended already stays so.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn logout(&self, owner: OwnerId, session: SessionId) -> Result<(), Error> {
        Ok(self.store.end_session(owner, session).await?)
    }

    /// Ends every session of an owner.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn logout_all(&self, owner: OwnerId) -> Result<(), Error> {
        Ok(self.store.end_sessions(owner).await?)
    }

    /// Checks a change of password, and says what to write. `keep` is the session that shall go on.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `currentPassword` if it is wrong; [`Error::Throttled`], [`Error::Overloaded`]: it was not
    /// looked at; [`Error::NotFound`].
    pub async fn change_password(
        &self,
        owner: OwnerId,
        keep: Option<SessionId>,
        change: &PasswordChange,
    ) -> Result<PasswordWrite, Error> {
        let place = self.hasher.reserve()?;
        let counted = self.throttles.count_password_change(self.clock.now(), owner).await?;
        let credentials = self.store.credentials(owner).await?;
        let verdict = self.hasher.verify(&place, &change.current, &credentials.password_hash).await?;
        if !verdict.matches {
            return Err(Error::invalid("currentPassword", "wrong_password", "is not the current password"));
        }
        let hash = self.hasher.hash(&place, change.new.secret()).await?;
        self.throttles.succeeded(self.clock.now(), counted).await;
        Ok(PasswordWrite { hash, version: credentials.password_version + 1, keep })
    }

    /// The credentials that the password was verified with.
    async fn verified(
        &self,
        place: &Place,
        mobile: &MobileNumber,
        password: &SecretString,
    ) -> Result<Credentials, Error> {
        let credentials = match self.store.credentials_by_mobile(mobile).await {
            Ok(credentials) => Some(credentials),
            Err(StoreError::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        let hash = credentials.as_ref().map_or(self.hasher.stand_in(), |found| &found.password_hash);
        let verdict = self.hasher.verify(place, password, hash).await?;
        let credentials = credentials.filter(|_| verdict.matches).ok_or(Error::WrongCredentials)?;
        if verdict.outdated {
            self.renew_hash(place, &credentials, password).await;
        }
        Ok(credentials)
    }

    /// A failure is logged and no more: the old hash serves, and the next login tries again.
    async fn renew_hash(&self, place: &Place, credentials: &Credentials, password: &SecretString) {
        let renewed = async {
            let hash = self.hasher.hash(place, password).await?;
            let Credentials { owner, password_version, .. } = *credentials;
            Ok::<_, Error>(self.store.renew_password_hash(owner, password_version, &hash).await?)
        };
        if let Err(error) = renewed.await {
            tracing::warn!(%error, owner = %credentials.owner, "failed to renew the hash of a password");
        }
    }

    async fn open_session(&self, credentials: &Credentials) -> Result<Login, Error> {
        let now = self.clock.now();
        let session = Session {
            owner: credentials.owner,
            id: SessionId::generate(),
            opened_at: now,
            expires_at: token::whole_seconds(now.plus(self.token_life)),
        };
        let token = self.tokens.issue(&session)?;
        match self.store.open_session(&session, credentials.password_version).await {
            Ok(()) => {}
            // The password has changed since it was verified.
            Err(StoreError::Stale) => return Err(Error::WrongCredentials),
            Err(error) => return Err(error.into()),
        }
        let owner = self.store.head(session.owner).await?.owner;
        Ok(Login { owner, token, expires_at: session.expires_at, session: session.id })
    }
}

fn empty_ledger(new: NewOwner, now: Timestamp) -> Head {
    let owner = Owner {
        id: OwnerId::generate(),
        shop_name: new.shop_name,
        proprietor_name: new.proprietor_name,
        mobile: new.mobile,
        gst_number: new.gst_number,
        state: new.state,
        currency: new.currency,
        time_zone: new.time_zone,
        upi_id: new.upi_id,
        locked_until: None,
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    let hash = ledger::genesis_hash(owner.id, owner.currency, owner.time_zone);
    Head { owner, password_version: 1, seq: 0, hash, recorded_at: now, counters: Counters::default() }
}
