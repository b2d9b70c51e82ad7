"""Retries, Retry-After and the rate limit in a whole load: what is requested again, and how long is waited before."""

import logging
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

import pmframes as pm
from pmframes._http import prefetch, rate_limit
from pmframes._loading.progress import ProgressBar
from tests.support import transfers
from tests.support.cases import CASES, case_of
from tests.support.server import Reply, Request, in_turn, reply

SECONDS_LEFT = rate_limit.RateLimiter._seconds_left  # which the conftest here replaces
PEOPLE = case_of("teamwork.people")


def refusal(status: int, **headers: str) -> Reply:
    return reply({"message": "Too Many Attempts."}, status, **headers)


@pytest.mark.parametrize(("status", "headers", "seconds"), [
    (429, {}, 8), (503, {"Retry_After": "5"}, 5), (429, {"X_RateLimit_Reset": "7"}, 7),
    (503, {"Retry_After": "20.5"}, 20.5), *[(status, {"Retry_After": "2"}, 2) for status in (408, 425, 522)],
    (429, {"Retry_After": "75"}, 75),
])  # fmt: skip
def test_each_service_waits_once_for_one_refusal(status, headers, seconds, each_service, server, waits):
    each_service.start(server, in_turn(refusal(status, **headers), each_service.honest(each_service.rows(3))))
    assert each_service.load()[each_service.id_column].tolist() == each_service.keys(3)
    assert waits == [seconds]
    assert each_service.loads(server) == 2


@pytest.mark.parametrize(("status", "error", "words"), [
    (429, pm.errors.RateLimited, "429: too many requests.*Wait a minute"),
    (503, pm.errors.ServiceError, "503 while loading.*gave up after 5 attempts"),
])  # fmt: skip
def test_refusals_without_end_are_an_error_after_five_attempts(status, error, words, each_service, server, waits):
    each_service.start(server, refusal(status, Retry_After="60"))
    with pytest.raises(error, match=words):
        each_service.load()
    assert each_service.loads(server) == 5
    assert waits == [60, 60, 60, 60]
    assert pm.cache.info().empty


@pytest.mark.parametrize(("retry_after", "advice"), [
    ("60", "after 5 attempts.*Wait a minute, then"),
    ("61", r"after 5 attempts.*Wait 1 minute, as it asks \(until 20..-..-.. ..:.. UTC\), then"),
    ("300", r"after 5 attempts.*Wait 5 minutes, as it asks \(until [^;]*\), then"),
    ("301", r"after 1 attempt\..*Wait 5 minutes, as it asks \(until .* UTC; pmframes waits 5 minutes at most\)"),
    ("7200", r"after 1 attempt\..*Wait 2 hours, as it asks \(until .* UTC; pmframes waits 5 minutes at most\)"),
    ("9" * 400, r"after 1 attempt\..*Wait 100 days, as it asks"),
])  # fmt: skip
def test_the_error_says_how_long_the_service_asks_to_wait(retry_after, advice, server, waits):
    PEOPLE.start(server, refusal(429, Retry_After=retry_after))
    with pytest.raises(pm.errors.RateLimited, match=advice):
        PEOPLE.load()


def test_several_headers_ask_for_the_longest_wait(server, waits):
    refused = refusal(503, Retry_After="5")
    refused = replace(refused, headers=(*refused.headers, ("Retry-After", "20.5"), ("Retry-After", "7")))
    PEOPLE.start(server, in_turn(refused, PEOPLE.honest(PEOPLE.rows(3))))
    assert len(PEOPLE.load()) == 3
    assert waits == [20.5]


def test_a_wait_holds_for_all_requests_of_the_connection(server, waits, monkeypatch):
    """A service may start to count anew with each request that comes too early."""
    pauses: list[float] = []
    monkeypatch.setattr(rate_limit.RateLimiter, "pause", lambda limiter, seconds: pauses.append(seconds))
    PEOPLE.start(server, in_turn(refusal(429, Retry_After="75"), PEOPLE.honest(PEOPLE.rows(3))))
    assert len(PEOPLE.load()) == 3
    assert (pauses, waits) == ([75], [75])


@pytest.mark.parametrize("name", ["teamwork.people", "outlign.clients", "spirii.customers"])
@pytest.mark.parametrize("status", [429, 502])
def test_every_page_may_be_refused_once(status, name, server, waits):
    """Refusals of different pages do not add up to a failure."""
    (case,) = [one for one in CASES if one.name == name]
    honest, refused, lock = case.honest(case.rows(12), most=2), set[tuple[int, int]](), threading.Lock()

    def answer(request: Request) -> Reply:
        with lock:
            is_first = request.position not in refused
            refused.add(request.position)
        return refusal(status, Retry_After="2") if is_first else honest(request)

    case.start(server, answer)
    assert case.load()["id"].tolist() == case.keys(12)
    assert len(refused) >= 6
    # A page that was refused ahead is requested again at once, and may not be refused again.
    assert set(waits) == {2.0}


@pytest.mark.parametrize(("refused", "notice"), [
    (refusal(429, Retry_After="12"), "rate limit, retrying in 12 s (attempt 2 of 5)"),
    (refusal(503, Retry_After="20.5"), "status 503, retrying in 21 s (attempt 2 of 5)"),
    (refusal(502), "status 502, retrying (attempt 2 of 5)"),
    (reply(b"[", length=99, transfer=transfers.head_only), "no complete response, retrying (attempt 2 of 5)"),
])  # fmt: skip
def test_a_wait_is_logged_and_shown(refused, notice, server, waits, caplog, monkeypatch):
    shown: list[str] = []
    monkeypatch.setattr(ProgressBar, "show", lambda bar, text: shown.append(text))
    monkeypatch.setattr(prefetch, "_POLL_SECONDS", 0.0)
    caplog.set_level(logging.INFO, "pmframes")
    PEOPLE.start(server, in_turn(refused, PEOPLE.honest(PEOPLE.rows(3))))
    assert len(PEOPLE.load()) == 3
    logged = [record.getMessage() for record in caplog.records if record.name == "pmframes.waits"]
    assert logged == [f"Teamwork.com: {notice}"]
    assert set(shown) <= {notice, ""}


@pytest.fixture
def paced(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock for the rate limit: requests that wait look at it again and again."""
    clock = [0.0]
    monkeypatch.setattr(rate_limit.RateLimiter, "_seconds_left", SECONDS_LEFT)
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(rate_limit, "_wait", lambda changed, seconds: changed.wait(0.01))
    return clock


def test_prefetched_pages_that_are_not_wanted_any_more_take_no_slot(server, paced):
    """A load ends while a prefetched page waits for the next minute; another load has that for itself."""
    before, honest, seven_asked = threading.enumerate(), PEOPLE.honest(PEOPLE.rows(6), most=2), threading.Event()

    def answer(request: Request) -> Reply:
        if len(server.requests) >= 7:
            seven_asked.set()
        if request.position[0] == 2:
            assert seven_asked.wait(60)
        return honest(request)

    PEOPLE.start(server, answer, requests_per_minute=7)
    # With the first page come the next six; the second one makes the eighth wait.
    assert PEOPLE.load()["id"].tolist() == PEOPLE.keys(6)
    paced[0] = 60.0
    for thread in threading.enumerate():
        if thread.name == "pmframes" and thread not in before:
            thread.join(60)
    assert sorted(request.position[0] for request in server.requests) == [1, 2, 3, 4, 5, 6, 7]
    server.forget()
    seven_asked.clear()
    assert PEOPLE.load(refresh=True)["id"].tolist() == PEOPLE.keys(6)
