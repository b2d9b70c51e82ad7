"""The loaders on the sandbox: by default nothing that they do not know, and what each version and fault comes to."""

import warnings

import pytest

import pmframes as pm
from pmframes.errors import IncompleteLoad, UnexpectedResponse

PROJECT = 480101
AUDIT_FIELDS = ["isPlaceholderResource", "createdAt", "createdBy.id", "updatedAt", "updatedBy.id"]
LOADERS = {
    "people": lambda: pm.teamwork.people(everyone=True),
    "people of a project": lambda: pm.teamwork.people(PROJECT, everyone=True),
    "permissions": lambda: pm.teamwork.permissions(PROJECT, everyone=True),
    "projects": lambda: pm.teamwork.projects(include_archived_projects=True),
    "companies": pm.teamwork.companies,
    "customers": pm.projectmanager.customers,
    "roles": pm.projectmanager.roles,
    "role_permissions": pm.projectmanager.role_permissions,
    "resources": pm.projectmanager.resources,
    "planned projects": pm.projectmanager.projects,
    "members": pm.projectmanager.members,
    "clients": pm.outlign.clients,
    "outlign companies": pm.outlign.companies,
    "spirii customers": pm.spirii.customers,
}
# What the services document and do not send by default.
MISSING = {
    "people": ["teams[].id"],
    "people of a project": ["teams[].id"],
    "role_permissions": ["isEntitled"],
    "spirii customers": ["type"],
}


@pytest.fixture(scope="module")
def default_loads():
    with pm.demo(people=240), warnings.catch_warnings():
        warnings.simplefilter("error")
        return {name: load() for name, load in LOADERS.items()}


@pytest.mark.parametrize("name", LOADERS)
def test_default_load_has_no_unknown_field_and_gives_no_warning(default_loads, name):
    provenance = default_loads[name].attrs["pmframes"]
    assert provenance["rows"] == len(default_loads[name]) > 0
    assert "unknown_fields" not in provenance
    assert provenance.get("missing_fields", []) == MISSING.get(name, [])


def test_default_load_has_what_a_review_needs(default_loads):
    people, resources = default_loads["people"], default_loads["resources"]
    assert people["team_ids"].isna().all()
    for column in ("created_at", "updated_at", "is_placeholder"):
        assert people[column].notna().sum() > 200
    assert resources["last_online_at"].notna().sum() > 50
    assert default_loads["planned projects"]["is_deleted"].value_counts().to_dict()[True] > 0
    assert default_loads["role_permissions"]["is_entitled"].isna().all()


def load(loader, **choices):
    """Return the frame and the warnings of one load from a sandbox of its own."""
    with pm.demo(people=60, **choices), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = LOADERS[loader]()
    return frame, [str(each.message) for each in caught]


@pytest.mark.parametrize(
    ("versions", "missing"),
    [
        (["teams"], ["included.teams"]),
        (["last-login"], ["teams[].id"]),
        (["teams", "no-audit-fields"], ["included.teams", *AUDIT_FIELDS]),
    ],
)
def test_fields_of_people_by_version(versions, missing):
    people, warned = load("people", api_versions={"teamwork": versions})
    provenance = people.attrs["pmframes"]
    assert (provenance.get("missing_fields"), provenance.get("unknown_fields"), warned) == (missing, None, [])
    assert ("teams" in versions) is bool(people["team_ids"].notna().any())


def test_people_of_version_1_are_a_warning():
    people, [warned] = load("people", api_versions={"teamwork": ["v1-people"]})
    assert len(people) == 60
    assert warned.startswith("Teamwork.com people: NA in all 60 rows: first_name, last_name, type")
    assert {"first-name", "email-address"} <= set(people.attrs["pmframes"]["unknown_fields"])


def test_permissions_of_some_people_are_a_warning_and_of_none_an_error():
    permissions, [warned] = load("permissions", api_versions={"teamwork": ["partial-permissions"]})
    lacking = int(permissions["can_access"].isna().sum())
    assert 0 < lacking < len(permissions)
    assert f"no permissions of {lacking} of {len(permissions)} people" in warned
    with pytest.raises(UnexpectedResponse, match="permissions of none of them"):
        load("permissions", api_versions={"teamwork": ["project-permissions-key"]})


@pytest.mark.parametrize("versions", [["small-pages"], ["page-count"], ["small-pages", "page-count"]])
def test_every_spirii_customer_is_loaded_whatever_its_pages_tell(versions):
    customers, warned = load("spirii customers", api_versions={"spirii": versions})
    assert (len(customers), customers["id"].nunique(), warned) == (640, 640, [])


@pytest.mark.parametrize(
    ("loader", "fault", "message"),
    [
        ("people", "teamwork/*people.json:count=5", "65 rows.*60 rows"),
        ("spirii customers", "spirii:count=5", "645 rows.*640 rows"),
        ("people", "teamwork/*people.json:edit", "same id and different content"),
        ("clients", "outlign:edit", "same id and different content"),
        ("roles", "projectmanager:edit", "same id and different content"),
        ("spirii customers", "spirii:edit", "same id and different content"),
    ],
)
def test_fault_that_stays_is_an_incomplete_load_and_one_that_passes_is_none(loader, fault, message):
    with pytest.raises(IncompleteLoad, match=message):
        load(loader, faults=[fault])
    frame, _ = load(loader, faults=[f"{fault}*1"])
    plain, _ = load(loader)
    assert frame.equals(plain)
