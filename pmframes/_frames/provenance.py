"""Read and write provenance: the small plain dict in ``frame.attrs["pmframes"]`` that says what was loaded.

Anybody may write there, and a later version may write more, so reading never fails: a field in another form
counts as unknown. Code that compares frames asks ``is_supported`` first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from pmframes._text import pluralize, safe_repr, service_title, strip_control
from pmframes._types import TEXT

ATTRS_KEY = "pmframes"
_BOOLEANS = {"yes": True, "true": True, "no": False, "false": False}
_MAX_INT = 2**63
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UNNAMED_ACCOUNT = re.compile(r"[0-9a-f]{8}|\(in memory\)")


@dataclass(frozen=True)
class Source:
    """One load that a frame was made from; what its entry does not say, or says in another form, is None.

    ``entry`` is the dict as it was written. ``rows_used`` is the number of rows of a frame that does not have
    those of the load any more, because it was filtered or extended afterwards. Sources are equal if what could
    be read of them is.
    """

    entry: Mapping[str, Any] = field(repr=False, compare=False)
    service: str | None = None
    url: str | None = None
    resource: str | None = None
    account: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    fetched_at: pd.Timestamp | None = None
    cached: bool | None = None
    rows: int | None = None
    rows_used: int | None = None
    complete: bool | None = None
    fictional: bool | None = None
    version: str | None = None

    @property
    def label(self) -> str:
        """Service and resource by their keys, as far as they are known."""
        return " ".join(filter(None, (self.service, self.resource)))

    @property
    def title(self) -> str:
        """Service and resource as people write them."""
        return " ".join(filter(None, (service_title(self.service or ""), self.resource))) or "an unnamed load"

    @property
    def has_named_account(self) -> bool:
        """Whether the user gave the account a name; else a hash of the credential stands for it."""
        return self.account is not None and not _UNNAMED_ACCOUNT.fullmatch(self.account)

    @property
    def partiality(self) -> str:
        """In what a frame is not the load as it was, as "6 of 12 rows"; empty where it is, or may be."""
        if self.rows_used is None or self.rows is None:
            return "marked as incomplete" if self.complete is False else ""
        loaded = pluralize(self.rows, "row")
        return (
            f"{self.rows_used:,} of {loaded}" if self.rows_used < self.rows else f"{loaded} became {self.rows_used:,}"
        )

    @property
    def projects(self) -> frozenset[int | str]:
        """The projects that it was loaded for: none for a whole site, or where it does not say."""
        projects = self.params.get("projects")
        return frozenset(filter(_is_project_id, projects)) if isinstance(projects, list) else frozenset()

    def differences(self, other: Source, ignored: Set[str] = frozenset()) -> list[str]:
        """Name the fields and parameters in which two loads differ, but for the ignored ones.

        Only those count that decide what is loaded; an account only where both have a name: a credential that
        was renewed has another hash.
        """
        if not (self.has_named_account and other.has_named_account):
            ignored = ignored | {"account"}
        scopes = self._scope(), other._scope()
        names = {name: None for scope in scopes for name in scope if name not in ignored}
        return [name for name in names if scopes[0].get(name) != scopes[1].get(name)]

    def _scope(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in ("service", "resource", "account")}
        scope = {name: value for name, value in fields.items() if value is not None} | dict(self.params)
        return scope | ({"projects": self.projects} if "projects" in scope else {})


_UNKNOWN = Source({})


def read_sources(*frames: pd.DataFrame) -> list[Source]:
    """Read the sources of frames, each once; a frame without readable provenance contributes none."""
    sources: list[Source] = []
    for frame in frames:
        for source in _read_frame(frame):
            if source not in (_UNKNOWN, *sources):
                sources.append(source)
    return sources


def merge_provenance(*frames: pd.DataFrame) -> dict[str, Any]:
    """Build the provenance of what is made from these frames: ``{"sources": [one dict per source]}``."""
    sources = read_sources(*frames)
    return {"sources": [{**source.entry, **_used(source)} for source in sources]}


def partialities(frame: pd.DataFrame) -> list[str]:
    """Say of each load that a frame is no longer the whole of, or that was not complete, what is missing."""
    return [source.partiality for source in read_sources(frame) if source.partiality]


def not_checked_rules(findings: pd.DataFrame) -> list[str]:
    """Read the names of the rules that could not be checked when these findings were made."""
    provenance = findings.attrs.get(ATTRS_KEY)
    names = provenance.get("not_checked") if isinstance(provenance, dict) else None
    return [strip_control(name) for name in names if isinstance(name, str)] if isinstance(names, list) else []


def is_supported(frame: pd.DataFrame) -> bool:
    """Whether all provenance of a frame is in the form that this version writes."""
    return all(map(_is_supported, _entries(frame.attrs.get(ATTRS_KEY))))


def is_fictional(*frames: pd.DataFrame) -> bool:
    """Whether any source of these frames is the sandbox."""
    return any(source.fictional for source in read_sources(*frames))


def resource_names(*frames: pd.DataFrame) -> set[str]:
    """Return the resources that frames were loaded from; "rows" stands for one that is not known."""
    return {source.resource or "rows" for source in read_sources(*frames)}


def project_scope(frame: pd.DataFrame) -> set[int | str]:
    """Return the projects that a frame was loaded for: none for a whole site, or where it does not say."""
    return {project for source in read_sources(frame) for project in source.projects}


def sort_project_ids(ids: Iterable[int | str]) -> list[int | str]:
    """Sort ids of projects: numbers by their value, UUIDs as text."""
    return sorted(ids, key=lambda id_: f"{id_:>20}")


def source_labels(frame: pd.DataFrame) -> list[str]:
    """Return service and resource of each source of a frame, with a space between, each once."""
    labels = [source.label for source in read_sources(frame)]
    return list(dict.fromkeys(filter(None, labels)))


def sources_table(sources: Iterable[Source]) -> pd.DataFrame:
    """Build a table of sources, one row each, with typed columns."""
    columns: dict[str, Any] = {
        "service": TEXT,
        "account": TEXT,
        "resource": TEXT,
        "params": TEXT,
        "fetched_at": "datetime64[us, UTC]",
        "rows": "Int64",
        "complete": "boolean",
        "fictional": "boolean",
        "version": TEXT,
    }
    rows = [{**vars(source), "params": format_params(source.params)} for source in sources]
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def format_params(params: Mapping[str, Any]) -> str:
    """Format parameters on one line."""
    return ", ".join(f"{key}={value}" for key, value in params.items())


def _entries(provenance: Any) -> list[dict[str, Any]]:
    if not isinstance(provenance, dict):
        return []
    entries = provenance.get("sources", [provenance] if provenance else [])
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _read_frame(frame: pd.DataFrame) -> list[Source]:
    """Read the sources of a frame; its rows are counted where they should be those of the loads."""
    provenance = frame.attrs.get(ATTRS_KEY)
    sources = [*map(_read, _entries(provenance))]
    if len(sources) > 1 and "account" in frame:
        # Of a frame of several accounts, those that were filtered out are sources no more.
        present = set(frame["account"].astype(TEXT))
        if present and present <= {source.account for source in sources}:
            sources = [source for source in sources if source.account in present or source.complete is False]
    if not isinstance(provenance, dict) or _read_count(provenance.get("rows")) in (None, len(frame)):
        return sources
    return [replace(source, rows_used=_count_rows(frame, source, sources)) for source in sources]


def _count_rows(frame: pd.DataFrame, source: Source, sources: list[Source]) -> int | None:
    # A joined frame has the rows of its first source.
    if len(sources) == 1 or (source is sources[0] and not {"service", "account"} & set(frame.columns)):
        count = len(frame)
    elif "service" in frame:
        count = int((frame["service"].astype(TEXT) == source.service).sum())
    else:
        return source.rows_used
    return None if count == source.rows else count


def _used(source: Source) -> dict[str, int]:
    return {} if source.rows_used is None else {"rows_used": source.rows_used}


def _read(entry: dict[str, Any]) -> Source:
    params = entry.get("params")
    # A mark in another form counts as one: fictional data must not pass for real.
    is_marked = entry.get("fictional") is not None
    return Source(
        entry,
        service=_read_text(entry.get("service")),
        url=_read_text(entry.get("url")),
        resource=_read_text(entry.get("resource")),
        account=_read_text(entry.get("account")),
        params=_read_params(params) if isinstance(params, dict) else {},
        fetched_at=_read_time(entry.get("fetched_at")),
        cached=_read_bool(entry.get("cached")),
        rows=_read_count(entry.get("rows")),
        rows_used=_read_count(entry.get("rows_used")),
        complete=_read_bool(entry.get("complete")),
        fictional=_read_bool(entry.get("fictional"), other=True if is_marked else None),
        version=_read_text(entry.get("version")),
    )


def _read_text(value: Any) -> str | None:
    return strip_control(value) if isinstance(value, str) and value else None


def _read_bool(value: Any, other: bool | None = None) -> bool | None:
    if isinstance(value, bool | int | np.bool_):
        return bool(value)
    return _BOOLEANS.get(value.casefold(), other) if isinstance(value, str) else other


def _read_count(value: Any) -> int | None:
    return value if _is_int(value) and value >= 0 else None


def _read_time(value: Any) -> pd.Timestamp | None:
    # pandas also reads words, and "now" would be a different time at each reading.
    if not isinstance(value, str) or not value[:1].isdigit():
        return None
    time = pd.to_datetime(value, utc=True, format="ISO8601", errors="coerce")
    return None if pd.isna(time) else time


def _read_params(params: dict[Any, Any]) -> dict[str, Any]:
    return {str(_read_plain(key)): _read_param(value) for key, value in params.items()}


def _read_param(value: Any) -> Any:
    return [_read_plain(item) for item in value] if isinstance(value, list) else _read_plain(value)


def _read_plain(value: Any) -> Any:
    if isinstance(value, str):
        return strip_control(value)
    # Of anything else only the type: it may be nested too deep for any function that walks through it.
    return value if isinstance(value, float | bool | None) or _is_int(value) else safe_repr(value)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MAX_INT


def _is_project_id(value: Any) -> bool:
    return _is_int(value) or is_uuid(value)


def is_uuid(value: Any) -> bool:
    """Whether a value is the text of a UUID."""
    return isinstance(value, str) and bool(_UUID.fullmatch(value))


def _is_supported(entry: dict[str, Any]) -> bool:
    params = entry.get("params", {})
    texts = [entry.get(name, "") for name in ("service", "resource", "account")]
    if not isinstance(params, dict) or not all(isinstance(text, str) for text in texts):
        return False
    projects = params.get("projects", [])
    return isinstance(projects, list) and all(map(_is_project_id, projects))
