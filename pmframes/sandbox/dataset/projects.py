"""The 24 projects of Teamwork, each with its own mix of people."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from .dates import GO_ZERO_TIME, NOW, draw_after, draw_days_ago, format_seconds
from .edge_cases import FORMULA, MARKUP
from .models import Category, Project, Tag

FIRST_PROJECT_ID = 480101
"""Project ids count up from here; they do not depend on the seed."""


class ProjectSpec(NamedTuple):
    """Name and company of a project, and the weight with which people of each kind are assigned to it."""

    name: str
    company: int
    """Position of the company; 0 is the agency itself."""
    staff: int
    client: int
    collaborator: int
    contact: int
    service: int


PROJECT_SPECS = (
    ProjectSpec("Nordic rebrand", 1, 30, 24, 14, 10, 4),
    ProjectSpec("Website relaunch", 2, 22, 16, 12, 4, 6),
    ProjectSpec("Annual report 2026", 3, 12, 14, 3, 8, 0),
    ProjectSpec("Retainer: social media", 4, 14, 6, 9, 2, 2),
    ProjectSpec("Customer portal", 5, 16, 18, 8, 0, 6),
    ProjectSpec("Spring campaign", 6, 18, 8, 16, 4, 1),
    ProjectSpec("Autumn catalogue", 7, 8, 6, 12, 2, 0),
    ProjectSpec("Trade fair Hannover", 8, 9, 6, 7, 12, 0),
    ProjectSpec("Packaging, line two", 9, 7, 5, 4, 1, 0),
    ProjectSpec("App: discovery phase", 10, 6, 7, 1, 0, 1),
    ProjectSpec("Photo library", 11, 3, 2, 18, 1, 1),
    ProjectSpec("Tone of voice", 12, 4, 4, 2, 0, 0),
    ProjectSpec("Investor day", 13, 5, 9, 1, 6, 0),
    ProjectSpec("Store signage", 14, 4, 3, 5, 2, 0),
    ProjectSpec("Newsletter", 15, 3, 3, 2, 1, 2),
    ProjectSpec("Employer branding", 16, 6, 4, 3, 0, 0),
    ProjectSpec("Museum guide <beta>", 17, 2, 3, 3, 1, 0),
    ProjectSpec("Søsterhus: naming & domæner", 18, 2, 2, 0, 0, 0),
    ProjectSpec("Agency intranet", 0, 40, 0, 0, 0, 4),
    ProjectSpec("All hands and holidays", 0, 26, 0, 2, 0, 1),
    ProjectSpec("Supplier onboarding", 0, 2, 0, 20, 3, 1),
    ProjectSpec("Contact list clean-up", 0, 1, 0, 0, 24, 1),
    ProjectSpec("2023 campaign archive", 4, 5, 5, 5, 2, 0),
    ProjectSpec("Pitch: Harbour Lights", 0, 0, 0, 0, 0, 0),
)
ARCHIVED = "2023 campaign archive"
DELETED = "Pitch: Harbour Lights"
STALE = "Photo library"
"""Late, never closed, untouched for a year, with many external people: a finding for access reviews."""
OWNERLESS = "Contact list clean-up"
_SUB_STATUSES = {
    "Website relaunch": "late",
    "Trade fair Hannover": "late",
    STALE: "late",
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


def build_projects(rng: Random, company_ids: list[int], owner_ids: list[int]) -> list[Project]:
    """Build the projects; the people of ``owner_ids`` own them in turn, nobody if there are none."""
    projects = [
        _build_project(rng, position, spec, company_ids[spec.company], owner_ids)
        for position, spec in enumerate(PROJECT_SPECS)
    ]
    _apply_edge_cases(projects)
    return projects


def _build_project(rng: Random, position: int, spec: ProjectSpec, company_id: int, owner_ids: list[int]) -> Project:
    owner = owner_ids[position % len(owner_ids)] if owner_ids and spec.name != OWNERLESS else 0
    project = Project(
        id=FIRST_PROJECT_ID + position,
        name=spec.name,
        company_id=company_id,
        owner_id=owner,
        is_archived=spec.name == ARCHIVED,
        description=_DESCRIPTIONS[position % len(_DESCRIPTIONS)],
        status=_derive_status(spec.name),
        sub_status=_SUB_STATUSES.get(spec.name, "current"),
        category_id=_choose_category(position, spec),
        tag_ids=sorted({rng.choice(TAGS).id for _ in range(rng.randrange(0, 3))}) or None,
        is_billable=spec.company != 0,
        is_starred=spec.name in _STARRED,
        created_by=owner_ids[0] if owner_ids else None,
        updated_by=owner or None,
    )
    _set_times(rng, project)
    return project


def _derive_status(name: str) -> str:
    if name == DELETED:
        return "deleted"
    return "inactive" if _SUB_STATUSES.get(name) == "completed" else "active"


def _choose_category(position: int, spec: ProjectSpec) -> int:
    if spec.company == 0:
        return 64
    return (61, 62, 63, 0)[position % 4]


def _set_times(rng: Random, project: Project) -> None:
    """Set start and end before or after NOW, as the status requires."""
    created = draw_days_ago(rng, 420, 900)
    start, end = draw_days_ago(rng, 200, 400), NOW + timedelta(days=rng.randrange(20, 200))
    if project.sub_status == "upcoming":
        start, end = end, end + timedelta(days=90)
    if project.sub_status in ("late", "completed"):
        end = start + timedelta(days=rng.randrange(30, 150))
    worked = draw_days_ago(rng, 370, 410) if project.name == STALE else draw_days_ago(rng, 0.2, 60)
    if project.sub_status == "completed":
        worked = end
        project.completed_at, project.completed_by = format_seconds(end), project.updated_by
    project.start_at, project.end_at = _format_midnight(start), _format_midnight(end)
    project.created_at, project.updated_at = format_seconds(created), format_seconds(draw_after(rng, worked))
    project.last_worked_on = None if project.sub_status == "upcoming" else format_seconds(worked)


def _format_midnight(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT00:00:00Z")


def _apply_edge_cases(projects: list[Project]) -> None:
    """Use every representation of an unset date."""
    for project, unset in zip(projects[18:21], (None, "", GO_ZERO_TIME), strict=True):
        project.start_at = project.end_at = unset
    projects[19].created_by, projects[19].updated_at = 0, GO_ZERO_TIME
    projects[14].tag_ids = []
