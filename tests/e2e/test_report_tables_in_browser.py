"""The tables of a report in a browser: searching, sorting, keyboard, and print."""

import re

import numpy as np
import pandas as pd
import pytest

from pmframes import plot, report
from pmframes._text import capitalize
from pmframes.report import Report
from tests.support import frames
from tests.support.front_ends import CHROMIUM

pytestmark = [
    pytest.mark.slow, pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]  # fmt: skip
TITLE = "Long & <b>wide</b>"
NAMES = ("émile", "Zoë", "ábel", "Bo", "zoe", "Émile 10", "Émile 9", "Ørsted", "株式会社", "שלום")


def long_frame(rows=60):
    """Make a frame with missing values in every column, and numbers that are no order as texts."""
    random = np.random.default_rng(7)
    numbers = pd.array(random.permutation(rows) * 37 - 500, dtype="Int64")
    numbers[3] = numbers[9] = pd.NA
    shares = pd.array(random.random(rows), dtype="Float64")
    shares[:3] = [0.0001, 0.9999, pd.NA]
    money = pd.array(random.random(rows).round(4) * 10_000, dtype="Float64")
    money[5] = pd.NA
    when = pd.Series(pd.date_range("2024-01-01", periods=rows, freq="13h", tz="UTC"))[::-1].reset_index(drop=True)
    when[7] = pd.NaT
    names = pd.Series([NAMES[place % len(NAMES)] for place in range(rows)], dtype="str")
    names[[2, 11]] = None
    flags = pd.array([(True, False, None)[place % 3] for place in range(rows)], dtype="boolean")
    columns = {"id": range(rows), "number": numbers, "share": shares, "money": money, "when": when}
    return pd.DataFrame({**columns, "name": names, "flag": flags})


@pytest.fixture
def long(page, tmp_path):
    """Open a report with a long table, and one with a short one."""
    made_of = Report("Long").add_table(long_frame(), TITLE).add_table(long_frame(20), "Short")
    page.goto(made_of.to_html(tmp_path / "long.html").as_uri())
    return page


def ids(page):
    rows = page.locator("table").first.locator("tbody tr:visible")
    return rows.evaluate_all("all => all.map(one => Number(one.cells[0].textContent))")


def button(page, name):
    heading = "ID" if name == "id" else capitalize(name)
    return page.locator("table").first.get_by_role("button", name=heading, exact=True)


class TestTables:
    def test_are_reached_from_the_list_of_contents(self, page, loaded, tmp_path):
        review = report.access_review(loaded.people, loaded.members, loaded.roles)
        page.goto(review.to_html(tmp_path / "review.html").as_uri())
        links = page.get_by_role("navigation", name="Contents").get_by_role("link")
        for place, title in enumerate(links.all_inner_texts()):
            links.nth(place).click()
            target = page.locator(":target")
            assert target.evaluate("one => (one.querySelector('h2') ?? one).textContent") == title
            assert target.evaluate("one => one.getBoundingClientRect().top") < 720

    def test_that_are_long_and_no_others_are_searched_and_sorted(self, long):
        assert long.get_by_role("searchbox").count() == 1
        assert long.locator("table").nth(1).get_by_role("button").count() == 0
        names = long.locator("table").first.get_by_role("button").all_inner_texts()
        assert names == [capitalize(name) for name in ("ID", *long_frame().columns[1:])]

    def test_of_21_rows_are_long(self, page, tmp_path):
        for rows, boxes in ((20, 0), (21, 1)):
            made_of = Report("One").add_table(long_frame(rows), "t")
            page.goto(made_of.to_html(tmp_path / "one.html", overwrite=True).as_uri())
            assert page.get_by_role("searchbox").count() == boxes

    def test_have_a_name_for_every_box_and_button(self, page, tmp_path):
        frame = long_frame().rename(columns={"name": ""})
        frame.index = [f"row {place}" for place in range(len(frame))]
        made_of = Report("Two").add_table(frame, "First").add_table(long_frame(), "Second")
        page.goto(made_of.to_html(tmp_path / "two.html").as_uri())
        tree = page.locator("body").aria_snapshot()
        assert tree.count("searchbox") == 2
        assert not re.search(r"- (button|searchbox)( \[.*\])?:?$", tree, re.MULTILINE)
        assert page.get_by_role("searchbox", name="First").count() == 1
        assert page.get_by_role("searchbox", name="Second").count() == 1


def by_value(column, descending=False):
    frame = long_frame()
    return frame.sort_values(column, ascending=not descending, kind="stable", na_position="last")["id"].tolist()


class TestSorting:
    @pytest.mark.parametrize("column", ["number", "money", "when", "id"])
    def test_gives_what_pandas_gives(self, column, long):
        for descending in (False, True, False):
            button(long, column).click()
            assert ids(long) == by_value(column, descending)

    def test_of_shares_is_by_what_is_shown(self, long):
        shown = long_frame()["share"]
        keys = shown.where(shown.isna() | ((shown > 0.0005) & (shown < 0.9995)), shown.round()).round(3)
        button(long, "share").click()
        found = keys.loc[ids(long)]
        assert found.dropna().is_monotonic_increasing
        assert found.isna().tolist() == [False] * 59 + [True]

    def test_of_text_is_by_locale(self, long):
        names = long_frame()["name"]
        order = ["ábel", "Bo", "émile", "Émile 9", "Émile 10", "Ørsted", "Zoë", "zoe", "שלום", "株式会社"]
        button(long, "name").click()
        found = names.loc[ids(long)].tolist()
        place = {name: order.index(name) for name in order} | {"zoe": order.index("Zoë")}
        assert [place[one] for one in found[:-2]] == sorted(place[one] for one in found[:-2])
        assert ids(long)[-2:] == [2, 11]
        button(long, "name").click()
        assert ids(long)[-2:] == [2, 11]

    def test_puts_what_was_not_sent_last(self, long):
        flags = long_frame()["flag"]
        for _ in range(2):
            button(long, "flag").click()
            found = flags.loc[ids(long)]
            assert found.isna().tolist() == sorted(flags.isna())
            assert len(found.dropna().astype(int).diff().dropna().loc[lambda one: one != 0]) == 1

    def test_is_said_to_those_who_do_not_see(self, long):
        heading = long.locator("table").first.get_by_role("columnheader", name="Number", exact=True)
        for word in ("ascending", "descending", "ascending"):
            button(long, "number").click()
            assert heading.get_attribute("aria-sort") == word
        button(long, "money").click()
        assert long.locator("[aria-sort]").count() == 1

    def test_works_by_keyboard(self, long):
        long.get_by_role("searchbox").focus()
        for _ in range(10):
            long.keyboard.press("Tab")
            if long.evaluate("document.activeElement.textContent") == "Money":
                break
        long.keyboard.press("Enter")
        assert ids(long) == by_value("money")
        long.keyboard.press("Space")
        assert ids(long) == by_value("money", descending=True)

    def test_of_an_index_of_numbers_is_by_number(self, page, tmp_path):
        frame = long_frame(30).set_index(pd.Index([place * 400 for place in range(30, 0, -1)], name="key"))
        page.goto(Report("One").add_table(frame, "t").to_html(tmp_path / "one.html").as_uri())
        button(page, "key").click()
        keys = page.locator("tbody th:first-child").all_inner_texts()[:30]
        assert [int(one.replace(",", "")) for one in keys] == sorted(frame.index)

    @pytest.mark.parametrize(("name", "values", "ordered"), [
        ("share", [0.001, 0.0001, 0.9999, 1.0, 0.999, None], ["<0.1%", "0.1%", "99.9%", ">99.9%", "100.0%", ""]),
        ("x", [2.0, float("inf"), -1.0, float("-inf")], ["-inf", "-1.00", "2.00", "inf"]),
    ])  # fmt: skip
    def test_of_numbers_is_by_number_and_not_by_text(self, page, tmp_path, name, values, ordered):
        frame = pd.DataFrame({name: values * (24 // len(values))})
        page.goto(Report("Long").add_table(frame, "Long").to_html(tmp_path / "long.html").as_uri())
        page.locator("thead button").click()
        cells = page.locator("tbody td").all_inner_texts()
        assert list(dict.fromkeys(cells)) == ordered


class TestSearching:
    @pytest.mark.parametrize("wanted", ["zo", "ÉMILE", "株", "unknown", "nowhere", "2024-01-0"])
    def test_gives_the_rows_that_have_it(self, wanted, long):
        table = long.locator("table").first
        cells = table.locator("tbody tr").evaluate_all("all => all.map(r => [...r.cells].map(c => c.textContent))")
        expected = [int(row[0]) for row in cells if any(wanted.lower() in one.lower() for one in row)]
        long.get_by_role("searchbox").fill(wanted)
        assert ids(long) == expected
        assert long.get_by_role("status").first.inner_text() == f"{len(expected)} of 60 rows"

    def test_finds_nothing_that_is_only_there_across_two_cells(self, page, tmp_path):
        frame = pd.DataFrame({"a": ["Ann"] * 30, "b": ["Archer"] * 30})
        page.goto(Report("One").add_table(frame, "t").to_html(tmp_path / "one.html").as_uri())
        page.get_by_role("searchbox").fill("narc")
        assert page.locator("tbody tr:visible").count() == 0

    def test_stays_when_it_is_sorted_and_ends_when_it_is_emptied(self, long):
        long.get_by_role("searchbox").fill("zo")
        found = ids(long)
        button(long, "number").click()
        assert sorted(ids(long)) == sorted(found) != ids(long)
        long.get_by_role("searchbox").fill("")
        assert len(ids(long)) == 60
        assert long.get_by_role("status").first.inner_text() == ""

    def test_takes_what_is_typed_as_text(self, long):
        for wanted in (".*", "<b>", "(", "$x^$"):
            long.get_by_role("searchbox").fill(wanted)
            assert ids(long) == []
        assert long.heard == []


class TestOnPaper:
    def test_the_boxes_are_left_out(self, long):
        long.emulate_media(media="print")
        assert not long.get_by_role("searchbox").is_visible()

    def test_headings_are_no_buttons_which_other_pages_would_show_empty(self, long):
        shown = "[...document.querySelectorAll('th button')].map(one => getComputedStyle(one).display)"
        assert "contents" not in set(long.evaluate(shown))
        long.emulate_media(media="print")
        assert set(long.evaluate(shown)) == {"contents"}

    def test_permissions_of_a_set_have_most_of_the_page(self, page, loaded, tmp_path):
        review = report.access_review(loaded.people, loaded.members)
        page.goto(f"{review.to_html(tmp_path / 'review.html').as_uri()}#appendix")
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 702, "height": 900})
        table = page.get_by_role("region", name="Permission sets", exact=True)
        width = table.locator("th").last.bounding_box()["width"]
        assert width > table.locator("table").bounding_box()["width"] / 2

    def test_no_column_is_cut_off(self, page, loaded, tmp_path):
        review = report.access_review(loaded.people, loaded.members, loaded.roles, before=loaded.people)
        review = review.add_table(loaded.site.head(30), "All columns")
        page.goto(review.to_html(tmp_path / "review.html").as_uri())
        page.emulate_media(media="print")
        # What A4 holds within the margins of the report, at 96 dots an inch: upright, and on its side.
        for selector, width in ((".table:not(.wide) table", 702), (".table.wide table", 1031)):
            page.set_viewport_size({"width": width, "height": 900})
            wide = f"Math.max(0, ...[...document.querySelectorAll('{selector}')].map(one => one.scrollWidth))"
            assert page.evaluate(wide) <= width


def test_in_a_notebook_it_can_be_searched_too(page, loaded, tmp_path):
    review = Report("Long").add_table(loaded.site, "People")
    (tmp_path / "notebook.html").write_text(f"<meta charset=utf-8>{review._repr_html_()}", "utf-8")
    page.goto((tmp_path / "notebook.html").as_uri())
    inside = page.frame_locator("iframe")
    inside.get_by_role("searchbox").last.fill("nobody is called so")
    assert inside.get_by_text("0 of 200 rows").count() == 1
    assert page.heard == []


def test_pictures_have_a_text_and_can_be_seen(page, tmp_path):
    made_of = Report("P").add_figure(plot.people_by_type(frames.people()), "People by type")
    page.goto(made_of.to_html(tmp_path / "p.html").as_uri())
    assert page.get_by_role("img", name="People by type").is_visible()
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
