"""A report of untrusted text in a browser: the text is shown as it is, and nothing runs or is loaded."""

import pandas as pd
import pytest

from pmframes import plot, report
from pmframes._text import show_hidden
from pmframes.report import Report
from tests.support import frames
from tests.support import report_inputs as made
from tests.support.front_ends import CHROMIUM

pytestmark = [
    pytest.mark.slow, pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]  # fmt: skip

BACKGROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 20, 25)"}


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
        .add_table(report.people_by_type(people, by="project_id"), "people")
        .add_table(report.roles_by_permission(roles), "roles")
        .add_table(report.customers_by_company(clients), "clients")
        .add_figure(plot.people_by_type(people), frames.AWKWARD[0])
        .add_figure(plot.roles_by_permission(roles), frames.AWKWARD[2])
        .add_figure(plot.customers_by_company(clients), frames.AWKWARD[3])
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return hostile().to_html(tmp_path_factory.mktemp("report") / "report.html")


def test_nothing_runs_and_nothing_is_loaded(page, path):
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    assert page.heard == []
    assert [one for one in page.asked if not one.startswith("data:")] == [path.as_uri()]
    assert page.title() == frames.AWKWARD[0]
    assert page.evaluate("document.querySelectorAll('script, svg, iframe, [onerror], [onload]').length") == 1
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")


def test_text_is_shown_as_it_is(page, path):
    page.goto(path.as_uri())
    table = page.locator("table", has_text="cells and headings").first
    cells = table.locator("tbody td:first-child").evaluate_all("all => all.map(one => one.textContent)")
    assert cells == list(map(show_hidden, frames.AWKWARD))
    headings = table.locator("thead th").evaluate_all("all => all.map(one => one.textContent)")
    assert headings == ["Name", *map(show_hidden, frames.AWKWARD)]


def standard_reports(tmp_path):
    people, members, roles = made.hostile_people(), made.hostile_members(), made.hostile_roles()
    people.attrs["pmframes"] |= {"account": frames.AWKWARD[0], "resource": frames.AWKWARD[1]}
    people.attrs["pmframes"]["params"] = {frames.AWKWARD[2]: frames.AWKWARD[0]}
    before = people.assign(company_name=frames.AWKWARD[0])
    review = report.access_review(people, members, roles, before=before)
    for text in frames.AWKWARD:
        review = review.add_text(text).add_table(people.rename(columns={"name": text}), text)
    clients = frames.clients(list(enumerate(frames.AWKWARD, 1)))
    clients["title"] = frames.text(frames.AWKWARD)
    portfolio = report.customer_portfolio(clients.assign(match=1))
    return [one.to_html(tmp_path / f"{place}.html") for place, one in enumerate((review, portfolio))]


def test_nothing_runs_when_standard_reports_are_searched_and_sorted(page, tmp_path):
    for path in standard_reports(tmp_path):
        page.goto(path.as_uri())
        for box in page.get_by_role("searchbox").all()[:3]:
            box.fill("<img")
        for one in page.locator("th button").all()[:8]:
            one.dispatch_event("click")
        page.wait_for_load_state("networkidle")
        assert page.heard == []
        assert page.title() != frames.CANARY
        asked = [one for one in page.asked if not one.startswith("data:")]
        assert asked == [path.as_uri()]
        page.asked.clear()
        assert page.locator("script").count() <= 1
        assert page.locator("svg, iframe, [onerror], [onload], main img:not([src^='data:'])").count() == 0


def test_the_content_security_policy_blocks_an_added_script(page, tmp_path):
    path = Report("Long").add_table(frames.many_people(60), "t").to_html(tmp_path / "long.html")
    added = f"<script>document.title='{frames.CANARY}'</script>{frames.AWKWARD[0]}</body>"
    path.write_text(path.read_text("utf-8").replace("</body>", added), "utf-8")
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    assert page.title() == "Long"
    assert any("Content Security Policy" in one for one in page.heard)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_browser(scheme, page, path):
    page.emulate_media(color_scheme=scheme)
    page.goto(path.as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == BACKGROUND[scheme]
    assert page.evaluate("getComputedStyle(document.querySelector('td')).color") != BACKGROUND[scheme]


def test_fictional_data_have_a_banner(page, path):
    page.goto(path.as_uri())
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
