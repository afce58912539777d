"""The types of arguments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias, TypedDict
from uuid import UUID

Amount: TypeAlias = Decimal | int | str
"""An amount of money, exact: never a float."""

Day: TypeAlias = date | datetime | str
"""A day: a `date`, an aware `datetime`, which counts as its day where the shop is, or a text such as `2026-11-24`."""

Id: TypeAlias = UUID | str
"""An id, or its text."""

InvoiceStatus: TypeAlias = Literal["unpaid", "partial", "paid", "void"]
CreditStatus: TypeAlias = Literal["recorded", "void"]
PaymentType: TypeAlias = Literal["cash", "upi", "card", "bank", "cheque", "other"]
DocumentKind: TypeAlias = Literal["invoice", "receipt", "credit_note"]
ItemKind: TypeAlias = Literal["invoice", "receipt", "credit_note", "opening_balance"]
EntryKind: TypeAlias = Literal["invoice", "receipt", "credit_note", "opening_balance", "void"]
CustomerColumn: TypeAlias = Literal[
    "name",
    "mobile_number",
    "firm_name",
    "city",
    "state",
    "gst_number",
    "opening_balance",
    "opening_date",
    "credit_limit",
]
ExportTable: TypeAlias = Literal["customers", "entries", "invoices", "receipts", "creditnotes", "allocations"]
Weekday: TypeAlias = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class Allocation(TypedDict):
    """What a receipt is to pay first: an invoice, and how much of it."""

    invoice_id: Id
    amount: Amount
