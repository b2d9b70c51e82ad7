"""How long many accounts take: ``python -m tests.benchmarks.accounts ACCOUNTS PEOPLE LATENCY DASK_WORKERS``."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

SANDBOXES_PER_PROCESS = 8


@dataclass(frozen=True)
class Loaded:
    """Seconds for four resources of so many accounts; the peak of the process that asked for them."""

    accounts: int
    rows: int
    in_turn: float
    threads: float
    dask: float
    are_equal: bool
    to_folder: float
    peak_mb: float
    known_pages: int
    refresh: float
    latency: float


def loaded(accounts: int, people: int, latency: float, dask_workers: int) -> Loaded:
    """Measure in a process of its own."""
    words = [str(value) for value in (accounts, people, latency, dask_workers)]
    command = [sys.executable, "-m", "tests.benchmarks.accounts", *words]
    result = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Loaded(**json.loads(result.stdout.splitlines()[-1]))


def load() -> dict[str, pd.DataFrame]:
    """Load a resource of each service."""
    import pmframes as pm

    return {
        "people": pm.teamwork.people(everyone=True, refresh=True), "roles": pm.projectmanager.roles(refresh=True),
        "clients": pm.outlign.clients(refresh=True), "customers": pm.spirii.customers(refresh=True),
    }  # fmt: skip


def measure(accounts: int, people: int, latency: float, dask_workers: int) -> Loaded:
    """Load all accounts in turn, by eight threads, by Dask and to a folder; then one long list again."""
    import dask
    from dask.distributed import Client, LocalCluster

    import pmframes as pm

    with (
        tempfile.TemporaryDirectory(prefix="pmframes-accounts-") as name,
        serving(accounts, people, latency, name) as names,
    ):
        in_turn, first = _timed(lambda: pm.across(names, load, workers=1))
        threads, second = _timed(lambda: pm.across(names, load))
        with dask.config.set({"distributed.worker.memory.spill": False, "distributed.worker.memory.target": False}):
            cluster = LocalCluster(n_workers=dask_workers, threads_per_worker=1, dashboard_address="127.0.0.1:0")
            with cluster, Client(cluster) as client:
                client.wait_for_workers(dask_workers)
                by_dask, third = _timed(lambda: pm.across(names, load, executor=client))
        are_equal = all(first[key].equals(second[key]) and first[key].equals(third[key]) for key in first)
        rows = sum(map(len, first.values()))
        del first, second, third
        to_folder, _ = _timed(lambda: pm.across(names, load, to=Path(name) / "out"))
    with serving(1, 20_000, latency, "") as names, pm.using(names[0]):
        pm.teamwork.people(everyone=True)
        refresh, frame = _timed(lambda: pm.teamwork.people(everyone=True, refresh=True))
        pages = frame.attrs["pmframes"]["requests"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return Loaded(accounts, rows, in_turn, threads, by_dask, are_equal, to_folder, peak, pages, refresh, latency)


@contextmanager
def serving(accounts: int, people: int, latency: float, folder: str) -> Iterator[list[str]]:
    """Serve agencies from processes of their own, and declare them; give the names of their accounts."""
    with ExitStack() as stack:
        place = Path(folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="pmframes-accounts-")))
        logins: list[dict[str, str]] = []
        for start in range(0, accounts, SANDBOXES_PER_PROCESS):
            count = min(SANDBOXES_PER_PROCESS, accounts - start)
            words = ["serve", *map(str, (start, count, people, latency))]
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.accounts", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.wait)
            stack.callback(process.stdin.close)
            logins += json.loads(process.stdout.readline())
        file = place / "accounts.toml"
        lines = [(f"[{login['name']}]", f"url = '{login['url']}'", f"token_env = '{login['env']}'") for login in logins]
        file.write_text("\n".join(line for table in lines for line in table))
        file.chmod(0o600)
        os.environ |= {login["env"]: login["token"] for login in logins}
        os.environ |= {"PMFRAMES_ACCOUNTS": str(file), "PMFRAMES_CACHE_DIR": str(place / "cache")}
        yield list(dict.fromkeys(login["name"].partition(".")[0] for login in logins))


def serve(start: int, count: int, people: int, latency: float) -> None:
    """Serve agencies until the standard input is closed."""
    from pmframes.sandbox import Sandbox

    with ExitStack() as stack:
        logins = []
        for number in range(start, start + count):
            box = stack.enter_context(Sandbox(people, seed=number, latency=latency))
            for service in ("teamwork", "projectmanager", "outlign", "spirii"):
                env = f"AGENCY{number}_{service}".upper()
                name = f"agency{number}.{service}"
                logins.append({"name": name, "url": box.url(service), "env": env, "token": box.token(service)})
        print(json.dumps(logins), flush=True)
        sys.stdin.read()


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
    else:
        measured = measure(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
        print(json.dumps(vars(measured)))
