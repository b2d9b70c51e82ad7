"""Processes: the sandbox in one, each contestant in another.

The one that starts them stays small, since a new process inherits the peak of the one that started it.
"""

import base64
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

Site = dict[str, str]
SANDBOX = "from pmframes._cli import main; raise SystemExit(main())"
IMPORT = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"


@dataclass(frozen=True)
class Took:
    """What a contestant took: the least time and the least peak of its runs."""

    seconds: float
    rows: int
    frame: int
    peak: int


@contextmanager
def sandbox(people: int, latency: float) -> Iterator[Site]:
    """Start a sandbox, and give the environment that leads to it."""
    command = [sys.executable, "-c", SANDBOX, "sandbox", "--people", str(people), "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            _, *lines = [process.stdout.readline().strip() for _ in range(9)]
            yield dict(line.split("=", 1) for line in lines)
        finally:
            process.terminate()


def compare(
    names: Sequence[str], site: Site, folder_of: Callable[[str, int], Path], *, rounds: int, times: int = 1
) -> dict[str, Took]:
    """Run contestants by turns, so that whatever else the machine does meets them all."""
    found: dict[str, Took] = {}
    for number in range(rounds):
        for name in names:
            took = run(name, site, folder_of(name, number), times)
            best = found.get(name, took)
            least = min(took.seconds, best.seconds), min(took.peak, best.peak)
            found[name] = replace(took, seconds=least[0], peak=least[1])
    return found


def run(name: str, site: Site, folder: Path, times: int = 1) -> Took:
    """Run one contestant in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.contestants", name, str(times)]
    folders = {"BENCHMARK_FOLDER": str(folder), "PMFRAMES_CACHE_DIR": str(folder / "pmframes")}
    done = subprocess.run(command, env=os.environ | site | folders, stdout=subprocess.PIPE, check=True)
    return Took(**json.loads(done.stdout))


def import_seconds(statement: str) -> float:
    """Time an import in a process of its own, without Python's own start."""
    done = subprocess.run([sys.executable, "-c", IMPORT.format(statement)], capture_output=True, check=True)
    return float(done.stdout)


def save_pages(site: Site, folder: Path, pages: int) -> int:
    """Save this many pages of people from either end of the list, and give their size.

    No list of Teamwork.com goes beyond 50,000 people, whichever way it is ordered.
    """
    token = base64.b64encode(f"{site['PMFRAMES_TEAMWORK_TOKEN']}:x".encode()).decode()
    for order in ("asc", "desc"):
        for page in range(1, pages + 1):
            query = f"page={page}&pageSize=500&orderBy=id&orderMode={order}&include=companies"
            url = f"{site['PMFRAMES_TEAMWORK_URL']}/projects/api/v3/people.json?{query}"
            request = urllib.request.Request(url, headers={"Authorization": f"Basic {token}"})
            with urllib.request.urlopen(request) as answer:
                (folder / f"{order}-{page:03}.json").write_bytes(answer.read())
    return sum(path.stat().st_size for path in folder.glob("*.json"))
