"""Outlign: clients and companies, in the envelope of Laravel's ``simplePaginate``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from ._json import encode, join_list
from ._query import Refused, integer
from .agency import Agency
from .agency.records import Client, OutlignCompany
from .limits import Allowance
from .service import Answer, Service, encode_all, json_response

PAGE_SIZE = 15
LARGEST_PAGE = 1000
_LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Log in</title></head><body><h1>Log in to Outlign</h1></body></html>"
)


class Outlign(Service):
    """The service as it was observed: lists wrapped, a company inside each client, no total."""

    name = "outlign"

    def __init__(self, agency: Agency, token: str, rate_limit: int) -> None:
        super().__init__(agency, token, rate_limit)
        titles = {company.id: company.title for company in agency.outlign_companies}
        self._clients = encode_all(agency.clients, lambda client: _client(client, titles))
        self._companies = encode_all(agency.outlign_companies, _company)

    def routes(self) -> Mapping[str, Answer]:
        """Name the lists, and the page that a caller without a token is sent to."""
        return {
            "/api/v1/clients": self.list_clients,
            "/api/v1/companies": self.list_companies,
            "/login": self.show_login,
        }

    def list_clients(self, request: Request) -> Response:
        """List clients, filtered by company and by a part of the title."""
        company = _number(request, "company_id")
        title = (_last(request, "title") or "").casefold()
        found = [
            encoded
            for client, encoded in zip(self.agency.clients, self._clients, strict=True)
            if company in (None, client.company_id) and title in (client.title or "").casefold()
        ]
        return _page(request, found)

    def list_companies(self, request: Request) -> Response:
        """List the companies that the caller belongs to."""
        return _page(request, self._companies)

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
        return json_response(encode({"message": message, "errors": {refused.key: [message]}}), 422)

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
        return (
            f"The {method} method is not supported for route {path.strip('/')}. Supported methods: GET, HEAD."
        )


def _client(client: Client, titles: Mapping[int, str]) -> dict[str, object]:
    company = (
        None
        if client.company_id is None
        else {"id": client.company_id, "title": titles.get(client.company_id)}
    )
    return {
        "id": client.id,
        "title": client.title,
        "company": company,
        "created_at": client.created_at,
        "updated_at": client.updated_at,
    }


def _company(company: OutlignCompany) -> dict[str, object]:
    return {
        "id": company.id,
        "title": company.title,
        "created_at": company.created_at,
        "updated_at": company.updated_at,
    }


def _last(request: Request, key: str) -> str | None:
    """Read a key: PHP keeps the last of a repeated one, Laravel takes an empty one for none."""
    values = request.args.getlist(key)
    return values[-1] or None if values else None


def _number(request: Request, key: str, low: int | None = None) -> int | None:
    text = _last(request, key)
    return None if text is None else integer(key, text, low=low)


def _page(request: Request, rows: Sequence[bytes]) -> Response:
    """Cut out one page, in Laravel's envelope, whose links know nothing of the filters."""
    size = min(_number(request, "per_page", low=1) or PAGE_SIZE, LARGEST_PAGE)
    page = _number(request, "page", low=1) or 1
    start = (page - 1) * size
    shown = rows[start : start + size]
    path = request.base_url

    def link(number: int) -> str:
        return f"{path}?page={number}"

    links = {
        "first": link(1),
        "last": None,
        "prev": link(page - 1) if page > 1 else None,
        "next": link(page + 1) if start + size < len(rows) else None,
    }
    meta = {
        "current_page": page,
        "current_page_url": link(page),
        "from": start + 1 if shown else None,
        "path": path,
        "per_page": size,
        "to": start + len(shown) if shown else None,
    }
    tail = b',"links":' + encode(links) + b',"meta":' + encode(meta) + b"}"
    return json_response(b'{"data":' + join_list(shown) + tail)
