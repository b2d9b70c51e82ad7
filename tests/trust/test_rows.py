"""What is inside the rows: nulls, what is unknown or missing, and text of every kind. All made by hand."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import pmframes as pm

from .services import BY_NAME, ONE_EACH, Case, changed, honest, start
from .wire import reply

TEXT_OF = {
    "teamwork": ("lastName", "last_name"),
    "projectmanager": ("name", "name"),
    "outlign": ("title", "title"),
    "spirii": ("name", "name"),
}
IDS = {"id"}
# What is tried here is peculiar to each service; tests/loading has what holds for every loader.
SHAPES = (*ONE_EACH, BY_NAME["teamwork.people-of-the-site"], BY_NAME["projectmanager.roles"])


@pytest.fixture(params=SHAPES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    """Each shape of a row, in turn."""
    return request.param


def _dtypes_hold(case: Case, frame: pd.DataFrame) -> None:
    """The declared columns in their order, each of a dtype that the design allows."""
    assert list(frame.columns) == list(case.columns)
    for name, allowed in case.columns.items():
        assert str(frame[name].dtype) in (allowed if isinstance(allowed, tuple) else (allowed,)), name


@pytest.mark.parametrize("number", [0, 1, 2])
def test_few_rows(number, case, wire):
    start(case, wire, honest(case, case.rows(number)))
    frame = case.load()
    assert frame[case.id_column].tolist() == case.keys(number)
    _dtypes_hold(case, frame)


# A company, or an owner, that is not there

COMPANIES: dict[str, tuple[str, str, list[Callable[[dict[str, Any]], Any]]]] = {
    "teamwork": (
        "company_id",
        "company_name",
        [
            lambda row: row.update(company=None, companyId=None),
            lambda row: (row.pop("company"), row.pop("companyId")),
            lambda row: row.update(company={"id": 0, "type": "companies"}, companyId=0),
            lambda row: row.update(company={}, companyId=""),
        ],
    ),
    "outlign": (
        "company_id",
        "company_title",
        [
            lambda row: row.update(company=None),
            lambda row: row.pop("company"),
            lambda row: row.update(company={"id": 0, "title": ""}),
            lambda row: row.update(company={}, company_id=None),
        ],
    ),
    "spirii": (
        "owner_id",
        "owner_name",
        [
            lambda row: row.update(owner=None),
            lambda row: row.pop("owner"),
            lambda row: row.update(owner={"id": 0, "name": ""}),
            lambda row: row.update(owner={}),
        ],
    ),
}
WITH_COMPANIES = [case.name for case in SHAPES if case.service in COMPANIES]


@pytest.mark.parametrize("name", WITH_COMPANIES)
@pytest.mark.parametrize("which", [0, 1, 2, 3], ids=["null", "absent", "zero", "empty"])
def test_a_company_that_is_not_there_is_missing(which, name, wire):
    case = BY_NAME[name]
    number, title, changes = COMPANIES[case.service]
    rows = case.rows(3)
    changes[which](rows[1])
    start(case, wire, honest(case, rows))
    frame = case.load()
    _dtypes_hold(case, frame)
    for column in (number, title):
        assert frame[column].isna().tolist() == [False, True, False], column
    known = {"teamwork": (7, "Acme"), "outlign": (456, "Design Studio Inc"), "spirii": (234, "Company Inc.")}
    assert (frame[number].iloc[2], frame[title].iloc[2]) == known[case.service]


# Fields and values that the documents do not know

UNKNOWN = [7, "text", None, True, 0.5, [], [1, {"a": []}], {}, {"id": 1, "deep": {"er": [None]}}]


def test_unknown_fields_change_nothing(case, wire):
    rows = case.rows(len(UNKNOWN))
    start(case, wire, honest(case, rows))
    expected = case.load()

    def add(body: dict[str, Any]) -> None:
        body |= {f"brandNew{at}": value for at, value in enumerate(UNKNOWN)}
        for row, value in zip(body.get("people", body.get("data")), UNKNOWN, strict=True):
            row["brandNew"] = value

    start(case, wire, changed(honest(case, rows), add))
    pd.testing.assert_frame_equal(case.load(refresh=True), expected)


def test_rows_of_nothing_but_an_id(case, wire):
    start(case, wire, honest(case, [{"id": key} for key in case.keys(2)]))
    frame = case.load()
    assert frame[case.id_column].tolist() == case.keys(2)
    _dtypes_hold(case, frame)
    filled = {
        name for name in frame if name not in {"id", "project_id", "project_name"} and frame[name].dtype != object
    }
    assert {name for name in filled if frame[name].notna().any()} <= {"location_count"}
    assert all(held == [] for name in frame if frame[name].dtype == object for held in frame[name])


@pytest.mark.parametrize("lost", ["absent", None])
def test_each_field_may_be_missing(lost, case, wire):
    """Row n lacks its n-th field; the others are as they were."""
    fields = [name for name in case.row(1) if name != "id"]
    rows = case.rows(len(fields))
    for row, name in zip(rows, fields, strict=True):
        if lost is None:
            row[name] = None
        else:
            del row[name]
    start(case, wire, honest(case, rows))
    frame = case.load()
    assert frame[case.id_column].tolist() == case.keys(len(fields))
    _dtypes_hold(case, frame)
    text = TEXT_OF[case.service]
    assert frame[text[1]].isna().sum() == 1
    assert frame[text[1]].isna().to_numpy()[fields.index(text[0])]


@pytest.mark.parametrize("lost", ["absent", None, ""])
def test_a_missing_id_is_refused(lost, case, wire):
    rows = case.rows(3)
    rows[1]["id"] = lost
    if lost == "absent":
        del rows[1]["id"]
    start(case, wire, honest(case, rows))
    with pytest.raises(pm.errors.UnexpectedResponse, match="id"):
        case.load()
    assert pm.cache.info().empty


CLOSED_LISTS = [("teamwork.people", "type"), ("teamwork.people-of-the-site", "type"), ("spirii.customers", "type")]


@pytest.mark.parametrize(("name", "sent"), CLOSED_LISTS)
@pytest.mark.parametrize("value", ["robot", "ACCOUNT", "日本", "<b>", "=1+1", " "])
def test_an_unknown_value_of_a_closed_list_is_kept(value, name, sent, wire):
    case = BY_NAME[name]
    rows = case.rows(3)
    usual = rows[0][sent]
    rows[1][sent] = value
    start(case, wire, honest(case, rows))
    frame = case.load()
    _dtypes_hold(case, frame)
    assert frame["type"].tolist() in ([usual, value, usual], [usual, value.strip() or pd.NA, usual])


def test_an_unknown_status_code_of_projectmanager_is_no_failure(wire):
    case = BY_NAME["projectmanager.customers"]
    start(case, wire, changed(honest(case, case.rows(2)), lambda body: body.update(statusCode="ImATeapot")))
    assert case.load()[case.id_column].tolist() == case.keys(2)


# Text

TEXTS = [
    "Ærøskøbing – Ñandú",
    "株式会社サンプル",
    "中文姓名 한국어",
    "שלום עולם",
    "مرحبا بالعالم",
    "left \u202eright\u202c",
    "e\u0301 is not \u00e9",
    "👩🏽\u200d💻 🇩🇰",
    'O\'Brien "the" <img src=x onerror=alert(1)> & co',
    '=HYPERLINK("http://x")',
    "$x^$ _under",
    "line\nfeed\ttab",
    "nul \x00 inside",
    "\U0010ffff",
    "0012",
    "null",
    "NaN",
    "x" * 100_000,
]


@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "as it is"])
def test_text_comes_as_it_was_sent(escaped, case, wire):
    sent, column = TEXT_OF[case.service]
    rows = case.rows(len(TEXTS))
    for row, text in zip(rows, TEXTS, strict=True):
        row[sent] = text
    start(case, wire, reply(json.dumps(case.body(rows), ensure_ascii=escaped).encode()))
    for _ in range(2):
        frame = case.load()
        assert frame[column].tolist() == TEXTS
        _dtypes_hold(case, frame)
    assert frame.attrs["pmframes"]["cached"] is True
