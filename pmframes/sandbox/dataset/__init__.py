"""One fictional agency, the same for the same seed on any machine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import NamedTuple

from .companies import build_companies, count_people, describe_companies
from .company_names import Firm, draw_firms
from .customers import build_clients, build_project_customers, build_studios
from .dates import TODAY
from .memberships import Assignment
from .models import (
    Category,
    ChargeCustomer,
    Client,
    Company,
    Membership,
    OutlignCompany,
    Person,
    PlannedProject,
    Project,
    ProjectCustomer,
    Resource,
    Role,
    Tag,
    Team,
    WorkingHours,
)
from .name_lists import TEAMS
from .people import Crowd
from .projectmanager_projects import Planner
from .projects import CATEGORIES, TAGS, build_projects
from .resources import build_resources
from .roles import build_roles
from .spirii_customers import Tree

__all__ = ["TODAY", "Agency", "build_agency"]

_EVERYWHERE = 160
"""So many firms are known to all services; Teamwork has the first of them."""
_RESOURCES_FROM = 400
"""So many of the people drawn first may be resources of ProjectManager.com, however many Teamwork has."""
_SOME = 60
"""So many more are known to ProjectManager.com and Outlign, and as many to ProjectManager.com and Spirii."""


@dataclass
class Agency:
    """Everything that the four services know, as plain lists."""

    me: Person
    """Whose tokens they are: the site owner."""
    people: list[Person] = field(repr=False)
    companies: list[Company] = field(repr=False)
    teams: list[Team] = field(repr=False)
    working_hours: list[WorkingHours] = field(repr=False)
    projects: list[Project] = field(repr=False)
    categories: list[Category] = field(repr=False)
    tags: list[Tag] = field(repr=False)
    memberships: list[Membership] = field(repr=False)
    roles: list[Role] = field(repr=False)
    project_customers: list[ProjectCustomer] = field(repr=False)
    resources: list[Resource] = field(repr=False)
    planned_projects: list[PlannedProject] = field(repr=False)
    outlign_companies: list[OutlignCompany] = field(repr=False)
    clients: list[Client] = field(repr=False)
    charge_customers: list[ChargeCustomer] = field(repr=False)


def build_agency(people: int, seed: int) -> Agency:
    """Make the agency up.

    Each part has a stream of random numbers of its own: customers do not change with the number of people.
    """
    if people < 0:
        raise ValueError(f"people must be 0 or more, not {people}")
    firms = draw_firms(_stream(seed, 0), 720)
    companies = build_companies(_stream(seed, 1), firms)
    teams = [Team(701 + position, name) for position, name in enumerate(TEAMS)]
    crowd = list(Crowd(_stream(seed, 2), companies, teams).people(max(people, _RESOURCES_FROM)))
    me = crowd[0][1]
    planned = _planned(seed, crowd[:_RESOURCES_FROM], firms)
    del crowd[people:]
    owners = [person.id for _, person in crowd if person.can_add_projects]
    projects = build_projects(_stream(seed, 9), [company.id for company in companies], owners)
    describe_companies(_stream(seed, 10), companies, owners, [tag.id for tag in TAGS])
    studios = build_studios(_stream(seed, 4))
    agency = Agency(
        me=me,
        people=[person for _, person in crowd],
        companies=companies,
        teams=teams,
        working_hours=_working_weeks(),
        projects=projects,
        categories=list(map(replace, CATEGORIES)),
        tags=list(map(replace, TAGS)),
        memberships=Assignment(_stream(seed, 3), projects).memberships(crowd),
        roles=planned.roles,
        project_customers=planned.customers,
        resources=planned.resources,
        planned_projects=planned.projects,
        outlign_companies=studios,
        clients=build_clients(_stream(seed, 7), _known_to_outlign(firms), studios),
        charge_customers=Tree(_stream(seed, 8), _known_to_spirii(firms)).customers(),
    )
    count_people(agency.companies, agency.people)
    return agency


class _Planned(NamedTuple):
    """What ProjectManager.com knows."""

    roles: list[Role]
    customers: list[ProjectCustomer]
    resources: list[Resource]
    projects: list[PlannedProject]


def _planned(seed: int, crowd: list[tuple[str, Person]], firms: list[Firm]) -> _Planned:
    roles = build_roles(_stream(seed, 5))
    customers = build_project_customers(_stream(seed, 6), _known_to_projectmanager(firms))
    resources = build_resources(_stream(seed, 11), crowd, roles)
    return _Planned(roles, customers, resources, Planner(_stream(seed, 12), resources, customers).projects())


def _stream(seed: int, part: int) -> Random:
    return Random(seed * 100 + part)  # noqa: S311 - a story, not a secret


def _working_weeks() -> list[WorkingHours]:
    return [
        WorkingHours(1, "Standard week"),
        WorkingHours(2, "Short week"),
        WorkingHours(3, "Part time"),
    ]


def _known_to_projectmanager(firms: list[Firm]) -> list[Firm]:
    return firms[: _EVERYWHERE + 2 * _SOME] + firms[280:380]


def _known_to_outlign(firms: list[Firm]) -> list[Firm]:
    return firms[: _EVERYWHERE + _SOME] + firms[380:580]


def _known_to_spirii(firms: list[Firm]) -> list[Firm]:
    return firms[:_EVERYWHERE] + firms[_EVERYWHERE + _SOME : _EVERYWHERE + 2 * _SOME] + firms[580:720]
