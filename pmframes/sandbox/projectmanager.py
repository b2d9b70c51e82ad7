"""ProjectManager.com: customers, roles, and who is calling."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from werkzeug.wrappers import Request, Response

from ._json import encode, join_list
from ._words import words
from .agency import Agency
from .agency.companies import AGENCY_NAME
from .agency.records import ProjectCustomer, Role
from .agency.roles import ROLE_PERMISSIONS
from .limits import Allowance
from .service import Answer, Service, encode_all, json_response

_MY_PERMISSIONS = words(
    "inviteUser editAccount editRole editAllProjects editCost editHoliday editUserField "
    "editAllTimesheets approveTimesheet setUpBoardWorkflow editProjectField exportProject viewUser "
    "editIntegration createProject editUser viewMyBoard changeOwnEmail useMcp"
)


class ProjectManager(Service):
    """The service as its specification of August 2026 has it."""

    name = "projectmanager"

    def __init__(self, agency: Agency, token: str, rate_limit: int) -> None:
        super().__init__(agency, token, rate_limit)
        self._customers = _envelope(join_list(encode_all(agency.project_customers, _customer)))
        self._roles = _envelope(join_list(encode_all(agency.roles, _role)))
        self._me = _envelope(encode(_me(agency)))

    def routes(self) -> Mapping[str, Answer]:
        """Name the lists, which have no paging and take no OData key: what is sent is ignored."""
        return {
            "/api/data/projects/customers": self.list_customers,
            "/api/data/users/roles": self.list_roles,
            "/api/data/me": self.show_me,
        }

    def list_customers(self, request: Request) -> Response:
        """List every customer at once."""
        return json_response(self._customers)

    def list_roles(self, request: Request) -> Response:
        """List every role at once."""
        return json_response(self._roles)

    def show_me(self, request: Request) -> Response:
        """Show who is calling."""
        return json_response(self._me)

    def error(self, status: int, message: str) -> Response:
        """Answer with an envelope that has no ``data``."""
        body = {
            "error": {"message": message},
            "success": False,
            "hasError": True,
            "statusCode": _status_name(status),
        }
        return json_response(encode(body), status)

    def unauthorized(self, request: Request) -> Response:
        """Use the words of the documentation."""
        return self.error(401, "Authentication Failed")

    def limit_headers(self, allowance: Allowance) -> Mapping[str, int]:
        """Send none: the service documents no limit and no headers for one."""
        return {}


def _status_name(status: int) -> str:
    """Spell a status as .NET does."""
    return HTTPStatus(status).phrase.replace(" ", "")


def _envelope(data: bytes) -> bytes:
    return b'{"error":null,"success":true,"hasError":false,"statusCode":"OK","data":' + data + b"}"


def _customer(customer: ProjectCustomer) -> dict[str, object]:
    return {"id": customer.id, "name": customer.name}


def _role(role: Role) -> dict[str, object]:
    return {
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "isAdmin": role.is_admin,
        "isCustom": role.is_custom,
        "isGlobalAdmin": role.is_global_admin,
        "isGuest": role.is_guest,
        "isDefault": role.is_default,
        "permissions": {
            name: {"description": ROLE_PERMISSIONS[name], "value": granted, "canBeModified": can_be_modified}
            for name, (granted, can_be_modified) in role.permissions.items()
        },
    }


def _me(agency: Agency) -> dict[str, object]:
    return {
        "emailAddress": agency.me.email,
        "id": str(UUID(int=agency.me.id, version=4)),
        "fullName": f"{agency.me.first_name} {agency.me.last_name}",
        "workSpaceId": str(UUID(int=1, version=4)),
        "workSpaceName": AGENCY_NAME,
        "roleName": "Global Admin",
        "isGlobalAdmin": True,
        "isAccountAdministrator": True,
        "permissions": dict.fromkeys(_MY_PERMISSIONS, True),
        "workSpaceStatus": "Active",
        "workSpaceIsActive": True,
        "workSpaceCountry": "Denmark",
        "workSpaceCountryCode": "DK",
        "isSocial": False,
    }
