"""Frames for the reports: from the sandbox, loaded once, and by hand."""

from dataclasses import dataclass

import pandas as pd

import pmframes as pm
from tests.support import frames, reviews

PROJECT = 480101
EVERYONE = {"show_deleted": True, "include_service_accounts": True}


@dataclass(frozen=True)
class Loaded:
    """What a review and a portfolio are made from."""

    site: pd.DataFrame
    people: pd.DataFrame
    few: pd.DataFrame
    members: pd.DataFrame
    logged_in: pd.DataFrame
    roles: pd.DataFrame
    customers: pd.DataFrame
    clients: pd.DataFrame


def load(people: int = 200) -> Loaded:
    """Load from a sandbox; ``few`` are the members without deleted people and service accounts."""
    with pm.demo(people=people):
        asked = {**EVERYONE, "include_placeholders": True}
        return Loaded(
            site=pm.teamwork.people(**asked), people=pm.teamwork.people(PROJECT, **asked),
            few=pm.teamwork.permissions(PROJECT), members=pm.teamwork.permissions(PROJECT, **EVERYONE),
            logged_in=pm.teamwork.people(**asked, last_login_after="2026-03-01"), roles=pm.projectmanager.roles(),
            customers=pm.customers(), clients=pm.outlign.clients(),
        )  # fmt: skip


def later(people: pd.DataFrame) -> pd.DataFrame:
    """Give people as they are a while later: the first left, one joined, one became an administrator."""
    changed = people.iloc[1:].reset_index(drop=True)
    changed.loc[1, "is_admin"] = not changed.loc[1, "is_admin"]
    new = changed.iloc[:1].assign(id=999_999, name="Newly Come")
    after = pd.concat([changed, new], ignore_index=True)
    after.attrs = {"pmframes": {**people.attrs["pmframes"], "rows": len(after)}}
    return after


def hostile_people() -> pd.DataFrame:
    """Make a person for each awkward text, which is in every column that can hold it."""
    rows = [
        {
            "id": place,
            "name": text,
            "email": text,
            "company_name": text,
            "project_name": text,
            "is_admin": True,
            "is_service_account": True,
        }
        for place, text in enumerate(frames.AWKWARD, 1)
    ]
    return reviews.people(*rows)


def hostile_members() -> pd.DataFrame:
    rows = [
        {"person_id": place, "name": text, "company_name": text, "project_name": text}
        for place, text in enumerate(frames.AWKWARD, 1)
    ]
    found = reviews.members(*rows)
    return found.assign(**{text: pd.array([True] * len(found), "boolean") for text in frames.AWKWARD})


def hostile_roles() -> pd.DataFrame:
    count = len(frames.AWKWARD)
    found = frames.roles(list(frames.AWKWARD), list(frames.AWKWARD), [[True] * count] * count)
    found.attrs["permissions"] = {one: {"description": one, "fixed": [one]} for one in frames.AWKWARD}
    return found
