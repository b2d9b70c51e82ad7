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
from .fault_hooks import rearranged
from .outlign_validation import Invalid, check_new_client, check_title, read_input
from .query_params import Refused, integer
from .rate_limit import Allowance
from .service import Row, Service, encode_all, json_response

PAGE_SIZE = 15
LARGEST_PAGE = 1000
_FRACTION = re.compile(r"\.[0-9]+(?=Z$)")
_LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Log in</title></head><body><h1>Log in to Outlign</h1></body></html>"
)


class Outlign(Service):
    """The service as it was observed: answers wrapped, a company inside a client of a list, no total."""

    name = "outlign"
    known_api_versions = frozenset({"bare-list", "company-id"})

    def __init__(self, dataset: Dataset, token: str, rate_limit: int, api_versions: frozenset[str]) -> None:
        super().__init__(dataset, token, rate_limit, api_versions)
        self._titles = {company.id: company.title for company in dataset.outlign_companies}
        self._companies = encode_all(dataset.outlign_companies, self._company)
        self._lock = Lock()
        self._write_times = iterate_write_times()
        self._next_id = max((client.id for client in dataset.clients), default=0) + 1
        self._read_clients()

    def _read_clients(self) -> None:
        clients = self.dataset.clients
        self._rows = list(zip(clients, encode_all(clients, self._client), strict=True))

    def routes(self) -> Mapping[str, Row]:
        """Name the lists, one client, and the page that a caller without a token is sent to."""
        return {
            "/api/v1/clients": {"GET": self.list_clients, "POST": self.create_client},
            "/api/v1/clients/<client>": {
                "GET": self.show_client,
                "PUT": self.update_client,
                "DELETE": self.delete_client,
            },
            "/api/v1/companies": self.list_companies,
            "/login": self.show_login,
        }

    def list_clients(self, request: Request) -> Response:
        """List clients, filtered by company and by a part of the title."""
        company = _number(request, "company_id")
        title = (_last(request, "title") or "").casefold()
        found = [
            encoded
            for client, encoded in self._rows
            if company in (None, client.company_id) and title in (client.title or "").casefold()
        ]
        return self._page(request, found)

    def create_client(self, request: Request) -> Response:
        """Make a client, and show it as a list would."""
        try:
            title, company = check_new_client(read_input(request), self._titles)
        except Invalid as invalid:
            return self._invalid(invalid)
        with self._lock:
            now = format_microseconds(next(self._write_times))
            client = Client(self._next_id, title, company, now, now)
            self._next_id += 1
            self.dataset.clients.append(client)
            self._read_clients()
        return self._show(self._client(client), 201)

    def show_client(self, request: Request, client: str) -> Response:
        """Show one client, without its company."""
        found = self._find(client)
        return self._missing(client) if found is None else self._show(self._client(found, alone=True))

    def update_client(self, request: Request, client: str) -> Response:
        """Give a client another title; it is the only thing that can be changed."""
        with self._lock:
            found = self._find(client)
            if found is None:
                return self._missing(client)
            try:
                title = check_title(read_input(request))
            except Invalid as invalid:
                return self._invalid(invalid)
            if title not in (None, found.title):
                found.title, found.updated_at = title, format_microseconds(next(self._write_times))
                self._read_clients()
            return self._show(self._client(found, alone=True))

    def delete_client(self, request: Request, client: str) -> Response:
        """Delete a client for good."""
        with self._lock:
            found = self._find(client)
            if found is None:
                return self._missing(client)
            self.dataset.clients.remove(found)
            self._read_clients()
        return Response(status=204)

    def _page(self, request: Request, found: list[bytes]) -> Response:
        """Cut out one page."""
        rows = rearranged(found)
        size = min(_number(request, "per_page", low=1) or PAGE_SIZE, LARGEST_PAGE)
        page = _number(request, "page", low=1) or 1
        shown = rows[(page - 1) * size : page * size]
        if "bare-list" in self.api_versions:
            return json_response(join_list(shown))
        return json_response(_envelope(request.base_url, shown, page, size, page * size < len(rows)))

    def _show(self, record: object, status: int = 200) -> Response:
        """Show one record, wrapped unless the service is of the age that wraps nothing."""
        return json_response(encode(record if "bare-list" in self.api_versions else {"data": record}), status)

    def _client(self, client: Client, alone: bool = False) -> dict[str, object]:
        """Write a client, whose company is left out where it is shown alone."""
        wire: dict[str, object] = {"id": client.id, "title": client.title}
        if "company-id" in self.api_versions:
            wire["company_id"] = client.company_id
        elif not alone:
            wire["company"] = self._reference(client.company_id)
        return wire | self._times(client)

    def _company(self, company: OutlignCompany) -> dict[str, object]:
        return {"id": company.id, "title": company.title} | self._times(company)

    def _reference(self, company: int | None) -> dict[str, object] | None:
        return None if company is None else {"id": company, "title": self._titles.get(company)}

    def _times(self, record: Client | OutlignCompany) -> dict[str, object]:
        """Write the times, without parts of a second where the service is of the age that has none."""
        times = {"created_at": record.created_at, "updated_at": record.updated_at}
        if "bare-list" not in self.api_versions:
            return dict(times)
        return {key: time and _FRACTION.sub("", time) for key, time in times.items()}

    def _missing(self, client: str) -> Response:
        return self.error(404, f"No query results for model [App\\Models\\Client] {client}")

    def _invalid(self, invalid: Invalid) -> Response:
        errors = {field: [reason] for field, reason in invalid.errors.items()}
        return json_response(encode({"message": str(invalid), "errors": errors}), 422)

    def _find(self, client: str) -> Client | None:
        return next((found for found, _ in self._rows if str(found.id) == client), None)

    def list_companies(self, request: Request) -> Response:
        """List the companies that the caller belongs to."""
        return self._page(request, self._companies)

    def show_login(self, request: Request) -> Response:
        """Show the page for people."""
        return Response(_LOGIN_PAGE, content_type="text/html; charset=utf-8")

    def is_open(self, path: str) -> bool:
        """Let everyone see the login page."""
        return path == "/login"

    def error(self, status: int, message: str) -> Response:
        """Wrap a message as Laravel does."""
        return json_response(encode({"message": message}), status)

    def refuse(self, refused: Refused) -> Response:
        """Answer with Laravel's 422, which names the field."""
        message = f"The {refused.key.replace('_', ' ')} field {refused.reason}."
        return self._invalid(Invalid({refused.key: message}))

    def unauthorized(self, request: Request) -> Response:
        """Answer 401 to who asks for JSON; take anyone else for a browser and send them to log in."""
        if "json" not in request.headers.get("Accept", "").split(",")[0]:
            return redirect(f"{request.host_url}outlign/login")
        return self.error(401, "Unauthenticated.")

    def too_many(self) -> Response:
        """Use Laravel's words."""
        return self.error(429, "Too Many Attempts.")

    def limit_headers(self, allowance: Allowance) -> Mapping[str, int]:
        """Send Laravel's headers, telling when to come back only to who came too often."""
        headers = {"X-RateLimit-Limit": allowance.limit, "X-RateLimit-Remaining": allowance.remaining}
        if not allowance.allowed:
            headers |= {"Retry-After": allowance.wait, "X-RateLimit-Reset": allowance.reset}
        return headers

    def not_found(self, method: str, path: str) -> str:
        """Use Laravel's words."""
        return f"The route {path.strip('/')} could not be found."

    def not_allowed(self, method: str, path: str) -> str:
        """Use Laravel's words."""
        methods = ", ".join(sorted(self._routes.allowed_methods(path)))
        return (
            f"The {method} method is not supported for route {path.strip('/')}. Supported methods: {methods}."
        )


def _last(request: Request, key: str) -> str | None:
    """Read a key: PHP keeps the last of a repeated one, Laravel takes an empty one for none."""
    values = request.args.getlist(key)
    return values[-1] or None if values else None


def _number(request: Request, key: str, low: int | None = None) -> int | None:
    text = _last(request, key)
    return None if text is None else integer(key, text, low=low)


def _envelope(path: str, shown: Sequence[bytes], page: int, size: int, more: bool) -> bytes:
    """Make Laravel's envelope, whose links know nothing of the filters."""

    def link(number: int) -> str:
        return f"{path}?page={number}"

    start = (page - 1) * size
    links = {
        "first": link(1),
        "last": None,
        "prev": link(page - 1) if page > 1 else None,
        "next": link(page + 1) if more else None,
    }
    meta = {
        "current_page": page,
        "current_page_url": link(page),
        "from": start + 1 if shown else None,
        "path": path,
        "per_page": size,
        "to": start + len(shown) if shown else None,
    }
    return b'{"data":' + join_list(shown) + b',"links":' + encode(links) + b',"meta":' + encode(meta) + b"}"
