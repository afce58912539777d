"""Statements and reports."""

from datetime import date as _date
from decimal import Decimal
from typing import Any, final
from uuid import UUID

from khata._entities import Customer, _Record
from khata._types import EntryKind, PaymentType

@final
class Statement(_Record):
    """A customer's account over a period."""

    @property
    def customer(self) -> Customer:
        """The customer as it is now."""

    @property
    def from_(self) -> _date | None:
        """The first day; none if the statement begins with the account."""

    @property
    def to(self) -> _date:
        """The last day."""

    @property
    def opening_balance(self) -> Decimal:
        """The balance before the period."""

    @property
    def entries(self) -> tuple[StatementEntry, ...]:
        """By date, then `seq`."""

    @property
    def closing_balance(self) -> Decimal:
        """The balance at the end of the period."""

    def to_arrow(self) -> Any:
        """The lines as a `pyarrow.Table`, its amounts exact decimals."""

    def to_pandas(self) -> Any:
        """The lines as a `pandas.DataFrame`, its amounts exact decimals of Arrow."""

    def to_polars(self) -> Any:
        """The lines as a `polars.DataFrame`, its amounts exact decimals."""

    def _repr_html_(self) -> str: ...

@final
class StatementEntry(_Record):
    """A line of a statement."""

    @property
    def seq(self) -> int:
        """The entry's place in the book."""

    @property
    def date(self) -> _date:
        """What the paper says."""

    @property
    def kind(self) -> EntryKind:
        """What it records."""

    @property
    def number(self) -> str | None:
        """The number on the paper; of a void, on that of what it voids. An opening balance has none."""

    @property
    def document_id(self) -> UUID | None:
        """The paper; of a void, that of what it voids."""

    @property
    def debit(self) -> Decimal:
        """What it adds to the balance."""

    @property
    def credit(self) -> Decimal:
        """What it takes off the balance."""

    @property
    def balance(self) -> Decimal:
        """The balance after it."""

    @property
    def note(self) -> str | None:
        """The note on the paper; of a void, why."""

@final
class Ageing(_Record):
    """What customers owed at the end of a day, by how long it had been due."""

    @property
    def as_of(self) -> _date:
        """The day."""

    @property
    def customers(self) -> tuple[CustomerAgeing, ...]:
        """Everybody with something open then, archived or not, by name."""

    @property
    def total(self) -> AgeingTotal:
        """All of them together."""

    def to_arrow(self) -> Any:
        """The customers as a `pyarrow.Table`, its amounts exact decimals."""

    def to_pandas(self) -> Any:
        """The customers as a `pandas.DataFrame`, its amounts exact decimals of Arrow."""

    def to_polars(self) -> Any:
        """The customers as a `polars.DataFrame`, its amounts exact decimals."""

    def _repr_html_(self) -> str: ...

@final
class CustomerAgeing(_Record):
    """What a customer owed, by how long it had been due. All amounts together are the balance."""

    @property
    def customer_id(self) -> UUID:
        """The customer."""

    @property
    def name(self) -> str:
        """What the customer is called now."""

    @property
    def not_due(self) -> Decimal:
        """Due on the day, or later."""

    @property
    def days_1_to_30(self) -> Decimal:
        """Due for 1 to 30 days."""

    @property
    def days_31_to_60(self) -> Decimal:
        """Due for 31 to 60 days."""

    @property
    def days_61_to_90(self) -> Decimal:
        """Due for 61 to 90 days."""

    @property
    def days_91_to_120(self) -> Decimal:
        """Due for 91 to 120 days."""

    @property
    def over_120(self) -> Decimal:
        """Due for 121 days or more."""

    @property
    def unapplied(self) -> Decimal:
        """Credit on account: zero or less."""

    @property
    def balance(self) -> Decimal:
        """What was owed; negative where the shop owed."""

@final
class AgeingTotal(_Record):
    """What all customers owed, by how long it had been due."""

    @property
    def not_due(self) -> Decimal:
        """Due on the day, or later."""

    @property
    def days_1_to_30(self) -> Decimal:
        """Due for 1 to 30 days."""

    @property
    def days_31_to_60(self) -> Decimal:
        """Due for 31 to 60 days."""

    @property
    def days_61_to_90(self) -> Decimal:
        """Due for 61 to 90 days."""

    @property
    def days_91_to_120(self) -> Decimal:
        """Due for 91 to 120 days."""

    @property
    def over_120(self) -> Decimal:
        """Due for 121 days or more."""

    @property
    def unapplied(self) -> Decimal:
        """Credit on account: zero or less."""

    @property
    def balance(self) -> Decimal:
        """What was owed; negative where the shop owed."""

@final
class Summary(_Record):
    """A shop at a glance. Balances count all that is recorded; what is overdue and today's sums go by the dates on the papers."""

    @property
    def today(self) -> _date:
        """Today, by the shop's clock."""

    @property
    def customers(self) -> int:
        """How many customers there are, without the archived ones."""

    @property
    def receivable(self) -> Decimal:
        """What customers owe: the sum of the balances above zero."""

    @property
    def advances(self) -> Decimal:
        """What the shop owes customers: the sum of the balances below zero, without its sign."""

    @property
    def invoiced_today(self) -> Decimal:
        """Today's invoices, less those voided with effect of today."""

    @property
    def received_today(self) -> Decimal:
        """Today's receipts, less those voided with effect of today."""

    @property
    def overdue(self) -> Decimal:
        """What was due before today and is not paid."""

    @property
    def top_debtors(self) -> tuple[Debtor, ...]:
        """The customers who owe most, at most ten, the largest balance first."""

@final
class Debtor(_Record):
    """A customer who owes."""

    @property
    def customer_id(self) -> UUID:
        """The customer."""

    @property
    def name(self) -> str:
        """The customer's name."""

    @property
    def balance(self) -> Decimal:
        """What the customer owes."""

@final
class DayBook(_Record):
    """All that is dated on a day."""

    @property
    def date(self) -> _date:
        """The day."""

    @property
    def entries(self) -> tuple[DayEntry, ...]:
        """By `seq`."""

    @property
    def totals(self) -> DayTotals:
        """The sums over the day."""

@final
class DayEntry(_Record):
    """A line of a day book."""

    @property
    def seq(self) -> int:
        """The entry's place in the book."""

    @property
    def kind(self) -> EntryKind:
        """What it records."""

    @property
    def number(self) -> str | None:
        """The number on the paper; of a void, on that of what it voids. An opening balance has none."""

    @property
    def document_id(self) -> UUID | None:
        """The paper; of a void, that of what it voids."""

    @property
    def customer_id(self) -> UUID:
        """Whose balance it moves."""

    @property
    def customer_name(self) -> str:
        """What the customer is called now."""

    @property
    def payment_type(self) -> PaymentType | None:
        """How the money came, of a receipt and of its void."""

    @property
    def debit(self) -> Decimal:
        """What it adds to the customer's balance."""

    @property
    def credit(self) -> Decimal:
        """What it takes off the customer's balance."""

    @property
    def note(self) -> str | None:
        """The note on the paper; of a void, why."""

@final
class DayTotals(_Record):
    """Sums over a day."""

    @property
    def debit(self) -> Decimal:
        """What was added to balances."""

    @property
    def credit(self) -> Decimal:
        """What was taken off balances."""

    @property
    def by_kind(self) -> tuple[KindTotal, ...]:
        """The kinds that occur."""

    @property
    def by_payment_type(self) -> tuple[PaymentTotal, ...]:
        """The ways in which money came."""

@final
class KindTotal(_Record):
    """The entries of one kind."""

    @property
    def kind(self) -> EntryKind:
        """The kind."""

    @property
    def count(self) -> int:
        """How many."""

    @property
    def debit(self) -> Decimal:
        """What they added to balances."""

    @property
    def credit(self) -> Decimal:
        """What they took off balances."""

@final
class PaymentTotal(_Record):
    """Money that came in one way."""

    @property
    def payment_type(self) -> PaymentType:
        """How it came."""

    @property
    def amount(self) -> Decimal:
        """Received, less receipts voided with effect of the day."""
