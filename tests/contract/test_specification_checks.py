"""The contract's own measure: it refuses what it should, and no exception is listed that nothing needs."""

import json

import pytest
import requests
import schemathesis

from pmframes.sandbox import Sandbox

from . import walk
from .exceptions import ALLOWANCES, DEMANDS
from .reading import calls
from .specifications import Specification, read
from .walk import CLIENT, CLIENTS, CUSTOMERS, ME, PEOPLE, PM_CUSTOMERS, READS, Call, Visitor, operations, somewhere
from .writing import writes

PAGE = {"pageOffset": 0, "pageSize": 50, "count": 1, "hasMore": False}
GUID = "3ba0eabb-4d96-4ce8-9a0d-37ebb97e7507"
FINE = {"error": None, "success": True, "hasError": False, "statusCode": "OK"}
TIMES = {"created_at": "2023-01-01T12:00:00.000000Z", "updated_at": ""}
CUSTOMER = {"id": 1, "name": "a", "country": "DK"} | dict.fromkeys(("createdAt", "updatedAt"), "2023-11-07T05:31:56Z")


def people(row, **page):
    return {"people": [row], "meta": {"page": PAGE | page}, "included": {}}


def customers(*rows, **envelope):
    return FINE | {"data": list(rows)} | envelope


def page(*rows, **more):
    return {"data": list(rows), "count": 1, "limit": 50, "offset": 0} | more


# What is answered, a word of what is wrong with it, "" where nothing is, and the status where it is not 200.
BODIES = [
    (PEOPLE, people({"id": 1, "title": None, "createdBy": 5}), ""), (PEOPLE, people({"id": "1"}), "people/*/id"),
    (PEOPLE, people({"id": None}), "people/*/id"), (PEOPLE, people({"id": 1, "nickname": "x"}), "nickname"),
    (PEOPLE, people({"id": 1, "deleted": "false"}), "people/*/deleted"),
    (PEOPLE, people({"id": 1, "company": {"id": 1}}), "company"), (PEOPLE, people({"id": 1}, hasMore=None), "hasMore"),
    (PEOPLE, {"people": []}, "meta"), (PEOPLE, {"errors": [{"id": "x", "title": "t"}]}, "detail", 400),
    (PEOPLE, {"errors": []}, "404", 404), (ME, {"person": {"id": 1}, "STATUS": "OK"}, "STATUS"),
    (PM_CUSTOMERS, customers({"id": GUID, "name": ""}), ""),
    (PM_CUSTOMERS, customers({"id": "12", "name": "a"}), "uuid"), (PM_CUSTOMERS, customers({"id": GUID}), "name"),
    (PM_CUSTOMERS, customers({"id": GUID, "name": "a", "code": 1}), "code"),
    (PM_CUSTOMERS, customers(statusCode=200), "statusCode"), (PM_CUSTOMERS, customers(total=1), "total"),
    (PM_CUSTOMERS, FINE, "data"),
    (walk.PM_ROLES, customers({"id": GUID, "name": "a"}), "description"),
    (walk.PM_ROLES, customers(), "418", 418), (CLIENTS, [], "object"), (CLIENTS, {"data": []}, "links"),
    (CLIENT, {"data": {"id": 1, "title": "a"} | TIMES}, ""),
    (CLIENT, {"data": {"id": 1, "title": "a", "company": None} | TIMES}, "company"),
    (CLIENT, {"data": {"id": 1, "title": "a"} | TIMES | {"created_at": "1/2/23"}}, "created_at"),
    (CLIENT, {"message": "No."}, "message", 401), (CLIENT, {}, "message", 404), (CUSTOMERS, page(CUSTOMER), ""),
    (CUSTOMERS, page(CUSTOMER | {"type": "CPO"}), "type"), (CUSTOMERS, page(CUSTOMER | {"country": "DNK"}), "country"),
    (CUSTOMERS, page(CUSTOMER | {"billingDetails": {"gln": 799}}), "billingDetails"),
    (CUSTOMERS, page(count="1"), "count"), (CUSTOMERS, {"message": "no"}, "anyOf", 400),
    (CUSTOMERS, b"<p>", "content type"),
]  # fmt: skip


def answer(status, body):
    is_html = isinstance(body, bytes)
    return schemathesis.Response(
        status_code=status,
        headers={"content-type": ["text/html" if is_html else "application/json"]},
        content=body if is_html else json.dumps(body).encode(),
        request=requests.Request("GET", "http://127.0.0.1/").prepare(),
        elapsed=0.0,
        verify=True,
    )


@pytest.mark.parametrize(("path", "body", "word", "status"), [(*case, 200)[:4] for case in BODIES])
def test_a_wrong_body_is_refused(specifications, path, body, word, status):
    (service,) = (service for service in READS if path in READS[service])
    faults = specifications(service).faults(path, "GET", answer(status, body))
    assert bool(faults) == bool(word), faults
    assert word in "".join(faults)


def traits(value, where=()):
    """Return what an exception may be about: which values stand where, by type, by length or as zero."""
    yield where, type(value), len(value) if isinstance(value, str) else value == 0
    if isinstance(value, dict):
        for name, each in value.items():
            yield from traits(each, (*where, "*" if name.isdigit() else name))
    elif isinstance(value, list):
        for each in value:
            yield from traits(each, where)


def telling(answered):
    """Keep the answers that bring something that none before them brought."""
    seen = set()
    for call, response in answered:
        body = response.json() if response.content else None
        new = {(call.method, call.path, response.status_code, *trait) for trait in traits(body)} - seen
        if new:
            seen |= new
            yield call, response


def answers(service, specification, visitor, hurried):
    for method, path in operations(service):
        call = Call(path, method=method, at=somewhere(visitor, path))
        yield call, visitor.send(call, headers={"Authorization": "Bearer wrong"})
    for path in READS[service]:
        for call in calls(visitor, specification, path):
            yield call, visitor.send(call)
    for call in writes(visitor):
        yield call, visitor.send(call)
    for path in READS[service]:
        call = Call(path, at={"projectId": 1, "id": 1})
        hurried.send(call)
        yield call, hurried.send(call)


@pytest.mark.parametrize("service", list(READS))
def test_no_exception_is_idle(specifications, service):
    """Take each exception away in turn: some answer must then be refused that was not before."""
    with Sandbox(people=120) as box, Sandbox(people=20, rate_limit=1) as hurried:
        visitor = Visitor(box, service)
        kept = list(telling(answers(service, specifications(service), visitor, Visitor(hurried, service))))
    document, idle = read(service), []
    for left_out in ALLOWANCES[service]:
        others = [each for each in ALLOWANCES[service] if each is not left_out]
        without = Specification(document, others, DEMANDS[service])
        if not any(misses(without, call, response) for call, response in kept):
            idle.append(left_out.pointer)
    assert not idle, f"nothing needs: {idle}"


def misses(specification, call, response):
    known = call.path in specification.document["paths"]
    return not known or bool(specification.faults(call.path, call.method, response))
