//! Takes the place of `auth` without that feature: no owner has a password, and no shop is opened by a session.

use std::sync::Arc;

use crate::calendar::Clock;
use crate::error::Error;
use crate::id::{OwnerId, SessionId};
use crate::keys::KeyRing;
use crate::owner::{NO_PASSWORD_HASH, NewOwner, OwnerUpdate};
use crate::shop::Opened;
use crate::store::{PasswordWrite, Store};

#[derive(Debug, Default)]
pub(crate) struct AuthConfig {}

#[derive(Debug)]
pub(crate) struct AuthService;

impl AuthService {
    pub(crate) fn new(_: Arc<dyn Store>, _: AuthConfig, _: KeyRing, _: Clock) -> Self {
        Self
    }

    pub(crate) async fn hash_of(&self, _: &NewOwner) -> Result<String, Error> {
        Ok(NO_PASSWORD_HASH.to_owned())
    }

    pub(crate) async fn still_live(&self, _: OwnerId, _: SessionId) -> Result<(), Error> {
        Ok(())
    }

    pub(crate) fn require_recent_login(&self, _: &Opened) -> Result<(), Error> {
        Ok(())
    }

    pub(crate) async fn authorize_update(
        &self,
        _: &Opened,
        _: &OwnerUpdate,
    ) -> Result<Option<PasswordWrite>, Error> {
        Ok(None)
    }
}
