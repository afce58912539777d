"""Lists that fetch their pages as they are gone through."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar, final

from typing_extensions import Self

_Row = TypeVar("_Row", covariant=True)

@final
class Listing(Iterator[_Row]):
    """A list to go through with `for`, fetched page by page as that goes on."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> _Row: ...
    @classmethod
    def __class_getitem__(cls, row: Any, /) -> type: ...
    @property
    def _shape(self) -> tuple[type[_Row], int]: ...
    def to_arrow(self) -> Any:
        """What is left of it as a `pyarrow.Table`, its amounts exact decimals."""

    def to_pandas(self) -> Any:
        """What is left of it as a `pandas.DataFrame`, its amounts exact decimals of Arrow."""

    def to_polars(self) -> Any:
        """What is left of it as a `polars.DataFrame`, its amounts exact decimals."""

@final
class AsyncListing(AsyncIterator[_Row]):
    """A list to go through with `async for`, fetched page by page as that goes on."""

    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> _Row: ...
    @classmethod
    def __class_getitem__(cls, row: Any, /) -> type: ...
    @property
    def _shape(self) -> tuple[type[_Row], int]: ...
    async def to_arrow(self) -> Any:
        """What is left of it as a `pyarrow.Table`, its amounts exact decimals."""

    async def to_pandas(self) -> Any:
        """What is left of it as a `pandas.DataFrame`, its amounts exact decimals of Arrow."""

    async def to_polars(self) -> Any:
        """What is left of it as a `polars.DataFrame`, its amounts exact decimals."""
