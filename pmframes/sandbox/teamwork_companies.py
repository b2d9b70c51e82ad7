"""The companies of a Teamwork site: which are asked for, in what order, and what goes beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ._json import encode, join_object
from .dataset.companies import FIRST_INDUSTRY_ID, INDUSTRIES
from .dataset.models import Company
from .fault_hooks import rearranged
from .query_params import member, when
from .teamwork_projects import Site
from .teamwork_query import (
    DIRECTIONS,
    Arguments,
    later,
    list_body,
    meta,
    pick_each,
    read_fields,
    read_ids,
    read_moment,
    read_page,
    read_switch,
    read_words,
    related,
)
from .teamwork_serializers import (
    COMPANY_FIELDS,
    PERSON_FIELDS,
    TAG_FIELDS,
    company_wire,
    country_wire,
    industry_wire,
    tag_wire,
)

ORDERS = (
    "name", "accounts", "clients", "collaborators", "contacts", "projects", "tasks", "country", "health",
    "website", "email", "phone", "fax", "industry", "dateadded", "ownercompany", "ownername",
    "taskscompletion", "customfield",
)  # fmt: skip
INCLUDES = ("tags", "countries", "industries", "clientmanagedby", "companyupdates")
FIELDS = {"companies": COMPANY_FIELDS, "users": PERSON_FIELDS, "tags": TAG_FIELDS}
Test = Callable[[Company], bool]


def list_companies(arguments: Arguments, site: Site, *, lower_bound: bool) -> bytes:
    """Answer one page of companies."""
    size, page = read_page(arguments)
    fields = read_fields(arguments, FIELDS)
    includes = read_words(arguments, "include", INCLUDES)
    tests = list(_tests(arguments))
    found = [company for company in site.dataset.companies if all(test(company) for test in tests)]
    order = member("orderBy", arguments.get("orderBy", "ownercompany"), ORDERS)
    descending = member("orderMode", arguments.get("orderMode", "asc"), DIRECTIONS) == "desc"
    projects = Counter(project.company_id for project in site.dataset.projects)
    keys = _sort_keys(projects, site)
    found.sort(key=lambda c: (keys.get(order, _no_key)(c), c.name, c.id), reverse=descending)
    found = rearranged(found)
    shown = found[(page - 1) * size : page * size]
    stats, full = (read_switch(arguments, key, False) for key in ("getStats", "fullProfile"))
    records = {
        str(c.id): encode(company_wire(c, full=full, projects=projects[c.id] if stats else None))
        for c in shown
    }
    included = {
        key: join_object(pick_each(beside, fields.get(key)))
        for key, beside in _included(shown, includes, site)
    }
    counted = meta(len(found), page, size, lower_bound or read_switch(arguments, "skipCounts", False))
    return list_body("companies", pick_each(records, fields["companies"]).values(), counted, included)


def _tests(arguments: Arguments) -> Iterator[Test]:
    """Make one test for each filter that the request carries."""
    if search := arguments.get("searchTerm", "").casefold():
        yield lambda company: search in f"{company.name}\n{company.profile or ''}".casefold()
    if letter := arguments.get("firstLetter", "").casefold():
        yield lambda company: company.name.casefold().startswith(letter)
    for key in ("updatedAfter", "updatedAfterDate"):
        if (bound := read_moment(arguments, key)) is not None:
            yield later(lambda company: company.updated_at, bound)
    for key in ("createdAfter", "createdAfterDate"):
        if (bound := read_moment(arguments, key)) is not None:
            yield later(lambda company: company.created_at, bound)
    yield from _id_tests(arguments)
    if read_switch(arguments, "excludeOwnerCompany", False):
        yield lambda company: not company.is_owner


def _id_tests(arguments: Arguments) -> Iterator[Test]:
    if ids := frozenset(read_ids(arguments, "ids")):
        yield lambda company: company.id in ids
    if unwanted := frozenset(read_ids(arguments, "excludeIds")):
        yield lambda company: company.id not in unwanted
    if tags := frozenset(read_ids(arguments, "tagIds")):
        yield lambda company: not tags.isdisjoint(company.tag_ids)
    if managers := frozenset(read_ids(arguments, "clientManagedByUserIds")):
        yield lambda company: company.managed_by in managers


def _sort_keys(projects: Counter[int], site: Site) -> dict[str, Callable[[Company], Any]]:
    """Give what a company is sorted by for each order; name and id decide between equals."""
    names = {person.id: f"{person.first_name} {person.last_name}" for person in site.dataset.people}
    return {
        "accounts": lambda company: company.people_by_type["accounts"],
        "clients": lambda company: company.people_by_type["clients"],
        "collaborators": lambda company: company.people_by_type["collaborators"],
        "contacts": lambda company: company.people_by_type["contacts"],
        "projects": lambda company: projects[company.id],
        "tasks": lambda company: company.tasks,
        "taskscompletion": lambda company: company.tasks_completed / (company.tasks or 1),
        "country": lambda company: company.country_code or "",
        "website": lambda company: company.website or "",
        "email": lambda company: company.email or "",
        "phone": lambda company: company.phone or "",
        "industry": _industry_name,
        "dateadded": lambda company: ((moment := when(company.created_at)) is not None, moment),
        "ownercompany": lambda company: not company.is_owner,
        "ownername": lambda company: names.get(company.managed_by or 0, ""),
    }


def _no_key(company: Company) -> int:
    """Sort by nothing: no company has a health, a fax or a custom field."""
    return 0


def _industry_name(company: Company) -> str:
    return INDUSTRIES[company.industry_id - FIRST_INDUSTRY_ID] if company.industry_id else ""


def _included(
    companies: list[Company], includes: list[str], site: Site
) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Collect what goes beside one page of companies; nobody writes company updates."""
    if "tags" in includes:
        tags = {tag.id: encode(tag_wire(tag)) for tag in site.dataset.tags}
        yield "tags", related(tags, (tag for company in companies for tag in company.tag_ids))
    if "countries" in includes:
        codes = {company.country_code: None for company in companies if company.country_code}
        yield "countries", {code: encode(country_wire(code)) for code in codes}
    if "industries" in includes:
        industries = {company.industry_id: None for company in companies if company.industry_id}
        yield "industries", {str(number): encode(industry_wire(number)) for number in industries}
    if "clientmanagedby" in includes:
        yield "users", related(site.people, (company.managed_by for company in companies))
