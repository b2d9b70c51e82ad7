"""The rules by which findings are made, as data: which rows deserve a look, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import flag_to_int, is_flag_column
from pmframes._analysis.roles import role_permission_columns

Severity = Literal["low", "medium", "high"]
FrameName = Literal["people", "permissions", "roles", "logged_in"]
GroupBy = Literal["person", "project", "email"]
Predicate = Callable[[pd.DataFrame], Any]
Texts = Callable[[pd.DataFrame], Iterable[str]]
SEVERITY: pd.CategoricalDtype[str] = pd.CategoricalDtype([*get_args(Severity)], ordered=True)


def severity_counts(values: pd.Series[Any]) -> str:
    """Count how many are of each severity, in words, the highest first."""
    counts = values.value_counts()
    return ", ".join(f"{counts[one]:,} {one}" for one in reversed(SEVERITY.categories))


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
    [['client with a rate', 'Ada (7)', 'is client user; user rate: 90.0']]
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
            if not isinstance(getattr(self, field), str):
                raise _messages.wrong_kind(field, getattr(self, field), "a text")
        for field, values in (("severity", Severity), ("frame", FrameName), ("group_by", GroupBy)):
            if getattr(self, field) not in get_args(values):
                raise _messages.not_one_of(field, getattr(self, field), get_args(values))
        if isinstance(self.columns, str) or not all(isinstance(column, str) for column in self.columns):
            raise _messages.wrong_kind("columns", self.columns, "a list of the names of columns")
        if self.group_by == "email" and "email" not in self.columns:
            raise _messages.wrong_kind(
                "group_by", self.group_by, '"person" or "project", or columns that include "email"'
            )

    def granted(self, rows: pd.DataFrame) -> list[list[str]]:
        """Return for each matching row the flag columns that are True."""
        names = list(self.flag_columns(rows)) if self.flag_columns else list(self.columns)
        flags = {
            name: flag_to_int(rows[name]) for name in names if name in rows and is_flag_column(rows[name])
        }
        pairs = zip(*flags.values(), strict=True) if flags else [()] * len(rows)
        return [[name for name, flag in zip(flags, row, strict=True) if flag] for row in pairs]

    def details(self, rows: pd.DataFrame) -> list[str]:
        """Return a text for each matching row."""
        return list((self.detail or shows(*self.columns))(rows))


def shows(*columns: str) -> Callable[[pd.DataFrame], list[str]]:
    """Make a detail of what stands in these columns, as far as a frame has them."""

    def detail(rows: pd.DataFrame) -> list[str]:
        texts = [_texts(column, rows[column]) for column in columns if column in rows]
        return (
            ["; ".join(filter(None, row)) for row in zip(*texts, strict=True)] if texts else [""] * len(rows)
        )

    return detail


def _texts(column: str, values: pd.Series[Any]) -> list[str]:
    """Write what is true as its name alone, and what is false or missing as nothing."""
    label = column.replace("_", " ")
    pairs = zip(values.tolist(), values.isna().tolist(), strict=True)
    return ["" if missing or one is False else _text(label, one) for one, missing in pairs]


def _text(label: str, value: Any) -> str:
    if value is True:
        return label
    return f"{label}: {value:%Y-%m-%d}" if isinstance(value, datetime) else f"{label}: {value}"


def email_keys(people: pd.DataFrame) -> pd.Series[Any]:
    """Give what makes two e-mail addresses one: no capitals, nothing around them; NA where there is none."""
    keys = people["email"].astype("str").str.strip().str.casefold()
    return keys.where(keys != "")


def _flag(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    return frame[column].astype("boolean")


def _both(a: str, b: str) -> Predicate:
    return lambda frame: _flag(frame, a) & _flag(frame, b)


def _not_flagged(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Whether a flag is not True; what is missing is not."""
    if column not in frame:
        return pd.Series(True, index=frame.index)
    return pd.Series(flag_to_int(frame[column]) == 0, index=frame.index)


def _still_on_a_project(people: pd.DataFrame) -> pd.Series[Any]:
    # Where the people are those of the whole site, nobody knows their projects.
    has_project = people["project_id"].notna().astype("boolean")
    return _flag(people, "deleted") & has_project.mask(~has_project)


def _shares_an_email(people: pd.DataFrame) -> pd.Series[Any]:
    keys = email_keys(people).where(_not_flagged(people, "deleted"))
    return keys.map(people["id"].groupby(keys).nunique()) > 1


def _sees_money(permissions: pd.DataFrame) -> pd.Series[Any]:
    types = permissions["type"]
    is_collaborator = (types == "collaborator").astype("boolean").mask(types.isna())
    return is_collaborator & permissions[[*_MONEY]].astype("boolean").any(axis=1, skipna=False)


def _granted_to_guests(roles: pd.DataFrame) -> pd.Series[Any]:
    granted = roles[role_permission_columns(roles)].astype("boolean")
    return _flag(roles, "is_guest") & granted.any(axis=1, skipna=False).astype("boolean")


def _granted(roles: pd.DataFrame) -> list[str]:
    return shows(*role_permission_columns(roles))(roles)


def _does_not_log_in(people: pd.DataFrame) -> pd.Series[Any]:
    """Find who could log in and did not; contacts, placeholders, programs and the deleted never can."""
    found = ~people["logged_in"] & (people["type"].astype("str") != "contact")
    for column in ("deleted", "is_service_account", "is_placeholder"):
        found &= _not_flagged(people, column)
    return found


_MONEY = ("can_view_rates", "can_manage_rates", "can_view_project_budget", "can_manage_project_budget")
_WHO_IT_IS = ("type", "company_name", "email")

RULES: tuple[Rule, ...] = (
    Rule(
        "client with administrator rights",
        "high",
        "people",
        ("is_admin", "is_client_user"),
        _both("is_admin", "is_client_user"),
        "A site administrator sees and changes everything, also what belongs to other clients.",
        detail=shows(*_WHO_IT_IS),
    ),
    Rule(
        "service account with administrator rights",
        "high",
        "people",
        ("is_admin", "is_service_account"),
        _both("is_admin", "is_service_account"),
        "Whoever has its key can do everything on the site, and no one person answers for it.",
        detail=shows(*_WHO_IT_IS),
    ),
    Rule(
        "client who administers a project",
        "high",
        "permissions",
        ("project_administrator", "is_client_user"),
        _both("project_administrator", "is_client_user"),
        "A project administrator decides who sees and changes what on the project.",
        detail=shows("type", "company_name"),
        group_by="project",
    ),
    Rule(
        "service account that administers a project",
        "high",
        "permissions",
        ("project_administrator", "is_service_account"),
        _both("project_administrator", "is_service_account"),
        "Whoever has its key decides who sees and changes what on the project.",
        detail=shows("type", "company_name"),
        group_by="project",
    ),
    Rule(
        "collaborator who sees rates or budgets",
        "high",
        "permissions",
        ("type", *_MONEY),
        _sees_money,
        "Collaborators are mostly from outside, and rates and budgets are between you and your customers.",
        detail=shows(*_MONEY, "company_name"),
        group_by="project",
    ),
    Rule(
        "deleted person still on a project",
        "medium",
        "people",
        ("deleted", "project_id"),
        _still_on_a_project,
        "If the person is restored, so is the access to the project.",
        detail=shows(*_WHO_IT_IS),
        group_by="project",
    ),
    Rule(
        "several accounts on one e-mail",
        "medium",
        "people",
        ("email",),
        _shares_an_email,
        "Who did something cannot be told, and an account may stay behind when the person leaves.",
        group_by="email",
    ),
    Rule(
        "dormant account",
        "medium",
        "logged_in",
        ("type",),
        _does_not_log_in,
        "Nobody would notice if somebody else used it.",
        detail=shows("no_login_since", "created_at", *_WHO_IT_IS),
    ),
    Rule(
        "role that edits users and approves time",
        "medium",
        "roles",
        ("edit_users", "approve_timesheets"),
        _both("edit_users", "approve_timesheets"),
        "One person can then make or change a user and approve that user's time, with nobody else to see it.",
    ),
    Rule(
        "permission granted to guests",
        "medium",
        "roles",
        ("is_guest",),
        _granted_to_guests,
        "Guests are from outside; what their role grants, every one of them has.",
        detail=_granted,
        flag_columns=role_permission_columns,
    ),
    Rule(
        "person without a company",
        "low",
        "people",
        ("company_id",),
        lambda people: people["company_id"].isna(),
        "No company answers for the person, and summaries by company leave the person under (none).",
        detail=shows("type", "email"),
    ),
)
