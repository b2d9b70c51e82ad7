"""The records of the fictional agency, plain enough for a test to count them by itself.

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
class Company:
    """A company in Teamwork, which employs people; the agency itself is the owner company."""

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
    people: dict[str, int] = field(default_factory=dict)
    """How many people of each type work there, deleted ones left out; client users apart."""


@dataclass(slots=True)
class Project:
    """A project in Teamwork."""

    id: int
    name: str
    company_id: int
    owner_id: int
    is_archived: bool


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
    """In cents an hour, as Teamwork has it."""
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
    omits: tuple[str, ...] = ()
    """Keys that Teamwork leaves out of this person's record."""


@dataclass(slots=True)
class Membership:
    """One person on one Teamwork project, with the 46 permissions they have there."""

    project_id: int
    person_id: int
    permissions: dict[str, bool]

    @property
    def is_observing(self) -> bool:
        """Whether the person only watches the project."""
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
    """For each permission: is it granted, and can that be changed."""


@dataclass(slots=True)
class ProjectCustomer:
    """A customer in ProjectManager.com."""

    id: str
    name: str | None


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
class ChargeCustomer:
    """A customer in Spirii."""

    id: int
    name: str | None
    type: str
    """Private, Business, CPO or CPOSubsidiary: to be filtered and sorted by, never sent."""
    owner_id: int | None
    cpo_id: int | None
    created_at: str | None
    updated_at: str | None
    external_id: str | None = None
    country: str | None = None
    locations: list[int] | None = None
    details: dict[str, dict[str, str | None] | None] = field(default_factory=dict)
    """contactDetails, billingDetails, payoutInformation, financialSetup, billingSettings: those sent."""
