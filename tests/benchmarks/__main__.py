"""Print how fast pmframes is beside its peers: same sandbox, same bytes, same run."""

import argparse
import os
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from math import ceil
from pathlib import Path
from statistics import median

from pmframes._http.rate_limit import MAX_IN_FLIGHT
from tests.benchmarks.accounts import loaded
from tests.benchmarks.explorer import explored, missing, spread
from tests.benchmarks.history import kept
from tests.benchmarks.processes import Took, compare, import_seconds, sandbox, save_pages
from tests.benchmarks.review import reviewed
from tests.benchmarks.writing import written

PACKAGES = ("pmframes", "pandas", "pyarrow", "msgspec", "requests", "requests-cache", "projectmanagersdk")
PAGE = 500
TITLES = {
    "json_normalize": "json.loads + json_normalize", "build": "pmframes", "decode": "bound: decoding alone",
    "by_requests": "requests + json_normalize", "by_requests_cache": "requests-cache as it comes + json_normalize",
    "by_pmframes": "pmframes", "by_pmframes_uncached": "pmframes, nothing cached",
    "lists_by_requests": "requests + json_normalize", "lists_by_sdk": "projectmanagersdk + DataFrame",
    "lists_by_pmframes": "pmframes",
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How much is measured: pages from either end of a list, people of a load, seconds, processes.

    The explorer shows so many rows, its filter is changed so many times. A plan has so many updates.
    """

    pages: int
    people: int
    latency: float
    rounds: int
    rows: int
    changes: int
    reviewed: int
    updates: int
    accounts: int
    snapshots: int


FULL = Size(
    pages=100,
    people=20_000,
    latency=0.1,
    rounds=3,
    rows=100_000,
    changes=15,
    reviewed=10_000,
    updates=1_000,
    accounts=64,
    snapshots=156,
)
SMALL = Size(
    pages=1,
    people=1_200,
    latency=0.01,
    rounds=1,
    rows=1_200,
    changes=3,
    reviewed=600,
    updates=20,
    accounts=3,
    snapshots=4,
)


@dataclass(frozen=True)
class Aim:
    """One number of the design: what was measured, and what it should be."""

    what: str
    measured: float
    wanted: float
    at_most: bool = False

    def __str__(self) -> str:
        reached = self.measured <= self.wanted if self.at_most else self.measured >= self.wanted
        word = "at most" if self.at_most else "at least"
        return f"{'reached' if reached else 'NOT':8} {self.what:72} {self.measured:6.2f}   {word} {self.wanted}"


def main() -> None:
    """Run everything and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--small", action="store_true", help="a few seconds, to see that it still runs")
    size = SMALL if parser.parse_args().small else FULL
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {_version(name)}" for name in PACKAGES))
    print(f"{os.cpu_count()} processors; each time, and each peak, is the least of {size.rounds} processes")
    with tempfile.TemporaryDirectory(prefix="pmframes-benchmark-") as folder:
        aims, decoding = frames(size, Path(folder))
        aims += [
            *loads(size, Path(folder), decoding),
            *imports(size),
            *explorer(size, Path(folder)),
            *review(size),
            *plans(size),
            *many_accounts(size),
            *histories(size),
        ]
    print("\nThe numbers of the design")
    for aim in aims:
        print(f"  {aim}")


def frames(size: Size, folder: Path) -> tuple[list[Aim], float]:
    """Compare what makes frames of saved bytes, and what loads short lists.

    The second thing given is how many seconds it takes to decode a row.
    """
    pages = folder / "pages"
    pages.mkdir()
    with sandbox(size.pages * PAGE * 6 // 5, latency=0) as site:
        megabytes = save_pages(site, pages, size.pages) / 1e6
        names = ("lists_by_requests", "lists_by_sdk", "lists_by_pmframes")
        lists = compare(names, site, lambda name, number: folder, rounds=size.rounds, times=3)
    names = ("json_normalize", "build", "decode")
    took = compare(names, {}, lambda name, number: pages, rounds=size.rounds, times=3)
    _show(f"Bytes to a frame of people, {2 * size.pages} pages, {megabytes:.0f} MB", took, "build")
    for name in names[:2]:
        print(f"  frame of {TITLES[name]}: {took[name].frame / 1e6:.1f} MB")
    _show("Customers and roles of ProjectManager.com, two answers at once", lists, "lists_by_pmframes")
    faster = took["json_normalize"].seconds / took["build"].seconds
    smaller = took["build"].frame / took["json_normalize"].frame
    aims = [
        Aim("bytes to typed frame, times faster than json.loads + json_normalize", faster, 6),
        Aim("memory of that frame, as a part of json_normalize's", smaller, 0.85, at_most=True),
    ]
    return aims, took["decode"].seconds / took["decode"].rows


def loads(size: Size, folder: Path, decoding: float) -> list[Aim]:
    """Compare loads of all people, with empty caches and with full ones."""

    def own(name: str, number: int) -> Path:
        kept = folder / f"{name}-{number}"
        kept.mkdir(exist_ok=True)
        return kept

    with sandbox(size.people, size.latency) as site:
        names = ("by_requests", "by_requests_cache", "by_pmframes", "by_pmframes_uncached")
        cold = compare(names, site, own, rounds=size.rounds)
        warm = compare(names[1:3], site, lambda name, number: own(name, 0), rounds=size.rounds, times=3)
    rows, ours = cold["by_pmframes"].rows, cold["by_pmframes"].seconds
    pages = ceil(rows / PAGE)
    bound = ceil(pages / MAX_IN_FLIGHT) * size.latency + rows * decoding
    _show(f"Cold load, {pages} pages of {PAGE} people, {size.latency} s a response", cold, "by_pmframes")
    print(f"  latency alone, one by one: {pages * size.latency:.2f} s; decoding alone: {rows * decoding:.2f} s")
    print(f"  bound, {MAX_IN_FLIGHT} under way at once, latency and decoding: {bound:.2f} s")
    _show("Warm load of the same", warm, "by_pmframes")
    faster = warm["by_requests_cache"].seconds / warm["by_pmframes"].seconds
    cache = ours / cold["by_pmframes_uncached"].seconds
    return [
        Aim("cold load, times faster than requests page after page", cold["by_requests"].seconds / ours, 4),
        Aim("cold load, as a multiple of what latency and decoding allow", ours / bound, 1.5, at_most=True),
        Aim("cold load, as a multiple of the same without a cache", cache, 1.3, at_most=True),
        Aim("warm load, times faster than requests-cache as it comes", faster, 5),
    ]


def imports(size: Size) -> list[Aim]:
    """Compare imports, by turns."""
    statements = ("import pandas", "import pandas, pmframes", "import pmframes; pmframes.teamwork")
    times: dict[str, list[float]] = {statement: [] for statement in statements}
    for _ in range(3 * size.rounds):
        for statement in statements:
            times[statement].append(import_seconds(statement))
    least = {statement: min(found) for statement, found in times.items()}
    print("\nImports")
    for statement, seconds in least.items():
        print(f"  {statement:44} {seconds:8.3f} s")
    ratio = least["import pandas, pmframes"] / least["import pandas"]
    return [Aim("import pmframes, as a multiple of import pandas", ratio, 1.2, at_most=True)]


def explorer(size: Size, folder: Path) -> list[Aim]:
    """Time the explorer as a person in a browser does."""
    if why := missing():
        print(f"\nExplorer: not measured, {why}")
        return []
    with sandbox(size.people, latency=0) as site:
        seen = explored(site, folder / "explorer", size.rows, size.rounds, size.changes)
    on = f"explorer on {seen.rows:,} rows"
    print(f"\nExplorer on {seen.rows:,} people with {seen.columns} columns, in JupyterLab")
    print(f"  {'':44} {'seconds':>8}")
    aims = []
    print(f"  {'round trip of an empty widget':44} {spread(seen.empty)}")
    for what, seconds, wanted in (
        ("from running the cell to its grid", seen.openings, 0.5),
        ("from a click to grid and bars", seen.clicks, 0.12),
        ("from a letter in the search to its rows", seen.letters, 0.1),
    ):
        print(f"  {what:44} {spread(seconds)}")
        aims.append(Aim(f"{on}, seconds {what}", median(seconds), wanted, at_most=True))
    return aims


def review(size: Size) -> list[Aim]:
    """Time the access review from its frames to its files."""
    took = min((reviewed(size.reviewed) for _ in range(size.rounds)), key=lambda one: one.html)
    print(f"\nAccess review of {took.people:,} people on a project, with {took.permissions} permissions each")
    print(f"  {'':44} {'seconds':>8} {'MB':>8}")
    print(f"  {'HTML':44} {took.html:8.2f} {took.html_size / 1e6:8.2f}")
    print(f"  {'Excel':44} {took.excel:8.2f} {took.excel_size / 1e6:8.2f}")
    on = f"access review of {took.people:,} people"
    return [
        Aim(f"{on}, HTML, seconds", took.html, 3, at_most=True),
        Aim(f"{on}, HTML, MB", took.html_size / 1e6, 3, at_most=True),
        Aim(f"{on}, Excel, seconds", took.excel, 3, at_most=True),
    ]


def plans(size: Size) -> list[Aim]:
    """Time a plan of a few changes in many rows, and one of many changes."""
    took = min((written(size.rows, size.updates, size.latency) for _ in range(size.rounds)), key=lambda one: one.apply)
    bound = took.updates * took.latency
    print(f"\nPlans: {took.updates:,} updates, {took.latency} s a response")
    print(f"  {f'to plan ten changes in {took.rows:,} rows':44} {took.plan:8.2f}")
    print(f"  {'to apply':44} {took.apply:8.2f}   latency alone: {bound:.2f}")
    return [
        Aim(f"a plan over {took.rows:,} rows, seconds", took.plan, 1, at_most=True),
        Aim("applying, as a multiple of what the service allows", took.apply / bound, 1.3, at_most=True),
    ]


def many_accounts(size: Size) -> list[Aim]:
    """Time four resources of many accounts: in turn, by threads, by Dask; and a list whose pages are known."""
    took = loaded(size.accounts, 60, size.latency, min(4, size.accounts))
    print(f"\n{took.accounts} accounts x 4 resources, {took.rows:,} rows, {took.latency} s a response")
    for what, seconds in (
        ("in turn", took.in_turn), ("8 threads", took.threads), ("Dask, 4 workers", took.dask),
        ("8 threads, to a folder", took.to_folder),
    ):  # fmt: skip
        print(f"  {what:44} {seconds:8.2f}")
    print(f"  equal frames: {took.are_equal}; peak of the asking process: {took.peak_mb:,.0f} MB")
    bound = ceil(took.known_pages / MAX_IN_FLIGHT) * took.latency
    print(f"  {took.known_pages} known pages of 500 people again: {took.refresh:.2f}   latency alone: {bound:.2f}")
    return [
        Aim(f"{took.accounts} accounts, 8 threads, times faster than in turn", took.in_turn / took.threads, 5),
        Aim(f"{took.accounts} accounts, Dask with 4 workers, times faster", took.in_turn / took.dask, 3),
        Aim("a refresh of known pages, as a multiple of latency alone", took.refresh / bound, 1.2, at_most=True),
    ]


def histories(size: Size) -> list[Aim]:
    """Keep weekly snapshots of people and of permissions, and read them."""
    aims = list[Aim]()
    for resource in ("people", "permissions"):
        took = kept(resource, size.people, size.snapshots)
        label = f"{took.snapshots} snapshots of {took.rows:,} {resource}"
        print(f"\nA history of {label}, of which 2% change each week: {took.size / 1e6:.1f} MB")
        print(f"  {'keep, the usual and the slowest':44} {took.keep:8.2f} {took.slowest_keep:8.2f}")
        print(f"  {'at, the usual and the slowest':44} {took.at:8.2f} {took.slowest_at:8.2f}")
        print(f"  {'verify':44} {took.verify:8.2f}")
        aims.append(Aim(f"history.at of {resource}, seconds", took.at, 0.5, at_most=True))
        aims.append(Aim(f"history.keep of {resource}, seconds", took.keep, 1, at_most=True))
    # People have no aim: most of them are names, addresses and times, which compress badly.
    return [*aims, Aim(f"{label}, MB", took.size / 1e6, 50, at_most=True)]


def _show(title: str, took: Mapping[str, Took], ours: str) -> None:
    print(f"\n{title}")
    print(f"  {'':44} {'seconds':>8} {'rows/s':>12} {'peak MB':>8} {'of ours':>8}")
    for name, one in took.items():
        ratio = one.seconds / took[ours].seconds
        figures = f"{one.seconds:8.3f} {one.rows / one.seconds:12,.0f} {one.peak / 1e6:8.0f} {ratio:8.2f}"
        print(f"  {TITLES[name]:44} {figures}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        raise SystemExit(f'{package} is not installed. Run: pip install -e ".[bench]"') from None


if __name__ == "__main__":
    main()
