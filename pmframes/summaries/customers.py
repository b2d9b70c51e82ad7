"""Summaries of customers, or clients, and of the projects that are done for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from pmframes import errors
from pmframes.summaries.groups import count_groups, rows_to_count
from pmframes.summaries.shared import check, with_sources

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
    check("customers_by_operator", customers, _OPERATOR_COLUMNS, "pm.spirii.customers")
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
    check(what, projects, _CUSTOMER_COLUMNS, "pm.projectmanager.projects")
    rows = rows_to_count(projects, *_CUSTOMER_COLUMNS)
    if customers is not None:
        check(what, customers, ["id", "name"], "pm.projectmanager.customers")
        unused = rows_to_count(customers[["id", "name"]], "id", "name").assign(count=0)
        rows, frames = pd.concat([rows, unused], ignore_index=True), [projects, customers]
    # One of the two frames may have lost where it came from, and their customers are the same all the same.
    table = count_groups(rows.assign(service=""), "customer", "projects")
    return with_sources(table.drop(columns="service"), *frames)


def customer_frames(customers: Any) -> list[pd.DataFrame]:
    """Give a list of frames, of which there may be one alone."""
    frames = [customers] if isinstance(customers, pd.DataFrame) else customers
    if not isinstance(frames, Iterable) or not (found := list(frames)):
        raise errors.wrong_kind("customers", customers, "a frame of customers, or a list of such frames")
    return found


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
