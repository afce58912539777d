//! Invoices, for goods given on credit.

use super::document::body;
use super::{Heading, PaidBy};
use crate::documents::Tax;
use crate::error::{FieldError, Violation};
use crate::id::{CustomerId, InvoiceId, OwnerId};
use crate::ledger::{Allocation, Item};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::record::{Input, Record, choice};
use crate::text::Note;
use crate::values::calendar::{Date, Timestamp, Weekday};

/// An invoice to add.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[input(rules = NewInvoice::rules)]
#[non_exhaustive]
pub struct NewInvoice {
    /// The customer who takes the goods. Archived customers are refused.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Date on the invoice; it may lie in the past.
    #[field(name = "date")]
    pub date: Date,
    /// Due date, not before `date`.
    #[field(name = "dueDate", setter)]
    pub due_date: Option<Date>,
    /// Amount before tax.
    #[field(name = "grossAmount", range = zero_or_more)]
    pub gross: Money,
    /// Tax: `cgst` with `sgst`, equal to within one minor unit, or `igst`.
    #[field(flatten)]
    pub tax: Tax,
    /// Freight, packing and the like.
    #[field(name = "otherCharges", range = zero_or_more, default, setter)]
    pub other_charges: Money,
    /// Rounding, less than one unit of the currency.
    #[field(name = "roundOff", default, setter)]
    pub round_off: Money,
    /// Sum of gross amount, taxes, other charges and rounding.
    #[field(name = "totalAmount", range = positive)]
    pub total: Money,
    /// Invoice number; the next of the series if absent.
    #[field(name = "invoiceNumber", setter = parse)]
    pub number: Option<DocumentNumber>,
    /// Note.
    #[field(name = "note", setter = parse)]
    pub note: Option<Note>,
    /// Whether it may take the customer over the credit limit.
    #[field(name = "overLimit", query, setter)]
    pub over_limit: bool,
}

impl NewInvoice {
    /// Creates an invoice without tax.
    #[must_use]
    pub fn new(customer: CustomerId, date: Date, total: Money) -> Self {
        Self {
            customer,
            date,
            due_date: None,
            gross: total,
            tax: Tax::None,
            other_charges: Money::ZERO,
            round_off: Money::ZERO,
            total,
            number: None,
            note: None,
            over_limit: false,
        }
    }

    /// Sets the tax on the gross amount, and adds it to the total.
    #[must_use]
    pub fn tax(mut self, tax: Tax) -> Self {
        self.total = tax.total().and_then(|tax| self.total.checked_add(tax)).unwrap_or(self.total);
        self.tax = tax;
        self
    }

    fn rules(parts: &NewInvoiceParts<'_>, currency: Currency) -> Vec<Option<FieldError>> {
        let sum = || {
            let tax = parts.tax?.total();
            let parts = [*parts.gross?, *parts.other_charges?, *parts.round_off?];
            Some(tax.and_then(|tax| Money::checked_sum(parts.into_iter().chain([tax]))))
        };
        vec![
            parts.due_date.copied().flatten().and_then(|due| due_before(*parts.date?, due)),
            parts.round_off.and_then(|round_off| too_much_rounding(*round_off, currency)),
            sum().and_then(|sum| wrong_sum(sum, *parts.total?, currency)),
        ]
    }
}

/// Checks that the total of a document is the sum of its parts. The sum is `None` if it overflows.
pub(crate) fn wrong_sum(sum: Option<Money>, total: Money, currency: Currency) -> Option<FieldError> {
    if sum == Some(total) {
        return None;
    }
    let sum = sum.map_or_else(|| "too large a sum".to_owned(), |sum| currency.format(sum));
    let message = format!(
        "is {}, but gross amount, taxes, other charges and round-off add up to {sum}",
        currency.format(total)
    );
    Some(Violation::new("wrong_total", message).at("totalAmount"))
}

pub(super) fn due_before(date: Date, due: Date) -> Option<FieldError> {
    (due < date).then(|| Violation::new("due_before_date", "must not be before the date").at("dueDate"))
}

/// Checks that the rounding is less than one unit of the currency.
pub(crate) fn too_much_rounding(round_off: Money, currency: Currency) -> Option<FieldError> {
    let most = currency.unit().minor().unsigned_abs();
    let fault = || Violation::new("round_off_too_large", "must be less than one unit of the currency");
    (round_off.minor().unsigned_abs() >= most && !round_off.is_zero()).then(|| fault().at("roundOff"))
}

choice! {
    /// Payment status of an invoice.
    pub enum InvoiceStatus: "invalid_status" {
        /// Nothing is paid.
        Unpaid = "unpaid",
        /// A part is paid.
        Partial = "partial",
        /// All is paid.
        Paid = "paid",
        /// It was voided.
        Void = "void",
    }
}

/// An invoice in its current state.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct Invoice {
    /// The invoice.
    #[field(name = "id")]
    pub id: InvoiceId,
    /// The shop.
    #[field(name = "shopOwnerId")]
    pub owner: OwnerId,
    /// The customer who took the goods.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Invoice number.
    #[field(name = "invoiceNumber")]
    pub number: DocumentNumber,
    /// Date on the invoice.
    #[field(name = "date")]
    pub date: Date,
    /// Day of the week of the date.
    #[field(name = "day")]
    pub day: Weekday,
    /// Due date.
    #[field(name = "dueDate")]
    pub due_date: Option<Date>,
    /// Amount before tax.
    #[field(name = "grossAmount")]
    pub gross: Money,
    /// Tax.
    #[field(flatten)]
    pub tax: Tax,
    /// Freight, packing and the like.
    #[field(name = "otherCharges")]
    pub other_charges: Money,
    /// Rounding, of either sign.
    #[field(name = "roundOff")]
    pub round_off: Money,
    /// Sum of gross amount, taxes, other charges and rounding.
    #[field(name = "totalAmount")]
    pub total: Money,
    /// Amount still to be paid; 0 for a void invoice.
    #[field(name = "outstandingAmount")]
    pub outstanding: Money,
    /// Payment status.
    #[field(name = "status")]
    pub status: InvoiceStatus,
    /// Note.
    #[field(name = "note")]
    pub note: Option<Note>,
    /// Payments by receipts, credit notes and write-offs, oldest first.
    #[field(name = "allocations", list)]
    pub allocations: Vec<PaidBy>,
    /// `seq` of its entry.
    #[field(name = "seq")]
    pub seq: u64,
    /// Time at which it was recorded.
    #[field(name = "createdAt")]
    pub created_at: Timestamp,
    /// Time of the last change of its outstanding amount, its status, or its credited amount.
    #[field(name = "updatedAt")]
    pub updated_at: Timestamp,
}

body! {
    /// The body of an invoice, which its hash covers.
    pub struct InvoiceBody {
        /// Due date.
        pub due_date: Option<Date>,
        /// Amount before tax.
        pub gross: Money,
        /// Tax.
        pub tax: Tax,
        /// Freight, packing and the like.
        pub other_charges: Money,
        /// Rounding.
        pub round_off: Money,
        /// The sum.
        pub total: Money,
        /// Note.
        pub note: Option<Note>,
    }
}

impl InvoiceBody {
    pub(crate) fn new(heading: Heading, new: &NewInvoice) -> Self {
        Self {
            heading,
            due_date: new.due_date,
            gross: new.gross,
            tax: new.tax,
            other_charges: new.other_charges,
            round_off: new.round_off,
            total: new.total,
            note: new.note.clone(),
        }
    }

    pub(super) fn view(self, item: &Item, allocations: &[Allocation], created_at: Timestamp) -> Invoice {
        Invoice {
            id: item.id.into(),
            owner: item.owner,
            customer: item.customer,
            number: self.heading.number,
            date: item.date,
            day: item.date.weekday(),
            due_date: self.due_date,
            gross: self.gross,
            tax: self.tax,
            other_charges: self.other_charges,
            round_off: self.round_off,
            total: self.total,
            outstanding: item.open,
            status: item.status(),
            note: self.note,
            allocations: PaidBy::of(allocations),
            seq: item.seq,
            created_at,
            updated_at: item.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::form::{Form, Raw};

    const CUSTOMER: &str = "0197a000-0000-7000-8000-000000000001";

    /// An invoice with these fields set (`null` takes one out): the faults that it has, as `field code`.
    fn faults(changes: &[(&str, Raw)]) -> Vec<String> {
        let text = |text: &str| Raw::Text(text.to_owned());
        let mut fields: std::collections::BTreeMap<String, Raw> = [
            ("customerId", text(CUSTOMER)),
            ("date", text("2026-11-24")),
            ("grossAmount", text("1000")),
            ("cgst", text("90")),
            ("sgst", text("90")),
            ("totalAmount", text("1180")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        for (name, value) in changes {
            fields.insert((*name).to_owned(), value.clone());
        }
        match NewInvoice::from_form(Form::new(fields), Currency::INR) {
            Ok(new) => {
                new.check(Currency::INR).expect("what is read is sound");
                Vec::new()
            }
            Err(Error::Invalid(faults)) => faults.iter().map(|f| format!("{} {}", f.field, f.code)).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    fn number(text: &str) -> Raw {
        Raw::Number(text.to_owned())
    }

    #[test]
    fn a_sound_invoice_is_read() {
        assert_eq!(faults(&[]), [""; 0]);
        assert_eq!(faults(&[("sgst", number("90.01")), ("totalAmount", number("1180.01"))]), [""; 0]);
        assert_eq!(faults(&[("roundOff", number("-0.99")), ("totalAmount", number("1179.01"))]), [""; 0]);
    }

    #[test]
    fn tax_is_two_equal_halves_or_one_whole_and_never_both() {
        assert_eq!(faults(&[("sgst", Raw::Null)]), ["sgst missing"]);
        assert_eq!(faults(&[("cgst", Raw::Null)]), ["cgst missing"]);
        assert_eq!(faults(&[("igst", number("0"))]), ["igst tax_exclusive"]);
        let unequal = [("sgst", number("90.02")), ("totalAmount", number("1180.02"))];
        assert_eq!(faults(&unequal), ["sgst tax_unequal"]);
        let igst = [("cgst", Raw::Null), ("sgst", Raw::Null), ("igst", number("180"))];
        assert_eq!(faults(&igst), [""; 0]);
    }

    #[test]
    fn the_total_is_the_sum_and_the_fault_says_both() {
        assert_eq!(faults(&[("totalAmount", number("1180.5"))]), ["totalAmount wrong_total"]);
        let fields = NewInvoice { total: Money::from_minor(5), ..sound() };
        let error = fields.check(Currency::INR).unwrap_err().to_string();
        assert!(error.contains("0.05") && error.contains("1000.00"), "{error}");
    }

    #[test]
    fn rounding_stays_below_one_unit_and_the_due_date_behind_the_date() {
        let rounded = [("roundOff", number("1")), ("totalAmount", number("1181"))];
        assert_eq!(faults(&rounded), ["roundOff round_off_too_large"]);
        assert_eq!(faults(&[("dueDate", Raw::Text("23/11/2026".to_owned()))]), ["dueDate due_before_date"]);
    }

    #[test]
    fn all_faults_come_at_once() {
        let changes = [
            ("customerId", Raw::Bool(true)),
            ("date", Raw::Null),
            ("grossAmount", number("-1")),
            ("x", Raw::Null),
        ];
        assert_eq!(
            faults(&changes),
            ["customerId wrong_type", "date missing", "grossAmount negative", "x unknown_field"]
        );
    }

    #[test]
    fn one_made_by_hand_is_held_to_the_same_rules() {
        sound().check(Currency::INR).unwrap();
        let minor = Money::from_minor;
        let local = |cgst, sgst| Tax::Local { cgst: minor(cgst), sgst: minor(sgst) };
        for bad in [
            NewInvoice { gross: minor(-1), ..sound() },
            NewInvoice { total: minor(0), ..sound() },
            NewInvoice { total: minor(i64::MAX), gross: minor(i64::MAX), ..sound() },
            NewInvoice { tax: local(5, 7), total: minor(100_012), ..sound() },
            NewInvoice { tax: local(-1, -1), total: minor(99_998), ..sound() },
            NewInvoice { round_off: minor(100), total: minor(100_100), ..sound() },
            NewInvoice { due_date: Some(Date::MIN), ..sound() },
        ] {
            assert!(matches!(bad.check(Currency::INR), Err(Error::Invalid(_))), "{bad:?}");
        }
    }

    fn sound() -> NewInvoice {
        let customer = CustomerId::parse(CUSTOMER).unwrap();
        NewInvoice::new(customer, Date::parse("2026-11-24").unwrap(), Money::from_minor(100_000))
    }
}
