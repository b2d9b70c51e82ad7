"""Teamwork's projects and companies: each filter and order against the data read another way."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.sandbox_client import instant

PROJECTS = "/projects/api/v3/projects.json"
COMPANIES = "/projects/api/v3/companies.json"
DAWN = datetime.min.replace(tzinfo=UTC)
ALL = {"projectStatuses": "active,completed,deleted", "includeArchivedProjects": "true"}


def time_of(text):
    return instant(text) or DAWN


def project_ids(caller, **query):
    page = caller.get("teamwork", PROJECTS, {"pageSize": 500, **query})
    assert page["meta"]["page"]["count"] == len(page["projects"])
    return [project["id"] for project in page["projects"]]


def company_ids(caller, **query):
    page = caller.get("teamwork", COMPANIES, {"pageSize": 500, **query})
    assert page["meta"]["page"]["count"] == len(page["companies"])
    return [company["id"] for company in page["companies"]]


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
    "name or company": (
        {"searchTerm": "hollis", "searchCompanies": "true"},
        lambda box, p: listed(p) and p.company_id == 1370007,
    ),
    "updated": (
        {"updatedAfter": "2026-08-20T00:00:00Z"},
        lambda box, p: listed(p) and time_of(p.updated_at) > datetime(2026, 8, 20, tzinfo=UTC),
    ),
    "active": ({"projectStatuses": "active"}, lambda box, p: p.status == "active"),
    "current": ({"projectStatuses": "current"}, lambda box, p: p.status == "active" and p.sub_status == "current"),
    "late and upcoming": ({"projectStatuses": "late,upcoming"}, lambda box, p: p.sub_status in ("late", "upcoming")),
    "completed": ({"projectStatuses": "completed"}, lambda box, p: p.sub_status == "completed" and not p.is_archived),
    "late, and completed ones too": (
        {"projectStatuses": "late", "includeCompletedStatus": "true"},
        lambda box, p: listed(p) and p.sub_status in ("late", "completed"),
    ),
    "deleted": ({"projectStatuses": "deleted"}, lambda box, p: p.status == "deleted"),
    "archived too": ({"includeArchivedProjects": "true"}, lambda box, p: p.status != "deleted"),
    "archived only": ({"onlyArchivedProjects": "true"}, lambda box, p: p.is_archived),
    "everything": (ALL, lambda box, p: True),
    "companies": (
        {"projectCompanyIds": "1370018,1370051"},
        lambda box, p: listed(p) and p.company_id in (1370018, 1370051),
    ),
    "ids": ({"projectIds": "480101,480105,7"}, lambda box, p: p.id in (480101, 480105)),
    "other ids": ({"excludeProjectIds": "480101,480105"}, lambda box, p: listed(p) and p.id not in (480101, 480105)),
    "teams": ({"teamIds": "712"}, lambda box, p: listed(p) and bool(on(box, p) & in_teams(box, 712))),
    "a user": ({"userId": "391604"}, lambda box, p: listed(p) and 391604 in on(box, p)),
    "nobody": ({"userId": "1"}, lambda box, p: False),
    "an owner": ({"projectOwnerIds": "391604"}, lambda box, p: listed(p) and p.owner_id == 391604),
    "a category": ({"projectCategoryIds": "61,62"}, lambda box, p: listed(p) and p.category_id in (61, 62)),
    "tags": (
        {"projectTagIds": "83,85"},
        lambda box, p: listed(p) and any(tag in (p.tag_ids or []) for tag in (83, 85)),
    ),
    "starred": ({"onlyStarredProjects": "true"}, lambda box, p: listed(p) and p.is_starred),
    "two at once": (
        {"searchTerm": "re", "projectStatuses": "late"},
        lambda box, p: p.sub_status == "late" and "re" in p.name.lower(),
    ),
    "a key that means nothing": ({"companyIds": "1", "statuses": "late"}, lambda box, p: listed(p)),
}


@pytest.mark.parametrize("case", PROJECT_FILTERS)
def test_each_project_filter_finds_what_the_data_name(box, caller, case):
    query, test = PROJECT_FILTERS[case]
    expected = {project.id for project in box.data.projects if test(box, project)}
    found = project_ids(caller, **query)
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert expected or case == "nobody"


COMPANY_FILTERS = {
    "nothing": ({}, lambda c: True),
    "name or description": (
        {"searchTerm": "SINCE"},
        lambda c: "since" in c.name.lower() or "since" in (c.profile or "").lower(),
    ),
    "first letter": ({"firstLetter": "h"}, lambda c: c.name[0] in "hH"),
    "updated": (
        {"updatedAfter": "2026-01-01T00:00:00Z"},
        lambda c: time_of(c.updated_at) > datetime(2026, 1, 1, tzinfo=UTC),
    ),
    "updated, by the old key": (
        {"updatedAfterDate": "2026-01-01T00:00:00Z"},
        lambda c: time_of(c.updated_at) > datetime(2026, 1, 1, tzinfo=UTC),
    ),
    "created": (
        {"createdAfter": "2024-01-01T00:00:00Z"},
        lambda c: time_of(c.created_at) > datetime(2024, 1, 1, tzinfo=UTC),
    ),
    "created, by the old key": (
        {"createdAfterDate": "2024-01-01T00:00:00Z"},
        lambda c: time_of(c.created_at) > datetime(2024, 1, 1, tzinfo=UTC),
    ),
    "ids": ({"ids": "1370007,1370018,1"}, lambda c: c.id in (1370007, 1370018)),
    "other ids": ({"excludeIds": "1370007,1370018"}, lambda c: c.id not in (1370007, 1370018)),
    "clients only": ({"excludeOwnerCompany": "true"}, lambda c: not c.is_owner),
    "tags": ({"tagIds": "81,82"}, lambda c: bool({81, 82} & set(c.tag_ids))),
    "managers": ({"clientManagedByUserIds": "391604"}, lambda c: c.managed_by == 391604),
}


@pytest.mark.parametrize("case", COMPANY_FILTERS)
def test_each_company_filter_finds_what_the_data_name(box, caller, case):
    query, test = COMPANY_FILTERS[case]
    expected = {company.id for company in box.data.companies if test(company)}
    found = company_ids(caller, **query)
    assert len(found) == len(set(found))
    assert set(found) == expected != set()
    assert case == "nothing" or len(expected) < len(box.data.companies)


@pytest.mark.parametrize(
    ("ask", "records", "key", "attribute"),
    [
        (project_ids, "projects", "updatedAfter", "updated_at"),
        (company_ids, "companies", "updatedAfter", "updated_at"),
        (company_ids, "companies", "createdAfter", "created_at"),
    ],
)
def test_after_means_later_than_that_second(box, caller, ask, records, key, attribute):
    rows = [row for row in getattr(box.data, records) if records == "companies" or listed(row)]
    latest = max(getattr(row, attribute) or "" for row in rows)
    assert ask(caller, **{key: latest}) == []
    assert ask(caller, **{key: (instant(latest) - timedelta(seconds=1)).isoformat()})


def category_name(box, project):
    return next((c.name for c in box.data.categories if c.id == project.category_id), "")


PROJECT_ORDERS = {
    "name": lambda box, p: p.name,
    "namecaseinsensitive": lambda box, p: p.name.casefold(),
    "companyname": lambda box, p: company_of(box, p).name,
    "datecreated": lambda box, p: time_of(p.created_at),
    "duedate": lambda box, p: time_of(p.end_at),
    "lastactivity": lambda box, p: time_of(p.last_worked_on),
    "ownercompany": lambda box, p: (p.company_id != 1370007, company_of(box, p).name),
    "starred": lambda box, p: 0 if p.is_starred else 1,
    "categoryname": category_name,
}


@pytest.mark.parametrize("order", PROJECT_ORDERS)
def test_projects_come_in_the_order_asked_for(box, caller, order):
    key = PROJECT_ORDERS[order]
    rows = sorted(box.data.projects, key=lambda p: (key(box, p), p.name, p.id))
    assert project_ids(caller, orderBy=order, **ALL) == [p.id for p in rows]
    assert project_ids(caller, orderBy=order, orderMode="desc", **ALL) == [p.id for p in reversed(rows)]


def manager_name(box, company):
    found = [p for p in box.data.people if p.id == company.managed_by]
    return f"{found[0].first_name} {found[0].last_name}" if found else ""


def industry_name(box, company):
    names = ["Energy", "Food", "Health", "Property", "Retail", "Transport"]
    return names[company.industry_id - 31] if company.industry_id else ""


COMPANY_ORDERS = {
    "name": lambda box, c: 0,
    **{key: lambda box, c, key=key: c.people_by_type[key] for key in ("accounts", "clients", "collaborators")},
    "contacts": lambda box, c: c.people_by_type["contacts"],
    "projects": lambda box, c: Counter(p.company_id for p in box.data.projects)[c.id],
    "tasks": lambda box, c: c.tasks,
    "taskscompletion": lambda box, c: c.tasks_completed / c.tasks if c.tasks else 0,
    "country": lambda box, c: c.country_code or "",
    "health": lambda box, c: 0,
    "website": lambda box, c: c.website or "",
    "email": lambda box, c: c.email or "",
    "phone": lambda box, c: c.phone or "",
    "fax": lambda box, c: 0,
    "industry": industry_name,
    "dateadded": lambda box, c: time_of(c.created_at),
    "ownercompany": lambda box, c: c.id != 1370007,
    "ownername": manager_name,
    "customfield": lambda box, c: 0,
}


@pytest.mark.parametrize("order", COMPANY_ORDERS)
def test_companies_come_in_the_order_asked_for(box, caller, order):
    key = COMPANY_ORDERS[order]
    rows = sorted(box.data.companies, key=lambda c: (key(box, c), c.name, c.id))
    assert company_ids(caller, orderBy=order) == [c.id for c in rows]
    assert company_ids(caller, orderBy=order, orderMode="desc") == [c.id for c in reversed(rows)]


def test_the_orders_without_a_word_are_by_name_and_owner_company_first(caller):
    assert project_ids(caller) == project_ids(caller, orderBy="name", orderMode="asc")
    companies = company_ids(caller)
    assert companies == company_ids(caller, orderBy="ownercompany")
    assert companies[0] == 1370007


@pytest.mark.parametrize(("path", "kind", "total"), [(PROJECTS, "projects", 24), (COMPANIES, "companies", 51)])
@pytest.mark.parametrize("size", [1, 7, 50, 500])
def test_paging_to_the_end_gives_each_record_once(caller, path, kind, total, size):
    found, page, more = [], 0, True
    while more:
        page += 1
        body = caller.get("teamwork", path, {"pageSize": size, "page": page, **ALL})
        assert body["meta"] == {
            "page": {"pageOffset": page - 1, "pageSize": size, "count": total, "hasMore": page * size < total}
        }
        found += [record["id"] for record in body[kind]]
        more = body["meta"]["page"]["hasMore"]
    assert len(set(found)) == len(found) == total


@pytest.mark.parametrize("path", [PROJECTS, COMPANIES])
def test_without_counts_the_count_is_a_lower_bound_until_the_last_page(caller, path):
    pages = [
        caller.get("teamwork", path, {"pageSize": 20, "page": page, "skipCounts": "true"})["meta"]["page"]
        for page in (1, 3 if path == COMPANIES else 2)
    ]
    assert (pages[0]["count"], pages[0]["hasMore"]) == (21, True)
    assert (pages[1]["count"], pages[1]["hasMore"]) == (51 if path == COMPANIES else 22, False)


def test_a_page_holds_fifty_unless_asked_and_one_past_the_end_is_empty(caller):
    assert len(caller.get("teamwork", COMPANIES)["companies"]) == 50
    beyond = caller.get("teamwork", COMPANIES, {"page": 9})
    assert (beyond["companies"], beyond["meta"]["page"]["hasMore"]) == ([], False)


@pytest.mark.parametrize("path", [PROJECTS, COMPANIES])
def test_one_list_reaches_fifty_thousand_records_and_no_further(caller, path):
    assert caller.send("teamwork", path, {"pageSize": 500, "page": 100}).status_code == 200
    assert caller.send("teamwork", path, {"pageSize": 500, "page": 101}).status_code == 400


def test_nothing_is_included_unless_asked_for(caller):
    for path in (PROJECTS, COMPANIES):
        assert caller.get("teamwork", path)["included"] == {}


@pytest.mark.parametrize(
    ("word", "attribute"),
    [
        ("projectOwners", "owner_id"),
        ("createdBy", "created_by"),
        ("updatedBy", "updated_by"),
        ("completedBy", "completed_by"),
    ],
)
def test_people_beside_projects_are_those_that_the_page_names(box, caller, word, attribute):
    page = caller.get("teamwork", PROJECTS, {"include": word, "pageSize": 8, "orderBy": "starred"})
    shown = {record["id"] for record in page["projects"]}
    named = {getattr(p, attribute) for p in box.data.projects if p.id in shown} - {None, 0}
    assert set(page["included"].get("users", {})) == {str(person) for person in named}
    emails = {str(p.id): p.email for p in box.data.people}
    for key, person in page["included"].get("users", {}).items():
        assert (str(person["id"]), person["email"]) == (key, emails[key])


def test_everyone_on_a_project_is_named_and_included_when_users_are_asked_for(box, caller):
    page = caller.get("teamwork", PROJECTS, {"include": "users", "projectIds": "480105"})
    (project,) = page["projects"]
    (wanted,) = [p for p in box.data.projects if p.id == 480105]
    assert {person["id"] for person in project["users"]} == on(box, wanted) != set()
    assert {int(key) for key in page["included"]["users"]} == on(box, wanted)
    assert "users" not in caller.get("teamwork", PROJECTS)["projects"][0]


def test_companies_countries_industries_categories_and_tags_beside_projects(box, caller):
    include = "companies,companies.countries,companies.industries,projectCategories,tags,portfolioCards"
    page = caller.get("teamwork", PROJECTS, {"include": include, "pageSize": 5})
    shown = {record["id"] for record in page["projects"]}
    projects = [p for p in box.data.projects if p.id in shown]
    companies = [company_of(box, p) for p in projects]
    expected = {
        "companies": {c.id for c in companies},
        "countries": {c.country_code for c in companies},
        "industries": {c.industry_id for c in companies} - {0},
        "projectCategories": {p.category_id for p in projects} - {0},
        "tags": {tag for p in projects for tag in p.tag_ids or []},
    }
    assert {key: set(found) for key, found in page["included"].items()} == {
        key: {str(one) for one in ids} for key, ids in expected.items()
    }
    for category in page["included"]["projectCategories"].values():
        assert category["count"] == sum(p.category_id == category["id"] for p in box.data.projects)


def test_what_stands_beside_companies_belongs_to_the_page(box, caller):
    include = "tags,countries,industries,clientmanagedby,companyupdates"
    for number in (1, 2):
        page = caller.get("teamwork", COMPANIES, {"include": include, "pageSize": 6, "page": number})
        shown = {record["id"] for record in page["companies"]}
        rows = [c for c in box.data.companies if c.id in shown]
        expected = {
            "tags": {tag for c in rows for tag in c.tag_ids},
            "countries": {c.country_code for c in rows} - {None, ""},
            "industries": {c.industry_id for c in rows} - {0},
            "users": {c.managed_by for c in rows} - {None},
        }
        assert {key: set(found) for key, found in page["included"].items()} == {
            key: {str(one) for one in ids} for key, ids in expected.items()
        }


def test_stats_and_profile_come_when_asked_for(box, caller):
    plain = caller.get("teamwork", COMPANIES)["companies"]
    assert not any("stats" in company or company["profileText"] for company in plain)
    full = caller.get("teamwork", COMPANIES, {"getStats": "true", "fullProfile": "true"})["companies"]
    known = {c.id: c for c in box.data.companies}
    counts = Counter(p.company_id for p in box.data.projects)
    for company in full:
        record = known[company["id"]]
        assert company["profileText"] == record.profile
        assert company["stats"]["projectCount"] == counts[record.id]
        assert company["stats"]["taskCount"] == record.tasks >= company["stats"]["taskCompleteCount"]


def test_fields_cut_records_down(caller):
    query = {
        "include": "companies,projectOwners,projectCategories,tags",
        "fields[projects]": "name,id",
        "fields[companies]": "name",
        "fields[users]": "email",
        "fields[projectcategories]": "count",
        "fields[tags]": "id,color",
    }
    page = caller.get("teamwork", PROJECTS, query)
    assert {tuple(record) for record in page["projects"]} == {("id", "name")}
    keys = {kind: {tuple(record) for record in found.values()} for kind, found in page["included"].items()}
    assert keys == {
        "companies": {("name",)},
        "users": {("email",)},
        "projectCategories": {("count",)},
        "tags": {("id", "color")},
    }
    companies = caller.get("teamwork", COMPANIES, {"fields[companies]": "id,name", "fields[company]": "x"})
    assert {tuple(record) for record in companies["companies"]} == {("id", "name")}


REFUSED = [
    (PROJECTS, "projectStatuses", "archived"),
    (PROJECTS, "projectStatuses", "late,x"),
    (PROJECTS, "orderBy", "id"),
    (PROJECTS, "orderMode", "up"),
    (PROJECTS, "include", "people"),
    (PROJECTS, "fields[projects]", "id,status"),
    (PROJECTS, "fields[users]", "timezone"),
    (PROJECTS, "projectIds", "a"),
    (PROJECTS, "teamIds", "1,,2"),
    (PROJECTS, "userId", "1,2"),
    (PROJECTS, "includeArchivedProjects", "yes"),
    (PROJECTS, "onlyArchivedProjects", "1"),
    (PROJECTS, "updatedAfter", "2026-01-01"),
    (COMPANIES, "orderBy", "id"),
    (COMPANIES, "include", "companies"),
    (COMPANIES, "fields[companies]", "isOwner"),
    (COMPANIES, "createdAfter", "today"),
    (COMPANIES, "excludeOwnerCompany", "True"),
    (COMPANIES, "ids", "1;2"),
    *((path, key, value) for path in (PROJECTS, COMPANIES) for key, value in (("pageSize", "501"), ("page", "0"))),
]


@pytest.mark.parametrize(("path", "key", "value"), REFUSED)
def test_what_is_refused_is_400_and_names_the_key(caller, path, key, value):
    response = caller.send("teamwork", path, {key: value})
    assert response.status_code == 400
    assert response.json()["errors"][0]["detail"].startswith(key)


def test_a_project_record_says_what_the_data_say(box, caller):
    sent = {p["id"]: p for p in caller.get("teamwork", PROJECTS, ALL)["projects"]}
    for project in box.data.projects:
        record = sent[project.id]
        assert (record["status"], record["subStatus"]) == (project.status, project.sub_status)
        assert (record["ownerId"], record["projectOwner"]) == (
            project.owner_id,
            {"id": project.owner_id, "type": "users"},
        )
        assert record["company"] == {"id": record["companyId"], "type": "companies"}
        assert record["tagIds"] == project.tag_ids
        assert [tag["id"] for tag in record["tags"]] == (project.tag_ids or [])
        assert (record["startAt"], record["endAt"]) == (project.start_at, project.end_at)


def test_the_projects_tell_a_story(box):
    projects = {project.name: project for project in box.data.projects}
    today = datetime(2026, 9, 1, 8, tzinfo=UTC)
    forgotten = projects["Photo library"]
    assert forgotten.sub_status == "late"
    assert today - instant(forgotten.last_worked_on) > timedelta(days=365)
    outside = {p.id for p in box.data.people if p.type == "collaborator"}
    assert len(on(box, forgotten) & outside) > len(on(box, forgotten)) / 3
    assert projects["Contact list clean-up"].owner_id == 0
    for project in box.data.projects:
        if project.sub_status == "late":
            assert instant(project.end_at) < today
        if project.sub_status == "upcoming":
            assert instant(project.start_at) > today
        assert (project.completed_at is not None) is (project.sub_status == "completed")
    assert {p.start_at for p in box.data.projects} >= {None, "", "0001-01-01T00:00:00Z"}
