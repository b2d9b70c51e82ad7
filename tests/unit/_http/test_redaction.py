"""Redaction: what a service says about an error is cleaned, and logs hold no query."""

import logging
import threading

import pytest

from pmframes._http.redaction import clean_text, decode_body, find_explanation, redacted_logs


def own(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return the records of this thread: an earlier test may have left one that still logs."""
    return [record for record in caplog.records if record.thread == threading.get_ident()]


LOGGERS = ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry")


@pytest.mark.parametrize(("body", "decoded"), [
    (b'{"message": "no"}', {"message": "no"}), (b"<html>", None), (b"", None), (b'"\xff"', None),
    (b"[" * 100_000 + b"]" * 100_000, None),
], ids=["JSON", "HTML", "empty", "not UTF-8", "too deep"])  # fmt: skip
def test_the_body_of_an_error_is_decoded_if_it_is_json(body, decoded):
    assert decode_body(body) == decoded


@pytest.mark.parametrize(("value", "explanation"), [
    ("no", "no"), (5, ""), (None, ""), ([], ""), (["a", "", 5, "d"], "a"), (["a", "b", "c", "d"], "a; b; c"),
    ({}, ""), ({"code": 5}, ""), ({"message": "no"}, "no"), ({"MESSAGE": "no"}, "no"),
    ({"error": {"message": "no"}}, "no"), ({"errors": [{"detail": "no"}, {"title": "never"}]}, "no; never"),
    ({"title": "title", "detail": "detail", "message": "message"}, "detail"),
    ({"detail": "", "message": "message", "error": "error"}, "message"),
    ({"errors": {"name": ["is empty"]}, "title": "title"}, "title"),
], ids=repr)  # fmt: skip
def test_an_explanation_is_found_in_any_shape(value, explanation):
    assert find_explanation(value) == explanation


@pytest.mark.parametrize(("text", "sensitive", "cleaned"), [
    ("the name Zebulon is unknown", ["Zebulon"], "the name is unknown"), ("ZEBULON, zebulon", ["Zebulon"], ","),
    ("a+b c%20d a%2Bb", ["a+b", "c d"], ""), ("?q=Zebulon+Quux", ["Zebulon Quux"], "q"), ("axb a.b", ["a.b"], "axb"),
    ("nothing", ["", "x"], "nothing"), ("<b>no</b>\n\t `rm` {x} $y\x1b[1m\u2028z", [], "b no /b rm x y 1m z"),
    ("Ærø: (1,2); it's 'a/b' – 子•", [], "Ærø: (1,2); it's 'a/b' 子•"), ("x" * 161, [], "x" * 160),
    (" " * 200 + "x", [], "x"),
])  # fmt: skip
def test_text_of_a_service_is_one_short_line_without_sensitive_values(text, sensitive, cleaned):
    assert clean_text(text, sensitive).replace("•••", "").replace("  ", " ").strip() == cleaned
    assert clean_text("token abc is unknown", ["abc"]) == "token ••• is unknown"


@pytest.mark.parametrize("name", LOGGERS)
def test_requests_are_logged_without_their_queries(name, caplog):
    caplog.set_level(logging.DEBUG)
    log = logging.getLogger(name)
    with redacted_logs():
        log.debug("%s %s %d %s", "GET", "/people?search=Zebulon", 200, None)
        log.debug("%(url)s", {"url": "/a?b"})
        log.debug("no arguments?")
    log.debug("%s", "/of/another/library?x=1")
    with redacted_logs():  # blocks within blocks end one by one
        with pytest.raises(ValueError, match="ends the inner"), redacted_logs():
            raise ValueError("ends the inner")
        log.debug("%s", "/a?b")
    log.debug("%s", "/a?b")
    texts = ["GET /people 200 None", "/a?b", "no arguments?", "/of/another/library?x=1", "/a", "/a?b"]
    assert [record.getMessage() for record in own(caplog)] == texts


def test_retries_are_logged_as_information(caplog):
    caplog.set_level(logging.DEBUG)
    log = logging.getLogger("stamina")
    with redacted_logs():
        log.warning("stamina.retry_scheduled")
    log.warning("of another library")
    levels = [(record.levelno, record.levelname) for record in own(caplog)]
    assert levels == [(logging.INFO, "INFO"), (logging.WARNING, "WARNING")]


@pytest.mark.parametrize("nest", [lambda value: [value], lambda value: {"message": value}], ids=["lists", "objects"])
def test_an_explanation_that_is_nested_deeply_is_none(nest):
    value = "no"
    for _ in range(900):
        value = nest(value)
    assert find_explanation(value) == ""
    assert find_explanation(nest(nest(nest("no")))) == "no"


def test_what_urllib3_quotes_of_headers_is_not_logged(caplog):
    log = logging.getLogger("urllib3.connection")
    with redacted_logs():
        try:
            raise ValueError("Authorization: Bearer s3cret")
        except ValueError as error:
            log.warning("Failed to parse headers (url=%s): %s", "/people?search=Zebulon", error, exc_info=True)
    [record] = own(caplog)
    assert record.getMessage() == "Failed to parse headers (url=/people): ValueError"
    assert "s3cret" not in caplog.text
