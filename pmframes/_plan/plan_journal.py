"""The journal of a plan: how far each step came, so that another process can go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pmframes._plan.edits import Step
from pmframes._plan.progress import Progress
from pmframes._writers.journal import Journal, journal


class PlanJournal:
    """Writes the progress of a plan down, and takes over what was written.

    ``earlier_ids`` are the ids that the service had just before the last steps were sent. ``is_open`` says
    whether the plan was begun and is not finished.
    """

    def __init__(
        self, plan_id: str, header: Mapping[str, Any], steps: Sequence[Step], progress: Sequence[Progress]
    ) -> None:
        self.earlier_ids: set[Any] = set()
        self.is_open = False
        self._plan_id = plan_id
        self._header = {"plan": plan_id, "format": 1, **header, "planned": Counter(step.action for step in steps)}
        self._begun_at = ""
        self._steps = steps
        self._progress = progress

    @property
    def _file(self) -> Journal:
        return journal(self._plan_id)

    def read(self) -> None:
        """Take over what was done, such as in a process that ended."""
        for record in self._file.read():
            if "plan" in record:
                self.is_open, self._begun_at = "steps" in record, record["begun_at"]
            elif "ids" in record:
                self.earlier_ids = set(record["ids"])
                for number, id_ in record["done"].items():
                    self._progress[int(number)].finish(id_)
            elif "sent" in record and self._progress[record["sent"]].state != "done":
                self._progress[record["sent"]].state = "sent"
            elif "refused" in record:
                self._progress[record["refused"]].state = "open"
            elif "done" in record:
                self._progress[record["done"]].finish(record["id"])

    def begin(self, ids: Sequence[Any]) -> None:
        """Write the steps down, once, and the ids that the service has, each time."""
        if not self.is_open:
            self._begun_at = self._begun_at or _now()
            steps = [
                {"action": step.action, "id": step.id, "before": dict(step.before), "after": dict(step.after)}
                for step in self._steps
            ]
            self._file.append({**self._header, "begun_at": self._begun_at, "steps": steps})
            self.is_open = True
        self.earlier_ids = set(ids)
        done = {number: each.id for number, each in enumerate(self._progress) if each.state == "done"}
        self._file.append({"ids": ids, "done": done})

    def record_sent(self, number: int) -> None:
        """Write down that a step is being sent, before it is."""
        self._file.append({"sent": number})
        self._progress[number].state = "sent"

    def record_refused(self, number: int) -> None:
        """Write down that the service did not do a step."""
        self._file.append({"refused": number})
        self._progress[number].state = "open"

    def record_done(self, number: int, id_: Any) -> None:
        """Write down that a step is done; ``id_`` is that of its row."""
        self._progress[number].finish(id_)
        self._file.append({"done": number, "id": id_})

    def finish(self) -> None:
        """Keep the numbers, and no value."""
        both = zip(self._steps, self._progress, strict=True)
        done = Counter(step.action for step, each in both if each.state == "done")
        self._file.replace({**self._header, "begun_at": self._begun_at, "finished_at": _now(), "done": done})
        self.is_open = False


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
