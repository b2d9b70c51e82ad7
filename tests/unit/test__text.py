"""Values as text: sentences, cells, column labels, and characters that cannot be written or that move the cursor."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pmframes import _text, outlign, projectmanager, spirii, teamwork

CASES: dict[Callable[..., object], list[tuple[object, ...]]] = {
    _text.service_title: [
        *((service.SERVICE.name, service.SERVICE.title) for service in (outlign, projectmanager, spirii, teamwork)),
        ("other", "other"),
    ],
    _text.pluralize: [
        (1, "row", "1 row"), (0, "row", "0 rows"), (2, "row", "2 rows"), (1_234_567, "row", "1,234,567 rows"),
        (1, "company", "companies", "1 company"), (2, "company", "companies", "2 companies"),
    ],
    _text.join: [(["a", 1, None], "a, 1, None"), ([], "")],
    _text.join_limited: [
        ([], 3, ""), (["a"], 3, "a"), (["a", "b", "c"], 3, "a, b, c"), (["a", "b", "c", "d"], 3, "a, b and 2 more"),
        (["a"] * 2_000, 2, "a and 1,999 more"),
    ],
    _text.suggest: [
        ("teamwrk", ["teamwork", "spirii"], "Did you mean 'teamwork'?"), (481, [480, 999], "Did you mean '480'?"),
        ("xyz", ["teamwork"], ""), ("x", [], ""), ("ACCOUNT", ["contact", "account"], "Did you mean 'account'?"),
        ("Reports", ["report", "Report"], "Did you mean 'Report'?"),
        ("type", ["user_type"], "Did you mean 'user_type'?"),
        ("type", ["user_type", "order_type"], ""), ("dormant", ["dormant account"], "Did you mean 'dormant account'?"),
    ],
    _text.safe_repr: [
        ("plain", "'plain'"), ("", "''"), (None, "None"), (1.5, "1.5"), (True, "True"),
        (10**20 - 1, "99999999999999999999"), (10**20, "of type int"), (-(10**20), "of type int"),
        ("x" * 58, f"'{'x' * 58}'"), ("x" * 59, f"'{'x' * 58}…"), ("a\nb\ud800", "'a\\nb\\ud800'"),
        (b"secret", "of type bytes"), (["secret"], "of type list"), ({"token": "secret"}, "of type dict"),
    ],
    _text.format_age: [
        (timedelta(0), "less than a minute"), (timedelta(seconds=59.9), "less than a minute"),
        (timedelta(seconds=60), "1 minute"), (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(minutes=60), "1 hour"), (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(hours=24), "1 day"), (timedelta(days=2_000), "2,000 days"),
        (timedelta(seconds=-5), "less than a minute"),
    ],
    _text.format_time: [(datetime(2026, 3, 1, 9, 5, 59, tzinfo=UTC), "2026-03-01 09:05 UTC"), (None, "")],
    _text.format_percent: [
        (0, "0.0%"), (0.0001, "<0.1%"), (0.000499, "<0.1%"), (0.0005, "0.1%"), (0.125, "12.5%"), (0.9994, "99.9%"),
        (0.9995, ">99.9%"), (0.9999, ">99.9%"), (1, "100.0%"),
    ],
    _text.format_label: [
        ("name", "name"), (1, "1"), (None, "None"), (("A", "x"), "A x"), (("A", ""), "A"), (("A", 2024), "A 2024"),
        (("A", None), "A None"), ("\ud800", "\\ud800"), (None, "", ""), (("A", None), "", "A"),
    ],
    _text.strip_control: [
        ("plain é株", "plain é株"), ("two\nlines\tand a tab", "two�lines�and a tab"),
        ("\x1b[31mred\x1b[0m", "�[31mred�[0m"), ("\u202eright to left", "�right to left"),
        ("no\xa0break\u3000wide", "no break wide"), ("zero\u200bwidth\x07", "zero�width�"), ("\ud800", "�"),
    ],
    _text.display_width: [
        ("", 0), ("plain", 5), ("é", 1), ("e\u0301", 1), ("株式", 4), ("Ａ", 2), ("🦄", 2), ("\u20dd", 0),
        ("a\u200bb", 2), ("שלום", 4),
    ],
}  # fmt: skip


@pytest.mark.parametrize("function", CASES, ids=lambda function: function.__name__)
def test_each_value_as_text(function: Callable[..., object]):
    for *arguments, expected in CASES[function]:
        assert function(*arguments) == expected, arguments


@pytest.mark.parametrize(("text", "written"), [
    ("plain", "plain"), ("é株🦄", "é株🦄"), ("\ud800", "\\ud800"), ("a\udfffé", "a\\udfffé"),
    ("\ud83e\udd84", "\\ud83e\\udd84"),
])  # fmt: skip
def test_lone_surrogates_are_replaced(text: str, written: str):
    assert _text.replace_surrogates(text) == written
    assert written.encode().decode() == written
    assert _text.is_encodable(text) is (text == written)


@pytest.mark.parametrize(("text", "width", "cut"), [
    ("plain", 5, "plain"), ("plain", 4, "pla…"), ("two words", 5, "two…"), ("株式会社", 8, "株式会社"),
    ("株式会社", 7, "株式会…"), ("株式会社", 6, "株式…"), ("a株b", 3, "a…"), ("ab", 1, "…"),
    ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
])  # fmt: skip
def test_truncate(text: str, width: int, cut: str):
    assert _text.truncate(text, width) == cut
    assert _text.display_width(cut) <= width


@given(st.text() | st.text(alphabet="⟦U+202E⟧\u202e\x00"))
@example("\ud83d\U000e0041⟦⟧")
def test_hidden_characters_are_shown_and_restored(text: str):
    shown = _text.show_hidden(text)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b\ufeff\ud800-\udfff]", shown)
    assert _text.restore_hidden(shown) == text


def test_joiners_of_emoji_tabs_and_line_breaks_are_no_hidden_characters():
    for text in ("👩\u200d💻", "می\u200cخواهم", "a\tb\r\nc", "✈\ufe0f"):
        assert _text.show_hidden(text) == text
