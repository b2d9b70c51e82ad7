"""What a person does with an open notebook: write into a cell, run it, and use the explorer that it shows."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from . import explorer_frames as frames
from .front_ends import CHROMIUM, open_notebook, run_all, write_notebook
from .jupyter import Server

NAME = "explore.ipynb"
DEMO = "import json\nimport pmframes as pm\nbox = pm.demo()"
HAND_MADE = "import json\nimport pmframes as pm\nimport frames"
MARKS = [
    pytest.mark.browser, pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]  # fmt: skip
# With window.delays, in milliseconds, each event of a widget is sent after its own.
LATE = """
window.delays = [];
window.underWay = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  const text = typeof data === "string" ? data : new TextDecoder("latin1").decode(data);
  const isEvent = text.includes('"comm_msg"') && text.includes('"client"');
  const delay = isEvent ? window.delays.shift() : undefined;
  const sent = () => { window.underWay -= 1; send.call(this, data); };
  window.underWay += 1;
  if (delay === undefined) sent();
  else setTimeout(sent, delay);
};
"""
# What window.seen holds afterwards: whether a box was ticked, in each frame that was painted.
WATCH = """box => {
  window.seen = [];
  const look = () => { window.seen.push(box.checked); requestAnimationFrame(look); };
  requestAnimationFrame(look);
}"""
# Controls that are seen, but for those of the grid and of panels, which scroll: what they are, and their edges.
_EDGES = """all => all.filter(one => one.checkVisibility() && !one.closest(".grid, .panel")).map(one => {
  const box = one.getBoundingClientRect();
  return [one.outerHTML.slice(0, 100), box.left, box.right];
})"""
# Texts in sight, their colours, and the grounds behind them: the first opaque one, and that of a bar.
_TEXTS = """live => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parts = colour => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const ground = one => {
    while (parts(getComputedStyle(one).backgroundColor)[3] < 1 && one.parentElement) one = one.parentElement;
    return parts(getComputedStyle(one).backgroundColor);
  };
  const probe = live.appendChild(document.createElement("span"));
  probe.style.background = "var(--bar)";
  const bar = parts(getComputedStyle(probe).backgroundColor);
  probe.remove();
  const isText = node => node.nodeType === Node.TEXT_NODE && node.textContent.trim();
  const isSeen = one =>
    one.ariaDisabled !== "true" && one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const seen = [...live.querySelectorAll("*")].filter(isSeen);
  const texts = seen.filter(one => [...one.childNodes].some(isText)).map(one => [one.textContent.trim(),
    parts(getComputedStyle(one).color),
    [ground(one), ...(one.closest(".values li:not(.zero) label, .bar") ? [bar] : [])]]);
  const hints = seen.filter(one => one.placeholder).map(one => [one.placeholder,
    parts(getComputedStyle(one, "::placeholder").color), [ground(one)]]);
  return [...texts, ...hints];
}"""


def write(folder: Path, setup: str) -> None:
    """Write a notebook of three cells: ``setup``, one for an explorer, and one to read it with."""
    folder.mkdir(exist_ok=True)
    shutil.copy(frames.__file__, folder / "frames.py")
    write_notebook(folder / NAME, [setup, "pass", "pass"])


def new_context(browser: Browser) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1300, "height": 1100})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(60_000)
    return context


def opened(context: BrowserContext, server: Server, name: str, *, script: str = "") -> Page:
    """Open the notebook, and run it once; ``script`` runs before those of the page."""
    page = context.new_page()
    page.add_init_script(script)
    open_notebook(page, server, name)
    run_all(page)
    expect(_prompt(cell(page, 2))).to_have_text("[3]:", timeout=60_000)
    return page


def cell(page: Page, number: int) -> Locator:
    return page.locator(".jp-Notebook .jp-CodeCell").nth(number)


def _prompt(one: Locator) -> Locator:
    return one.locator(".jp-InputArea-prompt")


def run(page: Page, number: int, source: str) -> Locator:
    """Write ``source`` into a cell, run it, and wait until it has run."""
    one = cell(page, number)
    before = _prompt(one).inner_text()
    one.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("Control+Enter")
    expect(_prompt(one)).not_to_have_text(before)
    expect(_prompt(one)).to_have_text(re.compile(r"\[\d+\]:"), timeout=60_000)
    return one


def read(page: Page, expression: str) -> str:
    """Print an expression in the last cell, and give what is printed."""
    output = run(page, 2, f"print({expression})").locator(".jp-OutputArea-output")
    expect(output).to_be_visible()
    return output.inner_text().strip()


def choose_in_menu(page: Page, *titles: str) -> None:
    """Choose from a menu of JupyterLab."""
    page.get_by_role("menuitem", name=titles[0], exact=True).click()
    for title in titles[1:]:
        page.get_by_text(title, exact=True).click()


def change_setting(page: Page, *titles: str) -> None:
    """Change a setting of JupyterLab by its menu, and wait until the server has it: other notebooks share it."""
    with page.expect_response(lambda answer: answer.request.method == "PUT" and "/api/settings/" in answer.url):
        choose_in_menu(page, "Settings", *titles)


class Live:
    """An explorer on a page, and its parts by the names that people read or hear."""

    def __init__(self, root: Locator) -> None:
        self.root = root
        self.page = root.page
        self.search = root.get_by_role("searchbox", name="Search", exact=True)
        self.shown = root.locator(".toolbar").get_by_role("status")
        self.selected = root.locator(".selection [role=status]")
        self.chips = root.get_by_role("list", name="Active filters").get_by_role("listitem")
        self.filters = root.get_by_role("complementary", name="Filters")
        self.heads = root.get_by_role("columnheader")
        self.rows = root.get_by_role("grid").locator("tbody tr")
        self.boxes = root.get_by_role("checkbox", name="Select this row")
        self.page_box = root.get_by_role("checkbox", name="Select the rows of this page")
        self.panel = root.locator(".panel")
        self.dialog = root.get_by_role("dialog")

    def shows(self, text: str) -> None:
        """Wait until the first status is this number of rows."""
        expect(self.shown).to_have_text(re.compile(rf"^\s*{text} rows?\b"))

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def head(self, name: str) -> Locator:
        return self.root.get_by_role("columnheader", name=name, exact=True)

    def cell(self, row: int, column: int) -> Locator:
        """Find a cell by its place; row 0 are the headings, column 0 the checkboxes."""
        return self.root.locator(f'[data-cell="{row},{column}"]')

    def facet(self, heading: str) -> Locator:
        """Find a facet, and unfold it."""
        found = self.root.get_by_role("region", name=heading, exact=True)
        title = found.locator("[aria-expanded]")
        if self.filters.is_visible() and title.get_attribute("aria-expanded") != "true":
            title.click()
            expect(title).to_have_attribute("aria-expanded", "true")
        return found

    def _item(self, heading: str, text: str) -> Locator:
        name = self.page.locator("bdi").get_by_text(text, exact=True)
        return self.facet(heading).get_by_role("listitem").filter(has=name)

    def value(self, heading: str, text: str) -> Locator:
        """Find the checkbox of a value by its name, whatever number stands beside it."""
        return self._item(heading, text).get_by_role("checkbox")

    def press_beside(self, heading: str, text: str, button: str) -> None:
        """Press "only" or "all but", which appear beside a value under the mouse."""
        self._item(heading, text).hover()
        self._item(heading, text).get_by_role("button").get_by_text(button, exact=True).click()

    def counts(self, heading: str) -> dict[str, int]:
        """Give the number of rows beside each value of a facet."""
        items = self.facet(heading).get_by_role("listitem").all()
        texts = ((one.locator(".name").inner_text(), one.locator(".count").inner_text()) for one in items)
        return {name: int(number.replace(",", "")) for name, number in texts}

    def row(self, text: str) -> Locator:
        """Find a row of the grid by a text of one of its cells."""
        return self.rows.filter(has=self.page.get_by_role("gridcell", name=text, exact=True))

    def select(self, *texts: str) -> None:
        for text in texts:
            self.row(text).get_by_role("checkbox").check()

    def select_none(self) -> None:
        if self.button("Select none").is_visible():
            self.button("Select none").click()
        expect(self.selected).to_have_text("")

    def column(self, heading: str) -> list[str]:
        """Read the cells of a column that are in sight."""
        heads = [re.sub(r" [▲▼]\d*$", "", one).strip() for one in self.root.locator("thead tr > *").all_inner_texts()]
        return self.rows.locator(f"td:nth-child({heads.index(heading) + 1})").all_inner_texts()

    def menu(self, title: str) -> Locator:
        """Open a menu, and give what is in it."""
        found = self.root.locator("details.menu").filter(has=self.page.locator("summary", has_text=title))
        if found.get_attribute("open") is None:
            found.locator("summary").click()
        return found.locator(".sheet")

    def press_in_menu(self, title: str, button: str) -> None:
        self.menu(title).get_by_role("button", name=button).click()

    def turn_to(self, tab: str) -> Locator:
        """Turn to a tab, and give what it shows."""
        found = self.root.get_by_role("tab", name=tab)
        found.click()
        expect(found).to_have_attribute("aria-selected", "true")
        return self.panel

    def has_focus(self) -> bool:
        """Whether it has the focus once it is painted: a browser takes it from what was hidden or disabled."""
        return self.root.evaluate(
            """live => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
                () => done(live.contains(live.getRootNode().activeElement)))))"""
        )

    def set_width(self, width: str) -> None:
        """Give the explorer more or less room than the notebook has."""
        self.root.evaluate("(live, width) => { live.parentElement.style.width = width }", width)

    def beyond(self, left: float, right: float) -> list[str]:
        """Give the controls that stick out of two edges."""
        controls = self.root.locator("button, input, select, summary").evaluate_all(_EDGES)
        assert controls
        return [html for html, begin, end in controls if begin < left or end > right]

    def illegible(self) -> list[Any]:
        """Give the texts with a contrast below 4.5, as WCAG defines it; colours of texts may be translucent."""
        texts = self.root.evaluate(_TEXTS)
        assert len(texts) > 20
        found = [(text[:30], colour, ground) for text, colour, grounds in texts for ground in grounds]
        return [one for one in found if _contrast(*one[1:]) < 4.5]


def _contrast(colour: list[float], ground: list[float]) -> float:
    mixed = [colour[3] * part + (1 - colour[3]) * behind for part, behind in zip(colour[:3], ground, strict=False)]
    low, high = sorted(map(_light, (mixed, ground)))
    return (high + 0.05) / (low + 0.05)


def _light(colour: list[float]) -> float:
    parts = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in (c / 255 for c in colour[:3])]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def explore(page: Page, source: str, number: int = 1, name: str = "x") -> Live:
    """Show an explorer, called x in the notebook, in a cell."""
    live = Live(run(page, number, f"{name} = {source}\n{name}").locator(".pmframes-live"))
    expect(live.shown).to_be_visible(timeout=120_000)
    return live
