"""The customers of the workspace, the roles of its users, and what these may do.

Documentation of the service: https://developer.projectmanager.com
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import msgspec

from pmframes import _messages
from pmframes._frames.schema import (
    Flag,
    FlagMembers,
    Flags,
    Record,
    Text,
    TextId,
    field,
    flag_column,
    flag_set,
)
from pmframes._http.pagination import SinglePage
from pmframes._loading.loader import load
from pmframes._loading.resource import DAY, Answer, Columns, Options, Params, Resource
from pmframes._types import Frame
from pmframes.projectmanager._common import SERVICE, read

PERMISSIONS = (
    "invitePeople",
    "editAccountPage",
    "editSecurityPage",
    "seeHourlyRatesCostsBudgets",
    "setTeamHolidays",
    "editTagsSkillsTeams",
    "editTeamTimesheets",
    "approveTimesheets",
    "editImportantProjectInfo",
    "seeExportProject",
    "seeManageUsers",
    "manageIntegrations",
    "createProjectAndProjectGroups",
    "editUsers",
    "viewPersonalBoard",
    "editAllProjects",
    "changeOwnEmail",
    "useMcp",
)


class Customer(Record):
    """A customer of the workspace."""

    id: Annotated[TextId, field("Identifier of the customer (UUID)")]
    name: Annotated[Text, field("Name of the customer")]


class Role(Record, rename="camel"):
    """A role: a named set of permissions that users of the workspace can have."""

    id: Annotated[TextId, field("Identifier of the role (UUID)")]
    name: Annotated[Text, field("Name of the role")]
    description: Annotated[Text, field("What the role is for")]
    is_admin: Annotated[Flag, field("Whether it is the default Admin role")]
    is_custom: Annotated[Flag, field("Whether the workspace made it itself")]
    is_global_admin: Annotated[Flag, field("Whether it is the default Global Admin role")]
    is_guest: Annotated[Flag, field("Whether it is the default Guest role")]
    is_default: Annotated[Flag, field("Whether new users get it")]
    permissions: Annotated[
        Flags,
        flag_set(
            "What users with the role may do",
            PERMISSIONS,
            members=FlagMembers("value", description="description", modifiable="canBeModified"),
        ),
    ]


class RolePermission(Record, rename="camel"):
    """One permission of one role."""

    role_id: Annotated[TextId, field("Identifier of the role (UUID)")]
    role_name: Annotated[Text, field("Name of the role")]
    permission: Annotated[Text, field("Name of the permission, as roles() has it for a column")]
    description: Annotated[Text, field("What it is for")]
    granted: Annotated[Flag, field("Whether users with the role have it", path="value")]
    can_be_modified: Annotated[Flag, field("Whether that can be changed for this role")]


def _read_permissions(body: bytes) -> Answer:
    """Read a row for each permission of each role, as it was sent, with the rest of the role beside it."""
    answer = read(body)
    if answer.refusal is not None:
        return answer
    roles = msgspec.json.decode(answer.rows, type=list[dict[str, Any]] | None) or []
    return replace(answer, rows=msgspec.json.encode([row for role in roles for row in _permissions_of(role)]))


def _permissions_of(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    permissions = role.get("permissions") or {}
    named = {"id": "roleId", "name": "roleName", "description": "roleDescription"}
    rest = {named.get(key, key): value for key, value in role.items() if key != "permissions"}
    if not isinstance(permissions, dict):
        raise _messages.unreadable(f"{SERVICE.title} roles, row {role.get('id')}", "permissions")
    for key, flag in permissions.items():
        members = flag if isinstance(flag, dict) else {"value": flag}
        yield {**rest, **members, "permission": flag_column(key, _ROLE_COLUMNS)}


_ROLE_COLUMNS = frozenset(Role.__struct_fields__) - {"permissions"}
CUSTOMERS = Resource(
    service=SERVICE,
    name="customers",
    record=Customer,
    path="/api/data/projects/customers",
    paging=SinglePage(),
    read=read,
)
ROLES = Resource(
    service=SERVICE,
    name="roles",
    record=Role,
    path="/api/data/users/roles",
    paging=SinglePage(),
    read=read,
    lifetime=DAY,
)
ROLE_PERMISSIONS = replace(
    ROLES, name="role_permissions", record=RolePermission, read=_read_permissions, key=None
)


def customers(
    *,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load the customers of the workspace.

    Parameters
    ----------
    refresh : bool, default False
        Ask the service even where a load of the last hour is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query keys that have no argument of their own. The service documents none for this list.
    columns : {"declared", "all"}, default "declared"
        ``"all"`` adds what the service sent beyond the columns below.

    Returns
    -------
    DataFrame
        One row per customer: id, name (str).

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse
        See ``pmframes.errors``.

    Notes
    -----
    https://developer.projectmanager.com, Project Customer: Retrieve Project Customers. The service sends the
    whole list in one answer and no count, so there is nothing to check it against.
    """
    return load(CUSTOMERS, {}, Options(refresh, progress, params, columns))


def roles(
    *,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load the roles of the workspace and what each may do.

    Parameters
    ----------
    refresh : bool, default False
        Ask the service even where a load of the last day is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query keys that have no argument of their own. The service documents none for this list.
    columns : {"declared", "all"}, default "declared"
        ``"all"`` adds what the service sent beyond the columns below.

    Returns
    -------
    DataFrame
        One row per role: id, name, description (str), is_admin, is_custom, is_global_admin, is_guest,
        is_default (boolean), then one boolean column per permission, NA where it was not sent: the 18 that
        are known in documented order (invite_people … use_mcp), then others, sorted; one that would collide
        with a column gets the prefix ``permission_``. ``attrs["permissions"]`` says for each what it is for
        and in which roles it is fixed.

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse
        See ``pmframes.errors``.

    Notes
    -----
    https://developer.projectmanager.com, User Role: Retrieve UserRoles. Workspaces that the vendor has not
    updated yet send fewer permissions, or none.
    """
    return load(ROLES, {}, Options(refresh, progress, params, columns))


def role_permissions(
    *,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load the permissions of each role of the workspace, one by one.

    Parameters
    ----------
    refresh : bool, default False
        Ask the service even where a load of the last day is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query keys that have no argument of their own. The service documents none for this list.
    columns : {"declared", "all"}, default "declared"
        ``"all"`` adds what the service sent beyond the columns below, of the permission and of its role.

    Returns
    -------
    DataFrame
        One row per role and permission that was sent: role_id, role_name, permission, description (str),
        granted, can_be_modified (boolean).

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse
        See ``pmframes.errors``.

    Notes
    -----
    https://developer.projectmanager.com, User Role: Retrieve UserRoles. Workspaces that the vendor has not
    updated yet send fewer permissions, or none.
    """
    return load(ROLE_PERMISSIONS, {}, Options(refresh, progress, params, columns))
