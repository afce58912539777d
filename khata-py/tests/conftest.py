"""What the tests work with: a shop of its own for each, in a database that those of one run share.

`KHATA_TEST_STORES` says over which stores they run, all if it is not set; `KHATA_TEST_POSTGRES_URL` and
`KHATA_TEST_MONGODB_URL` say where the servers are. A store that is wanted and can't be had is a failure.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, cast

import khata
import pytest

STORES = ("sqlite", "postgres", "mongo")
PASSWORD = "correct horse battery"

_numbers = itertools.count(9_000_000_000)


def wanted() -> list[str]:
    named = os.environ.get("KHATA_TEST_STORES")
    names = STORES if named is None else [name.strip() for name in named.split(",")]
    return [store for store in STORES if store in names]


def server(variable: str) -> str:
    url = os.environ.get(variable)
    if not url:
        pytest.fail(
            f"{variable} is not set: `cargo xtask test` starts the servers, KHATA_TEST_STORES=sqlite does without"
        )
    return url


@contextmanager
def fresh(store: str, folder: Path) -> Generator[str]:
    """The URL of a database with nothing in it, which is deleted in the end."""
    name = f"khata_test_{uuid.uuid4().hex}"
    if store == "sqlite":
        yield f"sqlite://{folder / name}.db"
    elif store == "postgres":
        import psycopg

        url = server("KHATA_TEST_POSTGRES_URL")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())
    else:
        import pymongo

        url = server("KHATA_TEST_MONGODB_URL")
        parts = re.fullmatch(r"(\w+://[^/?]*)/?[^?]*(\?.*)?", url)
        assert parts is not None
        yield f"{parts[1]}/{name}{parts[2] or ''}"
        with pymongo.MongoClient[dict[str, Any]](url) as client:
            client.drop_database(name)


@pytest.fixture(scope="session", params=wanted())
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database for all tests over a store."""
    with fresh(request.param, tmp_path_factory.mktemp("books")) as url:
        yield url


@pytest.fixture(scope="session")
def book(url: str) -> Iterator[khata.Khata]:
    with khata.open(url) as book:
        yield book


def profile() -> dict[str, str]:
    """What an owner registers with, whom nobody else is."""
    return {
        "shop_name": "Sharma Kirana",
        "proprietor_name": "Asha Sharma",
        "mobile_number": str(next(_numbers)),
        "password": PASSWORD,
    }


@pytest.fixture
def owner(book: khata.Khata) -> khata.ShopOwner:
    return book.register(**profile())


@pytest.fixture
def shop(book: khata.Khata, owner: khata.ShopOwner) -> khata.Shop:
    return book.shop(owner)


@pytest.fixture
def ravi(shop: khata.Shop) -> khata.Customer:
    return shop.add_customer(name="Ravi Kumar", mobile_number="9123456789")


DAY = date(2026, 11, 2)


def bill(customer: khata.Customer, total: khata.Amount, day: date = DAY, **more: Any) -> dict[str, Any]:
    """What `add_invoice` takes for a bill without tax."""
    return {"customer_id": customer.id, "date": day, "gross_amount": total, "total_amount": total, **more}


def payment(customer: khata.Customer, amount: khata.Amount, day: date = DAY, **more: Any) -> dict[str, Any]:
    """What `add_receipt` takes for money in cash."""
    return {"customer_id": customer.id, "date": day, "amount": amount, "payment_type": "cash", **more}


class Waiting:
    """A handle for asyncio that is used as the other one is, so that one test can try both."""

    def __init__(self, handle: object, loop: asyncio.AbstractEventLoop) -> None:
        self._handle = handle
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._handle, name)
        if not callable(attribute):
            return attribute
        method = cast("Callable[..., Any]", attribute)

        def call(*args: Any, **kwargs: Any) -> Any:
            answer = method(*args, **kwargs)
            if isinstance(answer, khata.AsyncListing):
                return self._rows(cast("AsyncIterator[Any]", answer))
            if hasattr(answer, "__await__"):
                return self._loop.run_until_complete(_of(answer))
            return answer

        return call

    def _rows(self, listing: AsyncIterator[Any]) -> Iterator[Any]:
        async def following() -> Any:
            return await anext(listing, None)

        while (row := self._loop.run_until_complete(following())) is not None:
            yield row


async def _of(answer: Awaitable[Any]) -> Any:
    return await answer


@pytest.fixture(params=["waiting", "awaiting"])
def either(request: pytest.FixtureRequest, url: str, shop: khata.Shop) -> Iterator[khata.Shop]:
    """The shop through either class."""
    if request.param == "waiting":
        yield shop
        return
    loop = asyncio.new_event_loop()
    book = loop.run_until_complete(_of(khata.aopen(url)))
    yield cast("khata.Shop", Waiting(loop.run_until_complete(_of(book.shop(shop.id))), loop))
    loop.run_until_complete(_of(book.close()))
    loop.close()
