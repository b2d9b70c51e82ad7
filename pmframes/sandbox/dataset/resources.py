"""The resources of ProjectManager.com: people with their roles, equipment and materials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from uuid import UUID

from .dates import GO_ZERO_TIME, draw_after, draw_days_ago, format_day, format_seconds
from .edge_cases import FORMULA, MARKUP
from .models import NamedRecord, Person, Resource, Role
from .name_lists import COUNTRIES, TEAMS
from .organizations import draw_phone
from .projectmanager_records import draw_named_records, draw_uuid

_ROLES: dict[str, tuple[tuple[str, int], ...]] = {
    "staff": (
        ("Team member", 52),
        ("Studio member", 22),
        ("Manager", 9),
        ("Account lead", 8),
        ("Timesheet clerk", 3),
        ("Bookkeeper", 2),
        ("IT support", 2),
        ("Admin", 2),
    ),
    "collaborator": (("Guest", 6), ("_old: Freelancer's role", 3), ("外部パートナー", 2)),
    "client": (("Client viewer", 1),),
    "service": (("Reporting robot", 1),),
}
_RESOURCE_SHARE = {"staff": 1.0, "collaborator": 0.5, "client": 0.06, "service": 1.0}
"""Share of each kind of Teamwork people that are also resources."""
_SKILLS = ("Photography", "Typography", "TypeScript", "Danish", "Copy editing", "Rigging & stage", "C++ <3")
_COLORS = ("teal", "cyan", "lightblue", "blurple", "purple", "pink", "orange", "gray")
_WEEKLY_HOURS = ([8.0] * 5 + [0.0] * 2, [7.5] * 4 + [7.0, 0.0, 0.0], [6.0, 6.0, 0.0, 6.0, 6.0, 0.0, 0.0])
_EQUIPMENT_AND_MATERIALS = (
    ("equipment", "Laser printer A3", 12.5),
    ("equipment", "Large format plotter", 40.0),
    ("equipment", "Camera kit 1", 35.0),
    ("equipment", "Camera kit 2", 35.0),
    ("equipment", "Delivery van (blue)", 28.0),
    ("equipment", "Photo studio, ground floor", 90.0),
    ("equipment", "Meeting room Åkirkeby", 0.0),
    ("equipment", "Edit suite", 55.0),
    ("equipment", "007", None),
    ("material", "Paper, 120 g", None),
    ("material", "Paper, 300 g", None),
    ("material", "Vinyl film, per metre", 18.0),
    ("material", "Exhibition carpet", 6.25),
    ("material", "Stock photographs", 0.0),
    ("material", MARKUP, None),
    ("material", "Printer's ink “Ærø blå”", 3.1),
)


def build_resource_id(person: Person) -> str:
    """Return the resource id of a Teamwork person."""
    return str(UUID(int=person.id, version=4))


def build_resources(rng: Random, people: Iterable[tuple[str, Person]], roles: list[Role]) -> list[Resource]:
    """Build people with a role, people without login, equipment and materials, and two samples."""
    teams, skills = draw_named_records(rng, TEAMS), draw_named_records(rng, _SKILLS, inUse=True)
    skills[-1].flags["inUse"] = False
    by_name = {role.name: role for role in roles}
    resources = [
        _build_person_resource(rng, kind, person, by_name)
        for kind, person in people
        if rng.random() < _RESOURCE_SHARE.get(kind, 0)
    ]
    resources += _build_people_without_login(rng)
    for resource in resources:
        _set_profile(rng, resource, teams, skills)
    resources += _build_equipment_and_materials(rng)
    _apply_scenario(rng, resources, by_name)
    return resources


def _build_person_resource(rng: Random, kind: str, person: Person, roles: dict[str, Role]) -> Resource:
    names, weights = zip(*_ROLES[kind], strict=True)
    role = roles[rng.choices(names, weights=weights)[0]] if person.email else None
    created = draw_days_ago(rng, 30, 1500)
    return Resource(
        id=build_resource_id(person),
        name=f"{person.first_name or ''} {person.last_name or ''}".strip(),
        kind="person",
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email or None,
        role_id=role.id if role else None,
        role=role.name if role else None,
        is_active=not person.deleted or person.id % 2 == 0,
        hourly_rate=person.user_rate / 100 if person.user_rate else None,
        notes=person.title,
        last_online=person.last_login or None,
        avatar_url=person.avatar_url or None,
        created_at=format_seconds(created),
        updated_at=format_seconds(draw_after(rng, created)),
    )


def _build_people_without_login(rng: Random) -> Iterator[Resource]:
    """Yield people who are scheduled but cannot log in: no e-mail address, no role."""
    names = ("Marlow, retoucher", "Night crew", "Juniper Vogel", "נועה לוי", "松本 直子")
    for position, name in enumerate(names):
        first, _, last = name.partition(" ")
        created = format_seconds(draw_days_ago(rng, 30, 900))
        yield Resource(
            id=draw_uuid(rng),
            name=name,
            kind="person",
            first_name=first,
            last_name=last,
            email="" if position == 1 else None,
            hourly_rate=45.5 + position,
            created_at=created,
            updated_at=created,
        )


def _set_profile(rng: Random, resource: Resource, teams: list[NamedRecord], skills: list[NamedRecord]) -> None:
    country = rng.choice(COUNTRIES)
    resource.city = rng.choice(country.cities)[0] if rng.random() < 0.8 else ""
    resource.country = country.code
    resource.country_name = {"DK": "Denmark", "DE": "Germany", "SE": "Sweden"}.get(country.code)
    resource.state = "MA" if resource.city == "Boston" else None
    resource.phone = draw_phone(rng, country) if rng.random() < 0.5 else None
    resource.language = country.language.lower()
    resource.teams = rng.sample(teams, rng.randrange(0, 3))
    resource.skills = rng.sample(skills[:-1], rng.randrange(0, 3))
    resource.color = rng.choice(_COLORS)
    resource.daily_hours = list(rng.choice(_WEEKLY_HOURS))


def _build_equipment_and_materials(rng: Random) -> Iterator[Resource]:
    """Yield equipment and materials, some with a contact address, and two samples."""
    for position, (kind, name, rate) in enumerate(_EQUIPMENT_AND_MATERIALS):
        created = draw_days_ago(rng, 100, 1500)
        yield Resource(
            id=draw_uuid(rng),
            name=name,
            kind=kind,
            email="stock@example.com" if position % 5 == 0 else None,
            is_active=position % 7 != 6,
            hourly_rate=rate,
            city="Copenhagen" if kind == "equipment" else None,
            created_at=format_seconds(created),
            updated_at=format_seconds(draw_after(rng, created)),
        )
    for name in ("Sample: designer", "Sample: meeting room"):
        yield Resource(id=draw_uuid(rng), name=name, kind="equipment", is_sample=True)


def _apply_scenario(rng: Random, resources: list[Resource], roles: dict[str, Role]) -> None:
    """Set roles of the first people, approvers, and edge cases."""
    people = [resource for resource in resources if resource.role]
    _assign_role(people[0], roles["Global Admin"])
    people[0].is_active = True
    _assign_role(people[4], roles["Admin"])
    people[4].last_online = f"{format_day(665)}T10:15:30Z"
    _assign_role(people[6], roles["Admin"])
    people[6].is_active = False
    people[9].role, people[9].role_id = "Intern (role was removed)", draw_uuid(rng)
    people[11].notes, people[11].updated_at = FORMULA, GO_ZERO_TIME
    approvers = [person for person in people if person.role in ("Manager", "Account lead")]
    for person in people[1:]:
        person.approver_id = rng.choice(approvers).id if rng.random() < 0.8 else None
    for resource in resources:
        resource.created_by = resource.updated_by = None if resource.is_sample else people[0].id


def _assign_role(resource: Resource, role: Role) -> None:
    resource.role, resource.role_id = role.name, role.id
