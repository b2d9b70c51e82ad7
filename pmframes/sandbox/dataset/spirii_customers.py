"""The customers of Spirii: operators, their subsidiaries, businesses, and the private people under them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from .company_names import Firm, phone, plain, respell
from .dates import GO_ZERO, after, days_ago, milliseconds, seconds
from .edge_cases import AWKWARD_NAMES, BEYOND_DOUBLE
from .models import ChargeCustomer
from .name_lists import COUNTRIES, CPOS, FIRST_NAMES, LAST_NAMES, Country

SUBSIDIARIES = 24
BUSINESSES = 360
CHARGE_CUSTOMERS = 640
FIRST_CUSTOMER_ID = 10231
Details = dict[str, dict[str, str | None] | None]


class Tree:
    """Draws customers from the operators downwards, so that an owner is there before what it owns."""

    def __init__(self, draw: Random, firms: list[Firm]) -> None:
        self._draw = draw
        self._firms = firms
        self._rows: list[ChargeCustomer] = []
        self._by_type: dict[str, list[ChargeCustomer]] = {}

    def customers(self) -> list[ChargeCustomer]:
        """All 640 customers, in the order in which they were made."""
        for name in CPOS:
            self._add(name, "CPO", None, COUNTRIES[len(self._rows)])
        for country, city in self._places():
            self._add_subsidiary(country, city)
        for firm in self._firms[:BUSINESSES]:
            self._add_business(firm)
        while len(self._rows) < CHARGE_CUSTOMERS:
            self._add_private()
        _make_awkward(self._rows)
        return self._rows

    def _places(self) -> list[tuple[Country, str]]:
        """Every place once, in an order of its own, so that no two subsidiaries have one name."""
        places = [(country, city) for country in COUNTRIES for city, _ in country.places]
        return self._draw.sample(places, SUBSIDIARIES)

    def _add_subsidiary(self, country: Country, city: str) -> None:
        owner = self._draw.choices(self._by_type["CPO"], weights=(8, 6, 4, 3, 2, 1))[0]
        self._add(f"{owner.name} {city}", "CPOSubsidiary", owner, country)

    def _add_business(self, firm: Firm) -> None:
        chance = self._draw.random()
        kind = "CPOSubsidiary" if chance < 0.7 else "CPO"
        if chance > 0.93 and "Business" in self._by_type:
            kind = "Business"
        self._add(respell(self._draw, firm), "Business", self._draw.choice(self._by_type[kind]), firm.country)

    def _add_private(self) -> None:
        draw = self._draw
        kind = draw.choices(("Business", "CPO", "CPOSubsidiary"), weights=(7, 1, 2))[0]
        name = f"{draw.choice(FIRST_NAMES)} {draw.choice(LAST_NAMES)}"
        self._add(name, "Private", draw.choice(self._by_type[kind][:60]), draw.choice(COUNTRIES))

    def _add(self, name: str, kind: str, owner: ChargeCustomer | None, country: Country) -> None:
        draw = self._draw
        position = len(self._rows)
        created = days_ago(draw, 3, 1500)
        write = milliseconds if position % 5 == 0 else seconds
        customer = ChargeCustomer(
            id=FIRST_CUSTOMER_ID + 3 * position,
            name=name,
            type=kind,
            owner_id=owner.id if owner else None,
            cpo_id=(owner.cpo_id or owner.id) if owner else None,
            created_at=write(created),
            updated_at=write(after(draw, created)),
            external_id=f"CU-{position * 37:05d}" if draw.random() < 0.7 else None,
            country=country.code,
            locations=sorted({draw.randrange(2000, 9000) for _ in range(draw.randrange(0, 5))}),
            details=dict(_details(draw, name, kind, country)),
        )
        self._rows.append(customer)
        self._by_type.setdefault(kind, []).append(customer)


def _details(
    draw: Random, name: str, kind: str, country: Country
) -> Iterator[tuple[str, dict[str, str | None] | None]]:
    yield "contactDetails", _contact(draw, name, kind, country)
    if draw.random() < 0.93:
        yield "billingDetails", _billing(draw, name, kind, country)
    if draw.random() < (0.5 if kind == "Private" else 0.3):
        yield "payoutInformation", _payout(draw, name, country)
    elif draw.random() < 0.2:
        yield "payoutInformation", None
    if draw.random() < 0.97:
        yield "financialSetup", {"language": country.language, "currency": country.currency}
    if draw.random() < 0.9:
        yield "billingSettings", _settings(draw, kind)


def _address(name: str) -> str:
    return "".join(letter for letter in plain(name).lower() if letter.isalnum()) or "customer"


def _contact(draw: Random, name: str, kind: str, country: Country) -> dict[str, str | None]:
    person = name if kind == "Private" else f"{draw.choice(FIRST_NAMES)} {draw.choice(LAST_NAMES)}"
    return {
        "name": person,
        "email": f"{_address(person)}@example.org",
        "phone": phone(draw, country) if draw.random() < 0.8 else None,
    }


def _billing(draw: Random, name: str, kind: str, country: Country) -> dict[str, str | None]:
    city, zip_code = draw.choice(country.places)
    business = kind != "Private"
    return {
        "paymentMethod": draw.choice(("Invoice", "Invoice", "CreditCard")) if business else "CreditCard",
        "invoiceFormat": draw.choice(("Email", "Email", "EAN", "OIOUBL")) if business else "Email",
        "gln": f"{draw.randrange(10**12):013d}" if business and draw.random() < 0.5 else None,
        "invoiceEmail": f"invoice.{_address(name)}@example.com" if business else "",
        "vatNumber": f"{draw.randrange(10**8):08d}" if business else None,
        "address": f"{draw.choice(country.streets)} {draw.randrange(1, 99)}",
        "city": city,
        "zipCode": zip_code,
    }


def _payout(draw: Random, name: str, country: Country) -> dict[str, str | None]:
    """Bank details whose check digits are 00, which no real account has."""
    registration, account = f"{draw.randrange(10_000):04d}", f"{draw.randrange(10**9):010d}"
    return {
        "iban": f"{country.code}00{registration}{account}",
        "swiftCode": f"TEST{country.code}00",
        "bankAccountHolderName": name,
        "bankRegistrationNumber": registration,
        "bankAccount": account,
    }


def _settings(draw: Random, kind: str) -> dict[str, str | None]:
    return {
        "chargeKeyDocumentAggregation": draw.choice(("customer", "chargeKey")),
        "chargeKeyLineAggregation": draw.choice(("location", "chargeKey")),
        "companyCarReimbursementMethod": draw.choice(("MANUAL", "AUTOMATIC")) if kind == "Business" else None,
    }


def _make_awkward(rows: list[ChargeCustomer]) -> None:
    """Spread the awkward names and values over the businesses, and a few over the rest."""
    businesses = rows[len(CPOS) + SUBSIDIARIES :]
    for customer, name in zip(businesses[20::17], AWKWARD_NAMES, strict=False):
        customer.name = name
    for customer, change in zip(businesses[9::23], _CHANGES, strict=False):
        change(customer)
    rows[-1].name = rows[-2].name


def _no_owner(customer: ChargeCustomer) -> None:
    customer.owner_id = 0


def _no_cpo(customer: ChargeCustomer) -> None:
    customer.cpo_id = 0


def _empty_texts(customer: ChargeCustomer) -> None:
    customer.name, customer.country, customer.external_id, customer.locations = "", "", "", []


def _nulls(customer: ChargeCustomer) -> None:
    customer.name = customer.country = customer.locations = None
    customer.details = {"contactDetails": None, "billingDetails": None, "financialSetup": None}


def _no_details(customer: ChargeCustomer) -> None:
    customer.details = {}


def _zero_times(customer: ChargeCustomer) -> None:
    customer.created_at = customer.updated_at = GO_ZERO


def _empty_times(customer: ChargeCustomer) -> None:
    customer.created_at, customer.updated_at = "", None


def _big_id(customer: ChargeCustomer) -> None:
    customer.id = BEYOND_DOUBLE


def _leading_zeros(customer: ChargeCustomer) -> None:
    customer.external_id = "0000042"
    customer.details["billingDetails"] = {
        "paymentMethod": "Invoice",
        "gln": "0000000000017",
        "zipCode": "01067",
    }


_CHANGES: tuple[Callable[[ChargeCustomer], None], ...] = (
    _no_owner,
    _no_cpo,
    _empty_texts,
    _nulls,
    _no_details,
    _zero_times,
    _empty_times,
    _big_id,
    _leading_zeros,
)
