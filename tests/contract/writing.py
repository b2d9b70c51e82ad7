"""Every writing call, right ones and wrong ones; the wrong ones by what each sheet says of a refusal."""

from .walk import CLIENT, CLIENTS, CUSTOMERS, NO_GUID, NOBODY, OUTLIGN_COMPANIES, PM_CUSTOMERS, PM_PROJECTS, Call

NAMES = (
    "Ålborg & Sons", "日本電力", "שלום", "O'Neill 🌿", "<img src=x onerror=alert(1)>", '=HYPERLINK("x")', "$x^$", "007",
)  # fmt: skip


def write(method, path, body, *statuses, **at):
    return Call(path, (), frozenset(statuses), method, body, at)


def writes(visitor):
    """Return every writing call of a service, in the order in which they make sense."""
    make = {"projectmanager": projectmanager_writes, "outlign": outlign_writes, "spirii": spirii_writes}
    return list(make[visitor.service](visitor)) if visitor.service in make else []


def projectmanager_writes(visitor):
    by_id = PM_CUSTOMERS + "/{customerId}"
    first, second = (row["id"] for row in visitor.rows(PM_CUSTOMERS)[:2])
    for name in NAMES:
        yield write("POST", PM_CUSTOMERS, {"name": name}, 200)
        yield write("PUT", by_id, {"name": name}, 200, customerId=first)
    for body in ({"name": ""}, {"name": None}, {}, {"name": 5}, []):
        yield write("POST", PM_CUSTOMERS, body, 400)
        yield write("PUT", by_id, body, 400, customerId=first)
    yield write("PUT", by_id, {"name": "x"}, 404, customerId=NO_GUID)
    yield write("DELETE", by_id, None, 404, customerId=NO_GUID)
    yield write("DELETE", by_id, None, 200, customerId=second)
    yield write("DELETE", by_id, None, 404, customerId=second)
    yield Call(PM_CUSTOMERS)
    yield Call(PM_PROJECTS)


def outlign_writes(visitor):
    company = visitor.rows(OUTLIGN_COMPANIES)[0]["id"]
    first, second = (row["id"] for row in visitor.rows(CLIENTS)[:2])
    for name in NAMES:
        yield write("POST", CLIENTS, {"title": name, "company_id": company}, 201)
        yield write("PUT", CLIENT, {"title": name}, 200, id=first)
    yield write("PUT", CLIENT, {}, 200, id=first)
    for body in ({}, {"title": "x"}, {"company_id": company}, {"title": "", "company_id": company}):
        yield write("POST", CLIENTS, body, 422)
    yield write("POST", CLIENTS, {"title": "x", "company_id": "x"}, 422)
    yield write("POST", CLIENTS, {"title": 5, "company_id": company}, 422)
    yield write("PUT", CLIENT, {"title": ""}, 422, id=first)
    yield write("PUT", CLIENT, {"title": "x"}, 404, id=NOBODY)
    yield write("DELETE", CLIENT, None, 404, id=NOBODY)
    yield write("DELETE", CLIENT, None, 204, id=second)
    yield write("DELETE", CLIENT, None, 404, id=second)
    yield Call(CLIENT, (), frozenset({404}), at={"id": second})
    yield Call(CLIENT, at={"id": first})
    yield Call(CLIENTS, (("per_page", 1000),))


def spirii_writes(visitor):
    rows = visitor.rows(CUSTOMERS)
    owner = next(row["owner"]["id"] for row in rows if (row.get("owner") or {}).get("id"))
    new = {"country": "DK", "type": "Business", "ownerId": owner, "contactDetails": {"name": "n", "email": "n@x.dk"}}
    by_id, at = CUSTOMERS + "/{id}", {"id": rows[0]["id"]}
    for name in NAMES:
        yield write("POST", CUSTOMERS, new | {"name": name}, 200, 201)
        yield write("PUT", by_id, {"name": name}, 200, **at)
    full = {"externalId": "0042", "billingDetails": {"gln": "0799"}, "financialSetup": {"currency": "EUR"}}
    yield write("POST", CUSTOMERS, new | full | {"name": "full", "type": "Private"}, 200, 201)
    yield write("POST", CUSTOMERS, new | {"name": "below", "type": "CPOSubsidiary"}, 200, 201)
    yield write("PUT", by_id, {}, 200, **at)
    yield write("PUT", by_id, {"ownerId": owner, "externalId": "0043"}, 200, **at)
    yield write("POST", CUSTOMERS, {}, 400)
    for missing in new:
        yield write("POST", CUSTOMERS, {key: new[key] for key in new if key != missing} | {"name": "x"}, 400)
    wrong = ({"country": "DNK"}, {"name": "x" * 81}, {"externalId": "x" * 41}, {"ownerId": "x"}, {"name": 5})
    for each in wrong:
        yield write("POST", CUSTOMERS, new | {"name": "x"} | each, 400)
        yield write("PUT", by_id, each, 400, **at)
    for kind in ("CPO", "nonsense"):
        yield write("POST", CUSTOMERS, new | {"name": "x", "type": kind}, 400)
    yield write("PUT", by_id, {"name": "x"}, 404, id=NOBODY)
    yield Call(CUSTOMERS, (("limit", 100),))
