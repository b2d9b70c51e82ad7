"""The loaders' table of ``tests/loading``, answered from plain sockets."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pmframes as pm
from tests.loading import conftest as loading
from tests.loading.conftest import ONE_EACH, Case, Page

from .wire import Answer, Asked, Reply, Wire, reply

__all__ = [
    "BY_NAME",
    "CASES",
    "ONE_EACH",
    "PAGED",
    "TOKEN",
    "Case",
    "changed",
    "connect",
    "first_asked",
    "honest",
    "listed",
    "start",
]

TOKEN = "tok-5d20c7e1-NEVER-SHOWN"
# Lists whose answers never say that they are the last cost a request more: tests/loading has them.
CASES = tuple(case for case in loading.CASES if case.says_more)
PAGED = tuple(case for case in CASES if case.size_key)
BY_NAME = {case.name: case for case in CASES}


def connect(case: Case, wire: Wire, token: Any = TOKEN, **options: Any) -> None:
    pm.connect(case.service, url=wire.url(case.service), token=token, **options)


def start(case: Case, wire: Wire, answer: Answer | Reply, **options: Any) -> Case:
    """Connect a loader to a server that answers this."""
    connect(case, wire, **options)
    wire.serve(case.path, answer)
    return case


def honest(case: Case, rows: list[Any], clamp: int | None = None) -> Answer:
    """Page over rows as the documents say; ``clamp`` is a page size that the server will not exceed."""

    def answer(asked: Asked) -> Reply:
        if case.size_key is None:
            return reply(case.body(rows))
        size = int(asked.args.get(case.size_key, case.default_size))
        if size > case.most:
            return reply({"message": f"{case.size_key} is at most {case.most}"}, status=400)
        size = min(size, clamp or size)
        number, begin = case.start_of(asked.args, size)
        part = rows[begin : begin + size]
        return reply(case.page(Page(part, number, size, begin, len(rows), begin + size < len(rows))))

    return answer


def listed(case: Case, pages: list[list[Any]], **says: Any) -> Answer:
    """Serve these pages, then empty ones; more is promised but on the last; ``says`` says otherwise."""
    starts = [sum(map(len, pages[:at])) for at in range(len(pages) + 1)]
    size = max(map(len, pages))

    def answer(asked: Asked) -> Reply:
        number, offset = asked.place
        at = number - 1 if case.service != "spirii" else starts.index(offset) if offset in starts else len(pages)
        rows = pages[at] if at < len(pages) else []
        told = {"number": at + 1, "size": size, "more": at + 1 < len(pages), "total": starts[-1]}
        return reply(case.body(rows, **(told | {"start": offset} | says)))

    return answer


def changed(answer: Answer, change: Callable[[Any], Any]) -> Answer:
    """Change the JSON of every answer; what ``change`` returns, if anything, takes its place."""

    def changing(asked: Asked) -> Reply:
        honest_reply = answer(asked)
        body = json.loads(honest_reply.body)
        instead = change(body)
        return replace(honest_reply, body=json.dumps(body if instead is None else instead).encode())

    return changing


def first_asked(case: Case, wire: Wire) -> int:
    """Count how often the first page was asked for."""
    return sum(asked.place == (1, 0) for asked in wire.asked(case.path))
