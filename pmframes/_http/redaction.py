"""Redaction: no credential and nothing that a user typed appears in an error or a log."""

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from pmframes._text import REDACTED, clean_message

MAX_EXPLANATION_LENGTH = 160
_EXPLANATION_KEYS = ("detail", "message", "MESSAGE", "error", "errors", "title")
_MAX_DEPTH = 4
_MIN_NUMBER_LENGTH = 8
_is_our_request: ContextVar[bool] = ContextVar("_is_our_request", default=False)


@contextmanager
def redacted_logs() -> Iterator[None]:
    """Log the requests within a ``with`` block without their queries, and retries at level INFO."""
    token = _is_our_request.set(True)
    try:
        yield
    finally:
        _is_our_request.reset(token)


def _remove_queries(record: logging.LogRecord) -> bool:
    if _is_our_request.get() and isinstance(record.args, tuple):
        record.args = tuple(map(_without_content, record.args))
        # The exceptions of urllib3 quote headers, in which a service may echo the credential.
        record.exc_info = record.exc_text = None
    return True


def _without_content(value: object) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    return clean_message(value.partition("?")[0]) if isinstance(value, str) else value


def _lower_level(record: logging.LogRecord) -> bool:
    # stamina warns of each retry; if all attempts fail, an error says so.
    if _is_our_request.get():
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_remove_queries)
logging.getLogger("stamina").addFilter(_lower_level)


def decode_body(body: bytes) -> Any:
    """Decode the body of an error; None if it is not JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def clean_text(text: str, sensitive: Iterable[str]) -> str:
    """Return a service's text as one short line, without markup, control characters and sensitive values."""
    for value in filter(None, sensitive):
        for spelling in (value, quote(value), quote_plus(value)):
            text = re.sub(re.escape(spelling), REDACTED, text, flags=re.IGNORECASE)
        compact = re.sub(r"[\s-]", "", value)
        if len(compact) >= _MIN_NUMBER_LENGTH and any(map(str.isdigit, compact)):
            # A number of an account in another grouping
            text = re.sub(r"[\s-]*".join(map(re.escape, compact)), REDACTED, text, flags=re.IGNORECASE)
    plain = re.sub(r"[^\w\s.,:;'()/•-]", " ", text)
    return re.sub(r"\s+", " ", plain).strip()[:MAX_EXPLANATION_LENGTH]


def find_explanation(value: Any, depth: int = 0) -> str:
    """Return the explanation in the body of an error, in any of the shapes that services use."""
    if isinstance(value, str):
        return value
    if depth > _MAX_DEPTH:
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, (find_explanation(item, depth + 1) for item in value[:3])))
    if isinstance(value, dict):
        texts = (find_explanation(value.get(key), depth + 1) for key in _EXPLANATION_KEYS)
        fields = value.get("validationErrors")
        reasons = (
            [find_explanation(reason, depth + 1) for reason in [*fields.values()][:3]]
            if isinstance(fields, dict)
            else []
        )
        return ": ".join(filter(None, (next(filter(None, texts), ""), "; ".join(reasons))))
    return ""
