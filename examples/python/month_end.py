"""Month's end: prints who owes what, and writes a statement for each debtor.

    python month_end.py sqlite://shop.db 9876543210 2026-11-30 statements/

The password is asked for, or taken from KHATA_PASSWORD.
"""

import csv
import os
import sys
from datetime import date
from getpass import getpass
from pathlib import Path

import khata


def debtors_list(ageing: khata.Ageing) -> None:
    print(f"Debtors as of {ageing.as_of}")
    for debtor in ageing.customers:
        late = debtor.balance - debtor.not_due - debtor.unapplied
        print(f"  {debtor.name:<30} {debtor.balance:>14,} of which overdue {late:>14,}")
    print(f"  {'Total':<30} {ageing.total.balance:>14,}")


def write_statement(statement: khata.Statement, folder: Path) -> Path:
    file = folder / f"{statement.customer.id}.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["date", "kind", "number", "debit", "credit", "balance"])
        rows.writerow(["", "opening balance", "", "", "", statement.opening_balance])
        for line in statement.entries:
            rows.writerow(
                [
                    line.date,
                    line.kind,
                    line.number,
                    line.debit,
                    line.credit,
                    line.balance,
                ]
            )
    return file


def main(url: str, mobile_number: str, day: str, folder: str) -> None:
    end = date.fromisoformat(day)
    Path(folder).mkdir(parents=True, exist_ok=True)
    with khata.open(url) as book:
        login = book.login(mobile_number, os.environ.get("KHATA_PASSWORD") or getpass())
        shop = book.authenticate(login.token)
        ageing = shop.ageing(as_of=end)
        debtors_list(ageing)
        for debtor in ageing.customers:
            statement = shop.statement(
                debtor.customer_id, from_=end.replace(day=1), to=end
            )
            print(
                f"{write_statement(statement, Path(folder))}: {statement.closing_balance:,}"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
