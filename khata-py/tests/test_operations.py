"""Every operation of a shop, through both classes and over each store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import uuid4

import khata
import pytest
from conftest import DAY, bill, payment


def test_a_customer_is_added_changed_found_and_taken_off_the_list(either: khata.Shop) -> None:
    asha = either.add_customer(
        name="Asha",
        mobile_number="98111 11111",
        alternate_mobile="98111 22222",
        email="asha@example.com",
        address="12, M G Road",
        notes="Pays on the 5th",
        city="Pune",
        credit_limit="500.00",
    )
    assert (asha.alternate_mobile, asha.email) == ("+919811122222", "asha@example.com")
    assert (asha.address, asha.notes) == ("12, M G Road", "Pays on the 5th")
    assert [found.id for found in either.customers(search="9811122222")] == [asha.id]
    assert (asha.name, asha.mobile_number, asha.city) == ("Asha", "+919811111111", "Pune")
    assert (asha.balance, asha.credit_limit, asha.archived_at) == (Decimal("0.00"), Decimal("500.00"), None)
    assert either.customer(asha.id) == either.customer(str(asha.id)) == either.customer(asha) == asha

    moved = either.update_customer(asha, city=None, name="Asha Devi", revision=asha.revision)
    assert (moved.name, moved.city, moved.credit_limit) == ("Asha Devi", None, Decimal(500))
    with pytest.raises(khata.Conflict) as stale:
        either.update_customer(asha, city="Goa", revision=asha.revision)
    assert stale.value.code == "stale"

    assert [found.id for found in either.customers(search="dev 98111")] == [asha.id]
    assert either.remove_customer(asha) == "deleted"
    with pytest.raises(khata.NotFound):
        either.customer(asha)


def test_a_settled_customer_is_archived_and_restored(either: khata.Shop) -> None:
    asha = either.add_customer(name="Asha", mobile_number="9811111111", opening_balance=40, opening_date=DAY)
    with pytest.raises(khata.Conflict) as owing:
        either.remove_customer(asha)
    assert owing.value.code == "balance_outstanding"
    either.add_receipt(**payment(asha, 40))
    assert either.remove_customer(asha) == "archived"
    assert [kept.id for kept in either.customers(archived=True)] == [asha.id]
    assert list(either.customers()) == []
    assert either.restore_customer(asha).archived_at is None


def test_a_bill_is_paid_in_parts(either: khata.Shop, ravi: khata.Customer) -> None:
    invoice = either.add_invoice(
        customer_id=ravi.id,
        date=DAY,
        due_date="2026-11-30",
        gross_amount=Decimal("1000"),
        cgst="90",
        sgst=90,
        round_off="-0.50",
        total_amount="1179.50",
        invoice_number="B-17",
        note="rice",
    )
    assert (invoice.total_amount, invoice.status, invoice.day) == (Decimal("1179.50"), "unpaid", "Monday")
    assert (invoice.cgst, invoice.igst, invoice.due_date) == (Decimal(90), None, date(2026, 11, 30))

    receipt = either.add_receipt(
        **payment(ravi, "179.50", allocations=[{"invoice_id": invoice.id, "amount": "79.50"}], reference="UTR 1")
    )
    assert [(part.invoice_id, part.amount) for part in receipt.allocations] == [(invoice.id, Decimal("179.50"))]
    paid = either.invoice(invoice.id)
    assert (paid.outstanding_amount, paid.status) == (Decimal("1000.00"), "partial")
    assert [(part.receipt_id, part.amount) for part in paid.allocations] == [(receipt.id, Decimal("179.50"))]
    assert either.receipt(receipt) == receipt

    note = either.add_credit_note(invoice_id=invoice.id, date=DAY, gross_amount=100)
    assert (note.total_amount, note.cgst, note.invoice_number) == (Decimal("117.95"), Decimal(9), "B-17")
    assert note.round_off == Decimal("-0.05")
    assert either.credit_note(note) == note
    balance = either.balance(ravi, as_of=DAY)
    assert (balance.balance, balance.invoiced, balance.received) == (
        Decimal("882.05"),
        Decimal("1179.50"),
        Decimal("179.50"),
    )


def test_a_void_takes_back_what_should_not_have_been(either: khata.Shop, ravi: khata.Customer) -> None:
    invoice = either.add_invoice(**bill(ravi, 100))
    receipt = either.add_receipt(**payment(ravi, 30))
    note = either.add_credit_note(invoice_id=invoice.id, date=DAY, gross_amount=10)
    assert either.void_receipt(receipt, reason="bounced", date=DAY).status == "void"
    assert either.void_credit_note(note.id, reason="not returned", date=DAY).status == "void"
    first = either.void_invoice(invoice, reason="wrong customer", date=DAY, idempotency_key="v-1")
    assert first.status == "void"
    assert either.void_invoice(invoice, reason="wrong customer", date=DAY, idempotency_key="v-1") == first
    with pytest.raises(khata.Conflict) as again:
        either.void_invoice(invoice, reason="wrong customer")
    assert again.value.code == "already_void"
    assert either.balance(ravi).balance == 0


def test_what_else_is_owed_given_back_and_let_go(either: khata.Shop, ravi: khata.Customer) -> None:
    invoice = either.add_invoice(**bill(ravi, 100))
    fee = either.add_debit_note(
        customer_id=ravi.id, date=DAY, invoice_id=invoice.id, gross_amount=5, total_amount=5, note="late"
    )
    assert (fee.debit_note_number, fee.invoice_number) == ("DBN/2026-27/0001", invoice.invoice_number)
    let_go = either.add_write_off(
        customer_id=ravi.id,
        date=DAY,
        amount=5,
        reason="settled",
        allocations=[{"debit_note_id": fee.id, "amount": 5}],
    )
    assert [(part.debit_note_id, part.amount) for part in let_go.allocations] == [(fee.id, 5)]
    assert [part.write_off_id for part in either.debit_note(fee).allocations] == [let_go.id]
    receipt = either.add_receipt(**payment(ravi, 130))
    refund = either.add_refund(customer_id=ravi.id, date=DAY, amount=30, payment_type="cash")
    assert [(part.receipt_id, part.amount) for part in refund.allocations] == [(receipt.id, 30)]
    assert either.refund(refund.id) == refund and either.write_off(let_go) == let_go
    balance = either.balance(ravi)
    assert (balance.invoiced, balance.debited, balance.refunded) == (100, 5, 30)
    assert (balance.opening, balance.received, balance.credited, balance.written_off) == (0, 130, 0, 5)
    assert balance.balance == 0
    assert [one.id for one in either.refunds(customer_id=ravi.id)] == [refund.id]
    assert [one.id for one in either.write_offs()] == [let_go.id]
    assert [one.id for one in either.debit_notes(status="paid")] == [fee.id]
    with pytest.raises(khata.Invalid) as beyond:
        either.add_refund(customer_id=ravi.id, date=DAY, amount=1, payment_type="cash")
    assert beyond.value.errors[0].code == "beyond_on_account"
    assert either.void_refund(refund, reason="not taken", date=DAY).status == "void"
    assert either.void_write_off(let_go, reason="paid after all", date=DAY).status == "void"
    assert either.void_debit_note(fee, reason="not due", date=DAY).status == "void"


def test_what_is_in_the_way_is_told(either: khata.Shop, ravi: khata.Customer) -> None:
    first = either.add_invoice(**bill(ravi, 100, invoice_number="B-1"))
    with pytest.raises(khata.Conflict) as taken:
        either.add_invoice(**bill(ravi, 100, invoice_number="b-1"))
    assert (taken.value.document_id, taken.value.void, taken.value.customer_id) == (first.id, False, None)
    with pytest.raises(khata.Conflict) as taken:
        either.add_customer(name="Ravi again", mobile_number=ravi.mobile_number)
    assert (taken.value.customer_id, taken.value.archived) == (ravi.id, False)
    either.update_customer(ravi, credit_limit=150)
    with pytest.raises(khata.Conflict) as beyond:
        either.add_invoice(**bill(ravi, 60))
    told = (beyond.value.limit, beyond.value.balance, beyond.value.over)
    assert told == (150, 100, Decimal("10.00"))


def test_credit_notes_on_several_invoices_and_on_none(either: khata.Shop, ravi: khata.Customer) -> None:
    one, two = either.add_invoice(**bill(ravi, 100)), either.add_invoice(**bill(ravi, 50))
    note = either.add_credit_note(
        date=DAY,
        gross_amount=70,
        invoices=[{"invoice_id": one.id, "gross_amount": 20}, {"invoice_id": two.id, "gross_amount": 50}],
    )
    assert [(part.invoice_id, part.total_amount) for part in note.invoices] == [(one.id, 20), (two.id, 50)]
    assert (note.invoice_id, note.total_amount, note.customer_id) == (None, 70, ravi.id)
    goodwill = either.add_credit_note(customer_id=ravi.id, date=DAY, gross_amount=5)
    assert (goodwill.invoices, goodwill.invoice_number) == ((), None)
    assert either.balance(ravi).balance == 75


def test_a_dry_run_writes_nothing(either: khata.Shop, ravi: khata.Customer) -> None:
    invoice = either.add_invoice(**bill(ravi, 100), dry_run=True)
    assert (invoice.invoice_number, invoice.status) == ("INV/2026-27/0001", "unpaid")
    assert list(either.invoices()) == []
    invoice = either.add_invoice(**bill(ravi, 100))
    assert either.void_invoice(invoice, reason="only a try", date=DAY, dry_run=True).status == "void"
    assert either.invoice(invoice).status == "unpaid"


def test_what_is_dated_later_counts_later(either: khata.Shop, ravi: khata.Customer) -> None:
    far = date(2199, 1, 1)
    invoice = either.add_invoice(**bill(ravi, 100))
    either.add_receipt(**payment(ravi, 100, far))
    customer = either.customer(ravi)
    assert (customer.balance, customer.post_dated.debit, customer.post_dated.credit) == (100, 0, 100)
    assert (either.invoice(invoice).status, either.invoice(invoice).outstanding_amount) == ("unpaid", 100)
    assert either.summary().receivable == 100
    assert either.balance(ravi, as_of=far).balance == 0


def test_lists_go_on_by_themselves_and_take_filters(either: khata.Shop, ravi: khata.Customer) -> None:
    asha = either.add_customer(name="Asha", mobile_number="9811111111")
    news = [khata.NewInvoice(**bill(ravi, n, DAY + timedelta(days=n % 2))) for n in range(1, 521)]
    made = either.add_many(news)
    assert [invoice.total_amount for invoice in made] == list(range(1, 521))
    listed = list(either.invoices())
    assert [invoice.id for invoice in listed] == [invoice.id for invoice in reversed(made)]
    assert len(list(either.invoices(from_=DAY + timedelta(days=1)))) == 260
    assert list(either.invoices(customer_id=asha.id)) == []
    receipt = either.add_receipt(**payment(ravi, 3))
    assert [paid.total_amount for paid in either.invoices(status="paid")] == [2]
    assert [one.id for one in either.receipts(customer_id=ravi.id, to=DAY)] == [receipt.id]
    assert list(either.credit_notes()) == []
    assert [customer.name for customer in either.customers(sort="name")] == ["Asha", "Ravi Kumar"]
    assert [entry.seq for entry in either.entries()] == list(range(1, 522))


def test_a_statement_is_whole_however_long_it_is(either: khata.Shop, ravi: khata.Customer) -> None:
    either.add_many([khata.NewInvoice(**bill(ravi, 1, note=f"line {n}")) for n in range(1, 1203)])
    statement = either.statement(ravi, from_=DAY, to=DAY)
    assert len(statement.entries) == 1202
    assert (statement.opening_balance, statement.closing_balance) == (0, 1202)
    assert [line.balance for line in statement.entries] == list(range(1, 1203))
    assert statement.customer.id == ravi.id
    assert len(either.day_book(date=DAY).entries) == 1202


def test_reports(either: khata.Shop, ravi: khata.Customer) -> None:
    either.add_invoice(**bill(ravi, 100, due_date=DAY))
    either.add_receipt(**payment(ravi, 40, DAY))
    today = either.today()
    ageing = either.ageing(as_of=DAY + timedelta(days=45))
    (row,) = ageing.customers
    assert (row.name, row.days_31_to_60, row.balance) == ("Ravi Kumar", 60, 60)
    assert (ageing.total.balance, ageing.as_of) == (60, DAY + timedelta(days=45))
    summary = either.summary()
    assert (summary.today, summary.customers, summary.receivable) == (today, 1, 60)
    assert [(debtor.name, debtor.balance) for debtor in summary.top_debtors] == [("Ravi Kumar", 60)]
    book = either.day_book(date=DAY)
    assert [(line.kind, line.debit, line.credit) for line in book.entries] == [
        ("invoice", 100, 0),
        ("receipt", 0, 40),
    ]
    assert [(way.payment_type, way.amount) for way in book.totals.by_payment_type] == [("cash", 40)]
    assert [(kind.kind, kind.count) for kind in book.totals.by_kind] == [("invoice", 1), ("receipt", 1)]


def test_explanations(either: khata.Shop, ravi: khata.Customer) -> None:
    invoice = either.add_invoice(**bill(ravi, 100, invoice_number="B-1"))
    either.add_receipt(**payment(ravi, 40, receipt_number="R-1"))
    explained = either.explain_balance(ravi, as_of=DAY)
    assert explained.sentences[0] == "At the end of 2026-11-02 Ravi Kumar owed INR 60.00."
    assert (explained.balance, explained.more, len(explained.items)) == (60, 0, 1)
    item = either.explain_document("invoice", invoice)
    assert item == explained.items[0]
    assert [(part.number, part.amount) for part in item.allocations] == [("R-1", 40)]
    with pytest.raises(khata.NotFound):
        either.explain_document("receipt", invoice)


def test_a_book_is_proved(either: khata.Shop, book: khata.Khata, ravi: khata.Customer) -> None:
    head = either.signed_head()
    either.add_invoice(**bill(ravi, 100))
    verified = either.verify()
    assert (verified.is_sound, verified.faults, verified.seq, verified.documents) == (True, (), 1, 1)
    assert either.goes_on_from(khata.SignedHead.from_json(head.json))
    later = either.signed_head()
    assert (later.seq, later.hash) == (verified.seq, verified.hash)
    assert either.goes_on_from(later)


def test_the_profile_and_the_lock_date(either: khata.Shop, ravi: khata.Customer) -> None:
    profile = either.profile()
    changed = either.update_profile(shop_name="Sharma & Sons", locked_until=DAY, revision=profile.revision)
    assert (changed.shop_name, changed.locked_until) == ("Sharma & Sons", DAY)
    with pytest.raises(khata.Conflict) as locked:
        either.add_invoice(**bill(ravi, 1))
    assert locked.value.code == "period_locked"
    assert either.update_profile(locked_until=None).locked_until is None


def test_the_same_key_does_it_once(either: khata.Shop, ravi: khata.Customer) -> None:
    first = either.add_invoice(**bill(ravi, "100"), idempotency_key="k")
    assert either.add_invoice(**bill(ravi, Decimal("100.00")), idempotency_key="k") == first
    with pytest.raises(khata.Invalid) as other:
        either.add_invoice(**bill(ravi, 101), idempotency_key="k")
    assert (other.value.code, other.value.errors) == ("idempotency_mismatch", ())
    assert either.customer(ravi).balance == 100


def test_many_stop_at_what_is_refused_or_go_on(either: khata.Shop, ravi: khata.Customer) -> None:
    taken = [khata.NewInvoice(**bill(ravi, 1, invoice_number=number)) for number in ("A", "a", "B")]
    with pytest.raises(khata.Conflict, match=r"item 1: the number is already used") as refused:
        either.add_many(taken)
    assert (refused.value.index, refused.value.code) == (1, "number_taken")
    with_keys = [khata.NewReceipt(**payment(ravi, 1, idempotency_key=f"r{n}")) for n in range(3)]
    assert either.add_many(with_keys) == either.add_many(with_keys)

    wrong = [khata.NewReceipt(**payment(ravi, 1)), khata.NewReceipt(**payment(ravi, 0))]
    before = len(list(either.receipts()))
    with pytest.raises(khata.Invalid) as invalid:
        either.add_many(wrong)
    assert (invalid.value.index, invalid.value.errors[0].field) == (1, "amount")
    assert len(list(either.receipts())) == before

    mixed = either.add_many(
        [
            khata.NewCustomer(name="Asha", mobile_number="9811111111"),
            khata.NewCustomer(name="B", mobile_number="9123456789"),
        ],
        return_exceptions=True,
    )
    assert isinstance(mixed[0], khata.Customer)
    assert isinstance(mixed[1], khata.Conflict)


def test_a_moment_counts_as_its_day_in_the_shop(either: khata.Shop, ravi: khata.Customer) -> None:
    evening = datetime(2026, 11, 1, 20, 0, tzinfo=timezone.utc)
    assert either.add_invoice(**bill(ravi, 1, evening)).date == date(2026, 11, 2)
    with pytest.raises(TypeError, match="without a time zone"):
        either.add_invoice(**bill(ravi, 1, datetime(2026, 11, 1)))


def test_what_is_not_there_is_not_found(either: khata.Shop) -> None:
    for wrong in (uuid4(), str(uuid4()), "not an id"):
        with pytest.raises(khata.NotFound) as missing:
            either.balance(wrong)
        assert missing.value.code == "not_found"
    with pytest.raises(TypeError, match="an id must be"):
        either.balance(7)  # type: ignore[arg-type]
    with pytest.raises(khata.NotFound):
        list(either.invoices(customer_id=uuid4()))
    with pytest.raises(khata.Invalid) as order:
        list(either.invoices(from_="2026-11-03", to="2026-11-02"))
    assert [(fault.field, fault.code) for fault in order.value.errors] == [("from_", "from_after_to")]


def test_what_answers_nothing_answers_none(url: str, book: khata.Khata, either: khata.Shop) -> None:
    async def awaited() -> list[object]:
        async with khata.aopen(url) as other:
            return [
                answer for call in (other.ping, other.close, other.close) for answer in await asyncio.gather(call())
            ]

    calls: list[Callable[[], object]] = [book.ping, either.logout, either.logout_all, lambda: asyncio.run(awaited())]
    assert [call() for call in calls] == [None, None, None, [None, None, None]]


def test_an_opening_balance_is_entered_again(either: khata.Shop) -> None:
    asha = either.add_customer(name="Asha", opening_balance=5000, opening_date=DAY)
    assert asha.mobile_number is None
    (wrong,) = either.opening_balances(customer_id=asha.id)
    assert (wrong.amount, wrong.outstanding_amount, wrong.opening_number) == (5000, 5000, "OPB/2026-27/0001")
    with pytest.raises(khata.Conflict) as one_more:
        either.add_opening_balance(customer_id=asha.id, date=DAY, amount=1)
    assert one_more.value.code == "has_opening_balance"
    assert either.replace_opening_balance(asha, date=DAY, amount=500, dry_run=True).amount == 500
    assert either.customer(asha).balance == 5000
    right = either.replace_opening_balance(asha, date=DAY, amount=500, note="a zero too many", idempotency_key="o")
    assert either.replace_opening_balance(asha, date=DAY, amount=500, note="a zero too many", idempotency_key="o") == right
    assert either.opening_balance(right) == right
    assert either.opening_balance(wrong).status == "void"
    assert either.customer(asha).balance == 500
    assert either.void_opening_balance(right, reason="paid long ago", date=DAY).outstanding_amount == 0
    assert either.add_opening_balance(customer_id=asha.id, date=DAY, amount=-20).unapplied_amount == 20


def test_a_cheque_bounces(either: khata.Shop, ravi: khata.Customer) -> None:
    invoice = either.add_invoice(**bill(ravi, 100))
    cheque = either.add_receipt(
        customer_id=ravi.id,
        date=DAY,
        amount=100,
        payment_type="cheque",
        cheque_number="000123",
        cheque_bank="State Bank",
        cheque_date=DAY,
    )
    assert (cheque.cheque_number, cheque.cheque_bank, str(cheque.cheque_date)) == ("000123", "State Bank", str(DAY))
    assert either.bounce_receipt(cheque, date=DAY, reason="no funds", dry_run=True).status == "bounced"
    bounced = either.bounce_receipt(cheque, date=DAY, reason="no funds", charge="50", idempotency_key="b")
    assert either.bounce_receipt(cheque, date=DAY, reason="no funds", charge=50, idempotency_key="b") == bounced
    assert (bounced.status, either.invoice(invoice).status) == ("bounced", "unpaid")
    assert [note.total_amount for note in either.debit_notes()] == [50]
    assert (either.customer(ravi).bounced_cheques, either.customer(ravi).balance) == (1, 150)
    with pytest.raises(khata.Conflict) as cash:
        either.bounce_receipt(either.add_receipt(**payment(ravi, 1)), date=DAY, reason="?")
    assert cash.value.code == "not_a_cheque"


def test_a_credit_pays_another_debit(either: khata.Shop, ravi: khata.Customer) -> None:
    first, second = either.add_invoice(**bill(ravi, 100)), either.add_invoice(**bill(ravi, 100))
    receipt = either.add_receipt(**payment(ravi, 100))
    rows: list[khata.Allocation] = [{"invoice_id": second.id, "amount": 60}]
    assert either.allocate_receipt(receipt, allocations=rows, dry_run=True).id == receipt.id
    moved = either.allocate_receipt(receipt, allocations=rows, date=DAY)
    assert [(part.invoice_id, part.amount) for part in moved.allocations] == [(first.id, 40), (second.id, 60)]
    note = either.add_credit_note(invoice_id=second.id, date=DAY, gross_amount=30)
    moved_note = either.allocate_credit_note(note, allocations=[{"invoice_id": first.id, "amount": 30}])
    assert [part.invoice_id for part in moved_note.allocations] == [first.id]
    with pytest.raises(khata.Invalid) as too_much:
        either.allocate_receipt(receipt, allocations=[{"invoice_id": first.id, "amount": 101}])
    assert [fault.code for fault in too_much.value.errors] == ["over_allocated"]
    assert either.verify().is_sound


def test_numbers_go_on_after_those_of_the_old_book(either: khata.Shop, ravi: khata.Customer) -> None:
    assert either.set_numbering(kind="invoice", year=2026, after="15422").next == "15423"
    assert either.add_invoice(**bill(ravi, 1)).invoice_number == "15423"
    assert ("invoice", 2026, "15424") in [(series.kind, series.year, series.next) for series in either.numbers()]
    with pytest.raises(khata.Invalid) as used:
        either.set_numbering(kind="invoice", year=2026, next="15423")
    assert [(fault.field, fault.code) for fault in used.value.errors] == [("next", "number_used")]


def test_customers_are_grouped_by_tags(either: khata.Shop) -> None:
    asha = either.add_customer(name="Asha", tags=["Wholesale", "Market Road"])
    either.add_customer(name="Bina", tags=("retail",))
    assert asha.tags == ("Wholesale", "Market Road")
    assert [found.id for found in either.customers(tag="wholesale")] == [asha.id]
    assert either.update_customer(asha, tags=None).tags is None
    assert list(either.customers(tag="wholesale")) == []
