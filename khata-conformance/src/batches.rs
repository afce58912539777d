//! A batch comes to the same as its postings one by one: what one of them does the next ones see, though all that is
//! loaded was loaded before the first.

use khata_core::bounce::Bounce;
use khata_core::customer::CustomerUpdate;
use khata_core::debit_note::NewDebitNote;
use khata_core::documents::{NewAllocation, NewDocument};
use khata_core::form::Patch;
use khata_core::gst::Gstin;
use khata_core::id::{ActorId, CustomerId, EntryId, InvoiceId, ItemId, OwnerId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::NewInvoice;
use khata_core::ledger::{Allocation, ChainHash, Entry};
use khata_core::number::{DocumentKind, DocumentNumber};
use khata_core::opening_balance::NewOpeningBalance;
use khata_core::owner::OwnerUpdate;
use khata_core::reallocation::Reallocation;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::refund::NewRefund;
use khata_core::store::Store;
use khata_core::testing::PostingJob;
use khata_core::testing::{Command, Posting};
use khata_core::text::Note;
use khata_core::void::Void;
use khata_core::write_off::NewWriteOff;
use proptest::collection::vec;
use proptest::strategy::{Strategy, ValueTree};

use super::context::{TestContext, day, moment, opened_customer, paise, soon, with};
use super::model::{DocumentInput, Operation};
use super::model_runner::{credit_note, tax};
use super::random::{generator, operation};
use super::{invariants, suite};

suite! {
    a_batch_comes_to_the_same_as_its_postings_one_by_one,
}

/// How many books are written twice.
const BOOKS: u32 = 24;

async fn a_batch_comes_to_the_same_as_its_postings_one_by_one(context: TestContext) {
    let mut generator = generator();
    let books = (vec(operation(), 4..80), vec(1..24_usize, 80));
    for n in 0..BOOKS {
        let (operations, sizes) = books.new_tree(&mut generator).expect("no value is refused").current();
        let commands = commands(&operations);
        let [batched, single] = [shop(&context, 2 * n).await, shop(&context, 2 * n + 1).await];
        let mut told = [Vec::new(), Vec::new()];
        let mut rest = commands.as_slice();
        for size in sizes {
            let (batch, others) = rest.split_at(size.min(rest.len()));
            told[0].extend(carry_out(&*context.store, batched, batch).await);
            rest = others;
        }
        for command in commands.chunks(1) {
            told[1].extend(carry_out(&*context.store, single, command).await);
        }
        assert_eq!(told[0], told[1], "of {commands:#?}");
        let [in_batches, one_by_one] =
            [book(&*context.store, batched).await, book(&*context.store, single).await];
        assert_eq!(in_batches, one_by_one, "after {commands:#?}");
        invariants::check(&*context.store, batched).await.unwrap_or_else(|violation| panic!("{violation}"));
    }
}

/// A new shop. Of two pairs that follow each other, one has a GSTIN.
async fn shop(context: &TestContext, n: u32) -> OwnerId {
    let shop = context.shop(n).await;
    if n / 2 % 2 == 1 {
        let gst_number = Patch::Set(Gstin::parse("27AAPFU0939F1ZV").expect("it is a GSTIN"));
        let update = with(OwnerUpdate::default(), |update| update.profile.gst_number = gst_number);
        shop.update_profile(update, None).await.expect("the shop is there");
    }
    shop.id()
}

type Keyed = (Command, Option<IdempotencyKey>);

/// What the postings of a batch come to: nothing, or an error's code.
async fn carry_out(store: &dyn Store, owner: OwnerId, batch: &[Keyed]) -> Vec<Result<bool, &'static str>> {
    if batch.is_empty() {
        return Vec::new();
    }
    let postings = batch.iter().cloned();
    let postings = postings.map(|(command, key)| Posting { owner, command, key, salt: [0; 16] });
    let job = PostingJob::new(postings.collect(), moment(1_000_000));
    let outcomes = store.transact(&job, soon()).await.expect("the store is there");
    outcomes.into_iter().map(|outcome| outcome.map(|done| done.replayed).map_err(|e| e.code())).collect()
}

/// The entries, without what differs between shops.
async fn book(store: &dyn Store, shop: OwnerId) -> Vec<Entry> {
    let nobody = uuid::Uuid::nil();
    let owner = OwnerId::from_uuid(nobody);
    let entries = store.entries(shop, 0, 1_000).await.expect("the book can be read").into_iter();
    let entries = entries.map(|entry| Entry {
        owner,
        actor: ActorId::from_uuid(nobody),
        body_hash: None,
        hash: ChainHash([0; 32]),
        allocations: entry.allocations.iter().map(|row| Allocation { owner, ..row.clone() }).collect(),
        ..entry
    });
    entries.collect()
}

/// The operations as commands. Those that would have a batch to themselves are left out.
fn commands(operations: &[Operation]) -> Vec<Keyed> {
    let mut author = Author::default();
    let two = [1_000, 1_001].map(|mobile| Operation::Add {
        mobile: Some(mobile),
        opening: 0,
        opened: 0,
        limit: None,
    });
    two.iter().chain(operations).filter_map(|operation| author.command(operation)).collect()
}

/// Who names customers and documents before they are there.
#[derive(Default)]
struct Author {
    customers: Vec<CustomerId>,
    documents: Vec<(DocumentKind, ItemId)>,
}

impl Author {
    fn command(&mut self, operation: &Operation) -> Option<Keyed> {
        Some(match operation {
            Operation::Add { mobile: n, opening, opened, limit } => {
                let new = Box::new(with(opened_customer(*n, *opening, *opened), |new| {
                    new.credit_limit = limit.map(paise);
                }));
                let (id, opening) = (CustomerId::generate(), EntryId::generate());
                self.customers.push(id);
                (Command::AddCustomer { id, opening, new }, None)
            }
            Operation::Update { who, limit: Some(limit), .. } => {
                let credit_limit = limit.map_or(Patch::Clear, |limit| Patch::Set(paise(limit)));
                let update =
                    Box::new(with(CustomerUpdate::default(), |update| update.credit_limit = credit_limit));
                (Command::UpdateCustomer { id: self.customer(*who), update, expected: None }, None)
            }
            Operation::Restore { who } => (Command::RestoreCustomer { id: self.customer(*who) }, None),
            Operation::Invoice { who, document, due, taxed, over_limit } => {
                let invoice =
                    NewInvoice::new(self.customer(*who), day(document.date), paise(document.amount));
                let new = with(invoice.over_limit(*over_limit), |new| {
                    new.due_date = due.filter(|due| *due >= document.date).map(day);
                    new.tax = tax(*taxed);
                    new.number = number(document);
                });
                (self.posts(new), key(document.key))
            }
            Operation::Receipt { who, document, pays, cheque } => {
                let (date, amount) = (day(document.date), paise(document.amount));
                let receipt = NewReceipt::new(
                    self.customer(*who),
                    date,
                    amount,
                    if *cheque { PaymentType::Cheque } else { PaymentType::Upi },
                );
                let pays = pays.iter().take(1).filter(|row| row.1 <= document.amount);
                let pays = pays.filter_map(|(at, amount)| {
                    let invoice = InvoiceId::from(self.document(*at)?.1);
                    Some(NewAllocation::new(invoice, paise(*amount)))
                });
                let allocations = pays.collect();
                let new = with(receipt, |new| {
                    new.number = number(document);
                    new.allocations = allocations;
                });
                (self.posts(new), key(document.key))
            }
            Operation::CreditNote { who, on, document } => {
                let invoices =
                    on.iter().map(|at| Some(self.document(*at)?.1.into())).collect::<Option<_>>()?;
                let note = credit_note(self.customer(*who), invoices, document);
                let new = with(note, |new| new.number = number(document));
                (self.posts(new), key(document.key))
            }
            Operation::DebitNote { who, document, on } => {
                let note = NewDebitNote::new(self.customer(*who), day(document.date), paise(document.amount));
                let invoice = on.and_then(|at| Some(self.document(at)?.1.into()));
                let new = with(note, |new| {
                    new.invoice = invoice;
                    new.number = number(document);
                });
                (self.posts(new), key(document.key))
            }
            Operation::Refund { who, document } => {
                let (date, amount) = (day(document.date), paise(document.amount));
                let refund = NewRefund::new(self.customer(*who), date, amount, PaymentType::Cash);
                let new = with(refund, |new| new.number = number(document));
                (self.posts(new), key(document.key))
            }
            Operation::WriteOff { who, document, .. } => {
                let (date, amount) = (day(document.date), paise(document.amount));
                let new = NewWriteOff::new(self.customer(*who), date, amount, "They moved away");
                let new = with(new.expect("it is a note"), |new| new.number = number(document));
                (self.posts(new), key(document.key))
            }
            Operation::Opening { who, owed, document } => {
                let amount = if *owed { document.amount } else { -document.amount };
                let new = NewOpeningBalance::new(self.customer(*who), day(document.date), paise(amount));
                let new = with(new, |new| new.terms.number = number(document));
                (self.posts(new), key(document.key))
            }
            Operation::Void { what, date, key: n } => {
                let (kind, document) = self.document(*what)?;
                let void = Void::new(document, "It should not have been").expect("it is a note");
                let void = Box::new(with(void, |void| void.terms.date = date.map(day)));
                (Command::Void { id: EntryId::generate(), kind, void }, key(*n))
            }
            Operation::Bounce { what, date, charge, key: n } => {
                let (_, document) = self.document(*what)?;
                let reason = Note::parse("Funds insufficient").expect("it is a note");
                let bounce = Bounce::new(document.into(), day(*date), reason);
                let bounce = Box::new(with(bounce, |bounce| bounce.terms.charge = charge.map(paise)));
                let (id, charge) = (EntryId::generate(), EntryId::generate());
                (Command::Bounce { id, charge, bounce }, key(*n))
            }
            Operation::Reallocate { what, date, pays, key: n } => {
                let (kind, document) = self.document(*what)?;
                let pays = pays.iter().take(1).filter_map(|(at, amount)| {
                    let invoice = InvoiceId::from(self.document(*at)?.1);
                    Some(NewAllocation::new(invoice, paise(*amount)))
                });
                let new = Reallocation::new(document, pays.collect());
                let new = Box::new(with(new, |new| new.terms.date = date.map(day)));
                (Command::Reallocate { id: EntryId::generate(), kind, new }, key(*n))
            }
            Operation::Update { .. }
            | Operation::Remove { .. }
            | Operation::Lock { .. }
            | Operation::Register { .. } => return None,
        })
    }

    fn posts(&mut self, new: impl Into<NewDocument>) -> Command {
        let (id, new) = (EntryId::generate(), Box::new(new.into()));
        self.documents.push((new.kind(), id.into()));
        Command::Post { id, new }
    }

    fn customer(&self, at: usize) -> CustomerId {
        self.customers[at % self.customers.len()]
    }

    /// A document that was to be added; whether it was, the book knows.
    fn document(&self, at: usize) -> Option<(DocumentKind, ItemId)> {
        self.documents.get(at.checked_rem(self.documents.len())?).copied()
    }
}

fn key(n: Option<u8>) -> Option<IdempotencyKey> {
    n.map(|n| IdempotencyKey::parse(&format!("key-{n}")).expect("it is visible ASCII"))
}

fn number(document: &DocumentInput) -> Option<DocumentNumber> {
    document.number.map(|text| DocumentNumber::parse(text).expect("the pool has only numbers"))
}
