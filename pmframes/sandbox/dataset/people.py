"""The people of Teamwork: staff, client users, collaborators, contacts, service accounts, placeholders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate, cycle
from random import Random

from .dates import NOW, draw_after, draw_days_ago, format_day, format_seconds
from .edge_cases import EDGE_CASE_PEOPLE, apply_edge_case
from .models import Company, Person, Relationship, Team
from .name_lists import (
    CLIENT_TITLES,
    COLLABORATOR_TITLES,
    FIRST_NAMES,
    LAST_NAMES,
    SERVICE_NAMES,
    STAFF_TITLES,
    TIMEZONES,
)
from .organizations import strip_accents

FIRST_PERSON_ID = 391604
SCENARIO_KINDS = (
    "staff",
    "service",
    "service",
    "collaborator",
    "staff",
    "staff",
    "client",
    "contact",
    "placeholder",
    "staff",
)
"""Kinds of the first ten people, so that the smallest data set has every kind."""
KINDS = ("staff", "client", "collaborator", "contact", "service", "placeholder")
_WEIGHTS = list(accumulate((44.0, 21.0, 16.5, 17.0, 1.0, 0.5)))
_TYPES = {"collaborator": "collaborator", "contact": "contact"}
_DOMAINS = {"client": "example.org", "collaborator": "example.invalid", "contact": "example.org"}
_WORKING_DAYS = ((1, 8.0), (1, 8.0), (1, 8.0), (2, 7.5), (3, 6.0), (None, None))


class PeopleGenerator:
    """Generates people one after another, with unique e-mail addresses."""

    def __init__(self, rng: Random, companies: list[Company], teams: list[Team]) -> None:
        self._rng = rng
        self._owner_company_id = companies[0].id
        self._client_company_ids = [company.id for company in companies[1:]]
        self._client_company_weights = list(
            accumulate(60 / (4 + position) for position in range(len(self._client_company_ids)))
        )
        self._team_ids = [team.id for team in teams]
        self._addresses: Counter[str] = Counter()
        self._creators: list[Relationship] = []
        self._service_names = cycle(SERVICE_NAMES)

    def generate(self, count: int) -> Iterator[tuple[str, Person]]:
        """Yield ``count`` people, each preceded by their kind."""
        for position in range(count):
            kind = (
                SCENARIO_KINDS[position]
                if position < len(SCENARIO_KINDS)
                else self._rng.choices(KINDS, cum_weights=_WEIGHTS)[0]
            )
            person = self._build_person(position, kind)
            _apply_scenario(position, person)
            if position in EDGE_CASE_PEOPLE:
                apply_edge_case(person, EDGE_CASE_PEOPLE[position])
            yield kind, person

    def _build_person(self, position: int, kind: str) -> Person:
        rng = self._rng
        created = draw_days_ago(rng, 20, 2400)
        first, last = self._draw_name(kind)
        person = Person(
            id=FIRST_PERSON_ID + 7 * position,
            first_name=first,
            last_name=last,
            email=self._draw_email(kind, first, last),
            title=self._draw_title(kind),
            type=_TYPES.get(kind, "account"),
            company_id=self._draw_company_id(kind),
            is_client_user=kind == "client",
            is_service_account=kind == "service",
            is_placeholder=kind == "placeholder",
            deleted=rng.random() < 0.035,
            timezone=rng.choice(TIMEZONES),
            created_at=format_seconds(created),
            updated_at=format_seconds(draw_after(rng, created)),
            last_login=self._draw_last_login(kind, created),
        )
        person.created_by = person.updated_by = self._draw_creator(person)
        self._set_work_profile(kind, person)
        return person

    def _draw_name(self, kind: str) -> tuple[str, str]:
        if kind == "service":
            return next(self._service_names)
        if kind == "placeholder":
            return "Placeholder", self._rng.choice(STAFF_TITLES)
        return self._rng.choice(FIRST_NAMES), self._rng.choice(LAST_NAMES)

    def _draw_email(self, kind: str, first: str, last: str) -> str:
        if kind == "placeholder" or (kind == "contact" and self._rng.random() < 0.15):
            return ""
        letters = strip_accents(f"{first}.{last}").lower()
        local = "".join(letter for letter in letters if letter.isalnum() or letter == ".")
        address = f"{local}@{_DOMAINS.get(kind, 'example.com')}"
        self._addresses[address] += 1
        count = self._addresses[address]
        return address if count == 1 else address.replace("@", f"{count}@")

    def _draw_title(self, kind: str) -> str | None:
        if kind in ("service", "placeholder"):
            return ""
        titles = {"staff": STAFF_TITLES, "collaborator": COLLABORATOR_TITLES}.get(kind, CLIENT_TITLES)
        return self._rng.choice(titles) if self._rng.random() < 0.92 else None

    def _draw_company_id(self, kind: str) -> int:
        if kind in ("staff", "service", "placeholder"):
            return self._owner_company_id
        if kind == "collaborator" and self._rng.random() < 0.5:
            return self._owner_company_id if self._rng.random() < 0.7 else 0
        return self._rng.choices(self._client_company_ids, cum_weights=self._client_company_weights)[0]

    def _draw_last_login(self, kind: str, created: datetime) -> str | None:
        if kind in ("contact", "placeholder"):
            return None
        chance = self._rng.random()
        if chance < 0.004:
            return ""
        if chance < 0.06:
            return format_seconds(max(created, NOW - timedelta(days=500 * chance)))
        newest, oldest = (120, 1100) if chance < 0.07 else (0.1, 45)
        return format_seconds(max(created, draw_days_ago(self._rng, newest, oldest)))

    def _draw_creator(self, person: Person) -> Relationship:
        if len(self._creators) < 5:
            self._creators.append({"id": person.id, "type": "users"})
        return self._rng.choice(self._creators)

    def _set_work_profile(self, kind: str, person: Person) -> None:
        rng = self._rng
        person.avatar_url = f"https://avatars.example.com/{person.id}.png" if rng.random() < 0.55 else ""
        person.working_hours_id, person.length_of_day = rng.choice(_WORKING_DAYS)
        if kind == "staff":
            person.team_ids = sorted({rng.choice(self._team_ids) for _ in range(rng.randrange(1, 3))})
            person.is_admin = rng.random() < 0.03
            person.can_add_projects = person.is_admin or rng.random() < 0.2
            person.company_role_id = rng.randrange(1, 6)
        if kind in ("staff", "collaborator") and rng.random() < 0.6:
            person.user_rate = rng.randrange(90, 240) * 100 + rng.choice((0, 50))
            person.user_cost = person.user_rate * 6 // 10 if rng.random() < 0.7 else None
        if kind == "service":
            person.is_admin = rng.random() < 0.3
            person.omitted_keys = ("userRate", "userCost")


def _apply_scenario(position: int, person: Person) -> None:
    """Overwrite the drawn values of the first people, on whom summaries and tests rely."""
    person.deleted = position == 4 if position < len(SCENARIO_KINDS) else person.deleted
    if position == 0:
        person.is_site_owner = person.is_admin = person.can_add_projects = True
        person.title, person.last_login = "Managing Director", f"{format_day(1)}T16:05:11Z"
    elif position in (1, 2):
        person.is_admin = position == 1
    elif position == 5:
        person.last_login = f"{format_day(567)}T07:45:00Z"
    elif position == 9:
        person.is_admin, person.last_login = True, f"{format_day(665)}T10:15:30Z"
