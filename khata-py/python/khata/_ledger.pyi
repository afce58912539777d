"""Entries, explanations and proofs."""

from datetime import date as _date
from datetime import datetime
from decimal import Decimal
from typing import final
from uuid import UUID

from khata._entities import _Record
from khata._types import EntryKind, ItemKind

@final
class Entry(_Record):
    """An entry of the ledger. Entries never change."""

    @property
    def seq(self) -> int:
        """Its place: gapless from 1 in each shop."""

    @property
    def id(self) -> UUID:
        """Its id."""

    @property
    def shop_owner_id(self) -> UUID:
        """The shop."""

    @property
    def actor_id(self) -> UUID:
        """Who caused it."""

    @property
    def kind(self) -> EntryKind:
        """What it records."""

    @property
    def customer_id(self) -> UUID:
        """Whose balance it moves."""

    @property
    def item_id(self) -> UUID:
        """The document or opening balance that it recorded or, of a void, reversed."""

    @property
    def date(self) -> _date:
        """What the paper says."""

    @property
    def recorded_at(self) -> datetime:
        """When the book learnt of it."""

    @property
    def amount(self) -> Decimal:
        """What it adds to the balance; negative for a credit."""

    @property
    def reason(self) -> str | None:
        """Why, of a void."""

    @property
    def body_hash(self) -> str | None:
        """SHA-256 of the document's body in hexadecimal; none where there is no paper."""

    @property
    def allocations(self) -> tuple[EntryAllocation, ...]:
        """What it caused to pay what."""

    @property
    def hash(self) -> str:
        """SHA-256 over the hash before and the rest of the entry, in hexadecimal."""

@final
class EntryAllocation(_Record):
    """A part of one item that pays another."""

    @property
    def debit_id(self) -> UUID:
        """What is paid."""

    @property
    def debit_kind(self) -> ItemKind:
        """Its kind."""

    @property
    def credit_id(self) -> UUID:
        """What pays."""

    @property
    def credit_kind(self) -> ItemKind:
        """Its kind."""

    @property
    def amount(self) -> Decimal:
        """How much; negative where it takes back what an earlier entry allocated."""

    @property
    def effective_date(self) -> _date:
        """From which day on it holds."""

@final
class Explanation(_Record):
    """What makes up a customer's balance at the end of a day."""

    @property
    def customer_id(self) -> UUID:
        """Whose."""

    @property
    def as_of(self) -> _date:
        """The day."""

    @property
    def balance(self) -> Decimal:
        """What the customer owed; negative where the shop owed. It is `owed_amount` less `on_account_amount`."""

    @property
    def owed_amount(self) -> Decimal:
        """What was open of invoices and of opening balances that are owed."""

    @property
    def on_account_amount(self) -> Decimal:
        """What was open of receipts, credit notes and opening balances in the customer's favour."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """It all in words: the balance, then a sentence for each of `items`."""

    @property
    def items(self) -> tuple[ExplainedItem, ...]:
        """What was open, what is owed first, in the order in which it is paid."""

    @property
    def more(self) -> int:
        """How many more there are, beyond the limit."""

@final
class ExplainedItem(_Record):
    """A document or an opening balance, and what paid it or what it paid."""

    @property
    def kind(self) -> ItemKind:
        """What sort it is."""

    @property
    def document_id(self) -> UUID | None:
        """The document; none of an opening balance."""

    @property
    def number(self) -> str | None:
        """Its number; none of an opening balance."""

    @property
    def date(self) -> _date:
        """Its date."""

    @property
    def due_date(self) -> _date:
        """When it is due; its date where there is no due date."""

    @property
    def amount(self) -> Decimal:
        """How much it is about."""

    @property
    def open_amount(self) -> Decimal:
        """How much of that is open."""

    @property
    def allocations(self) -> tuple[ExplainedAllocation, ...]:
        """What paid it, or what it paid."""

    @property
    def sentence(self) -> str:
        """It all in words."""

@final
class ExplainedAllocation(_Record):
    """A part of one item that another one paid."""

    @property
    def kind(self) -> ItemKind:
        """What sort the other is."""

    @property
    def document_id(self) -> UUID | None:
        """The document; none of an opening balance."""

    @property
    def number(self) -> str | None:
        """Its number; none of an opening balance."""

    @property
    def date(self) -> _date:
        """Its date."""

    @property
    def amount(self) -> Decimal:
        """How much."""

@final
class Verified(_Record):
    """What came of verifying a book."""

    @property
    def shop_owner_id(self) -> UUID:
        """Whose book."""

    @property
    def seq(self) -> int:
        """Up to which entry; 0 for none."""

    @property
    def hash(self) -> str:
        """The hash of that entry in hexadecimal, or the one that the book began with."""

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded, or the shop registered."""

    @property
    def customers(self) -> int:
        """How many customers there are."""

    @property
    def documents(self) -> int:
        """How many documents there are."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The first fault of each kind; empty if the book is sound."""

    @property
    def is_sound(self) -> bool:
        """Whether there is no fault."""

@final
class Fault(_Record):
    """Something in a book that contradicts the rest of it."""

    @property
    def place(self) -> str:
        """Where it lies."""

    @property
    def detail(self) -> str:
        """What is there, and what should be."""

@final
class SignedHead(_Record):
    """How far a book had got, signed: to be kept elsewhere, as the line of text `json`."""

    @property
    def shop_owner_id(self) -> UUID:
        """Whose book."""

    @property
    def seq(self) -> int:
        """The place of its last entry; 0 for none."""

    @property
    def hash(self) -> str:
        """The hash of that entry in hexadecimal, or the one that the book began with."""

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded, or the shop registered."""

    @property
    def json(self) -> str:
        """It all as one line of JSON, the signature included."""

    @staticmethod
    def from_json(text: str) -> SignedHead:
        """Reads what `json` held."""
