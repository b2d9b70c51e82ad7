"""The firms that the agency works for, and the slightly different names by which each service knows them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random

from .name_lists import COUNTRIES, Country

_UNDECOMPOSED: dict[int, str] = {
    ord(letter): bare
    for letter, bare in {"ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ß": "ss", "ł": "l", "Ł": "L"}.items()
}
"""Letters that Unicode does not take apart into a letter and an accent."""


@dataclass(slots=True, frozen=True)
class Firm:
    """One firm, whatever a service may call it."""

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
    def address(self) -> str:
        """The name without accents and spaces, as an e-mail address has it."""
        return "".join(letter for letter in plain(self.name).lower() if letter.isalnum())


def plain(text: str) -> str:
    """Take the accents off a text."""
    return unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED)).encode("ascii", "ignore").decode()


def draw_firms(draw: Random, count: int) -> list[Firm]:
    """Draw as many firms as asked for, each with a name of its own."""
    pairs = [(country, head, tail) for country in COUNTRIES for head, tail in _names(country)]
    draw.shuffle(pairs)
    return [_firm(draw, country, f"{head} {tail}") for country, head, tail in pairs[:count]]


def _names(country: Country) -> list[tuple[str, str]]:
    return [(head, tail) for head in country.heads.split() for tail in country.tails.split()]


def _firm(draw: Random, country: Country, name: str) -> Firm:
    city, zip_code = draw.choice(country.places)
    street = f"{draw.choice(country.streets)} {draw.randrange(1, 140)}"
    return Firm(name, country.suffixes[0], country, city, zip_code, street)


def respell(draw: Random, firm: Firm) -> str:
    """Type the name as someone else did: another suffix, none, no accents, capitals, a stray space."""
    other_suffix = draw.choice(firm.country.suffixes[1:])
    return draw.choices(
        (
            firm.full_name,
            f"{firm.name} {other_suffix}",
            firm.name,
            plain(firm.full_name),
            firm.full_name.upper(),
            f"{firm.name},  {firm.suffix}",
        ),
        weights=(40, 25, 15, 10, 6, 4),
    )[0]


def phone(draw: Random, country: Country) -> str:
    """Draw a telephone number that no one has: none is given out after a double zero."""
    digits = draw.randrange(1_000_000)
    return f"+{country.dial} 00 {digits // 10_000:02d} {digits // 100 % 100:02d} {digits % 100:02d}"
