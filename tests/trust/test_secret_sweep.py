"""No credential and no person is in anything that pmframes writes, logs, raises, shows or hands on."""

import copy
import itertools
import logging
import os
import pickle
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import pmframes as pm

from . import front as faults
from .front import SERVICES, Front
from .loads import LOADERS, ONE_EACH, connect, connect_all
from .sweep import Sweep, listening, nothing_before

pytestmark = pytest.mark.slow

CANARY = "cnry-9d1c+Zw/=~7QxLm"
TROUBLE = {
    "401": faults.refuse,
    "500": faults.break_down,
    "HTML": faults.show_login,
    "redirect": faults.redirect,
    "reset": faults.reset,
    "nonsense": faults.answer_nonsense,
}


@pytest.fixture
def sweep(front: Front, ours: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Sweep]:
    """Connect with the canary, listen, and at the end search what is printed, kept alive and on disk."""
    front.tenants = {CANARY: ours}
    sweep = Sweep(CANARY)
    with nothing_before(), listening(sweep):
        connect_all(front, CANARY)
        yield sweep
        assert sweep.look_at_objects() > 5
    sweep.look_at_files(tmp_path)
    sweep.look("printed", *capfd.readouterr())
    assert sweep.found == []


def _fails(sweep: Sweep, call: Callable[[], object], *kinds: type[BaseException]) -> None:
    """Run what must fail, and search the error."""
    with pytest.raises(kinds or pm.errors.PmframesError) as raised:
        call()
    sweep.look_at_error(raised.value)


# The sweep finds what is there to be found


class _Leaky:
    """What a careless connection would be."""

    __module__ = "pmframes.planted"

    def __init__(self) -> None:
        self.headers = {"Authorization": CANARY}


def _raise_with(secret: str) -> None:
    code = "def careless(secret):\n    raise RuntimeError('no secret in the words')\n"
    scope: dict[str, Any] = {}
    exec(compile(code, "/elsewhere/careless.py", "exec"), scope)
    scope["careless"](secret)


@pytest.mark.parametrize(
    "spelt",
    [
        CANARY,
        "cnry-9d1c%2BZw%2F%3D~7QxLm",
        "Y25yeS05ZDFjK1p3Lz1+N1F4TG06",  # CANARY:
        "OmNucnktOWQxYytady89fjdReExt",  # :CANARY
        "YTpjbnJ5LTlkMWMrWncvPX43UXhMbTp4",  # a:CANARY:x
    ],
)
def test_it_knows_the_spellings(spelt):
    sweep = Sweep(CANARY)
    sweep.look("text", f"before {spelt} after")
    sweep.look("bytes", f"before {spelt} after".encode())
    assert len({one.split(":")[0] for one in sweep.found}) == 2


def _plant_log() -> None:
    logging.getLogger("urllib3.connectionpool").debug("GET /?token=%s", CANARY)


def _plant_new_log() -> None:
    logging.getLogger(f"pmframes.new.{time.monotonic_ns()}").debug("told", extra={"token": CANARY})


def _plant_warning() -> None:
    warnings.warn(f"the token {CANARY} is old", UserWarning, stacklevel=1)


@pytest.mark.parametrize("plant", [_plant_log, _plant_new_log, _plant_warning])
def test_it_hears_what_is_told(plant):
    sweep = Sweep(CANARY)
    with listening(sweep):
        plant()
    assert sweep.found


def test_it_finds_what_lies_about(tmp_path):
    sweep = Sweep(CANARY)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "cache.sqlite").write_bytes(b"\x00\xff" + CANARY.encode())
    pd.DataFrame({"x": [CANARY]}).to_excel(tmp_path / "book.xlsx", engine="xlsxwriter")
    assert sweep.look_at_files(tmp_path) == 2
    assert {one.split(":")[0] for one in sweep.found} == {"file cache.sqlite", "file book.xlsx, xl/sharedStrings.xml"}


def test_it_looks_into_locals_and_objects():
    sweep, leaky = Sweep(CANARY), _Leaky()
    with pytest.raises(RuntimeError) as raised:
        _raise_with(CANARY)
    sweep.look_at_error(raised.value)
    assert [one for one in sweep.found if one.startswith("traceback with locals")]
    sweep.look_at_objects()
    assert [one for one in sweep.found if one.startswith("vars of pmframes.planted._Leaky")]
    assert leaky.headers


# Every public function, when all goes well


def _people() -> pd.DataFrame:
    return pm.teamwork.people()


def _report(folder: Path) -> pm.report.Report:
    report = pm.report.Report("Sweep").add_text("All.").add_table(_people(), "People")
    report = report.add_figure(pm.plot.people_by_type(_people()), "By type")
    return _written(folder, report)


def _written(folder: Path, report: pm.report.Report) -> pm.report.Report:
    report.to_html(folder / "report.html", overwrite=True)
    report.to_excel(folder / "report.xlsx", overwrite=True)
    return report


def _offline() -> pd.DataFrame:
    with pm.offline():
        return _people()


def _two_roles() -> tuple[pd.DataFrame, str, str]:
    roles = pm.projectmanager.roles()
    return roles, roles["id"].iloc[0], roles["id"].iloc[-1]


# What each summary, and the picture of the same name, is given.
SUMMED_UP: dict[str, Callable[[], tuple[Any, ...]]] = {
    "people_by_type": lambda: (_people(),),
    "people_by_permission": lambda: (LOADERS["teamwork.permissions"](),),
    "roles_by_permission": lambda: (pm.projectmanager.roles(),),
    "role_differences": _two_roles,
    "customers_by_company": lambda: (pm.outlign.clients(),),
    "customers_by_operator": lambda: (pm.spirii.customers(),),
    "projects_by_customer": lambda: (pm.projectmanager.projects(), pm.projectmanager.customers()),
}
CALLS: dict[str, Callable[[Path], object]] = {
    **{name: lambda _, load=load: load() for name, load in LOADERS.items()},
    "customers": lambda _: pm.customers(),
    "connections": lambda _: pm.connections(),
    "check": lambda _: pm.check(),
    "offline": lambda _: _offline(),
    "explore": lambda _: pm.explore(_people()).state,
    "cache.info": lambda _: pm.cache.info(),
    "report.Report": _report,
    **{
        f"{kind}.{name}": lambda _, name=name, kind=kind: getattr(getattr(pm, kind), name)(*SUMMED_UP[name]())
        for kind in ("report", "plot")
        for name in SUMMED_UP
    },
    "report.findings": lambda _: pm.report.findings(_people()),
    "report.changes": lambda _: pm.report.changes(_people(), _people()),
    "report.access_review": lambda folder: _written(folder, pm.report.access_review(_people())),
    "report.customer_portfolio": lambda folder: _written(folder, pm.report.customer_portfolio(pm.customers())),
    # These come last: they take away.
    "cache.clear": lambda _: pm.cache.clear("outlign"),
    "disconnect": lambda _: pm.disconnect("outlign"),
}
# ``connect`` is in every test; the demo brings credentials of its own; errors are raised by the other tests.
ELSEWHERE = {"connect", "demo", "errors"}
# A rule is made of what its user writes, and of nothing else.
NOT_SWEPT = {"report.Rule"}


def _public() -> set[str]:
    """Return the dotted name of every public function."""
    names = set()
    for name in set(pm.__all__) - ELSEWHERE:
        value = getattr(pm, name)
        if not isinstance(value, ModuleType):
            names.add(name)
            continue
        names |= {f"{name}.{one}" for one in _inside(value) if callable(getattr(value, one))}
    return names - NOT_SWEPT


def _inside(module: ModuleType) -> list[str]:
    if hasattr(module, "__all__"):
        return list(module.__all__)
    found = [one for one in vars(module) if not one.startswith("_")]
    return [one for one in found if getattr(vars(module)[one], "__module__", "").startswith(module.__name__)]


def test_every_public_function_is_swept():
    assert _public() - set(CALLS) == set()


def test_nothing_leaves_when_all_goes_well(sweep, tmp_path):
    public = _public()
    for name, call in CALLS.items():
        if name in public:
            for _ in range(2):
                _look_at_result(sweep, name, call(tmp_path))
                (tmp_path / "report.html").unlink(missing_ok=True)
                (tmp_path / "report.xlsx").unlink(missing_ok=True)
    _report(tmp_path)
    plt.close("all")


def _look_at_result(sweep: Sweep, name: str, result: object) -> None:
    sweep.look(name, repr(result), str(result), repr(getattr(result, "__dict__", "")))
    if isinstance(result, pd.DataFrame):
        sweep.look(f"attrs of {name}", repr(result.attrs))
        sweep.look(f"pickle of {name}", pickle.dumps(result), pickle.dumps(copy.deepcopy(result)))
        sweep.look(f"{name} as text", result.to_csv(), result.to_html(), repr(vars(result)))


# And when it does not


@pytest.mark.parametrize("name", LOADERS)
def test_nothing_leaves_with_an_error(name, front, sweep):
    for trouble in TROUBLE.values():
        front.trouble[name.split(".")[0]] = trouble
        _fails(sweep, LOADERS[name])
        _fails(sweep, lambda: LOADERS[name](refresh=True, extra_columns=True))


def test_nothing_leaves_when_a_token_function_is_refused(front, sweep):
    """On a 401 it is asked once more; both tokens are secret."""
    again, handed = Sweep(CANARY[::-1]), itertools.cycle([CANARY, CANARY[::-1]])
    connect(front, "outlign", lambda: next(handed), account="agency-a")
    with listening(again):
        for trouble in TROUBLE.values():
            front.trouble["outlign"] = trouble
            _fails(sweep, ONE_EACH["outlign"])
            _fails(again, ONE_EACH["outlign"])
    again.look_at_objects()
    assert set(front.tokens("outlign")) == {CANARY, CANARY[::-1]}
    assert again.found == []


WRONG = {
    "an unknown service": lambda: pm.connect("basecamp", token=CANARY),
    "an address that is none": lambda: pm.connect("teamwork", url="http://[", token=CANARY),
    "plain http": lambda: pm.connect("teamwork", url="http://acme.example.com", token=CANARY),
    "a token with a line break": lambda: pm.connect("spirii", token=f"{CANARY}\r\nX-More: 1"),
    "a token with a blank": lambda: pm.connect("spirii", token=f"Bearer {CANARY}"),
    "a token that is no latin": lambda: pm.connect("spirii", token=f"{CANARY}\u5b50"),
    "bytes": lambda: pm.connect("spirii", token=CANARY.encode()),
    "a list": lambda: pm.connect("spirii", token=[CANARY]),
    "an account that is none": lambda: pm.connect("spirii", token=CANARY, account=5),
    "a wrong argument": lambda: pm.spirii.customers(types="Nobody"),
    "paging": lambda: pm.teamwork.people(params={"page": 2}),
    "extra_columns that are no bool": lambda: pm.outlign.clients(extra_columns="some"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_nothing_leaves_with_a_wrong_argument(wrong, sweep):
    _fails(sweep, WRONG[wrong], pm.errors.PmframesError, TypeError)


@pytest.mark.parametrize("given", [f"{CANARY}\n", CANARY.encode(), [CANARY], {"access_token": CANARY}])
def test_nothing_leaves_when_a_token_function_returns_something_else(given, front, sweep):
    connect(front, "outlign", lambda: given)
    with suppress(pm.errors.PmframesError):
        pm.outlign.clients()
    _fails(sweep, lambda: pm.outlign.clients(company_id="x"))
    if not isinstance(given, str):
        _fails(sweep, pm.outlign.clients)


def test_nothing_leaves_offline(sweep):
    with pm.offline():
        for load in LOADERS.values():
            _fails(sweep, load, pm.errors.OfflineMiss)


def test_nothing_leaves_with_a_corrupt_cache(sweep, cache_dir):
    for name, load in LOADERS.items():
        load()
        for path in cache_dir.rglob("*.sqlite"):
            path.write_bytes(b"not a database" * 500)
        _look_at_result(sweep, name, load())


@contextmanager
def _interrupted_when_asked(front: Front, service: str) -> Iterator[None]:
    """Press Ctrl-C as soon as a request is there, which is not answered."""
    before, ended = len(front.tokens(service)), threading.Event()

    def interrupt() -> None:
        while len(front.tokens(service)) == before:
            if ended.wait(0.05):
                return
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _let_end(front: Front) -> None:
    """A request that is under way holds what it sends; let those end that the load has given up."""
    front.over.set()
    for thread in threading.enumerate():
        if thread.name == "pmframes":
            thread.join(60)


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_leaves_when_a_load_is_stopped(service, front, sweep):
    """A notebook that shows locals shows them for Ctrl-C too, down to the socket."""
    front.trouble[service] = faults.stall
    with _interrupted_when_asked(front, service):
        _fails(sweep, ONE_EACH[service], KeyboardInterrupt)
    _let_end(front)


@pytest.mark.parametrize(
    "check",
    [lambda front: connect(front, "outlign", CANARY, check=True), lambda _: pm.check()],
    ids=["connect(check=True)", "check()"],
)
def test_nothing_leaves_when_a_check_is_stopped(check, front, sweep):
    front.trouble["outlign"] = faults.stall
    later = threading.Timer(45, front.over.set)
    later.start()
    with _interrupted_when_asked(front, "outlign"):
        _fails(sweep, lambda: check(front), KeyboardInterrupt)
    later.cancel()
    _let_end(front)
