"""The customers: those who own or use charge points.

Documentation of the service: https://docs.spirii.com/api-reference
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal, TypeAlias, get_args

import msgspec
import pandas as pd

from pmframes import _messages, _validation
from pmframes._frames.builder import Included
from pmframes._frames.schema import Count, Id, IntList, OptionalId, Record, Text, Time, Values, computed, field
from pmframes._http.pagination import Offset
from pmframes._http.service import Identity, Service
from pmframes._loading import filters
from pmframes._loading.filters import Filters
from pmframes._loading.loader import run
from pmframes._loading.plan import LoadPlan, build_plan
from pmframes._loading.resource import Listing, Options, ParsedPage, Resource
from pmframes._signatures import checks_arguments
from pmframes._types import DateLike, Frame, Ids, Params

CustomerType = Literal["Private", "Business", "CPO", "CPOSubsidiary"]
Types: TypeAlias = CustomerType | Iterable[CustomerType] | None
TYPES = get_args(CustomerType)


def _whoami(body: bytes) -> str:
    count = _parse_page(body).total
    return "an account that sees customers" if count is None else f"an account that sees {count} customers"


SERVICE = Service(
    name="spirii",
    credential="an API key (Spirii Connect: Team Access, API tokens)",
    identity=Identity("/v2/customers", _whoami, {"limit": "1"}),
    url="https://api.spirii.com",
    ambiguous_401_403=True,
    requests_per_minute=120,
)


def _count_locations(values: Values) -> list[int | None]:
    return [None if locations is None else len(locations) for locations in values["locations"]]


class Customer(Record, rename="camel"):
    """A customer that the credential is allowed to see."""

    id: Annotated[Id, field("Id of the customer")]
    name: Annotated[Text, field("Name of the customer", is_always_sent=True)]
    type: Annotated[CustomerType | None, field("Type; the service filters by it but does not always send it")]
    external_id: Annotated[Text, field("The customer's id in another system")]
    country: Annotated[Text, field("Country, two letters", is_always_sent=True)]
    owner_id: Annotated[OptionalId, field("Id of the company that owns the customer", path=("owner.id", "ownerId"))]
    owner_name: Annotated[Text, field("Name of that company", path="owner.name")]
    cpo_id: Annotated[OptionalId, field("Id of the operator of the charge points", path="cpo.id")]
    cpo_name: Annotated[Text, field("Name of the operator", path="cpo.name")]
    location_count: Annotated[Count, computed("Number of locations", _count_locations)]
    locations: Annotated[IntList, field("Ids of its locations")]
    contact_name: Annotated[Text, field("Contact person", path="contactDetails.name")]
    contact_email: Annotated[Text, field("E-mail address of the contact", path="contactDetails.email")]
    contact_phone: Annotated[Text, field("Phone number of the contact", path="contactDetails.phone")]
    payment_method: Annotated[Text, field("Payment method", path="billingDetails.paymentMethod")]
    invoice_format: Annotated[Text, field("Format of invoices", path="billingDetails.invoiceFormat")]
    invoice_email: Annotated[Text, field("E-mail address for invoices", path="billingDetails.invoiceEmail")]
    vat_number: Annotated[Text, field("VAT number", path="billingDetails.vatNumber")]
    gln: Annotated[Text, field("Global location number", path="billingDetails.gln")]
    address: Annotated[Text, field("Street and number", path="billingDetails.address")]
    city: Annotated[Text, field("City", path="billingDetails.city")]
    zip_code: Annotated[Text, field("Postal code", path="billingDetails.zipCode")]
    language: Annotated[Text, field("Language of its invoices", path="financialSetup.language")]
    currency: Annotated[Text, field("Currency of its invoices", path="financialSetup.currency")]
    charge_key_document_aggregation: Annotated[
        Text, field("Aggregation of invoices", path="billingSettings.chargeKeyDocumentAggregation")
    ]
    charge_key_line_aggregation: Annotated[
        Text, field("Aggregation of invoice lines", path="billingSettings.chargeKeyLineAggregation")
    ]
    company_car_reimbursement_method: Annotated[
        Text, field("Reimbursement of company cars", path="billingSettings.companyCarReimbursementMethod")
    ]
    created_at: Annotated[Time, field("Creation time", is_always_sent=True)]
    updated_at: Annotated[Time, field("Time of the last update")]


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


def _parse_page(body: bytes) -> ParsedPage:
    envelope = msgspec.json.decode(body, type=_Envelope)
    total, size = _parse_number(envelope.count), _parse_number(envelope.limit)
    return ParsedPage(envelope.data, total=total, size=size)


def _parse_number(value: Any) -> int | None:
    text = str(value) if isinstance(value, int | str) else ""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _drop_bank_details(body: bytes) -> bytes:
    """Drop the bank details, which the service always sends, before anything is cached."""
    return msgspec.json.encode(_without_bank_details(_AS_SENT.decode(body)))


def _without_bank_details(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_bank_details(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_bank_details(item) for key, item in value.items() if not _BANK.search(key)}
    return value


# Numbers that no float holds exactly stay as they are.
_AS_SENT = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode()))
_BANK = re.compile("payout|iban|swift|bank", re.IGNORECASE)

CUSTOMERS = Resource(
    service=SERVICE,
    name="customers",
    record=Customer,
    path="/v2/customers",
    paging=Offset("offset", "limit", size=100),
    parse=_parse_page,
    # The default order is newest first: every page shifts when a customer is added.
    default_params={"sortBy": "id", "sortDirection": "asc"},
    sensitive_params=frozenset({"search"}),
    sanitize=_drop_bank_details,
)
CUSTOMERS_WITH_PAYOUT = replace(
    CUSTOMERS, record=CustomerWithPayout, sanitize=None, uncacheable_part="bank details (payout=True)"
)


def _encode_list(values: list[Any]) -> list[str]:
    return [str(value) for value in values]


_encode_time = partial(filters.encode_datetime, timespec="milliseconds")
FILTERS: Filters = {
    "types": filters.choices("types", TYPES, filters.has_other_value("type", TYPES), encode=_encode_list),
    "search": filters.text(
        "search", filters.lacks_words("id", "name", "external_id", "owner_id", "owner_name", "cpo_id", "cpo_name")
    ),
    "customer_ids": filters.ids("customerIds", filters.has_other_id("id"), encode=_encode_list),
    "created_at_from": filters.time("createdAtFrom", filters.is_before("created_at"), encode=_encode_time),
    "created_at_to": filters.time("createdAtTo", filters.is_after("created_at"), encode=_encode_time),
    "updated_at_from": filters.time("updatedAtFrom", filters.is_before("updated_at"), encode=_encode_time),
    "updated_at_to": filters.time("updatedAtTo", filters.is_after("updated_at"), encode=_encode_time),
}


@checks_arguments
def customers(
    *,
    types: Types = None,
    search: str | None = None,
    customer_ids: Ids = None,
    created_at_from: DateLike = None,
    created_at_to: DateLike = None,
    updated_at_from: DateLike = None,
    updated_at_to: DateLike = None,
    with_type: bool = False,
    payout: bool = False,
    refresh: bool = False,
    progress: bool | None = None,
    params: Params = None,
    extra_columns: bool = False,
) -> Frame:
    """Load the customers that the credential is allowed to see.

    Parameters
    ----------
    types : str or iterable of str, optional
        Only customers of these types: Private, Business, CPO, CPOSubsidiary (query parameter ``types``). Each
        type is requested separately, since responses do not always contain it.
    search : str, optional
        Only customers whose name, id or external id contains this text (``search``).
    customer_ids : int or iterable of int, optional
        Only these customers (``customerIds``).
    created_at_from, created_at_to, updated_at_from, updated_at_to : str, date or datetime, optional
        Only customers created, or last updated, from or until this time; naive values are taken as UTC
        (``createdAtFrom``, ``createdAtTo``, ``updatedAtFrom``, ``updatedAtTo``).
    with_type : bool, default False
        Find the type of every customer even if the service does not send it, by requesting the whole list and
        the list of each type.
    payout : bool, default False
        Add the bank details. These are never cached, so that each such load sends requests.
    refresh : bool, default False
        Load from the service instead of the cache, which keeps a load for one hour.
    progress : bool, optional
        Show a progress bar; by default in a terminal and in a notebook.
    params : dict, optional
        Query parameters without an argument of their own, such as ``{"cpoId": 7}``.
    extra_columns : bool, default False
        Add what the service sent beyond the schema.

    Returns
    -------
    DataFrame
        One row per customer: id (int64), name (str), type (category; NA where the service does not send it
        and neither ``types`` nor ``with_type`` is used), external_id, country (str), owner_id (Int64),
        owner_name (str), cpo_id (Int64), cpo_name (str), location_count (Int64), locations (lists of int),
        contact_name, contact_email, contact_phone, payment_method, invoice_format, invoice_email, vat_number,
        gln, address, city, zip_code, language, currency, charge_key_document_aggregation,
        charge_key_line_aggregation, company_car_reimbursement_method (str), created_at, updated_at
        (datetime64[us, UTC]); with ``payout=True`` also iban, swift_code, bank_account_holder_name,
        bank_registration_number, bank_account (str).

    Raises
    ------
    UnexpectedResponse
        The response is not what the service documents, or the service ignored a filter; timestamps are
        compared with a tolerance of one day.
    InvalidArgument, NotConnected, AuthenticationError, PermissionDenied, RateLimited, ServiceError,
    IncompleteLoad
        See ``pmframes.errors``.

    Notes
    -----
    https://docs.spirii.com/api-reference/customer-v2/get-v2customers. That page does not name the filters by
    owner and operator: pass them in ``params``, and check the result. Which customers are listed depends on
    the place of the account in the tree of owners; there is no error for customers that it cannot see.
    """
    _validation.parse_bool("payout", payout)
    _validation.parse_bool("with_type", with_type)
    resource = CUSTOMERS_WITH_PAYOUT if payout else CUSTOMERS
    arguments = {
        "types": types, "search": search, "customer_ids": customer_ids, "created_at_from": created_at_from,
        "created_at_to": created_at_to, "updated_at_from": updated_at_from, "updated_at_to": updated_at_to,
    }  # fmt: skip
    plan = build_plan(resource, Options(refresh, progress, params, extra_columns), FILTERS, arguments)
    if types is not None:
        listings = [_type_listing(resource, type_) for type_ in plan.arguments.values["types"]]
        plan = replace(plan, listings=listings, postprocess=[partial(_require_one_type, resource)])
    elif with_type:
        if "types" in (params or {}):
            raise _messages.param_twice("types")
        plan = plan_with_type(plan)
    return run(plan)


def plan_with_type(plan: LoadPlan) -> LoadPlan:
    """Add the list of each type to a load of the whole list."""
    listings = [plan.resource.listing, *(_type_listing(plan.resource, type_) for type_ in TYPES)]
    return replace(plan, listings=listings, postprocess=[partial(_join_types, plan.resource)])


def _type_listing(resource: Resource, type_: str) -> Listing:
    label = f"{resource.title} of type {type_}"
    return Listing(resource.path, label, {"type": type_}, {"types": [type_]})


def _require_one_type(resource: Resource, frame: pd.DataFrame, objects: Included) -> pd.DataFrame:
    """Return the frame unless a customer is in the lists of several types."""
    if count := int(frame["id"].duplicated().sum()):
        raise filters.filter_ignored(resource.title, "types", count, len(frame))
    return frame


def _join_types(resource: Resource, frame: pd.DataFrame, objects: Included) -> pd.DataFrame:
    """Join the whole list, which comes first, with the lists of the types."""
    is_repeated = frame["id"].duplicated()
    typed = _require_one_type(resource, frame[is_repeated], objects)
    types = dict(zip(typed["id"], typed["type"], strict=True))
    whole = frame[~is_repeated].reset_index(drop=True)
    whole["type"] = whole["type"].fillna(whole["id"].map(types).astype(frame["type"].dtype))
    return whole
