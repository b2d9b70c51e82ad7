"""Whether a credential, in any spelling, is in what was written, logged, raised or shown."""

import base64
import traceback
from typing import Any


def spellings(token: str) -> set[str]:
    """Return a token as it is, and as the Basic scheme sends it."""
    words = ("", "x", "xxx", "X", "password")
    basic = {base64.b64encode(f"{token}:{word}".encode()).decode() for word in words}
    return {token, base64.b64encode(token.encode()).decode().rstrip("=")[:-2]} | basic


def secrets_in(where: Any, token: str) -> list[str]:
    """Return the spellings of a token that text or bytes hold."""
    held = where if isinstance(where, bytes) else str(where).encode()
    return sorted(spelling for spelling in spellings(token) if spelling.encode() in held)


def shown(error: BaseException) -> str:
    """Return all that a person or a log may see of an error."""
    return "\n".join([*traceback.format_exception(error), str(error), repr(error), repr(vars(error))])
