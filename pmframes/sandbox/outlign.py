"""Outlign: clients and companies, in the envelope of Laravel's ``simplePaginate``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from threading import Lock

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from ._json import encode, join_list
from .dataset import Dataset
from .dataset.dates import format_microseconds, iterate_write_times
from .dataset.models import Client, OutlignCompany
from .outlign_validation import InvalidClient, parse_fields, parse_new_client, parse_new_title
from .query_params import InvalidParameter, parse_integer
from .rate_limit import RateLimitStatus
from .row_hooks import apply_row_hooks
from .service import Route, SandboxService, build_json_response, encode_all

DEFAULT_PAGE_SIZE = 15
MAX_PAGE_SIZE = 1000
_FRACTION = re.compile(r"\.[0-9]+(?=Z$)")
_LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Log in</title></head><body><h1>Log in to Outlign</h1></body></html>"


class Outlign(SandboxService):
    """The service as observed: responses in an envelope, the company inside each listed client, no total."""

    name = "outlign"
    known_api_versions = frozenset({"bare-list", "company-id"})

    def __init__(self, dataset: Dataset, token: str, rate_limit: int, api_versions: frozenset[str]) -> None:
        super().__init__(dataset, token, rate_limit, api_versions)
        self._titles = {company.id: company.title for company in dataset.outlign_companies}
        self._companies = encode_all(dataset.outlign_companies, self._serialize_company)
        self._lock = Lock()
        self._write_times = iterate_write_times()
        self._next_id = max((client.id for client in dataset.clients), default=0) + 1
        self._encode_clients()

    def _encode_clients(self) -> None:
        clients = self.dataset.clients
        self._rows = list(zip(clients, encode_all(clients, self._serialize_client), strict=True))

    def build_routes(self) -> Mapping[str, Route]:
        """Return the lists, the single client, and the login page."""
        return {
            "/api/v1/clients": {"GET": self.list_clients, "POST": self.create_client},
            "/api/v1/clients/<client_id>": {
                "GET": self.get_client,
                "PUT": self.update_client,
                "DELETE": self.delete_client,
            },
            "/api/v1/companies": self.list_companies,
            "/login": self.get_login,
        }

    def list_clients(self, request: Request) -> Response:
        """List clients, filtered by company and part of the title."""
        company_id = _parse_number(request, "company_id")
        title = (_get_last_value(request, "title") or "").casefold()
        rows = [
            encoded
            for client, encoded in self._rows
            if company_id in (None, client.company_id) and title in (client.title or "").casefold()
        ]
        return self._build_page(request, rows)

    def create_client(self, request: Request) -> Response:
        """Create a client and return it as in a list."""
        try:
            title, company_id = parse_new_client(parse_fields(request), self._titles)
        except InvalidClient as invalid:
            return self._build_invalid(invalid)
        with self._lock:
            now = format_microseconds(next(self._write_times))
            client = Client(self._next_id, title, company_id, now, now)
            self._next_id += 1
            self.dataset.clients.append(client)
            self._encode_clients()
        return self._build_record(self._serialize_client(client), 201)

    def get_client(self, request: Request, client_id: str) -> Response:
        """Return one client, without its company."""
        client = self._find_client(client_id)
        if client is None:
            return self._build_missing(client_id)
        return self._build_record(self._serialize_client(client, single=True))

    def update_client(self, request: Request, client_id: str) -> Response:
        """Change the title of a client, the only field that can be changed."""
        with self._lock:
            client = self._find_client(client_id)
            if client is None:
                return self._build_missing(client_id)
            try:
                title = parse_new_title(parse_fields(request))
            except InvalidClient as invalid:
                return self._build_invalid(invalid)
            if title not in (None, client.title):
                client.title, client.updated_at = title, format_microseconds(next(self._write_times))
                self._encode_clients()
            return self._build_record(self._serialize_client(client, single=True))

    def delete_client(self, request: Request, client_id: str) -> Response:
        """Delete a client."""
        with self._lock:
            client = self._find_client(client_id)
            if client is None:
                return self._build_missing(client_id)
            self.dataset.clients.remove(client)
            self._encode_clients()
        return Response(status=204)

    def _build_page(self, request: Request, rows: list[bytes]) -> Response:
        rows = apply_row_hooks(rows)
        size = min(_parse_number(request, "per_page", minimum=1) or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        page = _parse_number(request, "page", minimum=1) or 1
        page_rows = rows[(page - 1) * size : page * size]
        if "bare-list" in self.api_versions:
            return build_json_response(join_list(page_rows))
        return build_json_response(_build_envelope(request.base_url, page_rows, page, size, page * size < len(rows)))

    def _build_record(self, record: object, status: int = 200) -> Response:
        """Build the response for one record, in an envelope except in the API version without one."""
        return build_json_response(encode(record if "bare-list" in self.api_versions else {"data": record}), status)

    def _serialize_client(self, client: Client, single: bool = False) -> dict[str, object]:
        """Return the record of a client; a single client has no company."""
        record: dict[str, object] = {"id": client.id, "title": client.title}
        if "company-id" in self.api_versions:
            record["company_id"] = client.company_id
        elif not single:
            record["company"] = self._build_reference(client.company_id)
        return record | self._serialize_times(client)

    def _serialize_company(self, company: OutlignCompany) -> dict[str, object]:
        return {"id": company.id, "title": company.title} | self._serialize_times(company)

    def _build_reference(self, company_id: int | None) -> dict[str, object] | None:
        return None if company_id is None else {"id": company_id, "title": self._titles.get(company_id)}

    def _serialize_times(self, record: Client | OutlignCompany) -> dict[str, object]:
        """Return the times, without fractions of a second in the API version that has none."""
        times = {"created_at": record.created_at, "updated_at": record.updated_at}
        if "bare-list" not in self.api_versions:
            return dict(times)
        return {key: time and _FRACTION.sub("", time) for key, time in times.items()}

    def _build_missing(self, client_id: str) -> Response:
        return self.build_error(404, f"No query results for model [App\\Models\\Client] {client_id}")

    def _build_invalid(self, invalid: InvalidClient) -> Response:
        errors = {field: [reason] for field, reason in invalid.errors.items()}
        return build_json_response(encode({"message": str(invalid), "errors": errors}), 422)

    def _find_client(self, client_id: str) -> Client | None:
        return next((each for each, _ in self._rows if str(each.id) == client_id), None)

    def list_companies(self, request: Request) -> Response:
        """List the companies of the current user."""
        return self._build_page(request, self._companies)

    def get_login(self, request: Request) -> Response:
        """Return the login page."""
        return Response(_LOGIN_PAGE, content_type="text/html; charset=utf-8")

    def is_public(self, path: str) -> bool:
        """Return whether the path is the login page."""
        return path == "/login"

    def build_error(self, status: int, message: str) -> Response:
        """Build an error in Laravel's format."""
        return build_json_response(encode({"message": message}), status)

    def build_invalid_parameter(self, invalid: InvalidParameter) -> Response:
        """Build Laravel's 422, which names the field."""
        message = f"The {invalid.key.replace('_', ' ')} field {invalid.reason}."
        return self._build_invalid(InvalidClient({invalid.key: message}))

    def build_unauthorized(self, request: Request) -> Response:
        """Build a 401 for clients that accept JSON; redirect others, as browsers, to the login page."""
        if "json" not in request.headers.get("Accept", "").split(",")[0]:
            return redirect(f"{request.root_url}login")
        return self.build_error(401, "Unauthenticated.")

    def build_rate_limited(self) -> Response:
        """Build Laravel's 429."""
        return self.build_error(429, "Too Many Attempts.")

    def build_rate_limit_headers(self, status: RateLimitStatus) -> Mapping[str, int]:
        """Build Laravel's headers; the time to wait is sent with a 429 only."""
        headers = {"X-RateLimit-Limit": status.limit, "X-RateLimit-Remaining": status.remaining}
        if not status.is_allowed:
            headers |= {"Retry-After": status.wait_seconds, "X-RateLimit-Reset": status.reset_at}
        return headers

    def describe_not_found(self, method: str, path: str) -> str:
        """Return Laravel's message."""
        return f"The route {path.strip('/')} could not be found."

    def describe_method_not_allowed(self, method: str, path: str) -> str:
        """Return Laravel's message."""
        methods = ", ".join(sorted(self._url_map.allowed_methods(path)))
        return f"The {method} method is not supported for route {path.strip('/')}. Supported methods: {methods}."


def _get_last_value(request: Request, key: str) -> str | None:
    """Return a value: PHP keeps the last of several equal keys, Laravel takes an empty value for none."""
    values = request.args.getlist(key)
    return values[-1] or None if values else None


def _parse_number(request: Request, key: str, minimum: int | None = None) -> int | None:
    text = _get_last_value(request, key)
    return None if text is None else parse_integer(key, text, minimum=minimum)


def _build_envelope(path: str, page_rows: Sequence[bytes], page: int, size: int, has_more: bool) -> bytes:
    """Build Laravel's envelope; its links do not contain the filters."""

    def link(number: int) -> str:
        return f"{path}?page={number}"

    start = (page - 1) * size
    links = {
        "first": link(1),
        "last": None,
        "prev": link(page - 1) if page > 1 else None,
        "next": link(page + 1) if has_more else None,
    }
    meta = {
        "current_page": page,
        "current_page_url": link(page),
        "from": start + 1 if page_rows else None,
        "path": path,
        "per_page": size,
        "to": start + len(page_rows) if page_rows else None,
    }
    return b'{"data":' + join_list(page_rows) + b',"links":' + encode(links) + b',"meta":' + encode(meta) + b"}"
