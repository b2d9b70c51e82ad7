"""``pm.offline()``: cached loads of any age are served with a warning, everything else raises, nothing is sent."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import pmframes as pm
from tests.support.cache_files import make_older, warnings_of
from tests.support.cases import ONE_EACH, TOKEN, Case, case_of
from tests.support.server import FakeServer

CLIENTS = case_of("outlign.clients")
every_service = pytest.mark.parametrize("case", ONE_EACH, ids=lambda case: case.service)
TITLES = {"teamwork": "Teamwork.com", "projectmanager": "ProjectManager.com", "outlign": "Outlign", "spirii": "Spirii"}


@pytest.fixture
def cached(server: FakeServer) -> Case:
    """A load of two clients that is in the cache; the requests for it are forgotten."""
    CLIENTS.start(server, CLIENTS.honest(CLIENTS.rows(2)))
    CLIENTS.load()
    server.forget()
    return CLIENTS


def load_offline(load: Callable[..., pd.DataFrame], **arguments: Any) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame and the messages of all warnings."""
    with pm.offline():
        return warnings_of(lambda: load(**arguments))


def offline_miss(load: Callable[..., pd.DataFrame], **arguments: Any) -> str:
    """Return the message of the error."""
    with pytest.raises(pm.errors.OfflineMiss) as raised, pm.offline():
        load(**arguments)
    return str(raised.value)


def test_every_loader_is_served_from_the_cache_without_a_socket(case, server, monkeypatch):
    case.start(server, case.honest(case.rows(9), most=4))
    loaded = case.load()
    server.forget()
    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, None)
    frame, warned = load_offline(case.load)
    pd.testing.assert_frame_equal(frame, loaded)
    assert len(warned) == 1
    source = frame.attrs["pmframes"]
    assert (source["cached"], source["requests"], source["complete"]) == (True, 0, True)
    assert source["fetched_at"] == loaded.attrs["pmframes"]["fetched_at"]
    assert (server.connections, server.requests) == (0, [])


@every_service
def test_an_expired_load_is_served_offline_with_a_warning_of_its_age(case, server, cache_dir):
    case.start(server, case.honest(case.rows(9), most=4))
    loaded = case.load()
    make_older(cache_dir, hours=49)
    server.forget()
    frame, [warning] = load_offline(case.load)
    pd.testing.assert_frame_equal(frame, loaded)
    assert server.connections == 0
    assert warning.startswith(f"Offline: {TITLES[case.service]} ")
    assert warning.endswith(", 2 days ago.")
    assert frame.attrs["pmframes"]["fetched_at"] < loaded.attrs["pmframes"]["fetched_at"]
    # Outside of the block it is too old, and requested again.
    assert case.load().attrs["pmframes"]["cached"] is False
    assert server.requests != []


def test_every_offline_load_warns(cached):
    assert [len(load_offline(cached.load)[1]) for _ in range(3)] == [1, 1, 1]


@every_service
def test_a_load_that_is_not_cached_raises_with_a_remedy_that_works(case, server):
    case.start(server, case.honest(case.rows(2)))
    message = offline_miss(case.load)
    assert server.connections == 0
    assert message.startswith(TITLES[case.service])
    assert "Load it once outside of pm.offline(), with the same arguments" in message
    assert len(case.load()) == 2
    assert len(load_offline(case.load)[0]) == 2


def test_refresh_raises_offline_and_leaves_the_cache(cached, server):
    assert "refresh=True" in offline_miss(cached.load, refresh=True)
    assert server.connections == 0
    assert len(load_offline(cached.load)[0]) == 2


def test_bank_details_are_never_cached_and_raise_offline(server):
    case = case_of("spirii.customers")
    case.start(
        server, case.honest([row | {"payoutInformation": {"iban": "DK5000400440116243"}} for row in case.rows(2)])
    )
    case.load()
    assert case.load(payout=True)["iban"].tolist() == ["DK5000400440116243"] * 2
    server.forget()
    assert "payout" in offline_miss(case.load, payout=True)
    assert server.connections == 0
    assert "iban" not in load_offline(case.load)[0].columns


def test_one_cached_project_of_two_raises_instead_of_a_partial_frame(server):
    case = case_of("teamwork.people")
    case.start(server, case.honest(case.rows(2)))
    case.load()
    server.forget()
    offline_miss(lambda: pm.teamwork.people([12345, 678]))
    assert server.connections == 0


def test_another_token_has_a_cache_of_its_own(cached, server):
    cached.connect(server, token="another-token")
    offline_miss(cached.load)
    cached.connect(server, token=TOKEN)
    assert len(load_offline(cached.load)[0]) == 2


def test_without_a_connection_the_error_is_not_connected():
    with pytest.raises(pm.errors.NotConnected), pm.offline():
        CLIENTS.load()


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_cache_raises_offline(cached, server, cache_dir):
    for path in cache_dir.rglob("*.sqlite*"):
        path.write_bytes(b"garbage" * 1000)
    offline_miss(cached.load)
    assert server.connections == 0


@every_service
@pytest.mark.parametrize("account", [None, "agency-a"])
def test_no_token_function_is_called_offline(account, case, server):
    """Without an account the load is cached in memory only, and is served as well."""
    calls = []

    def token() -> str:
        calls.append(1)
        return TOKEN

    case.start(server, case.honest(case.rows(2)), token=token, account=account)
    offline_miss(case.load)
    assert calls == []
    case.load()
    assert len(calls) == 1
    assert len(load_offline(case.load)[0]) == 2
    offline_miss(case.load, refresh=True)
    assert len(calls) == 1


def is_offline(case: Case) -> bool:
    """A refresh raises offline, and is answered otherwise."""
    try:
        case.load(refresh=True)
    except pm.errors.OfflineMiss:
        return True
    return False


def raise_within_two_blocks(error: type[BaseException], case: Case) -> None:
    with pm.offline():
        try:
            with pm.offline():
                raise error
        except error:
            assert is_offline(case)
            raise


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_error_within_a_block_ends_that_block_only(error, cached):
    with pytest.raises(error):
        raise_within_two_blocks(error, cached)
    assert not is_offline(cached)


def test_it_begins_with_the_block_and_not_with_the_call(cached):
    block = pm.offline()
    assert not is_offline(cached)
    with block:
        assert is_offline(cached)
    assert not is_offline(cached)


def test_it_holds_for_the_thread_until_its_block_ends(cached):
    entered, leave, found = threading.Event(), threading.Event(), []

    def other() -> None:
        with pm.offline():
            entered.set()
            leave.wait(60)
            found.append(is_offline(cached))

    thread = threading.Thread(target=other)
    with pm.offline():
        thread.start()
        assert entered.wait(60)
    still = is_offline(cached)
    leave.set()
    thread.join(60)
    assert (still, found) == (False, [True])
    assert not is_offline(cached)
