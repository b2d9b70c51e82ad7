"""What counts rows by what they belong to: companies, operators, customers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pmframes import errors
from pmframes.frames.provenance import KEY
from pmframes.summaries.shared import NONE, as_texts

_TIMES = "a column of times, or of texts such as 2026-03-01T08:30:00Z"


def rows_to_count(frame: pd.DataFrame, id_column: str | None, name_column: str | None) -> pd.DataFrame:
    """Bring a frame to the columns to count; ``_name`` and ``_none`` tell apart what has no id."""
    missing = pd.Series(pd.NA, index=frame.index, dtype="str")
    ids = as_texts(frame[id_column]) if id_column else missing
    names = frame[name_column].astype("str") if name_column else missing
    none = ids.isna() & names.isna()
    stamped = frame.attrs.get(KEY, {}).get("service")
    columns = {
        "service": frame.get("service", stamped),
        "id": ids,
        "name": names.mask(none, NONE),
        "count": 1,
        "created_at": _moments(frame, "created_at"),
        "updated_at": _moments(frame, "updated_at"),
        "_name": names.where(ids.isna(), ""),
        "_none": none,
    }
    # Numbered anew: an index may have the name of one of the columns.
    rows = pd.DataFrame(columns, index=frame.index).reset_index(drop=True)
    return rows.astype({"service": "str", "name": "str", "count": "int64", "_name": "str"})


def count_groups(rows: pd.DataFrame, group: str, what: str) -> pd.DataFrame:
    """Count rows by ``group``, most first in each service, "(none)" last; ``what`` is what a row is."""
    grouped = rows.groupby(["service", "id", "_name", "_none"], dropna=False, sort=False, as_index=False)
    table = grouped.agg(
        name=("name", "first"),
        count=("count", "sum"),
        first_created=("created_at", "min"),
        last_updated=("updated_at", "max"),
    )
    order = ["service", "_none", "count", "name", "id"]
    table = table.sort_values(order, ascending=[True, True, False, True, True], ignore_index=True)
    of_service = table.groupby("service", dropna=False)["count"].transform("sum")
    # Nothing of nothing is no share.
    table["share"] = (table["count"] / of_service.where(of_service > 0)).astype("Float64")
    shown = table[["service", "id", "name", "count", "share", "first_created", "last_updated"]]
    return shown.rename(columns={"id": f"{group}_id", "name": f"{group}_name", "count": what})


def _moments(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    values = frame[column] if column in frame else pd.Series(pd.NaT, index=frame.index)
    if pd.api.types.is_numeric_dtype(values.dtype) and values.notna().any():
        raise errors.wrong_kind(column, values.dtype, _TIMES)
    try:
        return pd.to_datetime(values, utc=True, format="ISO8601").dt.as_unit("us")
    except (TypeError, ValueError) as error:
        raise errors.wrong_kind(column, values.dtype, _TIMES) from error
