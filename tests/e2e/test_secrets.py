"""The token is nowhere: every public function is called and searched, and a load and a check are interrupted."""

import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import pmframes as pm
from pmframes._writers.csv import csv_bytes
from pmframes._writers.excel import workbook_bytes
from tests.support.loaders import LOADERS, ONE_EACH, connect, connect_all
from tests.support.secret_scan import SecretScan, shown_nowhere
from tests.support.server import SERVICES, FakeServer
from tests.support.tenants import FAULTS, Tenants

pytestmark = pytest.mark.usefixtures("own_home", "no_waits")

CANARY = "cnry-9d1c+Zw/=~7QxLm"


@pytest.fixture
def scan(
    server: FakeServer, our_sandbox: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Iterator[SecretScan]:
    """Connect with the canary, which must be nowhere at the end."""
    Tenants({CANARY: our_sandbox}).serve(server)
    with shown_nowhere(CANARY, tmp_path, capfd) as scan:
        connect_all(server, CANARY)
        yield scan


def _people() -> pd.DataFrame:
    return pm.teamwork.people()


def _report(folder: Path) -> pm.report.Report:
    report = pm.report.Report("Secrets").add_text("All.").add_table(_people(), "People")
    report = report.add_figure(pm.plot.people_by_type(_people()), "By type")
    return _written(folder, report)


def _exported(folder: Path, suffix: str) -> Path:
    clients, path = pm.outlign.clients(), folder / f"clients{suffix}"
    path.write_bytes(csv_bytes(clients) if suffix == ".csv" else workbook_bytes({"clients": clients}))
    return path


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


def _attempt(write: Callable[..., object], **arguments: Any) -> object:
    """Write; what the service does with it does not matter here."""
    try:
        return write(**arguments)
    except pm.errors.PmframesError as error:
        return error


def _plan() -> object:
    clients = pm.outlign.clients()
    plan = pm.plan(clients, clients.assign(title=["Ada", *clients["title"].iloc[1:]]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the service may not do it
        return plan, plan.frame, plan._repr_html_(), _attempt(plan.apply, confirm=1)


def _history(folder: Path) -> object:
    history = pm.history(folder / "history")
    kept = history.keep(_people(), pm.outlign.clients())
    when = pd.Timestamp.now("UTC")
    texts = [path.read_bytes() for path in (folder / "history").iterdir()]
    return kept, history, history.at(when, "people"), history.changes(when, when), history.verify(), texts


ID = "8f14e45f-ceea-467f-a1d2-000000000001"
WRITES: dict[str, dict[str, Any]] = {
    "projectmanager.create_customer": {"name": "Ada"}, "projectmanager.update_customer": {"id": ID, "name": "Ada"},
    "projectmanager.delete_customer": {"id": ID}, "outlign.create_client": {"title": "Ada", "company_id": 7},
    "outlign.update_client": {"id": 7, "title": "Ada"}, "outlign.delete_client": {"id": 7},
    "spirii.create_customer": {
        "name": "Ada", "type": "Private", "country": "DK", "owner_id": 7, "contact_details": {"name": "Ada"},
    },
    "spirii.update_customer": {"id": 7, "name": "Ada"},
}  # fmt: skip
# The arguments of each summary, and of the picture of the same name.
SUMMARIES: dict[str, Callable[[], tuple[Any, ...]]] = {
    "people_by_type": lambda: (_people(),), "people_by_permission": lambda: (LOADERS["teamwork.permissions"](),),
    "roles_by_permission": lambda: (pm.projectmanager.roles(),), "role_differences": _two_roles,
    "customers_by_company": lambda: (pm.outlign.clients(),),
    "customers_by_operator": lambda: (pm.spirii.customers(),),
    "projects_by_customer": lambda: (pm.projectmanager.projects(), pm.projectmanager.customers()),
}  # fmt: skip
CALLS: dict[str, Callable[[Path], object]] = {
    **{name: lambda _, load=load: load() for name, load in LOADERS.items()}, "customers": lambda _: pm.customers(),
    "connections": lambda _: pm.connections(), "check": lambda _: pm.check(), "offline": lambda _: _offline(),
    "explore": lambda _: pm.explore(_people()).state, "cache.info": lambda _: pm.cache.info(),
    "report.Report": _report,
    **{
        f"{kind}.{name}": lambda _, name=name, kind=kind: getattr(getattr(pm, kind), name)(*SUMMARIES[name]())
        for kind in ("report", "plot")
        for name in SUMMARIES
    },
    "report.findings": lambda _: pm.report.findings(_people()),
    "report.changes": lambda _: pm.report.changes(_people(), _people()),
    "report.access_review": lambda folder: _written(folder, pm.report.access_review(_people())),
    "report.customer_portfolio": lambda folder: _written(folder, pm.report.customer_portfolio(pm.customers())),
    "read_csv": lambda folder: pm.read_csv(_exported(folder, ".csv")),
    "read_excel": lambda folder: pm.read_excel(_exported(folder, ".xlsx")),
    **{
        name: lambda _, name=name, arguments=arguments: _attempt(reduce(getattr, name.split("."), pm), **arguments)
        for name, arguments in WRITES.items()
    },
    "history": _history, "plan": lambda _: _plan(), "plans": lambda _: pm.plans(), "accounts": lambda _: pm.accounts(),
    # These come last: they take away.
    "cache.clear": lambda _: pm.cache.clear("outlign"), "disconnect": lambda _: pm.disconnect("outlign"),
}  # fmt: skip
# ``connect`` is in every test; the demo brings credentials of its own; errors are raised by the other tests.
# Other tests search what accounts do: loading/test_across.py, e2e/test_dask.py.
ELSEWHERE = {"connect", "demo", "errors", "across", "scan", "using"}
# A rule is made of what its user writes, and of nothing else.
NOT_SEARCHED = {"report.Rule"}


def _public() -> set[str]:
    """Return the dotted name of every public function."""
    names = set()
    for name in set(pm.__all__) - ELSEWHERE:
        value = getattr(pm, name)
        if not isinstance(value, ModuleType):
            names.add(name)
            continue
        names |= {f"{name}.{inner}" for inner in _inside(value) if callable(getattr(value, inner))}
    return names - NOT_SEARCHED


def _inside(module: ModuleType) -> list[str]:
    if hasattr(module, "__all__"):
        return list(module.__all__)
    found = [name for name in vars(module) if not name.startswith("_")]
    return [name for name in found if getattr(vars(module)[name], "__module__", "").startswith(module.__name__)]


def test_every_public_function_is_searched():
    assert _public() - set(CALLS) == set()


def test_no_public_function_shows_it(scan, tmp_path):
    public = _public()
    for name, call in CALLS.items():
        if name in public:
            for _ in range(2):
                _search_result(scan, name, call(tmp_path))
                (tmp_path / "report.html").unlink(missing_ok=True)
                (tmp_path / "report.xlsx").unlink(missing_ok=True)
    _report(tmp_path)
    plt.close("all")


def _search_result(scan: SecretScan, name: str, result: object) -> None:
    scan.search(name, repr(result), str(result), repr(getattr(result, "__dict__", "")))
    if isinstance(result, pd.DataFrame):
        scan.search_frame(name, result)


# Interrupted


@contextmanager
def interrupted_by_its_request(server: FakeServer, service: str) -> Iterator[None]:
    """Press Ctrl-C as soon as a request has come, which is not answered before the block ends."""
    before, ended = len(server.asked(service)), threading.Event()

    def interrupt() -> None:
        while len(server.asked(service)) == before:
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


CHECKS: dict[str, Callable[[FakeServer], object]] = {
    **{f"a load from {service}": lambda _, service=service: ONE_EACH[service]() for service in SERVICES},
    "connect(check=True)": lambda server: connect(server, "outlign", CANARY, check=True),
    "check()": lambda _: pm.check(),
}


@pytest.mark.parametrize("name", CHECKS)
def test_an_interrupted_request_shows_it_nowhere(name, server, scan):
    """A notebook that shows local variables shows them for Ctrl-C too, down to the socket."""
    service = name.rpartition(" ")[2] if name.startswith("a load") else "outlign"
    server.serve(service, FAULTS["no answer"])
    with interrupted_by_its_request(server, service), pytest.raises(KeyboardInterrupt) as raised:
        CHECKS[name](server)
    scan.search_error(raised.value)
    # A request that is under way holds what it sends; let those end that the load has given up.
    server.close()
    for thread in threading.enumerate():
        if thread.name == "pmframes":
            thread.join(60)
