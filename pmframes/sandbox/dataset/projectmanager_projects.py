"""The projects of ProjectManager.com: for customers, for the agency, and templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from .dates import NOW, draw_after, draw_days_ago, format_day, format_seconds
from .edge_cases import FORMULA, MARKUP
from .models import CustomField, Member, NamedRecord, ProjectManagerCustomer, ProjectManagerProject, Resource
from .projectmanager_records import draw_named_records, draw_uuid

_CUSTOMER_PROJECTS = 60
_CUSTOMER_PROJECT_KINDS = (
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
_INTERNAL_PROJECT_NAMES = (
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
_TEMPLATE_NAMES = ("Template: campaign", "Template: website", "Template: film", "Template: event", "_Template (old)")
_STATUSES = (("Open", 60), ("On hold", 8), ("Waiting for customer", 10), ("Closed", 16), ("Deleted", 6))
_PRIORITIES = ("Very low", "Low", "Medium", "High", "Very high")
_FOLDERS = ("Customers", "Internal", "Pitches", "2024 & before")
_CHARGE_CODES = ("0042", "BILL-1", "BILL-2", "INT", "GIFT <free>")
_PERMISSIONS = ("Guest", "Collaborate", "Collaborate", "Editor", "Manager")


class ProjectGenerator:
    """Generates projects with members, a manager and, for some, a customer."""

    def __init__(self, rng: Random, resources: list[Resource], customers: list[ProjectManagerCustomer]) -> None:
        self._rng = rng
        self._people_ids = [resource.id for resource in resources if resource.role]
        self._manager_ids = [r.id for r in resources if r.role in ("Manager", "Account lead", "Admin")]
        self._customers = [customer for customer in customers if customer.name][:44]
        self._statuses = [_build_status(rng, name) for name, _ in _STATUSES]
        self._priorities = draw_named_records(rng, _PRIORITIES)
        self._folders = draw_named_records(rng, _FOLDERS)
        self._charge_codes = draw_named_records(rng, _CHARGE_CODES, isActive=True)
        self._charge_codes[-1].flags["isActive"] = False
        self._field_ids = [draw_uuid(rng) for _ in range(2)]

    def generate(self) -> list[ProjectManagerProject]:
        """Return all projects: for customers, for the agency, templates."""
        projects = [
            *self._build_customer_projects(),
            *map(self._build_project, _INTERNAL_PROJECT_NAMES),
            *self._build_template_projects(),
        ]
        for position, project in enumerate(projects):
            project.short_id = f"P{position + 11}"
            project.short_code = f"{position:03d}" if position % 6 == 0 else f"HV-{position + 100}"
        _apply_scenario(projects)
        return projects

    def _build_customer_projects(self) -> Iterator[ProjectManagerProject]:
        weights = [30 / (2 + position) for position in range(len(self._customers))]
        for _ in range(_CUSTOMER_PROJECTS):
            customer = self._rng.choices(self._customers, weights=weights)[0]
            project = self._build_project(f"{self._rng.choice(_CUSTOMER_PROJECT_KINDS)} {customer.name}")
            project.customer_id = customer.id
            project.folder = self._folders[0] if self._rng.random() < 0.6 else None
            project.charge_code = self._rng.choice(self._charge_codes)
            project.budget = self._rng.randrange(20, 900) * 500.0
            project.hourly_rate = self._rng.choice((95.0, 110.0, 132.5, None))
            project.external_id = f"{self._rng.randrange(10**6):07d}" if self._rng.random() < 0.4 else None
            yield project

    def _build_template_projects(self) -> Iterator[ProjectManagerProject]:
        for name in _TEMPLATE_NAMES:
            project = self._build_project(name)
            project.is_template, project.status = True, self._statuses[0]
            project.start_date = project.end_date = project.target_date = project.percent_complete = None
            project.actual_start_date = project.actual_finish_date = None
            project.members = project.custom_fields = None
            yield project

    def _build_project(self, name: str) -> ProjectManagerProject:
        rng = self._rng
        created = draw_days_ago(rng, 20, 900)
        people = rng.sample(self._people_ids, rng.randrange(0, 9))
        project = ProjectManagerProject(
            id=draw_uuid(rng),
            name=name,
            short_code="",
            short_id="",
            status=rng.choices(self._statuses, weights=[weight for _, weight in _STATUSES])[0],
            priority=rng.choice(self._priorities),
            description=rng.choice((None, "", f"{name}: see the brief")),
            folder=rng.choice((None, *self._folders[1:])),
            manager_id=rng.choice(self._manager_ids) if rng.random() < 0.85 else None,
            owner_id=rng.choice((self._people_ids[0], *people)) if rng.random() < 0.9 else None,
            is_favorite=rng.random() < 0.1,
            members=[Member(person, rng.choice(_PERMISSIONS)) for person in people],
            custom_fields=list(self._draw_custom_fields()),
            created_at=format_seconds(created),
            updated_at=format_seconds(draw_after(rng, created)),
        )
        self._set_dates(project, created.date())
        return project

    def _set_dates(self, project: ProjectManagerProject, created: date) -> None:
        rng = self._rng
        start = created + timedelta(days=rng.randrange(0, 60))
        end = start + timedelta(days=rng.randrange(20, 400))
        closed = project.status.name == "Closed"
        project.start_date, project.end_date = start.isoformat(), end.isoformat()
        target = end + timedelta(days=rng.randrange(-30, 60))
        project.target_date = target.isoformat() if rng.random() < 0.7 else None
        project.percent_complete = 100 if closed else rng.randrange(0, 100)
        project.actual_start_date = project.start_date if start <= NOW.date() else None
        project.actual_finish_date = min(end, NOW.date()).isoformat() if closed else None
        project.status_update = rng.choice((None, "On track", "Waiting for feedback", "Over budget"))

    def _draw_custom_fields(self) -> Iterator[CustomField]:
        first, second = self._field_ids
        if self._rng.random() < 0.5:
            value = f"{self._rng.randrange(10**5):05d}"
            yield CustomField(first, "PF1", "Purchase order", "Text", value)
        if self._rng.random() < 0.3:
            yield CustomField(second, "PF2", "Confidential", "Checkbox", "true")


def _build_status(rng: Random, name: str) -> NamedRecord:
    flags = {"isDeleted": name == "Deleted", "isSystem": name in ("Open", "Closed", "Deleted")}
    return NamedRecord(draw_uuid(rng), name, flags)


def _apply_scenario(projects: list[ProjectManagerProject]) -> None:
    """Set an open project of the largest customer to late and over budget; derive some from a template."""
    templates = [project for project in projects if project.is_template]
    for project in projects[3::11]:
        if not project.is_template:
            project.template_id = templates[0].id
    of_customers = Counter(project.customer_id for project in projects if project.customer_id)
    largest = of_customers.most_common(1)[0][0]
    late = next(project for project in projects if project.customer_id == largest)
    late.status = next(project.status for project in projects if project.status.name == "Open")
    late.start_date = late.actual_start_date = format_day(365)
    late.end_date, late.target_date = format_day(-108), format_day(154)
    late.percent_complete, late.budget, late.status_update = 35, 1_250_000.0, "Over budget"
    late.created_at, late.updated_at = f"{format_day(393)}T07:30:00Z", f"{format_day(4)}T15:45:12Z"
    projects[1].target_date, projects[1].percent_complete = format_day(256), 100
