"""Join the frames of several accounts: the dtypes of a single load, and a source for each account."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pmframes._accounts.tasks import Frames
from pmframes._frames import provenance
from pmframes._text import join
from pmframes.errors import InvalidArgument


def find_misfits(results: Mapping[str, Frames]) -> dict[str, Exception]:
    """Return the accounts whose frames do not have the schema of the first account's, with an error each."""
    misfits: dict[str, Exception] = {}
    first_name = next(iter(results), "")
    for name, frames in results.items():
        first = results[first_name]
        if frames.keys() != first.keys():
            problem = f"frames {join(frames)}, not {join(first)}"
        else:
            problem = next(filter(None, (_find_difference(frames[key], first[key]) for key in first)), "")
        if problem:
            misfits[name] = InvalidArgument(
                f"load returned another schema for {name} than for {first_name}: {problem}.",
                "Return the same columns for every account.",
            )
    return misfits


def _find_difference(frame: pd.DataFrame, first: pd.DataFrame) -> str:
    """Compare two schemas; permissions, which are flags, are an open set."""
    for one, other, name in ((frame, first, "another column"), (first, frame, "no column")):
        columns = [column for column in one if column not in other and one[column].dtype != "boolean"]
        if columns:
            return f"{name} {join(columns)}"
    different = [column for column in first if column in frame and not _is_alike(frame[column], first[column])]
    return f"another dtype of {join(different)}" if different else ""


def _is_alike(values: pd.Series, others: pd.Series) -> bool:
    return values.dtype == others.dtype or (_is_category(values) and _is_category(others))


def _is_category(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.CategoricalDtype)


def concat_frames(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Join frames of one schema, in their order; a flag that one lacks is NA there."""
    columns = list(dict.fromkeys(column for frame in frames for column in frame))
    dtypes: dict[Any, Any] = {}
    for column in columns:
        holders = [frame[column] for frame in frames if column in frame]
        if _is_category(holders[0]):
            categories = dict.fromkeys(value for values in holders for value in values.cat.categories)
            index = pd.Index(list(categories), dtype=holders[0].cat.categories.dtype)
            dtypes[column] = pd.CategoricalDtype(index, holders[0].cat.ordered)
        else:
            dtypes[column] = holders[0].dtype
    alike = [frame.reindex(columns=columns).astype(dtypes) for frame in frames]
    joined = pd.concat(alike, ignore_index=True)
    joined.attrs = {provenance.ATTRS_KEY: provenance.merge_provenance(*frames)}
    return joined
