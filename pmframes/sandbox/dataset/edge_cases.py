"""Edge cases: values of people by position, names of customers and clients."""

from __future__ import annotations

from typing import Any

from .dates import GO_ZERO_TIME
from .models import Person

MARKUP = "<img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://example.invalid","x")'
BEYOND_DOUBLE = 9007199254740993
"""The smallest positive integer that a double cannot represent."""

_PEOPLE: tuple[dict[str, Any], ...] = (
    {"first_name": "小明", "last_name": "王", "email": "xiaoming.wang@example.com"},
    {"first_name": "محمد", "last_name": "العلي", "timezone": None, "email": "m.alali@example.invalid"},
    {"first_name": "דנה", "last_name": "כהן", "company_id": None, "email": "dana.cohen@example.org"},
    {"first_name": "Zoë 🎨", "last_name": "Okonkwo", "company_id": 0},
    {
        "first_name": "Siobhán",
        "last_name": "O'Brien",
        "email": "siobhan.o'brien@example.org",
        "title": 'Head of "Special" Projects',
    },
    {"first_name": "Robin", "last_name": MARKUP, "email": "robin@example.com"},
    {"title": FORMULA},
    {"first_name": "+1", "last_name": "", "title": "@SUM(A1)", "email": "plus.one@example.invalid"},
    {"first_name": "_test", "last_name": "account", "email": "test@example.com", "avatar_url": "", "team_ids": None},
    {"first_name": "", "last_name": "", "title": None, "company_id": 0},
    {"first_name": "Madonna", "last_name": None, "title": "", "email": "madonna@example.org"},
    {"title": "$x^$", "length_of_day": 7.25},
    {"id": BEYOND_DOUBLE},
    {"created_at": "", "updated_at": None, "created_by": {"id": 0, "type": "users"}, "updated_by": None},
    {"created_at": GO_ZERO_TIME, "updated_at": GO_ZERO_TIME, "last_login": GO_ZERO_TIME, "created_by": 391604},
    {"user_rate": 0, "user_cost": 0, "working_hours_id": 0},
    {"omitted_keys": ("userRate", "userCost", "createdAt", "createdBy", "teams", "lastLogin")},
    {"first_name": "Anna", "last_name": "Schmidt", "email": "anna.schmidt@example.com"},
    {"first_name": "Anna", "last_name": "Schmidt", "title": "Translator", "email": "anna.schmidt@example.invalid"},
    {
        "first_name": "Jean-Baptiste Emmanuel",
        "last_name": "von der Straßenhöhe-Åkerström y Peñalver",
        "email": "jb@example.org",
    },
    {"first_name": "anna", "last_name": "schmidt", "title": "0042", "email": "0042@example.invalid"},
)
EDGE_CASE_PEOPLE = {12 + 3 * step: values for step, values in enumerate(_PEOPLE)}
"""Position of a person -> attributes to overwrite."""


def apply_edge_case(person: Person, values: dict[str, Any]) -> None:
    """Overwrite attributes of a person."""
    for name, value in values.items():
        setattr(person, name, value)


EDGE_CASE_NAMES = (
    "青空デザイン株式会社",
    "شركة القمر للتجارة",
    "חברת הגל בע״מ",
    "Sunrise 🌅 Hotels",
    "O'Malley & Sons' Bakery",
    MARKUP,
    FORMULA,
    "+1 Ventures",
    "@SUM(A1)",
    "$x^$",
    "_internal",
    "007 Security",
    "Ärztehaus  Süd ",
)
"""Names that customers or clients of each service have."""
