"""A book written from Rust is read from Python, and the other way round: one and the same book."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import khata
import pytest
from conftest import bill, payment, profile

SECRET = "a secret of more than thirty-two bytes"


def program(url: str, *arguments: str) -> str:
    """What the `khata` program prints, which is written in Rust. The database goes by the environment, as it may."""
    path = os.environ.get("KHATA_PROGRAM")
    if not path:
        pytest.fail("KHATA_PROGRAM must name the `khata` program: `cargo xtask test` builds it, and says so")
    variables = {**os.environ, "KHATA_DATABASE_URL": url, "KHATA_JWT_SECRET": SECRET}
    done = subprocess.run([path, *arguments], env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def heads(url: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in program(url, "head").splitlines()]


def test_python_reads_what_rust_wrote(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/demo.db"
    told = program(url, "demo", "--customers", "12")
    login = re.search(r"mobile number (\S+).*password (\S+)", told, re.DOTALL)
    assert login is not None, told
    (head,) = heads(url)
    with khata.open(url, secret=SECRET) as book:
        shop = book.authenticate(book.login(login[1], login[2].rstrip(".")).token)
        assert json.loads(shop.signed_head().json) == head
        verified = shop.verify()
        assert (verified.is_sound, verified.hash, verified.seq) == (True, head["hash"], head["seq"])
        entries = list(shop.entries())
        assert [entry.seq for entry in entries] == list(range(1, head["seq"] + 1))
        assert entries[-1].hash == head["hash"]
        owed = sum(entry.amount for entry in entries)
        assert owed == sum(customer.balance for customer in shop.customers()) == shop.ageing().total.balance


def test_rust_reads_what_python_wrote(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/python.db"
    with khata.open(url, secret=SECRET) as book:
        shop = book.shop(book.register(**profile()))
        ravi = shop.add_customer(name="रवि", mobile_number="9123456789", opening_balance="12.34")
        invoice = shop.add_invoice(**bill(ravi, "1180.50"))
        shop.add_receipt(**payment(ravi, 1000))
        shop.void_invoice(invoice, reason="wrong customer")
        head = shop.signed_head()
    assert heads(url) == [json.loads(head.json)]
    kept = tmp_path / "head"
    kept.write_text(head.json + "\n")
    assert "sound: 4 entries, 3 documents and 1 customers agree" in program(url, "verify", "--head", str(kept))
