"""Frames that no loader gives, but people have: whatever is offered works, and keeps the rows that it counts."""

import contextlib
import json
from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

import pmframes as pm
from tests.support.explorer_frames import people, permissions
from tests.support.frames import in_arrow, many_roles

from .page import Page


def times(*values: str | None, unit: str = "ns", zone: str | None = None) -> pd.DataFrame:
    naive = pd.Series(np.array(values, dtype=f"datetime64[{unit}]"))
    return pd.DataFrame({"a": naive if zone is None else naive.dt.tz_localize("UTC").dt.tz_convert(zone)})


FRAMES = {
    "nothing": pd.DataFrame(), "rows without columns": pd.DataFrame(index=range(3)), "no people": people(0),
    "no permissions": permissions(0), "people by type": people().set_index("type"),
    "people by type and name": people().set_index(["type", "name"]), "people of one label": people().set_axis([1] * 60),
    "people from the last one on": people().iloc[::-1],
    "mixed values": pd.DataFrame({"mixed": [1, "a", None, ["b"], {"c": 1}, pd.NaT]}),
    "a category of flags": pd.DataFrame({"a": pd.Categorical([True, None, False])}),
    "a category of one flag": pd.DataFrame({"a": pd.Categorical([True, None, True])}),
    "many flags, one a category": permissions().astype({"permission_1": "category"}),
    "matches that are a category": pd.DataFrame({"match": pd.Categorical(["a", "a", None]), "name": "b"}),
    "matches that are text": pd.DataFrame({"match": pd.Series(["a", "a", None], dtype="str"), "name": "b"}),
    "matches that are flags": pd.DataFrame({"match": pd.array([True, None, False]), "name": "b"}),
    "a name that is NA": pd.DataFrame([[True, "a"]], columns=pd.Index([pd.NA, "b"], dtype=object)),
    "times of Arrow": pd.DataFrame({"a": pd.to_datetime(["2026-01-05"])}).convert_dtypes(dtype_backend="pyarrow"),
    "days of Arrow": pd.DataFrame({"a": pd.array([date(2026, 1, 5)], dtype=pd.ArrowDtype(pa.date32()))}),
    "first times": times("1677-09-22", "2024-01-01", None),
    "very first time": times("1677-09-21T00:12:43.145224193", "2262-04-11T23:47:16.854775807"),
    "first times, west": times("0001-01-01", "2026-01-05", None, unit="us", zone="Pacific/Honolulu"),
    "last times, east": times("9999-12-31T23:59", "2026-01-05", unit="us", zone="Pacific/Auckland"),
    "last nanoseconds, east": times("2262-04-11T23:00", "2026-01-05", zone="Pacific/Auckland"),
    "times without a calendar": times("-9999-01-01", "29999-01-01", "2026-01-05", unit="s"),
    "people of Arrow": in_arrow(people()), "roles of Arrow": in_arrow(many_roles()),
    "times of Arrow with a zone": in_arrow(times("0001-01-01", "2026-01-05", None, unit="us", zone="Asia/Tokyo")),
    "times of Arrow, west": in_arrow(times("0001-01-01", "2026-01-05", unit="us", zone="Pacific/Honolulu")),
    "spans of time": pd.DataFrame({"a": pd.to_timedelta(["1 days", None, "-3 days"])}),
    "longest spans of time": pd.DataFrame({"a": pd.Series([2**63 - 1, -(2**63) + 1]).astype("timedelta64[ns]")}),
    "dates": pd.DataFrame({"a": pd.Series([date.min, date.max, None], dtype=object)}),
    "months": pd.DataFrame({"a": pd.PeriodIndex(["2024-01", None], freq="M")}),
    "numbers that no float holds": pd.DataFrame({"a": [2**60 + 1, 2**60 + 3, -(2**60) - 1]}),
    "far numbers": pd.DataFrame({"a": [1e308, -1e308, 0.1, None], "b": [np.inf, 1, 2, None]}),
}  # fmt: skip
if pd.__version__.startswith("3.0"):  # which compares no day of the year 1 in such zones
    del FRAMES["first times, west"], FRAMES["times of Arrow with a zone"]
DAYS = [None, "0001-01-01", "1677-09-21", "2026-01-05", "2262-04-11", "9999-12-30", "9999-12-31"]


@pytest.fixture(params=FRAMES.values(), ids=FRAMES)
def frame(request: pytest.FixtureRequest) -> pd.DataFrame:
    return request.param


def rows_by_code(page: Page, frame: pd.DataFrame) -> int:
    """Count the rows that are shown, which the code gives as well."""
    assert page.notice == ""
    assert_frame_equal(eval(page.x.code, {"frame": frame}), page.x.frame)
    return len(page.x.frame)


def test_any_frame_can_be_explored_in_all_tabs(frame):
    page = Page(frame).open_all().send("select", rows=[0, 1][: len(frame)], checked=True)
    assert_frame_equal(page.x.frame, frame)
    assert len(page.ids) == min(len(frame), 25)
    assert f"<b>{len(frame)} of {len(frame)} rows</b>" in page.x._repr_html_()
    columns = [facet["column"] for facet in page.view["facets"]]
    assert len({*columns}) == len(columns)
    for tab in page.view["tabs"]:
        # As a browser reads it: there is no infinite number in JSON.
        view = json.loads(json.dumps(page.send("tab", tab=tab["id"]).view, allow_nan=False).encode())
        assert (not view["panel"]) is (tab["id"] == "table")


@pytest.mark.slow
def test_every_value_and_bin_offered_can_be_chosen_and_keeps_the_rows_that_it_counts(frame):
    page = Page(frame)
    for facet in page.view["facets"][:8]:  # more are alike
        for value in facet.get("values", ()):
            for exclude, rows in ((False, value["count"]), (True, len(frame) - value["count"])):
                page.send("only", facet["column"], value=value["value"], exclude=exclude)
                assert rows_by_code(page, frame) == rows
                assert_frame_equal(pm.explore(frame, json.loads(json.dumps(page.x.state))).frame, page.x.frame)
        for place, one in enumerate(facet.get("bins", ())):
            rows = rows_by_code(page.send("bins", facet["column"], first=place, last=place), frame)
            bounds = [bound for one in page.x.state["filters"].values() for bound in one.values()]
            # A bin without days in the calendar is no filter, and after the last day there may be times.
            assert rows == (one["count"] if bounds else len(frame)) or bounds[1] == "9999-12-31"
            assert bounds or facet["kind"] == "time" or len(facet["bins"]) == 1
        page.send("clear")


@pytest.mark.slow
def test_all_days_can_be_chosen(frame):
    page = Page(frame).open_all()
    for facet in [one for one in page.view["facets"] if one.get("kind") == "time"]:
        for first, last in product(DAYS, DAYS):
            if first is None or last is None or first <= last:
                rows_by_code(page.range(facet["column"], first, last), frame)
                assert first is last is None or page.x.frame.iloc[:, facet["column"]].notna().all()


@pytest.mark.slow
def test_all_that_is_sortable_can_be_sorted_by(frame):
    page = Page(frame)
    for one in page.view["chooser"]:
        page.send("column", one["column"], checked=True)
    for one in [one for one in page.view["columns"] if one.get("sortable")][:20]:  # more are alike
        for direction in ("ascending", "descending"):
            rows_by_code(page.send("sort", one["column"], direction=direction, add=False), frame)
            is_up, name = direction == "ascending", frame.columns[one["column"]]
            assert_frame_equal(page.x.frame, frame.sort_values(name, ascending=is_up, kind="stable"))


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ["CSV", "Excel", "Parquet"])
def test_an_export_is_a_file_or_a_notice(frame, file_format, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = Page(frame).send("export", rows="shown", format=file_format)
    assert page.notice
    assert len([*tmp_path.iterdir()]) == ("download" in page.view["notice"])


@pytest.mark.parametrize("file_format", ["CSV", "Excel", "Parquet"])
def test_half_a_surrogate_pair_is_shown_searched_and_exported(file_format, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Not an argument of the test, which pytest could not report.
    page = Page(pd.DataFrame({"type": pd.Series(["half \ud83d", None], dtype=object)}), {"search": "half"})
    assert page.view["rows"][0]["cells"] == ["half \\ud83d"]
    assert b"half \\ud83d" in page.x._repr_html_().encode()
    with contextlib.suppress(UnicodeError):
        page.send("export", rows="shown", format=file_format)
    assert page.notice


@pytest.mark.parametrize("frame", [people(), permissions(), many_roles(), times("2026-01-05", None, zone="UTC")])
def test_a_frame_of_arrow_offers_what_the_frame_offers_that_was_loaded(frame):
    pages = [Page(one).open_all().send("select", rows=[0, 1], checked=True) for one in (in_arrow(frame), frame)]
    for tab in pages[1].view["tabs"]:
        views = [page.send("tab", tab=tab["id"]).view for page in pages]
        # pandas sorts no dictionary of Arrow.
        heads = [[{**head, "sortable": None} for head in view["columns"]] for view in views]
        assert {**views[0], "columns": heads[0]} == {**views[1], "columns": heads[1]}
    assert_frame_equal(pages[0].x.frame, in_arrow(frame))
