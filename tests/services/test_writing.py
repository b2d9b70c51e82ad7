"""Writes of single rows at the sandbox: what the service has afterwards, what the cache forgets, what is refused."""

from typing import Any

import pandas as pd
import pytest

import pmframes as pm
from pmframes._writers.journal import data_folder
from pmframes.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")
NOBODY = "8f14e45f-ceea-467f-a1d2-0000000000ff"
NAMES = ["Ålborg & Sons", "日本電力", "O'Neill 🌿", "<img src=x>", '=HYPERLINK("x")', "007", "NA", " spaced "]
NEW = {"name": "Ada", "type": "Private", "country": "DK", "contact_details": {"name": "Ada", "email": "a@example.com"}}


def connected(box: Sandbox) -> Sandbox:
    for service in ("projectmanager", "outlign", "spirii"):
        pm.connect(service, url=box.url(service), token=box.token(service), requests_per_minute=100_000)
    return box


@pytest.fixture(scope="module")
def box():
    with Sandbox(people=20) as box:
        yield box


@pytest.fixture
def services(box) -> Sandbox:
    """The sandbox, connected; each test writes rows of its own."""
    return connected(box)


def row_of(frame: pd.DataFrame, id_: Any) -> dict[str, Any]:
    (row,) = frame[frame["id"] == id_].to_dict("records")
    return row


def test_a_customer_of_projectmanager_is_created_renamed_and_deleted(services):
    before = pm.projectmanager.customers()
    created = pm.projectmanager.create_customer("Ada")
    (id_,) = created["id"]
    assert created.dtypes.equals(before.dtypes)
    assert row_of(pm.projectmanager.customers(), id_) == {"id": id_, "name": "Ada"}
    for name in NAMES:
        assert pm.projectmanager.update_customer(id_, name).to_dict("records") == [{"id": id_, "name": name}]
        assert row_of(pm.projectmanager.customers(), id_)["name"] == name
    gone = pm.projectmanager.delete_customer(id_)
    assert gone.empty
    assert gone.dtypes.equals(before.dtypes)
    assert pm.projectmanager.customers()["id"].tolist() == before["id"].tolist()


def test_a_client_of_outlign_is_created_renamed_and_deleted(services):
    before = pm.outlign.clients()
    company = pm.outlign.companies().iloc[0]
    created = pm.outlign.create_client("Ada", int(company["id"]))
    (id_,) = created["id"]
    assert created.dtypes.equals(before.dtypes)
    for name in [name.strip() for name in NAMES]:  # the service trims
        updated = pm.outlign.update_client(id_, name)
        assert updated[["title", "company_id", "company_title"]].to_numpy().tolist() == [
            [name, company["id"], company["title"]]
        ]
        assert row_of(pm.outlign.clients(), id_)["title"] == name
    assert pm.outlign.delete_client(id_).dtypes.equals(before.dtypes)
    assert sorted(pm.outlign.clients()["id"]) == sorted(before["id"])


def test_an_update_at_outlign_that_cannot_be_loaded_again_is_no_error(services):
    id_ = int(pm.outlign.clients()["id"].iloc[0])
    with (
        services.fault("outlign", "status", value=403, path=f"/api/v1/clients/{id_}", after=1),
        pytest.warns(UserWarning, match=rf"^Client {id_} was updated, but could not be loaded again"),
    ):
        updated = pm.outlign.update_client(id_, "Ada")
    assert updated["title"].tolist() == ["Ada"]


def test_a_customer_of_spirii_is_created_and_updated(services):
    owner = int(pm.spirii.customers()["id"].iloc[0])
    created = pm.spirii.create_customer(
        **NEW, owner_id=owner, external_id="0042", billing_details={"vatNumber": "007", "city": "Aarhus"},
        payout_information={"iban": "DK5000400440116243"}, financial_setup={"currency": "EUR"},
        billing_settings={"chargeKeyLineAggregation": "location"},
    )  # fmt: skip
    (id_,) = created["id"]
    assert "iban" not in created
    assert created[["owner_id", "external_id", "vat_number", "contact_email"]].to_numpy().tolist() == [
        [owner, "0042", "007", "a@example.com"]
    ]
    assert row_of(pm.spirii.customers(payout=True), id_)["iban"] == "DK5000400440116243"
    pm.spirii.update_customer(id_, name="Bo", external_id=None, financial_setup=None)
    row = row_of(pm.spirii.customers(), id_)
    assert [row[name] for name in ("name", "country", "contact_name")] == ["Bo", "DK", "Ada"]
    assert pd.isna([row[name] for name in ("external_id", "currency")]).all()


@pytest.mark.parametrize(("versions", "city"), [([], "Aarhus"), (["replaced-objects"], "")])
def test_a_nested_object_is_sent_whole_and_a_plan_changes_none(versions, city):
    """Whether the rest of an object would be kept is not documented: the sandbox does both."""
    with Sandbox(people=20, api_versions={"spirii": versions}) as box:
        connected(box)
        owner = int(pm.spirii.customers()["id"].iloc[0])
        created = pm.spirii.create_customer(**NEW, owner_id=owner, billing_details={"vatNumber": "1", "city": "Aarhus"})
        updated = pm.spirii.update_customer(int(created["id"].iloc[0]), billing_details={"vatNumber": "2"})
        assert updated["vat_number"].tolist() == ["2"]
        assert updated["city"].fillna("").tolist() == [city]
        before = pm.spirii.customers()
        edited = before.copy()
        edited.loc[edited.index[-1], ["name", "external_id"]] = ["Cy", "77"]
        pm.plan(before, edited).apply(confirm=2)
        now = row_of(pm.spirii.customers(), created["id"].iloc[0])
        assert [now["name"], now["external_id"], now["vat_number"]] == ["Cy", "77", "2"]
        with pytest.raises(pm.errors.InvalidArgument, match=r"^after changes vat_number, which cannot be updated"):
            pm.plan(before, before.assign(vat_number="9"))


def test_a_type_is_planned_where_it_was_loaded(services):
    untyped = pm.spirii.customers()
    with pytest.raises(pm.errors.InvalidArgument, match=r"^after has type, which before was .*with_type=True"):
        pm.plan(untyped, untyped.assign(type="Business"))
    before = pm.spirii.customers(with_type=True)
    at = before.index[before["type"] == "Private"][0]
    edited = before.copy()
    edited.loc[at, "type"] = "Business"
    assert pm.plan(before, edited).apply(confirm=1)["result"].tolist() == ["done"]
    assert row_of(pm.spirii.customers(with_type=True, refresh=True), before["id"][at])["type"] == "Business"


REFUSED = [
    (lambda: pm.projectmanager.update_customer(NOBODY, "x"), pm.errors.NotFound, f"does not know customer {NOBODY}"),
    (lambda: pm.projectmanager.delete_customer(NOBODY), pm.errors.NotFound, f"does not know customer {NOBODY}"),
    (lambda: pm.outlign.create_client("x", 999_999), pm.errors.ServiceError, "The selected company id is invalid"),
    (lambda: pm.outlign.create_client("x" * 256, 1), pm.errors.ServiceError, "must not be greater than 255"),
    (lambda: pm.outlign.update_client(999_999, "x"), pm.errors.NotFound, "does not know client 999999"),
    (lambda: pm.spirii.update_customer(999_999, name="x"), pm.errors.NotFound, "does not know customer 999999"),
    (lambda: pm.spirii.create_customer(**NEW, owner_id=999_999), pm.errors.ServiceError, "ownerId must be the id"),
    (lambda: pm.spirii.create_customer(**NEW | {"name": "x" * 81}, owner_id=1), pm.errors.InvalidArgument, "^name is"),
    (lambda: pm.spirii.create_customer(**NEW | {"country": "DNK"}, owner_id=1), pm.errors.InvalidArgument, "^country"),
    (lambda: pm.spirii.update_customer(1), pm.errors.InvalidArgument, "^There is nothing to update. Pass one of: name"),
    (
        lambda: pm.spirii.update_customer(1, billing_details={"vat_number": "x"}), pm.errors.InvalidArgument,
        "^billing_details has a key that the service does not document. Did you mean 'vatNumber'",
    ),
    (
        lambda: pm.spirii.update_customer(1, payout_information={"iban": 5000400440116243}),
        pm.errors.InvalidArgument, "^payout_information: iban is not a text. Pass a text",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_wrong_is_refused_with_its_reason(call, kind, message, services):
    with pytest.raises(kind, match=message):
        call()


def test_a_write_forgets_what_the_cache_holds_of_its_resource_and_account_alone(services, box):
    loads = {
        "customers": pm.projectmanager.customers, "roles": pm.projectmanager.roles, "clients": pm.outlign.clients,
    }  # fmt: skip
    for load in loads.values():
        load()
    pm.connect("projectmanager", url=box.url("projectmanager"), token=box.token("projectmanager"), account="other")
    pm.projectmanager.customers()
    pm.projectmanager.create_customer("Ada")
    held = pm.cache.info()
    assert sorted(held["resource"]) == ["clients", "customers", "roles"]
    assert "other" not in held.loc[held["resource"] == "customers", "account"].tolist()


def test_no_bank_detail_comes_into_a_journal(services):
    before = pm.spirii.customers(payout=True)
    at = before.index[before["iban"].notna()][0]
    edited = before.copy()
    edited.loc[at, "name"] = "Renamed"
    edited.loc[at, "iban"] = None
    with services.fault("spirii", "status", value=422, after=7), pytest.warns(UserWarning, match="stopped at"):
        pm.plan(before, edited).apply(confirm=1)
    (path,) = data_folder().glob("*.jsonl")
    assert "Renamed" in path.read_text()
    assert before["iban"][at] not in path.read_text()
    edited.loc[at, "iban"] = "DK1"
    with pytest.raises(pm.errors.InvalidArgument, match=r"^after changes iban, which cannot be updated"):
        pm.plan(before, edited)
