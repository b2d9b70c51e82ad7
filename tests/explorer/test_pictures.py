"""What the pictures of the explorer show, where, and that their words hold every number."""

import re
import warnings
from io import BytesIO
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import style
from matplotlib.image import imread

from pmframes._explorer.pictures import ROW, TOP, Picture, ValueBar, bars, matrix, over_time
from tests.support.frames import AWKWARD

FINENESS = 2
HOSTILE = [*AWKWARD, "", " ", "🚀", "𝖲𝖺𝗇𝗌", "half a pair \ud83d", "a\u0301" * 40, "W" * 5_000, "株" * 5_000]


@pytest.fixture(autouse=True)
def a_warning_is_an_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def pixels(picture: Picture) -> np.ndarray:
    shown = imread(BytesIO(picture.png))
    assert shown.shape == (picture.height * FINENESS, picture.width * FINENESS, 3)
    return shown


def grey(picture: Picture) -> np.ndarray:
    return pixels(picture) @ [0.299, 0.587, 0.114]


def numbers(text: str) -> list[int]:
    return [int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*", text)]


def rows_that_differ(one: Picture, other: Picture) -> tuple[float, float]:
    [places] = (pixels(one) != pixels(other)).any(axis=(1, 2)).nonzero()
    return places.min() / FINENESS, (places.max() + 1) / FINENESS


def row(picture: Picture, place: int) -> np.ndarray:
    top = TOP + ROW * place
    return grey(picture)[FINENESS * top : FINENESS * (top + ROW)]


def some(*counts: int, chosen: tuple[int, ...] = ()) -> list[ValueBar]:
    return [ValueBar(f"value {place}", count, place in chosen) for place, count in enumerate(counts)]


# Bars


@pytest.mark.parametrize("place", range(1, 5))
def test_a_count_changes_its_row_and_no_other(place):
    counts = [9_000, 800, 70, 6, 0]
    before = bars("Type", some(*counts), others=(3, 40))
    counts[place] += 1_234
    top, low = rows_that_differ(before, bars("Type", some(*counts), others=(3, 40)))
    assert TOP + ROW * place <= top < low <= TOP + ROW * (place + 1)


def test_the_others_come_last():
    before, after = (bars("Type", some(9_000, 800), others=(3, count)) for count in (40, 41))
    top, low = rows_that_differ(before, after)
    assert TOP + ROW * 2 <= top < low <= TOP + ROW * 3


def test_choosing_one_more_changes_its_row_and_no_other():
    before, after = (bars("Type", some(5, 4, 3, chosen=chosen)) for chosen in [(0,), (0, 2)])
    top, low = rows_that_differ(before, after)
    assert TOP + ROW * 2 <= top < low <= TOP + ROW * 3


def test_chosen_left_and_others_are_told_apart_without_colour():
    picture = bars("Type", [ValueBar("1 other", 5, True), ValueBar("1 other", 5, False)], others=(1, 5))
    seen = [row(picture, place) for place in range(3)]
    dark = [(one < 0.9).mean() for one in seen]
    assert all(abs(one - other) > 0.02 for one, other in combinations(dark, 2))
    marks = [(one[:, : FINENESS * 24] < 0.9).any() for one in seen]
    assert marks == [True, False, False]


def test_without_a_choice_all_bars_are_full():
    picture = bars("Type", [ValueBar("a", 5, False), ValueBar("a", 5, False)])
    assert (row(picture, 0) == row(picture, 1)).all()


def test_a_count_of_zero_has_a_number_and_no_bar():
    bar = slice(FINENESS * 212, FINENESS * 216)
    seen = bars("Type", [ValueBar("", 0, False), ValueBar("", 1, False), ValueBar("", 10**6, False)])
    assert [(row(seen, place)[:, bar] < 0.9).any() for place in range(3)] == [False, True, True]
    assert (row(seen, 0) < 0.9).any()


@pytest.mark.parametrize("count", [1, 2, 200])
def test_every_number_of_bars(count):
    found = some(*range(1_000, 1_000 + count), chosen=(0,))
    picture = bars("By", found, others=(12, 345))
    assert picture.width == 560
    assert TOP + ROW * (count + 1) <= picture.height < TOP + ROW * (count + 2)
    said = re.findall(r": ([\d,]+)", picture.text)
    assert [int(one.replace(",", "")) for one in said] == [*(one.count for one in found), 345]
    assert picture.text.endswith(f"Together {sum(one.count for one in found) + 345:,}.")


def test_the_words_of_bars():
    picture = bars("Type", [ValueBar("account", 1_200, True), ValueBar("מנהל", 7, False)], others=(1, 5))
    assert picture.text == "Type. account: 1,200, chosen; \u2068מנהל\u2069: 7; 1 other: 5. Together 1,212."


@pytest.mark.parametrize(("number", "name"), list(enumerate(HOSTILE)))
def test_a_label_is_text_and_stays_in_its_room(number, name):
    chosen = number % 2 == 0
    with mpl.rc_context({"text.parse_math": True, "text.usetex": True}):
        picture = bars(name, [ValueBar(name, 5, chosen), ValueBar("a", 1, False)])
    assert (row(picture, 0)[:, FINENESS * 206 : FINENESS * 211] > 0.99).all()
    picture.text.encode()
    assert "\n" not in picture.text


@pytest.mark.parametrize("name", ["$x^$", "_hidden", "株式会社サンプル", "שלום עולם", "&amp;"])
def test_a_label_is_said_as_it_is(name):
    assert name in bars("By", [ValueBar(name, 5, False)]).text


def test_a_dark_style_changes_nothing():
    usual = bars("By", some(5, 4, chosen=(0,)), others=(1, 2))
    with style.context("dark_background"):
        assert (pixels(bars("By", some(5, 4, chosen=(0,)), others=(1, 2))) == pixels(usual)).all()


@pytest.mark.parametrize("picture", [
    lambda: bars("By", []), lambda: over_time("By", pd.Series([], dtype="datetime64[us, UTC]"), None),
    lambda: over_time("By", pd.Series([pd.NaT, pd.NaT], dtype="datetime64[us]"), pd.Series(["a", "b"])),
    lambda: matrix("By", [], pd.DataFrame({"p": pd.array([], dtype="boolean")}), None),
    lambda: matrix("By", ["a"], pd.DataFrame(index=[0]), None),
])  # fmt: skip
def test_nothing_to_show(picture):
    picture = picture()
    assert picture.text.startswith("By: nothing to show")
    assert (grey(picture)[FINENESS * TOP :] < 0.9).any()


# Over time


def columns_of(text: str) -> list[tuple[str, int, list[int]]]:
    """Read the words of a picture back: what each column is called, its number and those of its groups."""
    body = text.partition(". ")[2].partition(". ")[0]
    parts = [re.fullmatch(r"(.+?): ([\d,]+)(?: \((.*)\))?", one) for one in body.split("; ")]
    groups = [re.findall(r"([\d,]+)(?=,|$)", one[3] or "") for one in parts]
    return [
        (one[1], numbers(one[2])[0], [numbers(n)[0] for n in found]) for one, found in zip(parts, groups, strict=True)
    ]


moment = st.one_of(st.none(), st.datetimes())


@given(rows=st.lists(st.tuples(moment, st.sampled_from(["a", "b", "c", "d", "e", "f", "g", None]))))
def test_the_numbers_add_up_to_the_rows(rows):
    moments = pd.Series([one for one, _ in rows], dtype="datetime64[us]")
    groups = pd.Series([one for _, one in rows], dtype="category")
    for parted, picture in enumerate((over_time("When", moments, None), over_time("When", moments, groups))):
        without = int(re.search(r"([\d,]+) without a date", picture.text)[1].replace(",", ""))
        assert without == moments.isna().sum()
        if without < len(rows):
            columns = columns_of(picture.text)
            assert len(columns) <= 36
            assert sum(number for _, number, _ in columns) + without == len(rows)
            assert all(sum(parts) == number * parted for _, number, parts in columns)


@pytest.mark.parametrize(("first", "last", "unit", "labels"), [
    ("2026-02-27", "2026-02-27", "day", ["2026-02-27"]),
    ("2026-02-27", "2026-03-02", "day", ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]),
    ("2025-11-30", "2026-02-01", "month", ["2025-11", "2025-12", "2026-01", "2026-02"]),
    ("2020-03-31", "2024-04-01", "quarter", ["2020 Q1", "2020 Q2", "2020 Q3", "2020 Q4"]),
    ("1969-12-31", "1990-01-01", "year", ["1969", "1970", "1971", "1972"]),
    ("1960-01-01", "2026-01-01", "2 years", ["1960–1961", "1962–1963"]),
    ("0001-01-01", "9999-12-31", "500 years", ["0000–0499", "0500–0999"]),
])  # fmt: skip
def test_the_columns_are_few(first, last, unit, labels):
    moments = pd.Series([last, first], dtype="datetime64[us]")
    if unit == "month":
        moments = pd.concat([moments, pd.Series([first], dtype="datetime64[us]")])
    text = over_time("When", moments, None).text
    assert text.startswith(f"When, by {unit}. {labels[0]}: ")
    assert [label for label, _, _ in columns_of(text)][: len(labels)] == labels
    assert len(columns_of(text)) <= 36


@pytest.mark.parametrize("first", [pd.Timestamp.min, pd.Timestamp("1677-09-22")])
def test_the_first_moments_that_fit_into_nanoseconds_come_first(first):
    text = over_time("When", pd.Series([pd.Timestamp("2024-01-01"), first, None], dtype="datetime64[ns]"), None).text
    assert text.startswith("When, by 10 years. 1670–1679: 1; 1680–1689: 0")
    assert text.endswith("2020–2029: 1. 2 with a date, 1 without a date.")


def test_a_moment_counts_for_the_day_of_its_own_zone():
    moments = pd.Series(["2026-01-01T23:30:00Z"], dtype="datetime64[us, UTC]").dt.tz_convert("Europe/Oslo")
    assert over_time("When", moments, None).text.startswith("When, by day. 2026-01-02: 1.")


def test_the_words_of_columns():
    moments = pd.Series(["2026-01-01", "2026-01-01", None, "2026-01-03"], dtype="datetime64[us]", index=[5] * 4)
    groups = pd.Series(["a", "b", "b", None], index=[1, 2, 3, 4])
    assert over_time("When", moments, groups).text == (
        "When, by day. 2026-01-01: 2 (a 1, b 1); 2026-01-02: 0; 2026-01-03: 1 ((none) 1)."
        " 3 with a date, 1 without a date."
    )


def test_all_groups_after_the_fifth_are_one():
    moments = pd.Series(["2026-01-01"] * 36, dtype="datetime64[us]")
    groups = pd.Series([place for place in range(8) for _ in range(place + 1)])
    assert "2026-01-01: 36 (7 8, 6 7, 5 6, 4 5, 3 4, 3 others 6)." in over_time("When", moments, groups).text


def test_groups_are_told_apart_without_colour():
    moments = pd.Series(["2026-01-01"] * 36, dtype="datetime64[us]")
    groups = pd.Series([place for place in range(8) for _ in range(place + 1)])
    whole = grey(over_time("When", moments, groups))
    swatches = [
        whole[FINENESS * top : FINENESS * (top + 11), FINENESS * left : FINENESS * (left + 20)]
        for top in (TOP, TOP + 20)
        for left in (9, 9 + 181, 9 + 362)
    ]
    assert all(np.abs(one - other).mean() > 0.03 for one, other in combinations(swatches, 2))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_group_is_text(name):
    moments = pd.Series(["2026-01-01", "2026-02-01"], dtype="datetime64[us]")
    picture = over_time(name, moments, pd.Series([name, "a"], dtype=object))
    picture.text.encode()
    assert "\n" not in picture.text


# The matrix


def test_every_state_is_told_apart_without_colour():
    shown = []
    for state in (True, False, None):
        permissions = pd.DataFrame({"p": pd.array([state], dtype="boolean")})
        for fixed in (True, False):
            picture = matrix("Roles", ["a"], permissions, np.array([[fixed]]))
            shown.append(grey(picture)[: FINENESS * (picture.height - 2 * ROW)])
    assert all(np.abs(one - other).max() > 0.3 for one, other in combinations(shown, 2))
    assert all((np.abs(one - other) > 0.3).sum() > 20 for one, other in combinations(shown, 2))


def test_the_words_of_a_matrix():
    flags = {"p": [True, False, None], "q": [True, True, None]}
    permissions = pd.DataFrame(flags, dtype="boolean", index=["x", "x", "y"])
    fixed = np.array([[True, True], [False, True], [False, False]])
    assert matrix("Roles", ["Admin", "外部", "Guest"], permissions, fixed).text == (
        "Roles. Admin: 2 of 2 granted, 0 unknown, 2 locked."
        " \u2068外部\u2069: 1 of 2 granted, 0 unknown, 1 locked."
        " Guest: 0 of 2 granted, 2 unknown, 0 locked."
    )
    assert matrix("Roles", ["Admin"], permissions[:1], None).text == "Roles. Admin: 2 of 2 granted, 0 unknown."


def test_the_first_forty_of_many_rows():
    permissions = pd.DataFrame({f"p{place}": [True, False, None] * 104 for place in range(46)}, dtype="boolean")
    names = [f"role {place}" for place in range(312)]
    picture = matrix("Roles", names, permissions, np.zeros(permissions.shape, dtype=bool))
    assert picture.text.startswith("Roles: the first 40 of 312. role 0: 46 of 46 granted, ")
    assert picture.text.count(" granted") == 40
    first = matrix("Roles: the first 40 of 312", names[:40], permissions[:40], np.zeros((40, 46), dtype=bool))
    assert (pixels(picture) == pixels(first)).all()


def test_permissions_may_be_of_any_dtype_that_holds_flags():
    flags = [True, False, None]
    usual = matrix("By", list("abc"), pd.DataFrame({"p": pd.array(flags, dtype="boolean"), "q": [True] * 3}), None)
    other = matrix("By", list("abc"), pd.DataFrame({"p": pd.Series(flags, dtype=object), "q": [True] * 3}), None)
    assert usual == other


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_and_a_permission_are_text(name):
    permissions = pd.DataFrame([[True]], columns=pd.Index([name], dtype=object))
    picture = matrix(name, [name], permissions, None)
    assert picture.width == 560
    assert picture.height < 250
    picture.text.encode()
    assert "\n" not in picture.text
