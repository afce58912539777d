//! Pinned fingerprints of requests. They are stored as long as the book, so a retry after an upgrade must have the same
//! fingerprint as before. The expected values were computed by an independent implementation of the encoding documented by
//! [`RequestEncoder`](crate::idempotency::RequestEncoder).

use std::fmt::Write as _;

use uuid::Uuid;

use super::Command;
use crate::customer::NewCustomer;
use crate::documents::{
    Bounce, NewAllocation, NewCreditNote, NewDebitNote, NewDocument, NewInvoice, NewInvoiceCredit,
    NewOpeningBalance, NewReceipt, NewRefund, NewWriteOff, PaymentType, Reallocation, Tax, Void,
};
use crate::id::{CustomerId, DebitNoteId, EntryId, InvoiceId, ItemId, ReceiptId};
use crate::money::Money;
use crate::number::DocumentKind;
use crate::tags::Tags;
use crate::text::Note;
use crate::values::calendar::Date;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn paise(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn hex(command: &Command) -> String {
    command.fingerprint().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn adding(new: NewCustomer) -> String {
    let (id, opening) = (CustomerId::generate(), EntryId::generate());
    hex(&Command::AddCustomer { id, opening, new: Box::new(new) })
}

fn posting(new: impl Into<NewDocument>) -> String {
    hex(&Command::Post { id: EntryId::generate(), new: Box::new(new.into()) })
}

fn voiding(kind: DocumentKind, date: Option<Date>) -> String {
    let mut void = Void::new(ItemId::from_uuid(id(2)), "Never delivered").unwrap();
    void.terms.date = date;
    hex(&Command::Void { id: EntryId::generate(), kind, void: Box::new(void) })
}

fn customer() -> NewCustomer {
    NewCustomer::new("Ravi", "9123456789").unwrap()
}

fn invoice() -> NewInvoice {
    NewInvoice::new(CustomerId::from_uuid(id(1)), day("2026-11-24"), paise(118_050))
}

fn receipt(payment_type: PaymentType) -> NewReceipt {
    NewReceipt::new(CustomerId::from_uuid(id(1)), day("2026-11-24"), paise(100_000), payment_type)
}

fn credit_note() -> NewCreditNote {
    NewCreditNote::new(InvoiceId::from_uuid(id(2)), day("2026-11-24"), paise(10_000))
}

#[test]
fn of_customers() {
    assert_eq!(adding(customer()), "1c7700d9b435bb560ae4e3a98395c77789ebe411ec77acd4519e72d365ed5ea7");
    let new = NewCustomer::new("रवि कुमार", "9123456789").unwrap();
    let new = new.firm_name("Kumar Stores").unwrap().city("Pune").unwrap().state("Maharashtra").unwrap();
    let new = new.gst_number("27AAPFU0939F1ZV").unwrap().credit_limit(paise(1_000_000));
    let new = new.opening_balance(paise(-50_000)).opening_date(day("2026-04-01"));
    assert_eq!(adding(new), "4aa55545afea2bcb99ece0126f225ccfc62e9f6fd20b0f9486dd85286d0a88a9");
    let tagged = NewCustomer::without_mobile("Ravi").unwrap();
    let tagged = tagged.tags(Tags::parse(["Wholesale", "Market Road"]).unwrap());
    assert_eq!(adding(tagged), "b670d963e43de8af9e347f9d5cd6ac1d41264887099556381006b89c0978476f");
    let restoring = Command::RestoreCustomer { id: CustomerId::from_uuid(id(1)) };
    assert_eq!(hex(&restoring), "061f8de3864f156ed9b929f99febe0952b35f24c46b23ed93db5719a5e481432");
}

#[test]
fn of_invoices() {
    assert_eq!(posting(invoice()), "72ccb27ea4cecedcc917dff19fef0efb7a8ac0b14793470c387b4fffeca1db5f");
    let mut new = invoice().due_date(day("2026-12-24")).other_charges(paise(500)).round_off(paise(-1));
    new.gross = paise(100_000);
    new.total = paise(118_500);
    new.tax = Tax::Local { cgst: paise(9_000), sgst: paise(9_001) };
    let new = new.number("INV/2026-27/0042").unwrap().note("Two crates\nof mangoes").unwrap();
    let new = new.over_limit(true);
    assert_eq!(posting(new), "d4bca05cbd9b7c51a26e80287e3bf3d4ccc8f35d652c76cd05cd4e48649b8152");
}

#[test]
fn of_receipts() {
    let least = posting(receipt(PaymentType::Upi));
    assert_eq!(least, "c4f4fe53f1947109de99dff4e5c338f53afddd3dd19546eacbf6a95950f0535a");
    let pays = |n, minor| NewAllocation::new(InvoiceId::from_uuid(id(n)), paise(minor));
    let new = receipt(PaymentType::Cheque).allocations(vec![pays(2, 60_000), pays(3, 1)]);
    let new = new.number("RCT/2026-27/0007").unwrap().reference("cheque 123456").unwrap();
    let new = new.note("By hand").unwrap();
    assert_eq!(posting(new), "d35809d218584e33ed021013a3b765be42765c11186608f0e8d6e58aa2656eb7");
}

#[test]
fn of_credit_notes() {
    assert_eq!(posting(credit_note()), "ed7f94d8460c90d652a77261725ad3517bd4eef270b900b9d4e8d09678e625bf");
    let mut new = credit_note().other_charges(paise(250)).round_off(paise(49)).total(paise(12_099));
    new.tax = Some(Tax::Interstate { igst: paise(1_800) });
    let new = new.number("CRN/2026-27/0003").unwrap().note("Two broken").unwrap();
    assert_eq!(posting(new), "7ea71dce99b65f925ec44c939314ec26482cc8d4a350505615c81bb20361b151");
}

#[test]
fn of_credit_notes_on_several_invoices_and_on_none() {
    let mut rows = [(2, 100), (3, 200)]
        .map(|(n, gross)| NewInvoiceCredit::new(InvoiceId::from_uuid(id(n)), paise(gross)));
    rows[1].other_charges = paise(5);
    let several = NewCreditNote::on_invoices(rows.to_vec(), day("2026-11-24"));
    assert_eq!(posting(several), "5c41ea91330071d919fa7c6f8d683b4523e26a8083128dcf7c97d1d1aae954d2");
    let none = NewCreditNote::without_invoice(CustomerId::from_uuid(id(1)), day("2026-11-24"), paise(300));
    let none = none.round_off(Money::ZERO);
    assert_eq!(posting(none), "d4db3192344033d8b9cd7ea0f520600cccbaf54ffa963b29d3441103a71079f9");
}

#[test]
fn of_debit_notes() {
    let note = NewDebitNote::new(CustomerId::from_uuid(id(1)), day("2026-11-24"), paise(5_000));
    let least = posting(note.clone());
    assert_eq!(least, "3ccbbfff6686ea520ba7193771a7c24d42c8aab974d825f80a2e22b7e2180d86");
    let mut new = note.invoice(InvoiceId::from_uuid(id(2))).due_date(day("2026-12-24"));
    new.total = paise(6_200);
    new.tax = Tax::Local { cgst: paise(450), sgst: paise(450) };
    let new = new.other_charges(paise(250)).round_off(paise(50));
    let new = new.number("DBN/2026-27/0003").unwrap().note("Late").unwrap();
    assert_eq!(posting(new), "c8b8147cb6608f4d34c75b1d894be35af1125b86d28e36d29168b21b870ae56e");
}

#[test]
fn of_refunds() {
    let customer = CustomerId::from_uuid(id(1));
    let refund = NewRefund::new(customer, day("2026-11-24"), paise(5_000), PaymentType::Cash);
    let least = posting(refund.clone());
    assert_eq!(least, "e1956de216762585b09ef0d0479954d13b2dcc5bbb7f2212d7270bd7560dbcf8");
    let new = refund.number("RFD/2026-27/0002").unwrap().reference("UTR 5").unwrap().note("By hand").unwrap();
    assert_eq!(posting(new), "a4965c222d2b8a6d2b04b309d064c44f2b2d1b1d2a1c1031b915ed02a9e04e5c");
}

#[test]
fn of_write_offs() {
    let customer = CustomerId::from_uuid(id(1));
    let new = NewWriteOff::new(customer, day("2026-11-24"), paise(5_000), "They moved away").unwrap();
    let least = posting(new.clone());
    assert_eq!(least, "f800a223d5750fa45e8051047ddf940e3de2490daf2407920f44f3123da1b024");
    let new = new.number("WOF/2026-27/0002").unwrap().allocations(vec![
        NewAllocation::new(InvoiceId::from_uuid(id(2)), paise(4_000)),
        NewAllocation::new(DebitNoteId::from_uuid(id(3)), paise(1)),
    ]);
    assert_eq!(posting(new), "84f5b1f35c6cb04ed7e44a5f1cb3b01d68894d1b9eb11b9c596448ab9446206a");
}

#[test]
fn of_opening_balances() {
    let new = NewOpeningBalance::new(CustomerId::from_uuid(id(1)), day("2026-04-01"), paise(-50_000));
    assert_eq!(posting(new.clone()), "ed88e1f6e58efff57131773484e2c08e7a1350dd3bc4abe40fdfc5c7df66688f");
    let terms = new.terms.number("OPB/2026-27/0002").unwrap().note("A zero too many").unwrap();
    let new = Box::new(NewOpeningBalance::of(new.customer, terms).into());
    let voids = Some((ItemId::from_uuid(id(9)), EntryId::generate()));
    let replacing = Command::ReplaceOpening { id: EntryId::generate(), voids, new };
    assert_eq!(hex(&replacing), "28c3ca4fa852ed744057cd4c4c719161cc10beed5de81f5fc7b430f944346cc6");
}

#[test]
fn of_cheques() {
    let new =
        receipt(PaymentType::Cheque).cheque_number("000123").unwrap().cheque_bank("State Bank").unwrap();
    let new = new.cheque_date(day("2026-11-19"));
    assert_eq!(posting(new), "619dd815327a4db661237edc0065c7e29ca723a0b721ad2ae339e46be60a6331");
    let bouncing = |bounce| {
        hex(&Command::Bounce {
            id: EntryId::generate(),
            charge: EntryId::generate(),
            bounce: Box::new(bounce),
        })
    };
    let reason = Note::parse("Funds insufficient").unwrap();
    let bounce = Bounce::new(ReceiptId::from_uuid(id(2)), day("2026-11-24"), reason);
    let least = bouncing(bounce.clone());
    assert_eq!(least, "cbce9e3ecbe63b6f444cb50f328429015bd6be36194fc3a5dbc4a265c7923118");
    let charged = bouncing(bounce.charge(paise(5_000)));
    assert_eq!(charged, "23599cc0563906e9d6180f11f1400069e53dc1d399b0dcb443f36d072894b0e5");
}

#[test]
fn of_reallocations() {
    let allocating =
        |kind, new| hex(&Command::Reallocate { id: EntryId::generate(), kind, new: Box::new(new) });
    let credit = ItemId::from_uuid(id(2));
    let least = allocating(DocumentKind::Receipt, Reallocation::new(credit, Vec::new()));
    assert_eq!(least, "2d2f673bc89e4712551878ba6f87c0a8c01c8a0c977ca64dc141f299d10ad83d");
    let rows = vec![
        NewAllocation::new(InvoiceId::from_uuid(id(3)), paise(4_000)),
        NewAllocation::new(DebitNoteId::from_uuid(id(4)), paise(1)),
    ];
    let new = Reallocation::new(credit, rows).on(day("2026-11-24"));
    let full = allocating(DocumentKind::CreditNote, new);
    assert_eq!(full, "28ee03950e9c7d9a5233e1964c9bc2432b20a5b937292f2db0238318ec43997f");
}

#[test]
fn of_voids() {
    for (kind, date, expected) in [
        (DocumentKind::Invoice, None, "b227b39179c45355ec3da8981553cec60372bcce89762a0ab97a1a9a00a08b5b"),
        (DocumentKind::Receipt, None, "4cf29b054cce6f5614999f7a9645d76de1a21f5153b2640af67c9e2b62530cdb"),
        (DocumentKind::CreditNote, None, "ab10f012e209db29838d6b2391870e2907c83971e34a02cbd9ac18cad3ecde62"),
        (
            DocumentKind::Invoice,
            Some(day("2026-11-30")),
            "4068b343d6fbb50c7a4b54b4120891aa43845b06fa707818201c91149c1413de",
        ),
    ] {
        assert_eq!(voiding(kind, date), expected, "{kind} {date:?}");
    }
}

#[test]
fn a_default_value_is_as_absent() {
    let zero = Money::ZERO;
    let explicit = invoice().other_charges(zero).round_off(zero).over_limit(false).tax(Tax::None);
    assert_eq!(posting(explicit), posting(invoice()));
    let explicit = receipt(PaymentType::Upi).allocations(Vec::new());
    assert_eq!(posting(explicit), posting(receipt(PaymentType::Upi)));
    assert_eq!(adding(customer().opening_balance(zero)), adding(customer()));
    assert_eq!(posting(credit_note().other_charges(zero)), posting(credit_note()));
    // Without a rounding it is worked out, so no rounding is another request.
    assert_ne!(posting(credit_note().round_off(zero)), posting(credit_note()));
}

#[test]
fn every_field_counts() {
    let changed = [
        posting(invoice().due_date(day("2026-11-24"))),
        posting(invoice().other_charges(paise(1))),
        posting(invoice().round_off(paise(1))),
        posting(invoice().over_limit(true)),
        posting(invoice().number("1").unwrap()),
        posting(invoice().note("1").unwrap()),
    ];
    let distinct: std::collections::BTreeSet<_> = changed.iter().collect();
    assert_eq!(distinct.len(), changed.len());
    assert!(!changed.contains(&posting(invoice())));
}
