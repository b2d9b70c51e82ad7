"""The operations that the contract walks, what a call is, and who sends it."""

from dataclasses import dataclass, field

import requests

PEOPLE = "/projects/api/v3/people.json"
PROJECT_PEOPLE = "/projects/api/v3/projects/{projectId}/people.json"
PROJECTS = "/projects/api/v3/projects.json"
COMPANIES = "/projects/api/v3/companies.json"
ME = "/projects/api/v3/me.json"
PM_CUSTOMERS = "/api/data/projects/customers"
PM_CUSTOMER = "/api/data/projects/customers/{customerId}"
PM_ROLES = "/api/data/users/roles"
PM_RESOURCES = "/api/data/resources"
PM_PROJECTS = "/api/data/projects"
PM_MEMBERS = "/api/data/projects/{projectId}/members"
PM_ME = "/api/data/me"
CLIENTS = "/api/v1/clients"
CLIENT = "/api/v1/clients/{id}"
OUTLIGN_COMPANIES = "/api/v1/companies"
CUSTOMERS = "/v2/customers"

LISTS = {
    "teamwork": {PEOPLE: "people", PROJECT_PEOPLE: "people", PROJECTS: "projects", COMPANIES: "companies"},
    "projectmanager": dict.fromkeys((PM_CUSTOMERS, PM_ROLES, PM_RESOURCES, PM_PROJECTS, PM_MEMBERS), "data"),
    "outlign": dict.fromkeys((CLIENTS, OUTLIGN_COMPANIES), "data"),
    "spirii": {CUSTOMERS: "data"},
}
READS = {
    "teamwork": (*LISTS["teamwork"], ME), "projectmanager": (*LISTS["projectmanager"], PM_ME),
    "outlign": (*LISTS["outlign"], CLIENT), "spirii": (CUSTOMERS,),
}  # fmt: skip
NOBODY = 999_999_999
NO_GUID = "00000000-0000-4000-8000-0000000000ff"


@dataclass(frozen=True)
class Call:
    """One request, and the statuses with which it may be answered."""

    path: str
    query: tuple[tuple[str, object], ...] = ()
    expect: frozenset[int] = frozenset({200})
    method: str = "GET"
    body: object = None
    at: dict[str, object] = field(default_factory=dict, hash=False)

    def __str__(self):
        query = "&".join(f"{name}={value}" for name, value in self.query)
        body = "" if self.body is None else f" {self.body!r}"
        return f"{self.method} {self.path.format(**self.at)}{'?' if query else ''}{query}{body}"


class Visitor:
    """Sends calls to one service of a sandbox."""

    def __init__(self, box, service):
        self.service = service
        self.url = box.url(service)
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Authorization": f"Bearer {box.token(service)}", "Accept": "application/json"})

    def send(self, call, **options):
        return self.session.request(
            call.method,
            self.url + call.path.format(**call.at),
            params=list(call.query),
            json=call.body,
            allow_redirects=False,
            timeout=60,
            **options,
        )

    def rows(self, path, **at):
        """Return the rows of a list as they come when nothing is asked for."""
        response = self.send(Call(path, at=at))
        body = response.json()
        return body if isinstance(body, list) else body.get(LISTS[self.service].get(path), [])


WRITES = {
    "teamwork": (), "projectmanager": (("POST", PM_CUSTOMERS), ("PUT", PM_CUSTOMER), ("DELETE", PM_CUSTOMER)),
    "outlign": (("POST", CLIENTS), ("PUT", CLIENT), ("DELETE", CLIENT)),
    "spirii": (("POST", CUSTOMERS), ("PUT", CUSTOMERS + "/{id}")),
}  # fmt: skip


def operations(service):
    """Return every operation of a service: its method and path."""
    return [*(("GET", path) for path in READS[service]), *WRITES[service]]


def somewhere(visitor, path):
    """Return the path's parameters, filled in with what there is."""
    if "{projectId}" in path:
        return {"projectId": visitor.rows(PROJECTS if visitor.service == "teamwork" else PM_PROJECTS)[0]["id"]}
    if "{customerId}" in path:
        return {"customerId": visitor.rows(PM_CUSTOMERS)[0]["id"]}
    if "{id}" in path:
        return {"id": visitor.rows(CLIENTS if visitor.service == "outlign" else CUSTOMERS)[0]["id"]}
    return {}
