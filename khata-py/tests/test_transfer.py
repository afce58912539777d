"""Books to files and back."""

from __future__ import annotations

from pathlib import Path

import khata
import pytest
from conftest import PASSWORD, bill, payment, profile


@pytest.fixture
def filled(either: khata.Shop, ravi: khata.Customer) -> khata.Shop:
    either.add_many([khata.NewInvoice(**bill(ravi, n)) for n in range(1, 1200)])
    either.add_receipt(**payment(ravi, 100))
    return either


def test_a_book_goes_to_a_file_and_back(filled: khata.Shop, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    file = tmp_path / "book.jsonl"
    assert filled.export(file, progress=lambda done, total: told.append((done, total))) == 1200
    assert told[-1] == (1200, 1200)
    assert told == sorted(told)
    assert [path.name for path in tmp_path.iterdir()] == ["book.jsonl"]

    told.clear()
    with khata.open("sqlite::memory:") as other:
        foreseen = other.import_book(file, password="a new password", dry_run=True)
        assert (foreseen.entries, foreseen.added, foreseen.password_set) == (1200, 1200, True)
        with pytest.raises(khata.NotFound):
            other.shop(filled.id)
        for added in (1200, 0):
            imported = other.import_book(
                file, password="a new password", progress=lambda done, total: told.append((done, total))
            )
            assert (imported.shop_owner_id, imported.entries, imported.added) == (filled.id, 1200, added)
        assert told[-1] == (1200, 1200)
        assert other.import_book(file, password="a new password", dry_run=True).added == 0
        same = other.shop(filled.id)
        assert list(same.entries()) == list(filled.entries())
        mobile = filled.profile().mobile_number
        assert other.login(mobile, "a new password").shop_owner == filled.profile()


def test_a_book_is_written_in_other_forms(filled: khata.Shop, tmp_path: Path) -> None:
    filled.export(str(tmp_path / "invoices.csv"), format="csv", table="invoices")
    assert len((tmp_path / "invoices.csv").read_text().splitlines()) == 1200
    for form in ("hledger", "beancount"):
        assert filled.export(tmp_path / form, format=form) == 1200
        assert "Assets:Receivable:C-" in (tmp_path / form).read_text()
    with pytest.raises(khata.Invalid) as without:
        filled.export(tmp_path / "x", format="csv")
    assert without.value.errors[0].field == "table"


def test_every_table_goes_to_a_folder(filled: khata.Shop, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    folder = tmp_path / "new" / "tables"
    assert filled.export_tables(folder, progress=lambda done, total: told.append((done, total))) == 1200
    assert (told[-1], told) == ((1200, 1200), sorted(told))
    tables: tuple[khata.ExportTable, ...] = (
        "customers",
        "entries",
        "invoices",
        "receipts",
        "creditnotes",
        "debitnotes",
        "refunds",
        "writeoffs",
        "openings",
        "allocations",
    )
    assert {path.name for path in folder.iterdir()} == {f"{table}.csv" for table in tables}
    for table in tables:
        filled.export(tmp_path / "one", format="csv", table=table, replace=True)
        assert (folder / f"{table}.csv").read_bytes() == (tmp_path / "one").read_bytes()

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled.export_tables(tmp_path / "stopped", progress=stop)
    assert list((tmp_path / "stopped").iterdir()) == []


def test_no_file_is_replaced_by_mistake(filled: khata.Shop, tmp_path: Path) -> None:
    (tmp_path / "book.jsonl").write_text("the one before")
    (tmp_path / "customers.csv").write_text("those before")
    with pytest.raises(FileExistsError, match="book.jsonl exists already"):
        filled.export(tmp_path / "book.jsonl")
    with pytest.raises(FileExistsError, match="customers.csv exists already"):
        filled.export_tables(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book.jsonl", "customers.csv"]
    filled.export_tables(tmp_path, replace=True)
    with khata.open(f"sqlite://{tmp_path}/khata.db") as book:
        shop = book.shop(book.register(**profile()))
        with pytest.raises(PermissionError, match="belongs to the database"):
            shop.export(tmp_path / "khata.db", replace=True)


def test_what_progress_raises_ends_it(filled: khata.Shop, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled.export(tmp_path / "book.jsonl", progress=stop)
    assert list(tmp_path.iterdir()) == []
    filled.export(tmp_path / "book.jsonl")
    with khata.open("sqlite::memory:") as other:
        with pytest.raises(KeyboardInterrupt):
            other.import_book(tmp_path / "book.jsonl", password=PASSWORD, progress=stop)
        assert other.import_book(tmp_path / "book.jsonl", password=PASSWORD).entries == 1200


def test_a_file_that_is_no_book_is_refused(tmp_path: Path) -> None:
    with khata.open("sqlite::memory:") as book:
        shop = book.shop(book.register(**profile()))
        with pytest.raises(FileNotFoundError):
            book.import_book(tmp_path / "none", password=PASSWORD)
        with pytest.raises(FileNotFoundError):
            shop.export(tmp_path / "none" / "book.jsonl")
        (tmp_path / "wrong").write_text("{}\n")
        with pytest.raises(khata.Invalid) as wrong:
            book.import_book(tmp_path / "wrong", password=PASSWORD)
        assert [(fault.field, fault.code) for fault in wrong.value.errors] == [("line/1", "invalid_line")]
        shop.export(tmp_path / "book.jsonl")
        with khata.open("sqlite::memory:") as other:
            other.register(**{**profile(), "mobile_number": shop.profile().mobile_number})
            with pytest.raises(khata.Conflict, match="another owner") as taken:
                other.import_book(tmp_path / "book.jsonl", password=PASSWORD)
            assert taken.value.code == "import_hindered"
