"""What can go wrong, as one tree of exceptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple


class FieldError(NamedTuple):
    """One fault of what was given."""

    field: str
    """The argument, such as `gross_amount`, or a place in one, such as `allocations/1/amount`."""
    code: str
    """Stable, in snake_case."""
    message: str
    """One sentence that says what would be right."""


class KhataError(Exception):
    """Whatever Khata refuses or fails at.

    `code` is stable, in snake_case, and finer than the class. `index` is the place in the argument of `add_many`, if it
    came of that. Where a database was the reason, `__cause__` tells what it said.
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
    """There is no such thing, or it is another shop's: the two can't be told apart."""


class Conflict(KhataError):
    """It is right in itself, but the book as it stands doesn't allow it; or it was changed meanwhile (`stale`)."""


class Invalid(KhataError):
    """What was given breaks a rule. All its faults are in `errors`; nothing was written."""

    errors: tuple[FieldError, ...]

    def __init__(self, message: str, *, code: str, errors: Iterable[tuple[str, str, str]] = ()) -> None:
        super().__init__(message, code=code)
        self.errors = tuple(FieldError(*error) for error in errors)


class Unauthorized(KhataError):
    """The mobile number or the password is wrong, or the session has ended."""


class Throttled(KhataError):
    """Too many failed tries."""

    retry_after: float
    """How many seconds to wait."""

    def __init__(self, message: str, *, code: str, retry_after: float) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class Unavailable(KhataError):
    """Not now; the same call may succeed later. With an idempotency key it can be made again without harm."""


class Cause(Exception):
    """What lay behind an exception of Khata's, in its own words."""


def _restored(cls: type[KhataError], args: tuple[str, ...], attributes: dict[str, Any]) -> KhataError:
    """The exception as it was pickled."""
    error = cls.__new__(cls, *args)
    error.__dict__.update(attributes)
    return error
