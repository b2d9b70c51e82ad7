"""Snapshots as lines of the manifest, their kinds, and the choice of one of them by a moment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from numbers import Integral
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

import msgspec
import pandas as pd

from pmframes import _messages, _validation
from pmframes._frames.provenance import ATTRS_KEY, Source, format_params, is_supported, read_sources
from pmframes._text import join, safe_repr
from pmframes._types import TEXT
from pmframes.errors import InvalidArgument, PmframesError

FILE_NAME = re.compile(r"(?a)^[0-9]{6,}-[\w.-]+\.parquet")
_NAME = re.compile(r"\w{1,40}", re.ASCII)
# These choose columns or the order, and no rows.
_UNSELECTIVE = re.compile(r"fields\[.*|\$?order_?(by|mode)|include", re.IGNORECASE)
# Its value moves with the day of the load.
_MOVING_PARAMS = frozenset({"lastLoginAfter"})
_HIDDEN = "…"
Moment: TypeAlias = date | str | int
Moments: TypeAlias = Sequence[pd.Timestamp | int]
_DTYPES: dict[str, Any] = {
    "number": "int64",
    **dict.fromkeys(("kept_at", "fetched_at"), "datetime64[us, UTC]"),
    **dict.fromkeys(("service", "url", "account", "resource", "params"), TEXT),
    "rows": "int64",
    **dict.fromkeys(("fictional", "clock_set_back"), "boolean"),
    "file": TEXT,
}


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the manifest, in which only what applies is marked."""

    number: int
    kept_at: datetime
    fetched_at: str
    service: str
    url: str
    account: str
    resource: str
    params: Mapping[str, Any]
    rows: int
    file: Annotated[str, msgspec.Meta(pattern=rf"{FILE_NAME.pattern}\Z")]
    sha256: str
    fictional: bool = False
    clock_set_back: bool = False
    categories: dict[str, list[str]] = {}
    format: Literal[1] = 1  # not written; another version writes another one

    @property
    def name(self) -> str:
        """The resource with its service."""
        return f"{self.service}.{self.resource}"

    @property
    def fetched(self) -> pd.Timestamp:
        """When the first page of the load was requested."""
        return pd.to_datetime(self.fetched_at, utc=True, format="ISO8601")


def parse_snapshots(records: Iterable[Mapping[str, Any]]) -> list[Snapshot]:
    """Read the lines of snapshots, in their order; lines that say that the chain was rewritten are none.

    Raises
    ------
    PmframesError
        A later version wrote a line, or somebody who gave it the right hash.
    """
    snapshots = list[Snapshot]()
    for record in records:
        if "rewritten_at" in record:
            continue
        try:
            snapshots.append(msgspec.convert(record, Snapshot))
        except msgspec.ValidationError:
            raise PmframesError(
                f"A later version of pmframes, or something else, wrote line {record['line']} of the history.",
                "Update pmframes, or restore the folder from a copy.",
            ) from None
    return snapshots


def snapshots_table(snapshots: Iterable[Snapshot]) -> pd.DataFrame:
    """Build a table of snapshots, one row each."""
    rows = [
        {**msgspec.structs.asdict(one), "fetched_at": one.fetched, "params": format_params(one.params)}
        for one in snapshots
    ]
    return pd.DataFrame(rows, columns=list(_DTYPES)).astype(_DTYPES)


# Kinds


class Kind(NamedTuple):
    """What snapshots have in common that are compared with each other."""

    service: str
    url: str
    account: str
    resource: str
    params: str

    def __str__(self) -> str:
        """Write it for a list of candidates."""
        params = format_params(json.loads(self.params)) or "no params"
        return f"{self.service}.{self.resource} of {self.account} at {self.url} ({params})"


def kind_of(load: Source | Snapshot) -> Kind:
    """Return the kind of a snapshot, or of a checked source."""
    selective = {
        key: _HIDDEN if key in _MOVING_PARAMS else sorted(value) if key == "projects" else value
        for key, value in sorted(load.params.items())
        if not _UNSELECTIVE.fullmatch(key)
    }
    # Each demo is on another port.
    url = "fictional" if load.fictional else load.url
    params = json.dumps(selective, ensure_ascii=False)
    return Kind(*map(str, (load.service, url, load.account, load.resource, params)))


def group_by_kind(snapshots: Iterable[Snapshot]) -> dict[Kind, list[Snapshot]]:
    """Return the snapshots of each kind, in their order."""
    kinds = dict[Kind, list[Snapshot]]()
    for one in snapshots:
        kinds.setdefault(kind_of(one), []).append(one)
    return kinds


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
    source = sources[0] if sources else Source({})
    hidden = [key for key, value in source.params.items() if value == _HIDDEN and not _UNSELECTIVE.fullmatch(key)]
    if "sources" in frame.attrs.get(ATTRS_KEY, {}):
        problem = f"was made from other frames: {join(one.title for one in sources)}"
    elif None in (source.url, source.account, source.fetched_at) or not all(
        _NAME.fullmatch(name or "") for name in (source.service, source.resource)
    ):
        problem = "has no provenance that says from where, whose and when it is"
    elif source.partiality or source.complete is not True:
        problem = f"is not the load as it was: {source.partiality or 'it does not say that it is complete'}"
    elif hidden:
        problem = f"was loaded with {join(hidden)}, whose value is not recorded: two such loads would look the same"
    else:
        return source
    raise InvalidArgument(
        f"{argument} {problem}.", "Keep each frame as its loader returned it, and filter what the history returns."
    )


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
    snapshots: Sequence[Snapshot], moments: Moments, resource: str | None, account: str | None, params: dict[str, Any]
) -> dict[Kind, list[Snapshot]]:
    """Return the snapshots of a resource, an account and parameters, by their kinds, which have all numbers.

    Raises
    ------
    InvalidArgument
        There is none.
    """
    kinds = group_by_kind(snapshots)
    numbers = {moment for moment in moments if isinstance(moment, int)}
    fitting = {
        kind: ones
        for kind, ones in kinds.items()
        if resource in (None, kind.resource, ones[0].name)
        and account in (None, kind.account)
        and any(all(_has_param(one, *param) for param in params.items()) for one in ones)
        and numbers <= {one.number for one in ones}
    }
    if not fitting:
        values = {"number": min(numbers, default=None), "resource": resource, "account": account}
        listed = join([*(f"{name} {safe_repr(value)}" for name, value in values.items() if value), *params])
        remedy = f"The history has {'; '.join(map(str, kinds))}." if kinds else "Keep one: history.keep(frame)."
        raise InvalidArgument(f"No snapshot fits {listed or 'since there is none'}.", remedy)
    return fitting


def require_one_kind(kinds: Mapping[Kind, list[Snapshot]]) -> list[Snapshot]:
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


def find_at(snapshots: Sequence[Snapshot], moment: pd.Timestamp | int) -> Snapshot | None:
    """Return the last snapshot, by number, of what was fetched up to a moment, or the one of a number."""
    if isinstance(moment, int):
        return next(one for one in snapshots if one.number == moment)
    return next((one for one in reversed(snapshots) if one.fetched <= moment), None)


def _has_param(snapshot: Snapshot, key: str, value: Any) -> bool:
    """Whether a load had a parameter: 5, [5] and a frame with the id 5 are equal, and so are True and "true"."""
    stored = {_fold(name): item for name, item in snapshot.params.items()}
    wanted = value["id"].tolist() if isinstance(value, pd.DataFrame) else value
    texts = [sorted(map(_fold, _validation.as_list(one))) for one in (stored.get(_fold(key)), wanted)]
    return texts[0] == texts[1]


def _fold(value: object) -> str:
    return str(value).replace("_", "").casefold()
