"""What a filter gives is what its sheet says of it: those rows of the whole, no more and no fewer."""

import re

import pytest

from pmframes.sandbox import Sandbox

from .walk import CLIENTS, COMPANIES, CUSTOMERS, LISTS, PEOPLE, PM_PROJECTS, PM_RESOURCES, PROJECTS, Call, Visitor

# What shows every row, where a default hides some (Teamwork, sections 2 and 11).
WHOLE = {
    PEOPLE: {"includeServiceAccounts": "true", "showDeleted": "true", "includePlaceholders": "true", "pageSize": 500},
    PROJECTS: {"includeArchivedProjects": "true", "pageSize": 500},
    COMPANIES: {"pageSize": 500},
    CLIENTS: {"per_page": 1000},
    CUSTOMERS: {"limit": 5000},
}
DAY = "2025-06-01"
MOMENT = f"{DAY}T00:00:00Z"
STAMP = f"{DAY}T00:00:00.000Z"


def text(row, *keys):
    return " ".join(row.get(key) or "" for key in keys).lower()


def after(value):
    """Tell whether a time is later; what is unset is not."""
    return bool(value) and value[:10] >= DAY


def before(value):
    """Tell whether a time is earlier; what is unset, by a zero too, is not."""
    return bool(value) and not value.startswith("0001") and not after(value)


# Path, what is asked, and which rows of the whole that is; None where another test says it.
TEAMWORK_FILTERS = [
    (PEOPLE, {"userType": "account"}, lambda row: row["type"] == "account"),
    (PEOPLE, {"userType": "contact"}, lambda row: row["type"] == "contact"),
    (PEOPLE, {"userType": "collaborator"}, lambda row: row["type"] == "collaborator"),
    (PEOPLE, {"showDeleted": "false"}, lambda row: not row["deleted"]),
    (PEOPLE, {"includeServiceAccounts": "false"}, lambda row: not row["isServiceAccount"]),
    (PEOPLE, {"includePlaceholders": "false"}, lambda row: not row["isPlaceholderResource"]),
    (PEOPLE, {"includeClients": "false"}, lambda row: not row["isClientUser"]),
    (PEOPLE, {"includeCollaborators": "false"}, lambda row: row["type"] != "collaborator"),
    (PEOPLE, {"excludeContacts": "true"}, lambda row: row["type"] != "contact"),
    (PEOPLE, {"searchTerm": "an"}, lambda row: "an" in text(row, "firstName", "lastName", "email")),
    (PEOPLE, {"updatedAfter": MOMENT}, lambda row: after(row["updatedAt"])),
    (PEOPLE, {"lastLoginAfter": MOMENT}, lambda row: after(row.get("lastLogin"))),
    (PROJECTS, {"includeArchivedProjects": "false"}, None),
    (PROJECTS, {"searchTerm": "an"}, lambda row: "an" in text(row, "name")),
    (PROJECTS, {"updatedAfter": MOMENT}, lambda row: after(row["updatedAt"])),
    (COMPANIES, {"excludeOwnerCompany": "true"}, lambda row: not row["isOwner"]),
    (COMPANIES, {"updatedAfter": MOMENT}, lambda row: after(row["updatedAt"])),
    (COMPANIES, {"createdAfter": MOMENT}, lambda row: after(row["createdAt"])),
]
BY_ID = [
    (PEOPLE, "ids", "id", True),
    (PEOPLE, "excludeIds", "id", False),
    (PEOPLE, "companyIds", "companyId", True),
    (PROJECTS, "projectIds", "id", True),
    (PROJECTS, "excludeProjectIds", "id", False),
    (PROJECTS, "projectCompanyIds", "companyId", True),
    (PROJECTS, "projectOwnerIds", "ownerId", True),
    (COMPANIES, "ids", "id", True),
    (COMPANIES, "excludeIds", "id", False),
]
ODATA = [
    (PM_RESOURCES, "isActive eq true", lambda row: row["isActive"]),
    (PM_RESOURCES, "not (isActive eq true)", lambda row: not row["isActive"]),
    (
        PM_RESOURCES,
        "isActive eq true and email ne null and email ne ''",
        lambda row: row["isActive"] and row["email"] not in (None, ""),
    ),
    (PM_RESOURCES, "email eq null or email eq ''", lambda row: row["email"] in (None, "")),
    (PM_RESOURCES, "role eq 'Manager'", lambda row: row["role"] == "Manager"),
    (PM_RESOURCES, "hourlyRate gt 80", lambda row: (row["hourlyRate"] or 0) > 80),
    (PM_RESOURCES, "contains(name,'an')", lambda row: "an" in (row["name"] or "")),
    (PM_RESOURCES, "startswith(firstName,'A')", lambda row: (row["firstName"] or "").startswith("A")),
    (PM_RESOURCES, "endswith(email,'.com')", lambda row: (row["email"] or "").endswith(".com")),
    (PM_RESOURCES, f"createdDate ge {MOMENT}", lambda row: after(row["createdDate"])),
    (PM_PROJECTS, "status/isDeleted eq false", lambda row: not row["status"]["isDeleted"]),
    (PM_PROJECTS, "customer ne null", lambda row: row["customer"] is not None),
    (PM_PROJECTS, "percentComplete ge 50", lambda row: (row["percentComplete"] or 0) >= 50),
    (PM_PROJECTS, f"createDate lt {MOMENT}", lambda row: not after(row["createDate"])),
    (PM_PROJECTS, "budget eq null", lambda row: row["budget"] is None),
]


def ask(visitor, path, query):
    response = visitor.send(Call(path, tuple(query.items())))
    assert response.status_code == 200, response.text
    body = response.json()
    if "count" in body:
        assert body["count"] == len(body["data"])
    return body[LISTS[visitor.service][path]]


def ids(rows):
    return sorted(str(row["id"]) for row in rows)


@pytest.mark.parametrize(("path", "query", "wanted"), TEAMWORK_FILTERS)
def test_a_filter_of_teamwork_gives_what_it_names(visitors, path, query, wanted):
    whole = ask(visitors["teamwork"], path, WHOLE[path])
    found = ask(visitors["teamwork"], path, WHOLE[path] | query)
    assert 0 < len(found) < len(whole)
    if wanted:
        assert ids(found) == ids(filter(wanted, whole))


@pytest.mark.parametrize(("path", "name", "key", "kept"), BY_ID)
def test_ids_choose_rows_of_teamwork(visitors, path, name, key, kept):
    whole = ask(visitors["teamwork"], path, WHOLE[path])
    some = list(dict.fromkeys(row[key] for row in whole if row[key]))[1:3]
    found = ask(visitors["teamwork"], path, WHOLE[path] | {name: ",".join(map(str, some))})
    assert len(some) == 2
    assert ids(found) == ids(row for row in whole if (row[key] in some) == kept)
    repeated = [(name, each) for each in some]
    answer = visitors["teamwork"].send(Call(path, (*WHOLE[path].items(), *repeated))).json()
    assert ids(answer[LISTS["teamwork"][path]]) != ids(found), "a repeated key doesn't work (section 2)"


def test_archived_projects_are_two_parts_of_the_whole(visitors):
    visitor = visitors["teamwork"]
    whole, shown, archived = (
        ids(ask(visitor, PROJECTS, {"pageSize": 500} | query))
        for query in ({"includeArchivedProjects": "true"}, {}, {"onlyArchivedProjects": "true"})
    )
    assert archived
    assert sorted(shown + archived) == whole


@pytest.mark.parametrize(("path", "expression", "wanted"), ODATA)
def test_an_odata_filter_gives_what_it_says(visitors, path, expression, wanted):
    visitor = visitors["projectmanager"]
    whole = visitor.rows(path)
    assert ids(ask(visitor, path, {"$filter": expression})) == ids(filter(wanted, whole))


@pytest.mark.parametrize("path", [PM_RESOURCES, PM_PROJECTS])
def test_odata_finds_each_row_by_its_id_and_by_its_name(visitors, path):
    visitor = visitors["projectmanager"]
    whole = visitor.rows(path)
    for row in whole[:40]:
        name = (row["name"] or "").replace("'", "''")
        assert ids(ask(visitor, path, {"$filter": f"id eq {row['id']}"})) == [row["id"]]
        same = [each for each in whole if each["name"] == row["name"]]
        assert row["name"] is None or ids(ask(visitor, path, {"$filter": f"name eq '{name}'"})) == ids(same)


@pytest.mark.parametrize("path", [PM_RESOURCES, PM_PROJECTS])
def test_odata_orders_both_ways(visitors, path):
    up, down = (
        [row["id"] for row in ask(visitors["projectmanager"], path, {"$orderby": order})] for order in ("id", "id desc")
    )
    assert up == sorted(up)
    assert down == up[::-1]


def test_outligns_two_filters(visitors):
    visitor = visitors["outlign"]
    whole = ask(visitor, CLIENTS, WHOLE[CLIENTS])
    companies = {row["company"]["id"] for row in whole if row["company"] and row["company"]["id"]}
    for company in companies:
        found = ask(visitor, CLIENTS, WHOLE[CLIENTS] | {"company_id": company})
        assert ids(found) == ids(row for row in whole if (row["company"] or {}).get("id") == company)
    foreign = next(row["title"] for row in whole if re.match("[\u3040-\u9fff]", text(row, "title")))
    for part in ("an", "'", "<img", foreign[1]):
        found = ask(visitor, CLIENTS, WHOLE[CLIENTS] | {"title": part})
        assert ids(found) == ids(row for row in whole if part in text(row, "title"))
        assert found


def everything(visitor, **query):
    rows = []
    while True:
        asked = {"sortBy": "id", "limit": 100, "offset": len(rows)} | query
        page = visitor.send(Call(CUSTOMERS, tuple(asked.items()))).json()
        rows += page["data"]
        if not page["data"] or len(rows) >= page["count"]:
            return rows


SPIRII = [
    ({"search": "an"}, lambda row: "an" in text(row, "name", "externalId") or "an" in str(row["id"])),
    ({"createdAtFrom": STAMP}, lambda row: after(row["createdAt"])),
    ({"createdAtTo": STAMP}, lambda row: before(row["createdAt"])),
    ({"updatedAtFrom": STAMP}, lambda row: after(row["updatedAt"])),
    ({"updatedAtTo": STAMP}, lambda row: before(row["updatedAt"])),
]


@pytest.mark.parametrize(("query", "wanted"), SPIRII)
def test_a_filter_of_spirii_gives_what_it_names(visitors, query, wanted):
    whole = everything(visitors["spirii"])
    found = everything(visitors["spirii"], **query)
    assert 0 < len(found) < len(whole)
    assert ids(found) == ids(filter(wanted, whole))


def test_spiriis_types_part_the_whole():
    with Sandbox(people=60, api_versions={"spirii": {"with-type"}}) as box:
        visitor = Visitor(box, "spirii")
        whole, parts = everything(visitor), []
        for kind in ("Private", "Business", "CPO", "CPOSubsidiary"):
            part = everything(visitor, types=kind)
            assert {row["type"] for row in part} == {kind}
            parts += part
    assert ids(parts) == ids(whole)


def test_spiriis_order_changes_with_its_filters(visitors):
    """Section 2, rows 3 and 4: id descending, but by a time and ascending where a time is asked for."""
    visitor = visitors["spirii"]
    plain = [row["id"] for row in ask_spirii(visitor)]
    assert plain == sorted(plain, reverse=True)
    created = [row["createdAt"][:19] for row in ask_spirii(visitor, createdAtFrom=STAMP)]
    assert created == sorted(created)
    updated = [row["updatedAt"][:19] for row in ask_spirii(visitor, createdAtFrom=STAMP, updatedAtFrom=STAMP)]
    assert updated == sorted(updated)


def ask_spirii(visitor, **query):
    return visitor.send(Call(CUSTOMERS, tuple(query.items()))).json()["data"]
