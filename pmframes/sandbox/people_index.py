"""Who answers to a Teamwork people query: a column for each thing that is asked for.

One pass over a column takes a fraction of what a look at every person takes, so that any page of a site of
50,000 people comes at once, whatever its filter and its order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC

import numpy as np
from numpy.typing import NDArray

from .dataset import Dataset
from .dataset.models import Person
from .people_query import ORDERS, USER_TYPES, PeopleQuery
from .query_params import when

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]
HIDDEN = {
    "showDeleted": "deleted",
    "includeServiceAccounts": "is_service_account",
    "includePlaceholders": "is_placeholder",
    "includeClients": "is_client_user",
}
"""Key -> the flag of those who are left out where it is not on."""


class PeopleTable:
    """The people of a site; a row is a person's place in ``dataset.people``."""

    def __init__(self, dataset: Dataset) -> None:
        people = dataset.people
        self._count = len(people)
        self._row_of = {person.id: row for row, person in enumerate(people)}
        self._me = self._row_of.get(dataset.me.id, -1)
        self._owner_company = dataset.companies[0].id
        self._hidden = {key: _flags(people, flag) for key, flag in HIDDEN.items()}
        types = np.array([person.type for person in people], dtype=object)
        self._of_type = {kind: types == kind for kind in USER_TYPES}
        self._is_site_owner = _flags(people, "is_site_owner")
        self._without_cost = np.array([person.user_cost is None for person in people], dtype=bool)
        self._companies = np.array([person.company_id or 0 for person in people], dtype="int64")
        self._updated_at = _moments(person.updated_at for person in people)
        self._last_login = _moments(person.last_login for person in people)
        self._texts = [_search_text(person) for person in people]
        self._teams = _rows_by(
            (team, row) for row, person in enumerate(people) for team in person.team_ids or ()
        )
        self._projects = _rows_by(
            (one.project_id, self._row_of[one.person_id]) for one in dataset.memberships
        )
        self._observing = _rows_by(
            (one.project_id, self._row_of[one.person_id]) for one in dataset.memberships if one.is_observing
        )
        names = {company.id: company.name for company in dataset.companies}
        self._orders = {order: _order(people, order, names) for order in ORDERS}

    def select(self, query: PeopleQuery, project: int | None) -> list[int]:
        """Find the rows that a query asks for, in its order."""
        found = np.ones(self._count, dtype=bool) if project is None else self._on({project}, self._projects)
        for mask in self._masks(query):
            found &= mask
        if project is not None and "includeObservers" not in query.switched:
            found &= ~self._on({project}, self._observing)
        order = self._orders[query.order]
        rows = order[found[order]]
        if query.descending:
            rows = rows[::-1]
        if "orderPrioritiseCurrentUser" in query.switched:
            rows = np.concatenate([rows[rows == self._me], rows[rows != self._me]])
        found_rows: list[int] = rows.tolist()
        return found_rows

    def _masks(self, query: PeopleQuery) -> Iterator[Mask]:
        yield from (~mask for key, mask in self._hidden.items() if key not in query.switched)
        yield from self._type_masks(query)
        yield from self._id_masks(query)
        for bound, moments in (
            (query.updated_after, self._updated_at),
            (query.last_login_after, self._last_login),
        ):
            if bound is not None:
                yield moments > np.datetime64(bound.astimezone(UTC).replace(tzinfo=None), "us")
        if query.search:
            yield np.array([query.search in text for text in self._texts], dtype=bool)

    def _type_masks(self, query: PeopleQuery) -> Iterator[Mask]:
        if query.user_type:
            yield self._of_type[query.user_type]
        if "includeCollaborators" not in query.switched:
            yield ~self._of_type["collaborator"]
        required = {
            "onlySiteOwner": self._is_site_owner,
            "filterByNoCostRate": self._without_cost,
            "excludeContacts": ~self._of_type["contact"],
        }
        yield from (mask for key, mask in required.items() if key in query.switched)

    def _id_masks(self, query: PeopleQuery) -> Iterator[Mask]:
        teams, projects, not_projects, companies, ids, not_ids = query.id_lists
        if "onlyOwnerCompany" in query.switched:
            companies = frozenset({self._owner_company})
        if teams:
            yield self._on(teams, self._teams)
        if projects:
            yield self._on(projects, self._projects)
        if not_projects:
            yield ~self._on(not_projects, self._projects)
        if companies:
            yield np.isin(self._companies, list(companies))
        if ids:
            yield self._these(ids)
        if not_ids:
            yield ~self._these(not_ids)

    def _on(self, wanted: Iterable[int], rows_by: dict[int, Rows]) -> Mask:
        mask = np.zeros(self._count, dtype=bool)
        for one in wanted:
            if one in rows_by:
                mask[rows_by[one]] = True
        return mask

    def _these(self, ids: Iterable[int]) -> Mask:
        mask = np.zeros(self._count, dtype=bool)
        mask[[self._row_of[one] for one in ids if one in self._row_of]] = True
        return mask


def _flags(people: list[Person], flag: str) -> Mask:
    return np.array([getattr(person, flag) for person in people], dtype=bool)


def _moments(texts: Iterable[str | None]) -> NDArray[np.datetime64]:
    """Read times; an unset one is after nothing."""
    found = [when(text) for text in texts]
    return np.array([one and one.replace(tzinfo=None) for one in found], dtype="datetime64[us]")


def _rows_by(pairs: Iterable[tuple[int, int]]) -> dict[int, Rows]:
    rows: dict[int, list[int]] = {}
    for key, row in pairs:
        rows.setdefault(key, []).append(row)
    return {key: np.array(found, dtype="intp") for key, found in rows.items()}


def _order(people: list[Person], order: str, company_names: dict[int, str]) -> Rows:
    """Sort the rows of all people as an ``orderBy`` asks for."""
    keys = [_sort_key(order, person, company_names) for person in people]
    return np.array(sorted(range(len(people)), key=keys.__getitem__), dtype="intp")


def _sort_key(order: str, person: Person, company_names: dict[int, str]) -> tuple[str, str, int]:
    name = _full_name(person)
    if order == "id":
        return "", "", person.id
    if order == "company":
        return company_names.get(person.company_id or 0, ""), name, person.id
    return (name if order == "name" else name.casefold()), "", person.id


def _full_name(person: Person) -> str:
    return f"{person.first_name or ''} {person.last_name or ''}".strip()


def _search_text(person: Person) -> str:
    """Give what a search looks into: name and e-mail address, without regard to case."""
    return f"{_full_name(person)}\n{person.email or ''}".casefold()
