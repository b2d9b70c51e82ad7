"""A plan: the writes that turn one frame into another, shown before they are sent, and sent by one login."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from numbers import Integral
from secrets import token_hex
from typing import Any

import pandas as pd
from markupsafe import Markup

from pmframes import _html, _messages
from pmframes._cell_text import display_cell, format_cell
from pmframes._connections import Connection
from pmframes._frames.provenance import read_sources
from pmframes._loading.loader import run_with
from pmframes._loading.progress import ProgressBar
from pmframes._loading.writing import Write, send
from pmframes._plan.edits import Edits, LeftOut, Step, describe
from pmframes._plan.plan_journal import PlanJournal
from pmframes._plan.progress import Progress, check_steps
from pmframes._plan.targets import Target
from pmframes._signatures import checks_arguments
from pmframes._text import join, pluralize, truncate
from pmframes._types import TEXT
from pmframes._writers.journal import hold_lock
from pmframes.errors import InvalidArgument, NotConnected, PmframesError, ServiceError

FRAME_COLUMNS = ("action", "service", "id", "column", "before", "after")
MAX_SHOWN_ROWS, MAX_SHOWN_WIDTH, MAX_NOTE_WIDTH = 30, 40, 100
# The largest risk first; what cannot be undone is sent last.
_SHOWN_ORDER = ("delete", "update", "create", "conflict", "left out")
_SENT_ORDER = ("update", "create", "delete")


class Plan:
    """The changes between two frames of one resource, for one login; ``pm.plan`` returns it.

    Nothing is written before ``apply``.

    Attributes
    ----------
    id : str
        The id of the plan, for ``pm.plans(id)``.
    """

    def __init__(
        self,
        target: Target,
        connection: Connection,
        edits: Edits,
        *,
        fictional: bool,
        after: pd.DataFrame | None = None,
        id_: str | None = None,
    ) -> None:
        self.id = id_ or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(3)}"
        self._target = target
        self._connection = connection
        self._steps = edits.steps
        self._left_out = edits.left_out
        self._fictional = fictional
        self._progress = [Progress() for _ in edits.steps]
        self._dependents: dict[Any, str] = {}
        self._row_ids, self._after = edits.ids, after
        self._ids: list[Any] = []
        resource = target.schema.resource
        header = {
            "service": resource.service.name, "resource": resource.name, "url": connection.url,
            "account": connection.account, "fictional": fictional,
        }  # fmt: skip
        self._journal = PlanJournal(self.id, header, self._steps, self._progress)
        if id_ is not None:
            self._journal.read()

    @property
    def frame(self) -> pd.DataFrame:
        """The changes: one row per updated value, per new row, per deleted row.

        Columns, all str: action (delete, update, create, conflict, left out), service, id, column, before,
        after. A conflict has in ``before`` what the service has now.
        """
        rows = sorted(self._list_rows(), key=lambda row: _SHOWN_ORDER.index(row[0]))
        frame = pd.DataFrame([row[:-1] for row in rows], columns=list(FRAME_COLUMNS))
        return frame.astype(TEXT)

    @property
    def after(self) -> pd.DataFrame:
        """The edited frame, with the ids of the rows that were created."""
        if self._after is None:
            raise PmframesError(
                "A plan from the journal, or one that undoes another, has no frame.",
                f"Load the rows again with {self._target.loader}.",
            )
        after = self._after.copy()
        created = {
            step.row: each.id
            for step, each in zip(self._steps, self._progress, strict=True)
            if step.action == "create" and each.state == "done"
        }
        ids = [created.get(at, id_) for at, id_ in enumerate(self._row_ids)]
        dtype: Any = TEXT if self._target.schema.has_text_ids else "Int64" if None in ids else "int64"
        after["id"] = pd.array(ids, dtype=dtype)
        return after

    @checks_arguments
    def apply(self, confirm: int | None = None) -> pd.DataFrame:
        """Write the changes to the service, after a look at what it has now.

        The plan is shown, and you have to type the number of its changes. It stops at the first failure; called
        again, also in another process on ``pm.plans(id)``, it goes on with what is not done.

        Parameters
        ----------
        confirm : int, optional
            The number of changes, where nobody can be asked: the rows of ``frame`` that are deletions, updates
            and creations. If it is not the number now, nothing is written.

        Returns
        -------
        DataFrame
            The rows of ``frame`` but for those left out, with the columns result (done, failed, not tried) and
            error (str); the id of a new row is that of the service.

        Raises
        ------
        InvalidArgument
            ``confirm`` is not the number of changes, or nobody can be asked. Nothing was written.
        PmframesError
            The service could not be read, the journal cannot be written, or another plan is being applied.
            Nothing was written.

        Warns
        -----
        UserWarning
            The service refused a change, or its outcome is unknown; the others after it were not tried.
        """
        if confirm is not None and (isinstance(confirm, bool) or not isinstance(confirm, Integral)):
            raise _messages.wrong_kind("confirm", confirm, "the number of changes")
        connection, resource = self._connection, self._target.schema.resource
        if connection.client.is_closed:
            raise NotConnected(
                f"The connection to {resource.service.title} with which this plan was made is closed. "
                "Nothing was written.",
                f"Connect again; then load again and plan anew, or go on with pm.plans({self.id!r}) if it was begun.",
            )
        with hold_lock(resource.service.name, resource.name, connection.url, connection.account):
            self._journal.read()
            self._read_service()
            if not self._list_pending() and self._journal.is_open:
                self._journal.finish()
            if self._confirm(confirm):
                self._apply_steps()
        return self._build_result()

    @checks_arguments
    def undo(self) -> Plan:
        """Plan the reverse of what was done: earlier values, and no created rows.

        What somebody else did is not undone. Deleted rows are left out: a service does not give them their id again.
        """
        steps, left_out = list[Step](), list[LeftOut]()
        for step, each in zip(self._steps, self._progress, strict=True):
            if not each.is_ours:
                continue
            if step.action == "update":
                steps.append(Step("update", step.id, before=step.after, after=step.before))
            elif step.action == "create":
                steps.append(Step("delete", each.id, before=step.after))
            else:
                left_out.append(LeftOut(step.id, None, step.before, "deleted: cannot be undone"))
        return Plan(self._target, self._connection, Edits(steps[::-1], left_out), fictional=self._fictional)

    def __repr__(self) -> str:
        headings, rows = self._build_table()
        lines = [self._format_title(), *self._format_notes()]
        if rows:
            table = pd.DataFrame(rows, columns=headings).to_string(index=False, justify="left", max_colwidth=None)
            lines.insert(1, table)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        notes = [Markup("<div>{}</div>").format(note) for note in self._format_notes()]
        title = Markup("<div><b>{}</b></div>").format(self._format_title())
        return _html.render_panel(title, _html.render_table(*self._build_table()), *notes)

    # What is shown

    def _list_rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of the frame that are not done, each with a note."""
        for step, each in zip(self._steps, self._progress, strict=True):
            if each.state != "done":
                yield from self._list_step_rows(step, each)
        service = self._target.schema.resource.service.name
        for item in self._left_out:
            before = describe(item.before) if item.column is None else _format_value(item.before)
            yield "left out", service, str(item.id), item.column, before, None, item.reason

    def _list_step_rows(self, step: Step, each: Progress) -> Iterator[tuple[Any, ...]]:
        service, action = self._target.schema.resource.service.name, "conflict" if each.conflict else step.action
        id_ = step.id if each.id is None else each.id
        shown_id = None if id_ is None else str(id_)
        if step.action == "update":
            for column, value in step.after.items():
                before = each.present.get(column, step.before[column])
                yield (action, service, shown_id, column, _format_value(before), _format_value(value), each.conflict)
        elif step.action == "create":
            yield action, service, shown_id, None, None, describe(step.after), each.conflict
        else:
            dependents = self._dependents.get(step.id, "")
            note = each.conflict or "cannot be undone"
            before = describe({**step.before, **each.present})
            yield action, service, shown_id, None, before, dependents or None, note

    def _build_table(self) -> tuple[list[str], list[tuple[str, ...]]]:
        """Return the headings and cells of the first rows, without columns that are empty in all of them."""
        widths = {
            **dict.fromkeys(("action", "id", "column", "before", "after"), MAX_SHOWN_WIDTH),
            "note": MAX_NOTE_WIDTH,
        }
        rows = sorted(self._list_rows(), key=lambda row: _SHOWN_ORDER.index(row[0]))[:MAX_SHOWN_ROWS]
        columns = dict(zip(widths, zip(*((row[0], *row[2:7]) for row in rows), strict=True), strict=False))
        shown = {
            heading: [truncate(display_cell(value), widths[heading]) for value in values]
            for heading, values in columns.items()
            if any(values)
        }
        return list(shown), list(zip(*shown.values(), strict=True))

    def _format_title(self) -> str:
        connection, resource = self._connection, self._target.schema.resource
        return (
            f"{resource.title}, account {connection.account}, {connection.url}: {self._format_counts() or 'no change'}"
        )

    def _format_notes(self) -> list[str]:
        hidden = sum(1 for _ in self._list_rows()) - MAX_SHOWN_ROWS
        done = sum(each.state == "done" for each in self._progress)
        notes = [f"{pluralize(hidden, 'more row')} in plan.frame"] if hidden > 0 else []
        return [*notes, f"{done:,} of {pluralize(len(self._steps), 'step')} done"] if done else notes

    def _count_actions(self) -> Counter[str]:
        return Counter(row[0] for row in self._list_rows())

    def _count_changes(self) -> int:
        return sum(number for action, number in self._count_actions().items() if action in _SENT_ORDER)

    def _format_counts(self) -> str:
        counts = self._count_actions()
        nouns = {"delete": "deletion", "update": "update", "create": "creation", "conflict": "conflict"}
        texts = [pluralize(counts[action], noun) for action, noun in nouns.items() if counts[action]]
        return join([*texts, f"{counts['left out']:,} left out"] if counts["left out"] else texts)

    # What is done

    def _read_service(self) -> None:
        """Read all rows, and find out what is done, what somebody else changed, and what a deletion affects."""
        schema = self._target.schema
        columns = {column for step in self._steps for column in (*step.before, *step.after)}
        rows = run_with(schema.load_plan(columns), self._connection)
        sources = read_sources(rows)
        if self._fictional is not None and sources and bool(sources[0].fictional) != self._fictional:
            kinds = ("fictional", "real") if self._fictional else ("real", "fictional")
            raise InvalidArgument(f"before is {kinds[0]}, and the account is {kinds[1]}.", "Load before from it.")
        check_steps(self._steps, self._progress, rows, self._journal.earlier_ids)
        self._ids = rows["id"].tolist()
        pending = [self._steps[number] for number in self._list_pending()]
        gone = [step.id for step in pending if step.action == "delete"]
        self._dependents = dict(self._target.find_dependents(self._connection, gone)) if gone else {}

    def _list_pending(self) -> list[int]:
        """Return the numbers of the steps that are to be sent, in their order."""
        states = enumerate(self._progress)
        numbers = [number for number, each in states if each.state != "done" and not each.conflict]
        return sorted(numbers, key=lambda number: _SENT_ORDER.index(self._steps[number].action))

    def _confirm(self, confirm: int | None) -> bool:
        count = self._count_changes()
        if confirm is not None and confirm != count and (count or self._count_actions()["conflict"]):
            raise InvalidArgument(
                f"confirm is {confirm:,}, but the number of changes is {count:,} now. Nothing was written.",
                "Look at plan.frame again.",
            )
        if confirm is not None:
            return bool(count)
        print(self)
        if not count:
            return False
        try:
            answer = input(f"Type {count} to write this, anything else to leave it: ")
        except (EOFError, OSError, RuntimeError, NotImplementedError):
            raise InvalidArgument(
                "Nobody can be asked here. Nothing was written.", f"Pass confirm={count} if plan.frame is right."
            ) from None
        if answer.strip().replace(",", "") != str(count):
            print("Nothing was written.")
            return False
        shown = self.frame
        self._read_service()
        if not self.frame.equals(shown):
            raise PmframesError(
                "The service was changed while you were asked. Nothing was written.", "Look again: call apply()."
            )
        return True

    def _apply_steps(self) -> None:
        self._journal.begin(self._ids)
        with ProgressBar(f"{self._target.schema.resource.title}, written", None) as bar:
            try:
                for number in self._list_pending():
                    if not self._apply_step(number):
                        return
                    bar.update(1)
                self._journal.finish()
            except PmframesError as error:  # of the journal: failures of the service are no exceptions here
                raise PmframesError(
                    f"{self._format_done()}. {error.cause}", "Mend that, then call apply() again to go on."
                ) from None

    def _apply_step(self, number: int) -> bool:
        """Send a step; return False where it failed, and the user was warned."""
        step, journal = self._steps[number], self._journal
        journal.record_sent(number)
        try:
            row = send(self._build_write(step), self._connection)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"Interrupted; {self._format_done()}. pm.plans({self.id!r}).apply() goes on."
            ) from None
        except PmframesError as error:
            if not (isinstance(error, ServiceError) and error.may_have_acted):
                journal.record_refused(number)
            self._progress[number].error = f"{self._describe_place(step)}: {error}"
            text = f"{self._format_done()}; stopped at {self._progress[number].error} Call apply() again to go on."
            _messages.warn_user(text)
            return False
        journal.record_done(number, step.id if step.action != "create" else row["id"].tolist()[0])
        return True

    def _build_write(self, step: Step) -> Write:
        schema = self._target.schema
        if step.action == "update":
            return schema.update(step.id, step.after)
        return schema.create(step.after) if step.action == "create" else schema.delete(step.id)

    def _describe_place(self, step: Step) -> str:
        row = f"id {step.id}" if step.id is not None else f"the new row {describe(step.after)}"
        where = "" if step.row is None else f" (after.iloc[{step.row}])"
        return f"{row}{where}, {join(step.after)}" if step.action == "update" else f"{row}{where}"

    def _format_done(self) -> str:
        done = sum(each.state == "done" for each in self._progress)
        return f"{done:,} of {pluralize(len(self._steps), 'step')} done"

    def _build_result(self) -> pd.DataFrame:
        rows = [
            (*row[:6], _describe_result(each), each.error or each.conflict or None)
            for step, each in zip(self._steps, self._progress, strict=True)
            for row in self._list_step_rows(step, each)
        ]
        return pd.DataFrame(rows, columns=[*FRAME_COLUMNS, "result", "error"]).astype(TEXT)


def _format_value(value: Any) -> str | None:
    return None if value is None else format_cell(value)


def _describe_result(progress: Progress) -> str:
    return "done" if progress.state == "done" else "failed" if progress.error else "not tried"
