"""Who is on which Teamwork project, and with what permissions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from random import Random

from .models import Membership, Person, Project
from .permissions import Grant, PermissionBook
from .projects import PLANS

_HOW_MANY = {"staff": (1, 5), "client": (1, 3), "collaborator": (1, 3), "contact": (0, 2), "service": (3, 9)}
_ON_NO_PROJECT = 0.04
_EARLY = 12
"""The first people are all on the first project, so that the smallest agency has one with everybody on it."""
SEES_BUDGETS = 3
"""The position of a collaborator who may see budgets."""


class Assignment:
    """Puts people on projects, more of a kind where the plan has more of it."""

    def __init__(self, draw: Random, projects: list[Project]) -> None:
        self._draw = draw
        self._projects = projects
        self._by_company = {project.company_id: project for project in reversed(projects)}
        self._weights = {kind: list(accumulate(getattr(plan, kind) for plan in PLANS)) for kind in _HOW_MANY}
        self._book = PermissionBook()

    def memberships(self, people: Iterable[tuple[str, Person]]) -> list[Membership]:
        """Every person on every project that falls to them."""
        return [
            Membership(project.id, person.id, self._permissions(position, kind, person, project))
            for position, (kind, person) in enumerate(people)
            for project in self._projects_of(position, kind, person)
        ]

    def _projects_of(self, position: int, kind: str, person: Person) -> list[Project]:
        if position < _EARLY and kind in _HOW_MANY:
            return self._projects[:1] if kind != "service" else self._projects[:6]
        if kind not in _HOW_MANY or self._draw.random() < _ON_NO_PROJECT:
            return []
        how_many = self._draw.randrange(*_HOW_MANY[kind])
        drawn = self._draw.choices(self._projects, cum_weights=self._weights[kind], k=how_many)
        own = self._by_company.get(person.company_id or 0)
        if kind == "client" and own and self._draw.random() < 0.93:
            drawn = [own]
        return list({project.id: project for project in drawn}.values())

    def _permissions(self, position: int, kind: str, person: Person, project: Project) -> dict[str, bool]:
        observing = kind in ("staff", "client") and not person.is_admin and self._draw.random() < 0.07
        grant = Grant(
            profile=self._profile(position, kind, person, observing),
            active=not person.deleted,
            owner_company=kind in ("staff", "service", "placeholder"),
            archived=project.is_archived,
            observing=observing,
            notified=kind != "service" and self._draw.random() < 0.6,
        )
        return self._book.look_up(grant)

    def _profile(self, position: int, kind: str, person: Person, observing: bool) -> str:
        chance = self._draw.random()
        if person.is_admin:
            return "administrator"
        if observing:
            return "observer"
        if kind == "staff":
            return "lead" if chance < 0.12 else "member"
        if kind == "collaborator":
            return "budget" if chance < 0.06 or position == SEES_BUDGETS else "collaborator"
        if kind == "client":
            return "administrator" if chance < 0.01 else "client"
        return kind
