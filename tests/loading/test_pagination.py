"""Loads of several pages: any split gives the same frame, and pages that do not add up are an error."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import pmframes as pm
from tests.support import fixtures
from tests.support.cases import CASES, Case, case_of
from tests.support.server import Answer, FakeServer, Reply, Request, changed, in_turn, reply

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")
each_service, says_more = fixtures.each_service, fixtures.says_more  # before those of the conftest here
BY_NAME = {case.name: case for case in CASES}
PEOPLE, CLIENTS, CUSTOMERS = (BY_NAME[name] for name in ("teamwork.people", "outlign.clients", "spirii.customers"))
SITE = BY_NAME["teamwork.people-of-the-site"]
# Other orders are documented, and have ties: these are read once more by id.
READ_AGAIN = ("teamwork.projects", "teamwork.companies")


def load(case: Case, server: FakeServer, answer: Answer) -> pd.DataFrame:
    case.start(server, answer)
    return case.load(refresh=True)


# Any split into pages; the unit tests of pagination have every other one


@pytest.mark.parametrize("sizes", [[1] * 9, [4, 5], [2, 6, 1]], ids=str)
def test_any_split_gives_the_frame_of_one_page(sizes: list[int], says_more: Case, server: FakeServer) -> None:
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


@pytest.mark.parametrize("count", ["absent", None, 0, 1, -1, 7, "many", [3], 2.5], ids=repr)
def test_teamwork_is_read_until_has_more_is_false_whatever_count_says(count: Any, server: FakeServer) -> None:
    def change(body: Any) -> None:
        body["meta"]["page"]["count"] = count
        if count == "absent":
            del body["meta"]["page"]["count"]

    answer = changed(PEOPLE.honest(PEOPLE.rows(7), most=2), change)
    assert load(PEOPLE, server, answer)["id"].tolist() == PEOPLE.keys(7)


@pytest.mark.parametrize("number", [1, 8, 9])
@pytest.mark.parametrize("count", ["absent", 0, "of the page"])
def test_spirii_without_a_total_is_read_until_a_page_is_shorter_than_its_limit(
    count: Any, number: int, server: FakeServer
) -> None:
    def forget(body: Any) -> None:
        body["count"] = len(body["data"]) if count == "of the page" else count
        if count == "absent":
            del body["count"]

    answer = changed(CUSTOMERS.honest(CUSTOMERS.rows(number), most=4), forget)
    assert load(CUSTOMERS, server, answer)["id"].tolist() == CUSTOMERS.keys(number)


@pytest.mark.parametrize("number", [1, 999, 1000, 1001])
@pytest.mark.parametrize("envelope", [True, False], ids=["data alone", "a bare list"])
def test_outlign_without_paging_is_read_until_nothing_follows(envelope: bool, number: int, server: FakeServer) -> None:
    rows = CLIENTS.rows(number)

    def answer(request: Request) -> Reply:
        size = int(request.args["per_page"])
        begin = (request.position[0] - 1) * size
        part = rows[begin : begin + size]
        return reply({"data": part} if envelope else part)

    assert load(CLIENTS, server, answer)["id"].tolist() == CLIENTS.keys(number)


# What a page says of itself in other words


@pytest.mark.parametrize("size", ["15", "fifteen", 15.0, None, [15], {}], ids=repr)
def test_outligns_page_size_is_not_relied_on(size: Any, server: FakeServer) -> None:
    answer = changed(CLIENTS.honest(CLIENTS.rows(6), most=3), lambda body: body["meta"].update(per_page=size))
    assert load(CLIENTS, server, answer)["id"].tolist() == CLIENTS.keys(6)


@pytest.mark.parametrize("spelling", [str, float, "{:.1f}".format, " {} ".format, lambda n: [n]])
@pytest.mark.parametrize("keys", [("limit",), ("count",), ("limit", "count")], ids=repr)
def test_spiriis_limit_and_count_may_be_no_numbers(
    keys: tuple[str, ...], spelling: Callable[[int], Any], server: FakeServer
) -> None:
    def spell(body: Any) -> None:
        body |= {key: spelling(body[key]) for key in keys}

    answer = changed(CUSTOMERS.honest(CUSTOMERS.rows(5), most=2), spell)
    assert load(CUSTOMERS, server, answer)["id"].tolist() == CUSTOMERS.keys(5)
    assert CUSTOMERS.load().attrs["pmframes"]["cached"] is True


def test_spiriis_count_as_text_is_a_total(server: FakeServer) -> None:
    answer = changed(CUSTOMERS.honest(CUSTOMERS.rows(5)), lambda body: body.update(count="6", limit="100"))
    CUSTOMERS.start(server, answer)
    with pytest.raises(pm.errors.IncompleteLoad, match="the service counts 6 rows"):
        CUSTOMERS.load()


def test_spiriis_count_of_too_many_digits_is_no_total(server: FakeServer) -> None:
    CUSTOMERS.start(server, CUSTOMERS.body(CUSTOMERS.rows(2)) | {"count": "9" * 5000})
    assert len(CUSTOMERS.load()) == 2


# Pages that do not add up


@pytest.mark.parametrize("second", ["empty", "repeated", "new"])
@pytest.mark.parametrize(
    ("case", "where"),
    [
        *[(PEOPLE, where) for where in ("meta", "meta.page", "meta.page.hasMore")],
        *[(CLIENTS, where) for where in ("links", "links.next")],
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_announced_rows_must_follow_also_on_a_page_that_says_nothing(
    case: Case, where: str, second: str, server: FakeServer
) -> None:
    rows = {1: case.rows(3), 2: {"empty": [], "repeated": case.rows(3), "new": case.rows(2, first=4)}[second]}

    def answer(request: Request) -> Reply:
        number = request.position[0]
        body = case.body(rows.get(number, []), number=number, size=3, more=number == 1, total=5)
        if number > 1:
            *above, last = where.split(".")
            held = body
            for name in above:
                held = held[name]
            del held[last]
        return reply(body)

    case.start(server, answer)
    if second == "new":
        assert case.load()["id"].tolist() == case.keys(5)
        return
    with pytest.raises(pm.errors.IncompleteLoad, match="a page twice" if second == "repeated" else "a page is empty"):
        case.load()
    assert pm.cache.info().empty
    case.serve(server, case.rows(2))
    assert len(case.load()) == 2


def check_incomplete(case: Case, loads: int, server: FakeServer) -> None:
    with pytest.raises(pm.errors.IncompleteLoad, match=r"[\d,]+ rows in \d+ pages? received") as raised:
        case.load()
    assert "No rows are returned" in str(raised.value)
    assert case.loads(server) == loads
    assert pm.cache.info().empty


def test_the_same_page_for_ever_is_an_error(says_more: Case, server: FakeServer) -> None:
    says_more.start(server, says_more.body(says_more.rows(3), size=3, more=True, total=10**6))
    check_incomplete(says_more, 2 if says_more.name in READ_AGAIN else 1, server)
    assert len(server.requests) < 20


def test_an_empty_page_before_the_last_is_an_error(says_more: Case, server: FakeServer) -> None:
    pages = [says_more.rows(2), [], says_more.rows(2, first=3)]

    def answer(request: Request) -> Reply:
        number, offset = request.position
        at = offset // 2 if says_more.service == "spirii" else number - 1
        rows = pages[at] if at < 3 else []
        return reply(says_more.body(rows, number=number, start=offset, size=2, more=at < 2, total=4))

    says_more.start(server, answer)
    # A total that does not agree is a reason to read the list once more.
    check_incomplete(says_more, 2 if says_more is CUSTOMERS or says_more.name in READ_AGAIN else 1, server)


def test_repeated_rows_are_dropped_and_counted(says_more: Case, server: FakeServer) -> None:
    rows = says_more.rows(5)
    says_more.start(server, says_more.pages([rows[:3], rows[2:]], total=5))
    for is_cached in (False, True):
        frame = says_more.load()
        assert frame[says_more.id_column].tolist() == says_more.keys(5)
        assert frame.attrs["pmframes"]["repeated"] == 1
        assert frame.attrs["pmframes"]["cached"] is is_cached


def test_a_link_to_the_next_page_on_another_host_is_not_followed(
    each_service: Case, server: FakeServer, other_host: FakeServer
) -> None:
    link = f"{other_host.base}{each_service.path}?page=2&offset=2"

    def change(body: Any) -> None:
        if each_service is CLIENTS:
            body["links"]["next"] = body["links"]["next"] and link
        else:
            body |= {"links": {"next": link}, "next": link, "nextPage": link, "@odata.nextLink": link}

    honest = changed(each_service.honest(each_service.rows(5), most=2), change)

    def answer(request: Request) -> Reply:
        return reply(honest(request).body, Link=f'<{link}>; rel="next"')

    frame = load(each_service, server, answer)
    assert frame[each_service.id_column].tolist() == each_service.keys(5)


# Totals that do not agree with the rows


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
def test_an_exact_total_that_never_agrees_is_an_error(wrong: Callable[[Case], Answer], server: FakeServer) -> None:
    CUSTOMERS.start(server, wrong(CUSTOMERS))
    check_incomplete(CUSTOMERS, 2, server)


@pytest.mark.parametrize("wrong", DISAGREEING.values(), ids=DISAGREEING)
def test_a_total_that_does_not_agree_is_read_once_more(wrong: Callable[[Case], Answer], server: FakeServer) -> None:
    """The answers are wrong until the first page is requested for a second time."""
    answer_wrongly, answer_well = wrong(CUSTOMERS), CUSTOMERS.honest(CUSTOMERS.rows(9), most=4)
    CUSTOMERS.start(server, lambda request: (answer_well if CUSTOMERS.loads(server) > 1 else answer_wrongly)(request))
    assert CUSTOMERS.load()["id"].tolist() == CUSTOMERS.keys(9)
    assert CUSTOMERS.loads(server) == 2
    assert CUSTOMERS.load().attrs["pmframes"]["cached"] is True


def test_rows_above_a_count_that_is_a_lower_bound_are_the_whole_list(server: FakeServer) -> None:
    PEOPLE.start(server, changed(PEOPLE.honest(PEOPLE.rows(3)), lambda body: body["meta"]["page"].update(count=2)))
    assert PEOPLE.load()["id"].tolist() == PEOPLE.keys(3)
    assert PEOPLE.loads(server) == 1


@pytest.mark.parametrize("total", [4, 10**9])
def test_a_count_above_the_rows_in_both_readings_is_an_error(total: int, server: FakeServer) -> None:
    PEOPLE.start(server, changed(PEOPLE.honest(PEOPLE.rows(3)), lambda body: body["meta"]["page"].update(count=total)))
    with pytest.raises(pm.errors.IncompleteLoad, match=rf"counts {total:,} rows, a number that it may have cached \(3"):
        PEOPLE.load()
    assert PEOPLE.loads(server) == 2
    assert pm.cache.info().empty


def test_a_count_that_falls_to_the_rows_at_the_second_reading_is_no_error(server: FakeServer) -> None:
    answers = [PEOPLE.body(PEOPLE.rows(3), total=total) for total in (4, 3)]
    PEOPLE.start(server, in_turn(*map(reply, answers)))
    assert PEOPLE.load()["id"].tolist() == PEOPLE.keys(3)


@pytest.mark.parametrize("name", ["teamwork.people", "teamwork.companies", "spirii.customers"])
def test_rows_and_repeated_ones_that_make_up_the_count_are_not_the_whole_list(name: str, server: FakeServer) -> None:
    """A row that moved came twice, and another one moved before it was asked for."""
    case = case_of(name)
    case.start(server, case.pages([case.rows(5), case.rows(4, first=5)], total=9))
    with pytest.raises(pm.errors.IncompleteLoad, match=r"counts 9 rows.*\(8 rows"):
        case.load()


# Teamwork returns no more than 100 pages


def bare_people(pages: int) -> Answer:
    """Answer pages of 500 people of whom nothing but the id is sent."""

    def answer(request: Request) -> Reply:
        number = request.position[0]
        first = (number - 1) * 500
        people = ",".join(f'{{"id":{first + at}}}' for at in range(1, 501)) if number <= pages else ""
        more = "true" if number < pages else "false"
        return reply(f'{{"people":[{people}],"meta":{{"page":{{"hasMore":{more}}}}},"included":{{}}}}')

    return answer


def test_more_than_teamworks_hundred_pages_are_an_error(server: FakeServer) -> None:
    SITE.start(server, bare_people(101))
    with pytest.raises(pm.errors.IncompleteLoad, match=r"updated_after") as raised:
        SITE.load()
    assert "the limit of 100 pages was reached (50,000 rows in 100 pages received)" in str(raised.value)
    assert max(request.position[0] for request in server.requests) == 100
    assert pm.cache.info().empty


def test_exactly_teamworks_hundred_pages_are_a_frame(server: FakeServer) -> None:
    SITE.start(server, bare_people(100))
    assert SITE.load()["id"].tolist() == list(range(1, 50_001))
    assert max(request.position[0] for request in server.requests) == 100
