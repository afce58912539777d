//! Lists in pages: the cursor that leads from one to the next.
//!
//! A cursor holds the parameters of the list and the place where the page ended, and is signed together with the list
//! and the shop that it was given out for; so it works nowhere else, and a place can't be made up. Clients are to
//! treat it as opaque.

use axum::http::HeaderValue;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use khata_core::error::Violation;
use khata_core::form::Form;
use khata_core::id::OwnerId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::config::CursorKey;
use crate::query::{Params, Query};

const CURSOR: &str = "cursor";
const LIMIT: &str = "limit";
const SIGNATURE_BYTES: usize = 32;

/// A list of a shop, by the path that it is found at.
#[derive(Debug)]
pub(crate) struct List<'a> {
    pub(crate) key: &'a CursorKey,
    pub(crate) owner: OwnerId,
    pub(crate) path: String,
}

/// What was asked of a list, by the query and the cursor in it.
#[derive(Debug)]
pub(crate) struct Asked<P> {
    /// The parameters, to be read.
    pub(crate) form: Form,
    /// Where to go on.
    pub(crate) place: Option<P>,
    /// The parameters, for the next cursor.
    pub(crate) params: Params,
}

#[derive(Serialize, Deserialize)]
struct Held<P> {
    params: Params,
    place: P,
}

impl List<'_> {
    /// Reads a query. A cursor brings its parameters with it; those that are said again must be the same, but for
    /// `limit`.
    pub(crate) fn asked<P: DeserializeOwned>(&self, mut query: Query) -> Asked<P> {
        let held = query.params.remove(CURSOR).map(|cursor| self.open::<P>(&cursor));
        let (place, faults) = match held {
            None => (None, Vec::new()),
            Some(None) => (None, vec![(CURSOR.to_owned(), invalid_cursor())]),
            Some(Some(held)) => (Some(held.place), resume(&mut query.params, held.params)),
        };
        let params = query.params.clone();
        let mut form = query.form();
        for (name, fault) in faults {
            form.fault(&name, fault);
        }
        Asked { form, place, params }
    }

    /// The `Link` to the page that begins after `place`.
    pub(crate) fn next<P: Serialize>(&self, params: Params, place: P) -> HeaderValue {
        let cursor = self.seal(&Held { params, place });
        HeaderValue::from_str(&format!("<{}?{CURSOR}={cursor}>; rel=\"next\"", self.path))
            .expect("paths of ids and base64 are ASCII")
    }

    fn seal<P: Serialize>(&self, held: &Held<P>) -> String {
        let payload = serde_json::to_vec(held).expect("a cursor holds nothing that JSON can't");
        let mut bytes = self.signer(self.key.signing(), &payload).finalize().into_bytes().to_vec();
        bytes.extend(payload);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open<P: DeserializeOwned>(&self, cursor: &str) -> Option<Held<P>> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (signature, payload) = bytes.split_at_checked(SIGNATURE_BYTES)?;
        let is_signed_by = |key| self.signer(key, payload).verify_slice(signature).is_ok();
        self.key.verifying().any(is_signed_by).then(|| serde_json::from_slice(payload).ok())?
    }

    fn signer(&self, key: &[u8], payload: &[u8]) -> Hmac<Sha256> {
        let mut signer = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        signer.update(self.owner.uuid().as_bytes());
        signer.update(&(self.path.len() as u64).to_be_bytes());
        signer.update(self.path.as_bytes());
        signer.update(payload);
        signer
    }
}

/// Completes the parameters by those of a cursor. What contradicts them is taken out and named.
fn resume(params: &mut Params, held: Params) -> Vec<(String, Violation)> {
    let contradicts = |name: &String, value: &mut String| name != LIMIT && held.get(name) != Some(&*value);
    let wrong = params.extract_if(.., contradicts).map(|(name, _)| name).collect::<Vec<_>>();
    for (name, value) in held {
        params.entry(name).or_insert(value);
    }
    wrong.into_iter().map(|name| (name, differs_from_cursor())).collect()
}

fn invalid_cursor() -> Violation {
    Violation::new("invalid_cursor", "must be a cursor from the `Link` header of this list")
}

fn differs_from_cursor() -> Violation {
    Violation::new("differs_from_cursor", "must be absent or the same as for the previous page")
}

#[cfg(test)]
mod tests {
    use khata_core::error::Error;
    use khata_core::keys::KeyRing;

    use super::*;

    fn list<'a>(key: &'a CursorKey, owner: OwnerId, path: &str) -> List<'a> {
        List { key, owner, path: path.to_owned() }
    }

    fn faults<P>(asked: Asked<P>) -> Vec<(String, &'static str)> {
        let mut form = asked.form;
        for known in ["sort", "q", "limit"] {
            form.optional(known, |_| Ok(()));
        }
        match form.finish(Some(())) {
            Ok(()) => Vec::new(),
            Err(Error::Invalid(faults)) => {
                faults.into_iter().map(|fault| (fault.field, fault.code)).collect()
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    fn cursor_of(link: &HeaderValue) -> String {
        let link = link.to_str().unwrap();
        let target = link.strip_prefix("</list?").unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        target.to_owned()
    }

    #[test]
    fn a_cursor_brings_place_and_parameters_back() {
        let key = CursorKey::generate();
        let list = list(&key, OwnerId::generate(), "/list");
        let link = list.next(Query::read("sort=name&limit=2").params, 7_u64);
        let cursor = cursor_of(&link);
        for again in [cursor.clone(), format!("{cursor}&sort=name"), format!("limit=2&{cursor}")] {
            let asked = list.asked::<u64>(Query::read(&again));
            assert_eq!(asked.place, Some(7));
            assert_eq!(asked.params, Query::read("sort=name&limit=2").params);
            assert_eq!(faults(asked), []);
        }
        let asked = list.asked::<u64>(Query::read(&format!("{cursor}&limit=3")));
        assert_eq!(asked.params, Query::read("sort=name&limit=3").params);
    }

    #[test]
    fn parameters_beside_a_cursor_must_not_contradict_it() {
        let key = CursorKey::generate();
        let list = list(&key, OwnerId::generate(), "/list");
        let cursor = cursor_of(&list.next(Query::read("sort=name").params, 7_u64));
        let asked = list.asked::<u64>(Query::read(&format!("{cursor}&sort=recent&q=x")));
        let wrong = |name: &str| (name.to_owned(), "differs_from_cursor");
        assert_eq!(faults(asked), [wrong("q"), wrong("sort")]);
    }

    #[test]
    fn a_cursor_works_only_where_it_was_given_out() {
        let (key, other_key, owner) = (CursorKey::generate(), CursorKey::generate(), OwnerId::generate());
        let cursor = cursor_of(&list(&key, owner, "/list").next(Params::new(), 7_u64));
        let elsewhere = [
            list(&key, owner, "/lists"),
            list(&key, OwnerId::generate(), "/list"),
            list(&other_key, owner, "/list"),
        ];
        for list in &elsewhere {
            let asked = list.asked::<u64>(Query::read(&cursor));
            assert_eq!(asked.place, None);
            assert_eq!(faults(asked), [("cursor".to_owned(), "invalid_cursor")]);
        }
    }

    #[test]
    fn a_cursor_outlives_a_rotation_of_the_keys() {
        let ring = |secrets: &[&str]| {
            let secrets: Vec<_> = secrets.iter().map(|secret| (*secret).into()).collect();
            CursorKey::of(&KeyRing::from_secrets(&secrets).unwrap())
        };
        let (old, new) = ("an old secret of 32 bytes and more", "the new secret of 32 bytes and more");
        let owner = OwnerId::generate();
        let cursor = |key| cursor_of(&list(key, owner, "/list").next(Params::new(), 7_u64));
        let place = |key, cursor: &str| list(key, owner, "/list").asked::<u64>(Query::read(cursor)).place;
        let (before, during, after) = (ring(&[old]), ring(&[new, old]), ring(&[new]));
        assert_eq!(place(&during, &cursor(&before)), Some(7));
        assert_eq!(place(&after, &cursor(&during)), Some(7), "the new key signs");
        assert_eq!(place(&after, &cursor(&before)), None);
    }

    #[test]
    fn no_part_of_a_cursor_can_be_changed() {
        let key = CursorKey::generate();
        let list = list(&key, OwnerId::generate(), "/list");
        let sound = list.next(Query::read("sort=name&limit=2").params, 7_u64);
        let sound = cursor_of(&sound);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(sound.strip_prefix("cursor=").unwrap()).unwrap();
        let (signature, payload) = bytes.split_at(SIGNATURE_BYTES);
        let payload = str::from_utf8(payload).unwrap();
        assert_eq!(payload, r#"{"params":{"limit":"2","sort":"name"},"place":7}"#);
        let code = |payload: &str| {
            let cursor = BASE64_URL_SAFE_NO_PAD.encode([signature, payload.as_bytes()].concat());
            let asked = list.asked::<u64>(Query::read(&format!("cursor={cursor}")));
            faults(asked).first().map(|fault| fault.1)
        };
        assert_eq!(code(payload), None);
        for (part, other) in [
            (r#""place":7"#, r#""place":8"#),
            (r#""limit":"2""#, r#""limit":"3""#),
            (r#""sort":"name""#, r#""sort":"seen""#),
            (r#""sort":"name""#, r#""q":"name""#),
            (r#","sort":"name""#, ""),
            (r#","place""#, r#", "place""#),
        ] {
            assert!(payload.contains(part));
            let changed = payload.replace(part, other);
            assert!(serde_json::from_str::<Held<u64>>(&changed).is_ok(), "{changed}");
            assert_eq!(code(&changed), Some("invalid_cursor"), "{changed}");
        }
    }

    #[test]
    fn a_cursor_can_not_be_made_up() {
        let key = CursorKey::generate();
        let list = list(&key, OwnerId::generate(), "/list");
        let sound = cursor_of(&list.next(Params::new(), 7_u64));
        let sound = sound.strip_prefix("cursor=").unwrap();
        let longer = format!("{sound}AAAA");
        for wrong in ["", "x", "!", "AAAA", &sound[1..], &sound[..sound.len() - 4], &longer] {
            let asked = list.asked::<u64>(Query::read(&format!("cursor={wrong}")));
            assert_eq!(faults(asked), [("cursor".to_owned(), "invalid_cursor")], "{wrong}");
        }
    }
}
