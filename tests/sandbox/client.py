"""Real requests to a sandbox, and other ways of reading what it tells."""

from datetime import UTC, datetime
from http import HTTPStatus

import requests

SERVICES = ("teamwork", "projectmanager", "outlign", "spirii")
PATHS = {
    "teamwork": "/projects/api/v3/people.json", "projectmanager": "/api/data/projects/customers",
    "outlign": "/api/v1/clients", "spirii": "/v2/customers",
}  # fmt: skip


class Caller:
    """Sends requests to one sandbox over one connection."""

    def __init__(self, box):
        self.box = box
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, service, path, query=None, *, token=None, method="GET", headers=None, **options):
        credential = {"Authorization": f"Bearer {token or self.box.token(service)}"}
        return self.session.request(
            method,
            self.box.url(service) + path,
            params=query,
            headers={"Accept": "application/json"} | credential | (headers or {}),
            allow_redirects=False,
            timeout=60,
            **options,
        )

    def get(self, service, path, query=None):
        response = self.send(service, path, query)
        assert response.status_code == 200, response.text
        return response.json()

    def people(self, project=None, **query):
        path = "people.json" if project is None else f"projects/{project}/people.json"
        return self.get("teamwork", f"/projects/api/v3/{path}", query)

    def people_ids(self, project=None, **query):
        page = self.people(project, pageSize=500, **query)
        assert page["meta"]["page"]["hasMore"] is False
        return [person["id"] for person in page["people"]]

    def clients(self, **query):
        return self.get("outlign", "/api/v1/clients", query)

    def customers(self, query=None):
        return self.get("spirii", "/v2/customers", query)

    def all_customers(self, query):
        """Every page of Spirii, one after another."""
        rows, count = [], 1
        while len(rows) < count:
            page = self.customers([*query, ("limit", 100), ("offset", len(rows))])
            count = page["count"]
            assert page["data"] or count == 0
            rows += page["data"]
        return rows


def instant(text):
    """What time a text of the sandbox names, read without the sandbox's own reader."""
    if not text or text.startswith("0001"):
        return None
    digits = text.rstrip("Z").split(".")[0]
    return datetime.strptime(digits, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)


def time_of(text):
    """The same, and for an unset time the earliest there is."""
    return instant(text) or datetime.min.replace(tzinfo=UTC)


def pm_customer_name(box, project):
    return next((c.name for c in box.data.projectmanager_customers if c.id == project.customer_id), None)


def resource_name(box, resource):
    return next((r.name for r in box.data.resources if r.id == resource), None)


def error_message(service, response):
    """Check that an error has the shape of its service, and return its message."""
    body = response.json()
    if service == "teamwork":
        (error,) = body["errors"]
        assert set(body) == {"errors"}
        assert set(error) == {"id", "title", "detail"}
        return error["detail"]
    if service == "projectmanager":
        assert (body["success"], body["hasError"]) == (False, True)
        assert body["statusCode"] == HTTPStatus(response.status_code).phrase.replace(" ", "")
        assert "data" not in body
        return body["error"]["message"]
    if service == "outlign":
        assert set(body) == {"message"}
        return body["message"]
    assert (body["statusCode"], body["error"]) == (response.status_code, response.reason.title())
    return body["message"]
