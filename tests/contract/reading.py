"""Every reading call: all operations, each documented parameter, all pages, each refusal of a value."""

from itertools import count

from . import walk
from .walk import ME, NOBODY, Call

AWKWARD = ("a", "zzqqxx", "=HYPERLINK", "<img", "'", "$x^$", "%", "日", "ה", "🌿", "&page=2", "")
INSTANTS = ("2024-06-01T00:00:00Z", "1999-01-01T00:00:00Z", "2099-01-01T00:00:00Z")


def refused(path, *query, **options):
    return Call(path, query, frozenset({400}), **options)


def calls(visitor, specification, path):
    """Return every reading call of one operation."""
    make = {"teamwork": teamwork, "projectmanager": projectmanager, "outlign": outlign, "spirii": spirii}
    return list(make[visitor.service](visitor, specification, path))


INTEGERS = {
    "companyIds": "companies", "projectCompanyIds": "companies", "projectIds": "projects",
    "excludeProjectIds": "projects", "projectOwnerIds": "people", "usersWithExplicitMembershipIds": "people",
    "userId": "people", "clientManagedByUserIds": "people", "teamIds": "teams",
}  # fmt: skip
TEXTS = {"projectType": ("normal", "all"), "firstLetter": ("h", "日"), "reportTimezone": ("UTC",)}


def teamwork(visitor, specification, path):
    projects = [row["id"] for row in visitor.rows(walk.PROJECTS)]
    at = {"projectId": projects[0]} if "{projectId}" in path else {}
    yield Call(path, at=at)
    yield Call(path, (("nonsense", "1"), ("fields[nonsense]", "x")), at=at)
    if path == ME:
        return
    yield from teamwork_pages(visitor, path, projects)
    ids = teamwork_ids(visitor, path, projects)
    for name, parameter in specification.parameters(path).items():
        if name in ("page", "pageSize"):
            continue
        for value, statuses in teamwork_values(name, parameter, ids):
            yield Call(path, ((name, value), ("pageSize", 500)), statuses, at=at)
    if at:
        yield Call(path, (), frozenset({404}), at={"projectId": NOBODY})


def teamwork_ids(visitor, path, projects):
    people = visitor.rows(walk.PEOPLE)
    known = {
        "people": [row["id"] for row in people],
        "companies": [row["companyId"] for row in people if row.get("companyId")], "projects": projects,
        "teams": [team["id"] for row in people for team in row.get("teams") or ()],
    }  # fmt: skip
    known["own"] = known[walk.LISTS["teamwork"][path]]
    return known


# Section 2: an unknown value in a closed list is refused, an unsupported filter ignored. What is supported is
# in sections 2 and 11. `include` is not settled (4), `fields[person]` does nothing in lists (2).
REFUSES = {
    *("userType", "orderBy", "orderMode", "projectStatuses", "fields[people]", "fields[teams]", "fields[companies]"),
    *("fields[ProjectPermissions]", "fields[projects]"),
}
GOOD, BAD, EITHER = frozenset({200}), frozenset({400}), frozenset({200, 400})


def teamwork_values(name, parameter, ids):
    """Return values of a parameter, each with the statuses it may be answered with."""
    closed = parameter.get("enum") or parameter.get("items", {}).get("enum")
    if closed:
        wrong = BAD if name in REFUSES else EITHER
        each = [str(value) for value in closed]
        good = [*each, ",".join(each), each[0] + "," + each[-1]] if parameter["type"] == "array" else each
        return [*((value, GOOD) for value in good), ("nonsense", wrong)]
    if parameter["type"] == "boolean":
        return [("true", GOOD), ("false", GOOD)]
    if parameter.get("format") in ("date-time", "date"):
        length = 10 if parameter["format"] == "date" else None
        return [(value[:length], GOOD) for value in INSTANTS]
    if parameter["type"] == "string" or parameter.get("items", {}).get("type") == "string":
        return [(value, GOOD) for value in TEXTS.get(name, AWKWARD)]
    some = (ids[INTEGERS.get(name, "own")] or [1])[:2]
    several = [",".join(map(str, some))] if parameter["type"] == "array" else []
    return [(value, GOOD) for value in (some[0], *several, NOBODY)]


def teamwork_pages(visitor, path, projects):
    places = [{"projectId": each} for each in projects] if "{projectId}" in path else [{}]
    for at in places:
        for page in pages_of(visitor, path, at, 20):
            yield Call(path, (("pageSize", 20), ("page", page), ("include", "companies,permissions")), EITHER, at=at)
            yield Call(path, (("pageSize", 20), ("page", page)), at=at)
    at = places[0]
    for query in ((("pageSize", 1),), (("pageSize", 500),), (("pageSize", 50), ("page", 1000))):
        yield Call(path, query, at=at)
    # Section 3: there is a window of 50,000 records; how a page beyond it is answered is not known.
    yield Call(path, (("pageSize", 500), ("page", 101)), EITHER, at=at)
    yield Call(path, (("skipCounts", "true"), ("pageSize", 7)), at=at)
    yield refused(path, ("pageSize", 501), at=at)
    yield refused(path, ("pageSize", "many"), at=at)
    yield refused(path, ("page", "x"), at=at)


def pages_of(visitor, path, at, size):
    """Return the numbers of the pages there are, and of one past the end."""
    for page in count(1):
        yield page
        body = visitor.send(Call(path, (("pageSize", size), ("page", page)), at=at)).json()
        if not body.get("meta", {}).get("page", {}).get("hasMore"):
            yield page + 1
            return


def projectmanager(visitor, specification, path):
    at = walk.somewhere(visitor, path)
    yield Call(path, at=at)
    yield Call(path, (("nonsense", "1"),), at=at)
    if "includeAllUsers" in specification.parameters(path):
        yield from (Call(path, (("includeAllUsers", value),), at=at) for value in ("true", "false", "True"))
        yield refused(path, ("includeAllUsers", "perhaps"), at=at)
        yield Call(path, (), frozenset({404}), at={"projectId": walk.NO_GUID})
        yield from (Call(path, at={"projectId": row["id"]}) for row in visitor.rows(walk.PM_PROJECTS))
    if "$filter" not in specification.parameters(path):
        return
    rows = visitor.rows(path)
    total = len(rows)
    for skip in (0, total // 2, max(total - 1, 0), total, total + 1000):
        yield Call(path, (("$top", 5), ("$skip", skip), ("$orderby", "id")))
    for query in ((("$top", 1),), (("$top", 1000),), (("$top", 0),), (("$skip", 3),)):
        yield Call(path, query)
    for order in ("id", "name", "name desc", "name asc,id desc", DATES[path]):
        yield Call(path, (("$orderby", order),))
    yield Call(path, (("$expand", "*"),), EITHER)
    for expression in filters(path, rows):
        yield Call(path, (("$filter", expression),))
    yield Call(path, (("$filter", f"id ne {walk.NO_GUID}"), ("$orderby", "id desc"), ("$top", 3), ("$skip", 1)))
    wrong = ("name eq", "(name eq 'a'", "nonsense eq 1")
    values = {"$top": ("many", "-1"), "$skip": ("x",), "$filter": wrong, "$orderby": ("nonsense",)}
    yield from (refused(path, (name, value)) for name in values for value in values[name])


DATES = {walk.PM_RESOURCES: "createdDate desc", walk.PM_PROJECTS: "createDate desc"}


def filters(path, rows):
    """Return expressions of the kinds that the documents show (section 4), and the sheet's own examples."""
    row = next((each for each in rows if each.get("name")), {"id": walk.NO_GUID, "name": "a"})
    name = row["name"].replace("'", "''")
    common = (
        f"id eq {row['id']}", f"id eq {walk.NO_GUID}", f"name eq '{name}'", "name ne null", "name eq 'O''Neill'",
        f"contains(name,'{name[:2]}')", f"startswith(name,'{name[:1]}')", "endswith(name,'zzqqxx')",
        f"{DATES[path].split()[0]} gt 2020-01-01", f"{DATES[path].split()[0]} lt 2020-01-01T00:00:00Z",
        f"(name eq '{name}' or name eq 'x') and not contains(name,'zzqqxx')",
    )  # fmt: skip
    of_resources = (
        *("isActive eq true and email ne null and email ne ''", "isActive eq false", "role eq 'Manager'"),
        *("hourlyRate gt 50", "teams/any(o: o/name eq 'x')", "approver/name ne null"),
    )
    of_projects = (
        *("status/isDeleted eq false", "status/name eq 'Open'", "shortCode eq 'X'"),
        *("customer/name eq 'x'", "customer eq null", "percentComplete ge 50"),
    )
    return common + (of_resources if path == walk.PM_RESOURCES else of_projects)


def outlign(visitor, specification, path):
    del specification
    if path == walk.CLIENT:
        listed = visitor.send(Call(walk.CLIENTS, (("per_page", 1000),))).json()
        for row in listed if isinstance(listed, list) else listed["data"]:
            yield Call(path, at={"id": row["id"]})
        yield Call(path, (), frozenset({404}), at={"id": NOBODY})
        return
    yield Call(path)
    yield Call(path, (("nonsense", "1"),))
    for number in range(1, 31):
        yield Call(path, (("per_page", 20), ("page", number)))
    yield Call(path, (("per_page", 1),))
    yield Call(path, (("per_page", 1000),))
    # Section 3: above 1000 clamp or 422, not known.
    yield Call(path, (("per_page", 1001),), frozenset({200, 422}))
    yield Call(path, (("page", NOBODY),))
    if path == walk.CLIENTS:
        for row in visitor.rows(walk.OUTLIGN_COMPANIES):
            yield Call(path, (("company_id", row["id"]), ("per_page", 1000)))
        yield Call(path, (("company_id", NOBODY),))
        for text in AWKWARD:
            yield Call(path, (("title", text), ("per_page", 1000)))
            yield Call(path, (("title", text), ("per_page", 3), ("page", 2)))


def spirii(visitor, specification, path):
    yield Call(path)
    yield Call(path, (("nonsense", "1"),))
    first = visitor.send(Call(path)).json()
    total = first["count"]
    for offset in range(0, total + 100, 100):
        yield Call(path, (("sortBy", "id"), ("sortDirection", "asc"), ("limit", 100), ("offset", offset)))
    for query in ((("limit", 1),), (("offset", total - 1),), (("offset", total),), (("offset", NOBODY),)):
        yield Call(path, query)
    for name, parameter in specification.parameters(path).items():
        for value, statuses in spirii_values(name, parameter, first["data"]):
            yield Call(path, tuple((name, each) for each in value), statuses)


def spirii_values(name, parameter, rows):
    """Return lists of values, each for a key that is repeated, and the statuses they may be answered with."""
    closed = parameter.get("enum") or parameter.get("items", {}).get("enum")
    if closed:
        several = [(closed, GOOD)] if parameter["type"] == "array" else []
        return [*(([value], GOOD) for value in closed), *several, (["nonsense"], BAD)]
    if parameter.get("format") == "date-time":
        own = [row.get(name[:9]) for row in rows[:1]]
        return [*(([value], GOOD) for value in (*INSTANTS, "2024-06-01T00:00:00.000Z", *own)), (["never"], BAD)]
    if parameter["type"] == "string":
        found = [rows[0]["name"], str(rows[0]["id"]), *(row["externalId"] for row in rows if row.get("externalId"))]
        return [([value], GOOD) for value in (*AWKWARD, *found[:4])]
    if name in ("limit", "offset"):
        return [([value], statuses) for value, statuses in ((3, GOOD), (0, EITHER), (-1, EITHER), ("x", BAD))]
    owners = {"ownerId": "owner", "cpoId": "cpo"}
    ids = [(row.get(owners[name]) or {}).get("id") for row in rows] if name in owners else [row["id"] for row in rows]
    ids = [each for each in ids if each][:2]
    several = [(ids, GOOD)] if parameter["type"] == "array" else []
    return [([ids[0]], GOOD), *several, ([NOBODY], GOOD), (["x"], BAD)]
