"""Where a frame came from: a small plain dict in ``frame.attrs["pmframes"]``."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from pmframes import _html
from pmframes._frames import provenance
from pmframes._text import strip_control

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
            return _html.panel(Markup("<p>{}</p>").format(_UNKNOWN))
        table = {name: [read(one) for one in self.sources] for name, read in _COLUMNS.items()}
        known = {name: cells for name, cells in table.items() if any(cells)}
        notes = [Markup("<p><b>{}</b></p>").format(note) for note in self._notes()]
        return _html.panel(*notes, _html.table(known, zip(*known.values(), strict=True)))

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
    return strip_control(provenance.format_params(params))


def _moment(stamp: object) -> str:
    moment = pd.to_datetime(_text(stamp), utc=True, format="ISO8601", errors="coerce")
    return _text(stamp) if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M} UTC"


def _yes_or_no(value: object, yes: str, no: str) -> str:
    return "" if value is None else yes if value else no


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else _text(value)


def _text(value: object) -> str:
    return "" if value is None else strip_control(str(value))


KEY = "pmframes"
_SERVICE_TITLES = {
    "teamwork": "Teamwork.com",
    "projectmanager": "ProjectManager.com",
    "outlign": "Outlign",
    "spirii": "Spirii",
}


def service_title(service: str) -> str:
    """Return the name of a service as people write it; one that is not known is returned as it is."""
    return _SERVICE_TITLES.get(service, service)


def sources(*frames: pd.DataFrame) -> dict[str, Any]:
    """Give the provenance of what was made from these frames: ``{"sources": [one dict per source]}``.

    A frame that is itself made from others contributes their sources; one that pmframes did not load
    contributes nothing, and neither does what others wrote there that is no provenance.
    """
    found: list[dict[str, Any]] = []
    for frame in frames:
        found += [one for one in _entries(frame.attrs.get(KEY)) if one not in found]
    return {"sources": found}


def _entries(written: Any) -> list[dict[str, Any]]:
    if not isinstance(written, dict):
        return []
    several = written.get("sources", [written] if written else [])
    return [one for one in several if isinstance(one, dict)] if isinstance(several, list) else []


def format_params(params: Mapping[Any, Any]) -> str:
    """Put parameters into a sentence."""
    return ", ".join(f"{key}={value}" for key, value in params.items())


def is_fictional(*frames: pd.DataFrame) -> bool:
    """Whether any source of these frames is the sandbox."""
    return any(one.get("fictional", False) for one in sources(*frames)["sources"])


def resources(*frames: pd.DataFrame) -> set[str]:
    """Name the resources that frames are of, as far as they say."""
    return {str(one.get("resource", "rows")) for one in sources(*frames)["sources"]}


def projects(frame: pd.DataFrame) -> set[int]:
    """Give the projects that a frame was loaded for: none for a whole site, or where it does not say."""
    params = [one.get("params", {}) for one in sources(frame)["sources"]]
    return {number for one in params for number in one.get("projects", ())}


def is_supported(frame: pd.DataFrame) -> bool:
    """Whether the provenance is of the form that is written here: a later version may write another."""
    params = [one.get("params", {}) for one in sources(frame)["sources"]]
    return all(isinstance(one, dict) and _are_numbers(one.get("projects", [])) for one in params)


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(one, int) for one in values)


def source_labels(frame: pd.DataFrame) -> list[str]:
    """Name the service and resource of each source of a frame, with a space between, each once."""
    found = [f"{one.get('service')} {one.get('resource')}" for one in sources(frame)["sources"]]
    return list(dict.fromkeys(found))


def differences(
    source: Mapping[str, Any], other: Mapping[str, Any], ignored: Set[str] = frozenset()
) -> list[str]:
    """Name in what two loads differ, as far as it decides what is in them; these parameters are ignored.

    An account counts only where both say whose it is.
    """
    scopes = _scope(source), _scope(other)
    if not all("account" in scope for scope in scopes):
        ignored = ignored | {"account"}
    names = {name: None for scope in scopes for name in scope if name not in ignored}
    return [name for name in names if scopes[0].get(name) != scopes[1].get(name)]


def _scope(source: Mapping[str, Any]) -> dict[str, Any]:
    scope = {name: source[name] for name in ("service", "resource", "account") if name in source}
    params = dict(source.get("params", {}))
    if "projects" in params:
        params["projects"] = sorted(params["projects"])
    return scope | params
