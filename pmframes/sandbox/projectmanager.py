"""ProjectManager.com: customers, roles, resources, projects, and who is calling."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from threading import Lock
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from msgspec import DecodeError
from werkzeug.wrappers import Request, Response

from ._json import decode, encode
from .dataset import Dataset
from .dataset.models import ProjectManagerCustomer
from .fault_hooks import rearranged
from .odata import Kind, Malformed, compile_filter, compile_order
from .projectmanager_serializers import (
    PROJECT_TYPE,
    customer_wire,
    me_wire,
    project_wires,
    resource_type,
    resource_wires,
    role_wire,
)
from .query_params import Refused, integer
from .rate_limit import Allowance
from .service import Row, Service, json_response

_LARGEST_NUMBER = 2**31 - 1
_EXPANDABLE = "files"


class ProjectManager(Service):
    """The service as its specification of August 2026 has it."""

    name = "projectmanager"
    known_api_versions = frozenset({"two-field-roles", "seventeen-permissions", "no-role-id"})

    def __init__(self, dataset: Dataset, token: str, rate_limit: int, api_versions: frozenset[str]) -> None:
        super().__init__(dataset, token, rate_limit, api_versions)
        self._writing = Lock()
        self._created = 0

    def routes(self) -> Mapping[str, Row]:
        """Name the lists; those of customers and roles have no paging and take no OData key."""
        customers = "/api/data/projects/customers"
        return {
            customers: {"GET": self.list_customers, "POST": self.create_customer},
            f"{customers}/<uuid:customer>": {"PUT": self.update_customer, "DELETE": self.delete_customer},
            "/api/data/users/roles": self.list_roles,
            "/api/data/resources": self.list_resources,
            "/api/data/projects": self.list_projects,
            "/api/data/me": self.show_me,
        }

    def list_customers(self, request: Request) -> Response:
        """List every customer at once."""
        return _success([customer_wire(customer) for customer in list(self.dataset.projectmanager_customers)])

    def create_customer(self, request: Request) -> Response:
        """Make a customer; two may have one name."""
        name = _read_name(request)
        with self._writing:
            self._created += 1
            identity = str(uuid5(NAMESPACE_OID, f"customer {self._created} made in the sandbox"))
            customer = ProjectManagerCustomer(identity, name)
            self.dataset.projectmanager_customers.append(customer)
        return _success(customer_wire(customer))

    def update_customer(self, request: Request, customer: object) -> Response:
        """Give a customer another name."""
        with self._writing:
            found = self._find_customer(customer)
            if found is None:
                return self.error(404, "Customer not found")
            found.name = _read_name(request)
            return _success(customer_wire(found))

    def delete_customer(self, request: Request, customer: object) -> Response:
        """Remove a customer, also from the projects it was assigned to; the answer has no ``data``."""
        with self._writing:
            found = self._find_customer(customer)
            if found is None:
                return self.error(404, "Customer not found")
            for project in self.dataset.projectmanager_projects:
                if project.customer_id == found.id:
                    project.customer_id = None
            self.dataset.projectmanager_customers.remove(found)
        return json_response(encode(_envelope()))

    def _find_customer(self, identity: object) -> ProjectManagerCustomer | None:
        wanted = str(identity)
        return next((c for c in self.dataset.projectmanager_customers if c.id == wanted), None)

    def list_roles(self, request: Request) -> Response:
        """List every role at once."""
        return _success([role_wire(role, self.api_versions) for role in self.dataset.roles])

    def list_resources(self, request: Request) -> Response:
        """List the resources that an OData query asks for."""
        records = resource_wires(self.dataset.resources, self.api_versions)
        return _success(_query(request, records, resource_type(self.api_versions)))

    def list_projects(self, request: Request) -> Response:
        """List the projects that an OData query asks for, templates and deleted ones included."""
        wanted = [word.strip().casefold() for word in request.args.get("$expand", "").split(",")]
        records = project_wires(self.dataset, files=_EXPANDABLE in wanted)
        return _success(_query(request, records, PROJECT_TYPE))

    def show_me(self, request: Request) -> Response:
        """Show who is calling."""
        return _success(me_wire(self.dataset, self.api_versions))

    def error(self, status: int, message: str) -> Response:
        """Answer with an envelope that has no ``data``."""
        body = {
            "error": {"message": message},
            "success": False,
            "hasError": True,
            "statusCode": _status_name(status),
        }
        return json_response(encode(body), status)

    def refuse(self, refused: Refused) -> Response:
        """Answer a body in the one error that is documented, which has no ``success``; else as ever."""
        if not isinstance(refused, Invalid):
            return super().refuse(refused)
        errors = {refused.key: [refused.reason]}
        body = {"error": {"message": "Input Validation Failed", "validationErrors": errors}}
        return json_response(encode(body), 400)

    def unauthorized(self, request: Request) -> Response:
        """Use the words of the documentation."""
        return self.error(401, "Authentication Failed")

    def limit_headers(self, allowance: Allowance) -> Mapping[str, int]:
        """Send none: the service documents no limit and no headers for one."""
        return {}


class Invalid(Refused):
    """A body that the service does not take."""


def _status_name(status: int) -> str:
    """Spell a status as .NET does."""
    return HTTPStatus(status).phrase.replace(" ", "")


def _envelope() -> dict[str, object]:
    return {"error": None, "success": True, "hasError": False, "statusCode": "OK"}


def _success(data: object) -> Response:
    return json_response(encode({**_envelope(), "data": data}))


def _read_name(request: Request) -> str:
    """Read the name that a customer is to have."""
    try:
        body = decode(request.get_data(), type=dict[str, Any])
    except (DecodeError, UnicodeDecodeError):
        raise Invalid("-", "A JSON object was expected.") from None
    name = body.get("name")
    if name is not None and not isinstance(name, str):
        raise Invalid("name", "'name' must be a text.")
    if name is None or not name.strip():
        raise Invalid("name", "'name' must not be empty.")
    return name


def _query(
    request: Request, records: list[dict[str, object]], kinds: Mapping[str, Kind]
) -> list[dict[str, object]]:
    """Filter, sort, skip and cut, in this order; options beside these four are passed over."""
    arguments = request.args
    skip = integer("$skip", arguments.get("$skip", "0"), low=0, high=_LARGEST_NUMBER)
    top = integer("$top", arguments.get("$top", str(_LARGEST_NUMBER)), low=0, high=_LARGEST_NUMBER)
    try:
        if "$filter" in arguments:
            test = compile_filter(arguments["$filter"], kinds)
            records = [record for record in records if test(record)]
        if "$orderby" in arguments:
            compile_order(arguments["$orderby"], kinds)(records)
    except Malformed as malformed:
        raise Refused("The query specified in the URI", f"is not valid. {malformed}") from None
    return rearranged(records)[skip : skip + top]
