"""OData options of ProjectManager.com's resources and projects: filter, order, page, and malformed ones."""

from datetime import UTC, datetime

import pytest

from tests.sandbox.client import error_message, instant, pm_customer_name, resource_name

RESOURCES = "/api/data/resources"
PROJECTS = "/api/data/projects"
SPRING = datetime(2026, 3, 1, tzinfo=UTC)


def ask(caller, path, **options):
    query = {f"${option}": value for option, value in options.items()}
    return [row["id"] for row in caller.get("projectmanager", path, query)["data"]]


def first(box, role):
    return next(r for r in box.data.resources if r.role == role)


RESOURCE_FILTERS = {
    "isActive eq true": lambda box, r: r.is_active, "isActive": lambda box, r: r.is_active,
    "not isActive": lambda box, r: not r.is_active,
    "isActive eq true and email ne null and email ne ''": lambda box, r: r.is_active and bool(r.email),
    "email eq null": lambda box, r: r.email is None, "null eq email": lambda box, r: r.email is None,
    "email eq ''": lambda box, r: r.email == "", "role eq 'Team member'": lambda box, r: r.role == "Team member",
    "role ne 'Team member'": lambda box, r: r.role != "Team member",
    "role eq '_old: Freelancer''s role'": lambda box, r: r.role == "_old: Freelancer's role",
    "role eq '外部パートナー'": lambda box, r: r.role == "外部パートナー",
    "contains(role,'ad')": lambda box, r: r.role is not None and "ad" in r.role,
    "contains(role,'ad') eq false": lambda box, r: r.role is not None and "ad" not in r.role,
    "not contains(role, 'ad')": lambda box, r: r.role is not None and "ad" not in r.role,
    "startswith(email,'a') or endswith(email, '.invalid')": lambda box, r: (
        (r.email or "")[:1] == "a" or (r.email or "")[-8:] == ".invalid"
    ),
    "not (role eq 'Guest' or role eq null)": lambda box, r: r.role not in ("Guest", None),
    "role eq 'Guest' or role eq 'Admin' and isActive eq false": lambda box, r: (
        r.role == "Guest" or (r.role == "Admin" and not r.is_active)
    ),
    "(role eq 'Guest' or role eq 'Admin') and isActive eq false": lambda box, r: (
        r.role in ("Guest", "Admin") and not r.is_active
    ),
    "hourlyRate gt 150": lambda box, r: r.hourly_rate is not None and r.hourly_rate > 150,
    "hourlyRate ge 90.5 and hourlyRate le 120": lambda box, r: (
        r.hourly_rate is not None and 90.5 <= r.hourly_rate <= 120
    ),
    "hourlyRate lt 0.5": lambda box, r: r.hourly_rate is not None and r.hourly_rate < 0.5,
    "hourlyRate gt -1 and 40 gt hourlyRate": lambda box, r: r.hourly_rate is not None and -1 < r.hourly_rate < 40,
    "createdDate ge 2026-03-01": lambda box, r: bool(instant(r.created_at)) and instant(r.created_at) >= SPRING,
    "createdDate lt 2026-03-01T01:00:00%2B01:00": lambda box, r: (
        bool(instant(r.created_at)) and instant(r.created_at) < SPRING
    ),
    "onlineDateTime le 2025-08-31T23:59:59.5Z": lambda box, r: (
        bool(instant(r.last_online)) and instant(r.last_online) < datetime(2025, 9, 1, tzinfo=UTC)
    ),
    "approver eq null": lambda box, r: r.approver_id is None,
    "startswith(approver/name, 'A')": lambda box, r: (resource_name(box, r.approver_id) or "")[:1] == "A",
    "approver/name eq null": lambda box, r: r.approver_id is None,
    "teams/any(t: t/name eq 'Web')": lambda box, r: "Web" in [team.name for team in r.teams],
    "teams/any(o:o/name eq 'Web') and not teams/any(o:o/name eq 'Print')": lambda box, r: (
        "Web" in [team.name for team in r.teams] and "Print" not in [team.name for team in r.teams]
    ),
    "teams/any(t: contains(t/name, role))": lambda box, r: (
        r.role is not None and any(r.role in team.name for team in r.teams)
    ),
    "teams/any(t: t/name eq 'Web' and isActive)": lambda box, r: (
        r.is_active and "Web" in [team.name for team in r.teams]
    ),
    "skills/any()": lambda box, r: len(r.skills) > 0,
    "not skills/any(s: s/inUse eq true)": lambda box, r: not any(skill.flags["inUse"] for skill in r.skills),
    "skills/any(s: s/name eq 'Typography' or teams/any(t: t/name eq 'Motion'))": lambda box, r: any(
        skill.name == "Typography" or "Motion" in [team.name for team in r.teams] for skill in r.skills
    ),
    "resourceTypeId eq 2": lambda box, r: r.is_sample,
    "workingDays/wednesday eq 0": lambda box, r: bool(r.daily_hours) and r.daily_hours[2] == 0,
    "name lt 'C'": lambda box, r: r.name < "C", "firstName eq lastName": lambda box, r: r.first_name == r.last_name,
    "1 eq 1": lambda box, r: True,
}  # fmt: skip


PROJECT_FILTERS = {
    "status/name eq 'Open'": lambda box, p: p.status.name == "Open",
    "status/isDeleted eq false": lambda box, p: p.status.name != "Deleted",
    "status/isDeleted eq true and customer ne null": lambda box, p: (
        p.status.name == "Deleted" and p.customer_id is not None
    ),
    "isTemplate": lambda box, p: p.is_template,
    "not isTemplate and startDate eq null": lambda box, p: not p.is_template and p.start_date is None,
    "customer eq null": lambda box, p: p.customer_id is None,
    "contains(customer/name, 'A')": lambda box, p: "A" in (pm_customer_name(box, p) or ""),
    "folder/name eq 'Customers'": lambda box, p: p.folder is not None and p.folder.name == "Customers",
    "folder ne null": lambda box, p: p.folder is not None,
    "chargeCode/isActive eq false": lambda box, p: p.charge_code is not None and p.charge_code.name == "GIFT <free>",
    "targetDate lt 2026-09-01 and percentComplete lt 100": lambda box, p: (
        p.target_date is not None and p.target_date < "2026-09-01" and p.percent_complete < 100
    ),
    "targetDate eq 2026-03-31": lambda box, p: p.target_date == "2026-03-31",
    "startDate ge 2026-03-01T00:00:00Z": lambda box, p: (p.start_date or "") >= "2026-03-01",
    "createDate gt 2026-03-01": lambda box, p: instant(p.created_at) > SPRING,
    "budget gt 100000": lambda box, p: p.budget is not None and p.budget > 100_000,
    "shortCode eq '000'": lambda box, p: p.short_code == "000",
    "members/any(m: m/permission eq 'Manager')": lambda box, p: any(m.permission == "Manager" for m in p.members or []),
    "fieldValues/any(f: f/name eq 'Purchase order' and startswith(f/value, '0'))": lambda box, p: any(
        f.name == "Purchase order" and f.value[0] == "0" for f in p.custom_fields or []
    ),
    'name eq \'=HYPERLINK("http://example.invalid","x")\'': lambda box, p: p.name.startswith("="),
    "favorite eq true or priority/name eq 'Very high'": lambda box, p: p.is_favorite or p.priority.name == "Very high",
}


FILTERS = [(RESOURCES, text) for text in RESOURCE_FILTERS] + [(PROJECTS, text) for text in PROJECT_FILTERS]


@pytest.mark.parametrize(("path", "text"), FILTERS)
def test_filter(box, caller, path, text):
    of_resources = path == RESOURCES
    test = (RESOURCE_FILTERS if of_resources else PROJECT_FILTERS)[text]
    records = box.data.resources if of_resources else box.data.projectmanager_projects
    expected = [record.id for record in records if test(box, record)]
    assert ask(caller, path, filter=text.replace("%2B", "+")) == expected
    assert expected or text.startswith("teams/any(t: contains") or "startDate eq null" in text


def test_guids_are_unquoted_in_any_case(box, caller):
    admin = first(box, "Global Admin")
    owned = [p.id for p in box.data.projectmanager_projects if p.owner_id == admin.id]
    assert ask(caller, PROJECTS, filter=f"ownerId eq {admin.id}") == owned != []
    assert ask(caller, RESOURCES, filter=f"id eq {admin.id.upper()}") == [admin.id]
    same_role = [r.id for r in box.data.resources if r.role_id == admin.role_id]
    assert ask(caller, RESOURCES, filter=f"roleId eq {admin.role_id}") == same_role
    assert caller.send("projectmanager", RESOURCES, {"$filter": f"id eq '{admin.id}'"}).status_code == 400


def lowest_first(value):
    return (value is not None, value)


RESOURCE_ORDERS = {
    "id": [(lambda r: r.id, False)], "name": [(lambda r: r.name, False)],
    "role desc, name asc": [(lambda r: lowest_first(r.role), True), (lambda r: r.name, False)],
    "hourlyRate": [(lambda r: lowest_first(r.hourly_rate), False)],
    "isActive,createdDate desc": [(lambda r: r.is_active, False),
        (lambda r: lowest_first(instant(r.created_at)), True)],
}  # fmt: skip


@pytest.mark.parametrize("text", RESOURCE_ORDERS)
def test_order_of_resources_with_missing_values_lowest(box, caller, text):
    rows = list(box.data.resources)
    for key, descending in reversed(RESOURCE_ORDERS[text]):
        rows.sort(key=key, reverse=descending)
    assert ask(caller, RESOURCES, orderby=text) == [row.id for row in rows]


def test_order_of_projects_by_a_nested_property(box, caller):
    rows = sorted(box.data.projectmanager_projects, key=lambda p: lowest_first(pm_customer_name(box, p)))
    assert ask(caller, PROJECTS, orderby="customer/name") == [row.id for row in rows]


@pytest.mark.parametrize("size", [50, 1000])
def test_pages_by_top_and_skip_hold_each_resource_once(box, caller, size):
    found, page = [], None
    while page is None or len(page) == size:
        page = ask(caller, RESOURCES, orderby="id", top=size, skip=len(found))
        found += page
    assert found == sorted(resource.id for resource in box.data.resources)


def test_all_rows_are_sent_unless_top_or_skip_is_given(box, caller):
    body = caller.get("projectmanager", RESOURCES)
    assert list(body) == ["error", "success", "hasError", "statusCode", "data"]
    assert [row["id"] for row in body["data"]] == [resource.id for resource in box.data.resources]
    assert ask(caller, RESOURCES, top=0) == ask(caller, RESOURCES, skip=10_000) == []
    assert (
        ask(caller, RESOURCES, skip=5, top=2, filter="role eq 'Guest'")
        == [r.id for r in box.data.resources if r.role == "Guest"][5:7]
    )


def test_undocumented_options_are_ignored(box, caller):
    for key, value in (("$select", "id"), ("$count", "true"), ("filter", "x"), ("top", "1"), ("$expand", "x")):
        rows = caller.get("projectmanager", RESOURCES, {key: value})["data"]
        assert len(rows) == len(box.data.resources)
        assert len(rows[0]) == 31


MALFORMED = [
    "", " ", "name", "name eq", "eq 'x'", "name eq 'x", "name eq x", "name = 'x'", "name EQ 'x'", "Name eq 'x'",
    "nmae eq 'x'", "name eq 'x' and", "name eq 'x' & name eq 'y'", "(name eq 'x'", "name eq 'x')",
    "name eq 'x' name eq 'y'", "not", "not name", "name and isActive", "name eq 5", "hourlyRate gt 'x'",
    "hourlyRate gt 5x", "isActive gt true", "isActive eq 'true'", "id eq 'x'", "createdDate gt 'yesterday'",
    "createdDate gt 2026-13-01", "createdDate gt 2026-02-30T00:00:00Z", "createdDate gt 2026-01-01T00:00:00",
    "contains(name)", "contains(name,'x'", "contains(name,5)", "contains(hourlyRate,'5')", "substringof('x',name)",
    "approver eq approver", "approver/nobody eq 'x'", "name/length eq 5", "teams eq null", "teams/name eq 'Web'",
    "teams/any(t: name2 eq 'x')", "teams/any(t: t eq 'x')", "teams/any(t t/name eq 'x')", "teams/any(t: t/name)",
    "teams/any(: t/name eq 'x')", "teams/any(t: t/name eq 'x'", "teams/any(t: t/name eq 'x') and t/name eq 'x'",
    "tags/any(o: o/name eq 'x')", "approver/any(a: a/name eq 'x')", "(" * 200 + "isActive" + ")" * 200,
    "not " * 5000 + "isActive", "name eq '\x00' or", "teams/any(a: teams/any(b: teams/any(c: teams/any(d: isActive))))",
]  # fmt: skip


OPTIONS = [
    *(("$filter", text) for text in MALFORMED), ("$top", "-1"), ("$top", "ten"), ("$top", ""), ("$top", "1" * 50),
    ("$skip", "-1"), ("$skip", "1.5"), ("$orderby", ""), ("$orderby", "name,"), ("$orderby", "name up"),
    ("$orderby", "name asc desc"), ("$orderby", "name asc asc x"), ("$orderby", "nothing"), ("$orderby", "approver"),
    ("$orderby", "teams"), ("$orderby", "5"), ("$orderby", "'x'"), ("$orderby", "isActive eq true"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), OPTIONS, ids=range(len(OPTIONS)))
def test_malformed_option_is_400(caller, key, value):
    response = caller.send("projectmanager", RESOURCES, {key: value})
    assert response.status_code == 400
    assert error_message("projectmanager", response)


def test_long_and_deeply_nested_filters_are_accepted(box, caller):
    deep = "(" * 20 + "isActive eq true" + ")" * 20
    long = " or ".join(f"name eq 'nobody {number}'" for number in range(300))
    assert len(ask(caller, RESOURCES, filter=deep)) == sum(r.is_active for r in box.data.resources)
    assert ask(caller, RESOURCES, filter=long) == []
