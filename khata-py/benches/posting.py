"""Posting 10,000 invoices: through Khata, through sqlite3 with SQL by hand, and through pymongo.

    python posting.py [COUNT]

All keep the same: the entry, chained to the one before by SHA-256; the document with its number, which is unique; what
is open of it; the customer's balance; the head of the book. Khata checks and does more: see the README. SQLite has the
settings that Khata uses (write-ahead log, synchronous=FULL) and lies in the current folder; MongoDB is the server of
KHATA_TEST_MONGODB_URL, left out if that is not set. At the end stands what a call costs beside the work of the engine.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import khata

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
CUSTOMERS = 300
DAY = date(2026, 11, 2)


def measured(what: str, count: int, work: Callable[[], object]) -> None:
    begun = time.perf_counter()
    work()
    taken = time.perf_counter() - begun
    print(f"{what:<58} {count / taken:>9,.0f} entries/s {taken / count * 1e6:>9.1f} µs each", flush=True)


# Khata


@contextmanager
def khata_shop(url: str) -> Iterator[tuple[khata.Shop, list[khata.Customer]]]:
    with khata.open(url) as book:
        owner = book.register(
            shop_name="Bench",
            proprietor_name="Bench",
            mobile_number=f"9{uuid.uuid4().int % 10**9:09}",
            password="correct horse battery",
        )
        shop = book.shop(owner)
        news = [khata.NewCustomer(name=f"C{n}", mobile_number=f"8{n:09}") for n in range(CUSTOMERS)]
        yield shop, shop.add_many(news)


def invoices(customers: list[khata.Customer], count: int) -> Iterator[dict[str, Any]]:
    for n in range(count):
        amount = 100 + n % 900
        yield {
            "customer_id": customers[n % CUSTOMERS].id,
            "date": DAY,
            "due_date": DAY + timedelta(days=30),
            "gross_amount": amount,
            "total_amount": amount,
        }


def with_khata(folder: Path) -> None:
    with khata_shop(f"sqlite://{folder}/many.db") as (shop, customers):
        measured(
            "khata, add_many",
            COUNT,
            lambda: shop.add_many(khata.NewInvoice(**new) for new in invoices(customers, COUNT)),
        )
    with khata_shop(f"sqlite://{folder}/threads.db") as (shop, customers), ThreadPoolExecutor(16) as pool:
        news = list(invoices(customers, COUNT))
        measured(
            "khata, one by one from 16 threads",
            COUNT,
            lambda: list(pool.map(lambda new: shop.add_invoice(**new), news)),
        )
    asyncio.run(with_tasks(f"sqlite://{folder}/threads.db"))
    with khata_shop(f"sqlite://{folder}/one.db") as (shop, customers):
        few = COUNT // 10
        measured(
            "khata, one by one from one thread",
            few,
            lambda: [shop.add_invoice(**new) for new in invoices(customers, few)],
        )


async def with_tasks(url: str) -> None:
    async with khata.aopen(url) as book:
        given = uuid.uuid4().int % 10**9
        owner = await book.register(
            shop_name="B", proprietor_name="B", mobile_number=f"9{given:09}", password="correct horse battery"
        )
        shop = await book.shop(owner)
        customers = await shop.add_many(
            [khata.NewCustomer(name=f"C{n}", mobile_number=f"8{n:09}") for n in range(CUSTOMERS)]
        )
        news = iter(list(invoices(customers, COUNT)))

        async def worker() -> None:
            for new in news:
                await shop.add_invoice(**new)

        begun = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(64)))
        taken = time.perf_counter() - begun
        print(
            f"{'khata, one by one from 64 tasks':<58} {COUNT / taken:>9,.0f} entries/s {taken / COUNT * 1e6:>9.1f} µs each"
        )


# By hand

TABLES = """
CREATE TABLE head (seq INTEGER NOT NULL, hash BLOB NOT NULL, number INTEGER NOT NULL) STRICT;
CREATE TABLE customers (id BLOB PRIMARY KEY, balance INTEGER NOT NULL, last_seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, customer BLOB NOT NULL REFERENCES customers,
    date TEXT NOT NULL, recorded_at INTEGER NOT NULL, amount INTEGER NOT NULL, body_hash BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE INDEX entries_of_customer ON entries (customer, date, seq);
CREATE TABLE documents (
    id BLOB PRIMARY KEY, number TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE items (
    id BLOB PRIMARY KEY, customer BLOB NOT NULL, due TEXT NOT NULL, amount INTEGER NOT NULL, open INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX open_items ON items (customer, due) WHERE open > 0;
INSERT INTO head VALUES (0, zeroblob(32), 0);
"""


def body_of(number: str, amount: int) -> str:
    return json.dumps({"number": number, "date": str(DAY), "due": "2026-12-02", "gross": amount, "total": amount})


def chained(before: bytes, *parts: object) -> bytes:
    return hashlib.sha256(before + repr(parts).encode()).digest()


def post_by_hand(db: sqlite3.Connection, customer: bytes, amount: int) -> None:
    seq, before, number = db.execute("SELECT seq, hash, number FROM head").fetchone()
    seq, number, id = seq + 1, number + 1, uuid.uuid4().bytes
    name = f"INV/2026-27/{number:04}"
    body = body_of(name, amount)
    body_hash = hashlib.sha256(body.encode()).digest()
    now = time.time_ns() // 1_000_000
    hash = chained(before, seq, id, customer, amount, now, body_hash)
    db.execute(
        "INSERT INTO entries VALUES (?, ?, 'invoice', ?, '2026-11-02', ?, ?, ?, ?)",
        (seq, id, customer, now, amount, body_hash, hash),
    )
    db.execute("INSERT INTO documents VALUES (?, ?, ?, ?)", (id, name, seq, body))
    db.execute("INSERT INTO items VALUES (?, ?, '2026-12-02', ?, ?)", (id, customer, amount, amount))
    db.execute("UPDATE customers SET balance = balance + ?, last_seq = ? WHERE id = ?", (amount, seq, customer))
    db.execute("UPDATE head SET seq = ?, hash = ?, number = ?", (seq, hash, number))


def with_sqlite3(folder: Path) -> None:
    for name in ("one transaction for all", "a transaction for each"):
        db = sqlite3.connect(folder / f"{name}.db", isolation_level=None)
        db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; {TABLES}")
        customers = [uuid.uuid4().bytes for _ in range(CUSTOMERS)]
        db.execute("BEGIN")
        db.executemany("INSERT INTO customers VALUES (?, 0, 0)", [(customer,) for customer in customers])
        db.execute("COMMIT")
        each = name == "a transaction for each"
        count = COUNT // 10 if each else COUNT

        def work(
            db: sqlite3.Connection = db, customers: list[bytes] = customers, each: bool = each, count: int = count
        ) -> None:
            if not each:
                db.execute("BEGIN IMMEDIATE")
            for n in range(count):
                if each:
                    db.execute("BEGIN IMMEDIATE")
                post_by_hand(db, customers[n % CUSTOMERS], 100 + n % 900)
                if each:
                    db.execute("COMMIT")
            if not each:
                db.execute("COMMIT")

        measured(f"sqlite3 by hand, {name}", count, work)
        db.close()


# MongoDB


def with_pymongo(url: str) -> None:
    import pymongo

    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(url, w="majority", journal=True)
    database = client[f"khata_bench_{uuid.uuid4().hex}"]
    customers = [uuid.uuid4().bytes for _ in range(CUSTOMERS)]
    database.customers.insert_many({"_id": customer, "balance": 0} for customer in customers)
    database.head.insert_one({"_id": 1, "seq": 0, "hash": b"\0" * 32, "number": 0})
    database.documents.create_index("number", unique=True)
    for name in ("entries", "items"):
        database.create_collection(name)

    def rows(start: dict[str, Any], first: int, count: int) -> tuple[list[Any], list[Any], list[Any], dict[str, Any]]:
        entries, documents, items = [], [], []
        seq, before, number = start["seq"], start["hash"], start["number"]
        for n in range(first, first + count):
            customer, amount, id = customers[n % CUSTOMERS], 100 + n % 900, uuid.uuid4().bytes
            seq, number = seq + 1, number + 1
            body = body_of(f"INV/2026-27/{number:04}", amount)
            before = chained(before, seq, id, customer, amount, body)
            entries.append({"_id": seq, "id": id, "customer": customer, "amount": amount, "hash": before})
            documents.append({"_id": id, "number": f"INV/2026-27/{number:04}", "seq": seq, "body": body})
            items.append({"_id": id, "customer": customer, "due": "2026-12-02", "amount": amount, "open": amount})
        return entries, documents, items, {"seq": seq, "hash": before, "number": number}

    def post(first: int, count: int) -> None:
        with client.start_session() as session, session.start_transaction():
            start = database.head.find_one({"_id": 1}, session=session)
            assert start is not None
            entries, documents, items, head = rows(start, first, count)
            database.entries.insert_many(entries, session=session)
            database.documents.insert_many(documents, session=session)
            database["items"].insert_many(items, session=session)
            updates = [
                pymongo.UpdateOne({"_id": entry["customer"]}, {"$inc": {"balance": entry["amount"]}})
                for entry in entries
            ]
            database.customers.bulk_write(updates, session=session)
            database.head.update_one({"_id": 1}, {"$set": head}, session=session)

    def in_transactions_of(size: int, count: int) -> None:
        for n in range(0, count, size):
            post(n, min(size, count - n))

    few = COUNT // 10
    measured("pymongo, a transaction for each", few, lambda: in_transactions_of(1, few))
    measured("pymongo, transactions of 256", COUNT, lambda: in_transactions_of(256, COUNT))
    client.drop_database(database.name)
    client.close()


# What a call costs


def overhead() -> None:
    with khata_shop("sqlite::memory:") as (shop, customers):
        count = 20_000
        begun = time.perf_counter()
        for _ in range(count):
            shop.logout()
        floor = (time.perf_counter() - begun) / count

        news = [khata.NewInvoice(**new) for new in invoices(customers, count)]
        nothing: dict[str, Any] = {}
        begun = time.perf_counter()
        try:
            shop.add_many([*news, khata.NewInvoice(**nothing)])
        except khata.Invalid:
            pass
        reading = (time.perf_counter() - begun) / count

        invoice = shop.add_invoice(**next(invoices(customers, 1)))
        begun = time.perf_counter()
        for _ in range(count):
            _ = invoice.id, invoice.total_amount
        looking = (time.perf_counter() - begun) / count
        print(f"a call that has nothing to do: {floor * 1e6:.2f} µs")
        print(f"reading the arguments of add_invoice: {reading * 1e6:.2f} µs")
        print(f"looking at an id and an amount of a result: {looking * 1e6:.2f} µs")


def main() -> None:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        with_khata(Path(folder))
        with_sqlite3(Path(folder))
    url = os.environ.get("KHATA_TEST_MONGODB_URL")
    if url:
        with_pymongo(url)
    overhead()


if __name__ == "__main__":
    main()
