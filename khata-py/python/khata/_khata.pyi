"""The extension module: what is behind the package. Its classes are described where the package has them."""

from khata._async import (
    AsyncKhata as AsyncKhata,
    AsyncListing as AsyncListing,
    AsyncShop as AsyncShop,
)
from khata._entities import (
    Balance as Balance,
    CreditNote as CreditNote,
    Customer as Customer,
    Invoice as Invoice,
    Login as Login,
    Paid as Paid,
    PaidBy as PaidBy,
    Receipt as Receipt,
    ShopOwner as ShopOwner,
)
from khata._ledger import (
    Entry as Entry,
    EntryAllocation as EntryAllocation,
    ExplainedAllocation as ExplainedAllocation,
    ExplainedItem as ExplainedItem,
    Explanation as Explanation,
    Fault as Fault,
    SignedHead as SignedHead,
    Verified as Verified,
)
from khata._new import (
    NewCreditNote as NewCreditNote,
    NewCustomer as NewCustomer,
    NewInvoice as NewInvoice,
    NewReceipt as NewReceipt,
)
from khata._reports import (
    Ageing as Ageing,
    AgeingTotal as AgeingTotal,
    CustomerAgeing as CustomerAgeing,
    DayBook as DayBook,
    DayEntry as DayEntry,
    DayTotals as DayTotals,
    Debtor as Debtor,
    KindTotal as KindTotal,
    PaymentTotal as PaymentTotal,
    Statement as Statement,
    StatementEntry as StatementEntry,
    Summary as Summary,
)
from khata._sync import (
    Khata as Khata,
    Listing as Listing,
    Shop as Shop,
)

__version__: str


def open(url: str, *, secret: str | None = None) -> Khata:
    """Opens a database, such as `sqlite://shop.db`, `sqlite:////var/lib/shop.db`, `sqlite::memory:`,
    `postgres://user:password@host/database` or `mongodb://host/database?replicaSet=rs0`.

    Tokens are signed with `secret`, of at least 32 bytes. Without one they end with the process.

    Raises Unavailable if no server answers, and KhataError if what is there is no book of Khata's.
    """


async def aopen(url: str, *, secret: str | None = None) -> AsyncKhata:
    """Opens a database for asyncio, as `open` does."""
