"""Facets: which columns have one, in which order, and the counts of their values and bins."""

import numpy as np
import pandas as pd
import pytest

import pmframes as pm
from tests.support.explorer_frames import people, permissions

from .page import Page

TURN, FLAG = np.arange(40), pd.array([True, False] * 20, dtype="boolean")
FACTS = ["active", "in_owner_company", "is_archived", "is_observing", "receive_email_notifications"]
WHOLE = people().dropna(subset=["type", "is_admin"])


def companies(number: int, *rows: int) -> pd.DataFrame:
    """Make companies of as many rows each, the others of two."""
    each = [*rows, *[2] * (number - len(rows))]
    return pd.DataFrame({"company_name": np.repeat([f"Company {place}" for place in range(number)], each)})


@pytest.mark.parametrize(("frame", "ranked"), [
    (pd.DataFrame({
        **{f"can_{place}": FLAG for place in range(13)}, "note": [f"n {n}" if n % 4 else None for n in TURN],
        "score": TURN, "created_at": pd.date_range("2026-01-01", periods=40), "city": ["Oslo", "Bergen"] * 20,
        "is_admin": FLAG, "deleted": FLAG, "project_name": ["a", "b"] * 20, "type": "x", "nothing": None, "id": TURN,
        "company_name": [f"c {n}" for n in TURN], "name": [f"n {n}" for n in TURN], "company_id": TURN,
        "owner_id": pd.array([1, None] * 20, dtype="Int64"), "severity": ["high", "low"] * 20,
    }), ["severity", "type", "company_name", "project_name", "is_admin", "deleted", "city", "score", "created_at",
         "note", "owner_id", *[f"can_{place}" for place in range(13)]]),
    (permissions().assign(**dict.fromkeys(FACTS, permissions()["is_admin"])),
     ["type", "is_admin", "is_client_user", "deleted", *FACTS, *[f"permission_{place}" for place in range(46)]]),
    (pd.DataFrame({"city": pd.array([None] * 20, dtype="boolean")}), []), (companies(30).iloc[::2], ["company_name"]),
    (pd.DataFrame({"city": pd.Categorical([None] * 20, ["a"])}), []),
])  # fmt: skip
def test_facets_are_in_the_order_in_which_people_ask_for_them(frame, ranked):
    assert [facet["name"] for facet in Page(frame).view["facets"]] == ranked


def test_a_facet_is_counted_when_it_is_unfolded_as_one_with_a_filter_is():
    frame = pd.DataFrame({f"c{number}": pd.Categorical(["a", "b", "a"]) for number in range(300)})
    page = Page(frame, {"filters": {"c299": ["b"]}})
    for key in ("open", "filtered"):
        assert [facet[key] for facet in page.view["facets"][-2:]] == [False, True]
    assert ["values" in facet for facet in page.view["facets"]] == [True] * 12 + [False] * 287 + [True]
    page.send("facet", "c200", open=True).send("facet", "c1", open=False)
    assert page.counts("c200") == {"b": 1, "a": 0}
    assert "values" not in page.facet("c1")


@pytest.mark.parametrize(("frame", "state", "event", "column", "counts", "more", "zeros"), [
    (people(), {}, {}, "is_admin", {"yes": 20, "no": 20, "unknown": 20}, 0, 0),
    (people(), {}, {}, "deleted", {"yes": 15, "no": 45}, 0, 0),
    (people(), {}, {}, "email", {"present": 48, "missing": 12}, 0, 0),
    # From the largest on, then in their order, and a missing one after its equals.
    (pd.DataFrame({"type": [*"ccbbaaa", None, None]}), {}, {}, "type", {"a": 3, "c": 2, "b": 2, "missing": 2}, 0, 0),
    (pd.DataFrame({"city": ["a", None, "b", None]}), {}, {}, "city", {"present": 2, "missing": 2}, 0, 0),
    (pd.DataFrame({"city": [*"aabb", None]}), {}, {}, "city", {"a": 2, "b": 2, "missing": 1}, 0, 0),
    *[(pd.DataFrame({"a": [*values, None]}), {}, {}, "a", {"present": 2, "missing": 1}, 0, 0)
      for values in ([np.inf, 1.0], [1 + 2j, 2], [["a"], []])],
    # What has an order keeps it, the highest first.
    (pd.DataFrame({"a": pd.Categorical([*"lmm", None], [*"lmh"], ordered=True)}), {}, {"all": True}, "a",
     {"h": 0, "m": 2, "l": 1, "missing": 1}, 0, 0),
    # Categories that read alike are one value.
    (pd.DataFrame({"a": pd.Categorical([1, "1", 2, None])}), {}, {}, "a", {"1": 2, "2": 1, "missing": 1}, 0, 0),
    (companies(50, 9), {}, {}, "company_name", {"Company 0": 9, **{f"Company {n}": 2 for n in range(1, 8)}}, 42, 0),
    (companies(50), {}, {"all": True}, "company_name", {f"Company {n}": 2 for n in range(50)}, 0, 0),
    (companies(9), {"search": "company 1"}, {}, "company_name", {"Company 1": 2}, 0, 8),
    (companies(4), {"search": "company 1"}, {"all": True}, "company_name",
     {"Company 1": 2, "Company 0": 0, "Company 2": 0, "Company 3": 0}, 0, 0),
    (people(), {"search": "p4@"}, {}, "is_admin", {"yes": 0, "no": 1}, 0, 0),
    # A missing value is offered where there is one, or as long as it is checked.
    (WHOLE, {}, {"all": True}, "is_admin", {"yes": 17, "no": 17}, 0, 0),
    (WHOLE, {"filters": {"is_admin": [None]}}, {}, "is_admin", {"yes": 17, "no": 17, "unknown": 0}, 0, 0),
    (companies(50), {}, {"search": "ＣomPANY\u00ad 4"}, "company_name",
     {"Company 4": 2, **{f"Company {n}": 2 for n in range(40, 50)}}, 0, 0),
    (pd.DataFrame({"type": ["Zoe\u0308 Söhne", "b"]}), {}, {"search": "ZOË so"}, "type", {"Zoe\u0308 Söhne": 1}, 0, 0),
])  # fmt: skip
def test_a_facet_has_the_counts_of_its_values(frame, state, event, column, counts, more, zeros):
    page = Page(frame, state).send("facet", column, **event)
    assert list(page.counts(column).items()) == list(counts.items())
    assert (page.facet(column)["more"], page.facet(column)["zeros"]) == (more, zeros)


@pytest.mark.parametrize("search", ["", "ada"])
def test_counts_are_those_of_the_rows_that_the_search_and_the_other_filters_keep(search):
    frame, filters = people(200), {"type": ["account", None], "is_admin": {"not": [None]}, "deleted": [False]}
    page = Page(frame, {"filters": filters, "search": search})
    for name in filters:
        kept = pm.explore(frame, {"filters": filters, "search": search}).reset(name).frame[name]
        found = {text: count for text, count in page.counts(name).items() if count}
        counted = kept.value_counts(dropna=False)[lambda counts: counts > 0].tolist()
        assert sorted(found.values(), reverse=True) == counted
        assert page.facet(name)["largest"] == max(found.values())


@pytest.mark.parametrize("event", [{}, {"search": "company 33"}, {"all": True}])
@pytest.mark.parametrize("values", [["Company 45"], {"not": ["Company 45"]}])
def test_a_value_of_the_filter_is_always_there_and_does_not_unfold_the_others(values, event):
    page = Page(companies(400), {"filters": {"company_name": values}, "search": "company 1"})
    facet = page.send("facet", "company_name", **event).facet("company_name")
    checked = {one["text"]: one["checked"] for one in facet["values"]}
    assert checked["Company 45"] is (values == ["Company 45"])
    assert {*checked.values()} == {True, False}
    assert len(checked) <= (201 if event else 9)


@pytest.mark.parametrize(("values", "labels", "bounds"), [
    ([3, 1, 1], ["1", "2", "3"], (2, 2)), ([1.0, 2.0, None, 3.0], ["1", "2"], (2, 2)), ([0.5, 0.5], ["0.5"], None),
    (range(-1, 24), ["-1 to 0", "1 to 2", "3 to 4"], (1, 2)),
    (range(0, 24_000, 1000), ["0 to 958", "959 to 1,917"], (959, 1917)),
    ([0.0, 0.5, 12.0], ["0 to 0.5", "0.5 to 1"], (0.5, np.nextafter(1, 0))),
    ([2**60, 2**60 + 1, 2**60 + 2], ["1,152,921,504,606,846,976", "1,152,921,504,606,846,977"], (2**60 + 1,) * 2),
    *[(pd.to_datetime([after, None, before]), labels, bounds) for before, after, labels, bounds in [
        ("2026-02-27", "2026-02-27", ["2026-02-27"], None),
        ("2026-02-27", "2026-03-02", ["2026-02-27", "2026-02-28", "2026-03-01"], ("2026-02-28", "2026-02-28")),
        ("2025-11-30", "2026-02-01", ["2025-11", "2025-12", "2026-01"], ("2025-12-01", "2025-12-31")),
        ("2020-03-31", "2024-04-01", ["2020 Q1", "2020 Q2", "2020 Q3"], ("2020-04-01", "2020-06-30")),
        ("1969-12-31", "1990-01-01", ["1969", "1970", "1971"], ("1970-01-01", "1970-12-31")),
        ("1960-01-01", "2026-01-01", ["1960–1961", "1962–1963"], ("1962-01-01", "1963-12-31")),
        ("0001-01-01", "9999-12-31", ["0000–0499", "0500–0999"], ("0500-01-01", "0999-12-31")),
    ]],
    *[(pd.Series(["2024-01-01", first], dtype="datetime64[ns]"), ["1670–1679"], ("1680-01-01", "1689-12-31"))
      for first in (pd.Timestamp.min, pd.Timestamp("1677-09-22"))],
])  # fmt: skip
def test_numbers_and_times_are_in_few_bins_with_their_bounds(values, labels, bounds):
    page, frame = Page(pd.DataFrame({"a": values})), pd.DataFrame({"a": values})
    facet = page.facet("a")
    bins, end = facet["bins"], len(facet["bins"]) - 1
    assert [one["label"] for one in bins][: len(labels)] == labels
    assert end < (36 if facet["kind"] == "time" else 24)
    assert (sum(one["count"] for one in bins), facet["missing"]) == (frame["a"].count(), frame["a"].isna().sum())
    page.send("bins", "a", first=min(1, end), last=min(1, end))
    assert [*page.x.state["filters"].values()] == (
        [] if bounds is None else [dict(zip(("from", "to"), bounds, strict=True))]
    )
    assert len(page.x.frame) == (len(frame) if bounds is None else bins[1]["count"])


@pytest.mark.parametrize(("first", "last", "rows"), [(0, 3, 5), (0, 1, 2), (2, 3, 2), (1, 2, 2), (3, 3, 1)])
def test_a_filter_by_bins_is_open_at_both_ends(first, last, rows):
    page = Page(pd.DataFrame({"a": [1, 2, 3, 4, None]})).send("bins", "a", first=first, last=last)
    assert len(page.x.frame) == rows
    assert [one["within"] for one in page.facet("a")["bins"]] == [first <= place <= last for place in range(4)]
    filters = {} if rows == 5 else {"a": {"from": first + 1 if first else None, "to": last + 1 if last < 3 else None}}
    assert page.x.state["filters"] == filters


@pytest.mark.parametrize("low", [0.12345678, 1e-9, 123456.789, 2**60 + 1])
def test_a_bound_that_is_typed_leaves_the_other_one_as_it_is(low):
    page = Page(pd.DataFrame({"a": [low, 2 * low, 3 * low]}), {"filters": {"a": {"from": low, "to": 3 * low}}})
    assert len(page.send("range", "a", end="to", value=2.5 * low).x.frame) == 2
    assert page.x.state["filters"]["a"] == {"from": low, "to": 2.5 * low}


def test_a_time_counts_for_the_day_of_its_own_zone():
    at = pd.Series(["2026-01-01T23:30:00Z"], dtype="datetime64[us, UTC]").dt.tz_convert("Europe/Oslo")
    page = Page(pd.DataFrame({"at": at}))
    assert page.counts("at") == {"2026-01-02": 1}
    assert [len(page.range("at", day, day).x.frame) for day in ("2026-01-01", "2026-01-02")] == [0, 1]


def test_bins_are_counted_under_the_other_filters_and_not_under_their_own():
    frame = pd.DataFrame({"score": [1, 2, 2, None], "type": [*"abab"]})
    page = Page(frame, {"filters": {"type": ["b"], "score": {"from": 2, "to": 2}}})
    facet = page.facet("score")
    assert (page.counts("score"), facet["missing"], facet["from"], facet["to"]) == ({"1": 0, "2": 1}, 1, 2, 2)
    for exclude, key in ((False, "missingChecked"), (True, "missingExcluded")):
        assert page.send("missing", "score", checked=True, exclude=exclude).facet("score")[key]
