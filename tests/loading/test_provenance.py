"""What a loaded frame says of its source in ``attrs["pmframes"]``, and that loading prints nothing in a program."""

from datetime import UTC, datetime

import pytest

import pmframes as pm
from tests.support.cases import CASES, ONE_EACH, Case, case_of
from tests.support.server import FakeServer

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_provenance_of_every_loader(case: Case, server: FakeServer) -> None:
    begun = datetime.now(UTC).replace(microsecond=0)
    case.start(server, case.honest(case.rows(9), most=4))
    provenance = case.load().attrs["pmframes"]
    assert begun <= datetime.fromisoformat(provenance["fetched_at"]) <= datetime.now(UTC)
    expected = {
        "service": case.service,
        "resource": case.name.split(".")[1].split("-")[0],
        "cached": False,
        "requests": len(server.requests),
        "rows": 9,
        "complete": True,
        "fictional": False,
        "version": pm.__version__,
    }
    assert expected.items() <= provenance.items()
    assert provenance.keys() - expected.keys() >= {"params", "fetched_at"}


@pytest.mark.parametrize(
    ("name", "argument"),
    [("teamwork.people", "search_term"), ("outlign.clients", "title"), ("spirii.customers", "search")],
)
def test_provenance_holds_no_search_text(name: str, argument: str, server: FakeServer) -> None:
    case = case_of(name)
    case.start(server, case.honest([row | {"name": "Anna", "title": "Anna"} for row in case.rows(1)]))
    provenance = case.load(**{argument: "Anna Andersen"}).attrs["pmframes"]
    assert "Anna" not in repr(provenance)
    assert "…" in provenance["params"].values()


@pytest.mark.parametrize("each_service", ONE_EACH, ids=lambda case: case.service)
def test_nothing_is_printed_without_a_terminal(
    each_service: Case, server: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    each_service.start(server, each_service.honest(each_service.rows(9), most=4))
    each_service.load()
    assert capsys.readouterr() == ("", "")
