"""What goes in comes out the same: amounts, dates, texts. And what is no amount is refused."""

from __future__ import annotations

import copy
import pickle
import time
from collections.abc import Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from uuid import UUID

import khata
import pytest
from conftest import DAY, bill, payment, profile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

AMOUNTS = st.integers(1, 9_007_199_254_740_991).map(lambda minor: Decimal(minor).scaleb(-2))
DATES = st.dates(date(1900, 1, 1), date(2199, 12, 31))
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def shop() -> Iterator[khata.Shop]:
    """A shop in memory: what is tested here is the way in and out, not the database."""
    with khata.open("sqlite::memory:") as book:
        yield book.shop(book.register(**profile()))


@pytest.fixture(scope="module")
def ravi(shop: khata.Shop) -> khata.Customer:
    return shop.add_customer(name="रवि कुमार", mobile_number="9123456789")


@MANY
@given(amount=AMOUNTS, day=DATES)
def test_amounts_and_dates_come_back_as_they_went_in(
    shop: khata.Shop, ravi: khata.Customer, amount: Decimal, day: date
) -> None:
    receipt = shop.add_receipt(**payment(ravi, amount, day))
    assert (receipt.amount, receipt.date, receipt.day) == (amount, day, day.strftime("%A"))
    assert receipt.amount.as_tuple() == amount.quantize(Decimal("0.01")).as_tuple()
    assert shop.receipt(receipt) == receipt
    shop.void_receipt(receipt, reason="only a test", date=day if day > receipt.date else None)


@MANY
@given(amount=AMOUNTS)
def test_an_amount_may_be_written_in_any_exact_way(shop: khata.Shop, ravi: khata.Customer, amount: Decimal) -> None:
    for written in (amount, str(amount), amount.normalize()):
        receipt = shop.add_receipt(**payment(ravi, written))
        assert receipt.amount == amount
        shop.void_receipt(receipt, reason="only a test", date=DAY)


@pytest.mark.parametrize("amount", [0.1, 100.0, float("nan")])
def test_a_float_is_no_amount(shop: khata.Shop, ravi: khata.Customer, amount: float) -> None:
    with pytest.raises(TypeError, match="total_amount: a float holds no exact amount|gross_amount: a float"):
        shop.add_invoice(**bill(ravi, amount))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="allocations/0/amount: a float"):
        shop.add_receipt(**payment(ravi, 1, allocations=[{"invoice_id": ravi.id, "amount": amount}]))


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("1e2", "invalid_amount"),
        ("abc", "invalid_amount"),
        (Decimal("NaN"), "invalid_amount"),
        (Decimal("Infinity"), "invalid_amount"),
        (Decimal("0.001"), "too_precise"),
        (10**17, "too_large"),
        (-1, "not_positive"),
        (True, "wrong_type"),
        (b"1", None),
    ],
)
def test_what_is_no_amount_says_what_would_be(
    shop: khata.Shop, ravi: khata.Customer, amount: khata.Amount, code: str | None
) -> None:
    if code is None:
        with pytest.raises(TypeError, match="amount: can't take a bytes"):
            shop.add_receipt(**payment(ravi, amount))
        return
    with pytest.raises(khata.Invalid) as invalid:
        shop.add_receipt(**payment(ravi, amount))
    (fault,) = invalid.value.errors
    assert (fault.field, fault.code) == ("amount", code)
    assert fault.message in str(invalid.value)


def test_another_currency_has_its_own_digits() -> None:
    with khata.open("sqlite::memory:") as book:
        for currency, given, shown in (("JPY", 500, "500"), ("KWD", "1.005", "1.005")):
            shop = book.shop(book.register(**profile(), currency=currency, time_zone="Asia/Tokyo"))
            customer = shop.add_customer(name="A", mobile_number="9123456789", opening_balance=given)
            assert (shop.currency, str(customer.balance)) == (currency, shown)


def test_results_are_values(shop: khata.Shop, ravi: khata.Customer) -> None:
    invoice = shop.add_invoice(**bill(ravi, "1180.50", invoice_number="B-99", note="rice"))
    again = shop.invoice(invoice.id)
    assert invoice == again and hash(invoice) == hash(again) and invoice is not again
    assert len({invoice, again, shop.customer(ravi)}) == 2
    assert invoice != shop.customer(ravi)
    with pytest.raises(AttributeError):
        invoice.note = "sugar"  # type: ignore[misc]
    assert repr(invoice).startswith("Invoice(id=UUID('")
    assert "total_amount=Decimal('1180.50')" in repr(invoice)
    assert isinstance(invoice.id, UUID)
    assert invoice.created_at.tzinfo == timezone.utc
    assert invoice.created_at <= datetime.now(timezone.utc)
    match invoice:
        case khata.Invoice(invoice_number=number, status="unpaid"):
            assert number == "B-99"
        case _:
            pytest.fail("it matches")


def test_no_field_is_taken_for_another(shop: khata.Shop) -> None:
    customer = shop.add_customer(name="Asha", mobile_number="9811111111")
    time.sleep(0.002)
    changed = shop.update_customer(customer, city="Pune")
    assert changed.created_at == customer.created_at < changed.updated_at
    invoice = shop.add_invoice(
        customer_id=customer.id,
        date=DAY,
        gross_amount="100.10",
        cgst="9.01",
        sgst="9.02",
        other_charges="5.30",
        round_off="-0.43",
        total_amount="123.00",
    )
    parts = (invoice.gross_amount, invoice.cgst, invoice.sgst, invoice.igst, invoice.other_charges, invoice.round_off)
    expected = (Decimal("100.10"), Decimal("9.01"), Decimal("9.02"), None, Decimal("5.30"), Decimal("-0.43"))
    assert (*parts, invoice.total_amount) == (*expected, Decimal(123))
    time.sleep(0.002)
    note = shop.add_credit_note(
        invoice_id=invoice.id,
        date=DAY,
        gross_amount="50.05",
        cgst="4.50",
        sgst="4.51",
        other_charges="1.20",
        round_off="-0.26",
    )
    parts = (note.gross_amount, note.cgst, note.sgst, note.igst, note.other_charges, note.round_off)
    expected = (Decimal("50.05"), Decimal("4.50"), Decimal("4.51"), None, Decimal("1.20"), Decimal("-0.26"))
    assert (*parts, note.total_amount) == (*expected, Decimal("60.00"))
    credited = shop.invoice(invoice)
    assert credited.created_at == invoice.created_at < credited.updated_at
    (part,) = credited.allocations
    assert (part.receipt_id, part.credit_note_id) == (None, note.id)


def test_results_are_pickled_copied_and_taken_apart(shop: khata.Shop, ravi: khata.Customer) -> None:
    shop.add_invoice(**bill(ravi, 7))
    entry = next(shop.entries())
    results: list[object] = [
        ravi,
        entry,
        shop.profile(),
        shop.balance(ravi),
        shop.statement(ravi),
        shop.ageing(),
        shop.summary(),
        shop.day_book(date=DAY),
        shop.explain_balance(ravi),
        shop.verify(),
        shop.signed_head(),
        *shop.invoices(),
    ]
    for result in results:
        assert pickle.loads(pickle.dumps(result)) == result
        assert copy.deepcopy(result) == result
    statement = shop.statement(ravi)
    taken_apart = statement.asdict()
    assert taken_apart["customer"]["id"] == ravi.id
    assert taken_apart["entries"][0] == statement.entries[0].asdict()
    assert list(taken_apart) == ["customer", "from_", "to", "opening_balance", "entries", "closing_balance"]


def test_exceptions_are_pickled(shop: khata.Shop) -> None:
    for error in (
        khata.NotFound("not found", code="not_found"),
        khata.Invalid("a: b", code="invalid", errors=[("a", "c", "b")]),
        khata.Throttled("wait", code="too_many_tries", retry_after=1.5),
    ):
        error.index = 3
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
