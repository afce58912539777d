"""Customers out of a table that another program wrote."""

from __future__ import annotations

import copy
import io
import pickle
from decimal import Decimal
from pathlib import Path

import khata
import pytest

PARTIES = """Party Name,Phone No.,GSTIN,Closing Balance,Sr. No.
Ravi Kumar,91234 56789,,100,1
Asha Patil,98765 43210,27AAPFU0939F1ZV,"1,180.50 Dr",2
बीना,98765 43211,,200 Cr,3
"""

BAD = PARTIES + "Dev,12,X,,4\n,98765 43212,,,5\nEsha,98765 43210,,,6\n"


@pytest.fixture
def parties(tmp_path: Path) -> Path:
    path = tmp_path / "parties.csv"
    path.write_text(PARTIES, encoding="utf-8")
    return path


def test_those_who_are_new_are_added_once(either: khata.Shop, ravi: khata.Customer, parties: Path) -> None:
    told: list[tuple[int, int]] = []
    imported = either.import_customers(parties, progress=lambda done, total: told.append((done, total)))
    assert (imported.added, imported.known, imported.bad, imported.unused) == (2, 1, (), ("Sr. No.",))
    assert told == [(1, 2), (2, 2)]
    balances = {customer.name: customer.balance for customer in either.customers()}
    assert balances == {"Ravi Kumar": 0, "Asha Patil": Decimal("1180.50"), "बीना": -200}
    again = either.import_customers(str(parties))
    assert (again.added, again.known) == (0, 3)
    assert either.verify().is_sound


def test_bad_rows_are_all_told_and_nothing_is_written(either: khata.Shop) -> None:
    for dry_run in (False, True):
        with pytest.raises(khata.Invalid, match="^3 of 6 rows can't be imported.*: line 5, Phone No.: must ") as bad:
            either.import_customers(io.StringIO(BAD), dry_run=dry_run)
        assert bad.value.code == "invalid_rows"
        assert [(error.field, error.code) for error in bad.value.errors] == [
            ("line/5/Phone No.", "invalid_mobile_number"),
            ("line/5/GSTIN", "invalid_gstin"),
            ("line/6/Party Name", "missing"),
            ("line/7/Phone No.", "mobile_repeated"),
        ]
        assert all(error.message in str(bad.value) for error in bad.value.errors)
        assert list(either.customers()) == []


def test_bad_rows_are_left_out_if_that_is_said(either: khata.Shop) -> None:
    imported = either.import_customers(io.StringIO(BAD), skip_bad=True)
    assert (imported.added, [row.line for row in imported.bad]) == (3, [5, 6, 7])
    fault = imported.bad[2].errors[0]
    assert isinstance(fault, khata.FieldError)
    assert fault == ("Phone No.", "mobile_repeated", "is that of line 3 too")
    assert len(list(either.customers())) == 3


def test_a_dry_run_writes_nothing(either: khata.Shop, parties: Path) -> None:
    assert either.import_customers(parties, dry_run=True).added == 3
    assert list(either.customers()) == []


def test_a_column_is_named_by_its_header(either: khata.Shop) -> None:
    table = "नाव;mobile;फोन;limit\nआशा;1;9876543210;500\n".encode()
    with pytest.raises(khata.Invalid) as unnamed:
        either.import_customers(io.BytesIO(table))
    assert [(error.field, error.code) for error in unnamed.value.errors] == [("columns/name", "missing_column")]
    imported = either.import_customers(io.BytesIO(table), columns={"name": "नाव", "mobile_number": "फोन"})
    assert (imported.added, imported.unused) == (1, ("mobile",))
    (asha,) = either.customers()
    assert (asha.name, asha.mobile_number, asha.credit_limit) == ("आशा", "+919876543210", 500)


def test_what_progress_raises_ends_it_and_the_rest_is_added_later(either: khata.Shop) -> None:
    rows = (f"Customer {n},{9_100_000_000 + n}\n" for n in range(1200))
    table = "name,phone\n" + "".join(rows)

    def stop(done: int, total: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        either.import_customers(io.StringIO(table), progress=stop)
    rest = either.import_customers(io.StringIO(table))
    assert 10 <= rest.known < 1200
    assert rest.known + rest.added == 1200


@pytest.mark.parametrize(
    ("table", "columns", "fault"),
    [
        ("", {}, ("columns/name", "missing_column")),
        ("name,mobile,phone\n", {}, ("columns/mobile_number", "repeated_column")),
        ("name,phone\n", {"city": "Town?"}, ("columns/city", "no_such_header")),
        ("name,phone\n", {"nmae": "name"}, ("columns", "invalid_column")),
        (b"name,phone\n\xff,1\n", {}, ("file", "invalid_table")),
    ],
)
def test_what_is_no_table_is_refused(
    shop: khata.Shop,
    table: str | bytes,
    columns: dict[khata.CustomerColumn, str],
    fault: tuple[str, str],
) -> None:
    file = io.StringIO(table) if isinstance(table, str) else io.BytesIO(table)
    with pytest.raises(khata.Invalid) as invalid:
        shop.import_customers(file, columns=columns)
    (error,) = invalid.value.errors
    assert (error.field, error.code) == fault
    assert error.message in str(invalid.value)


def test_a_file_that_is_not_there_is_an_error_of_the_system(either: khata.Shop, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        either.import_customers(tmp_path / "none.csv")
    with pytest.raises(IsADirectoryError):
        either.import_customers(tmp_path)
    with pytest.raises(TypeError):
        either.import_customers(7)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_what_came_of_it_is_a_value(shop: khata.Shop) -> None:
    imported = shop.import_customers(io.StringIO(BAD), skip_bad=True)
    assert pickle.loads(pickle.dumps(imported)) == copy.deepcopy(imported) == imported
    assert len({imported, imported.bad[0], imported.bad[0]}) == 2
    assert "field='Phone No.'" in repr(imported)
    with pytest.raises(AttributeError):
        imported.added = 0  # type: ignore[misc]
    assert imported.asdict()["bad"][1] == {
        "line": 6,
        "errors": [{"field": "Party Name", "code": "missing", "message": imported.bad[1].errors[0].message}],
    }
