"""The extension module: what is behind the package. Its classes are described where the package has them."""

from khata._async import (
    AsyncKhata as AsyncKhata,
)
from khata._async import (
    AsyncShop as AsyncShop,
)
from khata._entities import (
    Balance as Balance,
)
from khata._entities import (
    CreditNote as CreditNote,
)
from khata._entities import (
    Customer as Customer,
)
from khata._entities import (
    Invoice as Invoice,
)
from khata._entities import (
    Login as Login,
)
from khata._entities import (
    Paid as Paid,
)
from khata._entities import (
    PaidBy as PaidBy,
)
from khata._entities import (
    Receipt as Receipt,
)
from khata._entities import (
    ShopOwner as ShopOwner,
)
from khata._ledger import (
    Entry as Entry,
)
from khata._ledger import (
    EntryAllocation as EntryAllocation,
)
from khata._ledger import (
    ExplainedAllocation as ExplainedAllocation,
)
from khata._ledger import (
    ExplainedItem as ExplainedItem,
)
from khata._ledger import (
    Explanation as Explanation,
)
from khata._ledger import (
    Fault as Fault,
)
from khata._ledger import (
    SignedHead as SignedHead,
)
from khata._ledger import (
    Verified as Verified,
)
from khata._listing import (
    AsyncListing as AsyncListing,
)
from khata._listing import (
    Listing as Listing,
)
from khata._new import (
    NewCreditNote as NewCreditNote,
)
from khata._new import (
    NewCustomer as NewCustomer,
)
from khata._new import (
    NewInvoice as NewInvoice,
)
from khata._new import (
    NewReceipt as NewReceipt,
)
from khata._reports import (
    Ageing as Ageing,
)
from khata._reports import (
    AgeingTotal as AgeingTotal,
)
from khata._reports import (
    CustomerAgeing as CustomerAgeing,
)
from khata._reports import (
    DayBook as DayBook,
)
from khata._reports import (
    DayEntry as DayEntry,
)
from khata._reports import (
    DayTotals as DayTotals,
)
from khata._reports import (
    Debtor as Debtor,
)
from khata._reports import (
    KindTotal as KindTotal,
)
from khata._reports import (
    PaymentTotal as PaymentTotal,
)
from khata._reports import (
    Statement as Statement,
)
from khata._reports import (
    StatementEntry as StatementEntry,
)
from khata._reports import (
    Summary as Summary,
)
from khata._sync import (
    Khata as Khata,
)
from khata._sync import (
    Shop as Shop,
)
from khata._transfer import (
    BadRow as BadRow,
)
from khata._transfer import (
    Imported as Imported,
)
from khata._transfer import (
    ImportedCustomers as ImportedCustomers,
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
