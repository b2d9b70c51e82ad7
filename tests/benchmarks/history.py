"""How long histories take, and how large they get: ``python -m tests.benchmarks.history RESOURCE ROWS SNAPSHOTS``."""

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


def kept(resource: str, rows: int, snapshots: int) -> Kept:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.history", resource, str(rows), str(snapshots)]
    return Kept(**json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))


def measure(resource: str, rows: int, snapshots: int) -> Kept:
    """Keep people, or permissions, of which 2% change each week, half a percent leaves and as many join."""
    import numpy as np
    import pandas as pd

    import pmframes as pm

    chance = np.random.default_rng(7)
    with pm.demo(people=rows):
        if resource == "people":
            frame, key = pm.teamwork.people(everyone=True), "id"
        else:
            frame, key = pm.teamwork.permissions(pm.teamwork.projects(), everyone=True), "person_id"
    source, began = frame.attrs["pmframes"], datetime(2024, 1, 1, tzinfo=UTC)
    frame = frame.head(rows)
    keeping, reading = list[float](), list[float]()
    with tempfile.TemporaryDirectory(prefix="pmframes-history-") as folder:
        history = pm.history(folder)
        for week in range(snapshots):
            now = began + timedelta(weeks=week)
            changed = chance.choice(len(frame), len(frame) // 50, replace=False)
            if resource == "people":
                frame.loc[changed, "updated_at"] = pd.Timestamp(now) + pd.to_timedelta(changed, "s")
                frame.loc[changed, "title"] = [f"Title {number}" for number in chance.integers(0, 500, len(changed))]
            else:
                for name in ("can_view_project_budget", "can_view_rates"):
                    frame.loc[changed, name] = chance.random(len(changed)) < 0.5
            joined = frame.iloc[changed[: len(frame) // 200]]
            joined = joined.assign(**{key: frame[key].max() + 1 + np.arange(len(joined))})
            left = frame.drop(index=chance.choice(len(frame), len(joined), replace=False))
            frame = pd.concat([left, joined], ignore_index=True)
            frame.attrs = {"pmframes": {**source, "fetched_at": now.isoformat(), "rows": len(frame)}}
            keeping.append(_timed(lambda frame=frame: history.keep(frame)))  # type: ignore[misc]
        for week in range(0, snapshots, max(1, snapshots // 40)):
            when = began + timedelta(weeks=week)
            reading.append(_timed(lambda when=when: history.at(when, resource)))  # type: ignore[misc]
        if not history.at(began + timedelta(weeks=snapshots), resource).equals(frame):
            raise RuntimeError("the last snapshot is not what was kept")
        verify = _timed(history.verify)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return Kept(len(frame), snapshots, size, median(keeping), max(keeping), median(reading), max(reading), verify)


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(vars(measure(sys.argv[1], *map(int, sys.argv[2:])))))
