"""Services on the fake server whose rows can be written: Outlign's clients and ProjectManager.com's customers.

Made by hand from the fact sheets: what is sent, and its statuses. ``next_write`` is a fault of the next write.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from . import transfers
from .server import FakeServer, Reply, Request, reply

Fault = Callable[["Writable", Request], Reply]


@dataclass
class Writable:
    """The rows of one resource by id, each request for them, and the writes that were done."""

    rows: dict[Any, dict[str, Any]]
    writes: list[tuple[str, Any]] = field(default_factory=list)
    next_write: list[Fault] = field(default_factory=list)
    next_number: int = 900

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Reply:
        with self._lock:
            if request.method == "GET":
                return self.listed(request)
            fault = self.next_write.pop(0) if self.next_write else type(self).write
            return fault(self, request)

    def write(self, request: Request) -> Reply:
        """Do what is asked."""
        raise NotImplementedError

    def listed(self, request: Request) -> Reply:
        raise NotImplementedError

    def content(self) -> list[tuple[Any, ...]]:
        """The values of the rows, without their ids, sorted."""
        return sorted(tuple(row.values()) for row in self.rows.values())


class OutlignClients(Writable):
    """``{id: {"title": …, "company_id": …}}``."""

    def write(self, request: Request) -> Reply:
        body = json.loads(request.body) if request.body else {}
        tail = request.path.rpartition("/")[2]
        id_ = int(tail) if tail.isdigit() else None
        if request.method == "POST":
            id_, self.next_number = self.next_number, self.next_number + 1
            self.rows[id_] = {"title": body["title"], "company_id": body["company_id"]}
        elif id_ not in self.rows:
            return reply({"message": f"No query results for model [App\\Models\\Client] {id_}"}, 404)
        elif request.method == "PUT":
            self.rows[id_] = self.rows[id_] | body
        else:
            del self.rows[id_]
        self.writes.append((request.method, id_))
        if request.method == "DELETE":
            return reply(b"", 204)
        return reply({"data": {"id": id_, "title": self.rows[id_]["title"]}}, 201 if request.method == "POST" else 200)

    def listed(self, request: Request) -> Reply:
        rows = [
            {"id": id_, "title": row["title"], "company": {"id": row["company_id"], "title": "Studio"}}
            for id_, row in self.rows.items()
        ]
        if request.path.endswith("/clients"):
            return reply({"data": rows, "links": {"next": None}})
        return reply({"data": next(row for row in rows if request.path.endswith(f"/{row['id']}"))})


class ProjectManagerCustomers(Writable):
    """``{id: {"name": …}}``; ``projects`` are the ids of the customers of its projects."""

    projects: tuple[str, ...] = ()

    def write(self, request: Request) -> Reply:
        id_ = request.path.rpartition("/")[2]
        if request.method == "POST":
            id_, self.next_number = str(UUID(int=self.next_number)), self.next_number + 1
        elif id_ not in self.rows:
            return reply({"error": {"message": "Customer not found"}}, 404)
        if request.method == "DELETE":
            del self.rows[id_]
        else:
            self.rows[id_] = {"name": json.loads(request.body)["name"]}
        self.writes.append((request.method, id_))
        data = {} if request.method == "DELETE" else {"data": {"id": id_, **self.rows[id_]}}
        return reply({"success": True, "error": None, **data})

    def listed(self, request: Request) -> Reply:
        rows: list[dict[str, Any]] = [{"id": id_, **row} for id_, row in self.rows.items()]
        if request.path.endswith("/projects"):
            skipped = int(request.args.get("$skip", 0))
            rows = [
                {"id": str(UUID(int=at + 1)), "name": f"Project {at}", "customer": {"id": id_}}
                for at, id_ in enumerate(self.projects)
            ][skipped:]
        return reply({"success": True, "data": rows})


def lost_before(service: Writable, request: Request) -> Reply:
    """Close the connection, and do nothing."""
    return reply(transfer=transfers.closed_at_once)


def lost_after(service: Writable, request: Request) -> Reply:
    """Do it, and close the connection."""
    service.write(request)
    return reply(transfer=transfers.closed_at_once)


def refused(status: int, **headers: str) -> Fault:
    """Answer with an error, and do nothing."""
    return lambda service, request: reply({"message": f"no, {status}"}, status, **headers)


def serve_clients(server: FakeServer, count: int = 5) -> OutlignClients:
    """Serve as many clients, all of company 41."""
    clients = OutlignClients({100 + at: {"title": f"Client {at}", "company_id": 41} for at in range(count)})
    server.serve("outlign", clients)
    return clients


def serve_customers(server: FakeServer, count: int = 5) -> ProjectManagerCustomers:
    """Serve as many customers."""
    customers = ProjectManagerCustomers({str(UUID(int=at + 1)): {"name": f"Customer {at}"} for at in range(count)})
    server.serve("projectmanager", customers)
    return customers
