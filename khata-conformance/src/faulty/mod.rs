//! The suite is tested too: of stores that are sound but for one fault, none passes it.

mod report;
mod store;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_trait::async_trait;
use khata_core::calendar::{Date, Timestamp};
use khata_core::counters::Counters;
use khata_core::customer::Customer;
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::{Entry, EntryKind, Side};
use khata_core::money::Money;
use khata_core::store::{
    CustomerSelection, DayLine, DocumentSelection, Extract, ExtractSelection, Head, Keys, LiveSession,
    Outstanding, Overview, Posted, Rows, Session, Standing, StoredDocument, Throttle, Trace, Writes,
};

use self::store::Faulty;
use super::{Case, Fixture, Fresh, cases};

/// What is wrong with a store.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// It writes other rows than it was given.
    Writes(fn(&mut Writes)),
    /// It loads other rows than it was asked for.
    Keys(fn(&mut Keys)),
    /// It shows a job other rows than it loaded.
    Rows(fn(&mut Rows)),
    /// It lists other customers than it was asked for.
    Customers(fn(&mut CustomerSelection)),
    /// It lists other documents than it was asked for.
    Documents(fn(&mut DocumentSelection)),
    /// It reads a customer otherwise than it was written.
    Customer(fn(&mut Customer)),
    /// It reads a document otherwise than it was written.
    StoredDocument(fn(&mut StoredDocument)),
    /// It reads entries otherwise than they were written.
    Entries(fn(&mut Vec<Entry>)),
    /// It reads other entries than it was asked for.
    Feed(fn(&mut u64, &mut u32)),
    /// It reads postings otherwise than they were written.
    Postings(fn(&mut Vec<Posted>)),
    /// It reads other postings than it was asked for.
    PostingsFeed(fn(&mut u64, &mut u32)),
    /// It lists idempotency records otherwise than they were written.
    Records(fn(&mut Vec<(IdempotencyKey, IdempotencyRecord)>)),
    /// It lists owners otherwise than they were written.
    Owners(fn(&mut Vec<Head>)),
    /// It lists all customers otherwise than they were written.
    AllCustomers(fn(&mut Vec<Customer>)),
    /// It traces items otherwise than they were written.
    Traces(fn(&mut Vec<Trace>)),
    /// It says otherwise how a customer stands.
    Standing(fn(&mut Standing)),
    /// It reads other lines of an account than it was asked for.
    Selection(fn(&mut ExtractSelection)),
    /// It reads an account otherwise than it was written.
    Extract(fn(&mut Extract)),
    /// It reads another part of a day than it was asked for.
    Day(fn(&mut Date, &mut u64, &mut u32)),
    /// It reads a day otherwise than it was written.
    Lines(fn(&mut Vec<DayLine>)),
    /// It says what was open on another day.
    AsOf(fn(&mut Date)),
    /// It says otherwise what was open.
    Outstanding(fn(&mut Outstanding)),
    /// It adds up otherwise.
    Overview(fn(&mut Overview)),
    /// It keeps another session than was opened.
    Session(fn(&mut Session)),
    /// It finds other sessions live than are.
    Live(fn(&mut Vec<LiveSession>)),
    /// It keeps another count than was put.
    Throttle(fn(&mut Throttle, &mut Timestamp)),
    /// It does otherwise than it was told.
    Does(Wrong),
    /// It does not look whose rows they are.
    Leaks(Leak),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    NoLock,
    EveryJobTwice,
    HalfOfACorruptJob,
    HalfOfAConflict,
    NoDeadline,
    MissingShopsPassedOver,
    LastOutcomeLost,
    OldCustomers,
    OldHeads,
    OldLiveSessions,
    TwoOwnersOfANumber,
    ConflictCalledCorrupt,
    HashOfAnyVersionRenewed,
    SessionOfAnyVersionOpened,
    ExpiredSessionsKept,
    EndForgotten,
    EndOfAllForgotten,
    EndOfOneEndsAll,
    StaleCountAccepted,
    ClearedCountKept,
    DocumentsOfAnyKind,
    PagesRepeated,
    PagesTooLong,
    PagesTooShort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leak {
    Customer,
    Customers,
    Document,
    Documents,
    Entries,
    Postings,
    AllCustomers,
    Records,
    Standing,
    Traces,
    Extract,
    Day,
    Outstanding,
    Overview,
    LiveSessions,
    EndSession,
    Loads,
}

struct FaultyFixture(Fault);

#[async_trait]
impl Fixture for FaultyFixture {
    async fn fresh(&self) -> Fresh {
        Fresh::new(Arc::new(Faulty::new(self.0)))
    }
}

/// One of these cases fails over a store with that fault.
fn assert_caught(fault: Fault, cases: impl IntoIterator<Item = Case>) {
    let passes = |case: &Case| catch_unwind(AssertUnwindSafe(|| case.run(&FaultyFixture(fault)))).is_ok();
    assert!(!cases.into_iter().all(|case| passes(&case)), "no case fails");
}

fn is_random(case: &Case) -> bool {
    case.name().starts_with("random::") || case.name().starts_with("batches::")
}

/// The cases that look for something in particular, without those that take long.
fn specific() -> impl Iterator<Item = Case> {
    cases().into_iter().filter(|case| !is_random(case) && !case.name().contains("thousands"))
}

macro_rules! faults {
    ($($cases:expr => { $($name:ident: $fault:expr;)+ })+) => { $($(
        #[test]
        fn $name() {
            use Fault::*;
            assert_caught($fault, $cases);
        }
    )+)+ };
}

faults! { specific() => {
    heads_are_lost: Writes(|w| w.heads.clear());
    profiles_are_lost: Writes(|w| w.owners.clear());
    passwords_are_lost: Writes(|w| w.owners.iter_mut().for_each(|row| row.password = None));
    the_kept_session_is_lost: Writes(|w| w.owners.iter_mut().for_each(|row| {
        row.password.iter_mut().for_each(|password| password.keep = None);
    }));
    counters_are_lost: Writes(|w| w.heads.iter_mut().for_each(|head| head.counters = Counters::default()));
    customers_are_lost: Writes(|w| w.customers.clear());
    words_are_lost: Writes(|w| w.customers.iter_mut().for_each(|row| row.words.clear()));
    all_words_but_one_are_lost: Writes(|w| w.customers.iter_mut().for_each(|row| row.words.truncate(1)));
    sort_keys_are_lost: Writes(|w| w.customers.iter_mut().for_each(|row| row.name_key.clear()));
    sort_keys_lose_case: Writes(|w| w.customers.iter_mut().for_each(|row| row.name_key.make_ascii_lowercase()));
    deletions_are_lost: Writes(|w| w.deleted_customers.clear());
    balances_are_lost: Writes(|w| w.balances.clear());
    balances_lose_their_last_seq: Writes(|w| w.balances.iter_mut().for_each(|row| row.last_seq = 0));
    balances_lose_their_revision: Writes(|w| w.balances.iter_mut().for_each(|row| row.revision = 1));
    entries_are_lost: Writes(|w| w.entries.clear());
    the_last_entry_is_lost: Writes(|w| drop(w.entries.pop()));
    allocations_are_lost: Writes(|w| w.entries.iter_mut().for_each(|entry| entry.allocations.clear()));
    the_last_allocation_is_lost: Writes(|w| w.entries.iter_mut().for_each(|entry| {
        entry.allocations.pop();
    }));
    allocations_are_doubled: Writes(|w| w.entries.iter_mut().for_each(|entry| {
        entry.allocations.extend(entry.allocations.clone());
    }));
    reasons_are_lost: Writes(|w| w.entries.iter_mut().for_each(|entry| entry.reason = None));
    body_hashes_are_lost: Writes(|w| w.entries.iter_mut().for_each(|entry| entry.body_hash = None));
    actors_are_lost: Writes(|w| w.entries.iter_mut().for_each(|entry| entry.actor = entry.owner.into()));
    times_lose_their_milliseconds: Writes(|w| w.entries.iter_mut().for_each(|entry| {
        let whole = entry.recorded_at.millis() / 1000 * 1000;
        entry.recorded_at = Timestamp::from_millis(whole).unwrap_or(Timestamp::MIN);
    }));
    documents_are_lost: Writes(|w| w.documents.clear());
    the_last_document_is_lost: Writes(|w| drop(w.documents.pop()));
    bodies_are_written_anew: Writes(|w| w.documents.iter_mut().for_each(|document| {
        let value: serde_json::Value = serde_json::from_str(&document.body).unwrap_or_default();
        document.body = value.to_string();
    }));
    idempotency_records_are_lost: Writes(|w| w.idempotency.clear());
    the_last_idempotency_record_is_lost: Writes(|w| drop(w.idempotency.pop()));
    items_are_lost: Writes(|w| w.items.clear());
    the_last_item_is_lost: Writes(|w| w.items.truncate(w.items.len().saturating_sub(1)));
    paid_items_are_lost: Writes(|w| w.items.retain(|item| item.open.is_positive()));
    due_dates_are_lost: Writes(|w| w.items.iter_mut().for_each(|item| item.due = item.date));
    invoices_of_credit_notes_are_lost: Writes(|w| w.items.iter_mut().for_each(|item| item.invoice = None));
    what_is_credited_is_lost: Writes(|w| w.items.iter_mut().for_each(|item| item.credited = None));
    outcomes_are_reversed: Writes(|w| w.outcomes.reverse());
    the_last_outcome_is_lost: Does(Wrong::LastOutcomeLost);

    customers_are_not_loaded: Keys(|k| k.customers.clear());
    archived_customers_are_not_loaded: Rows(|r| r.customers.retain(|_, row| row.archived_at.is_none()));
    mobile_numbers_are_not_loaded: Keys(|k| k.mobiles.clear());
    highest_numbers_are_not_loaded: Keys(|k| k.highest_numbers.clear());
    entries_are_not_loaded: Keys(|k| k.entries.clear());
    entries_are_loaded_without_allocations: Rows(|r| r.entries.values_mut().for_each(|posted| {
        posted.entry.allocations.clear();
    }));
    entries_are_loaded_with_items_as_they_were: Rows(|r| r.entries.values_mut().for_each(|posted| {
        posted.item.open = posted.item.amount;
    }));
    entries_are_loaded_without_documents: Rows(|r| r.entries.values_mut().for_each(|posted| posted.document = None));
    idempotency_records_are_not_loaded: Keys(|k| k.idempotency.clear());
    items_are_not_loaded: Keys(|k| k.items.clear());
    paid_items_are_not_loaded: Rows(|r| r.items.retain(|_, item| item.open.is_positive()));
    allocations_are_not_loaded: Keys(|k| k.allocations.clear());
    reversals_are_not_loaded: Rows(|r| r.allocations.values_mut().for_each(|rows| {
        rows.retain(|row| row.amount.is_positive());
    }));
    allocations_are_loaded_by_credit_only: Rows(|r| r.allocations.iter_mut().for_each(|((_, id), rows)| {
        rows.retain(|row| row.credit == *id);
    }));
    open_items_are_not_loaded: Keys(|k| k.open_items.clear());
    one_open_item_is_loaded: Keys(|k| k.open_items.iter_mut().for_each(|(_, key)| key.up_to = Money::from_minor(1)));
    all_open_items_are_loaded: Keys(|k| k.open_items.iter_mut().for_each(|(_, key)| {
        key.up_to = Money::from_minor(i64::MAX);
    }));
    numbers_are_not_loaded: Keys(|k| k.numbers.clear());
    counters_are_not_shown: Rows(|r| r.heads.values_mut().for_each(|head| head.counters = Counters::default()));
    heads_are_not_shown: Rows(|r| r.heads.clear());
    loads_are_counted_twice: Rows(|r| r.loads *= 2);
    earlier_loads_are_forgotten: Rows(|r| if r.loads > 1 { r.customers.clear() });

    nothing_is_locked: Does(Wrong::NoLock);
    every_job_is_carried_out_twice: Does(Wrong::EveryJobTwice);
    half_of_a_corrupt_job_is_written: Does(Wrong::HalfOfACorruptJob);
    half_of_a_conflict_is_written: Does(Wrong::HalfOfAConflict);
    deadlines_are_passed_over: Does(Wrong::NoDeadline);
    missing_shops_are_passed_over: Does(Wrong::MissingShopsPassedOver);
    customers_are_read_as_they_were: Does(Wrong::OldCustomers);
    heads_are_read_as_they_were: Does(Wrong::OldHeads);

    a_number_may_have_two_owners: Does(Wrong::TwoOwnersOfANumber);
    a_conflict_is_called_corrupt: Does(Wrong::ConflictCalledCorrupt);
    a_hash_of_any_version_is_renewed: Does(Wrong::HashOfAnyVersionRenewed);
    a_session_of_any_version_is_opened: Does(Wrong::SessionOfAnyVersionOpened);
    expired_sessions_are_kept: Does(Wrong::ExpiredSessionsKept);
    live_sessions_are_forgotten: Live(|live| live.truncate(live.len().saturating_sub(1)));
    live_sessions_are_remembered: Does(Wrong::OldLiveSessions);
    sessions_that_expire_are_not_opened: Session(|session| session.opened_at = Timestamp::MAX);
    an_end_is_forgotten: Does(Wrong::EndForgotten);
    an_end_of_all_is_forgotten: Does(Wrong::EndOfAllForgotten);
    an_end_of_one_ends_all: Does(Wrong::EndOfOneEndsAll);
    a_stale_count_is_accepted: Does(Wrong::StaleCountAccepted);
    a_cleared_count_is_kept: Does(Wrong::ClearedCountKept);
    tries_are_forgotten: Throttle(|throttle, _| throttle.tries = 0);
    blocks_are_forgotten: Throttle(|throttle, _| throttle.blocked_until = Timestamp::MIN);
    counts_never_expire: Throttle(|_, now| *now = Timestamp::MIN);
    all_counts_expire: Throttle(|_, now| *now = Timestamp::MAX);

    one_customer_too_many_is_listed: Customers(|s| s.limit = s.limit.saturating_add(1));
    one_customer_too_few_is_listed: Customers(|s| s.limit = s.limit.saturating_sub(1));
    a_customers_place_is_passed_over: Customers(|s| s.after = None);
    the_second_word_is_passed_over: Customers(|s| s.words.truncate(1));
    words_lose_case: Customers(|s| s.words.iter_mut().for_each(|word| word.make_ascii_lowercase()));
    the_archive_is_passed_over: Customers(|s| s.archived = false);
    those_with_post_dated_entries_are_not_apart: Customers(|s| s.post_dated_after = None);
    days_of_post_dated_entries_are_passed_over: Customers(|s| {
        s.post_dated_after = s.post_dated_after.map(|_| Date::MIN);
    });
    sums_of_post_dated_entries_are_lost: Writes(|w| w.balances.iter_mut().for_each(|row| row.post_dated = None));
    cities_are_lost: Customer(|customer| customer.city = None);
    credit_limits_are_lost: Customer(|customer| customer.credit_limit = None);

    one_document_too_many_is_listed: Documents(|s| s.limit = s.limit.saturating_add(1));
    one_document_too_few_is_listed: Documents(|s| s.limit = s.limit.saturating_sub(1));
    a_documents_place_is_passed_over: Documents(|s| s.before = None);
    a_documents_place_is_repeated: Documents(|s| s.before = s.before.map(|before| before.saturating_add(1)));
    the_customer_of_documents_is_passed_over: Documents(|s| s.customer = None);
    the_beginning_of_a_period_is_passed_over: Documents(|s| s.from = None);
    the_beginning_of_a_period_is_left_out: Documents(|s| s.from = s.from.and_then(|from| from.plus_days(1)));
    the_end_of_a_period_is_passed_over: Documents(|s| s.to = None);
    the_end_of_a_period_is_left_out: Documents(|s| s.to = s.to.and_then(|to| to.plus_days(-1)));
    the_status_of_documents_is_passed_over: Documents(|s| s.status = None);
    what_is_pending_is_passed_over: Documents(|s| s.pending_after = None);
    days_of_what_is_pending_are_passed_over: Documents(|s| s.pending_after = s.pending_after.map(|_| Date::MIN));
    pending_days_are_lost: Writes(|w| w.items.iter_mut().for_each(|item| item.pending_until = None));
    documents_of_any_kind_are_found: Does(Wrong::DocumentsOfAnyKind);
    documents_come_without_allocations: StoredDocument(|stored| stored.allocations.clear());
    documents_come_without_reversals: StoredDocument(|stored| stored.allocations.retain(|row| row.amount.is_positive()));
    allocations_come_in_another_order: StoredDocument(|stored| stored.allocations.sort_by_key(|row| row.ordinal));
    documents_come_with_items_as_they_were: StoredDocument(|stored| stored.item.open = stored.item.amount);

    the_feed_begins_too_late: Feed(|after, _| *after = after.saturating_add(1));
    the_feed_begins_too_early: Feed(|after, _| *after = after.saturating_sub(1));
    the_feed_is_too_long: Feed(|_, limit| *limit = limit.saturating_add(1));
    the_feed_is_too_short: Feed(|_, limit| *limit = limit.saturating_sub(1));
    the_feed_is_reversed: Entries(|entries| entries.reverse());
    the_feed_comes_without_allocations: Entries(|entries| entries.iter_mut().for_each(|entry| {
        entry.allocations.clear();
    }));
    the_feed_has_allocations_in_another_order: Entries(|entries| entries.iter_mut().for_each(|entry| {
        entry.allocations.reverse();
    }));
    postings_begin_too_late: PostingsFeed(|after, _| *after = after.saturating_add(1));
    postings_begin_too_early: PostingsFeed(|after, _| *after = after.saturating_sub(1));
    postings_are_too_many: PostingsFeed(|_, limit| *limit = limit.saturating_add(1));
    postings_are_too_few: PostingsFeed(|_, limit| *limit = limit.saturating_sub(1));
    postings_are_reversed: Postings(|postings| postings.reverse());
    postings_without_document_are_not_read: Postings(|postings| postings.retain(|row| row.document.is_some()));
    postings_of_paid_items_are_not_read: Postings(|postings| postings.retain(|row| row.item.open.is_positive()));
    postings_come_without_allocations: Postings(|postings| postings.iter_mut().for_each(|row| {
        row.entry.allocations.clear();
    }));
    postings_come_with_items_as_they_were: Postings(|postings| postings.iter_mut().for_each(|row| {
        row.item.open = row.item.amount;
    }));
    postings_of_void_items_are_read_as_paid: Postings(|postings| postings.iter_mut().for_each(|row| {
        row.item.voided_on = None;
    }));
    postings_come_without_documents: Postings(|postings| postings.iter_mut().for_each(|row| row.document = None));
    voids_come_without_the_documents_they_void: Postings(|postings| postings.iter_mut().for_each(|row| {
        row.document.take_if(|document| document.seq != row.entry.seq);
    }));
    records_are_listed_in_another_order: Records(|records| records.sort_by_key(|(key, _)| {
        key.as_str().to_ascii_lowercase()
    }));
    records_are_listed_without_answers: Records(|records| records.iter_mut().for_each(|(_, record)| {
        record.answer.clear();
    }));
    owners_are_listed_in_another_order: Owners(|heads| heads.reverse());
    owners_are_listed_as_they_registered: Owners(|heads| heads.iter_mut().for_each(|head| head.seq = 0));
    all_customers_come_in_another_order: AllCustomers(|rows| rows.reverse());
    archived_customers_are_not_among_all: AllCustomers(|rows| rows.retain(|row| row.archived_at.is_none()));
    pages_by_key_are_repeated: Does(Wrong::PagesRepeated);
    pages_by_key_are_too_long: Does(Wrong::PagesTooLong);
    pages_by_key_are_too_short: Does(Wrong::PagesTooShort);
    a_trace_lacks_its_allocations: Traces(|traces| traces.iter_mut().for_each(|trace| trace.allocations.clear()));
    a_trace_lacks_its_document: Traces(|traces| traces.iter_mut().for_each(|trace| trace.document = None));
    traces_lack_what_is_paid: Traces(|traces| traces.retain(|trace| trace.item.open.is_positive()));
    traces_come_in_another_order: Traces(|traces| traces.reverse());
    a_standing_lacks_items_paid_later: Standing(|s| s.items.retain(|item| item.open.is_positive()));
    a_standing_lacks_items_voided_later: Standing(|s| s.items.retain(|item| !item.is_void()));
    a_standing_lacks_later_entries: Standing(|s| s.later_entries.clear());
    a_standing_lacks_later_allocations: Standing(|s| s.later_allocations.clear());
    a_standing_has_todays_items_only: Standing(|s| s.items.retain(|item| item.date <= Date::MIN));

    the_beginning_of_an_extract_is_passed_over: Selection(|s| s.from = Date::MIN);
    the_end_of_an_extract_is_passed_over: Selection(|s| s.to = Date::MAX);
    the_end_of_an_extract_is_left_out: Selection(|s| s.to = s.to.plus_days(-1).unwrap_or(s.to).max(s.from));
    the_place_of_an_extract_is_passed_over: Selection(|s| s.after = None);
    the_place_of_an_extract_is_repeated: Selection(|s| s.after.iter_mut().for_each(|after| {
        after.seq = after.seq.saturating_sub(1);
    }));
    an_extract_is_too_long: Selection(|s| s.limit = s.limit.saturating_add(1));
    an_extract_comes_in_the_order_of_the_book: Extract(|e| e.lines.sort_by_key(|line| line.entry.seq));
    an_extract_comes_without_documents: Extract(|e| e.lines.iter_mut().for_each(|line| line.document = None));
    an_extract_comes_without_the_documents_of_voids: Extract(|e| e.lines.iter_mut().for_each(|line| {
        line.document = line.document.take().filter(|_| line.entry.reason.is_none());
    }));
    an_extract_forgets_what_was_before: Extract(|e| e.before = Money::ZERO);
    an_extract_forgets_what_was_passed: Extract(|e| e.passed = Money::ZERO);
    an_extract_adds_up_the_page_only: Extract(|e| {
        e.within = Money::checked_sum(e.lines.iter().map(|line| line.entry.amount)).unwrap_or_default();
    });
    the_next_day_is_read: Day(|date, _, _| *date = date.plus_days(1).unwrap_or(*date));
    a_day_begins_too_late: Day(|_, after, _| *after = after.saturating_add(1));
    a_day_begins_at_its_first_entry: Day(|_, after, _| *after = 0);
    a_day_is_too_long: Day(|_, _, limit| *limit = limit.saturating_add(1));
    a_day_is_reversed: Lines(|lines| lines.reverse());
    a_day_comes_without_documents: Lines(|lines| lines.iter_mut().for_each(|line| line.line.document = None));
    a_day_comes_without_voids: Lines(|lines| lines.retain(|line| line.line.entry.reason.is_none()));
    the_day_before_is_outstanding: AsOf(|as_of| *as_of = as_of.plus_days(-1).unwrap_or(*as_of));
    the_last_day_is_outstanding: AsOf(|as_of| *as_of = Date::MAX);
    accounts_with_a_balance_only_are_outstanding: Outstanding(|o| o.accounts.retain(|row| !row.balance.is_zero()));
    later_sums_are_lost: Outstanding(|o| o.accounts.iter_mut().for_each(|row| row.later = Money::ZERO));
    accounts_come_in_another_order: Outstanding(|o| o.accounts.reverse());
    credits_are_not_outstanding: Outstanding(|o| o.open.retain(|sum| sum.side == Side::Debit));
    open_sums_come_in_another_order: Outstanding(|o| o.open.reverse());
    archived_customers_are_counted: Overview(|o| o.customers += 1);
    advances_are_receivable: Overview(|o| o.receivable = o.receivable.checked_add(o.advances).unwrap_or_default());
    advances_are_not_seen: Overview(|o| o.advances = Money::ZERO);
    nothing_is_overdue: Overview(|o| o.overdue = Money::ZERO);
    a_days_voids_are_not_added_up: Overview(|o| o.sums.retain(|sum| sum.kind != EntryKind::Void));
    a_days_entries_are_counted_once: Overview(|o| o.sums.iter_mut().for_each(|sum| sum.count = 1));
    the_smallest_debtors_are_named: Overview(|o| o.debtors.reverse());
    nobody_with_post_dated_entries_is_named: Overview(|o| o.post_dated.clear());
    one_debtor_too_few_is_named: Overview(|o| drop(o.debtors.pop()));

    another_shops_customer_is_read: Leaks(Leak::Customer);
    another_shops_customers_are_listed: Leaks(Leak::Customers);
    another_shops_document_is_read: Leaks(Leak::Document);
    another_shops_documents_are_listed: Leaks(Leak::Documents);
    another_shops_entries_are_read: Leaks(Leak::Entries);
    another_shops_postings_are_read: Leaks(Leak::Postings);
    another_shops_customers_are_among_all: Leaks(Leak::AllCustomers);
    another_shops_records_are_listed: Leaks(Leak::Records);
    another_shops_customers_standing_is_told: Leaks(Leak::Standing);
    another_shops_items_are_traced: Leaks(Leak::Traces);
    another_shops_account_is_read: Leaks(Leak::Extract);
    another_shops_day_is_read: Leaks(Leak::Day);
    another_shops_items_are_outstanding: Leaks(Leak::Outstanding);
    another_shop_is_looked_over: Leaks(Leak::Overview);
    another_owners_session_is_live: Leaks(Leak::LiveSessions);
    another_owners_session_is_ended: Leaks(Leak::EndSession);
    another_shops_rows_are_loaded: Leaks(Leak::Loads);
} }

// Random books find by themselves what else would need a case that looks for it.
faults! { cases().into_iter().filter(is_random) => {
    random_books_find_open_items_that_are_not_loaded: Keys(|k| k.open_items.clear());
    random_books_find_too_few_open_items: Keys(|k| k.open_items.iter_mut().for_each(|(_, key)| {
        key.up_to = Money::from_minor(1);
    }));
    random_books_find_numbers_that_are_not_loaded: Keys(|k| k.numbers.clear());
    random_books_find_records_that_are_not_loaded: Keys(|k| k.idempotency.clear());
    random_books_find_due_dates_that_are_lost: Writes(|w| w.items.iter_mut().for_each(|item| item.due = item.date));
    random_books_find_balances_that_are_lost: Writes(|w| w.balances.clear());
    random_books_find_that_nothing_is_locked: Does(Wrong::NoLock);
} }
