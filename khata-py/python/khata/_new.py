"""What is to be added, for `add_many`."""

from khata._khata import (
    NewCreditNote,
    NewCustomer,
    NewInvoice,
    NewReceipt,
)

__all__ = [
    "NewCreditNote",
    "NewCustomer",
    "NewInvoice",
    "NewReceipt",
]
