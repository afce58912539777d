"""What waits for the database."""

from khata._khata import (
    Khata,
    Listing,
    Shop,
)

__all__ = [
    "Khata",
    "Listing",
    "Shop",
]
