"""Rules: which rows of a review need attention, and why; as data, so that users can add their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal, get_args

import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import check_text, flag_to_int, fold_column, is_flag_column, true_labels
from pmframes._analysis.review_input import FrameName
from pmframes._analysis.roles import role_permission_columns
from pmframes._cell_text import format_cell
from pmframes._signatures import checks_arguments
from pmframes._text import format_heading, join
from pmframes._types import TEXT
from pmframes._validation import parse_choice

Severity = Literal["low", "medium", "high"]
GroupBy = Literal["person", "project", "email"]
Predicate = Callable[[pd.DataFrame], Any]
Texts = Callable[[pd.DataFrame], Iterable[str]]
SEVERITY: pd.CategoricalDtype[str] = pd.CategoricalDtype([*get_args(Severity)], ordered=True)


def severity_counts(values: pd.Series[Any]) -> str:
    """Format the count of each severity as text, the highest first."""
    counts = values.value_counts()
    return ", ".join(f"{counts[severity]:,} {severity}" for severity in reversed(SEVERITY.categories))


@checks_arguments
@dataclass(frozen=True)
class Rule:
    """A rule of the access review: which rows of a frame need attention, and why.

    Parameters
    ----------
    name
        A short name for what the rule finds.
    severity
        "low", "medium" or "high".
    frame
        The argument of ``findings`` that the rule checks: "people", "permissions", "roles" or "logged_in".
        Members of ProjectManager.com, passed as people, have one more column: is_guest (boolean, whether their
        role is the guest role among ``roles``; NA if unknown).
        "logged_in" stands for the people with two more columns: logged_in (bool, whether the person is in
        ``logged_in``) and no_login_since (str, the day from which ``logged_in`` was loaded; NA if unknown).
    columns
        The columns without which the rule cannot be checked, besides the id.
    predicate
        A function that takes the frame and returns True or False per row, or NA (None) if that is unknown.
    rationale
        Why it matters.
    detail
        A function that takes the matching rows and returns a text per row. Default: the values of
        ``columns``.
    group_by
        What one finding stands for: "person" (a person or role, over all projects), "project" (a person on a
        project) or "email" (all people with the same e-mail address).
    flag_columns
        A function that takes the frame and returns the names of the boolean columns that make a finding
        worse: if one more of them is True than in the baseline, the finding is new. Default: the boolean
        ones among ``columns``.

    Raises
    ------
    InvalidArgument
        If severity, frame or group_by is not one of the values above, name or rationale is not a string, or
        columns is not a list of strings.

    Examples
    --------
    Add a rule to the built-in ones:

    >>> import pandas as pd
    >>> import pmframes as pm
    >>> def has_rate(people):
    ...     return people["is_client_user"] & people["user_rate"].notna()
    >>> columns = ["is_client_user", "user_rate"]
    >>> rule = pm.report.Rule("client with a rate", "low", "people", columns, has_rate, "Clients need none.")
    >>> people = pd.DataFrame({"id": [7], "name": ["Ada"], "is_client_user": [True], "user_rate": [90.0]})
    >>> findings = pm.report.findings(people, rules=[*pm.report.RULES, rule])
    >>> findings[["rule", "who", "detail"]].values.tolist()
    [['client with a rate', 'Ada (7)', 'client user; user rate: 90.0']]
    """

    name: str
    severity: Severity
    frame: FrameName
    columns: Sequence[str]
    predicate: Predicate
    rationale: str
    _: KW_ONLY
    detail: Texts | None = None
    group_by: GroupBy = "person"
    flag_columns: Texts | None = None

    def __post_init__(self) -> None:
        for field in ("name", "rationale"):
            check_text(field, getattr(self, field))
        for field, values in (("severity", Severity), ("frame", FrameName), ("group_by", GroupBy)):
            parse_choice(field, getattr(self, field), get_args(values))
        if isinstance(self.columns, str) or not all(isinstance(column, str) for column in self.columns):
            raise _messages.wrong_kind("columns", self.columns, "a list of column names")
        if self.group_by == "email" and "email" not in self.columns:
            raise _messages.wrong_kind(
                "group_by", self.group_by, '"person" or "project", or columns that include "email"'
            )

    def true_flags(self, rows: pd.DataFrame) -> list[list[str]]:
        """Return for each matching row the flag columns that are True."""
        names = self.flag_columns(rows) if self.flag_columns else self.columns
        return true_labels(rows, {name: name for name in names if name in rows and is_flag_column(rows[name])})

    def details(self, rows: pd.DataFrame) -> list[str]:
        """Return a text for each matching row."""
        return list((self.detail or show(*self.columns))(rows))


def show(*columns: str) -> Texts:
    """Build a detail function that formats these columns, as far as a frame has them."""

    def detail(rows: pd.DataFrame) -> list[str]:
        texts = [_format_column(column, rows[column]) for column in columns if column in rows]
        if not texts:
            return [""] * len(rows)
        return ["; ".join(filter(None, row)) for row in zip(*texts, strict=True)]

    return detail


def _format_column(column: str, values: pd.Series[Any]) -> list[str]:
    label = format_heading(column, drop="^is_|_name$").lower()
    pairs = zip(values.tolist(), values.isna().tolist(), strict=True)
    return ["" if is_missing or value is False else _format(label, value) for value, is_missing in pairs]


def _format(label: str, value: Any) -> str:
    if value is True:
        return label
    return f"{label}: {format_cell(value, format_time='{:%Y-%m-%d}'.format)}"


def email_keys(people: pd.DataFrame) -> pd.Series[Any]:
    """Return e-mail addresses as they are compared; NA if there is none."""
    keys = fold_column(people["email"])
    return keys.where(keys != "")


def _flag(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    return frame[column].astype("boolean")


def _both(left: str, right: str) -> Predicate:
    return lambda frame: _flag(frame, left) & _flag(frame, right)


def _is_not(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return whether a flag is not True, which a missing one is not either."""
    if column not in frame:
        return pd.Series(True, index=frame.index)
    return pd.Series(flag_to_int(frame[column]) == 0, index=frame.index)


def _is_deleted_on_project(people: pd.DataFrame) -> pd.Series[Any]:
    # People of the whole site have no project_id: whether they are on a project is unknown.
    has_project = people["project_id"].notna().astype("boolean")
    return _flag(people, "deleted") & has_project.mask(~has_project)


def _shares_email(people: pd.DataFrame) -> pd.Series[Any]:
    keys = email_keys(people).where(_is_not(people, "deleted"))
    return keys.map(people["id"].groupby(keys).nunique()) > 1


def _collaborator_sees_money(permissions: pd.DataFrame) -> pd.Series[Any]:
    types = permissions["type"]
    is_collaborator = (types == "collaborator").astype("boolean").mask(types.isna())
    return is_collaborator & permissions[[*_MONEY]].astype("boolean").any(axis=1, skipna=False)


def _has_permission(members: pd.DataFrame, *permissions: str) -> pd.Series[Any]:
    """Return whether the permission on a project is one of these; NA where it is missing or no known one."""
    values = members["permission"].astype(TEXT)
    return values.isin(permissions).astype("boolean").mask(~values.isin(_PROJECT_PERMISSIONS))


def _is_editing_guest(members: pd.DataFrame) -> pd.Series[Any]:
    return _flag(members, "is_guest") & _has_permission(members, "Editor", "Manager")


def _lacks_resource(members: pd.DataFrame) -> pd.Series[bool]:
    return members[[*_OF_RESOURCES]].isna().all(axis=1)


def _is_managing_outsider(members: pd.DataFrame) -> pd.Series[Any]:
    lacks = _lacks_resource(members)
    # Where nobody has a resource, the ids of users may be others than those of resources.
    is_inactive = (~_flag(members, "is_active")).mask(lacks & (not lacks.all()), True)
    is_outsider = is_inactive | _flag(members, "is_guest")
    return _has_permission(members, "Manager") & is_outsider


def _show_outsiders(members: pd.DataFrame) -> list[str]:
    states = pd.DataFrame({
        "no resource": _lacks_resource(members), "inactive": ~_flag(members, "is_active"),
        "guest": _flag(members, "is_guest"),
    })  # fmt: skip
    return [
        "; ".join(filter(None, [", ".join(state), identity]))
        for state, identity in zip(
            true_labels(states, {str(name): str(name) for name in states}),
            show("role_name", "email")(members),
            strict=True,
        )
    ]


def _grants_guests(roles: pd.DataFrame) -> pd.Series[Any]:
    granted = roles[role_permission_columns(roles)].astype("boolean")
    return _flag(roles, "is_guest") & granted.any(axis=1, skipna=False).astype("boolean")


def _show_permissions(roles: pd.DataFrame) -> Iterable[str]:
    return show(*role_permission_columns(roles))(roles)


def _find_direction_marks(people: pd.DataFrame) -> pd.DataFrame:
    """Return which of the texts that tell who somebody is hold a mark that reorders what is read."""
    columns = [column for column in _SHOWN_NAMES if column in people]
    marked = {column: people[column].astype(TEXT).str.contains(_DIRECTION_MARKS).fillna(False) for column in columns}
    return pd.DataFrame(marked, index=people.index).astype(bool)


def _show_marked(people: pd.DataFrame) -> list[str]:
    marked = _find_direction_marks(people)
    return [join(column for column in marked if row[column]) for row in marked.to_dict("records")]


def _is_dormant(people: pd.DataFrame) -> pd.Series[Any]:
    """Return who could log in and did not; contacts, placeholders, service accounts and deleted never can."""
    is_dormant = ~people["logged_in"] & (people["type"].astype(TEXT) != "contact")
    for column in ("deleted", "is_service_account", "is_placeholder"):
        is_dormant &= _is_not(people, column)
    return is_dormant


_PROJECT_PERMISSIONS = ("Guest", "Collaborate", "Editor", "Manager")
_OF_RESOURCES = ("email", "role_name", "is_active")
_MONEY = ("can_view_rates", "can_manage_rates", "can_view_project_budget", "can_manage_project_budget")
_SHOWN_NAMES = ("name", "title", "email")
_DIRECTION_MARKS = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
_IDENTITY = ("type", "company_name", "email")

RULES: tuple[Rule, ...] = (
    Rule(
        "client with administrator rights",
        "high",
        "people",
        ("is_admin", "is_client_user"),
        _both("is_admin", "is_client_user"),
        "A site administrator can see and change everything, including the data of other clients. Remove the "
        "administrator rights.",
        detail=show(*_IDENTITY),
    ),
    Rule(
        "service account with administrator rights",
        "high",
        "people",
        ("is_admin", "is_service_account"),
        _both("is_admin", "is_service_account"),
        "Its API key gives full admin access and no individual is accountable. Remove the administrator rights, or "
        "name who answers for it.",
        detail=show(*_IDENTITY),
    ),
    Rule(
        "client who administers a project",
        "high",
        "permissions",
        ("project_administrator", "is_client_user"),
        _both("project_administrator", "is_client_user"),
        "A project administrator controls who can see and change what on the project. Let somebody of the owner "
        "company administer it.",
        detail=show("type", "company_name"),
        group_by="project",
    ),
    Rule(
        "service account that administers a project",
        "high",
        "permissions",
        ("project_administrator", "is_service_account"),
        _both("project_administrator", "is_service_account"),
        "Its API key gives full control of the project and no individual is accountable. Remove the permission, or "
        "name who answers for it.",
        detail=show("type", "company_name"),
        group_by="project",
    ),
    Rule(
        "collaborator who sees rates or budgets",
        "high",
        "permissions",
        ("type", *_MONEY),
        _collaborator_sees_money,
        "Collaborators are mostly external users; rates and budgets are confidential. Remove the permissions, or "
        "confirm them.",
        detail=show(*_MONEY, "company_name"),
        group_by="project",
    ),
    Rule(
        "guest who may edit",
        "high",
        "people",
        ("permission", "is_guest"),
        _is_editing_guest,
        "Guests are external users; on a project the service lets them be guests only. Make them guests there.",
        detail=show("permission", "email"),
        group_by="project",
    ),
    Rule(
        "manager who is no employee",
        "high",
        "people",
        ("permission", *_OF_RESOURCES, "is_guest"),
        _is_managing_outsider,
        "A manager controls who can see and change what on the project. Let an employee manage it.",
        detail=_show_outsiders,
        group_by="project",
    ),
    Rule(
        "deleted person still on a project",
        "medium",
        "people",
        ("deleted", "project_id"),
        _is_deleted_on_project,
        "If the account is restored, so is its access to the project. Remove the person from it.",
        detail=show(*_IDENTITY),
        group_by="project",
    ),
    Rule(
        "several accounts with one e-mail address",
        "medium",
        "people",
        ("email",),
        _shares_email,
        "Actions cannot be attributed to one account, and one may stay active when the person leaves. Keep one of "
        "them.",
        group_by="email",
    ),
    Rule(
        "name with hidden direction marks",
        "medium",
        "people",
        ("name",),
        lambda people: _find_direction_marks(people).any(axis=1),
        "Invisible marks make a name or an address read as another one. Find out who it is, and write the name anew.",
        detail=_show_marked,
    ),
    Rule(
        "dormant account",
        "medium",
        "logged_in",
        ("type",),
        _is_dormant,
        "Misuse of an account that its owner does not use goes unnoticed. Deactivate it, or confirm that it is needed.",
        detail=show("no_login_since", "created_at", "company_name"),
    ),
    Rule(
        "role that edits users and approves time",
        "medium",
        "roles",
        ("edit_users", "approve_timesheets"),
        _both("edit_users", "approve_timesheets"),
        "No separation of duties: the role can both manage users and approve their time. Split it into two roles.",
    ),
    Rule(
        "permission granted to guests",
        "medium",
        "roles",
        ("is_guest",),
        _grants_guests,
        "Guests are external users, and each of them gets what the role grants. Remove what they do not need.",
        detail=_show_permissions,
        flag_columns=role_permission_columns,
    ),
    Rule(
        "person without a company",
        "low",
        "people",
        ("company_id",),
        lambda people: people["company_id"].isna(),
        "Not assigned to a company, so nobody vouches for the person. Assign a company, or remove the person.",
        detail=show("type", "email"),
    ),
)
