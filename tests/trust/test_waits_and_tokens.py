"""How long a refusal is waited for, and what a token that is no longer accepted costs."""

import threading
import time
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

import pmframes as pm
from pmframes._http import rate_limit
from pmframes._http.prefetch import run_in_daemon_thread

from .services import BY_NAME, TOKEN, Case, connect, first_asked, honest, start
from .wire import Answer, Asked, Reply, in_turn, reply

ATTEMPTS = 5
ANY = range(1, 61)


def _date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


# What Retry-After says, and the waits in whole seconds that may follow
TOLD: dict[str, tuple[Callable[[], str | None], range]] = {
    "0": (lambda: "0", range(1, 2)),
    "1": (lambda: "1", range(1, 2)),
    "5": (lambda: "5", range(5, 7)),
    "60": (lambda: "60", range(59, 61)),
    "a day": (lambda: "86400", range(60, 61)),
    "negative": (lambda: "-5", ANY),
    "huge": (lambda: "9" * 400, range(60, 61)),
    "a date to come": (lambda: _date(50), range(10, 51)),  # it comes nearer meanwhile
    "a date far away": (lambda: _date(86400), range(60, 61)),
    "a date gone by": (lambda: _date(-3600), range(1, 2)),
    "garbage": (lambda: "soon", ANY),
    "other digits": (lambda: "5\u00b2", ANY),
    "empty": (lambda: "", ANY),
    "nothing": (lambda: None, ANY),
}


def _refusal(status: int, told: str | None) -> Reply:
    return reply({"message": "Too Many Attempts."}, status, **({} if told is None else {"Retry_After": told}))


@pytest.mark.product
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("told", TOLD)
def test_one_refusal_costs_one_wait(told, status, case, wire, waits):
    header, allowed = TOLD[told]
    start(case, wire, in_turn(_refusal(status, header()), honest(case, case.rows(3))))
    assert case.load()[case.id_column].tolist() == case.keys(3)
    assert len(waits) == 1
    # What says nothing leaves a short outage to the retries' own pace.
    least = 0.01 if (status, allowed) == (503, ANY) else allowed.start
    assert least <= waits[0] <= allowed.stop


@pytest.mark.product
@pytest.mark.parametrize("told", TOLD)
def test_refusals_without_end_are_an_error(told, each_service, wire, waits):
    header, _ = TOLD[told]
    start(each_service, wire, lambda asked: _refusal(429, header()))
    with pytest.raises(pm.errors.RateLimited, match=r"429.*Wait"):
        each_service.load()
    assert first_asked(each_service, wire) == ATTEMPTS
    assert len(waits) == ATTEMPTS - 1
    assert all(1 <= wait <= 60 for wait in waits)


def test_what_another_try_cannot_change_is_not_waited_for(case, wire, waits):
    start(case, wire, reply({"message": "no"}, status=403, Retry_After="5"))
    with pytest.raises((pm.errors.PermissionDenied, pm.errors.AuthenticationError)):
        case.load()
    assert (first_asked(case, wire), waits) == (1, [])


@pytest.mark.parametrize("status", [429, 502])
def test_every_page_may_be_refused_once(status, paged, wire, waits):
    """Refusals of different pages do not add up to a failure."""
    good, refused = honest(paged, paged.rows(12), clamp=2), set()
    lock = threading.Lock()

    def answer(asked: Asked) -> Reply:
        with lock:
            first = asked.place not in refused
            refused.add(asked.place)
        return _refusal(status, "2") if first else good(asked)

    start(paged, wire, answer)
    assert paged.load()[paged.id_column].tolist() == paged.keys(12)
    assert len(refused) >= 6
    # Pages that are asked for ahead share one wait, and wait for what is left of it.
    assert 0 < min(waits) <= max(waits) <= 2


# The rate limit


def test_no_minute_has_more_requests_than_allowed_also_after_a_pause(monkeypatch):
    """A minute of a second: six requests wait for it, and then a service asks to wait for two."""
    monkeypatch.setattr(rate_limit, "WINDOW_SECONDS", 1.0)
    limiter, sent = rate_limit.RateLimiter(10), []

    def send() -> None:
        with limiter.acquire(lambda: None):
            sent.append(time.monotonic())

    waiting = [run_in_daemon_thread(send) for _ in range(16)]
    while len(sent) < 10:
        time.sleep(0.01)
    limiter.pause(2.0)
    for _ in range(15):
        send()
    for request in waiting:
        request.result(timeout=20)
    assert len(sent) == 31
    assert sent[10] - sent[9] > 1.9
    assert all(later - earlier > 0.9 for earlier, later in zip(sent, sent[10:], strict=False))


def test_a_request_that_is_not_wanted_any_more_takes_no_slot(wire, monkeypatch):
    """A load ends while prefetched pages wait for the next minute; another load has that for itself."""
    monkeypatch.setattr(rate_limit, "WINDOW_SECONDS", 1.5)
    case = BY_NAME["teamwork.people"]
    start(case, wire, honest(case, case.rows(6), clamp=2), requests_per_minute=4)
    began = time.monotonic()
    assert [len(case.load()), len(case.load(refresh=True))] == [6, 6]
    assert 6 <= len(wire.requests) <= 8, "three pages, and maybe one that was prefetched"
    assert 1.4 < time.monotonic() - began < 3.2


# A token that expires half way


class Tokens:
    """A function that gives a new token each time, or the same one, and says how often it was asked."""

    def __init__(self, *given: str) -> None:
        self._left = list(given)
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


def _token_of(asked: Asked) -> str:
    kind, _, value = asked.headers["Authorization"].partition(" ")
    return b64decode(value).decode().split(":")[0] if kind == "Basic" else value


def _expiring(case: Case, last: int, old: str) -> Answer:
    """Accept the old token for so many requests, every other one always."""
    good, left = honest(case, case.rows(9), clamp=2), list(range(last))
    lock = threading.Lock()

    def answer(asked: Asked) -> Reply:
        with lock:
            expired = _token_of(asked) == old and not (left and left.pop() is not None)
        return reply({"message": "Unauthenticated."}, status=401) if expired else good(asked)

    return answer


@pytest.mark.product
@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_string_that_expires_is_an_error(after, paged, wire):
    start(paged, wire, _expiring(paged, after, TOKEN))
    with pytest.raises(pm.errors.AuthenticationError, match=r"expired.*pm\.connect") as raised:
        paged.load()
    assert TOKEN not in str(raised.value)
    assert pm.cache.info().empty


@pytest.mark.product
@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_function_is_asked_once_more(after, case, wire):
    """However many pages were under way when the old token expired."""
    after = min(after, 0 if case.size_key is None else 3)
    tokens = Tokens("old", "new")
    start(case, wire, _expiring(case, after, "old"), token=tokens)
    assert case.load()[case.id_column].tolist() == case.keys(9)
    assert tokens.asked == 2
    assert {_token_of(asked) for asked in wire.asked(case.path)} <= {"old", "new"}


@pytest.mark.parametrize("after", [0, 2])
def test_a_function_that_gives_the_expired_token_again_is_an_error(after, paged, wire):
    tokens = Tokens("old", "old")
    start(paged, wire, _expiring(paged, after, "old"), token=tokens)
    with pytest.raises(pm.errors.AuthenticationError):
        paged.load()
    assert tokens.asked == 2
    assert len(wire.requests) < 20


def test_a_function_that_never_gives_a_token_that_holds_ends(case, wire):
    made = iter(range(10**6))
    start(case, wire, reply({"message": "no"}, status=401), token=lambda: f"token-{next(made)}")
    with pytest.raises(pm.errors.AuthenticationError):
        case.load()
    assert first_asked(case, wire) == 2


def test_what_the_function_raises_comes_through(case, wire):
    def broken() -> str:
        raise LookupError("the vault is shut")

    start(case, wire, honest(case, case.rows(2)), token=broken)
    with pytest.raises(LookupError, match="the vault is shut"):
        case.load()
    assert wire.connections == 0


def test_what_the_function_raises_half_way_comes_through(paged, wire):
    given = iter(["old"])

    def breaking() -> str:
        for token in given:
            return token
        raise LookupError("the vault is shut")

    start(paged, wire, _expiring(paged, 2, "old"), token=breaking)
    with pytest.raises(LookupError, match="the vault is shut"):
        paged.load()
    assert pm.cache.info().empty


def test_a_function_that_loads_from_its_own_service_is_an_error(case, wire):
    """It would wait for itself; the load is in a thread, so that a hang is a failure and no hang."""
    start(case, wire, honest(case, case.rows(2)), token=lambda: str(case.load()))
    with pytest.raises(pm.errors.PmframesError, match="own token function"):
        run_in_daemon_thread(case.load).result(timeout=20)
    [checked] = pm.check(case.service)["problem"]
    assert "own token function" in checked
    assert wire.connections == 0


def test_a_function_may_load_from_another_service(wire):
    case, vault = BY_NAME["outlign.clients"], BY_NAME["spirii.customers"]
    start(vault, wire, honest(vault, vault.rows(1)))
    start(case, wire, honest(case, case.rows(2)), token=lambda: f"token-{len(vault.load())}")
    assert len(case.load()) == 2
    assert _token_of(wire.asked(case.path)[0]) == "token-1"


def test_threads_that_need_a_token_share_one_call_of_the_function(wire):
    case, called, go = BY_NAME["outlign.clients"], [], threading.Event()

    def token() -> str:
        called.append(1)
        assert go.wait(20)
        return TOKEN

    start(case, wire, honest(case, case.rows(2)), token=token)
    loads = [run_in_daemon_thread(case.load) for _ in range(3)]
    assert len(pm.connections()) == 1, "while the function runs, nothing else waits for it"
    go.set()
    assert [len(load.result(timeout=20)) for load in loads] == [2, 2, 2]
    assert called == [1]


def test_a_token_that_expired_while_the_service_was_down(wire, waits):
    """A refusal, then a 401, then a new token: each is worth its own try."""
    case, tokens = BY_NAME["outlign.clients"], Tokens("old", "new")
    answers = [_refusal(503, "1"), reply({}, status=401), _refusal(503, "1"), honest(case, case.rows(2))]
    start(case, wire, in_turn(*answers), token=tokens)
    assert case.load()["id"].tolist() == [1, 2]
    assert (tokens.asked, len(waits)) == (2, 2)


def test_the_waits_are_really_not_waited_for(wire, waits):
    """Were they, the other tests of this file would take an hour."""
    case = BY_NAME["spirii.customers"]
    began = time.monotonic()
    start(case, wire, lambda asked: _refusal(429, "60"))
    with pytest.raises(pm.errors.RateLimited):
        case.load()
    assert sum(waits) > 200
    assert time.monotonic() - began < 60


def test_another_connection_does_not_get_the_old_token(wire):
    case = BY_NAME["spirii.customers"]
    start(case, wire, honest(case, case.rows(2)), token="first")
    case.load()
    connect(case, wire, token="second")
    case.load()
    assert [_token_of(asked) for asked in wire.asked(case.path)] == ["first", "second"]
