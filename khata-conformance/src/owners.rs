//! [`OwnerRepository`](khata_core::store::OwnerRepository).

use khata_core::calendar::{Date, TimeZone};
use khata_core::gst::Gstin;
use khata_core::id::OwnerId;
use khata_core::money::Currency;
use khata_core::owner::Owner;
use khata_core::store::{OwnerWrite, StoreError, UniqueRule, Writes};
use khata_core::upi::UpiId;
use uuid::Uuid;

use super::context::{RACERS, TestContext, assert_fails, at_once, day, head, mobile, moment, name};
use super::row_builder::{Line, scattered};
use super::suite;

suite! {
    a_new_owner_has_the_head_that_was_given,
    every_part_of_a_profile_comes_back,
    an_owner_who_is_not_there_is_not_found,
    credentials_are_found_by_id_and_by_mobile_number,
    credentials_are_those_of_who_has_the_number_now,
    a_mobile_number_belongs_to_one_owner,
    of_many_owners_who_want_one_number_one_gets_it,
    a_renewed_hash_keeps_its_version,
    a_hash_of_another_version_is_not_renewed,
    owners_come_in_the_order_of_their_ids_after_one,
    owners_come_as_they_are_now,
    the_store_gives_a_sign_of_life,
}

async fn a_new_owner_has_the_head_that_was_given(context: TestContext) {
    let head = head(1);
    context.store.create_owner(&head, "hash").await.unwrap();
    assert_eq!(context.store.head(head.owner.id).await.unwrap(), head);
    assert_eq!(context.other.head(head.owner.id).await.unwrap(), head, "as another process sees it");
}

async fn every_part_of_a_profile_comes_back(context: TestContext) {
    let mut head = head(1);
    head.owner = Owner {
        gst_number: Some(Gstin::parse("27AAPFU0939F1ZV").unwrap()),
        state: Some(name("महाराष्ट्र")),
        currency: Currency::parse("JPY").unwrap(),
        time_zone: TimeZone::parse("America/Argentina/ComodRivadavia").unwrap(),
        upi_id: Some(UpiId::parse("asha.sharma@upi").unwrap()),
        locked_until: Some(Date::MIN),
        updated_at: moment(7),
        revision: 3,
        ..head.owner
    };
    head.recorded_at = moment(-1);
    context.store.create_owner(&head, "hash").await.unwrap();
    assert_eq!(context.store.head(head.owner.id).await.unwrap(), head);

    let owner =
        Owner { gst_number: None, state: None, upi_id: None, locked_until: None, ..head.owner.clone() };
    let emptied = Writes { owners: vec![OwnerWrite { owner, password: None }], ..Writes::default() };
    super::context::write(&*context.store, head.owner.id, emptied.clone()).await.unwrap();
    assert_eq!(context.store.head(head.owner.id).await.unwrap().owner, emptied.owners[0].owner);
}

async fn an_owner_who_is_not_there_is_not_found(context: TestContext) {
    let nobody = OwnerId::generate();
    context.store.create_owner(&head(1), "hash").await.unwrap();
    assert_fails!(context.store.head(nobody).await, StoreError::NotFound);
    assert_fails!(context.store.credentials(nobody).await, StoreError::NotFound);
    assert_fails!(context.store.credentials_by_mobile(&mobile(2)).await, StoreError::NotFound);
}

async fn credentials_are_found_by_id_and_by_mobile_number(context: TestContext) {
    let (one, mut two) = (head(1), head(2));
    two.password_version = 5;
    context.store.create_owner(&one, "hash of one").await.unwrap();
    context.store.create_owner(&two, "hash of two").await.unwrap();
    for (head, hash, version) in [(one, "hash of one", 1), (two, "hash of two", 5)] {
        let found = context.store.credentials(head.owner.id).await.unwrap();
        assert_eq!(found.owner, head.owner.id);
        assert_eq!((found.password_hash.as_str(), found.password_version), (hash, version));
        assert_eq!(context.store.credentials_by_mobile(&head.owner.mobile).await.unwrap(), found);
    }
}

async fn credentials_are_those_of_who_has_the_number_now(context: TestContext) {
    let mut head = head(1);
    context.store.create_owner(&head, "hash").await.unwrap();
    head.owner.mobile = mobile(2);
    let moved = OwnerWrite { owner: head.owner.clone(), password: None };
    let writes = Writes { owners: vec![moved], ..Writes::default() };
    super::context::write(&*context.store, head.owner.id, writes).await.unwrap();

    assert_fails!(context.store.credentials_by_mobile(&mobile(1)).await, StoreError::NotFound);
    assert_eq!(context.store.credentials_by_mobile(&mobile(2)).await.unwrap().owner, head.owner.id);
    context.store.create_owner(&super::context::head(1), "hash").await.expect("the old number is free again");
}

async fn a_mobile_number_belongs_to_one_owner(context: TestContext) {
    let (first, second) = (head(1), head(1));
    context.store.create_owner(&first, "first").await.unwrap();
    let refused = context.store.create_owner(&second, "second").await;
    assert_fails!(refused, StoreError::Conflict(UniqueRule::OwnerMobile));
    assert_fails!(context.store.head(second.owner.id).await, StoreError::NotFound);
    assert_eq!(context.store.credentials_by_mobile(&mobile(1)).await.unwrap().password_hash, "first");
}

async fn of_many_owners_who_want_one_number_one_gets_it(context: TestContext) {
    let heads: Vec<_> = (0..RACERS).map(|_| head(1)).collect();
    let racers = heads.iter().cloned().enumerate().map(|(n, head)| {
        let store = if n % 2 == 0 { context.store.clone() } else { context.other.clone() };
        async move { store.create_owner(&head, "hash").await }
    });
    let ends = at_once(racers).await;
    let mut winners = Vec::new();
    for (head, end) in heads.iter().zip(ends) {
        match end {
            Ok(()) => winners.push(head.owner.id),
            Err(error) => assert!(
                matches!(error, StoreError::Conflict(UniqueRule::OwnerMobile)),
                "the number is taken, and not: {error:?}"
            ),
        }
    }
    assert_eq!(winners.len(), 1, "exactly one gets it");
    assert_eq!(context.store.credentials_by_mobile(&mobile(1)).await.unwrap().owner, winners[0]);
    for head in heads.iter().filter(|head| head.owner.id != winners[0]) {
        assert_fails!(context.store.head(head.owner.id).await, StoreError::NotFound);
    }
}

async fn a_renewed_hash_keeps_its_version(context: TestContext) {
    let (one, two) = (head(1), head(2));
    context.store.create_owner(&one, "old").await.unwrap();
    context.store.create_owner(&two, "old").await.unwrap();
    context.store.renew_password_hash(one.owner.id, 1, "new").await.unwrap();
    let renewed = context.store.credentials(one.owner.id).await.unwrap();
    assert_eq!((renewed.password_hash.as_str(), renewed.password_version), ("new", 1));
    assert_eq!(
        context.store.credentials(two.owner.id).await.unwrap().password_hash,
        "old",
        "of that owner only"
    );
    assert_eq!(context.store.head(one.owner.id).await.unwrap(), one, "and nothing else");
}

async fn a_hash_of_another_version_is_not_renewed(context: TestContext) {
    let mut head = head(1);
    head.password_version = 2;
    context.store.create_owner(&head, "old").await.unwrap();
    for version in [1, 3] {
        let refused = context.store.renew_password_hash(head.owner.id, version, "new").await;
        assert_fails!(refused, StoreError::Stale);
    }
    assert_eq!(context.store.credentials(head.owner.id).await.unwrap().password_hash, "old");
    let nobody = context.store.renew_password_hash(OwnerId::generate(), 1, "new").await;
    assert_fails!(nobody, StoreError::Stale);
}

async fn the_store_gives_a_sign_of_life(context: TestContext) {
    context.store.ping().await.unwrap();
    context.other.ping().await.unwrap();
}

async fn owners_come_in_the_order_of_their_ids_after_one(context: TestContext) {
    assert_eq!(context.store.owners(None, 10).await.unwrap(), []);
    let mut heads = Vec::new();
    for n in 0..7 {
        // Neither the time nor the mobile number goes up with the id.
        let mut head = head(10 - n);
        head.owner.id = OwnerId::from_uuid(scattered());
        context.store.create_owner(&head, "hash").await.unwrap();
        heads.push(head);
    }
    heads.sort_by_key(|head| head.owner.id);
    let ids: Vec<_> = heads.iter().map(|head| head.owner.id).collect();
    let between = OwnerId::from_uuid(Uuid::from_u128(ids[3].uuid().as_u128() + 1));
    let places = [None, Some(ids[0]), Some(ids[3]), Some(between), Some(ids[6])];
    for (after, limit) in
        places.into_iter().flat_map(|after| [0, 1, 3, 4, 100, u32::MAX].map(|limit| (after, limit)))
    {
        let expected = heads.iter().filter(|head| after.is_none_or(|after| head.owner.id > after));
        let expected: Vec<_> = expected.take(limit as usize).cloned().collect();
        assert_eq!(context.other.owners(after, limit).await.unwrap(), expected, "{limit} after {after:?}");
    }
}

async fn owners_come_as_they_are_now(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    for n in 0..4 {
        assert_eq!(context.other.owners(None, 2).await.unwrap(), [builder.head.clone()], "after {n} entries");
        builder.post(Line::debit(customer, day(n), 100));
        builder.commit(&*context.store).await;
    }
}
