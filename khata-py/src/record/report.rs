//! Statements and reports.

use khata_core::calendar::Date;
use khata_core::id::ItemId;
use khata_core::ledger::{LedgerLine, ageing, daybook, statement, summary};
use khata_core::money::{Currency, Money};
use pyo3::prelude::*;
use uuid::Uuid;

use super::{Customer, Of, record};
use crate::field::{Amount, Rows, Word};
use crate::table;

record! {
    /// A customer's account over a period.
    Statement {
        /// The customer as it is now.
        customer: Customer,
        /// The first day; none if the statement begins with the account.
        from_: Option<Date>,
        /// The last day.
        to: Date,
        /// The balance before the period.
        opening_balance: Amount,
        /// By date, then `seq`.
        entries: Rows<StatementEntry>,
        /// The balance at the end of the period.
        closing_balance: Amount,
    }
    {
        fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
            table::call(slf.as_any(), "statement_html")
        }

        /// The lines as a table of Arrow.
        fn to_arrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
            table::call(slf.as_any(), "statement_to_arrow")
        }

        /// The lines as a data frame of pandas.
        fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
            table::call(slf.as_any(), "to_pandas")
        }

        /// The lines as a data frame of Polars.
        fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
            table::call(slf.as_any(), "to_polars")
        }
    }
}

record! {
    /// A line of a statement.
    StatementEntry {
        /// The entry's place in the book.
        seq: u64,
        /// What the paper says.
        date: Date,
        /// What it records.
        kind: Word,
        /// The number on the paper; of a void, on that of what it voids. An opening balance has none.
        number: Option<String>,
        /// The paper; of a void, that of what it voids.
        document_id: Option<Uuid>,
        /// What it adds to the balance.
        debit: Amount,
        /// What it takes off the balance.
        credit: Amount,
        /// The balance after it.
        balance: Amount,
        /// The note on the paper; of a void, why.
        note: Option<String>,
    }
}

/// All of a statement, whose lines may have come by several pages.
impl Of<statement::Statement> for Statement {
    fn of(statement: statement::Statement, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        let line = |line: statement::StatementLine| StatementEntry {
            seq: line.entry.seq,
            date: line.entry.date,
            kind: line.entry.kind.as_str().into(),
            number: line.entry.number.map(|number| number.to_string()),
            document_id: line.entry.document.map(ItemId::uuid),
            debit: amount(line.entry.debit),
            credit: amount(line.entry.credit),
            balance: amount(line.balance),
            note: line.entry.note.map(|note| note.to_string()),
        };
        Self {
            customer: Customer::of(statement.customer, currency),
            from_: statement.from,
            to: statement.to,
            opening_balance: amount(statement.opening),
            entries: statement.lines.into_iter().map(line).collect(),
            closing_balance: amount(statement.closing),
        }
    }
}

record! {
    /// What customers owed at the end of a day, by how long it had been due.
    Ageing {
        /// The day.
        as_of: Date,
        /// Everybody with something open then, archived or not, by name.
        customers: Rows<CustomerAgeing>,
        /// All of them together.
        total: AgeingTotal,
    }
    {
        fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
            table::call(slf.as_any(), "ageing_html")
        }

        /// The customers as a table of Arrow.
        fn to_arrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
            table::call(slf.as_any(), "ageing_to_arrow")
        }

        /// The customers as a data frame of pandas.
        fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
            table::call(slf.as_any(), "to_pandas")
        }

        /// The customers as a data frame of Polars.
        fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
            table::call(slf.as_any(), "to_polars")
        }
    }
}

record! {
    /// What a customer owed, by how long it had been due. All amounts together are the balance.
    CustomerAgeing {
        /// The customer.
        customer_id: Uuid,
        /// What the customer is called now.
        name: String,
        /// Due on the day, or later.
        not_due: Amount,
        /// Due for 1 to 30 days.
        days_1_to_30: Amount,
        /// Due for 31 to 60 days.
        days_31_to_60: Amount,
        /// Due for 61 to 90 days.
        days_61_to_90: Amount,
        /// Due for 91 to 120 days.
        days_91_to_120: Amount,
        /// Due for 121 days or more.
        over_120: Amount,
        /// Credit on account: zero or less.
        unapplied: Amount,
        /// What was owed; negative where the shop owed.
        balance: Amount,
    }
}

record! {
    /// What all customers owed, by how long it had been due.
    AgeingTotal {
        /// Due on the day, or later.
        not_due: Amount,
        /// Due for 1 to 30 days.
        days_1_to_30: Amount,
        /// Due for 31 to 60 days.
        days_31_to_60: Amount,
        /// Due for 61 to 90 days.
        days_61_to_90: Amount,
        /// Due for 91 to 120 days.
        days_91_to_120: Amount,
        /// Due for 121 days or more.
        over_120: Amount,
        /// Credit on account: zero or less.
        unapplied: Amount,
        /// What was owed; negative where the shop owed.
        balance: Amount,
    }
}

impl Of<ageing::Buckets> for AgeingTotal {
    fn of(buckets: ageing::Buckets, currency: Currency) -> Self {
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

impl Of<ageing::CustomerAgeing> for CustomerAgeing {
    fn of(row: ageing::CustomerAgeing, currency: Currency) -> Self {
        let AgeingTotal {
            not_due,
            days_1_to_30,
            days_31_to_60,
            days_61_to_90,
            days_91_to_120,
            over_120,
            unapplied,
            balance,
        } = AgeingTotal::of(row.buckets, currency);
        Self {
            customer_id: row.customer.uuid(),
            name: row.name.to_string(),
            not_due,
            days_1_to_30,
            days_31_to_60,
            days_61_to_90,
            days_91_to_120,
            over_120,
            unapplied,
            balance,
        }
    }
}

impl Of<ageing::Ageing> for Ageing {
    fn of(ageing: ageing::Ageing, currency: Currency) -> Self {
        Self {
            as_of: ageing.as_of,
            customers: ageing.customers.into_iter().map(|row| CustomerAgeing::of(row, currency)).collect(),
            total: AgeingTotal::of(ageing.total, currency),
        }
    }
}

record! {
    /// A shop at a glance. Balances count all that is recorded; what is overdue and today's sums go by the dates on the
    /// papers.
    Summary {
        /// Today, by the shop's clock.
        today: Date,
        /// How many customers there are, without the archived ones.
        customers: u64,
        /// What customers owe: the sum of the balances above zero.
        receivable: Amount,
        /// What the shop owes customers: the sum of the balances below zero, without its sign.
        advances: Amount,
        /// Today's invoices, less those voided with effect of today.
        invoiced_today: Amount,
        /// Today's receipts, less those voided with effect of today.
        received_today: Amount,
        /// What was due before today and is not paid.
        overdue: Amount,
        /// The customers who owe most, at most ten, the largest balance first.
        top_debtors: Rows<Debtor>,
    }
}

record! {
    /// A customer who owes.
    Debtor {
        /// The customer.
        customer_id: Uuid,
        /// The customer's name.
        name: String,
        /// What the customer owes.
        balance: Amount,
    }
}

impl Of<summary::Summary> for Summary {
    fn of(summary: summary::Summary, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        let debtor = |customer: khata_core::customer::Customer| Debtor {
            customer_id: customer.id.uuid(),
            name: customer.name.to_string(),
            balance: amount(customer.balance()),
        };
        Self {
            today: summary.today,
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

record! {
    /// All that is dated on a day.
    DayBook {
        /// The day.
        date: Date,
        /// By `seq`.
        entries: Rows<DayEntry>,
        /// The sums over the day.
        totals: DayTotals,
    }
}

record! {
    /// A line of a day book.
    DayEntry {
        /// The entry's place in the book.
        seq: u64,
        /// What it records.
        kind: Word,
        /// The number on the paper; of a void, on that of what it voids. An opening balance has none.
        number: Option<String>,
        /// The paper; of a void, that of what it voids.
        document_id: Option<Uuid>,
        /// Whose balance it moves.
        customer_id: Uuid,
        /// What the customer is called now.
        customer_name: String,
        /// How the money came, of a receipt and of its void.
        payment_type: Option<Word>,
        /// What it adds to the customer's balance.
        debit: Amount,
        /// What it takes off the customer's balance.
        credit: Amount,
        /// The note on the paper; of a void, why.
        note: Option<String>,
    }
}

record! {
    /// Sums over a day.
    DayTotals {
        /// What was added to balances.
        debit: Amount,
        /// What was taken off balances.
        credit: Amount,
        /// The kinds that occur.
        by_kind: Rows<KindTotal>,
        /// The ways in which money came.
        by_payment_type: Rows<PaymentTotal>,
    }
}

record! {
    /// The entries of one kind.
    KindTotal {
        /// The kind.
        kind: Word,
        /// How many.
        count: u64,
        /// What they added to balances.
        debit: Amount,
        /// What they took off balances.
        credit: Amount,
    }
}

record! {
    /// Money that came in one way.
    PaymentTotal {
        /// How it came.
        payment_type: Word,
        /// Received, less receipts voided with effect of the day.
        amount: Amount,
    }
}

impl Of<daybook::DayEntry> for DayEntry {
    fn of(entry: daybook::DayEntry, currency: Currency) -> Self {
        let LedgerLine { seq, kind, customer, document, number, payment_type, debit, credit, note, .. } =
            entry.entry;
        Self {
            seq,
            kind: kind.as_str().into(),
            number: number.map(|number| number.to_string()),
            document_id: document.map(ItemId::uuid),
            customer_id: customer.uuid(),
            customer_name: entry.customer_name.to_string(),
            payment_type: payment_type.map(|payment_type| payment_type.as_str().into()),
            debit: Amount::new(debit, currency),
            credit: Amount::new(credit, currency),
            note: note.map(|note| note.to_string()),
        }
    }
}

impl Of<daybook::DayBook> for DayBook {
    fn of(book: daybook::DayBook, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        let kind = |(kind, total): (khata_core::ledger::EntryKind, daybook::KindTotal)| KindTotal {
            kind: kind.as_str().into(),
            count: total.count,
            debit: amount(total.debit),
            credit: amount(total.credit),
        };
        let payment = |(payment_type, money): (khata_core::receipt::PaymentType, Money)| PaymentTotal {
            payment_type: payment_type.as_str().into(),
            amount: amount(money),
        };
        Self {
            date: book.date,
            entries: book.entries.into_iter().map(|entry| DayEntry::of(entry, currency)).collect(),
            totals: DayTotals {
                debit: amount(book.totals.debit),
                credit: amount(book.totals.credit),
                by_kind: book.totals.by_kind.into_iter().map(kind).collect(),
                by_payment_type: book.totals.by_payment_type.into_iter().map(payment).collect(),
            },
        }
    }
}
