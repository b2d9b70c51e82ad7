"""What the people of projects may do there.

Documentation of the service: https://apidocs.teamwork.com/docs/teamwork
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import pandas as pd

from pmframes import _messages
from pmframes._frames.schema import (
    Flag,
    Flags,
    Id,
    OptionalId,
    Record,
    Text,
    computed,
    constant,
    field,
    included,
    included_flag_set,
)
from pmframes._loading import filters
from pmframes._loading.loader import load
from pmframes._loading.resource import Answer, Came, Columns, Params, Part, Resource
from pmframes._types import Frame
from pmframes.teamwork._common import API, PAGING, SERVICE, projects_meant, reader
from pmframes.teamwork._people import FILTERS as PERSON_FILTERS
from pmframes.teamwork._people import PersonType, full_names
from pmframes.teamwork._projects import name_projects

PERMISSIONS = (
    "active",
    "addExpenses",
    "addFiles",
    "addForms",
    "addLinks",
    "addMessages",
    "addMilestones",
    "addNotebooks",
    "addProjectUpdate",
    "addRisks",
    "addTaskLists",
    "addTasks",
    "addTime",
    "canAccess",
    "canEditWorkflows",
    "canManagePeople",
    "canManageProjectBudget",
    "canManageProjectMembership",
    "canManageProjectTemplates",
    "canManageRates",
    "canManageSchedule",
    "canViewForms",
    "canViewProjectBudget",
    "canViewProjectMembers",
    "canViewProjectTemplates",
    "canViewRates",
    "canViewSchedule",
    "canViewWorkflows",
    "editAllTasks",
    "inOwnerCompany",
    "isArchived",
    "isObserving",
    "manageCustomFields",
    "projectAdministrator",
    "receiveEmailNotifications",
    "setPrivacy",
    "viewAllTimeLogs",
    "viewEstimatedTime",
    "viewInvoices",
    "viewLinks",
    "viewMessagesAndFiles",
    "viewNotebooks",
    "viewProjectUpdate",
    "viewRiskRegister",
    "viewTasksAndMilestones",
    "viewTime",
)


class Member(Record, rename="camel"):
    """A person on a project, and what the person may do there."""

    project_id: Annotated[OptionalId, constant("Id of the project")]
    project_name: Annotated[Text, constant("Name of that project")]
    person_id: Annotated[Id, field("Id of the person", path="id")]
    first_name: Annotated[Text, field("First name")]
    last_name: Annotated[Text, field("Last name")]
    company_id: Annotated[OptionalId, field("Id of the person's company", path=("companyId", "company.id"))]
    name: Annotated[Text, computed("First and last name", full_names)]
    type: Annotated[PersonType | None, field("Type of person")]
    company_name: Annotated[Text, included("Name of the company", "companies", "company_id", "name")]
    is_admin: Annotated[Flag, field("Whether the person is a site administrator")]
    is_client_user: Annotated[Flag, field("Whether the person belongs to a client")]
    is_service_account: Annotated[Flag, field("Whether it is a program, not a person")]
    deleted: Annotated[Flag, field("Whether the person was deleted")]
    permissions: Annotated[
        Flags,
        included_flag_set(
            "What the person may do on the project",
            PERMISSIONS,
            collection="permissions",
            by=("project_id", "person_id"),
            attribute="flags",
        ),
    ]


# What other columns are made of; people() has them as columns of their own.
PARTS_OF_OTHERS = ("first_name", "last_name", "company_id")
_read = reader("people")
MEMBERS = Resource(
    service=SERVICE,
    name="permissions",
    record=Member,
    path=f"{API}/projects",
    paging=PAGING,
    read=_read,
    key="person_id",
    always={"orderBy": "id", "include": "companies,permissions"},
    or_else={"orderBy": "name"},
    free_text=frozenset({"searchTerm"}),
)
FILTERS = {name: PERSON_FILTERS[name] for name in ("show_deleted", "include_service_accounts")}


def permissions(
    projects: int | Iterable[int] | pd.DataFrame,
    *,
    show_deleted: bool | None = None,
    include_service_accounts: bool | None = None,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load what the people of projects may do there.

    Parameters
    ----------
    projects : int, iterable of int, or DataFrame of projects
        The numbers of the projects (a frame has them in its column ``id``, or ``project_id``). Names of
        projects that a frame does not bring along cost one more request.
    show_deleted, include_service_accounts : bool, optional
        Include deleted people, and programs; the service's default is False (query keys ``showDeleted``,
        ``includeServiceAccounts``).
    refresh : bool, default False
        Ask the service even where a load of the last hour is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query keys that have no argument of their own, such as the other filters of ``people``:
        ``{"userType": "contact"}``. The service ignores keys that it does not know.
    columns : {"declared", "all"}, default "declared"
        ``"all"`` adds what the service sent of the people beyond the columns below.

    Returns
    -------
    DataFrame
        One row per person and project: project_id (Int64), project_name (str), person_id (int64), name (str),
        type (category), company_name (str), is_admin, is_client_user, is_service_account, deleted (boolean),
        then one boolean column per permission, NA where it was not sent: the 46 that are known in documented
        order (active … view_time), then others, sorted; one that would collide with a column gets the prefix
        ``permission_``. ``attrs["permissions"]`` names these columns.

    Warns
    -----
    UserWarning
        The permissions of a project stand under other keys than the numbers of its people, so that it is not
        known whose they are: they are NA, and ``attrs["permissions_by_key"]`` has them as they came.

    Raises
    ------
    NotFound
        The site has no such project.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse, IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://apidocs.teamwork.com/docs/teamwork/v3/people/get-projects-api-v3-projects-project-id-people-json,
    with ``include=companies,permissions``. Which key the permissions stand under is documented nowhere.
    """
    asked = filters.read(MEMBERS, FILTERS, locals())
    names = projects_meant(projects)

    def finish(frame: pd.DataFrame, came: Came) -> pd.DataFrame:
        named = name_projects(asked.check(frame), came, names)
        return _without_strays(named, came).drop(columns=[*PARTS_OF_OTHERS])

    parts = [_members_of(number, name) for number, name in names.items()]
    shown = {"projects": list(names)}
    return load(MEMBERS, asked.query, asked.options, parts=parts, shown=shown, finish=finish)


def _members_of(project: int, name: str | None) -> Part:
    return Part(
        f"{API}/projects/{project}/people.json",
        f"the permissions of the people of project {project}",
        {"project_id": project, "project_name": name},
        read=partial(_read_of, project),
    )


def _read_of(project: int, body: bytes) -> Answer:
    """Read an answer, with its permissions under project and key: a person has others on other projects."""
    answer = _read(body)
    found = answer.included.get("permissions", {})
    scoped = {f"{project} {key}": flags for key, flags in found.items()}
    return replace(answer, included={**answer.included, "permissions": scoped})


def _without_strays(frame: pd.DataFrame, came: Came) -> pd.DataFrame:
    """Take out the permissions of projects where they do not stand under the people's numbers alone."""
    sets: dict[str, dict[str, Any]] = {}
    for key, one in came.included.get("permissions", {}).items():
        project, _, whose = key.partition(" ")
        sets.setdefault(project, {})[whose] = one["flags"]
    people = {str(project): set(map(str, rows)) for project, rows in frame.groupby("project_id")["person_id"]}
    # Elsewhere in the service the same permissions stand under the number of the project.
    strays = {
        project: by_key
        for project, by_key in sets.items()
        if by_key.keys() - people.get(project, set()) or by_key.keys() == {project}
    }
    if strays:
        where = frame["project_id"].isin(list(map(int, strays)))
        frame.loc[where, list(frame.attrs["permissions"])] = pd.NA
        frame.attrs["permissions_by_key"] = strays
        came.warn(_messages.permissions_unjoined(MEMBERS.title, strays))
    return frame
