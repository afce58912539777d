//! Commits of unknown fate: the job is sent again, and nothing is done twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use async_trait::async_trait;

use super::bench::{Bench, assert_fails, at_once, day, mobile, name, paise};
use super::invariants;
use super::suite;
use crate::calendar::{Date, Timestamp};
use crate::customer::{Customer, CustomerUpdate, NewCustomer};
use crate::error::Error;
use crate::id::{CustomerId, ItemId, OwnerId, SessionId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::invoice::NewInvoice;
use crate::ledger::{Entry, Outcome};
use crate::number::DocumentKind;
use crate::phone::MobileNumber;
use crate::receipt::{NewReceipt, PaymentType};
use crate::shop::Shop;
use crate::store::{
    BookRepository, Credentials, CustomerRepository, CustomerSelection, DocumentRepository,
    DocumentSelection, EntryRepository, Head, Job, LiveSession, OwnerRepository, Paper, Posted, Session,
    SessionRepository, Standing, Store, StoreError, Throttle, ThrottleKey, ThrottleRepository, Trace,
};

suite! {
    an_invoice_in_doubt_is_not_doubled,
    a_receipt_in_doubt_is_not_doubled,
    a_customer_in_doubt_is_not_doubled,
    a_change_in_doubt_is_made_once,
    a_posting_with_a_key_in_doubt_is_answered_as_new,
    a_batch_in_doubt_is_not_doubled,
    a_commit_that_was_lost_is_made_up_for,
    doubt_that_lasts_is_told,
}

/// What becomes of a transaction before its answer is lost.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Committed,
    Lost,
}

/// A store over another whose next transactions are answered with doubt, whatever has become of them.
#[derive(Debug)]
struct Doubtful {
    inner: Arc<dyn Store>,
    fate: Fate,
    left: AtomicU32,
}

#[async_trait]
impl BookRepository for Doubtful {
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        let take = |left: u32| left.checked_sub(1);
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_err() {
            return self.inner.transact(job, deadline).await;
        }
        if let Fate::Committed = self.fate {
            self.inner.transact(job, deadline).await?;
        }
        Err(StoreError::in_doubt("the answer was lost"))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }
}

/// Passes the methods of a trait on to the store inside.
macro_rules! pass_on {
    ($repository:ident { $(fn $method:ident($($name:ident: $type:ty),*) -> $output:ty;)+ }) => {
        #[async_trait]
        impl $repository for Doubtful {
            $(async fn $method(&self, $($name: $type),*) -> Result<$output, StoreError> {
                self.inner.$method($($name),*).await
            })+
        }
    };
}

pass_on! { OwnerRepository {
    fn create_owner(head: &Head, password_hash: &str) -> ();
    fn head(owner: OwnerId) -> Head;
    fn owners(after: Option<OwnerId>, limit: u32) -> Vec<Head>;
    fn credentials_by_mobile(mobile: &MobileNumber) -> Credentials;
    fn credentials(owner: OwnerId) -> Credentials;
    fn renew_password_hash(owner: OwnerId, version: u64, hash: &str) -> ();
} }
pass_on! { SessionRepository {
    fn open_session(session: &Session, password_version: u64) -> ();
    fn live_sessions(sessions: &[(OwnerId, SessionId)]) -> Vec<LiveSession>;
    fn end_session(owner: OwnerId, session: SessionId) -> ();
    fn end_sessions(owner: OwnerId) -> ();
} }
pass_on! { ThrottleRepository {
    fn throttles(keys: &[ThrottleKey]) -> Vec<(ThrottleKey, Throttle)>;
    fn put_throttle(key: &ThrottleKey, throttle: &Throttle, now: Timestamp) -> ();
    fn clear_throttle(key: &ThrottleKey) -> ();
} }
pass_on! { CustomerRepository {
    fn customer(owner: OwnerId, id: CustomerId) -> Customer;
    fn customers(owner: OwnerId, selection: &CustomerSelection) -> Vec<Customer>;
    fn all_customers(owner: OwnerId, after: Option<CustomerId>, limit: u32) -> Vec<Customer>;
} }
pass_on! { DocumentRepository {
    fn document(owner: OwnerId, kind: DocumentKind, id: ItemId) -> Paper;
    fn documents(owner: OwnerId, kind: DocumentKind, selection: &DocumentSelection) -> Vec<Paper>;
} }
pass_on! { EntryRepository {
    fn entries(owner: OwnerId, after: u64, limit: u32) -> Vec<Entry>;
    fn postings(owner: OwnerId, after: u64, limit: u32) -> Vec<Posted>;
    fn idempotency_records(owner: OwnerId, after: Option<&IdempotencyKey>, limit: u32)
        -> Vec<(IdempotencyKey, IdempotencyRecord)>;
    fn standing(owner: OwnerId, customer: CustomerId, as_of: Date) -> Standing;
    fn traces(owner: OwnerId, items: &[ItemId]) -> Vec<Trace>;
} }

/// A shop with a customer, whose next transactions are answered with doubt.
async fn doubted(bench: &Bench, fate: Fate, times: u32) -> (Shop, Customer) {
    let shop = bench.shop(1).await;
    let new = NewCustomer { opening_balance: Some(paise(500)), ..NewCustomer::new(name("Ravi"), mobile(1)) };
    let ravi = shop.add_customer(new).await.unwrap();
    let store = Doubtful { inner: bench.store.clone(), fate, left: AtomicU32::new(times) };
    let shop = bench.khata_over(Arc::new(store)).shop(shop.id()).await.unwrap();
    (shop, ravi)
}

fn invoice(customer: &Customer) -> NewInvoice {
    NewInvoice::new(customer.id, day(0), paise(100))
}

fn receipt(customer: &Customer) -> NewReceipt {
    NewReceipt::new(customer.id, day(0), paise(100), PaymentType::Cash)
}

async fn assert_entries(bench: &Bench, shop: &Shop, count: u64) {
    assert_eq!(bench.store.head(shop.id()).await.unwrap().seq, count);
    invariants::check(&*bench.store, shop.id()).await.unwrap_or_else(|violation| panic!("{violation}"));
}

async fn an_invoice_in_doubt_is_not_doubled(bench: Bench) {
    let (shop, ravi) = doubted(&bench, Fate::Committed, 2).await;
    let posted = shop.add_invoice(invoice(&ravi)).await.unwrap();
    assert_eq!(shop.invoice(posted.id).await.unwrap(), posted);
    assert_entries(&bench, &shop, 2).await;
}

async fn a_receipt_in_doubt_is_not_doubled(bench: Bench) {
    let (shop, ravi) = doubted(&bench, Fate::Committed, 2).await;
    let posted = shop.add_receipt(receipt(&ravi)).await.unwrap();
    assert_eq!(shop.receipt(posted.id).await.unwrap(), posted);
    assert_entries(&bench, &shop, 2).await;
}

async fn a_customer_in_doubt_is_not_doubled(bench: Bench) {
    let (shop, _) = doubted(&bench, Fate::Committed, 2).await;
    let new = NewCustomer { opening_balance: Some(paise(-7)), ..NewCustomer::new(name("Asha"), mobile(2)) };
    let asha = shop.add_customer(new).await.unwrap();
    assert_eq!(shop.customer(asha.id).await.unwrap(), asha);
    assert_entries(&bench, &shop, 2).await;
}

async fn a_change_in_doubt_is_made_once(bench: Bench) {
    let (shop, ravi) = doubted(&bench, Fate::Committed, 2).await;
    let rename = CustomerUpdate { name: Some(name("रवि")), ..CustomerUpdate::default() };
    let renamed = shop.update_customer(ravi.id, rename, Some(ravi.revision)).await.unwrap();
    assert_eq!(renamed.revision, ravi.revision + 1);
    assert_eq!(shop.customer(ravi.id).await.unwrap(), renamed);
}

async fn a_posting_with_a_key_in_doubt_is_answered_as_new(bench: Bench) {
    let (shop, ravi) = doubted(&bench, Fate::Committed, 2).await;
    let key = IdempotencyKey::parse("key").expect("it is visible ASCII");
    let posted = shop.once(key.clone(), invoice(&ravi)).await.unwrap();
    assert!(!posted.replayed, "the caller sent it once");
    let again = shop.once(key, invoice(&ravi)).await.unwrap();
    assert_eq!((again.value, again.replayed), (posted.value, true));
    assert_entries(&bench, &shop, 2).await;
}

async fn a_batch_in_doubt_is_not_doubled(bench: Bench) {
    let (shop, ravi) = doubted(&bench, Fate::Committed, 3).await;
    let postings = (0..40).map(|n| {
        let (shop, ravi) = (shop.clone(), ravi.clone());
        async move {
            match n % 2 {
                0 => shop.add_invoice(invoice(&ravi)).await.map(|invoice| invoice.seq),
                _ => shop.add_receipt(receipt(&ravi)).await.map(|receipt| receipt.seq),
            }
        }
    });
    let ends: Result<Vec<_>, _> = at_once(postings).await.into_iter().collect();
    let mut seqs = ends.expect("each of them is carried out");
    seqs.sort_unstable();
    assert_eq!(seqs, (2..=41).collect::<Vec<_>>());
    assert_entries(&bench, &shop, 41).await;
}

async fn a_commit_that_was_lost_is_made_up_for(bench: Bench) {
    let (shop, ravi) = doubted(&bench, Fate::Lost, 2).await;
    let posted = shop.add_invoice(invoice(&ravi)).await.unwrap();
    assert_eq!(shop.invoice(posted.id).await.unwrap(), posted);
    assert_entries(&bench, &shop, 2).await;
}

async fn doubt_that_lasts_is_told(bench: Bench) {
    let (shop, ravi) = doubted(&bench, Fate::Committed, u32::MAX).await;
    let rename = crate::owner::OwnerUpdate { shop_name: Some(name("New")), ..Default::default() };
    let told = shop.update_profile(rename, None).await;
    assert_fails!(told, Error::Store(StoreError::InDoubt { .. }));
    assert_eq!(bench.store.customer(shop.id(), ravi.id).await.unwrap(), ravi);
}
