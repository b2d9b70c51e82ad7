"""Outlign: clients, the organisations and people that an agency's projects are made for, and its companies.

Documentation of the service: https://go.outlign.co/api/docs
"""

from dataclasses import replace
from typing import Annotated, Any

import msgspec
import pandas as pd

from pmframes import _messages, _validation
from pmframes._connections import Identity, Service
from pmframes._frames.schema import Id, OptionalId, Record, Text, Time, field
from pmframes._http.pagination import PageNumber, SinglePage
from pmframes._loading import filters
from pmframes._loading.filters import Filter
from pmframes._loading.loader import load
from pmframes._loading.resource import Answer, Came, Columns, Options, Params, Part, Resource
from pmframes._types import Frame

__all__ = ["client", "clients", "companies"]


class _Company(msgspec.Struct):
    title: str | None = None


def _whoami(body: bytes) -> str:
    """Name a company of the user: what the service tells of a user itself holds secrets."""
    companies = msgspec.json.decode(_read(body).rows, type=list[_Company])
    return f"a user of {companies[0].title or 'a company'}" if companies else "a user without a company"


SERVICE = Service(
    name="outlign",
    title="Outlign",
    credential="an OAuth access token (they live one hour), or a function that returns one",
    identity=Identity("/api/v1/companies", _whoami, {"per_page": "1"}),
    url="https://go.outlign.co",
    requests_per_minute=60,
)


class Client(Record):
    """A client of one of the companies that the credential may see."""

    id: Annotated[Id, field("Id of the client")]
    title: Annotated[Text, field("Name of the client")]
    company_id: Annotated[OptionalId, field("Id of its company", path=("company_id", "company.id"))]
    company_title: Annotated[Text, field("Name of its company", path="company.title")]
    created_at: Annotated[Time, field("When it was created")]
    updated_at: Annotated[Time, field("When it was last changed")]


class Company(Record):
    """A company that the credential's user belongs to, which has clients."""

    id: Annotated[Id, field("Id of the company")]
    title: Annotated[Text, field("Name of the company")]
    created_at: Annotated[Time, field("When it was created")]
    updated_at: Annotated[Time, field("When it was last changed")]


class _Links(msgspec.Struct):
    next: Any = msgspec.UNSET


class _Envelope(msgspec.Struct):
    data: msgspec.Raw
    links: _Links | None = None


def _read(body: bytes) -> Answer:
    """Read both bodies that are known: the bare list of the documentation, and Laravel's envelope.

    The link to the next page is only taken as "there is more": it drops the filters, and may lead anywhere.
    """
    if body.lstrip().startswith(b"["):
        return Answer(body)
    envelope = msgspec.json.decode(body, type=_Envelope)
    following = envelope.links.next if envelope.links else msgspec.UNSET
    more = None if following is msgspec.UNSET else following is not None
    return Answer(envelope.data, more=more)


class _One(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw()


def _read_one(body: bytes) -> Answer:
    """Read one record: bare as the documentation has it, or in an envelope; or a list of it."""
    if body.lstrip().startswith(b"["):
        return Answer(body)
    data = bytes(msgspec.json.decode(body, type=_One).data).strip() or body
    return Answer(data if data.startswith(b"[") else b"[" + data + b"]")


CLIENTS = Resource(
    service=SERVICE,
    name="clients",
    record=Client,
    path="/api/v1/clients",
    # The longest page there is: rows that others delete meanwhile shift the pages, and no count tells of it.
    paging=PageNumber("page", "per_page", size=1000),
    read=_read,
    free_text=frozenset({"title"}),
)
CLIENT = replace(CLIENTS, name="client", paging=SinglePage(), read=_read_one)
COMPANIES = replace(CLIENTS, name="companies", record=Company, path="/api/v1/companies")
FILTERS: filters.Filters = {
    "company_id": Filter("company_id", _validation.number, filters.among("company_id")),
    "title": Filter("title", _validation.text, filters.mentions("title")),
}


def clients(
    company_id: int | None = None,
    title: str | None = None,
    *,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load the clients of the companies that the credential may see.

    Parameters
    ----------
    company_id : int, optional
        Only clients of this company (query key ``company_id``).
    title : str, optional
        Only clients whose name contains this text (query key ``title``).
    refresh : bool, default False
        Ask the service even where a load of the last hour is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query keys that have no argument of their own.
    columns : {"declared", "all"}, default "declared"
        ``"all"`` adds what the service sent beyond the columns below.

    Returns
    -------
    DataFrame
        One row per client: id (int64), title (str), company_id (Int64; where the service does not send it
        but it was asked for, that one), company_title (str), created_at and updated_at
        (datetime64[us, UTC]).

    Raises
    ------
    UnexpectedResponse
        Among others: clients came that a filter excludes, so the service passed the filter over.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://go.outlign.co/api/docs/clients. Two users of one agency may see different clients.
    """
    asked = filters.read(CLIENTS, FILTERS, locals())
    query = asked.query
    given = {"company_id": int(str(query["company_id"]))} if "company_id" in query else {}
    part = Part(CLIENTS.path, CLIENTS.title, given)
    return load(CLIENTS, query, asked.options, parts=[part], finish=asked.finish)


def client(
    id: int,  # noqa: A002 - the word of the service, and of the column
    *,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load one client.

    Parameters
    ----------
    id : int
        The number of the client.
    refresh : bool, default False
        Ask the service even where a load of the last hour is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query keys that have no argument of their own.
    columns : {"declared", "all"}, default "declared"
        ``"all"`` adds what the service sent beyond the columns below.

    Returns
    -------
    DataFrame
        One row: id (int64), title (str), company_id (Int64), company_title (str), created_at and updated_at
        (datetime64[us, UTC]).

    Raises
    ------
    NotFound
        There is no such client, or the credential may not see it.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    UnexpectedResponse, IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://go.outlign.co/api/docs/clients. The service leaves the company out where it shows one client: it
    is looked up among the clients of the same title, with one more request.
    """
    options = Options(refresh, progress, params, columns)
    number = _validation.whole_number("id", id)

    def finish(frame: pd.DataFrame, came: Came) -> pd.DataFrame:
        if frame["id"].tolist() != [number]:
            raise _messages.unexpected_shape(CLIENT.title)
        return _with_company(frame, came) if frame["company_id"].isna().all() else frame

    part = Part(f"{CLIENTS.path}/{number}", f"client {number}")
    return load(CLIENT, {}, options, parts=[part], shown={"id": number}, finish=finish)


def _with_company(frame: pd.DataFrame, came: Came) -> pd.DataFrame:
    """Fill in the company of the one client from the list: from the clients of its title, else from all."""
    client = frame.iloc[0]
    by_title = [] if pd.isna(client["title"]) else [{"title": client["title"]}]
    for query in [*by_title, {}]:
        listed = came.also(CLIENTS, query)
        found = listed[listed["id"] == client["id"]]
        if len(found):
            frame["company_id"], frame["company_title"] = (
                found["company_id"].array,
                found["company_title"].array,
            )
            break
    return frame


def companies(
    *,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load the companies that the credential's user belongs to.

    Parameters
    ----------
    refresh : bool, default False
        Ask the service even where a load of the last hour is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query keys that have no argument of their own. The service documents none for this list.
    columns : {"declared", "all"}, default "declared"
        ``"all"`` adds what the service sent beyond the columns below.

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
    https://go.outlign.co/api/docs/companies. The times are documented but not always sent.
    """
    return load(COMPANIES, {}, Options(refresh, progress, params, columns))
