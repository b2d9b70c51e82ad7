"""Validates the body of a Spirii customer, with an explanation per error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from werkzeug.wrappers import Request

from ._json import decode_body
from .dataset.spirii_customers import Details

MAX_NAME_LENGTH = 80
MAX_EXTERNAL_ID_LENGTH = 40
CREATABLE_TYPES = ("Private", "Business", "CPOSubsidiary")
REQUIRED_KEYS = ("name", "type", "country", "ownerId", "contactDetails")
DETAIL_KEYS = {
    "contactDetails": ("name", "email", "phone"),
    "billingDetails": ("invoiceFormat", "gln", "invoiceEmail", "vatNumber", "address", "city", "zipCode"),
    "payoutInformation": ("iban", "swiftCode", "bankAccountHolderName", "bankRegistrationNumber", "bankAccount"),
    "financialSetup": ("language", "currency"),
    "billingSettings": ("chargeKeyDocumentAggregation", "chargeKeyLineAggregation", "companyCarReimbursementMethod"),
}
"""Keys of the objects of a customer; ``billingDetails.paymentMethod`` is set by the service only."""
Body = Mapping[str, object]


class InvalidCustomer(Exception):
    """A body that is rejected, with the explanations."""

    def __init__(self, explanations: list[str]) -> None:
        super().__init__("; ".join(explanations))
        self.explanations = explanations


def parse_body(request: Request) -> Body:
    """Return the JSON object; a body of another content type counts as empty."""
    if not request.is_json:
        return {}
    try:
        body = decode_body(request.get_data())
    except ValueError:
        raise InvalidCustomer(["the body must be JSON"]) from None
    if not isinstance(body, dict):
        raise InvalidCustomer(["the body must be an object"])
    return body


def check_body(body: Body, required: tuple[str, ...] = ()) -> None:
    """Raise InvalidCustomer for keys that are missing, too long or of the wrong type; ignore unknown keys."""
    explanations = list(_explain_errors(body, required))
    if explanations:
        raise InvalidCustomer(explanations)


def _explain_errors(body: Body, required: tuple[str, ...]) -> Iterator[str]:
    for key in required:
        if key not in body:
            yield f"{key} is required"
    for key, (is_valid, expected) in _CHECKS.items():
        if key in body and not is_valid(body[key]):
            yield f"{key} must be {expected}"
    for key, names in DETAIL_KEYS.items():
        if key in body:
            yield from _explain_object_errors(key, body[key], names)


def _explain_object_errors(key: str, value: object, names: tuple[str, ...]) -> Iterator[str]:
    if value is None and key not in REQUIRED_KEYS:
        return
    if not isinstance(value, dict):
        yield f"{key} must be an object"
        return
    for name in names:
        if not isinstance(value.get(name), str | None):
            yield f"{key}.{name} must be a string"


def _is_string(value: object, minimum: int, maximum: int) -> bool:
    return isinstance(value, str) and minimum <= len(value) <= maximum


_CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "name": (lambda value: _is_string(value, 1, MAX_NAME_LENGTH), f"a string of 1 to {MAX_NAME_LENGTH} characters"),
    "type": (lambda value: value in CREATABLE_TYPES, f"one of {', '.join(CREATABLE_TYPES)}: a CPO cannot be created"),
    "country": (lambda value: _is_string(value, 2, 2), "a string of exactly 2 characters"),
    "ownerId": (lambda value: type(value) is int, "an integer"),
    "externalId": (
        lambda value: value is None or _is_string(value, 0, MAX_EXTERNAL_ID_LENGTH),
        f"a string of at most {MAX_EXTERNAL_ID_LENGTH} characters",
    ),
}


def update_details(details: Details, body: Body) -> Details:
    """Return the objects of a customer with the changes in the body; null empties an object."""
    updated = dict(details)
    for key, names in DETAIL_KEYS.items():
        value = body.get(key)
        if isinstance(value, dict):
            previous = updated.get(key) or ({"paymentMethod": "Invoice"} if key == "billingDetails" else {})
            updated[key] = previous | {name: value[name] for name in names if name in value}
        elif key in body:
            updated[key] = None
    return updated
