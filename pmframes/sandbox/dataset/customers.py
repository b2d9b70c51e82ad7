"""The customers of ProjectManager.com, the companies and the clients of Outlign."""

from __future__ import annotations

from random import Random

from .dates import GO_ZERO_TIME, draw_after, draw_days_ago, format_microseconds
from .edge_cases import BEYOND_DOUBLE, EDGE_CASE_NAMES
from .models import Client, OutlignCompany, ProjectManagerCustomer
from .name_lists import OUTLIGN_COMPANY_TITLES
from .organizations import Organization, draw_spelling
from .projectmanager_records import draw_uuid

PROJECTMANAGER_CUSTOMERS = 380
CLIENTS = 420
FIRST_OUTLIGN_COMPANY_ID = 41
FIRST_CLIENT_ID = 1201
_EDGE_CASE_TIMES: tuple[tuple[str | None, str | None], ...] = (
    (None, None),
    ("", ""),
    (GO_ZERO_TIME, GO_ZERO_TIME),
    ("2024-02-29T23:59:59Z", "2024-03-01T00:00:00.000001Z"),
    ("2019-07-01", "2019-07-01"),
)
_EDGE_CASE_START = 17
_EDGE_CASE_STEP = 19


def _find_edge_case(position: int) -> int | None:
    """Return the index of the edge case at a position; None for an ordinary name."""
    step, rest = divmod(position - _EDGE_CASE_START, _EDGE_CASE_STEP)
    return step if position >= _EDGE_CASE_START and rest == 0 else None


def _draw_names(rng: Random, organizations: list[Organization], count: int) -> list[str | None]:
    """Draw spellings of the organizations' names, with every edge case once and the last name twice."""
    edge_cases: list[str | None] = [*EDGE_CASE_NAMES, None, ""]
    names: list[str | None] = [draw_spelling(rng, organization) for organization in organizations[:count]]
    for position in range(count):
        step = _find_edge_case(position)
        if step is not None and step < len(edge_cases):
            names[position] = edge_cases[step]
    names[-1] = names[-2]
    return names


def build_projectmanager_customers(rng: Random, organizations: list[Organization]) -> list[ProjectManagerCustomer]:
    """Build the customers of ProjectManager.com, which have an id and a name."""
    return [
        ProjectManagerCustomer(draw_uuid(rng), name)
        for name in _draw_names(rng, organizations, PROJECTMANAGER_CUSTOMERS)
    ]


def build_outlign_companies(rng: Random) -> list[OutlignCompany]:
    """Build the companies of Outlign, which own the clients."""
    return [_build_outlign_company(rng, position, title) for position, title in enumerate(OUTLIGN_COMPANY_TITLES)]


def _build_outlign_company(rng: Random, position: int, title: str) -> OutlignCompany:
    created = draw_days_ago(rng, 200, 1800)
    return OutlignCompany(
        FIRST_OUTLIGN_COMPANY_ID + 3 * position,
        title,
        format_microseconds(created),
        format_microseconds(draw_after(rng, created)),
    )


def build_clients(rng: Random, organizations: list[Organization], companies: list[OutlignCompany]) -> list[Client]:
    """Build the clients of Outlign; a few belong to no company."""
    weights = [100 / (3 + position) for position in range(len(companies))]
    clients = [
        _build_client(rng, position, name, rng.choices(companies, weights=weights)[0].id)
        for position, name in enumerate(_draw_names(rng, organizations, CLIENTS))
    ]
    for client in clients[5::70]:
        client.company_id = None
    clients[11].company_id = 0
    for client, (created, updated) in zip(clients[8::31], _EDGE_CASE_TIMES, strict=False):
        client.created_at, client.updated_at = created, updated
    clients[100].id = BEYOND_DOUBLE
    return clients


def _build_client(rng: Random, position: int, title: str | None, company_id: int) -> Client:
    created = draw_days_ago(rng, 5, 1700)
    return Client(
        id=FIRST_CLIENT_ID + 2 * position,
        title=title,
        company_id=company_id,
        created_at=format_microseconds(created),
        updated_at=format_microseconds(draw_after(rng, created)),
    )
