"""Lists that fetch their pages as they are gone through."""

from khata._khata import (
    AsyncListing as AsyncListing,
)
from khata._khata import (
    Listing as Listing,
)
