//! A year of trade with one customer: what they took, and when they paid.

use khata_core::calendar::Date;
use khata_core::documents::Tax;
use khata_core::id::CustomerId;
use khata_core::invoice::NewInvoice;
use khata_core::money::Money;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::text::Reference;

use super::random::Random;

/// One rupee, in paise.
const RUPEE: i64 = 100;

/// A paper of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DemoDocument {
    /// Goods on credit.
    Invoice(NewInvoice),
    /// Money received.
    Receipt(NewReceipt),
}

impl DemoDocument {
    /// The date on it.
    pub(super) fn date(&self) -> Date {
        match self {
            Self::Invoice(invoice) => invoice.date,
            Self::Receipt(receipt) => receipt.date,
        }
    }
}

/// How a customer pays.
#[derive(Debug, Clone, Copy)]
enum Habit {
    /// All of an invoice, about when it is due.
    Punctual,
    /// All of it, weeks or months late.
    Late,
    /// In parts.
    Instalments,
    /// A round sum before the goods; what is left stays on account.
    Ahead,
}

impl Habit {
    fn of_somebody(random: &mut Random) -> Self {
        match random.between(1..=100) {
            1..=45 => Self::Punctual,
            46..=70 => Self::Late,
            71..=92 => Self::Instalments,
            _ => Self::Ahead,
        }
    }
}

/// The papers of a customer from `began` to `today`, in no order. `local` is a customer in the shop's own state.
pub(super) fn papers(
    customer: CustomerId,
    local: bool,
    began: Date,
    today: Date,
    random: &mut Random,
) -> Vec<DemoDocument> {
    let habit = Habit::of_somebody(random);
    let terms_days = *random.pick(&[&0, &15, &30, &30, &45]);
    let pause_days = random.between(10..=40);
    let mut papers = Vec::new();
    let mut next = began.plus_days(random.between(0..=pause_days));
    while let Some(date) = next.filter(|date| *date <= today) {
        let invoice = invoice(customer, local, date, terms_days, random);
        let receipts = receipts(&invoice, habit, random);
        papers
            .extend(receipts.into_iter().filter(|receipt| receipt.date <= today).map(DemoDocument::Receipt));
        papers.push(DemoDocument::Invoice(invoice));
        next = date.plus_days(random.between(pause_days / 2..=pause_days * 3 / 2));
    }
    papers
}

fn invoice(
    customer: CustomerId,
    local: bool,
    date: Date,
    terms_days: i64,
    random: &mut Random,
) -> NewInvoice {
    let gross: i64 = (0..random.between(1..=6))
        .map(|_| random.between(2..=20) * random.between(170..=2_400) * RUPEE / 2)
        .sum();
    // Cloth and cheap clothes, or clothes above 2,500 rupees.
    let rate_percent = if random.chance(85) { 5 } else { 18 };
    let (tax, tax_sum) = if local {
        let half = half_up(gross * rate_percent, 200);
        (Tax::Local { cgst: Money::from_minor(half), sgst: Money::from_minor(half) }, 2 * half)
    } else {
        let whole = half_up(gross * rate_percent, 100);
        (Tax::Interstate { igst: Money::from_minor(whole) }, whole)
    };
    let freight = if !local && random.chance(50) { random.between(3..=16) * 50 * RUPEE } else { 0 };
    let sum = gross + tax_sum + freight;
    let total = half_up(sum, RUPEE) * RUPEE;
    // The owner knows these people; a limit is no more than a reminder to them.
    let mut invoice = NewInvoice::new(customer, date, Money::from_minor(total)).over_limit(true);
    invoice.due_date = date.plus_days(terms_days).filter(|_| terms_days > 0);
    invoice.gross = Money::from_minor(gross);
    invoice.tax = tax;
    invoice.other_charges = Money::from_minor(freight);
    invoice.round_off = Money::from_minor(total - sum);
    invoice
}

fn half_up(dividend: i64, divisor: i64) -> i64 {
    (dividend + divisor / 2) / divisor
}

fn receipts(invoice: &NewInvoice, habit: Habit, random: &mut Random) -> Vec<NewReceipt> {
    let total = invoice.total.minor();
    let due = invoice.due_date.unwrap_or(invoice.date);
    let mut payments = Vec::new();
    match habit {
        Habit::Punctual => {
            payments.push((due.plus_days(random.between(-3..=4)).max(Some(invoice.date)), total));
        }
        Habit::Late => payments.push((due.plus_days(random.between(10..=150)), total)),
        Habit::Instalments => {
            let parts = random.between(2..=4);
            let part = total / parts / (100 * RUPEE) * (100 * RUPEE);
            let sums = (1..parts).map(|_| part).chain([total - part * (parts - 1)]).filter(|sum| *sum > 0);
            payments.extend((0..).zip(sums).map(|(count, sum)| (due.plus_days(count * 15), sum)));
        }
        Habit::Ahead => {
            let round = 5_000 * RUPEE;
            payments.push((invoice.date.plus_days(random.between(-7..=0)), (total / round + 1) * round));
        }
    }
    payments
        .into_iter()
        .filter_map(|(date, sum)| Some(receipt(invoice.customer, date?, Money::from_minor(sum), random)))
        .collect()
}

fn receipt(customer: CustomerId, date: Date, amount: Money, random: &mut Random) -> NewReceipt {
    let (payment_type, reference) = match random.between(1..=100) {
        1..=45 => (PaymentType::Upi, Some(format!("UPI {:012}", random.between(1..=999_999_999_999)))),
        46..=70 => (PaymentType::Cash, None),
        71..=90 => (PaymentType::Bank, Some(format!("NEFT N{:011}", random.between(1..=99_999_999_999)))),
        _ => (PaymentType::Cheque, Some(format!("{:06}", random.between(1..=999_999)))),
    };
    let reference = reference.map(|text| Reference::parse(&text).expect("the demo's references are valid"));
    let mut receipt = NewReceipt::new(customer, date, amount, payment_type);
    receipt.reference = reference;
    receipt
}

#[cfg(test)]
mod tests {
    use khata_core::money::Currency;
    use khata_core::record::Input as _;

    use super::*;

    fn year(seed: u64, local: bool) -> Vec<DemoDocument> {
        let today = Date::from_ymd(2026, 11, 24).unwrap();
        let began = today.plus_days(-365).unwrap();
        papers(CustomerId::generate(), local, began, today, &mut Random::new(seed))
    }

    fn all() -> Vec<DemoDocument> {
        (0..200).flat_map(|seed| year(seed, seed % 2 == 0)).collect()
    }

    #[test]
    fn every_paper_is_sound() {
        for paper in all() {
            match paper {
                DemoDocument::Invoice(invoice) => invoice.check(Currency::INR).unwrap(),
                DemoDocument::Receipt(receipt) => receipt.check(Currency::INR).unwrap(),
            }
        }
    }

    #[test]
    fn no_paper_is_of_the_future_and_receipts_are_near_their_invoices() {
        let today = Date::from_ymd(2026, 11, 24).unwrap();
        let papers = all();
        assert!(papers.iter().all(|paper| (-372..=0).contains(&paper.date().days_since(today))));
        let receipts = papers.iter().filter(|paper| matches!(paper, DemoDocument::Receipt(_))).count();
        let invoices = papers.len() - receipts;
        assert!(receipts > invoices / 2 && invoices > 1_000, "{invoices} invoices, {receipts} receipts");
    }

    #[test]
    fn a_year_has_open_invoices_and_money_on_account() {
        let balance = |papers: Vec<DemoDocument>| -> i64 {
            let signed = papers.into_iter().map(|paper| match paper {
                DemoDocument::Invoice(invoice) => invoice.total.minor(),
                DemoDocument::Receipt(receipt) => -receipt.amount.minor(),
            });
            signed.sum()
        };
        let balances: Vec<i64> = (0..200).map(|seed| balance(year(seed, true))).collect();
        assert!(balances.iter().any(|balance| *balance > 0));
        assert!(balances.iter().any(|balance| *balance < 0));
    }

    #[test]
    fn tax_is_split_within_the_state_and_whole_beyond_it() {
        for local in [true, false] {
            for paper in year(3, local) {
                let DemoDocument::Invoice(invoice) = paper else { continue };
                assert_eq!(matches!(invoice.tax, Tax::Local { .. }), local);
            }
        }
    }
}
