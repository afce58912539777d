"""Shops, customers and documents, as they stand."""

from datetime import date as _date
from datetime import datetime
from decimal import Decimal
from typing import Any, final, type_check_only
from uuid import UUID

from khata._types import CreditStatus, InvoiceStatus, PaymentType, Weekday

@type_check_only
class _Record:
    """A result: immutable, hashable, equal to another with the same fields; it can be pickled."""

    def asdict(self) -> dict[str, Any]:
        """It all as a dict, of built-in types down to the last."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class ShopOwner(_Record):
    """A shop owner's profile."""

    @property
    def id(self) -> UUID:
        """The owner, and the shop."""

    @property
    def shop_name(self) -> str:
        """The shop's name."""

    @property
    def proprietor_name(self) -> str:
        """The owner's name."""

    @property
    def mobile_number(self) -> str:
        """In international form; unique over all owners."""

    @property
    def gst_number(self) -> str | None:
        """The shop's GSTIN; a shop that has one must say the tax on every invoice."""

    @property
    def state(self) -> str | None:
        """The state that it lies in."""

    @property
    def currency(self) -> str:
        """The currency of the whole book, as ISO 4217 has it."""

    @property
    def time_zone(self) -> str:
        """Where the shop's days begin."""

    @property
    def upi_id(self) -> str | None:
        """Where customers can pay by UPI."""

    @property
    def locked_until(self) -> _date | None:
        """Postings dated on or before this are refused."""

    @property
    def created_at(self) -> datetime:
        """When the owner registered."""

    @property
    def updated_at(self) -> datetime:
        """When the profile last changed."""

    @property
    def revision(self) -> int:
        """Changes with the profile: what `update_profile` takes as `revision`."""

@final
class Login(_Record):
    """An open session."""

    @property
    def shop_owner(self) -> ShopOwner:
        """Who logged in."""

    @property
    def token(self) -> str:
        """What `authenticate` takes. Whoever has it can act as the owner."""

    @property
    def expires_at(self) -> datetime:
        """When the token expires."""

    @property
    def session_id(self) -> UUID:
        """The session that it stands for."""

@final
class Customer(_Record):
    """A customer of a shop."""

    @property
    def id(self) -> UUID:
        """The customer."""

    @property
    def shop_owner_id(self) -> UUID:
        """The shop."""

    @property
    def name(self) -> str:
        """The customer's name."""

    @property
    def firm_name(self) -> str | None:
        """The firm's name."""

    @property
    def mobile_number(self) -> str:
        """In international form; unique in the shop, archived customers included."""

    @property
    def city(self) -> str | None:
        """The city."""

    @property
    def state(self) -> str | None:
        """The state."""

    @property
    def gst_number(self) -> str | None:
        """The customer's GSTIN."""

    @property
    def credit_limit(self) -> Decimal | None:
        """How much the customer may owe."""

    @property
    def balance(self) -> Decimal:
        """What the customer owes; negative where the shop owes. It counts all that is recorded, whatever its date."""

    @property
    def archived_at(self) -> datetime | None:
        """Since when the customer is in the archive."""

    @property
    def created_at(self) -> datetime:
        """When the customer was added."""

    @property
    def updated_at(self) -> datetime:
        """When the customer's particulars last changed."""

    @property
    def revision(self) -> int:
        """Changes with the customer, the balance included: what `update_customer` takes as `revision`."""

@final
class Balance(_Record):
    """How a customer stood at the end of a day."""

    @property
    def balance(self) -> Decimal:
        """What the customer owed; negative where the shop owed."""

    @property
    def invoiced(self) -> Decimal:
        """All invoices."""

    @property
    def received(self) -> Decimal:
        """All receipts."""

    @property
    def unapplied(self) -> Decimal:
        """What was on account: credit not yet used to pay anything."""

    @property
    def overdue(self) -> Decimal:
        """What was due before that day and not paid."""

    @property
    def as_of(self) -> _date:
        """The day."""

@final
class Invoice(_Record):
    """An invoice as it stands."""

    @property
    def id(self) -> UUID:
        """The invoice."""

    @property
    def shop_owner_id(self) -> UUID:
        """The shop."""

    @property
    def customer_id(self) -> UUID:
        """Who took the goods."""

    @property
    def invoice_number(self) -> str:
        """Its number."""

    @property
    def date(self) -> _date:
        """What the paper says."""

    @property
    def day(self) -> Weekday:
        """The English name of the day of the week."""

    @property
    def due_date(self) -> _date | None:
        """When it is to be paid."""

    @property
    def gross_amount(self) -> Decimal:
        """Before tax."""

    @property
    def cgst(self) -> Decimal | None:
        """Central tax, if it was said."""

    @property
    def sgst(self) -> Decimal | None:
        """State tax, if it was said."""

    @property
    def igst(self) -> Decimal | None:
        """Integrated tax, if it was said."""

    @property
    def other_charges(self) -> Decimal:
        """Freight, packing and the like."""

    @property
    def round_off(self) -> Decimal:
        """Rounding, of either sign."""

    @property
    def total_amount(self) -> Decimal:
        """The sum of all of them."""

    @property
    def outstanding_amount(self) -> Decimal:
        """What is still to be paid; 0 of a void one."""

    @property
    def status(self) -> InvoiceStatus:
        """How far it is paid."""

    @property
    def allocations(self) -> tuple[PaidBy, ...]:
        """What paid it, the oldest first."""

    @property
    def note(self) -> str | None:
        """Anything else."""

    @property
    def seq(self) -> int:
        """Its entry's place in the book."""

    @property
    def created_at(self) -> datetime:
        """When the book learnt of it."""

    @property
    def updated_at(self) -> datetime:
        """When its outstanding amount, its status or what is credited on it last changed."""

@final
class PaidBy(_Record):
    """A part of an invoice that was paid. Neither id is there if an opening balance in the customer's favour paid it."""

    @property
    def receipt_id(self) -> UUID | None:
        """The receipt, if it was one."""

    @property
    def credit_note_id(self) -> UUID | None:
        """The credit note, if it was one."""

    @property
    def amount(self) -> Decimal:
        """How much of it."""

@final
class Receipt(_Record):
    """A receipt as it stands."""

    @property
    def id(self) -> UUID:
        """The receipt."""

    @property
    def shop_owner_id(self) -> UUID:
        """The shop."""

    @property
    def customer_id(self) -> UUID:
        """Who paid."""

    @property
    def receipt_number(self) -> str:
        """Its number."""

    @property
    def date(self) -> _date:
        """What the paper says."""

    @property
    def day(self) -> Weekday:
        """The English name of the day of the week."""

    @property
    def amount(self) -> Decimal:
        """How much."""

    @property
    def payment_type(self) -> PaymentType:
        """How it came."""

    @property
    def reference(self) -> str | None:
        """The payer's or the bank's reference."""

    @property
    def allocations(self) -> tuple[Paid, ...]:
        """What it paid; together with `unapplied_amount` it is all of `amount`."""

    @property
    def unapplied_amount(self) -> Decimal:
        """What is on account and will pay later invoices; 0 of a void one."""

    @property
    def status(self) -> CreditStatus:
        """Whether it counts."""

    @property
    def note(self) -> str | None:
        """Anything else."""

    @property
    def seq(self) -> int:
        """Its entry's place in the book."""

    @property
    def created_at(self) -> datetime:
        """When the book learnt of it."""

    @property
    def updated_at(self) -> datetime:
        """When its unapplied amount or status last changed."""

@final
class Paid(_Record):
    """Something that a receipt or a credit note paid, or a part of it."""

    @property
    def invoice_id(self) -> UUID | None:
        """The invoice; none if it was the customer's opening balance."""

    @property
    def amount(self) -> Decimal:
        """How much of it."""

@final
class CreditNote(_Record):
    """A credit note as it stands."""

    @property
    def id(self) -> UUID:
        """The credit note."""

    @property
    def shop_owner_id(self) -> UUID:
        """The shop."""

    @property
    def customer_id(self) -> UUID:
        """Whose invoice it is on."""

    @property
    def invoice_id(self) -> UUID:
        """The invoice that it is on."""

    @property
    def invoice_number(self) -> str:
        """The invoice's number."""

    @property
    def invoice_date(self) -> _date:
        """The invoice's date."""

    @property
    def credit_note_number(self) -> str:
        """Its number."""

    @property
    def date(self) -> _date:
        """What the paper says."""

    @property
    def day(self) -> Weekday:
        """The English name of the day of the week."""

    @property
    def gross_amount(self) -> Decimal:
        """What is credited before tax."""

    @property
    def cgst(self) -> Decimal | None:
        """Central tax, if there is any."""

    @property
    def sgst(self) -> Decimal | None:
        """State tax, if there is any."""

    @property
    def igst(self) -> Decimal | None:
        """Integrated tax, if there is any."""

    @property
    def other_charges(self) -> Decimal:
        """Freight, packing and the like that is credited too."""

    @property
    def round_off(self) -> Decimal:
        """Rounding, of either sign."""

    @property
    def total_amount(self) -> Decimal:
        """The sum of all of them."""

    @property
    def allocations(self) -> tuple[Paid, ...]:
        """What it paid; together with `unapplied_amount` it is all of `total_amount`."""

    @property
    def unapplied_amount(self) -> Decimal:
        """What is on account and will pay later invoices; 0 of a void one."""

    @property
    def status(self) -> CreditStatus:
        """Whether it counts."""

    @property
    def note(self) -> str | None:
        """Anything else."""

    @property
    def seq(self) -> int:
        """Its entry's place in the book."""

    @property
    def created_at(self) -> datetime:
        """When the book learnt of it."""

    @property
    def updated_at(self) -> datetime:
        """When its unapplied amount or status last changed."""
