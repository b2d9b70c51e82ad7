"""The resources of ProjectManager.com: people of the agency with their roles, and what they work with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from uuid import UUID

from .company_names import phone
from .customers import draw_uuid
from .dates import GO_ZERO, after, days_ago, seconds
from .edge_cases import FORMULA, MARKUP
from .models import Label, Person, Resource, Role
from .name_lists import COUNTRIES, TEAMS

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
_SHARE = {"staff": 1.0, "collaborator": 0.5, "client": 0.06, "service": 1.0}
"""How many of each kind of Teamwork's people are resources too."""
_SKILLS = ("Photography", "Typography", "TypeScript", "Danish", "Copy editing", "Rigging & stage", "C++ <3")
_COLORS = ("teal", "cyan", "lightblue", "blurple", "purple", "pink", "orange", "gray")
_WEEKS = ([8.0] * 5 + [0.0] * 2, [7.5] * 4 + [7.0, 0.0, 0.0], [6.0, 6.0, 0.0, 6.0, 6.0, 0.0, 0.0])
_THINGS = (
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


def resource_id_of(person: Person) -> str:
    """Give the id that a person of Teamwork has as a resource."""
    return str(UUID(int=person.id, version=4))


def build_resources(draw: Random, crowd: Iterable[tuple[str, Person]], roles: list[Role]) -> list[Resource]:
    """Make everyone who has a role, then those who never log in, the things, and two samples."""
    teams, skills = _labels(draw, TEAMS), _labels(draw, _SKILLS, inUse=True)
    skills[-1].flags["inUse"] = False
    by_name = {role.name: role for role in roles}
    resources = [
        _from_person(draw, kind, person, by_name)
        for kind, person in crowd
        if draw.random() < _SHARE.get(kind, 0)
    ]
    resources += _without_login(draw)
    for resource in resources:
        _place(draw, resource, teams, skills)
    resources += _things(draw)
    _tell_story(draw, resources, by_name)
    return resources


def _labels(draw: Random, names: Iterable[str], **flags: bool) -> list[Label]:
    return [Label(draw_uuid(draw), name, dict(flags)) for name in names]


def _from_person(draw: Random, kind: str, person: Person, roles: dict[str, Role]) -> Resource:
    names, weights = zip(*_ROLES[kind], strict=True)
    role = roles[draw.choices(names, weights=weights)[0]] if person.email else None
    created = days_ago(draw, 30, 1500)
    return Resource(
        id=resource_id_of(person),
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
        created_at=seconds(created),
        updated_at=seconds(after(draw, created)),
    )


def _without_login(draw: Random) -> Iterator[Resource]:
    """Make people who are planned with but cannot log in: no e-mail address, no role."""
    names = ("Marlow, retoucher", "Night crew", "Juniper Vogel", "נועה לוי", "松本 直子")
    for position, name in enumerate(names):
        first, _, last = name.partition(" ")
        created = seconds(days_ago(draw, 30, 900))
        yield Resource(
            id=draw_uuid(draw),
            name=name,
            kind="person",
            first_name=first,
            last_name=last,
            email="" if position == 1 else None,
            hourly_rate=45.5 + position,
            created_at=created,
            updated_at=created,
        )


def _place(draw: Random, resource: Resource, teams: list[Label], skills: list[Label]) -> None:
    country = draw.choice(COUNTRIES)
    resource.city = draw.choice(country.places)[0] if draw.random() < 0.8 else ""
    resource.country = country.code
    resource.country_name = {"DK": "Denmark", "DE": "Germany", "SE": "Sweden"}.get(country.code)
    resource.state = "MA" if resource.city == "Boston" else None
    resource.phone = phone(draw, country) if draw.random() < 0.5 else None
    resource.language = country.language.lower()
    resource.teams = draw.sample(teams, draw.randrange(0, 3))
    resource.skills = draw.sample(skills[:-1], draw.randrange(0, 3))
    resource.color = draw.choice(_COLORS)
    resource.hours = list(draw.choice(_WEEKS))


def _things(draw: Random) -> Iterator[Resource]:
    """Make materials and equipment, some of which tell an address when they are used, and two samples."""
    for position, (kind, name, rate) in enumerate(_THINGS):
        created = days_ago(draw, 100, 1500)
        yield Resource(
            id=draw_uuid(draw),
            name=name,
            kind=kind,
            email="stock@example.com" if position % 5 == 0 else None,
            is_active=position % 7 != 6,
            hourly_rate=rate,
            city="Copenhagen" if kind == "equipment" else None,
            created_at=seconds(created),
            updated_at=seconds(after(draw, created)),
        )
    for name in ("Sample: designer", "Sample: meeting room"):
        yield Resource(id=draw_uuid(draw), name=name, kind="equipment", is_sample=True)


def _tell_story(draw: Random, resources: list[Resource], roles: dict[str, Role]) -> None:
    """Settle who the first people are, who approves whom, and what is awkward."""
    people = [resource for resource in resources if resource.role]
    _give(people[0], roles["Global Admin"])
    people[0].is_active = True
    _give(people[4], roles["Admin"])
    people[4].last_online = "2024-11-05T10:15:30Z"
    _give(people[6], roles["Admin"])
    people[6].is_active = False
    people[9].role, people[9].role_id = "Intern (role was removed)", draw_uuid(draw)
    people[11].notes, people[11].updated_at = FORMULA, GO_ZERO
    approvers = [person for person in people if person.role in ("Manager", "Account lead")]
    for person in people[1:]:
        person.approver_id = draw.choice(approvers).id if draw.random() < 0.8 else None
    for resource in resources:
        resource.created_by = resource.updated_by = None if resource.is_sample else people[0].id


def _give(resource: Resource, role: Role) -> None:
    resource.role, resource.role_id = role.name, role.id
