"""Opening, registering, logging in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import khata
import pytest
from conftest import PASSWORD, profile

SECRET = "a secret of more than thirty-two bytes"


def test_an_owner_registers_and_logs_in(book: khata.Khata) -> None:
    given = profile()
    owner = book.register(**given)
    assert (owner.shop_name, owner.currency, owner.time_zone) == ("Sharma Kirana", "INR", "Asia/Kolkata")
    with pytest.raises(khata.Conflict) as taken:
        book.register(**given)
    assert taken.value.code == "mobile_taken"

    login = book.login(given["mobile_number"], PASSWORD, peer="192.0.2.1")
    assert login.shop_owner == owner
    assert login.token not in repr(login)
    shop = book.authenticate(login.token)
    assert (shop.id, shop.session_id) == (owner.id, login.session_id)
    other = book.authenticate(book.login(given["mobile_number"], PASSWORD).token)
    shop.logout()
    for token in (login.token, "nonsense"):
        with pytest.raises(khata.Unauthorized) as ended:
            book.authenticate(token)
        assert ended.value.code == "invalid_token"
    other.logout_all()


def test_whatever_is_wrong_gets_one_answer(book: khata.Khata, owner: khata.ShopOwner) -> None:
    for mobile, password in ((owner.mobile_number, "a wrong password"), ("no number", PASSWORD)):
        with pytest.raises(khata.Unauthorized) as wrong:
            book.login(mobile, password)
        assert wrong.value.code == "wrong_credentials"


def test_who_guesses_is_slowed_down(book: khata.Khata, owner: khata.ShopOwner) -> None:
    with pytest.raises(khata.Throttled) as throttled:
        for _ in range(50):
            with pytest.raises(khata.Unauthorized):
                book.login(owner.mobile_number, "a wrong password")
    assert throttled.value.code == "too_many_tries"
    assert throttled.value.retry_after > 0


def test_a_known_device_does_not_wait_for_the_guesses_of_others(book: khata.Khata, owner: khata.ShopOwner) -> None:
    login = book.login(owner.mobile_number, PASSWORD)
    assert login.device not in repr(login)
    with pytest.raises(khata.Throttled):
        for _ in range(50):
            with pytest.raises(khata.Unauthorized):
                book.login(owner.mobile_number, "a wrong password")
    assert book.login(owner.mobile_number, PASSWORD, device=login.device).shop_owner == owner


def test_registrations_are_limited_by_where_they_come_from(book: khata.Khata, owner: khata.ShopOwner) -> None:
    taken = {**profile(), "mobile_number": owner.mobile_number}
    with pytest.raises(khata.Throttled):
        for _ in range(150):
            with pytest.raises(khata.Conflict):
                book.register(peer="192.0.2.1", **taken)
    assert book.register(peer="192.0.2.2", **profile()).id != owner.id


def test_a_password_that_is_easy_to_guess_is_refused(book: khata.Khata) -> None:
    with pytest.raises(khata.Invalid) as weak:
        book.register(**{**profile(), "password": "sharma kirana"})
    assert [(fault.field, fault.code) for fault in weak.value.errors] == [("password", "weak_password")]


def test_an_owner_proves_who_they_are(book: khata.Khata, owner: khata.ShopOwner, tmp_path: Path) -> None:
    shop = book.authenticate(book.login(owner.mobile_number, PASSWORD).token)
    with pytest.raises(khata.Invalid) as wrong:
        shop.reauthenticate("not it")
    assert wrong.value.errors[0].field == "current_password"
    again = shop.reauthenticate(PASSWORD)
    assert (again.id, again.session_id) == (shop.id, shop.session_id)
    again.export(tmp_path / "book.jsonl")
    again.logout_all()
    assert issubclass(khata.Forbidden, khata.KhataError)


def test_all_faults_are_told_at_once(book: khata.Khata) -> None:
    with pytest.raises(khata.Invalid) as invalid:
        book.register(shop_name="", mobile_number="123", gst_number="x", shopname="?")  # type: ignore[call-arg]
    fields = [fault.field for fault in invalid.value.errors]
    assert fields == ["shop_name", "proprietor_name", "mobile_number", "password", "gst_number", "shopname"]
    assert "mobile_number: " in str(invalid.value)


def test_a_password_is_changed(book: khata.Khata, owner: khata.ShopOwner) -> None:
    shop = book.shop(owner)
    with pytest.raises(khata.Invalid) as wrong:
        shop.update_profile(password="another good password", current_password="not it")
    assert wrong.value.errors[0].field == "current_password"
    shop.update_profile(password="another good password", current_password=PASSWORD)
    assert book.login(owner.mobile_number, "another good password").shop_owner.id == owner.id


def test_nobody_sees_another_shop(book: khata.Khata, shop: khata.Shop, ravi: khata.Customer) -> None:
    stranger = book.shop(book.register(**profile()))
    with pytest.raises(khata.NotFound):
        stranger.customer(ravi)


def test_a_closed_book_refuses(tmp_path: Path) -> None:
    book = khata.open(f"sqlite://{tmp_path}/a.db", secret=SECRET)
    with book as same:
        assert same is book
        shop = book.shop(book.register(**profile()))
    for call in (book.ping, shop.summary, lambda: next(shop.entries())):
        with pytest.raises(khata.KhataError) as closed:
            call()
        assert closed.value.code == "closed"
    book.close()


def test_tokens_last_with_a_secret(tmp_path: Path) -> None:
    url, given = f"sqlite://{tmp_path}/a.db", profile()
    with khata.open(url, secret=SECRET) as book:
        book.register(**given)
        token = book.login(given["mobile_number"], PASSWORD).token
        head = book.authenticate(token).signed_head()
    with khata.open(url, secret=SECRET) as book:
        assert book.authenticate(token).profile().shop_name == "Sharma Kirana"
        assert book.vouches_for(head)
    with khata.open(url) as book:
        assert not book.vouches_for(head)
        with pytest.raises(khata.Unauthorized):
            book.authenticate(token)
    with pytest.raises(khata.Invalid) as short:
        khata.open(url, secret="short")
    assert short.value.errors[0].field == "secret"


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but a text of some length\n" * 100)
    for url, says in {
        "shop.db": "must be a URL",
        "mysql://root:secret@localhost/khata": "`mysql` is not a kind of database",
        f"sqlite://{tmp_path}/none/a.db": "can't be made",
        f"sqlite://{tmp_path}/notes.txt": "is not a database",
    }.items():
        with pytest.raises(khata.KhataError, match=says) as refused:
            khata.open(url)
        assert refused.value.code == "cannot_open"
        assert "secret" not in str(refused.value)
    with pytest.raises(khata.Unavailable) as away:
        khata.open("postgres://nobody:secret@127.0.0.1:1/khata")
    assert isinstance(away.value.__cause__, khata.Cause)


def test_it_is_opened_for_asyncio_both_ways(tmp_path: Path) -> None:
    async def both_ways() -> None:
        async with khata.aopen(f"sqlite://{tmp_path}/a.db") as book:
            owner = await book.register(**profile())
            assert (await book.shop(owner)).id == owner.id
        with pytest.raises(khata.KhataError, match="was closed"):
            await book.ping()
        book = await khata.aopen("sqlite::memory:")
        async with book as same:
            assert same is book
            await book.ping()
        with pytest.raises(khata.KhataError, match="must be a URL"):
            async with khata.aopen("shop.db"):
                pass

    asyncio.run(both_ways())
