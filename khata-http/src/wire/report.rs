//! Reports on the wire.

use khata_core::calendar::Date;
use khata_core::csv::{Cell, Csv};
use khata_core::id::{CustomerId, ItemId};
use khata_core::ledger::ageing::{self, Buckets};
use khata_core::ledger::{EntryKind, daybook, summary};
use khata_core::money::{Currency, Money};
use khata_core::number::DocumentNumber;
use khata_core::receipt::PaymentType;
use khata_core::text::{Name, Note};
use serde::Serialize;
use utoipa::ToSchema;

use super::money::Amount;
use super::{entry, receipt, schema};

/// Summary of a shop. Balances include all entries; overdue amounts and today's totals are by document date.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// Number of active customers.
    customers: u64,
    /// Sum of the positive balances: the amount that customers owe.
    receivable: Amount,
    /// Sum of the negative balances without its sign: the amount that the shop owes.
    advances: Amount,
    /// Total of today's invoices, less those voided with effect from today.
    invoiced_today: Amount,
    /// Total of today's receipts, less those voided with effect from today.
    received_today: Amount,
    /// Amount that was due before today and is not paid.
    overdue: Amount,
    /// Up to ten customers with the largest balances, largest first.
    top_debtors: Vec<Debtor>,
}

/// Customer who owes the shop.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Debtor {
    #[schema(value_type = schema::Id)]
    customer_id: CustomerId,
    #[schema(value_type = schema::Name)]
    name: Name,
    balance: Amount,
}

impl Summary {
    pub(crate) fn new(summary: summary::Summary, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        let debtor = |customer: khata_core::customer::Customer| Debtor {
            customer_id: customer.id,
            balance: amount(customer.balance()),
            name: customer.name,
        };
        Self {
            customers: summary.customers,
            receivable: amount(summary.receivable),
            advances: amount(summary.advances),
            invoiced_today: amount(summary.invoiced_today),
            received_today: amount(summary.received_today),
            overdue: amount(summary.overdue),
            top_debtors: summary.top_debtors.into_iter().map(debtor).collect(),
        }
    }
}

/// Ageing report: amounts that customers owed at the end of a day, by the days since they were due.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ageing {
    #[schema(value_type = schema::Date)]
    as_of: Date,
    /// Customers with open items at that time, including archived ones, by name.
    customers: Vec<CustomerAgeing>,
    total: AgeingBuckets,
}

/// Amounts that a customer owed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomerAgeing {
    #[schema(value_type = schema::Id)]
    customer_id: CustomerId,
    #[schema(value_type = schema::Name)]
    name: Name,
    #[serde(flatten)]
    buckets: AgeingBuckets,
}

/// Amounts by the days since they were due. They add up to the balance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgeingBuckets {
    /// Due on the day or later.
    not_due: Amount,
    #[serde(rename = "days1To30")]
    days_1_to_30: Amount,
    #[serde(rename = "days31To60")]
    days_31_to_60: Amount,
    #[serde(rename = "days61To90")]
    days_61_to_90: Amount,
    #[serde(rename = "days91To120")]
    days_91_to_120: Amount,
    #[serde(rename = "over120")]
    over_120: Amount,
    /// Credit on account; zero or negative.
    unapplied: Amount,
    /// What was owed; negative where the shop owed.
    balance: Amount,
}

impl AgeingBuckets {
    fn new(buckets: &Buckets, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        Self {
            not_due: amount(buckets.not_due),
            days_1_to_30: amount(buckets.days_1_to_30),
            days_31_to_60: amount(buckets.days_31_to_60),
            days_61_to_90: amount(buckets.days_61_to_90),
            days_91_to_120: amount(buckets.days_91_to_120),
            over_120: amount(buckets.over_120),
            unapplied: amount(buckets.unapplied),
            balance: amount(buckets.balance),
        }
    }
}

impl Ageing {
    pub(crate) fn new(ageing: ageing::Ageing, currency: Currency) -> Self {
        let customer = |row: ageing::CustomerAgeing| CustomerAgeing {
            customer_id: row.customer,
            name: row.name,
            buckets: AgeingBuckets::new(&row.buckets, currency),
        };
        Self {
            as_of: ageing.as_of,
            total: AgeingBuckets::new(&ageing.total, currency),
            customers: ageing.customers.into_iter().map(customer).collect(),
        }
    }
}

/// The same as CSV: the columns named as the fields, a row for each customer, and one for the total.
pub(crate) fn ageing_csv(ageing: &ageing::Ageing, currency: Currency) -> Vec<u8> {
    let mut csv = Csv::headed(&[
        "customerId",
        "name",
        "notDue",
        "days1To30",
        "days31To60",
        "days61To90",
        "days91To120",
        "over120",
        "unapplied",
        "balance",
    ]);
    for row in &ageing.customers {
        let who = [Cell::plain(row.customer), Cell::text(row.name.as_str())];
        csv.row(who.into_iter().chain(bucket_cells(&row.buckets, currency)));
    }
    let all = [Cell::empty(), Cell::plain("Total")];
    csv.row(all.into_iter().chain(bucket_cells(&ageing.total, currency)));
    csv.finish()
}

fn bucket_cells(buckets: &Buckets, currency: Currency) -> [Cell; 8] {
    [
        buckets.not_due,
        buckets.days_1_to_30,
        buckets.days_31_to_60,
        buckets.days_61_to_90,
        buckets.days_91_to_120,
        buckets.over_120,
        buckets.unapplied,
        buckets.balance,
    ]
    .map(|money| Cell::amount(money, currency))
}

/// Page of a day book.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DayBook {
    #[schema(value_type = schema::Date)]
    date: Date,
    /// Entries of this page, by `seq`.
    entries: Vec<DayEntry>,
    /// Totals of the whole day, on every page.
    totals: DayTotals,
}

/// Entry of a day book.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DayEntry {
    /// Sequence number of the entry.
    seq: u64,
    #[schema(value_type = entry::Kind)]
    kind: EntryKind,
    /// Document number; for a void, that of the voided document. Null for an opening balance.
    #[schema(value_type = Option<schema::DocumentNumber>, required)]
    number: Option<DocumentNumber>,
    /// Document; for a void, the voided document.
    #[schema(value_type = Option<schema::Id>, required)]
    document_id: Option<ItemId>,
    #[schema(value_type = schema::Id)]
    customer_id: CustomerId,
    /// Current name of the customer.
    #[schema(value_type = schema::Name)]
    customer_name: Name,
    /// Payment method of a receipt, and of the void of one.
    #[schema(value_type = Option<receipt::PaymentType>, required)]
    payment_type: Option<PaymentType>,
    /// Amount added to the customer's balance.
    debit: Amount,
    /// Amount deducted from the customer's balance.
    credit: Amount,
    /// Note of the document; for a void, its reason.
    #[schema(value_type = Option<schema::Note>, required)]
    note: Option<Note>,
}

/// Totals of a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DayTotals {
    debit: Amount,
    credit: Amount,
    /// Totals by kind of entry, for the kinds that occur.
    by_kind: Vec<KindTotal>,
    /// Totals by payment method, for those that occur.
    by_payment_type: Vec<PaymentTotal>,
}

/// Total of the entries of one kind.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KindTotal {
    #[schema(value_type = entry::Kind)]
    kind: EntryKind,
    count: u64,
    debit: Amount,
    credit: Amount,
}

/// Total of the receipts by one payment method.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PaymentTotal {
    #[schema(value_type = receipt::PaymentType)]
    payment_type: PaymentType,
    /// Amount received, less receipts voided with effect from the day.
    amount: Amount,
}

impl DayBook {
    pub(crate) fn new(book: daybook::DayBook, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        let entry = |daybook::DayEntry { customer_name, entry }| DayEntry {
            seq: entry.seq,
            kind: entry.kind,
            number: entry.number,
            document_id: entry.document,
            customer_id: entry.customer,
            customer_name,
            payment_type: entry.payment_type,
            debit: amount(entry.debit),
            credit: amount(entry.credit),
            note: entry.note,
        };
        let kind = |(kind, total): (EntryKind, daybook::KindTotal)| KindTotal {
            kind,
            count: total.count,
            debit: amount(total.debit),
            credit: amount(total.credit),
        };
        let payment = |(payment_type, money)| PaymentTotal { payment_type, amount: amount(money) };
        Self {
            date: book.date,
            entries: book.entries.into_iter().map(entry).collect(),
            totals: DayTotals {
                debit: amount(book.totals.debit),
                credit: amount(book.totals.credit),
                by_kind: book.totals.by_kind.into_iter().map(kind).collect(),
                by_payment_type: book.totals.by_payment_type.into_iter().map(payment).collect(),
            },
        }
    }
}
