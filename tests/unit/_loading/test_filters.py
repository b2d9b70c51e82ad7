"""Filters: what an argument becomes in the query, which rows violate it, and the values of ``params``."""

from datetime import UTC, datetime
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pytest

from pmframes import errors
from pmframes._frames.schema import Flags, Id, IntList, Record, Text, field, flag_set
from pmframes._http.pagination import SinglePage
from pmframes._loading import filters
from pmframes._loading.filters import ParsedArguments, encode_param, parse_arguments
from pmframes._loading.resource import ParsedPage, Resource
from pmframes.outlign import SERVICE

NOON = datetime(2026, 3, 4, 12, 0, 0, 1_999, tzinfo=UTC)


class Item(Record):
    """A record that can be sorted by two columns."""

    id: Annotated[Id, field("Id")]
    name: Annotated[Text, field("Name")]
    tags: Annotated[IntList, field("Ids of its tags")]
    may: Annotated[Flags, flag_set("What it may do", ["fly"])]


ITEMS = Resource(SERVICE, "items", Item, "/items", SinglePage(), ParsedPage)
KINDS = ("small", "large")
FILTERS: filters.Filters = {
    "ids": filters.ids("itemIds", filters.has_other_id("id")), "maker": filters.single_id("makerId"),
    "words": filters.text("q"), "after": filters.time("updatedAfter"), "deleted": filters.flag("showDeleted"),
    "kind": filters.choice("kind", KINDS, filters.has_other_value("kind", KINDS)),
    "kinds": filters.choices("kinds", KINDS, encode=lambda values: values),
    "any_kinds": filters.choices("anyKinds", KINDS),
}  # fmt: skip
NOTHING = dict.fromkeys(FILTERS)


@pytest.mark.parametrize(("arguments", "query"), [
    ({}, {}), ({"ids": [3, 1, 3]}, {"itemIds": "3,1"}), ({"ids": 3}, {"itemIds": "3"}),
    ({"maker": "7"}, {"makerId": "7"}), ({"words": "a,b & c"}, {"q": "a,b & c"}),
    ({"after": "2026-03-04T02:00:00.9+02:00"}, {"updatedAfter": "2026-03-04T00:00:00Z"}),
    ({"deleted": True}, {"showDeleted": "true"}), ({"deleted": np.bool_(False)}, {"showDeleted": "false"}),
    ({"kind": "small"}, {"kind": "small"}), ({"kinds": ["large", "small"]}, {"kinds": ["large", "small"]}),
    ({"any_kinds": ["large", "small"]}, {"anyKinds": "large,small"}),
    ({"deleted": False, "maker": 7}, {"makerId": "7", "showDeleted": "false"}),
], ids=repr)  # fmt: skip
def test_an_argument_becomes_one_query_parameter(arguments, query):
    assert parse_arguments(ITEMS, FILTERS, NOTHING | arguments).query == query


@pytest.mark.parametrize(("arguments", "name"), [
    ({"ids": []}, "ids"), ({"maker": 0}, "maker"), ({"words": ""}, "words"), ({"after": "x"}, "after"),
    ({"deleted": 1}, "deleted"), ({"kind": "huge"}, "kind"), ({"kinds": []}, "kinds"),
    ({"order_by": "tags"}, "order_by"), ({"order_by": "may"}, "order_by"), ({"order_by": []}, "order_by"),
    ({"order_mode": "up"}, "order_mode"), ({"order_mode": None}, "order_mode"),
], ids=repr)  # fmt: skip
def test_a_wrong_argument_is_named(arguments, name):
    with pytest.raises(errors.InvalidArgument, match=rf"^{name} is "):
        parse_arguments(ITEMS, FILTERS, NOTHING | arguments)


def test_times_in_the_query():
    assert filters.encode_datetime(NOON, "seconds") == "2026-03-04T12:00:00Z"
    assert filters.encode_datetime(NOON, "milliseconds") == "2026-03-04T12:00:00.001Z"


@pytest.mark.parametrize(("arguments", "ids"), [
    ({}, [2, 1, 3, 4]), ({"order_by": None, "order_mode": "desc"}, [2, 1, 3, 4]),
    ({"order_by": "name"}, [1, 3, 2, 4]), ({"order_by": "name", "order_mode": "desc"}, [2, 1, 3, 4]),
    ({"order_by": ["name", "id"], "order_mode": "desc"}, [2, 3, 1, 4]), ({"order_by": ("id", "id")}, [1, 2, 3, 4]),
], ids=repr)  # fmt: skip
def test_rows_are_sorted_stably_with_missing_values_last(arguments, ids):
    frame = pd.DataFrame({"id": [2, 1, 3, 4], "name": pd.Series(["b", "a", "a", None], dtype="str")})
    ordered = parse_arguments(ITEMS, {}, arguments).sort(frame)
    assert ordered["id"].tolist() == ids
    assert list(ordered.index) == [0, 1, 2, 3]


FRAME = pd.DataFrame(
    {
        "id": pd.Series([1, 2, 3, None], dtype="Int64"),
        "kind": pd.Series(["small", "large", "robot", None], dtype="str"),
        "deleted": pd.Series([True, False, None, None], dtype="boolean"),
        "time": pd.to_datetime(["2026-03-04", "2026-03-05", "2026-03-06", None], utc=True),
        "title": pd.Series(["Ann's Äpfel", "Bike shop 7", "株式会社", None], dtype="str"),
        "note": pd.Series([None, "wheels", None, None], dtype="str"),
    }
)
START = datetime(2026, 3, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(("violates", "value", "ids"), [
    (filters.has_other_id("id"), [1, 2], [3]), (filters.has_other_id("id"), 3, [1, 2]),
    (filters.has_excluded_id("id"), [1, 9], [1]), (filters.has_other_value("kind", KINDS), "small", [2]),
    (filters.has_other_value("kind", KINDS), ["large", "small"], []),
    (filters.is_true("deleted", when=True), True, [1]), (filters.is_true("deleted", when=True), False, []),
    (filters.is_true("deleted", when=False), False, [1]),
    (filters.has_value("kind", "large", when=False), False, [2]),
    (filters.has_value("kind", "large", when=False), True, []), (filters.differs_from_first("id"), True, [2, 3]),
    (filters.differs_from_first("id"), False, []),
    # Only what is off by more than a day: a time without a zone may be local.
    (filters.is_before("time"), START, [1]), (filters.is_before("time"), datetime(2026, 3, 5, tzinfo=UTC), []),
    (filters.is_after("time"), datetime(2026, 3, 5, tzinfo=UTC), []),
    (filters.is_after("time"), datetime(2026, 3, 4, 23, tzinfo=UTC), [3]),
    # One common word is enough; letters outside ASCII prove nothing.
    (filters.lacks_words("title"), "apfel", [2]), (filters.lacks_words("title"), "Äpfel", [2]),
    (filters.lacks_words("title"), "BIKE ann", []), (filters.lacks_words("title"), "7", [1]),
    (filters.lacks_words("title", "note"), "wheel", [1]), (filters.lacks_words("title"), "wheel", [1, 2]),
    (filters.lacks_words("title"), "株", []), (filters.lacks_words("title"), "%_*", []),
    (filters.lacks_words("id", "title"), "2", [1]),
    # However the words are written.
    (filters.lacks_words("title"), "A\u0308pfel", [2]), (filters.lacks_words("title"), "Ａ\u200bpfel", [2]),
    (filters.lacks_words("title"), "bi\u00adke", [1]),
])  # fmt: skip
def test_rows_that_violate_a_filter(violates, value, ids):
    marked = violates(FRAME, value)
    assert FRAME["id"][marked[marked].index].tolist() == ids
    assert int(marked.sum()) == len(ids)


def test_nothing_differs_from_the_first_where_no_value_is_known():
    for column in ("id", "kind"):
        assert int(filters.differs_from_first(column)(FRAME.iloc[3:], True).sum()) == 0


def test_a_filter_that_was_ignored_is_an_error():
    parsed = parse_arguments(ITEMS, FILTERS, NOTHING | {"ids": [1], "words": "secret"})
    frame = pd.concat([FRAME] * 500, ignore_index=True)
    with pytest.raises(errors.UnexpectedResponse) as raised:
        parsed.check(frame, "Outlign items", [])
    assert raised.value.cause == (
        "Outlign items: the service ignored the filter ids: 1,000 of the 2,000 rows received do not match it. "
        "None are returned."
    )
    assert raised.value.remedy == "Load without ids, and filter the frame."
    parsed.check(FRAME.head(1), "Outlign items", [])
    parsed.check(FRAME.head(0), "Outlign items", [])
    # It is not checked where another parameter adds rows.
    declared = {"ids": filters.ids("ids", filters.has_other_id("id"), frozenset({"me", "any"}))}
    parsed = ParsedArguments(filters=declared, values={"ids": [1]})
    with pytest.raises(errors.UnexpectedResponse):
        parsed.check(FRAME, "Items", ["ids"])
    parsed.check(FRAME, "Items", iter(["ids", "any"]))


@pytest.mark.parametrize(("value", "sent"), [
    ("text", "text"), ("", ""), (7, "7"), (0, "0"), (-7, "-7"), (2**63 - 1, str(2**63 - 1)), (2.5, "2.5"),
    (True, "true"), (False, "false"), (np.bool_(True), "true"), (np.int64(7), "7"), (np.float64(0.5), "0.5"),
    (pd.Series([True]).iloc[0], "true"), ([1, 2], ["1", "2"]), ((1, 2), ["1", "2"]),
    (["a b&c=d", 1.5, False], ["a b&c=d", "1.5", "false"]), ((np.bool_(False), True), ["false", "true"]),
], ids=lambda value: f"{type(value).__name__} {value!a}")  # fmt: skip
def test_params_are_encoded_by_their_type(value, sent):
    assert encode_param("key", value) == sent


@pytest.mark.parametrize("value", [
    *[None, {}, {"a": 1}, [[1]], [1, [2]], [None], [{"a": 1}], {1}, [], (), b"bytes", object()],
    *[float("nan"), float("inf"), [float("nan")], 10**5000, 2**63, -(2**63), "\ud800", ["\ud800"], 1j],
    datetime(2026, 3, 4),
], ids=lambda value: type(value).__name__)  # fmt: skip
def test_a_param_that_cannot_be_sent_is_refused(value: Any):
    with pytest.raises(errors.InvalidArgument) as raised:
        encode_param("cpoId", value)
    assert raised.value.cause.startswith("params['cpoId'] is ")
    assert raised.value.remedy == "Pass a string, a number, True or False, or a list of them."
