"""Service by fault, where pages do not add up. Every answer is made by hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from .outcomes import INCOMPLETE, ONCE, Fails, Fault, Rows, holds
from .services import Case, changed, honest, listed, start
from .wire import Answer, Asked, Reply, reply

REPEATED = Fails(INCOMPLETE, ("received", "no rows are returned"))


def _total(number: int) -> Callable[[Case, str], Answer]:
    def change(body: Any) -> None:
        if "people" in body:
            body["meta"]["page"]["count"] = number
        else:
            body |= {"count": number, "total": number}
            body.get("meta", {})["total"] = number

    return lambda case, there: changed(honest(case, case.rows(3)), change)


def _next_link_elsewhere(case: Case, there: str) -> Answer:
    """Point every link that a server may give to another host."""
    good = honest(case, case.rows(5), clamp=2)

    def answer(asked: Asked) -> Reply:
        link = f"{there}{case.path}?page=2&offset=2"

        def change(body: Any) -> None:
            if case.service == "outlign":
                body["links"]["next"] = body["links"]["next"] and link
            else:
                body |= {"links": {"next": link}, "next": link, "nextPage": link, "@odata.nextLink": link}

        one = changed(good, change)(asked)
        return replace(one, headers=(*one.headers, ("Link", f'<{link}>; rel="next"')))

    return answer


def _same_page(case: Case, there: str) -> Answer:
    return lambda asked: reply(case.body(case.rows(3), size=3, more=True, total=10**6))


def _overlap(case: Case, there: str) -> Answer:
    rows = case.rows(5)
    return listed(case, [rows[:3], rows[2:]], total=5)


def _hole(case: Case, there: str) -> Answer:
    rows = case.rows(4)

    def answer(asked: Asked) -> Reply:
        number, offset = asked.place
        at = offset // 2 if case.service == "spirii" else number - 1
        part = [rows[:2], [], rows[2:]][at] if at < 3 else []
        return reply(case.body(part, number=number, start=offset, size=2, more=at < 2, total=4))

    return answer if case.size_key else honest(case, rows)


WHOLE_ANSWER = {"projectmanager": Rows((1, 2, 3), ONCE)}
PAGES = [
    Fault("clamped", lambda case, there: honest(case, case.rows(7), clamp=2), Rows(tuple(range(1, 8)))),
    Fault("next link elsewhere", _next_link_elsewhere, Rows((1, 2, 3, 4, 5))),
    Fault("the same page for ever", _same_page, REPEATED, WHOLE_ANSWER),
    Fault("the same id on two pages", _overlap, Rows((1, 2, 3, 4, 5)), {"projectmanager": Rows((1, 2, 3), ONCE)}),
    Fault("an empty page in the middle", _hole, REPEATED, {"projectmanager": Rows((1, 2, 3, 4), ONCE)}),
    Fault("a total above the rows", _total(4), Rows((1, 2, 3)), {"spirii": REPEATED}),
    Fault("a total far above the rows", _total(10**9), Rows((1, 2, 3)), {"spirii": REPEATED}),
    Fault("a total below the rows", _total(2), Rows((1, 2, 3)), {"spirii": REPEATED}),
]


@pytest.mark.product
@pytest.mark.parametrize("fault", PAGES, ids=lambda fault: fault.name)
def test_pages_that_do_not_add_up(fault, case, wire, elsewhere):
    start(case, wire, fault.script(case, elsewhere.base))
    holds(fault.expected(case), case, wire)
    assert len(wire.requests) < 40


def test_rows_that_come_twice_are_counted(paged, wire):
    rows = paged.rows(5)
    start(paged, wire, listed(paged, [rows[:3], rows[2:]], total=5))
    frame = paged.load()
    assert frame[paged.id_column].tolist() == paged.keys(5)
    assert frame.attrs["pmframes"]["repeated"] == 1
    assert paged.load().attrs["pmframes"]["repeated"] == 1
