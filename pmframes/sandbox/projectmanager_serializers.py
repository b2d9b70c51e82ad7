"""The records of ProjectManager.com as they are sent, and their types for OData."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from .dataset import Dataset
from .dataset.companies import AGENCY_NAME
from .dataset.models import (
    CustomField,
    Member,
    NamedRecord,
    ProjectManagerCustomer,
    ProjectManagerProject,
    Resource,
    Role,
)
from .dataset.roles import ROLE_PERMISSIONS
from .odata import Kind

NEWEST_PERMISSION = "useMcp"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MY_PERMISSIONS = (
    "inviteUser", "editAccount", "editRole", "editAllProjects", "editCost", "editHoliday", "editUserField",
    "editAllTimesheets", "approveTimesheet", "setUpBoardWorkflow", "editProjectField", "exportProject",
    "viewUser", "editIntegration", "createProject", "editUser", "viewMyBoard", "changeOwnEmail", "useMcp",
)  # fmt: skip
_COLORS = {
    "teal": "#009688",
    "cyan": "#00BCD4",
    "lightblue": "#03A9F4",
    "blurple": "#5865F2",
    "purple": "#9C27B0",
    "pink": "#E91E63",
    "orange": "#FF9800",
    "gray": "#9E9E9E",
}
_GRAY = "#9E9E9E"
PERMISSION_OPTIONS = ("none", "collaborate", "guest", "editor", "manager")


def _record(text: str) -> dict[str, Kind]:
    """Read a type written as ``property:kind`` with spaces between; without a kind it is a text."""
    pairs = (word.partition(":") for word in text.split())
    return {name: kind or "text" for name, _, kind in pairs}


_NAMED = _record("id:guid name")
RESOURCE_TYPE: Mapping[str, Kind] = {
    **_record(
        "id:guid initials name firstName lastName email hourlyRate:number phone city state country "
        "countryName notes onlineDateTime:moment role roleId:guid isActive:boolean createdDate:moment "
        "createdBy:guid modifiedDate:moment modifiedBy:guid colorName color avatarUrl language "
        "resourceTypeId:number defaultPlannedHours:number"
    ),
    "approver": _NAMED,
    "teams": [_NAMED],
    "skills": [_NAMED | _record("inUse:boolean")],
    "workingDays": dict.fromkeys(DAYS, "number"),
}
PROJECT_TYPE: Mapping[str, Kind] = {
    **_record(
        "id:guid name description shortCode shortId startDate:date endDate:date targetDate:date "
        "plannedStartDate:date plannedFinishDate:date actualStartDate:date actualFinishDate:date "
        "budget:number hourlyRate:number statusUpdate modifyDate:moment createDate:moment "
        "isTemplate:boolean favorite:boolean creationTemplateId:guid percentComplete:number "
        "updatePlannedWithActual:boolean externalReferenceId ownerId:guid"
    ),
    "folder": _NAMED,
    "status": _NAMED | _record("isDeleted:boolean isSystem:boolean"),
    "priority": _NAMED,
    "chargeCode": _NAMED | _record("isActive:boolean"),
    "manager": _NAMED | _record("initials avatarUrl color"),
    "customer": _NAMED,
    "members": [_NAMED | _record("projectId:guid initials avatarUrl role permission color")],
    "fieldValues": [
        _NAMED | _record("shortId type value createdDate:moment modifiedDate:moment"),
    ],
    "workingDays": dict.fromkeys(DAYS, "boolean"),
}


def customer_wire(customer: ProjectManagerCustomer) -> dict[str, object]:
    """Make the record of a customer."""
    return {"id": customer.id, "name": customer.name}


def role_wire(role: Role, api_versions: frozenset[str]) -> dict[str, object]:
    """Make the record of a role: once an id and a name, then with 17 permissions, now with 18."""
    if "two-field-roles" in api_versions:
        return {"id": role.id, "name": role.name}
    return {
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "isAdmin": role.is_admin,
        "isCustom": role.is_custom,
        "isGlobalAdmin": role.is_global_admin,
        "isGuest": role.is_guest,
        "isDefault": role.is_default,
        "permissions": {
            name: {"description": ROLE_PERMISSIONS[name], "value": granted, "canBeModified": can_be_modified}
            for name, (granted, can_be_modified) in role.permissions.items()
            if not (name == NEWEST_PERMISSION and "seventeen-permissions" in api_versions)
        },
    }


def me_wire(dataset: Dataset, api_versions: frozenset[str]) -> dict[str, object]:
    """Make the record of the caller."""
    mine = dict.fromkeys(_MY_PERMISSIONS, True)
    if "seventeen-permissions" in api_versions:
        del mine[NEWEST_PERMISSION]
    return {
        "emailAddress": dataset.me.email,
        "id": dataset.resources[0].id,
        "fullName": f"{dataset.me.first_name} {dataset.me.last_name}",
        "workSpaceId": str(UUID(int=1, version=4)),
        "workSpaceName": AGENCY_NAME,
        "roleName": "Global Admin",
        "isGlobalAdmin": True,
        "isAccountAdministrator": True,
        "permissions": mine,
        "workSpaceStatus": "Active",
        "workSpaceIsActive": True,
        "workSpaceCountry": "Denmark",
        "workSpaceCountryCode": "DK",
        "isSocial": False,
    }


def resource_wires(resources: list[Resource], api_versions: frozenset[str]) -> list[dict[str, object]]:
    """Make the records of all resources; before 2026.158 the role was there by name alone."""
    known = {resource.id: resource for resource in resources}
    records = [_resource(resource, known) for resource in resources]
    if "no-role-id" in api_versions:
        for record in records:
            del record["roleId"]
    return records


def resource_type(api_versions: frozenset[str]) -> Mapping[str, Kind]:
    """Give the type of a resource."""
    return {
        name: kind
        for name, kind in RESOURCE_TYPE.items()
        if name != "roleId" or "no-role-id" not in api_versions
    }


def _resource(resource: Resource, known: Mapping[str, Resource]) -> dict[str, object]:
    approver = known.get(resource.approver_id or "")
    hours: list[float] | list[None] = resource.daily_hours or [None] * len(DAYS)
    return {
        "id": resource.id,
        "initials": _initials(resource.name),
        "name": resource.name,
        "firstName": resource.first_name,
        "lastName": resource.last_name,
        "email": resource.email,
        "hourlyRate": resource.hourly_rate,
        "phone": resource.phone,
        "city": resource.city,
        "state": resource.state,
        "country": resource.country,
        "countryName": resource.country_name,
        "notes": resource.notes,
        "approver": approver and {"id": approver.id, "name": approver.name},
        "teams": [_label(team) for team in resource.teams],
        "skills": [_label(skill) for skill in resource.skills],
        "onlineDateTime": resource.last_online,
        "role": resource.role,
        "roleId": resource.role_id,
        "isActive": resource.is_active,
        "createdDate": resource.created_at,
        "createdBy": resource.created_by,
        "modifiedDate": resource.updated_at,
        "modifiedBy": resource.updated_by,
        "colorName": resource.color,
        "color": _COLORS.get(resource.color or ""),
        "avatarUrl": resource.avatar_url,
        "language": resource.language,
        "resourceTypeId": 2 if resource.is_sample else 1,
        "defaultPlannedHours": max(resource.daily_hours, default=None),
        "workingDays": dict(zip(DAYS, hours, strict=True)),
    }


def project_wires(dataset: Dataset, *, files: bool) -> list[dict[str, object]]:
    """Make the records of all projects, with their files where these are asked for: nobody has stored any."""
    resources = {resource.id: resource for resource in dataset.resources}
    customers = {customer.id: customer_wire(customer) for customer in dataset.projectmanager_customers}
    expanded: dict[str, object] = {"files": []} if files else {"files": None}
    return [
        {
            **_project(project),
            **_dates(project),
            "manager": _manager(resources.get(project.manager_id or "")),
            "customer": customers.get(project.customer_id or ""),
            **_details(project, resources),
            **expanded,
        }
        for project in dataset.projectmanager_projects
    ]


def _project(project: ProjectManagerProject) -> dict[str, object]:
    return {
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "shortCode": project.short_code,
        "shortId": project.short_id,
        "folder": project.folder and _label(project.folder),
        "status": _label(project.status),
        "priority": _label(project.priority),
        "chargeCode": project.charge_code and _label(project.charge_code),
        "budget": project.budget,
        "hourlyRate": project.hourly_rate,
        "statusUpdate": project.status_update,
        "isTemplate": project.is_template,
        "favorite": project.is_favorite,
        "creationTemplateId": project.template_id,
        "fields": None,
        "percentComplete": project.percent_complete,
        "updatePlannedWithActual": False,
        "externalReferenceId": project.external_id,
        "ownerId": project.owner_id,
        "workingDays": {day: day not in ("saturday", "sunday") for day in DAYS},
    }


def _dates(project: ProjectManagerProject) -> dict[str, object]:
    return {
        "startDate": project.start_date,
        "endDate": project.end_date,
        "targetDate": project.target_date,
        "plannedStartDate": project.start_date,
        "plannedFinishDate": project.end_date,
        "actualStartDate": project.actual_start_date,
        "actualFinishDate": project.actual_finish_date,
        "modifyDate": project.updated_at,
        "createDate": project.created_at,
    }


def _details(project: ProjectManagerProject, resources: Mapping[str, Resource]) -> dict[str, object]:
    members, fields = project.members, project.custom_fields
    return {
        "members": members and [_member(one, project.id, resources[one.resource_id]) for one in members],
        "fieldValues": fields and [_field(field, project) for field in fields],
    }


def _manager(resource: Resource | None) -> dict[str, object] | None:
    return None if resource is None else _face(resource)


def _member(member: Member, project_id: str, resource: Resource) -> dict[str, object]:
    return {
        **_face(resource),
        "projectId": project_id,
        "role": member.permission,
        "permission": member.permission,
        "permissionOptions": dict.fromkeys(PERMISSION_OPTIONS, True),
    }


def _face(resource: Resource) -> dict[str, object]:
    return {
        "id": resource.id,
        "name": resource.name,
        "initials": _initials(resource.name),
        "avatarUrl": resource.avatar_url,
        "color": _COLORS.get(resource.color or "", _GRAY),
    }


def _field(field: CustomField, project: ProjectManagerProject) -> dict[str, object]:
    return {
        "id": field.id,
        "shortId": field.short_id,
        "name": field.name,
        "type": field.type,
        "value": field.value,
        "createdDate": project.created_at,
        "modifiedDate": project.updated_at,
    }


def _label(label: NamedRecord) -> dict[str, object]:
    return {"id": label.id, "name": label.name, **label.flags}


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()
