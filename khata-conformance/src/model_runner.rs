//! Carries out operations on a shop and on the model of its book, and compares the two.

macro_rules! differ {
    ($($what:tt)+) => {
        return Err(Violation::new(format!($($what)+)))
    };
}

mod compare;
mod lists;

use khata_core::bounce::Bounce;
use khata_core::credit_note::{CreditNote, NewCreditNote, NewInvoiceCredit};
use khata_core::customer::{CustomerUpdate, NewCustomer, Removal};
use khata_core::debit_note::{DebitNote, NewDebitNote};
use khata_core::documents::{DocumentType, NewAllocation, Payable, Tax};
use khata_core::error::Error;
use khata_core::form::Patch;
use khata_core::gst::Gstin;
use khata_core::id::{
    CreditNoteId, CustomerId, DebitNoteId, InvoiceId, ItemId, OpeningBalanceId, ReceiptId, RefundId,
    WriteOffId,
};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::{Invoice, NewInvoice};
use khata_core::money::Money;
use khata_core::number::DocumentNumber;
use khata_core::opening_balance::{NewOpeningBalance, OpeningBalance};
use khata_core::owner::OwnerUpdate;
use khata_core::reallocation::Reallocation;
use khata_core::receipt::{NewReceipt, PaymentType, Receipt};
use khata_core::refund::{NewRefund, Refund};
use khata_core::shop::{DocumentFilter, Operation as ShopOperation, Performed, Shop};
use khata_core::store::Store;
use khata_core::text::Note;
use khata_core::void::Void;
use khata_core::write_off::{NewWriteOff, WriteOff};

use super::context::{TODAY, TestContext, at_once, day, mobile, opened_customer, paise, with};
use super::invariants::{self, Violation};
use super::model::{Codes, DocumentInput, Effect, Model, Operation, What};

/// A step of a book.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// One operation.
    One(Operation),
    /// One that was sent before with a key, once more.
    Again(usize),
    /// A document that brings a balance to zero.
    Settle(usize),
    /// An invoice that brings a balance to the credit limit, or so much beyond.
    Fill(usize, i64),
    /// A receipt that names what is open of an invoice, or so much beyond.
    Pay(usize, i64),
    /// So many days pass.
    Wait(i64),
    /// Several at once; the order is whatever comes of it.
    Together(Vec<Operation>),
}

/// What came of an operation on the shop.
#[derive(Debug)]
enum Made {
    Customer(CustomerId),
    Document { id: ItemId, seq: u64, number: DocumentNumber, replayed: bool },
    Removal(Removal),
    Nothing,
}

/// A shop and the model of its book.
pub(super) struct ModelRunner {
    store: std::sync::Arc<dyn Store>,
    context: TestContext,
    /// The same shop in two processes.
    shops: [Shop; 2],
    turn: u32,
    model: Model,
    customers: Vec<CustomerId>,
    /// By their place in the model; of an opening balance that came with a customer it has yet to be asked for.
    documents: Vec<Option<ItemId>>,
    /// The operations that were sent with a key.
    keyed: Vec<Operation>,
}

impl ModelRunner {
    /// An empty book of that owner.
    pub(super) async fn new(context: &TestContext, owner: u32) -> Self {
        context.rewind();
        let here = context.shop(owner).await;
        let there = context.shop_elsewhere(&here).await;
        Self {
            store: context.store.clone(),
            context: context.clone(),
            shops: [here, there],
            turn: 0,
            model: Model::on(TODAY),
            customers: Vec::new(),
            documents: Vec::new(),
            keyed: Vec::new(),
        }
    }

    /// Takes all steps. The book must be as the model says after each, and sound at the end.
    pub(super) async fn run(mut self, steps: &[Step]) -> Result<(), Violation> {
        for opening in [0, 300] {
            self.one(Operation::Add { mobile: Some(10 + self.turn), opening, opened: 0, limit: None })
                .await?;
        }
        for step in steps {
            match step {
                Step::One(operation) => match self.resolved(operation) {
                    Some(operation) => self.one(operation).await?,
                    None => continue,
                },
                Step::Again(_) if self.keyed.is_empty() => {}
                Step::Again(at) => self.one(self.keyed[at % self.keyed.len()].clone()).await?,
                Step::Settle(who) => self.settle(who % self.customers.len()).await?,
                Step::Fill(who, beyond) => self.fill(who % self.customers.len(), *beyond).await?,
                Step::Pay(at, beyond) => self.pay(*at, *beyond).await?,
                Step::Wait(days) => {
                    self.context.wait_days(*days);
                    self.model.today += days;
                }
                Step::Together(operations) => self.together(operations).await?,
            }
            self.compare_documents().await?;
            self.compare_customers().await?;
            self.compare_lists().await?;
        }
        invariants::check(&*self.store, self.shops[0].id()).await?;
        match self.shops[1].verify().await {
            Ok(verified) if verified.is_sound() => Ok(()),
            other => differ!("a sound book is not verified: {other:?}"),
        }
    }

    /// The operation with places that are there, if there are any.
    fn resolved(&self, operation: &Operation) -> Option<Operation> {
        let documents: Vec<_> =
            (0..self.documents.len()).filter(|at| self.documents[*at].is_some()).collect();
        let mut operation = operation.clone();
        match &mut operation {
            Operation::Add { .. } | Operation::Lock { .. } | Operation::Register { .. } => {}
            Operation::Update { who, .. }
            | Operation::Remove { who }
            | Operation::Restore { who }
            | Operation::Refund { who, .. }
            | Operation::Opening { who, .. }
            | Operation::Invoice { who, .. } => *who %= self.customers.len(),
            Operation::DebitNote { who, on, .. } => {
                *who %= self.customers.len();
                *on = on.and_then(|at| Some(documents[at.checked_rem(documents.len())?]));
            }
            Operation::Receipt { who, pays, .. } | Operation::WriteOff { who, pays, .. } => {
                *who %= self.customers.len();
                if documents.is_empty() {
                    pays.clear();
                }
                pays.iter_mut().for_each(|(at, _)| *at = documents[*at % documents.len()]);
            }
            Operation::CreditNote { who, on, .. } => {
                *who %= self.customers.len();
                for at in on {
                    *at = *documents.get(at.checked_rem(documents.len())?)?;
                }
            }
            Operation::Reallocate { what: at, pays, .. } => {
                *at = *documents.get(at.checked_rem(documents.len())?)?;
                pays.iter_mut().for_each(|(at, _)| *at = documents[*at % documents.len()]);
            }
            Operation::Void { what: at, .. } | Operation::Bounce { what: at, .. } => {
                *at = *documents.get(at.checked_rem(documents.len())?)?;
            }
        }
        Some(operation)
    }

    async fn settle(&mut self, who: usize) -> Result<(), Violation> {
        let balance = self.model.balance(who);
        let document = DocumentInput { date: 10, amount: balance.abs(), number: None, key: None };
        match balance {
            0 => Ok(()),
            1.. => self.one(Operation::Receipt { who, document, pays: Vec::new(), cheque: false }).await,
            _ => self.one(invoice(who, document)).await,
        }
    }

    async fn fill(&mut self, who: usize, beyond: i64) -> Result<(), Violation> {
        let Some(limit) = self.model.people[who].limit else { return Ok(()) };
        let amount = limit + beyond - self.model.balance(who);
        let document = DocumentInput { date: 10, amount, number: None, key: None };
        match amount {
            1.. => self.one(invoice(who, document)).await,
            _ => Ok(()),
        }
    }

    async fn pay(&mut self, at: usize, beyond: i64) -> Result<(), Violation> {
        let items = &self.model.items;
        let is_open = |at: &usize| items[*at].what == What::Invoice && self.model.left(*at) > 0;
        let open: Vec<_> = (0..items.len()).filter(is_open).collect();
        let Some(invoice) = at.checked_rem(open.len()).map(|at| open[at]) else { return Ok(()) };
        let (who, amount) = (items[invoice].who, self.model.left(invoice) + beyond);
        let document = DocumentInput { date: 10, amount, number: None, key: None };
        self.one(Operation::Receipt { who, document, pays: vec![(invoice, amount)], cheque: true }).await
    }

    async fn one(&mut self, operation: Operation) -> Result<(), Violation> {
        self.turn += 1;
        if operation.has_key() {
            self.keyed.push(operation.clone());
        }
        let made = self.job(&operation).carry_out(self.shops[self.turn as usize % 2].clone()).await;
        self.note(&operation, made)?;
        self.note_companion().await
    }

    /// The document that came with the last operation: the opening balance of a customer, the charge for a cheque.
    async fn note_companion(&mut self) -> Result<(), Violation> {
        let Some(None) = self.documents.last() else { return Ok(()) };
        let newest = DocumentFilter::default();
        let found = match self.model.items.last().map(|item| item.what) {
            Some(What::Opening) => {
                let page = self.shops[0].opening_balances(&newest).await;
                page.map(|page| page.items.first().map(|found| (found.seq, ItemId::from(found.id))))
            }
            _ => {
                let page = self.shops[0].debit_notes(&newest).await;
                page.map(|page| page.items.first().map(|found| (found.seq, ItemId::from(found.id))))
            }
        };
        match found {
            Ok(Some((seq, id))) if seq == self.model.entries => {
                *self.documents.last_mut().expect("it is there") = Some(id);
                Ok(())
            }
            other => differ!("the last document is {other:?}, and should be of entry {}", self.model.entries),
        }
    }

    /// All at once, then on the model in the order that came of it.
    async fn together(&mut self, operations: &[Operation]) -> Result<(), Violation> {
        let operations: Vec<_> = operations.iter().filter_map(|operation| self.resolved(operation)).collect();
        let racers = operations.iter().enumerate().map(|(n, operation)| {
            let (job, shop) = (self.job(operation), self.shops[n % 2].clone());
            async move { job.carry_out(shop).await }
        });
        let mut ends: Vec<_> = at_once(racers).await.into_iter().zip(operations).collect();
        ends.sort_by_key(|(made, _)| match made {
            Ok(Made::Document { seq, .. }) => *seq,
            _ => u64::MAX,
        });
        ends.into_iter().try_for_each(|(made, operation)| self.note(&operation, made))
    }

    /// What came of an operation is what comes of it in the model.
    fn note(&mut self, operation: &Operation, made: Result<Made, Error>) -> Result<(), Violation> {
        let expected = self.model.apply(operation);
        match (made, expected) {
            (Err(error), Err(codes)) if codes_of(&error).is_subset(&codes) => {}
            (Ok(Made::Customer(id)), Ok(Effect::Added)) => {
                self.customers.push(id);
            }
            (Ok(Made::Nothing), Ok(Effect::Changed))
            | (Ok(Made::Removal(Removal::Deleted)), Ok(Effect::Deleted))
            | (Ok(Made::Removal(Removal::Archived)), Ok(Effect::Archived)) => {}
            (Ok(Made::Document { id, seq, number, replayed: false }), Ok(Effect::Posted(expected)))
                if number.as_str() == expected && seq == self.model.entries =>
            {
                self.documents.resize(self.model.items.len() - 1, None);
                self.documents.push(Some(id));
            }
            (Ok(Made::Document { id, replayed: true, .. }), Ok(Effect::Replayed(at)))
            | (Ok(Made::Document { id, replayed: false, .. }), Ok(Effect::Touched(at)))
                if self.documents[at] == Some(id) => {}
            (made, expected) => differ!("{operation:?} came to {made:?}, and should to {expected:?}"),
        }
        self.documents.resize(self.model.items.len(), None);
        Ok(())
    }

    /// The operation in the shop's terms.
    fn job(&self, operation: &Operation) -> Job {
        match operation {
            Operation::Add { mobile: n, opening, opened, limit } => {
                Job::Add(with(opened_customer(*n, *opening, *opened), |new| {
                    new.credit_limit = limit.map(paise);
                }))
            }
            Operation::Update { who, mobile: n, limit } => {
                let update = with(CustomerUpdate::default(), |update| {
                    update.mobile = patch(*n, mobile);
                    update.credit_limit = patch(*limit, paise);
                });
                Job::Update(self.customers[*who], update)
            }
            Operation::Remove { who } => Job::Remove(self.customers[*who]),
            Operation::Restore { who } => Job::Restore(self.customers[*who]),
            Operation::Lock { until } => {
                let locked_until = until.map_or(Patch::Clear, |until| Patch::Set(day(until)));
                Job::Change(with(OwnerUpdate::default(), |update| update.profile.locked_until = locked_until))
            }
            Operation::Register { gstin } => {
                let set = || Patch::Set(Gstin::parse("27AAPFU0939F1ZV").expect("it is a GSTIN"));
                let gst_number = if *gstin { set() } else { Patch::Clear };
                Job::Change(with(OwnerUpdate::default(), |update| update.profile.gst_number = gst_number))
            }
            Operation::Invoice { who, document, due, taxed, over_limit } => Job::Invoice(
                key(document.key),
                with(
                    NewInvoice::new(self.customers[*who], day(document.date), paise(document.amount))
                        .over_limit(*over_limit),
                    |new| {
                        new.due_date = due.map(day);
                        new.tax = tax(*taxed);
                        new.number = number(document);
                    },
                ),
            ),
            Operation::Receipt { who, document, pays, cheque } => {
                let (date, amount) = (day(document.date), paise(document.amount));
                let by = if *cheque { PaymentType::Cheque } else { PaymentType::Upi };
                let receipt = NewReceipt::new(self.customers[*who], date, amount, by);
                let allocations = self.allocations(pays);
                Job::Receipt(
                    key(document.key),
                    with(receipt, |new| {
                        new.allocations = allocations;
                        new.number = number(document);
                    }),
                )
            }
            Operation::CreditNote { who, on, document } => {
                let invoices = on.iter().map(|at| self.document(*at).into()).collect();
                let note = credit_note(self.customers[*who], invoices, document);
                Job::CreditNote(key(document.key), with(note, |new| new.number = number(document)))
            }
            Operation::DebitNote { who, document, on } => {
                let note =
                    NewDebitNote::new(self.customers[*who], day(document.date), paise(document.amount));
                let note = with(note, |new| {
                    new.invoice = on.map(|at| self.document(at).into());
                    new.number = number(document);
                });
                Job::DebitNote(key(document.key), note)
            }
            Operation::Refund { who, document } => {
                let (date, amount) = (day(document.date), paise(document.amount));
                let refund = NewRefund::new(self.customers[*who], date, amount, PaymentType::Cash);
                Job::Refund(key(document.key), with(refund, |new| new.number = number(document)))
            }
            Operation::WriteOff { who, document, pays } => {
                let (date, amount) = (day(document.date), paise(document.amount));
                let new = NewWriteOff::new(self.customers[*who], date, amount, "Let go");
                let allocations = self.allocations(pays);
                let new = with(new.expect("it is a note"), |new| {
                    new.allocations = allocations;
                    new.number = number(document);
                });
                Job::WriteOff(key(document.key), new)
            }
            Operation::Opening { who, owed, document } => {
                let amount = if *owed { document.amount } else { -document.amount };
                let new = NewOpeningBalance::new(self.customers[*who], day(document.date), paise(amount));
                Job::Opening(key(document.key), with(new, |new| new.terms.number = number(document)))
            }
            Operation::Void { what, date, key: n } => {
                let void = Void::new(self.document(*what), "It should not have been").expect("it is a note");
                let void = with(void, |void| void.terms.date = date.map(day));
                Job::Void(key(*n), self.model.items[*what].what, void)
            }
            Operation::Bounce { what, date, charge, key: n } => {
                let reason = Note::parse("Funds insufficient").expect("it is a note");
                let bounce = Bounce::new(self.document(*what).into(), day(*date), reason);
                let bounce = with(bounce, |bounce| bounce.terms.charge = charge.map(paise));
                Job::Bounce(key(*n), bounce)
            }
            Operation::Reallocate { what, date, pays, key: n } => {
                let new = Reallocation::new(self.document(*what), self.allocations(pays));
                let new = with(new, |new| new.terms.date = date.map(day));
                Job::Reallocate(key(*n), self.model.items[*what].what, new)
            }
        }
    }
}

impl ModelRunner {
    fn allocations(&self, pays: &[(usize, i64)]) -> Vec<NewAllocation> {
        let row = |(at, amount): &(usize, i64)| {
            let id = self.documents[*at]?;
            let pays = match self.model.items[*at].what {
                What::DebitNote => Payable::DebitNote(id.into()),
                _ => Payable::Invoice(id.into()),
            };
            Some(NewAllocation::new(pays, paise(*amount)))
        };
        pays.iter().filter_map(row).collect()
    }

    fn document(&self, at: usize) -> ItemId {
        self.documents[at].expect("only documents are credited and voided")
    }
}

/// An invoice with tax, which every shop may write, that is due on its date.
fn invoice(who: usize, document: DocumentInput) -> Operation {
    Operation::Invoice { who, document, due: None, taxed: true, over_limit: false }
}

/// The tax on exempt goods, so that amounts stay as they are, or none.
pub(super) fn tax(taxed: bool) -> Tax {
    if taxed { Tax::Interstate { igst: Money::ZERO } } else { Tax::None }
}

/// The codes of what is wrong with the input, or the one of the error.
fn codes_of(error: &Error) -> Codes {
    match error {
        Error::Invalid(faults) => faults.iter().map(|fault| fault.code).collect(),
        other => Codes::from([other.code()]),
    }
}

/// An operation in the shop's terms.
enum Job {
    Add(NewCustomer),
    Update(CustomerId, CustomerUpdate),
    Remove(CustomerId),
    Restore(CustomerId),
    Change(OwnerUpdate),
    Invoice(Option<IdempotencyKey>, NewInvoice),
    Receipt(Option<IdempotencyKey>, NewReceipt),
    CreditNote(Option<IdempotencyKey>, NewCreditNote),
    DebitNote(Option<IdempotencyKey>, NewDebitNote),
    Refund(Option<IdempotencyKey>, NewRefund),
    WriteOff(Option<IdempotencyKey>, NewWriteOff),
    Opening(Option<IdempotencyKey>, NewOpeningBalance),
    Void(Option<IdempotencyKey>, What, Void<ItemId>),
    Bounce(Option<IdempotencyKey>, Bounce),
    Reallocate(Option<IdempotencyKey>, What, Reallocation<ItemId>),
}

impl Job {
    async fn carry_out(self, shop: Shop) -> Result<Made, Error> {
        Ok(match self {
            Self::Add(new) => Made::Customer(shop.add_customer(new).await?.id),
            Self::Update(id, update) => {
                shop.update_customer(id, update, None).await?;
                Made::Nothing
            }
            Self::Remove(id) => Made::Removal(shop.remove_customer(id, None).await?),
            Self::Restore(id) => {
                shop.restore_customer(id).await?;
                Made::Nothing
            }
            Self::Change(update) => {
                shop.update_profile(update, None).await?;
                Made::Nothing
            }
            Self::Invoice(key, new) => add(&shop, new, key).await?,
            Self::Receipt(key, new) => add(&shop, new, key).await?,
            Self::CreditNote(key, new) => add(&shop, new, key).await?,
            Self::DebitNote(key, new) => add(&shop, new, key).await?,
            Self::Refund(key, new) => add(&shop, new, key).await?,
            Self::WriteOff(key, new) => add(&shop, new, key).await?,
            Self::Opening(key, new) => Made::document(shop.replace_opening_balance(new, key).await?),
            Self::Bounce(key, bounce) => add(&shop, bounce, key).await?,
            Self::Reallocate(key, what, Reallocation { credit, terms }) => match what {
                What::CreditNote => {
                    add(&shop, Reallocation { credit: CreditNoteId::from(credit), terms }, key).await?
                }
                // Another kind is not found.
                _ => add(&shop, Reallocation { credit: ReceiptId::from(credit), terms }, key).await?,
            },
            Self::Void(key, what, new) => match what {
                What::Invoice => void::<InvoiceId, Invoice>(&shop, new, key).await?,
                What::Receipt => void::<ReceiptId, Receipt>(&shop, new, key).await?,
                What::CreditNote => void::<CreditNoteId, CreditNote>(&shop, new, key).await?,
                What::DebitNote => void::<DebitNoteId, DebitNote>(&shop, new, key).await?,
                What::Refund => void::<RefundId, Refund>(&shop, new, key).await?,
                What::WriteOff => void::<WriteOffId, WriteOff>(&shop, new, key).await?,
                What::Opening => void::<OpeningBalanceId, OpeningBalance>(&shop, new, key).await?,
            },
        })
    }
}

/// Adds a document.
async fn add<N, D>(shop: &Shop, new: N, key: Option<IdempotencyKey>) -> Result<Made, Error>
where
    N: ShopOperation<Output = D>,
    D: DocumentType + Numbered,
{
    Ok(Made::document(shop.perform(new, key).await?))
}

async fn void<Id, D>(shop: &Shop, void: Void<ItemId>, key: Option<IdempotencyKey>) -> Result<Made, Error>
where
    Id: From<ItemId>,
    Void<Id>: ShopOperation<Output = D>,
    D: DocumentType + Numbered,
{
    let Void { document, terms } = void;
    Ok(Made::document(shop.perform(Void { document: Id::from(document), terms }, key).await?))
}

/// A document of any kind, with its number.
trait Numbered {
    fn number(&self) -> DocumentNumber;
}

macro_rules! numbered {
    ($($kind:ident)+) => {$(
        impl Numbered for $kind {
            fn number(&self) -> DocumentNumber {
                self.number.clone()
            }
        }
    )+};
}

numbered!(Invoice Receipt CreditNote DebitNote Refund WriteOff OpeningBalance);

impl Made {
    fn document<D: DocumentType + Numbered>(Performed { value, replayed }: Performed<D>) -> Self {
        Self::Document { id: value.id().into(), seq: value.seq(), number: value.number(), replayed }
    }
}

fn key(n: Option<u8>) -> Option<IdempotencyKey> {
    n.map(|n| IdempotencyKey::parse(&format!("key-{n}")).expect("it is visible ASCII"))
}

fn number(document: &DocumentInput) -> Option<DocumentNumber> {
    document.number.map(|text| DocumentNumber::parse(text).expect("the pool has only numbers"))
}

/// A credit note on none, one or several invoices; of each it takes as much.
pub(crate) fn credit_note(
    customer: CustomerId,
    invoices: Vec<InvoiceId>,
    document: &DocumentInput,
) -> NewCreditNote {
    let (date, amount) = (day(document.date), paise(document.amount));
    match invoices[..] {
        [] => NewCreditNote::without_invoice(customer, date, amount),
        [invoice] => NewCreditNote::new(invoice, date, amount),
        _ => {
            let rows = invoices.into_iter().map(|invoice| NewInvoiceCredit::new(invoice, amount));
            NewCreditNote::on_invoices(rows.collect(), date)
        }
    }
}

/// What an update does to a field: none keeps it, and none within clears it.
fn patch<M, T>(change: Option<Option<M>>, value: fn(M) -> T) -> Patch<T> {
    match change {
        None => Patch::Keep,
        Some(None) => Patch::Clear,
        Some(Some(set)) => Patch::Set(value(set)),
    }
}
