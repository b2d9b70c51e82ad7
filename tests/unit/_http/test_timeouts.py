"""The timeout for a whole body, on a clock that only its pieces move."""

from types import SimpleNamespace
from typing import Any

import pytest
from urllib3.connection import HTTPConnection, HTTPSConnection

from pmframes._http import timeouts
from pmframes._http.timeouts import POOL_CLASSES, TOTAL_TIMEOUT, read_body


def slow_response(pieces: list[bytes], seconds: list[float], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a response whose pieces take so many seconds each."""
    clock, left = [50.0], list(zip([*pieces, b""], [*seconds, 0.0], strict=True))

    def read1(size: int, decode_content: bool) -> bytes:
        assert decode_content
        piece, passed = left.pop(0)
        clock[0] += passed
        return piece

    monkeypatch.setattr(timeouts, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    return SimpleNamespace(raw=SimpleNamespace(read1=read1))


@pytest.mark.parametrize(("pieces", "seconds"), [
    ([], []), ([b"ab", b"c"], [0.0, 0.0]), ([b"ab", b"c"], [TOTAL_TIMEOUT, 0.0]), ([b"ab", b"c"], [0.0, TOTAL_TIMEOUT]),
])  # fmt: skip
def test_a_body_within_the_timeout_is_read_to_its_end(pieces: list[bytes], seconds: list[float], monkeypatch) -> None:
    assert list(read_body(slow_response(pieces, seconds, monkeypatch))) == pieces


@pytest.mark.parametrize("seconds", [[TOTAL_TIMEOUT + 1, 0.0], [TOTAL_TIMEOUT, 1.0]])
def test_a_body_that_takes_longer_is_given_up(seconds: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TimeoutError):
        list(read_body(slow_response([b"ab", b"c"], seconds, monkeypatch)))


@pytest.mark.parametrize(("scheme", "kind"), [("http", HTTPConnection), ("https", HTTPSConnection)])
def test_connections_of_both_schemes_have_the_timeout_for_headers(scheme: str, kind: type) -> None:
    connection = POOL_CLASSES[scheme].ConnectionCls
    assert issubclass(connection, kind)
    assert connection.getresponse is POOL_CLASSES["http"].ConnectionCls.getresponse is not HTTPConnection.getresponse
