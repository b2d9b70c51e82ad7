"""The projects of ProjectManager.com: planned for a customer or for the agency, some of them templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from .customers import draw_uuid
from .dates import TODAY, after, days_ago, seconds
from .edge_cases import FORMULA, MARKUP
from .models import (
    Label,
    Member,
    PlannedProject,
    ProjectCustomer,
    ProjectField,
    Resource,
)

_FOR_CUSTOMERS = 60
_JOBS = (
    "Campaign",
    "Website",
    "Rebrand",
    "Annual report",
    "Trade fair",
    "Packaging",
    "Film",
    "Newsletter",
    "Signage",
    "Workshop",
)
_INTERNAL = (
    "Agency intranet",
    "Hiring 2026",
    "Office move",
    "Office move",
    "New business: spring",
    "New business: autumn",
    "Timesheet clean-up",
    "Studio equipment",
    MARKUP,
    FORMULA,
    "مشروع القمر",
    "プロジェクト 青空",
    "Team away day 🎨",
    "$x^$ experiment",
    "_archive",
    "O'Brien's handover",
    "ISO 27001",
    "Carbon accounts",
    "Price list",
    "Press & awards",
    "Method handbook",
    "Supplier review",
)
_TEMPLATES = (
    "Template: campaign",
    "Template: website",
    "Template: film",
    "Template: event",
    "_Template (old)",
)
_STATUSES = (("Open", 60), ("On hold", 8), ("Waiting for customer", 10), ("Closed", 16), ("Deleted", 6))
_PRIORITIES = ("Very low", "Low", "Medium", "High", "Very high")
_FOLDERS = ("Customers", "Internal", "Pitches", "2024 & before")
_CHARGE_CODES = ("0042", "BILL-1", "BILL-2", "INT", "GIFT <free>")
_PERMISSIONS = ("Guest", "Collaborate", "Collaborate", "Editor", "Manager")


class Planner:
    """Draws projects one after another, each with people of the agency and maybe a customer."""

    def __init__(self, draw: Random, resources: list[Resource], customers: list[ProjectCustomer]) -> None:
        self._draw = draw
        self._people = [resource.id for resource in resources if resource.role]
        self._managers = [r.id for r in resources if r.role in ("Manager", "Account lead", "Admin")]
        self._customers = [customer for customer in customers if customer.name][:44]
        self._statuses = [_status(draw, name) for name, _ in _STATUSES]
        self._priorities = _labels(draw, _PRIORITIES)
        self._folders = _labels(draw, _FOLDERS)
        self._charge_codes = _labels(draw, _CHARGE_CODES, isActive=True)
        self._charge_codes[-1].flags["isActive"] = False
        self._field_ids = [draw_uuid(draw) for _ in range(2)]

    def projects(self) -> list[PlannedProject]:
        """All of them: for customers, for the agency, and the templates."""
        projects = [*self._for_customers(), *map(self._project, _INTERNAL), *self._templates()]
        for position, project in enumerate(projects):
            project.short_id = f"P{position + 11}"
            project.short_code = f"{position:03d}" if position % 6 == 0 else f"HV-{position + 100}"
        _tell_story(projects)
        return projects

    def _for_customers(self) -> Iterator[PlannedProject]:
        weights = [30 / (2 + position) for position in range(len(self._customers))]
        for _ in range(_FOR_CUSTOMERS):
            customer = self._draw.choices(self._customers, weights=weights)[0]
            project = self._project(f"{self._draw.choice(_JOBS)} {customer.name}")
            project.customer_id = customer.id
            project.folder = self._folders[0] if self._draw.random() < 0.6 else None
            project.charge_code = self._draw.choice(self._charge_codes)
            project.budget = self._draw.randrange(20, 900) * 500.0
            project.hourly_rate = self._draw.choice((95.0, 110.0, 132.5, None))
            project.external_id = f"{self._draw.randrange(10**6):07d}" if self._draw.random() < 0.4 else None
            yield project

    def _templates(self) -> Iterator[PlannedProject]:
        for name in _TEMPLATES:
            project = self._project(name)
            project.is_template, project.status = True, self._statuses[0]
            project.start_date = project.end_date = project.target_date = project.percent_complete = None
            project.actual_start_date = project.actual_finish_date = None
            project.members = project.fields = None
            yield project

    def _project(self, name: str) -> PlannedProject:
        draw = self._draw
        created = days_ago(draw, 20, 900)
        people = draw.sample(self._people, draw.randrange(0, 9))
        project = PlannedProject(
            id=draw_uuid(draw),
            name=name,
            short_code="",
            short_id="",
            status=draw.choices(self._statuses, weights=[weight for _, weight in _STATUSES])[0],
            priority=draw.choice(self._priorities),
            description=draw.choice((None, "", f"{name}: see the brief")),
            folder=draw.choice((None, *self._folders[1:])),
            manager_id=draw.choice(self._managers) if draw.random() < 0.85 else None,
            owner_id=draw.choice((self._people[0], *people)) if draw.random() < 0.9 else None,
            is_favorite=draw.random() < 0.1,
            members=[Member(person, draw.choice(_PERMISSIONS)) for person in people],
            fields=list(self._fields()),
            created_at=seconds(created),
            updated_at=seconds(after(draw, created)),
        )
        self._plan(project, created.date())
        return project

    def _plan(self, project: PlannedProject, created: date) -> None:
        draw = self._draw
        start = created + timedelta(days=draw.randrange(0, 60))
        end = start + timedelta(days=draw.randrange(20, 400))
        closed = project.status.name == "Closed"
        project.start_date, project.end_date = start.isoformat(), end.isoformat()
        target = end + timedelta(days=draw.randrange(-30, 60))
        project.target_date = target.isoformat() if draw.random() < 0.7 else None
        project.percent_complete = 100 if closed else draw.randrange(0, 100)
        project.actual_start_date = project.start_date if start <= TODAY.date() else None
        project.actual_finish_date = min(end, TODAY.date()).isoformat() if closed else None
        project.status_update = draw.choice((None, "On track", "Waiting for feedback", "Over budget"))

    def _fields(self) -> Iterator[ProjectField]:
        first, second = self._field_ids
        if self._draw.random() < 0.5:
            value = f"{self._draw.randrange(10**5):05d}"
            yield ProjectField(first, "PF1", "Purchase order", "Text", value)
        if self._draw.random() < 0.3:
            yield ProjectField(second, "PF2", "Confidential", "Checkbox", "true")


def _status(draw: Random, name: str) -> Label:
    flags = {"isDeleted": name == "Deleted", "isSystem": name in ("Open", "Closed", "Deleted")}
    return Label(draw_uuid(draw), name, flags)


def _labels(draw: Random, names: tuple[str, ...], **flags: bool) -> list[Label]:
    return [Label(draw_uuid(draw), name, dict(flags)) for name in names]


def _tell_story(projects: list[PlannedProject]) -> None:
    """Make an open project of the largest customer late and costly, and some made from a template."""
    templates = [project for project in projects if project.is_template]
    for project in projects[3::11]:
        if not project.is_template:
            project.template_id = templates[0].id
    of_customers = Counter(project.customer_id for project in projects if project.customer_id)
    largest = of_customers.most_common(1)[0][0]
    late = next(project for project in projects if project.customer_id == largest)
    late.status = next(project.status for project in projects if project.status.name == "Open")
    late.start_date = late.actual_start_date = "2025-09-01"
    late.end_date, late.target_date = "2026-12-18", "2026-03-31"
    late.percent_complete, late.budget, late.status_update = 35, 1_250_000.0, "Over budget"
    late.created_at, late.updated_at = "2025-08-04T07:30:00Z", "2026-08-28T15:45:12Z"
    projects[1].target_date, projects[1].percent_complete = "2025-12-19", 100
