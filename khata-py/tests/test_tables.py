"""Results as tables, with exact decimals, and as pages of a notebook."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import khata
import pandas
import polars
import pyarrow
import pytest
from conftest import DAY, bill, payment, profile


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite://{tmp_path_factory.mktemp('tables')}/a.db"


@pytest.fixture(scope="module")
def shop(url: str) -> Iterator[khata.Shop]:
    with khata.open(url) as book:
        shop = book.shop(book.register(**profile()))
        for name, mobile in (("Asha <b>", "9811111111"), ("Ravi", "9123456789")):
            customer = shop.add_customer(name=name, mobile_number=mobile)
            shop.add_invoice(**bill(customer, "1180.10"))
            shop.add_receipt(**payment(customer, "0.30", DAY + timedelta(days=1)))
        yield shop


def test_listings_become_tables(shop: khata.Shop) -> None:
    table = shop.invoices().to_arrow()
    assert table.schema.field("total_amount").type == pyarrow.decimal128(38, 2)
    assert table.schema.field("date").type == pyarrow.date32()
    assert table["total_amount"].to_pylist() == [Decimal("1180.10")] * 2
    assert table["id"].to_pylist() == [str(invoice.id) for invoice in shop.invoices()]
    assert "allocations" not in table.column_names


def test_sums_of_data_frames_are_exact(shop: khata.Shop) -> None:
    ravi = next(shop.customers(search="Ravi"))
    statement = shop.statement(ravi)
    frame = statement.to_pandas()
    assert list(frame["balance"]) == [Decimal("1180.10"), Decimal("1179.80")]
    assert frame["debit"].sum() - frame["credit"].sum() == statement.closing_balance
    assert shop.ageing(as_of=DAY).to_pandas()["balance"].sum() == Decimal("2360.20")
    assert isinstance(shop.customers().to_pandas(), pandas.DataFrame)

    polar = shop.ageing().to_polars()
    assert polar.schema["balance"] == polars.Decimal(38, 2)
    assert polar["balance"].sum() == Decimal("2359.60")
    assert shop.receipts().to_polars()["amount"].to_list() == [Decimal("0.30")] * 2


def test_an_empty_list_has_its_columns(shop: khata.Shop) -> None:
    table = shop.credit_notes().to_arrow()
    assert (table.num_rows, table.schema.field("total_amount").type) == (0, pyarrow.decimal128(38, 2))


def test_lists_for_asyncio_become_tables_too(url: str, shop: khata.Shop) -> None:
    async def tables() -> None:
        async with khata.aopen(url) as book:
            same = await book.shop(shop.id)
            assert (await same.entries().to_arrow()).num_rows == 4
            assert list((await same.customers(sort="name").to_pandas())["name"]) == ["Asha <b>", "Ravi"]
            assert (await same.receipts().to_polars())["amount"].sum() == Decimal("0.60")

    asyncio.run(tables())


def test_notebooks_show_statements_and_ageing(shop: khata.Shop) -> None:
    asha = next(shop.customers(search="Asha"))
    page = shop.statement(asha, from_=DAY, to=DAY + timedelta(days=1))._repr_html_()
    assert "Statement of Asha &lt;b&gt; from 2026-11-02 to 2026-11-03" in page
    assert ">1,179.80<" in page and "<b>" not in page
    ageing = shop.ageing(as_of=DAY + timedelta(days=31))._repr_html_()
    assert ">Ravi<" in ageing and ">2,359.60<" in ageing
