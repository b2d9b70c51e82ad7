"""Loads of several pages: any split gives the same frame; pages that say too little or do not add up are an error."""

import json
from collections.abc import Callable
from functools import reduce
from operator import getitem
from typing import Any

import pandas as pd
import pytest

import pmframes as pm
from tests.support.cases import ONE_EACH, Case, case_of
from tests.support.server import Answer, FakeServer, Reply, Request, changed, in_turn, reply
from tests.support.top_level import TopLevel

PEOPLE, CLIENTS, CUSTOMERS = map(case_of, ("teamwork.people", "outlign.clients", "spirii.customers"))
SITE = case_of("teamwork.people-of-the-site")
# Other orders are documented, and have ties: these are read once more by id.
READ_AGAIN = ("teamwork.projects", "teamwork.companies")


def load(case: Case, server: FakeServer, answer: Answer) -> pd.DataFrame:
    case.start(server, answer)
    return case.load(refresh=True)


@pytest.mark.parametrize("sizes", [[1] * 9, [4, 5], [2, 6, 1]], ids=str)
def test_any_split_gives_the_frame_of_one_page(sizes, says_more, server):
    """Every third row lacks its text, and every fourth its company."""
    rows = says_more.rows(9)
    for at, row in enumerate(rows):
        lacking = [says_more.text_key] * (at % 3 == 2) + ["company", "companyId", "owner"] * (at % 4 == 3)
        row |= {key: None for key in lacking if key in row}
    expected = load(says_more, server, says_more.honest(rows))
    starts = [sum(sizes[:at]) for at in range(len(sizes))]
    frame = load(says_more, server, says_more.pages([rows[at:][:size] for at, size in zip(starts, sizes, strict=True)]))
    assert frame[says_more.id_column].tolist() == says_more.keys(9)
    pd.testing.assert_frame_equal(frame, expected)
    assert frame.attrs["pmframes"]["rows"] == 9


@pytest.mark.parametrize("count", ["absent", None, 0, 1, 3, -1, 7, "many", [3], 2.5], ids=repr)
def test_teamwork_is_read_until_has_more_is_false_whatever_count_says(count, server):
    def change(body: Any) -> None:
        body["meta"]["page"]["count"] = count
        if count == "absent":
            del body["meta"]["page"]["count"]

    answer = changed(PEOPLE.honest(PEOPLE.rows(7), most=2), change)
    assert load(PEOPLE, server, answer)["id"].tolist() == PEOPLE.keys(7)


@pytest.mark.parametrize("number", [1, 8, 9])
@pytest.mark.parametrize("count", ["absent", None, 0, "of the page"])
def test_spirii_without_a_total_is_read_until_a_page_is_shorter_than_its_limit(count, number, server):
    def forget(body: Any) -> None:
        body["count"] = len(body["data"]) if count == "of the page" else count
        if count == "absent":
            del body["count"]

    answer = changed(CUSTOMERS.honest(CUSTOMERS.rows(number), most=4), forget)
    assert load(CUSTOMERS, server, answer)["id"].tolist() == CUSTOMERS.keys(number)


@pytest.mark.parametrize("number", [1, 999, 1000, 1001])
@pytest.mark.parametrize("envelope", [True, False], ids=["data alone", "a bare list"])
def test_outlign_without_paging_is_read_until_nothing_follows(envelope, number, server):
    rows = CLIENTS.rows(number)

    def answer(request: Request) -> Reply:
        size = int(request.args["per_page"])
        begin = (request.position[0] - 1) * size
        part = rows[begin : begin + size]
        return reply({"data": part} if envelope else part)

    assert load(CLIENTS, server, answer)["id"].tolist() == CLIENTS.keys(number)


@pytest.mark.parametrize("size", ["15", "fifteen", 15.0, None, [15], {}], ids=repr)
def test_outligns_page_size_is_not_relied_on(size, server):
    answer = changed(CLIENTS.honest(CLIENTS.rows(6), most=3), lambda body: body["meta"].update(per_page=size))
    assert load(CLIENTS, server, answer)["id"].tolist() == CLIENTS.keys(6)


@pytest.mark.parametrize("spelling", [str, float, "{:.1f}".format, " {} ".format, lambda n: [n]])
@pytest.mark.parametrize("keys", [("limit",), ("count",), ("limit", "count")], ids=repr)
def test_spiriis_limit_and_count_may_be_no_numbers(keys, spelling, server):
    def spell(body: Any) -> None:
        body |= {key: spelling(body[key]) for key in keys}

    answer = changed(CUSTOMERS.honest(CUSTOMERS.rows(5), most=2), spell)
    assert load(CUSTOMERS, server, answer)["id"].tolist() == CUSTOMERS.keys(5)
    assert CUSTOMERS.load().attrs["pmframes"]["cached"] is True


def test_spiriis_count_as_text_is_a_total(server):
    answer = changed(CUSTOMERS.honest(CUSTOMERS.rows(5)), lambda body: body.update(count="6", limit="100"))
    CUSTOMERS.start(server, answer)
    with pytest.raises(pm.errors.IncompleteLoad, match="the service counts 6 rows"):
        CUSTOMERS.load()


def test_spiriis_count_of_too_many_digits_is_no_total(server):
    CUSTOMERS.start(server, CUSTOMERS.body(CUSTOMERS.rows(2)) | {"count": "9" * 5000})
    assert len(CUSTOMERS.load()) == 2


@pytest.mark.parametrize(("case", "where"), [
    *[(PEOPLE, ["meta", "page", "hasMore"][:depth]) for depth in (1, 2, 3)],
    *[(CLIENTS, ["links", "next"][:depth]) for depth in (1, 2)],
], ids=lambda value: getattr(value, "name", value))  # fmt: skip
def test_announced_rows_must_follow_also_on_a_page_that_says_nothing(case, where, server):
    def answer(request):
        number = request.position[0]
        body = case.body(case.rows(3) if number == 1 else [], number=number, size=3, more=number == 1, total=5)
        if number > 1:
            del reduce(getitem, where[:-1], body)[where[-1]]
        return reply(body)

    case.start(server, answer)
    with pytest.raises(pm.errors.IncompleteLoad, match="a page is empty"):
        case.load()


def check_incomplete(case: Case, loads: int, server: FakeServer) -> None:
    with pytest.raises(pm.errors.IncompleteLoad, match=r"[\d,]+ rows in \d+ pages? received") as raised:
        case.load()
    assert "No rows are returned" in str(raised.value)
    assert case.loads(server) == loads
    assert pm.cache.info().empty


def test_the_same_page_for_ever_is_an_error(says_more, server):
    says_more.start(server, says_more.body(says_more.rows(3), size=3, more=True, total=10**6))
    check_incomplete(says_more, 2 if says_more.name in READ_AGAIN else 1, server)
    assert len(server.requests) < 20


def test_an_empty_page_before_the_last_is_an_error(says_more, server):
    pages = [says_more.rows(2), [], says_more.rows(2, first=3)]

    def answer(request: Request) -> Reply:
        number, offset = request.position
        at = offset // 2 if says_more.service == "spirii" else number - 1
        rows = pages[at] if at < 3 else []
        return reply(says_more.body(rows, number=number, start=offset, size=2, more=at < 2, total=4))

    says_more.start(server, answer)
    # A total that does not agree is a reason to read the list once more.
    check_incomplete(says_more, 2 if says_more is CUSTOMERS or says_more.name in READ_AGAIN else 1, server)


def test_repeated_rows_are_dropped_and_counted(says_more, server):
    rows = says_more.rows(5)
    says_more.start(server, says_more.pages([rows[:3], rows[2:]], total=5))
    for is_cached in (False, True):
        frame = says_more.load()
        assert frame[says_more.id_column].tolist() == says_more.keys(5)
        assert frame.attrs["pmframes"]["repeated"] == 1
        assert frame.attrs["pmframes"]["cached"] is is_cached


@pytest.mark.parametrize("case", [one for one in ONE_EACH if one is not CLIENTS], ids=lambda case: case.service)
def test_a_link_to_the_next_page_on_another_host_is_not_followed(case, server, other_host):
    link = f"{other_host.base}{case.path}?page=2&offset=2"
    links = {"links": {"next": link}, "next": link, "nextPage": link, "@odata.nextLink": link}
    honest = changed(case.honest(case.rows(5), most=2), lambda body: body.update(links))
    frame = load(case, server, lambda request: reply(honest(request).body, Link=f'<{link}>; rel="next"'))
    assert frame[case.id_column].tolist() == case.keys(5)


def falling(case: Case) -> Answer:
    """Answer the first page before a row is removed, the others afterwards."""
    rows = case.rows(10)

    def answer(request: Request) -> Reply:
        begin = request.position[1]
        held = rows[1:] if begin else rows
        return reply(case.body(held[begin : begin + 4], start=begin, size=4, total=len(held)))

    return answer


DISAGREEING: dict[str, Callable[[Case], Answer]] = {
    "one row too few": lambda case: changed(case.honest(case.rows(9), most=4), lambda body: body.update(count=10)),
    "far too few rows": lambda case: changed(case.honest(case.rows(3)), lambda body: body.update(count=10**9)),
    "one row too many": lambda case: changed(case.honest(case.rows(3)), lambda body: body.update(count=2)),
    "a count that falls": falling,
}


@pytest.mark.parametrize("wrong", DISAGREEING.values(), ids=DISAGREEING)
def test_a_total_that_does_not_agree_is_read_once_more_and_then_an_error(wrong, server):
    CUSTOMERS.start(server, wrong(CUSTOMERS))
    check_incomplete(CUSTOMERS, 2, server)
    server.forget()
    answer_wrongly, answer_well = wrong(CUSTOMERS), CUSTOMERS.honest(CUSTOMERS.rows(9), most=4)
    server.serve(CUSTOMERS.path, lambda one: (answer_well if CUSTOMERS.loads(server) > 1 else answer_wrongly)(one))
    assert CUSTOMERS.load()["id"].tolist() == CUSTOMERS.keys(9)
    assert CUSTOMERS.loads(server) == 2
    assert CUSTOMERS.load().attrs["pmframes"]["cached"] is True


def test_rows_above_a_count_that_is_a_lower_bound_are_the_whole_list(server):
    PEOPLE.start(server, changed(PEOPLE.honest(PEOPLE.rows(3)), lambda body: body["meta"]["page"].update(count=2)))
    assert PEOPLE.load()["id"].tolist() == PEOPLE.keys(3)
    assert PEOPLE.loads(server) == 1


@pytest.mark.parametrize("total", [4, 10**9])
def test_a_count_above_the_rows_in_both_readings_is_an_error(total, server):
    PEOPLE.start(server, changed(PEOPLE.honest(PEOPLE.rows(3)), lambda body: body["meta"]["page"].update(count=total)))
    with pytest.raises(pm.errors.IncompleteLoad, match=rf"counts {total:,} rows, a number that it may have cached \(3"):
        PEOPLE.load()
    assert PEOPLE.loads(server) == 2
    assert pm.cache.info().empty


def test_a_count_that_falls_to_the_rows_at_the_second_reading_is_no_error(server):
    answers = [PEOPLE.body(PEOPLE.rows(3), total=total) for total in (4, 3)]
    PEOPLE.start(server, in_turn(*map(reply, answers)))
    assert PEOPLE.load()["id"].tolist() == PEOPLE.keys(3)


@pytest.mark.parametrize("name", ["teamwork.people", "teamwork.companies", "spirii.customers"])
def test_rows_and_repeated_ones_that_make_up_the_count_are_not_the_whole_list(name, server):
    """A row that moved came twice, and another one moved before it was asked for."""
    case = case_of(name)
    case.start(server, case.pages([case.rows(5), case.rows(4, first=5)], total=9))
    with pytest.raises(pm.errors.IncompleteLoad, match=r"counts 9 rows.*\(8 rows"):
        case.load()


def bare_people(pages: int) -> Answer:
    """Answer pages of 500 people of whom nothing but the id is sent."""

    def answer(request: Request) -> Reply:
        number = request.position[0]
        first = (number - 1) * 500
        people = ",".join(f'{{"id":{first + at}}}' for at in range(1, 501)) if number <= pages else ""
        more = "true" if number < pages else "false"
        return reply(f'{{"people":[{people}],"meta":{{"page":{{"hasMore":{more}}}}},"included":{{}}}}')

    return answer


def test_more_than_teamworks_hundred_pages_are_an_error(server):
    SITE.start(server, bare_people(101))
    with pytest.raises(pm.errors.IncompleteLoad, match=r"updated_after") as raised:
        SITE.load()
    assert "the limit of 100 pages was reached (50,000 rows in 100 pages received)" in str(raised.value)
    assert max(request.position[0] for request in server.requests) == 100
    assert pm.cache.info().empty


def test_every_row_of_every_page(paged, server):
    number = 2 * paged.most + 1 if paged.most <= 500 else 2101
    paged.start(server, paged.honest(paged.rows(number)))
    assert sorted(paged.load()[paged.id_column]) == paged.keys(number)
    sizes = {int(request.one(paged.size_key or "")) for request in server.asked(paged.path)}
    assert len(sizes) == 1
    assert 1 <= min(sizes) <= paged.most


def test_every_row_of_a_server_whose_pages_are_shorter_than_requested(paged, server):
    paged.start(server, paged.honest(paged.rows(11), most=4))
    frame = paged.load()
    assert sorted(frame[paged.id_column]) == paged.keys(11)
    assert frame.attrs["pmframes"]["rows"] == 11


def every_row_or_an_error(load: Callable[[], Any], ids: list[Any]) -> None:
    try:
        frame = load()
    except (pm.errors.IncompleteLoad, pm.errors.UnexpectedResponse):
        return
    assert sorted(frame["id"]) == ids


@pytest.mark.parametrize("absent", [(), ("count",), ("limit", "offset"), ("count", "limit", "offset")], ids=str)
def test_spirii_sends_smaller_pages_than_requested(absent, server):
    def change(body: Any) -> None:
        for key in absent:
            del body[key]

    CUSTOMERS.start(server, changed(CUSTOMERS.honest(CUSTOMERS.rows(95), most=20), change))
    if len(absent) < 3:
        assert sorted(CUSTOMERS.load()["id"]) == CUSTOMERS.keys(95)
    else:  # nothing tells that there is more
        every_row_or_an_error(CUSTOMERS.load, CUSTOMERS.keys(95))


@pytest.mark.parametrize("absent", ["meta", "page", "hasMore"])
def test_teamwork_does_not_say_whether_there_is_more(absent, server):
    def change(body: Any) -> None:
        del {"meta": body, "page": body["meta"], "hasMore": body["meta"]["page"]}[absent][absent]

    PEOPLE.start(server, changed(PEOPLE.honest(PEOPLE.rows(9), most=4), change))
    every_row_or_an_error(PEOPLE.load, PEOPLE.keys(9))


@pytest.mark.parametrize("absent", [("links",), ("meta",), ("links", "meta")], ids=str)
def test_outlign_does_not_say_whether_there_is_more(absent, server):
    def change(body: Any) -> None:
        for key in absent:
            del body[key]

    CLIENTS.start(server, changed(CLIENTS.honest(CLIENTS.rows(2101)), change))
    assert sorted(CLIENTS.load()["id"]) == CLIENTS.keys(2101)


@pytest.mark.parametrize("link", ["http://evil.example/api/v1/clients?page=2", "other host", "?page=2", "x", 5])
def test_the_link_to_the_next_page_is_never_followed(link, server, other_host):
    """It says only that there is more: the filters go with every page, the credential to no other host."""
    target = other_host.url("outlign") + "/api/v1/clients?page=2" if link == "other host" else link
    honest = CLIENTS.honest(CLIENTS.rows(9), most=4)

    def answer(request: Request) -> Reply:
        body = json.loads(honest(request).body)
        body["links"]["next"] = body["links"]["next"] and target
        return reply(body, Link=f'<{target}>; rel="next"')

    CLIENTS.start(server, answer)
    assert sorted(CLIENTS.load(title="Client")["id"]) == CLIENTS.keys(9)
    assert {request.one("title") for request in server.requests} == {"Client"}
    assert {request.path for request in server.requests} == {CLIENTS.path}


def test_a_row_without_an_id_is_an_error(case, server):
    case.start(server, case.body([case.row(1), case.row(2) | {"id": None}]))
    with pytest.raises(pm.errors.UnexpectedResponse, match=rf"row \w+.*: the value of {case.id_column} is not"):
        case.load()


@pytest.mark.parametrize("projects", [987654, [12345, 987654]], ids=str)
def test_an_unknown_project_is_named(projects, server):
    PEOPLE.start(server, PEOPLE.honest(PEOPLE.rows(2)))
    with pytest.raises(pm.errors.NotFound, match="987654"):
        pm.teamwork.people(projects)
    assert server.requests[-1].path == "/teamwork/projects/api/v3/projects/987654/people.json"


@pytest.mark.parametrize("at", ["the first page", "the last page"])
def test_a_disconnect_during_a_load_requests_and_caches_nothing_more(case, at, server):
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
    if (at == "the first page" and case.size_key) or case.related:
        with pytest.raises(pm.errors.NotConnected, match="under way"):
            top_level.load(case.load)
        assert len(server.asked(case.path)) == 1
    else:
        assert len(top_level.load(case.load)) == 9
    assert pm.cache.info().empty
    with pytest.raises(pm.errors.NotConnected):
        case.load()
