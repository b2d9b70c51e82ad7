"""The customers of ProjectManager.com and the clients of Outlign: firms, as each service spells them."""

from __future__ import annotations

from random import Random
from uuid import UUID

from .company_names import Firm, respell
from .dates import GO_ZERO, after, days_ago, microseconds
from .edge_cases import AWKWARD_NAMES, BEYOND_DOUBLE
from .models import Client, OutlignCompany, ProjectCustomer
from .name_lists import STUDIOS

PROJECT_CUSTOMERS = 380
CLIENTS = 420
FIRST_STUDIO_ID = 41
FIRST_CLIENT_ID = 1201
_CLIENT_TIMES: tuple[tuple[str | None, str | None], ...] = (
    (None, None),
    ("", ""),
    (GO_ZERO, GO_ZERO),
    ("2024-02-29T23:59:59Z", "2024-03-01T00:00:00.000001Z"),
    ("2019-07-01", "2019-07-01"),
)
_ODD_FROM = 17
_ODD_EVERY = 19


def draw_uuid(draw: Random) -> str:
    """Draw an id as ProjectManager.com gives them."""
    return str(UUID(int=draw.getrandbits(128), version=4))


def _odd(position: int) -> int | None:
    """Tell which of the awkward cases falls on a position; None for an ordinary one."""
    step, rest = divmod(position - _ODD_FROM, _ODD_EVERY)
    return step if position >= _ODD_FROM and rest == 0 else None


def _names(draw: Random, firms: list[Firm], count: int) -> list[str | None]:
    """Name each: most as a firm, some awkwardly, one not at all, one with nothing, two alike."""
    odd_names: list[str | None] = [*AWKWARD_NAMES, None, ""]
    names: list[str | None] = [respell(draw, firm) for firm in firms[:count]]
    for position in range(count):
        step = _odd(position)
        if step is not None and step < len(odd_names):
            names[position] = odd_names[step]
    names[-1] = names[-2]
    return names


def build_project_customers(draw: Random, firms: list[Firm]) -> list[ProjectCustomer]:
    """Make the customers of ProjectManager.com, which are an id and a name."""
    return [ProjectCustomer(draw_uuid(draw), name) for name in _names(draw, firms, PROJECT_CUSTOMERS)]


def build_studios(draw: Random) -> list[OutlignCompany]:
    """Make the companies of Outlign, which own the clients."""
    return [_studio(draw, position, title) for position, title in enumerate(STUDIOS)]


def _studio(draw: Random, position: int, title: str) -> OutlignCompany:
    created = days_ago(draw, 200, 1800)
    return OutlignCompany(
        FIRST_STUDIO_ID + 3 * position, title, microseconds(created), microseconds(after(draw, created))
    )


def build_clients(draw: Random, firms: list[Firm], studios: list[OutlignCompany]) -> list[Client]:
    """Make the clients of Outlign; a few belong to no company."""
    weights = [100 / (3 + position) for position in range(len(studios))]
    clients = [
        _client(draw, position, name, draw.choices(studios, weights=weights)[0].id)
        for position, name in enumerate(_names(draw, firms, CLIENTS))
    ]
    for client in clients[5::70]:
        client.company_id = None
    clients[11].company_id = 0
    for client, (created, updated) in zip(clients[8::31], _CLIENT_TIMES, strict=False):
        client.created_at, client.updated_at = created, updated
    clients[100].id = BEYOND_DOUBLE
    return clients


def _client(draw: Random, position: int, title: str | None, company_id: int) -> Client:
    created = days_ago(draw, 5, 1700)
    return Client(
        id=FIRST_CLIENT_ID + 2 * position,
        title=title,
        company_id=company_id,
        created_at=microseconds(created),
        updated_at=microseconds(after(draw, created)),
    )
