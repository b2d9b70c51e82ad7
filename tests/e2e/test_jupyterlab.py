"""What pmframes shows in JupyterLab, light and dark, and in a saved notebook; the quickstart notebook."""

import re
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.front_ends import (
    DARK,
    jupyterlab,
    open_notebook,
    run_all,
    stop_kernels,
    take_picture,
    write_notebook,
)
from tests.support.jupyter import Server

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"
NAME = "shown.ipynb"
CELLS = [
    "%load_ext pmframes", "import pmframes as pm\npm.teamwork.people(480101)", "%pm help", "%pm poeple",
    "box = pm.demo(people=60)\npeople = pm.teamwork.people(480101)\npeople.head(3).pm.source",
    "pm.customers().pm.source", "%pm people --help", "pm.check()", "pm.cache.info()", "people.pm.plot(ax=5)",
    "pm.teamwork.companies().pm.summary()", "box.stop()\npm.customers()",
]  # fmt: skip
# Each visible text with colours as the browser mixes them: its own, and the first opaque background behind it.
COLOURS = """all => all.filter(one => one.checkVisibility()).map(one => {
    const seen = colour => colour.match(/[\\d.]+/g).map(Number);
    let behind = one;
    const clear = box => (seen(getComputedStyle(box).backgroundColor)[3] ?? 1) < 1;
    while (clear(behind) && behind.parentElement) behind = behind.parentElement;
    return [one.innerText, seen(getComputedStyle(one).color), seen(getComputedStyle(behind).backgroundColor)];
})"""


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request, browser: Browser, lab: Server, tmp_path_factory) -> Iterator[tuple[Page, Server, str]]:
    """The notebook in which each cell was run by itself, as far as it goes; its server and its theme."""
    own = jupyterlab(tmp_path_factory.mktemp("dark"), DARK) if request.param == "dark" else nullcontext(lab)
    with own as server:
        write_notebook(server.folder / NAME, CELLS)
        page = browser.new_context(viewport={"width": 1300, "height": 1400}).new_page()
        page.set_default_timeout(60_000)
        open_notebook(page, server, NAME)
        for number in range(len(CELLS)):
            cell = _cell(page, number)
            cell.locator(".cm-content").click()
            page.keyboard.press("Control+Enter")
            expect(cell.locator(".jp-InputArea-prompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=90_000)
        yield page, server, request.param
        page.context.close()
        stop_kernels(server, NAME)


def _cell(page: Page, number: int) -> Locator:
    return page.locator(".jp-Notebook .jp-CodeCell").nth(number)


def _contrast(*colours: list[float]) -> float:
    """Return the contrast of two colours, as WCAG defines it."""
    weights = (0.2126, 0.7152, 0.0722)
    lights = sorted(
        sum(weight * _linear(part / 255) for weight, part in zip(weights, colour, strict=False)) for colour in colours
    )
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize(("number", "name", "text"), [
    (1, "hint", "There is no connection to Teamwork.com"), (2, "help", "%pm projectmanager.customers"),
    (4, "source", "Not all of Teamwork.com people as loaded: 3 of 13 rows."),
    (5, "sources", "Fictional data from the pmframes sandbox."),
    (6, "help-on-one", "Only people of this type"), (7, "check", "identity"), (8, "cached", "projects=[480101]"),
    (11, "hint-of-several", "Run its line alone"),
])  # fmt: skip
def test_text_has_enough_contrast_in_both_themes(page, tmp_path, number, name, text):
    shown, _, theme = page
    output = _cell(shown, number).locator(".jp-RenderedHTML").first
    expect(output).to_contain_text(text)
    texts = output.locator("p, b, code, th, td, summary").evaluate_all(COLOURS)
    assert len(texts) > 2
    assert [text for text, *colours in texts if _contrast(*colours) < 4.5] == []
    picture = take_picture(_cell(shown, number), tmp_path / f"{name}-{theme}.png")
    assert picture.stat().st_size > 5_000


def test_an_error_is_its_line_and_the_message(page):
    shown, _, _ = page
    error = _cell(shown, 3).locator(".jp-OutputArea-output")
    expect(error).to_have_count(1)
    place, message = error.inner_text().split("\n")
    assert place == "Cell In[4], line 1"
    assert message.startswith("InvalidArgument: Unknown command 'poeple'.")


def test_the_connect_hint_is_saved_with_the_notebook(page, browser):
    shown, server, _ = page
    shown.keyboard.press("Escape")
    shown.keyboard.press("Control+s")
    expect(shown.locator(".jp-mod-dirty")).to_have_count(0)
    saved = (server.folder / NAME).read_text()
    assert saved.count("pm.demo()") >= 2
    stop_kernels(server, NAME)
    again = browser.new_context().new_page()
    open_notebook(again, server, NAME)
    hint = _cell(again, 1).locator(".jp-RenderedHTML").first
    expect(hint).to_contain_text("Try it without an account", timeout=60_000)
    expect(hint).to_contain_text('pm.connect("teamwork"')
    again.context.close()


def test_the_quickstart_runs_in_jupyterlab(browser, lab):
    folder = lab.folder / "quickstart"
    folder.mkdir()
    shutil.copy(QUICKSTART, folder)
    page = browser.new_context(viewport={"width": 1300, "height": 1000}).new_page()
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_notebook(page, lab, "quickstart/quickstart.ipynb")
    run_all(page)
    prompts = page.locator(".jp-CodeCell .jp-InputArea-prompt")
    expect(prompts.last).to_have_text("[5]:", timeout=120_000)
    live = page.locator(".pmframes-live")
    expect(live.get_by_text("1,200 rows", exact=True)).to_be_visible()
    expect(live.locator(".grid tbody tr")).to_have_count(25)
    contact = live.get_by_role("listitem").filter(has=page.get_by_role("checkbox", name=re.compile("^contact")))
    count = contact.locator(".count").inner_text()
    contact.get_by_role("checkbox").check()
    expect(live.get_by_text(f"{count} of 1,200 rows", exact=True)).to_be_visible()
    expect(live.locator(".grid tbody tr")).to_have_count(25)
    shown = page.locator(".jp-OutputArea [data-mime-type*=error], .jp-RenderedText[data-mime-type*=stderr]")
    expect(shown).to_have_count(0)
    page.context.close()
    stop_kernels(lab, "quickstart/quickstart.ipynb")
    assert (folder / "quickstart.html").exists()
    assert [text for text in errors if "pmframes" in text] == []
