"""Loads in processes that are interrupted or killed: the cache stays whole, and Python ends."""

import json
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pmframes.sandbox import Sandbox
from tests.support import transfers
from tests.support.cases import case_of
from tests.support.loaders import TOKEN
from tests.support.processes import ended, run, start
from tests.support.server import FakeServer, Reply, Request, reply
from tests.support.tenants import Tenants

INTERRUPTED = re.compile(r"KeyboardInterrupt: Interrupted; nothing was returned or cached\.$")
NOISE = re.compile(r"Traceback|Exception ignored|Error")
# A page that never comes is given up after 60 seconds: whoever ends before does not wait for it.
PROMPTLY = 45
WAITS = {
    "no answer": reply(transfer=transfers.no_answer),
    "slow body": reply(b" " * 100_000, transfer=transfers.slow_body(0.1)),
    "retry in a minute": reply({}, 429, Retry_After="60"),
}

CONNECT = 'import sys, pmframes as pm\npm.connect("teamwork", account="agency-a", requests_per_minute=100_000)\n'
LOAD = CONNECT + 'pm.teamwork.people(refresh=sys.argv[1] == "refresh")\nprint("done", flush=True)\n'
CAUGHT = CONNECT + (
    "try:\n    pm.teamwork.people()\nexcept KeyboardInterrupt as error:\n    print('caught', error, flush=True)\n"
)
CHECK = """
import hashlib, json, os, pathlib, sqlite3, sys, warnings
import pmframes as pm

def load():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = pm.teamwork.people()
    rows = hashlib.sha256(frame.to_csv().encode()).hexdigest()
    return frame.attrs["pmframes"] | {"digest": rows, "warnings": [str(one.message) for one in caught]}

def is_sound(path):
    with sqlite3.connect(path) as opened:
        return opened.execute("pragma integrity_check").fetchall() == [("ok",)]

for folder in sys.argv[1:]:
    os.environ["PMFRAMES_CACHE_DIR"] = folder
    pm.connect("teamwork", account="agency-a", requests_per_minute=100_000)
    cached = pm.cache.info()["rows"].tolist()
    first, again = load(), load()
    sound = all(is_sound(path) for path in pathlib.Path(folder).rglob("*.sqlite"))
    print(json.dumps({"cached": cached, "first": first, "again": again, "sound": sound}))
"""


@dataclass(frozen=True)
class Moment:
    """When to end a process: as so many pages were requested, or so many seconds after the last was."""

    pages: int
    after: float = 0.0


@dataclass
class Site:
    """A site whose people changed, and a cache folder that holds them as they were."""

    server: FakeServer
    tenants: Tenants
    folder: Path
    pages: int = 0
    writing: float = 0.0
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    held: dict[str, tuple[int, threading.Event]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Reply:
        """Hold a load at its moment until it was ended: on a busy machine it would be over before."""
        if request.token in self.held:
            pages, ended = self.held[request.token]
            if self.count(request.token) >= pages:
                ended.wait(60)
        return self.tenants(request)

    def count(self, token: str) -> int:
        return sum(request.token == token for request in self.server.asked("teamwork"))

    def cache(self, name: str) -> Path:
        return self.folder / name

    def start(self, how: str, cache: Path, token: str) -> subprocess.Popen[str]:
        return start(LOAD, how, folder=self.folder, cache=cache, **variables(self.server, token))

    def check(self, folders: list[Path], token: str) -> list[dict[str, Any]]:
        names = [str(folder) for folder in folders]
        out = run(CHECK, *names, folder=self.folder, cache=self.folder, within=600, **variables(self.server, token))
        return [json.loads(line) for line in out.splitlines()]

    def moments(self, number: int) -> list[Moment]:
        """Return moments spread over the whole load: three while it reads for every two after that."""
        reading = [Moment(1 + at % self.pages) for at in spread(number * 3 // 5, self.pages)]
        return reading + [Moment(self.pages, self.writing * at / 20) for at in spread(number - len(reading), 20)]


def variables(server: FakeServer, token: str) -> dict[str, str]:
    return {"PMFRAMES_TEAMWORK_URL": server.url("teamwork"), "PMFRAMES_TEAMWORK_TOKEN": token}


def spread(number: int, over: int) -> list[int]:
    return [round(at * (over - 1) / max(number - 1, 1)) for at in range(number)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Sandbox(people=1500, seed=7) as before, Sandbox(people=1600, seed=8) as after, FakeServer() as server:
        tenants = Tenants({"as-it-was": before, "as-it-is": after}, page_size=75)
        site = Site(server, tenants, tmp_path_factory.mktemp("site"))
        server.serve("teamwork", site)
        for token in ("as-it-was", "as-it-is"):
            [found] = site.check([site.cache(token)], token)
            site.known[token] = found["first"]
        server.forget()
        child = site.start("cold", site.cache("measure"), "as-it-is")
        assert child.stdout.readline() == "done\n"
        done = time.monotonic()
        ended(child, PROMPTLY)
        site.pages, site.writing = site.count("as-it-is"), done - server.asked("teamwork")[-1].at
        assert site.pages > 15
        yield site


@dataclass(frozen=True)
class End:
    """How a process ended."""

    code: int
    finished: bool
    err: str
    cache: Path


def end_load(site: Site, number: int, moment: Moment, how: signal.Signals, *, refresh: bool) -> End:
    """Start a load in a cache folder of its own, and end it at the moment."""
    token = f"{how.name}-{refresh}-{number}"
    cache, over = site.cache(token), threading.Event()
    site.tenants.sandboxes[token] = site.tenants.sandboxes["as-it-is"]
    if moment.pages < site.pages:
        site.held[token] = (moment.pages, over)
    if refresh:
        shutil.copytree(site.cache("as-it-was"), cache)
    child = site.start("refresh" if refresh else "cold", cache, token)
    while child.poll() is None and site.count(token) < moment.pages:
        time.sleep(0.002)
    time.sleep(moment.after)
    child.send_signal(how)
    over.set()
    out, err = ended(child, PROMPTLY)
    return End(child.returncode, "done" in out, err, cache)


@pytest.mark.parametrize("refresh", [False, True], ids=["cold", "refresh"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=lambda how: how.name)
@pytest.mark.parametrize("times", [5, pytest.param(50, marks=pytest.mark.soak)])
def test_a_load_that_is_interrupted_or_killed_leaves_one_whole_load(times, how, refresh, site):
    """The earlier one at its own age, or the new one, or none; never a part of one."""
    moments = site.moments(times)
    with ThreadPoolExecutor(2) as two:
        ends = list(two.map(lambda at: end_load(site, at, moments[at], how, refresh=refresh), range(times)))
    stopped = [end for end in ends if not end.finished]
    assert len(stopped) >= 0.4 * times, "most loads ended by themselves"
    assert {end.code for end in stopped} == {-how}, [end.err for end in stopped if end.code != -how]
    was, now = site.known["as-it-was"], site.known["as-it-is"]
    for end, found in zip(ends, site.check([end.cache for end in ends], "as-it-is"), strict=True):
        first, again = found["first"], found["again"]
        assert found["sound"]
        assert first["warnings"] == again["warnings"] == []
        assert again == first | {"cached": True, "requests": 0}
        assert found["cached"] in [[], [was["rows"]], [now["rows"]]]
        assert first["cached"] is bool(found["cached"])
        if refresh:
            assert first["cached"] is True
        if refresh and first["digest"] == was["digest"]:
            assert not end.finished
            assert first["fetched_at"] == was["fetched_at"]
        else:
            assert first["digest"] == now["digest"]
        if how is signal.SIGINT and not end.finished:
            # Or the load was over, and its frame on the way to the caller.
            is_whole = found["cached"] == [now["rows"]] and first["digest"] == now["digest"]
            assert INTERRUPTED.match(end.err.splitlines()[-1]) or is_whole, end.err
        shutil.rmtree(end.cache)


# The end of Python


@pytest.fixture
def waiting(request, server, tenants, tmp_path) -> Iterator[subprocess.Popen[str]]:
    """A process whose load waits at page 3, once it has requested that page."""
    code, wait = request.param
    tenants.page_size, reached = 20, threading.Event()

    def answer(request: Request) -> Reply:
        if request.position[0] < 3:
            return tenants(request)
        reached.set()
        return wait

    server.serve("teamwork", answer)
    child = start(code, "cold", folder=tmp_path, cache=tmp_path / "cache", **variables(server, TOKEN))
    try:
        assert reached.wait(60)
        yield child
    finally:
        child.kill()
        child.communicate()


@pytest.mark.parametrize("waiting", [(CAUGHT, wait) for wait in WAITS.values()], ids=WAITS, indirect=True)
def test_an_interrupted_load_does_not_hold_up_the_end_of_python(waiting):
    waiting.send_signal(signal.SIGINT)
    out, err = ended(waiting, PROMPTLY)
    assert (waiting.returncode, out) == (0, "caught Interrupted; nothing was returned or cached.\n")
    assert not NOISE.search(err), err


@pytest.mark.parametrize("waiting", [(LOAD, wait) for wait in WAITS.values()], ids=WAITS, indirect=True)
def test_a_second_ctrl_c_does_no_harm(waiting):
    waiting.send_signal(signal.SIGINT)
    waiting.send_signal(signal.SIGINT)
    _, err = ended(waiting, PROMPTLY)
    assert waiting.returncode == -signal.SIGINT
    assert "Fatal Python error" not in err


def test_a_load_that_fails_does_not_hold_up_the_end_of_python(server, tmp_path):
    """Page 2 is refused while the pages after it, which are prefetched, never come."""
    people, reached = case_of("teamwork.people-of-the-site"), threading.Event()
    first_page = people.pages([people.rows(5), people.rows(5, 6)], total=None)

    def answer(request: Request) -> Reply:
        if request.position[0] == 1:
            return first_page(request)
        if request.position[0] == 2:
            assert reached.wait(60)
            return reply({}, 403)
        reached.set()
        return WAITS["no answer"]

    server.serve(people.path, answer)
    child = start(LOAD, "cold", folder=tmp_path, cache=tmp_path / "cache", **variables(server, TOKEN))
    _, err = ended(child, PROMPTLY)
    assert child.returncode == 1
    assert err.splitlines()[-1].startswith("pmframes.errors.PermissionDenied")
