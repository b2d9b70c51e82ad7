"""How long plans take: ``python -m tests.benchmarks.writing ROWS UPDATES LATENCY``."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Written:
    """Seconds to plan a few changes in so many rows, and to apply updates, each answered after ``latency``."""

    rows: int
    plan: float
    updates: int
    latency: float
    apply: float


def written(rows: int, updates: int, latency: float) -> Written:
    """Measure in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="pmframes-writing-") as folder:
        kept = {"PMFRAMES_CACHE_DIR": f"{folder}/cache", "PMFRAMES_DATA_DIR": f"{folder}/data"}
        command = [sys.executable, "-m", "tests.benchmarks.writing", str(rows), str(updates), str(latency)]
        result = subprocess.run(command, stdout=subprocess.PIPE, check=True, env={**os.environ, **kept})
    return Written(**json.loads(result.stdout))


def measure(rows: int, updates: int, latency: float) -> Written:
    """Plan ten changes in many rows, and apply a plan of many changes."""
    import pmframes as pm
    from tests.support.loaders import connect
    from tests.support.server import FakeServer
    from tests.support.writable import serve_clients

    with FakeServer() as server:
        serve_clients(server, rows)
        connect(server, "outlign", account="many")
        before = pm.outlign.clients()
        after = before.assign(title=[*(before["title"].head(10) + " x"), *before["title"].iloc[10:]])
        planning = _timed(lambda: pm.plan(before, after))
        clients = serve_clients(server, updates)

        def answer_late(service: Any, request: Any) -> Any:
            time.sleep(latency)
            return service.write(request)

        clients.next_write = [answer_late] * updates
        connect(server, "outlign", account="few")
        before = pm.outlign.clients()
        plan = pm.plan(before, before.assign(title=before["title"] + " x"))
        applying = _timed(lambda: plan.apply(confirm=updates))
        if len(clients.writes) != updates:
            raise RuntimeError(f"{len(clients.writes)} of {updates} updates were written")
    return Written(rows, planning, updates, latency, applying)


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(vars(measure(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))))
