"""Write one row of a service, and return the row as the service has it then."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, cast

import pandas as pd
from requests import Response

from pmframes import _registry, errors
from pmframes._connections import Connection
from pmframes._frames import provenance
from pmframes._frames.builder import Included
from pmframes._frames.schema import columns_of
from pmframes._http.client import Request
from pmframes._http.failures import outcome_unknown
from pmframes._http.prefetch import Prefetcher, RequestScope
from pmframes._loading.loader import build_provenance
from pmframes._loading.plan import LoadPlan
from pmframes._loading.reader import PageRef, Pass, prepare
from pmframes._loading.resource import Listing, Options, Parse, ParsedPage, Resource
from pmframes._types import Frame


@dataclass(frozen=True)
class Write:
    """A change of one row.

    ``resource`` parses the row that comes back, ``label`` names the row in errors, ``id`` is None for a new one.
    Cached loads of ``stale_resources`` have the row as it was. No error repeats ``sensitive_values``.
    """

    resource: Resource
    method: Literal["POST", "PUT", "DELETE"]
    path: str
    label: str
    stale_resources: Sequence[str]
    id: Any = None
    body: Mapping[str, Any] | None = None
    sensitive_values: Collection[str] = ()


@dataclass(frozen=True)
class WritableColumn:
    """A column that can be written: ``key`` is its name in the body.

    ``parse`` returns the value for the body, or raises InvalidArgument with the name that it is given.
    ``on_create`` tells if a new row has it, ``not_loaded_remedy`` how to load a column that is NA in all rows
    otherwise.
    """

    key: str
    parse: Callable[[str, Any], Any]
    on_create: Literal["required", "optional", "never"] = "optional"
    can_update: bool = True
    not_loaded_remedy: str = ""


@dataclass(frozen=True)
class WriteSchema:
    """What can be written of a resource, row by row: the columns, and the requests.

    ``row`` parses one row, which errors call a ``noun``. ``load_plan`` is the load of all rows with these columns.
    Cached loads of ``stale_resources`` have a row as it was before a write. Where columns do not have all that a
    new row needs, ``can_create`` is false; where the service deletes no row, ``can_delete``.
    """

    resource: Resource
    row: Resource
    noun: str
    columns: Mapping[str, WritableColumn]
    load_plan: Callable[[Collection[str]], LoadPlan]
    stale_resources: Sequence[str]
    can_create: bool = True
    can_delete: bool = True

    def create(self, values: Mapping[str, Any]) -> Write:
        """Build the write of a new row, from parsed values by column."""
        path, label = self.resource.path, f"a {self.noun}"
        return Write(self.row, "POST", path, label, self.stale_resources, body=self._build_body(values))

    def update(self, id_: Any, values: Mapping[str, Any]) -> Write:
        """Build the write of new values of a row."""
        label, body = f"{self.noun} {id_}", self._build_body(values)
        return Write(self.row, "PUT", f"{self.resource.path}/{id_}", label, self.stale_resources, id_, body)

    def delete(self, id_: Any) -> Write:
        """Build the deletion of a row."""
        label = f"{self.noun} {id_}"
        return Write(self.row, "DELETE", f"{self.resource.path}/{id_}", label, self.stale_resources, id_)

    @property
    def has_text_ids(self) -> bool:
        """Whether the ids of the rows are text."""
        id_column = next(column for column in columns_of(self.resource.record) if column.name == "id")
        return id_column.type.dtype == "str"

    def _build_body(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {self.columns[column].key: value for column, value in values.items()}


def send(write: Write, connection: Connection | None = None) -> Frame:
    """Send a change; return the row as the service has it then, no row after a deletion.

    Raises
    ------
    ServiceError
        With ``may_have_acted``: the service may have written the row all the same.
    """
    resource = write.resource
    connection = connection or _registry.get(resource.service)
    request = Request(
        write.path, {}, write.label, method=write.method, body=write.body, sensitive_values=write.sensitive_values
    )
    if write.method == "DELETE":
        resource = replace(resource, parse=partial(_parse_deleted, resource.parse))
    listing = Listing(write.path, write.label)
    plan = LoadPlan(resource, [listing], Options(progress=False), postprocess=[partial(_require_row, write)])
    title, received = resource.service.title, list[Response]()

    def fetch(_: PageRef, scope: RequestScope, retry: bool) -> Response:
        received.append(connection.client.send(request, scope, retry))
        return prepare(resource, received[0])

    try:
        result = _read(plan, connection, fetch, is_deletion=write.method == "DELETE")
    except errors.UnexpectedResponse as error:
        if not received:
            raise
        raise outcome_unknown(error, title, request.description) from None
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"Interrupted; {title} may have {request.description} all the same.") from None
    finally:
        for name in write.stale_resources:
            connection.store.remove(name)
    result.frame.attrs[provenance.ATTRS_KEY] = build_provenance(plan, connection, result)
    return cast("Frame", result.frame)


def _read(
    plan: LoadPlan,
    connection: Connection,
    fetch: Callable[[PageRef, RequestScope, bool], Response],
    *,
    is_deletion: bool,
) -> Pass:
    # In the background like every request, so that it can be interrupted.
    with Prefetcher(fetch) as responses:
        try:
            return Pass(plan, connection, responses).read()
        except errors.NotFound:
            # A deletion that was repeated: an earlier request of it was done.
            if not (is_deletion and responses.scope.may_have_acted):
                raise
        return Pass(replace(plan, listings=[]), connection, responses).read()


def _parse_deleted(parse: Parse, body: bytes) -> ParsedPage:
    """Parse the response to a deletion: nothing, or JSON without a row that may report a failure."""
    if not body.strip():
        return ParsedPage(b"[]")
    try:
        return ParsedPage(b"[]", error=parse(body).error)
    except errors.UnexpectedResponse:
        return ParsedPage(b"[]")  # it has no row, as documented


def _require_row(write: Write, frame: pd.DataFrame, objects: Included) -> pd.DataFrame:
    """Return the frame if it has the row that was written."""
    ids = frame["id"].tolist()
    is_right = write.method == "DELETE" or (len(ids) == 1 and write.id in (None, *ids))
    if not is_right:
        raise errors.UnexpectedResponse(
            f"{write.resource.service.title} did not return {write.label}, but something else.",
            "Check that url is the address of this service; if it is, report a bug of pmframes.",
        )
    return frame
