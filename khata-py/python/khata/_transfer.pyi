"""What came of imports."""

from typing import final
from uuid import UUID

from khata._entities import _Record
from khata._errors import FieldError

@final
class Imported(_Record):
    """What came of the import of a book."""

    @property
    def shop_owner_id(self) -> UUID:
        """Whose book."""

    @property
    def entries(self) -> int:
        """How many entries the file has."""

    @property
    def added(self) -> int:
        """How many of them the database had not."""

    @property
    def customers(self) -> int:
        """How many customers the file has."""

    @property
    def password_set(self) -> bool:
        """Whether the owner logs in with the password that was given: not if the owner had one here already.
        Of a dry run, whether the shop is new here.
        """

@final
class ImportedCustomers(_Record):
    """What came of the import of customers."""

    @property
    def added(self) -> int:
        """How many were added; of a dry run, how many would be."""

    @property
    def known(self) -> int:
        """How many were in the book already, by their mobile number and name."""

    @property
    def bad(self) -> tuple[BadRow, ...]:
        """The rows that were left out."""

    @property
    def unused(self) -> tuple[str, ...]:
        """The headers of columns that were not imported."""

@final
class BadRow(_Record):
    """A row of a table that can't be imported."""

    @property
    def line(self) -> int:
        """The line of the file that it begins on, from 1."""

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """All its faults; the field of each is the column's header."""
