"""The exceptions of Khata, all of which are subclasses of `KhataError`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID


class FieldError(NamedTuple):
    """One violation of a rule by an argument."""

    field: str
    """Name of the argument, such as `gross_amount`, or path in it, such as `allocations/1/amount`."""
    code: str
    """Stable code in snake_case, such as `too_long`."""
    message: str
    """Message that says what is valid, such as `must have at most 200 characters`."""


class KhataError(Exception):
    """Base class of the exceptions that Khata raises.

    `code` is a stable code in snake_case, more specific than the class. `index` is the position in the argument of
    `add_many`, or `None`. If a database caused the error, `__cause__` has its message.
    """

    code: str
    index: int | None

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code
        self.index = None

    def __str__(self) -> str:
        message = super().__str__()
        return message if self.index is None else f"item {self.index}: {message}"

    def __reduce__(self) -> tuple[Callable[..., KhataError], tuple[Any, ...]]:
        return _restored, (type(self), self.args, dict(self.__dict__))


class NotFound(KhataError):
    """The object doesn't exist. Data of other shops is reported in the same way."""


class Conflict(KhataError):
    """The state of the book doesn't allow the operation, or it was changed meanwhile (`stale`)."""

    customer_id: UUID | None
    """Of `mobile_taken`: the customer who has the mobile number."""
    archived: bool | None
    """Of `mobile_taken`: whether that customer is archived, and can be restored."""
    document_id: UUID | None
    """Of `number_taken`: the document that has the number."""
    void: bool | None
    """Of `number_taken`: whether that document is void."""
    limit: Decimal | None
    """Of `credit_limit_exceeded`: the credit limit."""
    balance: Decimal | None
    """Of `credit_limit_exceeded`: what the customer owes without the new document."""
    over: Decimal | None
    """Of `credit_limit_exceeded`: by how much the limit would be exceeded."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        customer_id: UUID | None = None,
        archived: bool | None = None,
        document_id: UUID | None = None,
        void: bool | None = None,
        limit: Decimal | None = None,
        balance: Decimal | None = None,
        over: Decimal | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.customer_id = customer_id
        self.archived = archived
        self.document_id = document_id
        self.void = void
        self.limit = limit
        self.balance = balance
        self.over = over


class Invalid(KhataError):
    """Arguments are invalid. `errors` has every violation; nothing was written."""

    errors: tuple[FieldError, ...]

    def __init__(self, message: str, *, code: str, errors: Iterable[tuple[str, str, str]] = ()) -> None:
        super().__init__(message, code=code)
        self.errors = tuple(FieldError(*error) for error in errors)


class Unauthorized(KhataError):
    """The mobile number or the password is wrong, or the session has ended."""


class Forbidden(KhataError):
    """The session is not recent enough (`reauthentication_required`): see `Shop.reauthenticate`."""


class Throttled(KhataError):
    """There were too many attempts."""

    retry_after: float
    """Number of seconds to wait before the next attempt."""

    def __init__(self, message: str, *, code: str, retry_after: float) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class Unavailable(KhataError):
    """The database is unavailable or overloaded. With an idempotency key the call can be retried safely."""


class Cause(Exception):
    """The message of the underlying error, as the cause of an exception of Khata."""


def _restored(cls: type[KhataError], args: tuple[str, ...], attributes: dict[str, Any]) -> KhataError:
    """Restores a pickled exception."""
    error = cls.__new__(cls, *args)
    error.__dict__.update(attributes)
    return error
