"""The list of projects of a Teamwork site: filters, order, included records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._json import encode, join_object
from .dataset import Dataset
from .dataset.models import Company, Project
from .query_params import parse_choice, parse_integer, parse_record_time
from .row_hooks import apply_row_hooks
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
    build_reference,
    serialize_category,
    serialize_country,
    serialize_industry,
    serialize_project,
    serialize_tag,
)

STATUSES = ("active", "current", "late", "upcoming", "completed", "deleted")
ORDERS = (
    "companyname", "datecreated", "duedate", "lastactivity", "name", "namecaseinsensitive", "ownercompany",
    "starred", "categoryname",
)  # fmt: skip
INCLUDES = (
    "projectOwners", "projectUpdates", "companies", "companies.countries", "companies.industries",
    "projectCategories", "portfolioCards", "portfolioBoards", "portfolioColumns", "tags", "customfields",
    "customfieldProjects", "projectBudgets", "activities.latest", "users", "createdBy", "updatedBy",
    "completedBy", "deletedBy",
)  # fmt: skip
"""Updates, portfolios, custom fields, budgets and activities are accepted, but the data set has none."""
FIELDS = {
    "projects": ("id", "name"),
    "companies": COMPANY_FIELDS,
    "users": PERSON_FIELDS,
    "tags": TAG_FIELDS,
    "projectcategories": ("id", "name", "color", "count", "parent", "parentId"),
}
_FIELDS_KEYS = {"projectCategories": "projectcategories"}
"""Key of ``included`` -> key of ``fields``, where they differ."""
_PERSON_INCLUDES: dict[str, Callable[[Project], int | None]] = {
    "projectOwners": lambda project: project.owner_id,
    "createdBy": lambda project: project.created_by,
    "updatedBy": lambda project: project.updated_by,
    "completedBy": lambda project: project.completed_by,
}
Predicate = Callable[[Project], bool]


@dataclass(frozen=True)
class SiteRecords:
    """The data set, with people and companies encoded, and the members of each project."""

    dataset: Dataset
    people: Mapping[int, bytes]
    companies: Mapping[int, bytes]
    members: Mapping[str, Mapping[int, object]]
    """Project id -> people ids."""

    def find_company(self, project: Project) -> Company:
        """Return the company of a project."""
        return next(company for company in self.dataset.companies if company.id == project.company_id)


def list_projects(arguments: Arguments, site: SiteRecords, *, lower_bound: bool) -> bytes:
    """Return one page of projects."""
    size, page = parse_page(arguments)
    fields = parse_fields(arguments, FIELDS)
    includes = parse_choices(arguments, "include", INCLUDES)
    predicates = list(_build_predicates(arguments, site))
    rows = [project for project in site.dataset.projects if all(matches(project) for matches in predicates)]
    order = parse_choice("orderBy", arguments.get("orderBy", "name"), ORDERS)
    descending = parse_choice("orderMode", arguments.get("orderMode", "asc"), DIRECTIONS) == "desc"
    rows.sort(key=lambda project: _get_sort_key(order, project, site), reverse=descending)
    rows = apply_row_hooks(rows)
    page_rows = rows[(page - 1) * size : page * size]
    records = {str(project.id): encode(_serialize(project, includes, site)) for project in page_rows}
    included = {
        key: join_object(select_fields(included_records, fields.get(_FIELDS_KEYS.get(key, key))))
        for key, included_records in _build_included(page_rows, includes, site)
    }
    page_meta = build_meta(len(rows), page, size, lower_bound or parse_flag(arguments, "skipCounts", False))
    return build_list_body("projects", select_fields(records, fields["projects"]).values(), page_meta, included)


def _build_predicates(arguments: Arguments, site: SiteRecords) -> Iterator[Predicate]:
    """Yield a predicate for each filter of the request."""
    yield from _build_status_predicates(arguments)
    yield from _build_id_predicates(arguments, site)
    if (bound := parse_optional_time(arguments, "updatedAfter")) is not None:
        yield build_later_predicate(lambda project: project.updated_at, bound)
    if search := arguments.get("searchTerm", "").casefold():
        include_companies = parse_flag(arguments, "searchCompanies", False)
        yield lambda project: search in _get_search_text(project, site, include_companies)
    if parse_flag(arguments, "onlyStarredProjects", False):
        yield lambda project: project.is_starred


def _build_status_predicates(arguments: Arguments) -> Iterator[Predicate]:
    """Yield predicates for the status; deleted and archived projects are excluded by default."""
    statuses = set(parse_choices(arguments, "projectStatuses", STATUSES))
    if parse_flag(arguments, "includeCompletedStatus", False) and statuses & {"current", "late"}:
        statuses.add("completed")
    if statuses:
        yield lambda project: not statuses.isdisjoint(_list_statuses(project))
    if "deleted" not in statuses:
        yield lambda project: project.status != "deleted"
    if parse_flag(arguments, "onlyArchivedProjects", False):
        yield lambda project: project.is_archived
    elif not parse_flag(arguments, "includeArchivedProjects", False):
        yield lambda project: not project.is_archived


def _list_statuses(project: Project) -> tuple[str, ...]:
    """Return the values of ``projectStatuses`` that match a project."""
    if project.status == "deleted":
        return ("deleted",)
    return ("active", project.sub_status) if project.status == "active" else (project.sub_status,)


def _build_id_predicates(arguments: Arguments, site: SiteRecords) -> Iterator[Predicate]:
    id_readers: dict[str, Callable[[Project], Iterable[int]]] = {
        "projectIds": lambda project: (project.id,),
        "projectCompanyIds": lambda project: (project.company_id,),
        "projectOwnerIds": lambda project: (project.owner_id,),
        "projectCategoryIds": lambda project: (project.category_id,),
        "projectTagIds": lambda project: project.tag_ids or (),
    }
    for key, read_ids in id_readers.items():
        if ids := frozenset(parse_ids(arguments, key)):
            yield _build_id_predicate(read_ids, ids)
    if excluded := frozenset(parse_ids(arguments, "excludeProjectIds")):
        yield lambda project: project.id not in excluded
    if teams := frozenset(parse_ids(arguments, "teamIds")):
        people = {p.id for p in site.dataset.people if not teams.isdisjoint(p.team_ids or ())}
        yield lambda project: not people.isdisjoint(site.members[str(project.id)])
    if (text := arguments.get("userId")) is not None:
        user_id = parse_integer("userId", text)
        yield lambda project: user_id in site.members[str(project.id)]


def _build_id_predicate(read_ids: Callable[[Project], Iterable[int]], ids: frozenset[int]) -> Predicate:
    return lambda project: not ids.isdisjoint(read_ids(project))


def _get_search_text(project: Project, site: SiteRecords, include_companies: bool) -> str:
    text = f"{project.name}\n{site.find_company(project).name}" if include_companies else project.name
    return text.casefold()


def _get_sort_key(order: str, project: Project, site: SiteRecords) -> tuple[Any, ...]:
    """Return the sort key; ties are broken by name and id."""
    return (*_get_order_key(order, project, site), project.name, project.id)


def _get_order_key(order: str, project: Project, site: SiteRecords) -> tuple[Any, ...]:
    times = {"datecreated": project.created_at, "duedate": project.end_at, "lastactivity": project.last_worked_on}
    if order in times:
        time = parse_record_time(times[order])
        return (time is not None, time)
    if order == "companyname":
        return (site.find_company(project).name,)
    if order == "ownercompany":
        return (not site.find_company(project).is_owner, site.find_company(project).name)
    if order == "categoryname":
        return (_get_category_name(project, site),)
    if order == "starred":
        return (not project.is_starred,)
    return (project.name.casefold(),) if order == "namecaseinsensitive" else ()


def _get_category_name(project: Project, site: SiteRecords) -> str:
    names = {category.id: category.name for category in site.dataset.categories}
    return names.get(project.category_id, "")


def _serialize(project: Project, includes: list[str], site: SiteRecords) -> dict[str, object]:
    record = serialize_project(project)
    if "users" in includes:
        record["users"] = [build_reference(person, "users") for person in site.members[str(project.id)]]
    return record


def _build_included(
    projects: list[Project], includes: list[str], site: SiteRecords
) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield the included records of one page of projects."""
    dataset = site.dataset
    companies = {project.company_id: site.find_company(project) for project in projects}
    if people_ids := list(_collect_people_ids(projects, includes, site)):
        yield "users", select_related(site.people, people_ids)
    if any(include.startswith("companies") for include in includes):
        yield "companies", select_related(site.companies, companies)
    if "companies.countries" in includes:
        codes = {company.country_code: None for company in companies.values() if company.country_code}
        yield "countries", {code: encode(serialize_country(code)) for code in codes}
    if "companies.industries" in includes:
        industries = {company.industry_id: None for company in companies.values() if company.industry_id}
        yield ("industries", {str(industry_id): encode(serialize_industry(industry_id)) for industry_id in industries})
    if "projectCategories" in includes:
        counts = Counter(project.category_id for project in dataset.projects)
        categories = {c.id: encode(serialize_category(c, counts[c.id])) for c in dataset.categories}
        yield "projectCategories", select_related(categories, (project.category_id for project in projects))
    if "tags" in includes:
        tags = {tag.id: encode(serialize_tag(tag)) for tag in dataset.tags}
        yield "tags", select_related(tags, (tag for project in projects for tag in project.tag_ids or ()))


def _collect_people_ids(projects: list[Project], includes: list[str], site: SiteRecords) -> Iterator[int | None]:
    for project in projects:
        yield from (read_id(project) for include, read_id in _PERSON_INCLUDES.items() if include in includes)
        if "users" in includes:
            yield from site.members[str(project.id)]
