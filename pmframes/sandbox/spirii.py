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
from .query_params import InvalidParameter, parse_choice, parse_integer, parse_record_time, parse_time
from .rate_limit import RateLimitStatus
from .row_hooks import apply_row_hooks, apply_surplus
from .service import Route, SandboxService, build_json_response, encode_all
from .spirii_validation import REQUIRED_KEYS, Body, InvalidCustomer, check_body, parse_body, update_details

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
SMALL_PAGE_SIZE = 10
TYPES = ("Private", "Business", "CPO", "CPOSubsidiary")
SORT_KEYS = ("id", "name", "type", "ownerName", "cpoName", "createdAt", "updatedAt")
DIRECTIONS = ("desc", "asc")
Predicate = Callable[[SpiriiCustomer], bool]
_UNSET = datetime.min.replace(tzinfo=UTC)


class Spirii(SandboxService):
    """The service according to the pages generated from its specification."""

    name = "spirii"
    known_api_versions = frozenset({"with-type", "small-pages", "page-count", "replaced-objects"})

    def __init__(self, dataset: Dataset, token: str, rate_limit: int, api_versions: frozenset[str]) -> None:
        super().__init__(dataset, token, rate_limit, api_versions)
        self._lock = Lock()
        self._write_times = iterate_write_times()
        self._next_id = max((customer.id for customer in dataset.spirii_customers), default=0) + 1
        self._encode_customers()

    def _encode_customers(self) -> None:
        """Encode all customers, even after one change: a record contains the names of other customers."""
        customers = self.dataset.spirii_customers
        self._names = {customer.id: customer.name for customer in customers}
        self._owners = {customer.id: customer.owner_id for customer in customers}
        self._rows = list(zip(customers, encode_all(customers, self._serialize), strict=True))

    def build_routes(self) -> Mapping[str, Route]:
        """Return the list, and the single customer, which can be changed but not read."""
        return {
            "/v2/customers": {"GET": self.list_customers, "POST": self.create_customer},
            "/v2/customers/<customer_id>": {"PUT": self.update_customer},
        }

    def list_customers(self, request: Request) -> Response:
        """List customers, filtered and sorted; ``count`` is the total over all pages."""
        requested = _parse_number(request, "limit", DEFAULT_PAGE_SIZE, minimum=1)
        has_small_pages = "small-pages" in self.api_versions
        limit = min(requested, SMALL_PAGE_SIZE if has_small_pages else MAX_PAGE_SIZE)
        offset = _parse_number(request, "offset", 0, minimum=0)
        predicates = list(self._build_predicates(request))
        rows = [row for row in self._rows if all(matches(row[0]) for matches in predicates)]
        key, descending = _parse_order(request)
        rows.sort(key=lambda row: (self._get_sort_key(key, row[0]), row[0].id), reverse=descending)
        rows = apply_row_hooks(rows)
        page_rows = [encoded for _, encoded in rows[offset : offset + limit]]
        count = len(page_rows if "page-count" in self.api_versions else rows)
        echoed = requested if has_small_pages else limit
        tail = b',"count":%d,"limit":%d,"offset":%d}' % (apply_surplus(count), echoed, offset)
        return build_json_response(b'{"data":' + join_list(page_rows) + tail)

    def create_customer(self, request: Request) -> Response:
        """Create a customer below an owner."""
        try:
            body = parse_body(request)
            check_body(body, REQUIRED_KEYS)
            with self._lock:
                owner = self._find_owner(body)
                now = format_seconds(next(self._write_times))
                empty = SpiriiCustomer(self._next_id, "", "", None, None, created_at=now, updated_at=now, locations=[])
                customer = _apply_changes(empty, body, owner)
                self._next_id += 1
                self.dataset.spirii_customers.append(customer)
                self._encode_customers()
        except InvalidCustomer as invalid:
            return self._build_invalid(invalid.explanations)
        return build_json_response(encode(self._serialize(customer)), 201)

    def update_customer(self, request: Request, customer_id: str) -> Response:
        """Change the keys of a customer that are sent."""
        if not (customer_id.isascii() and customer_id.isdecimal()):
            return self.build_error(400, "Validation failed (numeric string is expected)")
        try:
            body = parse_body(request)
            check_body(body)
            with self._lock:
                before = next((each for each, _ in self._rows if str(each.id) == customer_id), None)
                if before is None:
                    return self.build_error(404, f"Customer {customer_id} was not found")
                owner = self._find_owner(body, before.id) if "ownerId" in body else None
                after = _apply_changes(before, body, owner, replaces="replaced-objects" in self.api_versions)
                if after != before:
                    after.updated_at = format_seconds(next(self._write_times))
                    self._replace(before, after)
                return build_json_response(encode(self._serialize(after)))
        except InvalidCustomer as invalid:
            return self._build_invalid(invalid.explanations)

    def _find_owner(self, body: Body, customer_id: int | None = None) -> SpiriiCustomer:
        """Return the owner in the body, which must not be the customer or one of its descendants."""
        owner = next((each for each, _ in self._rows if each.id == body["ownerId"]), None)
        if owner is None:
            raise InvalidCustomer(["ownerId must be the id of a customer"])
        if customer_id is not None and customer_id in (owner.id, *self._iterate_ancestors(owner.id)):
            raise InvalidCustomer(["ownerId must not be the customer itself or one below it"])
        return owner

    def _replace(self, before: SpiriiCustomer, after: SpiriiCustomer) -> None:
        """Replace a customer; its descendants follow it to another charge point operator."""
        customers = self.dataset.spirii_customers
        customers[customers.index(before)] = after
        if after.cpo_id != before.cpo_id and after.type != "CPO":
            descendants = self._find_descendants(after.id)
            customers[:] = [
                replace(customer, cpo_id=after.cpo_id) if customer.id in descendants else customer
                for customer in customers
            ]
        self._encode_customers()

    def _build_predicates(self, request: Request) -> Iterator[Predicate]:
        """Yield a predicate for each filter of the request."""
        arguments = request.args
        if ids := {parse_integer("customerIds", text) for text in arguments.getlist("customerIds")}:
            yield lambda customer: customer.id in ids
        if types := {parse_choice("types", text, TYPES) for text in arguments.getlist("types")}:
            yield lambda customer: customer.type in types
        if search := arguments.get("search", "").casefold():
            yield lambda customer: _matches_search(customer, search)
        if (owner := arguments.get("ownerId")) is not None:
            descendants = self._find_descendants(parse_integer("ownerId", owner))
            yield lambda customer: customer.id in descendants
        if (text := arguments.get("cpoId")) is not None:
            cpo = parse_integer("cpoId", text)
            yield lambda customer: customer.cpo_id == cpo
        yield from _build_time_predicates(request, "createdAt", lambda customer: customer.created_at)
        yield from _build_time_predicates(request, "updatedAt", lambda customer: customer.updated_at)

    def _find_descendants(self, owner_id: int) -> set[int]:
        return {each for each in self._owners if owner_id in self._iterate_ancestors(each)}

    def _iterate_ancestors(self, customer_id: int) -> Iterator[int]:
        owner_id = self._owners[customer_id]
        while owner_id:
            yield owner_id
            owner_id = self._owners.get(owner_id)

    def _get_sort_key(self, key: str, customer: SpiriiCustomer) -> Any:
        """Return the value to sort by; an unset value sorts first."""
        if key == "ownerName":
            return self._names.get(customer.owner_id or 0) or ""
        if key == "cpoName":
            return self._names.get(customer.cpo_id or 0) or ""
        if key == "createdAt":
            return parse_record_time(customer.created_at) or _UNSET
        if key == "updatedAt":
            return parse_record_time(customer.updated_at) or _UNSET
        return getattr(customer, key) or ""

    def _serialize(self, customer: SpiriiCustomer) -> dict[str, object]:
        return {
            "id": customer.id,
            "name": customer.name,
            **({"type": customer.type} if "with-type" in self.api_versions else {}),
            "externalId": customer.external_id,
            "country": customer.country,
            "createdAt": customer.created_at,
            "updatedAt": customer.updated_at,
            "owner": self._build_reference(customer.owner_id),
            "cpo": self._build_reference(customer.cpo_id),
            "locations": customer.locations,
            **customer.details,
        }

    def _build_reference(self, customer_id: int | None) -> dict[str, object] | None:
        return None if customer_id is None else {"id": customer_id, "name": self._names.get(customer_id)}

    def build_error(self, status: int, message: str) -> Response:
        """Build an error with status, message and the name of the status."""
        body = {"statusCode": status, "message": message, "error": HTTPStatus(status).phrase}
        return build_json_response(encode(body), status)

    def build_invalid_parameter(self, invalid: InvalidParameter) -> Response:
        """Build a 400 with a list of explanations."""
        return self._build_invalid([str(invalid)])

    def _build_invalid(self, explanations: list[str]) -> Response:
        body = {"statusCode": 400, "message": explanations, "error": "Bad Request"}
        return build_json_response(encode(body), 400)

    def build_unauthorized(self, request: Request) -> Response:
        """Build a 401 according to the newer of two contradicting pages."""
        return self.build_error(401, "The API key is missing, malformed or invalid")

    def build_rate_limit_headers(self, status: RateLimitStatus) -> Mapping[str, int]:
        """Build the headers of the general pages."""
        headers = {
            "X-RateLimit-Limit": status.limit,
            "X-RateLimit-Remaining": status.remaining,
            "X-RateLimit-Reset": status.reset_at,
        }
        return headers if status.is_allowed else headers | {"Retry-After": status.wait_seconds}

    def describe_not_found(self, method: str, path: str) -> str:
        """Return the message for an unknown path."""
        return f"Cannot {method} {path}"


def _parse_number(request: Request, key: str, default: int, minimum: int) -> int:
    text = request.args.get(key)
    return default if text is None else parse_integer(key, text, minimum=minimum)


def _apply_changes(
    customer: SpiriiCustomer, body: Body, owner: SpiriiCustomer | None, *, replaces: bool = False
) -> SpiriiCustomer:
    """Return a changed copy of the customer; the body must be valid.

    With ``replaces``, an object in the body takes the place of the whole object: the service does not document it.
    """
    changes: dict[str, Any] = {
        name: body[key]
        for key, name in (("name", "name"), ("type", "type"), ("country", "country"), ("externalId", "external_id"))
        if key in body
    }
    if owner is not None:
        changes |= {"owner_id": owner.id, "cpo_id": owner.id if owner.type == "CPO" else owner.cpo_id}
    kept = {key: value for key, value in customer.details.items() if not (replaces and key in body)}
    return replace(customer, **changes, details=update_details(kept, body))


def _parse_order(request: Request) -> tuple[str, bool]:
    """Return the sort key and whether it is descending; the defaults depend on the filters."""
    sent = {key for key, value in request.args.items() if value}
    by_creation = sent & {"createdAt", "createdAtFrom", "createdAtTo"}
    by_update = sent & {"updatedAt", "updatedAtFrom", "updatedAtTo"}
    default_key = "updatedAt" if by_update else "createdAt" if by_creation else "id"
    default_direction = "asc" if sent & {"createdAtFrom", "updatedAtFrom"} else "desc"
    key = parse_choice("sortBy", request.args.get("sortBy", default_key), SORT_KEYS)
    direction = parse_choice("sortDirection", request.args.get("sortDirection", default_direction), DIRECTIONS)
    return key, direction == "desc"


def _matches_search(customer: SpiriiCustomer, search: str) -> bool:
    """Return whether the name or one of the ids contains the text."""
    texts: Iterable[str] = (customer.name or "", str(customer.id), customer.external_id or "")
    return any(search in text.casefold() for text in texts)


def _build_time_predicates(
    request: Request, key: str, read: Callable[[SpiriiCustomer], str | None]
) -> Iterator[Predicate]:
    """Yield predicates for a time: equal, from and to (both inclusive); an unset time never matches."""
    for suffix, compare in (("", datetime.__eq__), ("From", datetime.__ge__), ("To", datetime.__le__)):
        text = request.args.get(key + suffix)
        if text is not None:
            yield _build_time_predicate(read, compare, parse_time(key + suffix, text))


def _build_time_predicate(
    read: Callable[[SpiriiCustomer], str | None], compare: Callable[[datetime, datetime], bool], bound: datetime
) -> Predicate:
    def matches(customer: SpiriiCustomer) -> bool:
        time = parse_record_time(read(customer))
        return time is not None and compare(time, bound)

    return matches
