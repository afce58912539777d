"""Results as tables and as pages of a notebook. The libraries for tables are loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from khata._khata import (
    Ageing,
    AsyncListing,
    CustomerAgeing,
    Listing,
    Statement,
    StatementEntry,
)

# As many digits as Arrow's decimals of 128 bits have: no amount of a book comes near.
_PRECISION = 38


def _arrow() -> Any:
    try:
        import pyarrow
    except ImportError as missing:
        raise ImportError("tables need pyarrow: pip install 'khata[arrow]', [pandas] or [polars]") from missing
    return pyarrow


def _column_type(pa: Any, kind: str, digits: int) -> Any:
    types = {
        "decimal": lambda: pa.decimal128(_PRECISION, digits),
        "date": pa.date32,
        "datetime": lambda: pa.timestamp("ms", tz="UTC"),
        "int": pa.int64,
        "bool": pa.bool_,
    }
    return types.get(kind, pa.string)()


def _table(rows: Iterable[Any], shape: tuple[type[Any], int]) -> Any:
    """A table of the columns that hold single values: what a row has rows of its own in is left out."""
    pa = _arrow()
    row_type, digits = shape
    columns = [(name, kind) for name, kind in row_type._columns if kind not in ("tuple", "record")]
    schema = pa.schema([(name, _column_type(pa, kind, digits)) for name, kind in columns])
    values: list[list[Any]] = [[] for _ in columns]
    for row in rows:
        for column, (name, kind) in zip(values, columns, strict=True):
            value = getattr(row, name)
            column.append(str(value) if kind == "uuid" and value is not None else value)
    return pa.table(values, schema=schema)


def _digits(amount: Any) -> int:
    return -int(amount.as_tuple().exponent)


def statement_to_arrow(statement: Statement) -> Any:
    return _table(statement.entries, (StatementEntry, _digits(statement.opening_balance)))


def ageing_to_arrow(ageing: Ageing) -> Any:
    return _table(ageing.customers, (CustomerAgeing, _digits(ageing.total.balance)))


def listing_to_arrow(listing: Listing[Any]) -> Any:
    return _table(listing, listing._shape)


async def async_listing_to_arrow(listing: AsyncListing[Any]) -> Any:
    return _table([row async for row in listing], listing._shape)


def _pandas_of(table: Any) -> Any:
    try:
        import pandas
    except ImportError as missing:
        raise ImportError("data frames of pandas need it: pip install 'khata[pandas]'") from missing
    return table.to_pandas(types_mapper=pandas.ArrowDtype)


def _polars_of(table: Any) -> Any:
    try:
        import polars
    except ImportError as missing:
        raise ImportError("data frames of Polars need it: pip install 'khata[polars]'") from missing
    return polars.from_arrow(table)


def to_pandas(result: Any) -> Any:
    return _pandas_of(result.to_arrow())


def to_polars(result: Any) -> Any:
    return _polars_of(result.to_arrow())


async def async_to_pandas(listing: AsyncListing[Any]) -> Any:
    return _pandas_of(await async_listing_to_arrow(listing))


async def async_to_polars(listing: AsyncListing[Any]) -> Any:
    return _polars_of(await async_listing_to_arrow(listing))


def _html(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]], last: Sequence[str]) -> str:
    """A table whose columns after the first two, which are texts, hold amounts."""

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f'<{tag} style="text-align:{"left" if at < 2 else "right"}">{escape(text)}</{tag}>'
            for at, text in enumerate(row)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{cells(headings, 'th')}</tr></thead>"
        f"<tbody>{body}</tbody><tfoot><tr>{cells(last, 'th')}</tr></tfoot></table>"
    )


def _amount(amount: Any) -> str:
    return f"{amount:,}" if amount else ""


def statement_html(statement: Statement) -> str:
    from_ = f"from {statement.from_} " if statement.from_ else ""
    opening = ("", "Opening balance", "", "", f"{statement.opening_balance:,}")
    lines = (
        (
            str(entry.date),
            f"{entry.kind.replace('_', ' ').capitalize()} {entry.number or ''}".strip(),
            _amount(entry.debit),
            _amount(entry.credit),
            f"{entry.balance:,}",
        )
        for entry in statement.entries
    )
    return _html(
        f"Statement of {statement.customer.name} {from_}to {statement.to}",
        ("Date", "", "Debit", "Credit", "Balance"),
        [opening, *lines],
        ("", "Closing balance", "", "", f"{statement.closing_balance:,}"),
    )


_BUCKETS = (
    "not_due",
    "days_1_to_30",
    "days_31_to_60",
    "days_61_to_90",
    "days_91_to_120",
    "over_120",
    "unapplied",
)
_HEADINGS = ("Not due", "1–30 days", "31–60", "61–90", "91–120", "Over 120", "On account", "Balance")


def ageing_html(ageing: Ageing) -> str:
    def amounts(row: Any) -> list[str]:
        return [*(_amount(getattr(row, bucket)) for bucket in _BUCKETS), f"{row.balance:,}"]

    rows = ([str(at), customer.name, *amounts(customer)] for at, customer in enumerate(ageing.customers, 1))
    return _html(
        f"Ageing as of {ageing.as_of}",
        ("", "Customer", *_HEADINGS),
        rows,
        ("", "Total", *amounts(ageing.total)),
    )
