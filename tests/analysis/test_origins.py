"""Frames of another kind are refused, by their provenance, else by columns that only the other kind has."""

from itertools import product

import pandas as pd
import pytest

from pmframes import errors, report
from tests.support import frames, reviews

# Hand-made, with the columns and the provenance of a loader.
RESOURCES = frames.stamp(
    pd.DataFrame({"id": ["u1"], "name": ["Ada"], "role_id": ["r1"], "approver_id": ["u2"], "is_active": [True]}),
    "projectmanager",
    "resources",
)
COMPANIES = frames.stamp(
    pd.DataFrame({"id": [1], "name": ["Acme"], "is_owner": [True], "country_code": ["DK"]}), "teamwork", "companies"
)
KINDS = {
    "people": frames.people(),
    "permissions": frames.permissions(),
    "roles": frames.roles(),
    "projects": frames.projects(),
    "clients": frames.clients(),
    "customers of ProjectManager": frames.plain_customers(),
    "customers of Spirii": frames.operated_customers(),
    "portfolio": frames.portfolio(),
    "resources": RESOURCES,
    "companies": COMPANIES,
}
CUSTOMERS = {"clients", "customers of ProjectManager", "customers of Spirii", "portfolio"}
FUNCTIONS = {
    "people_by_type": (report.people_by_type, {"people", "permissions"}),
    "people_by_permission": (report.people_by_permission, {"permissions"}),
    "roles_by_permission": (report.roles_by_permission, {"roles"}),
    "role_differences": (lambda frame: report.role_differences(frame, "Admin", "Guest"), {"roles"}),
    "projects_by_customer": (report.projects_by_customer, {"projects"}),
    "customers_by_company": (report.customers_by_company, CUSTOMERS),
    "customers_by_operator": (report.customers_by_operator, {"customers of Spirii"}),
    "customer_portfolio": (report.customer_portfolio, CUSTOMERS),
    "findings": (report.findings, {"people"}),
    "findings(roles=)": (lambda frame: report.findings(reviews.people({}), roles=frame), {"roles"}),
    "access_review": (report.access_review, {"people"}),
}
NOT_RECOGNISABLE = {"customers of ProjectManager"}


@pytest.mark.parametrize(("function", "kind"), [*product(FUNCTIONS, KINDS)])
def test_only_frames_of_the_kind_are_taken(function, kind):
    call, accepted = FUNCTIONS[function]
    if kind in accepted:
        if function != "findings(roles=)":
            call(KINDS[kind])
        return
    with pytest.raises(
        errors.InvalidArgument, match=r"was given a frame of .*Pass the frame that pm\.|lacks the columns"
    ):
        call(KINDS[kind])
    plain = KINDS[kind].copy()
    plain.attrs = {}
    if kind not in NOT_RECOGNISABLE:
        with pytest.raises(errors.InvalidArgument):
            call(plain)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: report.roles_by_permission(frames.people()), "roles was given a frame of people"),
        (lambda: report.customers_by_company(frames.people()), "customers was given a frame of people"),
        (lambda: report.findings(frames.plain_customers()), "people was given a frame of customers of ProjectManager"),
        (lambda: report.access_review(frames.clients()), r"use .* or pm\.report\.customer_portfolio"),
        (lambda: report.roles_by_permission(RESOURCES), "roles was given a frame of resources"),
        # A review takes no permissions as people, so it suggests none.
        (
            lambda: report.access_review(pd.DataFrame({"id": [1], "name": ["Acme"]})),
            r"people lacks the columns: type, is_admin, .*Pass the frame that pm\.teamwork\.people returns",
        ),
    ],
)
def test_the_error_names_what_was_given_and_what_is_needed(call, message):
    with pytest.raises(errors.InvalidArgument, match=message):
        call()


def test_plain_and_joined_frames_are_taken():
    roles = pd.DataFrame({"id": ["r"], "name": ["Clerk"], "edit_users": [True]})
    assert report.roles_by_permission(roles).index.tolist() == ["edit_users"]
    joined = frames.people().assign(customer_id="1", customer_name="Acme")
    joined.attrs = {"pmframes": {"sources": [frames.people().attrs["pmframes"], frames.projects().attrs["pmframes"]]}}
    assert report.people_by_type(joined)["people"].sum() == 8
