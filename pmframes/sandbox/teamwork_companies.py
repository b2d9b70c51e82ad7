"""The list of companies of a Teamwork site: filters, order, included records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ._json import encode, join_object
from .dataset.companies import FIRST_INDUSTRY_ID, INDUSTRIES
from .dataset.models import Company
from .query_params import parse_choice, parse_record_time
from .row_hooks import apply_row_hooks
from .teamwork_projects import SiteRecords
from .teamwork_query import (
    DIRECTIONS,
    Arguments,
    build_later_predicate,
    build_list_body,
    build_meta,
    parse_choices,
    parse_fields,
    parse_flag,
    parse_ids,
    parse_optional_time,
    parse_page,
    select_fields,
    select_related,
)
from .teamwork_serializers import (
    COMPANY_FIELDS,
    PERSON_FIELDS,
    TAG_FIELDS,
    serialize_company,
    serialize_country,
    serialize_industry,
    serialize_tag,
)

ORDERS = (
    "name", "accounts", "clients", "collaborators", "contacts", "projects", "tasks", "country", "health",
    "website", "email", "phone", "fax", "industry", "dateadded", "ownercompany", "ownername",
    "taskscompletion", "customfield",
)  # fmt: skip
INCLUDES = ("tags", "countries", "industries", "clientmanagedby", "companyupdates")
FIELDS = {"companies": COMPANY_FIELDS, "users": PERSON_FIELDS, "tags": TAG_FIELDS}
Predicate = Callable[[Company], bool]


def list_companies(arguments: Arguments, site: SiteRecords, *, lower_bound: bool) -> bytes:
    """Return one page of companies."""
    size, page = parse_page(arguments)
    fields = parse_fields(arguments, FIELDS)
    includes = parse_choices(arguments, "include", INCLUDES)
    predicates = list(_build_predicates(arguments))
    rows = [company for company in site.dataset.companies if all(matches(company) for matches in predicates)]
    order = parse_choice("orderBy", arguments.get("orderBy", "ownercompany"), ORDERS)
    descending = parse_choice("orderMode", arguments.get("orderMode", "asc"), DIRECTIONS) == "desc"
    project_counts = Counter(project.company_id for project in site.dataset.projects)
    keys = _build_sort_keys(project_counts, site)
    rows.sort(key=lambda c: (keys.get(order, _get_constant_key)(c), c.name, c.id), reverse=descending)
    rows = apply_row_hooks(rows)
    page_rows = rows[(page - 1) * size : page * size]
    stats, full = (parse_flag(arguments, key, False) for key in ("getStats", "fullProfile"))
    records = {
        str(c.id): encode(serialize_company(c, full=full, project_count=project_counts[c.id] if stats else None))
        for c in page_rows
    }
    included = {
        key: join_object(select_fields(included_records, fields.get(key)))
        for key, included_records in _build_included(page_rows, includes, site)
    }
    page_meta = build_meta(len(rows), page, size, lower_bound or parse_flag(arguments, "skipCounts", False))
    return build_list_body("companies", select_fields(records, fields["companies"]).values(), page_meta, included)


def _build_predicates(arguments: Arguments) -> Iterator[Predicate]:
    """Yield a predicate for each filter of the request."""
    if search := arguments.get("searchTerm", "").casefold():
        yield lambda company: search in f"{company.name}\n{company.profile or ''}".casefold()
    if letter := arguments.get("firstLetter", "").casefold():
        yield lambda company: company.name.casefold().startswith(letter)
    for key in ("updatedAfter", "updatedAfterDate"):
        if (bound := parse_optional_time(arguments, key)) is not None:
            yield build_later_predicate(lambda company: company.updated_at, bound)
    for key in ("createdAfter", "createdAfterDate"):
        if (bound := parse_optional_time(arguments, key)) is not None:
            yield build_later_predicate(lambda company: company.created_at, bound)
    yield from _build_id_predicates(arguments)
    if parse_flag(arguments, "excludeOwnerCompany", False):
        yield lambda company: not company.is_owner


def _build_id_predicates(arguments: Arguments) -> Iterator[Predicate]:
    if ids := frozenset(parse_ids(arguments, "ids")):
        yield lambda company: company.id in ids
    if excluded := frozenset(parse_ids(arguments, "excludeIds")):
        yield lambda company: company.id not in excluded
    if tags := frozenset(parse_ids(arguments, "tagIds")):
        yield lambda company: not tags.isdisjoint(company.tag_ids)
    if managers := frozenset(parse_ids(arguments, "clientManagedByUserIds")):
        yield lambda company: company.managed_by in managers


def _build_sort_keys(project_counts: Counter[int], site: SiteRecords) -> dict[str, Callable[[Company], Any]]:
    """Return the sort key of each order; ties are broken by name and id."""
    names = {person.id: f"{person.first_name} {person.last_name}" for person in site.dataset.people}
    return {
        "accounts": lambda company: company.people_by_type["accounts"],
        "clients": lambda company: company.people_by_type["clients"],
        "collaborators": lambda company: company.people_by_type["collaborators"],
        "contacts": lambda company: company.people_by_type["contacts"],
        "projects": lambda company: project_counts[company.id],
        "tasks": lambda company: company.tasks,
        "taskscompletion": lambda company: company.tasks_completed / (company.tasks or 1),
        "country": lambda company: company.country_code or "",
        "website": lambda company: company.website or "",
        "email": lambda company: company.email or "",
        "phone": lambda company: company.phone or "",
        "industry": _get_industry_name,
        "dateadded": lambda company: ((time := parse_record_time(company.created_at)) is not None, time),
        "ownercompany": lambda company: not company.is_owner,
        "ownername": lambda company: names.get(company.managed_by or 0, ""),
    }


def _get_constant_key(company: Company) -> int:
    """Return a constant: companies have no health, fax or custom field to sort by."""
    return 0


def _get_industry_name(company: Company) -> str:
    return INDUSTRIES[company.industry_id - FIRST_INDUSTRY_ID] if company.industry_id else ""


def _build_included(
    companies: list[Company], includes: list[str], site: SiteRecords
) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield the included records of one page of companies; there are no company updates."""
    if "tags" in includes:
        tags = {tag.id: encode(serialize_tag(tag)) for tag in site.dataset.tags}
        yield "tags", select_related(tags, (tag for company in companies for tag in company.tag_ids))
    if "countries" in includes:
        codes = {company.country_code: None for company in companies if company.country_code}
        yield "countries", {code: encode(serialize_country(code)) for code in codes}
    if "industries" in includes:
        industries = {company.industry_id: None for company in companies if company.industry_id}
        yield ("industries", {str(industry_id): encode(serialize_industry(industry_id)) for industry_id in industries})
    if "clientmanagedby" in includes:
        yield "users", select_related(site.people, (company.managed_by for company in companies))
