"""What a service says of an error, cut down to what can be shown."""

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from pmframes._http.auth import DOTS

_ours: ContextVar[bool] = ContextVar("ours", default=False)


@contextmanager
def discreetly() -> Iterator[None]:
    """Have the requests in a ``with`` block logged without their queries, and retries as what they are."""
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


def _without_query(record: logging.LogRecord) -> bool:
    if _ours.get() and isinstance(record.args, tuple):
        record.args = tuple(_cut(value) for value in record.args)
    return True


def _cut(value: object) -> object:
    return value.partition("?")[0] if isinstance(value, str) else value


def _as_information(record: logging.LogRecord) -> bool:
    """Take the alarm out of a retry: where all tries fail, an error says so."""
    if _ours.get():
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_without_query)
logging.getLogger("stamina").addFilter(_as_information)


def decoded(body: bytes) -> Any:
    """Decode an error body; None where it is no JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def cleaned(text: str, hide: Iterable[str]) -> str:
    """Cut a service's text to one short line without markup, control characters or what is to be hidden."""
    for one in filter(None, hide):
        for spelling in (one, quote(one), quote_plus(one)):
            text = re.sub(re.escape(spelling), DOTS, text, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s.,:;'()/•-]", " ", text)).strip()[:160]


def explained(value: Any) -> str:
    """Find the explanation in an error body, in any of the shapes that services use."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(explained, value[:3])))
    if isinstance(value, dict):
        keys = ("detail", "message", "MESSAGE", "error", "errors", "title")
        return next((text for key in keys if (text := explained(value.get(key)))), "")
    return ""
