"""The organizations that the agency works for, and the different spellings of their names."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random

from .name_lists import COUNTRIES, Country

_TRANSLITERATIONS: dict[int, str] = {
    ord(letter): replacement
    for letter, replacement in {"ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ß": "ss", "ł": "l", "Ł": "L"}.items()
}
"""Letters that NFKD normalization does not decompose into a letter and an accent."""


@dataclass(slots=True, frozen=True)
class Organization:
    """A real-world organization; each service may spell its name differently."""

    name: str
    suffix: str
    country: Country
    city: str
    zip: str
    street: str

    @property
    def full_name(self) -> str:
        """The name with its legal suffix."""
        return f"{self.name} {self.suffix}"

    @property
    def slug(self) -> str:
        """The name in lower case without accents and spaces, for addresses."""
        return "".join(letter for letter in strip_accents(self.name).lower() if letter.isalnum())


def strip_accents(text: str) -> str:
    """Return the text in ASCII, without accents."""
    return unicodedata.normalize("NFKD", text.translate(_TRANSLITERATIONS)).encode("ascii", "ignore").decode()


def draw_organizations(rng: Random, count: int) -> list[Organization]:
    """Draw ``count`` organizations with unique names."""
    pairs = [(country, name) for country in COUNTRIES for name in _combine_names(country)]
    rng.shuffle(pairs)
    return [_draw_organization(rng, country, name) for country, name in pairs[:count]]


def _combine_names(country: Country) -> list[str]:
    return [f"{stem} {trade}" for stem in country.name_stems.split() for trade in country.trades.split()]


def _draw_organization(rng: Random, country: Country, name: str) -> Organization:
    city, zip_code = rng.choice(country.cities)
    street = f"{rng.choice(country.streets)} {rng.randrange(1, 140)}"
    return Organization(name, country.legal_suffixes[0], country, city, zip_code, street)


def draw_spelling(rng: Random, organization: Organization) -> str:
    """Draw a spelling of the name: another suffix, none, no accents, capitals, a stray space."""
    other_suffix = rng.choice(organization.country.legal_suffixes[1:])
    return rng.choices(
        (
            organization.full_name,
            f"{organization.name} {other_suffix}",
            organization.name,
            strip_accents(organization.full_name),
            organization.full_name.upper(),
            f"{organization.name},  {organization.suffix}",
        ),
        weights=(40, 25, 15, 10, 6, 4),
    )[0]


def draw_phone(rng: Random, country: Country) -> str:
    """Draw a telephone number that is never assigned: the national part begins with 00."""
    digits = rng.randrange(1_000_000)
    return f"+{country.dialling_code} 00 {digits // 10_000:02d} {digits // 100 % 100:02d} {digits % 100:02d}"
