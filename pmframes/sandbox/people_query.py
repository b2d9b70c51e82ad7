"""What a Teamwork people query asks for, and who answers to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import filterfalse
from operator import attrgetter

from ._query import member
from .agency.records import Membership, Person
from .teamwork_query import DIRECTIONS, Arguments, later, read_ids, read_moment, read_switch

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
HIDDEN = {
    "showDeleted": "deleted",
    "includeServiceAccounts": "is_service_account",
    "includePlaceholders": "is_placeholder",
    "includeClients": "is_client_user",
}
"""Key -> the flag of those who are left out where it is not on."""
Test = Callable[[Person], bool]
Narrowing = Callable[[Iterable[Person]], Iterator[Person]]


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


@dataclass(frozen=True)
class Surroundings:
    """What a filter must know beyond the person."""

    owner_company: int
    company_names: Mapping[int, str]
    projects_of: Mapping[int, frozenset[int]]
    search_texts: Mapping[int, str]
    me: int


def select(
    people: Iterable[Person],
    query: PeopleQuery,
    known: Surroundings,
    members: Mapping[int, Membership] | None,
) -> list[Person]:
    """Find the people that a query asks for; they are given in the query's order, and ascending."""
    for narrow in _narrowings(query, known, members):
        people = narrow(people)
    found = list(people)
    if query.descending:
        found.reverse()
    if "orderPrioritiseCurrentUser" in query.switched:
        found.sort(key=lambda person: person.id != known.me)
    return found


def in_order(people: Iterable[Person], order: str, known: Surroundings) -> list[Person]:
    """Sort people as an ``orderBy`` asks for."""
    return sorted(people, key=lambda person: _sort_key(order, person, known))


def _narrowings(
    query: PeopleQuery, known: Surroundings, members: Mapping[int, Membership] | None
) -> Iterator[Narrowing]:
    """Chain filters that run without a line of Python for each person, where nothing more is asked for."""
    for key, attribute in HIDDEN.items():
        if key not in query.switched:
            yield partial(filterfalse, attrgetter(attribute))
    for test in _tests(query, known, members):
        yield partial(filter, test)


def _tests(
    query: PeopleQuery, known: Surroundings, members: Mapping[int, Membership] | None
) -> Iterator[Test]:
    yield from _type_tests(query)
    yield from _id_tests(query, known)
    if query.updated_after:
        yield later(lambda person: person.updated_at, query.updated_after)
    if query.last_login_after:
        yield later(lambda person: person.last_login, query.last_login_after)
    if query.search:
        yield lambda person: query.search in known.search_texts[person.id]
    if members is not None and "includeObservers" not in query.switched:
        yield lambda person: not members[person.id].is_observing


def _type_tests(query: PeopleQuery) -> Iterator[Test]:
    if query.user_type:
        yield lambda person: person.type == query.user_type
    if "includeCollaborators" not in query.switched:
        yield lambda person: person.type != "collaborator"
    required = {
        "onlySiteOwner": lambda person: person.is_site_owner,
        "filterByNoCostRate": lambda person: person.user_cost is None,
        "excludeContacts": lambda person: person.type != "contact",
    }
    yield from (test for key, test in required.items() if key in query.switched)


def _id_tests(query: PeopleQuery, known: Surroundings) -> Iterator[Test]:
    teams, projects, not_projects, companies, ids, not_ids = query.id_lists
    if "onlyOwnerCompany" in query.switched:
        companies = frozenset({known.owner_company})
    if teams:
        yield lambda person: not teams.isdisjoint(person.team_ids or ())
    if projects:
        yield lambda person: not projects.isdisjoint(known.projects_of.get(person.id, ()))
    if not_projects:
        yield lambda person: not_projects.isdisjoint(known.projects_of.get(person.id, ()))
    if companies:
        yield lambda person: person.company_id in companies
    if ids:
        yield lambda person: person.id in ids
    if not_ids:
        yield lambda person: person.id not in not_ids


def _full_name(person: Person) -> str:
    return f"{person.first_name or ''} {person.last_name or ''}".strip()


def search_text(person: Person) -> str:
    """Give what a search looks into: name and e-mail address, without regard to case."""
    return f"{_full_name(person)}\n{person.email or ''}".casefold()


def _sort_key(order: str, person: Person, known: Surroundings) -> tuple[str, str, int]:
    name = _full_name(person)
    if order == "id":
        return "", "", person.id
    if order == "company":
        return known.company_names.get(person.company_id or 0, ""), name, person.id
    return (name if order == "name" else name.casefold()), "", person.id
