"""The credential: never printed, checked, called for and refreshed once, and sent in a copy of the request."""

import copy
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from pmframes._http import auth
from pmframes._http.auth import AuthAdapter, DenyAllAdapter, Secret, basic_header, bearer_header
from pmframes._http.timeouts import POOL_CLASSES
from pmframes.errors import InvalidArgument, PmframesError


def returning(*tokens: object) -> Callable[[], object]:
    """Return a token function that returns these, one after the other."""
    return iter(tokens).__next__


@pytest.mark.parametrize("token", ["abc", returning("abc")], ids=["a string", "a function"])
def test_a_credential_prints_as_dots(token):
    secret = Secret(token)
    assert secret.get() == "abc"
    assert [repr(secret), str(secret), f"{secret}"] == ["•••"] * 3
    assert (f"{secret:>5}", repr([secret])) == ("  •••", "[•••]")
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize("hand_on", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_credential_is_neither_pickled_nor_copied(hand_on):
    with pytest.raises(TypeError, match=r"A credential is not pickled\. Connect again where you need it\."):
        hand_on(Secret("abc"))


def test_credentials_are_compared_and_not_hashed():
    function = returning("abc")
    assert Secret("abc") == Secret("abc")
    assert Secret(function) == Secret(function)
    assert Secret("abc") not in (Secret("abd"), Secret(returning("abc")), "abc", None)
    assert Secret(function) != Secret(returning("abc"))
    with pytest.raises(TypeError):
        hash(Secret("abc"))


PROBLEMS = [
    (5, "must be a string"), (None, "must be a string"), (b"abc", "must be a string"), (["abc"], "must be a string"),
    ("", "is empty"), (" \n", "is empty"), ("two words", "contains a space"),
    ("ab\u5b50", "contains a character that is not ASCII"), ("ab\r\nX-More: 1", "contains a space"),
    ("ab\r\nX-More:1", "contains a control character"), ("ab\x00", "contains a control character"),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["a string", "a function"])
@pytest.mark.parametrize(("token", "problem"), PROBLEMS, ids=repr)
def test_what_cannot_be_sent_is_refused_and_not_repeated(token, problem, kind):
    secret = Secret(token if kind == "a string" else lambda: token)
    with pytest.raises(InvalidArgument) as raised:  # noqa: PT012
        secret.validate("SOME_TOKEN", "an API key")
        secret.get()
    assert str(raised.value) == f"SOME_TOKEN {problem}. Use an API key."


def test_blanks_around_a_credential_are_removed():
    secret = Secret(" abc\n")
    secret.validate("The token", "a token")
    assert secret.get() == Secret(returning(" abc\n")).get() == "abc"


AS_PASTED = {
    "has quotes around it. Remove them; the --env-file of Docker keeps quotes.": [
        *('"abc"', "'abc'", '"abc', "abc'", "\u201cabc\u201d", "`abc`", ' "abc" ')
    ],
    "begins with the name of an authentication scheme. Leave that out; pmframes adds it.": [
        *("Bearer abc", "bearer\tabc", "Basic YWJj", "Authorization: Bearer abc", "token abc")
    ],
    "is a placeholder. Use an API key.": [
        *("your-API-key", "YOUR_TOKEN_HERE", "<your token>", "insert-your-api-key", "api-key", "changeme", "xxxx"),
        *("...", "\u2026", "\u2022\u2022\u2022", "${TOKEN}", "$TOKEN", "%TOKEN%", "{{ token }}", "Bearer"),
    ],
}


@pytest.mark.parametrize(
    ("token", "message"), [(token, message) for message in AS_PASTED for token in AS_PASTED[message]]
)
def test_what_is_pasted_around_or_instead_of_a_credential_is_named(token, message):
    secret = Secret(token)
    with pytest.raises(InvalidArgument) as raised:
        secret.validate("SOME_TOKEN", "an API key")
    assert str(raised.value) == f"SOME_TOKEN {message}"


@pytest.mark.parametrize("token", ["abc", "key123", "tkn_your1", "mine", "a-token-of-mine", "ab$c", "x" * 2])
def test_what_only_resembles_a_placeholder_is_accepted(token):
    Secret(token).validate("SOME_TOKEN", "an API key")


def test_a_token_function_is_called_when_its_token_is_first_needed():
    secret, string = Secret(returning("one", "two")), Secret("abc")
    secret.validate("The token", "a token")
    assert (secret.is_refreshable, secret.generation) == (True, 0)
    assert [secret.get(), secret.get(), secret.generation] == ["one", "one", 1]
    assert (string.is_refreshable, string.generation, string.get()) == (False, 0, "abc")


def test_a_token_is_refreshed_once_for_all_who_saw_the_same_one():
    secret = Secret(returning("one", "two", "three"))
    secret.get()
    secret.refresh(1)
    secret.refresh(1)
    assert (secret.get(), secret.generation) == ("two", 2)
    secret.refresh(2)
    assert secret.get() == "three"


def test_a_token_function_that_failed_is_called_again_and_a_refused_token_replaces_none():
    answers: list[Any] = [OSError("no network"), "one", "t w o", "three"]

    def token() -> str:
        if isinstance(answer := answers.pop(0), OSError):
            raise answer
        return answer

    secret = Secret(token)
    with pytest.raises(OSError, match="no network"):
        secret.get()
    assert (secret.get(), secret.generation) == ("one", 1)
    with pytest.raises(InvalidArgument):
        secret.refresh(1)
    assert (secret.get(), secret.generation) == ("one", 1)
    secret.refresh(1)
    assert secret.get() == "three"


@pytest.mark.parametrize("error", [None, OSError("no network")])
def test_threads_share_one_call_of_the_token_function(error, monkeypatch):
    is_running, may_end = threading.Event(), threading.Event()
    is_waited_for = threading.Semaphore(0)
    calls: list[int] = []
    ended: list[object] = []

    class Call(Future):
        def result(self, timeout: float | None = None) -> None:
            is_waited_for.release()
            super().result(timeout)

    def token() -> str:
        calls.append(1)
        is_running.set()
        assert may_end.wait(60)
        if error:
            raise error
        return "abc"

    def get() -> None:
        try:
            ended.append(secret.get())
        except OSError as failure:
            ended.append(failure)

    monkeypatch.setattr(auth, "Future", Call)
    secret = Secret(token)
    first = threading.Thread(target=get)
    first.start()
    assert is_running.wait(60)
    others = [threading.Thread(target=get) for _ in range(3)]
    for thread in others:
        thread.start()
    assert [is_waited_for.acquire(timeout=60) for _ in others] == [True] * 3
    may_end.set()
    for thread in [first, *others]:
        thread.join(60)
    assert calls == [1]
    assert ended == [error or "abc"] * 4


def test_a_token_function_that_needs_its_own_token_is_an_error_but_not_that_of_another():
    other = Secret(returning("abc"))
    assert Secret(lambda: other.get() + "d").get() == "abcd"
    secret = Secret(lambda: secret.get())
    secret.validate("The token for Outlign", "a token")
    with pytest.raises(PmframesError) as raised:
        secret.get()
    assert str(raised.value) == (
        "The token for Outlign is needed by its own token function, which loads from the same service. "
        "Get the token without pmframes, or pass it as a string."
    )


@pytest.mark.parametrize(
    ("header", "sent"), [(basic_header, "Basic YWJjOng="), (bearer_header, "Bearer abc")], ids=["basic", "bearer"]
)
def test_the_header_is_in_what_is_sent_and_not_in_the_request_of_the_response(header, sent, monkeypatch):
    requests_sent: list[requests.PreparedRequest] = []

    def send(_: HTTPAdapter, request: requests.PreparedRequest, **__: object) -> requests.Response:
        requests_sent.append(request)
        response = requests.Response()
        response.request = request
        return response

    monkeypatch.setattr(HTTPAdapter, "send", send)
    request = requests.Request("GET", "https://a.example/people").prepare()
    response = AuthAdapter(Secret("abc"), header).send(request)
    assert requests_sent[0].headers["Authorization"] == sent
    assert requests_sent[0].url == "https://a.example/people"
    assert response.request is request
    assert "Authorization" not in request.headers


def test_every_pool_of_the_adapter_has_a_total_timeout():
    adapter = AuthAdapter(Secret("abc"), bearer_header)
    proxy = adapter.proxy_manager_for("http://proxy.example:3128")
    assert adapter.poolmanager.pool_classes_by_scheme == POOL_CLASSES
    assert proxy.pool_classes_by_scheme == POOL_CLASSES


def test_nothing_is_sent_to_an_address_that_is_not_the_services():
    with pytest.raises(AssertionError, match="not for the service's base URL"):
        DenyAllAdapter().send(requests.Request("GET", "https://b.example/").prepare())
