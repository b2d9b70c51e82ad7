"""Create and update customers.

Documentation of the service: https://docs.spirii.com/api-reference
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from types import EllipsisType
from typing import Any, Literal, TypeAlias, get_args

from pmframes import _messages, _validation
from pmframes._http.pagination import SinglePage
from pmframes._loading.plan import LoadPlan, build_plan
from pmframes._loading.resource import Options, ParsedPage
from pmframes._loading.writing import WritableColumn, Write, WriteSchema, send
from pmframes._signatures import checks_arguments
from pmframes._text import join, suggest
from pmframes._types import Frame
from pmframes.errors import InvalidArgument
from pmframes.spirii._customers import CUSTOMERS, plan_with_type

NewType = Literal["Private", "Business", "CPOSubsidiary"]
Members: TypeAlias = Mapping[str, str | None]
_COUNTRY_LENGTH, _MAX_NAME_LENGTH, _MAX_EXTERNAL_ID_LENGTH = 2, 80, 40


def _parse_single(body: bytes) -> ParsedPage:
    return ParsedPage(b"[" + body + b"]")


CUSTOMER = replace(CUSTOMERS, paging=SinglePage(), parse=_parse_single)


def _parse_country(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) != _COUNTRY_LENGTH or not (value.isascii() and value.isalpha()):
        raise _messages.wrong_kind(name, value, "the two letters of a country, such as DK")
    return value


def _parse_external_id(name: str, value: Any) -> str | None:
    return None if value is None else _validation.parse_name(name, value, _MAX_EXTERNAL_ID_LENGTH)


def _parse_members(known: Collection[str], name: str, value: Any, *, is_optional: bool = True) -> Any:
    """Parse a nested object; no error repeats what it holds, which may be bank details."""
    if value is None and is_optional:
        return None
    if not isinstance(value, Mapping):
        raise InvalidArgument(f"{name} is not a dict.", f"Its keys are: {join(known)}.", argument=name)
    for key, member in value.items():
        if key not in known:
            hint = f"{suggest(key, known)} Use: {join(known)}.".lstrip()
            raise InvalidArgument(f"{name} has a key that the service does not document.", hint, argument=name)
        if not isinstance(member, str | None):
            raise InvalidArgument(f"{name}: {key} is not a text.", "Pass a text, or None.", argument=name)
    return dict(value)


def _nested(key: str, *known: str, **options: Any) -> WritableColumn:
    return WritableColumn(key, partial(_parse_members, known, **options))


_COLUMNS = {
    "name": WritableColumn("name", partial(_validation.parse_name, max_length=_MAX_NAME_LENGTH)),
    "type": WritableColumn(
        "type",
        partial(_validation.parse_choice, allowed=get_args(NewType)),
        not_loaded_remedy="Load before with pm.spirii.customers(with_type=True).",
    ),
    "country": WritableColumn("country", _parse_country),
    "owner_id": WritableColumn("ownerId", _validation.parse_positive_integer),
    "external_id": WritableColumn("externalId", _parse_external_id),
}
_NESTED = {
    "contact_details": _nested("contactDetails", "name", "email", "phone", is_optional=False),
    "billing_details": _nested(
        "billingDetails", "invoiceFormat", "gln", "invoiceEmail", "vatNumber", "address", "city", "zipCode"
    ),
    "payout_information": _nested(
        "payoutInformation", "iban", "swiftCode", "bankAccountHolderName", "bankRegistrationNumber", "bankAccount"
    ),
    "financial_setup": _nested("financialSetup", "language", "currency"),
    "billing_settings": _nested(
        "billingSettings", "chargeKeyDocumentAggregation", "chargeKeyLineAggregation", "companyCarReimbursementMethod"
    ),
}


def _build_load(columns: Collection[str]) -> LoadPlan:
    plan = build_plan(CUSTOMERS, Options(refresh=True))
    # The service does not send the type with a customer.
    return plan_with_type(plan) if "type" in columns else plan


def _write(fields: Mapping[str, Any], id_: int | None = None) -> Write:
    columns = _COLUMNS | _NESTED
    bank_details = fields.get("payout_information") or {}
    return Write(
        CUSTOMER,
        "POST" if id_ is None else "PUT",
        CUSTOMERS.path if id_ is None else f"{CUSTOMERS.path}/{id_}",
        "a customer" if id_ is None else f"customer {id_}",
        stale_resources=[CUSTOMERS.name],
        id=id_,
        body={columns[name].key: value for name, value in fields.items()},
        sensitive_values=[value for value in bank_details.values() if value],
    )


WRITE_SCHEMA = WriteSchema(
    CUSTOMERS, CUSTOMER, "customer", _COLUMNS, _build_load, [CUSTOMERS.name], can_create=False, can_delete=False
)


def _parse_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    columns = _COLUMNS | _NESTED
    return {name: columns[name].parse(name, value) for name, value in fields.items()}


@checks_arguments
def create_customer(
    *,
    name: str,
    type: NewType,  # noqa: A002 - the word of the service, and of the column
    country: str,
    owner_id: int,
    contact_details: Members,
    external_id: str | None = None,
    billing_details: Members | None = None,
    payout_information: Members | None = None,
    financial_setup: Members | None = None,
    billing_settings: Members | None = None,
) -> Frame:
    """Create a customer below an owner.

    Parameters
    ----------
    name : str
        The name, at most 80 characters.
    type : {"Private", "Business", "CPOSubsidiary"}
        The type; the service creates no CPO.
    country : str
        The country, two letters.
    owner_id : int
        The id of the customer that owns it.
    contact_details : dict
        The contact: name, email, phone.
    external_id : str, optional
        Its id in another system, at most 40 characters.
    billing_details, payout_information, financial_setup, billing_settings : dict, optional
        The other nested objects, with the keys of the service, such as ``{"vatNumber": "87687766"}``. Bank
        details are sent, and neither kept nor repeated in errors.

    Returns
    -------
    DataFrame
        The new row, as from ``customers``; type is NA, since the service does not send it.

    Raises
    ------
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, OfflineMiss
        Nothing was created. See ``pmframes.errors``.
    ServiceError
        The service refused the values, or the message says that it may have created the customer all the same.

    Notes
    -----
    https://docs.spirii.com/api-reference/customer-v2/create-a-new-customer
    """
    required = {"name": name, "type": type, "country": country, "owner_id": owner_id}
    optional = {
        "external_id": external_id, "billing_details": billing_details, "payout_information": payout_information,
        "financial_setup": financial_setup, "billing_settings": billing_settings,
    }  # fmt: skip
    sent = {field: value for field, value in optional.items() if value is not None}
    return send(_write(_parse_fields({**required, "contact_details": contact_details, **sent})))


@checks_arguments
def update_customer(
    id: int,  # noqa: A002
    *,
    name: str | EllipsisType = ...,
    type: NewType | EllipsisType = ...,  # noqa: A002
    country: str | EllipsisType = ...,
    owner_id: int | EllipsisType = ...,
    contact_details: Members | EllipsisType = ...,
    external_id: str | EllipsisType | None = ...,
    billing_details: Members | EllipsisType | None = ...,
    payout_information: Members | EllipsisType | None = ...,
    financial_setup: Members | EllipsisType | None = ...,
    billing_settings: Members | EllipsisType | None = ...,
) -> Frame:
    """Update the fields of a customer that are passed; all others stay as they are.

    Parameters
    ----------
    id : int
        The id of the customer.
    name, type, country, owner_id, external_id
        See ``create_customer``; None empties ``external_id``.
    contact_details, billing_details, payout_information, financial_setup, billing_settings : dict
        A whole nested object: the service does not document whether it keeps the members that are left out.
        None empties an object, but for the contact.

    Returns
    -------
    DataFrame
        The row as it is now, as from ``customers``; type is NA, since the service does not send it.

    Raises
    ------
    NotFound
        There is no such customer.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, OfflineMiss
        Nothing was changed. See ``pmframes.errors``.
    ServiceError
        The service refused the values, or the message says that it may have changed the customer all the same.

    Notes
    -----
    https://docs.spirii.com/api-reference/customer-v2/update-a-customer
    """
    id_ = _validation.parse_positive_integer("id", id)
    fields = {
        "name": name, "type": type, "country": country, "owner_id": owner_id, "contact_details": contact_details,
        "external_id": external_id, "billing_details": billing_details, "payout_information": payout_information,
        "financial_setup": financial_setup, "billing_settings": billing_settings,
    }  # fmt: skip
    changed = {field: value for field, value in fields.items() if value is not ...}
    if not changed:
        raise InvalidArgument("There is nothing to update.", f"Pass one of: {join(fields)}.")
    return send(_write(_parse_fields(changed), id_))
