"""What is to be added, for `add_many`."""

from khata._khata import (
    NewCreditNote as NewCreditNote,
)
from khata._khata import (
    NewCustomer as NewCustomer,
)
from khata._khata import (
    NewInvoice as NewInvoice,
)
from khata._khata import (
    NewReceipt as NewReceipt,
)
