"""Provenance: what is read of it in any form, how sources differ, and what later code asks of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pmframes._frames import provenance as prov

ENTRY = {
    "service": "teamwork", "resource": "people", "account": "agency-a",
    "params": {"projects": [12345], "showDeleted": "true"}, "fetched_at": "2026-03-01T12:34:56+00:00",
    "cached": False, "requests": 3, "rows": 1200, "complete": True, "fictional": False, "version": "0.1.0",
}  # fmt: skip
NESTED: list[Any] = []
for _ in range(200):
    NESTED = [NESTED]


class Unprintable:
    """An object of which nothing can be asked."""

    def __repr__(self) -> str:
        raise RuntimeError

    __bool__ = __str__ = __eq__ = __repr__
    __hash__ = None


VALUES = {
    "none": None, "empty": "", "yes": "yes", "surrogate": "\ud800", "nan": float("nan"),
    "time": pd.Timestamp("2026-03-01"), "negative": -1, "huge": 10**5000, "list": ["x", None, {"y": 1}],
    "nested": NESTED, "dict": {"x": ["y"]}, "keys": {1: 2, None: [3]}, "NA": pd.NA, "array": np.array([1, 2]),
    "bytes": b"x", "object": Unprintable(),
}  # fmt: skip
FORMS: dict[str, Callable[[Any], Any]] = {
    "all of it": lambda value: value, "sources": lambda value: {"sources": value},
    "a source": lambda value: {"sources": [value, ENTRY]},
    "params of two": lambda value: {"sources": [ENTRY | {"params": value}, ENTRY | {"rows": value}]},
    "projects": lambda value: ENTRY | {"params": {"projects": value}},
    "a parameter": lambda value: ENTRY | {"params": {"lastLoginAfter": value}},
    **{name: lambda value, name=name: ENTRY | {name: value} for name in [*ENTRY, "other"]},
}  # fmt: skip


def frame_with(provenance: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"id": [1]})
    frame.attrs["pmframes"] = provenance
    return frame


def read(**fields: Any) -> prov.Source:
    (source,) = prov.read_sources(frame_with(ENTRY | fields))
    return source


@pytest.mark.parametrize("form", FORMS)
def test_reading_never_fails(form: str) -> None:
    for value in VALUES.values():
        frame = frame_with(FORMS[form](value))
        sources = prov.read_sources(frame)
        for source in sources:
            assert f"{source.title} {source.label} {prov.format_params(source.params)}".isprintable()
        assert len(prov.sources_table(sources)) == len(sources)
        assert prov.is_supported(frame) in (True, False)
        assert prov.is_fictional(frame) in (True, False)
        assert all(isinstance(project, int) for project in prov.project_scope(frame))
        assert len(prov.merge_provenance(frame)["sources"]) == len(sources)


def test_fields_of_a_source() -> None:
    source = read()
    expected = {**ENTRY, "fetched_at": pd.Timestamp("2026-03-01T12:34:56Z")}
    expected.pop("requests")
    assert {name: getattr(source, name) for name in expected} == expected
    assert source.entry == ENTRY
    assert (source.label, source.title) == ("teamwork people", "Teamwork.com people")
    assert source.projects == {12345}


@pytest.mark.parametrize(("field", "value", "expected"), [
    *[("service", value, None) for value in (None, "", 3, ["x"])], ("account", "a\x1b[2J\nb", "a\ufffd[2J\ufffdb"),
    ("account", "山田\u3000太郎", "山田 太郎"), ("version", "\ud800", "\ufffd"),
    *[("complete", value, True) for value in (True, 1, np.True_, "yes", "True")],
    *[("complete", value, False) for value in (False, 0, np.False_, "No", "false")],
    *[("complete", value, None) for value in (None, "maybe", [True], 1.0)],
    *[("fictional", value, True) for value in (True, "maybe", [False], "")],
    *[("fictional", value, False) for value in (False, "no", 0)], ("fictional", None, None),
    *[("rows", value, value) for value in (0, 1, 2**63 - 1)],
    *[("rows", value, None) for value in (-1, 2**63, True, "3", 1.0)],
    ("fetched_at", "2026-03-01", pd.Timestamp("2026-03-01", tz="UTC")),
    *[("fetched_at", value, None) for value in ("yesterday", "now", "today", " 2026-03-01", "", 5, None)],
    ("params", None, {}), ("params", {1: "a\n"}, {"1": "a\ufffd"}),
    ("params", {"a": [1, None, (2,)], "b": 0.5}, {"a": [1, None, "of type tuple"], "b": 0.5}),
])  # fmt: skip
def test_field_in_any_form(field: str, value: Any, expected: Any) -> None:
    assert getattr(read(**{field: value}), field) == expected


UUID = "8f14e45f-ceea-467f-a1d2-000000000001"


def test_ids_of_projects_are_sorted_as_numbers_or_as_text() -> None:
    assert prov.sort_project_ids({10, 9, 100}) == [9, 10, 100]
    assert prov.sort_project_ids({UUID, f"0{UUID[1:]}"}) == [f"0{UUID[1:]}", UUID]


@pytest.mark.parametrize(("projects", "expected"), [
    ([UUID, "x"], {UUID}), ([7, 8], {7, 8}), ([7, "8", True, None], {7}), ([], set()), (7, set()), (None, set()),
    ("7", set()),
])  # fmt: skip
def test_projects(projects: Any, expected: set[int]) -> None:
    assert read(params={"projects": projects}).projects == expected
    assert prov.project_scope(frame_with(ENTRY | {"params": {"projects": projects}})) == expected


@pytest.mark.parametrize("provenance", [None, {}, "x", ["x"], {"sources": "x"}, {"sources": [1, "x"]}, {"sources": []}])
def test_unreadable_provenance_has_no_source(provenance: Any) -> None:
    assert prov.read_sources(frame_with(provenance), pd.DataFrame()) == []
    assert prov.resource_names(frame_with(provenance)) == set()
    assert prov.is_supported(frame_with(provenance))


def test_equal_sources_are_read_once() -> None:
    other = ENTRY | {"resource": "permissions"}
    frames = frame_with({"sources": [ENTRY, other]}), frame_with({"sources": [ENTRY | {"requests": 4}]})
    assert prov.merge_provenance(*frames) == {"sources": [ENTRY, other]}
    assert prov.source_labels(frames[0]) == ["teamwork people", "teamwork permissions"]
    assert prov.resource_names(*frames) == {"people", "permissions"}


def test_unknown_names() -> None:
    source = read(service=None, resource=None)
    assert (source.label, source.title) == ("", "an unnamed load")
    frame = frame_with(ENTRY | {"service": None, "resource": None})
    assert prov.source_labels(frame) == []
    assert prov.resource_names(frame) == {"rows"}
    assert read(service="mine").title == "mine people"


class TestDifferences:
    @pytest.mark.parametrize(("change", "names"), [
        ({}, []), ({"service": "outlign"}, ["service"]), ({"resource": "projects"}, ["resource"]),
        ({"resource": None}, ["resource"]), ({"account": "agency-b"}, ["account"]), ({"account": None}, []),
        ({"params": {"projects": [12345]}}, ["showDeleted"]), ({"params": {"showDeleted": "true"}}, ["projects"]),
        ({"params": ENTRY["params"] | {"userType": "x"}}, ["userType"]),
        ({"rows": 3, "cached": True, "version": "9", "fetched_at": None, "complete": False}, []),
    ])  # fmt: skip
    def test_fields_and_parameters_that_decide_what_is_loaded(self, change: dict[str, Any], names: list[str]) -> None:
        assert read().differences(read(**change)) == names
        assert read(**change).differences(read()) == names

    def test_order_of_projects_and_ignored_names_do_not_matter(self) -> None:
        assert read(params={"projects": [7, 8]}).differences(read(params={"projects": [8, 7]})) == []
        assert read().differences(read(params={}), {"projects", "showDeleted"}) == []


@pytest.mark.parametrize(("change", "expected"), [
    ({}, True), ({"params": {}}, True),
    *[({"params": params}, False) for params in (None, [1], "x", {"projects": 7}, {"projects": ["7"]})],
    ({"params": {"projects": [True]}}, False), ({"params": {"projects": [UUID]}}, True),
    *[({name: value}, False) for name in ("service", "resource", "account") for value in (None, 3)],
    ({"rows": "x", "fetched_at": 3}, True),
])  # fmt: skip
def test_is_supported(change: dict[str, Any], expected: bool) -> None:
    assert prov.is_supported(frame_with(ENTRY | change)) is expected
    assert prov.is_supported(frame_with({"sources": [ENTRY, ENTRY | change]})) is expected


def test_is_fictional_if_any_source_is() -> None:
    real, fictional = frame_with(ENTRY), frame_with(ENTRY | {"fictional": True})
    assert [prov.is_fictional(real), prov.is_fictional(frame_with(None))] == [False, False]
    assert prov.is_fictional(real, fictional)


@pytest.mark.parametrize(("provenance", "names"), [
    ({"not_checked": ["a", 3, "b\n"]}, ["a", "b\ufffd"]),
    *[({"not_checked": value}, []) for value in (None, "a", {"a": 1})], (None, []), (["not_checked"], []),
])  # fmt: skip
def test_not_checked_rules(provenance: Any, names: list[str]) -> None:
    assert prov.not_checked_rules(frame_with(provenance)) == names


def test_sources_table_has_the_same_dtypes_for_no_rows() -> None:
    table, empty = prov.sources_table([read(), read(rows=None, complete=None)]), prov.sources_table([])
    assert table.dtypes.to_dict() == empty.dtypes.to_dict()
    assert table["params"].tolist() == ["projects=[12345], showDeleted=true"] * 2
    assert table["rows"].isna().tolist() == [False, True]
