"""Threads, tasks, processes, signals."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import khata
import pytest
from conftest import bill

NEEDS_FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system doesn't fork")


def test_sixteen_threads_post_at_once(shop: khata.Shop, ravi: khata.Customer) -> None:
    def post(amount: int) -> khata.Invoice:
        return shop.add_invoice(**bill(ravi, amount))

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(post, range(1, 161)))
    assert sorted(invoice.seq for invoice in made) == list(range(1, 161))
    assert shop.customer(ravi).balance == sum(range(1, 161))
    assert shop.verify().is_sound


def test_the_interpreter_is_free_while_a_call_waits(shop: khata.Shop) -> None:
    turns, over = 0, threading.Event()

    def count() -> None:
        nonlocal turns
        while not over.is_set():
            turns += 1
            time.sleep(0)

    counting = threading.Thread(target=count)
    counting.start()
    before = turns
    assert list(shop.feed(timeout=timedelta(milliseconds=300))) == []
    assert turns > before
    over.set()
    counting.join()


def test_tasks_post_at_once(url: str, shop: khata.Shop, ravi: khata.Customer) -> None:
    async def post() -> None:
        async with khata.aopen(url) as book:
            same = await book.shop(shop.id)
            made = await asyncio.gather(*(same.add_invoice(**bill(ravi, n)) for n in range(1, 65)))
            assert [invoice.total_amount for invoice in made] == list(range(1, 65))
            tasks = [asyncio.create_task(same.customer(ravi)) for _ in range(64)]
            assert {(await task).balance for task in tasks} == {sum(range(1, 65))}

    asyncio.run(post())


def test_a_cancelled_posting_is_neither_lost_nor_doubled(url: str, shop: khata.Shop, ravi: khata.Customer) -> None:
    async def post() -> None:
        async with khata.aopen(url) as book:
            same = await book.shop(shop.id)
            for n in range(40):
                task = asyncio.create_task(same.add_invoice(**bill(ravi, 1), idempotency_key=f"c{n}"))
                await asyncio.sleep(n * 0.0002)
                task.cancel()
                try:
                    await task
                except asyncio.CancelledError:
                    pass
            again = [same.add_invoice(**bill(ravi, 1), idempotency_key=f"c{n}") for n in range(40)]
            assert len({invoice.id for invoice in await asyncio.gather(*again)}) == 40

    asyncio.run(post())
    assert shop.customer(ravi).balance == 40
    assert len(list(shop.invoices())) == 40
    assert shop.verify().is_sound


def test_what_was_begun_is_done_though_nobody_waits(url: str, shop: khata.Shop, ravi: khata.Customer) -> None:
    async def post() -> None:
        async with khata.aopen(url) as book:
            same = await book.shop(shop.id)
            news = [khata.NewInvoice(**bill(ravi, 1)) for _ in range(600)]
            task = asyncio.create_task(same.add_many(news))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            async for entry in same.feed(timeout=timedelta(seconds=20)):
                if entry.seq == 600:
                    break

    asyncio.run(post())
    assert shop.customer(ravi).balance == 600


def test_a_feed_brings_what_comes(url: str, shop: khata.Shop, ravi: khata.Customer) -> None:
    with khata.open(url) as elsewhere, ThreadPoolExecutor(1) as pool:
        feed = elsewhere.shop(shop.id).feed(timeout=timedelta(seconds=20))
        first = pool.submit(next, feed)
        invoice = shop.add_invoice(**bill(ravi, 1))
        assert (first.result().item_id, first.result().seq) == (invoice.id, 1)
        second = pool.submit(next, feed, None)
        elsewhere.close()
        with pytest.raises(khata.KhataError):
            raise second.exception() or khata.KhataError("it ended", code="closed")


def test_a_feed_loses_nothing_to_who_stops_waiting(url: str, shop: khata.Shop, ravi: khata.Customer) -> None:
    async def follow() -> None:
        async with khata.aopen(url) as book:
            same = await book.shop(shop.id)
            feed = same.feed()
            for n in range(1, 4):
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(feed.__anext__(), 0.05)
                await same.add_invoice(**bill(ravi, n))
                assert (await asyncio.wait_for(feed.__anext__(), 20)).seq == n

    asyncio.run(follow())


def test_two_threads_share_a_list(shop: khata.Shop, ravi: khata.Customer) -> None:
    shop.add_many([khata.NewInvoice(**bill(ravi, 1)) for _ in range(1100)])
    listing = shop.entries()
    with ThreadPoolExecutor(4) as pool:
        parts = [pool.submit(list[khata.Entry], listing) for _ in range(4)]
    assert sorted(entry.seq for part in parts for entry in part.result()) == list(range(1, 1101))


def test_a_coroutine_is_awaited_once(url: str) -> None:
    async def twice() -> None:
        async with khata.aopen(url) as book:
            ping = book.ping()
            await ping
            with pytest.raises(RuntimeError, match="already awaited"):
                await ping

    asyncio.run(twice())


def in_a_fork(act: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            act()
            os._exit(0)
        except khata.KhataError as error:
            os._exit({"forked": 3, "closed": 4}.get(error.code, 5))
        except BaseException:
            os._exit(6)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@NEEDS_FORK
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_does_not_use_its_parents_book(url: str, book: khata.Khata, shop: khata.Shop) -> None:
    assert in_a_fork(shop.summary) == 3
    assert in_a_fork(book.ping) == 3
    assert in_a_fork(lambda: next(shop.entries())) == 3
    assert in_a_fork(book.close) == 0

    def opens_again() -> None:
        with khata.open(url) as own:
            own.shop(shop.id).summary()

    assert in_a_fork(opens_again) == 0
    assert shop.verify().is_sound


def script(text: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", text, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


LEFT_OPEN = """
import asyncio, sys, threading
import khata
book = khata.open(sys.argv[1])
shop = book.shop(sys.argv[2])
threading.Thread(target=lambda: next(shop.feed(after=10**6)), daemon=True).start()
async def leave():
    awaiting = await khata.aopen(sys.argv[1])
    feed = (await awaiting.shop(sys.argv[2])).feed(after=10**6)
    task = asyncio.ensure_future(feed.__anext__())
    await asyncio.sleep(0.1)
    task.cancel()
asyncio.run(leave())
print(shop.today())
"""


def test_an_interpreter_ends_with_books_open(url: str, shop: khata.Shop) -> None:
    left = script(LEFT_OPEN, url, str(shop.id))
    out, err = left.communicate(timeout=60)
    assert (left.returncode, out.strip(), err) == (0, str(shop.today()), "")


ENDS_AT_ONCE = """
import asyncio, sys
import khata
async def look():
    async with khata.aopen(sys.argv[1]) as book:
        await (await book.shop(sys.argv[2])).summary()
asyncio.run(look())
"""


def test_an_interpreter_may_end_right_after_a_call(url: str, shop: khata.Shop) -> None:
    for _ in range(10):
        done = script(ENDS_AT_ONCE, url, str(shop.id))
        assert (*done.communicate(timeout=60), done.returncode) == ("", "", 0)


LOCK = """
import sys
is_on = getattr(sys, "_is_gil_enabled", lambda: True)
before = is_on()
import khata
assert khata.open("sqlite::memory:").ping() is None
assert is_on() == before
"""


def test_a_free_threaded_interpreter_stays_free() -> None:
    done = script(LOCK)
    assert (*done.communicate(timeout=60), done.returncode) == ("", "", 0)


INTERRUPTED = """
import sys
import khata
shop = khata.open(sys.argv[1]).shop(sys.argv[2])
print("ready", flush=True)
try:
    next(shop.feed(after=10**6))
except KeyboardInterrupt:
    print("interrupted", shop.today())
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send")
def test_ctrl_c_ends_a_long_call(url: str, shop: khata.Shop) -> None:
    waiting = script(INTERRUPTED, url, str(shop.id))
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "ready\n"
    time.sleep(0.2)
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, out.split(), err) == (0, ["interrupted", str(shop.today())], "")


def post_in_another_process(url: str, shop: str, customer: str, count: int) -> None:
    with khata.open(url) as book:
        other = book.shop(shop)
        ravi = other.customer(customer)
        other.add_many([khata.NewInvoice(**bill(ravi, 1)) for _ in range(count)])


def test_processes_post_to_one_book(url: str, shop: khata.Shop, ravi: khata.Customer) -> None:
    context = multiprocessing.get_context("spawn")
    arguments = (url, str(shop.id), str(ravi.id), 100)
    processes = [context.Process(target=post_in_another_process, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert shop.customer(ravi).balance == 200
    assert shop.verify().is_sound
