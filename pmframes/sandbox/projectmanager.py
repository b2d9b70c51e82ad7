"""ProjectManager.com: customers, roles, resources, projects and their members, the current user."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from threading import Lock
from uuid import NAMESPACE_OID, uuid5

from werkzeug.wrappers import Request, Response

from ._json import decode_body, encode
from .dataset import Dataset
from .dataset.models import ProjectManagerCustomer
from .odata import MalformedQuery, PropertyType, compile_filter, compile_order
from .projectmanager_serializers import (
    PROJECT_TYPE,
    build_resource_type,
    serialize_customer,
    serialize_me,
    serialize_members,
    serialize_projects,
    serialize_resources,
    serialize_role,
)
from .query_params import InvalidParameter, parse_boolean, parse_integer
from .rate_limit import RateLimitStatus
from .row_hooks import apply_row_hooks
from .service import Route, SandboxService, build_json_response

_MAX_INTEGER = 2**31 - 1
_EXPANDABLE = "files"


class ProjectManager(SandboxService):
    """The service according to its specification of August 2026."""

    name = "projectmanager"
    known_api_versions = frozenset({
        "two-field-roles", "seventeen-permissions", "no-role-id", "business-roles", "user-ids"
    })  # fmt: skip

    def __init__(self, dataset: Dataset, token: str, rate_limit: int, api_versions: frozenset[str]) -> None:
        super().__init__(dataset, token, rate_limit, api_versions)
        self._write_lock = Lock()
        self._created = 0

    def build_routes(self) -> Mapping[str, Route]:
        """Return the lists; those of customers and roles have no paging and no OData keys."""
        customers = "/api/data/projects/customers"
        return {
            customers: {"GET": self.list_customers, "POST": self.create_customer},
            f"{customers}/<uuid:customer_id>": {"PUT": self.update_customer, "DELETE": self.delete_customer},
            "/api/data/users/roles": self.list_roles,
            "/api/data/resources": self.list_resources,
            "/api/data/projects": self.list_projects,
            "/api/data/projects/<uuid:project_id>/members": self.list_members,
            "/api/data/me": self.get_me,
        }

    def list_customers(self, request: Request) -> Response:
        """List all customers."""
        return _build_success(
            [serialize_customer(customer) for customer in list(self.dataset.projectmanager_customers)]
        )

    def create_customer(self, request: Request) -> Response:
        """Create a customer; names need not be unique."""
        name = _parse_name(request)
        with self._write_lock:
            self._created += 1
            customer_id = str(uuid5(NAMESPACE_OID, f"customer {self._created} made in the sandbox"))
            customer = ProjectManagerCustomer(customer_id, name)
            self.dataset.projectmanager_customers.append(customer)
        return _build_success(serialize_customer(customer))

    def update_customer(self, request: Request, customer_id: object) -> Response:
        """Change the name of a customer."""
        with self._write_lock:
            customer = self._find_customer(customer_id)
            if customer is None:
                return self.build_error(404, "Customer not found")
            customer.name = _parse_name(request)
            return _build_success(serialize_customer(customer))

    def delete_customer(self, request: Request, customer_id: object) -> Response:
        """Delete a customer, also from its projects; the response has no ``data``."""
        with self._write_lock:
            customer = self._find_customer(customer_id)
            if customer is None:
                return self.build_error(404, "Customer not found")
            for project in self.dataset.projectmanager_projects:
                if project.customer_id == customer.id:
                    project.customer_id = None
            self.dataset.projectmanager_customers.remove(customer)
        return build_json_response(encode(_build_envelope()))

    def _find_customer(self, customer_id: object) -> ProjectManagerCustomer | None:
        return next((c for c in self.dataset.projectmanager_customers if c.id == str(customer_id)), None)

    def list_roles(self, request: Request) -> Response:
        """List all roles."""
        roles = [serialize_role(role, self.api_versions) for role in self.dataset.roles]
        return _build_success({"roles": roles} if "business-roles" in self.api_versions else roles)

    def list_resources(self, request: Request) -> Response:
        """List the resources that match an OData query."""
        records = serialize_resources(self.dataset.resources, self.api_versions)
        return _build_success(_apply_query(request, records, build_resource_type(self.api_versions)))

    def list_projects(self, request: Request) -> Response:
        """List the projects that match an OData query, including templates and deleted ones."""
        expanded = [name.strip().casefold() for name in request.args.get("$expand", "").split(",")]
        records = serialize_projects(self.dataset, self.api_versions, files=_EXPANDABLE in expanded)
        return _build_success(_apply_query(request, records, PROJECT_TYPE))

    def list_members(self, request: Request, project_id: object) -> Response:
        """List the members of a project, without paging or OData; ``includeAllUsers`` adds the other users."""
        project = next((p for p in self.dataset.projectmanager_projects if p.id == str(project_id)), None)
        if project is None:
            return self.build_error(404, "Project not found")
        all_users = parse_boolean("includeAllUsers", request.args.get("includeAllUsers", "false").lower())
        return _build_success(serialize_members(self.dataset, project, self.api_versions, all_users=all_users))

    def get_me(self, request: Request) -> Response:
        """Return the current user."""
        return _build_success(serialize_me(self.dataset, self.api_versions))

    def build_error(self, status: int, message: str) -> Response:
        """Build an envelope without ``data``."""
        body = {"error": {"message": message}, "success": False, "hasError": True, "statusCode": _format_status(status)}
        return build_json_response(encode(body), status)

    def build_invalid_parameter(self, invalid: InvalidParameter) -> Response:
        """Build the documented error for a body, without ``success``, or the usual one for a parameter."""
        if not isinstance(invalid, InvalidBody):
            return super().build_invalid_parameter(invalid)
        errors = {invalid.key: [invalid.reason]}
        body = {"error": {"message": "Input Validation Failed", "validationErrors": errors}}
        return build_json_response(encode(body), 400)

    def build_unauthorized(self, request: Request) -> Response:
        """Build the documented error."""
        return self.build_error(401, "Authentication Failed")

    def build_rate_limit_headers(self, status: RateLimitStatus) -> Mapping[str, int]:
        """Return no headers: the service documents neither a limit nor headers."""
        return {}


class InvalidBody(InvalidParameter):
    """A body that the service rejects."""


def _format_status(status: int) -> str:
    """Return the name of a status as .NET spells it."""
    return HTTPStatus(status).phrase.replace(" ", "")


def _build_envelope() -> dict[str, object]:
    return {"error": None, "success": True, "hasError": False, "statusCode": "OK"}


def _build_success(data: object) -> Response:
    return build_json_response(encode({**_build_envelope(), "data": data}))


def _parse_name(request: Request) -> str:
    """Return the name in the body of a write."""
    try:
        body = decode_body(request.get_data())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise InvalidBody("-", "A JSON object was expected.")
    name = body.get("name")
    if name is not None and not isinstance(name, str):
        raise InvalidBody("name", "'name' must be a text.")
    if name is None or not name.strip():
        raise InvalidBody("name", "'name' must not be empty.")
    return name


def _apply_query(
    request: Request, records: list[dict[str, object]], properties: Mapping[str, PropertyType]
) -> list[dict[str, object]]:
    """Filter, sort, skip and limit, in this order; other options are ignored."""
    arguments = request.args
    skip = parse_integer("$skip", arguments.get("$skip", "0"), minimum=0, maximum=_MAX_INTEGER)
    top = parse_integer("$top", arguments.get("$top", str(_MAX_INTEGER)), minimum=0, maximum=_MAX_INTEGER)
    try:
        if "$filter" in arguments:
            matches = compile_filter(arguments["$filter"], properties)
            records = [record for record in records if matches(record)]
        if "$orderby" in arguments:
            compile_order(arguments["$orderby"], properties)(records)
    except MalformedQuery as malformed:
        raise InvalidParameter("The query specified in the URI", f"is not valid. {malformed}") from None
    return apply_row_hooks(records)[skip : skip + top]
