"""The same results under every option of pandas that a user can set."""

import warnings

import pandas as pd
import pytest

from pmframes._analysis.comparison import compare, severities
from pmframes.report import access_review, customers_by_company, findings, people_by_type
from tests.support import frames, reviews
from tests.support.report_text import read

OPTIONS = [
    ("future.infer_string", False),
    ("mode.string_storage", "python"),
    ("mode.copy_on_write", True),
    ("mode.sim_interactive", True),
    ("display.max_rows", 1),
    ("display.max_colwidth", 3),
    ("display.precision", 0),
    ("display.float_format", "{:.0f}".format),
    ("compute.use_numexpr", False),
]


PEOPLE = reviews.people({}, {"id": 2, "name": None}, {"id": 3})
MEMBERS = reviews.members({}, {"person_id": 3, "name": None})
CLIENTS = frames.clients(((1, "Acme"), (2, None), (None, None)))


def results(folder):
    """Give results of frames whose texts are missing in part; some columns are inferred under the option."""
    people = PEOPLE.assign(email=pd.Series([None, None, "a@x.de"]), company_name=pd.Series([None, "A", None]))
    plain = people.astype({"type": object})
    report = read(access_review(people, MEMBERS), folder)
    changed = compare(people, people.assign(company_name=pd.Series(["A", None, None])))
    companies = customers_by_company(CLIENTS.assign(company_title=pd.Series(["Acme", None, None])))
    return [
        findings(people).astype(object).fillna("missing").to_dict("records"),
        people_by_type(people, by="company_name").to_dict(),
        people_by_type(people, by="email").to_dict(),
        people_by_type(plain).to_dict(),
        changed.astype(object).fillna("missing").to_dict("records"),
        severities(changed).tolist(),
        companies.astype(object).fillna("missing").to_dict("records"),
        [table.rows for table in report.tables],
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("option", "value"), OPTIONS, ids=[name for name, _ in OPTIONS])
def test_results_are_the_same(option, value, tmp_path):
    expected = results(tmp_path)
    with warnings.catch_warnings():
        # Some of the options are deprecated, and can be set nevertheless.
        warnings.simplefilter("ignore")
        with pd.option_context(option, value):
            found = results(tmp_path)
    assert found == expected
    assert not {"nan", "None", "<NA>"} & set(str(found).replace("'", " ").replace("(", " ").split())
