"""How long the explorer takes in JupyterLab: ``python -m tests.benchmarks.explorer ROWS OPENINGS CHANGES``.

It finds the sandbox in the environment, as pmframes itself does, shows its people, repeated until there are
so many rows, and prints what it measured as JSON. Every time is taken in the page: from the key or the choice
of a person to two animation frames after the page has changed.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.support.jupyter import Server

# Not taken from tests.support.front_ends, which cannot be imported where there is no playwright.
CHROMIUM = Path("/usr/bin/chromium")
NEEDED = ("jupyterlab", "nbformat", "playwright")
NOTEBOOK = "explore.ipynb"
LOAD = """import anywidget, traitlets
import pandas as pd
import pmframes as pm
pm.connect("teamwork")
people = pm.teamwork.people()
frame = pd.concat([people] * -(-{rows} // len(people)), ignore_index=True).head({rows})
frame.attrs = people.attrs

class Empty(anywidget.AnyWidget):
    # It only answers: what a round trip takes without an explorer.
    _esm = '''
      export default {{ render({{ model, el }}) {{
        el.innerHTML = "<button class=empty>0</button>";
        el.onclick = () => model.send({{}});
        model.on("change:view", () => (el.firstChild.textContent = model.get("view")));
      }} }};'''
    view = traitlets.Int(0).tag(sync=True)

empty = Empty()
empty.on_msg(lambda *event: empty.set_trait("view", empty.view + 1))
display(empty)
print("there are", *frame.shape)"""
EXPLORE = "x = pm.explore(frame)\nx"
# No two in a row are found in as many rows.
LETTERS = ("an", "kr", "ma", "so", "pe", "th", "lo", "ri", "ta", "be", "ni", "sa", "el", "or", "ul", "ot")
SECOND = 1_000

# What is painted is seen two frames later: the first begins with the change, the second after it was shown.
PAINTED = """
const live = () => document.querySelector('.pmframes-live');
const rows = () => [...(live()?.querySelectorAll('.grid tbody tr') ?? [])].map((row) => row.textContent).join();
const bars = () => [...(live()?.querySelectorAll('.facets .count') ?? [])].map((one) => one.textContent).join();
const status = () => live()?.querySelector('.status')?.textContent;
const frame = () => new Promise((done) => requestAnimationFrame(done));
const painted = async (since) => { await frame(); await frame(); return performance.now() - since; };
const when = (holds) => new Promise((done, failed) => {
  const check = () => { if (holds()) { seen.disconnect(); clearTimeout(late); done(); } };
  const late = setTimeout(() => { seen.disconnect(); failed(new Error('nothing changed in 60 s')); }, 60000);
  const seen = new MutationObserver(check);
  seen.observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });
});
"""
# The keys are pressed by the test; the page notes when they came.
OPENED = f"""() => {{ {PAINTED}
  let pressed = null;
  document.addEventListener('keydown', (event) => {{
    if (event.key === 'Enter') pressed ??= performance.now();
  }}, true);
  window.opened = when(() => pressed !== null && rows()).then(() => painted(pressed));
}}"""
CLICKED = f"""async (name) => {{ {PAINTED}
  const before = [rows(), bars()];
  const only = [...live().querySelectorAll('.facet button')].find((one) => one.ariaLabel === `Only ${{name}} of Type`);
  const began = performance.now();
  only.click();
  await when(() => rows() !== before[0] && bars() !== before[1]);
  return painted(began);
}}"""
TYPED = f"""async (text) => {{ {PAINTED}
  const before = status();
  const box = live().querySelector('[data-do=search]');
  const began = performance.now();
  box.value = text;
  box.dispatchEvent(new Event('input', {{ bubbles: true }}));
  await when(() => status() !== before);
  return painted(began);
}}"""
EMPTY = f"""async () => {{ {PAINTED}
  const button = document.querySelector('.empty');
  const before = button.textContent;
  const began = performance.now();
  button.click();
  await when(() => button.textContent !== before);
  return painted(began);
}}"""


@dataclass(frozen=True)
class Seen:
    """What a person saw, in seconds each: openings, clicks, letters of a search, and answers of an empty widget."""

    rows: int
    columns: int
    openings: list[float]
    clicks: list[float]
    letters: list[float]
    empty: list[float]


def missing() -> str:
    """Say what is missing to measure in a browser; empty if nothing is."""
    if not CHROMIUM.exists():
        return f"there is no browser at {CHROMIUM}"
    return ", ".join(f"{name} is not installed" for name in NEEDED if importlib.util.find_spec(name) is None)


def explored(site: dict[str, str], cache: Path, rows: int, openings: int, changes: int) -> Seen:
    """Measure in a process of its own, which imports what the benchmarks themselves do not."""
    command = [sys.executable, "-m", "tests.benchmarks.explorer", str(rows), str(openings), str(changes)]
    environment = os.environ | site | {"PMFRAMES_CACHE_DIR": str(cache)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return Seen(**json.loads(done.stdout))


def spread(seconds: list[float]) -> str:
    """Write a median with the least and the most."""
    return f"{median(seconds):8.3f}   {min(seconds):.3f} to {max(seconds):.3f}, {len(seconds)} times"


def measure(rows: int, openings: int, changes: int) -> Seen:
    """Open the explorer in so many new kernels and pages, and change its filter in the last of them."""
    from playwright.sync_api import sync_playwright

    from tests.support.front_ends import FLAGS, jupyterlab, write_notebook

    with tempfile.TemporaryDirectory(prefix="pmframes-explorer-") as folder, sync_playwright() as playwright:
        write_notebook(Path(folder) / NOTEBOOK, [LOAD.format(rows=rows), EXPLORE])
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with jupyterlab(Path(folder)) as lab:
            visits = [_visit(browser, lab, 0) for _ in range(openings - 1)]
            visits.append(_visit(browser, lab, changes))
        browser.close()
    last = visits[-1]
    return replace(last, openings=[seconds for visit in visits for seconds in visit.openings])


def _visit(browser: "Browser", lab: "Server", changes: int) -> Seen:
    """Open the explorer in a new page with a new kernel, and change its filter so many times."""
    from tests.support.front_ends import stop_kernels

    page = browser.new_page(viewport={"width": 1300, "height": 1100})
    rows, columns = _loaded(page, lab)
    opening = _opening(page)
    clicks = _times(page, CLICKED, ["contact", "account"] * (changes // 2 + 1)) if changes else []
    if changes:
        page.get_by_role("button", name="Clear all").click()
    letters = _times(page, TYPED, LETTERS[: changes + 1]) if changes else []
    empty = _times(page, EMPTY, [None] * (changes + 1)) if changes else []
    page.close()
    stop_kernels(lab)
    return Seen(rows, columns, [opening], clicks, letters, empty)


def _loaded(page: "Page", lab: "Server") -> list[int]:
    """Open the notebook and load the frame, and give the rows and columns it has."""
    from tests.support.front_ends import open_notebook

    open_notebook(page, lab, NOTEBOOK)
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    said = page.locator(".jp-OutputArea-output", has_text="there are")
    said.wait_for(timeout=120_000)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")
    return [int(number) for number in re.findall(r"\d+", said.inner_text())]


def _opening(page: "Page") -> float:
    """Run the cell that explores, and give the seconds until the grid was painted."""
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").nth(1).click()
    page.evaluate(OPENED)
    page.keyboard.press("Control+Enter")
    return float(page.evaluate("window.opened")) / SECOND


def _times(page: "Page", script: str, arguments: Sequence[str | None]) -> list[float]:
    """Run the script with one argument after the other; the first meets what is not warm yet, and does not count."""
    seconds = []
    for argument in arguments:
        # A person looks before choosing again, and what the kernel does after painting is over by then.
        page.wait_for_timeout(700)
        seconds.append(float(page.evaluate(script, argument)) / SECOND)
    return seconds[1:]


if __name__ == "__main__":
    print(json.dumps(vars(measure(*(int(number) for number in sys.argv[1:4])))))
