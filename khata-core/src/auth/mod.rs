//! Authentication: passwords, tokens, sessions, and throttling of repeated attempts.
//!
//! - A password is kept as an Argon2id hash and nothing else ([`Password`], [`HashCost`]).
//! - A token is a set of signed claims that name a session ([`KeyRing`]). The session is a row of the store, so a logout
//!   takes effect at once in every process.
//! - Failed attempts are counted before they are answered, across all processes ([`ThrottleConfig`]), and apart for devices
//!   that the owner has logged in on before ([`Client::device`]).
//! - What could take the shop away from its owner needs more than a token:
//!   [`Shop::reauthenticate`](crate::Shop::reauthenticate).
//!
//! Tokens are signed with HS256 by the crate `jsonwebtoken`. Khata gives it a provider for that algorithm alone, for the whole
//! process; a program that signs with other algorithms through the same crate installs its own provider first.
//!
//! The `Debug` output of these types never contains a secret.

mod device;
mod hash_memory;
mod hash_threads;
mod hs256;
mod in_flight;
mod logins;
mod password;
mod reauthentication;
mod session;
mod strength;
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

pub(crate) use self::strength::OwnWords;

use self::device::Devices;
use self::hash_threads::Line;
use self::password::{Hasher, Place, Verdict};
use self::session::Liveness;
use self::throttle::{Origin, Throttles};
use self::token::Tokens;
use crate::calendar::{Clock, Timestamp};
use crate::error::Error;
use crate::id::{DeviceId, OwnerId, SessionId};
use crate::owner::{NO_PASSWORD_HASH, NewOwner, Owner};
use crate::phone::MobileNumber;
use crate::store::{Credentials, LiveSession, Session, Store, StoreError};

/// Configuration of logins and tokens. Processes that share a database should use the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthConfig {
    /// The `iss` claim of tokens.
    pub issuer: String,
    /// The `aud` claim of tokens.
    pub audience: String,
    /// Lifetime of a token from the login, truncated to whole seconds.
    pub token_life: Duration,
    /// Maximum number of password hashes computed concurrently, each on a thread of low priority and with the memory of its
    /// [`HashCost`]; at least 1. Per permit, 64 logins of known devices, 64 others and 16 registrations more may wait, each
    /// kind in its own line; any further one fails with [`Error::Overloaded`] immediately.
    pub hash_permits: usize,
    /// Cost of a password hash. After a change, each owner's hash is renewed at their next login.
    pub hash_cost: HashCost,
    /// Limits on repeated attempts.
    pub tries: ThrottleConfig,
}

impl Default for AuthConfig {
    /// Tokens last a week, since a shop logs in on its own device and `logout_all` revokes a lost token. The number of
    /// concurrent hashes is the number of cores but one, at least 1 and at most 4.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self {
            issuer: "khata".into(),
            audience: "khata".into(),
            token_life: Duration::from_secs(7 * 24 * 60 * 60),
            hash_permits: cores.saturating_sub(1).clamp(1, 4),
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

/// Where a login or a registration comes from, by which attempts are counted.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Address of the client, if it is known.
    pub peer: Option<IpAddr>,
    /// [`Login::device`] of an earlier login on the same device. What is not a valid one is ignored.
    pub device: Option<SecretString>,
}

impl From<IpAddr> for Client {
    fn from(peer: IpAddr) -> Self {
        Self { peer: Some(peer), device: None }
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
    /// Value to keep on the device and to pass with the next login ([`Client::device`]), so that the guesses of others
    /// don't make the owner wait. It authenticates nobody. It is valid for a year, until the password changes or all
    /// sessions are ended.
    pub device: SecretString,
}

/// Registers owners and manages their sessions.
#[derive(Debug)]
pub struct AuthService {
    store: Arc<dyn Store>,
    clock: Clock,
    token_life: Duration,
    hasher: Hasher,
    tokens: Tokens,
    devices: Devices,
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
            devices: Devices::new(keys.clone(), config.issuer.clone(), &config.audience),
            tokens: Tokens::new(keys, config.issuer, config.audience),
            liveness: Liveness::new(store.clone()),
            store,
        }
    }

    /// Counts a registration by its peer.
    ///
    /// # Errors
    /// [`Error::Throttled`].
    pub(crate) async fn count_registration(&self, peer: IpAddr) -> Result<(), Error> {
        self.throttles.count_registration(peer).await
    }

    /// Returns the hash of a new owner's password.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `password` if it is too easy to guess; [`Error::Overloaded`].
    pub(crate) async fn hash_of(&self, new: &NewOwner) -> Result<String, Error> {
        match &new.password {
            Some(password) => self.hash(password, new.own_words()).await,
            None => Ok(NO_PASSWORD_HASH.to_owned()),
        }
    }

    /// Hashes the password of a new owner, who is known by these words.
    ///
    /// # Errors
    /// The same as [`hash_of`](Self::hash_of).
    pub(crate) async fn hash(&self, password: &Password, own: OwnWords) -> Result<String, Error> {
        let place = self.hasher.reserve(Line::Registration)?;
        self.hash_strong(&place, password, own).await
    }

    /// Hashes a password if it is hard to guess.
    async fn hash_strong(&self, place: &Place, password: &Password, own: OwnWords) -> Result<String, Error> {
        let checked = password.clone();
        let check =
            move || strength::check(&checked, &own).map_err(|weak| Error::Invalid(vec![weak.at("password")]));
        self.hasher.run(place, check).await?;
        self.hasher.hash(place, password.secret()).await
    }

    /// Verifies a mobile number and a password, and opens a session. Failures are counted by the device of the client, if
    /// the owner has logged in on it before, and else by the mobile number, by the address, and all together.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`] if the mobile number is unknown or the password is wrong, after the same time in both
    /// cases. [`Error::Throttled`] after too many failures and [`Error::Overloaded`], neither of which tells whether the
    /// password is right.
    pub async fn login(
        &self,
        mobile: &MobileNumber,
        password: &SecretString,
        client: &Client,
    ) -> Result<Login, Error> {
        let device = self.known_device(mobile, client).await?;
        let (line, origin) = match device {
            Some(device) => (Line::Known, Origin::Device(device)),
            None => (Line::Unknown, Origin::Elsewhere(client.peer)),
        };
        let place = || self.hasher.reserve(line);
        let (place, mut attempt) = self.throttles.begin_login(mobile, origin, place).await?;
        let verified = self.verified(&place, mobile, password).await?;
        attempt.answerable().await?;
        let Some((credentials, verdict)) = verified else {
            attempt.failed().await?;
            return Err(Error::WrongCredentials);
        };
        if verdict.outdated {
            self.renew_hash(&place, &credentials, password).await;
        }
        let login = self.open_session(&credentials, device.unwrap_or_else(DeviceId::generate)).await?;
        attempt.succeeded().await;
        Ok(login)
    }

    /// Returns the session that a token belongs to, and the time at which it was opened.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if the token is malformed, forged or expired, or its session has ended.
    pub async fn authenticate(&self, token: &str) -> Result<(LiveSession, Timestamp), Error> {
        let session = self.tokens.verify(token, self.clock.now())?;
        let live = self.liveness.find(session.owner, session.id).await?.ok_or(Error::InvalidToken)?;
        Ok((live, session.opened_at))
    }

    /// Checks that a session is still live.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if the session has ended.
    pub async fn still_live(&self, owner: OwnerId, session: SessionId) -> Result<(), Error> {
        self.liveness.find(owner, session).await?.map(drop).ok_or(Error::InvalidToken)
    }

    /// Returns the client's device if the owner of the mobile number has logged in on it before. Nothing is read for a
    /// client that shows no token of a device.
    async fn known_device(&self, mobile: &MobileNumber, client: &Client) -> Result<Option<DeviceId>, Error> {
        let claimed = client.device.as_ref().and_then(|token| self.devices.open(token, self.clock.now()));
        let Some(claimed) = claimed else { return Ok(None) };
        let credentials = self.credentials(mobile).await?;
        Ok(credentials.and_then(|credentials| claimed.of(&credentials)))
    }

    /// Returns the credentials of the owner of a mobile number, if there is one.
    async fn credentials(&self, mobile: &MobileNumber) -> Result<Option<Credentials>, Error> {
        match self.store.credentials_by_mobile(mobile).await {
            Ok(credentials) => Ok(Some(credentials)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the owner's credentials and the verdict on their hash if the password is right.
    async fn verified(
        &self,
        place: &Place,
        mobile: &MobileNumber,
        password: &SecretString,
    ) -> Result<Option<(Credentials, Verdict)>, Error> {
        let credentials = self.credentials(mobile).await?;
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

    async fn open_session(&self, credentials: &Credentials, device: DeviceId) -> Result<Login, Error> {
        let now = self.clock.now();
        let session = Session {
            owner: credentials.owner,
            id: SessionId::generate(),
            opened_at: now,
            expires_at: token::whole_seconds(now.plus(self.token_life)),
        };
        let token = self.tokens.issue(&session)?;
        let device = self.devices.issue(device, credentials, now)?;
        match self.store.open_session(&session, credentials.password_version).await {
            Ok(()) => {}
            // The password has changed since it was verified.
            Err(StoreError::Stale) => return Err(Error::WrongCredentials),
            Err(error) => return Err(error.into()),
        }
        let owner = self.store.head(session.owner).await?.owner;
        Ok(Login { owner, token, expires_at: session.expires_at, session: session.id, device })
    }
}
