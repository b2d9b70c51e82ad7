"""Kinds of frames: detected by provenance, else by columns."""

import pandas as pd
import pytest

from pmframes import errors
from pmframes._analysis.frame_kinds import CUSTOMERS, PEOPLE, PERMISSIONS, PROJECTS, ROLES, detect_kind
from tests.support import frames

KINDS = {
    "people": (frames.people(), PEOPLE), "permissions": (frames.permissions(), PERMISSIONS),
    "roles": (frames.roles(), ROLES), "projects": (frames.projects(), PROJECTS),
    "clients": (frames.clients(), CUSTOMERS), "owned customers": (frames.owned_customers(), CUSTOMERS),
    "plain customers": (frames.plain_customers(), CUSTOMERS), "portfolio": (frames.portfolio(), CUSTOMERS),
}  # fmt: skip


def refused(frame):
    with pytest.raises(errors.InvalidArgument) as caught:
        detect_kind("f()", frame)
    return str(caught.value)


@pytest.mark.parametrize("name", KINDS)
def test_by_provenance_also_with_fewer_rows_and_more_columns(name):
    frame, kind = KINDS[name]
    assert detect_kind("f()", frame) is kind
    assert detect_kind("f()", frame[:1].assign(mine=1)) is kind


@pytest.mark.parametrize("name", [name for name in KINDS if name not in ("plain customers", "roles")])
def test_by_columns_without_provenance(name):
    frame, kind = KINDS[name]
    frame = frame.copy()
    frame.attrs = {}
    assert detect_kind("f()", frame) is kind


def test_columns_decide_where_provenance_does_not():
    roles = frames.roles()
    roles.attrs = {}
    assert detect_kind("f()", roles) is ROLES
    assert "For roles_by_permission, the closest match" not in refused(roles.drop(columns="is_custom"))
    permissions = frames.stamp(frames.people(person_id=[1] * 4), "teamwork", "people")
    assert detect_kind("f()", permissions) is PEOPLE
    permissions.attrs = {}
    assert detect_kind("f()", permissions) is PERMISSIONS
    people = frames.people()
    people.attrs["pmframes"] = {"sources": [people.attrs["pmframes"], frames.roles().attrs["pmframes"]]}
    assert detect_kind("f()", people) is PEOPLE
    assert "repeats: type" in refused(pd.concat([people, people[["type"]]], axis=1))
    assert "2 levels" in refused(pd.DataFrame({("a", "b"): [1]}))


@pytest.mark.parametrize("frame", [frames.projects(), frames.clients()])
def test_ids_may_be_the_index_and_are_required(frame):
    assert detect_kind("f()", frame.set_index("id")) is detect_kind("f()", frame)
    assert "it lacks the columns: id. " in refused(frame.drop(columns="id"))


@pytest.mark.parametrize(("columns", "closest", "missing"), [
    (["type"], "people_by_type", "is_admin, is_client_user, is_service_account, deleted"),
    (["id", "company_id", "company_name"], "customers_by_company", "service"),
    (["id", "customer_id"], "projects_by_customer", "customer_name"),
    (["owner_id"], "customers_by_company", "id, owner_name"),
])  # fmt: skip
def test_unknown_frame_is_refused_with_what_the_closest_kind_lacks(columns, closest, missing):
    frame = pd.DataFrame({column: ["x"] for column in columns})
    assert refused(frame) == (
        f"f() does not recognise this frame. For {closest}, the closest match, it lacks the columns: {missing}. "
        "Pass people, permissions, roles, customers or ProjectManager.com projects from a loader, or add these columns."
    )
    remedied = frame.assign(**dict.fromkeys(missing.split(", "), "x"))
    assert detect_kind("f()", remedied).summary == closest
    assert refused(pd.DataFrame({"id": [1], "name": ["x"]})) == (
        "f() does not recognise this frame. Pass people, permissions, roles, customers or ProjectManager.com projects "
        "from a loader."
    ), "nothing in common"
