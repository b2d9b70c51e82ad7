"""The journal of a plan: how far each step came, so that another process can go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pmframes._plan.edits import Step
from pmframes._plan.progress import Progress
from pmframes._writers.journal import Journal, open_journal
from pmframes.errors import PmframesError

FORMAT = 1
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError)


@dataclass
class Recorded:
    """What a journal says: the plan, None where there is none, and how far its steps came.

    ``steps`` is empty where the plan is finished; ``earlier_ids`` are the ids that the service had just before
    the last steps were sent.
    """

    header: Mapping[str, Any] | None = None
    steps: Sequence[Step] = ()
    progress: Sequence[Progress] = ()
    earlier_ids: set[Any] = field(default_factory=set)

    @property
    def done(self) -> int:
        """The number of steps that this plan did."""
        if self.header is not None and "done" in self.header:
            return int(sum(self.header["done"].values()))
        return sum(each.state == "done" for each in self.progress)


def read_journal(plan_id: str) -> Recorded:
    """Read the journal of a plan.

    Raises
    ------
    PmframesError
        Another version of pmframes wrote it, or it is damaged.
    """
    recorded = Recorded()
    try:
        for record in open_journal(plan_id).read():
            _take_over(recorded, record)
    except _MALFORMED:
        raise PmframesError(
            f"The journal of the plan {plan_id} is damaged, or of another version of pmframes.",
            "Load the rows again, compare, and make a new plan.",
        ) from None
    return recorded


def _take_over(recorded: Recorded, record: Mapping[str, Any]) -> None:
    if "plan" in record:
        if record["format"] != FORMAT:
            raise ValueError
        datetime.fromisoformat(record["begun_at"])
        recorded.header, recorded.earlier_ids = record, set()
        recorded.steps = [Step(**step) for step in record.get("steps", ())]
        recorded.progress = [Progress() for _ in recorded.steps]
    elif "ids" in record:
        recorded.earlier_ids = set(record["ids"])
        for number, id_ in record["done"].items():
            recorded.progress[int(number)].finish(id_, is_ours=True)
    elif "sent" in record:
        recorded.progress[record["sent"]].state = "sent"
    elif "refused" in record:
        recorded.progress[record["refused"]].state = "open"
    elif "done" in record:
        recorded.progress[record["done"]].finish(record["id"], is_ours=True)


class PlanJournal:
    """Writes the progress of a plan down, and takes over what was written.

    ``is_open`` says whether the plan was begun and is not finished.
    """

    def __init__(
        self, plan_id: str, header: Mapping[str, Any], steps: Sequence[Step], progress: Sequence[Progress]
    ) -> None:
        self.earlier_ids: set[Any] = set()
        self.is_open = False
        self._plan_id = plan_id
        self._header = {"plan": plan_id, "format": FORMAT, **header, "planned": Counter(step.action for step in steps)}
        self._begun_at = ""
        self._steps = steps
        self._progress = progress

    @property
    def _file(self) -> Journal:
        return open_journal(self._plan_id)

    def read(self) -> None:
        """Take over what was done, such as in a process that ended."""
        recorded = read_journal(self._plan_id)
        if recorded.header is not None:
            self._begun_at, self.earlier_ids = recorded.header["begun_at"], recorded.earlier_ids
        self.is_open = bool(recorded.steps)
        for each, known in zip(self._progress, recorded.progress, strict=False):
            if known.state == "done":
                each.finish(known.id, is_ours=True)
            elif each.state != "done":
                each.state = known.state

    def begin(self, ids: Sequence[Any]) -> None:
        """Write the steps down, once, and the ids that the service has, each time."""
        if not self.is_open:
            self._begun_at = self._begun_at or _format_now()
            steps = [
                {"action": step.action, "id": step.id, "before": dict(step.before), "after": dict(step.after)}
                for step in self._steps
            ]
            self._file.append({**self._header, "begun_at": self._begun_at, "steps": steps})
            self.is_open = True
        self.earlier_ids = set(ids)
        done = {number: each.id for number, each in enumerate(self._progress) if each.is_ours}
        self._file.append({"ids": ids, "done": done})

    def record_sent(self, number: int) -> None:
        """Write down that a step is being sent, before it is."""
        self._file.append({"sent": number})
        self._progress[number].state = "sent"

    def record_refused(self, number: int) -> None:
        """Write down that the service did not do a step."""
        self._progress[number].state = "open"
        self._file.append({"refused": number})

    def record_done(self, number: int, id_: Any) -> None:
        """Write down that a step is done; ``id_`` is that of its row."""
        self._progress[number].finish(id_, is_ours=True)
        self._file.append({"done": number, "id": id_})

    def finish(self) -> None:
        """Keep the numbers, and no value."""
        both = zip(self._steps, self._progress, strict=True)
        done = Counter(step.action for step, each in both if each.state == "done")
        record = {**self._header, "begun_at": self._begun_at, "finished_at": _format_now(), "done": done}
        self._file.replace(record)
        self.is_open = False


def _format_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
