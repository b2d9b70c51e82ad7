"""Answers whose pages say too little, or something wrong: every row, or IncompleteLoad; never a shortened frame."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

import pmframes as pm
from tests.support.cases import CASES, Case
from tests.support.server import FakeServer, Reply, Request, changed, reply
from tests.support.top_level import TopLevel

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")
TEAMWORK, OUTLIGN, SPIRII = (
    next(case for case in CASES if case.name == name)
    for name in ("teamwork.people", "outlign.clients", "spirii.customers")
)


def every_row_or_an_error(load: Callable[[], Any], ids: list[Any]) -> None:
    try:
        frame = load()
    except (pm.errors.IncompleteLoad, pm.errors.UnexpectedResponse):
        return
    assert sorted(frame["id"]) == ids


# Spirii: a count, a limit and an offset


@pytest.mark.parametrize("count", [6, 7, 5000])
def test_spirii_announces_more_rows_than_it_sends(count: int, server: FakeServer) -> None:
    SPIRII.start(server, SPIRII.pages([SPIRII.rows(3), SPIRII.rows(2, 4)], total=count))
    with pytest.raises(pm.errors.IncompleteLoad) as raised:
        SPIRII.load()
    assert re.search(rf"\b{count:,}\b", str(raised.value)), "how many were announced"
    assert re.search(r"\b5\b", str(raised.value)), "how many were received"


def test_spirii_announces_six_rows_and_sends_one_of_five_twice(server: FakeServer) -> None:
    """One row was missed while the pages shifted."""
    SPIRII.start(server, SPIRII.pages([SPIRII.rows(3), SPIRII.rows(3, 3)], total=6))
    with pytest.raises(pm.errors.IncompleteLoad):
        SPIRII.load()


@pytest.mark.parametrize("count", ["absent", None, 0, "of the page"])
def test_a_useless_count_of_spirii_loses_no_row(count: Any, server: FakeServer) -> None:
    def change(body: Any) -> None:
        body["count"] = len(body["data"]) if count == "of the page" else count
        if count == "absent":
            del body["count"]

    SPIRII.start(server, changed(SPIRII.honest(SPIRII.rows(250)), change))
    assert sorted(SPIRII.load()["id"]) == SPIRII.keys(250)


@pytest.mark.parametrize("absent", [(), ("count",), ("limit", "offset"), ("count", "limit", "offset")], ids=str)
def test_spirii_sends_smaller_pages_than_requested(absent: tuple[str, ...], server: FakeServer) -> None:
    def change(body: Any) -> None:
        for key in absent:
            del body[key]

    SPIRII.start(server, changed(SPIRII.honest(SPIRII.rows(95), most=20), change))
    if len(absent) < 3:
        assert sorted(SPIRII.load()["id"]) == SPIRII.keys(95)
    else:  # nothing tells that there is more
        every_row_or_an_error(SPIRII.load, SPIRII.keys(95))


# Teamwork.com: a count that may be outdated, and whether there is more


@pytest.mark.parametrize("count", ["absent", None, 0, 1, 3])
def test_the_count_of_teamwork_is_not_relied_on(count: Any, server: FakeServer) -> None:
    def change(body: Any) -> None:
        body["meta"]["page"]["count"] = count
        if count == "absent":
            del body["meta"]["page"]["count"]

    TEAMWORK.start(server, changed(TEAMWORK.honest(TEAMWORK.rows(9), most=4), change))
    assert sorted(TEAMWORK.load()["id"]) == TEAMWORK.keys(9)


@pytest.mark.parametrize("absent", ["meta", "page", "hasMore"])
def test_teamwork_does_not_say_whether_there_is_more(absent: str, server: FakeServer) -> None:
    def change(body: Any) -> None:
        del {"meta": body, "page": body["meta"], "hasMore": body["meta"]["page"]}[absent][absent]

    TEAMWORK.start(server, changed(TEAMWORK.honest(TEAMWORK.rows(9), most=4), change))
    every_row_or_an_error(TEAMWORK.load, TEAMWORK.keys(9))


# Outlign: links, or a bare list


@pytest.mark.parametrize("absent", [("links",), ("meta",), ("links", "meta")], ids=str)
def test_outlign_does_not_say_whether_there_is_more(absent: tuple[str, ...], server: FakeServer) -> None:
    def change(body: Any) -> None:
        for key in absent:
            del body[key]

    OUTLIGN.start(server, changed(OUTLIGN.honest(OUTLIGN.rows(2101)), change))
    assert sorted(OUTLIGN.load()["id"]) == OUTLIGN.keys(2101)


def test_a_bare_list_of_a_server_without_pagination_ends(server: FakeServer) -> None:
    """As many rows as a page has, the same for every page: whether these are all cannot be known."""
    rows = OUTLIGN.rows(1000)
    OUTLIGN.start(server, lambda request: reply(rows[: int(request.args.get("per_page", 15))]))
    every_row_or_an_error(OUTLIGN.load, OUTLIGN.keys(1000))
    assert len(server.requests) < 50


@pytest.mark.parametrize("link", ["http://evil.example/api/v1/clients?page=2", "other host", "?page=2", "x", 5])
def test_the_link_to_the_next_page_is_never_followed(link: Any, server: FakeServer, other_host: FakeServer) -> None:
    """It says only that there is more: the filters go with every page, the credential to no other host."""
    target = other_host.url("outlign") + "/api/v1/clients?page=2" if link == "other host" else link
    honest = OUTLIGN.honest(OUTLIGN.rows(9), most=4)

    def answer(request: Request) -> Reply:
        body = json.loads(honest(request).body)
        body["links"]["next"] = body["links"]["next"] and target
        return reply(body)

    OUTLIGN.start(server, answer)
    assert sorted(OUTLIGN.load(title="Client")["id"]) == OUTLIGN.keys(9)
    assert {request.one("title") for request in server.requests} == {"Client"}
    assert {request.path for request in server.requests} == {OUTLIGN.path}


# Rows, projects and texts


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_row_without_an_id_is_an_error(case: Case, server: FakeServer) -> None:
    case.start(server, case.body([case.row(1), case.row(2) | {"id": None}]))
    with pytest.raises(pm.errors.UnexpectedResponse, match=rf"row \w+.*: the value of {case.id_column} is not"):
        case.load()


@pytest.mark.parametrize("projects", [987654, [12345, 987654]], ids=str)
def test_an_unknown_project_is_named(projects: Any, server: FakeServer) -> None:
    TEAMWORK.start(server, TEAMWORK.honest(TEAMWORK.rows(2)))
    with pytest.raises(pm.errors.NotFound, match="987654"):
        pm.teamwork.people(projects)
    assert server.requests[-1].path == "/teamwork/projects/api/v3/projects/987654/people.json"


# A service that is disconnected during a load


@pytest.mark.parametrize("at", ["the first page", "the last page"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_disconnect_during_a_load_requests_and_caches_nothing_more(case: Case, at: str, server: FakeServer) -> None:
    """The load is another thread's; a signal handler may do it too."""
    top_level = TopLevel()
    honest = case.honest(case.rows(9), most=4)
    # Where answers do not say that they are the last, an empty one does.
    last = (3 if case.says_more else 4) if case.size_key else 1

    def answer(request: Request) -> Reply:
        if len(server.asked(case.path)) == (1 if at == "the first page" else last):
            top_level.call(lambda: pm.disconnect(case.service))
        return honest(request)

    case.start(server, answer)
    if at == "the first page" and case.size_key:
        with pytest.raises(pm.errors.NotConnected, match="under way"):
            top_level.load(case.load)
        assert len(server.asked(case.path)) == 1
    else:
        assert len(top_level.load(case.load)) == 9
    assert pm.cache.info().empty
    with pytest.raises(pm.errors.NotConnected):
        case.load()
