"""Spirii: customers, paged by limit and offset, with a total."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Request, Response

from ._json import encode, join_list
from ._query import Refused, integer, member, moment, when
from .agency import Agency
from .agency.records import ChargeCustomer
from .limits import Allowance
from .service import Answer, Service, encode_all, json_response

PAGE_SIZE = 50
LARGEST_PAGE = 100
TYPES = ("Private", "Business", "CPO", "CPOSubsidiary")
SORT_KEYS = ("id", "name", "type", "ownerName", "cpoName", "createdAt", "updatedAt")
DIRECTIONS = ("desc", "asc")
Test = Callable[[ChargeCustomer], bool]
_UNSET = datetime.min.replace(tzinfo=UTC)


class Spirii(Service):
    """The service as the pages generated from its specification have it."""

    name = "spirii"

    def __init__(self, agency: Agency, token: str, rate_limit: int) -> None:
        super().__init__(agency, token, rate_limit)
        customers = agency.charge_customers
        self._names = {customer.id: customer.name for customer in customers}
        self._owners = {customer.id: customer.owner_id for customer in customers}
        self._rows = list(zip(customers, encode_all(customers, self._wire), strict=True))

    def routes(self) -> Mapping[str, Answer]:
        """Name the one list."""
        return {"/v2/customers": self.list_customers}

    def list_customers(self, request: Request) -> Response:
        """List customers, filtered and sorted; ``count`` is how many there are on all pages."""
        limit = min(_number(request, "limit", PAGE_SIZE, low=1), LARGEST_PAGE)
        offset = _number(request, "offset", 0, low=0)
        tests = list(self._tests(request))
        found = [row for row in self._rows if all(test(row[0]) for test in tests)]
        key, descending = _order(request)
        found.sort(key=lambda row: (self._sort_value(key, row[0]), row[0].id), reverse=descending)
        shown = join_list(encoded for _, encoded in found[offset : offset + limit])
        tail = b',"count":%d,"limit":%d,"offset":%d}' % (len(found), limit, offset)
        return json_response(b'{"data":' + shown + tail)

    def _tests(self, request: Request) -> Iterator[Test]:
        """Make one test for each filter that the request carries."""
        arguments = request.args
        if ids := {integer("customerIds", text) for text in arguments.getlist("customerIds")}:
            yield lambda customer: customer.id in ids
        if types := {member("types", text, TYPES) for text in arguments.getlist("types")}:
            yield lambda customer: customer.type in types
        if search := arguments.get("search", "").casefold():
            yield lambda customer: _mentions(customer, search)
        if (owner := arguments.get("ownerId")) is not None:
            owned = self._below(integer("ownerId", owner))
            yield lambda customer: customer.id in owned
        if (text := arguments.get("cpoId")) is not None:
            cpo = integer("cpoId", text)
            yield lambda customer: customer.cpo_id == cpo
        yield from _time_tests(request, "createdAt", lambda customer: customer.created_at)
        yield from _time_tests(request, "updatedAt", lambda customer: customer.updated_at)

    def _below(self, owner: int) -> set[int]:
        """Collect everything in the tree below an owner."""
        return {customer for customer in self._owners if owner in self._line(customer)}

    def _line(self, customer: int) -> Iterator[int]:
        """Walk up the owners above a customer."""
        above = self._owners[customer]
        while above:
            yield above
            above = self._owners.get(above)

    def _sort_value(self, key: str, customer: ChargeCustomer) -> Any:
        """Find what a customer is sorted by; what is unset comes before all else."""
        if key == "ownerName":
            return self._names.get(customer.owner_id or 0) or ""
        if key == "cpoName":
            return self._names.get(customer.cpo_id or 0) or ""
        if key == "createdAt":
            return when(customer.created_at) or _UNSET
        if key == "updatedAt":
            return when(customer.updated_at) or _UNSET
        return getattr(customer, key) or ""

    def _wire(self, customer: ChargeCustomer) -> dict[str, object]:
        return {
            "id": customer.id,
            "name": customer.name,
            "externalId": customer.external_id,
            "country": customer.country,
            "createdAt": customer.created_at,
            "updatedAt": customer.updated_at,
            "owner": self._reference(customer.owner_id),
            "cpo": self._reference(customer.cpo_id),
            "locations": customer.locations,
            **customer.details,
        }

    def _reference(self, customer: int | None) -> dict[str, object] | None:
        return None if customer is None else {"id": customer, "name": self._names.get(customer)}

    def error(self, status: int, message: str) -> Response:
        """Answer with status, message and the name of the status."""
        body = {"statusCode": status, "message": message, "error": HTTPStatus(status).phrase}
        return json_response(encode(body), status)

    def refuse(self, refused: Refused) -> Response:
        """Answer 400 with a list of explanations."""
        body = {"statusCode": 400, "message": [str(refused)], "error": "Bad Request"}
        return json_response(encode(body), 400)

    def unauthorized(self, request: Request) -> Response:
        """Answer 401, as the newer of the two contradicting pages says."""
        return self.error(401, "The API key is missing, malformed or invalid")

    def limit_headers(self, allowance: Allowance) -> Mapping[str, int]:
        """Send the headers of the general pages."""
        headers = {
            "X-RateLimit-Limit": allowance.limit,
            "X-RateLimit-Remaining": allowance.remaining,
            "X-RateLimit-Reset": allowance.reset,
        }
        return headers if allowance.allowed else headers | {"Retry-After": allowance.wait}

    def not_found(self, method: str, path: str) -> str:
        """Word the answer to an unknown path."""
        return f"Cannot {method} {path}"


def _number(request: Request, key: str, default: int, low: int) -> int:
    text = request.args.get(key)
    return default if text is None else integer(key, text, low=low)


def _order(request: Request) -> tuple[str, bool]:
    """Read the sort key and whether it runs downwards; the defaults depend on the filters."""
    given = {key for key, value in request.args.items() if value}
    by_creation = given & {"createdAt", "createdAtFrom", "createdAtTo"}
    by_update = given & {"updatedAt", "updatedAtFrom", "updatedAtTo"}
    default_key = "updatedAt" if by_update else "createdAt" if by_creation else "id"
    default_direction = "asc" if given & {"createdAtFrom", "updatedAtFrom"} else "desc"
    key = member("sortBy", request.args.get("sortBy", default_key), SORT_KEYS)
    direction = member("sortDirection", request.args.get("sortDirection", default_direction), DIRECTIONS)
    return key, direction == "desc"


def _mentions(customer: ChargeCustomer, search: str) -> bool:
    """Tell whether the name or one of the ids contains the text."""
    texts: Iterable[str] = (customer.name or "", str(customer.id), customer.external_id or "")
    return any(search in text.casefold() for text in texts)


def _time_tests(request: Request, key: str, read: Callable[[ChargeCustomer], str | None]) -> Iterator[Test]:
    """Test for exactly at, from, and to, the ends included; without the time, none is passed."""
    for suffix, compare in (("", datetime.__eq__), ("From", datetime.__ge__), ("To", datetime.__le__)):
        text = request.args.get(key + suffix)
        if text is not None:
            yield _time_test(read, compare, moment(key + suffix, text))


def _time_test(
    read: Callable[[ChargeCustomer], str | None],
    compare: Callable[[datetime, datetime], bool],
    bound: datetime,
) -> Test:
    def test(customer: ChargeCustomer) -> bool:
        found = when(read(customer))
        return found is not None and compare(found, bound)

    return test
