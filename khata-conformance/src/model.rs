//! A small book, written apart from the code under test: lists, searched from end to end, and the rules of the trade
//! in the plainest words. Amounts are paise, days are counted from 1 April 2026.

mod changes;
mod operation;

use std::collections::BTreeSet;

pub(super) use operation::{DocumentInput, Operation};

/// What should come of it: an effect, or one or more of these codes of errors and of faults of the input.
pub(super) type Expected = Result<Effect, Codes>;

/// Codes of errors, and of faults of the input.
pub(super) type Codes = BTreeSet<&'static str>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// The last of the people is new.
    Added,
    Changed,
    Deleted,
    Archived,
    /// The last of the items is new, and has this number.
    Posted(String),
    /// The item of that place is void, or pays others.
    Touched(usize),
    /// The item of that place was posted or voided before, with the same key.
    Replayed(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) mobile: Option<u32>,
    pub(super) limit: Option<i64>,
    pub(super) bounced: u64,
    pub(super) archived: bool,
    pub(super) deleted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Invoice,
    Receipt,
    CreditNote,
    DebitNote,
    Refund,
    WriteOff,
    Opening,
}

impl What {
    fn prefix(self) -> &'static str {
        match self {
            Self::Invoice => "INV",
            Self::Receipt => "RCT",
            Self::CreditNote => "CRN",
            Self::DebitNote => "DBN",
            Self::Refund => "RFD",
            Self::WriteOff => "WOF",
            Self::Opening => "OPB",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) who: usize,
    pub(super) what: What,
    pub(super) owed: bool,
    pub(super) amount: i64,
    pub(super) date: i64,
    pub(super) due: i64,
    /// Whether an invoice has a tax, if only of nothing.
    taxed: bool,
    /// Whether a receipt is for a cheque.
    cheque: bool,
    /// The invoice that a credit note is on, if it is one.
    pub(super) on: Option<usize>,
    /// What a credit note takes of which invoices.
    credits: Vec<(usize, i64)>,
    /// From which day on it doesn't count any more.
    pub(super) void: Option<i64>,
}

impl Item {
    fn new(who: usize, what: What, owed: bool, amount: i64, date: i64, due: i64) -> Self {
        Self {
            who,
            what,
            owed,
            amount,
            date,
            due,
            taxed: false,
            cheque: false,
            on: None,
            credits: Vec::new(),
            void: None,
        }
    }
}

/// A part of a debit that a credit paid; less than nothing if that is taken back.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) debit: usize,
    pub(super) credit: usize,
    pub(super) amount: i64,
    pub(super) from: i64,
}

/// What a person owed on a day, and what that is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Balance {
    pub(super) balance: i64,
    /// Of openings, invoices, debit notes, refunds, receipts, credit notes and write-offs.
    pub(super) parts: [i64; 7],
    pub(super) unapplied: i64,
    pub(super) overdue: i64,
    /// Debits and credits that are dated later.
    pub(super) post_dated: (i64, i64),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    /// The day on which everything is recorded that is.
    pub(super) today: i64,
    pub(super) people: Vec<Person>,
    /// In the order of their entries.
    pub(super) items: Vec<Item>,
    pub(super) links: Vec<Link>,
    /// How many there are: each opens an item or voids one.
    pub(super) entries: u64,
    locked: Option<i64>,
    has_gstin: bool,
    numbers: Vec<(What, i64, String)>,
    keys: Vec<(u8, Operation, usize)>,
}

impl Model {
    /// An empty book on a day.
    pub(super) fn on(today: i64) -> Self {
        Self { today, ..Self::default() }
    }

    /// Carries out an operation, if it may be.
    pub(super) fn apply(&mut self, operation: &Operation) -> Expected {
        match operation {
            Operation::Add { mobile, opening, opened, limit } => self.add(*mobile, *opening, *opened, *limit),
            Operation::Update { who, mobile, limit } => self.update(*who, *mobile, *limit),
            Operation::Remove { who } => self.remove(*who),
            Operation::Restore { who } => {
                self.known(*who)?;
                self.people[*who].archived = false;
                Ok(Effect::Changed)
            }
            Operation::Lock { until } => {
                self.locked = *until;
                Ok(Effect::Changed)
            }
            Operation::Register { gstin } => {
                self.has_gstin = *gstin;
                Ok(Effect::Changed)
            }
            Operation::Invoice { document, due, .. } => {
                refuse([(due.is_some_and(|due| due < document.date), "due_before_date")])?;
                self.post(operation, document)
            }
            Operation::Receipt { document, pays, .. } | Operation::WriteOff { document, pays, .. } => {
                let distinct: BTreeSet<_> = pays.iter().map(|(invoice, _)| invoice).collect();
                let sum: i64 = pays.iter().map(|(_, amount)| amount).sum();
                let repeated = distinct.len() < pays.len();
                refuse([(repeated, "repeated"), (sum > document.amount, "over_allocated")])?;
                self.post(operation, document)
            }
            Operation::CreditNote { document, on, .. } => {
                let repeated = (1..on.len()).any(|at| on[..at].contains(&on[at]));
                refuse([(repeated, "repeated")])?;
                self.post(operation, document)
            }
            Operation::DebitNote { document, .. } | Operation::Refund { document, .. } => {
                self.post(operation, document)
            }
            Operation::Opening { who, owed, document } => {
                self.replace_opening(operation, *who, *owed, document)
            }
            Operation::Void { what, date, .. } => self.void(operation, *what, *date),
            Operation::Bounce { what, date, charge, .. } => self.bounce(operation, *what, *date, *charge),
            Operation::Reallocate { what, date, pays, .. } => self.reallocate(operation, *what, *date, pays),
        }
    }

    fn known(&self, who: usize) -> Result<(), Codes> {
        refuse([(self.people[who].deleted, "not_found")])
    }

    fn mobile_taken(&self, mobile: Option<u32>, but: Option<usize>) -> bool {
        let mut people = self.people.iter().enumerate();
        let has = |person: &Person| mobile.is_some() && person.mobile == mobile;
        people.any(|(at, person)| !person.deleted && has(person) && Some(at) != but)
    }

    fn is_locked(&self, date: i64) -> bool {
        self.locked.is_some_and(|until| date <= until)
    }

    fn add(&mut self, mobile: Option<u32>, opening: i64, opened: i64, limit: Option<i64>) -> Expected {
        refuse([
            (self.mobile_taken(mobile, None), "mobile_taken"),
            (opening != 0 && self.is_locked(opened), "period_locked"),
        ])?;
        let who = self.people.len();
        self.people.push(Person { mobile, limit, bounced: 0, archived: false, deleted: false });
        if opening != 0 {
            let document = DocumentInput { date: opened, amount: opening.abs(), number: None, key: None };
            self.numbers.push((What::Opening, year(opened), self.number(What::Opening, &document)));
            self.open(Item::new(who, What::Opening, opening > 0, document.amount, opened, opened), &[]);
        }
        Ok(Effect::Added)
    }

    fn update(&mut self, who: usize, mobile: Option<Option<u32>>, limit: Option<Option<i64>>) -> Expected {
        self.known(who)?;
        let taken = mobile.is_some_and(|mobile| self.mobile_taken(mobile, Some(who)));
        refuse([(taken, "mobile_taken")])?;
        let person = &mut self.people[who];
        person.mobile = mobile.unwrap_or(person.mobile);
        person.limit = limit.unwrap_or(person.limit);
        Ok(Effect::Changed)
    }

    fn remove(&mut self, who: usize) -> Expected {
        self.known(who)?;
        if self.items.iter().all(|item| item.who != who) {
            self.people[who].deleted = true;
            return Ok(Effect::Deleted);
        }
        refuse([(!self.is_settled(who), "balance_outstanding")])?;
        self.people[who].archived = true;
        Ok(Effect::Archived)
    }

    fn done_before(&self, operation: &Operation) -> Result<Option<Effect>, Codes> {
        let before = self.keys.iter().find(|(key, ..)| Some(*key) == operation.key());
        let Some((_, before, item)) = before else { return Ok(None) };
        refuse([(before != operation, "idempotency_mismatch")])?;
        Ok(Some(Effect::Replayed(*item)))
    }

    fn post(&mut self, operation: &Operation, document: &DocumentInput) -> Expected {
        if let Some(before) = self.done_before(operation)? {
            return Ok(before);
        }
        let (item, pays) = match operation {
            Operation::Invoice { who, due, taxed, over_limit, .. } => {
                let untaxed = self.has_gstin && !taxed;
                self.postable(*who, [(untaxed, "tax_required")])?;
                let after = self.balance_then(*who, document) + document.amount;
                let over = !over_limit && self.people[*who].limit.is_some_and(|limit| after > limit);
                let due = due.unwrap_or(document.date);
                let item = self.draft(*who, What::Invoice, document, due, over)?;
                (Item { taxed: *taxed, ..item }, [].as_slice())
            }
            Operation::Receipt { who, pays, cheque, .. } => {
                self.postable(*who, [])?;
                self.payable(*who, pays, None)?;
                let item = self.draft(*who, What::Receipt, document, document.date, false)?;
                (Item { cheque: *cheque, ..item }, pays.as_slice())
            }
            Operation::CreditNote { who, on, .. } => return self.credit(operation, *who, on, document),
            Operation::DebitNote { who, on, .. } => {
                self.postable(*who, [])?;
                self.debitable(*who, *on, document)?;
                (self.draft(*who, What::DebitNote, document, document.date, false)?, [].as_slice())
            }
            Operation::Refund { who, .. } => {
                self.postable(*who, [])?;
                refuse([(document.amount > -self.balance_then(*who, document), "beyond_on_account")])?;
                (self.draft(*who, What::Refund, document, document.date, false)?, [].as_slice())
            }
            Operation::WriteOff { who, pays, .. } => {
                self.postable(*who, [])?;
                self.payable(*who, pays, None)?;
                refuse([(document.amount > self.balance_then(*who, document), "beyond_owed")])?;
                (self.draft(*who, What::WriteOff, document, document.date, false)?, pays.as_slice())
            }
            _ => unreachable!("only documents are posted"),
        };
        Ok(self.record(operation, document, item, pays))
    }

    /// Posts a credit note, which pays its invoices first.
    fn credit(
        &mut self,
        operation: &Operation,
        who: usize,
        on: &[usize],
        document: &DocumentInput,
    ) -> Expected {
        match on {
            [] => self.postable(who, [])?,
            on => self.creditable(on, document)?,
        }
        let who = on.first().map_or(who, |at| self.items[*at].who);
        let item = self.draft(who, What::CreditNote, document, document.date, false)?;
        let amount = document.amount * i64::try_from(on.len().max(1)).expect("they are few");
        let credits = on.iter().map(|at| (*at, document.amount)).collect();
        let single = on.first().copied().filter(|_| on.len() == 1);
        let pays: Vec<_> = on.iter().map(|at| (*at, document.amount.min(self.left(*at)))).collect();
        let pays = if on.len() > 1 { pays } else { Vec::new() };
        Ok(self.record(operation, document, Item { amount, on: single, credits, ..item }, &pays))
    }

    fn record(
        &mut self,
        operation: &Operation,
        document: &DocumentInput,
        item: Item,
        pays: &[(usize, i64)],
    ) -> Effect {
        let number = self.number(item.what, document);
        self.numbers.push((item.what, year(document.date), number.to_uppercase()));
        self.keys.extend(document.key.map(|key| (key, operation.clone(), self.items.len())));
        self.open(item, pays);
        Effect::Posted(number)
    }

    fn draft(
        &self,
        who: usize,
        what: What,
        document: &DocumentInput,
        due: i64,
        over_limit: bool,
    ) -> Result<Item, Codes> {
        let taken = document
            .number
            .is_some_and(|number| self.numbers.contains(&(what, year(document.date), number.to_uppercase())));
        refuse([
            (self.is_locked(document.date), "period_locked"),
            (taken, "number_taken"),
            (over_limit, "credit_limit_exceeded"),
        ])?;
        let DocumentInput { amount, date, .. } = *document;
        let owed = matches!(what, What::Invoice | What::DebitNote | What::Refund);
        Ok(Item::new(who, what, owed, amount, date, due))
    }

    /// Whether there can be an invoice to or a receipt from that person; other faults are told with it.
    fn postable<const N: usize>(&self, who: usize, others: [(bool, &'static str); N]) -> Result<(), Codes> {
        let person = &self.people[who];
        let of_person = [(person.deleted, "not_found"), (person.archived, "archived")];
        refuse(of_person.into_iter().chain(others))
    }

    /// Whether a receipt of that person can pay these amounts of these items; what one that there is pays is free.
    fn payable(&self, who: usize, pays: &[(usize, i64)], but: Option<usize>) -> Result<(), Codes> {
        let own = but.map(|credit| self.live_links(credit)).unwrap_or_default();
        let left = |at: usize| {
            let freed = own.iter().filter(|link| link.debit == at).map(|link| link.amount);
            self.left(at) + freed.sum::<i64>()
        };
        refuse(pays.iter().map(|(at, amount)| {
            let item = &self.items[*at];
            match () {
                () if !matches!(item.what, What::Invoice | What::DebitNote) => (true, "not_found"),
                () if item.who != who => (true, "other_customer"),
                () if item.void.is_some() => (true, "void"),
                () => (*amount > left(*at), "beyond_open"),
            }
        }))
    }

    /// Whether there can be that credit note on those items.
    fn creditable(&self, on: &[usize], document: &DocumentInput) -> Result<(), Codes> {
        let invoices: Vec<_> = on.iter().map(|at| &self.items[*at]).collect();
        refuse(invoices.iter().flat_map(|invoice| match invoice.what {
            What::Invoice => {
                [(invoice.void.is_some(), "void"), (document.date < invoice.date, "before_invoice")]
            }
            _ => [(true, "not_found"); 2],
        }))?;
        let first = invoices[0];
        refuse([
            (invoices.iter().any(|invoice| invoice.who != first.who), "other_customer"),
            (self.people[first.who].archived, "archived"),
        ])?;
        refuse([(invoices.iter().any(|invoice| invoice.taxed != first.taxed), "mixed_taxes")])?;
        let beyond = |at: &usize| document.amount > self.items[*at].amount - self.credited(*at);
        refuse([(on.iter().any(beyond), "beyond_invoice")])
    }

    /// Whether there can be that debit note, on that item if it names one.
    fn debitable(&self, who: usize, on: Option<usize>, document: &DocumentInput) -> Result<(), Codes> {
        let Some(invoice) = on.map(|at| &self.items[at]) else { return Ok(()) };
        refuse([(invoice.what != What::Invoice, "not_found")])?;
        refuse([
            (invoice.who != who, "other_customer"),
            (invoice.void.is_some(), "void"),
            (document.date < invoice.date, "before_invoice"),
        ])
    }

    /// The sum of the credit notes on an invoice that count.
    fn credited(&self, at: usize) -> i64 {
        let notes = self.items.iter().filter(|item| item.void.is_none()).flat_map(|item| &item.credits);
        notes.filter(|(invoice, _)| *invoice == at).map(|(_, amount)| amount).sum()
    }

    /// The number on the document: the given one, or the one after the highest automatic one of its kind and year.
    fn number(&self, what: What, document: &DocumentInput) -> String {
        let prefix = format!("{}/{}/", what.prefix(), year_name(document.date));
        let used = self.numbers.iter().filter(|number| (number.0, number.1) == (what, year(document.date)));
        let used =
            used.filter_map(|number| number.2.strip_prefix(&prefix)).filter(|digits| digits.len() == 4);
        let last: u32 = used.filter_map(|digits| digits.parse().ok()).max().unwrap_or(0);
        document.number.map_or_else(|| format!("{prefix}{:04}", last + 1), str::to_owned)
    }

    /// Opens an item; it pays or is paid, first as named.
    fn open(&mut self, item: Item, pays: &[(usize, i64)]) {
        let (new, who, date) = (self.items.len(), item.who, item.date);
        self.items.push(item);
        self.entries += 1;
        for (debit, amount) in pays.iter().filter(|(_, amount)| *amount > 0) {
            self.link(*debit, new, *amount, date);
        }
        self.settle(who, date);
    }

    /// The oldest credit pays its own invoice, else what is oldest due, as long as there is something to pay.
    fn settle(&mut self, who: usize, date: i64) {
        while let Some(credit) = self.open_items(who, false).min_by_key(|at| (self.items[*at].date, *at)) {
            let own = self.items[credit].on.filter(|invoice| self.left(*invoice) > 0);
            let oldest = self.open_items(who, true).min_by_key(|at| (self.items[*at].due, *at));
            let Some(debit) = own.or(oldest) else { break };
            self.link(debit, credit, self.left(debit).min(self.left(credit)), date);
        }
    }

    fn open_items(&self, who: usize, owed: bool) -> impl Iterator<Item = usize> {
        let mine = move |at: &usize| self.items[*at].who == who && self.items[*at].owed == owed;
        (0..self.items.len()).filter(mine).filter(|at| self.left(*at) > 0)
    }

    fn link(&mut self, debit: usize, credit: usize, amount: i64, date: i64) {
        let from = date.max(self.free(debit)).max(self.free(credit));
        self.links.push(Link { debit, credit, amount, from });
    }

    /// From which day on an item can be allocated or voided: its own, or the last on which something was taken back.
    fn free(&self, at: usize) -> i64 {
        let taken =
            self.links.iter().filter(|link| (link.debit == at || link.credit == at) && link.amount < 0);
        taken.map(|link| link.from).max().unwrap_or(i64::MIN).max(self.items[at].date)
    }

    /// What is open of an item, all counted.
    pub(super) fn left(&self, at: usize) -> i64 {
        self.left_on(at, i64::MAX)
    }

    /// What is open of an item at the end of a day.
    pub(super) fn left_on(&self, at: usize, day: i64) -> i64 {
        let links =
            self.links.iter().filter(|link| (link.debit == at || link.credit == at) && link.from <= day);
        let item = &self.items[at];
        let counts = item.void.is_none_or(|void| day < void);
        (if counts { item.amount } else { 0 }) - links.map(|link| link.amount).sum::<i64>()
    }

    pub(super) fn balance(&self, who: usize) -> i64 {
        self.balance_on(who, i64::MAX).balance
    }

    /// What a person owes when a document counts: on its date, or today.
    fn balance_then(&self, who: usize, document: &DocumentInput) -> i64 {
        self.balance_on(who, document.date.max(self.today)).balance
    }

    /// Whether a person owes nothing and is owed nothing, today and later.
    fn is_settled(&self, who: usize) -> bool {
        let Balance { balance, post_dated, .. } = self.balance_on(who, self.today);
        balance == 0 && post_dated == (0, 0)
    }

    /// What is dated after a day: debits and credits, of which a void is one more.
    fn post_dated(&self, who: usize, day: i64) -> (i64, i64) {
        let (mut debits, mut credits) = (0, 0);
        for item in self.items.iter().filter(|item| item.who == who) {
            let (opened, voided) = (item.date > day, item.void.is_some_and(|void| void > day));
            for (happens, owed) in [(opened, item.owed), (voided, !item.owed)] {
                let sum = if owed { &mut debits } else { &mut credits };
                *sum += if happens { item.amount } else { 0 };
            }
        }
        (debits, credits)
    }

    /// What a person owed at the end of a day.
    pub(super) fn balance_on(&self, who: usize, day: i64) -> Balance {
        let post_dated = self.post_dated(who, day);
        let mut balance = Balance { balance: 0, parts: [0; 7], unapplied: 0, overdue: 0, post_dated };
        let mine =
            |item: &Item| item.who == who && item.date <= day && item.void.is_none_or(|void| day < void);
        for (at, item) in self.items.iter().enumerate().filter(|(_, item)| mine(item)) {
            balance.balance += if item.owed { item.amount } else { -item.amount };
            match item.what {
                What::Opening => balance.parts[0] += if item.owed { item.amount } else { -item.amount },
                What::Invoice => balance.parts[1] += item.amount,
                What::DebitNote => balance.parts[2] += item.amount,
                What::Refund => balance.parts[3] += item.amount,
                What::Receipt => balance.parts[4] += item.amount,
                What::CreditNote => balance.parts[5] += item.amount,
                What::WriteOff => balance.parts[6] += item.amount,
            }
            let left = self.left_on(at, day);
            if !item.owed {
                balance.unapplied += left;
            } else if item.due < day {
                balance.overdue += left;
            }
        }
        balance
    }
}

/// All reasons that apply; which of them is told is not said.
fn refuse(reasons: impl IntoIterator<Item = (bool, &'static str)>) -> Result<(), Codes> {
    let codes: Codes = reasons.into_iter().filter(|(applies, _)| *applies).map(|(_, code)| code).collect();
    if codes.is_empty() { Ok(()) } else { Err(codes) }
}

/// The financial year of a day, counted from 2026-27. None of the next two has a leap day before its end.
fn year(day: i64) -> i64 {
    day.div_euclid(365)
}

fn year_name(day: i64) -> String {
    let start = 2026 + year(day);
    format!("{start}-{:02}", (start + 1) % 100)
}
