//! Keys that sign tokens and heads of books.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;

use crate::error::Violation;
use crate::form;

/// Keys that sign tokens and [heads](crate::verify::SignedHead): the first key signs, and all of them verify.
///
/// To rotate keys without logging anybody out, put the new key in front of the old one, and drop the old one once its
/// last token has expired. All processes that share a database need the same key ring.
#[derive(Clone)]
pub struct KeyRing {
    keys: Arc<[SigningKey]>,
}

impl KeyRing {
    /// Minimum number of bytes of a secret: the output size of SHA-256 (RFC 7518, section 3.2).
    pub const MIN_SECRET_BYTES: usize = 32;

    /// Creates a key ring with a new random key, which no other process has.
    ///
    /// # Panics
    /// Panics if the system has no source of random bytes.
    #[must_use]
    pub fn generate() -> Self {
        let mut secret = vec![0; Self::MIN_SECRET_BYTES];
        getrandom::fill(&mut secret).expect("the system has a source of random bytes");
        Self { keys: Arc::new([SigningKey::new(secret)]) }
    }

    /// Creates a key ring with one key.
    ///
    /// # Errors
    /// `secret_too_short`.
    pub fn from_secret(secret: &SecretString) -> Result<Self, Violation> {
        Self::from_secrets(std::slice::from_ref(secret))
    }

    /// Creates a key ring with several keys, the first of which signs.
    ///
    /// # Errors
    /// `secret_too_short`, or `missing` if there are no secrets.
    pub fn from_secrets(secrets: &[SecretString]) -> Result<Self, Violation> {
        if secrets.is_empty() {
            return Err(form::missing());
        }
        let keys = secrets.iter().map(|secret| {
            let bytes = secret.expose_secret().as_bytes();
            if bytes.len() < Self::MIN_SECRET_BYTES {
                let message = format!("must have at least {} bytes", Self::MIN_SECRET_BYTES);
                return Err(Violation::new("secret_too_short", message));
            }
            Ok(SigningKey::new(bytes.to_vec()))
        });
        Ok(Self { keys: keys.collect::<Result<_, _>>()? })
    }

    /// Derives a key for another purpose, the same in all processes with the same signing key. Derived keys reveal nothing
    /// about each other.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        derive(self.signing().secret.expose_secret(), purpose)
    }

    /// Derives the keys for a purpose from all keys of the ring, the signing key first.
    pub(crate) fn derive_all(&self, purpose: &str) -> impl Iterator<Item = [u8; 32]> {
        self.keys.iter().map(move |key| derive(key.secret.expose_secret(), purpose))
    }

    pub(crate) fn signing(&self) -> &SigningKey {
        self.keys.first().expect("a ring has at least one key")
    }

    #[cfg(feature = "auth")]
    pub(crate) fn find(&self, kid: &str) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("keys", &self.keys).finish()
    }
}

pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(crate) secret: SecretSlice<u8>,
}

impl SigningKey {
    fn new(secret: Vec<u8>) -> Self {
        // Derived from the secret, so that all processes give the key the same id.
        let kid = derive(&secret, "kid").iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { kid, secret: secret.into() }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// Derives a key. The prefix separates it from tokens, which are signed by the same function and never contain a colon.
fn derive(secret: &[u8], purpose: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(b"khata:");
    mac.update(purpose.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_at_least_32_bytes() {
        let code = |secrets: &[SecretString]| KeyRing::from_secrets(secrets).unwrap_err().code;
        assert_eq!(code(&["x".repeat(31).into()]), "secret_too_short");
        assert_eq!(code(&["x".repeat(32).into(), "short".into()]), "secret_too_short");
        assert_eq!(code(&[]), "missing");
        assert!(KeyRing::from_secret(&"x".repeat(32).into()).is_ok());
    }
}
