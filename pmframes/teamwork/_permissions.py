"""The permissions of the people of projects.

Documentation of the service: https://apidocs.teamwork.com/docs/teamwork
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import pandas as pd

from pmframes import _messages
from pmframes._frames.builder import Included
from pmframes._frames.schema import (
    Flag,
    Flags,
    Id,
    OptionalId,
    Record,
    Text,
    columns_of,
    computed,
    constant,
    field,
    included,
)
from pmframes._loading.loader import run
from pmframes._loading.plan import build_plan
from pmframes._loading.resource import Options, ParsedPage
from pmframes._signatures import checks_arguments
from pmframes._text import join
from pmframes._types import Frame, Params
from pmframes.errors import UnexpectedResponse
from pmframes.teamwork._common import API, Projects, apply_everyone
from pmframes.teamwork._people import FILTERS as PERSON_FILTERS
from pmframes.teamwork._people import PEOPLE, Person, PersonType, join_names
from pmframes.teamwork._projects import select_projects

PERMISSIONS = (
    "active", "addExpenses", "addFiles", "addForms", "addLinks", "addMessages", "addMilestones", "addNotebooks",
    "addProjectUpdate", "addRisks", "addTaskLists", "addTasks", "addTime", "canAccess", "canEditWorkflows",
    "canManagePeople", "canManageProjectBudget", "canManageProjectMembership", "canManageProjectTemplates",
    "canManageRates", "canManageSchedule", "canViewForms", "canViewProjectBudget", "canViewProjectMembers",
    "canViewProjectTemplates", "canViewRates", "canViewSchedule", "canViewWorkflows", "editAllTasks",
    "inOwnerCompany", "isArchived", "isObserving", "manageCustomFields", "projectAdministrator",
    "receiveEmailNotifications", "setPrivacy", "viewAllTimeLogs", "viewEstimatedTime", "viewInvoices", "viewLinks",
    "viewMessagesAndFiles", "viewNotebooks", "viewProjectUpdate", "viewRiskRegister", "viewTasksAndMilestones",
    "viewTime",
)  # fmt: skip


class Member(Record, rename="camel"):
    """A person on a project, with the permissions there."""

    project_id: Annotated[OptionalId, constant("Id of the project")]
    project_name: Annotated[Text, constant("Name of that project")]
    person_id: Annotated[Id, field("Id of the person", path="id")]
    first_name: Annotated[Text, field("First name", is_always_sent=True)]
    last_name: Annotated[Text, field("Last name", is_always_sent=True)]
    company_id: Annotated[OptionalId, field("Id of the person's company", path=("companyId", "company.id"))]
    name: Annotated[Text, computed("First and last name", join_names)]
    type: Annotated[PersonType | None, field("Type of person", is_always_sent=True)]
    company_name: Annotated[Text, included("Name of the company", "companies", "company_id", "name")]
    is_admin: Annotated[Flag, field("Whether the person is a site administrator", is_always_sent=True)]
    is_client_user: Annotated[Flag, field("Whether the person belongs to a client")]
    is_service_account: Annotated[Flag, field("Whether it is a service account")]
    deleted: Annotated[Flag, field("Whether the person was deleted")]
    permissions: Annotated[
        Flags,
        included(
            "Permissions of the person on the project", "permissions", ("project_id", "person_id"), "flags", PERMISSIONS
        ),
    ]


# Fields of a person that have a column in people() only.
PERSON_FIELDS = frozenset(
    path.partition(".")[0].removesuffix("[]") for column in columns_of(Person) for path in column.source.paths or ()
)
# Other columns are computed from these; people() has them as columns of their own.
INTERMEDIATE_COLUMNS = ("first_name", "last_name", "company_id")
MEMBERS = replace(
    PEOPLE,
    name="permissions",
    record=Member,
    path=f"{API}/projects",
    dedupe_key="person_id",
    default_params={"orderBy": "id", "include": "companies,permissions"},
    other_fields=PEOPLE.other_fields | PERSON_FIELDS,
)
FILTERS = {name: PERSON_FILTERS[name] for name in ("show_deleted", "include_service_accounts")} | {
    # No column shows who is a placeholder.
    "include_placeholders": replace(PERSON_FILTERS["include_placeholders"], violates=None)
}


@checks_arguments
def permissions(
    projects: Projects,
    *,
    everyone: bool = False,
    show_deleted: bool | None = None,
    include_service_accounts: bool | None = None,
    include_placeholders: bool | None = None,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    extra_columns: bool = False,
) -> Frame:
    """Load the permissions of the people of projects.

    Parameters
    ----------
    projects : int, iterable of int, or DataFrame of projects
        The ids of the projects; a frame has them in its column ``id`` or ``project_id``. Project names that
        the frame does not have take one more request.
    everyone : bool, default False
        Include service accounts, placeholders and deleted people. Their own arguments (``show_deleted``,
        ``include_service_accounts``, ``include_placeholders``) take precedence: ``everyone=True,
        show_deleted=False`` leaves out deleted people only.
    show_deleted, include_service_accounts, include_placeholders : bool, optional
        Include deleted people, service accounts, and placeholder users; the service's default is False (query
        parameters ``showDeleted``, ``includeServiceAccounts``, ``includePlaceholders``).
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one hour.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query parameters without an argument of their own, such as the other filters of ``people``:
        ``{"userType": "contact"}``. The service ignores those that it does not know.
    extra_columns : bool, default False
        Add what the service sent beyond the schema, about the people.

    Returns
    -------
    DataFrame
        One row per person and project: project_id (Int64), project_name (str), person_id (int64), name (str),
        type (category), company_name (str), is_admin, is_client_user, is_service_account, deleted (boolean),
        then one boolean column per permission, NA where it was not sent: the 46 that are known in documented
        order (active … view_time), then others, sorted; one that would collide with a column gets the prefix
        ``permission_``. ``attrs["permissions"]`` lists these columns. Five of them are membership facts and grant
        nothing: active, in_owner_company, is_archived, is_observing and receive_email_notifications.

    Warns
    -----
    UserWarning
        The keys of the permissions of a project are not the ids of its people. The permissions are NA then,
        and ``attrs["permissions_by_key"]`` has them as the service sent them. Or the service sent no
        permissions of some people, which are NA.

    Raises
    ------
    NotFound
        There is no such project, or the credential is not allowed to see it.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse, IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://apidocs.teamwork.com/docs/teamwork/v3/people/get-projects-api-v3-projects-project-id-people-json,
    with ``include=companies,permissions``. The keys of the permissions are not documented.
    """
    arguments = {
        "show_deleted": show_deleted, "include_service_accounts": include_service_accounts,
        "include_placeholders": include_placeholders,
    }  # fmt: skip
    options = Options(refresh, progress, params, extra_columns)
    plan = build_plan(MEMBERS, options, FILTERS, apply_everyone(everyone, arguments))
    plan = select_projects(plan, projects, "the permissions of the people")
    listings = [
        replace(listing, parse=partial(_parse_members, listing.constants["project_id"])) for listing in plan.listings
    ]
    frame = run(replace(plan, listings=listings, postprocess=[_clear_unjoined]))
    if unjoined := frame.attrs.get("permissions_by_key"):
        _messages.warn_user(
            f"{MEMBERS.title} of project {join(unjoined)} are NA: their keys are not the ids of its people. "
            'attrs["permissions_by_key"] has them as the service sent them.'
        )
    is_unjoined = frame["project_id"].isin(list(map(int, unjoined or ())))
    lacking = int((frame[list(frame.attrs["permissions"])].isna().all(axis=1) & ~is_unjoined).sum())
    if lacking:
        _messages.warn_user(
            f"{MEMBERS.title}: the service sent no permissions of {lacking:,} of {len(frame):,} people; theirs are NA, "
            "which is unknown."
        )
    return frame


def _parse_members(project: int, body: bytes) -> ParsedPage:
    """Parse a page, with permissions keyed by project and person: a person has others on other projects."""
    page = MEMBERS.parse(body)
    by_key = page.included.get("permissions", {})
    scoped = {f"{project} {key}": flags for key, flags in by_key.items()}
    return replace(page, included={**page.included, "permissions": scoped})


def _clear_unjoined(frame: pd.DataFrame, objects: Included) -> pd.DataFrame:
    """Clear the permissions of projects where their keys are not the ids of the people.

    Raises
    ------
    UnexpectedResponse
        The service sent no permissions at all.
    """
    flag_sets: dict[str, dict[str, Any]] = {}
    for scoped, permissions in objects.get("permissions", {}).items():
        project, _, key = scoped.partition(" ")
        flag_sets.setdefault(project, {})[key] = permissions["flags"]
    unjoined, columns = _unjoined(frame, flag_sets), list(frame.attrs["permissions"])
    if len(frame) and not unjoined and frame[columns].isna().all(axis=None):
        raise UnexpectedResponse(
            f"{MEMBERS.title}: the service sent {len(frame):,} people and permissions of none of them, although "
            'include="permissions" was requested.',
            "Ask an administrator whether this credential may see permissions; pm.teamwork.people() loads the people.",
        )
    if unjoined:
        rows = frame["project_id"].isin(list(map(int, unjoined)))
        frame.loc[rows, columns] = pd.NA
        frame.attrs["permissions_by_key"] = unjoined
    return frame.drop(columns=[*INTERMEDIATE_COLUMNS])


def _unjoined(frame: pd.DataFrame, flag_sets: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    people = {str(project): set(map(str, rows)) for project, rows in frame.groupby("project_id")["person_id"]}
    # Other endpoints of the service send the same permissions with the id of the project as key.
    return {
        project: by_key
        for project, by_key in flag_sets.items()
        if by_key.keys() - people.get(project, set()) or by_key.keys() == {project}
    }
