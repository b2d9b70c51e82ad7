"""What no summary can count is refused in words, not by an error of pandas."""

import pandas as pd
import pytest

from pmframes import plot, report
from pmframes.errors import InvalidArgument
from tests.support import frames, reviews

SUMMARIES = [
    (report.people_by_type, frames.people()),
    (report.people_by_permission, frames.permissions()),
    (report.roles_by_permission, frames.roles()),
    (report.customers_by_company, frames.clients()),
    (report.customers_by_operator, frames.operated_customers()),
    (report.projects_by_customer, frames.projects()),
    (plot.people_by_type, frames.people()),
    (report.access_review, reviews.people({})),
    (report.customer_portfolio, frames.clients()),
]


@pytest.mark.parametrize(("summary", "frame"), SUMMARIES)
def test_columns_of_one_name(summary, frame):
    with pytest.raises(InvalidArgument, match="repeats: "):
        summary(pd.concat([frame, frame], axis=1))


@pytest.mark.parametrize("values", ["nonsense", 1_700_000_000, True])
def test_times_that_are_none(values):
    with pytest.raises(InvalidArgument, match="column of times"):
        report.customers_by_company(frames.clients().assign(created_at=values))


def test_times_that_are_all_missing_are_fine():
    table = report.customers_by_company(frames.clients().assign(created_at=float("nan")))
    assert table["first_created"].isna().all()


@pytest.mark.parametrize("given", [{"name": 3}, {"rationale": None}])
def test_a_rule_without_a_name_or_a_reason(given):
    texts = {"name": "mine", "rationale": "Why not.", **given}
    with pytest.raises(InvalidArgument, match="Pass a string"):
        report.Rule(severity="low", frame="people", columns=(), predicate=lambda people: [], **texts)


def test_flags_that_are_text_are_said_to_be_wrong():
    with pytest.raises(InvalidArgument, match="need boolean columns as a loader returns them, not text"):
        report.findings(reviews.people({}).assign(is_admin="true"))
