//! Proof of who is calling, beyond a token: what could take the shop away from its owner needs the current password, or a
//! recent login.

use std::time::Duration;

use secrecy::SecretString;

use super::AuthService;
use super::hash_threads::Line;
use super::password::Place;
use crate::error::Error;
use crate::id::OwnerId;
use crate::owner::OwnerUpdate;
use crate::shop::{Opened, Shop};
use crate::store::{Credentials, PasswordWrite};

/// Time after a login in which nothing more is needed.
const RECENT: Duration = Duration::from_secs(5 * 60);

impl Shop {
    /// Verifies the owner's current password, and returns a handle that may do for 5 minutes what otherwise needs a recent
    /// login: [export](Self::export) the book, [end all sessions](Self::logout_all), change the mobile number.
    ///
    /// A shop that was opened without a token ([`Khata::shop`](crate::Khata::shop)) needs none of this: the program that
    /// opened it has authenticated its user, and says so by opening it.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `currentPassword` if it is wrong; [`Error::Throttled`] and [`Error::Overloaded`], neither of
    /// which tells whether it is right.
    pub async fn reauthenticate(&self, current_password: &SecretString) -> Result<Self, Error> {
        let auth = &self.khata.auth;
        auth.confirm(self.id(), current_password).await?;
        Ok(self.with_session_at(self.khata.clock.now()))
    }
}

impl AuthService {
    /// Checks that a shop was opened by a recent login, or by a program that authenticates its users itself.
    ///
    /// # Errors
    /// [`Error::ReauthenticationRequired`].
    pub(crate) fn require_recent_login(&self, opened: &Opened) -> Result<(), Error> {
        let now = self.clock.now();
        let recent = opened.session.is_none_or(|session| now < session.opened_at.plus(RECENT));
        if recent { Ok(()) } else { Err(Error::ReauthenticationRequired) }
    }

    /// Authorizes an update, and returns the password to write if it has a new one. The session that changes it stays open.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `currentPassword` if it is wrong, and on `password` if the new one is too easy to guess;
    /// [`Error::ReauthenticationRequired`] for another mobile number without a password or a recent login;
    /// [`Error::Throttled`] and [`Error::Overloaded`]; [`Error::NotFound`] if there is no such owner.
    pub(crate) async fn authorize_update(
        &self,
        opened: &Opened,
        update: &OwnerUpdate,
    ) -> Result<Option<PasswordWrite>, Error> {
        if update.profile.mobile.is_none() && update.passwords.is_none() {
            return Ok(None);
        }
        let before = self.store.head(opened.owner).await?.owner;
        let after = update.profile.clone().applied_to(&before);
        let password = match &update.passwords {
            Some(passwords) => {
                let (place, credentials) = self.confirm(opened.owner, &passwords.current).await?;
                match &passwords.new {
                    Some(new) => {
                        let hash = self.hash_strong(&place, new, after.own_words()).await?;
                        let version = credentials.password_version + 1;
                        Some(PasswordWrite { hash, version, keep: opened.session.map(|session| session.id) })
                    }
                    None => None,
                }
            }
            None if after.mobile != before.mobile => {
                self.require_recent_login(opened)?;
                None
            }
            None => None,
        };
        if after.mobile != before.mobile {
            self.throttles.count_number_change(opened.owner).await?;
        }
        Ok(password)
    }

    /// Verifies an owner's current password, and returns the place in the line that further hashes may use.
    ///
    /// # Errors
    /// Those of [`Shop::reauthenticate`].
    async fn confirm(&self, owner: OwnerId, current: &SecretString) -> Result<(Place, Credentials), Error> {
        let place = || self.hasher.reserve(Line::Known);
        let (place, mut attempt) = self.throttles.begin_confirmation(owner, place).await?;
        let credentials = self.store.credentials(owner).await?;
        let verdict = self.hasher.verify(&place, current, &credentials.password_hash).await?;
        attempt.answerable().await?;
        if !verdict.matches {
            attempt.failed().await?;
            return Err(Error::invalid("currentPassword", "wrong_password", "is not the current password"));
        }
        attempt.succeeded().await;
        Ok((place, credentials))
    }
}
