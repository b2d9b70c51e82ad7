"""Arguments of loaders and writes: a bad value is refused before any request; which parameters ``params`` may hold."""

import inspect
import re
from typing import Any

import pandas as pd
import pytest

import pmframes as pm
from tests.support.cases import CASES
from tests.support.server import SERVICES

# A bad value for each annotation of a parameter; what each function accepts is in tests/unit/test__validation.py.
BAD = {
    "bool": "yes", "bool | None": "yes", "int": 0, "int | None": 1.5, "str | None": " ", "Ids": [], "Names": "nonsense",
    "DateLike": "yesterday", "OrderMode": "up", "Params": ["x"], "Projects": "abc", "Projects | None": True,
    "PersonType | None": "boss", "Statuses": ["active", "gone"], "Types": "Fleet",
    "str": " ", "NewType": "CPO", "Members": "x", "Members | None": "x",
}  # fmt: skip
LOADERS = {
    f"{service}.{name}": getattr(getattr(pm, service), name)
    for service in SERVICES
    for name in getattr(pm, service).__all__
}
CUSTOMER_ID = "8f14e45f-ceea-467f-a1d2-000000000001"
NEW_CUSTOMER = {"name": "A", "type": "Private", "country": "DK", "owner_id": 7, "contact_details": {"name": "B"}}
NEEDED: dict[Any, dict[str, Any]] = {
    pm.teamwork.permissions: {"projects": 7}, pm.outlign.client: {"id": 7},
    pm.projectmanager.create_customer: {"name": "A"}, pm.projectmanager.delete_customer: {"id": CUSTOMER_ID},
    pm.projectmanager.update_customer: {"id": CUSTOMER_ID, "name": "A"},
    pm.outlign.create_client: {"title": "A", "company_id": 7}, pm.outlign.delete_client: {"id": 7},
    pm.outlign.update_client: {"id": 7, "title": "A"},
    pm.spirii.create_customer: NEW_CUSTOMER, pm.spirii.update_customer: {"id": 7, "name": "A"},
}  # fmt: skip


def _parameters() -> list[Any]:
    return [
        pytest.param(loader, parameter, id=f"{name}-{parameter.name}")
        for name, loader in LOADERS.items()
        for parameter in inspect.signature(loader).parameters.values()
    ]


@pytest.mark.parametrize(("loader", "parameter"), _parameters())
def test_a_bad_value_of_each_argument_is_refused_before_any_request(loader, parameter, server):
    bad = {parameter.name: BAD[parameter.annotation.replace(" | EllipsisType", "")]}
    for is_connected in (False, True):  # a wrong argument comes before a missing connection
        if is_connected:
            service = loader.__module__.split(".")[1]
            pm.connect(service, url=server.url(service), token="abc")
        with pytest.raises(pm.errors.InvalidArgument, match=rf"^{parameter.name} is ") as raised:
            loader(**(NEEDED.get(loader, {}) | bad))
        assert raised.value.remedy
    assert server.connections == 0


PROJECTS = [
    *("abc", "", 1.5, float("nan"), True, 0, -1, [1, "x"], [None], [True], {"id": 1}, b"1"),
    pd.DataFrame({"project": [1]}), pd.DataFrame({"id": ["x"]}),
    pd.DataFrame({"id": pd.array([1, None], dtype="Int64")}),
]  # fmt: skip


@pytest.mark.parametrize("projects", PROJECTS, ids=lambda value: type(value).__name__)
def test_what_is_no_project_is_refused(projects):
    with pytest.raises(pm.errors.InvalidArgument, match=r"^projects "):
        pm.teamwork.people(projects)


def test_params_are_sent_with_every_page_and_cached_apart(case, server):
    case.start(server, case.honest(case.rows(5), most=2))
    for value, sent in ((1, ["1"]), (True, ["true"]), ((1, 2), ["1", "2"]), ("1,2", ["1,2"])):
        server.forget()
        assert len(case.load(params={"cpoId": value})) == 5
        assert {tuple(request.all("cpoId")) for request in server.asked(case.path)} == {tuple(sent)}
        server.forget()
        assert len(case.load(params={"cpoId": value})) == 5
        assert server.requests == []


PAGING = ("page", "page_size", "per_page", "limit", "offset", "skipCounts", "pageSize", "PAGE", 5, None)
ODATA = ("$top", "$skip")


def test_pagination_is_refused_in_params_and_as_an_argument(case, server):
    case.connect(server)
    for key in (*PAGING, *(ODATA if case.size_key == "$top" else ())):
        with pytest.raises(pm.errors.InvalidArgument) as raised:
            case.load(params={key: 2})
        assert str(raised.value) == (
            f"params has {key!r}, but a load always reads every page. "
            "Leave it out, and cut the frame instead, for example with .head()."
        )
        with pytest.raises(pm.errors.InvalidArgument, match=rf"\(\) has no argument '{re.escape(str(key))}'"):
            case.load(**{str(key): 2})
    assert server.connections == 0


@pytest.mark.parametrize(("name", "arguments", "key"), [
    ("teamwork.people", {}, "orderBy"), ("teamwork.people", {"show_deleted": True}, "showDeleted"),
    ("outlign.clients", {"title": "x"}, "title"), ("spirii.customers", {}, "sortBy"),
])  # fmt: skip
def test_params_that_the_loader_sets_are_refused(name, arguments, key):
    (case,) = (case for case in CASES if case.name == name)
    with pytest.raises(pm.errors.InvalidArgument, match=f"^params has '{key}', which this loader sets itself"):
        case.load(params={key: "x"}, **arguments)


def _stamped(service, resource, **columns):
    frame = pd.DataFrame(columns)
    frame.attrs["pmframes"] = {"service": service, "resource": resource}
    return frame


PROJECT_IDS = "Pass ids such as 12345; pm.teamwork.projects() lists them."
COMPANY_IDS = "Pass ids such as 12345; pm.teamwork.companies() lists them."
FRAME_OF_PROJECTS = "Pass the frame that pm.teamwork.projects() returns, or ids such as 12345."


@pytest.mark.parametrize(("call", "cause", "remedy"), [
    (lambda: pm.teamwork.people("Nordic rebrand"), "projects is 'Nordic rebrand'.", PROJECT_IDS),
    (lambda: pm.teamwork.permissions([7, "Nordic rebrand"]), "projects is 'Nordic rebrand'.", PROJECT_IDS),
    (lambda: pm.teamwork.permissions(None), "projects is None.", PROJECT_IDS),
    (lambda: pm.teamwork.people(project_ids="Nordic"), "project_ids is 'Nordic'.", PROJECT_IDS),
    (lambda: pm.teamwork.people(exclude_project_ids=0), "exclude_project_ids is 0.", PROJECT_IDS),
    (lambda: pm.teamwork.people(company_ids="Acme"), "company_ids is 'Acme'.", COMPANY_IDS),
    (lambda: pm.teamwork.projects(project_company_ids=["Acme"]), "project_company_ids is 'Acme'.", COMPANY_IDS),
    (lambda: pm.teamwork.projects(project_ids="Nordic"), "project_ids is 'Nordic'.", PROJECT_IDS),
    (lambda: pm.outlign.clients(company_id="Acme"), "company_id is 'Acme'.",
     "Pass an id such as 12345; pm.outlign.companies() lists them."),
    (lambda: pm.outlign.client("Acme"), "id is 'Acme'.", "Pass an id such as 12345; pm.outlign.clients() lists them."),
    (lambda: pm.teamwork.people(ids="Ada"), "ids is 'Ada'.", "Pass a whole number above zero, such as 12345."),
    # The names of its columns are no ids.
    (lambda: pm.teamwork.people(company_ids=pd.DataFrame({"id": [1]})), "company_ids is of type DataFrame.",
     "Pass its column of ids, such as frame['id']."),
    (lambda: pm.teamwork.people(order_by=pd.DataFrame({"id": [1]})), "order_by is of type DataFrame.", None),
    # An id of a company may be that of a project too.
    (lambda: pm.teamwork.people(_stamped("teamwork", "companies", id=[7])),
     "projects was given a frame of Teamwork.com companies.", FRAME_OF_PROJECTS),
    (lambda: pm.teamwork.permissions(_stamped("spirii", "customers", id=[7])),
     "projects was given a frame of Spirii customers.", FRAME_OF_PROJECTS),
    (lambda: pm.teamwork.people(_stamped("teamwork", "people", id=[7], project_id=[None])),
     "projects has rows without project_id, which are on no project.",
     FRAME_OF_PROJECTS),
])  # fmt: skip
def test_a_message_names_the_wrong_argument_and_where_right_values_are(call, cause, remedy, server):
    with pytest.raises(pm.errors.InvalidArgument) as raised:
        call()
    assert raised.value.cause == cause
    assert remedy in (None, raised.value.remedy)
