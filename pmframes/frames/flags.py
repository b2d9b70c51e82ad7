"""Open sets of flags: an object of booleans per row becomes one column per key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pmframes import errors
from pmframes.frames.arrays import REFUSED, booleans
from pmframes.frames.columns import Column, snake_case
from pmframes.frames.wire import as_flag


@dataclass(frozen=True)
class Flags:
    """The sets of flags that came, one per row, with the ids of the rows."""

    column: Column
    sets: Sequence[Mapping[str, Any] | None]
    ids: Sequence[Any]
    what: str

    def names(self, taken: Iterable[str]) -> dict[str, str]:
        """Name the column of each flag: the known ones first, then the others, sorted."""
        known = self.column.source.known
        unknown = sorted({key for flags in self.sets for key in flags or ()} - set(known))
        names = {key: flag_column(key, taken) for key in (*known, *unknown)}
        if len(set(names.values())) < len(names):
            raise errors.unreadable(self.what, self.column.name)
        return names

    def array(self, key: str) -> Any:
        """Make the array of one flag."""
        values = [flags.get(key) if flags else None for flags in self.sets]
        if (members := self.column.source.members) is not None:
            values = [one.get(members.value) if isinstance(one, dict) else one for one in values]
        try:
            return booleans(values)
        except REFUSED:
            return booleans(
                [self._read(value, row, key) for value, row in zip(values, self.ids, strict=True)]
            )

    def notes(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Say what each flag is for, and in which rows it is fixed: what a column of booleans cannot hold."""
        notes: dict[str, Any] = {name: {"description": None, "fixed": []} for name in names.values()}
        if (members := self.column.source.members) is None:
            return notes
        for row, flags in zip(self.ids, self.sets, strict=True):
            for key, flag in (flags or {}).items():
                if isinstance(flag, dict):
                    note = notes[names[key]]
                    note["description"] = note["description"] or flag.get(members.description) or None
                    if flag.get(members.changeable) is False:
                        note["fixed"].append(row)
        return notes

    def _read(self, value: Any, row: Any, key: str) -> bool | None:
        try:
            return as_flag(value)
        except (KeyError, TypeError):
            raise errors.unreadable(f"{self.what}, row {row}", f"{self.column.name}.{key}") from None


def flag_column(key: str, taken: Iterable[str]) -> str:
    """Name the column of a permission; one that would collide with a column gets a prefix."""
    name = snake_case(key)
    return f"permission_{name}" if name in taken else name
