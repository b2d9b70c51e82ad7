"""The projects of a Teamwork site: which are asked for, in what order, and what goes beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._json import encode, join_object
from .dataset import Dataset
from .dataset.models import Company, Project
from .fault_hooks import rearranged
from .query_params import integer, member, when
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
    category_wire,
    country_wire,
    industry_wire,
    project_wire,
    relationship,
    tag_wire,
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
"""Of updates, portfolios, custom fields, budgets and activities the agency has none."""
FIELDS = {
    "projects": ("id", "name"),
    "companies": COMPANY_FIELDS,
    "users": PERSON_FIELDS,
    "tags": TAG_FIELDS,
    "projectcategories": ("id", "name", "color", "count", "parent", "parentId"),
}
_FIELDS_OF = {"projectCategories": "projectcategories"}
"""Where the key of ``fields`` is spelled otherwise than the key of ``included``."""
_PEOPLE_OF: dict[str, Callable[[Project], int | None]] = {
    "projectOwners": lambda project: project.owner_id,
    "createdBy": lambda project: project.created_by,
    "updatedBy": lambda project: project.updated_by,
    "completedBy": lambda project: project.completed_by,
}
Test = Callable[[Project], bool]


@dataclass(frozen=True)
class Site:
    """What the list must know beyond the projects, with people and companies encoded already."""

    dataset: Dataset
    people: Mapping[int, bytes]
    companies: Mapping[int, bytes]
    members: Mapping[str, Mapping[int, object]]
    """Who is on each project."""

    def company(self, project: Project) -> Company:
        """Find the company of a project."""
        return next(company for company in self.dataset.companies if company.id == project.company_id)


def list_projects(arguments: Arguments, site: Site, *, lower_bound: bool) -> bytes:
    """Answer one page of projects."""
    size, page = read_page(arguments)
    fields = read_fields(arguments, FIELDS)
    includes = read_words(arguments, "include", INCLUDES)
    tests = list(_tests(arguments, site))
    found = [project for project in site.dataset.projects if all(test(project) for test in tests)]
    order = member("orderBy", arguments.get("orderBy", "name"), ORDERS)
    descending = member("orderMode", arguments.get("orderMode", "asc"), DIRECTIONS) == "desc"
    found.sort(key=lambda project: _sort_key(order, project, site), reverse=descending)
    found = rearranged(found)
    shown = found[(page - 1) * size : page * size]
    records = {str(project.id): encode(_wire(project, includes, site)) for project in shown}
    included = {
        key: join_object(pick_each(beside, fields.get(_FIELDS_OF.get(key, key))))
        for key, beside in _included(shown, includes, site)
    }
    counted = meta(len(found), page, size, lower_bound or read_switch(arguments, "skipCounts", False))
    return list_body("projects", pick_each(records, fields["projects"]).values(), counted, included)


def _tests(arguments: Arguments, site: Site) -> Iterator[Test]:
    """Make one test for each filter that the request carries."""
    yield from _status_tests(arguments)
    yield from _id_tests(arguments, site)
    if (bound := read_moment(arguments, "updatedAfter")) is not None:
        yield later(lambda project: project.updated_at, bound)
    if search := arguments.get("searchTerm", "").casefold():
        wide = read_switch(arguments, "searchCompanies", False)
        yield lambda project: search in _search_text(project, site, wide)
    if read_switch(arguments, "onlyStarredProjects", False):
        yield lambda project: project.is_starred


def _status_tests(arguments: Arguments) -> Iterator[Test]:
    """Leave out what is deleted or archived unless it is asked for."""
    statuses = set(read_words(arguments, "projectStatuses", STATUSES))
    if read_switch(arguments, "includeCompletedStatus", False) and statuses & {"current", "late"}:
        statuses.add("completed")
    if statuses:
        yield lambda project: not statuses.isdisjoint(_statuses(project))
    if "deleted" not in statuses:
        yield lambda project: project.status != "deleted"
    if read_switch(arguments, "onlyArchivedProjects", False):
        yield lambda project: project.is_archived
    elif not read_switch(arguments, "includeArchivedProjects", False):
        yield lambda project: not project.is_archived


def _statuses(project: Project) -> tuple[str, ...]:
    """Name every status by which a project can be asked for."""
    if project.status == "deleted":
        return ("deleted",)
    return ("active", project.sub_status) if project.status == "active" else (project.sub_status,)


def _id_tests(arguments: Arguments, site: Site) -> Iterator[Test]:
    ids: dict[str, Callable[[Project], Iterable[int]]] = {
        "projectIds": lambda project: (project.id,),
        "projectCompanyIds": lambda project: (project.company_id,),
        "projectOwnerIds": lambda project: (project.owner_id,),
        "projectCategoryIds": lambda project: (project.category_id,),
        "projectTagIds": lambda project: project.tag_ids or (),
    }
    for key, read in ids.items():
        if wanted := frozenset(read_ids(arguments, key)):
            yield _any_of(read, wanted)
    if unwanted := frozenset(read_ids(arguments, "excludeProjectIds")):
        yield lambda project: project.id not in unwanted
    if teams := frozenset(read_ids(arguments, "teamIds")):
        people = {p.id for p in site.dataset.people if not teams.isdisjoint(p.team_ids or ())}
        yield lambda project: not people.isdisjoint(site.members[str(project.id)])
    if (text := arguments.get("userId")) is not None:
        user = integer("userId", text)
        yield lambda project: user in site.members[str(project.id)]


def _any_of(read: Callable[[Project], Iterable[int]], wanted: frozenset[int]) -> Test:
    return lambda project: not wanted.isdisjoint(read(project))


def _search_text(project: Project, site: Site, wide: bool) -> str:
    text = f"{project.name}\n{site.company(project).name}" if wide else project.name
    return text.casefold()


def _sort_key(order: str, project: Project, site: Site) -> tuple[Any, ...]:
    """Find what a project is sorted by; the name and the id decide between equals."""
    return (*_first_key(order, project, site), project.name, project.id)


def _first_key(order: str, project: Project, site: Site) -> tuple[Any, ...]:
    times = {
        "datecreated": project.created_at,
        "duedate": project.end_at,
        "lastactivity": project.last_worked_on,
    }
    if order in times:
        moment = when(times[order])
        return (moment is not None, moment)
    if order == "companyname":
        return (site.company(project).name,)
    if order == "ownercompany":
        return (not site.company(project).is_owner, site.company(project).name)
    if order == "categoryname":
        return (_category_name(project, site),)
    if order == "starred":
        return (not project.is_starred,)
    return (project.name.casefold(),) if order == "namecaseinsensitive" else ()


def _category_name(project: Project, site: Site) -> str:
    names = {category.id: category.name for category in site.dataset.categories}
    return names.get(project.category_id, "")


def _wire(project: Project, includes: list[str], site: Site) -> dict[str, object]:
    record = project_wire(project)
    if "users" in includes:
        record["users"] = [relationship(person, "users") for person in site.members[str(project.id)]]
    return record


def _included(
    projects: list[Project], includes: list[str], site: Site
) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Collect what goes beside one page of projects."""
    dataset = site.dataset
    companies = {project.company_id: site.company(project) for project in projects}
    if people := list(_people(projects, includes, site)):
        yield "users", related(site.people, people)
    if any(word.startswith("companies") for word in includes):
        yield "companies", related(site.companies, companies)
    if "companies.countries" in includes:
        codes = {company.country_code: None for company in companies.values() if company.country_code}
        yield "countries", {code: encode(country_wire(code)) for code in codes}
    if "companies.industries" in includes:
        industries = {company.industry_id: None for company in companies.values() if company.industry_id}
        yield "industries", {str(number): encode(industry_wire(number)) for number in industries}
    if "projectCategories" in includes:
        counts = [project.category_id for project in dataset.projects]
        known = {c.id: encode(category_wire(c, counts.count(c.id))) for c in dataset.categories}
        yield "projectCategories", related(known, (project.category_id for project in projects))
    if "tags" in includes:
        tags = {tag.id: encode(tag_wire(tag)) for tag in dataset.tags}
        yield "tags", related(tags, (tag for project in projects for tag in project.tag_ids or ()))


def _people(projects: list[Project], includes: list[str], site: Site) -> Iterator[int | None]:
    for project in projects:
        yield from (read(project) for word, read in _PEOPLE_OF.items() if word in includes)
        if "users" in includes:
            yield from site.members[str(project.id)]
