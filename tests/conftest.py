"""What every test has: a cache of its own, no credential of this machine, and no skip unseen in CI."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

import pmframes as pm

# The workers of pytest-xdist ignore interrupts, and so would every program that a test starts in them.
signal.signal(signal.SIGINT, signal.default_int_handler)
# No test asserts a time: the machine may be busy.
hypothesis.settings.register_profile("busy", deadline=None)
hypothesis.settings.load_profile("busy")
# Read once: tests take such variables away.
NO_SKIPS = bool(os.environ.get("PMFRAMES_NO_SKIPS"))


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Keep a test from this machine's cache and credentials, and from what other tests connected."""
    for name in [name for name in os.environ if name.startswith("PMFRAMES_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PMFRAMES_CACHE_DIR", str(tmp_path / "cache"))
    yield
    for service in ("teamwork", "projectmanager", "outlign", "spirii"):
        pm.disconnect(service)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where ``.ci/run`` asks for it."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and NO_SKIPS:
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report
