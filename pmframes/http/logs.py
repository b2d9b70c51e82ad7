"""What the libraries below log of our requests: not what a user searched for, and no warning of a retry."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

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
