"""A report full of hostile text, opened in a browser: it is shown as it is, and nothing runs or loads."""

from pathlib import Path

import pandas as pd
import pytest

from pmframes import plot, report
from pmframes.report import Report
from tests.support import frames

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]


def hostile():
    made = Report(frames.AWKWARD[0])
    awkward = pd.DataFrame({"name": frames.AWKWARD, **{one: ["x"] * len(frames.AWKWARD) for one in frames.AWKWARD}})
    people = frames.people(list(frames.AWKWARD))
    roles = frames.roles(
        list(frames.AWKWARD), list(frames.AWKWARD), [[True] * len(frames.AWKWARD)] * len(frames.AWKWARD)
    )
    roles.attrs["permissions"] = {one: {"description": one} for one in frames.AWKWARD}
    clients = frames.clients(list(enumerate(frames.AWKWARD)))
    frames.stamp(clients, "outlign", frames.AWKWARD[0], params={frames.AWKWARD[1]: frames.AWKWARD[2]})
    for text in frames.AWKWARD:
        made = made.add_text(text).add_table(awkward[:1], text)
    return (
        made.add_table(awkward, "cells and headings")
        .add_table(awkward.set_index("name"), "index")
        .add_table(report.people_by_type(people, by="type"), "people")
        .add_table(report.roles_by_permission(roles), "roles")
        .add_table(report.customers_by_company(clients), "clients")
        .add_figure(plot.people_by_type(people), frames.AWKWARD[0])
        .add_figure(plot.roles_by_permission(roles), frames.AWKWARD[2])
        .add_figure(plot.customers_by_company(clients), frames.AWKWARD[3])
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return hostile().to_html(tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as started:
        yield started.chromium.launch(executable_path=str(CHROMIUM), args=arguments)


@pytest.fixture
def page(browser):
    """Give a page that notes what is said on its console and asked of the network."""
    page = browser.new_page(color_scheme="dark")
    page.heard, page.asked = [], []
    page.on("console", lambda message: page.heard.append(message.text))
    page.on("pageerror", lambda error: page.heard.append(str(error)))
    page.on("dialog", lambda dialog: page.heard.append(dialog.message))
    page.on("request", lambda request: page.asked.append(request.url))
    yield page
    page.close()


def test_nothing_runs_and_nothing_is_loaded(page, path):
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    assert page.heard == []
    assert [one for one in page.asked if not one.startswith("data:")] == [path.as_uri()]
    assert page.title() == frames.AWKWARD[0]
    assert page.evaluate("document.querySelectorAll('script, svg, iframe, [onerror], [onload]').length") == 0
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")


def test_text_is_shown_as_it_is(page, path):
    page.goto(path.as_uri())
    table = page.locator("table", has_text="cells and headings").first
    cells = table.locator("tbody td:first-child").evaluate_all("all => all.map(one => one.textContent)")
    assert cells == list(frames.AWKWARD)
    headings = table.locator("thead th").evaluate_all("all => all.map(one => one.textContent)")
    assert headings == ["name", *frames.AWKWARD]


def test_the_style_is_let_in(page, path):
    page.goto(path.as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 20, 25)"
    assert page.locator(".banner").inner_text() == "Fictional data from the pmframes sandbox"


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_the_page_does_not_scroll_sideways(page, path, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_no_column_is_cut(page, tmp_path):
    made = (
        Report("Print")
        .add_table(frames.people(), "People")
        .add_table(report.roles_by_permission(frames.many_roles()), "Roles")
    )
    by_company = report.people_by_type(frames.people(), by="company_name")
    made = made.add_table(by_company, "By company").add_table(pd.concat([frames.people()] * 4, axis=1), "All columns")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1031, "height": 800})  # A4 on its side, without margins, at 96 dots an inch
    page.goto(made.to_html(tmp_path / "report.html").as_uri())
    assert page.evaluate("Math.max(...[...document.querySelectorAll('table')].map(one => one.scrollWidth))") <= 1031


def test_in_a_notebook_nothing_runs_either(page, tmp_path):
    (tmp_path / "notebook.html").write_text(f"<meta charset=utf-8>{hostile()._repr_html_()}", "utf-8")
    page.goto((tmp_path / "notebook.html").as_uri())
    page.wait_for_load_state("networkidle")
    assert page.heard == []
    assert page.title() != frames.CANARY
    assert page.frame_locator("iframe").locator("h1").inner_text() == frames.AWKWARD[0]


def long(page, tmp_path, **columns):
    """Open a report of one table that is long enough to be sorted and searched."""
    frame = pd.DataFrame({name: values * (24 // len(values)) for name, values in columns.items()})
    page.goto(Report("Long").add_table(frame, "Long").to_html(tmp_path / "long.html").as_uri())


def test_a_search_finds_nothing_across_two_cells(page, tmp_path):
    long(page, tmp_path, first=["Ada", "Bo"], last=["mant", "Lee"])
    box = page.locator("input[type=search]")
    found = []
    for words in ("adam", "ada", "LEE"):
        box.fill(words)
        found.append(page.locator("tbody tr:visible").count())
    assert found == [0, 12, 12]
    assert page.locator("[role=status]").inner_text() == "12 of 24 rows"


@pytest.mark.parametrize(
    ("name", "values", "ordered"),
    [
        ("share", [0.001, 0.0001, 0.9999, 1.0, 0.999, None], ["<0.1%", "0.1%", "99.9%", ">99.9%", "100.0%", ""]),
        ("x", [2.0, float("inf"), -1.0, float("-inf")], ["-inf", "-1.00", "2.00", "inf"]),
    ],
)
def test_numbers_are_sorted_as_numbers(page, tmp_path, name, values, ordered):
    long(page, tmp_path, **{name: values})
    page.locator("thead button").click()
    cells = page.locator("tbody td").all_inner_texts()
    assert list(dict.fromkeys(cells)) == ordered
