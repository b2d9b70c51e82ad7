"""What a Teamwork people query asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .query_params import member
from .teamwork_query import DIRECTIONS, Arguments, read_ids, read_moment, read_switch

USER_TYPES = ("account", "collaborator", "contact")
ORDERS = ("name", "namecaseinsensitive", "company", "id")
SWITCHES = {
    "showDeleted": False,
    "onlySiteOwner": False,
    "onlyOwnerCompany": False,
    "includeServiceAccounts": False,
    "includePlaceholders": False,
    "includeObservers": True,
    "includeCollaborators": True,
    "includeClients": True,
    "filterByNoCostRate": False,
    "excludeContacts": False,
    "orderPrioritiseCurrentUser": False,
}
"""Key -> what holds where it is not sent."""
ID_LISTS = ("teamIds", "projectIds", "excludeProjectIds", "companyIds", "ids", "excludeIds")


@dataclass(frozen=True)
class PeopleQuery:
    """Filters and order of one list of people, with the page left out: pages of one list share it."""

    user_type: str | None
    updated_after: datetime | None
    last_login_after: datetime | None
    search: str
    switched: frozenset[str]
    """The switches that are on."""
    id_lists: tuple[frozenset[int], ...]
    """In the order of ID_LISTS; an empty one filters nothing."""
    order: str
    descending: bool


def read_people_query(arguments: Arguments) -> PeopleQuery:
    """Read the query strictly; keys that Teamwork does not know are passed over."""
    user_type = arguments.get("userType")
    return PeopleQuery(
        user_type=None if user_type is None else member("userType", user_type, USER_TYPES),
        updated_after=read_moment(arguments, "updatedAfter"),
        last_login_after=read_moment(arguments, "lastLoginAfter"),
        search=arguments.get("searchTerm", "").casefold(),
        switched=frozenset(key for key, default in SWITCHES.items() if read_switch(arguments, key, default)),
        id_lists=tuple(frozenset(read_ids(arguments, key)) for key in ID_LISTS),
        order=member("orderBy", arguments.get("orderBy", "name"), ORDERS),
        descending=member("orderMode", arguments.get("orderMode", "asc"), DIRECTIONS) == "desc",
    )
