"""The types of arguments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypedDict, Union
from uuid import UUID

Amount = Union[Decimal, int, str]
"""An amount of money, exact: never a float."""

Day = Union[date, datetime, str]
"""A day: a `date`, an aware `datetime`, which counts as its day where the shop is, or a text such as `2026-11-24`."""

Id = Union[UUID, str]
"""An id, or its text."""

InvoiceStatus = Literal["unpaid", "partial", "paid", "void"]
CreditStatus = Literal["recorded", "void"]
PaymentType = Literal["cash", "upi", "card", "bank", "cheque", "other"]
DocumentKind = Literal["invoice", "receipt", "credit_note"]
ItemKind = Literal["invoice", "receipt", "credit_note", "opening_balance"]
EntryKind = Literal["invoice", "receipt", "credit_note", "opening_balance", "void"]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class Allocation(TypedDict):
    """What a receipt is to pay first: an invoice, and how much of it."""

    invoice_id: Id
    amount: Amount
