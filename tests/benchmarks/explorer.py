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
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.support.jupyter import Server

# Not taken from tests.support.front_ends, which cannot be imported where there is no playwright.
CHROMIUM = Path("/usr/bin/chromium")
NEEDED = ("jupyterlab", "nbformat", "playwright")
NOTEBOOK = "explore.ipynb"
LOAD = """import pandas as pd
import pmframes as pm
pm.connect("teamwork")
people = pm.teamwork.people()
frame = pd.concat([people] * -(-{rows} // len(people)), ignore_index=True).head({rows})
frame.attrs = people.attrs
print("there are", *frame.shape)"""
EXPLORE = "x = pm.explore(frame)\nx"
SECOND = 1_000

# What is painted is seen two frames later: the first begins with the change, the second after it was shown.
PAINTED = """
const live = () => document.querySelector('.pmframes-live');
const rows = () => [...(live()?.querySelectorAll('table tbody tr:not(.pmframes-picture *)') ?? [])];
const grid = () => rows().filter((row) => row.offsetParent && !row.querySelector('.dt-empty'))
  .map((row) => row.textContent).join('\\n');
const picture = () => live()?.querySelector('.pmframes-picture img');
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
  window.opened = when(() => pressed !== null && grid()).then(() => painted(pressed));
}}"""
TYPES = """
const types = () => {
  const label = [...live().querySelectorAll('label')].find((one) => one.textContent.trim() === 'type');
  return label.control ?? label.parentElement.querySelector('select');
};
"""
CHOICES = f"""() => {{ {PAINTED} {TYPES}
  return [...types().options].map((option) => option.textContent);
}}"""
CHANGED = f"""async (name) => {{ {PAINTED} {TYPES}
  const before = grid(), drawn = picture()?.src;
  const box = types();
  for (const option of box.options) option.selected = option.textContent.startsWith(name + '\\u00a0(')
    || option.textContent.startsWith(name + ' (');
  if (!box.selectedOptions.length) throw new Error('not to choose: ' + name);
  const began = performance.now();
  box.dispatchEvent(new Event('change', {{ bubbles: true }}));
  const shown = when(() => grid() && grid() !== before).then(() => painted(began));
  const redrawn = drawn && when(() => picture() && picture().src !== drawn)
    .then(() => picture().decode().catch(() => null)).then(() => painted(began));
  return {{ grid: await shown, picture: drawn ? await redrawn : null }};
}}"""


@dataclass(frozen=True)
class Seen:
    """What a person saw, in seconds each: every opening, and every change of grid and picture."""

    rows: int
    columns: int
    openings: list[float]
    grids: list[float]
    pictures: list[float]


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
    changed = _changes(page, changes) if changes else []
    page.close()
    stop_kernels(lab)
    grids, pictures = ([one[what] / SECOND for one in changed if one[what]] for what in ("grid", "picture"))
    return Seen(rows, columns, [opening], grids, pictures)


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


def _changes(page: "Page", times: int) -> list[dict[str, Any]]:
    """Choose one type after the other; the first change, which meets what is not warm yet, does not count."""
    names = _names(page.evaluate(CHOICES))
    changed = []
    for number in range(times + 1):
        # A person looks before choosing again, and what the kernel does after painting is over by then.
        page.wait_for_timeout(700)
        changed.append(page.evaluate(CHANGED, names[number % len(names)]))
    return changed[1:]


def _names(options: list[str]) -> list[str]:
    """Give the types that have rows, out of options such as "account (810)"."""
    found = [re.fullmatch(r"(.*)\s\(([\d,]*[1-9][\d,]*)\)", option.strip()) for option in options]
    names = [one[1] for one in found if one and one[1] not in ("all", "(none)")]
    if len(names) < 2:
        raise RuntimeError(f"two types with rows are needed to change between: {options}")
    return names


if __name__ == "__main__":
    print(json.dumps(vars(measure(*(int(number) for number in sys.argv[1:4])))))
