"""The customers of Spirii: charge point operators, subsidiaries, businesses and private people, as a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from .dates import GO_ZERO_TIME, draw_after, draw_days_ago, format_milliseconds, format_seconds
from .edge_cases import BEYOND_DOUBLE, EDGE_CASE_NAMES
from .models import SpiriiCustomer
from .name_lists import CHARGE_POINT_OPERATORS, COUNTRIES, FIRST_NAMES, LAST_NAMES, Country
from .organizations import Organization, draw_phone, draw_spelling, strip_accents

SUBSIDIARIES = 24
BUSINESSES = 360
SPIRII_CUSTOMERS = 640
FIRST_CUSTOMER_ID = 10231
Details = dict[str, dict[str, str | None] | None]


class CustomerGenerator:
    """Generates the tree from the operators downwards: an owner exists before the customers it owns."""

    def __init__(self, rng: Random, organizations: list[Organization]) -> None:
        self._rng = rng
        self._organizations = organizations
        self._rows: list[SpiriiCustomer] = []
        self._by_type: dict[str, list[SpiriiCustomer]] = {}

    def generate(self) -> list[SpiriiCustomer]:
        """Return all customers in the order of creation."""
        for name in CHARGE_POINT_OPERATORS:
            self._add(name, "CPO", None, COUNTRIES[len(self._rows)])
        for country, city in self._draw_cities():
            self._add_subsidiary(country, city)
        for organization in self._organizations[:BUSINESSES]:
            self._add_business(organization)
        while len(self._rows) < SPIRII_CUSTOMERS:
            self._add_private()
        _apply_edge_cases(self._rows)
        return self._rows

    def _draw_cities(self) -> list[tuple[Country, str]]:
        """Draw each city at most once, so that the names of subsidiaries are unique."""
        cities = [(country, city) for country in COUNTRIES for city, _ in country.cities]
        return self._rng.sample(cities, SUBSIDIARIES)

    def _add_subsidiary(self, country: Country, city: str) -> None:
        owner = self._rng.choices(self._by_type["CPO"], weights=(8, 6, 4, 3, 2, 1))[0]
        self._add(f"{owner.name} {city}", "CPOSubsidiary", owner, country)

    def _add_business(self, organization: Organization) -> None:
        chance = self._rng.random()
        kind = "CPOSubsidiary" if chance < 0.7 else "CPO"
        if chance > 0.93 and "Business" in self._by_type:
            kind = "Business"
        self._add(
            draw_spelling(self._rng, organization),
            "Business",
            self._rng.choice(self._by_type[kind]),
            organization.country,
        )

    def _add_private(self) -> None:
        rng = self._rng
        kind = rng.choices(("Business", "CPO", "CPOSubsidiary"), weights=(7, 1, 2))[0]
        name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
        self._add(name, "Private", rng.choice(self._by_type[kind][:60]), rng.choice(COUNTRIES))

    def _add(self, name: str, kind: str, owner: SpiriiCustomer | None, country: Country) -> None:
        rng = self._rng
        position = len(self._rows)
        created = draw_days_ago(rng, 3, 1500)
        write = format_milliseconds if position % 5 == 0 else format_seconds
        customer = SpiriiCustomer(
            id=FIRST_CUSTOMER_ID + 3 * position,
            name=name,
            type=kind,
            owner_id=owner.id if owner else None,
            cpo_id=(owner.cpo_id or owner.id) if owner else None,
            created_at=write(created),
            updated_at=write(draw_after(rng, created)),
            external_id=f"CU-{position * 37:05d}" if rng.random() < 0.7 else None,
            country=country.code,
            locations=sorted({rng.randrange(2000, 9000) for _ in range(rng.randrange(0, 5))}),
            details=dict(_draw_details(rng, name, kind, country)),
        )
        self._rows.append(customer)
        self._by_type.setdefault(kind, []).append(customer)


def _draw_details(
    rng: Random, name: str, kind: str, country: Country
) -> Iterator[tuple[str, dict[str, str | None] | None]]:
    yield "contactDetails", _draw_contact(rng, name, kind, country)
    if rng.random() < 0.93:
        yield "billingDetails", _draw_billing(rng, name, kind, country)
    if rng.random() < (0.5 if kind == "Private" else 0.3):
        yield "payoutInformation", _draw_payout(rng, name, country)
    elif rng.random() < 0.2:
        yield "payoutInformation", None
    if rng.random() < 0.97:
        yield "financialSetup", {"language": country.language, "currency": country.currency}
    if rng.random() < 0.9:
        yield "billingSettings", _draw_settings(rng, kind)


def _slugify(name: str) -> str:
    return "".join(letter for letter in strip_accents(name).lower() if letter.isalnum()) or "customer"


def _draw_contact(rng: Random, name: str, kind: str, country: Country) -> dict[str, str | None]:
    person = name if kind == "Private" else f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    return {
        "name": person,
        "email": f"{_slugify(person)}@example.org",
        "phone": draw_phone(rng, country) if rng.random() < 0.8 else None,
    }


def _draw_billing(rng: Random, name: str, kind: str, country: Country) -> dict[str, str | None]:
    city, zip_code = rng.choice(country.cities)
    business = kind != "Private"
    return {
        "paymentMethod": rng.choice(("Invoice", "Invoice", "CreditCard")) if business else "CreditCard",
        "invoiceFormat": rng.choice(("Email", "Email", "EAN", "OIOUBL")) if business else "Email",
        "gln": f"{rng.randrange(10**12):013d}" if business and rng.random() < 0.5 else None,
        "invoiceEmail": f"invoice.{_slugify(name)}@example.com" if business else "",
        "vatNumber": f"{rng.randrange(10**8):08d}" if business else None,
        "address": f"{rng.choice(country.streets)} {rng.randrange(1, 99)}",
        "city": city,
        "zipCode": zip_code,
    }


def _draw_payout(rng: Random, name: str, country: Country) -> dict[str, str | None]:
    """Draw bank details whose check digits are 00, which no real account has."""
    registration, account = f"{rng.randrange(10_000):04d}", f"{rng.randrange(10**9):010d}"
    return {
        "iban": f"{country.code}00{registration}{account}",
        "swiftCode": f"TEST{country.code}00",
        "bankAccountHolderName": name,
        "bankRegistrationNumber": registration,
        "bankAccount": account,
    }


def _draw_settings(rng: Random, kind: str) -> dict[str, str | None]:
    return {
        "chargeKeyDocumentAggregation": rng.choice(("customer", "chargeKey")),
        "chargeKeyLineAggregation": rng.choice(("location", "chargeKey")),
        "companyCarReimbursementMethod": rng.choice(("MANUAL", "AUTOMATIC")) if kind == "Business" else None,
    }


def _apply_edge_cases(rows: list[SpiriiCustomer]) -> None:
    """Apply edge cases to businesses, and give the last two customers the same name."""
    businesses = rows[len(CHARGE_POINT_OPERATORS) + SUBSIDIARIES :]
    for customer, name in zip(businesses[20::17], EDGE_CASE_NAMES, strict=False):
        customer.name = name
    for customer, apply in zip(businesses[9::23], _EDGE_CASES, strict=False):
        apply(customer)
    rows[-1].name = rows[-2].name


def _no_owner(customer: SpiriiCustomer) -> None:
    customer.owner_id = 0


def _no_cpo(customer: SpiriiCustomer) -> None:
    customer.cpo_id = 0


def _empty_texts(customer: SpiriiCustomer) -> None:
    customer.name, customer.country, customer.external_id, customer.locations = "", "", "", []


def _nulls(customer: SpiriiCustomer) -> None:
    customer.name = customer.country = customer.locations = None
    customer.details = {"contactDetails": None, "billingDetails": None, "financialSetup": None}


def _no_details(customer: SpiriiCustomer) -> None:
    customer.details = {}


def _go_zero_times(customer: SpiriiCustomer) -> None:
    customer.created_at = customer.updated_at = GO_ZERO_TIME


def _empty_times(customer: SpiriiCustomer) -> None:
    customer.created_at, customer.updated_at = "", None


def _big_id(customer: SpiriiCustomer) -> None:
    customer.id = BEYOND_DOUBLE


def _leading_zeros(customer: SpiriiCustomer) -> None:
    customer.external_id = "0000042"
    customer.details["billingDetails"] = {"paymentMethod": "Invoice", "gln": "0000000000017", "zipCode": "01067"}


_EDGE_CASES: tuple[Callable[[SpiriiCustomer], None], ...] = (
    _no_owner,
    _no_cpo,
    _empty_texts,
    _nulls,
    _no_details,
    _go_zero_times,
    _empty_times,
    _big_id,
    _leading_zeros,
)
