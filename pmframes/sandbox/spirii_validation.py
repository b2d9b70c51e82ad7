"""What Spirii takes for a customer, checked, with an explanation for everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from werkzeug.wrappers import Request

from ._json import decode
from .dataset.spirii_customers import Details

LONGEST_NAME = 80
LONGEST_EXTERNAL_ID = 40
CREATABLE = ("Private", "Business", "CPOSubsidiary")
REQUIRED = ("name", "type", "country", "ownerId", "contactDetails")
MEMBERS = {
    "contactDetails": ("name", "email", "phone"),
    "billingDetails": ("invoiceFormat", "gln", "invoiceEmail", "vatNumber", "address", "city", "zipCode"),
    "payoutInformation": (
        "iban",
        "swiftCode",
        "bankAccountHolderName",
        "bankRegistrationNumber",
        "bankAccount",
    ),
    "financialSetup": ("language", "currency"),
    "billingSettings": (
        "chargeKeyDocumentAggregation",
        "chargeKeyLineAggregation",
        "companyCarReimbursementMethod",
    ),
}
"""The objects of a customer; ``billingDetails.paymentMethod`` is the service's own to set."""
Input = Mapping[str, object]


class Invalid(Exception):
    """A body that is refused, with the explanations."""

    def __init__(self, explanations: list[str]) -> None:
        super().__init__("; ".join(explanations))
        self.explanations = explanations


def read_input(request: Request) -> Input:
    """Read a JSON object; a body of another kind counts as none."""
    if not request.is_json:
        return {}
    try:
        found = decode(request.get_data())
    except (ValueError, RecursionError):
        raise Invalid(["the body must be JSON"]) from None
    if not isinstance(found, dict):
        raise Invalid(["the body must be an object"])
    return found


def check_input(given: Input, required: tuple[str, ...] = ()) -> None:
    """Refuse what is missing, too long or of the wrong kind; unknown keys are passed over."""
    explanations = list(_explanations(given, required))
    if explanations:
        raise Invalid(explanations)


def _explanations(given: Input, required: tuple[str, ...]) -> Iterator[str]:
    for key in required:
        if key not in given:
            yield f"{key} is required"
    for key, (test, wanted) in _CHECKS.items():
        if key in given and not test(given[key]):
            yield f"{key} must be {wanted}"
    for key, members in MEMBERS.items():
        if key in given:
            yield from _object_explanations(key, given[key], members)


def _object_explanations(key: str, value: object, members: tuple[str, ...]) -> Iterator[str]:
    if value is None and key not in REQUIRED:
        return
    if not isinstance(value, dict):
        yield f"{key} must be an object"
        return
    for member in members:
        if not isinstance(value.get(member), str | None):
            yield f"{key}.{member} must be a string"


def _is_text(value: object, low: int, high: int) -> bool:
    return isinstance(value, str) and low <= len(value) <= high


_CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "name": (
        lambda value: _is_text(value, 1, LONGEST_NAME),
        f"a string of 1 to {LONGEST_NAME} characters",
    ),
    "type": (
        lambda value: value in CREATABLE,
        f"one of {', '.join(CREATABLE)}: a CPO cannot be created",
    ),
    "country": (lambda value: _is_text(value, 2, 2), "a string of exactly 2 characters"),
    "ownerId": (lambda value: type(value) is int, "an integer"),
    "externalId": (
        lambda value: value is None or _is_text(value, 0, LONGEST_EXTERNAL_ID),
        f"a string of at most {LONGEST_EXTERNAL_ID} characters",
    ),
}


def changed_details(details: Details, given: Input) -> Details:
    """Put the members that are given into the objects of a customer; null empties an object."""
    changed = dict(details)
    for key, members in MEMBERS.items():
        value = given.get(key)
        if isinstance(value, dict):
            kept = changed.get(key) or ({"paymentMethod": "Invoice"} if key == "billingDetails" else {})
            changed[key] = kept | {member: value[member] for member in members if member in value}
        elif key in given:
            changed[key] = None
    return changed
