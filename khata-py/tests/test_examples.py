"""The examples and the README do what they say."""

from __future__ import annotations

import doctest
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import khata
import nbformat
import pytest
from conftest import PASSWORD, bill, profile
from fastapi.testclient import TestClient
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples/python"


def test_the_month_ends(tmp_path: Path) -> None:
    url, given = f"sqlite://{tmp_path}/a.db", profile()
    with khata.open(url) as book:
        shop = book.shop(book.register(**given))
        for name, mobile, owed in (("Asha", "9811111111", 40), ("Ravi", "9123456789", 1234)):
            customer = shop.add_customer(name=name, mobile_number=mobile)
            shop.add_invoice(**bill(customer, owed, due_date="2026-11-20"))
    arguments = [str(EXAMPLES / "month_end.py"), url, given["mobile_number"], "2026-11-30", "statements"]
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=tmp_path,
        env={**os.environ, "KHATA_PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "Debtors as of 2026-11-30"
    assert lines[2].split() == ["Ravi", "1,234.00", "of", "which", "overdue", "1,234.00"]
    assert lines[3].split() == ["Total", "1,274.00"]
    statements = sorted(path.read_text() for path in (tmp_path / "statements").iterdir())
    assert len(statements) == 2
    assert all("invoice,INV/2026-27/0" in text for text in statements)


def test_the_web_app_serves_a_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, given, secret = f"sqlite://{tmp_path}/a.db", profile(), "a secret of more than thirty-two bytes"
    monkeypatch.setenv("KHATA_URL", url)
    monkeypatch.setenv("KHATA_JWT_SECRET", secret)
    with khata.open(url, secret=secret) as book:
        shop = book.shop(book.register(**given))
        ravi = shop.add_customer(name="Ravi", mobile_number="9123456789")
        shop.add_invoice(**bill(ravi, "100.50"))
        token = book.login(given["mobile_number"], PASSWORD).token
    spec = importlib.util.spec_from_file_location("fastapi_app", EXAMPLES / "fastapi_app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with TestClient(module.app, headers={"Authorization": f"Bearer {token}"}) as client:
        assert client.post(f"/customers/{ravi.id}/receipts?amount=0.25").status_code == 200
        assert client.get(f"/customers/{ravi.id}/balance").json() == {"balance": "100.25"}
        assert client.get(f"/customers/{shop.id}/balance").status_code == 404
        assert client.post(f"/customers/{ravi.id}/receipts?amount=0").json()["code"] == "invalid"
        refused = client.get(f"/customers/{ravi.id}/balance", headers={"Authorization": "Bearer x"})
        assert refused.json()["code"] == "invalid_token"


@pytest.mark.filterwarnings("ignore")
def test_the_notebook_runs(tmp_path: Path) -> None:
    read: Any = nbformat.read
    notebook = read(EXAMPLES / "ageing.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert {"image/png", "text/html"} <= kinds
    assert "Ageing as of 2026-11-24" in str(outputs)


@pytest.mark.parametrize("text", ["README.md", "khata-py/README.md"])
def test_the_readme_says_what_happens(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(ROOT / text), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 5
    assert result.failed == 0


def test_the_packages_own_example_runs() -> None:
    result = doctest.testmod(khata)
    assert result.attempted >= 3
    assert result.failed == 0
