"""What is to be added, for `add_many`."""

from collections.abc import Sequence
from typing import Generic, TypeVar, final, type_check_only

from typing_extensions import Self

from khata._entities import CreditNote, Customer, Invoice, Receipt
from khata._types import Allocation, Amount, Day, Id, PaymentType

_Made = TypeVar("_Made", covariant=True)

@type_check_only
class _New(Generic[_Made]):
    """Something to be added."""

@final
class NewCustomer(_New[Customer]):
    """What `add_customer` takes, for `add_many`."""

    def __new__(
        cls,
        *,
        name: str,
        mobile_number: str,
        firm_name: str | None = None,
        city: str | None = None,
        state: str | None = None,
        gst_number: str | None = None,
        opening_balance: Amount | None = None,
        opening_date: Day | None = None,
        credit_limit: Amount | None = None,
        idempotency_key: str | None = None,
    ) -> Self: ...

@final
class NewInvoice(_New[Invoice]):
    """What `add_invoice` takes, for `add_many`."""

    def __new__(
        cls,
        *,
        customer_id: Id,
        date: Day,
        gross_amount: Amount,
        total_amount: Amount,
        cgst: Amount | None = None,
        sgst: Amount | None = None,
        igst: Amount | None = None,
        other_charges: Amount | None = None,
        round_off: Amount | None = None,
        invoice_number: str | None = None,
        due_date: Day | None = None,
        note: str | None = None,
        over_limit: bool = False,
        idempotency_key: str | None = None,
    ) -> Self: ...

@final
class NewReceipt(_New[Receipt]):
    """What `add_receipt` takes, for `add_many`."""

    def __new__(
        cls,
        *,
        customer_id: Id,
        date: Day,
        amount: Amount,
        payment_type: PaymentType,
        receipt_number: str | None = None,
        reference: str | None = None,
        allocations: Sequence[Allocation] | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> Self: ...

@final
class NewCreditNote(_New[CreditNote]):
    """What `add_credit_note` takes, for `add_many`."""

    def __new__(
        cls,
        *,
        invoice_id: Id,
        date: Day,
        gross_amount: Amount,
        cgst: Amount | None = None,
        sgst: Amount | None = None,
        igst: Amount | None = None,
        other_charges: Amount | None = None,
        round_off: Amount | None = None,
        total_amount: Amount | None = None,
        credit_note_number: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> Self: ...
