//! What is dated later: all that says how things stand speaks of today, and the rest is shown beside it until its day comes.

use khata_core::credit_note::NewCreditNote;
use khata_core::customer::{CustomerOrder, Removal};
use khata_core::error::{Error, Refusal};
use khata_core::id::{CustomerId, InvoiceId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::{Invoice, InvoiceStatus, NewInvoice};
use khata_core::ledger::POST_DATED_DAYS_MAX;
use khata_core::number::DocumentKind;
use khata_core::page::Limit;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::{CustomerFilter, DocumentFilter, Shop};
use khata_core::void::Void;

use super::context::{TODAY, TestContext, assert_fails, day, fault, faults, new_customer, paise, with};
use super::suite;

suite! {
    a_cheque_pays_from_its_day_on,
    a_bill_is_owed_from_its_day_on,
    an_opening_balance_is_owed_from_its_day_on,
    the_order_by_balance_is_that_of_today,
    a_page_by_status_is_filled_up,
    a_bill_is_held_against_the_balance_of_its_day,
    who_has_post_dated_entries_is_neither_archived_nor_settled,
    a_void_is_in_force_from_its_day_on,
    a_void_takes_back_what_was_to_come,
    what_a_customers_credit_pays_comes_with_its_day,
    a_first_response_stays_as_it_was,
    a_customers_post_dated_days_are_limited,
    the_days_of_a_shop_begin_in_its_time_zone,
    a_table_of_an_export_is_of_today,
}

/// 1 November, 29 November, 15 December and 1 March.
const BILL: i64 = 214;
const ASKED: i64 = 242;
const CHEQUE: i64 = 258;
const MARCH: i64 = 334;

fn bill(customer: CustomerId, on: i64, amount: i64) -> NewInvoice {
    NewInvoice::new(customer, day(on), paise(amount))
}

fn cheque(customer: CustomerId, on: i64, amount: i64) -> NewReceipt {
    NewReceipt::new(customer, day(on), paise(amount), PaymentType::Cheque)
}

fn void<I>(id: I, on: i64) -> Void<I> {
    Void::new(id, "never delivered").expect("it is a note").on(day(on))
}

async fn customer(shop: &Shop, n: u32) -> CustomerId {
    shop.add_customer(new_customer(&format!("Customer {n}"), n)).await.unwrap().id
}

/// All that says how a customer stands, who is the only one: balance, post-dated debits and credits, receivable,
/// advances, overdue, and the number of debtors.
async fn standing(shop: &Shop, id: CustomerId) -> ([i64; 3], [i64; 3], usize) {
    let customer = shop.customer(id).await.unwrap();
    let listed = shop.customers(&by_balance(10)).await.unwrap().items;
    assert_eq!(listed, std::slice::from_ref(&customer));
    let balance = shop.balance(id, None).await.unwrap();
    assert_eq!((balance.balance, balance.post_dated), (customer.balance(), customer.post_dated));
    let summary = shop.summary().await.unwrap();
    assert_eq!((summary.overdue, summary.post_dated), (balance.overdue, customer.post_dated));
    let ageing = shop.ageing(None).await.unwrap().total;
    assert_eq!(ageing.balance, customer.balance());
    for debtor in &summary.top_debtors {
        assert_eq!((debtor.customer, debtor.balance), (id, customer.balance()));
    }
    let minor = |amounts: [khata_core::money::Money; 3]| amounts.map(khata_core::money::Money::minor);
    (
        minor([customer.balance(), customer.post_dated.debit, customer.post_dated.credit]),
        minor([summary.receivable, summary.advances, summary.overdue]),
        summary.top_debtors.len(),
    )
}

fn by_balance(limit: u16) -> CustomerFilter {
    let limit = Limit::new(limit).expect("it is a limit");
    CustomerFilter { order: CustomerOrder::Balance, limit, ..CustomerFilter::default() }
}

async fn of_status(shop: &Shop, status: InvoiceStatus, limit: u16) -> Vec<Invoice> {
    let limit = Limit::new(limit).expect("it is a limit");
    let mut filter = DocumentFilter { status: Some(status), limit, ..DocumentFilter::default() };
    let mut listed = Vec::new();
    loop {
        let page = shop.invoices(&filter).await.unwrap();
        assert!(page.items.len() == limit.get() as usize || page.next.is_none(), "a page is full");
        listed.extend(page.items);
        filter.before = page.next;
        if filter.before.is_none() {
            assert!(listed.iter().all(|invoice| invoice.status == status));
            return listed;
        }
    }
}

/// The status and the outstanding amount of an invoice, read alone and listed.
async fn invoice(shop: &Shop, id: InvoiceId) -> (InvoiceStatus, i64) {
    let invoice = shop.invoice(id).await.unwrap();
    let listed = of_status(shop, invoice.status, 9).await;
    assert!(listed.contains(&invoice), "{listed:?}");
    assert_eq!(
        shop.explain_document(DocumentKind::Invoice, id.into()).await.unwrap().open,
        invoice.outstanding
    );
    (invoice.status, invoice.outstanding.minor())
}

async fn a_cheque_pays_from_its_day_on(context: TestContext) {
    let (shop, there) = {
        let shop = context.shop(1).await;
        (shop.clone(), context.shop_elsewhere(&shop).await)
    };
    let ravi = customer(&shop, 1).await;
    let billed = shop.add_invoice(bill(ravi, BILL, 100)).await.unwrap().id;
    let paid = shop.add_receipt(cheque(ravi, CHEQUE, 100)).await.unwrap();
    assert_eq!((paid.unapplied, paid.allocations.len()), (paise(100), 0), "it pays nothing before its day");
    context.wait_days(ASKED - TODAY);
    for shop in [&shop, &there] {
        assert_eq!(standing(shop, ravi).await, ([100, 0, 100], [100, 0, 100], 1));
        assert_eq!(invoice(shop, billed).await, (InvoiceStatus::Unpaid, 100));
        assert_eq!(of_status(shop, InvoiceStatus::Paid, 9).await, []);
        assert_eq!(shop.receipt(paid.id).await.unwrap(), paid);
    }
    // Nobody posts anything until then.
    context.wait_days(CHEQUE - ASKED);
    for shop in [&shop, &there] {
        assert_eq!(standing(shop, ravi).await, ([0, 0, 0], [0, 0, 0], 0));
        assert_eq!(invoice(shop, billed).await, (InvoiceStatus::Paid, 0));
        assert_eq!(of_status(shop, InvoiceStatus::Unpaid, 9).await, []);
        let paid = shop.receipt(paid.id).await.unwrap();
        assert_eq!((paid.unapplied, paid.allocations[0].invoice), (paise(0), Some(billed)));
    }
    context.assert_sound(&shop).await;
    assert!(shop.verify().await.unwrap().is_sound());
}

async fn a_bill_is_owed_from_its_day_on(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    shop.add_receipt(cheque(ravi, BILL, 30)).await.unwrap();
    let billed = shop.add_invoice(bill(ravi, MARCH, 100)).await.unwrap();
    assert_eq!((billed.status, billed.outstanding), (InvoiceStatus::Unpaid, paise(100)));
    assert_eq!(standing(&shop, ravi).await, ([-30, 100, 0], [0, 30, 0], 0));
    context.wait_days(MARCH - TODAY - 1);
    assert_eq!(standing(&shop, ravi).await, ([-30, 100, 0], [0, 30, 0], 0));
    context.wait_days(1);
    assert_eq!(standing(&shop, ravi).await, ([70, 0, 0], [70, 0, 0], 1));
    assert_eq!(invoice(&shop, billed.id).await, (InvoiceStatus::Partial, 70));
    context.assert_sound(&shop).await;
}

async fn an_opening_balance_is_owed_from_its_day_on(context: TestContext) {
    let shop = context.shop(1).await;
    let new = new_customer("Ravi", 1).opening_balance(paise(-50)).opening_date(day(CHEQUE));
    let ravi = shop.add_customer(new).await.unwrap();
    assert_eq!((ravi.balance(), ravi.post_dated.credit), (paise(0), paise(50)));
    assert_eq!(standing(&shop, ravi.id).await, ([0, 0, 50], [0, 0, 0], 0));
    context.wait_days(CHEQUE - TODAY);
    assert_eq!(standing(&shop, ravi.id).await, ([-50, 0, 0], [0, 50, 0], 0));
}

/// The pages of the order by balance, each with so many customers, as their numbers and what they owe.
async fn pages(shop: &Shop, limit: u16, search: Option<&str>) -> Vec<(String, i64)> {
    let mut filter = CustomerFilter { search: search.map(str::to_owned), ..by_balance(limit) };
    let mut listed = Vec::new();
    loop {
        let page = shop.customers(&filter).await.unwrap();
        listed.extend(page.items.iter().map(|row| (row.name.as_str().to_owned(), row.balance().minor())));
        filter.after = page.next;
        if filter.after.is_none() {
            return listed;
        }
    }
}

async fn the_order_by_balance_is_that_of_today(context: TestContext) {
    let shop = context.shop(1).await;
    let mut owed = Vec::new();
    for n in 0..12_u32 {
        let (id, amount) = (customer(&shop, n).await, i64::from(n) * 10 + 5);
        shop.add_invoice(bill(id, BILL, amount)).await.unwrap();
        // Every third is to pay all and more, every third to owe more.
        match n % 3 {
            0 => drop(shop.add_receipt(cheque(id, CHEQUE, amount + i64::from(n))).await.unwrap()),
            1 => drop(shop.add_invoice(bill(id, MARCH, 200)).await.unwrap()),
            _ => {}
        }
        let later = [-(amount + i64::from(n)), 0, 0][n as usize % 3];
        let in_march = later + [0, 200, 0][n as usize % 3];
        owed.push((format!("Customer {n}"), [amount, amount + later, amount + in_march]));
    }
    for (at, wait) in [0, CHEQUE - TODAY, MARCH - CHEQUE].into_iter().enumerate() {
        context.wait_days(wait);
        let mut expected: Vec<_> = owed.iter().map(|(name, owed)| (name.clone(), owed[at])).collect();
        expected.sort_by_key(|(_, owed)| std::cmp::Reverse(*owed));
        for limit in [1, 2, 5, 100] {
            assert_eq!(pages(&shop, limit, None).await, expected, "pages of {limit}");
            assert_eq!(pages(&shop, limit, Some("custom")).await, expected, "found, pages of {limit}");
        }
        let debtors = shop.summary().await.unwrap().top_debtors.into_iter();
        let debtors: Vec<_> =
            debtors.map(|row| (row.name.as_str().to_owned(), row.balance.minor())).collect();
        expected.retain(|(_, owed)| *owed > 0);
        expected.truncate(10);
        assert_eq!(debtors, expected);
    }
    context.assert_sound(&shop).await;
}

async fn a_page_by_status_is_filled_up(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let mut bills = Vec::new();
    for n in 0..12 {
        bills.push(shop.add_invoice(bill(ravi, BILL + n, 100)).await.unwrap().id);
    }
    // The first four are paid now, the next six by a cheque, of which the last in part.
    shop.add_receipt(cheque(ravi, TODAY, 400)).await.unwrap();
    shop.add_receipt(cheque(ravi, CHEQUE, 550)).await.unwrap();
    let newest = |range: std::ops::Range<usize>| bills[range].iter().rev().copied().collect::<Vec<_>>();
    let ids = async |status, limit| {
        let listed = of_status(&shop, status, limit).await.into_iter();
        listed.map(|invoice| invoice.id).collect::<Vec<_>>()
    };
    for limit in [1, 2, 3, 5, 100] {
        assert_eq!(ids(InvoiceStatus::Unpaid, limit).await, newest(4..12), "pages of {limit}");
        assert_eq!(ids(InvoiceStatus::Paid, limit).await, newest(0..4), "pages of {limit}");
        assert_eq!(ids(InvoiceStatus::Partial, limit).await, []);
    }
    context.wait_days(CHEQUE - TODAY);
    for limit in [1, 2, 3, 5, 100] {
        assert_eq!(ids(InvoiceStatus::Unpaid, limit).await, newest(10..12), "pages of {limit}");
        assert_eq!(ids(InvoiceStatus::Paid, limit).await, newest(0..9), "pages of {limit}");
        assert_eq!(ids(InvoiceStatus::Partial, limit).await, newest(9..10));
    }
    let of_ravi = DocumentFilter {
        customer: Some(ravi),
        status: Some(InvoiceStatus::Partial),
        ..DocumentFilter::default()
    };
    assert_eq!(shop.invoices(&of_ravi).await.unwrap().items.len(), 1);
}

async fn a_bill_is_held_against_the_balance_of_its_day(context: TestContext) {
    let shop = context.shop(1).await;
    let limited = with(new_customer("Ravi", 1), |new| new.credit_limit = Some(paise(100)));
    let ravi = shop.add_customer(limited).await.unwrap().id;
    shop.add_invoice(bill(ravi, BILL, 80)).await.unwrap();
    shop.add_receipt(cheque(ravi, CHEQUE, 80)).await.unwrap();
    let refused = |result| assert_fails!(result, Error::Refused(Refusal::CreditLimitExceeded(_)));
    refused(shop.add_invoice(bill(ravi, TODAY, 21)).await);
    refused(shop.add_invoice(bill(ravi, BILL, 21)).await);
    refused(shop.add_invoice(bill(ravi, CHEQUE - 1, 21)).await);
    // On its day the cheque makes room.
    refused(shop.add_invoice(bill(ravi, CHEQUE, 101)).await);
    shop.add_invoice(bill(ravi, CHEQUE, 60)).await.unwrap();
    // It takes no room today, but on its day.
    shop.add_invoice(bill(ravi, TODAY, 20)).await.unwrap();
    refused(shop.add_invoice(bill(ravi, MARCH, 21)).await);
    shop.add_invoice(bill(ravi, MARCH, 20)).await.unwrap();
    context.wait_days(CHEQUE - TODAY);
    refused(shop.add_invoice(bill(ravi, CHEQUE, 21)).await);
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(80));
    context.assert_sound(&shop).await;
}

async fn who_has_post_dated_entries_is_neither_archived_nor_settled(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let refused = |result| assert_fails!(result, Error::Refused(Refusal::BalanceOutstanding));
    shop.add_invoice(bill(ravi, BILL, 100)).await.unwrap();
    shop.add_receipt(cheque(ravi, CHEQUE, 100)).await.unwrap();
    refused(shop.remove_customer(ravi, None).await);
    let asha = customer(&shop, 2).await;
    let later = shop.add_invoice(bill(asha, MARCH, 7)).await.unwrap();
    let voided = shop.void_invoice(void(later.id, MARCH)).await.unwrap();
    assert_eq!(voided.status, InvoiceStatus::Unpaid, "both are to come");
    let asha_now = shop.customer(asha).await.unwrap();
    assert_eq!(
        (asha_now.balance(), asha_now.post_dated.debit, asha_now.post_dated.credit),
        (paise(0), paise(7), paise(7))
    );
    refused(shop.remove_customer(asha, None).await);
    context.wait_days(CHEQUE - TODAY);
    assert_eq!(shop.remove_customer(ravi, None).await.unwrap(), Removal::Archived);
    refused(shop.remove_customer(asha, None).await);
    context.wait_days(MARCH - CHEQUE);
    assert_eq!(shop.remove_customer(asha, None).await.unwrap(), Removal::Archived);
    assert_eq!(shop.invoice(later.id).await.unwrap().status, InvoiceStatus::Void);
    context.assert_sound(&shop).await;
}

async fn a_void_is_in_force_from_its_day_on(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let billed = shop.add_invoice(bill(ravi, BILL, 100)).await.unwrap().id;
    let paid = shop.add_receipt(cheque(ravi, BILL, 40)).await.unwrap().id;
    let voided = shop.void_invoice(void(billed, CHEQUE)).await.unwrap();
    assert_eq!((voided.status, voided.outstanding), (InvoiceStatus::Partial, paise(60)));
    assert_eq!(voided.allocations.len(), 1);
    assert_eq!(shop.invoice(billed).await.unwrap(), voided);
    assert_fails!(shop.void_invoice(void(billed, MARCH)).await, Error::Refused(Refusal::AlreadyVoid));
    assert_eq!(standing(&shop, ravi).await, ([60, 0, 100], [60, 0, 60], 1));
    assert_eq!(invoice(&shop, billed).await, (InvoiceStatus::Partial, 60));
    assert_eq!(shop.receipt(paid).await.unwrap().unapplied, paise(0));
    context.wait_days(CHEQUE - TODAY);
    assert_eq!(standing(&shop, ravi).await, ([-40, 0, 0], [0, 40, 0], 0));
    assert_eq!(invoice(&shop, billed).await, (InvoiceStatus::Void, 0));
    assert_eq!(shop.receipt(paid).await.unwrap().unapplied, paise(40));
    context.assert_sound(&shop).await;
    assert!(shop.verify().await.unwrap().is_sound());
}

async fn a_void_takes_back_what_was_to_come(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let billed = shop.add_invoice(bill(ravi, BILL, 100)).await.unwrap().id;
    let bounced = shop.add_receipt(cheque(ravi, CHEQUE, 100)).await.unwrap().id;
    shop.void_receipt(void(bounced, CHEQUE + 2)).await.unwrap();
    assert_eq!(standing(&shop, ravi).await, ([100, 100, 100], [100, 0, 100], 1));
    context.wait_days(CHEQUE - TODAY);
    assert_eq!(standing(&shop, ravi).await, ([0, 100, 0], [0, 0, 0], 0));
    assert_eq!(invoice(&shop, billed).await, (InvoiceStatus::Paid, 0));
    context.wait_days(2);
    assert_eq!(standing(&shop, ravi).await, ([100, 0, 0], [100, 0, 100], 1));
    assert_eq!(invoice(&shop, billed).await, (InvoiceStatus::Unpaid, 100));
    context.assert_sound(&shop).await;
}

async fn what_a_customers_credit_pays_comes_with_its_day(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let billed = shop.add_invoice(bill(ravi, BILL, 100)).await.unwrap().id;
    let note = NewCreditNote::new(billed, day(CHEQUE), paise(30));
    let note = shop.add_credit_note(note).await.unwrap();
    assert_eq!((note.unapplied, note.allocations.len()), (paise(30), 0));
    assert_eq!(invoice(&shop, billed).await, (InvoiceStatus::Unpaid, 100));
    // What is credited is credited: there is no more to credit, whenever that takes effect.
    let more = NewCreditNote::new(billed, day(TODAY), paise(71));
    assert_eq!(faults(shop.add_credit_note(more).await), fault("grossAmount", "beyond_invoice"));
    context.wait_days(CHEQUE - TODAY);
    assert_eq!(invoice(&shop, billed).await, (InvoiceStatus::Partial, 70));
    assert_eq!(shop.credit_note(note.id).await.unwrap().unapplied, paise(0));
}

async fn a_first_response_stays_as_it_was(context: TestContext) {
    let shop = context.shop(1).await;
    let key = |text: &str| Some(IdempotencyKey::parse(text).expect("it is visible ASCII"));
    let new = new_customer("Ravi", 1).opening_balance(paise(50)).opening_date(day(CHEQUE));
    let added = shop.perform(new.clone(), key("added")).await.unwrap().value;
    let ravi = added.id;
    let billed = shop.perform(bill(ravi, BILL, 100), key("billed")).await.unwrap().value;
    let paid = shop.perform(cheque(ravi, CHEQUE, 100), key("paid")).await.unwrap().value;
    let void = void(billed.id, CHEQUE);
    let voided = shop.perform(void.clone(), key("voided")).await.unwrap().value;
    assert_eq!((added.balance(), voided.status), (paise(0), InvoiceStatus::Unpaid));
    for wait in [0, CHEQUE - TODAY, MARCH - CHEQUE] {
        context.wait_days(wait);
        let again = shop.perform(new.clone(), key("added")).await.unwrap();
        assert!(again.replayed && again.value == added, "{again:?}");
        let again = shop.perform(bill(ravi, BILL, 100), key("billed")).await.unwrap();
        assert!(again.replayed && again.value == billed, "{again:?}");
        let again = shop.perform(cheque(ravi, CHEQUE, 100), key("paid")).await.unwrap();
        assert!(again.replayed && again.value == paid, "{again:?}");
        let again = shop.perform(void.clone(), key("voided")).await.unwrap();
        assert!(again.replayed && again.value == voided, "{again:?}");
        // What is posted since makes no difference.
        shop.add_receipt(cheque(ravi, BILL, 1)).await.unwrap();
    }
}

async fn a_customers_post_dated_days_are_limited(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let most = i64::try_from(POST_DATED_DAYS_MAX).unwrap();
    let posted = (1..=most).map(|n| shop.add_receipt(cheque(ravi, TODAY + n, 1)));
    futures::future::try_join_all(posted).await.unwrap();
    let later = TODAY + most + 1;
    assert_eq!(faults(shop.add_receipt(cheque(ravi, later, 1)).await), fault("date", "too_many_post_dated"));
    let billed = shop.add_invoice(bill(ravi, TODAY, 1)).await.unwrap();
    let void = shop.void_invoice(void(billed.id, later)).await;
    assert_eq!(faults(void), fault("date", "too_many_post_dated"));
    shop.add_receipt(cheque(ravi, later - 1, 1)).await.unwrap();
    assert_eq!(shop.customer(ravi).await.unwrap().post_dated.credit, paise(most + 1));
    // A day that has come makes room for another.
    context.wait_days(1);
    shop.add_receipt(cheque(ravi, later, 1)).await.unwrap();
    assert!(shop.verify().await.unwrap().is_sound());
}

async fn the_days_of_a_shop_begin_in_its_time_zone(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    // It is afternoon in Kolkata.
    shop.add_invoice(bill(ravi, TODAY + 1, 9)).await.unwrap();
    let hours = |hours: u64| context.wait(std::time::Duration::from_secs(hours * 60 * 60));
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(0));
    hours(10);
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(0), "23:46");
    hours(1);
    assert_eq!(shop.today(), day(TODAY + 1));
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(9), "0:46, in UTC the day before");
}

async fn a_table_of_an_export_is_of_today(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    shop.add_invoice(bill(ravi, BILL, 100)).await.unwrap();
    shop.add_receipt(cheque(ravi, CHEQUE, 100)).await.unwrap();
    for (wait, balance, status) in [(0, "1.00", "unpaid"), (CHEQUE - TODAY, "0.00", "paid")] {
        context.wait_days(wait);
        let mut tables = std::collections::BTreeMap::<String, String>::new();
        let mut export = shop.export_tables().await.unwrap();
        while let Some((table, bytes)) = export.next_chunk().await.unwrap() {
            tables.entry(table.to_string()).or_default().push_str(std::str::from_utf8(&bytes).unwrap());
        }
        let cell = |table: &str, column: &str| {
            let mut lines = tables[table].lines().map(|line| line.split(',').collect::<Vec<_>>());
            let at = lines.next().unwrap().iter().position(|name| *name == column).unwrap();
            lines.next().unwrap()[at].to_owned()
        };
        assert_eq!(cell("customers", "balance"), balance, "{tables:?}");
        assert_eq!(cell("invoices", "status"), status);
        assert_eq!(cell("invoices", "outstandingAmount"), balance);
    }
}
