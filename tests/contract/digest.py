"""Prints a digest of every answer of a sandbox, a line for each call. Run as a module, in a process apart."""

import hashlib
import sys

from pmframes.sandbox import Sandbox

from .exceptions import ALLOWANCES, DEMANDS
from .reading import calls
from .specifications import Specification, read
from .walk import READS, Call, Visitor, operations, somewhere
from .writing import writes

# What a clock decides: the date, and when a limit begins anew.
LIMITS = [f"x-{word}-{what}" for word in ("rate-limit", "ratelimit") for what in ("remaining", "reset")]
CLOCKED = ("date", *LIMITS)


def digest(box, response):
    """Return a digest of what is answered, wherever the sandbox listens."""
    headers = sorted((name.lower(), value) for name, value in response.headers.items() if name.lower() not in CLOCKED)
    told = repr((response.status_code, headers)).encode() + response.content
    host = box.url("teamwork").split("/")[2].encode()
    return hashlib.sha256(told.replace(host, b"HOST").replace(host.replace(b":", b"%3A"), b"HOST")).hexdigest()


def walk(visitor, specification, few):
    """Return every call of a service, or the first few of each operation."""
    service = visitor.service
    for path in READS[service]:
        yield from calls(visitor, specification, path)[: 3 if few else None]
    for method, path in operations(service):
        yield Call(path, method=method, at=somewhere(visitor, path))
    yield from writes(visitor)


def main(seed, few):
    with Sandbox(people=60, seed=seed) as box:
        for service in READS:
            visitor = Visitor(box, service)
            specification = Specification(read(service), ALLOWANCES[service], DEMANDS[service])
            for call in list(walk(visitor, specification, few)):
                print(digest(box, visitor.send(call)), service, ascii(str(call)))


main(int(sys.argv[1]), few="few" in sys.argv)
