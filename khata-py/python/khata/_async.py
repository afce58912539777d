"""The same for asyncio."""

from khata._khata import (
    AsyncKhata,
    AsyncListing,
    AsyncShop,
)

__all__ = [
    "AsyncKhata",
    "AsyncListing",
    "AsyncShop",
]
