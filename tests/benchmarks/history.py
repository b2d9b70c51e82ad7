"""How long histories take, and how large they get: ``python -m tests.benchmarks.history ROWS SNAPSHOTS``."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Kept:
    """Seconds of the slowest and of the usual ``keep`` and ``at``, and bytes of so many weekly snapshots."""

    rows: int
    snapshots: int
    size: int
    keep: float
    slowest_keep: float
    at: float
    slowest_at: float
    verify: float


def kept(rows: int, snapshots: int) -> Kept:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.history", str(rows), str(snapshots)]
    return Kept(**json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))


def measure(rows: int, snapshots: int) -> Kept:
    """Keep people of whom 2% change each week, half a percent leaves and as many join."""
    import numpy as np
    import pandas as pd

    import pmframes as pm

    chance = np.random.default_rng(7)
    with pm.demo(people=rows):
        people = pm.teamwork.people(everyone=True)
    source, began = people.attrs["pmframes"], datetime(2024, 1, 1, tzinfo=UTC)
    keeping, reading = list[float](), list[float]()
    with tempfile.TemporaryDirectory(prefix="pmframes-history-") as folder:
        history = pm.history(folder)
        for week in range(snapshots):
            now = began + timedelta(weeks=week)
            changed = chance.choice(len(people), len(people) // 50, replace=False)
            people.loc[changed, "updated_at"] = pd.Timestamp(now) + pd.to_timedelta(changed, "s")
            people.loc[changed, "title"] = [f"Title {number}" for number in chance.integers(0, 500, len(changed))]
            joined = people.iloc[changed[: len(people) // 200]]
            joined = joined.assign(id=people["id"].max() + 1 + np.arange(len(joined)))
            left = people.drop(index=chance.choice(len(people), len(joined), replace=False))
            people = pd.concat([left, joined], ignore_index=True)
            people.attrs = {"pmframes": {**source, "fetched_at": now.isoformat(), "rows": len(people)}}
            keeping.append(_timed(lambda people=people: history.keep(people)))  # type: ignore[misc]
        for week in range(0, snapshots, max(1, snapshots // 40)):
            when = began + timedelta(weeks=week)
            reading.append(_timed(lambda when=when: history.at(when, "teamwork.people")))  # type: ignore[misc]
        if not history.at(began + timedelta(weeks=snapshots), "people").equals(people):
            raise RuntimeError("the last snapshot is not what was kept")
        verify = _timed(history.verify)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return Kept(len(people), snapshots, size, median(keeping), max(keeping), median(reading), max(reading), verify)


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(vars(measure(int(sys.argv[1]), int(sys.argv[2])))))
