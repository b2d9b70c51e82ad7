"""Tokens that expire during a load, and functions that return a new one."""

import threading
from collections.abc import Callable

import pytest

import pmframes as pm
from pmframes._http.prefetch import run_in_daemon_thread
from tests.support.cases import TOKEN, Case, case_of
from tests.support.server import Answer, Reply, Request, in_turn, reply

CLIENTS, CUSTOMERS = case_of("outlign.clients"), case_of("spirii.customers")
UNAUTHENTICATED = reply({"message": "Unauthenticated."}, 401)


class Tokens:
    """A function that returns one token after the other, the last one again and again; it counts its calls."""

    def __init__(self, *tokens: str) -> None:
        self._left = list(tokens)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


def expiring(case: Case, requests: int, old: str) -> Answer:
    """Accept the old token for so many requests, every other one always."""
    honest, left, lock = case.honest(case.rows(9), most=2), [requests], threading.Lock()

    def answer(request: Request) -> Reply:
        if request.token == old:
            with lock:
                left[0] -= 1
                if left[0] < 0:
                    return UNAUTHENTICATED
        return honest(request)

    return answer


AFTER = pytest.mark.parametrize("after", [0, 1, 2, 3])


@AFTER
def test_a_string_that_expires_is_an_error(after, server):
    CLIENTS.start(server, expiring(CLIENTS, after, TOKEN))
    with pytest.raises(pm.errors.AuthenticationError, match=r"expired.*pm\.connect") as raised:
        CLIENTS.load()
    assert TOKEN not in str(raised.value)
    assert pm.cache.info().empty


@AFTER
def test_a_function_is_called_once_more_when_its_token_expires(after, says_more, server):
    """However many pages were under way when the old token expired."""
    tokens = Tokens("old", "new")
    says_more.start(server, expiring(says_more, after, "old"), token=tokens)
    assert says_more.load()[says_more.id_column].tolist() == says_more.keys(9)
    assert tokens.calls == 2
    assert {request.token for request in server.asked(says_more.path)} <= {"old", "new"}


@pytest.mark.parametrize("after", [0, 2])
def test_a_function_that_returns_the_expired_token_again_is_an_error(after, says_more, server):
    tokens = Tokens("old")
    says_more.start(server, expiring(says_more, after, "old"), token=tokens)
    with pytest.raises(pm.errors.AuthenticationError):
        says_more.load()
    assert tokens.calls == 2
    assert len(server.requests) < 20


def test_new_tokens_that_are_never_accepted_are_an_error_after_two_requests(each_service, server):
    tokens = Tokens(*map(str, range(100)))
    each_service.start(server, UNAUTHENTICATED, token=tokens)
    with pytest.raises(pm.errors.AuthenticationError):
        each_service.load()
    assert (each_service.loads(server), tokens.calls) == (2, 2)


def test_a_page_prefetched_past_the_end_that_answers_401_costs_no_token(server):
    people, tokens = case_of("teamwork.people"), Tokens("a-token-of-ours")
    honest = people.honest(people.rows(6), most=2)
    people.start(server, lambda request: honest(request) if request.position[0] <= 3 else UNAUTHENTICATED, token=tokens)
    assert people.load()["id"].tolist() == people.keys(6)
    assert tokens.calls == 1


def failing_after(*tokens: str) -> Callable[[], str]:
    left = list(tokens)

    def token() -> str:
        if left:
            return left.pop(0)
        raise LookupError("the vault is shut")

    return token


def test_what_the_function_raises_is_raised_by_the_load(each_service, server):
    each_service.start(server, each_service.honest(each_service.rows(2)), token=failing_after())
    with pytest.raises(LookupError, match="the vault is shut"):
        each_service.load()
    assert server.connections == 0


def test_what_the_function_raises_during_a_load_is_raised_by_it(says_more, server):
    says_more.start(server, expiring(says_more, 2, "old"), token=failing_after("old"))
    with pytest.raises(LookupError, match="the vault is shut"):
        says_more.load()
    assert pm.cache.info().empty


def test_a_function_that_loads_from_its_own_service_is_an_error(server):
    """It would wait for itself; the load is in a thread, so that a hang is a failure and no hang."""
    CLIENTS.start(server, CLIENTS.honest(CLIENTS.rows(2)), token=lambda: str(CLIENTS.load()))
    with pytest.raises(pm.errors.PmframesError, match="own token function"):
        run_in_daemon_thread(CLIENTS.load).result(timeout=60)
    [problem] = pm.check(CLIENTS.service)["problem"]
    assert "own token function" in problem
    assert server.connections == 0


def test_nothing_else_waits_while_a_token_function_runs(server):
    started, go = threading.Event(), threading.Event()

    def token() -> str:
        started.set()
        assert go.wait(60)
        return TOKEN

    CLIENTS.start(server, CLIENTS.honest(CLIENTS.rows(2)), token=token)
    load = run_in_daemon_thread(CLIENTS.load)
    assert started.wait(60)
    assert len(pm.connections()) == 1
    go.set()
    assert len(load.result(timeout=60)) == 2


def test_a_token_that_expires_while_the_service_is_down(server, waits):
    """A refusal, then a 401, then a new token: each is worth its own attempt."""
    tokens, down = Tokens("old", "new"), reply({}, 503, Retry_After="1")
    CLIENTS.start(server, in_turn(down, UNAUTHENTICATED, down, CLIENTS.honest(CLIENTS.rows(2))), token=tokens)
    assert CLIENTS.load()["id"].tolist() == [1, 2]
    assert (tokens.calls, waits) == (2, [1, 1])
