"""Ten questions about who may do what: answered from the access review's HTML, checked against the raw JSON."""

from collections import Counter

import pytest

import pmframes as pm
from tests.sandbox.client import Caller
from tests.support.report_text import read

PROJECT = 480101
EVERYONE = {"showDeleted": "true", "includeServiceAccounts": "true", "includePlaceholders": "true"}


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    """Give the HTML report of a project, as it is read, and what the sandbox sends of it, as JSON."""
    with pm.demo() as box:
        people = pm.teamwork.people(PROJECT, everyone=True)
        permissions = pm.teamwork.permissions(PROJECT, everyone=True)
        review = pm.report.access_review(people, permissions, pm.projectmanager.roles())
        report = read(review, tmp_path_factory.mktemp("ten"))
        page = Caller(box).people(PROJECT, include="companies,permissions", pageSize=500, **EVERYONE)
        roles = Caller(box).get("projectmanager", "/api/data/users/roles")
    assert page["meta"]["page"]["hasMore"] is False
    return report, page, roles["data"]


@pytest.fixture(scope="module")
def rows(reviewed):
    """Give the rows of everyone, each with what its set of permissions grants, as a reader looks it up."""
    sets = {row["permission_set"]: row["granted"] for row in reviewed[0].table("Permission sets").records()}
    return [{**row, "granted": sets[row["permission_set"]]} for row in reviewed[0].table("Everyone").records()]


@pytest.fixture(scope="module")
def raw(reviewed):
    """Give each person as sent, with the permissions on the project."""
    flags = reviewed[1]["included"]["ProjectPermissions"]
    return {str(person["id"]): person | {"may": flags.get(str(person["id"]), {})} for person in reviewed[1]["people"]}


def may(raw, key):
    return {number for number, person in raw.items() if person["may"].get(key) is True}


def search(rows, *texts):
    """Give the ids of the rows in which a reader who searches the table finds all of these texts."""
    return {row["id"] for row in rows if all(text in "\n".join(row.values()).lower() for text in texts)}


def company(reviewed, person):
    number = person.get("companyId") or (person.get("company") or {}).get("id")
    return reviewed[1]["included"]["companies"].get(str(number), {}).get("name", "")


def test_1_who_may_view_rates(rows, raw):
    assert search(rows, "can view rates") == may(raw, "canViewRates") != set()


def test_2_who_administers_the_project(rows, raw):
    assert search(rows, "project administrator") == may(raw, "projectAdministrator") != set()


def test_3_which_clients_may_manage_the_budget(rows, raw):
    clients = {number for number, person in raw.items() if person["isClientUser"]}
    assert search(rows, "can manage project budget", "client user") == may(raw, "canManageProjectBudget") & clients


def test_4_which_deleted_people_may_still_access_the_project(rows, raw):
    deleted = {number for number, person in raw.items() if person.get("deleted")}
    found = {row["id"] for row in rows if "deleted" in row["flags"].split(", ") and "can access" in row["granted"]}
    assert found == may(raw, "canAccess") & deleted


def test_5_how_many_people_may_add_tasks(reviewed, raw):
    counts = {row["permission"]: row["granted"] for row in reviewed[0].table("People by permission").records()}
    assert counts["add_tasks"] == f"{len(may(raw, 'addTasks')):,}"


def test_6_what_may_a_person_do(rows, raw):
    facts = {"active", "inOwnerCompany", "isArchived", "isObserving", "receiveEmailNotifications"}
    for row in rows:
        granted = {key for key, flag in raw[row["id"]]["may"].items() if flag is True and key not in facts}
        words = {"".join(f" {letter.lower()}" if letter.isupper() else letter for letter in key) for key in granted}
        assert set(row["granted"].split(", ")) - {"(nothing)", "(unknown)"} == words


def test_7_who_is_a_site_administrator(rows, raw):
    found = {row["id"] for row in rows if "site administrator" in row["flags"].split(", ")}
    assert found == {number for number, person in raw.items() if person["isAdmin"]}


def test_8_which_collaborators_see_rates_or_budgets(reviewed, raw):
    keys = ("canViewRates", "canManageRates", "canViewProjectBudget", "canManageProjectBudget")
    collaborators = {number for number, person in raw.items() if person["type"] == "collaborator"}
    found = [row for row in reviewed[0].findings if row["rule"] == "collaborator who sees rates or budgets"]
    numbers = {row["who"].rpartition("(")[2].rstrip(")") for row in found}
    assert numbers == collaborators & set().union(*(may(raw, key) for key in keys))


def test_9_people_of_which_companies_may_edit_all_tasks(reviewed, rows, raw):
    found = Counter(row["company_name"] for row in rows if "edit all tasks" in row["granted"].split(", "))
    assert found == Counter(company(reviewed, raw[number]) for number in may(raw, "editAllTasks"))


def test_10_which_roles_may_edit_users(reviewed):
    (row,) = [row for row in reviewed[0].table("Roles by permission").records() if row["permission"] == "edit_users"]
    granted = {name for name, cell in row.items() if cell == "✓"}
    names = {role["name"] for role in reviewed[2] if role["permissions"]["editUsers"]["value"]}
    assert {name.partition(" (")[0] for name in granted} == {name.partition(" (")[0] for name in names} != set()
