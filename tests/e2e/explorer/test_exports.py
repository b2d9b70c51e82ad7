"""What is shown or selected as a file, on the clipboard, as a line of pandas, and a long text in full."""

import io
import re
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.support.notebook_page import HAND_MADE, MARKS, Live, read

pytestmark = MARKS

LONG = "A long text. " * 60
SETUP = f"""{HAND_MADE}
frame = frames.people()
frame["title"] = frame["name"].astype("str") + " " + {LONG!r}"""
READERS = {"CSV": pd.read_csv, "Excel": partial(pd.read_excel, engine="calamine"), "Parquet": pd.read_parquet}
NAMES = {"shown": 9, "selected": 2}


@pytest.fixture
def filtered(live: Live) -> Live:
    """Select two rows, and then filter, so that they are no longer shown."""
    live.select("Ada 4", "Ada 6")
    live.value("Type", "contact").check()
    live.shows("9 of 60")
    live.page.evaluate("() => { window.board = navigator.clipboard; return board.writeText('before') }")
    return live


def copied(page: Page) -> str:
    """Give what is copied, which comes soon after the page has said so."""
    while (text := page.evaluate("board.readText()")) == "before":
        page.wait_for_timeout(50)
    return text


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("which", NAMES)
def test_rows_are_written_beside_the_notebook_and_downloaded(filtered: Live, notebook: Path, kind: str, which: str):
    filtered.press_in_menu("Export", f"Export {NAMES[which]} {which} as {kind}")
    expect(filtered.shown).to_contain_text(f"Wrote {NAMES[which]} rows to pmframes-teamwork-people-")
    expect(filtered.root.locator("details[open]")).to_have_count(0)
    name = filtered.shown.inner_text().split()[-1]
    with filtered.page.expect_download() as waiting:
        filtered.button("Download").click()
    content, file = Path(waiting.value.path()).read_bytes(), notebook.parent / name
    assert waiting.value.suggested_filename == name
    assert file.read_bytes() == content
    assert file.stat().st_mode & 0o777 == 0o600
    found = READERS[kind](io.BytesIO(content))
    assert {"id", "name", "type", "is_admin", "deleted", "teams", "title"} < {*found.columns}
    assert len(found) == NAMES[which]
    assert which == "shown" or found["name"].tolist() == ["Ada 4", "Ada 6"]


@pytest.mark.parametrize("has_clipboard", [True, False])
def test_the_line_of_pandas_is_copied_and_gives_what_is_shown(page: Page, filtered: Live, has_clipboard: bool):
    if not has_clipboard:  # as pages are that come over plain http from another machine
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    filtered.press_in_menu("Export", "Copy code")
    expect(filtered.shown).to_contain_text("Copied the code")
    line = copied(page)
    page.evaluate("delete navigator.clipboard")
    assert read(page, f"eval({line!r}).equals(x.frame), len(x.frame), x.code == {line!r}") == "True 9 True"


def test_what_cannot_be_copied_is_said(page: Page, filtered: Live):
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    page.evaluate("() => { document.execCommand = () => false }")
    filtered.press_in_menu("Export", "Copy code")
    expect(filtered.shown).to_contain_text("Not copied: the browser does not allow it.")
    page.evaluate("() => { delete navigator.clipboard.writeText; delete document.execCommand }")


@pytest.mark.parametrize("which", NAMES)
def test_rows_are_copied_for_a_spreadsheet(page: Page, filtered: Live, which: str):
    filtered.press_in_menu("Export", f"Copy the {which} rows")
    expect(filtered.shown).to_contain_text(f"Copied {NAMES[which]} rows")
    head, *lines = copied(page).split("\n")
    assert head.split("\t") == filtered.heads.all_inner_texts()
    assert len(lines) == NAMES[which]
    assert {line.count("\t") for line in lines} == {head.count("\t")}
    assert not [line for line in lines if re.search(r"(^|\t)[=+@]", line)], "a spreadsheet would run it"


def test_a_cell_is_copied_by_keyboard(page: Page, filtered: Live):
    filtered.cell(1, 1).click()
    expect(filtered.cell(1, 1)).to_be_focused()
    page.keyboard.press("Control+c")
    expect(filtered.shown).to_contain_text("Copied the cell")
    assert copied(page) == filtered.cell(1, 1).inner_text() == "Ada 2"
    expect(filtered.cell(1, 1)).to_be_focused()


def test_a_long_text_is_read_in_full_by_double_click_and_by_enter(page: Page, live: Live):
    cell = live.row("Ada 0").get_by_role("gridcell").filter(has_text="A long text.")
    assert len(cell.inner_text()) < 300
    cell.dblclick()
    expect(live.dialog).to_contain_text(f"Ada 0 {LONG}".strip())
    expect(live.dialog.get_by_role("heading")).to_have_text("Title")
    page.keyboard.press("Escape")
    expect(live.dialog).to_be_hidden()
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    expect(live.dialog).to_contain_text(f"Ada 0 {LONG}".strip())
    live.dialog.get_by_role("button", name="Close").click()
    expect(live.dialog).to_be_hidden()
