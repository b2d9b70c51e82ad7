"""Provenance in any form, as another program may write it: shown as far as it can be read, or refused."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pmframes as pm
from pmframes import errors
from pmframes._explorer import exports, words
from pmframes.report import Report
from tests.support.frames import people, stamp

NESTED: list[Any] = []
for _ in range(200):
    NESTED = [NESTED]


class _Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError

    __bool__ = __str__ = __eq__ = __repr__
    __hash__ = None


VALUES = {
    "none": None,
    "empty": "",
    "yes": "yes",
    "surrogate": "\ud800",
    "nan": float("nan"),
    "time": pd.Timestamp("2026-03-01"),
    "negative": -1,
    "huge": 10**5000,
    "list": ["x", None, {"y": 1}],
    "nested": NESTED,
    "dict": {"x": ["y"]},
    "keys": {1: 2, None: [3]},
    "NA": pd.NA,
    "array": np.array([1, 2]),
    "bytes": b"x",
    "object": _Unprintable(),
}
FIELDS = (
    *("service", "resource", "account", "params", "fetched_at", "cached"),
    *("requests", "rows", "complete", "fictional", "version", "other"),
)
FORMS: dict[str, Callable[[dict[str, Any], Any], Any]] = {
    "all of it": lambda entry, value: value,
    "sources": lambda entry, value: {"sources": value},
    "a source": lambda entry, value: {"sources": [value, entry]},
    "two sources": lambda entry, value: {"sources": [{**entry, "params": value}, {**entry, "rows": value}]},
    "projects": lambda entry, value: entry | {"params": {"projects": value}},
    "last login": lambda entry, value: entry | {"params": {"lastLoginAfter": value}},
    "not checked": lambda entry, value: {"sources": [entry], "not_checked": value},
    **{name: lambda entry, value, name=name: entry | {name: value} for name in FIELDS},
}
every_form = pytest.mark.parametrize("form", FORMS)


def _people(form: str = "", value: str = "") -> pd.DataFrame:
    frame = stamp(people(), "teamwork", "people", account="one")
    if form:
        frame.attrs["pmframes"] = FORMS[form](frame.attrs["pmframes"], VALUES[value])
    return frame


@every_form
def test_is_shown_as_far_as_it_can_be_read(form, tmp_path):
    report = Report("Odd").add_table(_people(), "People")
    for value in VALUES:
        frame = _people(form, value)
        assert str(frame.pm.source).encode()
        assert frame.pm.source._repr_html_().encode()
        assert words.origin(frame).isprintable()
        report = report.add_table(frame.pm.summary(), value)
    assert report.to_html(tmp_path / "odd.html").stat().st_size
    assert report.to_excel(tmp_path / "odd.xlsx").stat().st_size


@every_form
def test_charts_and_exports_show_it(form):
    frame = _people(form, "object")
    axes = frame.pm.plot()
    assert Report("Odd").add_figure(axes, "Drawn")._repr_html_()
    axes.get_figure().clear()
    assert exports.KINDS["Excel"][1](frame)


@every_form
def test_is_compared_or_refused(form):
    for value in VALUES:
        frame = _people(form, value)
        for compare in (
            partial(pm.report.changes, _people(), frame),
            partial(pm.report.findings, frame),
            partial(pm.report.findings, _people(), logged_in=frame),
        ):
            with suppress(errors.InvalidArgument):
                compare()
    with suppress(errors.InvalidArgument):
        pm.report.access_review(_people(), before=_people(form, "array"))


def test_of_a_later_form_is_refused_with_a_reason():
    with pytest.raises(errors.InvalidArgument, match="before has provenance in an unknown format"):
        pm.report.changes(_people("projects", "dict"), _people())


@pytest.mark.parametrize("value", VALUES)
def test_findings_of_any_form_are_added_to_a_report(value):
    findings = pm.report.findings(_people())
    findings.attrs["pmframes"] = FORMS["not checked"]({}, VALUES[value])
    assert Report("Odd").add_findings(findings)
    findings.attrs["pmframes"] = VALUES[value]
    assert Report("Odd").add_findings(findings)


def test_a_text_for_yes_or_no_is_understood(tmp_path):
    frame = _people()
    frame.attrs["pmframes"] |= {"complete": "yes", "fictional": "no"}
    page = Report("Odd").add_table(frame, "People").to_html(tmp_path / "odd.html").read_text("utf-8")
    assert "Fictional data" not in page
    assert "complete" in str(frame.pm.source)


def test_a_mark_of_fictional_data_in_another_form_counts():
    assert "Fictional data from the pmframes sandbox." in str(_people("fictional", "list").pm.source)
