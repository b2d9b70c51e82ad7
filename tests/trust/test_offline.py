"""Within ``pm.offline()`` nothing is asked: what is stored is served and says its age, the rest is a miss."""

import re
import socket
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import pmframes as pm

from . import shelves
from .services import BY_NAME, TOKEN, Case, connect, honest, start

DAYS_AGO = r"2 days"


@pytest.fixture
def no_socket(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when it is called on, a socket that is made, or a name that is looked up, is an error."""

    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError("a socket was touched")

    def shut() -> None:
        for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
            monkeypatch.setattr(socket, name, refuse)

    return shut


def offline(case: Case, **arguments: Any) -> tuple[pd.DataFrame, list[str]]:
    """Load offline, and return the frame and what was warned of."""
    with warnings.catch_warnings(record=True) as told, pm.offline():
        warnings.simplefilter("always")
        frame = case.load(**arguments)
    return frame, [str(warning.message) for warning in told]


def test_what_is_stored_is_served_without_a_socket(case, wire, no_socket):
    start(case, wire, honest(case, case.rows(9), clamp=4))
    first = case.load()
    wire.forget()
    no_socket()
    frame, told = offline(case)
    pd.testing.assert_frame_equal(frame, first)
    assert len(told) == 1
    about = frame.attrs["pmframes"]
    assert (about["cached"], about["requests"], about["complete"]) == (True, 0, True)
    assert about["fetched_at"] == first.attrs["pmframes"]["fetched_at"]
    assert (wire.connections, wire.requests) == (0, [])


def test_what_is_stored_is_served_when_the_server_is_gone(case, wire, cache_dir):
    start(case, wire, honest(case, case.rows(9), clamp=4))
    first = case.load()
    shelves.age(cache_dir, days=400)
    wire.close()
    assert offline(case)[0].equals(first)


def test_what_has_expired_is_served_too_and_says_its_age(case, wire, cache_dir):
    start(case, wire, honest(case, case.rows(9), clamp=4))
    first = case.load()
    shelves.age(cache_dir, hours=49)
    wire.forget()
    frame, told = offline(case)
    pd.testing.assert_frame_equal(frame, first)
    assert wire.connections == 0
    (warning,) = told
    assert re.search(DAYS_AGO, warning)
    assert case.service in warning.lower()
    assert frame.attrs["pmframes"]["fetched_at"] < first.attrs["pmframes"]["fetched_at"]


def test_what_has_expired_is_asked_for_again_outside(case, wire, cache_dir):
    """So the test above is no accident: its rows were too old to be served."""
    start(case, wire, honest(case, case.rows(9), clamp=4))
    case.load()
    shelves.age(cache_dir, hours=49)
    wire.forget()
    assert case.load().attrs["pmframes"]["cached"] is False
    assert wire.requests != []


def test_every_offline_load_says_its_age(case, wire):
    start(case, wire, honest(case, case.rows(2)))
    case.load()
    assert [len(offline(case)[1]) for _ in range(3)] == [1, 1, 1]


def test_an_empty_load_is_stored_too(case, wire, cache_dir):
    start(case, wire, honest(case, []))
    case.load()
    shelves.age(cache_dir, hours=49)
    wire.serve(case.path, honest(case, case.rows(2)))
    frame, _ = offline(case)
    assert len(frame) == 0
    assert list(frame.columns) == list(case.columns)


# What is not stored


def missed(load: Callable[[], Any]) -> str:
    with pytest.raises(pm.errors.OfflineMiss) as raised, pm.offline():
        load()
    return str(raised.value)


def test_what_is_not_stored_is_a_miss_with_its_remedy(case, wire):
    start(case, wire, honest(case, case.rows(2)))
    text = missed(case.load)
    assert wire.connections == 0
    assert case.service in text.lower()
    assert "outside" in text
    assert len(case.load()) == 2, "the remedy"
    assert len(offline(case)[0]) == 2


def test_refresh_is_a_miss_though_the_load_is_stored(case, wire):
    start(case, wire, honest(case, case.rows(2)))
    case.load()
    wire.forget()
    assert "refresh" in missed(lambda: case.load(refresh=True))
    assert wire.connections == 0
    assert len(offline(case)[0]) == 2, "what was stored is still there"


def test_bank_details_are_a_miss_though_they_were_loaded(wire):
    case = BY_NAME["spirii.customers"]
    rows = [row | {"payoutInformation": {"iban": "DK5000400440116243"}} for row in case.rows(2)]
    start(case, wire, honest(case, rows))
    case.load()
    assert case.load(payout=True)["iban"].tolist() == ["DK5000400440116243"] * 2
    wire.forget()
    assert "payout" in missed(lambda: case.load(payout=True))
    assert wire.connections == 0
    assert "iban" not in offline(case)[0].columns


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("teamwork.people", {"search_term": "x"}),
        ("outlign.clients", {"title": "x"}),
        ("spirii.customers", {"types": ["CPO"]}),
        ("projectmanager.roles", {"params": {"x": 1}}),
    ],
    ids=repr,
)
def test_another_question_is_a_miss(name, arguments, wire):
    case = BY_NAME[name]
    start(case, wire, honest(case, case.rows(2)))
    case.load()
    missed(lambda: case.load(**arguments))


def test_one_project_of_two_is_a_miss_and_no_shortened_frame(wire):
    case = BY_NAME["teamwork.people"]
    start(case, wire, honest(case, case.rows(2)))
    case.load()
    wire.forget()
    missed(lambda: pm.teamwork.people([12345, 678]))
    assert wire.connections == 0


def test_another_token_is_a_miss(case, wire):
    start(case, wire, honest(case, case.rows(2)))
    case.load()
    connect(case, wire, token="another-token")
    missed(case.load)
    connect(case, wire, token=TOKEN)
    assert len(offline(case)[0]) == 2


def test_another_site_is_a_miss(case, wire, elsewhere):
    start(case, wire, honest(case, case.rows(2)))
    case.load()
    connect(case, elsewhere)
    missed(case.load)


def test_without_a_connection_it_is_said_that_there_is_none(case):
    with pytest.raises(pm.errors.NotConnected), pm.offline():
        case.load()


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_cache_is_a_miss(case, wire, cache_dir):
    start(case, wire, honest(case, case.rows(9), clamp=4))
    case.load()
    for path in cache_dir.rglob("*.sqlite*"):
        path.write_bytes(b"garbage" * 1000)
    wire.forget()
    missed(case.load)
    assert wire.connections == 0


def test_a_wrong_argument_is_still_one(wire):
    case = start(BY_NAME["spirii.customers"], wire, honest(BY_NAME["spirii.customers"], []))
    with pytest.raises(pm.errors.InvalidArgument), pm.offline():
        case.load(types=["Fleet"])


# Functions that give a token


@pytest.mark.parametrize("account", [None, "agency-a"])
def test_no_token_function_is_called(account, case, wire):
    """What is kept in memory, where no account is named, is served as well."""
    asked: list[int] = []

    def token() -> str:
        asked.append(1)
        return TOKEN

    start(case, wire, honest(case, case.rows(2)), token=token, account=account)
    missed(case.load)
    assert asked == []
    case.load()
    calls = len(asked)
    assert calls == 1
    assert len(offline(case)[0]) == 2
    missed(lambda: case.load(refresh=True))
    assert len(asked) == calls


def test_a_function_that_fails_is_not_called(case, wire, cache_dir):
    start(case, wire, honest(case, case.rows(2)), token=lambda: TOKEN, account="agency-a")
    case.load()
    shelves.age(cache_dir, hours=49)

    def broken() -> str:
        raise LookupError("the vault is shut")

    connect(case, wire, token=broken, account="agency-a")
    assert len(offline(case)[0]) == 2


# In and out again


def is_offline(case: Case) -> bool:
    """A question never asked before is a miss offline, and an answer else."""
    try:
        case.load(refresh=True)
    except pm.errors.OfflineMiss:
        return True
    return False


@pytest.fixture
def asking(wire: Any) -> Case:
    return start(BY_NAME["outlign.clients"], wire, honest(BY_NAME["outlign.clients"], []))


def test_blocks_may_be_nested(asking):
    with pm.offline():
        with pm.offline():
            assert is_offline(asking)
        assert is_offline(asking)
    assert not is_offline(asking)


def fail_within_two_blocks(error: type[BaseException], asking: Case) -> None:
    with pm.offline():
        try:
            with pm.offline():
                raise error
        except error:
            assert is_offline(asking)
            raise


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_block_that_fails_is_left_normally(error, asking):
    with pytest.raises(error):
        fail_within_two_blocks(error, asking)
    assert not is_offline(asking)


def test_a_miss_leaves_normally_too(asking):
    missed(asking.load)
    assert not is_offline(asking)


def test_it_begins_with_the_block_and_not_with_the_call(asking):
    block = pm.offline()
    assert not is_offline(asking)
    with block:
        assert is_offline(asking)
    assert not is_offline(asking)


def test_it_holds_in_other_threads_and_until_the_last_block_ends(asking):
    entered, leave, found = threading.Event(), threading.Event(), []

    def other() -> None:
        with pm.offline():
            entered.set()
            leave.wait(60)
            found.append(is_offline(asking))

    thread = threading.Thread(target=other)
    with pm.offline():
        thread.start()
        entered.wait(60)
    still = is_offline(asking)
    leave.set()
    thread.join(60)
    assert (still, found) == (True, [True])
    assert not is_offline(asking)
