"""Summaries of customers, or clients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pmframes import errors
from pmframes.frames.provenance import KEY
from pmframes.report.summaries import NONE, check, with_sources

_COMPANY_COLUMNS = {"company_id": ("company_name", "company_title"), "owner_id": ("owner_name",)}
_COMPANY_TABLE = (
    "service",
    "company_id",
    "company_name",
    "customers",
    "share",
    "first_created",
    "last_updated",
)
_CUSTOMERS_MADE_BY = "pm.projectmanager.customers, pm.outlign.clients or pm.spirii.customers"


def customers_by_company(customers: pd.DataFrame | Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Count customers, or clients, by the company they belong to.

    Parameters
    ----------
    customers
        What ``pm.projectmanager.customers``, ``pm.outlign.clients``, ``pm.spirii.customers`` or
        ``pm.customers`` returns, or a list of such frames. Companies are told apart by service and id, and
        by name where there is no id.

    Returns
    -------
    pandas.DataFrame
        Sorted by service, then by customers (most first), then by name; "(none)", the customers without a
        company, comes last in each service.

        ===================  ===================  ==================================================
        service              str                  NA where the frame does not say
        company_id           str                  NA where the service gave none
        company_name         str                  "(none)" where there is no company; NA where there
                                                  is only an id
        customers            int64                rows
        share                Float64              of the customers of that service, 0 to 1
        first_created        datetime64[us, UTC]  earliest created_at, NaT where not known
        last_updated         datetime64[us, UTC]  latest updated_at, NaT where not known
        ===================  ===================  ==================================================

    Raises
    ------
    InvalidArgument
        If ``customers`` is neither a frame nor a list of them, or one lacks the columns of its company.
    """
    frames = [customers] if isinstance(customers, pd.DataFrame) else list(customers)
    if not frames:
        raise errors.wrong_kind("customers", customers, "a frame of customers, or a list of such frames")
    rows = pd.concat([_companies(frame) for frame in frames], ignore_index=True)
    keys = ["service", "company_id", "_name", "_none"]
    grouped = rows.groupby(keys, dropna=False, sort=False, as_index=False)
    table = grouped.agg(
        company_name=("company_name", "first"),
        customers=("_none", "size"),
        first_created=("created_at", "min"),
        last_updated=("updated_at", "max"),
    )
    order = ["service", "_none", "customers", "company_name", "company_id"]
    table = table.sort_values(order, ascending=[True, True, False, True, True], ignore_index=True)
    of_service = table.groupby("service", dropna=False)["customers"].transform("sum")
    table = table.assign(share=(table["customers"] / of_service).astype("Float64"))
    return with_sources(table[list(_COMPANY_TABLE)], *frames)


def _companies(frame: pd.DataFrame) -> pd.DataFrame:
    """Bring customers to the columns to count; ``_name`` and ``_none`` tell apart what has no id."""
    id_column, name_column = _company_columns(frame)
    missing = pd.Series(pd.NA, index=frame.index, dtype="str")
    ids = frame[id_column].astype("str") if id_column else missing
    names = frame[name_column].astype("str") if name_column else missing
    none = ids.isna() & names.isna()
    stamped = frame.attrs.get(KEY, {}).get("service")
    return pd.DataFrame(
        {
            "service": frame.get("service", stamped),
            "company_id": ids,
            "company_name": names.mask(none, NONE),
            "_name": names.where(ids.isna(), ""),
            "_none": none,
            "created_at": _moments(frame, "created_at"),
            "updated_at": _moments(frame, "updated_at"),
        },
        index=frame.index,
    ).astype({"service": "str", "company_name": "str", "_name": "str"})


def _company_columns(frame: pd.DataFrame) -> tuple[str | None, str | None]:
    what = "customers_by_company"
    check(what, frame, [], _CUSTOMERS_MADE_BY)
    for identifier, names in _COMPANY_COLUMNS.items():
        found = [name for name in names if name in frame]
        if identifier in frame and found:
            return identifier, found[0]
        if identifier in frame:
            raise errors.missing_columns(what, [" or ".join(names)], _CUSTOMERS_MADE_BY)
        if found:
            raise errors.missing_columns(what, [identifier], _CUSTOMERS_MADE_BY)
    check(what, frame, ["id", "name"], _CUSTOMERS_MADE_BY)
    return None, None


def _moments(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    values = frame[column] if column in frame else pd.Series(pd.NaT, index=frame.index)
    return pd.to_datetime(values, utc=True, format="ISO8601").dt.as_unit("us")
