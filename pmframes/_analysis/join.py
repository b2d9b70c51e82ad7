"""Join two frames on columns of both, so that no row is lost or multiplied unnoticed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import (
    as_texts,
    check_column_names,
    decategorize,
    fold_column,
    is_email,
    list_limited,
    nullable_dtype,
)
from pmframes._frames.provenance import ATTRS_KEY, merge_provenance, read_sources
from pmframes._text import join, join_and, pluralize, safe_repr, strip_control, suggest
from pmframes.errors import InvalidArgument

_NOTES = {"left": "", "inner": " Rows without a match are left out.", "outer": " All of them are in the result."}


def join_frames(frame: pd.DataFrame, other: object, on: object, how: object) -> tuple[pd.DataFrame, str]:
    """Return the joined frame, and a sentence that says how many rows of each side have no match."""
    if not isinstance(other, pd.DataFrame):
        raise _messages.not_a_frame("other", other)
    if not isinstance(how, str) or how not in _NOTES:
        raise _messages.not_one_of("how", how, _NOTES)
    keys = _read_keys(on)
    for argument, table in (("frame", frame), ("other", other)):
        check_column_names(argument, table)
        _check_keys(keys, argument, table)
    codes = _encode_keys(frame, other, keys)
    _check_unique(codes[len(frame) :], keys)
    rows, partners, sentence = _match(codes, len(frame), how)
    columns = {name: _take(frame[name], rows, how == "outer") for name in frame}
    for name, values in other.items():
        if name not in keys:
            columns[_rename(str(name), frame, other)] = _take(values, partners, how != "inner")
        elif how == "outer":
            columns[name] = _fill_key(frame[name], values, rows, partners)
    index = pd.RangeIndex(len(rows)) if how == "outer" else frame.index[rows]
    joined = pd.DataFrame(columns, index=index)
    sources = merge_provenance(frame.iloc[rows] if how == "inner" else frame, other)
    # The rows that an outer join adds are no rows of the load.
    joined.attrs = {**frame.attrs, ATTRS_KEY: {**sources, "rows": len(frame if how == "outer" else joined)}}
    return joined, f"{strip_control(join(keys))}: {sentence}{_NOTES[how]}"


def _read_keys(on: object) -> list[str]:
    keys = [on] if isinstance(on, str) else on
    if not isinstance(keys, list | tuple) or not keys or not all(isinstance(key, str) for key in keys):
        raise _messages.wrong_kind("on", on, "the name of a column of both frames, or a list of names")
    return list(dict.fromkeys(keys))


def _check_keys(keys: list[str], argument: str, table: pd.DataFrame) -> None:
    for key in keys:
        if key in table.index.names:
            raise InvalidArgument(
                f"on is {safe_repr(key)}, which is the index of {argument}.", f"Call {argument}.reset_index() first."
            )
        if key not in table:
            raise InvalidArgument(
                f"on is {safe_repr(key)}, which is not a column of {argument}.",
                f"{suggest(key, table)} Use a column of both frames, after renaming one if necessary; "
                f"{argument} has: {list_limited(table)}.".lstrip(),
            )


def _encode_keys(frame: pd.DataFrame, other: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Return a number per distinct key, first for the rows of ``frame``; -1 where a part of the key is missing."""
    texts = [pd.concat([_to_texts(table[key]) for table in (frame, other)], ignore_index=True) for key in keys]
    parts = pd.concat(texts, axis=1, keys=range(len(texts)))
    groups = parts.groupby(list(parts), sort=False, dropna=True).ngroup()
    return groups.fillna(-1).to_numpy(dtype="int64")


def _to_texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return keys as they are compared; an empty text is missing."""
    texts = fold_column(values) if is_email(values.name) else as_texts(values).astype(object)
    return texts.where(texts != "", None)


def _check_unique(codes: np.ndarray, keys: list[str]) -> None:
    repeated = pd.Series(codes[codes >= 0]).value_counts()
    repeated = repeated[repeated > 1]
    if len(repeated):
        folded = [f'{key}=other["{key}"].str.strip().str.casefold()' for key in keys if is_email(key)]
        rows = f"other.assign({join(folded)})" if folded else "other"
        raise InvalidArgument(
            f"other repeats {pluralize(len(repeated), 'value')} of {join_and(keys)}, in {repeated.sum():,} rows. This "
            "would multiply rows of this frame, and raise its counts.",
            f"Keep one row of each: {rows}.drop_duplicates({keys!r}). Or join the other way: other.pm.join(frame, …).",
        )


def _match(codes: np.ndarray, length: int, how: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the rows of each frame for the rows of the result, -1 where it has none, and how many have no match."""
    left, right = codes[:length], codes[length:]
    known = np.flatnonzero(right >= 0)
    # The last place stands for a missing key.
    lookup = np.full(codes.max(initial=-1) + 2, -1)
    lookup[right[known]] = known
    rows, partners = np.arange(length), lookup[left]
    unmatched = np.setdiff1d(np.arange(len(right)), partners)
    missing = int((partners < 0).sum())
    verb = "has" if length == 1 else "have"
    sentence = (
        f"{missing:,} of {pluralize(length, 'row')} {verb} no match; "
        f"{len(unmatched):,} of {pluralize(len(right), 'row')} of the other frame "
        f"{'has' if len(right) == 1 else 'have'} none."
    )
    if how == "inner":
        rows, partners = rows[partners >= 0], partners[partners >= 0]
    if how == "outer":
        rows = np.concatenate([rows, np.full(len(unmatched), -1)])
        partners = np.concatenate([partners, unmatched])
    return rows, partners, sentence


def _take(values: pd.Series[Any], rows: np.ndarray, may_miss: bool) -> Any:
    """Return the values of these rows; -1 gives a missing value."""
    if not may_miss:
        return values.array.take(rows)
    return values.astype(nullable_dtype(values.dtype)).array.take(rows, allow_fill=True)


def _fill_key(values: pd.Series[Any], others: pd.Series[Any], rows: np.ndarray, partners: np.ndarray) -> Any:
    """Return a key column of an outer join: the values of ``others`` where the first frame has no row."""
    key = pd.Series(_take(decategorize(values), rows, True))
    added = decategorize(others).iloc[partners[rows < 0]]
    try:
        return pd.concat([key[rows >= 0], added.astype(key.dtype)]).array
    except (TypeError, ValueError):
        raise InvalidArgument(
            f"{values.name} of other has the dtype {others.dtype}, not {values.dtype}.",
            f'Convert it: other["{values.name}"] = other["{values.name}"].astype("{key.dtype}").',
        ) from None


def _rename(column: str, frame: pd.DataFrame, other: pd.DataFrame) -> str:
    """Return the name of a column of ``other`` in the result: a column of both gets the resource as a suffix."""
    if column not in frame:
        return column
    resources = {source.resource for source in read_sources(other)}
    ours = {source.resource for source in read_sources(frame)}
    resource = resources.pop() if len(resources) == 1 and resources.isdisjoint(ours) else None
    name = f"{column}_{resource or 'other'}"
    if name in frame or name in other:
        raise InvalidArgument(
            f"Both frames have the column {safe_repr(column)}, and {safe_repr(name)} is taken.",
            f'Rename or drop it in other first: other.rename(columns={{"{column}": …}}).',
        )
    return name
