"""Serializes the records of Teamwork."""

from __future__ import annotations

from .dataset.companies import FIRST_INDUSTRY_ID, INDUSTRIES
from .dataset.models import Category, Company, Person, Project, Tag, Team, WorkingHours

PERSON_FIELDS = (
    "id", "firstName", "lastName", "title", "email", "companyId", "company", "isAdmin", "isClientUser",
    "isServiceAccount", "type", "deleted", "avatarUrl", "lengthOfDay", "workingHoursId", "workingHour",
    "userRate", "userCost", "canAddProjects",
)  # fmt: skip
COMPANY_FIELDS = ("id", "name", "logoUploadedToServer", "logoImage")
TAG_FIELDS = ("id", "name", "color", "count")
AUDIT_KEYS = frozenset({"createdAt", "createdBy", "updatedAt", "updatedBy", "isPlaceholderResource"})
_OPTIONAL_KEYS = (("teams", "teams"), ("last-login", "lastLogin"))
"""API versions, each with the key of a person that it adds."""
_COUNTRIES = {
    "AE": ("United Arab Emirates", "971"),
    "DE": ("Germany", "49"),
    "DK": ("Denmark", "45"),
    "FR": ("France", "33"),
    "GB": ("United Kingdom", "44"),
    "JP": ("Japan", "81"),
    "SE": ("Sweden", "46"),
    "US": ("United States", "1"),
}
_EU_COUNTRIES = ("DK", "DE", "FR", "SE")


def build_reference(record_id: int | None, type_: str) -> dict[str, object] | None:
    """Return a reference to another record."""
    return None if record_id is None else {"id": record_id, "type": type_}


def serialize_person(person: Person, api_versions: frozenset[str]) -> dict[str, object]:
    """Return the record of a person, without the keys that Teamwork omits for them.

    Times, authors and ``isPlaceholderResource`` are in the newest specification (2025) and in the vendor's own client,
    though not yet in responses recorded in 2024: they are sent, but not in the API version ``no-audit-fields``.
    ``teams`` was specified before these responses, which do not have it, and no documented parameter asks for it;
    ``lastLogin`` is not documented. They are sent in API versions of their own only.
    """
    record: dict[str, object] = {
        "id": person.id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "title": person.title,
        "email": person.email,
        "companyId": person.company_id,
        "company": build_reference(person.company_id, "companies"),
        "companyRoleId": person.company_role_id,
        "isAdmin": person.is_admin,
        "isClientUser": person.is_client_user,
        "isServiceAccount": person.is_service_account,
        "type": person.type,
        "deleted": person.deleted,
        "avatarUrl": person.avatar_url,
        "lengthOfDay": person.length_of_day,
        "workingHoursId": person.working_hours_id,
        "workingHour": build_reference(person.working_hours_id, "workingHours"),
        "userRate": person.user_rate,
        "userCost": person.user_cost,
        "canAddProjects": person.can_add_projects,
        "timezone": person.timezone,
        "teams": None if person.team_ids is None else [build_reference(team, "teams") for team in person.team_ids],
        "createdAt": person.created_at,
        "createdBy": person.created_by,
        "updatedAt": person.updated_at,
        "updatedBy": person.updated_by,
        "isPlaceholderResource": person.is_placeholder,
        "lastLogin": person.last_login,
    }
    omitted = {*person.omitted_keys, *(key for version, key in _OPTIONAL_KEYS if version not in api_versions)}
    if "no-audit-fields" in api_versions:
        omitted |= AUDIT_KEYS
    return {key: value for key, value in record.items() if key not in omitted}


def serialize_person_v1(person: Person) -> dict[str, object]:
    """Return the record of a person as version 1 of the API sends it: other keys, numbers as text."""
    return {
        "id": str(person.id),
        "first-name": person.first_name,
        "last-name": person.last_name,
        "email-address": person.email,
        "user-type": person.type,
        "administrator": person.is_admin,
        "company-id": str(person.company_id or 0),
        "avatar-url": person.avatar_url,
    }


def serialize_company(company: Company, *, full: bool = False, project_count: int | None = None) -> dict[str, object]:
    """Return the record of a company; ``full`` adds the profile, ``project_count`` the stats."""
    stats = {
        "projectCount": project_count,
        "taskCount": company.tasks,
        "taskCompleteCount": company.tasks_completed,
        "unreadEmailCount": 0,
    }
    return _serialize_company(company, full) | ({} if project_count is None else {"stats": stats})


def _serialize_company(company: Company, full: bool) -> dict[str, object]:
    return {
        "id": company.id,
        "name": company.name,
        "isOwner": company.is_owner,
        **company.people_by_type,
        "addressOne": "",
        "addressTwo": "",
        "city": company.city,
        "zip": company.zip,
        "state": "",
        "countryCode": company.country_code,
        "website": company.website,
        "emailOne": company.email,
        "emailTwo": "",
        "emailThree": "",
        "phone": company.phone,
        "fax": "",
        "logoUrl": None,
        "industry": build_reference(company.industry_id, "industries"),
        "industryId": company.industry_id,
        "clientManagedBy": build_reference(company.managed_by, "users"),
        "status": company.status,
        "tags": [build_reference(tag, "tags") for tag in company.tag_ids],
        "canSeePrivate": True,
        "privateNotes": "",
        "profileText": company.profile if full else None,
        "createdAt": company.created_at,
        "updatedAt": company.updated_at,
    }


def serialize_team(team: Team) -> dict[str, object]:
    """Return the record of a team."""
    return {"id": team.id, "name": team.name, "teamLogo": "", "teamLogoIcon": "", "teamLogoColor": ""}


def serialize_working_hours(working_hours: WorkingHours) -> dict[str, object]:
    """Return the record of a working week."""
    return {
        "id": working_hours.id,
        "name": working_hours.name,
        "description": "",
        "objectId": 0,
        "objectType": "installation",
    }


def serialize_project(project: Project) -> dict[str, object]:
    """Return the record of a project; keys that the data set does not vary have their defaults."""
    return {
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "status": project.status,
        "subStatus": project.sub_status,
        "type": "normal",
        "companyId": project.company_id,
        "company": build_reference(project.company_id, "companies"),
        "categoryId": project.category_id,
        "category": build_reference(project.category_id, "projectCategories"),
        **_serialize_ownership(project),
        **_serialize_times(project),
        "isBillable": project.is_billable,
        "isStarred": project.is_starred,
        "tagIds": project.tag_ids,
        "tags": [build_reference(tag, "tags") for tag in project.tag_ids or ()],
        **_DEFAULTS,
    }


def _serialize_ownership(project: Project) -> dict[str, object]:
    return {
        "ownerId": project.owner_id,
        "ownedBy": project.owner_id,
        "projectOwnerId": project.owner_id,
        "projectOwner": build_reference(project.owner_id, "users"),
    }


def _serialize_times(project: Project) -> dict[str, object]:
    return {
        "startAt": project.start_at,
        "endAt": project.end_at,
        "startDate": project.start_at,
        "endDate": project.end_at,
        "completedAt": project.completed_at,
        "completedBy": project.completed_by,
        "createdAt": project.created_at,
        "createdBy": project.created_by,
        "updatedAt": project.updated_at,
        "updatedBy": project.updated_by,
        "lastWorkedOn": project.last_worked_on,
    }


_DEFAULTS: dict[str, object] = {
    "activePages": {},
    "allowNotifyAnyone": True,
    "announcement": "",
    "customFieldValueIds": None,
    "customFieldValues": [],
    "defaultPrivacy": "open",
    "directFileUploadsEnabled": False,
    "financialBudget": None,
    "financialBudgetId": None,
    "harvestTimersEnabled": False,
    "integrations": {},
    "isOnBoardingProject": False,
    "isProjectAdmin": True,
    "isSampleProject": False,
    "latestActivity": None,
    "logo": "",
    "logoColor": None,
    "logoIcon": None,
    "minMaxAvailableDates": None,
    "notifyCommentIncludeCreator": False,
    "notifyEveryone": False,
    "notifyTaskAssignee": True,
    "overviewStartPage": "default",
    "portfolioCards": [],
    "privacyEnabled": False,
    "replyByEmailEnabled": True,
    "showAnnouncement": False,
    "skipWeekends": False,
    "startPage": "overview",
    "tasksStartPage": "list",
    "timeBudget": None,
    "timeBudgetId": None,
    "update": None,
    "updateId": None,
    "workflows": [],
}


def serialize_tag(tag: Tag) -> dict[str, object]:
    """Return the record of a tag."""
    return {"id": tag.id, "name": tag.name, "color": tag.color, "projectId": 0, "project": None}


def serialize_category(category: Category, project_count: int) -> dict[str, object]:
    """Return the record of a category with the number of its projects."""
    return {
        "id": category.id,
        "name": category.name,
        "color": category.color,
        "count": project_count,
        "parentId": category.parent_id,
        "parent": build_reference(category.parent_id, "projectCategories"),
    }


def serialize_industry(industry_id: int) -> dict[str, object]:
    """Return the record of an industry."""
    return {
        "id": industry_id,
        "name": INDUSTRIES[industry_id - FIRST_INDUSTRY_ID],
        "displayOrder": industry_id,
        "isActive": True,
        "isPublished": True,
    }


def serialize_country(code: str) -> dict[str, object]:
    """Return the record of a country, which has a code instead of an id."""
    name, dial = _COUNTRIES[code]
    return {"code": code, "country": name, "eu": code in _EU_COUNTRIES, "phoneCode": dial}
