"""Parses the query of a list of Teamwork people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .query_params import parse_choice
from .teamwork_query import DIRECTIONS, Arguments, parse_flag, parse_ids, parse_optional_time

USER_TYPES = ("account", "collaborator", "contact")
ORDERS = ("name", "namecaseinsensitive", "company", "id")
FLAG_DEFAULTS = {
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
"""Flag -> default."""
ID_LISTS = ("teamIds", "projectIds", "excludeProjectIds", "companyIds", "ids", "excludeIds")


@dataclass(frozen=True)
class PeopleQuery:
    """Filters and order of a list of people; without the page, so that all pages of a list share it."""

    user_type: str | None
    updated_after: datetime | None
    last_login_after: datetime | None
    search: str
    flags: frozenset[str]
    """The flags that are true."""
    id_lists: tuple[frozenset[int], ...]
    """In the order of ID_LISTS; an empty one does not filter."""
    order: str
    descending: bool


def parse_people_query(arguments: Arguments) -> PeopleQuery:
    """Parse the query strictly; unknown keys are ignored, as Teamwork does."""
    user_type = arguments.get("userType")
    return PeopleQuery(
        user_type=None if user_type is None else parse_choice("userType", user_type, USER_TYPES),
        updated_after=parse_optional_time(arguments, "updatedAfter"),
        last_login_after=parse_optional_time(arguments, "lastLoginAfter"),
        search=arguments.get("searchTerm", "").casefold(),
        flags=frozenset(key for key, default in FLAG_DEFAULTS.items() if parse_flag(arguments, key, default)),
        id_lists=tuple(frozenset(parse_ids(arguments, key)) for key in ID_LISTS),
        order=parse_choice("orderBy", arguments.get("orderBy", "name"), ORDERS),
        descending=parse_choice("orderMode", arguments.get("orderMode", "asc"), DIRECTIONS) == "desc",
    )
