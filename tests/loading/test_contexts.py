"""Connections belong to a context: who gets which account, in threads, pools, tasks and ``with`` blocks."""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

import pmframes as pm
from pmframes.errors import NotConnected
from tests.support.cases import case_of
from tests.support.server import FakeServer, Reply, Request, reply

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")
CLIENTS = case_of("outlign.clients")
DEMO, NOT_CONNECTED = "demo", "not connected"
rounds = pytest.mark.parametrize(
    "rounds", [1, pytest.param(20, marks=pytest.mark.slow), pytest.param(200, marks=pytest.mark.soak)]
)
each_block = pytest.mark.parametrize("block", [lambda: pm.demo(people=1), pm.offline], ids=["demo", "offline"])


@pytest.fixture(autouse=True)
def connect(server: FakeServer) -> Callable[[str], Any]:
    """Serve one client, titled as the token that asked; connect the process as "everyone"."""

    def answer(request: Request) -> Reply:
        return reply(CLIENTS.body([CLIENTS.row(1) | {"title": request.token}]))

    server.serve(CLIENTS.path, answer)

    def connect(token: str) -> Any:
        return CLIENTS.connect(server, token)

    connect("everyone")
    return connect


def account() -> str:
    """Return whose rows a load returns."""
    try:
        frame = CLIENTS.load(refresh=True)
    except NotConnected:
        return NOT_CONNECTED
    return DEMO if frame.attrs["pmframes"]["fictional"] else frame["title"][0]


def in_thread(work: Callable[[], Any]) -> Any:
    """Call a function in a new thread, which has an empty context."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@pytest.fixture
def other_block() -> Iterator[Callable[[], Any]]:
    """Open a demo in a thread of its own, until the end of the test."""
    opened, closing, threads = threading.Event(), threading.Event(), []

    def hold() -> None:
        with pm.demo(people=1):
            opened.set()
            closing.wait()

    def open_block() -> None:
        threads.append(threading.Thread(target=hold))
        threads[0].start()
        opened.wait()

    yield open_block
    closing.set()
    for thread in threads:
        thread.join()


# Threads


@rounds
def test_each_thread_has_the_account_that_it_connected(rounds, connect):
    barrier = threading.Barrier(4)

    def work(token: str) -> list[str]:
        connect(token)
        barrier.wait()
        return [account() for _ in range(3)]

    for _ in range(rounds):
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, "abcd")) == [[token] * 3 for token in "abcd"]
        assert account() == "everyone"


def test_a_thread_that_connected_nothing_has_the_default(connect):
    assert in_thread(account) == "everyone"
    connect("later")
    assert in_thread(account) == "later"


def test_a_thread_that_connected_one_service_has_no_default_for_the_others(connect):
    def work() -> str:
        pm.connect("spirii", token="a-token")
        return account()

    assert in_thread(work) == NOT_CONNECTED
    assert account() == "everyone"
    assert pm.connections()["service"].tolist() == ["outlign"]


def test_what_a_thread_disconnects_stays_connected_elsewhere(connect):
    def work() -> list[str]:
        before = account()
        pm.disconnect()
        return [before, account()]

    assert in_thread(work) == ["everyone", NOT_CONNECTED]
    assert account() == "everyone"


def test_a_disconnect_at_the_top_level_leaves_the_connection_of_a_thread(connect):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(connect, "a").result()
        pm.disconnect()
        assert pool.submit(account).result() == "a"
    assert account() == NOT_CONNECTED


# Blocks


def test_a_pool_made_before_a_block_is_not_in_it():
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(account).result() == "everyone"
        with pm.demo(people=1):
            assert pool.submit(account).result() == NOT_CONNECTED
            assert pool.submit(contextvars.copy_context().run, account).result() == DEMO
            assert account() == DEMO
        assert pool.submit(account).result() == "everyone"


def test_a_pool_made_in_a_block_is_told_to_say_whose_it_is(connect):
    with pm.demo(people=1), ThreadPoolExecutor(1) as pool:
        with pytest.raises(NotConnected, match="not clear which connection to Outlign") as raised:
            pool.submit(CLIENTS.load).result()
        assert "contextvars.copy_context().run" in raised.value.remedy
        pool.submit(connect, "a").result()
        assert pool.submit(account).result() == "a"


@each_block
def test_a_pool_that_outlives_its_block_has_the_default_again(block):
    with ThreadPoolExecutor(1) as pool:
        with block():
            assert pool.submit(account).result() == NOT_CONNECTED
        assert pool.submit(account).result() == "everyone"


def test_another_thread_s_block_changes_nothing_at_the_top_level(other_block):
    other_block()
    assert account() == "everyone"
    assert in_thread(account) == NOT_CONNECTED


def test_another_thread_s_block_changes_nothing_for_a_thread_that_connected(connect, other_block):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(connect, "a").result()
        other_block()
        assert pool.submit(account).result() == "a"


def test_a_default_demo_is_everyone_s_until_it_stops():
    demo = pm.demo(people=1)
    assert (account(), in_thread(account)) == (DEMO, DEMO)
    demo.stop()
    assert (account(), in_thread(account)) == ("everyone", "everyone")


def test_a_demo_can_become_a_block_later():
    demo = pm.demo(people=1)
    with demo:
        assert (account(), in_thread(account)) == (DEMO, NOT_CONNECTED)
    assert (account(), in_thread(account)) == ("everyone", "everyone")


def test_blocks_within_blocks():
    with pm.demo(people=1) as outer:
        url = outer.url("outlign")
        with pm.demo(people=1) as inner:
            assert pm.connections()["url"][2] == inner.url("outlign")
            with pm.offline(), pytest.raises(pm.errors.OfflineMiss):
                CLIENTS.load()
        assert pm.connections()["url"][2] == url
        assert account() == DEMO
    assert account() == "everyone"


def test_blocks_that_end_in_another_order():
    first, second = ExitStack(), ExitStack()
    first.enter_context(pm.demo(people=1))
    second.enter_context(pm.offline())
    first.close()
    second.close()
    assert (account(), in_thread(account)) == ("everyone", "everyone")


def test_a_connection_within_a_block_holds_until_its_end(connect):
    with pm.demo(people=1):
        connect("a")
        assert account() == "a"
        pm.disconnect()
        assert account() == NOT_CONNECTED
    assert account() == "everyone"


def test_a_block_ends_with_an_error():
    with pytest.raises(ZeroDivisionError), pm.demo(people=1):
        raise ZeroDivisionError
    assert (account(), in_thread(account)) == ("everyone", "everyone")


def in_a_block() -> Iterator[None]:
    with pm.demo(people=1):
        yield


def test_a_block_that_another_thread_ends_is_over_where_it_began(connect):
    def finish() -> list[str]:
        connect("a")
        began.close()
        return [account()]

    began = in_a_block()
    next(began)
    assert account() == DEMO
    assert in_thread(finish) == ["a"], "the thread that ended it keeps its own"
    assert (account(), in_thread(account)) == ("everyone", "everyone")
    connect("later")
    assert in_thread(account) == "later", "and what is connected here is the default again"
    assert asyncio.run(load(None, connect, asyncio.Barrier(1))) == ["later", "later"], "tasks are not within it either"


def test_what_was_started_in_a_block_gets_no_other_account_after_its_end():
    with pm.demo(people=1):
        context = contextvars.copy_context()
    with pytest.raises(pm.errors.PmframesError):
        in_thread(lambda: context.run(CLIENTS.load, refresh=True))


# asyncio


async def load(token: str | None, connect: Callable[[str], Any], barrier: asyncio.Barrier) -> list[str]:
    if token:
        connect(token)
    await barrier.wait()
    here = account()
    return [here, await asyncio.to_thread(account)]


@rounds
def test_each_task_has_the_account_that_it_connected(rounds, connect):
    async def main() -> list[list[str]]:
        barrier = asyncio.Barrier(3)
        return await asyncio.gather(*(load(token, connect, barrier) for token in ("a", "b", None)))

    for _ in range(rounds):
        assert asyncio.run(main()) == [["a", "a"], ["b", "b"], ["everyone", "everyone"]]
        assert account() == "everyone"


def test_a_task_inherits_what_its_parent_connected(connect):
    async def main() -> list[str]:
        connect("a")
        child = asyncio.create_task(asyncio.to_thread(account))
        loop = asyncio.get_running_loop()
        return [await child, await loop.run_in_executor(None, account)]

    assert asyncio.run(main()) == ["a", "everyone"]


def test_a_block_of_a_task_is_its_own(connect):
    async def block(opened: asyncio.Event, closing: asyncio.Event) -> list[str]:
        with pm.demo(people=1):
            opened.set()
            await closing.wait()
            return [account(), await asyncio.to_thread(account)]

    async def main() -> tuple[list[str], str]:
        opened, closing = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(block(opened, closing))
        await opened.wait()
        elsewhere = account()
        closing.set()
        return await task, elsewhere

    assert asyncio.run(main()) == ([DEMO, DEMO], NOT_CONNECTED)
    assert account() == "everyone"


def test_a_block_that_another_task_ends_is_over_where_it_began(connect):
    async def main() -> list[str]:
        connect("a")
        began = in_a_block()
        next(began)
        within = account()
        # Not a copy of this context: one as a pool of tasks has it.
        await asyncio.create_task(asyncio.to_thread(began.close), context=contextvars.Context())
        return [within, account()]

    assert asyncio.run(main()) == [DEMO, "a"]
