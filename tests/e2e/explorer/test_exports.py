"""What is shown as a file, and as a line of pandas: the buttons, the links and the clipboard."""

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support import explorer_frames as frames
from tests.support.front_ends import notebook7, open_notebook, run_all, voila, write_notebook
from tests.support.jupyter import Server
from tests.support.notebook_page import HAND_MADE, MARKS, choose, explore, lab_with, opened, read, run, shown

pytestmark = MARKS

SETUP = f"{HAND_MADE}\nframe = frames.people()\nfrom frames import CANARY"
READ_ONLY = """import os
os.chmod(".", 0o555)
if os.geteuid() == 0:
    os.seteuid(65534)"""


@pytest.fixture
def live(page: Page) -> Locator:
    live = explore(page, "pm.explore(frame)")
    filtered(live)
    return live


def filtered(live: Locator) -> None:
    choose(live.get_by_role("listbox", name="type", exact=True), "contact")
    expect(shown(live)).to_have_text("9 of 60 shown")


def saved(live: Locator, kind: str, folder: Path) -> bytes:
    """Save, follow the link beside the button, and give the bytes, which are also those of the file."""
    live.get_by_role("button", name=f"Save as {kind}").click()
    expect(live.get_by_role("status").filter(has_text=re.compile("^9 rows in"))).to_be_visible()
    suffix = {"CSV": "csv", "Excel": "xlsx"}[kind]
    link = live.get_by_role("link", name=re.compile(rf"^pmframes-teamwork-people-.*\.{suffix}$"))
    with live.page.expect_download() as waiting:
        link.click()
    content = Path(waiting.value.path()).read_bytes()
    file = folder / link.inner_text()
    assert waiting.value.suggested_filename == file.name
    assert file.read_bytes() == content
    assert file.stat().st_mode & 0o777 == 0o600
    return content


def rows(content: bytes, kind: str) -> int:
    return len(pd.read_csv(io.BytesIO(content)) if kind == "CSV" else pd.read_excel(io.BytesIO(content)))


@pytest.mark.parametrize("kind", ["CSV", "Excel"])
def test_a_file_is_written_and_linked_in_jupyterlab(live: Locator, lab: Server, kind: str):
    assert rows(saved(live, kind, lab.folder), kind) == 9
    expect(live).to_be_visible()


@pytest.mark.parametrize("place", [notebook7, voila])
def test_a_file_is_written_and_linked_elsewhere(
    browser: Browser, tmp_path: Path, place: Callable[..., AbstractContextManager[Server]]
):
    folder = tmp_path / "a folder"
    folder.mkdir()
    write_notebook(
        folder / "save.ipynb", [Path(frames.__file__).read_text(), "import pmframes as pm\npm.explore(people())"]
    )
    with place(folder, *(["save.ipynb"] if place is voila else [])) as server:
        page = browser.new_page()
        if place is voila:
            page.goto(server.address("save.ipynb"))
        else:
            open_notebook(page, server, "save.ipynb")
            run_all(page)
        live = page.locator(".pmframes-live")
        expect(shown(live)).to_be_visible(timeout=60_000)
        filtered(live)
        for kind in ("CSV", "Excel"):
            assert rows(saved(live, kind, folder), kind) == 9
        page.close()


def test_two_files_of_one_second_are_two(page: Page, live: Locator, lab: Server):
    # The clock of the kernel stands still, so that both are of one second however slow the machine is.
    run(
        page,
        2,
        "import pmframes._explorer.exports as exports\n"
        "class Still(exports.datetime):\n"
        "    now = classmethod(lambda cls: cls(2026, 1, 5, 9, 12, 33))\n"
        "exports.datetime = Still",
    )
    names = set()
    for expected in ("091233.csv", "091233-2.csv"):
        live.get_by_role("button", name="Save as CSV").click()
        link = live.get_by_role("link", name=re.compile(rf"-2026-01-05-{expected}$"))
        expect(link).to_be_visible()
        names.add(link.inner_text())
    assert len({(lab.folder / name).read_bytes() for name in names}) == 1


def test_a_folder_that_cannot_be_written_to_is_one_clear_message(browser: Browser, tmp_path: Path):
    with lab_with(tmp_path, SETUP) as server:
        page = opened(browser, server)
        live = explore(page, "pm.explore(frame)")
        filtered(live)
        saved(live, "CSV", tmp_path)
        run(page, 2, READ_ONLY)
        live.get_by_role("button", name="Save as CSV").click()
        alert = live.get_by_role("alert")
        expect(alert).to_contain_text("Permission denied")
        expect(alert).to_have_count(1)
        expect(live.get_by_role("link", name="pmframes-")).to_have_count(0)
        expect(page.get_by_text("Traceback")).to_have_count(0)
        tmp_path.chmod(0o755)
        page.context.close()
    assert len(list(tmp_path.glob("pmframes-*"))) == 1


def copied_line_gives_the_frame(page: Page, line: str) -> None:
    assert line != "frame"
    assert read(page, f"eval({line!r}).equals(x.frame), len(x.frame), x.code == {line!r}") == "True 9 True"


def test_the_line_of_pandas_is_copied_and_gives_what_is_shown(page: Page, live: Locator):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    live.get_by_role("button", name="Copy code").click()
    expect(live.get_by_role("button", name="Copied")).to_be_visible()
    copied_line_gives_the_frame(page, page.evaluate("navigator.clipboard.readText()"))


def test_the_line_is_copied_where_the_page_has_no_clipboard(page: Page, live: Locator):
    # As pages are that come over plain http from another machine.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    live.get_by_role("button", name="Copy code").click()
    expect(live.get_by_role("button", name="Copied")).to_be_visible()
    page.evaluate("delete navigator.clipboard")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copied_line_gives_the_frame(page, page.evaluate("navigator.clipboard.readText()"))


def test_a_line_that_cannot_be_copied_says_where_it_is(page: Page, live: Locator):
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    live.get_by_role("button", name="Copy code").click()
    expect(live.get_by_role("button", name="Not copied: read .code in a cell")).to_be_visible()
    page.evaluate("delete navigator.clipboard.writeText")
