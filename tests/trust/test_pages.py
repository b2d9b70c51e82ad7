"""Any split of any rows into pages gives the frame of one page, also where pages are read ahead."""

import threading
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .services import BY_NAME, Case, changed, honest, start
from .wire import Answer, Asked, Reply, Wire, reply

pytestmark = pytest.mark.slow

UNPACED = {"requests_per_minute": 10**6}
TEAMWORK = ("teamwork.people", "teamwork.people-of-the-site")
TEXT_OF = {"teamwork": "lastName", "outlign": "title", "spirii": "name"}

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
IDS = st.lists(st.integers(1, 10**6), unique=True, max_size=40).map(sorted)
SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=8)
DELAYS = st.lists(st.sampled_from([0, 0, 0.001, 0.003]), min_size=1, max_size=7)


@pytest.fixture
def ready(wire: Wire) -> Any:
    """Connect a loader without a rate, and give what loads one answer after the other."""

    def make(case: Case) -> Any:
        start(case, wire, reply({}), **UNPACED)

        def load(answer: Answer) -> pd.DataFrame:
            wire.forget()
            wire.serve(case.path, answer)
            return case.load(refresh=True)

        return load

    return make


def _rows(case: Case, ids: list[int], text: str = "") -> list[Any]:
    """Rows of which every third lacks its text, and every fourth a company."""
    rows = [case.row(number) for number in ids]
    for at, row in enumerate(rows):
        row[TEXT_OF[case.service]] = None if at % 3 == 2 else f"{text}{at}"
        if at % 4 == 3:
            row |= {key: None for key in ("company", "companyId", "owner") if key in row}
    return rows


def _cut(rows: list[Any], sizes: list[int]) -> list[list[Any]]:
    """Cut rows into pages of these sizes, over and over."""
    pages, begin = [], 0
    while begin < len(rows):
        size = sizes[len(pages) % len(sizes)]
        pages.append(rows[begin : begin + size])
        begin += size
    return pages or [[]]


def _late(answer: Answer, delays: list[float]) -> Answer:
    def answer_late(asked: Asked) -> Reply:
        number, offset = asked.place
        threading.Event().wait(delays[(number + offset) % len(delays)])
        return answer(asked)

    return answer_late


def _same(frame: pd.DataFrame, expected: pd.DataFrame, ids: list[int]) -> None:
    assert frame["id"].tolist() == ids
    pd.testing.assert_frame_equal(frame, expected)
    assert frame.attrs["pmframes"]["rows"] == len(ids)


# Teamwork: hasMore decides, whatever count says

COUNTS = {
    "exact": lambda total, number, size, more: total,
    "lower bound": lambda total, number, size, more: number * size + 1 if more else total,
    "absent": lambda total, number, size, more: None,
    "nonsense": lambda total, number, size, more: [0, -1, 10**12, "many", [3], 2.5][number % 6],
    "too low": lambda total, number, size, more: 1,
}


def _numbered(case: Case, pages: list[list[Any]], count: str) -> Answer:
    total, size = sum(map(len, pages)), max(map(len, pages)) or 1

    def answer(asked: Asked) -> Reply:
        number = asked.place[0]
        more = number < len(pages)
        body = case.body(pages[number - 1] if number <= len(pages) else [], number=number, more=more)
        where = body["meta"]["page"] | {"pageSize": size, "count": COUNTS[count](total, number, size, more)}
        body["meta"]["page"] = {key: value for key, value in where.items() if value is not None}
        return reply(body)

    return answer


@pytest.mark.parametrize("count", COUNTS)
def test_teamwork_cut_in_any_way(count, ready):
    case = BY_NAME["teamwork.people"]
    load = ready(case)

    @few
    @given(ids=IDS, sizes=SIZES, delays=DELAYS, text=st.text(max_size=3))
    def check(ids: list[int], sizes: list[int], delays: list[float], text: str) -> None:
        rows = _rows(case, ids, text)
        one = load(_numbered(case, [rows], "exact"))
        _same(load(_late(_numbered(case, _cut(rows, sizes), count), delays)), one, ids)

    check()


# Spirii: by offset, whatever size of page the server chooses


def _by_offset(case: Case, rows: list[Any], sizes: list[int], *hidden: str) -> Answer:
    """At each offset a page of another size, as a server may clamp; the size depends on the place alone."""

    def answer(asked: Asked) -> Reply:
        begin = asked.place[1]
        size = min(sizes[begin % len(sizes)], int(asked.args["limit"]))
        body = case.body(rows[begin : begin + size], start=begin, size=size, total=len(rows))
        return reply({key: value for key, value in body.items() if key not in hidden})

    return answer


@pytest.mark.parametrize("hidden", [(), ("limit",), ("limit", "offset")], ids=repr)
def test_spirii_cut_in_any_way(hidden, ready):
    case = BY_NAME["spirii.customers"]
    load = ready(case)

    @few
    @given(ids=IDS, sizes=SIZES, delays=DELAYS, text=st.text(max_size=3))
    def check(ids: list[int], sizes: list[int], delays: list[float], text: str) -> None:
        rows = _rows(case, ids, text)
        one = load(_by_offset(case, rows, [100]))
        _same(load(_late(_by_offset(case, rows, sizes, *hidden), delays)), one, ids)

    check()


@pytest.mark.parametrize("count", ["absent", 0, "of the page"])
def test_spirii_without_a_total(count, ready):
    """The size that the server says it used is then the only thing that tells where the rows end."""
    case = BY_NAME["spirii.customers"]
    load = ready(case)

    def forget(body: Any) -> None:
        body["count"] = len(body["data"]) if count == "of the page" else count
        if count == "absent":
            del body["count"]

    @few
    @given(ids=IDS, size=st.integers(1, 9), delays=DELAYS)
    def check(ids: list[int], size: int, delays: list[float]) -> None:
        rows = _rows(case, ids)
        one = load(_by_offset(case, rows, [100]))
        _same(load(_late(changed(honest(case, rows, clamp=size), forget), delays)), one, ids)

    check()


# Outlign: "there is more", or a bare list


@pytest.mark.parametrize("hidden", [(), ("meta",)], ids=repr)
def test_outlign_cut_in_any_way(hidden, ready):
    case = BY_NAME["outlign.clients"]
    load = ready(case)

    def paged(pages: list[list[Any]]) -> Answer:
        def answer(asked: Asked) -> Reply:
            number = asked.place[0]
            rows = pages[number - 1] if number <= len(pages) else []
            body = case.body(rows, number=number, size=len(pages[0]), more=number < len(pages))
            return reply({key: value for key, value in body.items() if key not in hidden})

        return answer

    @few
    @given(ids=IDS, sizes=SIZES, text=st.text(max_size=3))
    def check(ids: list[int], sizes: list[int], text: str) -> None:
        rows = _rows(case, ids, text)
        _same(load(paged(_cut(rows, sizes))), load(paged([rows])), ids)

    check()


@pytest.mark.parametrize("beyond", [-1, 0, 1])
@pytest.mark.parametrize("pages", [1, 2, 3])
@pytest.mark.parametrize("envelope", [True, False], ids=["data alone", "a bare list"])
def test_outlign_without_paging_is_read_until_a_short_page(envelope, pages, beyond, ready, wire):
    case = BY_NAME["outlign.clients"]
    load = ready(case)
    load(honest(case, []))
    size = int(wire.requests[0].args["per_page"])
    rows = case.rows(pages * size + beyond)

    def answer(asked: Asked) -> Reply:
        begin = (asked.place[0] - 1) * size
        part = rows[begin : begin + size]
        return reply({"data": part} if envelope else part)

    assert load(answer)["id"].tolist() == case.keys(len(rows))


# Reading ahead


def _held(answer: Answer, wire: Wire, until: int) -> Answer:
    """Hold every page but the first until so many are asked for at one time, and a little longer."""
    together = threading.Event()

    def answer_together(asked: Asked) -> Reply:
        if asked.place != (1, 0):
            if wire.in_flight >= until:
                together.set()
            together.wait(30)
            together.set()
            threading.Event().wait(0.03)
        return answer(asked)

    return answer_together


@pytest.mark.parametrize("name", [*TEAMWORK, "spirii.customers"])
def test_at_most_six_pages_are_under_way(name, ready, wire):
    case = BY_NAME[name]
    load = ready(case)
    frame = load(_held(honest(case, case.rows(60), clamp=2), wire, 6))
    assert wire.most_in_flight == 6
    assert frame["id"].tolist() == case.keys(60)
    places = [asked.place for asked in wire.requests]
    assert len(set(places)) == len(places), "a page was asked for twice"


@pytest.mark.parametrize("name", ["outlign.clients", "projectmanager.customers", "projectmanager.roles"])
def test_the_others_read_one_page_after_the_other(name, ready, wire):
    case = BY_NAME[name]
    load = ready(case)
    assert load(honest(case, case.rows(20), clamp=2))["id"].tolist() == case.keys(20)
    assert wire.most_in_flight == 1


@pytest.mark.parametrize("name", [*TEAMWORK, "spirii.customers"])
def test_a_small_load_is_one_request(name, ready, wire):
    case = BY_NAME[name]
    load = ready(case)
    assert len(load(honest(case, case.rows(3)))) == 3
    assert [asked.place for asked in wire.requests] == [(1, 0)]


def test_spirii_asks_for_nothing_past_what_it_counts(ready, wire):
    case = BY_NAME["spirii.customers"]
    load = ready(case)
    load(honest(case, case.rows(9), clamp=2))
    assert sorted(asked.place[1] for asked in wire.requests) == [0, 2, 4, 6, 8]
