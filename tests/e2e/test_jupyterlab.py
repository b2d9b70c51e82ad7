"""The demo's report and the quickstart notebook in a real browser, as a newcomer meets them."""

import re
import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from pmframes._cli import main
from tests.support.front_ends import open_notebook, run_all

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"


def _complaints(page: Page) -> list[str]:
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_the_demos_report_opens_offline_without_a_complaint(browser, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    path = tmp_path / "pmframes-demo.html"
    context = browser.new_context(offline=True)
    page = context.new_page()
    complaints, asked = _complaints(page), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    expect(page.get_by_text("Fictional data from the pmframes sandbox")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(3)
    drawn = page.eval_on_selector_all("img", "all => all.every(one => one.complete && one.naturalWidth > 100)")
    assert drawn
    total = page.get_by_role("row", name=re.compile(r"^total 1,200 100\.0%"))
    expect(total).to_be_visible()
    assert complaints == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    context.close()


def test_the_quickstart_runs_in_jupyterlab(browser, lab):
    folder = lab.folder / "quickstart"
    folder.mkdir()
    shutil.copy(QUICKSTART, folder)
    page = browser.new_context(viewport={"width": 1300, "height": 1000}).new_page()
    complaints = _complaints(page)
    open_notebook(page, lab, "quickstart/quickstart.ipynb")
    run_all(page)
    prompts = page.locator(".jp-CodeCell .jp-InputArea-prompt")
    expect(prompts.last).to_have_text("[5]:", timeout=120_000)
    live = page.locator(".pmframes-live")
    expect(live).to_contain_text("1,200 of 1,200 shown")
    expect(live.locator("tbody tr")).to_have_count(25)
    types = live.get_by_label("type", exact=True)
    label = types.locator("option", has_text="contact (").inner_text().strip()
    types.select_option(label=label)
    expect(live).to_contain_text(f"{re.search(r'[0-9]+', label)[0]} of 1,200 shown")
    errors = page.locator(".jp-OutputArea [data-mime-type*=error], .jp-RenderedText[data-mime-type*=stderr]")
    expect(errors).to_have_count(0)
    page.context.close()
    assert (folder / "quickstart.html").exists()
    assert [text for text in complaints if "pmframes" in text] == []
