"""The records of the four services, plain enough for tests to count them independently.

Texts that stand for a time are kept as the service sends them, unset ones included: ``None``, ``""`` and
``"0001-01-01T00:00:00Z"``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Relationship = dict[str, int | str]


@dataclass(slots=True)
class Team:
    """A team of people in Teamwork."""

    id: int
    name: str


@dataclass(slots=True)
class WorkingHours:
    """A working week in Teamwork."""

    id: int
    name: str


@dataclass(slots=True)
class Tag:
    """A tag of projects in Teamwork."""

    id: int
    name: str
    color: str


@dataclass(slots=True)
class Category:
    """A category of projects in Teamwork, which may have a parent."""

    id: int
    name: str
    color: str
    parent_id: int | None


@dataclass(slots=True)
class Company:
    """A company in Teamwork, which employs people; the agency is the owner company."""

    id: int
    name: str
    is_owner: bool
    country_code: str | None
    city: str | None
    zip: str | None
    website: str | None
    email: str | None
    phone: str | None
    status: str
    created_at: str | None
    updated_at: str | None
    people_by_type: dict[str, int] = field(default_factory=dict)
    """Number of people per type, without deleted ones; client users are counted separately."""
    industry_id: int = 0
    managed_by: int | None = None
    """Id of the person in charge of the company."""
    profile: str | None = None
    tag_ids: list[int] = field(default_factory=list)
    tasks: int = 0
    tasks_completed: int = 0


@dataclass(slots=True)
class Project:
    """A project in Teamwork."""

    id: int
    name: str
    company_id: int
    owner_id: int
    """0 where the project has no owner."""
    is_archived: bool
    description: str | None = None
    status: str = "active"
    """active, inactive (completed or archived) or deleted."""
    sub_status: str = "current"
    """current, late, upcoming or completed."""
    category_id: int = 0
    tag_ids: list[int] | None = None
    is_billable: bool = True
    is_starred: bool = False
    start_at: str | None = None
    end_at: str | None = None
    completed_at: str | None = None
    completed_by: int | None = None
    created_at: str | None = None
    created_by: int | None = None
    updated_at: str | None = None
    updated_by: int | None = None
    last_worked_on: str | None = None


@dataclass(slots=True)
class Person:
    """A person in Teamwork."""

    id: int
    first_name: str | None
    last_name: str | None
    email: str | None
    title: str | None
    type: str
    company_id: int | None
    is_admin: bool = False
    is_client_user: bool = False
    is_service_account: bool = False
    is_placeholder: bool = False
    is_site_owner: bool = False
    deleted: bool = False
    can_add_projects: bool = False
    user_rate: int | None = None
    """In cents an hour."""
    user_cost: int | None = None
    """In cents an hour."""
    timezone: str | None = ""
    length_of_day: float | None = 8.0
    working_hours_id: int | None = 1
    company_role_id: int = 0
    team_ids: list[int] | None = field(default_factory=list)
    avatar_url: str = ""
    created_at: str | None = None
    created_by: Relationship | int | None = None
    updated_at: str | None = None
    updated_by: Relationship | int | None = None
    last_login: str | None = None
    omitted_keys: tuple[str, ...] = ()
    """Keys that are left out of this person's record."""


@dataclass(slots=True)
class Membership:
    """One person on one Teamwork project, with the 46 permissions they have there."""

    project_id: int
    person_id: int
    permissions: dict[str, bool]

    @property
    def is_observing(self) -> bool:
        """Whether the person is an observer of the project."""
        return self.permissions["isObserving"]


@dataclass(slots=True)
class Role:
    """A role in ProjectManager.com."""

    id: str
    name: str
    description: str | None
    is_admin: bool
    is_custom: bool
    is_global_admin: bool
    is_guest: bool
    is_default: bool
    permissions: dict[str, tuple[bool, bool]]
    """Permission -> (granted, can be modified)."""


@dataclass(slots=True)
class ProjectManagerCustomer:
    """A customer in ProjectManager.com."""

    id: str
    name: str | None


@dataclass(slots=True)
class NamedRecord:
    """An id and a name in ProjectManager.com: team, skill, folder, status, priority or charge code."""

    id: str
    name: str
    flags: dict[str, bool] = field(default_factory=dict)
    """Further boolean keys of the record."""


@dataclass(slots=True)
class Resource:
    """A person, a material or a piece of equipment in ProjectManager.com."""

    id: str
    name: str
    kind: str
    """person, material or equipment; never sent."""
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    role_id: str | None = None
    role: str | None = None
    is_active: bool = True
    is_sample: bool = False
    hourly_rate: float | None = None
    phone: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    country_name: str | None = None
    notes: str | None = None
    approver_id: str | None = None
    teams: list[NamedRecord] = field(default_factory=list)
    skills: list[NamedRecord] = field(default_factory=list)
    last_online: str | None = None
    created_at: str | None = None
    created_by: str | None = None
    updated_at: str | None = None
    updated_by: str | None = None
    color: str | None = None
    avatar_url: str | None = None
    language: str | None = None
    daily_hours: list[float] = field(default_factory=list)
    """Available hours, Monday to Sunday."""


@dataclass(slots=True)
class Member:
    """One resource on one project in ProjectManager.com."""

    resource_id: str
    permission: str
    """Guest, Collaborate, Editor or Manager."""


@dataclass(slots=True)
class CustomField:
    """A custom field of a project in ProjectManager.com."""

    id: str
    short_id: str
    name: str
    type: str
    value: str


@dataclass(slots=True)
class ProjectManagerProject:
    """A project in ProjectManager.com; it has no connection to a project of Teamwork."""

    id: str
    name: str
    short_code: str
    short_id: str
    status: NamedRecord
    priority: NamedRecord
    created_at: str
    updated_at: str
    description: str | None = None
    folder: NamedRecord | None = None
    charge_code: NamedRecord | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    owner_id: str | None = None
    budget: float | None = None
    hourly_rate: float | None = None
    percent_complete: int | None = None
    start_date: str | None = None
    end_date: str | None = None
    target_date: str | None = None
    actual_start_date: str | None = None
    actual_finish_date: str | None = None
    status_update: str | None = None
    is_template: bool = False
    is_favorite: bool = False
    template_id: str | None = None
    members: list[Member] | None = None
    custom_fields: list[CustomField] | None = None
    external_id: str | None = None


@dataclass(slots=True)
class OutlignCompany:
    """A company in Outlign, which owns clients."""

    id: int
    title: str
    created_at: str | None
    updated_at: str | None


@dataclass(slots=True)
class Client:
    """A client in Outlign."""

    id: int
    title: str | None
    company_id: int | None
    created_at: str | None
    updated_at: str | None


@dataclass(slots=True)
class SpiriiCustomer:
    """A customer in Spirii."""

    id: int
    name: str | None
    type: str
    """Private, Business, CPO or CPOSubsidiary; filters and sorts, sent by one API version only."""
    owner_id: int | None
    cpo_id: int | None
    created_at: str | None
    updated_at: str | None
    external_id: str | None = None
    country: str | None = None
    locations: list[int] | None = None
    details: dict[str, dict[str, str | None] | None] = field(default_factory=dict)
    """contactDetails, billingDetails, payoutInformation, financialSetup, billingSettings; those sent."""
