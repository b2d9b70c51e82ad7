"""A load that is stopped by Ctrl-C or killed says so, ends at once, and leaves the cache as it was."""

import json
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pmframes.sandbox import Sandbox
from tests.support.processes import ended, run, start

from .front import Asked, Front, Handler, drip, stall, wait_a_minute

pytestmark = pytest.mark.slow

TOLD = re.compile(r"KeyboardInterrupt: Interrupted; nothing was returned or cached\.$")
NOISE = re.compile(r"Traceback|Exception ignored|Error")
# A page that stands still is given up after 60 seconds: whoever ends before does not wait for it.
PROMPTLY = 45

CONNECT = 'import sys, pmframes as pm\npm.connect("teamwork", account="agency-a", requests_per_minute=100_000)\n'
LOAD = CONNECT + (
    'print("go", flush=True)\nframe = pm.teamwork.people(refresh=sys.argv[1] == "refresh")\nprint("done", flush=True)\n'
)
CHECK = """
import hashlib, json, os, pathlib, sqlite3, sys, warnings
import pmframes as pm

def load():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        frame = pm.teamwork.people()
    about = frame.attrs["pmframes"]
    rows = hashlib.sha256(frame.to_csv().encode()).hexdigest()
    return about | {"digest": rows, "told": [str(one.message) for one in told]}

def whole(path):
    with sqlite3.connect(path) as opened:
        return opened.execute("pragma integrity_check").fetchall() == [("ok",)]

for folder in sys.argv[1:]:
    os.environ["PMFRAMES_CACHE_DIR"] = folder
    pm.connect("teamwork", account="agency-a", requests_per_minute=100_000)
    kept = pm.cache.info()["rows"].tolist()
    first, again = load(), load()
    sound = all(whole(path) for path in pathlib.Path(folder).rglob("*.sqlite"))
    print(json.dumps({"kept": kept, "first": first, "again": again, "sound": sound}))
"""


@dataclass(frozen=True)
class Moment:
    """When to strike: as so many pages were asked for, or so many seconds after the last was."""

    pages: int
    after: float = 0.0


@dataclass
class Stage:
    """A site whose people changed, and a cache folder that holds them as they were."""

    front: Front
    folder: Path
    pages: int = 0
    writing: float = 0.0
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    held: dict[str, tuple[int, threading.Event]] = field(default_factory=dict)

    def answer(self, handler: Handler, asked: Asked) -> None:
        """Hold a load at its moment until it was struck: on a busy machine it would be over before."""
        if asked.token in self.held:
            pages, struck = self.held[asked.token]
            if self.front.tokens("teamwork").count(asked.token) >= pages:
                struck.wait(60)
        handler.reply(*self.front.answer(asked))

    def cache(self, name: str) -> Path:
        return self.folder / name

    def environment(self, token: str) -> dict[str, str]:
        return {"PMFRAMES_TEAMWORK_URL": self.front.url("teamwork"), "PMFRAMES_TEAMWORK_TOKEN": token}

    def moments(self, number: int) -> list[Moment]:
        """Return moments spread over the whole load: three while it reads for every two after that."""
        reading = [Moment(1 + at % self.pages) for at in _spread(number * 3 // 5, self.pages)]
        writing = [Moment(self.pages, self.writing * at / 20) for at in _spread(number - len(reading), 20)]
        return reading + writing


def _spread(number: int, over: int) -> list[int]:
    return [round(at * (over - 1) / max(number - 1, 1)) for at in range(number)]


def _check(stage: Stage, folders: list[Path], token: str) -> list[dict[str, Any]]:
    given = [str(folder) for folder in folders]
    out = run(CHECK, *given, folder=stage.folder, cache=stage.folder, within=600, **stage.environment(token))
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Sandbox(people=1500, seed=7) as before, Sandbox(people=1600, seed=8) as after, Front() as front:
        front.page_size = 75
        front.tenants = {"as-it-was": before, "as-it-is": after}
        stage = Stage(front, tmp_path_factory.mktemp("stage"))
        front.trouble["teamwork"] = stage.answer
        with ThreadPoolExecutor(2) as two:
            seen = two.map(lambda token: _check(stage, [stage.cache(token)], token), front.tenants)
            stage.known = {token: found["first"] for token, (found,) in zip(front.tenants, seen, strict=True)}
        front.delay = 0.02
        _measure(stage)
        yield stage


def _measure(stage: Stage) -> None:
    """Find out how many pages an undisturbed load asks for, and how long it goes on after the last."""
    asked = len(stage.front.asked)
    child = start(LOAD, "cold", folder=stage.folder, cache=stage.cache("measure"), **stage.environment("as-it-is"))
    times = [time.monotonic() for line in child.stdout if line in ("go\n", "done\n")]
    ended(child, PROMPTLY)
    stage.pages = len(stage.front.asked) - asked
    last = stage.front.times[-1]
    stage.writing = times[1] - last
    assert stage.pages > 15
    assert stage.writing > 0


@dataclass(frozen=True)
class End:
    """How an interrupted process ended."""

    code: int
    finished: bool
    told: str
    cache: Path


def _strike(stage: Stage, number: int, moment: Moment, how: signal.Signals, *, refresh: bool) -> End:
    """Start a load in a folder of its own, strike at the moment, and tell how it ended."""
    token, cache = f"{how.name}-{refresh}-{number}", stage.cache(f"{how.name}-{refresh}-{number}")
    struck = threading.Event()
    stage.front.tenants[token] = stage.front.tenants["as-it-is"]
    if moment.pages < stage.pages:
        stage.held[token] = (moment.pages, struck)
    if refresh:
        shutil.copytree(stage.cache("as-it-was"), cache)
    given = "refresh" if refresh else "cold"
    child = start(LOAD, given, folder=stage.folder, cache=cache, **stage.environment(token))
    while child.poll() is None and stage.front.tokens("teamwork").count(token) < moment.pages:
        time.sleep(0.002)
    time.sleep(moment.after)
    child.send_signal(how)
    struck.set()
    out, err = ended(child, PROMPTLY)
    return End(child.returncode, "done" in out, err, cache)


def _strike_often(stage: Stage, how: signal.Signals, number: int, *, refresh: bool) -> list[End]:
    moments = stage.moments(number)
    with ThreadPoolExecutor(2) as two:
        ends = list(two.map(lambda at: _strike(stage, at, moments[at], how, refresh=refresh), range(len(moments))))
    struck = [end for end in ends if not end.finished]
    assert len(struck) >= 0.4 * number, "most loads ended before they were struck"
    assert {end.code for end in struck} == {-how}
    return ends


def _assert_whole(stage: Stage, ends: list[End], *, refresh: bool) -> None:
    """Every folder gives one whole load, the earlier at its own age or the new one; never a part of one."""
    stage.front.delay, before = 0.0, stage.front.delay
    seen = _check(stage, [end.cache for end in ends], "as-it-is")
    stage.front.delay = before
    was, now = stage.known["as-it-was"], stage.known["as-it-is"]
    for end, found in zip(ends, seen, strict=True):
        first, again = found["first"], found["again"]
        assert found["sound"]
        assert first["told"] == again["told"] == []
        assert again == first | {"cached": True, "requests": 0}
        assert found["kept"] in [[], [was["rows"]], [now["rows"]]]
        assert first["cached"] is bool(found["kept"])
        if refresh:
            assert first["cached"] is True
        if refresh and first["digest"] == was["digest"]:
            assert not end.finished
            assert first["fetched_at"] == was["fetched_at"]
        else:
            assert first["digest"] == now["digest"]


@pytest.mark.parametrize("refresh", [False, True], ids=["cold", "refresh"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=lambda how: how.name)
@pytest.mark.parametrize("times", [5, pytest.param(50, marks=pytest.mark.soak)])
def test_a_load_that_is_struck_leaves_one_whole_load(times, how, refresh, stage):
    ends = _strike_often(stage, how, times, refresh=refresh)
    _assert_whole(stage, ends, refresh=refresh)
    for end in ends:
        if how is signal.SIGINT and not end.finished:
            # Where the load is over and "done" not yet printed, none of its lines is in the traceback.
            assert TOLD.match(end.told.splitlines()[-1]) or "pmframes" not in end.told, end.told
        shutil.rmtree(end.cache)


# Servers that stall


def _from_page(first: int, wrong: Callable[[Handler, Asked], None]) -> Callable[[Handler, Asked], None]:
    """Answer earlier pages well, and go wrong from this one."""

    def answer(handler: Handler, asked: Asked) -> None:
        page = re.search(r"[?&]page=(\d+)", asked.path)
        if (int(page[1]) if page else 1) >= first:
            wrong(handler, asked)
        else:
            handler.reply(*handler.server.front.answer(asked))

    return answer


def _slowly(*params: str) -> pytest.MarkDecorator:
    """Parametrize by slow sites: the first by default, the others where slow tests are asked for."""
    rest = [pytest.param(one, marks=pytest.mark.slow) for one in params[1:]]
    return pytest.mark.parametrize("slow", [params[0], *rest], indirect=True)


@pytest.fixture
def slow(request: pytest.FixtureRequest, front: Front) -> Front:
    """A site that does not come to an end, from a certain page on."""
    wrong, page = request.param.split("-")
    front.page_size = 20
    how = {"stall": stall, "drip": drip, "wait": wait_a_minute}[wrong]
    front.trouble["teamwork"] = _from_page(int(page), how)
    return front


def _start(front: Front, code: str, tmp_path: Path, token: str) -> subprocess.Popen[str]:
    where = {"PMFRAMES_TEAMWORK_URL": front.url("teamwork"), "PMFRAMES_TEAMWORK_TOKEN": token}
    return start(code, "cold", folder=tmp_path, cache=tmp_path / "cache", **where)


def _wait_for_quiet(front: Front, child: subprocess.Popen[str]) -> None:
    """Wait until the process has asked and asks no more, because the server holds it up."""
    asked = -1
    while child.poll() is None and (not front.asked or asked != len(front.asked)):
        asked = len(front.asked)
        time.sleep(0.2)


@pytest.mark.parametrize("slow", ["stall-1", "drip-3", "wait-3"], indirect=True)
def test_ctrl_c_ends_a_load_that_stands_still(slow, tmp_path):
    child = _start(slow, LOAD, tmp_path, next(iter(slow.tenants)))
    _wait_for_quiet(slow, child)
    child.send_signal(signal.SIGINT)
    _, err = ended(child, PROMPTLY)
    assert child.returncode == -signal.SIGINT
    assert TOLD.match(err.splitlines()[-1]), err


@pytest.mark.parametrize("code", ["pm.connect('teamwork', check=True)", "pm.check()"])
@pytest.mark.parametrize("slow", ["stall-1", pytest.param("wait-1", marks=pytest.mark.slow)], indirect=True)
def test_ctrl_c_ends_a_check_that_stands_still(slow, code, tmp_path):
    child = _start(slow, f"import pmframes as pm\n{code}", tmp_path, next(iter(slow.tenants)))
    _wait_for_quiet(slow, child)
    child.send_signal(signal.SIGINT)
    ended(child, PROMPTLY)
    assert child.returncode == -signal.SIGINT


CAUGHT = CONNECT + (
    "try:\n    pm.teamwork.people()\nexcept KeyboardInterrupt as error:\n    print('caught', error, flush=True)\n"
)


@_slowly("stall-3", "drip-3", "wait-3")
def test_a_stopped_load_does_not_hold_up_the_end_of_python(slow, tmp_path):
    child = _start(slow, CAUGHT, tmp_path, next(iter(slow.tenants)))
    _wait_for_quiet(slow, child)
    child.send_signal(signal.SIGINT)
    out, err = ended(child, PROMPTLY)
    assert child.returncode == 0
    assert not NOISE.search(err), err
    assert "Interrupted" in out


AGAIN = CAUGHT + "input()\nframe = pm.teamwork.people()\nprint(frame.attrs['pmframes']['rows'], len(frame))\n"


@_slowly("stall-3", "drip-3", "wait-3")
def test_after_a_stopped_load_the_next_is_complete(slow, tmp_path):
    """The notebook goes on: in the same kernel, with the same connection."""
    child = _start(slow, AGAIN, tmp_path, next(iter(slow.tenants)))
    _wait_for_quiet(slow, child)
    child.send_signal(signal.SIGINT)
    assert "Interrupted" in child.stdout.readline()
    slow.trouble.clear()
    child.stdin.write("\n")
    out, err = ended(child, PROMPTLY)
    rows, seen = out.split()
    assert not NOISE.search(err), err
    assert rows == seen
    assert int(rows) > 100


@_slowly("stall-3", "stall-1", "wait-1")
def test_a_second_ctrl_c_does_no_harm(slow, tmp_path):
    child = _start(slow, LOAD, tmp_path, next(iter(slow.tenants)))
    _wait_for_quiet(slow, child)
    child.send_signal(signal.SIGINT)
    time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, err = ended(child, PROMPTLY)
    assert child.returncode == -signal.SIGINT
    assert "Fatal Python error" not in err


def test_a_load_that_fails_does_not_wait_for_pages_that_stand_still(front, tmp_path):
    """Page 2 is refused while the pages after it never come: the error is told, and Python ends."""

    def refuse_page_2(handler: Handler, asked: Asked) -> None:
        if re.search(r"[?&]page=2\b", asked.path):
            handler.server.front.over.wait(0.5)
            handler.reply(403, "application/json", b"{}")
        else:
            _from_page(3, stall)(handler, asked)

    front.page_size = 20
    front.trouble["teamwork"] = refuse_page_2
    child = _start(front, LOAD, tmp_path, next(iter(front.tenants)))
    _wait_for_quiet(front, child)
    _, err = ended(child, PROMPTLY)
    assert child.returncode == 1
    assert err.splitlines()[-1].startswith("pmframes.errors.PermissionDenied")
