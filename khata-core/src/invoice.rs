//! The invoice: goods on credit.

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Timestamp};
use crate::error::{Error, FieldError, Violation};
use crate::form::{self, Form};
use crate::id::{CreditNoteId, CustomerId, InvoiceId, OwnerId, ReceiptId};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::text::Note;

/// The tax on an invoice, as the caller says it: the place of supply need not be the customer's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tax {
    /// A bill without tax, for a shop without a GSTIN.
    None,
    /// Within one state: two halves, equal to within one minor unit.
    Local {
        /// Central tax.
        cgst: Money,
        /// State tax.
        sgst: Money,
    },
    /// Between states. Zero for exempt goods.
    Interstate {
        /// Integrated tax.
        igst: Money,
    },
}

impl Tax {
    /// All of it; `None` if it overflows.
    #[must_use]
    pub fn total(self) -> Option<Money> {
        match self {
            Self::None => Some(Money::ZERO),
            Self::Local { cgst, sgst } => cgst.checked_add(sgst),
            Self::Interstate { igst } => Some(igst),
        }
    }

    /// Central tax, if it is said.
    #[must_use]
    pub fn cgst(self) -> Option<Money> {
        match self {
            Self::Local { cgst, .. } => Some(cgst),
            _ => None,
        }
    }

    /// State tax, if it is said.
    #[must_use]
    pub fn sgst(self) -> Option<Money> {
        match self {
            Self::Local { sgst, .. } => Some(sgst),
            _ => None,
        }
    }

    /// Integrated tax, if it is said.
    #[must_use]
    pub fn igst(self) -> Option<Money> {
        match self {
            Self::Interstate { igst } => Some(igst),
            _ => None,
        }
    }

    /// Reads `cgst`, `sgst` and `igst`: the first two or the last, never both, never half; zero counts as given.
    pub(crate) fn from_form(form: &mut Form, currency: Currency) -> Option<Self> {
        let cgst = form.optional("cgst", form::amount_from_zero(currency));
        let sgst = form.optional("sgst", form::amount_from_zero(currency));
        let igst = form.optional("igst", form::amount_from_zero(currency));
        let exclusive = || Violation::new("tax_exclusive", "must not be together with cgst and sgst");
        let tax = match (cgst?, sgst?, igst?) {
            (None, None, None) => Self::None,
            (Some(cgst), Some(sgst), None) => Self::Local { cgst, sgst },
            (None, None, Some(igst)) => Self::Interstate { igst },
            (_, _, Some(_)) => {
                form.fault("igst", exclusive());
                return None;
            }
            (Some(_), None, None) => {
                form.fault("sgst", Violation::new("missing", "is required together with cgst"));
                return None;
            }
            (None, Some(_), None) => {
                form.fault("cgst", Violation::new("missing", "is required together with sgst"));
                return None;
            }
        };
        let faults = tax.faults();
        let sound = faults.iter().all(Option::is_none);
        faults.into_iter().for_each(|fault| form.check(fault));
        sound.then_some(tax)
    }

    /// The rules beyond the types.
    pub(crate) fn faults(self) -> Vec<Option<FieldError>> {
        match self {
            Self::None => Vec::new(),
            Self::Interstate { igst } => vec![amount_fault("igst", igst)],
            Self::Local { cgst, sgst } => {
                let apart = cgst.minor().abs_diff(sgst.minor()) > 1;
                let unequal = Violation::new("tax_unequal", "must equal cgst to within one minor unit");
                vec![
                    amount_fault("cgst", cgst),
                    amount_fault("sgst", sgst),
                    apart.then(|| unequal.at("sgst")),
                ]
            }
        }
    }
}

/// An invoice to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewInvoice {
    /// Who takes the goods.
    pub customer: CustomerId,
    /// What the paper says; it may lie in the past.
    pub date: Date,
    /// When it is to be paid; not before `date`.
    pub due_date: Option<Date>,
    /// Before tax, zero or more.
    pub gross: Money,
    /// The tax.
    pub tax: Tax,
    /// Freight, packing and the like, zero or more.
    pub other_charges: Money,
    /// Rounding, of either sign, less than one currency unit.
    pub round_off: Money,
    /// The sum of all of them, above zero.
    pub total: Money,
    /// The number; the next of the series if absent.
    pub number: Option<DocumentNumber>,
    /// Anything else.
    pub note: Option<Note>,
    /// Whether it may take the customer over the credit limit.
    pub over_limit: bool,
}

impl NewInvoice {
    /// An invoice over goods worth `total`, without tax.
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

    /// Reads an invoice; `over_limit` is said beside it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn from_form(mut form: Form, currency: Currency, over_limit: bool) -> Result<Self, Error> {
        let customer = form.required("customerId", form::text(CustomerId::parse));
        let date = form.required("date", form::date);
        let due_date = form.optional("dueDate", form::date);
        let gross = form.required("grossAmount", form::amount_from_zero(currency));
        let tax = Tax::from_form(&mut form, currency);
        let other_charges = form.optional("otherCharges", form::amount_from_zero(currency));
        let round_off = form.optional("roundOff", form::amount(currency));
        let total = form.required("totalAmount", form::amount_above_zero(currency));
        let number = form.optional("invoiceNumber", form::text(DocumentNumber::parse));
        let note = form.optional("note", form::text(Note::parse));
        form.check(due_date.flatten().and_then(|due| due_before(date?, due)));
        form.check(round_off.flatten().and_then(|round_off| too_much_rounding(round_off, currency)));
        let new = (|| {
            Some(Self {
                customer: customer?,
                date: date?,
                due_date: due_date?,
                gross: gross?,
                tax: tax?,
                other_charges: other_charges?.unwrap_or(Money::ZERO),
                round_off: round_off?.unwrap_or(Money::ZERO),
                total: total?,
                number: number?,
                note: note?,
                over_limit,
            })
        })();
        form.check(new.as_ref().and_then(|new| new.wrong_sum(currency)));
        form.finish(new)
    }

    /// The rules between and beyond the types, for callers that made it by hand.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn check(&self, currency: Currency) -> Result<(), Error> {
        let total = form::above_zero(self.total).or_else(|| form::too_large(self.total));
        let mut faults = vec![
            self.due_date.and_then(|due| due_before(self.date, due)),
            amount_fault("grossAmount", self.gross),
            amount_fault("otherCharges", self.other_charges),
            too_much_rounding(self.round_off, currency),
            total.map(|fault| fault.at("totalAmount")),
            self.wrong_sum(currency),
        ];
        faults.extend(self.tax.faults());
        form::sound(faults)
    }

    fn wrong_sum(&self, currency: Currency) -> Option<FieldError> {
        let sum = self
            .tax
            .total()
            .and_then(|tax| Money::checked_sum([self.gross, tax, self.other_charges, self.round_off]));
        wrong_sum(sum, self.total, currency)
    }
}

/// The rule that an amount of a document be zero or more, and not too large.
pub(crate) fn amount_fault(field: &str, money: Money) -> Option<FieldError> {
    form::at_least_zero(money).or_else(|| form::too_large(money)).map(|fault| fault.at(field))
}

/// The rule that the total of a document be the sum of its parts; the sum is `None` if it overflows.
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

fn due_before(date: Date, due: Date) -> Option<FieldError> {
    (due < date).then(|| Violation::new("due_before_date", "must not be before the date").at("dueDate"))
}

/// The rule that rounding stays below one unit of the currency.
pub(crate) fn too_much_rounding(round_off: Money, currency: Currency) -> Option<FieldError> {
    let most = currency.unit().minor().unsigned_abs();
    let fault = || Violation::new("round_off_too_large", "must be less than one unit of the currency");
    (round_off.minor().unsigned_abs() >= most && !round_off.is_zero()).then(|| fault().at("roundOff"))
}

/// How far an invoice is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    /// Nothing is paid.
    Unpaid,
    /// A part is.
    Partial,
    /// All is.
    Paid,
    /// It was voided.
    Void,
}

impl InvoiceStatus {
    /// Stable, `snake_case`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Partial => "partial",
            Self::Paid => "paid",
            Self::Void => "void",
        }
    }

    /// The status of that name.
    ///
    /// # Errors
    /// `invalid_status`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        [Self::Unpaid, Self::Partial, Self::Paid, Self::Void]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| Violation::new("invalid_status", "must be unpaid, partial, paid or void"))
    }
}

/// An invoice as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// The invoice.
    pub id: InvoiceId,
    /// The shop.
    pub owner: OwnerId,
    /// Who took the goods.
    pub customer: CustomerId,
    /// Its number.
    pub number: DocumentNumber,
    /// What the paper says.
    pub date: Date,
    /// When it is to be paid.
    pub due_date: Option<Date>,
    /// Before tax.
    pub gross: Money,
    /// The tax.
    pub tax: Tax,
    /// Freight, packing and the like.
    pub other_charges: Money,
    /// Rounding.
    pub round_off: Money,
    /// The sum of all of them.
    pub total: Money,
    /// What is still to be paid; 0 of a void one.
    pub outstanding: Money,
    /// How far it is paid.
    pub status: InvoiceStatus,
    /// Anything else.
    pub note: Option<Note>,
    /// What paid it, receipt by receipt and credit note by credit note, the oldest first.
    pub allocations: Vec<PaidBy>,
    /// Its entry's place in the book.
    pub seq: u64,
    /// When the book learnt of it.
    pub created_at: Timestamp,
    /// When its outstanding amount, its status or what is credited on it last changed.
    pub updated_at: Timestamp,
}

/// A part of an invoice that a credit item paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidBy {
    /// The receipt, if it was one.
    pub receipt: Option<ReceiptId>,
    /// The credit note, if it was one. If neither, it was paid out of an opening balance in the customer's favour.
    pub credit_note: Option<CreditNoteId>,
    /// How much of it.
    pub amount: Money,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Raw;

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
        match NewInvoice::from_form(Form::new(fields), Currency::INR, false) {
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
