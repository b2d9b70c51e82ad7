"""Teamwork memberships: who is on which project, with which permissions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from random import Random

from .models import Membership, Person, Project
from .permissions import Grant, PermissionTable
from .projects import PROJECT_SPECS

_PROJECTS_PER_PERSON = {"staff": (1, 5), "client": (1, 3), "collaborator": (1, 3), "contact": (0, 2), "service": (3, 9)}
_SHARE_WITHOUT_PROJECT = 0.04
_FIRST_PEOPLE = 12
"""The first people are all on the first project, so that the smallest data set has a full project."""
BUDGET_VIEWER_POSITION = 3
"""Position of a collaborator who may see budgets."""


class MembershipGenerator:
    """Assigns people to projects, by the weights of the project specifications."""

    def __init__(self, rng: Random, projects: list[Project], owner_company_id: int) -> None:
        self._rng = rng
        self._owner_company_id = owner_company_id
        self._projects = projects
        self._by_company = {project.company_id: project for project in reversed(projects)}
        self._weights = {
            kind: list(accumulate(getattr(spec, kind) for spec in PROJECT_SPECS)) for kind in _PROJECTS_PER_PERSON
        }
        self._permission_table = PermissionTable()

    def generate(self, people: Iterable[tuple[str, Person]]) -> list[Membership]:
        """Return the memberships of people, each given with their kind."""
        return [
            Membership(project.id, person.id, self._draw_permissions(position, kind, person, project))
            for position, (kind, person) in enumerate(people)
            for project in self._draw_projects(position, kind, person)
        ]

    def _draw_projects(self, position: int, kind: str, person: Person) -> list[Project]:
        if position < _FIRST_PEOPLE and kind in _PROJECTS_PER_PERSON:
            return self._projects[:1] if kind != "service" else self._projects[:6]
        if kind not in _PROJECTS_PER_PERSON or self._rng.random() < _SHARE_WITHOUT_PROJECT:
            return []
        count = self._rng.randrange(*_PROJECTS_PER_PERSON[kind])
        drawn = self._rng.choices(self._projects, cum_weights=self._weights[kind], k=count)
        own = self._by_company.get(person.company_id or 0)
        if kind == "client" and own and self._rng.random() < 0.93:
            drawn = [own]
        return list({project.id: project for project in drawn}.values())

    def _draw_permissions(self, position: int, kind: str, person: Person, project: Project) -> dict[str, bool]:
        observing = kind in ("staff", "client") and not person.is_admin and self._rng.random() < 0.07
        grant = Grant(
            profile=self._draw_profile(position, kind, person, observing),
            active=not person.deleted,
            owner_company=person.company_id == self._owner_company_id,
            archived=project.is_archived,
            observing=observing,
            notified=kind != "service" and self._rng.random() < 0.6,
        )
        return self._permission_table.get(grant)

    def _draw_profile(self, position: int, kind: str, person: Person, observing: bool) -> str:
        chance = self._rng.random()
        if person.is_admin:
            return "administrator"
        if observing:
            return "observer"
        if kind == "staff":
            return "lead" if chance < 0.12 else "member"
        if kind == "collaborator":
            return "budget" if chance < 0.06 or position == BUDGET_VIEWER_POSITION else "collaborator"
        if kind == "client":
            return "administrator" if chance < 0.01 else "client"
        return kind
