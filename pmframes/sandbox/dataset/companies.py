"""The companies of Teamwork: the agency itself and its clients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random

from .dates import GO_ZERO_TIME, draw_after, draw_days_ago, format_day, format_seconds
from .edge_cases import MARKUP
from .models import Company, Person
from .organizations import Organization, draw_phone

AGENCY_NAME = "Hollis & Vane"
FIRST_COMPANY_ID = 1370007
CLIENT_COMPANIES = 46
INDUSTRIES = ("Energy", "Food", "Health", "Property", "Retail", "Transport")
FIRST_INDUSTRY_ID = 31


def build_companies(rng: Random, organizations: list[Organization]) -> list[Company]:
    """Build the owner company, one company for each of the first organizations, and the edge cases."""
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
        updated_at=f"{format_day(18)}T11:20:05Z",
    )
    clients = [
        _build_company(rng, position, organization)
        for position, organization in enumerate(organizations[:CLIENT_COMPANIES], 1)
    ]
    return [owner, *clients, *_build_edge_case_companies(len(clients) + 1)]


def _build_company(rng: Random, position: int, organization: Organization) -> Company:
    created = draw_days_ago(rng, 60, 2400)
    return Company(
        id=FIRST_COMPANY_ID + 11 * position,
        name=organization.full_name,
        is_owner=False,
        country_code=organization.country.code,
        city=organization.city,
        zip=organization.zip,
        website=f"https://{organization.slug}.example.com" if rng.random() < 0.7 else "",
        email=f"{organization.slug}@example.org" if rng.random() < 0.6 else "",
        phone=draw_phone(rng, organization.country) if rng.random() < 0.5 else None,
        status="active",
        created_at=format_seconds(created),
        updated_at=format_seconds(draw_after(rng, created)),
    )


def _build_edge_case_companies(position: int) -> list[Company]:
    rows = (
        ("株式会社 青空出版", "JP", "東京", GO_ZERO_TIME),
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
    """Set the number of people of each type on every company."""
    counts = Counter((person.company_id, _get_count_key(person)) for person in people if not person.deleted)
    for company in companies:
        for key in ("accounts", "clients", "collaborators", "contacts"):
            company.people_by_type[key] = counts[company.id, key]


def _get_count_key(person: Person) -> str:
    return "clients" if person.is_client_user else f"{person.type}s"


def set_company_details(rng: Random, companies: list[Company], managers: list[int], tags: list[int]) -> None:
    """Set manager, industry, profile, tags and number of tasks of every company."""
    for position, company in enumerate(companies):
        if position and position % 9 and managers:
            company.managed_by = managers[position % len(managers)]
        if rng.random() < 0.8:
            company.industry_id = FIRST_INDUSTRY_ID + rng.randrange(len(INDUSTRIES))
        company.profile = (None, "", f"{company.name}: since 2019, billed monthly", MARKUP)[position % 4]
        company.tag_ids = sorted({rng.choice(tags) for _ in range(rng.randrange(0, 3))})
        company.tasks = rng.randrange(0, 400) if position % 5 else 0
        company.tasks_completed = int(company.tasks * rng.random())
