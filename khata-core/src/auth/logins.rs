//! Logins by password, and shops opened by token.

use std::net::IpAddr;

use secrecy::SecretString;

use super::{AuthConfig, Login};
use crate::error::Error;
use crate::khata::{Builder, Khata};
use crate::phone::MobileNumber;
use crate::shop::{Opened, Shop};

impl Builder {
    /// Sets the configuration of logins and tokens.
    #[must_use]
    pub fn auth(mut self, auth: AuthConfig) -> Self {
        self.auth = auth;
        self
    }
}

impl Khata {
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
}
