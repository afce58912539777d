//! Logins by password, and shops opened by token.

use secrecy::SecretString;

use super::{AuthConfig, Client, Login};
use crate::error::Error;
use crate::khata::{Builder, Khata};
use crate::owner::{NewOwner, Owner};
use crate::phone::MobileNumber;
use crate::shop::{Opened, OpenedBy, Shop};

impl Builder {
    /// Sets the configuration of logins and tokens.
    #[must_use]
    pub fn auth(mut self, auth: AuthConfig) -> Self {
        self.auth = auth;
        self
    }
}

impl Khata {
    /// Registers a shop owner as [`register`](Self::register) does, for a client that anybody may be. Registrations are
    /// counted by the client's address, whether they succeed or not: each tells whether a mobile number is taken.
    ///
    /// # Errors
    /// [`Error::Throttled`] after too many registrations, and the errors of `register`.
    pub async fn register_from(&self, client: &Client, new: NewOwner) -> Result<Owner, Error> {
        if let Some(peer) = client.peer {
            self.inner.auth.count_registration(peer).await?;
        }
        self.register(new).await
    }

    /// Verifies a mobile number and a password, and opens a session. Failed attempts are counted by the device of the
    /// client, if the owner has logged in on it before, and else by the mobile number, by the address, and all together.
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
    /// use khata_core::auth::Client;
    /// use secrecy::{ExposeSecret, SecretString};
    ///
    /// # let khata = Khata::new(Arc::new(MemoryStore::new()));
    /// # let new = NewOwner::new("Sharma Kirana", "Asha Sharma", "98765 43210", "correct horse battery")?;
    /// # let owner = khata.register(new).await?;
    /// let password = SecretString::from("correct horse battery");
    /// let login = khata.login(&owner.mobile, &password, &Client::default()).await?;
    /// let shop = khata.authenticate(login.token.expose_secret()).await?;
    /// assert_eq!(shop.id(), owner.id);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn login(
        &self,
        mobile: &MobileNumber,
        password: &SecretString,
        client: &Client,
    ) -> Result<Login, Error> {
        self.inner.auth.login(mobile, password, client).await
    }

    /// Opens the shop of the session that a token belongs to. See [`login`](Self::login) for an example.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if the token is malformed, forged or expired, or its session has ended in any process.
    pub async fn authenticate(&self, token: &str) -> Result<Shop, Error> {
        let (live, opened_at) = self.inner.auth.authenticate(token).await?;
        let opened = Opened {
            owner: live.owner,
            session: Some(OpenedBy { id: live.id, opened_at }),
            currency: live.currency,
            time_zone: live.time_zone,
        };
        Ok(Shop::new(self.inner.clone(), opened))
    }
}
