"""Join the frames of several accounts: the dtypes of a single load, and a source for each account."""

from collections import Counter
from collections.abc import Mapping, Set
from typing import Any

import pandas as pd

from pmframes._frames import provenance
from pmframes._text import join
from pmframes.errors import InvalidArgument

# Their permissions are columns, and an open set: an account may have more than another.
_OPEN_RESOURCES = {"permissions", "roles"}


def find_misfits(results: Mapping[str, Mapping[str, pd.DataFrame]]) -> dict[str, Exception]:
    """Return the accounts whose frames do not have the schema that most have, with an error each."""
    schemas = {name: _schema(frames) for name, frames in results.items()}
    counts = Counter(schemas.values())
    usual = max(schemas, key=lambda name: counts[schemas[name]], default="")
    return {
        name: InvalidArgument(
            f"load returned another schema for {name} than for {usual}: {_difference(schema, schemas[usual])}.",
            "Return the same columns for every account.",
        )
        for name, schema in schemas.items()
        if schema != schemas[usual]
    }


def _schema(frames: Mapping[str, pd.DataFrame]) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (key, str(column), "category" if _is_category(values) else str(values.dtype))
        for key, frame in frames.items()
        for column, values in frame.items()
        if not (values.dtype == "boolean" and provenance.resource_names(frame) & _OPEN_RESOURCES)
    )


def _difference(schema: Set[tuple[str, str, str]], usual: Set[tuple[str, str, str]]) -> str:
    def name(key: str, column: str) -> str:
        return f"{column} of {key}" if key else column

    columns, usual_columns = ({name(*item[:2]) for item in items} for items in (schema, usual))
    differences = (
        ("no column", usual_columns - columns), ("another column", columns - usual_columns),
        ("another dtype of", {name(*item[:2]) for item in schema - usual}),
    )  # fmt: skip
    return next(f"{words} {join(sorted(names))}" for words, names in differences if names)


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
