"""Lists that change while they are loaded, counts that do not add up, orders that a service refuses.

All answers are made by hand.
"""

from typing import Any

import pandas as pd
import pytest

import pmframes as pm
from tests.support.cases import Case, case_of
from tests.support.server import FakeServer, Reply, Request, in_turn, reply

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")
PEOPLE, CUSTOMERS = case_of("teamwork.people"), case_of("spirii.customers")
REFUSED = reply({"errors": [{"detail": "orderBy is not known"}]}, 422)
PROJECTS = pd.DataFrame({"id": [12345, 67890], "name": ["Apollo", "Other"]})
each_order = pytest.mark.parametrize("name", ["teamwork.projects", "teamwork.companies"])


def person(number: int, **changed: Any) -> dict[str, Any]:
    return PEOPLE.row(number) | changed


def loaded_twice(case: Case) -> tuple[pd.DataFrame, list[str]]:
    """Load, then from the cache, which must give the same; return the frame and what was warned of."""
    with pytest.warns(UserWarning, match="rows changed while") as warned:
        frame = case.load()
    with pytest.warns(UserWarning, match="rows changed while") as warned_again:
        cached = case.load()
    assert cached.equals(frame)
    assert cached.attrs["pmframes"]["cached"] is True
    messages = [str(one.message) for one in warned]
    assert [str(one.message) for one in warned_again] == messages
    return frame, messages


# Rows of one id and another content


def test_the_same_row_again_is_dropped_and_counted(server: FakeServer, recwarn: pytest.WarningsRecorder) -> None:
    PEOPLE.start(server, PEOPLE.pages([PEOPLE.rows(2), PEOPLE.rows(2, first=2)], total=3))
    frame = PEOPLE.load()
    assert frame["id"].tolist() == [1, 2, 3]
    assert (frame.attrs["pmframes"]["repeated"], len(recwarn)) == (1, 0)


def test_rows_of_one_id_that_differ_on_one_page_are_an_error_if_they_stay_so(server: FakeServer) -> None:
    PEOPLE.start(server, PEOPLE.body([person(1), person(2), person(2, isAdmin=True)], total=2))
    with pytest.raises(pm.errors.IncompleteLoad, match=r"rows with the same id and different content \(2\)"):
        PEOPLE.load()
    assert PEOPLE.loads(server) == 2
    assert pm.cache.info().empty


def test_rows_of_one_id_that_differ_once_are_read_again(server: FakeServer, recwarn: pytest.WarningsRecorder) -> None:
    both = [PEOPLE.body(rows, total=2) for rows in ([person(1), person(2), person(2, isAdmin=True)], PEOPLE.rows(2))]
    PEOPLE.start(server, in_turn(*map(reply, both)))
    assert PEOPLE.load()["is_admin"].tolist() == [False, False]
    assert len(recwarn) == 0


def test_the_later_of_two_rows_on_two_pages_is_kept_with_a_warning(server: FakeServer) -> None:
    pages = [[person(1), person(2)], [person(2, isAdmin=True), person(3)]]
    PEOPLE.start(server, PEOPLE.pages(pages, total=3))
    frame, warned = loaded_twice(PEOPLE)
    assert dict(zip(frame["id"], frame["is_admin"], strict=True)) == {1: False, 2: True, 3: False}
    assert len(warned) == 1
    assert "their later content is kept (id 2)" in warned[0]


def test_two_rows_that_change_on_three_pages(server: FakeServer) -> None:
    pages = [
        [person(1), person(2)],
        [person(2, title="Lead"), person(1, title="Lead"), person(3)],
        [person(1, title="Chief"), person(2, title="Lead"), person(4)],
    ]
    PEOPLE.start(server, PEOPLE.pages(pages, total=4))
    frame, warned = loaded_twice(PEOPLE)
    titles = {1: "Chief", 2: "Lead", 3: "Engineer", 4: "Engineer"}
    assert dict(zip(frame["id"], frame["title"], strict=True)) == titles
    assert "(id 2, 1)" in warned[0]


def test_a_row_that_changed_and_changed_back_has_its_last_content(server: FakeServer) -> None:
    pages = [[person(1), person(2)], [person(1, title="Lead"), person(3)], [person(1), person(4)]]
    PEOPLE.start(server, PEOPLE.pages(pages, total=4))
    frame, _ = loaded_twice(PEOPLE)
    assert dict(zip(frame["id"], frame["title"], strict=True)) == dict.fromkeys([1, 2, 3, 4], "Engineer")


def test_one_person_of_two_projects_is_two_rows(server: FakeServer, recwarn: pytest.WarningsRecorder) -> None:
    """Each project is a list of its own: what differs there changed nothing."""
    other = PEOPLE.path.replace("12345", "67890")
    PEOPLE.start(server, PEOPLE.body([person(1)]))
    server.serve(other, PEOPLE.body([person(1, title="Lead")]))
    frame = pm.teamwork.people(PROJECTS)
    assert frame["title"].tolist() == ["Engineer", "Lead"]
    assert len(recwarn) == 0


def test_a_row_that_differs_twice_on_a_later_page_is_an_error(server: FakeServer) -> None:
    pages = [[person(1), person(2)], [person(1, title="Lead"), person(1, title="Chief"), person(3)]]
    PEOPLE.start(server, PEOPLE.pages(pages, total=3))
    with pytest.raises(pm.errors.IncompleteLoad, match="different content"):
        PEOPLE.load()


# Counts


@pytest.mark.parametrize("count", ["absent", 0, "of the page", "wrong limit"])
def test_pages_that_spirii_makes_smaller_are_all_read(count: Any, server: FakeServer) -> None:
    """10 rows a page, whatever is asked for, and the limit is repeated as it was asked for."""
    rows = CUSTOMERS.rows(35)

    def answer(request: Request) -> Reply:
        start = int(request.args["offset"])
        part = rows[start : start + 10]
        body = CUSTOMERS.body(part, start=start, size=int(request.args["limit"]), total=len(part))
        if count == "absent":
            del body["count"]
        if count == 0:
            body["count"] = 0
        return reply(body)

    CUSTOMERS.start(server, answer)
    frame = CUSTOMERS.load()
    assert frame["id"].tolist() == CUSTOMERS.keys(35)
    assert CUSTOMERS.load().equals(frame)


# Orders


@each_order
def test_an_order_that_is_refused_is_asked_for_once(name: str, server: FakeServer) -> None:
    case = case_of(name)
    honest, refused = case.honest(case.rows(3)), []

    def answer(request: Request) -> Reply:
        if request.one("orderBy") in ("datecreated", "dateadded"):
            refused.append(request)
            return REFUSED
        return honest(request)

    case.start(server, answer)
    for _ in range(2):
        assert case.load(refresh=True)["id"].tolist() == case.keys(3)
    assert len(refused) == 1
    case.connect(server, token="another-account")
    case.load()
    assert len(refused) == 2, "another connection has its own"


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("name", ["projectmanager.projects", "projectmanager.resources"])
def test_projectmanager_without_an_order(name: str, status: int, server: FakeServer) -> None:
    case = case_of(name)
    honest, refusal = case.honest(case.rows(3)), reply({"error": {"message": "no"}}, status)
    case.start(server, lambda request: refusal if "$orderby" in request.args else honest(request))
    assert case.load()["id"].tolist() == case.keys(3)


def test_an_argument_that_is_refused_is_not_taken_for_the_order(server: FakeServer) -> None:
    case = case_of("teamwork.projects")
    honest = case.honest(case.rows(3))
    case.start(server, lambda request: REFUSED if request.args.get("odd") else honest(request))
    with pytest.raises(pm.errors.ServiceError, match="orderBy is not known"):
        case.load(params={"odd": "yes"})
    server.forget()
    case.load()
    assert [request.one("orderBy") for request in server.requests] == ["datecreated"]


@each_order
def test_holes_between_rows_of_one_time_are_read_by_id(name: str, server: FakeServer) -> None:
    """1,300 rows of one creation time: their order differs from page to page, and 400 come twice."""
    case = case_of(name)
    rows = case.rows(1300)
    by_id, tied = case.honest(rows), case.honest(rows[:500] + rows[100:1000] + rows[1200:])

    def answer(request: Request) -> Reply:
        return (by_id if request.one("orderBy") == "id" else tied)(request)

    case.start(server, answer)
    assert case.load()["id"].tolist() == case.keys(1300)
