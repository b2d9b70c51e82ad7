"""Summaries of customers, or clients, and of the projects that are done for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from pmframes import _messages
from pmframes._analysis.common import NONE, as_texts, check_frame, with_sources
from pmframes._frames.provenance import KEY

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
        raise _messages.wrong_kind(column, values.dtype, _TIMES)
    try:
        return pd.to_datetime(values, utc=True, format="ISO8601").dt.as_unit("us")
    except (TypeError, ValueError) as error:
        raise _messages.wrong_kind(column, values.dtype, _TIMES) from error


_COMPANY_COLUMNS = {"company_id": ("company_name", "company_title"), "owner_id": ("owner_name",)}
_OPERATOR_COLUMNS = ("cpo_id", "cpo_name")
_CUSTOMER_COLUMNS = ("customer_id", "customer_name")
_CUSTOMERS_MADE_BY = "pm.projectmanager.customers, pm.outlign.clients or pm.spirii.customers"


def customers_by_company(customers: pd.DataFrame | Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Count customers, or clients, by the company they belong to.

    Parameters
    ----------
    customers
        What ``pm.projectmanager.customers``, ``pm.outlign.clients``, ``pm.spirii.customers`` or
        ``pm.customers`` returns, or a list of such frames. The company is Outlign's company and Spirii's
        owner; companies are told apart by service and id, and by name where there is no id.

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

    See Also
    --------
    customers_by_operator : Spirii's customers by the operator of their charge points.
    projects_by_customer : ProjectManager.com's customers, which have no company, by their projects.
    """
    frames = customer_frames(customers)
    rows = [rows_to_count(frame, *_company_columns(frame)) for frame in frames]
    table = count_groups(pd.concat(rows, ignore_index=True), "company", "customers")
    return with_sources(table, *frames)


def customers_by_operator(customers: pd.DataFrame) -> pd.DataFrame:
    """Count customers of Spirii by the operator of their charge points.

    Parameters
    ----------
    customers
        What ``pm.spirii.customers`` returns. Operators are told apart by cpo_id, and by cpo_name where there
        is no id.

    Returns
    -------
    pandas.DataFrame
        Sorted by customers (most first), then by name; "(none)", the customers without an operator, comes
        last.

        ===================  ===================  ==================================================
        operator_id          str                  cpo_id as text, NA where the service gave none
        operator_name        str                  "(none)" where there is no operator; NA where
                                                  there is only an id
        customers            int64                rows
        share                Float64              of all customers, 0 to 1
        first_created        datetime64[us, UTC]  earliest created_at, NaT where not known
        last_updated         datetime64[us, UTC]  latest updated_at, NaT where not known
        ===================  ===================  ==================================================

    Raises
    ------
    InvalidArgument
        If ``customers`` is not a frame, or has no cpo_id or no cpo_name.
    """
    check_frame("customers_by_operator", customers, _OPERATOR_COLUMNS, "pm.spirii.customers")
    rows = rows_to_count(customers, *_OPERATOR_COLUMNS)
    table = count_groups(rows, "operator", "customers").drop(columns="service")
    return with_sources(table, customers)


def projects_by_customer(projects: pd.DataFrame, customers: pd.DataFrame | None = None) -> pd.DataFrame:
    """Count projects of ProjectManager.com by the customer they are done for.

    Every project counts, also a template: leave those out first where they should not,
    ``projects[~projects["is_template"].fillna(False)]``.

    Parameters
    ----------
    projects
        What ``pm.projectmanager.projects`` returns. Customers are told apart by customer_id, and by
        customer_name where there is no id.
    customers
        What ``pm.projectmanager.customers`` returns: those of them without a project are lines too, with 0
        projects.

    Returns
    -------
    pandas.DataFrame
        Sorted by projects (most first), then by name; "(none)", the projects without a customer, comes last.

        ===================  ===================  ==================================================
        customer_id          str                  NA where the service gave none
        customer_name        str                  "(none)" where there is no customer; NA where
                                                  there is only an id
        projects             int64                rows of ``projects``
        share                Float64              of all projects, 0 to 1; NA where there are none
        first_created        datetime64[us, UTC]  earliest created_at of the projects, NaT where
                                                  there are none, or not known
        last_updated         datetime64[us, UTC]  latest updated_at of the projects, the same
        ===================  ===================  ==================================================

    Raises
    ------
    InvalidArgument
        If ``projects`` or ``customers`` is not a frame, or lacks the columns of a customer.
    """
    what, frames = "projects_by_customer", [projects]
    check_frame(what, projects, _CUSTOMER_COLUMNS, "pm.projectmanager.projects")
    rows = rows_to_count(projects, *_CUSTOMER_COLUMNS)
    if customers is not None:
        check_frame(what, customers, ["id", "name"], "pm.projectmanager.customers")
        unused = rows_to_count(customers[["id", "name"]], "id", "name").assign(count=0)
        rows, frames = pd.concat([rows, unused], ignore_index=True), [projects, customers]
    # One of the two frames may have lost where it came from, and their customers are the same all the same.
    table = count_groups(rows.assign(service=""), "customer", "projects")
    return with_sources(table.drop(columns="service"), *frames)


def customer_frames(customers: Any) -> list[pd.DataFrame]:
    """Give a list of frames, of which there may be one alone."""
    frames = [customers] if isinstance(customers, pd.DataFrame) else customers
    if not isinstance(frames, Iterable) or not (found := list(frames)):
        raise _messages.wrong_kind("customers", customers, "a frame of customers, or a list of such frames")
    return found


def _company_columns(frame: pd.DataFrame) -> tuple[str | None, str | None]:
    what = "customers_by_company"
    check_frame(what, frame, [], _CUSTOMERS_MADE_BY)
    for identifier, names in _COMPANY_COLUMNS.items():
        found = [name for name in names if name in frame]
        if identifier in frame and found:
            return identifier, found[0]
        if identifier in frame:
            raise _messages.missing_columns(what, [" or ".join(names)], _CUSTOMERS_MADE_BY)
        if found:
            raise _messages.missing_columns(what, [identifier], _CUSTOMERS_MADE_BY)
    check_frame(what, frame, ["id", "name"], _CUSTOMERS_MADE_BY)
    return None, None
