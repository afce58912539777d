"""Shops, customers and documents, as they stand."""

from khata._khata import (
    Balance,
    CreditNote,
    Customer,
    Invoice,
    Login,
    Paid,
    PaidBy,
    Receipt,
    ShopOwner,
)

__all__ = [
    "Balance",
    "CreditNote",
    "Customer",
    "Invoice",
    "Login",
    "Paid",
    "PaidBy",
    "Receipt",
    "ShopOwner",
]
