"""Pages that are requested ahead: how many, by which loaders, and that those past the end do no harm."""

import threading

import pytest

import pmframes as pm
from tests.support import transfers
from tests.support.cases import Case, case_of
from tests.support.server import Answer, FakeServer, Reply, Request, reply

PEOPLE, CUSTOMERS = case_of("teamwork.people"), case_of("spirii.customers")
PREFETCHING = ("teamwork.people", "teamwork.people-of-the-site", "spirii.customers")
HTML = "<html>Bad Gateway</html>"


def pages_asked(server: FakeServer) -> list[tuple[int, int]]:
    return [request.position for request in server.requests]


@pytest.mark.parametrize("name", PREFETCHING)
def test_at_most_six_pages_are_in_flight(name, server):
    """Every page but the first is held until six are under way."""
    case, together = case_of(name), threading.Event()
    honest = case.honest(case.rows(60), most=2)

    def answer(request: Request) -> Reply:
        if request.position != (1, 0):
            if server.in_flight >= 6:
                together.set()
            assert together.wait(60)
        return honest(request)

    case.start(server, answer)
    assert case.load()["id"].tolist() == case.keys(60)
    assert server.most_in_flight == 6
    assert len(set(pages_asked(server))) == len(pages_asked(server)), "a page was requested twice"


@pytest.mark.parametrize("name", ["outlign.clients", "projectmanager.customers", "projectmanager.roles"])
def test_other_loaders_request_one_page_after_the_other(name, server):
    case = case_of(name)
    case.start(server, case.honest(case.rows(20), most=2))
    assert case.load()["id"].tolist() == case.keys(20)
    assert server.most_in_flight == 1


@pytest.mark.parametrize("name", PREFETCHING)
def test_nothing_is_prefetched_for_a_list_of_one_page(name, server):
    case = case_of(name)
    case.start(server, case.honest(case.rows(3)))
    assert len(case.load()) == 3
    # The total of Spirii's page may be that of the page alone: only an empty page shows that there are no more.
    assert pages_asked(server) == ([(1, 0), (1, 3)] if name == "spirii.customers" else [(1, 0)])


PAST_THE_END: dict[str, Reply] = {
    "400": reply({"message": "no such page"}, 400), "401": reply({"message": "Unauthenticated."}, 401),
    "404": reply({"message": "no such page"}, 404), "429 for an hour": reply({}, 429, Retry_After="3600"),
    "500": reply({"message": "offset out of range"}, 500), "502 HTML": reply(HTML, 502, "text/html"),
    "200 HTML": reply(HTML, content_type="text/html"), "redirect": reply(status=302, Location="/login"),
    "204": reply(status=204), "cut JSON": reply(b'{"people":[{"id":'), "reset": reply(transfer=transfers.reset_at_once),
    "cut body": reply(b"{}" * 50, transfer=transfers.half_of_the_body),
    "the last page again": reply(PEOPLE.body(PEOPLE.rows(2, first=5), number=4, size=2)),
    "other people": reply(PEOPLE.body(PEOPLE.rows(2, first=900), number=4, size=2, more=True)),
}  # fmt: skip


@pytest.mark.parametrize("past", PAST_THE_END.values(), ids=PAST_THE_END)
def test_an_answer_past_the_end_does_no_harm(past, server):
    """Here hasMore decides; the pages past the third are answered before it."""
    honest, asked = PEOPLE.honest(PEOPLE.rows(6), most=2), threading.Event()

    def answer(request: Request) -> Reply:
        number = request.position[0]
        if number > 3:
            asked.set()
            return past
        if number == 3:
            assert asked.wait(60)
        return honest(request)

    PEOPLE.start(server, answer)
    frame = PEOPLE.load()
    assert frame["id"].tolist() == PEOPLE.keys(6)
    assert PEOPLE.load().equals(frame)
    assert PEOPLE.load().attrs["pmframes"]["cached"] is True
    assert max(pages_asked(server)) <= (8, 0)
    assert len(set(pages_asked(server))) == len(pages_asked(server)), "a page was requested twice"


def failing_at(case: Case, at: int) -> Answer:
    honest = case.honest(case.rows(40), most=2)

    def answer(request: Request) -> Reply:
        number, offset = request.position
        page = offset // 2 + 1 if case.service == "spirii" else number
        return reply({"message": "it went wrong"}, 500) if page == at else honest(request)

    return answer


@pytest.mark.parametrize("name", PREFETCHING)
@pytest.mark.parametrize("at", [1, 2, 5])
def test_a_page_that_fails_fails_the_load(at, name, server):
    """Also where it was prefetched; and the pages after it are not all requested."""
    case = case_of(name)
    case.start(server, failing_at(case, at))
    with pytest.raises(pm.errors.ServiceError, match="it went wrong"):
        case.load()
    assert pm.cache.info().empty
    assert len(server.requests) <= at + 8


# The first pages of the last load


@pytest.mark.parametrize("name", ["teamwork.people", "spirii.customers"])
def test_the_first_pages_of_the_last_load_are_asked_for_from_the_start(name, server):
    """Each of the first six requests is answered only once all six are there."""
    case = case_of(name)
    rows = case.rows(7 * case.most)
    good = case.honest(rows)
    case.start(server, good)
    first = case.load()
    barrier, seen, lock = threading.Barrier(6), [], threading.Lock()

    def answer(request: Request) -> Reply:
        with lock:
            seen.append(request)
            is_first = len(seen) <= 6
        if is_first:
            barrier.wait(timeout=60)
        return good(request)

    server.serve(case.path, answer)
    again = case.load(refresh=True)
    assert again["id"].tolist() == first["id"].tolist()
    assert len(seen) == again.attrs["pmframes"]["requests"] == first.attrs["pmframes"]["requests"]


@pytest.mark.parametrize("name", ["teamwork.people", "spirii.customers"])
@pytest.mark.parametrize("pages", [0, 1, 3])
def test_a_list_that_became_shorter_is_complete_all_the_same(pages, name, server):
    case = case_of(name)
    case.start(server, case.honest(case.rows(7 * case.most)))
    case.load()
    fewer = case.rows(pages * case.most + 1)
    server.serve(case.path, case.honest(fewer))
    assert case.load(refresh=True)["id"].tolist() == case.keys(len(fewer))
