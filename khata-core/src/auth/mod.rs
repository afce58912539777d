//! Authentication: passwords, tokens, sessions, and throttling of repeated attempts.
//!
//! - A password is kept as an Argon2id hash and nothing else ([`Password`], [`HashCost`]).
//! - A token is a set of signed claims that name a session ([`KeyRing`]). The session is a row of the store, so a logout
//!   takes effect at once in every process.
//! - Failed attempts are counted before they are answered, across all processes ([`ThrottleConfig`]).
//!
//! The `Debug` output of these types never contains a secret.

mod hash_memory;
mod in_flight;
mod logins;
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

pub use crate::keys::KeyRing;
pub use password::{HashCost, Password};
pub use throttle::{ThrottleConfig, ThrottleLimits};

use self::password::{Hasher, Place, Verdict};
use self::session::Liveness;
use self::throttle::Throttles;
use self::token::Tokens;
use crate::calendar::{Clock, Timestamp};
use crate::error::Error;
use crate::id::{OwnerId, SessionId};
use crate::owner::{NO_PASSWORD_HASH, NewOwner, Owner, OwnerUpdate, PasswordChange};
use crate::phone::MobileNumber;
use crate::store::{Credentials, LiveSession, PasswordWrite, Session, Store, StoreError};

/// Configuration of logins and tokens. Processes that share a database should use the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthConfig {
    /// The `iss` claim of tokens.
    pub issuer: String,
    /// The `aud` claim of tokens.
    pub audience: String,
    /// Lifetime of a token from the login, truncated to whole seconds.
    pub token_life: Duration,
    /// Maximum number of password hashes computed concurrently, each with the memory of its [`HashCost`]; at least 1.
    /// 64 more requests per permit may wait; any further one fails with [`Error::Overloaded`].
    pub hash_permits: usize,
    /// Cost of a password hash. After a change, each owner's hash is renewed at their next login.
    pub hash_cost: HashCost,
    /// Limits on repeated attempts.
    pub tries: ThrottleConfig,
}

impl Default for AuthConfig {
    /// Tokens last a week, since a shop logs in on its own device and `logout_all` revokes a lost token. The number of
    /// concurrent hashes is the number of cores, at most 4.
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
    /// Returns the default configuration with the cheapest password hashes. They protect nothing: use it only in tests.
    #[must_use]
    pub fn cheap_for_tests() -> Self {
        Self { hash_cost: HashCost::CheapForTests, ..Self::default() }
    }
}

/// The result of a login.
#[derive(Debug, Clone)]
pub struct Login {
    /// The owner who logged in.
    pub owner: Owner,
    /// Token that authenticates further requests.
    pub token: SecretString,
    /// Time at which the token expires, in whole seconds.
    pub expires_at: Timestamp,
    /// The session that the token belongs to.
    pub session: SessionId,
}

/// Registers owners and manages their sessions.
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
    /// Creates a service over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, config: AuthConfig, keys: KeyRing, clock: Clock) -> Self {
        Self {
            throttles: Throttles::new(store.clone(), config.tries, clock.clone()),
            clock,
            token_life: config.token_life,
            hasher: Hasher::new(config.hash_cost, config.hash_permits),
            tokens: Tokens::new(keys, config.issuer, config.audience),
            liveness: Liveness::new(store.clone()),
            store,
        }
    }

    /// Returns the hash of a new owner's password.
    ///
    /// # Errors
    /// [`Error::Overloaded`].
    pub(crate) async fn hash_of(&self, new: &NewOwner) -> Result<String, Error> {
        match &new.password {
            Some(password) => self.hash(password).await,
            None => Ok(NO_PASSWORD_HASH.to_owned()),
        }
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`Error::Overloaded`].
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, Error> {
        let place = self.hasher.reserve()?;
        self.hasher.hash(&place, password.secret()).await
    }

    /// Verifies a mobile number and a password, and opens a session. Failures are also counted by `peer`, the address of
    /// the client.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`] if the mobile number is unknown or the password is wrong, after the same time in both
    /// cases. [`Error::Throttled`] after too many failures and [`Error::Overloaded`], neither of which tells whether the
    /// password is right.
    pub async fn login(
        &self,
        mobile: &MobileNumber,
        password: &SecretString,
        peer: Option<IpAddr>,
    ) -> Result<Login, Error> {
        let place = self.hasher.reserve()?;
        let mut attempt = self.throttles.begin_login(mobile, peer).await?;
        let verified = self.verified(&place, mobile, password).await?;
        attempt.answerable().await?;
        let Some((credentials, verdict)) = verified else {
            attempt.failed().await?;
            return Err(Error::WrongCredentials);
        };
        if verdict.outdated {
            self.renew_hash(&place, &credentials, password).await;
        }
        let login = self.open_session(&credentials).await?;
        attempt.succeeded().await;
        Ok(login)
    }

    /// Returns the session that a token belongs to.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if the token is malformed, forged or expired, or its session has ended.
    pub async fn authenticate(&self, token: &str) -> Result<LiveSession, Error> {
        let (owner, session) = self.tokens.verify(token, self.clock.now())?;
        self.liveness.find(owner, session).await?.ok_or(Error::InvalidToken)
    }

    /// Checks that a session is still live.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if the session has ended.
    pub async fn still_live(&self, owner: OwnerId, session: SessionId) -> Result<(), Error> {
        self.liveness.find(owner, session).await?.map(drop).ok_or(Error::InvalidToken)
    }

    /// Verifies the change of password in an update, if there is one, and returns the row to write. The session `keep` stays
    /// open.
    ///
    /// # Errors
    /// Those of [`change_password`](Self::change_password).
    pub(crate) async fn new_password(
        &self,
        owner: OwnerId,
        keep: Option<SessionId>,
        update: &OwnerUpdate,
    ) -> Result<Option<PasswordWrite>, Error> {
        match &update.password {
            Some(change) => self.change_password(owner, keep, change).await.map(Some),
            None => Ok(None),
        }
    }

    /// Verifies a change of password and returns the row to write. The session `keep` stays open.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `currentPassword` if it is wrong; [`Error::Throttled`] and [`Error::Overloaded`], neither of
    /// which tells whether it is right; [`Error::NotFound`] if there is no such owner.
    pub async fn change_password(
        &self,
        owner: OwnerId,
        keep: Option<SessionId>,
        change: &PasswordChange,
    ) -> Result<PasswordWrite, Error> {
        let place = self.hasher.reserve()?;
        let mut attempt = self.throttles.begin_password_change(owner).await?;
        let credentials = self.store.credentials(owner).await?;
        let verdict = self.hasher.verify(&place, &change.current, &credentials.password_hash).await?;
        attempt.answerable().await?;
        if !verdict.matches {
            attempt.failed().await?;
            return Err(Error::invalid("currentPassword", "wrong_password", "is not the current password"));
        }
        attempt.succeeded().await;
        let hash = self.hasher.hash(&place, change.new.secret()).await?;
        Ok(PasswordWrite { hash, version: credentials.password_version + 1, keep })
    }

    /// Returns the owner's credentials and the verdict on their hash if the password is right.
    async fn verified(
        &self,
        place: &Place,
        mobile: &MobileNumber,
        password: &SecretString,
    ) -> Result<Option<(Credentials, Verdict)>, Error> {
        let credentials = match self.store.credentials_by_mobile(mobile).await {
            Ok(credentials) => Some(credentials),
            Err(StoreError::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        let hash = credentials.as_ref().map_or(self.hasher.stand_in(), |found| &found.password_hash);
        let verdict = self.hasher.verify(place, password, hash).await?;
        Ok(credentials.filter(|_| verdict.matches).map(|credentials| (credentials, verdict)))
    }

    /// Replaces an outdated hash. A failure is only logged: the old hash stays valid, and the next login tries again.
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
