"""What every test has: a cache of its own, no credential of this machine, and no skip unseen in CI."""

import asyncio
import gc
import os
import re
import signal
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path

import hypothesis
import pytest

import pmframes as pm

# The fictional data are of this day, also in processes that tests start. The sandbox reads it when it is imported.
os.environ["PMFRAMES_DEMO_DATE"] = "2026-09-01"

pytest_plugins = ["tests.support.fixtures"]

# The workers of pytest-xdist ignore interrupts, and so would every program that a test starts in them.
signal.signal(signal.SIGINT, signal.default_int_handler)
# No test asserts a time: the machine may be busy. The examples of "ci" are the same each time: what fails once fails
# again. "soak" looks for others: pytest -m hypothesis --hypothesis-profile soak
hypothesis.settings.register_profile("ci", max_examples=20, deadline=None, derandomize=True)
hypothesis.settings.register_profile("soak", max_examples=1000, deadline=None)
hypothesis.settings.load_profile("ci")
# Read once: the tests do not see such variables.
NO_SKIPS = bool(os.environ.get("PMFRAMES_NO_SKIPS"))

_numbers = count(1)


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Give a folder of the test's own; to make one, pytest would look through those of all earlier tests."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    path = tmp_path_factory.getbasetemp() / f"{name}-{next(_numbers)}"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Keep a test from this machine's cache, credentials and proxies, and from what other tests connected."""
    for name in list(os.environ):
        if name == "PMFRAMES_DEMO_DATE":
            continue
        if name.startswith("PMFRAMES_") or name.lower().endswith("_proxy") or name == "NETRC":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PMFRAMES_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PMFRAMES_DATA_DIR", str(tmp_path / "data"))
    yield
    for service in ("teamwork", "projectmanager", "outlign", "spirii"):
        pm.disconnect(service)


@pytest.fixture(autouse=True)
def no_event_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the event loop that Playwright keeps running in the thread of an end-to-end test from the tests after it."""
    loop = asyncio._get_running_loop()
    if "tests/e2e/" not in request.node.nodeid:
        asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the end-to-end tests, slow all, where no slow test is wanted: their imports alone take seconds."""
    return True if collection_path.name == "e2e" and "not slow" in config.option.markexpr else None


def pytest_collection_finish() -> None:
    """Spare the garbage collector the thousands of tests, which stay."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where ``.ci/run`` asks for it."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and NO_SKIPS:
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report
