"""Which requests a fault applies to and how often, and faults that are activated while the sandbox runs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pmframes.sandbox import Sandbox
from pmframes.sandbox.fault_spec import Fault
from tests.sandbox.client import PATHS, Caller


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(people=60) as sandbox:
        yield sandbox


@pytest.fixture
def caller(box: Sandbox) -> Iterator[Caller]:
    assert not len(box.faults)
    yield Caller(box)
    box.faults.clear()


def statuses(caller, service, count, path=None):
    return [caller.send(service, path or PATHS[service]).status_code for _ in range(count)]


def test_times_and_after_count_the_requests_that_match(box, caller):
    with box.fault("spirii", "status", value=503, times=2, after=1):
        assert statuses(caller, "outlign", 2) == [200, 200]
        assert statuses(caller, "spirii", 5) == [200, 503, 503, 200, 200]


def test_path_of_a_fault_is_a_pattern(box, caller):
    me, people = "/projects/api/v3/me.json", PATHS["teamwork"]
    for path, expected in (
        ("*", [503, 503]),
        (people, [503, 200]),
        (people.removeprefix("/"), [503, 200]),
        ("/projects/*", [503, 503]),
        ("*/me.json", [200, 503]),
        ("/people.json", [200, 200]),
        ("/PROJECTS/*", [200, 200]),
    ):
        with box.fault("teamwork", "status", path, 503):
            answers = [caller.send("teamwork", one).status_code for one in (people, me)]
        assert answers == expected, path


def test_fault_that_replaces_the_response_prevents_a_write(box, caller):
    before = len(box.data.clients)
    fields = {"title": "x", "company_id": box.data.outlign_companies[0].id}
    with box.fault("outlign", "status", value=500):
        assert caller.send("outlign", PATHS["outlign"], method="POST", json=fields).status_code == 500
    assert len(box.data.clients) == before


def test_faults_of_the_constructor():
    faults = [Fault("spirii", "status", value=503, times=1), "outlign:html*1"]
    with Sandbox(people=1, faults=faults) as box:
        caller = Caller(box)
        assert statuses(caller, "spirii", 2) == [503, 200]
        assert caller.send("outlign", PATHS["outlign"]).text.startswith("<!DOCTYPE")
        assert list(box.faults) == [faults[0], Fault.parse("outlign:html*1")]


def test_faults_are_added_and_removed_while_the_sandbox_runs(box, caller):
    one = box.faults.add("spirii:status=503")
    other = box.faults.add(Fault("spirii", "status", value=502))
    assert (list(box.faults), len(box.faults)) == ([one, other], 2)
    assert repr(box.faults) == "<ActiveFaults: spirii:status=503, spirii:status=502>"
    assert statuses(caller, "spirii", 1) == [503]
    box.faults.remove(one)
    assert statuses(caller, "spirii", 1) == [502]
    box.faults.remove("spirii:status=502")
    assert statuses(caller, "spirii", 1) == [200]
    with pytest.raises(ValueError, match="is not active"):
        box.faults.remove(one)
    box.faults.add(one)
    box.faults.clear()
    assert repr(box.faults) == "<ActiveFaults: none>"


@pytest.mark.parametrize("given", ["spirii:status=503*1", Fault("spirii", "status", value=503, times=1)])
def test_the_context_manager_takes_a_fault_or_its_text_and_restores(box, caller, given):
    with box.fault(given) as outer:
        assert outer == Fault("spirii", "status", value=503, times=1)
        assert statuses(caller, "spirii", 2) == [503, 200]
        with box.fault(given):
            assert statuses(caller, "spirii", 2) == [503, 200]
            assert list(box.faults) == [outer, outer]
        assert list(box.faults) == [outer]
        assert statuses(caller, "spirii", 1) == [200]
    assert list(box.faults) == []


def test_the_context_manager_restores_after_an_error(box):
    with pytest.raises(ZeroDivisionError), box.fault("spirii:html"):
        raise ZeroDivisionError
    assert list(box.faults) == []


def test_invalid_fault_is_refused_and_changes_nothing(box):
    for wrong in (("basecamp", "html"), ("spirii", "status"), ("spirii:nothing",), (5,), (None,)):
        with pytest.raises(ValueError, match=r"fault|service"):
            box.fault(*wrong)
        with pytest.raises(ValueError, match=r"fault|service"):
            Sandbox(people=1, faults=[":".join(map(str, wrong))])
    with pytest.raises(TypeError):
        box.fault("spirii:html", value=3)
    assert list(box.faults) == []


def test_threads_share_one_count(box):
    with box.fault("spirii", "status", value=503, times=25, after=10), ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: statuses(Caller(box), "spirii", 1)[0], range(60)))
    assert (seen.count(503), seen.count(200)) == (25, 35)


def test_row_faults_do_not_reach_other_threads(box):
    plain = Caller(box).clients(per_page=100)

    def ask(number):
        caller = Caller(box)
        return caller.customers()["count"] if number % 2 else caller.clients(per_page=100) == plain

    with box.fault("spirii", "lose", value=640), ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(ask, range(40)))
    assert seen == [True, 0] * 20
