//! Registering, logging in and out over a store, by way of two processes that share it.

use std::net::IpAddr;
use std::time::Duration;

use khata_core::auth::{Client, Login, Password, ThrottleConfig};
use khata_core::error::{Error, ErrorKind};
use khata_core::export::Format;
use khata_core::form::Patch;
use khata_core::id::OwnerId;
use khata_core::khata::Khata;
use khata_core::owner::{OwnerUpdate, Passwords};
use khata_core::shop::Shop;
use secrecy::{ExposeSecret, SecretString};

use super::context::{PASSWORD, TestContext, assert_fails, mobile, name, new_owner, with};
use super::suite;

suite! {
    a_registered_owner_logs_in_elsewhere,
    a_mobile_number_registers_once,
    wrong_credentials_are_told_apart_by_nothing,
    too_many_tries_are_counted_over_all_processes,
    a_logout_holds_everywhere,
    a_logout_of_all_ends_every_session,
    a_new_password_ends_the_other_sessions,
    a_token_alone_does_not_take_a_shop_away,
    who_guesses_elsewhere_keeps_no_known_device_out,
    a_device_that_guesses_waits_by_itself,
    devices_are_forgotten_with_the_end_of_all_sessions_and_with_a_new_password,
    registrations_and_new_numbers_are_counted_over_all_processes,
    a_profile_is_changed_at_the_revision_that_was_seen,
    a_shop_that_is_not_there_is_not_opened,
}

async fn login(khata: &Khata, n: u32, password: &str) -> Result<Login, Error> {
    login_from(khata, n, password, None).await
}

/// A login on the device of an earlier login, or on an unknown one.
async fn login_from(
    khata: &Khata,
    n: u32,
    password: &str,
    device: Option<&SecretString>,
) -> Result<Login, Error> {
    let client = Client { peer: Some([192, 0, 2, 1].into()), device: device.cloned() };
    khata.login(&mobile(n), &SecretString::from(password), &client).await
}

async fn open(khata: &Khata, login: &Login) -> Result<Shop, Error> {
    khata.authenticate(login.token.expose_secret()).await
}

async fn a_registered_owner_logs_in_elsewhere(context: TestContext) {
    let owner = context.khata().register(new_owner(1)).await.unwrap();
    let elsewhere = context.other_khata();
    let login = login(&elsewhere, 1, PASSWORD).await.unwrap();
    assert_eq!(login.owner, owner);
    for khata in [context.khata(), elsewhere] {
        let shop = open(&khata, &login).await.unwrap();
        assert_eq!((shop.id(), shop.session()), (owner.id, Some(login.session)));
        assert_eq!((shop.currency(), shop.time_zone()), (owner.currency, owner.time_zone));
        assert_eq!(shop.profile().await.unwrap(), owner);
    }
}

async fn a_mobile_number_registers_once(context: TestContext) {
    let first = context.khata().register(new_owner(1)).await.unwrap();
    let error = context.other_khata().register(new_owner(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "mobile_taken"));
    assert_eq!(login(&context.khata(), 1, PASSWORD).await.unwrap().owner, first);
}

async fn wrong_credentials_are_told_apart_by_nothing(context: TestContext) {
    context.khata().register(new_owner(1)).await.unwrap();
    assert_fails!(login(&context.khata(), 1, "not the password").await, Error::WrongCredentials);
    assert_fails!(login(&context.khata(), 2, PASSWORD).await, Error::WrongCredentials);
    login(&context.khata(), 1, PASSWORD).await.expect("a few wrong tries are forgiven");
}

async fn too_many_tries_are_counted_over_all_processes(context: TestContext) {
    context.khata().register(new_owner(1)).await.unwrap();
    let khatas = [context.khata(), context.other_khata()];
    let mut throttled = false;
    for n in 0..100 {
        match login(&khatas[n % 2], 1, "not the password").await {
            Err(Error::WrongCredentials) => {}
            Err(Error::Throttled { .. }) => {
                throttled = true;
                break;
            }
            other => panic!("try {n}: {other:?}"),
        }
    }
    assert!(throttled, "100 wrong tries in no time");
    for khata in [context.khata(), context.other_khata()] {
        assert_fails!(login(&khata, 1, PASSWORD).await, Error::Throttled { .. });
    }
}

async fn a_logout_holds_everywhere(context: TestContext) {
    context.khata().register(new_owner(1)).await.unwrap();
    let (one, two) = (login(&context.khata(), 1, PASSWORD).await.unwrap(), context.other_khata());
    let other = login(&two, 1, PASSWORD).await.unwrap();
    open(&two, &one).await.unwrap().logout().await.unwrap();
    for khata in [context.khata(), two] {
        assert_fails!(open(&khata, &one).await, Error::InvalidToken);
        open(&khata, &other).await.expect("the other session goes on");
    }
}

async fn a_logout_of_all_ends_every_session(context: TestContext) {
    let (one, two) = (context.khata(), context.other_khata());
    for n in [1, 2] {
        one.register(new_owner(n)).await.unwrap();
    }
    let mine = [login(&one, 1, PASSWORD).await.unwrap(), login(&two, 1, PASSWORD).await.unwrap()];
    let theirs = login(&one, 2, PASSWORD).await.unwrap();
    open(&two, &mine[0]).await.unwrap().logout_all().await.unwrap();
    for login in &mine {
        assert_fails!(open(&one, login).await, Error::InvalidToken);
    }
    open(&one, &theirs).await.expect("another owner's session goes on");
}

async fn a_new_password_ends_the_other_sessions(context: TestContext) {
    let (one, two) = (context.khata(), context.other_khata());
    one.register(new_owner(1)).await.unwrap();
    let (kept, ended) = (login(&one, 1, PASSWORD).await.unwrap(), login(&two, 1, PASSWORD).await.unwrap());
    let shop = open(&one, &kept).await.unwrap();
    let change = |current: &str| {
        let new = Password::parse("new and much better").expect("it is long enough");
        let passwords = Some(Passwords { current: current.into(), new: Some(new) });
        with(OwnerUpdate::default(), |update| update.passwords = passwords)
    };
    assert_fails!(shop.update_profile(change("not the password"), None).await, Error::Invalid(_));
    open(&two, &ended).await.expect("nothing has changed yet");

    shop.update_profile(change(PASSWORD), None).await.unwrap();
    open(&two, &kept).await.expect("the session that changed it goes on");
    assert_fails!(open(&two, &ended).await, Error::InvalidToken);
    assert_fails!(login(&two, 1, PASSWORD).await, Error::WrongCredentials);
    login(&two, 1, "new and much better").await.expect("the new password opens");
}

async fn a_token_alone_does_not_take_a_shop_away(context: TestContext) {
    let khata = context.khata();
    khata.register(new_owner(1)).await.unwrap();
    let login = login(&khata, 1, PASSWORD).await.unwrap();
    let number = |n| with(OwnerUpdate::default(), |update| update.profile.mobile = Some(mobile(n)));
    open(&khata, &login).await.unwrap().update_profile(number(2), None).await.expect("the login is recent");

    context.wait(Duration::from_secs(5 * 60));
    let shop = open(&khata, &login).await.unwrap();
    assert_fails!(shop.update_profile(number(3), None).await, Error::ReauthenticationRequired);
    assert_fails!(shop.logout_all().await, Error::ReauthenticationRequired);
    assert_fails!(shop.export(Format::JsonLines).await, Error::ReauthenticationRequired);
    assert_fails!(shop.export_tables().await, Error::ReauthenticationRequired);
    let profile = shop.update_profile(number(2), None).await.expect("it is the number that there is");
    assert_eq!(profile.mobile, mobile(2));

    let with_password = |current: &str| {
        let passwords = Some(Passwords { current: current.into(), new: None });
        with(number(3), |update| update.passwords = passwords)
    };
    assert_fails!(shop.update_profile(with_password("not the password"), None).await, Error::Invalid(_));
    shop.update_profile(with_password(PASSWORD), None).await.unwrap();
    assert_fails!(shop.reauthenticate(&"not the password".into()).await, Error::Invalid(_));
    let shop = shop.reauthenticate(&PASSWORD.into()).await.unwrap();
    shop.export(Format::JsonLines).await.unwrap();
    shop.export_tables().await.unwrap();
    shop.logout_all().await.unwrap();
}

async fn who_guesses_elsewhere_keeps_no_known_device_out(context: TestContext) {
    let (here, there) = (context.khata(), context.other_khata());
    here.register(new_owner(1)).await.unwrap();
    let device = login(&here, 1, PASSWORD).await.unwrap().device;
    while !matches!(login(&here, 1, "a guess").await, Err(Error::Throttled { .. })) {}
    for khata in [&here, &there] {
        assert_fails!(login(khata, 1, PASSWORD).await, Error::Throttled { .. });
        let login = login_from(khata, 1, PASSWORD, Some(&device)).await.unwrap();
        open(khata, &login).await.unwrap();
        login_from(khata, 1, PASSWORD, Some(&login.device)).await.expect("each login renews it");
    }
    let forged = SecretString::from("x.y.z");
    assert_fails!(login_from(&here, 1, PASSWORD, Some(&forged)).await, Error::Throttled { .. });
}

async fn a_device_that_guesses_waits_by_itself(context: TestContext) {
    let (here, there) = (context.khata(), context.other_khata());
    for n in [1, 2] {
        here.register(new_owner(n)).await.unwrap();
    }
    let device = login(&here, 1, PASSWORD).await.unwrap().device;
    let mut guesses = 0;
    while !matches!(login_from(&here, 1, "a guess", Some(&device)).await, Err(Error::Throttled { .. })) {
        guesses += 1;
    }
    assert_eq!(guesses, 5);
    assert_fails!(login_from(&there, 1, PASSWORD, Some(&device)).await, Error::Throttled { .. });
    login(&there, 1, PASSWORD).await.expect("elsewhere nobody has guessed");
    let other = login_from(&there, 2, PASSWORD, Some(&device)).await;
    other.expect("of another owner's device nothing is known");
}

async fn devices_are_forgotten_with_the_end_of_all_sessions_and_with_a_new_password(context: TestContext) {
    let khata = context.khata();
    khata.register(new_owner(1)).await.unwrap();
    let first = login(&khata, 1, PASSWORD).await.unwrap();
    open(&khata, &first).await.unwrap().logout_all().await.unwrap();
    let second = login_from(&khata, 1, PASSWORD, Some(&first.device)).await.unwrap();
    while !matches!(login(&khata, 1, "a guess").await, Err(Error::Throttled { .. })) {}
    assert_fails!(login_from(&khata, 1, PASSWORD, Some(&first.device)).await, Error::Throttled { .. });
    login_from(&khata, 1, PASSWORD, Some(&second.device)).await.unwrap();

    let new = Some(Password::parse("new and much better").unwrap());
    let passwords = Some(Passwords { current: PASSWORD.into(), new });
    let change = with(OwnerUpdate::default(), |update| update.passwords = passwords);
    open(&khata, &second).await.unwrap().update_profile(change, None).await.unwrap();
    let late = login_from(&khata, 1, "new and much better", Some(&second.device)).await;
    assert_fails!(late, Error::Throttled { .. });
}

async fn registrations_and_new_numbers_are_counted_over_all_processes(context: TestContext) {
    let khatas = [context.khata(), context.other_khata()];
    let client = Client::from(IpAddr::from([192, 0, 2, 1]));
    let owner = khatas[0].register_from(&client, new_owner(1)).await.unwrap();
    let mut told = 0_u32;
    loop {
        match khatas[told as usize % 2].register_from(&client, new_owner(1)).await {
            Err(Error::Refused(_)) => told += 1,
            Err(Error::Throttled { .. }) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told + 1, ThrottleConfig::default().registrations.free);
    khatas[1].register_from(&IpAddr::from([192, 0, 2, 2]).into(), new_owner(2)).await.expect("elsewhere");

    let number = |n| with(OwnerUpdate::default(), |update| update.profile.mobile = Some(mobile(n)));
    let shops = [khatas[0].shop(owner.id).await.unwrap(), khatas[1].shop(owner.id).await.unwrap()];
    for n in 0..5 {
        assert_fails!(shops[n % 2].update_profile(number(2), None).await, Error::Refused(_));
    }
    for shop in &shops {
        assert_fails!(shop.update_profile(number(3), None).await, Error::Throttled { .. });
        shop.update_profile(number(1), None).await.expect("it is the number that there is");
    }
}

async fn a_profile_is_changed_at_the_revision_that_was_seen(context: TestContext) {
    let (shop, taken) = (context.shop(1).await, context.shop(2).await);
    let elsewhere = context.shop_elsewhere(&shop).await;
    let seen = shop.profile().await.unwrap().revision;
    let rename =
        |text: &str| with(OwnerUpdate::default(), |update| update.profile.shop_name = Some(name(text)));
    let renamed = elsewhere.update_profile(rename("शर्मा किराणा"), Some(seen)).await.unwrap();
    assert_eq!(renamed.revision, seen + 1);
    assert_fails!(shop.update_profile(rename("Stale"), Some(seen)).await, Error::Stale);
    assert_eq!(shop.profile().await.unwrap(), renamed);

    let mobile = with(rename("Taken"), |update| {
        update.profile.mobile = Some(mobile(2));
        update.profile.state = Patch::Set(name("Goa"));
    });
    let error = shop.update_profile(mobile, None).await.unwrap_err();
    assert_eq!(error.code(), "mobile_taken");
    assert_eq!((shop.profile().await.unwrap(), taken.id()), (renamed, taken.profile().await.unwrap().id));
}

async fn a_shop_that_is_not_there_is_not_opened(context: TestContext) {
    context.shop(1).await;
    assert_fails!(context.khata().shop(OwnerId::generate()).await, Error::NotFound);
}
