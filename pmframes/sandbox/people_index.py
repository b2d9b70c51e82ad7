"""An index of Teamwork people for queries: a NumPy column per filter.

Masks over columns are much faster than a loop over people, so that a page of a site with 50,000 people takes
milliseconds for any filter and order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC

import numpy as np
from numpy.typing import NDArray

from .dataset import Dataset
from .dataset.models import Person
from .people_query import ORDERS, USER_TYPES, PeopleQuery
from .query_params import parse_record_time

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]
HIDDEN_BY_DEFAULT = {
    "showDeleted": "deleted",
    "includeServiceAccounts": "is_service_account",
    "includePlaceholders": "is_placeholder",
    "includeClients": "is_client_user",
}
"""Flag of the query -> attribute of the people who are excluded unless the flag is true."""


class PeopleIndex:
    """The people of a site; a row is the position of a person in ``dataset.people``."""

    def __init__(self, dataset: Dataset) -> None:
        people = dataset.people
        self._count = len(people)
        self._row_of = {person.id: row for row, person in enumerate(people)}
        self._me = self._row_of.get(dataset.me.id, -1)
        self._owner_company = dataset.companies[0].id
        self._hidden = {key: _build_flag_mask(people, flag) for key, flag in HIDDEN_BY_DEFAULT.items()}
        types = np.array([person.type for person in people], dtype=object)
        self._of_type = {kind: types == kind for kind in USER_TYPES}
        self._is_site_owner = _build_flag_mask(people, "is_site_owner")
        self._without_cost = np.array([person.user_cost is None for person in people], dtype=bool)
        self._companies = np.array([person.company_id or 0 for person in people], dtype="int64")
        self._updated_at = _parse_times(person.updated_at for person in people)
        self._last_login = _parse_times(person.last_login for person in people)
        self._texts = [_build_search_text(person) for person in people]
        self._teams = _group_rows((team, row) for row, person in enumerate(people) for team in person.team_ids or ())
        members = [(each.project_id, self._row_of[each.person_id], each) for each in dataset.memberships]
        self._projects = _group_rows((project_id, row) for project_id, row, _ in members)
        self._observers = _group_rows((project_id, row) for project_id, row, each in members if each.is_observing)
        names = {company.id: company.name for company in dataset.companies}
        self._orders = {order: _sort_rows(people, order, names) for order in ORDERS}

    def select(self, query: PeopleQuery, project_id: int | None) -> list[int]:
        """Return the rows that match a query, in its order."""
        if project_id is None:
            mask = np.ones(self._count, dtype=bool)
        else:
            mask = self._build_group_mask({project_id}, self._projects)
        for filter_mask in self._build_masks(query):
            mask &= filter_mask
        if project_id is not None and "includeObservers" not in query.flags:
            mask &= ~self._build_group_mask({project_id}, self._observers)
        order = self._orders[query.order]
        rows = order[mask[order]]
        if query.descending:
            rows = rows[::-1]
        if "orderPrioritiseCurrentUser" in query.flags:
            rows = np.concatenate([rows[rows == self._me], rows[rows != self._me]])
        matching: list[int] = rows.tolist()
        return matching

    def _build_masks(self, query: PeopleQuery) -> Iterator[Mask]:
        yield from (~mask for key, mask in self._hidden.items() if key not in query.flags)
        yield from self._build_type_masks(query)
        yield from self._build_id_masks(query)
        for bound, times in ((query.updated_after, self._updated_at), (query.last_login_after, self._last_login)):
            if bound is not None:
                yield times > np.datetime64(bound.astimezone(UTC).replace(tzinfo=None), "us")
        if query.search:
            yield np.array([query.search in text for text in self._texts], dtype=bool)

    def _build_type_masks(self, query: PeopleQuery) -> Iterator[Mask]:
        if query.user_type:
            yield self._of_type[query.user_type]
        if "includeCollaborators" not in query.flags:
            yield ~self._of_type["collaborator"]
        required = {
            "onlySiteOwner": self._is_site_owner,
            "filterByNoCostRate": self._without_cost,
            "excludeContacts": ~self._of_type["contact"],
        }
        yield from (mask for key, mask in required.items() if key in query.flags)

    def _build_id_masks(self, query: PeopleQuery) -> Iterator[Mask]:
        teams, projects, excluded_projects, companies, ids, excluded_ids = query.id_lists
        if "onlyOwnerCompany" in query.flags:
            companies = frozenset({self._owner_company})
        if teams:
            yield self._build_group_mask(teams, self._teams)
        if projects:
            yield self._build_group_mask(projects, self._projects)
        if excluded_projects:
            yield ~self._build_group_mask(excluded_projects, self._projects)
        if companies:
            yield np.isin(self._companies, list(companies))
        if ids:
            yield self._build_id_mask(ids)
        if excluded_ids:
            yield ~self._build_id_mask(excluded_ids)

    def _build_group_mask(self, keys: Iterable[int], rows_by_key: dict[int, Rows]) -> Mask:
        mask = np.zeros(self._count, dtype=bool)
        for key in keys:
            if key in rows_by_key:
                mask[rows_by_key[key]] = True
        return mask

    def _build_id_mask(self, ids: Iterable[int]) -> Mask:
        mask = np.zeros(self._count, dtype=bool)
        mask[[self._row_of[id_] for id_ in ids if id_ in self._row_of]] = True
        return mask


def _build_flag_mask(people: list[Person], flag: str) -> Mask:
    return np.array([getattr(person, flag) for person in people], dtype=bool)


def _parse_times(texts: Iterable[str | None]) -> NDArray[np.datetime64]:
    """Parse times; an unset one becomes NaT, which is never later than a bound."""
    times = [parse_record_time(text) for text in texts]
    return np.array([time and time.replace(tzinfo=None) for time in times], dtype="datetime64[us]")


def _group_rows(pairs: Iterable[tuple[int, int]]) -> dict[int, Rows]:
    rows: dict[int, list[int]] = {}
    for key, row in pairs:
        rows.setdefault(key, []).append(row)
    return {key: np.array(group, dtype="intp") for key, group in rows.items()}


def _sort_rows(people: list[Person], order: str, company_names: dict[int, str]) -> Rows:
    """Return the rows of all people in the order of an ``orderBy``."""
    keys = [_get_sort_key(order, person, company_names) for person in people]
    return np.array(sorted(range(len(people)), key=keys.__getitem__), dtype="intp")


def _get_sort_key(order: str, person: Person, company_names: dict[int, str]) -> tuple[str, str, int]:
    name = _join_name(person)
    if order == "id":
        return "", "", person.id
    if order == "company":
        return company_names.get(person.company_id or 0, ""), name, person.id
    return (name if order == "name" else name.casefold()), "", person.id


def _join_name(person: Person) -> str:
    return f"{person.first_name or ''} {person.last_name or ''}".strip()


def _build_search_text(person: Person) -> str:
    """Return the text that ``searchTerm`` searches, in case-folded form."""
    return f"{_join_name(person)}\n{person.email or ''}".casefold()
