//! The signed head of a book, which is kept elsewhere to prove later that the book was only continued.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::calendar::Timestamp;
use crate::id::OwnerId;
use crate::keys::KeyRing;
use crate::ledger::ChainHash;
use crate::store::Head;
use crate::text::serde_as_text;

/// The head of a book at some time, signed with the first key of a [`KeyRing`].
///
/// Its JSON form is one line of text. The signature is the HMAC-SHA256, in hexadecimal, of the other four values as in
/// the JSON form, separated by spaces, with the key that [`KeyRing::derive`] returns for `head`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedHead {
    /// The shop.
    pub shop: OwnerId,
    /// `seq` of the last entry, or 0 if there is none.
    pub seq: u64,
    /// Hash of the last entry, or the genesis hash.
    pub hash: ChainHash,
    /// Recorded time of the last entry, or time of the registration.
    pub recorded_at: Timestamp,
    /// Signature of the other fields.
    signature: Signature,
}

impl SignedHead {
    pub(crate) fn sign(head: &Head, keys: &KeyRing) -> Self {
        let mut signed = Self {
            shop: head.owner.id,
            seq: head.seq,
            hash: head.hash,
            recorded_at: head.recorded_at,
            signature: Signature([0; 32]),
        };
        signed.signature = Signature(signed.mac(keys.derive("head")).finalize().into_bytes().into());
        signed
    }

    /// Returns whether one of the keys signed exactly this head.
    #[must_use]
    pub fn is_signed_by(&self, keys: &KeyRing) -> bool {
        keys.derive_all("head").any(|key| self.mac(key).verify_slice(&self.signature.0).is_ok())
    }

    fn mac(&self, key: [u8; 32]) -> Hmac<Sha256> {
        let Self { shop, seq, hash, recorded_at, .. } = self;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
        mac.update(format!("{shop} {seq} {hash} {recorded_at}").as_bytes());
        mac
    }
}

/// 32 bytes, in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Signature([u8; 32]);

impl Signature {
    fn parse(text: &str) -> Result<Self, crate::error::Violation> {
        ChainHash::parse(text).map(|hash| Self(hash.0))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ChainHash(self.0).fmt(f)
    }
}

serde_as_text!(Signature, Signature::parse);

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"shop":"01234567-89ab-7cde-8f01-23456789abcd","seq":7,"hash":"3909add90191776423085fad02abc0a7abb1570895e55d8165a1d1d1019fab8d","recordedAt":"2026-11-24T08:16:20.123Z","signature":"SIGNATURE"}"#;

    fn ring(secrets: &[&str]) -> KeyRing {
        let secrets: Vec<_> = secrets.iter().map(|secret| (*secret).into()).collect();
        KeyRing::from_secrets(&secrets).unwrap()
    }

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "another secret of thirty-two byte";

    /// Computed from the page above with Python's `hmac`, not with this code.
    const SIGNATURE: &str = "76ca2e1901a005391393ab2801b5acd4034ace56bbd6aa9075bb04bad80a0045";

    fn signed() -> SignedHead {
        serde_json::from_str(&LINE.replace("SIGNATURE", SIGNATURE)).unwrap()
    }

    #[test]
    fn the_signature_is_the_documented_one() {
        assert!(signed().is_signed_by(&ring(&[SECRET])));
        assert_eq!(serde_json::to_string(&signed()).unwrap(), LINE.replace("SIGNATURE", SIGNATURE));
    }

    #[test]
    fn a_key_that_signs_no_more_still_vouches() {
        assert!(signed().is_signed_by(&ring(&[OTHER, SECRET])));
        assert!(!signed().is_signed_by(&ring(&[OTHER])));
    }

    #[test]
    fn every_part_is_signed() {
        let changes: [fn(&mut SignedHead); 5] = [
            |head| head.shop = OwnerId::generate(),
            |head| head.seq = 8,
            |head| head.hash.0[0] ^= 1,
            |head| head.recorded_at = Timestamp::MIN,
            |head| head.signature.0[31] ^= 1,
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut head = signed();
            change(&mut head);
            assert!(!head.is_signed_by(&ring(&[SECRET])), "change {at}");
        }
    }
}
