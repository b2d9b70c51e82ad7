"""The report that ``pmframes demo`` writes, opened in a browser without a network."""

import re

from playwright.sync_api import expect

from pmframes._cli import main


def test_the_report_of_the_demo_opens_offline_without_an_error(browser, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    path = tmp_path / "pmframes-demo.html"
    context = browser.new_context(offline=True)
    page = context.new_page()
    errors, requested = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requested.append(request.url))
    page.goto(path.as_uri())
    expect(page.get_by_text("Fictional data from the pmframes sandbox")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(2)
    assert page.eval_on_selector_all("img", "all => all.every(one => one.complete && one.naturalWidth > 100)")
    expect(page.get_by_role("row", name=re.compile(r"^total 1,200 100\.0%"))).to_be_visible()
    assert errors == []
    assert [url for url in requested if not url.startswith("data:")] == [path.as_uri()]
    context.close()
