"""ProjectManager.com: customers of the workspace, and the roles of its users.

Documentation of the service: https://developer.projectmanager.com
"""

from typing import Annotated, Any

import msgspec
import pandas as pd

from pmframes import errors
from pmframes.accounts import Check, Service
from pmframes.frames.columns import Flag, Flags, Members, Record, Text, TextId, open_flags, sent
from pmframes.http.paging import OneAnswer
from pmframes.load import DAY, Answer, Columns, Options, Params, Resource, load

__all__ = ["customers", "roles"]


class _Caller(msgspec.Struct, rename="camel"):
    full_name: str | None = None
    role_name: str | None = None
    work_space_name: str | None = None


class _Me(msgspec.Struct):
    data: _Caller | None = None


def _whom(body: bytes) -> str | None:
    caller = msgspec.json.decode(body, type=_Me).data
    if caller is None:
        return None
    name, role = caller.full_name or "somebody without a name", caller.role_name or "unknown role"
    return f"{name}, {role} in {caller.work_space_name or 'a workspace without a name'}"


SERVICE = Service(
    name="projectmanager",
    title="ProjectManager.com",
    credential="an API key, which an administrator makes in the account settings",
    check=Check("/api/data/me", _whom),
    url="https://api.projectmanager.com",
    name_header="x-integration-name",
)

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

    id: Annotated[TextId, sent("Identifier of the customer (UUID)")]
    name: Annotated[Text, sent("Name of the customer")]


class Role(Record, rename="camel"):
    """A role: a named set of permissions that users of the workspace can have."""

    id: Annotated[TextId, sent("Identifier of the role (UUID)")]
    name: Annotated[Text, sent("Name of the role")]
    description: Annotated[Text, sent("What the role is for")]
    is_admin: Annotated[Flag, sent("Whether it is the default Admin role")]
    is_custom: Annotated[Flag, sent("Whether the workspace made it itself")]
    is_global_admin: Annotated[Flag, sent("Whether it is the default Global Admin role")]
    is_guest: Annotated[Flag, sent("Whether it is the default Guest role")]
    is_default: Annotated[Flag, sent("Whether new users get it")]
    permissions: Annotated[
        Flags,
        open_flags(
            "What users with the role may do",
            PERMISSIONS,
            members=Members("value", description="description", changeable="canBeModified"),
        ),
    ]


class _Envelope(msgspec.Struct, rename="camel"):
    data: msgspec.Raw = msgspec.Raw()
    success: bool | None = None
    has_error: bool | None = None
    error: Any = None


def _read(body: bytes) -> Answer:
    """Read the rows out of the envelope, unless it tells of a failure, which it can with status 200."""
    envelope = msgspec.json.decode(body, type=_Envelope)
    failed = envelope.success is False or envelope.has_error or (envelope.error and not envelope.success)
    if failed:
        return Answer(b"[]", refusal=envelope.error or "no reason given")
    if not bytes(envelope.data):
        raise errors.unexpected_shape(SERVICE.title)
    return Answer(envelope.data)


CUSTOMERS = Resource(
    service=SERVICE,
    name="customers",
    record=Customer,
    path="/api/data/projects/customers",
    paging=OneAnswer(),
    read=_read,
)
ROLES = Resource(
    service=SERVICE,
    name="roles",
    record=Role,
    path="/api/data/users/roles",
    paging=OneAnswer(),
    read=_read,
    lifetime=DAY,
)


def customers(
    *,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> pd.DataFrame:
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
) -> pd.DataFrame:
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
