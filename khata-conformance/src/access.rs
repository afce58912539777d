//! Registering, logging in and out over a store, by way of two processes that share it.

use khata_core::auth::{Login, Password};
use khata_core::error::{Error, ErrorKind};
use khata_core::form::Patch;
use khata_core::id::OwnerId;
use khata_core::khata::Khata;
use khata_core::owner::{OwnerUpdate, PasswordChange};
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
    a_profile_is_changed_at_the_revision_that_was_seen,
    a_shop_that_is_not_there_is_not_opened,
}

async fn login(khata: &Khata, n: u32, password: &str) -> Result<Login, Error> {
    khata.login(&mobile(n), &SecretString::from(password), Some([192, 0, 2, 1].into())).await
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
        let password = Some(PasswordChange { current: current.into(), new });
        with(OwnerUpdate::default(), |update| update.password = password)
    };
    assert_fails!(shop.update_profile(change("not the password"), None).await, Error::Invalid(_));
    open(&two, &ended).await.expect("nothing has changed yet");

    shop.update_profile(change(PASSWORD), None).await.unwrap();
    open(&two, &kept).await.expect("the session that changed it goes on");
    assert_fails!(open(&two, &ended).await, Error::InvalidToken);
    assert_fails!(login(&two, 1, PASSWORD).await, Error::WrongCredentials);
    login(&two, 1, "new and much better").await.expect("the new password opens");
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
