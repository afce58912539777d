//! Tokens: signed claims that name a session.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::hs256;
use crate::calendar::Timestamp;
use crate::error::Error;
use crate::id::{OwnerId, SessionId};
use crate::keys::{KeyRing, SigningKey};
use crate::store::Session;

/// Maximum clock difference between two processes at which one accepts a token that the other has just issued.
const CLOCK_SKEW: Duration = Duration::from_secs(5);

/// Claims that every token has. All of them are required; times are seconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
struct Claims<T> {
    iss: String,
    aud: String,
    sub: OwnerId,
    iat: i64,
    exp: i64,
    /// Not issued, but respected (RFC 7519, section 4.1.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(flatten)]
    own: T,
}

/// Claim of a token that opens a shop.
#[derive(Debug, Serialize, Deserialize)]
struct SessionClaims {
    sid: SessionId,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signed<T> {
    pub(super) owner: OwnerId,
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) own: T,
}

/// Issues and verifies tokens for one audience, so that no token serves for another purpose than its own.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    keys: KeyRing,
    issuer: String,
    audience: String,
    validation: Validation,
}

impl Tokens {
    pub(super) fn new(keys: KeyRing, issuer: String, audience: String) -> Self {
        hs256::install();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[&audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The library knows only the system's clock.
        validation.validate_exp = false;
        Self { keys, issuer, audience, validation }
    }

    /// Issues a token for a session. Its times are truncated to whole seconds.
    ///
    /// # Errors
    /// [`Error::Internal`] if the token can't be signed.
    pub(super) fn issue(&self, session: &Session) -> Result<SecretString, Error> {
        let Session { owner, id, opened_at, expires_at } = *session;
        self.sign(Signed { owner, issued_at: opened_at, expires_at, own: SessionClaims { sid: id } })
    }

    /// Verifies a token and returns the session that it names.
    ///
    /// # Errors
    /// [`Error::InvalidToken`].
    pub(super) fn verify(&self, token: &str, now: Timestamp) -> Result<Session, Error> {
        let signed = self.open::<SessionClaims>(token, now).ok_or(Error::InvalidToken)?;
        let Signed { owner, issued_at, expires_at, own: SessionClaims { sid } } = signed;
        Ok(Session { owner, id: sid, opened_at: issued_at, expires_at })
    }

    /// Signs claims.
    ///
    /// # Errors
    /// [`Error::Internal`] if they can't be signed.
    pub(super) fn sign<T: Serialize>(&self, signed: Signed<T>) -> Result<SecretString, Error> {
        let key = self.keys.signing();
        let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: signed.owner,
            iat: seconds(signed.issued_at),
            exp: seconds(signed.expires_at),
            nbf: None,
            own: signed.own,
        };
        jsonwebtoken::encode(&header, &claims, &encoding(key))
            .map(SecretString::from)
            .map_err(|error| Error::Internal(format!("the token can't be signed: {error}")))
    }

    /// Returns what a token says if it is signed for this audience and valid now.
    pub(super) fn open<T: DeserializeOwned>(&self, token: &str, now: Timestamp) -> Option<Signed<T>> {
        let claims = self.claims::<T>(token)?;
        let latest = seconds(now.plus(CLOCK_SKEW));
        let timely = seconds(now) < claims.exp
            && claims.iat <= latest
            && claims.nbf.is_none_or(|not_before| not_before <= latest);
        let moment = |seconds: i64| Timestamp::from_millis(seconds.checked_mul(1000)?);
        timely.then_some(())?;
        Some(Signed {
            owner: claims.sub,
            issued_at: moment(claims.iat)?,
            expires_at: moment(claims.exp)?,
            own: claims.own,
        })
    }

    fn claims<T: DeserializeOwned>(&self, token: &str) -> Option<Claims<T>> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        // Whatever an issuer marks as critical, it isn't understood here (RFC 7515, section 4.1.11).
        if header.crit.is_some() {
            return None;
        }
        let key = self.keys.find(&header.kid?)?;
        let key = DecodingKey::from_secret(key.secret.expose_secret());
        Some(jsonwebtoken::decode::<Claims<T>>(token, &key, &self.validation).ok()?.claims)
    }
}

fn encoding(key: &SigningKey) -> EncodingKey {
    EncodingKey::from_secret(key.secret.expose_secret())
}

/// Truncates a time to whole seconds, as a token stores it.
pub(super) fn whole_seconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_millis(seconds(moment) * 1000).unwrap_or(moment)
}

fn seconds(moment: Timestamp) -> i64 {
    moment.millis().div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use serde_json::{Value, json};
    use sha2::{Sha256, Sha384, Sha512};

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "another secret of thirty-two byte";

    fn ring(secrets: &[&str]) -> KeyRing {
        let secrets: Vec<_> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
        KeyRing::from_secrets(&secrets).unwrap()
    }

    fn tokens(ring: KeyRing) -> Tokens {
        Tokens::new(ring, "khata".into(), "khata".into())
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + millis).unwrap()
    }

    fn issued(tokens: &Tokens, owner: OwnerId, id: SessionId) -> String {
        let session = Session { owner, id, opened_at: at(0), expires_at: at(60_000) };
        tokens.issue(&session).unwrap().expose_secret().to_owned()
    }

    /// The claims of a sound token, changed, and signed properly.
    fn forged(change: impl FnOnce(&mut Value)) -> String {
        let mut claims = json!({
            "iss": "khata", "aud": "khata", "iat": 1_800_000_000, "exp": 1_800_000_060,
            "sub": OwnerId::generate().to_string(), "sid": SessionId::generate().to_string(),
        });
        change(&mut claims);
        let key = ring(&[SECRET]);
        let header = Header { kid: Some(key.signing().kid.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &encoding(key.signing())).unwrap()
    }

    fn is_refused(token: &str) -> bool {
        matches!(tokens(ring(&[SECRET])).verify(token, at(0)), Err(Error::InvalidToken))
    }

    #[test]
    fn a_token_says_whose_session_it_is() {
        let (owner, session) = (OwnerId::generate(), SessionId::generate());
        let tokens = tokens(KeyRing::generate());
        let token = issued(&tokens, owner, session);
        let expected = Session { owner, id: session, opened_at: at(0), expires_at: at(60_000) };
        assert_eq!(tokens.verify(&token, at(0)).unwrap(), expected);
    }

    #[test]
    fn a_token_expires_at_its_second_and_not_before() {
        let tokens = tokens(KeyRing::generate());
        let token = issued(&tokens, OwnerId::generate(), SessionId::generate());
        assert!(tokens.verify(&token, at(59_999)).is_ok());
        assert!(tokens.verify(&token, at(60_000)).is_err());
    }

    #[test]
    fn a_token_of_the_future_is_refused_but_for_a_clock_that_is_a_little_behind() {
        let tokens = tokens(KeyRing::generate());
        let token = issued(&tokens, OwnerId::generate(), SessionId::generate());
        assert!(tokens.verify(&token, at(-5_000)).is_ok());
        assert!(tokens.verify(&token, at(-5_001)).is_err());
    }

    #[test]
    fn each_claim_is_required_and_checked() {
        assert!(!is_refused(&forged(|_| {})));
        for claim in ["iss", "aud", "iat", "exp", "sub", "sid"] {
            assert!(
                is_refused(&forged(|claims| drop(claims.as_object_mut().unwrap().remove(claim)))),
                "{claim}"
            );
            assert!(is_refused(&forged(|claims| claims[claim] = Value::Null)), "{claim}");
            assert!(is_refused(&forged(|claims| claims[claim] = json!("someone else"))), "{claim}");
            assert!(is_refused(&forged(|claims| claims[claim] = json!(0.5))), "{claim}");
        }
        assert!(is_refused(&forged(|claims| claims["aud"] = json!(["someone else"]))));
    }

    #[test]
    fn a_token_is_not_valid_before_its_time() {
        for (not_before, refused) in [(json!(1_800_000_000), false), (json!(1_800_000_005), false)]
            .into_iter()
            .chain([json!(1_800_000_006), json!("1800000000"), json!(0.5)].map(|wrong| (wrong, true)))
        {
            let token = forged(|claims| claims["nbf"] = not_before.clone());
            assert_eq!(is_refused(&token), refused, "{not_before}");
        }
    }

    #[test]
    fn what_is_critical_and_not_understood_is_refused() {
        let key = ring(&[SECRET]);
        for critical in [vec!["exp".to_owned()], vec!["x-unknown".to_owned()], vec![]] {
            let kid = Some(key.signing().kid.clone());
            let header = Header { kid, crit: Some(critical), ..Header::new(Algorithm::HS256) };
            let claims = claims_of(&forged(|_| {}));
            let token = jsonwebtoken::encode(&header, &claims, &encoding(key.signing())).unwrap();
            assert!(is_refused(&token), "{header:?}");
        }
    }

    #[test]
    fn a_token_is_for_one_issuer_and_one_audience() {
        let of = |issuer: &str, audience: &str| Tokens::new(ring(&[SECRET]), issuer.into(), audience.into());
        let token = issued(&of("a shop", "its clients"), OwnerId::generate(), SessionId::generate());
        let claims = claims_of(&token);
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!("a shop"), &json!("its clients")));
        assert!(of("a shop", "its clients").verify(&token, at(0)).is_ok());
        for (issuer, audience) in [
            ("another", "its clients"),
            ("a shop", "another"),
            ("its clients", "a shop"),
            ("A shop", "its clients"),
            ("a shop", "its clients "),
            ("a shop", ""),
            ("", "its clients"),
        ] {
            let refused = of(issuer, audience).verify(&token, at(0));
            assert!(matches!(refused, Err(Error::InvalidToken)), "{issuer:?} {audience:?}");
        }
    }

    #[test]
    fn issuers_and_audiences_in_lists_are_refused_without_ours() {
        let tokens = tokens(ring(&[SECRET]));
        for claim in ["iss", "aud"] {
            assert!(tokens.verify(&forged(|claims| claims[claim] = json!([])), at(0)).is_err(), "{claim}");
            let others = forged(|claims| claims[claim] = json!(["other", "khata.example"]));
            assert!(tokens.verify(&others, at(0)).is_err(), "{claim}");
            let ours = forged(|claims| claims[claim] = json!("khata"));
            assert!(tokens.verify(&ours, at(0)).is_ok(), "{claim}");
        }
    }

    /// Signs with the algorithm that is built of that hash function.
    macro_rules! mac {
        ($hash:ty) => {
            |message: &str| {
                let mac = Hmac::<$hash>::new_from_slice(SECRET.as_bytes()).unwrap();
                mac.chain_update(message).finalize().into_bytes().to_vec()
            }
        };
    }

    #[test]
    fn only_the_one_algorithm_is_accepted() {
        let key = ring(&[SECRET]);
        let sound = forged(|_| {});
        let payload = sound.split('.').nth(1).unwrap();
        let signed = |algorithm: &str, sign: fn(&str) -> Vec<u8>| {
            let header = json!({ "alg": algorithm, "typ": "JWT", "kid": key.signing().kid }).to_string();
            let message = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(sign(&message)))
        };
        assert!(!is_refused(&signed("HS256", mac!(Sha256))));
        assert!(is_refused(&signed("HS384", mac!(Sha384))));
        assert!(is_refused(&signed("HS512", mac!(Sha512))));
        assert!(is_refused(&signed("HS384", mac!(Sha256))), "what it says is not what it is");
        assert!(is_refused(&signed("none", |_| Vec::new())));
    }

    fn claims_of(token: &str) -> Value {
        let payload = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    #[test]
    fn what_is_malformed_or_changed_is_refused() {
        let sound = forged(|_| {});
        let (message, signature) = sound.rsplit_once('.').unwrap();
        let other = forged(|_| {});
        let other_payload = other.split('.').nth(1).unwrap();
        let header = sound.split('.').next().unwrap();
        for token in
            ["", ".", "..", "a.b.c", message, &format!("{message}."), &format!("{sound}.{signature}")]
        {
            assert!(is_refused(token), "{token}");
        }
        assert!(is_refused(&format!("{header}.{other_payload}.{signature}")));
    }

    #[test]
    fn a_token_without_a_key_id_or_with_an_unknown_one_is_refused() {
        let key = ring(&[SECRET]);
        for kid in [None, Some("0000000000000000".to_owned())] {
            let header = Header { kid, ..Header::new(Algorithm::HS256) };
            let token =
                jsonwebtoken::encode(&header, &claims_of(&forged(|_| {})), &encoding(key.signing())).unwrap();
            assert!(is_refused(&token));
        }
    }

    #[test]
    fn a_key_is_rotated_without_logging_anybody_out() {
        let (owner, session) = (OwnerId::generate(), SessionId::generate());
        let before = tokens(ring(&[SECRET]));
        let during = tokens(ring(&[OTHER, SECRET]));
        let after = tokens(ring(&[OTHER]));
        let old = issued(&before, owner, session);
        let new = issued(&during, owner, session);

        assert!(during.verify(&old, at(0)).is_ok());
        assert!(during.verify(&new, at(0)).is_ok());
        assert!(after.verify(&new, at(0)).is_ok());
        assert!(after.verify(&old, at(0)).is_err());
        assert!(before.verify(&new, at(0)).is_err());
    }

    #[test]
    fn processes_with_the_same_secret_agree() {
        let token = issued(&tokens(ring(&[SECRET])), OwnerId::generate(), SessionId::generate());
        assert!(tokens(ring(&[SECRET])).verify(&token, at(0)).is_ok());
        assert_eq!(ring(&[SECRET, OTHER]).derive("cursor"), ring(&[SECRET]).derive("cursor"));
        assert_ne!(ring(&[SECRET]).derive("cursor"), ring(&[OTHER]).derive("cursor"));
        assert_ne!(ring(&[SECRET]).derive("cursor"), ring(&[SECRET]).derive("other"));
        assert_ne!(KeyRing::generate().derive("cursor"), KeyRing::generate().derive("cursor"));
    }

    #[test]
    fn keys_are_not_printed() {
        let tokens = tokens(ring(&[SECRET]));
        let printed = format!("{tokens:?} {tokens:#?}");
        let bytes = format!("{:?}", SECRET.as_bytes());
        assert!(!printed.contains(SECRET) && !printed.contains(&bytes), "{printed}");
        assert!(printed.contains(&tokens.keys.signing().kid));
    }
}
