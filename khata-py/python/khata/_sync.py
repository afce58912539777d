"""What waits for the database."""

from khata._khata import (
    Khata as Khata,
)
from khata._khata import (
    Shop as Shop,
)
