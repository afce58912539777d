"""Khata, a shop's credit book: the shop gives goods on credit, the customer pays, and the book knows who owes what.

>>> import khata
>>> from datetime import date
>>> with khata.open("sqlite::memory:") as book:
...     owner = book.register(
...         shop_name="Sharma Kirana",
...         proprietor_name="Asha Sharma",
...         mobile_number="98765 43210",
...         password="correct horse battery",
...     )
...     shop = book.shop(owner)
...     ravi = shop.add_customer(name="Ravi Kumar", mobile_number="9123456789")
...     bill = shop.add_invoice(
...         customer_id=ravi.id, date=date(2026, 11, 2), gross_amount="1180.50", total_amount="1180.50"
...     )
...     paid = shop.add_receipt(customer_id=ravi.id, date=date(2026, 11, 20), amount=1000, payment_type="upi")
...     shop.balance(ravi).balance
Decimal('180.50')
"""

from __future__ import annotations

from collections.abc import Generator
from types import TracebackType
from typing import Any

from khata import _khata, _signatures
from khata._errors import (
    Cause,
    Conflict,
    FieldError,
    Invalid,
    KhataError,
    NotFound,
    Throttled,
    Unauthorized,
    Unavailable,
)
from khata._khata import (
    Ageing,
    AgeingTotal,
    AsyncKhata,
    AsyncListing,
    AsyncShop,
    BadRow,
    Balance,
    CreditNote,
    Customer,
    CustomerAgeing,
    DayBook,
    DayEntry,
    DayTotals,
    Debtor,
    Entry,
    EntryAllocation,
    ExplainedAllocation,
    ExplainedItem,
    Explanation,
    Fault,
    Imported,
    ImportedCustomers,
    Invoice,
    Khata,
    KindTotal,
    Listing,
    Login,
    NewCreditNote,
    NewCustomer,
    NewInvoice,
    NewReceipt,
    Paid,
    PaidBy,
    PaymentTotal,
    Receipt,
    Shop,
    ShopOwner,
    SignedHead,
    Statement,
    StatementEntry,
    Summary,
    Verified,
    __version__,
    open,
)
from khata._types import (
    Allocation,
    Amount,
    CreditStatus,
    CustomerColumn,
    Day,
    DocumentKind,
    EntryKind,
    ExportTable,
    Id,
    InvoiceStatus,
    ItemKind,
    PaymentType,
    Weekday,
)

__all__ = [
    "Ageing",
    "AgeingTotal",
    "Allocation",
    "Amount",
    "AsyncKhata",
    "AsyncListing",
    "AsyncShop",
    "BadRow",
    "Balance",
    "Cause",
    "Conflict",
    "CreditNote",
    "CreditStatus",
    "Customer",
    "CustomerAgeing",
    "CustomerColumn",
    "Day",
    "DayBook",
    "DayEntry",
    "DayTotals",
    "Debtor",
    "DocumentKind",
    "Entry",
    "EntryAllocation",
    "EntryKind",
    "ExplainedAllocation",
    "ExplainedItem",
    "Explanation",
    "Fault",
    "ExportTable",
    "FieldError",
    "Id",
    "Imported",
    "ImportedCustomers",
    "Invalid",
    "Invoice",
    "InvoiceStatus",
    "ItemKind",
    "Khata",
    "KhataError",
    "KindTotal",
    "Listing",
    "Login",
    "NewCreditNote",
    "NewCustomer",
    "NewInvoice",
    "NewReceipt",
    "NotFound",
    "Opening",
    "Paid",
    "PaidBy",
    "PaymentTotal",
    "PaymentType",
    "Receipt",
    "Shop",
    "ShopOwner",
    "SignedHead",
    "Statement",
    "StatementEntry",
    "Summary",
    "Throttled",
    "Unauthorized",
    "Unavailable",
    "Verified",
    "Weekday",
    "__version__",
    "aopen",
    "open",
]


class Opening:
    """A database that is about to be opened: `await` it, or use it in `async with`, which closes it again."""

    def __init__(self, url: str, *, secret: str | None = None) -> None:
        self._url = url
        self._secret = secret
        self._book: AsyncKhata | None = None

    def __await__(self) -> Generator[Any, Any, AsyncKhata]:
        return _khata.aopen(self._url, secret=self._secret).__await__()

    async def __aenter__(self) -> AsyncKhata:
        self._book = await self
        return self._book

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._book is not None:
            await self._book.close()


def aopen(url: str, *, secret: str | None = None) -> Opening:
    """Opens a database for asyncio, as `open` does: `async with khata.aopen(url) as book`, or `await khata.aopen(url)`."""
    return Opening(url, secret=secret)


_signatures.show()
