"""Shops, customers and documents, as they stand."""

from khata._khata import (
    Balance as Balance,
)
from khata._khata import (
    CreditNote as CreditNote,
)
from khata._khata import (
    Customer as Customer,
)
from khata._khata import (
    Invoice as Invoice,
)
from khata._khata import (
    Login as Login,
)
from khata._khata import (
    Paid as Paid,
)
from khata._khata import (
    PaidBy as PaidBy,
)
from khata._khata import (
    Receipt as Receipt,
)
from khata._khata import (
    ShopOwner as ShopOwner,
)
