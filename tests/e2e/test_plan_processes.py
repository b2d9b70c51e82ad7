"""Plans in processes that are killed: each row is written once, whenever it happens."""

import json
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.support.loaders import TOKEN
from tests.support.processes import ended, run, start
from tests.support.server import FakeServer
from tests.support.writable import OutlignClients, serve_clients

pytestmark = pytest.mark.usefixtures("own_home")
rounds = pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.soak)])

PLAN = """
import os, pandas as pd, pmframes as pm
pm.connect("outlign", account="agency-a", requests_per_minute=1_000_000)
before = pm.outlign.clients()
edited = before.assign(title=[f"Renamed {at}" for at in range(len(before))]).iloc[:-2]
after = pd.concat([edited, pd.DataFrame({"title": ["A", "B", "C"], "company_id": 41})], ignore_index=True)
plan = pm.plan(before, after, deletions=2)
print("planned", flush=True)
plan.apply(confirm=len(plan.frame))
"""
GO_ON = """
import json, warnings, pmframes as pm
pm.connect("outlign", account="agency-a", requests_per_minute=1_000_000)
plans = pm.plans()
left = plans[plans["state"] == "begun"]["id"]
for id_ in left:
    plan = pm.plans(id_)
    try:
        plan.apply(confirm=-1)
    except pm.errors.InvalidArgument:
        plan.apply(confirm=sum(plan.frame["action"].isin(["create", "update", "delete"])))
print(json.dumps([len(plans), plans["state"].tolist()]))
"""
TITLES = sorted([*(f"Renamed {at}" for at in range(6)), "A", "B", "C"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def variables(server: FakeServer, folder: Path) -> dict[str, str]:
    return {
        "PMFRAMES_OUTLIGN_URL": server.url("outlign"), "PMFRAMES_OUTLIGN_TOKEN": TOKEN,
        "PMFRAMES_DATA_DIR": str(folder / "data"),
    }  # fmt: skip


def kill_at(clients: OutlignClients, process: subprocess.Popen[str], moment: int, *, is_done: bool) -> threading.Event:
    """Kill a process at a write, before the service does it, or after, before it answers."""
    killed, count = threading.Event(), 0

    def fault(service, request):
        nonlocal count
        count += 1
        if count != moment:
            return service.write(request)
        answer = service.write(request) if is_done else None
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed.set()
        return answer or service.listed(request)  # nobody is there to read it

    clients.next_write = [fault] * 50
    return killed


@rounds
def test_each_row_is_written_once_wherever_a_process_is_killed(rounds, folder, tmp_path):
    """At a write, before or after it, or at any time between two steps."""
    chance = random.Random(7)
    for number in range(rounds):
        with FakeServer() as server:
            clients = serve_clients(server, 8)
            environment = variables(server, folder / str(number))
            cache = tmp_path / f"cache-{number}"
            with start(PLAN, folder=folder, cache=cache, **environment) as process:
                if number % 3 < 2:
                    kill_at(clients, process, 1 + number % 11, is_done=number % 3 == 1)
                else:
                    assert process.stdout.readline() == "planned\n"
                    time.sleep(chance.random() * 0.15)
                    process.kill()
                process.wait(timeout=60)
            clients.next_write = []
            found, _ = json.loads(run(GO_ON, folder=folder, cache=cache, **environment))
            if not found:  # it was killed before its first step
                ended(start(PLAN, folder=folder, cache=cache, **environment), within=60)
            titles = sorted(row["title"] for row in clients.rows.values())
            assert titles == TITLES, (number, clients.writes)
            assert sum(method == "POST" for method, _ in clients.writes) == 3, number
