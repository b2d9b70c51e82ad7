"""Spirii: customers, paged by limit and offset, with a total."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Lock
from typing import Any

from werkzeug.wrappers import Request, Response

from ._json import encode, join_list
from .dataset import Dataset
from .dataset.dates import format_seconds, iterate_write_times
from .dataset.models import SpiriiCustomer
from .fault_hooks import rearranged
from .query_params import Refused, integer, member, moment, when
from .rate_limit import Allowance
from .service import Row, Service, encode_all, json_response
from .spirii_validation import (
    REQUIRED,
    Input,
    Invalid,
    changed_details,
    check_input,
    read_input,
)

PAGE_SIZE = 50
LARGEST_PAGE = 100
TYPES = ("Private", "Business", "CPO", "CPOSubsidiary")
SORT_KEYS = ("id", "name", "type", "ownerName", "cpoName", "createdAt", "updatedAt")
DIRECTIONS = ("desc", "asc")
Test = Callable[[SpiriiCustomer], bool]
_UNSET = datetime.min.replace(tzinfo=UTC)


class Spirii(Service):
    """The service as the pages generated from its specification have it."""

    name = "spirii"
    known_api_versions = frozenset({"with-type"})

    def __init__(self, dataset: Dataset, token: str, rate_limit: int, api_versions: frozenset[str]) -> None:
        super().__init__(dataset, token, rate_limit, api_versions)
        self._lock = Lock()
        self._write_times = iterate_write_times()
        self._next_id = max((customer.id for customer in dataset.spirii_customers), default=0) + 1
        self._read_customers()

    def _read_customers(self) -> None:
        """Read all customers again: the names of some stand in the records of others."""
        customers = self.dataset.spirii_customers
        self._names = {customer.id: customer.name for customer in customers}
        self._owners = {customer.id: customer.owner_id for customer in customers}
        self._rows = list(zip(customers, encode_all(customers, self._wire), strict=True))

    def routes(self) -> Mapping[str, Row]:
        """Name the one list, and the one customer that can be changed but not be read by itself."""
        return {
            "/v2/customers": {"GET": self.list_customers, "POST": self.create_customer},
            "/v2/customers/<customer>": {"PUT": self.update_customer},
        }

    def list_customers(self, request: Request) -> Response:
        """List customers, filtered and sorted; ``count`` is how many there are on all pages."""
        limit = min(_number(request, "limit", PAGE_SIZE, low=1), LARGEST_PAGE)
        offset = _number(request, "offset", 0, low=0)
        tests = list(self._tests(request))
        found = [row for row in self._rows if all(test(row[0]) for test in tests)]
        key, descending = _order(request)
        found.sort(key=lambda row: (self._sort_value(key, row[0]), row[0].id), reverse=descending)
        rows = rearranged(found)
        shown = join_list(encoded for _, encoded in rows[offset : offset + limit])
        tail = b',"count":%d,"limit":%d,"offset":%d}' % (len(rows), limit, offset)
        return json_response(b'{"data":' + shown + tail)

    def create_customer(self, request: Request) -> Response:
        """Make a customer below an owner."""
        try:
            given = read_input(request)
            check_input(given, REQUIRED)
            with self._lock:
                owner = self._owner(given)
                now = format_seconds(next(self._write_times))
                fresh = SpiriiCustomer(
                    self._next_id, "", "", None, None, created_at=now, updated_at=now, locations=[]
                )
                customer = _changed(fresh, given, owner)
                self._next_id += 1
                self.dataset.spirii_customers.append(customer)
                self._read_customers()
        except Invalid as invalid:
            return self._invalid(invalid.explanations)
        return json_response(encode(self._wire(customer)), 201)

    def update_customer(self, request: Request, customer: str) -> Response:
        """Change what is sent of a customer, and leave the rest."""
        if not (customer.isascii() and customer.isdecimal()):
            return self.error(400, "Validation failed (numeric string is expected)")
        try:
            given = read_input(request)
            check_input(given)
            with self._lock:
                before = next((found for found, _ in self._rows if str(found.id) == customer), None)
                if before is None:
                    return self.error(404, f"Customer {customer} was not found")
                after = _changed(before, given, self._owner(given, before.id) if "ownerId" in given else None)
                if after != before:
                    after.updated_at = format_seconds(next(self._write_times))
                    self._replace(before, after)
                return json_response(encode(self._wire(after)))
        except Invalid as invalid:
            return self._invalid(invalid.explanations)

    def _owner(self, given: Input, owned: int | None = None) -> SpiriiCustomer:
        """Find the owner that is given; what is owned cannot be above it."""
        owner = next((found for found, _ in self._rows if found.id == given["ownerId"]), None)
        if owner is None:
            raise Invalid(["ownerId must be the id of a customer"])
        if owned is not None and owned in (owner.id, *self._line(owner.id)):
            raise Invalid(["ownerId must not be the customer itself or one below it"])
        return owner

    def _replace(self, before: SpiriiCustomer, after: SpiriiCustomer) -> None:
        """Put a changed customer in its place; all below it follow it to another operator."""
        customers = self.dataset.spirii_customers
        customers[customers.index(before)] = after
        if after.cpo_id != before.cpo_id and after.type != "CPO":
            below = self._below(after.id)
            customers[:] = [
                replace(customer, cpo_id=after.cpo_id) if customer.id in below else customer
                for customer in customers
            ]
        self._read_customers()

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

    def _sort_value(self, key: str, customer: SpiriiCustomer) -> Any:
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

    def _wire(self, customer: SpiriiCustomer) -> dict[str, object]:
        return {
            "id": customer.id,
            "name": customer.name,
            **({"type": customer.type} if "with-type" in self.api_versions else {}),
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
        return self._invalid([str(refused)])

    def _invalid(self, explanations: list[str]) -> Response:
        body = {"statusCode": 400, "message": explanations, "error": "Bad Request"}
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


def _changed(customer: SpiriiCustomer, given: Input, owner: SpiriiCustomer | None) -> SpiriiCustomer:
    """Make a customer of one and of what is given, which was checked before."""
    known: dict[str, Any] = {
        name: given[key]
        for key, name in (
            ("name", "name"),
            ("type", "type"),
            ("country", "country"),
            ("externalId", "external_id"),
        )
        if key in given
    }
    if owner is not None:
        known |= {"owner_id": owner.id, "cpo_id": owner.id if owner.type == "CPO" else owner.cpo_id}
    return replace(customer, **known, details=changed_details(customer.details, given))


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


def _mentions(customer: SpiriiCustomer, search: str) -> bool:
    """Tell whether the name or one of the ids contains the text."""
    texts: Iterable[str] = (customer.name or "", str(customer.id), customer.external_id or "")
    return any(search in text.casefold() for text in texts)


def _time_tests(request: Request, key: str, read: Callable[[SpiriiCustomer], str | None]) -> Iterator[Test]:
    """Test for exactly at, from, and to, the ends included; without the time, none is passed."""
    for suffix, compare in (("", datetime.__eq__), ("From", datetime.__ge__), ("To", datetime.__le__)):
        text = request.args.get(key + suffix)
        if text is not None:
            yield _time_test(read, compare, moment(key + suffix, text))


def _time_test(
    read: Callable[[SpiriiCustomer], str | None],
    compare: Callable[[datetime, datetime], bool],
    bound: datetime,
) -> Test:
    def test(customer: SpiriiCustomer) -> bool:
        found = when(read(customer))
        return found is not None and compare(found, bound)

    return test
