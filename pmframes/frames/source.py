"""The provenance of a frame, as people read it: ``frame.pm.source``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from pmframes import notebook
from pmframes.errors.words import harmless
from pmframes.frames import provenance

_UNKNOWN = "Where this frame comes from is not known: pmframes did not load it, or a step since then lost it."
_FICTIONAL = "Fictional data from the pmframes sandbox."
_COLUMNS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "service": lambda one: _text(one.get("service")),
    "account": lambda one: _text(one.get("account")),
    "resource": lambda one: _text(one.get("resource")),
    "parameters": lambda one: _parameters(one.get("params")),
    "fetched": lambda one: _moment(one.get("fetched_at")),
    "from": lambda one: _yes_or_no(one.get("cached"), "the cache", "the service"),
    "rows": lambda one: _count(one.get("rows")),
    "complete": lambda one: _yes_or_no(one.get("complete"), "yes", "no"),
    "fictional": lambda one: _yes_or_no(one.get("fictional"), "yes", "no"),
    "pmframes": lambda one: _text(one.get("version")),
}


@dataclass(frozen=True, eq=False, repr=False)
class Source:
    """Where a frame came from: ``sources`` has a dict for each load, none where that is not known.

    ``rows`` says how many rows the frame has now, None where it was made from several loads.
    """

    sources: tuple[Mapping[str, Any], ...]
    rows: int | None = None

    def __repr__(self) -> str:
        return "\n".join([*map(_sentence, self.sources), *self._notes()]) or _UNKNOWN

    def _repr_html_(self) -> str:
        if not self.sources:
            return notebook.panel(Markup("<p>{}</p>").format(_UNKNOWN))
        table = {name: [read(one) for one in self.sources] for name, read in _COLUMNS.items()}
        known = {name: cells for name, cells in table.items() if any(cells)}
        notes = [Markup("<p><b>{}</b></p>").format(note) for note in self._notes()]
        return notebook.panel(*notes, notebook.table(known, zip(*known.values(), strict=True)))

    def _notes(self) -> list[str]:
        fictional = [_FICTIONAL] if any(one.get("fictional") for one in self.sources) else []
        loaded = self.sources[0].get("rows") if len(self.sources) == 1 else None
        if self.rows is None or not isinstance(loaded, int) or loaded == self.rows:
            return fictional
        return [*fictional, f"This frame has {self.rows:,} rows now."]


def source_of(frame: pd.DataFrame) -> Source:
    """Read where a frame came from, whoever wrote its provenance."""
    known = tuple(provenance.sources(frame)["sources"])
    was_loaded = frame.attrs.get(provenance.KEY) in known
    return Source(known, len(frame) if was_loaded else None)


def _sentence(one: Mapping[str, Any]) -> str:
    parts = {name: read(one) for name, read in _COLUMNS.items()}
    what = " ".join(part for part in (parts["service"], parts["resource"]) if part) or "an unnamed load"
    account = f" (account {parts['account']})" if parts["account"] else ""
    rows = f"{parts['rows']} rows" if parts["rows"] else ""
    complete = {"yes": "complete", "no": "not complete"}.get(parts["complete"], "")
    origin = f"from {parts['from']}" if parts["from"] else ""
    fetched = f"fetched {parts['fetched']}" if parts["fetched"] else ""
    version = f"pmframes {parts['pmframes']}" if parts["pmframes"] else ""
    said = [rows, complete, origin, fetched, parts["parameters"], version]
    return f"{what}{account}: {', '.join(part for part in said if part)}"


def _parameters(params: object) -> str:
    if not isinstance(params, Mapping):
        return _text(params)
    return harmless(provenance.in_words(params))


def _moment(stamp: object) -> str:
    moment = pd.to_datetime(_text(stamp), utc=True, format="ISO8601", errors="coerce")
    return _text(stamp) if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M} UTC"


def _yes_or_no(value: object, yes: str, no: str) -> str:
    return "" if value is None else yes if value else no


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else _text(value)


def _text(value: object) -> str:
    return "" if value is None else harmless(str(value))
