"""The people of Teamwork: staff, client users, collaborators, contacts, service accounts, placeholders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate, cycle
from random import Random

from .company_names import plain
from .dates import after, days_ago, seconds
from .edge_cases import AWKWARD_PEOPLE, make_awkward
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

FIRST_PERSON_ID = 391604
STORY = (
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
"""What the first ten people are, so that the smallest agency has one of each."""
KINDS = ("staff", "client", "collaborator", "contact", "service", "placeholder")
_WEIGHTS = list(accumulate((44.0, 21.0, 16.5, 17.0, 1.0, 0.5)))
_TYPES = {"collaborator": "collaborator", "contact": "contact"}
_DOMAINS = {"client": "example.org", "collaborator": "example.invalid", "contact": "example.org"}
_WORKING_DAYS = ((1, 8.0), (1, 8.0), (1, 8.0), (2, 7.5), (3, 6.0), (None, None))


class Crowd:
    """Draws people one after another, keeping e-mail addresses apart."""

    def __init__(self, draw: Random, companies: list[Company], teams: list[Team]) -> None:
        self._draw = draw
        self._owner = companies[0].id
        self._clients = [company.id for company in companies[1:]]
        self._client_weights = list(accumulate(60 / (4 + position) for position in range(len(self._clients))))
        self._teams = [team.id for team in teams]
        self._addresses: Counter[str] = Counter()
        self._creators: list[Relationship] = []
        self._service_names = cycle(SERVICE_NAMES)

    def people(self, count: int) -> Iterator[tuple[str, Person]]:
        """So many people, each with their kind."""
        for position in range(count):
            kind = (
                STORY[position]
                if position < len(STORY)
                else self._draw.choices(KINDS, cum_weights=_WEIGHTS)[0]
            )
            person = self._person(position, kind)
            _tell_story(position, person)
            if position in AWKWARD_PEOPLE:
                make_awkward(person, AWKWARD_PEOPLE[position])
            yield kind, person

    def _person(self, position: int, kind: str) -> Person:
        draw = self._draw
        created = days_ago(draw, 20, 2400)
        first, last = self._name(kind)
        person = Person(
            id=FIRST_PERSON_ID + 7 * position,
            first_name=first,
            last_name=last,
            email=self._email(kind, first, last),
            title=self._title(kind),
            type=_TYPES.get(kind, "account"),
            company_id=self._company(kind),
            is_client_user=kind == "client",
            is_service_account=kind == "service",
            is_placeholder=kind == "placeholder",
            deleted=draw.random() < 0.035,
            timezone=draw.choice(TIMEZONES),
            created_at=seconds(created),
            updated_at=seconds(after(draw, created)),
            last_login=self._last_login(kind, created),
        )
        person.created_by = person.updated_by = self._creator(person)
        self._set_work(kind, person)
        return person

    def _name(self, kind: str) -> tuple[str, str]:
        if kind == "service":
            return next(self._service_names)
        if kind == "placeholder":
            return "Placeholder", self._draw.choice(STAFF_TITLES)
        return self._draw.choice(FIRST_NAMES), self._draw.choice(LAST_NAMES)

    def _email(self, kind: str, first: str, last: str) -> str:
        if kind == "placeholder" or (kind == "contact" and self._draw.random() < 0.15):
            return ""
        letters = plain(f"{first}.{last}").lower()
        local = "".join(letter for letter in letters if letter.isalnum() or letter == ".")
        address = f"{local}@{_DOMAINS.get(kind, 'example.com')}"
        self._addresses[address] += 1
        again = self._addresses[address]
        return address if again == 1 else address.replace("@", f"{again}@")

    def _title(self, kind: str) -> str | None:
        if kind in ("service", "placeholder"):
            return ""
        titles = {"staff": STAFF_TITLES, "collaborator": COLLABORATOR_TITLES}.get(kind, CLIENT_TITLES)
        return self._draw.choice(titles) if self._draw.random() < 0.92 else None

    def _company(self, kind: str) -> int:
        if kind in ("staff", "service", "placeholder"):
            return self._owner
        if kind == "collaborator" and self._draw.random() < 0.5:
            return self._owner if self._draw.random() < 0.7 else 0
        return self._draw.choices(self._clients, cum_weights=self._client_weights)[0]

    def _last_login(self, kind: str, created: datetime) -> str | None:
        if kind in ("contact", "placeholder"):
            return None
        chance = self._draw.random()
        if chance < 0.06:
            return ""
        newest, oldest = (365, 1100) if chance < 0.16 else (0.1, 45)
        return seconds(max(created, days_ago(self._draw, newest, oldest)))

    def _creator(self, person: Person) -> Relationship:
        if len(self._creators) < 5:
            self._creators.append({"id": person.id, "type": "users"})
        return self._draw.choice(self._creators)

    def _set_work(self, kind: str, person: Person) -> None:
        draw = self._draw
        person.avatar_url = f"https://avatars.example.com/{person.id}.png" if draw.random() < 0.55 else ""
        person.working_hours_id, person.length_of_day = draw.choice(_WORKING_DAYS)
        if kind == "staff":
            person.team_ids = sorted({draw.choice(self._teams) for _ in range(draw.randrange(1, 3))})
            person.is_admin = draw.random() < 0.03
            person.can_add_projects = person.is_admin or draw.random() < 0.2
            person.company_role_id = draw.randrange(1, 6)
        if kind in ("staff", "collaborator") and draw.random() < 0.6:
            person.user_rate = draw.randrange(90, 240) * 100 + draw.choice((0, 50))
            person.user_cost = person.user_rate * 6 // 10 if draw.random() < 0.7 else None
        if kind == "service":
            person.is_admin = draw.random() < 0.3
            person.omits = ("userRate", "userCost")


def _tell_story(position: int, person: Person) -> None:
    """Settle what the first people must be, whatever was drawn."""
    person.deleted = position == 4 if position < len(STORY) else person.deleted
    if position == 0:
        person.is_site_owner = person.is_admin = person.can_add_projects = True
        person.title, person.last_login = "Managing Director", "2026-08-31T16:05:11Z"
    elif position in (1, 2):
        person.is_admin = position == 1
    elif position == 5:
        person.last_login = "2025-02-11T07:45:00Z"
    elif position == 9:
        person.is_admin, person.last_login = True, "2024-11-05T10:15:30Z"
