//! Devices that owners have logged in on: the OWASP's "device cookies" against guessed passwords.
//!
//! A login gives out a token that proves nothing but that the owner has logged in on this device before. Whoever shows it
//! still needs the password, but their failures are counted by the device, and the guesses of others don't make them wait.
//! All tokens of an owner end with a change of the password and with the end of all sessions: both advance the version of
//! the password, which a token holds.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::token::{Signed, Tokens};
use crate::calendar::Timestamp;
use crate::error::Error;
use crate::id::DeviceId;
use crate::keys::KeyRing;
use crate::store::Credentials;

/// Lifetime of a token. Each login gives out a new one.
const LIFE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Claims of a device's token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct DeviceClaims {
    device: DeviceId,
    password_version: u64,
}

/// A device, as a token that is signed and not expired names it. Whose it is, and whether it was revoked, only the owner's
/// credentials tell.
#[derive(Debug, Clone)]
pub(super) struct ClaimedDevice(Signed<DeviceClaims>);

impl ClaimedDevice {
    /// Returns the device if it is the owner's and was not revoked.
    pub(super) fn of(&self, owner: &Credentials) -> Option<DeviceId> {
        let Signed { owner: claimed, own, .. } = &self.0;
        let known = *claimed == owner.owner && own.password_version == owner.password_version;
        known.then_some(own.device)
    }
}

/// Issues and verifies the tokens of devices.
#[derive(Debug, Clone)]
pub(super) struct Devices {
    tokens: Tokens,
}

impl Devices {
    pub(super) fn new(keys: KeyRing, issuer: String, audience: &str) -> Self {
        Self { tokens: Tokens::new(keys, issuer, format!("{audience}/device")) }
    }

    /// Issues a token for a device of an owner.
    ///
    /// # Errors
    /// [`Error::Internal`] if it can't be signed.
    pub(super) fn issue(
        &self,
        device: DeviceId,
        owner: &Credentials,
        now: Timestamp,
    ) -> Result<SecretString, Error> {
        let own = DeviceClaims { device, password_version: owner.password_version };
        self.tokens.sign(Signed { owner: owner.owner, issued_at: now, expires_at: now.plus(LIFE), own })
    }

    /// Returns the device that a token names, or nothing if it is malformed, forged or expired.
    pub(super) fn open(&self, token: &SecretString, now: Timestamp) -> Option<ClaimedDevice> {
        self.tokens.open(token.expose_secret(), now).map(ClaimedDevice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::OwnerId;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).unwrap().plus(Duration::from_secs(seconds))
    }

    fn owner(version: u64) -> Credentials {
        Credentials { owner: OwnerId::generate(), password_hash: String::new(), password_version: version }
    }

    #[test]
    fn a_device_is_known_to_its_owner_until_the_password_has_another_version() {
        let devices = Devices::new(KeyRing::generate(), "khata".into(), "khata");
        let (device, owner) = (DeviceId::generate(), owner(1));
        let token = devices.issue(device, &owner, at(0)).unwrap();
        let opened = devices.open(&token, at(1)).unwrap();
        assert_eq!(opened.of(&owner), Some(device));
        assert_eq!(opened.of(&Credentials { password_version: 2, ..owner.clone() }), None);
        assert_eq!(opened.of(&Credentials { owner: OwnerId::generate(), ..owner }), None);
    }

    #[test]
    fn a_token_of_a_device_lasts_a_year_and_only_with_its_keys() {
        let keys = KeyRing::generate();
        let devices = Devices::new(keys.clone(), "khata".into(), "khata");
        let token = devices.issue(DeviceId::generate(), &owner(1), at(0)).unwrap();
        let year = LIFE.as_secs();
        assert!(devices.open(&token, at(year - 1)).is_some());
        assert!(devices.open(&token, at(year)).is_none());
        for other in [
            Devices::new(KeyRing::generate(), "khata".into(), "khata"),
            Devices::new(keys.clone(), "other".into(), "khata"),
            Devices::new(keys.clone(), "khata".into(), "other"),
        ] {
            assert!(other.open(&token, at(1)).is_none());
        }
        assert!(devices.open(&"not.a.token".into(), at(1)).is_none());
    }

    #[test]
    fn the_tokens_of_devices_and_sessions_dont_serve_for_each_other() {
        let keys = KeyRing::generate();
        let devices = Devices::new(keys.clone(), "khata".into(), "khata");
        let sessions = Tokens::new(keys, "khata".into(), "khata".into());
        let owner = owner(1);
        let device = devices.issue(DeviceId::generate(), &owner, at(0)).unwrap();
        assert!(sessions.verify(device.expose_secret(), at(1)).is_err());
        let session = crate::store::Session {
            owner: owner.owner,
            id: crate::id::SessionId::generate(),
            opened_at: at(0),
            expires_at: at(60),
        };
        let session = sessions.issue(&session).unwrap();
        assert!(devices.open(&session, at(1)).is_none());
    }
}
