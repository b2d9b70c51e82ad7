"""Outlign: clients, the organisations and people for which an agency works, and the agency's companies.

Documentation of the service: https://go.outlign.co/api/docs
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import pandas as pd

from pmframes import _messages, _registry, _validation
from pmframes._frames.builder import Included
from pmframes._frames.schema import Id, OptionalId, Record, Text, Time, field
from pmframes._http.pagination import PageNumber, SinglePage
from pmframes._http.service import Identity, Service
from pmframes._loading import filters
from pmframes._loading.filters import Filters
from pmframes._loading.loader import run, run_with
from pmframes._loading.plan import LoadPlan, build_plan
from pmframes._loading.resource import Listing, Options, ParsedPage, Query, RelatedColumns, Resource
from pmframes._loading.writing import WritableColumn, WriteSchema, send
from pmframes._signatures import checks_arguments
from pmframes._text import refuse_other_names
from pmframes._types import Frame, Params
from pmframes.errors import PmframesError, UnexpectedResponse

__all__ = ["client", "clients", "companies", "create_client", "delete_client", "update_client"]

if not TYPE_CHECKING:  # so that a type checker reports a misspelt name
    __getattr__ = refuse_other_names("pm.outlign", __all__)


class _Company(msgspec.Struct):
    title: str | None = None


def _whoami(body: bytes) -> str:
    """Return a company of the user: the service's record of a user contains secrets."""
    companies = msgspec.json.decode(_parse_page(body).rows, type=list[_Company])
    return f"a user of {companies[0].title or 'a company'}" if companies else "a user without a company"


_LISTED_ID = "an id such as 12345; pm.outlign.{}() lists them"
SERVICE = Service(
    name="outlign",
    credential="an OAuth access token (it expires after one hour), or a function that returns one",
    identity=Identity("/api/v1/companies", _whoami, {"per_page": "1"}),
    url="https://go.outlign.co",
    requests_per_minute=60,
)


class Client(Record):
    """A client of one of the companies that the credential is allowed to see."""

    id: Annotated[Id, field("Id of the client")]
    title: Annotated[Text, field("Name of the client", is_always_sent=True)]
    company_id: Annotated[OptionalId, field("Id of its company", path=("company_id", "company.id"))]
    company_title: Annotated[Text, field("Name of its company", path="company.title")]
    created_at: Annotated[Time, field("Creation time")]
    updated_at: Annotated[Time, field("Time of the last update")]


class Company(Record):
    """A company that the credential's user belongs to, which has clients."""

    id: Annotated[Id, field("Id of the company")]
    title: Annotated[Text, field("Name of the company", is_always_sent=True)]
    created_at: Annotated[Time, field("Creation time")]
    updated_at: Annotated[Time, field("Time of the last update")]


class _Links(msgspec.Struct):
    next: Any = msgspec.UNSET


class _Envelope(msgspec.Struct):
    data: msgspec.Raw
    links: _Links | None = None


def _parse_page(body: bytes) -> ParsedPage:
    """Parse both known bodies: the bare list of the documentation, and the envelope of Laravel.

    The link to the next page means only that there is more: it drops the filters and may lead anywhere.
    """
    if body.lstrip().startswith(b"["):
        return ParsedPage(body)
    envelope = msgspec.json.decode(body, type=_Envelope)
    following = envelope.links.next if envelope.links else msgspec.UNSET
    has_more = None if following is msgspec.UNSET else following is not None
    return ParsedPage(_as_list(envelope.data), has_more)


def _as_list(data: msgspec.Raw) -> bytes | msgspec.Raw:
    """Return a list that PHP sent as an object, because its keys are not 0, 1, 2, as the list that it is."""
    if not bytes(data).lstrip().startswith(b"{"):
        return data
    members = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    return msgspec.json.encode(list(members.values())) if all(map(str.isdecimal, members)) else data


def _parse_single(body: bytes) -> ParsedPage:
    """Parse one record: bare as in the documentation, in an envelope, or in a list."""
    if body.lstrip().startswith(b"["):
        return ParsedPage(body)
    members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    data = bytes(members.get("data", body)).strip()
    return ParsedPage(data if data.startswith(b"[") else b"[" + data + b"]")


CLIENTS = Resource(
    service=SERVICE,
    name="clients",
    record=Client,
    path="/api/v1/clients",
    # The largest page size: rows deleted during pagination shift the pages, and no total shows it.
    paging=PageNumber("page", "per_page", size=1000),
    parse=_parse_page,
    sensitive_params=frozenset({"title"}),
)
CLIENT = replace(CLIENTS, name="client", paging=SinglePage(), parse=_parse_single)
COMPANIES = replace(CLIENTS, name="companies", record=Company, path="/api/v1/companies")
_parse_company_id = partial(_validation.parse_positive_integer, wanted=_LISTED_ID.format("companies"))
_parse_client_id = partial(_validation.parse_positive_integer, wanted=_LISTED_ID.format("clients"))
FILTERS: Filters = {
    "company_id": filters.single_id("company_id", filters.has_other_id("company_id"), parse=_parse_company_id),
    "title": filters.text("title", filters.lacks_words("title")),
}


def _build_client_queries(rows: pd.DataFrame) -> list[Query]:
    """Return two queries: the clients with the same title first, since the whole list may be long."""
    title = rows["title"].iloc[0]
    return [{}] if pd.isna(title) else [{"title": title}, {}]


CLIENT_COMPANY = RelatedColumns(
    CLIENTS,
    key="id",
    other_key="id",
    fill={"company_id": "company_id", "company_title": "company_title"},
    queries=_build_client_queries,
    warning="company_id and company_title are NA: the list of clients could not be loaded ({error}). Ask an "
    "administrator for permission to list clients.",
)


@checks_arguments
def clients(
    *,
    company_id: int | None = None,
    title: str | None = None,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    extra_columns: bool = False,
) -> Frame:
    """Load the clients of the companies that the credential is allowed to see.

    Parameters
    ----------
    company_id : int, optional
        Only clients of this company (query parameter ``company_id``).
    title : str, optional
        Only clients whose name contains this text (query parameter ``title``).
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one hour.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query parameters without an argument of their own.
    extra_columns : bool, default False
        Add what the service sent beyond the schema.

    Returns
    -------
    DataFrame
        One row per client: id (int64), title (str), company_id (Int64; the requested one
        where the service does not send it), company_title (str), created_at and updated_at
        (datetime64[us, UTC]).

    Raises
    ------
    UnexpectedResponse
        The response is not what the service documents, or the service ignored a filter.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://go.outlign.co/api/docs/clients. Two users of one agency may see different clients.
    """
    arguments = {"company_id": company_id, "title": title}
    plan = build_plan(CLIENTS, Options(refresh, progress, params, extra_columns), FILTERS, arguments)
    constants = {name: value for name, value in plan.arguments.values.items() if name == "company_id"}
    return run(replace(plan, listings=[replace(CLIENTS.listing, constants=constants)]))


@checks_arguments
def client(
    id: int,  # noqa: A002 - the word of the service, and of the column
    *,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    extra_columns: bool = False,
) -> Frame:
    """Load one client.

    Parameters
    ----------
    id : int
        The id of the client.
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one hour.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query parameters without an argument of their own.
    extra_columns : bool, default False
        Add what the service sent beyond the schema.

    Returns
    -------
    DataFrame
        One row: id (int64), title (str), company_id (Int64), company_title (str), created_at and updated_at
        (datetime64[us, UTC]).

    Raises
    ------
    NotFound
        There is no such client, or the credential is not allowed to see it.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse, IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://go.outlign.co/api/docs/clients. The service sends no company with a single client: it is
    looked up among the clients with the same title, with one more request.
    """
    plan = build_plan(CLIENT, Options(refresh, progress, params, extra_columns))
    return run(_narrow_to(_parse_client_id("id", id), plan))


def _narrow_to(id_: int, plan: LoadPlan) -> LoadPlan:
    listings = [Listing(f"{CLIENTS.path}/{id_}", f"client {id_}")]
    checks = [partial(_require_client, id_)]
    shown = {"id": id_}
    return replace(plan, listings=listings, postprocess=checks, related=[CLIENT_COMPANY], provenance_params=shown)


def _require_client(id_: int, frame: pd.DataFrame, objects: Included) -> pd.DataFrame:
    if frame["id"].tolist() != [id_]:
        raise UnexpectedResponse(
            f"{SERVICE.title} did not return client {id_}, but something else.",
            "Check that url is the address of this service; if it is, report a bug of pmframes.",
        )
    return frame


@checks_arguments
def companies(
    *, refresh: bool = False, progress: bool | None = None, params: Params = None, extra_columns: bool = False
) -> Frame:
    """Load the companies that the credential's user belongs to.

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
        One row per company: id (int64), title (str), created_at, updated_at (datetime64[us, UTC]).

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse, IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://go.outlign.co/api/docs/companies. The times are documented, but not always sent.
    """
    return run(build_plan(COMPANIES, Options(refresh, progress, params, extra_columns)))


WRITE_SCHEMA = WriteSchema(
    CLIENTS,
    CLIENT,
    "client",
    {
        "title": WritableColumn("title", _validation.parse_name, on_create="required"),
        "company_id": WritableColumn("company_id", _parse_company_id, on_create="required", can_update=False),
    },
    load_plan=lambda columns: build_plan(CLIENTS, Options(refresh=True)),
    stale_resources=[CLIENTS.name, CLIENT.name],
)


@checks_arguments
def create_client(title: str, company_id: int) -> Frame:
    """Create a client.

    Parameters
    ----------
    title : str
        The name of the client.
    company_id : int
        The id of its company, which ``companies`` lists. It cannot be changed later.

    Returns
    -------
    DataFrame
        The new row, as from ``clients``.

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, OfflineMiss
        Nothing was created. See ``pmframes.errors``.
    ServiceError
        The service refused the values, or the message says that it may have created the client all the same.

    Notes
    -----
    https://go.outlign.co/api/docs/clients
    """
    values = {
        "title": _validation.parse_name("title", title),
        "company_id": _parse_company_id("company_id", company_id),
    }
    return send(WRITE_SCHEMA.create(values))


@checks_arguments
def update_client(id: int, title: str) -> Frame:  # noqa: A002
    """Rename a client.

    Parameters
    ----------
    id : int
        The id of the client.
    title : str
        Its new name.

    Returns
    -------
    DataFrame
        The row as it is now, as from ``client``: the service sends no company after an update, so the client is
        loaded again.

    Raises
    ------
    NotFound
        There is no such client, or the credential is not allowed to see it.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, OfflineMiss
        Nothing was changed. See ``pmframes.errors``.
    ServiceError
        The service refused the values, or the message says that it may have changed the client all the same.

    Notes
    -----
    https://go.outlign.co/api/docs/clients
    """
    id_ = _parse_client_id("id", id)
    write, connection = (
        WRITE_SCHEMA.update(id_, {"title": _validation.parse_name("title", title)}),
        _registry.get(SERVICE),
    )
    updated = send(write, connection)
    try:
        return run_with(_narrow_to(id_, build_plan(CLIENT, Options(refresh=True))), connection)
    except PmframesError as error:
        _messages.warn_user(
            f"Client {id_} was updated, but could not be loaded again ({type(error).__name__}), so its company_id and "
            "company_title may be NA."
        )
    return updated


@checks_arguments
def delete_client(id: int) -> Frame:  # noqa: A002
    """Delete a client for good; the service says that this may affect its projects.

    Parameters
    ----------
    id : int
        The id of the client.

    Returns
    -------
    DataFrame
        No row; the columns are those of ``clients``.

    Raises
    ------
    NotFound
        There is no such client, or the credential is not allowed to see it.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, OfflineMiss
        Nothing was deleted. See ``pmframes.errors``.
    ServiceError
        The service refused, or the message says that it may have deleted the client all the same.

    Notes
    -----
    https://go.outlign.co/api/docs/clients
    """
    return send(WRITE_SCHEMA.delete(_parse_client_id("id", id)))
