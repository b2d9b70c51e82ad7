"""Four services that know several accounts: the token alone decides whose data is answered.

The data comes from sandboxes. ``FAULTS`` are what a service does instead of answering.
"""

import http.client
import json
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from pmframes.sandbox import Sandbox

from . import transfers
from .server import SERVICES, FakeServer, Reply, Request, reply


@dataclass
class Tenants:
    """An answer for each service: forward a request to the sandbox of its token, each question once."""

    sandboxes: dict[str, Sandbox]
    page_size: int = 500
    _answers: dict[tuple[int, str], Reply] = field(default_factory=dict)

    def serve(self, server: FakeServer) -> None:
        """Answer all four services of a server."""
        for service in SERVICES:
            server.serve(service, self)

    def __call__(self, request: Request) -> Reply:
        sandbox = self.sandboxes.get(request.token)
        if sandbox is None:
            return self._forward(next(iter(self.sandboxes.values())), request, "of-nobody")
        target = self._target(request)
        found = self._answers.get((id(sandbox), target))
        if found is None:
            found = self._forward(sandbox, request, sandbox.token(request.service))
            if found.status == 200:
                self._answers[id(sandbox), target] = found
        return found

    def _target(self, request: Request) -> str:
        query = [(name, str(self.page_size) if name == "pageSize" else value) for name, value in request.query]
        return f"{request.path}?{urlencode(query)}"

    def _forward(self, sandbox: Sandbox, request: Request, token: str) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(sandbox.url(request.service)).netloc, timeout=60)
        path = urlsplit(sandbox.url(request.service)).path + self._target(request).removeprefix(f"/{request.service}")
        try:
            connection.request("GET", path, headers={"Accept": "application/json", "Authorization": f"Bearer {token}"})
            response = connection.getresponse()
            return reply(response.read(), response.status, response.getheader("Content-Type", ""))
        finally:
            connection.close()


def refused(request: Request) -> Reply:
    """Answer 401, with the credential quoted in the explanation, as some services do."""
    text = f"token {request.token} ({request.headers.get('Authorization')}) is not known"
    return reply({"message": text, "errors": [{"title": text, "detail": text}], "error": {"message": text}}, 401)


def broken(request: Request) -> Reply:
    """Answer 500, with a debug page that quotes the request."""
    text = f"{request.path} {request.query} {request.headers}"
    return reply({"message": text, "error": text}, 500)


def login_page(request: Request) -> Reply:
    return reply(f"<!DOCTYPE html><title>Log in</title><p>{request.headers}</p>", content_type="text/html")


def other_json(request: Request) -> Reply:
    return reply(json.dumps({"path": request.path, "query": request.query}))


FAULTS = {
    "refused": refused, "broken": broken, "login page": login_page, "other JSON": other_json,
    "redirect": reply(status=302, Location="http://127.0.0.1:9/elsewhere"),
    "redirect that no library can read": reply(status=302, Location="http://["),
    "reset": reply(transfer=transfers.reset_at_once), "no answer": reply(transfer=transfers.no_answer),
    "a minute to wait": reply({}, 429, Retry_After="60"),
    "slow": reply(b" " * 100_000, transfer=transfers.slow_body(0.1)),
}  # fmt: skip
