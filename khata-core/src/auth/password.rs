//! Passwords and their Argon2id hashes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::Error as HashError;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::hash_memory::HashMemory;
use super::hash_threads::{HashThreads, IDLE_TIME_MAX, Line};
use crate::error::{Error, Violation};
use crate::form::{self, Raw};
use crate::money::Currency;
use crate::record::{FormType, TextFormat, Type, Typed};
use crate::store::StoreError;

/// Maximum number of logins that wait for each running hash, in each of their two lines: about two seconds of work.
const LOGINS_PER_PERMIT_MAX: usize = 64;

/// Maximum number of registrations that wait for each running hash. They are rare, and no shop is open yet that waits.
const REGISTRATIONS_PER_PERMIT_MAX: usize = 16;

/// A password that satisfies the rules for new passwords. Its `Debug` output hides it.
#[derive(Clone)]
pub struct Password(SecretString);

impl Password {
    /// Minimum number of characters (NIST SP 800-63B).
    pub const CHARACTERS_MIN: usize = 8;

    /// Maximum number of characters.
    pub const CHARACTERS_MAX: usize = 128;

    /// Parses a password. It may contain any character except control characters, and is kept unchanged.
    ///
    /// # Errors
    /// `too_short`, `too_long`, `control_character`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let chars = text.chars().count();
        if chars < Self::CHARACTERS_MIN {
            let message = format!("must have at least {} characters", Self::CHARACTERS_MIN);
            Err(Violation::new("too_short", message))
        } else if chars > Self::CHARACTERS_MAX {
            Err(Violation::new("too_long", format!("must have at most {} characters", Self::CHARACTERS_MAX)))
        } else if text.chars().any(char::is_control) {
            Err(Violation::new("control_character", "must not contain control characters"))
        } else {
            Ok(Self(SecretString::from(text)))
        }
    }

    pub(super) fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A password as the API describes it.
const FORMAT: TextFormat = TextFormat {
    characters_min: Some(Password::CHARACTERS_MIN),
    characters_max: Some(Password::CHARACTERS_MAX),
    secret: true,
    ..TextFormat::new("Password", "Text without control characters.", "correct horse battery")
};

// A password is read, and never shown or stored.
impl Typed for Password {
    const TYPE: Type = Type::Text(&FORMAT);
}

impl FormType for Password {
    fn from_raw(raw: &Raw, _: Currency) -> Result<Self, Violation> {
        form::text(Self::parse)(raw)
    }
}

impl TryFrom<&str> for Password {
    type Error = Violation;

    fn try_from(text: &str) -> Result<Self, Violation> {
        Self::parse(text)
    }
}

/// Cost of an Argon2id hash, which is the cost of each guess to an attacker who has the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum HashCost {
    /// 19 MiB, two passes, one lane: the minimum of the OWASP Password Storage Cheat Sheet.
    #[default]
    Owasp,
    /// 64 MiB, three passes, four lanes: the second recommended option of RFC 9106, section 4.
    Rfc9106,
    /// Minimum that the algorithm allows. It protects nothing: use it only in tests.
    CheapForTests,
}

impl HashCost {
    fn params(self) -> Params {
        let (memory_kib, passes, lanes) = match self {
            Self::Owasp => (19 * 1024, 2, 1),
            Self::Rfc9106 => (64 * 1024, 3, 4),
            Self::CheapForTests => (Params::MIN_M_COST, 1, 1),
        };
        Params::new(memory_kib, passes, lanes, Some(Params::DEFAULT_OUTPUT_LEN))
            .expect("the parameters lie within the algorithm's limits")
    }
}

/// The result of comparing a password with a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Whether the password matches.
    pub(super) matches: bool,
    /// Whether the hash has another cost than the current one.
    pub(super) outdated: bool,
}

/// Computes and verifies hashes on a few threads of low priority, so that a flood of logins exhausts neither the processor
/// nor the memory. The memory is freed when no password has been hashed for a while.
#[derive(Debug, Clone)]
pub(super) struct Hasher {
    algorithm: Arc<HashAlgorithm>,
    threads: HashThreads,
    places: [Arc<Semaphore>; Line::COUNT],
    stand_in: Arc<str>,
}

/// A place in a line, valid for several hashes in sequence.
#[derive(Debug, Clone)]
pub(super) struct Place {
    line: Line,
    _held: Arc<OwnedSemaphorePermit>,
}

impl Hasher {
    /// Creates a hasher that computes at most `permits` hashes concurrently.
    pub(super) fn new(cost: HashCost, permits: usize) -> Self {
        Self::with_idle_time(cost, permits, IDLE_TIME_MAX)
    }

    fn with_idle_time(cost: HashCost, permits: usize, idle_time_max: Duration) -> Self {
        let permits = permits.max(1);
        let params = cost.params();
        let stand_in = stand_in(&params).into();
        let algorithm = Arc::new(HashAlgorithm::new(params));
        let idle = Arc::clone(&algorithm);
        let threads = HashThreads::new(permits, idle_time_max, move || idle.memory.release());
        let per_permit = [LOGINS_PER_PERMIT_MAX, LOGINS_PER_PERMIT_MAX, REGISTRATIONS_PER_PERMIT_MAX];
        let places = per_permit.map(|waiting| Arc::new(Semaphore::new(permits * (1 + waiting))));
        Self { algorithm, threads, places, stand_in }
    }

    /// Takes a place in a line, which is released when it is dropped.
    ///
    /// # Errors
    /// [`Error::Overloaded`] if the line is full.
    pub(super) fn reserve(&self, line: Line) -> Result<Place, Error> {
        let places = Arc::clone(&self.places[line.index()]);
        let permit = places.try_acquire_owned().map_err(|_| Error::Overloaded)?;
        Ok(Place { line, _held: Arc::new(permit) })
    }

    /// Returns a hash of the current cost that matches no password.
    pub(super) fn stand_in(&self) -> &str {
        &self.stand_in
    }

    /// Hashes a password into a PHC string.
    ///
    /// # Errors
    /// [`Error::Internal`] if the password can't be hashed.
    pub(super) async fn hash(&self, place: &Place, password: &SecretString) -> Result<String, Error> {
        let (algorithm, password) = (Arc::clone(&self.algorithm), password.clone());
        self.run(place, move || {
            algorithm
                .hash(password.expose_secret(), Salt::generate())
                .map(|hash| hash.to_string())
                .map_err(|error| Error::Internal(format!("the password can't be hashed: {error}")))
        })
        .await
    }

    /// Compares a password with a hash.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the hash can't be parsed, [`Error::Internal`] if the comparison fails.
    pub(super) async fn verify(
        &self,
        place: &Place,
        password: &SecretString,
        hash: &str,
    ) -> Result<Verdict, Error> {
        let hash = PasswordHash::new(hash).map_err(StoreError::corrupt)?;
        let (algorithm, password) = (Arc::clone(&self.algorithm), password.clone());
        self.run(place, move || {
            let matches = algorithm.matches(password.expose_secret(), &hash).map_err(StoreError::corrupt)?;
            Ok(Verdict { matches, outdated: is_outdated(&hash, algorithm.argon2.params()) })
        })
        .await
    }

    /// Runs the work when a thread is free. The place moves with the work: a hash goes on after its caller is dropped, so
    /// its place must stay taken until it ends. What has not begun by then is left out.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        place: &Place,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (done, outcome) = oneshot::channel();
        let held = place.clone();
        self.threads.run(place.line, move || {
            if done.is_closed() {
                return;
            }
            let outcome = work();
            drop(held);
            // It fails if the caller is gone.
            let _ = done.send(outcome);
        });
        outcome.await.map_err(|_| Error::Internal("the password hasher failed".into()))?
    }
}

/// Argon2, with memory that is used again. What it computes is what the traits of the `argon2` crate compute, which
/// allocate memory for each hash.
#[derive(Debug)]
struct HashAlgorithm {
    argon2: Argon2<'static>,
    memory: HashMemory,
}

impl HashAlgorithm {
    /// Creates the algorithm for hashes with these parameters. It verifies those with others too.
    fn new(params: Params) -> Self {
        let memory = HashMemory::new(&params);
        Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), memory }
    }

    /// Hashes a password by the current parameters.
    fn hash(&self, password: &str, salt: Salt) -> Result<PasswordHash, HashError> {
        Ok(PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(self.argon2.params())?,
            salt: Some(salt),
            hash: Some(self.output(&self.argon2, password, &salt)?),
        })
    }

    /// Returns whether a password has a hash, by the algorithm and the parameters that the hash names.
    fn matches(&self, password: &str, hash: &PasswordHash) -> Result<bool, HashError> {
        let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else { return Ok(false) };
        let algorithm = Algorithm::try_from(hash.algorithm.as_str())?;
        let version = hash.version.map(Version::try_from).transpose()?.unwrap_or_default();
        let argon2 = Argon2::new(algorithm, version, Params::try_from(hash)?);
        // `Output` compares in constant time.
        Ok(self.output(&argon2, password, salt)? == *expected)
    }

    fn output(&self, argon2: &Argon2<'_>, password: &str, salt: &Salt) -> Result<Output, HashError> {
        let params = argon2.params();
        let mut bytes = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = bytes.get_mut(..length).ok_or(HashError::OutputSize)?;
        self.memory.with_blocks(params, |blocks| {
            argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, blocks)
        })?;
        Ok(Output::new(output)?)
    }
}

/// Output that no password is known to have. Finding one is as hard as inverting any other hash.
const NO_OUTPUT: [u8; Params::DEFAULT_OUTPUT_LEN] = [0; Params::DEFAULT_OUTPUT_LEN];

/// Returns a hash whose output is zeros. It takes as long to verify as a real one, and matches nothing.
fn stand_in(params: &Params) -> String {
    PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).expect("parameters can be written"),
        salt: Some(Salt::generate()),
        hash: Some(Output::new(&NO_OUTPUT).expect("the length is the algorithm's own")),
    }
    .to_string()
}

fn is_outdated(hash: &PasswordHash, current: &Params) -> bool {
    hash.algorithm != ARGON2ID_IDENT
        || hash.version != Some(Version::V0x13.into())
        || Params::try_from(hash).as_ref() != Ok(current)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::owner::NO_PASSWORD_HASH;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    fn cheap() -> Hasher {
        Hasher::new(HashCost::CheapForTests, 1)
    }

    fn code(text: &str) -> &'static str {
        Password::parse(text).expect_err("it must be refused").code
    }

    #[test]
    fn a_password_has_8_to_128_characters() {
        assert_eq!(code("1234567"), "too_short");
        assert_eq!(code(&"x".repeat(129)), "too_long");
        for right in ["12345678".to_owned(), "ख".repeat(8), "ख".repeat(128)] {
            assert_eq!(Password::parse(&right).unwrap().secret().expose_secret(), right);
        }
    }

    #[test]
    fn a_password_is_kept_as_it_came_but_has_no_control_characters() {
        let spaced = "  correct horse e\u{301} ";
        assert_eq!(Password::parse(spaced).unwrap().secret().expose_secret(), spaced);
        assert_eq!(code("line\nbreaks"), "control_character");
        assert_eq!(code("nul\0nul\0"), "control_character");
    }

    #[test]
    fn a_password_is_not_printed() {
        let password = Password::parse("open sesame").unwrap();
        assert_eq!(format!("{password:?}"), "Password(..)");
    }

    #[test]
    fn every_cost_lies_within_the_limits_of_the_algorithm() {
        for cost in [HashCost::Owasp, HashCost::Rfc9106, HashCost::CheapForTests] {
            assert!(Hasher::new(cost, 1).stand_in().starts_with("$argon2id$v=19$m="));
        }
        let default = HashCost::default().params();
        assert!(default.m_cost() >= 19_456 && default.t_cost() >= 2, "the OWASP minimum");
    }

    #[tokio::test]
    async fn only_the_password_itself_matches_its_hash() {
        let hasher = cheap();
        let place = hasher.reserve(Line::Unknown).unwrap();
        let hash = hasher.hash(&place, &secret("open sesame")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"), "{hash}");

        for (tried, matches) in [("open sesame", true), ("Open sesame", false), ("", false)] {
            let verdict = hasher.verify(&place, &secret(tried), &hash).await.unwrap();
            assert_eq!(verdict, Verdict { matches, outdated: false }, "{tried}");
        }
        let again = hasher.hash(&place, &secret("open sesame")).await.unwrap();
        assert_ne!(hash, again, "each hash has its own salt");
    }

    /// Test vectors of the reference implementation in C, for "password" and the salt "somesalt".
    const KNOWN: [&str; 5] = [
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E",
        "$argon2i$v=16$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
    ];

    #[tokio::test]
    async fn hashes_of_every_algorithm_and_cost_verify_also_in_memory_that_was_used_before() {
        for cost in [HashCost::CheapForTests, HashCost::Owasp] {
            let hasher = Hasher::new(cost, 1);
            let place = hasher.reserve(Line::Unknown).unwrap();
            for hash in KNOWN.iter().chain(KNOWN.iter().rev()) {
                for (tried, matches) in [("password", true), ("passwords", false)] {
                    let verdict = hasher.verify(&place, &secret(tried), hash).await.unwrap();
                    assert_eq!(verdict, Verdict { matches, outdated: true }, "{tried}: {hash}");
                }
            }
        }
    }

    #[test]
    fn a_hash_is_written_as_the_reference_implementation_writes_it() {
        for (params, known) in [((65536, 2, 1), KNOWN[0]), ((256, 2, 1), KNOWN[1]), ((256, 2, 2), KNOWN[2])] {
            let params = Params::new(params.0, params.1, params.2, Some(Params::DEFAULT_OUTPUT_LEN)).unwrap();
            let algorithm = HashAlgorithm::new(params);
            for _ in 0..2 {
                let salt = Salt::new(b"somesalt").unwrap();
                assert_eq!(algorithm.hash("password", salt).unwrap().to_string(), known);
                algorithm.hash("another password", Salt::generate()).unwrap();
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn however_many_hashes_there_are_each_permit_has_one_buffer() {
        const PERMITS: usize = 3;
        let hasher = Hasher::new(HashCost::CheapForTests, PERMITS);
        let mut hashes = tokio::task::JoinSet::new();
        for _ in 0..60 {
            let hasher = hasher.clone();
            hashes.spawn(async move {
                let place = hasher.reserve(Line::Unknown).unwrap();
                let hash = hasher.hash(&place, &secret("open sesame")).await.unwrap();
                assert!(hasher.verify(&place, &secret("open sesame"), &hash).await.unwrap().matches);
            });
        }
        hashes.join_all().await;
        let allocations = hasher.algorithm.memory.allocations();
        assert!((1..=PERMITS).contains(&allocations), "{allocations} buffers");
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_outdated() {
        let (cheap, owasp) = (cheap(), Hasher::new(HashCost::Owasp, 1));
        let hash = cheap.hash(&cheap.reserve(Line::Unknown).unwrap(), &secret("open sesame")).await.unwrap();
        let place = owasp.reserve(Line::Unknown).unwrap();
        let verdict = owasp.verify(&place, &secret("open sesame"), &hash).await.unwrap();
        assert_eq!(verdict, Verdict { matches: true, outdated: true });
    }

    #[tokio::test]
    async fn the_stand_in_is_of_the_current_cost_and_matches_nothing() {
        let hasher = cheap();
        let place = hasher.reserve(Line::Unknown).unwrap();
        let verdict = hasher.verify(&place, &secret("open sesame"), hasher.stand_in()).await.unwrap();
        assert_eq!(verdict, Verdict { matches: false, outdated: false });
        assert_ne!(hasher.stand_in(), cheap().stand_in());
    }

    #[tokio::test]
    async fn no_password_has_the_cost_of_others_and_matches_nothing() {
        let hasher = Hasher::new(HashCost::default(), 1);
        let place = hasher.reserve(Line::Unknown).unwrap();
        let hash = PasswordHash::new(NO_PASSWORD_HASH).unwrap();
        assert!(!is_outdated(&hash, &HashCost::default().params()));
        assert_eq!(hash.hash.unwrap().as_bytes(), NO_OUTPUT);
        for tried in ["open sesame", "", NO_PASSWORD_HASH] {
            let verdict = hasher.verify(&place, &secret(tried), NO_PASSWORD_HASH).await.unwrap();
            assert_eq!(verdict, Verdict { matches: false, outdated: false }, "{tried}");
        }
    }

    #[tokio::test]
    async fn a_hash_that_cannot_be_read_is_the_stores_fault() {
        let hasher = cheap();
        let place = hasher.reserve(Line::Unknown).unwrap();
        for broken in
            ["", "plain text", "$argon2id$v=19$m=1,t=1,p=1$c2FsdHNhbHQ$AAAA", "$scrypt$ln=1$c2FsdA$AAAA"]
        {
            let error = hasher.verify(&place, &secret("open sesame"), broken).await.unwrap_err();
            assert!(matches!(error, Error::Store(StoreError::Corrupt { .. })), "{broken}: {error:?}");
        }
    }

    #[tokio::test]
    async fn whoever_finds_the_queue_full_is_turned_away_at_once() {
        let hasher = cheap();
        let mut places: Vec<_> =
            (0..=LOGINS_PER_PERMIT_MAX).map(|_| hasher.reserve(Line::Unknown).unwrap()).collect();
        assert!(matches!(hasher.reserve(Line::Unknown), Err(Error::Overloaded)));
        places.pop();
        hasher.reserve(Line::Unknown).unwrap();
    }

    #[tokio::test]
    async fn a_caller_who_goes_away_does_not_make_room_before_its_hash_is_done() {
        let hasher = cheap();
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        let (start, started) = oneshot::channel::<()>();
        let place = hasher.reserve(Line::Unknown).unwrap();
        let working = hasher.clone();
        let caller = tokio::spawn(async move {
            let work = move || {
                start.send(()).unwrap();
                finished.recv().unwrap();
                Ok(())
            };
            working.run(&place, work).await
        });
        started.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        let places = &hasher.places[Line::Unknown.index()];
        assert_eq!(places.available_permits(), LOGINS_PER_PERMIT_MAX);

        finish.send(()).unwrap();
        let all = u32::try_from(LOGINS_PER_PERMIT_MAX).unwrap() + 1;
        let _next = places.acquire_many(all).await.unwrap();
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_begun() {
        let hasher = cheap();
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        let place = hasher.reserve(Line::Unknown).unwrap();
        let mut busy = Box::pin(hasher.run(&place, move || {
            // It fails when the test lets it end.
            let _ = finished.recv();
            Ok(())
        }));
        assert!(futures::poll!(busy.as_mut()).is_pending());
        let begun = Arc::new(AtomicBool::new(false));
        let begin = Arc::clone(&begun);
        let mut gone = Box::pin(hasher.run(&place, move || {
            begin.store(true, Ordering::SeqCst);
            Ok(())
        }));
        assert!(futures::poll!(gone.as_mut()).is_pending());
        drop(gone);
        drop(finish);
        busy.await.unwrap();
        hasher.run(&place, || Ok(())).await.unwrap();
        assert!(!begun.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn when_nobody_logs_in_the_memory_is_freed() {
        let hasher = Hasher::with_idle_time(HashCost::Owasp, 2, Duration::ZERO);
        let place = hasher.reserve(Line::Unknown).unwrap();
        hasher.hash(&place, &secret("open sesame")).await.unwrap();
        while hasher.algorithm.memory.is_held() {
            tokio::task::yield_now().await;
        }
        hasher.hash(&place, &secret("open sesame")).await.unwrap();
    }
}
