"""What a service says of an error, cut down to what can be shown."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from pmframes.http.auth import DOTS


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
