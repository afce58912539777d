"""The same for asyncio."""

from khata._khata import (
    AsyncKhata as AsyncKhata,
)
from khata._khata import (
    AsyncShop as AsyncShop,
)
