use std::sync::Mutex;

use secrecy::ExposeSecret;

use super::*;
use crate::calendar::TimeZone;
use crate::error::Refusal;
use crate::ledger;
use crate::money::Currency;
use crate::owner::{OwnerUpdate, Passwords};
use crate::shop::{Opened, OpenedBy};
use crate::store::{
    MemoryStore, OwnerRepository, PasswordWrite, SessionRepository, ThrottleKey, ThrottleRepository,
};
use crate::text::Name;

const PASSWORD: &str = "correct horse battery";

/// A service whose clock the test sets.
struct TestContext {
    store: Arc<MemoryStore>,
    service: AuthService,
    now: Arc<Mutex<Timestamp>>,
}

impl TestContext {
    fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new()), HashCost::CheapForTests, KeyRing::generate())
    }

    fn over(store: Arc<MemoryStore>, hash_cost: HashCost, keys: KeyRing) -> Self {
        let now = Arc::new(Mutex::new(Timestamp::from_millis(1_800_000_000_250).unwrap()));
        let clock = Arc::clone(&now);
        let clock = Clock::new(move || *clock.lock().unwrap());
        let config = AuthConfig { hash_cost, hash_permits: 1, ..AuthConfig::default() };
        let service = AuthService::new(store.clone(), config, keys, clock);
        Self { store, service, now }
    }

    fn pass(&self, seconds: u64) {
        let mut now = self.now.lock().unwrap();
        *now = now.plus(Duration::from_secs(seconds));
    }

    async fn register(&self, new: NewOwner) -> Result<Owner, Error> {
        let head = new.clone().into_head(*self.now.lock().unwrap());
        self.store.create_owner(&head, &self.service.hash_of(&new).await?).await?;
        Ok(head.owner)
    }

    async fn registered(&self) -> Owner {
        self.register(new_owner()).await.unwrap()
    }

    async fn login(&self, password: &str) -> Result<Login, Error> {
        self.service.login(&mobile(), &password.into(), &IpAddr::from([192, 0, 2, 1]).into()).await
    }

    async fn live(&self, login: &Login) -> Option<LiveSession> {
        match self.service.authenticate(login.token.expose_secret()).await {
            Ok((live, _)) => Some(live),
            Err(Error::InvalidToken) => None,
            Err(error) => panic!("{error:?}"),
        }
    }

    async fn change(&self, owner: OwnerId, current: &str) -> Result<PasswordWrite, Error> {
        self.change_in(owner, None, current, "new and much better").await
    }

    async fn change_in(
        &self,
        owner: OwnerId,
        session: Option<SessionId>,
        current: &str,
        new: &str,
    ) -> Result<PasswordWrite, Error> {
        let opened = opened(owner, session, *self.now.lock().unwrap());
        let update = OwnerUpdate { passwords: Some(passwords(current, new)), ..OwnerUpdate::default() };
        self.service
            .authorize_update(&opened, &update)
            .await
            .map(|write| write.expect("it has a new password"))
    }

    async fn tries(&self) -> usize {
        let keys = [ThrottleKey::new("mobile", mobile().as_str()), ThrottleKey::new("peer", "192.0.2.1")];
        let throttles = self.store.throttles(&keys).await.unwrap();
        throttles.iter().map(|(_, throttle)| throttle.tries as usize).sum()
    }
}

fn mobile() -> MobileNumber {
    MobileNumber::parse("9876543210").unwrap()
}

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

fn passwords(current: &str, new: &str) -> Passwords {
    Passwords { current: current.into(), new: Some(password(new)) }
}

fn opened(owner: OwnerId, session: Option<SessionId>, opened_at: Timestamp) -> Opened {
    let session = session.map(|id| OpenedBy { id, opened_at });
    Opened { owner, session, currency: Currency::default(), time_zone: TimeZone::default() }
}

fn new_owner() -> NewOwner {
    let name = |text| Name::parse(text).unwrap();
    NewOwner::new(name("Sharma Kirana"), name("Asha Sharma"), mobile(), password(PASSWORD)).unwrap()
}

#[tokio::test]
async fn a_registered_owner_has_an_empty_ledger() {
    let context = TestContext::new();
    let owner = context.registered().await;
    let head = context.store.head(owner.id).await.unwrap();
    assert_eq!(head.owner, owner);
    assert_eq!((head.seq, head.password_version, owner.revision), (0, 1, 1));
    assert_eq!(head.hash, ledger::genesis_hash(owner.id, owner.currency, owner.time_zone));
    assert_eq!((owner.created_at, head.recorded_at), (owner.updated_at, owner.created_at));
}

#[tokio::test]
async fn a_mobile_number_registers_once() {
    let context = TestContext::new();
    context.registered().await;
    let error = context.register(new_owner()).await.unwrap_err();
    assert!(matches!(error, Error::Refused(Refusal::MobileTaken(None))), "{error:?}");
}

#[tokio::test]
async fn a_login_opens_a_session_for_a_week_of_whole_seconds() {
    let context = TestContext::new();
    let owner = context.registered().await;
    let login = context.login(PASSWORD).await.unwrap();
    assert_eq!(login.owner, owner);
    assert_eq!(login.expires_at.millis(), (1_800_000_000 + 7 * 24 * 60 * 60) * 1000);
    let live = context.live(&login).await.unwrap();
    assert_eq!((live.owner, live.id), (owner.id, login.session));
    assert_eq!((live.currency, live.time_zone), (owner.currency, owner.time_zone));

    context.pass(7 * 24 * 60 * 60 - 1);
    assert!(context.live(&login).await.is_some());
    context.pass(1);
    assert!(context.live(&login).await.is_none());
}

#[tokio::test]
async fn an_owner_without_a_password_can_neither_log_in_nor_change_it() {
    let context = TestContext::new();
    let new = NewOwner::without_password("Sharma Kirana", "Asha Sharma", mobile()).unwrap();
    let owner = context.register(new).await.unwrap();
    let hash = context.store.credentials(owner.id).await.unwrap().password_hash;
    for tried in [PASSWORD, "", &hash] {
        let error = context.login(tried).await.unwrap_err();
        assert!(matches!(error, Error::WrongCredentials), "{tried}: {error:?}");
        let error = context.change(owner.id, tried).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{tried}: {error:?}");
    }
}

#[tokio::test]
async fn an_unknown_mobile_number_and_a_wrong_password_get_one_answer() {
    let context = TestContext::new();
    let unknown = context.login(PASSWORD).await.unwrap_err();
    context.registered().await;
    let wrong = context.login("correct horse").await.unwrap_err();
    assert!(matches!((&unknown, &wrong), (Error::WrongCredentials, Error::WrongCredentials)));
    assert_eq!(context.tries().await, 4, "both were counted, by mobile number and by peer");
}

#[tokio::test]
async fn a_logout_ends_one_session_and_logout_all_the_rest_in_every_process() {
    let keys = KeyRing::generate();
    let here = TestContext::over(Arc::new(MemoryStore::new()), HashCost::CheapForTests, keys.clone());
    let there = TestContext::over(here.store.clone(), HashCost::CheapForTests, keys);
    let owner = here.registered().await;
    let logins = [
        here.login(PASSWORD).await.unwrap(),
        here.login(PASSWORD).await.unwrap(),
        there.login(PASSWORD).await.unwrap(),
    ];
    here.store.end_session(owner.id, logins[0].session).await.unwrap();
    here.store.end_session(owner.id, logins[0].session).await.unwrap();
    for context in [&here, &there] {
        assert!(context.live(&logins[0]).await.is_none());
        assert!(context.live(&logins[1]).await.is_some());
        assert!(context.live(&logins[2]).await.is_some());
    }
    there.store.end_sessions(owner.id).await.unwrap();
    for context in [&here, &there] {
        assert!(context.live(&logins[1]).await.is_none());
        assert!(context.live(&logins[2]).await.is_none());
    }
}

#[tokio::test]
async fn another_rings_token_is_not_valid() {
    let here = TestContext::new();
    let there = TestContext::over(here.store.clone(), HashCost::CheapForTests, KeyRing::generate());
    here.registered().await;
    let login = here.login(PASSWORD).await.unwrap();
    assert!(there.live(&login).await.is_none());
}

#[tokio::test]
async fn who_guesses_must_wait_even_with_the_right_password_and_then_may_start_anew() {
    let context = TestContext::new();
    context.registered().await;
    for _ in 0..5 {
        assert!(matches!(context.login("a wrong guess").await, Err(Error::WrongCredentials)));
    }
    let error = context.login(PASSWORD).await.unwrap_err();
    assert!(matches!(error, Error::Throttled { retry_after } if retry_after == Duration::from_secs(1)));
    context.pass(1);
    context.login(PASSWORD).await.unwrap();
    assert_eq!(context.tries().await, 5, "the peer's wrong guesses remain");
}

#[tokio::test]
async fn a_login_that_finds_the_hasher_busy_is_not_counted() {
    let context = TestContext::new();
    let owner = context.registered().await;
    let mut places = Vec::new();
    for line in [Line::Known, Line::Unknown, Line::Registration] {
        while let Ok(place) = context.service.hasher.reserve(line) {
            places.push(place);
        }
    }
    assert!(matches!(context.login(PASSWORD).await, Err(Error::Overloaded)));
    assert!(matches!(context.change(owner.id, PASSWORD).await, Err(Error::Overloaded)));
    assert!(matches!(context.register(new_owner()).await, Err(Error::Overloaded)));
    assert_eq!(context.tries().await, 0);
    places.clear();
    context.login(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_password_that_changed_since_it_was_verified_opens_nothing() {
    let context = TestContext::new();
    let owner = context.registered().await;
    let mut verified = context.store.credentials(owner.id).await.unwrap();
    verified.password_version = 2;
    let outcome = context.service.open_session(&verified, DeviceId::generate()).await;
    assert!(matches!(outcome, Err(Error::WrongCredentials)));
}

#[tokio::test]
async fn a_hash_of_another_cost_is_renewed_by_the_next_login() {
    let cheap = TestContext::new();
    let owner = cheap.registered().await;
    let before = cheap.store.credentials(owner.id).await.unwrap();
    let dear = TestContext::over(cheap.store.clone(), HashCost::Owasp, KeyRing::generate());

    assert!(dear.login("a wrong guess").await.is_err());
    assert_eq!(dear.store.credentials(owner.id).await.unwrap(), before);
    dear.login(PASSWORD).await.unwrap();
    let renewed = dear.store.credentials(owner.id).await.unwrap();
    assert!(renewed.password_hash.contains("m=19456,t=2,p=1"), "{}", renewed.password_hash);
    assert_eq!(renewed.password_version, before.password_version);
    dear.login(PASSWORD).await.unwrap();
    assert_eq!(dear.store.credentials(owner.id).await.unwrap(), renewed);
}

#[tokio::test]
async fn a_hash_that_cannot_be_renewed_stays() {
    let context = TestContext::new();
    let owner = context.registered().await;
    let before = context.store.credentials(owner.id).await.unwrap();
    let outdated = Credentials { password_version: 2, ..before.clone() };
    let place = context.service.hasher.reserve(Line::Unknown).unwrap();
    context.service.renew_hash(&place, &outdated, &PASSWORD.into()).await;
    assert_eq!(context.store.credentials(owner.id).await.unwrap(), before);
}

#[tokio::test]
async fn a_change_of_password_says_what_to_write_and_writes_nothing() {
    let context = TestContext::new();
    let owner = context.registered().await;
    let session = context.login(PASSWORD).await.unwrap().session;
    let write = context.change_in(owner.id, Some(session), PASSWORD, "new and much better").await.unwrap();
    assert_eq!((write.version, write.keep), (2, Some(session)));

    let hasher = &context.service.hasher;
    let place = hasher.reserve(Line::Known).unwrap();
    let verdict = hasher.verify(&place, &"new and much better".into(), &write.hash).await.unwrap();
    assert!(verdict.matches);
    context.login(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_wrong_current_password_is_a_fault_of_its_field_and_counted() {
    let context = TestContext::new();
    let owner = context.registered().await;
    for _ in 0..5 {
        match context.change(owner.id, "a wrong guess").await.unwrap_err() {
            Error::Invalid(faults) => {
                assert_eq!((faults[0].field.as_str(), faults[0].code), ("currentPassword", "wrong_password"));
            }
            error => panic!("{error:?}"),
        }
    }
    assert!(matches!(context.change(owner.id, PASSWORD).await, Err(Error::Throttled { .. })));
    context.pass(1);
    context.change(owner.id, PASSWORD).await.unwrap();
    assert!(context.change(owner.id, "a wrong guess").await.unwrap_err().code() == "invalid", "forgotten");

    let nobody = context.change(OwnerId::generate(), PASSWORD).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let context = TestContext::new();
    let new = new_owner();
    let mut printed = format!("{new:?} {:?}", passwords(PASSWORD, PASSWORD));
    let owner = context.register(new).await.unwrap();
    let login = context.login(PASSWORD).await.unwrap();
    let credentials = context.store.credentials(owner.id).await.unwrap();
    let client = Client { peer: None, device: Some(login.device.clone()) };
    printed += &format!("{login:?} {credentials:?} {client:?} {:?}", context.service);
    let (token, device) = (login.token.expose_secret(), login.device.expose_secret());
    for secret in [PASSWORD, token, device, &credentials.password_hash] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[tokio::test]
async fn right_logins_at_once_all_succeed() {
    let context = Arc::new(TestContext::new());
    context.registered().await;
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let context = Arc::clone(&context);
        logins.spawn(async move { context.login(PASSWORD).await });
    }
    for login in logins.join_all().await {
        login.unwrap();
    }
    assert_eq!(context.tries().await, 0);
}

#[tokio::test]
async fn a_hash_is_not_renewed_and_no_session_opened_for_a_login_that_must_wait() {
    let keys = KeyRing::generate();
    let cheap = TestContext::over(Arc::new(MemoryStore::new()), HashCost::CheapForTests, keys.clone());
    let owner = cheap.registered().await;
    let before = cheap.store.credentials(owner.id).await.unwrap();
    let dear = TestContext::over(cheap.store.clone(), HashCost::Owasp, keys);
    // Begun while no failure is counted, and verified when the tries are used up.
    let place = || dear.service.hasher.reserve(Line::Unknown);
    let begun = dear.service.throttles.begin_login(&mobile(), Origin::Elsewhere(None), place).await;
    let (place, mut attempt) = begun.unwrap();
    assert!(dear.service.verified(&place, &mobile(), &PASSWORD.into()).await.unwrap().is_some());
    for _ in 0..5 {
        assert!(cheap.login("a wrong guess").await.is_err());
    }
    assert!(matches!(attempt.answerable().await, Err(Error::Throttled { .. })));
    assert_eq!(cheap.store.credentials(owner.id).await.unwrap(), before);
}

#[tokio::test]
async fn a_throttled_login_takes_no_place_from_those_who_may_log_in() {
    let context = TestContext::new();
    context.registered().await;
    for _ in 0..5 {
        assert!(context.login("a wrong guess").await.is_err());
    }
    let mut places = Vec::new();
    while let Ok(place) = context.service.hasher.reserve(Line::Unknown) {
        places.push(place);
    }
    let error = context.login(PASSWORD).await.unwrap_err();
    assert!(matches!(error, Error::Throttled { .. }), "and not overloaded: {error:?}");
}

#[tokio::test]
async fn a_flood_of_registrations_keeps_no_login_out_and_a_flood_of_strangers_no_known_device() {
    let context = TestContext::new();
    context.registered().await;
    let mut places = Vec::new();
    while let Ok(place) = context.service.hasher.reserve(Line::Registration) {
        places.push(place);
    }
    let device = Some(context.login(PASSWORD).await.unwrap().device);
    assert!(matches!(context.register(new_owner()).await, Err(Error::Overloaded)));

    while let Ok(place) = context.service.hasher.reserve(Line::Unknown) {
        places.push(place);
    }
    assert!(matches!(context.login(PASSWORD).await, Err(Error::Overloaded)));
    let known = Client { peer: None, device };
    context.service.login(&mobile(), &PASSWORD.into(), &known).await.unwrap();
}

#[tokio::test]
async fn many_guesses_at_many_numbers_from_many_addresses_slow_all_but_known_devices() {
    let context = TestContext::new();
    context.registered().await;
    let device = Some(context.login(PASSWORD).await.unwrap().device);
    let guess = async |n: u32| {
        let number = MobileNumber::parse(&format!("90000{n:05}")).unwrap();
        let client = IpAddr::from(std::net::Ipv4Addr::from_bits(0x0a00_0000 + n)).into();
        context.service.login(&number, &"a wrong guess".into(), &client).await.unwrap_err()
    };
    let mut guesses = 0;
    while matches!(guess(guesses).await, Error::WrongCredentials) {
        guesses += 1;
    }
    assert_eq!(guesses, ThrottleConfig::default().overall.free);
    assert!(matches!(context.login(PASSWORD).await, Err(Error::Throttled { .. })));
    let known = Client { peer: None, device };
    context.service.login(&mobile(), &PASSWORD.into(), &known).await.unwrap();
    context.pass(1);
    context.login(PASSWORD).await.expect("strangers are slowed, and not kept out");
}

#[tokio::test]
async fn a_password_that_is_easy_to_guess_neither_registers_nor_replaces_another() {
    let weak = |outcome: Result<(), Error>| match outcome {
        Err(Error::Invalid(faults)) => {
            assert_eq!((faults[0].field.as_str(), faults[0].code), ("password", "weak_password"));
        }
        other => panic!("{other:?}"),
    };
    let context = TestContext::new();
    for text in ["password", "12345678", "sharmakirana", "9876543210", "asha sharma"] {
        let new = NewOwner { password: Some(password(text)), ..new_owner() };
        weak(context.register(new).await.map(drop));
    }
    let owner = context.registered().await;
    for text in ["password", "12345678", "sharmakirana", "9876543210"] {
        weak(context.change_in(owner.id, None, PASSWORD, text).await.map(drop));
    }
    // The name that the same update gives the shop.
    let mut update =
        OwnerUpdate { passwords: Some(passwords(PASSWORD, "vinayakstores")), ..OwnerUpdate::default() };
    update.profile.shop_name = Some(Name::parse("Vinayak Stores").unwrap());
    let opened = opened(owner.id, None, *context.now.lock().unwrap());
    weak(context.service.authorize_update(&opened, &update).await.map(drop));
}

#[tokio::test]
async fn another_mobile_number_needs_a_recent_login_or_the_password() {
    let context = TestContext::new();
    let owner = context.registered().await;
    let login = context.login(PASSWORD).await.unwrap();
    let opened_at = context.service.authenticate(login.token.expose_secret()).await.unwrap().1;
    let by_token = opened(owner.id, Some(login.session), opened_at);
    let by_program = opened(owner.id, None, opened_at);
    let mut update = OwnerUpdate::default();
    update.profile.mobile = Some(MobileNumber::parse("9123456789").unwrap());
    let authorize =
        async |opened: &Opened, update: &OwnerUpdate| context.service.authorize_update(opened, update).await;

    context.pass(5 * 60 - 1);
    authorize(&by_token, &update).await.unwrap();
    context.pass(1);
    let refused = authorize(&by_token, &update).await;
    assert!(matches!(refused, Err(Error::ReauthenticationRequired)), "{refused:?}");
    authorize(&by_program, &update).await.expect("the program has authenticated its user");

    update.passwords = Some(Passwords { current: PASSWORD.into(), new: None });
    authorize(&by_token, &update).await.unwrap();
    update.passwords = Some(Passwords { current: "a wrong guess".into(), new: None });
    assert!(matches!(authorize(&by_token, &update).await, Err(Error::Invalid(_))));
}
