"""The companies of Teamwork: the agency itself, and those it works for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random

from .company_names import Firm, phone
from .dates import GO_ZERO, after, days_ago, seconds
from .edge_cases import MARKUP
from .models import Company, Person

AGENCY_NAME = "Hollis & Vane"
FIRST_COMPANY_ID = 1370007
CLIENT_COMPANIES = 46
INDUSTRIES = ("Energy", "Food", "Health", "Property", "Retail", "Transport")
FIRST_INDUSTRY_ID = 31


def build_companies(draw: Random, firms: list[Firm]) -> list[Company]:
    """Make the owner company, then one for each of the first firms, then the odd ones."""
    owner = Company(
        id=FIRST_COMPANY_ID,
        name=AGENCY_NAME,
        is_owner=True,
        country_code="DK",
        city="Copenhagen",
        zip="0999",
        website="https://www.example.com",
        email="hello@example.com",
        phone="+45 00 00 10 10",
        status="active",
        created_at="2017-04-03T09:00:00Z",
        updated_at="2026-08-14T11:20:05Z",
    )
    clients = [_company(draw, position, firm) for position, firm in enumerate(firms[:CLIENT_COMPANIES], 1)]
    return [owner, *clients, *_odd_companies(len(clients) + 1)]


def _company(draw: Random, position: int, firm: Firm) -> Company:
    created = days_ago(draw, 60, 2400)
    return Company(
        id=FIRST_COMPANY_ID + 11 * position,
        name=firm.full_name,
        is_owner=False,
        country_code=firm.country.code,
        city=firm.city,
        zip=firm.zip,
        website=f"https://{firm.address}.example.com" if draw.random() < 0.7 else "",
        email=f"{firm.address}@example.org" if draw.random() < 0.6 else "",
        phone=phone(draw, firm.country) if draw.random() < 0.5 else None,
        status="active",
        created_at=seconds(created),
        updated_at=seconds(after(draw, created)),
    )


def _odd_companies(position: int) -> list[Company]:
    rows = (
        ("株式会社 青空出版", "JP", "東京", GO_ZERO),
        ("دار القمر للنشر", "AE", "دبي", ""),
        ("_Archive (do not use)", None, None, None),
        ("$x^$ Institute", "", "", "2024-02-29T23:59:59Z"),
    )
    return [
        Company(
            id=FIRST_COMPANY_ID + 11 * (position + step),
            name=name,
            is_owner=False,
            country_code=country,
            city=city,
            zip="01067" if country is None else "",
            website="",
            email="",
            phone=None,
            status="active",
            created_at=created,
            updated_at=created,
        )
        for step, (name, country, city, created) in enumerate(rows)
    ]


def count_people(companies: Iterable[Company], people: Iterable[Person]) -> None:
    """Write into each company how many people of each type it has."""
    counted = Counter((person.company_id, _column(person)) for person in people if not person.deleted)
    for company in companies:
        for column in ("accounts", "clients", "collaborators", "contacts"):
            company.people[column] = counted[company.id, column]


def _column(person: Person) -> str:
    return "clients" if person.is_client_user else f"{person.type}s"


def describe_companies(draw: Random, companies: list[Company], managers: list[int], tags: list[int]) -> None:
    """Write who looks after each company, in which industry it is, and how much work there is for it."""
    for position, company in enumerate(companies):
        if position and position % 9 and managers:
            company.managed_by = managers[position % len(managers)]
        if draw.random() < 0.8:
            company.industry_id = FIRST_INDUSTRY_ID + draw.randrange(len(INDUSTRIES))
        company.profile = (None, "", f"{company.name}: since 2019, billed monthly", MARKUP)[position % 4]
        company.tag_ids = sorted({draw.choice(tags) for _ in range(draw.randrange(0, 3))})
        company.tasks = draw.randrange(0, 400) if position % 5 else 0
        company.tasks_completed = int(company.tasks * draw.random())
