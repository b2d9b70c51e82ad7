"""``pm.customers``: the rows of all connected services in one frame."""

import pytest

import pmframes as pm
from tests.support.cases import case_of
from tests.support.loaders import records
from tests.support.server import SERVICES, reply

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")

COLUMNS = {
    "service": "str", "id": "str", "name": "str", "company_id": "str", "company_name": "str", "type": "category",
    "created_at": "datetime64[us, UTC]", "updated_at": "datetime64[us, UTC]", "match": "Int64",
}  # fmt: skip
NAMES = ("projectmanager.customers", "outlign.clients", "spirii.customers")
CASES = {name.partition(".")[0]: case_of(name) for name in NAMES}


@pytest.fixture
def serve(server):
    """Connect these services, and serve rows of them."""

    def serve(**rows):
        for service, changes in rows.items():
            case = CASES[service]
            case.start(server, case.honest([case.row(n) | row for n, row in enumerate(changes, 1)]))

    return serve


def _dtypes(frame):
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def test_one_row_per_customer_of_every_connected_service(serve):
    serve(
        projectmanager=[{"name": "Acme Ltd"}],
        outlign=[{"title": "ACMÉ"}, {"title": None, "company": None}],
        spirii=[{"name": "Other"}, {"name": "acme, Ltd.", "type": "Fleet"}],
    )
    frame = pm.customers()
    assert _dtypes(frame) == COLUMNS
    rows = records(frame)
    assert [(row["service"], row["id"], row["match"]) for row in rows] == [
        ("projectmanager", CASES["projectmanager"].key(1), 1),
        ("outlign", "1", 1),
        ("outlign", "2", None),
        ("spirii", "1", None),
        ("spirii", "2", 1),
    ]
    assert (rows[1]["company_id"], rows[1]["company_name"]) == ("456", "Design Studio Inc")
    assert (rows[2]["name"], rows[2]["company_id"], rows[2]["company_name"]) == (None, None, None)
    assert (rows[3]["company_id"], rows[3]["company_name"]) == ("234", "Company Inc.")
    assert [row["type"] for row in rows] == [None, None, None, "Business", "Fleet"]
    assert rows[0]["created_at"] is None
    assert rows[4]["updated_at"] == "2023-11-08T05:31:56+00:00"
    sources = frame.attrs["pmframes"]["sources"]
    assert [source["service"] for source in sources] == ["projectmanager", "outlign", "spirii"]
    assert list(frame.attrs) == ["pmframes"]


def test_no_customers_make_an_empty_frame_of_the_same_dtypes(serve):
    serve(projectmanager=[], outlign=[], spirii=[])
    frame = pm.customers()
    assert _dtypes(frame) == COLUMNS
    assert frame.empty


def test_cache_is_shared_with_the_loaders_of_each_service(serve, server):
    serve(outlign=[{}], spirii=[{}])
    pm.outlign.clients()
    server.forget()
    first = pm.customers()
    assert {request.service for request in server.requests} == {"spirii"}
    server.forget()
    assert pm.customers(["outlign", "spirii"]).equals(first)
    assert server.requests == []
    pm.customers("outlign", refresh=True, progress=False)
    assert [request.service for request in server.requests] == ["outlign"]


def test_failure_of_one_service_is_an_error(serve, server):
    serve(outlign=[{}], spirii=[{}])
    server.serve("/spirii/v2/customers", reply({"message": "no"}, status=403))
    with pytest.raises(pm.errors.PermissionDenied, match="Spirii"):
        pm.customers()
    assert len(pm.customers("outlign")) == 1


def test_services_are_loaded_in_the_requested_order_and_must_be_connected(serve, server):
    pm.connect("teamwork", url=server.url("teamwork"), token="x")
    with pytest.raises(pm.errors.NotConnected, match="None of the services with customers"):
        pm.customers()
    serve(outlign=[{}])
    with pytest.raises(pm.errors.NotConnected, match="Spirii"):
        pm.customers(["outlign", "spirii"])
    serve(spirii=[{}])
    assert pm.customers(["spirii", "outlign"])["service"].tolist() == ["spirii", "outlign"]
    assert pm.customers("spirii")["service"].tolist() == ["spirii"]


@pytest.mark.parametrize("services", ["teamwork", "Spirii", [], 5, ["outlign", None]], ids=repr)
def test_services_without_customers_are_refused(services, serve, server):
    serve(outlign=[{}])
    with pytest.raises(pm.errors.InvalidArgument, match="projectmanager, outlign, spirii"):
        pm.customers(services)
    assert not server.requests


def test_warnings_point_at_the_users_line(serve):
    serve(outlign=[{"title": "Acme"}], spirii=[{"name": "Acme"}])
    pm.customers()
    with pm.offline(), pytest.warns(UserWarning, match="Offline: ") as warned:
        pm.customers()
    assert [warning.filename for warning in warned] == [__file__] * 2
    assert len({warning.lineno for warning in warned}) == 1


def test_same_companies_of_the_sandbox_match_across_services(our_sandbox):
    """The sandbox spells the names of one list of companies differently in each service."""
    for service in SERVICES:
        pm.connect(service, url=our_sandbox.url(service), token=our_sandbox.token(service))
    frame = pm.customers()
    first = frame[frame["service"] != "spirii"].groupby("service").head(100)
    in_both = first.groupby("match")["service"].nunique() == 2
    assert in_both.sum() > 80
