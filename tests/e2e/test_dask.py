"""``pm.across`` on Dask: equal frames, a worker that dies, separate homes, and no credential outside of workers."""

import os
import pickle
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cloudpickle
import dask
import pandas as pd
import pytest
from dask.distributed import Client, LocalCluster

import pmframes as pm
from pmframes._accounts.tasks import Task
from pmframes.errors import AccountsFailed
from tests.support.agencies import Agencies, agencies
from tests.support.processes import environment

pytestmark = pytest.mark.long

# The dashboard is open to this machine alone, and nothing is spilled to disk: it would hold names.
SETTINGS = {"distributed.worker.memory.spill": False, "distributed.worker.memory.target": False}


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agencies]:
    monkeypatch.setenv("PMFRAMES_CACHE_DIR", str(tmp_path / "cache"))
    with agencies(tmp_path, monkeypatch, 4) as declared:
        yield declared


@pytest.fixture
def client(declared: Agencies, tmp_path: Path) -> Iterator[Client]:
    with dask.config.set(SETTINGS):
        cluster = LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", local_directory=str(tmp_path / "dask")
        )
        with cluster, Client(cluster) as client:
            yield client


def load() -> pd.DataFrame:
    return pm.teamwork.people(everyone=True)


def test_frames_and_folders_are_those_of_threads(declared, client, tmp_path):
    expected = pm.across(declared.names, load)
    result = pm.across(declared.names, lambda: pm.teamwork.people(everyone=True), executor=client)
    assert result.equals(expected)
    assert result.dtypes.equals(expected.dtypes)
    accounts = [source["account"] for source in result.attrs["pmframes"]["sources"]]
    assert accounts == declared.names
    folder = pm.across(declared.names, load, executor=client, to=tmp_path / "out")
    assert {stat.S_IMODE(path.stat().st_mode) for path in Path(folder).iterdir()} == {0o600}
    assert len(pm.scan(folder)) == len(expected)


def test_a_worker_that_dies_is_replaced_and_no_row_comes_twice(declared, client, tmp_path):
    mark = tmp_path / "died"

    def load_or_die() -> pd.DataFrame:
        frame = pm.teamwork.people(everyone=True)
        if len(frame) == 21 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return frame

    result = pm.across(declared.names, load_or_die, executor=client)
    assert mark.exists()
    assert result["account"].value_counts().to_dict() == {"agency0": 20, "agency1": 21, "agency2": 22, "agency3": 23}
    assert not result.duplicated(["account", "id"]).any()


def test_no_credential_is_in_the_graph_the_logs_or_a_file(declared, client, tmp_path):
    """Also where loads fail: every text that the cluster keeps is searched for the tokens."""
    declared.boxes["agency1"].renew_token("teamwork")
    with pytest.raises(AccountsFailed) as raised:
        pm.across(declared.names, load, executor=client, to=tmp_path / "out")
    tokens = [*declared.tokens().values(), os.environ["AGENCY1_TEAMWORK_TOKEN"]]
    task = cloudpickle.dumps(Task("agency0", {}, frozenset(), load, None, False))
    logs = client.run_on_scheduler(lambda dask_scheduler: repr(dask_scheduler.get_logs()))
    errors = [vars(error) for error in raised.value.failed.values()]
    objects = [task, logs, client.get_worker_logs(), client.get_task_stream(), errors, pickle.dumps(raised.value)]
    kept = [repr(value) for value in objects]
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != declared.file]
    contents = [path.read_bytes() for path in files] + [text.encode() for text in kept]
    assert not [token for token in tokens for content in contents if token.encode() in content]
    assert len(contents) > 5


WORKER = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-dashboard", "--no-nanny"]


def start_worker(address: str, home: Path, declared: Agencies, text: str) -> subprocess.Popen[bytes]:
    """Start a worker as on another machine: another home, another cache, and an ``accounts.toml`` of its own."""
    home.mkdir()
    (home / "accounts.toml").write_text(text)
    (home / "accounts.toml").chmod(0o600)
    variables = environment(home, home / "cache", PMFRAMES_ACCOUNTS=str(home / "accounts.toml"), **declared.tokens())
    command = [*WORKER, "--local-directory", str(home / "dask"), address]
    return subprocess.Popen(command, cwd=home, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_workers_with_homes_of_their_own_and_one_with_other_urls(declared, tmp_path):
    expected = pm.across(declared.names, load)
    with LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as cluster, Client(cluster) as client:
        address, text = cluster.scheduler_address, declared.text()
        workers = [start_worker(address, tmp_path / name, declared, text) for name in ("home1", "home2")]
        try:
            client.wait_for_workers(2, timeout=60)
            assert pm.across(declared.names, load, executor=client).equals(expected)
            assert (tmp_path / "home1" / "cache").exists() or (tmp_path / "home2" / "cache").exists()
        finally:
            end(workers)
        wrong = re.sub(r":\d+/", ":9/", declared.text())
        workers = [start_worker(cluster.scheduler_address, tmp_path / "home3", declared, wrong)]
        try:
            deadline = time.monotonic() + 60
            while len(client.scheduler_info()["workers"]) != 1 and time.monotonic() < deadline:
                time.sleep(0.2)
            with pytest.raises(AccountsFailed, match="is declared differently here than where the work was given out"):
                pm.across(declared.names, load, executor=client)
        finally:
            end(workers)


def end(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.wait(timeout=60)
