"""The fictional data: one agency as the four services know it, the same for the same seed on any machine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import NamedTuple

from .companies import build_companies, count_people, set_company_details
from .customers import build_clients, build_outlign_companies, build_projectmanager_customers
from .dates import NOW
from .memberships import MembershipGenerator
from .models import (
    Category,
    Client,
    Company,
    Membership,
    OutlignCompany,
    Person,
    Project,
    ProjectManagerCustomer,
    ProjectManagerProject,
    Resource,
    Role,
    SpiriiCustomer,
    Tag,
    Team,
    WorkingHours,
)
from .name_lists import TEAMS
from .organizations import Organization, draw_organizations
from .people import PeopleGenerator
from .projectmanager_projects import ProjectGenerator
from .projects import CATEGORIES, TAGS, build_projects
from .resources import build_resources
from .roles import build_roles
from .spirii_customers import CustomerGenerator

__all__ = ["NOW", "Dataset", "build_dataset"]

_IN_ALL_SERVICES = 160
"""Organizations that all services know; the companies of Teamwork are the first of them."""
_RESOURCE_CANDIDATES = 400
"""Resources of ProjectManager.com come from this many generated people, however few Teamwork has."""
_IN_TWO_SERVICES = 60
"""Further organizations that ProjectManager.com shares with Outlign, and as many with Spirii."""


@dataclass
class Dataset:
    """All records of the four services, as plain lists."""

    me: Person
    """The site owner, who owns the tokens."""
    people: list[Person] = field(repr=False)
    companies: list[Company] = field(repr=False)
    teams: list[Team] = field(repr=False)
    working_hours: list[WorkingHours] = field(repr=False)
    projects: list[Project] = field(repr=False)
    categories: list[Category] = field(repr=False)
    tags: list[Tag] = field(repr=False)
    memberships: list[Membership] = field(repr=False)
    roles: list[Role] = field(repr=False)
    projectmanager_customers: list[ProjectManagerCustomer] = field(repr=False)
    resources: list[Resource] = field(repr=False)
    projectmanager_projects: list[ProjectManagerProject] = field(repr=False)
    outlign_companies: list[OutlignCompany] = field(repr=False)
    clients: list[Client] = field(repr=False)
    spirii_customers: list[SpiriiCustomer] = field(repr=False)


def build_dataset(people: int, seed: int) -> Dataset:
    """Build the data set.

    Each part has its own random number generator, so that customers do not change with the number of people.
    """
    if people < 0:
        raise ValueError(f"people is {people}. Use 0 or more.")
    organizations = draw_organizations(_create_rng(seed, 0), 720)
    companies = build_companies(_create_rng(seed, 1), organizations)
    teams = [Team(701 + position, name) for position, name in enumerate(TEAMS)]
    generated = list(
        PeopleGenerator(_create_rng(seed, 2), companies, teams).generate(max(people, _RESOURCE_CANDIDATES))
    )
    me = generated[0][1]
    workspace = _build_workspace(seed, generated[:_RESOURCE_CANDIDATES], organizations)
    del generated[people:]
    owners = [person.id for _, person in generated if person.can_add_projects]
    projects = build_projects(_create_rng(seed, 9), [company.id for company in companies], owners)
    set_company_details(_create_rng(seed, 10), companies, owners, [tag.id for tag in TAGS])
    outlign_companies = build_outlign_companies(_create_rng(seed, 4))
    dataset = Dataset(
        me=me,
        people=[person for _, person in generated],
        companies=companies,
        teams=teams,
        working_hours=_build_working_hours(),
        projects=projects,
        categories=list(map(replace, CATEGORIES)),
        tags=list(map(replace, TAGS)),
        memberships=MembershipGenerator(_create_rng(seed, 3), projects, companies[0].id).generate(generated),
        roles=workspace.roles,
        projectmanager_customers=workspace.customers,
        resources=workspace.resources,
        projectmanager_projects=workspace.projects,
        outlign_companies=outlign_companies,
        clients=build_clients(_create_rng(seed, 7), _select_outlign_organizations(organizations), outlign_companies),
        spirii_customers=CustomerGenerator(
            _create_rng(seed, 8), _select_spirii_organizations(organizations)
        ).generate(),
    )
    count_people(dataset.companies, dataset.people)
    return dataset


class _Workspace(NamedTuple):
    """The records of ProjectManager.com."""

    roles: list[Role]
    customers: list[ProjectManagerCustomer]
    resources: list[Resource]
    projects: list[ProjectManagerProject]


def _build_workspace(seed: int, generated: list[tuple[str, Person]], organizations: list[Organization]) -> _Workspace:
    roles = build_roles(_create_rng(seed, 5))
    customers = build_projectmanager_customers(
        _create_rng(seed, 6), _select_projectmanager_organizations(organizations)
    )
    resources = build_resources(_create_rng(seed, 11), generated, roles)
    return _Workspace(
        roles, customers, resources, ProjectGenerator(_create_rng(seed, 12), resources, customers).generate()
    )


def _create_rng(seed: int, part: int) -> Random:
    return Random(seed * 100 + part)  # noqa: S311 - fictional data, no secret


def _build_working_hours() -> list[WorkingHours]:
    return [WorkingHours(1, "Standard week"), WorkingHours(2, "Short week"), WorkingHours(3, "Part time")]


def _select_projectmanager_organizations(organizations: list[Organization]) -> list[Organization]:
    return organizations[: _IN_ALL_SERVICES + 2 * _IN_TWO_SERVICES] + organizations[280:380]


def _select_outlign_organizations(organizations: list[Organization]) -> list[Organization]:
    return organizations[: _IN_ALL_SERVICES + _IN_TWO_SERVICES] + organizations[380:580]


def _select_spirii_organizations(organizations: list[Organization]) -> list[Organization]:
    return (
        organizations[:_IN_ALL_SERVICES]
        + organizations[_IN_ALL_SERVICES + _IN_TWO_SERVICES : _IN_ALL_SERVICES + 2 * _IN_TWO_SERVICES]
        + organizations[580:720]
    )
