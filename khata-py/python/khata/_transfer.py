"""What came of imports."""

from khata._khata import (
    BadRow as BadRow,
)
from khata._khata import (
    Imported as Imported,
)
from khata._khata import (
    ImportedCustomers as ImportedCustomers,
)
