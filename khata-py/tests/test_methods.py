"""Both classes offer the same, and all that Rust offers."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import khata
import pytest

CORE = Path(__file__).parents[2] / "khata-core/src"

# What another method of Python's stands for.
STANDS_FOR = {
    "preview": "add_invoice",
    "replacing_opening": "replace_opening_balance",
    "perform": "add_invoice",
    "register_from": "register",
    "post": "add_invoice",
    "document": "invoice",
    "documents": "invoices",
    "entries_to_come": "feed",
    "plan_customers": "import_customers",
    "add_customers": "import_customers",
    "import": "import_book",
    "import_without_password": "import_book",
    "standing_of": "import_book",
}


def public(cls: type) -> dict[str, object]:
    return {name: member for name, member in vars(cls).items() if not name.startswith("_")}


def signature(member: object) -> str:
    return str(inspect.signature(member)) if callable(member) else ""


@pytest.mark.parametrize(
    ("waiting", "awaiting"),
    [(khata.Shop, khata.AsyncShop), (khata.Khata, khata.AsyncKhata), (khata.Listing, khata.AsyncListing)],
)
def test_both_classes_have_the_same_methods(waiting: type, awaiting: type) -> None:
    one, other = public(waiting), public(awaiting)
    assert one.keys() == other.keys()
    for name in one:
        assert signature(one[name]) == signature(other[name]), name
        assert inspect.getdoc(one[name]) == inspect.getdoc(other[name]) != None, name  # noqa: E711


def test_the_fields_of_inputs_are_arguments_with_names() -> None:
    for cls in (khata.Shop, khata.AsyncShop):
        assert str(inspect.signature(cls.update_customer)) == (
            "(self, customer, /, *, name=Ellipsis, firm_name=Ellipsis, mobile_number=Ellipsis, "
            "alternate_mobile=Ellipsis, email=Ellipsis, address=Ellipsis, notes=Ellipsis, tags=Ellipsis, city=Ellipsis, "
            "state=Ellipsis, gst_number=Ellipsis, credit_limit=Ellipsis, revision=None)"
        )
    taken = inspect.signature(khata.Shop.add_receipt).parameters
    assert list(taken)[1:] == list(inspect.signature(khata.NewReceipt).parameters)
    assert {name for name, one in taken.items() if one.default is inspect.Parameter.empty} == {
        "self",
        "customer_id",
        "date",
        "amount",
        "payment_type",
    }
    assert inspect.signature(khata.Khata.register).parameters["currency"].default == "INR"


def operations_in_rust(cls: str) -> set[str]:
    """The public operations of a class of core's, in whatever file of core's they are."""
    blocks = [
        block for path in CORE.rglob("*.rs") for block in re.findall(rf"(?ms)^impl {cls} {{$.*?^}}$", path.read_text())
    ]
    return {name for block in blocks for name in re.findall(r"\bpub async fn (\w+)", block)}


@pytest.mark.parametrize(("cls", "known"), [(khata.Shop, "add_customers"), (khata.Khata, "standing_of")])
def test_every_operation_of_rust_is_there(cls: type, known: str) -> None:
    operations = operations_in_rust(cls.__name__)
    assert known in operations, "the sources of core were not found"
    missing = {name for name in operations if STANDS_FOR.get(name, name) not in public(cls)}
    assert missing == set()


def test_everything_public_is_described() -> None:
    for name in khata.__all__:
        thing = getattr(khata, name)
        if inspect.isclass(thing) and thing.__module__.startswith("khata"):
            assert inspect.getdoc(thing), name
            for method, member in public(thing).items():
                if callable(member) or inspect.isdatadescriptor(member):
                    assert inspect.getdoc(member), f"{name}.{method}"
