"""``pm.plan`` and ``pm.plans``: edit a frame, see what would be written, write it.

``edits`` compares two frames, ``progress`` the result with the service, ``execution`` shows and applies it,
``plan_journal`` writes down how far it came, ``targets`` names what can be written.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import pandas as pd

from pmframes import _messages, _registry, _validation
from pmframes._connections import Connection
from pmframes._frames.provenance import Source, is_supported, read_sources
from pmframes._plan.edits import Edits, find_edits
from pmframes._plan.execution import Plan
from pmframes._plan.plan_journal import read_journal
from pmframes._plan.targets import TARGETS, Target
from pmframes._signatures import checks_arguments
from pmframes._text import join, join_or, safe_repr
from pmframes._types import TEXT, Names
from pmframes._writers.journal import list_journals
from pmframes.errors import InvalidArgument, NotConnected, PmframesError

_LOADERS = join_or([target.loader for target in TARGETS.values()])
_PLANS_DTYPES: dict[str, Any] = {
    **dict.fromkeys(("id", "service", "resource", "account", "url", "state"), TEXT),
    **dict.fromkeys(("changes", "done"), "int64"),
    "begun_at": "datetime64[us, UTC]",
}


@checks_arguments
def plan(before: pd.DataFrame, after: pd.DataFrame, *, deletions: int | bool = False, clear: Names = ()) -> Plan:
    """Plan what is to be written so that a service has the rows of ``after`` in place of those of ``before``.

    Nothing is sent: look at the plan, then call its ``apply``.

    Parameters
    ----------
    before : DataFrame
        Rows as they were loaded by ``pm.projectmanager.customers``, ``pm.outlign.clients`` or
        ``pm.spirii.customers``. The plan writes to the account that they came from, and to no other.
    after : DataFrame
        The same rows, edited: filtered, sorted, joined, or read back by ``pm.read_csv`` or ``pm.read_excel``. Rows
        are matched by id; a row without an id is new.
    deletions : int, optional
        How many rows of ``before`` are to be deleted, since ``after`` lacks them. By default they are left out.
    clear : str or iterable of str, optional
        Columns in which a value that is missing in ``after`` is to be removed. By default it is left out.

    Returns
    -------
    Plan
        ``.frame`` (one row per change), ``.apply()``, ``.after``, ``.undo()``, ``.id``.

    Raises
    ------
    InvalidArgument
        ``before`` does not say from which account it was loaded, or ``after`` is of another load; an id is not
        one of ``before``; a column cannot be written, or a value is not valid. The message says where.
    NotConnected
        The account of ``before`` is not connected.

    Notes
    -----
    Only what was changed is written; outer spaces, line ends and time zones are no change. Spirii: no new rows, and
    no members of nested objects, which ``pm.spirii.update_customer`` takes.
    """
    target, source = _find_target("before", before)
    _check_after(source, after)
    number = 0 if deletions is False else _parse_deletions(deletions)
    columns = _validation.as_list(() if clear is None else clear)
    edits = find_edits(before, after, target.schema, deletions=number, clear=columns)
    connection = _find_connection(target, str(source.url), str(source.account))
    if connection.source == "demo()" and not source.fictional:
        raise InvalidArgument("before is real, and the connection is to a demo.", "Load before from it.")
    return Plan(target, connection, edits, fictional=bool(source.fictional), after=after.copy())


@checks_arguments
def plans(id: str | None = None) -> pd.DataFrame | Plan:  # noqa: A002
    """List the plans that were begun, or return one of them to go on with it.

    Parameters
    ----------
    id : str, optional
        The id of a plan, which ``plan.id`` and this list show.

    Returns
    -------
    DataFrame or Plan
        One row per plan: id, service, resource, account, url, state (begun, finished) (str), changes and done
        (int64, rows that are written), begun_at (datetime64[us, UTC]). With ``id``, that plan: its ``apply`` goes
        on where it stopped.

    Raises
    ------
    InvalidArgument
        There is no such plan, or it is finished.
    NotConnected
        Its account is not connected.

    Warns
    -----
    UserWarning
        A journal is damaged, or of another version of pmframes: it is not listed.

    Notes
    -----
    Plans are in the user's data folder, or in PMFRAMES_DATA_DIR. A finished one keeps its numbers and no values.
    """
    if id is None:
        return _list_plans()
    if id not in list_journals():
        raise InvalidArgument(f"There is no plan {safe_repr(id)}.", "pm.plans() lists them.")
    recorded = read_journal(id)
    if recorded.header is None or not recorded.steps:
        raise InvalidArgument(f"The plan {id} is finished.", "Load the rows and make a new one with pm.plan.")
    header = recorded.header
    target = TARGETS[header["service"], header["resource"]]
    connection = _find_connection(target, header["url"], header["account"])
    return Plan(target, connection, Edits(recorded.steps, []), fictional=header["fictional"], id_=id)


def _list_plans() -> pd.DataFrame:
    rows = list[dict[str, Any]]()
    for name in list_journals():
        try:
            recorded = read_journal(name)
        except PmframesError as error:
            _messages.warn_user(str(error))
            continue
        if recorded.header is not None:
            state, planned = "begun" if recorded.steps else "finished", recorded.header["planned"]
            numbers = {"changes": sum(planned.values()), "done": recorded.done}
            rows.append({**recorded.header, **numbers, "id": name, "state": state})
    frame = pd.DataFrame(rows, columns=list(_PLANS_DTYPES))
    return frame.assign(begun_at=pd.to_datetime(frame["begun_at"], utc=True)).astype(_PLANS_DTYPES)


def _find_target(argument: str, frame: pd.DataFrame) -> tuple[Target, Source]:
    if not isinstance(frame, pd.DataFrame):
        raise _messages.not_a_frame(argument, frame)
    if not is_supported(frame):
        raise _messages.unsupported_provenance(argument)
    sources = read_sources(frame)
    if len(sources) != 1 or not sources[0].url or not sources[0].account:
        raise InvalidArgument(
            f"{argument} does not say from which account it was loaded.",
            f"Pass what {_LOADERS} returns, or rows of it.",
        )
    source = sources[0]
    target = TARGETS.get((str(source.service), str(source.resource)))
    if target is None:
        raise InvalidArgument(f"{source.title} cannot be written by a plan.", f"Pass what {_LOADERS} returns.")
    return target, source


def _check_after(source: Source, after: pd.DataFrame) -> None:
    """Raise InvalidArgument if ``after`` is known to be of another load."""
    if not isinstance(after, pd.DataFrame):
        raise _messages.not_a_frame("after", after)
    if not is_supported(after):
        raise _messages.unsupported_provenance("after")
    for other in read_sources(after):
        names = ("service", "resource", "url", "account", "params", "fetched_at")
        differing = [name for name in names if getattr(other, name) != getattr(source, name)]
        if differing:
            raise InvalidArgument(
                f"after is of another load than before: they differ in {join(differing)}.",
                "Edit a copy of before, or remove the provenance with after.attrs.clear().",
            )


def _parse_deletions(deletions: Any) -> int:
    if isinstance(deletions, bool) or not isinstance(deletions, Integral) or deletions < 0:
        raise _messages.wrong_kind("deletions", deletions, "the number of rows to delete")
    return int(deletions)


def _find_connection(target: Target, url: str, account: str) -> Connection:
    """Return the connection of this context if it is to that account."""
    service = target.schema.resource.service
    connection = _registry.get(service)
    if (connection.url, connection.account) != (url, account):
        raise NotConnected(
            f"The plan is for the account {account} of {service.title} at {url}, and the connection is to "
            f"{connection.account} at {connection.url}.",
            "Connect to the account of the plan, or load the rows again.",
        )
    if connection.store.path is None:
        raise InvalidArgument(
            f"The account of this connection to {service.title} has no name, and its token comes from a function: it "
            "could be another one next time.",
            f'Name it: pm.connect("{service.name}", account="…", …), and load the rows again.',
        )
    return connection
