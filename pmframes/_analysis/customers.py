"""Summaries of customers, of clients, and of the projects done for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import NONE, as_texts, check_frame, with_sources
from pmframes._frames.provenance import read_sources
from pmframes._signatures import checks_arguments
from pmframes._text import join_or
from pmframes._types import TEXT

_COMPANY_COLUMNS = {"company_id": ("company_name", "company_title"), "owner_id": ("owner_name",)}
_OPERATOR_COLUMNS = ("cpo_id", "cpo_name")
_CUSTOMER_COLUMNS = ("customer_id", "customer_name")
_LOADERS = ("pm.projectmanager.customers", "pm.outlign.clients", "pm.spirii.customers", "pm.customers")


@checks_arguments
def customers_by_company(customers: pd.DataFrame | Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Count customers, or clients, by company.

    Parameters
    ----------
    customers
        What ``pm.projectmanager.customers``, ``pm.outlign.clients``, ``pm.spirii.customers`` or
        ``pm.customers`` returns, or a list of such frames. The company is Outlign's company or Spirii's
        owner. Companies are distinguished by service and id, or by name if there is no id; of a frame that
        ``pm.across`` returns, also by account, which is then the first column.

    Returns
    -------
    pandas.DataFrame
        Sorted by service, then by customers (descending), then by name; "(none)", the customers without a
        company, comes last in each service.

        ===================  ===================  ==================================================
        service              str                  NA if the frame does not record it
        company_id           str                  NA if the service sent none
        company_name         str                  "(none)" if there is no company; NA if there is
                                                  only an id
        customers            int64                rows
        share                Float64              of the customers of that service, 0 to 1
        first_created        datetime64[us, UTC]  earliest created_at, NaT if unknown
        last_updated         datetime64[us, UTC]  latest updated_at, NaT if unknown
        ===================  ===================  ==================================================

    Raises
    ------
    InvalidArgument
        If ``customers`` is neither a frame nor a list of frames, or one lacks the columns of its company.

    See Also
    --------
    customers_by_operator : Spirii's customers by the operator of their charge points.
    projects_by_customer : ProjectManager.com's customers, which have no company, by their projects.
    """
    frames = customer_frames(customers)
    rows = [_to_countable(frame, *_find_company_columns(frame)) for frame in frames]
    table = _count_groups(pd.concat(rows, ignore_index=True), "company", "customers")
    return with_sources(table, *frames)


@checks_arguments
def customers_by_operator(customers: pd.DataFrame) -> pd.DataFrame:
    """Count customers of Spirii by the operator of their charge points.

    Parameters
    ----------
    customers
        What ``pm.spirii.customers`` returns. Operators are distinguished by cpo_id, or by cpo_name if there
        is no id.

    Returns
    -------
    pandas.DataFrame
        Sorted by customers (descending), then by name; "(none)", the customers without an operator, comes
        last.

        ===================  ===================  ==================================================
        operator_id          str                  cpo_id as text, NA if the service sent none
        operator_name        str                  "(none)" if there is no operator; NA if there is
                                                  only an id
        customers            int64                rows
        share                Float64              of all customers, 0 to 1
        first_created        datetime64[us, UTC]  earliest created_at, NaT if unknown
        last_updated         datetime64[us, UTC]  latest updated_at, NaT if unknown
        ===================  ===================  ==================================================

    Raises
    ------
    InvalidArgument
        If ``customers`` is not a frame or lacks cpo_id or cpo_name.
    """
    check_frame("customers", customers, _OPERATOR_COLUMNS, "pm.spirii.customers")
    rows = _to_countable(customers, *_OPERATOR_COLUMNS)
    table = _count_groups(rows, "operator", "customers").drop(columns="service")
    return with_sources(table, customers)


@checks_arguments
def projects_by_customer(projects: pd.DataFrame, customers: pd.DataFrame | None = None) -> pd.DataFrame:
    """Count projects of ProjectManager.com by customer.

    Templates count as well. To exclude them, pass ``projects[~projects["is_template"].fillna(False)]``.

    Parameters
    ----------
    projects
        What ``pm.projectmanager.projects`` returns. Customers are distinguished by customer_id, or by
        customer_name if there is no id.
    customers
        What ``pm.projectmanager.customers`` returns: adds a row with 0 projects for each customer without a
        project.

    Returns
    -------
    pandas.DataFrame
        Sorted by projects (descending), then by name; "(none)", the projects without a customer, comes last.

        ===================  ===================  ==================================================
        customer_id          str                  NA if the service sent none
        customer_name        str                  "(none)" if there is no customer; NA if there is
                                                  only an id
        projects             int64                rows of ``projects``
        share                Float64              of all projects, 0 to 1; NA if there are none
        first_created        datetime64[us, UTC]  earliest created_at of the projects, NaT if there
                                                  are none, or it is unknown
        last_updated         datetime64[us, UTC]  latest updated_at of the projects, the same
        ===================  ===================  ==================================================

    Raises
    ------
    InvalidArgument
        If ``projects`` or ``customers`` is not a frame or lacks the columns of a customer.
    """
    frames = [projects]
    check_frame("projects", projects, _CUSTOMER_COLUMNS, "pm.projectmanager.projects")
    rows = _to_countable(projects, *_CUSTOMER_COLUMNS)
    if customers is not None:
        check_frame("customers", customers, ["id", "name"], "pm.projectmanager.customers")
        unused = _to_countable(customers[["id", "name"]], "id", "name").assign(count=0)
        rows, frames = pd.concat([rows, unused], ignore_index=True), [projects, customers]
    # One of the two frames may have lost its provenance; their customers are the same nevertheless.
    table = _count_groups(rows.assign(service=""), "customer", "projects")
    return with_sources(table.drop(columns="service"), *frames)


def customer_frames(customers: Any) -> list[pd.DataFrame]:
    """Return a list of frames, of a single frame as well."""
    frames = [customers] if isinstance(customers, pd.DataFrame) else customers
    if not isinstance(frames, Iterable) or not (listed := list(frames)):
        raise _messages.wrong_kind("customers", customers, "a frame of customers, or a list of such frames")
    return listed


def _find_company_columns(frame: pd.DataFrame) -> tuple[str | None, str | None]:
    """Return the columns of the id and the name of the company, or neither."""
    check_frame("customers", frame, [], *_LOADERS)
    for id_column, name_columns in _COMPANY_COLUMNS.items():
        present = [name for name in name_columns if name in frame]
        if id_column in frame and present:
            return id_column, present[0]
        if id_column in frame:
            raise _messages.missing_columns("customers", [" or ".join(name_columns)], join_or(_LOADERS))
        if present:
            raise _messages.missing_columns("customers", [id_column], join_or(_LOADERS))
    check_frame("customers", frame, ["id", "name"], *_LOADERS)
    return None, None


def _to_countable(frame: pd.DataFrame, id_column: str | None, name_column: str | None) -> pd.DataFrame:
    """Select the columns to count by; ``_name`` distinguishes groups without an id, ``_none`` has neither."""
    missing = pd.Series(pd.NA, index=frame.index, dtype=TEXT)
    ids = as_texts(frame[id_column]) if id_column else missing
    names = frame[name_column].astype(TEXT) if name_column else missing
    has_neither = ids.isna() & names.isna()
    services = {source.service for source in read_sources(frame)}
    columns = {
        "account": frame.get("account"),
        "service": frame.get("service", services.pop() if len(services) == 1 else None),
        "id": ids,
        "name": names.mask(has_neither, NONE),
        "count": 1,
        "created_at": _read_times(frame, "created_at"),
        "updated_at": _read_times(frame, "updated_at"),
        "_name": names.where(ids.isna(), ""),
        "_none": has_neither,
    }
    # A new index, since the old one may have the name of one of the columns.
    rows = pd.DataFrame(columns, index=frame.index).reset_index(drop=True)
    return rows.astype({"account": TEXT, "service": TEXT, "name": TEXT, "count": "int64", "_name": TEXT})


def _read_times(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    values = frame[column] if column in frame else pd.Series(pd.NaT, index=frame.index)
    expected = "a column of times, or of text such as 2026-03-01T08:30:00Z"
    if pd.api.types.is_numeric_dtype(values.dtype) and values.notna().any():
        raise _messages.wrong_kind(column, values.dtype, expected)
    try:
        return pd.to_datetime(values, utc=True, format="ISO8601").dt.as_unit("us")
    except (TypeError, ValueError) as error:
        raise _messages.wrong_kind(column, values.dtype, expected) from error


def _count_groups(rows: pd.DataFrame, group: str, counted: str) -> pd.DataFrame:
    """Count rows by ``group``, account and service, descending, "(none)" last; ``counted`` names the counts."""
    keys = ["account", "service", "id", "_name", "_none"]
    grouped = rows.groupby(keys, dropna=False, sort=False, as_index=False)
    table = grouped.agg(
        name=("name", "first"),
        count=("count", "sum"),
        first_created=("created_at", "min"),
        last_updated=("updated_at", "max"),
    )
    order = ["account", "service", "_none", "count", "name", "id"]
    table = table.sort_values(order, ascending=[True, True, True, False, True, True], ignore_index=True)
    totals = table.groupby(["account", "service"], dropna=False)["count"].transform("sum")
    # No share of nothing: NA instead of 0 / 0.
    table["share"] = (table["count"] / totals.where(totals > 0)).astype("Float64")
    account = ["account"] if table["account"].notna().any() else []
    shown = table[[*account, "service", "id", "name", "count", "share", "first_created", "last_updated"]]
    return shown.rename(columns={"id": f"{group}_id", "name": f"{group}_name", "count": counted})
