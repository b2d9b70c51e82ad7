"""Snapshots as lines of the manifest, their kinds, and the choice of one of them by a moment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from numbers import Integral
from typing import Any, NamedTuple

import pandas as pd

from pmframes import _messages, _validation
from pmframes._frames.provenance import ATTRS_KEY, Source, format_params, is_supported, read_sources
from pmframes._text import format_time, join, join_or, nearest, safe_repr, suggest
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument, PmframesError

FORMAT = 1
FILE_NAME = re.compile(r"([0-9]{6,})-[\w.-]+\.parquet", re.ASCII)
_NAME = re.compile(r"\w{1,40}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
# These choose columns or the order, and no rows.
_UNSELECTIVE = re.compile(r"fields\[.*|\$?order_?(by|mode)|include", re.IGNORECASE)
# Its value moves with the day of the load.
_MOVING_PARAMS = frozenset({"lastLoginAfter"})
_DTYPES: dict[str, Any] = {
    "number": "int64",
    "kept_at": "datetime64[us, UTC]",
    "fetched_at": "datetime64[us, UTC]",
    **dict.fromkeys(("service", "url", "account", "resource", "params"), TEXT),
    "rows": "int64",
    **dict.fromkeys(("fictional", "clock_set_back"), "boolean"),
    "file": TEXT,
}


class FileRef(NamedTuple):
    """A file of the history, and the hash of its content."""

    name: str
    sha256: str


class Kind(NamedTuple):
    """What snapshots have in common that are compared with each other."""

    service: str
    url: str
    account: str
    resource: str
    params: str

    def __str__(self) -> str:
        """Write it for a list of candidates."""
        params = format_params(json.loads(self.params))
        place = f" at {self.url}" if self.url else ""
        return f"{self.service}.{self.resource} of {self.account}{place} ({params or 'no params'})"


@dataclass(frozen=True)
class Snapshot:
    """A line of the manifest. ``base`` is the file with the rows that ``file`` does not repeat."""

    number: int
    kept_at: datetime
    fetched_at: str
    service: str
    url: str
    account: str
    resource: str
    params: Mapping[str, Any]
    rows: int
    fictional: bool
    clock_set_back: bool
    file: FileRef
    base: FileRef | None

    @property
    def name(self) -> str:
        """The resource with its service."""
        return f"{self.service}.{self.resource}"

    @property
    def kind(self) -> Kind:
        return _build_kind(self.service, self.url, self.account, self.resource, self.params, self.fictional)

    @property
    def fetched(self) -> pd.Timestamp:
        """When the first page of the load was requested."""
        return pd.to_datetime(self.fetched_at, utc=True, format="ISO8601")

    @property
    def files(self) -> list[FileRef]:
        return [self.file, *([self.base] if self.base else [])]

    def to_record(self) -> dict[str, Any]:
        """Build the line, in which only what applies is marked."""
        record = {
            **{name: getattr(self, name) for name in ("number", "fetched_at", "service", "url", "account", "resource")},
            "kept_at": self.kept_at.isoformat(timespec="microseconds"),
            "params": dict(self.params),
            "rows": self.rows,
            "file": self.file.name,
            "sha256": self.file.sha256,
            "format": FORMAT,
        }
        base = {"base": self.base.name, "base_sha256": self.base.sha256} if self.base else {}
        marks = {name: True for name in ("fictional", "clock_set_back") if getattr(self, name)}
        return record | base | marks


def parse_snapshots(records: Iterable[Mapping[str, Any]]) -> list[Snapshot]:
    """Read the lines of snapshots, in their order.

    Raises
    ------
    PmframesError
        A later version wrote a line, or its hash is right and its content is none of ours.
    """
    return [_parse(record) for record in records if not _is_note(record)]


def _is_note(record: Mapping[str, Any]) -> bool:
    if isinstance(version := record.get("format"), int) and version > FORMAT:
        raise PmframesError(
            f"A later version of pmframes wrote line {record['line']} of the history.", "Update pmframes."
        )
    return "rewritten_at" in record


def _parse(record: Mapping[str, Any]) -> Snapshot:
    try:
        texts = {name: str(record[name]) for name in ("fetched_at", "service", "url", "account", "resource")}
        base = FileRef(record["base"], record["base_sha256"]) if "base" in record else None
        file = FileRef(record["file"], record["sha256"])
        for name, sha256 in filter(None, (file, base)):
            if not FILE_NAME.fullmatch(name) or not _SHA256.fullmatch(sha256):
                raise ValueError
        return Snapshot(
            number=int(record["number"]),
            kept_at=datetime.fromisoformat(record["kept_at"]),
            **texts,
            params=dict(record["params"]),
            rows=int(record["rows"]),
            fictional=record.get("fictional") is True,
            clock_set_back=record.get("clock_set_back") is True,
            file=file,
            base=base,
        )
    except (KeyError, TypeError, ValueError):
        raise PmframesError(
            f"Line {record['line']} of the history is no snapshot, although its hash is right.",
            "Restore manifest.jsonl and HEAD from a copy.",
        ) from None


def snapshots_table(snapshots: Iterable[Snapshot]) -> pd.DataFrame:
    """Build a table of snapshots, one row each."""
    rows = [
        {**vars(one), "fetched_at": one.fetched, "params": format_params(one.params), "file": one.file.name}
        for one in snapshots
    ]
    return pd.DataFrame(rows, columns=list(_DTYPES)).astype(_DTYPES)


# Kinds


def _build_kind(
    service: str, url: str, account: str, resource: str, params: Mapping[str, Any], fictional: bool
) -> Kind:
    selective = {
        key: "…" if key in _MOVING_PARAMS else sorted(value) if key == "projects" else value
        for key, value in sorted(params.items())
        if not _UNSELECTIVE.fullmatch(key)
    }
    # Each demo is on another port.
    place = "fictional" if fictional else url
    return Kind(service, place, account, resource, json.dumps(selective, ensure_ascii=False))


def kind_of(source: Source) -> Kind:
    """Return the kind of a checked source."""
    service, url, account, resource = map(str, (source.service, source.url, source.account, source.resource))
    return _build_kind(service, url, account, resource, source.params, bool(source.fictional))


def check_source(argument: str, frame: Any) -> Source:
    """Return the one load that a frame is the whole of.

    Raises
    ------
    InvalidArgument
        It is no such frame.
    """
    if not isinstance(frame, pd.DataFrame):
        raise _messages.not_a_frame(argument, frame)
    if not is_supported(frame):
        raise _messages.unsupported_provenance(argument)
    sources = read_sources(frame)
    if "sources" in frame.attrs.get(ATTRS_KEY, {}):
        raise InvalidArgument(
            f"{argument} was made from other frames: {join(source.title for source in sources)}.",
            "Keep each frame as its loader returned it, and each account by itself.",
        )
    source = sources[0] if sources else Source({})
    names = (source.service, source.resource)
    if not all(name and _NAME.fullmatch(name) for name in names) or None in (
        source.url,
        source.account,
        source.fetched_at,
    ):
        raise InvalidArgument(
            f"{argument} has no provenance that says from where, whose and when it is: pmframes did not load it, or "
            "a later step such as merge() dropped it.",
            "Keep the frame as the loader returned it.",
        )
    if source.partiality or source.complete is not True:
        raise InvalidArgument(
            f"{argument} is not the load as it was: {source.partiality or 'it does not say that it is complete'}.",
            "Keep the frame as the loader returned it; filter what the history returns.",
        )
    return source


# Choice


def parse_moment(argument: str, value: Any) -> pd.Timestamp | int:
    """Parse a time, or the number of a snapshot; a bare date is the end of that day, and what has no zone is UTC."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return _validation.parse_positive_integer(argument, value)
    moment = _validation.parse_datetime(argument, value)
    is_date = isinstance(value, date) and not isinstance(value, datetime)
    if is_date or (isinstance(value, str) and len(value.strip()) <= len("2026-03-01")):
        moment = datetime.combine(moment.date(), time.max, UTC)
    return pd.Timestamp(moment)


def select_kinds(
    snapshots: Sequence[Snapshot], resource: str | None, account: str | None, params: Mapping[str, Any]
) -> dict[Kind, list[Snapshot]]:
    """Return the snapshots of a resource, an account and parameters, by their kinds.

    Raises
    ------
    InvalidArgument
        There is none.
    """
    if not snapshots:
        raise InvalidArgument("The history has no snapshots.", "Keep one: history.keep(pm.teamwork.people(12345)).")
    matching = list(snapshots)
    if resource is not None:
        name = _find_resource(resource, {one.name for one in snapshots})
        matching = [one for one in matching if one.name == name]
    if account is not None:
        accounts = dict.fromkeys(one.account for one in matching)
        if account not in accounts:
            raise _messages.not_one_of("account", account, accounts)
        matching = [one for one in matching if one.account == account]
    for key, value in params.items():
        matching = _select_param(matching, key, value)
    kinds = dict[Kind, list[Snapshot]]()
    for one in matching:
        kinds.setdefault(one.kind, []).append(one)
    return kinds


def require_clear(kinds: Mapping[Kind, list[Snapshot]]) -> list[Snapshot]:
    """Return the snapshots of the only kind.

    Raises
    ------
    InvalidArgument
        There are several.
    """
    if len(kinds) > 1:
        raise InvalidArgument(
            f"The history has snapshots of {len(kinds)} kinds that fit: {'; '.join(map(str, kinds))}.",
            "Pass resource, account or a parameter, such as projects=12345, so that one is left; "
            "None stands for a parameter that was not used.",
        )
    return next(iter(kinds.values()))


def find_at(snapshots: Sequence[Snapshot], moment: pd.Timestamp | int) -> Snapshot:
    """Return the last snapshot, by number, of what was fetched up to a moment, or the one of a number.

    Raises
    ------
    InvalidArgument
        There is none.
    """
    if isinstance(moment, int):
        if by_number := [one for one in snapshots if one.number == moment]:
            return by_number[0]
        numbers = join(one.number for one in snapshots)
        raise InvalidArgument(f"No snapshot that fits has the number {moment}.", f"Use one of: {numbers}.")
    if earlier := [one for one in snapshots if one.fetched <= moment]:
        return earlier[-1]
    first = snapshots[0]
    raise InvalidArgument(
        f"There is no snapshot of {first.kind} at {moment:%Y-%m-%d %H:%M:%S} UTC.",
        f"The first one is number {first.number}, fetched at {format_time(first.fetched)}.",
    )


def _find_resource(resource: str, names: set[str]) -> str:
    if resource in names:
        return resource
    short = sorted(name for name in names if name.partition(".")[2] == resource)
    if len(short) == 1:
        return short[0]
    if short:
        raise InvalidArgument(f"resource {safe_repr(resource)} is not clear.", f"Use {join_or(short)}.")
    hint = suggest(resource, [*names, *(name.partition(".")[2] for name in names)])
    raise InvalidArgument(
        f"resource is {safe_repr(resource)}.",
        f"{hint} Use one of: {join(sorted(names))}.".lstrip(),
        argument="resource",
    )


def _select_param(snapshots: Sequence[Snapshot], key: str, value: Any) -> list[Snapshot]:
    stored_keys = dict.fromkeys(name for one in snapshots for name in one.params)
    stored = [name for name in stored_keys if _fold(name) == _fold(key)]
    wanted = None if value is None else _to_texts(value)
    if not stored and wanted is not None:
        similar = nearest(key, stored_keys)
        hint = f"Did you mean {similar}=?" if similar else f"Use one of: {join(stored_keys) or '(none)'}."
        raise InvalidArgument(f"No snapshot that fits was loaded with {safe_repr(key)}.", hint)
    selected = [
        one
        for one in snapshots
        if next((_to_texts(one.params[name]) for name in stored if name in one.params), None) == wanted
    ]
    if not selected:
        values = dict.fromkeys(str(one.params.get(name)) for one in snapshots for name in stored)
        raise InvalidArgument(f"No snapshot that fits has this {key}.", f"Use one of: {join(values)}.")
    return selected


def _fold(key: str) -> str:
    return key.replace("_", "").casefold()


def _to_texts(value: Any) -> list[str]:
    """Return a value as it is compared: 5, [5] and a frame with the id 5 are equal, and so are True and "true"."""
    values = value["id"].tolist() if isinstance(value, pd.DataFrame) else _validation.as_list(value)
    return sorted(str(item).casefold() for item in values)
