"""How far the steps of a plan came, by what the service has now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from pmframes._plan.edits import Step, find_equal_rows, normalize, to_python
from pmframes._text import join, pluralize


@dataclass(eq=False)
class Progress:
    """How far a step came.

    It is "sent" from just before the request until the service has answered. ``id`` is that of the row, once
    there is one. ``is_ours`` says whether this plan did it, and not somebody else. ``conflict`` says why the step
    is not done, and ``present`` what the service has.
    """

    state: Literal["open", "sent", "done"] = "open"
    id: Any = None
    is_ours: bool = False
    conflict: str = ""
    present: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    def resolve(self, conflict: str = "", present: Mapping[str, Any] | None = None) -> None:
        """Record whether the step is in conflict with the service; if not, it is open."""
        self.state, self.conflict, self.present, self.error = "open", conflict, present or {}, ""

    def finish(self, id_: Any, *, is_ours: bool | None = None) -> None:
        """Record that the step is done; by this plan if it was sent, unless ``is_ours`` says otherwise."""
        self.is_ours = self.state == "sent" if is_ours is None else is_ours
        self.state, self.id, self.conflict, self.present, self.error = "done", id_, "", {}, ""


def check_steps(
    steps: Sequence[Step], progress: Sequence[Progress], rows: pd.DataFrame, earlier_ids: Collection[Any]
) -> None:
    """Compare the steps that are not done with all rows of the service, just loaded.

    ``earlier_ids`` are those that the service had just before the last steps were sent: a new row that has the
    values of a creation whose outcome is unknown was made by it.
    """
    table = _Table(rows)
    created = {each.id for each in progress if each.state == "done"}
    planned = set[tuple[Any, ...]]()
    for step, each in zip(steps, progress, strict=True):
        values = tuple(sorted((column, str(value)) for column, value in step.after.items()))
        if each.state != "done" and step.action == "create":
            equal = [id_ for id_ in table.find_equal(step.after) if id_ not in created]
            _check_creation(each, equal, earlier_ids, is_repeated=values in planned)
            created.add(each.id)
        elif each.state != "done":
            _check_change(step, each, table)
        planned.add(values)


class _Table:
    """The rows of a service, by id."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self._rows = rows
        self._positions = {id_: position for position, id_ in enumerate(rows["id"].tolist())}
        self._equal: dict[tuple[str, ...], Mapping[tuple[Any, ...], list[Any]]] = {}

    def __contains__(self, id_: Any) -> bool:
        return id_ in self._positions

    def values(self, id_: Any, columns: Collection[str]) -> dict[str, Any]:
        row = self._positions[id_]
        return {column: to_python(self._rows[column].iloc[row]) for column in columns}

    def find_equal(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the ids of the rows with these values."""
        columns = tuple(values)
        if columns not in self._equal:
            self._equal[columns] = find_equal_rows(self._rows, columns)
        return self._equal[columns].get(tuple(map(normalize, values.values())), [])


def _check_creation(
    progress: Progress, equal: Sequence[Any], earlier_ids: Collection[Any], *, is_repeated: bool
) -> None:
    new = [id_ for id_ in equal if id_ not in earlier_ids] if progress.state == "sent" else []
    if len(new) == 1:
        progress.finish(new[0])
    elif new:
        progress.resolve(f"may have been created: {pluralize(len(new), 'new row')} with these values, ids {join(new)}")
    elif equal:
        progress.resolve(f"there already, id {equal[0]}")
    else:
        progress.resolve("in the plan twice" if is_repeated else "")


def _agree(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(normalize(present[column]) == normalize(value) for column, value in wanted.items())


def _check_change(step: Step, progress: Progress, table: _Table) -> None:
    if step.id not in table:
        if step.action == "delete":
            progress.finish(step.id)
        else:
            progress.resolve("deleted meanwhile")
        return
    present = table.values(step.id, step.before)
    if step.action == "update" and _agree(present, step.after):
        progress.finish(step.id)
        return
    allowed = {
        column: [normalize(value), normalize(step.after.get(column, value))] for column, value in step.before.items()
    }
    changed = {column: value for column, value in present.items() if normalize(value) not in allowed[column]}
    progress.resolve("changed meanwhile" if changed else "", changed)
