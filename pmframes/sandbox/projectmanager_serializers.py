"""Serializes the records of ProjectManager.com, and describes their types for OData."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import NAMESPACE_OID, UUID, uuid5

from .dataset import Dataset
from .dataset.companies import AGENCY_NAME
from .dataset.models import CustomField, NamedRecord, ProjectManagerCustomer, ProjectManagerProject, Resource, Role
from .dataset.roles import ROLE_PERMISSIONS
from .odata import PropertyType

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
_FEATURES = {"seeExportProject": ("print-and-export", "Print and export"), NEWEST_PERMISSION: ("mcp", "MCP server")}
PERMISSION_OPTIONS = ("none", "collaborate", "guest", "editor", "manager")


def _parse_record_type(text: str) -> dict[str, PropertyType]:
    """Parse ``property:type`` pairs separated by spaces; a property without a type is text."""
    pairs = (pair.partition(":") for pair in text.split())
    return {name: type_ or "text" for name, _, type_ in pairs}


_NAMED_TYPE = _parse_record_type("id:guid name")
RESOURCE_TYPE: Mapping[str, PropertyType] = {
    **_parse_record_type(
        "id:guid initials name firstName lastName email hourlyRate:number phone city state country "
        "countryName notes onlineDateTime:time role roleId:guid isActive:boolean createdDate:time "
        "createdBy:guid modifiedDate:time modifiedBy:guid colorName color avatarUrl language "
        "resourceTypeId:number defaultPlannedHours:number"
    ),
    "approver": _NAMED_TYPE,
    "teams": [_NAMED_TYPE],
    "skills": [_NAMED_TYPE | _parse_record_type("inUse:boolean")],
    "workingDays": dict.fromkeys(DAYS, "number"),
}
PROJECT_TYPE: Mapping[str, PropertyType] = {
    **_parse_record_type(
        "id:guid name description shortCode shortId startDate:date endDate:date targetDate:date "
        "plannedStartDate:date plannedFinishDate:date actualStartDate:date actualFinishDate:date "
        "budget:number hourlyRate:number statusUpdate modifyDate:time createDate:time "
        "isTemplate:boolean favorite:boolean creationTemplateId:guid percentComplete:number "
        "updatePlannedWithActual:boolean externalReferenceId ownerId:guid"
    ),
    "folder": _NAMED_TYPE,
    "status": _NAMED_TYPE | _parse_record_type("isDeleted:boolean isSystem:boolean"),
    "priority": _NAMED_TYPE,
    "chargeCode": _NAMED_TYPE | _parse_record_type("isActive:boolean"),
    "manager": _NAMED_TYPE | _parse_record_type("initials avatarUrl color"),
    "customer": _NAMED_TYPE,
    "members": [_NAMED_TYPE | _parse_record_type("projectId:guid initials avatarUrl role permission color")],
    "fieldValues": [_NAMED_TYPE | _parse_record_type("shortId type value createdDate:time modifiedDate:time")],
    "workingDays": dict.fromkeys(DAYS, "boolean"),
}


def serialize_customer(customer: ProjectManagerCustomer) -> dict[str, object]:
    """Return the record of a customer."""
    return {"id": customer.id, "name": customer.name}


def serialize_role(role: Role, api_versions: frozenset[str]) -> dict[str, object]:
    """Return the record of a role: id and name in the oldest API version, then 17 permissions, now 18.

    With "business-roles", the permissions are those of ``/api/data/security/businessroles``.
    """
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
            name: _serialize_feature(name, granted=granted)
            if "business-roles" in api_versions
            else {"description": ROLE_PERMISSIONS[name], "value": granted, "canBeModified": can_be_modified}
            for name, (granted, can_be_modified) in role.permissions.items()
            if not (name == NEWEST_PERMISSION and "seventeen-permissions" in api_versions)
        },
    }


def _serialize_feature(name: str, *, granted: bool) -> dict[str, object]:
    """Return a permission of a business role; the subscription does not entitle the workspace to some."""
    feature_id, feature_name = _FEATURES.get(name, (None, None))
    return {
        "isGranted": granted,
        "isEntitled": name != NEWEST_PERMISSION,
        "isFeatureEnabled": True,
        "featureId": feature_id,
        "featureName": feature_name,
    }


def serialize_me(dataset: Dataset, api_versions: frozenset[str]) -> dict[str, object]:
    """Return the record of the current user."""
    permissions = dict.fromkeys(_MY_PERMISSIONS, True)
    if "seventeen-permissions" in api_versions:
        del permissions[NEWEST_PERMISSION]
    return {
        "emailAddress": dataset.me.email,
        "id": _build_user_id(dataset.resources[0], api_versions),
        "fullName": f"{dataset.me.first_name} {dataset.me.last_name}",
        "workSpaceId": str(UUID(int=1, version=4)),
        "workSpaceName": AGENCY_NAME,
        "roleName": "Global Admin",
        "isGlobalAdmin": True,
        "isAccountAdministrator": True,
        "permissions": permissions,
        "workSpaceStatus": "Active",
        "workSpaceIsActive": True,
        "workSpaceCountry": "Denmark",
        "workSpaceCountryCode": "DK",
        "isSocial": False,
    }


def serialize_resources(resources: list[Resource], api_versions: frozenset[str]) -> list[dict[str, object]]:
    """Return the records of all resources; before 2026.158 they had the name of the role, but no id."""
    by_id = {resource.id: resource for resource in resources}
    records = [_serialize_resource(resource, by_id) for resource in resources]
    if "no-role-id" in api_versions:
        for record in records:
            del record["roleId"]
    return records


def build_resource_type(api_versions: frozenset[str]) -> Mapping[str, PropertyType]:
    """Return the type of a resource."""
    return {name: kind for name, kind in RESOURCE_TYPE.items() if name != "roleId" or "no-role-id" not in api_versions}


def _serialize_resource(resource: Resource, by_id: Mapping[str, Resource]) -> dict[str, object]:
    approver = by_id.get(resource.approver_id or "")
    hours: list[float] | list[None] = resource.daily_hours or [None] * len(DAYS)
    return {
        "id": resource.id,
        "initials": _get_initials(resource.name),
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
        "teams": [_serialize_named_record(team) for team in resource.teams],
        "skills": [_serialize_named_record(skill) for skill in resource.skills],
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


def serialize_projects(dataset: Dataset, api_versions: frozenset[str], *, files: bool) -> list[dict[str, object]]:
    """Return the records of all projects; ``files`` adds the list of files, which is empty."""
    resources = {resource.id: resource for resource in dataset.resources}
    customers = {customer.id: serialize_customer(customer) for customer in dataset.projectmanager_customers}
    expanded: dict[str, object] = {"files": []} if files else {"files": None}
    return [
        {
            **_serialize_project(project),
            **_serialize_dates(project),
            "manager": _serialize_manager(resources.get(project.manager_id or ""), api_versions),
            "customer": customers.get(project.customer_id or ""),
            **_serialize_details(project, resources, api_versions),
            **expanded,
        }
        for project in dataset.projectmanager_projects
    ]


def _serialize_project(project: ProjectManagerProject) -> dict[str, object]:
    return {
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "shortCode": project.short_code,
        "shortId": project.short_id,
        "folder": project.folder and _serialize_named_record(project.folder),
        "status": _serialize_named_record(project.status),
        "priority": _serialize_named_record(project.priority),
        "chargeCode": project.charge_code and _serialize_named_record(project.charge_code),
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


def _serialize_dates(project: ProjectManagerProject) -> dict[str, object]:
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


def _serialize_details(
    project: ProjectManagerProject, resources: Mapping[str, Resource], api_versions: frozenset[str]
) -> dict[str, object]:
    members, fields = project.members, project.custom_fields
    return {
        "members": members and _serialize_members(project, resources, api_versions),
        "fieldValues": fields and [_serialize_custom_field(field, project) for field in fields],
    }


def serialize_members(
    dataset: Dataset, project: ProjectManagerProject, api_versions: frozenset[str], *, all_users: bool
) -> list[dict[str, object]]:
    """Return the records of the members of a project; ``all_users`` adds the users who could be added."""
    resources = {resource.id: resource for resource in dataset.resources}
    members = {member.resource_id for member in project.members or ()}
    others = [resource for resource in dataset.resources if all_users and resource.role and resource.id not in members]
    return [
        *_serialize_members(project, resources, api_versions),
        *(_serialize_member(None, project.id, resource, api_versions) for resource in others),
    ]


def _serialize_members(
    project: ProjectManagerProject, resources: Mapping[str, Resource], api_versions: frozenset[str]
) -> list[dict[str, object]]:
    return [
        _serialize_member(member.permission, project.id, resources[member.resource_id], api_versions)
        for member in project.members or ()
    ]


def _serialize_manager(resource: Resource | None, api_versions: frozenset[str]) -> dict[str, object] | None:
    return None if resource is None else _serialize_user(resource, api_versions)


def _serialize_member(
    permission: str | None, project_id: str, resource: Resource, api_versions: frozenset[str]
) -> dict[str, object]:
    return {
        **_serialize_user(resource, api_versions),
        "projectId": project_id,
        "role": permission,
        "permission": permission,
        "permissionOptions": dict.fromkeys(PERMISSION_OPTIONS, True),
    }


def _serialize_user(resource: Resource, api_versions: frozenset[str]) -> dict[str, object]:
    return {
        "id": _build_user_id(resource, api_versions),
        "name": resource.name,
        "initials": _get_initials(resource.name),
        "avatarUrl": resource.avatar_url,
        "color": _COLORS.get(resource.color or "", _GRAY),
    }


def _build_user_id(resource: Resource, api_versions: frozenset[str]) -> str:
    """Return the id of a user: whether it is that of the resource is not documented."""
    return str(uuid5(NAMESPACE_OID, f"user {resource.id}")) if "user-ids" in api_versions else resource.id


def _serialize_custom_field(field: CustomField, project: ProjectManagerProject) -> dict[str, object]:
    return {
        "id": field.id,
        "shortId": field.short_id,
        "name": field.name,
        "type": field.type,
        "value": field.value,
        "createdDate": project.created_at,
        "modifiedDate": project.updated_at,
    }


def _serialize_named_record(label: NamedRecord) -> dict[str, object]:
    return {"id": label.id, "name": label.name, **label.flags}


def _get_initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()
