"""The same for asyncio."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date as _date
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from os import PathLike
from types import TracebackType
from typing import Literal, final, overload
from uuid import UUID

from _typeshed import SupportsRead
from typing_extensions import Self

from khata._entities import Balance, CreditNote, Customer, Invoice, Login, Receipt, ShopOwner
from khata._errors import KhataError
from khata._ledger import Entry, ExplainedItem, Explanation, SignedHead, Verified
from khata._listing import AsyncListing
from khata._new import _Made, _New
from khata._reports import Ageing, DayBook, Statement, Summary
from khata._transfer import Imported, ImportedCustomers
from khata._types import (
    Allocation,
    Amount,
    CustomerColumn,
    Day,
    DocumentKind,
    ExportTable,
    Id,
    InvoiceStatus,
    PaymentType,
)

@final
class AsyncKhata:
    """An open database, with the books of many shops, for asyncio. As a context manager it closes itself."""

    def vouches_for(self, head: SignedHead, /) -> bool:
        """Whether this database's key signed that head, as it is."""

    async def register(
        self,
        *,
        shop_name: str,
        proprietor_name: str,
        mobile_number: str,
        password: str,
        gst_number: str | None = None,
        state: str | None = None,
        currency: str = "INR",
        time_zone: str = "Asia/Kolkata",
        upi_id: str | None = None,
    ) -> ShopOwner:
        """Adds a shop owner, with an empty book. Currency and time zone never change.

        Raises Invalid, Conflict (`mobile_taken`).
        """

    async def login(
        self,
        mobile_number: str,
        password: str,
        *,
        peer: str | IPv4Address | IPv6Address | None = None,
    ) -> Login:
        """Opens a session for whoever knows the password. `peer` is the address where the try came from, to count
        tries by.

        Raises Unauthorized, whatever is wrong, and Throttled.
        """

    async def authenticate(self, token: str) -> AsyncShop:
        """Opens the book of the session that a token stands for. Raises Unauthorized."""

    async def shop(self, owner: Id | ShopOwner, /) -> AsyncShop:
        """Opens a shop's book, for a program that knows by itself who is asking. Raises NotFound."""

    async def import_book(
        self,
        path: str | PathLike[str],
        /,
        *,
        password: str,
        dry_run: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> Imported:
        """Reads a book that was exported as JSON lines, or what is missing of it here; all of the file is
        checked first. The owner of a shop that is new here logs in with `password`.

        `progress` is called with how many entries of how many are done, from a thread of Khata's where it is
        awaited; what it raises ends the import, and another one goes on from there. With `dry_run` nothing is
        written, and the answer says what would be.

        Raises Invalid if a line is wrong, Conflict (`import_hindered`) if the database has something else.
        """

    async def ping(self) -> None:
        """Asks the database for a sign of life. Raises Unavailable."""

    async def close(self) -> None:
        """Waits for what is under way, and closes the database."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

@final
class AsyncShop:
    """A shop's book, for asyncio. What is another shop's doesn't exist through it."""

    @property
    def id(self) -> UUID:
        """The owner, whose book this is."""

    @property
    def session_id(self) -> UUID | None:
        """The session by which it was opened; none if the program opened it by itself."""

    @property
    def currency(self) -> str:
        """The currency of all its amounts, as ISO 4217 has it."""

    @property
    def time_zone(self) -> str:
        """Where its days begin."""

    def today(self) -> _date:
        """The date there now."""

    async def profile(self) -> ShopOwner:
        """The owner's profile."""

    async def update_profile(
        self,
        *,
        shop_name: str = ...,
        proprietor_name: str = ...,
        mobile_number: str = ...,
        gst_number: str | None = ...,
        state: str | None = ...,
        upi_id: str | None = ...,
        locked_until: Day | None = ...,
        password: str = ...,
        current_password: str = ...,
        revision: int | None = None,
    ) -> ShopOwner:
        """Changes the profile: what is left out stays as it is, None empties it. A new `password` needs
        `current_password`, and ends every other session. With `revision`, only if the profile still has that
        one.

        Raises Invalid, Conflict (`mobile_taken`, `stale`), Throttled.
        """

    async def logout(self) -> None:
        """Ends the session by which it was opened."""

    async def logout_all(self) -> None:
        """Ends every session of the owner."""

    async def add_customer(
        self,
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
    ) -> Customer:
        """Adds a customer, with an opening balance if there is one: positive if the customer owes.

        Raises Invalid, Conflict (`mobile_taken`, `period_locked`).
        """

    async def customer(self, customer: Id | Customer, /) -> Customer:
        """A customer, archived or not. Raises NotFound."""

    async def update_customer(
        self,
        customer: Id | Customer,
        /,
        *,
        name: str = ...,
        mobile_number: str = ...,
        firm_name: str | None = ...,
        city: str | None = ...,
        state: str | None = ...,
        gst_number: str | None = ...,
        credit_limit: Amount | None = ...,
        revision: int | None = None,
    ) -> Customer:
        """Changes a customer's particulars: what is left out stays as it is, None empties it. With `revision`, only
        if the customer still has that one.

        Raises NotFound, Invalid, Conflict (`mobile_taken`, `stale`).
        """

    async def remove_customer(
        self,
        customer: Id | Customer,
        /,
        *,
        revision: int | None = None,
    ) -> Literal["deleted", "archived"]:
        """Takes a customer off the list: deletes one without entries, archives one with a zero balance.

        Raises NotFound, Conflict (`balance_outstanding`, `stale`).
        """

    async def restore_customer(self, customer: Id | Customer, /) -> Customer:
        """Takes a customer out of the archive. Raises NotFound."""

    def customers(
        self,
        *,
        search: str | None = None,
        archived: bool = False,
        sort: Literal["recent", "name", "balance"] = "recent",
    ) -> AsyncListing[Customer]:
        """Customers, archived ones or the others: by last entry, by name, or the largest balance first. With
        `search`, those of whose name, firm or mobile number a word begins with each word of it.
        """

    async def balance(self, customer: Id | Customer, /, *, as_of: Day | None = None) -> Balance:
        """How a customer stood at the end of a day, today if none is named: by the dates on the papers. Raises
        NotFound.
        """

    async def add_invoice(
        self,
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
    ) -> Invoice:
        """Adds an invoice. Its tax is `cgst` with `sgst`, or `igst`; its number the next of the series if not said.
        Money that the customer has on account pays it at once.

        Raises Invalid, Conflict (`number_taken`, `credit_limit_exceeded` unless `over_limit`, `period_locked`).
        """

    async def invoice(self, invoice: Id | Invoice, /) -> Invoice:
        """An invoice. Raises NotFound."""

    def invoices(
        self,
        *,
        customer_id: Id | None = None,
        from_: Day | None = None,
        to: Day | None = None,
        status: InvoiceStatus | None = None,
    ) -> AsyncListing[Invoice]:
        """Invoices, newest first: of a customer, of a period, paid so far."""

    async def add_receipt(
        self,
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
    ) -> Receipt:
        """Adds a receipt. It pays what it says it pays, then what is oldest due; the rest stays on account.

        Raises Invalid, Conflict (`number_taken`, `period_locked`).
        """

    async def receipt(self, receipt: Id | Receipt, /) -> Receipt:
        """A receipt. Raises NotFound."""

    def receipts(
        self,
        *,
        customer_id: Id | None = None,
        from_: Day | None = None,
        to: Day | None = None,
    ) -> AsyncListing[Receipt]:
        """Receipts, newest first: of a customer, of a period."""

    async def add_credit_note(
        self,
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
    ) -> CreditNote:
        """Adds a credit note; tax and total are worked out if not said. It pays its invoice first, then what is
        oldest due; the rest stays on account.

        Raises Invalid, Conflict (`number_taken`, `period_locked`).
        """

    async def credit_note(self, credit_note: Id | CreditNote, /) -> CreditNote:
        """A credit note. Raises NotFound."""

    def credit_notes(
        self,
        *,
        customer_id: Id | None = None,
        from_: Day | None = None,
        to: Day | None = None,
    ) -> AsyncListing[CreditNote]:
        """Credit notes, newest first: of a customer, of a period."""

    @overload
    async def add_many(
        self,
        items: Iterable[_New[_Made]],
        /,
        *,
        return_exceptions: Literal[False] = False,
    ) -> list[_Made]:
        """Posts many, in their order, as fast as the database takes them; answers with what came of each.

        All are read first, and if one is wrong in itself none is posted. If the book refuses one, its exception
        has its place as `index`: those before it are in the book, and some after it may be. With
        `return_exceptions` all are posted that can be, and exceptions stand in the list.
        """

    @overload
    async def add_many(
        self,
        items: Iterable[_New[_Made]],
        /,
        *,
        return_exceptions: bool,
    ) -> list[_Made | KhataError]: ...
    async def void_invoice(
        self,
        invoice: Id | Invoice,
        /,
        *,
        reason: str,
        date: Day | None = None,
        idempotency_key: str | None = None,
    ) -> Invoice:
        """Voids an invoice: from the void's date on it is owed no more, and what had paid it is applied again at
        once.

        Raises NotFound, Invalid, Conflict (`already_void`, `has_credit_notes`, `period_locked`).
        """

    async def void_receipt(
        self,
        receipt: Id | Receipt,
        /,
        *,
        reason: str,
        date: Day | None = None,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Voids a receipt: from the void's date on it has paid nothing.

        Raises NotFound, Invalid, Conflict (`already_void`, `period_locked`).
        """

    async def void_credit_note(
        self,
        credit_note: Id | CreditNote,
        /,
        *,
        reason: str,
        date: Day | None = None,
        idempotency_key: str | None = None,
    ) -> CreditNote:
        """Voids a credit note, as a receipt is voided."""

    async def statement(
        self,
        customer: Id | Customer,
        /,
        *,
        from_: Day | None = None,
        to: Day | None = None,
    ) -> Statement:
        """A customer's account over a period, both days included: from the beginning and to today if not said.
        Raises NotFound.
        """

    async def explain_balance(
        self,
        customer: Id | Customer,
        /,
        *,
        as_of: Day | None = None,
        limit: int = 100,
    ) -> Explanation:
        """Explains a balance: the open items that make it up, at most `limit` of them, and what paid them or what
        they paid.
        """

    async def explain_document(
        self,
        kind: DocumentKind,
        document: Id | Invoice | Receipt | CreditNote,
        /,
    ) -> ExplainedItem:
        """Explains a document of a kind as it stands: what paid it or what it paid, and what is open of it."""

    async def ageing(self, *, as_of: Day | None = None) -> Ageing:
        """What customers owed at the end of a day, today if none is named, by how long it had been due."""

    async def summary(self) -> Summary:
        """The shop at a glance, today."""

    async def day_book(self, *, date: Day | None = None) -> DayBook:
        """All that is dated on a day, today if none is named, with sums."""

    def entries(self, *, after: int = 0) -> AsyncListing[Entry]:
        """The entries of the ledger after a place, oldest first."""

    def feed(self, *, after: int = 0, timeout: timedelta | None = None) -> AsyncListing[Entry]:
        """The same, then those to come, as they come. It ends when none came for `timeout`, if that is said, and
        when the book is closed.
        """

    async def verify(self) -> Verified:
        """Recomputes the book from its entries, and says what is wrong with it, if anything is."""

    async def signed_head(self) -> SignedHead:
        """How far the book has got, signed, to be kept elsewhere."""

    async def export(
        self,
        path: str | PathLike[str],
        /,
        *,
        format: Literal["json", "csv", "hledger", "beancount"] = "json",
        table: ExportTable | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> int:
        """Writes the whole book into a file: as JSON lines, which `Khata.import_book` reads, as one `table` of
        CSV, or as plain-text accounts. Answers how many entries it has.

        `progress` is called with how many of how many are done, from a thread of Khata's where it is awaited;
        what it raises ends the export. The file gets its name when it is whole.
        """

    async def export_tables(
        self, folder: str | PathLike[str], /, *, progress: Callable[[int, int], object] | None = None
    ) -> int:
        """Writes every table of CSV into a folder, all of one moment, as `export` writes one."""

    async def import_customers(
        self,
        file: str | PathLike[str] | SupportsRead[str | bytes],
        /,
        *,
        columns: Mapping[CustomerColumn, str] | None = None,
        skip_bad: bool = False,
        dry_run: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> ImportedCustomers:
        """Adds the customers of a table who are not in the book, where a customer is known by the mobile number. It
        is CSV in UTF-8 with a line of headers, at a path or in an open file. Many headers that other programs use are
        understood; `columns` names others, as in `{"name": "Ledger Name"}`.

        If a row is bad, nothing is written, or with `skip_bad` all the others; with `dry_run` nothing in any case.

        `progress` is called with how many of how many are added, from a thread of Khata's where it is awaited; what
        it raises ends the import. Those who were added stay, and the same call adds the rest.

        Raises Invalid for what is no table, and for bad rows, with every fault of each: its `field` is such as
        `line/7/Phone`, by the header. Raises Conflict if something was taken meanwhile.
        """

    async def goes_on_from(self, head: SignedHead, /) -> bool:
        """Whether the book still goes on from a head that was kept. Whether that is genuine, `Khata.vouches_for`
        says.
        """
