"""Teamwork.com's projects: filters, order, included objects, selected fields, and records, against the dataset."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.client import instant, time_of

PROJECTS = "/projects/api/v3/projects.json"
ALL = {"projectStatuses": "active,completed,deleted", "includeArchivedProjects": "true"}


def project_ids(caller, **query):
    page = caller.get("teamwork", PROJECTS, {"pageSize": 500, **query})
    assert page["meta"]["page"]["count"] == len(page["projects"])
    return [project["id"] for project in page["projects"]]


def company_of(box, project):
    return next(company for company in box.data.companies if company.id == project.company_id)


def listed(project):
    """Whether a project is shown to who asks for nothing in particular."""
    return project.status != "deleted" and not project.is_archived


def on(box, project):
    return {m.person_id for m in box.data.memberships if m.project_id == project.id}


def in_teams(box, *teams):
    return {p.id for p in box.data.people for team in p.team_ids or [] if team in teams}


PROJECT_FILTERS = {
    "nothing": ({}, lambda box, p: listed(p)),
    "name": ({"searchTerm": "RE"}, lambda box, p: listed(p) and "re" in p.name.lower()),
    "name or company": ({"searchTerm": "hollis", "searchCompanies": "true"},
        lambda box, p: listed(p) and p.company_id == 1370007),
    "updated": ({"updatedAfter": "2026-08-20T00:00:00Z"},
        lambda box, p: listed(p) and time_of(p.updated_at) > datetime(2026, 8, 20, tzinfo=UTC)),
    "active": ({"projectStatuses": "active"}, lambda box, p: p.status == "active"),
    "current": ({"projectStatuses": "current"}, lambda box, p: p.status == "active" and p.sub_status == "current"),
    "late and upcoming": ({"projectStatuses": "late,upcoming"}, lambda box, p: p.sub_status in ("late", "upcoming")),
    "completed": ({"projectStatuses": "completed"}, lambda box, p: p.sub_status == "completed" and not p.is_archived),
    "late, and completed ones too": ({"projectStatuses": "late", "includeCompletedStatus": "true"},
        lambda box, p: listed(p) and p.sub_status in ("late", "completed")),
    "deleted": ({"projectStatuses": "deleted"}, lambda box, p: p.status == "deleted"),
    "archived too": ({"includeArchivedProjects": "true"}, lambda box, p: p.status != "deleted"),
    "archived only": ({"onlyArchivedProjects": "true"}, lambda box, p: p.is_archived),
    "everything": (ALL, lambda box, p: True),
    "companies": ({"projectCompanyIds": "1370018,1370051"},
        lambda box, p: listed(p) and p.company_id in (1370018, 1370051)),
    "ids": ({"projectIds": "480101,480105,7"}, lambda box, p: p.id in (480101, 480105)),
    "other ids": ({"excludeProjectIds": "480101,480105"}, lambda box, p: listed(p) and p.id not in (480101, 480105)),
    "teams": ({"teamIds": "712"}, lambda box, p: listed(p) and bool(on(box, p) & in_teams(box, 712))),
    "a user": ({"userId": "391604"}, lambda box, p: listed(p) and 391604 in on(box, p)),
    "nobody": ({"userId": "1"}, lambda box, p: False),
    "an owner": ({"projectOwnerIds": "391604"}, lambda box, p: listed(p) and p.owner_id == 391604),
    "a category": ({"projectCategoryIds": "61,62"}, lambda box, p: listed(p) and p.category_id in (61, 62)),
    "tags": ({"projectTagIds": "83,85"},
        lambda box, p: listed(p) and any(tag in (p.tag_ids or []) for tag in (83, 85))),
    "starred": ({"onlyStarredProjects": "true"}, lambda box, p: listed(p) and p.is_starred),
    "two at once": ({"searchTerm": "re", "projectStatuses": "late"},
        lambda box, p: p.sub_status == "late" and "re" in p.name.lower()),
    "a key that means nothing": ({"companyIds": "1", "statuses": "late"}, lambda box, p: listed(p)),
}  # fmt: skip


@pytest.mark.parametrize("case", PROJECT_FILTERS)
def test_filter(box, caller, case):
    query, test = PROJECT_FILTERS[case]
    expected = {project.id for project in box.data.projects if test(box, project)}
    found = project_ids(caller, **query)
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert expected or case == "nobody"


def test_updated_after_excludes_the_second_itself(box, caller):
    latest = max(project.updated_at or "" for project in box.data.projects if listed(project))
    assert project_ids(caller, updatedAfter=latest) == []
    assert project_ids(caller, updatedAfter=(instant(latest) - timedelta(seconds=1)).isoformat())


def category_name(box, project):
    return next((c.name for c in box.data.categories if c.id == project.category_id), "")


PROJECT_ORDERS = {
    "": lambda box, p: p.name, "name": lambda box, p: p.name, "namecaseinsensitive": lambda box, p: p.name.casefold(),
    "companyname": lambda box, p: company_of(box, p).name, "datecreated": lambda box, p: time_of(p.created_at),
    "duedate": lambda box, p: time_of(p.end_at), "lastactivity": lambda box, p: time_of(p.last_worked_on),
    "ownercompany": lambda box, p: (p.company_id != 1370007, company_of(box, p).name),
    "starred": lambda box, p: 0 if p.is_starred else 1, "categoryname": category_name,
}  # fmt: skip


@pytest.mark.parametrize("order", PROJECT_ORDERS)
def test_order(box, caller, order):
    key = PROJECT_ORDERS[order]
    rows = sorted(box.data.projects, key=lambda p: (key(box, p), p.name, p.id))
    query = ALL | ({"orderBy": order} if order else {})
    assert project_ids(caller, **query) == [p.id for p in rows]
    assert project_ids(caller, **query, orderMode="desc") == [p.id for p in reversed(rows)]


@pytest.mark.parametrize(("word", "attribute"), [
    ("projectOwners", "owner_id"), ("createdBy", "created_by"), ("updatedBy", "updated_by"),
    ("completedBy", "completed_by"),
])  # fmt: skip
def test_included_people_are_those_of_the_page(box, caller, word, attribute):
    page = caller.get("teamwork", PROJECTS, {"include": word, "pageSize": 8, "orderBy": "starred"})
    shown = {record["id"] for record in page["projects"]}
    named = {getattr(p, attribute) for p in box.data.projects if p.id in shown} - {None, 0}
    assert set(page["included"].get("users", {})) == {str(person) for person in named}
    emails = {str(p.id): p.email for p in box.data.people}
    for key, person in page["included"].get("users", {}).items():
        assert (str(person["id"]), person["email"]) == (key, emails[key])


def test_included_users_are_the_members_of_the_project(box, caller):
    page = caller.get("teamwork", PROJECTS, {"include": "users", "projectIds": "480105"})
    (project,) = page["projects"]
    (wanted,) = [p for p in box.data.projects if p.id == 480105]
    assert {person["id"] for person in project["users"]} == on(box, wanted) != set()
    assert {int(key) for key in page["included"]["users"]} == on(box, wanted)
    assert "users" not in caller.get("teamwork", PROJECTS)["projects"][0]


def test_included_companies_countries_industries_categories_and_tags(box, caller):
    include = "companies,companies.countries,companies.industries,projectCategories,tags,portfolioCards"
    page = caller.get("teamwork", PROJECTS, {"include": include, "pageSize": 5})
    shown = {record["id"] for record in page["projects"]}
    projects = [p for p in box.data.projects if p.id in shown]
    companies = [company_of(box, p) for p in projects]
    expected = {
        "companies": {c.id for c in companies}, "countries": {c.country_code for c in companies},
        "industries": {c.industry_id for c in companies} - {0},
        "projectCategories": {p.category_id for p in projects} - {0},
        "tags": {tag for p in projects for tag in p.tag_ids or []},
}  # fmt: skip
    assert {key: set(found) for key, found in page["included"].items()} == {
        key: {str(one) for one in ids} for key, ids in expected.items()
    }
    for category in page["included"]["projectCategories"].values():
        assert category["count"] == sum(p.category_id == category["id"] for p in box.data.projects)


def test_fields_select_the_keys_of_records(caller):
    query = {
        "include": "companies,projectOwners,projectCategories,tags", "fields[projects]": "name,id",
        "fields[companies]": "name", "fields[users]": "email", "fields[projectcategories]": "count",
        "fields[tags]": "id,color",
}  # fmt: skip
    page = caller.get("teamwork", PROJECTS, query)
    assert {tuple(record) for record in page["projects"]} == {("id", "name")}
    keys = {kind: {tuple(record) for record in found.values()} for kind, found in page["included"].items()}
    alone = {"companies": {("name",)}, "users": {("email",)}, "projectCategories": {("count",)}}
    assert keys == alone | {"tags": {("id", "color")}}


def test_records_equal_the_dataset(box, caller):
    sent = {p["id"]: p for p in caller.get("teamwork", PROJECTS, ALL)["projects"]}
    for project in box.data.projects:
        record = sent[project.id]
        assert (record["status"], record["subStatus"]) == (project.status, project.sub_status)
        assert record["projectOwner"] == {"id": project.owner_id, "type": "users"}
        assert record["ownerId"] == project.owner_id
        assert record["company"] == {"id": record["companyId"], "type": "companies"}
        assert record["tagIds"] == project.tag_ids
        assert [tag["id"] for tag in record["tags"]] == (project.tag_ids or [])
        assert (record["startAt"], record["endAt"]) == (project.start_at, project.end_at)
