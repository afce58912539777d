from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date as _date
from datetime import datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from os import PathLike
from types import TracebackType
from typing import Any, Generic, Literal, TypeVar, final, overload, type_check_only
from uuid import UUID

from _typeshed import SupportsRead
from typing_extensions import Self

from khata._errors import FieldError, KhataError
from khata._types import (
$types
)

_Made = TypeVar("_Made", covariant=True)
_Row = TypeVar("_Row", covariant=True)

__version__: str

def open(url: str, *, secret: str | None = None) -> Khata:
    """Opens a database, such as `sqlite://shop.db`, `sqlite:////var/lib/shop.db`, `sqlite::memory:`,
    `postgres://user:password@host/database` or `mongodb://host/database?replicaSet=rs0`.

    Tokens are signed with `secret`, of at least 32 bytes. Without one they end with the process.

    Raises Unavailable if no server answers, and KhataError if the database is not one of Khata's.
    """

async def aopen(url: str, *, secret: str | None = None) -> AsyncKhata:
    """Opens a database for asyncio, as `open` does."""

def _describe() -> dict[str, Any]: ...
@final
class Listing(Iterator[_Row]):
    """A list to iterate with `for`, which fetches its pages as they are needed."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> _Row: ...
    @classmethod
    def __class_getitem__(cls, row: Any, /) -> type: ...
    @property
    def _shape(self) -> tuple[type[_Row], int]: ...
    def to_arrow(self) -> Any:
        """The rest of it as a `pyarrow.Table`, its amounts exact decimals."""

    def to_pandas(self) -> Any:
        """The rest of it as a `pandas.DataFrame`, its amounts exact decimals of Arrow."""

    def to_polars(self) -> Any:
        """The rest of it as a `polars.DataFrame`, its amounts exact decimals."""

@final
class AsyncListing(AsyncIterator[_Row]):
    """A list to iterate with `async for`, which fetches its pages as they are needed."""

    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> _Row: ...
    @classmethod
    def __class_getitem__(cls, row: Any, /) -> type: ...
    @property
    def _shape(self) -> tuple[type[_Row], int]: ...
    async def to_arrow(self) -> Any:
        """The rest of it as a `pyarrow.Table`, its amounts exact decimals."""

    async def to_pandas(self) -> Any:
        """The rest of it as a `pandas.DataFrame`, its amounts exact decimals of Arrow."""

    async def to_polars(self) -> Any:
        """The rest of it as a `polars.DataFrame`, its amounts exact decimals."""

@type_check_only
class _Record:
    """A result: immutable, hashable, equal to another with the same fields; it can be pickled."""

    def asdict(self) -> dict[str, Any]:
        """Its fields as a dict, of built-in types down to the last."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@type_check_only
class _New(Generic[_Made]):
    """Something to add."""
