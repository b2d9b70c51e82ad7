"""The 24 Teamwork projects, each with a make-up of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from .dates import GO_ZERO, TODAY, after, days_ago, seconds
from .edge_cases import FORMULA, MARKUP
from .models import Category, Project, Tag

FIRST_PROJECT_ID = 480101
"""Project ids count up from here and never change."""


class ProjectPlan(NamedTuple):
    """How likely people of each kind are to be on one project, and whose it is."""

    name: str
    company: int
    """The position of its company; 0 is the agency itself."""
    staff: int
    client: int
    collaborator: int
    contact: int
    service: int


PLANS = (
    ProjectPlan("Nordic rebrand", 1, 30, 24, 14, 10, 4),
    ProjectPlan("Website relaunch", 2, 22, 16, 12, 4, 6),
    ProjectPlan("Annual report 2026", 3, 12, 14, 3, 8, 0),
    ProjectPlan("Retainer: social media", 4, 14, 6, 9, 2, 2),
    ProjectPlan("Customer portal", 5, 16, 18, 8, 0, 6),
    ProjectPlan("Spring campaign", 6, 18, 8, 16, 4, 1),
    ProjectPlan("Autumn catalogue", 7, 8, 6, 12, 2, 0),
    ProjectPlan("Trade fair Hannover", 8, 9, 6, 7, 12, 0),
    ProjectPlan("Packaging, line two", 9, 7, 5, 4, 1, 0),
    ProjectPlan("App: discovery phase", 10, 6, 7, 1, 0, 1),
    ProjectPlan("Photo library", 11, 3, 2, 18, 1, 1),
    ProjectPlan("Tone of voice", 12, 4, 4, 2, 0, 0),
    ProjectPlan("Investor day", 13, 5, 9, 1, 6, 0),
    ProjectPlan("Store signage", 14, 4, 3, 5, 2, 0),
    ProjectPlan("Newsletter", 15, 3, 3, 2, 1, 2),
    ProjectPlan("Employer branding", 16, 6, 4, 3, 0, 0),
    ProjectPlan("Museum guide <beta>", 17, 2, 3, 3, 1, 0),
    ProjectPlan("Søsterhus: naming & domæner", 18, 2, 2, 0, 0, 0),
    ProjectPlan("Agency intranet", 0, 40, 0, 0, 0, 4),
    ProjectPlan("All hands and holidays", 0, 26, 0, 2, 0, 1),
    ProjectPlan("Supplier onboarding", 0, 2, 0, 20, 3, 1),
    ProjectPlan("Contact list clean-up", 0, 1, 0, 0, 24, 1),
    ProjectPlan("2023 campaign archive", 4, 5, 5, 5, 2, 0),
    ProjectPlan("Pitch: Harbour Lights", 0, 0, 0, 0, 0, 0),
)
ARCHIVED = "2023 campaign archive"
DELETED = "Pitch: Harbour Lights"
FORGOTTEN = "Photo library"
"""Late, never closed, not worked on for a year, and full of people from outside."""
OWNERLESS = "Contact list clean-up"
_SUB_STATUSES = {
    "Website relaunch": "late",
    "Trade fair Hannover": "late",
    FORGOTTEN: "late",
    "Investor day": "upcoming",
    "Employer branding": "upcoming",
    "Tone of voice": "completed",
    "Store signage": "completed",
    "Supplier onboarding": "completed",
    ARCHIVED: "completed",
}
_STARRED = ("Nordic rebrand", "Customer portal")
CATEGORIES = (
    Category(61, "Client work", "#1e70bf", None),
    Category(62, "Campaigns", "#f2b33d", 61),
    Category(63, "Brand", "#8a5cc2", 61),
    Category(64, "Internal", "#5aa469", None),
    Category(65, "_old: 2019 <plan>", "#999999", None),
)
TAGS = (
    Tag(81, "retainer", "#1e70bf"),
    Tag(82, "fixed price", "#5aa469"),
    Tag(83, "at risk", "#d84b4b"),
    Tag(84, "GDPR: Datenschutz geprüft", "#f2b33d"),
    Tag(85, "🚀", "#8a5cc2"),
)
_DESCRIPTIONS = ("", None, "Agreed in the spring; see the brief.", MARKUP, FORMULA, "Ærlig talt 🎨\nlinje to")


def build_projects(draw: Random, company_ids: list[int], owner_ids: list[int]) -> list[Project]:
    """Make the projects, owned in turn by the people named, or by nobody where there are none."""
    projects = [
        _project(draw, position, plan, company_ids[plan.company], owner_ids)
        for position, plan in enumerate(PLANS)
    ]
    _make_awkward(projects)
    return projects


def _project(
    draw: Random, position: int, plan: ProjectPlan, company_id: int, owner_ids: list[int]
) -> Project:
    owner = owner_ids[position % len(owner_ids)] if owner_ids and plan.name != OWNERLESS else 0
    project = Project(
        id=FIRST_PROJECT_ID + position,
        name=plan.name,
        company_id=company_id,
        owner_id=owner,
        is_archived=plan.name == ARCHIVED,
        description=_DESCRIPTIONS[position % len(_DESCRIPTIONS)],
        status=_status(plan.name),
        sub_status=_SUB_STATUSES.get(plan.name, "current"),
        category_id=_category(position, plan),
        tag_ids=sorted({draw.choice(TAGS).id for _ in range(draw.randrange(0, 3))}) or None,
        is_billable=plan.company != 0,
        is_starred=plan.name in _STARRED,
        created_by=owner_ids[0] if owner_ids else None,
        updated_by=owner or None,
    )
    _set_times(draw, project)
    return project


def _status(name: str) -> str:
    if name == DELETED:
        return "deleted"
    return "inactive" if _SUB_STATUSES.get(name) == "completed" else "active"


def _category(position: int, plan: ProjectPlan) -> int:
    if plan.company == 0:
        return 64
    return (61, 62, 63, 0)[position % 4]


def _set_times(draw: Random, project: Project) -> None:
    """Put start and end on the sides of TODAY that the status says."""
    created = days_ago(draw, 420, 900)
    start, end = days_ago(draw, 200, 400), TODAY + timedelta(days=draw.randrange(20, 200))
    if project.sub_status == "upcoming":
        start, end = end, end + timedelta(days=90)
    if project.sub_status in ("late", "completed"):
        end = start + timedelta(days=draw.randrange(30, 150))
    worked = days_ago(draw, 370, 410) if project.name == FORGOTTEN else days_ago(draw, 0.2, 60)
    if project.sub_status == "completed":
        worked = end
        project.completed_at, project.completed_by = seconds(end), project.updated_by
    project.start_at, project.end_at = _midnight(start), _midnight(end)
    project.created_at, project.updated_at = seconds(created), seconds(after(draw, worked))
    project.last_worked_on = None if project.sub_status == "upcoming" else seconds(worked)


def _midnight(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT00:00:00Z")


def _make_awkward(projects: list[Project]) -> None:
    """Leave dates unset in each of the ways of being unset."""
    for project, unset in zip(projects[18:21], (None, "", GO_ZERO), strict=True):
        project.start_at = project.end_at = unset
    projects[19].created_by, projects[19].updated_at = 0, GO_ZERO
    projects[14].tag_ids = []
