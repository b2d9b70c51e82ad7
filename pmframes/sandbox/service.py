"""What the four services have in common: routes, a token, a rate limit, errors in their own shape."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, TypeVar

from werkzeug.datastructures import Authorization
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ._json import encode
from .dataset import Dataset
from .query_params import Refused
from .rate_limit import Allowance, RateLimit

Answer = Callable[..., Response]
Row = Answer | Mapping[str, Answer]
"""What answers at a path: one for GET, or one for each method."""
Record = TypeVar("Record")


def read_credential(request: Request) -> Authorization | None:
    """Read the Authorization header; None where there is none or it makes no sense."""
    try:
        return request.authorization
    except ValueError:  # werkzeug lets this through where Basic is not followed by ASCII
        return None


def json_response(body: bytes, status: int = 200) -> Response:
    """Make a response that carries JSON."""
    return Response(body, status=status, content_type="application/json; charset=utf-8")


class Service:
    """One of the four services, mounted below its name."""

    name: ClassVar[str]
    known_api_versions: ClassVar[frozenset[str]] = frozenset()
    """Switches, each of which restores one trait of an older API version."""

    def __init__(self, dataset: Dataset, token: str, rate_limit: int, api_versions: frozenset[str]) -> None:
        self.dataset = dataset
        self.api_versions = api_versions
        self._token = token.encode()
        self._limit = RateLimit(rate_limit)
        self._routes = Map(
            [
                Rule(path, endpoint=answer, methods=[method])
                for path, row in self.routes().items()
                for method, answer in ({"GET": row} if callable(row) else row).items()
            ],
            strict_slashes=False,
            merge_slashes=False,
        ).bind("sandbox.invalid")

    def routes(self) -> Mapping[str, Row]:
        """Name what answers each path below the mount point: one method, or one for each HTTP method."""
        raise NotImplementedError

    def is_authorized(self, request: Request) -> bool:
        """Tell whether the request carries this service's token as a Bearer token."""
        given = read_credential(request)
        return given is not None and given.type == "bearer" and self.is_token(given.token)

    def is_token(self, given: str | None) -> bool:
        """Tell whether a text is this service's token."""
        return given is not None and hmac.compare_digest(given.encode(), self._token)

    def error(self, status: int, message: str) -> Response:
        """Make an error in the shape of this service."""
        raise NotImplementedError

    def refuse(self, refused: Refused) -> Response:
        """Answer a query value that the service does not take."""
        return self.error(400, str(refused))

    def unauthorized(self, request: Request) -> Response:
        """Answer a wrong or missing token."""
        raise NotImplementedError

    def too_many(self) -> Response:
        """Answer when the minute's requests are spent."""
        return self.error(429, "Too Many Requests")

    def limit_headers(self, allowance: Allowance) -> Mapping[str, int]:
        """Make the rate limit headers of this service."""
        raise NotImplementedError

    def renew_token(self, token: str) -> None:
        """Take a new token from now on, and the old one no more."""
        self._token = token.encode()

    def respond(self, request: Request, path: str) -> Response:
        """Answer a request whose path below the mount point is given."""
        allowance = self._limit.take()
        response = self._answer(request, path) if allowance.allowed else self.too_many()
        for header, value in self.limit_headers(allowance).items():
            response.headers[header] = str(value)
        return response

    def _answer(self, request: Request, path: str) -> Response:
        if not self.is_open(path) and not self.is_authorized(request):
            return self.unauthorized(request)
        try:
            answer: Answer
            answer, arguments = self._routes.match(path, method=request.method)
            return answer(request, **arguments)
        except NotFound:
            return self.error(404, self.not_found(request.method, path))
        except MethodNotAllowed as error:
            response = self.error(405, self.not_allowed(request.method, path))
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
            return response
        except Refused as refused:
            return self.refuse(refused)

    def is_open(self, path: str) -> bool:
        """Tell whether a path needs no token."""
        return False

    def not_found(self, method: str, path: str) -> str:
        """Word the answer to an unknown path."""
        return "Not Found"

    def not_allowed(self, method: str, path: str) -> str:
        """Word the answer to a method that a path does not have."""
        return "Method Not Allowed"


def encode_all(records: Iterable[Record], wire: Callable[[Record], object]) -> list[bytes]:
    """Encode every record once."""
    return [encode(wire(record)) for record in records]
