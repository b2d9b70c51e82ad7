"""The body of a response: read up to a limit, and repaired where the JSON in it has halves of characters."""

import re

from requests import Response
from urllib3.exceptions import DecodeError

MAX_PAGE_BYTES = 64 * 2**20
MAX_ERROR_BYTES = 64 * 2**10
_PIECE_BYTES = 2**16
_CODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
ACCEPT_ENCODING = "gzip, deflate"


class UnreadableBody(Exception):
    """The body is too large, or not compressed as its header says; the message completes "the response …"."""


def read_body(response: Response) -> bytes:
    """Read a body, decompressed; of one that is not a page, what can be read of its beginning.

    Raises
    ------
    UnreadableBody
        It is a page that cannot be read.
    """
    is_page, coding = response.status_code == 200, response.headers.get("Content-Encoding", "").strip().lower()
    limit = MAX_PAGE_BYTES if is_page else MAX_ERROR_BYTES
    pieces, size, problem = list[bytes](), 0, ""
    try:
        if coding not in _CODINGS:
            # Each coding multiplies what a small body may grow to.
            raise DecodeError
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                problem = f"is larger than {limit // 2**20} MiB"
                break
    except DecodeError:
        problem = "is not compressed as its header Content-Encoding says"
    if problem:
        response.close()
        if is_page:
            raise UnreadableBody(problem)
    return b"".join(pieces)[:limit]


def repair_json(body: bytes) -> bytes:
    """Return JSON without a byte order mark, and with U+FFFD for each half of a character that stands alone."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    return _ESCAPE.sub(lambda escape: escape[1] or LONE_SURROGATE, body) if _SURROGATE.search(body) else body


LONE_SURROGATE = rb"\ufffd"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
# The first group is an escape to keep: a pair of halves, or any other one.
_ESCAPE = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\(?!u[dD][89a-fA-F]).)|\\u[dD][89a-fA-F][0-9a-fA-F]{2}",
    re.DOTALL,
)
