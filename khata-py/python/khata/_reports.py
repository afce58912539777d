"""Statements and reports."""

from khata._khata import (
    Ageing as Ageing,
)
from khata._khata import (
    AgeingTotal as AgeingTotal,
)
from khata._khata import (
    CustomerAgeing as CustomerAgeing,
)
from khata._khata import (
    DayBook as DayBook,
)
from khata._khata import (
    DayEntry as DayEntry,
)
from khata._khata import (
    DayTotals as DayTotals,
)
from khata._khata import (
    Debtor as Debtor,
)
from khata._khata import (
    KindTotal as KindTotal,
)
from khata._khata import (
    PaymentTotal as PaymentTotal,
)
from khata._khata import (
    Statement as Statement,
)
from khata._khata import (
    StatementEntry as StatementEntry,
)
from khata._khata import (
    Summary as Summary,
)
