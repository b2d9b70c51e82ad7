"""The customers of the workspace, which can be written too.

Documentation of the service: https://developer.projectmanager.com
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pmframes import _validation
from pmframes._frames.schema import Record, Text, TextId, field
from pmframes._http.pagination import SinglePage
from pmframes._loading.loader import run
from pmframes._loading.plan import build_plan
from pmframes._loading.resource import Options, Resource
from pmframes._loading.writing import WritableColumn, WriteSchema, send
from pmframes._signatures import checks_arguments
from pmframes._types import Frame, Params
from pmframes.projectmanager._common import SERVICE, parse_page, parse_single

_LISTED_ID = "the id of a customer (UUID); pm.projectmanager.customers() lists them"


class Customer(Record):
    """A customer of the workspace."""

    id: Annotated[TextId, field("Id of the customer (UUID)")]
    name: Annotated[Text, field("Name of the customer", is_always_sent=True)]


CUSTOMERS = Resource(
    service=SERVICE,
    name="customers",
    record=Customer,
    path="/api/data/projects/customers",
    paging=SinglePage(),
    parse=parse_page,
)
CUSTOMER = replace(CUSTOMERS, parse=parse_single)
WRITE_SCHEMA = WriteSchema(
    CUSTOMERS,
    CUSTOMER,
    "customer",
    {"name": WritableColumn("name", _validation.parse_name, on_create="required")},
    load_plan=lambda columns: build_plan(CUSTOMERS, Options(refresh=True)),
    stale_resources=[CUSTOMERS.name],
)


@checks_arguments
def customers(
    *, refresh: bool = False, progress: bool | None = None, params: Params = None, extra_columns: bool = False
) -> Frame:
    """Load the customers of the workspace.

    Parameters
    ----------
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one hour.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query parameters without an argument of their own. The service documents none for this list.
    extra_columns : bool, default False
        Add what the service sent beyond the schema.

    Returns
    -------
    DataFrame
        One row per customer: id, name (str).

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse
        See ``pmframes.errors``.

    Notes
    -----
    https://developer.projectmanager.com, Project Customer: Retrieve Project Customers. The service sends the
    whole list in one response and no total, so that it cannot be checked for completeness.
    """
    return run(build_plan(CUSTOMERS, Options(refresh, progress, params, extra_columns)))


@checks_arguments
def create_customer(name: str) -> Frame:
    """Create a customer.

    Parameters
    ----------
    name : str
        The name of the customer.

    Returns
    -------
    DataFrame
        The new row, as from ``customers``: id, name (str).

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, OfflineMiss
        Nothing was created. See ``pmframes.errors``.
    ServiceError
        The service refused the values, or the message says that it may have created the customer all the same.

    Notes
    -----
    https://developer.projectmanager.com, Project Customer: Create a Project Customer.
    """
    return send(WRITE_SCHEMA.create({"name": _validation.parse_name("name", name)}))


@checks_arguments
def update_customer(id: str, name: str) -> Frame:  # noqa: A002 - the word of the service, and of the column
    """Rename a customer.

    Parameters
    ----------
    id : str
        The id of the customer (UUID).
    name : str
        Its new name.

    Returns
    -------
    DataFrame
        The row as it is now, as from ``customers``: id, name (str).

    Raises
    ------
    NotFound
        There is no such customer.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, OfflineMiss
        Nothing was changed. See ``pmframes.errors``.
    ServiceError
        The service refused the values, or the message says that it may have changed the customer all the same.

    Notes
    -----
    https://developer.projectmanager.com, Project Customer: Update a Project Customer. Cached projects have the
    earlier name until they are loaded again.
    """
    id_ = _validation.parse_uuid("id", id, _LISTED_ID)
    return send(WRITE_SCHEMA.update(id_, {"name": _validation.parse_name("name", name)}))


@checks_arguments
def delete_customer(id: str) -> Frame:  # noqa: A002
    """Delete a customer for good; the service removes it from all its projects.

    Parameters
    ----------
    id : str
        The id of the customer (UUID).

    Returns
    -------
    DataFrame
        No row; the columns are those of ``customers``.

    Raises
    ------
    NotFound
        There is no such customer.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, OfflineMiss
        Nothing was deleted. See ``pmframes.errors``.
    ServiceError
        The service refused, or the message says that it may have deleted the customer all the same.

    Notes
    -----
    https://developer.projectmanager.com, Project Customer: Delete a Project Customer.
    """
    return send(WRITE_SCHEMA.delete(_validation.parse_uuid("id", id, _LISTED_ID)))
