"""Spirii: customers, those who own or use charge points.

Documentation of the service: https://docs.spirii.com/api-reference
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal, get_args

import msgspec
import pandas as pd

from pmframes import _messages, _validation
from pmframes._connections import Identity, Service
from pmframes._frames.schema import (
    Count,
    Id,
    IntList,
    OptionalId,
    Record,
    Text,
    Time,
    Values,
    computed,
    field,
)
from pmframes._http.pagination import Offset
from pmframes._loading import filters
from pmframes._loading.filters import Filter
from pmframes._loading.loader import load
from pmframes._loading.resource import Answer, Came, Columns, Params, Part, Resource
from pmframes._types import Frame

__all__ = ["customers"]

CustomerType = Literal["Private", "Business", "CPO", "CPOSubsidiary"]
TYPES = get_args(CustomerType)


def _whoami(body: bytes) -> str:
    count = _read(body).total
    return "an account that sees customers" if count is None else f"an account that sees {count} customers"


SERVICE = Service(
    name="spirii",
    title="Spirii",
    credential="an API key (Spirii Connect: Team Access, API tokens)",
    identity=Identity("/v2/customers", _whoami, {"limit": "1"}),
    url="https://api.spirii.com",
    ambiguous_401_403=True,
    requests_per_minute=120,
)


def _location_counts(values: Values) -> list[int | None]:
    return [None if places is None else len(places) for places in values["locations"]]


class Customer(Record, rename="camel"):
    """A customer that the credential may see."""

    id: Annotated[Id, field("Id of the customer")]
    name: Annotated[Text, field("Name of the customer")]
    type: Annotated[CustomerType | None, field("Type; the service filters by it but does not always send it")]
    external_id: Annotated[Text, field("The customer's id in another system")]
    country: Annotated[Text, field("Country, two letters")]
    owner_id: Annotated[
        OptionalId, field("Id of the company that owns the customer", path=("owner.id", "ownerId"))
    ]
    owner_name: Annotated[Text, field("Name of that company", path="owner.name")]
    cpo_id: Annotated[OptionalId, field("Id of the operator of the charge points", path="cpo.id")]
    cpo_name: Annotated[Text, field("Name of the operator", path="cpo.name")]
    location_count: Annotated[Count, computed("How many locations it has", _location_counts)]
    locations: Annotated[IntList, field("Ids of its locations")]
    contact_name: Annotated[Text, field("Contact person", path="contactDetails.name")]
    contact_email: Annotated[Text, field("E-mail of the contact", path="contactDetails.email")]
    contact_phone: Annotated[Text, field("Telephone of the contact", path="contactDetails.phone")]
    payment_method: Annotated[Text, field("How it pays", path="billingDetails.paymentMethod")]
    invoice_format: Annotated[Text, field("How invoices are sent", path="billingDetails.invoiceFormat")]
    invoice_email: Annotated[Text, field("Where invoices are sent", path="billingDetails.invoiceEmail")]
    vat_number: Annotated[Text, field("VAT number", path="billingDetails.vatNumber")]
    gln: Annotated[Text, field("Global location number", path="billingDetails.gln")]
    address: Annotated[Text, field("Street and number", path="billingDetails.address")]
    city: Annotated[Text, field("City", path="billingDetails.city")]
    zip_code: Annotated[Text, field("Postal code", path="billingDetails.zipCode")]
    language: Annotated[Text, field("Language of its invoices", path="financialSetup.language")]
    currency: Annotated[Text, field("Currency of its invoices", path="financialSetup.currency")]
    charge_key_document_aggregation: Annotated[
        Text, field("What one invoice covers", path="billingSettings.chargeKeyDocumentAggregation")
    ]
    charge_key_line_aggregation: Annotated[
        Text, field("What one line of an invoice covers", path="billingSettings.chargeKeyLineAggregation")
    ]
    company_car_reimbursement_method: Annotated[
        Text, field("How company cars are reimbursed", path="billingSettings.companyCarReimbursementMethod")
    ]
    created_at: Annotated[Time, field("When it was created")]
    updated_at: Annotated[Time, field("When it was last changed")]


class CustomerWithPayout(Customer, rename="camel"):
    """A customer with its bank details."""

    iban: Annotated[Text, field("IBAN", path="payoutInformation.iban")]
    swift_code: Annotated[Text, field("SWIFT code", path="payoutInformation.swiftCode")]
    bank_account_holder_name: Annotated[
        Text, field("Holder of the account", path="payoutInformation.bankAccountHolderName")
    ]
    bank_registration_number: Annotated[
        Text, field("Registration number of the bank", path="payoutInformation.bankRegistrationNumber")
    ]
    bank_account: Annotated[Text, field("Account number", path="payoutInformation.bankAccount")]


class _Envelope(msgspec.Struct):
    data: msgspec.Raw
    count: Any = None
    limit: Any = None


def _read(body: bytes) -> Answer:
    envelope = msgspec.json.decode(body, type=_Envelope)
    return Answer(envelope.data, total=_number(envelope.count), size=_number(envelope.limit))


def _number(value: Any) -> int | None:
    text = str(value) if isinstance(value, int | str) else ""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _without_bank_details(body: bytes) -> bytes:
    """Drop the bank details, which the service sends whether wanted or not, before anything is kept."""
    return msgspec.json.encode(_without(msgspec.json.decode(body)))


def _without(value: Any) -> Any:
    if isinstance(value, list):
        return [_without(one) for one in value]
    if isinstance(value, dict):
        return {key: _without(one) for key, one in value.items() if not _BANK.search(key)}
    return value


_BANK = re.compile("payout|iban|swift|bank", re.IGNORECASE)


CUSTOMERS = Resource(
    service=SERVICE,
    name="customers",
    record=Customer,
    path="/v2/customers",
    paging=Offset("offset", "limit", size=100),
    read=_read,
    # The default order is the newest first, which shifts every page when a customer is added.
    always={"sortBy": "id", "sortDirection": "asc"},
    free_text=frozenset({"search"}),
    clean=_without_bank_details,
)
CUSTOMERS_WITH_PAYOUT = replace(
    CUSTOMERS, record=CustomerWithPayout, clean=None, never_stored="bank details (payout=True)"
)

_moment = partial(_validation.moment, to="milliseconds")
FILTERS: filters.Filters = {
    "types": Filter("types", partial(_validation.several_of, allowed=TYPES), filters.one_of("type", TYPES)),
    "search": Filter(
        "search",
        _validation.text,
        filters.mentions("id", "name", "external_id", "owner_id", "owner_name", "cpo_id", "cpo_name"),
    ),
    "customer_ids": Filter("customerIds", _validation.numbers, filters.among("id")),
    "created_at_from": Filter("createdAtFrom", _moment, filters.since("created_at")),
    "created_at_to": Filter("createdAtTo", _moment, filters.until("created_at")),
    "updated_at_from": Filter("updatedAtFrom", _moment, filters.since("updated_at")),
    "updated_at_to": Filter("updatedAtTo", _moment, filters.until("updated_at")),
}


def customers(
    types: CustomerType | Iterable[CustomerType] | None = None,
    search: str | None = None,
    customer_ids: int | Iterable[int] | None = None,
    *,
    created_at_from: str | date | None = None,
    created_at_to: str | date | None = None,
    updated_at_from: str | date | None = None,
    updated_at_to: str | date | None = None,
    with_type: bool = False,
    payout: bool = False,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    columns: Columns = "declared",
) -> Frame:
    """Load the customers that the credential may see.

    Parameters
    ----------
    types : str or iterable of str, optional
        Only customers of these types: Private, Business, CPO, CPOSubsidiary (query key ``types``). Each type
        is asked for by itself, since the answers do not always say which it is.
    search : str, optional
        Only customers whose name, number or external id contains this text (``search``).
    customer_ids : int or iterable of int, optional
        Only these customers (``customerIds``).
    created_at_from, created_at_to, updated_at_from, updated_at_to : str, date or datetime, optional
        Only customers created, or last changed, from or up to this moment; UTC unless it has a zone
        (``createdAtFrom``, ``createdAtTo``, ``updatedAtFrom``, ``updatedAtTo``).
    with_type : bool, default False
        Find the type of every customer, also where the service does not send it: the list is asked for once
        as a whole, and once for each type.
    payout : bool, default False
        Add the bank details. They are then never stored, so each such load asks the service.
    refresh : bool, default False
        Ask the service even where a load of the last hour is stored.
    progress : bool, optional
        Show a bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query keys that have no argument of their own, such as ``{"cpoId": 7}``.
    columns : {"declared", "all"}, default "declared"
        ``"all"`` adds what the service sent beyond the columns below.

    Returns
    -------
    DataFrame
        One row per customer: id (int64), name (str), type (category; NA where the service does not send it
        and neither ``types`` nor ``with_type`` was given), external_id, country (str), owner_id (Int64),
        owner_name (str), cpo_id (Int64), cpo_name (str), location_count (Int64), locations (lists of int),
        contact_name, contact_email, contact_phone, payment_method, invoice_format, invoice_email, vat_number,
        gln, address, city, zip_code, language, currency, charge_key_document_aggregation,
        charge_key_line_aggregation, company_car_reimbursement_method (str), created_at, updated_at
        (datetime64[us, UTC]); with ``payout=True`` also iban, swift_code, bank_account_holder_name,
        bank_registration_number, bank_account (str).

    Raises
    ------
    UnexpectedResponse
        Among others: customers came that a filter excludes, so the service passed the filter over. Times are
        only held against it by more than a day.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://docs.spirii.com/api-reference/customer-v2/get-v2customers. That page does not show the names of
    the filters by owner and operator: try them in ``params``, and look at what comes. Which customers come
    depends on where the credential's account stands in the tree of owners; there is no error for those it may
    not see.
    """
    _validation.flag("payout", payout)
    _validation.flag("with_type", with_type)
    resource = CUSTOMERS_WITH_PAYOUT if payout else CUSTOMERS
    asked = filters.read(resource, FILTERS, locals())
    kinds = asked.query.get("types") or []
    joined = with_type and not kinds
    if joined and "types" in (params or {}):
        raise _messages.param_twice("types")
    whole = [] if kinds else [Part(resource.path, resource.title)]
    parts = [*whole, *(_part(resource, kind) for kind in (TYPES if joined else kinds))]

    def finish(frame: pd.DataFrame, came: Came) -> pd.DataFrame:
        checked = asked.check(frame)
        return _with_types(checked, resource) if joined else _one_each(checked, resource)

    return load(resource, asked.query, asked.options, parts=parts, finish=finish)


def _part(resource: Resource, kind: str) -> Part:
    return Part(resource.path, f"{resource.title} of type {kind}", {"type": kind}, {"types": [kind]})


def _one_each(frame: pd.DataFrame, resource: Resource) -> pd.DataFrame:
    """Refuse a frame in which a customer is of several types: the filter by type was passed over."""
    if wrong := int(frame["id"].duplicated().sum()):
        raise _messages.filter_ignored(resource.title, "types", wrong, len(frame))
    return frame


def _with_types(frame: pd.DataFrame, resource: Resource) -> pd.DataFrame:
    """Join the whole list, which comes first, with the lists of each type."""
    again = frame["id"].duplicated()
    typed = _one_each(frame[again], resource)
    kinds = dict(zip(typed["id"], typed["type"], strict=True))
    whole = frame[~again].reset_index(drop=True)
    whole["type"] = whole["type"].fillna(whole["id"].map(kinds).astype(frame["type"].dtype))
    return whole
