"""The roles of the workspace's users, and the permissions of the roles.

Documentation of the service: https://developer.projectmanager.com
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import msgspec

from pmframes import _messages
from pmframes._frames.schema import Flag, FlagMembers, Flags, Record, Text, TextId, field, flag_column, flag_set
from pmframes._loading.loader import run
from pmframes._loading.plan import build_plan
from pmframes._loading.resource import DAY, Options, ParsedPage
from pmframes._signatures import checks_arguments
from pmframes._types import Frame, Params
from pmframes.projectmanager._common import SERVICE, parse_page
from pmframes.projectmanager._customers import CUSTOMERS

PERMISSIONS = (
    "invitePeople", "editAccountPage", "editSecurityPage", "seeHourlyRatesCostsBudgets", "setTeamHolidays",
    "editTagsSkillsTeams", "editTeamTimesheets", "approveTimesheets", "editImportantProjectInfo",
    "seeExportProject", "seeManageUsers", "manageIntegrations", "createProjectAndProjectGroups", "editUsers",
    "viewPersonalBoard", "editAllProjects", "changeOwnEmail", "useMcp",
)  # fmt: skip
# A workspace may answer with its roles as /api/data/security/businessroles has them.
_GRANTED = ("value", "isGranted")


class Role(Record, rename="camel"):
    """A role: a named set of permissions that users of the workspace can have."""

    id: Annotated[TextId, field("Id of the role (UUID)")]
    name: Annotated[Text, field("Name of the role", is_always_sent=True)]
    description: Annotated[Text, field("Description of the role")]
    is_admin: Annotated[Flag, field("Whether it is the default Admin role")]
    is_custom: Annotated[Flag, field("Whether it is a custom role")]
    is_global_admin: Annotated[Flag, field("Whether it is the default Global Admin role")]
    is_guest: Annotated[Flag, field("Whether it is the default Guest role")]
    is_default: Annotated[Flag, field("Whether it is the default role of new users")]
    permissions: Annotated[
        Flags,
        flag_set(
            "Permissions of users with the role",
            PERMISSIONS,
            members=FlagMembers(_GRANTED, description="description", modifiable="canBeModified"),
        ),
    ]


class RolePermission(Record, rename="camel"):
    """One permission of one role."""

    role_id: Annotated[TextId, field("Id of the role (UUID)")]
    role_name: Annotated[Text, field("Name of the role")]
    permission: Annotated[Text, field("Name of the permission, which is its column in roles()")]
    description: Annotated[Text, field("Description of the permission")]
    granted: Annotated[Flag, field("Whether the role grants it", path=_GRANTED, is_always_sent=True)]
    can_be_modified: Annotated[Flag, field("Whether it can be modified for this role")]
    is_entitled: Annotated[Flag, field("Whether the workspace is entitled to it; NA where not sent")]


class _BusinessRoles(msgspec.Struct):
    roles: msgspec.Raw


def _parse_roles(body: bytes) -> ParsedPage:
    """Parse a page of roles: a list, or an object with the business roles."""
    page = parse_page(body)
    if bytes(page.rows).lstrip().startswith(b"{"):
        return replace(page, rows=msgspec.json.decode(page.rows, type=_BusinessRoles).roles)
    return page


def _parse_role_permissions(body: bytes) -> ParsedPage:
    """Parse a page of roles into one row per role and permission, with the rest of the role beside it."""
    page = _parse_roles(body)
    if page.error is not None:
        return page
    roles = msgspec.json.decode(page.rows, type=list[dict[str, Any]] | None) or []
    return replace(page, rows=msgspec.json.encode([row for role in roles for row in _expand_permissions(role)]))


def _expand_permissions(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    permissions = role.get("permissions") or {}
    renamed = {"id": "roleId", "name": "roleName", "description": "roleDescription"}
    rest = {renamed.get(key, key): value for key, value in role.items() if key != "permissions"}
    if not isinstance(permissions, dict):
        raise _messages.unreadable(f"{SERVICE.title} roles, row {role.get('id')}", "permissions")
    for key, flag in permissions.items():
        members = flag if isinstance(flag, dict) else {"value": flag}
        yield {**rest, **members, "permission": flag_column(key, _ROLE_COLUMNS)}


# Documented fields of a role, and of its permissions, without a column.
_ROLE_FIELDS = frozenset({
    "roleDescription", "isAdmin", "isCustom", "isGlobalAdmin", "isGuest", "isDefault", "isFeatureEnabled", "featureId",
    "featureName",
})  # fmt: skip
_ROLE_COLUMNS = frozenset(Role.__struct_fields__) - {"permissions"}
ROLES = replace(CUSTOMERS, name="roles", record=Role, path="/api/data/users/roles", ttl=DAY, parse=_parse_roles)
ROLE_PERMISSIONS = replace(
    ROLES,
    name="role_permissions",
    record=RolePermission,
    parse=_parse_role_permissions,
    dedupe_key=None,
    other_fields=_ROLE_FIELDS,
)


@checks_arguments
def roles(
    *, refresh: bool = False, progress: bool | None = None, params: Params = None, extra_columns: bool = False
) -> Frame:
    """Load the roles of the workspace and their permissions.

    Parameters
    ----------
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one day.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query parameters without an argument of their own. The service documents none for this list.
    extra_columns : bool, default False
        Add what the service sent beyond the schema.

    Returns
    -------
    DataFrame
        One row per role: id, name, description (str), is_admin, is_custom, is_global_admin, is_guest,
        is_default (boolean), then one boolean column per permission, NA where it was not sent: the 18 that
        are known in documented order (invite_people … use_mcp), then others, sorted; one that would collide
        with a column gets the prefix ``permission_``. ``attrs["permissions"]`` has the description of
        each, and the roles in which it is locked.

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse
        See ``pmframes.errors``.

    Notes
    -----
    https://developer.projectmanager.com, User Role: Retrieve UserRoles. Older workspaces send fewer
    permissions, or none. Where a workspace sends roles in the shape of Security: List Business Roles,
    ``isGranted`` is the value; that shape has no descriptions, and does not say what is locked.
    """
    return run(build_plan(ROLES, Options(refresh, progress, params, extra_columns)))


@checks_arguments
def role_permissions(
    *, refresh: bool = False, progress: bool | None = None, params: Params = None, extra_columns: bool = False
) -> Frame:
    """Load the permissions of the roles, one row per role and permission.

    Parameters
    ----------
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one day.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query parameters without an argument of their own. The service documents none for this list.
    extra_columns : bool, default False
        Add what the service sent beyond the schema, about the permission and its role.

    Returns
    -------
    DataFrame
        One row per role and permission that was sent: role_id, role_name, permission, description (str),
        granted, can_be_modified, is_entitled (boolean; NA where not sent).

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse
        See ``pmframes.errors``.

    Notes
    -----
    https://developer.projectmanager.com, User Role: Retrieve UserRoles. Older workspaces send fewer
    permissions, or none. Only roles in the shape of Security: List Business Roles have ``is_entitled``; they
    have no ``description`` and no ``can_be_modified``.
    """
    return run(build_plan(ROLE_PERMISSIONS, Options(refresh, progress, params, extra_columns)))
