//! A request that is sent again under its idempotency key gets its first answer, whatever happened since.

use khata_core::credit_note::NewCreditNote;
use khata_core::customer::{CustomerUpdate, NewCustomer};
use khata_core::documents::NewAllocation;
use khata_core::documents::NewDocument;
use khata_core::error::Error;
use khata_core::form::Patch;
use khata_core::id::{CustomerId, EntryId, InvoiceId, ItemId, ReceiptId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::NewInvoice;
use khata_core::ledger::{Done, Outcome};
use khata_core::number::DocumentKind;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::{Operation, Performed, Shop};
use khata_core::testing::{Command, Posting, PostingJob};
use khata_core::void::Void;

use super::context::{TestContext, assert_fails, day, moment, name, new_customer, paise, soon, with};
use super::suite;

suite! {
    customers_are_replayed_within_a_batch,
    documents_are_replayed_within_a_batch,
    voids_are_replayed_within_a_batch,
    an_invoice_is_replayed_unpaid_after_its_receipt_in_the_batch,
    a_key_of_another_request_in_the_batch_is_refused,
    a_customer_is_replayed_after_an_update,
    documents_are_replayed_after_their_voids,
    voids_of_receipts_and_credit_notes_are_replayed,
    an_opening_balance_of_zero_is_the_same_request_as_none,
}

fn key() -> IdempotencyKey {
    IdempotencyKey::parse("key").expect("it is visible ASCII")
}

async fn customer(shop: &Shop) -> CustomerId {
    shop.add_customer(new_customer("Ravi", 1)).await.expect("the mobile number is free").id
}

async fn invoice(shop: &Shop, customer: CustomerId) -> InvoiceId {
    shop.add_invoice(new_invoice(customer)).await.expect("the customer is there").id
}

async fn receipt(shop: &Shop, customer: CustomerId) -> ReceiptId {
    shop.add_receipt(new_receipt(customer)).await.expect("the customer is there").id
}

fn new_invoice(customer: CustomerId) -> NewInvoice {
    NewInvoice::new(customer, day(0), paise(100))
}

fn new_receipt(customer: CustomerId) -> NewReceipt {
    NewReceipt::new(customer, day(1), paise(60), PaymentType::Upi)
}

fn new_credit_note(invoice: InvoiceId) -> NewCreditNote {
    NewCreditNote::new(invoice, day(1), paise(40))
}

fn void<D>(document: D) -> Void<D> {
    Void::new(document, "It should not have been").expect("it is a note")
}

/// A request to add a customer, with ids of its own.
fn adding(new: NewCustomer) -> Command {
    Command::AddCustomer { id: CustomerId::generate(), opening: EntryId::generate(), new: Box::new(new) }
}

/// A request to add a document, with an id of its own.
fn posting(new: impl Into<NewDocument>) -> Command {
    Command::Post { id: EntryId::generate(), new: Box::new(new.into()) }
}

/// A request to void a document, with an id of its own.
fn voiding(kind: DocumentKind, document: impl Into<ItemId>) -> Command {
    Command::Void { id: EntryId::generate(), kind, void: Box::new(void(document.into())) }
}

/// Carries out these commands as one batch.
async fn batch(
    context: &TestContext,
    shop: &Shop,
    commands: impl IntoIterator<Item = (Command, Option<IdempotencyKey>)>,
) -> Vec<Outcome> {
    let posting = |(n, (command, key))| Posting { owner: shop.id(), command, key, salt: [n; 16] };
    let job = PostingJob::new((0..).zip(commands).map(posting).collect(), moment(1_000_000));
    context.store.transact(&job, soon()).await.expect("the store is there")
}

/// Sends a request twice within one batch: it is carried out once, and answered twice the same.
async fn assert_carried_out_once(
    context: &TestContext,
    n: u32,
    prepare: impl AsyncFnOnce(&Shop) -> [Command; 2],
) {
    let shop = context.shop(n).await;
    let commands = prepare(&shop).await;
    let before = context.store.head(shop.id()).await.expect("the shop is there").seq;
    let outcomes = batch(context, &shop, commands.clone().map(|command| (command, Some(key())))).await;
    let outcomes: Vec<Done> =
        outcomes.into_iter().map(|outcome| outcome.expect("neither is refused")).collect();
    let [first, again] = outcomes.as_slice() else { panic!("of {commands:?}: {outcomes:?}") };
    assert_eq!((first.replayed, again.replayed), (false, true), "{commands:?}");
    assert_eq!(first.answer, again.answer, "{commands:?}");
    let after = context.store.head(shop.id()).await.expect("the shop is there").seq;
    assert_eq!(after, before + 1, "one entry was written: {commands:?}");
    context.assert_sound(&shop).await;
}

async fn customers_are_replayed_within_a_batch(context: TestContext) {
    assert_carried_out_once(&context, 1, async |_| {
        [(); 2].map(|()| adding(new_customer("Ravi", 1).opening_balance(paise(100))))
    })
    .await;
}

async fn documents_are_replayed_within_a_batch(context: TestContext) {
    assert_carried_out_once(&context, 1, async |shop| {
        let customer = customer(shop).await;
        [(); 2].map(|()| posting(new_invoice(customer)))
    })
    .await;
    assert_carried_out_once(&context, 2, async |shop| {
        let customer = customer(shop).await;
        invoice(shop, customer).await;
        [(); 2].map(|()| posting(new_receipt(customer)))
    })
    .await;
    assert_carried_out_once(&context, 3, async |shop| {
        let invoice = invoice(shop, customer(shop).await).await;
        [(); 2].map(|()| posting(new_credit_note(invoice)))
    })
    .await;
}

async fn voids_are_replayed_within_a_batch(context: TestContext) {
    assert_carried_out_once(&context, 1, async |shop| {
        let customer = customer(shop).await;
        let invoice = invoice(shop, customer).await;
        receipt(shop, customer).await;
        [(); 2].map(|()| voiding(DocumentKind::Invoice, invoice))
    })
    .await;
    assert_carried_out_once(&context, 2, async |shop| {
        let customer = customer(shop).await;
        invoice(shop, customer).await;
        let receipt = receipt(shop, customer).await;
        [(); 2].map(|()| voiding(DocumentKind::Receipt, receipt))
    })
    .await;
    assert_carried_out_once(&context, 3, async |shop| {
        let invoice = invoice(shop, customer(shop).await).await;
        let note = shop.add_credit_note(new_credit_note(invoice)).await.expect("the invoice is there").id;
        [(); 2].map(|()| voiding(DocumentKind::CreditNote, note))
    })
    .await;
}

async fn an_invoice_is_replayed_unpaid_after_its_receipt_in_the_batch(context: TestContext) {
    let shop = context.shop(1).await;
    let customer = customer(&shop).await;
    let id = EntryId::generate();
    let first = Command::Post { id, new: Box::new(new_invoice(customer).into()) };
    let invoice = InvoiceId::from(ItemId::from(id));
    let allocations = vec![NewAllocation::new(invoice, paise(60))];
    let paying = posting(new_receipt(customer).allocations(allocations));
    let commands = [(first, Some(key())), (paying, None), (posting(new_invoice(customer)), Some(key()))];
    let outcomes = batch(&context, &shop, commands).await;
    let [Ok(first), Ok(_), Ok(again)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!((&again.answer, again.replayed), (&first.answer, true));
    assert_eq!(shop.invoice(invoice).await.expect("it was added").outstanding, paise(40));
}

async fn a_key_of_another_request_in_the_batch_is_refused(context: TestContext) {
    let shop = context.shop(1).await;
    let customer = customer(&shop).await;
    let other = NewInvoice::new(customer, day(0), paise(101));
    let commands = [new_invoice(customer), other].map(|new| (posting(new), Some(key())));
    let outcomes = batch(&context, &shop, commands).await;
    assert!(matches!(outcomes.as_slice(), [Ok(_), Err(Error::IdempotencyMismatch)]), "{outcomes:?}");
    assert_eq!(shop.customer(customer).await.expect("it was added").balance(), paise(100));
}

/// Sends a request again, through this process and another one: it is answered as the first time.
async fn assert_replayed<O>(context: &TestContext, shop: &Shop, operation: O, first: Performed<O::Output>)
where
    O: Operation + Clone,
    O::Output: PartialEq + std::fmt::Debug,
{
    assert!(!first.replayed);
    let elsewhere = context.shop_elsewhere(shop).await;
    for shop in [shop, &elsewhere] {
        let again = shop.perform(operation.clone(), Some(key())).await.expect("it is not refused");
        assert!(again.replayed);
        assert_eq!(again.value, first.value, "as it was then");
    }
}

async fn a_customer_is_replayed_after_an_update(context: TestContext) {
    let shop = context.shop(1).await;
    let new = new_customer("Ravi", 1).city("Pune").expect("it is a name");
    let first = shop.perform(new.clone(), Some(key())).await.expect("the mobile number is free");
    let update = with(CustomerUpdate::default(), |update| {
        update.name = Some(name("Ravi Kumar"));
        update.city = Patch::Clear;
    });
    let updated = shop.update_customer(first.value.id, update, None).await.expect("the customer is there");
    assert_replayed(&context, &shop, new, first).await;
    assert_eq!(shop.customer(updated.id).await.expect("the customer is there"), updated);
}

async fn documents_are_replayed_after_their_voids(context: TestContext) {
    let shop = context.shop(1).await;
    let customer = customer(&shop).await;
    let first = shop.perform(new_invoice(customer), Some(key())).await.expect("the customer is there");
    shop.void_invoice(void(first.value.id)).await.expect("it is not void yet");
    assert_replayed(&context, &shop, new_invoice(customer), first).await;

    let shop = context.shop(2).await;
    let customer = self::customer(&shop).await;
    invoice(&shop, customer).await;
    let first = shop.perform(new_receipt(customer), Some(key())).await.expect("the customer is there");
    shop.void_receipt(void(first.value.id)).await.expect("it is not void yet");
    assert_replayed(&context, &shop, new_receipt(customer), first).await;
}

async fn voids_of_receipts_and_credit_notes_are_replayed(context: TestContext) {
    let shop = context.shop(1).await;
    let customer = customer(&shop).await;
    let invoiced = invoice(&shop, customer).await;
    let paid = receipt(&shop, customer).await;
    let first = shop.perform(void(paid), Some(key())).await.expect("it is not void yet");
    receipt(&shop, customer).await;
    assert_replayed(&context, &shop, void(paid), first).await;
    assert_fails!(shop.perform(void(invoiced), Some(key())).await, Error::IdempotencyMismatch);

    let shop = context.shop(2).await;
    let customer = self::customer(&shop).await;
    let invoice = invoice(&shop, customer).await;
    let note = shop.add_credit_note(new_credit_note(invoice)).await.expect("the invoice is there").id;
    let first = shop.perform(void(note), Some(key())).await.expect("it is not void yet");
    receipt(&shop, customer).await;
    assert_replayed(&context, &shop, void(note), first).await;
}

async fn an_opening_balance_of_zero_is_the_same_request_as_none(context: TestContext) {
    let shop = context.shop(1).await;
    let first = shop.perform(new_customer("Ravi", 1), Some(key())).await.expect("the mobile number is free");
    let zero = new_customer("Ravi", 1).opening_balance(paise(0));
    assert_replayed(&context, &shop, zero, first).await;
}
