"""The base class of the four services: routing, token, rate limit, errors in the service's own format."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import ClassVar, TypeVar

from werkzeug.datastructures import Authorization
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ._json import encode
from .dataset import Dataset
from .query_params import InvalidParameter
from .rate_limit import FixedWindowLimit, RateLimitStatus

Handler = Callable[..., Response]
Route = Handler | Mapping[str, Handler]
"""The handler of a path: one for GET, or one per HTTP method."""
Record = TypeVar("Record")
MAX_BODY_BYTES = 2**20
"""Length of the longest body that a service reads."""


def read_credential(request: Request) -> Authorization | None:
    """Return the Authorization header; None if it is absent or malformed."""
    try:
        return request.authorization
    except ValueError:  # werkzeug raises this if Basic is not followed by ASCII
        return None


def build_json_response(body: bytes, status: int = 200) -> Response:
    """Build a response with a JSON body."""
    return Response(body, status=status, content_type="application/json; charset=utf-8")


class SandboxService:
    """A service of the sandbox, mounted below its name."""

    name: ClassVar[str]
    known_api_versions: ClassVar[frozenset[str]] = frozenset()
    """Switches, each of which serves one trait of another API version."""

    def __init__(self, dataset: Dataset, token: str, rate_limit: int, api_versions: frozenset[str]) -> None:
        self.dataset = dataset
        self.api_versions = api_versions
        self._token = token.encode()
        self._limit = FixedWindowLimit(rate_limit)
        self._url_map = Map(
            [
                Rule(path, endpoint=handler, methods=[method])
                for path, route in self.build_routes().items()
                for method, handler in ({"GET": route} if callable(route) else route).items()
            ],
            strict_slashes=False,
            merge_slashes=False,
        ).bind("sandbox.invalid")

    def build_routes(self) -> Mapping[str, Route]:
        """Return the handlers by path, relative to the mount point."""
        raise NotImplementedError

    def is_authorized(self, request: Request) -> bool:
        """Return whether the request carries this service's token as a Bearer token."""
        credential = read_credential(request)
        return credential is not None and credential.type == "bearer" and self.is_valid_token(credential.token)

    def is_valid_token(self, token: str | None) -> bool:
        """Return whether the text is this service's token."""
        return token is not None and hmac.compare_digest(token.encode(), self._token)

    def build_error(self, status: int, message: str) -> Response:
        """Build an error in this service's format."""
        raise NotImplementedError

    def build_invalid_parameter(self, invalid: InvalidParameter) -> Response:
        """Build the error for a query parameter that is rejected."""
        return self.build_error(400, str(invalid))

    def build_unauthorized(self, request: Request) -> Response:
        """Build the error for a wrong or missing token."""
        raise NotImplementedError

    def build_rate_limited(self) -> Response:
        """Build the error for a request above the rate limit."""
        return self.build_error(429, "Too Many Requests")

    def build_rate_limit_headers(self, status: RateLimitStatus) -> Mapping[str, int]:
        """Build the rate limit headers of this service."""
        raise NotImplementedError

    def renew_token(self, token: str) -> None:
        """Replace the token; the old one is rejected from now on."""
        self._token = token.encode()

    def respond(self, request: Request, path: str) -> Response:
        """Respond to a request; ``path`` is relative to the mount point."""
        status = self._limit.acquire()
        response = self._dispatch(request, path) if status.is_allowed else self.build_rate_limited()
        for header, value in self.build_rate_limit_headers(status).items():
            response.headers[header] = str(value)
        return response

    def _dispatch(self, request: Request, path: str) -> Response:
        if not self.is_public(path) and not self.is_authorized(request):
            return self.build_unauthorized(request)
        try:
            handler: Handler
            handler, arguments = self._url_map.match(path, method=request.method)
            return handler(request, **arguments)
        except NotFound:
            return self.build_error(404, self.describe_not_found(request.method, path))
        except MethodNotAllowed as error:
            response = self.build_error(405, self.describe_method_not_allowed(request.method, path))
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
            return response
        except InvalidParameter as invalid:
            return self.build_invalid_parameter(invalid)
        except HTTPException as error:  # a body that is too long, or ends too early
            status = error.code or 400
            return self.build_error(status, HTTPStatus(status).phrase)

    def is_public(self, path: str) -> bool:
        """Return whether a path needs no token."""
        return False

    def describe_not_found(self, method: str, path: str) -> str:
        """Return the message for an unknown path."""
        return "Not Found"

    def describe_method_not_allowed(self, method: str, path: str) -> str:
        """Return the message for a method that a path does not have."""
        return "Method Not Allowed"


def encode_all(records: Iterable[Record], serialize: Callable[[Record], object]) -> list[bytes]:
    """Encode every record, once instead of per request."""
    return [encode(serialize(record)) for record in records]
