//! Keys that sign tokens and heads of books.

use std::collections::BTreeSet;
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

    /// Minimum number of different bytes of a secret. A random one has more, also in hexadecimal digits.
    pub const MIN_DIFFERENT_BYTES: usize = 8;

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
    /// `secret_too_short`, or `secret_too_simple` if it can't be random: if it has too few different bytes, or repeats less
    /// than 16 bytes.
    pub fn from_secret(secret: &SecretString) -> Result<Self, Violation> {
        Self::from_secrets(std::slice::from_ref(secret))
    }

    /// Creates a key ring with several keys, the first of which signs.
    ///
    /// # Errors
    /// Those of [`from_secret`](Self::from_secret), or `missing` if there are no secrets.
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
            if is_simple(bytes) {
                let message = "must be random, and not a few characters again and again";
                return Err(Violation::new("secret_too_simple", message));
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

    /// Derives the keys for another purpose from all keys of the ring, the signing key first: what was made with one of the
    /// others can still be verified.
    pub fn derive_all(&self, purpose: &str) -> impl Iterator<Item = [u8; 32]> {
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

/// Returns whether a secret has too little variety to be random.
fn is_simple(secret: &[u8]) -> bool {
    let different = secret.iter().collect::<BTreeSet<_>>().len();
    let repeats =
        |unit: usize| secret.iter().zip(secret.iter().skip(unit)).all(|(byte, later)| byte == later);
    different < KeyRing::MIN_DIFFERENT_BYTES || (1..16).any(repeats)
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
        let secret = "0123456789abcdefghijklmnopqrstuv";
        assert_eq!(code(&[secret[..31].into()]), "secret_too_short");
        assert_eq!(code(&[secret.into(), "short".into()]), "secret_too_short");
        assert_eq!(code(&[]), "missing");
        assert!(KeyRing::from_secret(&secret.into()).is_ok());
    }

    #[test]
    fn a_secret_that_can_not_be_random_is_refused() {
        for simple in [
            "a".repeat(64),
            "changeme".repeat(8),
            "0123456789".repeat(4),
            "aaaaaaabbbbbbbcccccccddddddd1231".into(),
        ] {
            let violation = KeyRing::from_secret(&simple.clone().into()).unwrap_err();
            assert_eq!(violation.code, "secret_too_simple", "{simple}");
            assert!(!violation.message.contains(&simple));
        }
        for random in ["6f1e0c5b7a3d49280e6c5f4b1a7d3928", "kR7/vQ2mZx+9tLwE4yHsB1cNqJ8uPdAf"] {
            assert!(KeyRing::from_secret(&random.into()).is_ok(), "{random}");
        }
    }
}
