"""Statements and reports."""

from khata._khata import (
    Ageing,
    AgeingTotal,
    CustomerAgeing,
    DayBook,
    DayEntry,
    DayTotals,
    Debtor,
    KindTotal,
    PaymentTotal,
    Statement,
    StatementEntry,
    Summary,
)

__all__ = [
    "Ageing",
    "AgeingTotal",
    "CustomerAgeing",
    "DayBook",
    "DayEntry",
    "DayTotals",
    "Debtor",
    "KindTotal",
    "PaymentTotal",
    "Statement",
    "StatementEntry",
    "Summary",
]
